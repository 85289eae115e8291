"""Semantic Scholar: answers of a search, paper records, lists of citations and references, and the JSON Lines of its datasets (S2AG).

The dataset of abstracts has no titles: given together with that of papers, they are put together by corpus id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kg.ingest._json import rows
from kg.ingest.base import Item
from kg.ingest.fields import code_links, make_paper, object_of, objects, text
from kg.ingest.source import Source
from kg.model.records import Paper

_KEYS = re.compile(r'"(?:paperId|externalIds|externalids|citingPaper|citedPaper)"\s*:|"corpusid"\s*:\s*\d')
_SCHEMES = {
    "arxiv": "arxiv",
    "doi": "doi",
    "acl": "acl",
    "pubmed": "pmid",
    "pubmedcentral": "pmcid",
    "dblp": "dblp",
    "mag": "mag",
}  # by theirs


def sniff(source: Source) -> int:
    """Whether objects have its names of fields."""
    return 3 if source.first in ("{", "[") and _KEYS.search(source.text) else 0


def read(source: Source) -> Iterator[Item]:
    """One paper per record; of a list of citations those that cite, of one of references those that are cited."""
    return rows(source, _paper)


def _paper(data: dict[str, Any]) -> Paper:
    for name in ("citingPaper", "citedPaper"):
        if isinstance(data.get(name), dict):
            data = data[name]
    outer = object_of(data.get("externalIds") or data.get("externalids"))
    ids = {name.lower(): text(value) for name, value in outer.items()}
    journal, venue, pdf = (object_of(data.get(name)) for name in ("journal", "publicationVenue", "openAccessPdf"))
    pdf_url, date = text(pdf.get("url")), text(data.get("publicationDate")) or text(data.get("publicationdate"))
    paper_id = text(data.get("paperId"))
    corpus = text(data.get("corpusId")) or text(data.get("corpusid")) or ids.get("corpusid", "")
    return make_paper(
        {
            "id": paper_id or (f"corpusid:{corpus}" if corpus else ""),
            "title": data.get("title"),
            "abstract": data.get("abstract"),
            "authors": [_person(one) for one in objects(data.get("authors"))],
            "year": data.get("year"),
            "date": date,
            "venue": text(data.get("venue")) or text(venue.get("name")) or text(journal.get("name")),
            "url": data.get("url"),
            "identifiers": {
                **{scheme: ids.get(name, "") for name, scheme in _SCHEMES.items()},
                "s2": paper_id,
                "corpusid": corpus,
            },
            "licence": text(pdf.get("license")),
            "keywords": [text(one) for one in data.get("fieldsOfStudy") or () if isinstance(one, str)],
            "links": ([("pdf", pdf_url)] if pdf_url else []) + code_links([pdf_url]),
            "references": [f"s2:{text(one.get('paperId'))}" for one in objects(data.get("references")) if one.get("paperId")],
            "citations": data.get("citationCount", data.get("citationcount")),
        },
        "semantic-scholar",
    )


def _person(one: Mapping[str, Any]) -> dict[str, Any]:
    outer = object_of(one.get("externalIds"))
    return {"name": text(one.get("name")), "orcid": text(outer.get("ORCID")), "affiliations": one.get("affiliations")}
