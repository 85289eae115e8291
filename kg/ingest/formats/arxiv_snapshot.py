"""The snapshot of arXiv's metadata: JSON Lines with `authors_parsed`, `versions` and `categories`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kg.ingest._json import rows
from kg.ingest._table import names
from kg.ingest.base import Item
from kg.ingest.fields import links_in, make_paper, objects, text
from kg.ingest.formats.arxiv_oai import date_of
from kg.ingest.source import Source
from kg.model.records import Paper


def sniff(source: Source) -> int:
    """Whether objects have arXiv's own fields."""
    return 3 if source.first in ("{", "[") and '"authors_parsed"' in source.text and '"categories"' in source.text else 0


def read(source: Source) -> Iterator[Item]:
    """One paper per object."""
    return rows(source, _paper, told_plain=True)


def _paper(data: dict[str, Any], plain: bool) -> Paper:
    arxiv = text(data.get("id"))
    versions = objects(data.get("versions"))
    parsed = [one for one in data.get("authors_parsed") or () if isinstance(one, list) and one and isinstance(one[0], str)]
    people = [" ".join(part for part in (*one[1:2], one[0], *one[2:3]) if isinstance(part, str) and part) for one in parsed]
    return make_paper(
        {
            "id": arxiv,
            "title": data.get("title"),
            "abstract": data.get("abstract"),
            "authors": people or list(names(text(data.get("authors")))),
            "date": date_of(text(versions[0].get("created"))) if versions else text(data.get("update_date")),
            "version": text(versions[-1].get("version")) if versions else "",
            "venue": data.get("journal-ref"),
            "url": f"https://arxiv.org/abs/{arxiv}" if arxiv else "",
            "arxiv": arxiv,
            "doi": text(data.get("doi")).split(" ")[0],
            "licence": data.get("license"),
            "keywords": text(data.get("categories")).split(),
            "links": links_in(text(data.get("comments"))),
        },
        "arxiv",
        plain,
    )
