"""CSL-JSON, as Zotero, Mendeley and Pandoc write it, and Crossref's answers come close to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kg.ingest._json import rows
from kg.ingest.base import Item
from kg.ingest.fields import code_links, make_paper, objects, text
from kg.ingest.source import Source
from kg.model.records import Paper

_KEYS = re.compile(r'"(?:container-title|date-parts|issued|citation-key)"\s*:')


def sniff(source: Source) -> int:
    """Whether objects have names of fields that CSL alone has."""
    return 2 + ('"date-parts"' in source.text) if source.first in ("{", "[") and _KEYS.search(source.text) else 0


def read(source: Source) -> Iterator[Item]:
    """One paper per item."""
    return rows(source, _paper)


def _paper(data: dict[str, Any]) -> Paper:
    date = date_of(data.get("issued"))
    url = text(data.get("URL"))
    return make_paper(
        {
            "id": text(data.get("citation-key")) or text(data.get("id")),
            "title": _first(data.get("title")),
            "abstract": data.get("abstract"),
            "authors": [_person(one) for one in objects(data.get("author"))],
            "year": date[:4],
            "date": date,
            "venue": _first(data.get("container-title")) or _first(data.get("event-title")) or text(data.get("event")),
            "url": url,
            "identifiers": {
                "doi": text(data.get("DOI")),
                "pmid": text(data.get("PMID")),
                "pmcid": text(data.get("PMCID")),
                "arxiv": text(data.get("number")) if "arxiv" in text(data.get("publisher")).lower() else "",
            },
            "licence": text(data.get("license")) or next((text(one.get("URL")) for one in objects(data.get("license"))), ""),
            "keywords": re.split(r"\s*[,;]\s*", text(data.get("keyword"))) if data.get("keyword") else [],
            "links": code_links([url]),
            "references": [f"doi:{text(one.get('DOI'))}" for one in objects(data.get("reference")) if one.get("DOI")],
            "citations": data.get("is-referenced-by-count"),
        },
        "csl",
    )


def date_of(value: Any) -> str:
    """`date-parts`, or a raw or literal date, as text."""
    if not isinstance(value, Mapping):
        return text(value)
    parts = value.get("date-parts")
    if isinstance(parts, list) and parts and isinstance(parts[0], list):
        numbers = [str(one).zfill(2) for one in parts[0][:3] if isinstance(one, int) or str(one).isdecimal()]
        return "-".join(numbers)
    return text(value.get("raw")) or text(value.get("literal"))


def _first(value: Any) -> str:
    return text(value[0]) if isinstance(value, list) and value else text(value)


def _person(one: Mapping[str, Any]) -> dict[str, Any]:
    parts = (text(one.get("given")), text(one.get("non-dropping-particle")), text(one.get("family")), text(one.get("suffix")))
    places = [text(place.get("name")) for place in objects(one.get("affiliation"))]
    return {
        "name": " ".join(filter(None, parts)) or text(one.get("literal")) or text(one.get("name")),
        "orcid": text(one.get("ORCID")),
        "affiliations": places,
    }
