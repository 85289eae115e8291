"""Stable ids and normal forms of names and identifiers.

Ids are the first 16 hex digits of the SHA-256 of canonical text, so the same thing gets the same id on
any machine and in any order.
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote

# strongest first; the order decides which one a paper's id is made from, so new schemes go to the end
SCHEMES = ("arxiv", "doi", "acl", "openalex", "s2", "hf", "openreview", "pmid", "pmcid", "dblp", "corpusid", "mag")
_ARXIV = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(v\d+)?(?![\d.])")
_ARXIV_URL = re.compile(r"https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5})(?:v\d+)?(?:\.pdf)?/?$")
_SPACE = re.compile(r"[\s_/\u2010-\u2015\u2212-]+")
_PUNCTUATION = re.compile(r"[^\w+#*. ]|(?<!\d)\.|\.(?!\d)")
_PLURAL = re.compile(r"(?<=[a-z]{3})(?<![siu])s\b")
_PREFIXES = {
    "arxiv": r"(?:export\.)?arxiv\.org/(?:abs|pdf|html|format)/|arxiv:",
    "doi": r"(?:dx\.)?doi\.org/|doi:",
    "acl": r"aclanthology\.org/|(?:www\.)?aclweb\.org/anthology/|acl:",
    "openalex": r"(?:api\.)?openalex\.org/(?:works/)?|openalex:",
    "s2": r"semanticscholar\.org/paper/(?:[^/]*/)?|(?:api\.)?semanticscholar\.org/graph/v1/paper/|s2:",
    "hf": r"huggingface\.co/papers/|hf:",
    "openreview": r"openreview\.net/(?:forum|pdf)\?id=|openreview:",
    "pmid": r"pubmed\.ncbi\.nlm\.nih\.gov/|(?:ncbi\.nlm\.nih\.gov/pubmed/)|pmid:",
    "pmcid": r"(?:www\.)?ncbi\.nlm\.nih\.gov/pmc/articles/|pmc\.ncbi\.nlm\.nih\.gov/articles/|pmcid:",
    "dblp": r"dblp\.(?:org|uni-trier\.de)/rec/(?:html/|bibtex/)?|dblp:",
    "corpusid": r"(?:api\.)?semanticscholar\.org/corpusid:|corpusid:",
    "mag": r"academic\.microsoft\.com/paper/|mag:",
}
_PREFIX = {scheme: re.compile(rf"\s*(?:https?://)?(?:www\.)?(?:{pattern})\s*", re.I) for scheme, pattern in _PREFIXES.items()}
_ANY_PREFIX = re.compile(
    r"\s*(?:https?://)?(?:www\.)?(?:" + "|".join(f"(?P<{scheme}>{pattern})" for scheme, pattern in _PREFIXES.items()) + ")", re.I
)
_S2 = re.compile(r"[0-9a-f]{40}")
_FORMS = {
    "openalex": re.compile(r"W\d+"),
    "hf": re.compile(r"\d{4}\.\d{4,5}"),
    "pmid": re.compile(r"\d+"),
    "pmcid": re.compile(r"PMC\d+"),
    "corpusid": re.compile(r"\d+"),
    "mag": re.compile(r"\d+"),
}
_ARXIV_DOI = "10.48550/arxiv."
_ACL_DOI = re.compile(r"10\.(?:18653/v1|3115)/([a-z]\d\d-\d{4}|\d{4}\.[a-z0-9_]+-[a-z0-9]+\.\d+)")
_ACL_FORM = re.compile(r"([A-Z]\d\d-\d{4,5}|\d{4}\.[a-z0-9_]+-[a-z0-9]+\.\d+)")

_RESOLVERS = {
    "arxiv": "https://arxiv.org/abs/",
    "doi": "https://doi.org/",
    "acl": "https://aclanthology.org/",
    "openalex": "https://openalex.org/",
    "s2": "https://www.semanticscholar.org/paper/",
    "hf": "https://huggingface.co/papers/",
    "openreview": "https://openreview.net/forum?id=",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/",
    "pmcid": "https://www.ncbi.nlm.nih.gov/pmc/articles/",
    "dblp": "https://dblp.org/rec/",
}


def digest(*parts: str) -> str:
    """16 hex digits that identify the given texts in this order."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@functools.lru_cache(maxsize=1 << 16)
def fold_name(name: str) -> str:
    """A name's key for exact matching: NFKC, lower case, hyphens, underscores, slashes and spaces as one
    space, other punctuation dropped, a plain plural `s` dropped.

    >>> fold_name("Large-Language Models") == fold_name("large language model")
    True
    >>> fold_name("C++"), fold_name("LLaMA-2") == fold_name("LLaMA")
    ('c++', False)
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    text = _SPACE.sub(" ", text)
    text = _PUNCTUATION.sub("", text)
    text = _PLURAL.sub("", " ".join(text.split()))
    return text or unicodedata.normalize("NFKC", name).casefold().strip()


@functools.lru_cache(maxsize=1 << 17)
def fold_title(title: str) -> str:
    """A title's key for finding the same paper: letters and digits only, case folded."""
    if title.isascii():  # most are: ten times faster
        folded = " ".join(title.translate(_ASCII_WORDS).split())
    else:
        folded = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", title).casefold()).strip()
    return folded or title.strip()


_ASCII_WORDS = "".join(chr(code).lower() if chr(code).isalnum() else " " for code in range(128))  # by code point


@functools.lru_cache(maxsize=1 << 14)
def normalise_identifier(scheme: str, value: str) -> str:
    """One spelling per identifier: resolver prefixes dropped, arXiv without version, DOI in lower case.

    Returns an empty string for a value that is not an identifier of that scheme.

    >>> normalise_identifier("arxiv", "https://arxiv.org/abs/1706.03762v5")
    '1706.03762'
    >>> normalise_identifier("doi", "https://doi.org/10.18653/V1/N19-1423")
    '10.18653/v1/n19-1423'
    """
    bare = _PREFIX[scheme].sub("", value.strip(), count=1).rstrip("/")
    if scheme == "arxiv":
        match = _ARXIV.match(bare.removesuffix(".pdf"))
        return match.group(1) if match else ""
    if scheme == "doi":
        bare = unquote(bare).strip().rstrip(".,;").lower()
        return bare if re.fullmatch(r"10\.\d{1,9}(?:\.\d+)*/\S.*", bare) else ""
    if scheme == "acl":
        match = _ACL_FORM.match(bare)
        return match.group(1) if match else ""
    if scheme in ("openreview", "dblp"):
        bare = bare.partition("&")[0].removesuffix(".pdf").removesuffix(".html")
    if scheme in ("openalex", "pmcid"):
        bare = bare.upper()
    if scheme == "pmcid" and bare.isdecimal():
        bare = f"PMC{bare}"
    form = _FORMS.get(scheme)
    return bare if bare and not re.search(r"\s", bare) and (form is None or form.fullmatch(bare)) else ""


def arxiv_version(value: str) -> str:
    """The version in an arXiv id or address, or nothing.

    >>> arxiv_version("arXiv:1706.03762v5"), arxiv_version("1706.03762")
    ('v5', '')
    """
    match = _ARXIV.search(value) if "v" in value[-12:] else None
    return (match.group(2) or "") if match else ""


def identifiers_in(url: str) -> dict[str, str]:
    """The identifiers that an address holds, by scheme.

    >>> identifiers_in("https://aclanthology.org/2022.acl-long.1.pdf")
    {'acl': '2022.acl-long.1'}
    """
    if match := _ARXIV_URL.match(url):
        return {"arxiv": match.group(1)}
    match = _ANY_PREFIX.match(url) if "/" in url else None
    if match is None or match.lastgroup is None:
        return {}
    value = normalise_identifier(match.lastgroup, url[match.start() :])
    of_another = match.lastgroup == "s2" and not _S2.fullmatch(value)  # addresses there may also be made of other ids
    return {match.lastgroup: value} if value and not of_another else {}


def implied_identifiers(known: Mapping[str, str]) -> dict[str, str]:
    """`known` with what a DOI or a Hugging Face page tells of other schemes.

    >>> implied_identifiers({"doi": "10.48550/arxiv.1706.03762"})
    {'doi': '10.48550/arxiv.1706.03762', 'arxiv': '1706.03762'}
    """
    doi, hf = known.get("doi"), known.get("hf")
    if not doi and not hf:
        return dict(known)
    found = dict(known)
    if doi and doi.startswith(_ARXIV_DOI):
        found.setdefault("arxiv", normalise_identifier("arxiv", doi.removeprefix(_ARXIV_DOI)))
    if doi and (match := _ACL_DOI.fullmatch(doi)):
        name = match.group(1)
        found.setdefault("acl", name.upper() if name[0].isalpha() else name)
    if hf:
        found.setdefault("arxiv", hf)
    return {scheme: value for scheme, value in found.items() if value}


def addresses(identifiers: Iterable[tuple[str, str]]) -> list[str]:
    """Where a paper with these (scheme, value) pairs is found on the web; only addresses that are valid IRIs, sorted.

    >>> addresses([("arxiv", "1706.03762"), ("doi", "10.1/a b")])
    ['https://arxiv.org/abs/1706.03762', 'https://doi.org/10.1/a%20b']
    """
    return sorted({_RESOLVERS[scheme] + quote(value, safe="/:;()._-") for scheme, value in identifiers if scheme in _RESOLVERS})


def entity_keys(name: str, aliases: Iterable[str]) -> list[str]:
    """What an entity may be asked for by: its name and aliases in lower case, sorted."""
    return sorted({form.lower() for form in (name, *aliases)})


def paper_keys(row: Mapping[str, Any]) -> list[str]:
    """What a paper may be asked for by: its ids, identifiers with and without their scheme, and title, in lower case, sorted.

    `row` is one of the table of papers.
    """
    pairs = [(pair["scheme"], pair["value"]) for pair in row["identifiers"]]
    forms = [
        row["id"],
        row["own_id"],
        row["title"],
        *(value for _, value in pairs),
        *(f"{scheme}:{value}" for scheme, value in pairs),
    ]
    return sorted({form.lower() for form in forms if form})
