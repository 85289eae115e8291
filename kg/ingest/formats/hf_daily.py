"""Hugging Face's daily papers, and its search of papers, as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kg.ingest._json import rows
from kg.ingest.base import Item
from kg.ingest.fields import make_paper, objects, text, texts
from kg.ingest.source import Source
from kg.model.records import Paper


def sniff(source: Source) -> int:
    """Whether objects have its names of fields."""
    named = ('"upvotes"' in source.text or '"submittedOnDailyAt"' in source.text) and '"summary"' in source.text
    return 3 if source.first in ("{", "[") and named else 0


def read(source: Source) -> Iterator[Item]:
    """One paper per object."""
    return rows(source, _paper)


def _paper(data: dict[str, Any]) -> Paper:
    paper = data["paper"] if isinstance(data.get("paper"), dict) else data
    arxiv = text(paper.get("id"))
    code, page = text(paper.get("githubRepo")), text(paper.get("projectPage"))
    return make_paper(
        {
            "id": arxiv,
            "title": text(paper.get("title")) or text(data.get("title")),
            "abstract": text(paper.get("summary")) or text(data.get("summary")),
            "authors": [{"name": text(one.get("name"))} for one in objects(paper.get("authors"))],
            "date": text(paper.get("publishedAt")) or text(data.get("publishedAt")),
            "url": f"https://huggingface.co/papers/{arxiv}" if arxiv else "",
            "identifiers": {"hf": arxiv, "arxiv": arxiv},
            "keywords": texts(paper.get("ai_keywords")),
            "links": [*([("code", code)] if code else []), *([("project", page)] if page else [])],
        },
        "huggingface",
    )
