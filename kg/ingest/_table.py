"""Rows of a table → records: which column is which field, and what stands in a cell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kg.ingest.fields import code_links, text
from kg.model.errors import DataError

# headings of exports (Scopus, Web of Science, IEEE Xplore, Zotero, PubMed, arXiv scripts), folded; the first that is there counts
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "papertitle", "articletitle", "documenttitle", "name", "ti", "displayname"),
    "abstract": ("abstract", "summary", "abstractnote", "abstracttext", "paperabstract", "ab", "description", "tldr"),
    "authors": ("authors", "author", "authorfullnames", "authornames", "authorsnames", "creators", "creator", "au", "af"),
    "year": ("year", "publicationyear", "pubyear", "yearpublished", "py"),
    "date": (
        "date",
        "published",
        "publicationdate",
        "publisheddate",
        "publishedat",
        "submitted",
        "submissiondate",
        "onlinedate",
        "created",
    ),
    "venue": (
        "venue",
        "journal",
        "sourcetitle",
        "publicationtitle",
        "conference",
        "booktitle",
        "containertitle",
        "publishedin",
        "journalbook",
        "so",
    ),
    "url": ("url", "link", "links", "paperurl", "articleurl", "entryid", "absurl", "pdfurl", "pdflink", "pdf", "ur"),
    "id": ("id", "paperid", "key", "eid", "uid", "utuniquewosid", "ut"),
    "licence": ("licence", "license"),
    "citations": (
        "citations",
        "citationcount",
        "citedby",
        "citedbycount",
        "timescited",
        "timescitedwoscore",
        "articlecitationcount",
        "gscitation",
    ),
    "keywords": ("keywords", "authorkeywords", "authorskeywords", "indexkeywords", "categories", "tags", "manualtags", "de"),
    "code": ("code", "codeurl", "github", "githuburl", "repository", "repo", "repourl"),
    "doi": ("doi", "di"),
    "arxiv": ("arxiv", "arxivid", "arxivurl"),
    "pmid": ("pmid", "pubmedid", "pm"),
    "pmcid": ("pmcid",),
    "acl": ("acl", "aclid"),
    "openalex": ("openalex", "openalexid"),
    "s2": ("s2", "s2id", "semanticscholarid"),
    "references": ("references", "citedreferences"),
    "source": ("source",),
}
_INITIALS = re.compile(r"(?:[A-Z]\.?[\s-]?){1,4}")
_AND = re.compile(r"\s+and\s+|\s*;\s*|\s*\|\s*|\s*\n\s*")


def columns_of(headings: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Our field → heading: what the user says, else what the heading is called elsewhere.

    Raises:
        DataError: no column is taken for the title, or the user names one that is not there.
    """
    found = _guessed(headings)
    for field, heading in mapping.items():
        if heading not in headings:
            raise DataError(f"--map {field}={heading}: no such column; there are {', '.join(headings[:20])}")
        found[field] = heading
    if "title" not in found:
        raise DataError(f"no column is called title; say which with --map title=COLUMN, of {', '.join(headings[:20])}")
    return found


def _guessed(headings: Iterable[str]) -> dict[str, str]:
    folded: dict[str, str] = {}
    for heading in headings:
        folded.setdefault(re.sub(r"[\W_]+", "", heading.lower()), heading)
    found = {field: next((folded[name] for name in names if name in folded), "") for field, names in COLUMNS.items()}
    return {field: heading for field, heading in found.items() if heading}


def looks_like_headings(headings: Sequence[str]) -> bool:
    """Whether a title and something else that papers have is among the headings."""
    folded = {re.sub(r"[\W_]+", "", heading.lower()) for heading in headings}
    known = sum(
        bool(folded.intersection(COLUMNS[field])) for field in ("abstract", "authors", "year", "venue", "url", "doi", "arxiv")
    )
    return bool(folded.intersection(COLUMNS["title"])) and known > 0


def mapped(data: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """A JSON object whose fields the user says are called otherwise, read as a row of a table is; what no column is called stays."""
    others = {name: value for name, value in data.items() if name not in COLUMNS}
    return {**others, **record_of(data, {**_guessed(data), **mapping})}


def record_of(row: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """A record from a row whose values are text, numbers, lists or nothing."""
    data = {field: _value(row.get(heading)) for field, heading in columns.items()}
    data["authors"] = data["authors"] if isinstance(data.get("authors"), list) else list(names(text(data.get("authors"))))
    for field in ("keywords", "references"):
        if isinstance(data.get(field), str):
            data[field] = _listed(data[field])
    data["links"] = [("code", url) for url in [text(data.pop("code", "")).strip()] if url.startswith("http")]
    data["links"] += code_links([text(data.get("url"))])
    data["title"], data["abstract"] = text(data.get("title")), text(data.get("abstract"))
    if isinstance(data.get("year"), float):
        data["year"] = int(data["year"])
    return {field: value for field, value in data.items() if value not in (None, "", [])}


def names(cell: str) -> Iterator[str]:
    """The authors in a cell, given names first: a list as Python or JSON write it, or names between `;`, `|`, `and` or commas.

    >>> list(names("['Ada Lovelace', 'Alan Turing']")), list(names("Lovelace, A., Turing, A.")), list(names("Ada Lovelace, Alan Turing"))
    (['Ada Lovelace', 'Alan Turing'], ['A. Lovelace', 'A. Turing'], ['Ada Lovelace', 'Alan Turing'])
    """
    cell = cell.strip()
    if cell.startswith("[") and (listed := _literal(cell)) is not None:
        yield from (one for one in listed if isinstance(one, str))
        return
    for part in _AND.split(cell):
        pieces = [piece.strip() for piece in part.split(",") if piece.strip()]
        if len(pieces) > 1 and all(_INITIALS.fullmatch(piece) for piece in pieces[1::2]):
            yield from (" ".join(reversed(pieces[at : at + 2])) for at in range(0, len(pieces), 2))
        elif len(pieces) > 1 and (len(pieces) > 2 or all(" " in piece for piece in pieces)):
            yield from pieces
        elif part.strip():
            yield " ".join(reversed(pieces)) if len(pieces) == 2 else part.strip()


def _value(cell: Any) -> Any:
    if cell is None or cell != cell:
        return None
    if isinstance(cell, str | int | float | list):
        return cell
    if hasattr(cell, "isoformat"):
        return cell.isoformat()[:10]
    return list(cell) if isinstance(cell, tuple) else str(cell)


def _listed(cell: str) -> list[str]:
    if cell.startswith("[") and (listed := _literal(cell)) is not None:
        return [one for one in listed if isinstance(one, str)]
    return [part.strip() for part in re.split(r"[;|]" if ";" in cell or "|" in cell else ",", cell) if part.strip()]


def _literal(cell: str) -> list[Any] | None:
    try:
        value = ast.literal_eval(cell) if len(cell) < 50_000 else None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, list) else None
