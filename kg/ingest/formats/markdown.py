"""A page in Markdown, a paper each: with title and abstract in YAML in front, as PMLR publishes them, or with a heading and text below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kg.ingest._latex import plain
from kg.ingest.base import MAX_CHARACTERS, Item, Place, reject
from kg.ingest.fields import code_links, make_paper, objects, text, texts
from kg.ingest.formats.csl_json import date_of
from kg.ingest.formats.text import whole_text
from kg.ingest.source import Source

_FRONT = re.compile(r"\A\s*---[ \t]*\r?\n(.*?)^---[ \t]*$(.*)\Z", re.DOTALL | re.MULTILINE)
_ALIAS = re.compile(r"^\s*(?:- )*(?:[\w.-]+:\s+)?[&*][\w-]+\s*(?:$|\[|\{)|<<\s*:", re.MULTILINE)
_LINK = re.compile(r"\[([^\]\n]{0,300})\]\([^()\s]{0,600}\)")
_CODE = re.compile(r"`([^`\n]{1,300})`")
_EMPHASIS = re.compile(r"(?<![\w*_])([*_]{1,3})(?=\S)([^*_\n]{1,300})(?<=\S)\1(?![\w*_])")
_HEADING = re.compile(r"\A\s*#\s+(.+?)\s*#*\s*$", re.MULTILINE)


def sniff(source: Source) -> int:
    """Whether it opens with YAML that has a title, or with a heading."""
    if re.match(r"\s*---[ \t]*\r?\n", source.text):
        return 3 if re.search(r"^title:", source.text, re.MULTILINE) else 0
    return 2 if _HEADING.match(source.text) else 0


def read(source: Source) -> Iterator[Item]:
    """The one paper of the page."""
    place, (page, fault) = Place(1, 1, 0), whole_text(source)
    if fault:
        yield reject(place, fault, page)
        return
    try:
        if front := _FRONT.match(page):
            yield place, make_paper(_fields(_yaml(front.group(1)), front.group(2)), "markdown")
        elif heading := _HEADING.match(page):
            yield place, make_paper({"title": _bare(heading.group(1)), "abstract": _prose(page[heading.end() :])}, "markdown")
        else:
            yield reject(place, "neither a heading nor YAML in front", page)
    except ValueError as error:
        yield reject(place, str(error), page)


def _yaml(front: str) -> Mapping[str, Any]:
    import yaml

    if len(front) > MAX_CHARACTERS // 4 or _ALIAS.search(front):
        raise ValueError("YAML that is too long, or has anchors and aliases, is not read")
    try:
        data = yaml.load(front, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise ValueError(f"not valid YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(data, Mapping):
        raise ValueError("YAML in front that holds no fields")
    return data


def _fields(data: Mapping[str, Any], rest: str) -> dict[str, Any]:
    people = data.get("author") if data.get("author") else data.get("authors")
    issued = data.get("issued")
    day = str(data.get("date") or "") if data.get("date") else ""
    written = date_of(issued if not isinstance(issued, Mapping) else {"date-parts": [issued.get("date-parts")]})
    title, abstract = text(data.get("title")), text(data.get("abstract")) or text(data.get("description")) or _prose(rest)
    code, pdf = (text(data.get(name)) for name in ("software", "pdf"))
    extras = [text(one.get("link")) for one in objects(data.get("extras"))]
    told = plain if "tex_title" in data else str  # pages of PMLR are LaTeX, others need not be
    return {
        "id": text(data.get("id")),
        "title": told(title),
        "original_title": title,
        "abstract": told(abstract),
        "original_abstract": abstract,
        "authors": [people] if isinstance(people, str) else people,
        "date": written if len(written) > 4 else day or written,
        "year": data.get("year") or written[:4] or day[:4],
        "venue": text(data.get("container-title"))
        or text(data.get("booktitle"))
        or text(data.get("venue"))
        or text(data.get("journal")),
        "url": text(data.get("url")),
        "identifiers": {"doi": text(data.get("doi")), "arxiv": text(data.get("arxiv")), "openreview": text(data.get("openreview"))},
        "licence": text(data.get("license")) or text(data.get("licence")),
        "keywords": texts(data.get("keywords")) or texts(data.get("tags")),
        "links": [*([("code", code)] if code.startswith("http") else []), *([("pdf", pdf)] if pdf else []), *code_links(extras)],
    }


def _prose(page: str) -> str:
    """The text under a heading: under `Abstract` if there is such a heading, else down to the next one."""
    part = re.search(r"^#+\s*abstract\s*#*\s*$(.*?)(?=^#|\Z)", page, re.DOTALL | re.MULTILINE | re.IGNORECASE)
    body = part.group(1) if part else re.split(r"^#", page, maxsplit=1, flags=re.MULTILINE)[0]
    return _bare(body)


def _bare(page: str) -> str:
    """Without links, code and emphasis; names with underscores stay."""
    return _EMPHASIS.sub(r"\2", _CODE.sub(r"\1", _LINK.sub(r"\1", page)))
