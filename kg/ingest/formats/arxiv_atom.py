"""The Atom feed of the arXiv API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kg.ingest._xml import child, children, content, every, local, opens, rows
from kg.ingest.base import Item
from kg.ingest.fields import links_in, make_paper
from kg.ingest.source import Source
from kg.model.identifiers import normalise_identifier
from kg.model.records import Paper


def sniff(source: Source) -> int:
    """Whether it is an Atom feed; surely where arXiv is named."""
    return (3 if "arxiv.org" in source.text else 1) if opens(source, "feed", "entry") else 0


def read(source: Source) -> Iterator[Item]:
    """One paper per entry."""
    return rows(source, "entry", _paper)


def _paper(entry: Any) -> Paper:
    address = content(child(entry, "id")).strip()
    if "/api/errors" in address:
        raise ValueError(f"arXiv says: {content(child(entry, 'summary')).strip()}")
    links = [(link.get("title") or link.get("rel", ""), link.get("href", "")) for link in children(entry, "link")]
    venue = content(child(entry, "journal_ref"))
    arxiv = normalise_identifier("arxiv", address)
    return make_paper(
        {
            "id": arxiv,
            "title": content(child(entry, "title")),
            "abstract": content(child(entry, "summary")),
            "date": content(child(entry, "published")),
            "authors": [
                {"name": content(child(one, "name")), "affiliations": [content(place) for place in children(one, "affiliation")]}
                for one in children(entry, "author")
            ],
            "venue": venue,
            "url": address,
            "arxiv": address,
            "doi": content(child(entry, "doi")),
            "keywords": [one.get("term", "") for one in every(entry, "category") if local(one.getparent()) == "entry"],
            "links": [("pdf", url) for kind, url in links if kind == "pdf"] + links_in(content(child(entry, "comment"))),
            "licence": content(child(entry, "rights", "license")),
        },
        "arxiv",
    )
