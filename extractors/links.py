"""URLs in the text, with their kind: code, project, model or data."""

from __future__ import annotations

import re

from spacy.language import Language
from spacy.tokens import Doc

from extractors.document import reading, text_of
from kg.model.records import Link

_URL = re.compile(
    r"https?://[^\s<>\"'“”‘’{}|\\^`]+|(?<![\w/.@])(?:www\.|(?:github|gitlab)\.(?:com|io)/|huggingface\.co/)[^\s<>\"'“”‘’{}|\\^`]+",
    re.I,
)
_CODE = re.compile(r"github\.com|gitlab|bitbucket|gitee|sourceforge|codeocean|anonymous\.4open|code", re.I)
_MODEL = re.compile(r"huggingface\.co/(?!datasets|spaces|papers)|modelscope\.cn/models", re.I)
_DATA = re.compile(r"huggingface\.co/datasets|zenodo|kaggle\.com|figshare|dataverse|/datasets?\b", re.I)


@Language.component("kg_links", assigns=["doc._.kg"])
def find_links(doc: Doc) -> Doc:
    """Fill `Reading.links`, each URL once, in text order."""
    seen = set()
    text = text_of(doc)
    for match in _URL.finditer(text):
        url = trim_url(match.group())
        if url not in seen and len(url) > 8:
            seen.add(url)
            before = text[max(0, match.start() - 80) : match.start()].lower()
            start = match.start()
            reading(doc).links.append(Link(link_kind(url, before), url, start, start + len(url)))
    return doc


def trim_url(url: str) -> str:
    """Without the sentence's punctuation and brackets that were never opened."""
    while url:
        last = url[-1]
        if last in ".,;:!?*'" or (last in ")]" and url.count(last) > url.count({")": "(", "]": "["}[last])):
            url = url[:-1]
        else:
            break
    return re.sub(r"\.(?:This|We|Our|The|In|Code|It)$", "", url)


def link_kind(url: str, before: str) -> str:
    """The kind by site, else by the words before it."""
    if _DATA.search(url):
        return "data"
    if _MODEL.search(url):
        return "model"
    if _CODE.search(url):
        return "code"
    last = re.findall(r"\b(code|source|implementation|repository|dataset|data|benchmark|weights|checkpoints?)\b", before)
    if last and last[-1] in {"code", "source", "implementation", "repository"} and "github.io" not in url:
        return "code"
    return "data" if last and last[-1] in {"dataset", "data", "benchmark"} and "github.io" not in url else "project"
