"""The XML of the ACL Anthology: a collection of volumes, their papers, some with abstracts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kg.ingest._xml import Found, child, children, content, elements, made, opens
from kg.ingest.base import Item
from kg.ingest.fields import make_paper
from kg.ingest.source import Source
from kg.model.records import Paper

_SITE = "https://aclanthology.org/"
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_CODE = ("software", "code")


def sniff(source: Source) -> int:
    """Whether a collection or volume opens."""
    return 3 if opens(source, "collection", "volume") and opens(source, "paper", "meta", "volume") else 0


def read(source: Source) -> Iterator[Item]:
    """One paper per `paper`; the volume that it stands in gives venue and year."""
    collection, volume = "", ""
    meta: dict[str, str] = {}
    for found in elements(source, "paper", whole=("meta",), opening=("collection", "volume")):
        if not isinstance(found, Found):
            yield found
        elif found.name == "collection":
            collection = found.element.get("id", "")
        elif found.name == "volume":
            volume, meta = found.element.get("id", ""), {}
        elif found.name == "meta":
            meta = _meta(found.element)
        else:
            yield from made(found, lambda paper, name=f"{collection}-{volume}", meta=meta: _paper(paper, name, meta))  # type: ignore[misc]


def _meta(meta: Any) -> dict[str, str]:
    year, month = content(child(meta, "year")).strip(), content(child(meta, "month")).strip().lower()
    known = next((number for number, name in enumerate(_MONTHS, start=1) if name[:3] == month[:3]), None) if month else None
    return {
        "year": year,
        "date": f"{year}-{known:02d}" if year and known else "",
        "venue": content(child(meta, "booktitle", "journal-title")),
    }


def _paper(paper: Any, volume: str, meta: dict[str, str]) -> Paper:
    address = content(child(paper, "url")).strip()
    number = paper.get("id", "")
    name = address.rsplit("/", 1)[-1].removesuffix(".pdf") if address else f"{volume}.{number}"
    code = [one.get("url", "") for one in children(paper, "pwccode")]
    data = [one.get("url", "") for one in children(paper, "pwcdataset")]
    held = [(one.get("type", ""), content(one).strip()) for one in children(paper, "attachment")]
    files = [("code", f"{_SITE}attachments/{place}") for kind, place in held if kind.lower() in _CODE and place]
    links = [("code", url) for url in code if url] + [("data", url) for url in data if url] + files
    return make_paper(
        {
            "id": name,
            "title": content(child(paper, "title")),
            "abstract": content(child(paper, "abstract")),
            "authors": [_person(one) for one in children(paper, "author")],
            "year": content(child(paper, "year")).strip() or meta.get("year", ""),
            "date": meta.get("date", ""),
            "venue": content(child(paper, "booktitle")) or meta.get("venue", ""),
            "url": f"{_SITE}{name}/",
            "acl": name,
            "doi": content(child(paper, "doi")),
            "links": links + ([("pdf", f"{_SITE}{name}.pdf")] if address else []),
        },
        "acl",
    )


def _person(author: Any) -> dict[str, Any]:
    parts = (content(child(author, "first")), content(child(author, "last")))
    return {
        "name": " ".join(filter(None, parts)),
        "orcid": author.get("orcid", ""),
        "affiliations": [content(one) for one in children(author, "affiliation")],
    }
