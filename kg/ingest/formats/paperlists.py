"""Lists of a conference's papers as JSON, with authors and affiliations between semicolons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from kg.ingest._json import rows
from kg.ingest.base import Item
from kg.ingest.fields import make_paper, text
from kg.ingest.source import Source
from kg.model.records import Paper

_NAME = re.compile(r"([a-z]+)[_-]?((?:19|20)\d\d)")
_BOOK = re.compile(r"(?:booktitle|journal)\s*=\s*[{\"](.+?)[}\"],?\s*(?:\n|$)")
_YEAR = re.compile(r"year\s*=\s*[{\"]?(\d{4})", re.IGNORECASE)
_SPELT = {"neurips": "NeurIPS", "nips": "NeurIPS", "corl": "CoRL", "www": "WWW", "automl": "AutoML", "interspeech": "Interspeech"}


def sniff(source: Source) -> int:
    """Whether objects have its names of fields."""
    named = '"author"' in source.text and '"abstract"' in source.text and ('"aff"' in source.text or '"track"' in source.text)
    return 3 if source.first in ("{", "[") and named else 0


def read(source: Source) -> Iterator[Item]:
    """One paper per object. Venue and year are those of BibTeX beside it, else of the file's name, such as `colm2024.json`."""
    match = _NAME.search(PurePath(source.name).name.lower())
    venue, year = match.groups() if match else ("", "")
    return rows(source, lambda data: _paper(data, _SPELT.get(venue, venue.upper()), year))


def _paper(data: dict[str, Any], venue: str, year: str) -> Paper:
    names, orcids = _parts(data.get("author")), _parts(data.get("orcid"))
    places = _parts(data.get("aff"))
    reference = text(data.get("bibtex"))
    page = text(data.get("site"))
    code, project, pdf = (text(data.get(name)) for name in ("github", "project", "pdf"))
    book, told = _BOOK.search(reference), _YEAR.search(reference)
    return make_paper(
        {
            "id": text(data.get("id")),
            "title": data.get("title"),
            "abstract": data.get("abstract"),
            "authors": [
                {
                    "name": name,
                    "orcid": orcids[at] if len(orcids) == len(names) else "",
                    "affiliations": _places(places, at, len(names)),
                }
                for at, name in enumerate(names)
            ],
            "year": told.group(1) if told else year,
            "venue": venue or (book.group(1) if book else ""),
            "url": page or text(data.get("openreview")),
            "identifiers": {
                "openreview": text(data.get("openreview")) or page
                if "openreview.net" in (text(data.get("openreview")) or page)
                else "",
                "arxiv": text(data.get("arxiv")),
                "doi": text(data.get("doi")),
            },
            "keywords": _parts(data.get("keywords")),
            "links": [
                *(("code", url) for url in [code] if url.startswith("http")),
                *(("project", url) for url in [project] if url.startswith("http")),
                *(("pdf", url) for url in [pdf] if url.startswith("http")),
            ],
            "citations": count if isinstance(count := data.get("gs_citation"), int) and count >= 0 else None,
        },
        "paperlists",
    )


def _parts(value: Any) -> list[str]:
    whole = text(value).strip()
    return [part.strip() for part in whole.split(";")] if whole else []


def _places(places: list[str], at: int, count: int) -> list[str]:
    """The affiliations of one author, where there is one item for each."""
    return [part for part in re.split(r"\s*\+\s*|\s*;\s*", places[at]) if part] if len(places) == count else []
