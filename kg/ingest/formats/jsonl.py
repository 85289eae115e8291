"""Our own format: JSON Lines, one paper per line with the fields of `kg.ingest.fields`.

`title` is required. Unknown fields are left alone; known ones of the wrong kind are an error. With names of fields given by the user, other objects are read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kg.ingest._json import rows
from kg.ingest._table import mapped
from kg.ingest.base import Item
from kg.ingest.fields import Fields, make_paper, year_of
from kg.ingest.source import Source
from kg.model.records import Paper

_EXPECTED: dict[str, tuple[type, str]] = {
    **dict.fromkeys(
        (
            "title",
            "abstract",
            "date",
            "venue",
            "url",
            "source",
            "licence",
            "version",
            "language",
            "original_title",
            "original_abstract",
        ),
        (str, "text"),
    ),
    **dict.fromkeys(("authors", "keywords", "references", "links"), (list, "a list")),
}
_KINDS = {dict: "an object", list: "a list", str: "text", bool: "true/false", type(None): "null"}


def sniff(source: Source) -> int:
    """Whether it opens with a JSON object or a list of them; likely where one has a title or abstract."""
    if source.first not in ("{", "["):
        return 0
    return 2 if re.search(r'"(?:title|abstract)"\s*:', source.text[:20_000]) else 1


def read(source: Source) -> Iterator[Item]:
    """One paper per object."""
    if source.mapping:
        return rows(source, lambda data: paper_from_dict(mapped(data, source.mapping)))
    return rows(source, paper_from_dict, told_plain=True)


def paper_from_dict(data: Fields, plain: bool = False) -> Paper:
    """A `Paper` from a JSON object; `plain` if its texts need no normalising.

    Raises:
        ValueError: a field is missing or of the wrong kind; the message names it.
    """
    _check(data)
    return make_paper(data, plain=plain)


def _check(data: Fields) -> None:
    for name, value in data.items():
        if name in _EXPECTED and value is not None and not isinstance(value, _EXPECTED[name][0]):
            raise ValueError(f"field '{name}' must be {_EXPECTED[name][1]}, found {_kind(value)}")
    if isinstance(data.get("id"), bool) or not isinstance(data.get("id"), str | int | None):
        raise ValueError(f"field 'id' must be text, found {_kind(data['id'])}")
    year = data.get("year")
    if year not in (None, "") and not _is_year(year):
        raise ValueError(f"field 'year' must be a year, found {str(year)[:40]!r}")
    for author in data.get("authors") or ():
        named = (author.get("name") or author.get("family")) if isinstance(author, dict) else author
        if not isinstance(named, str):
            raise ValueError(f"field 'authors' must hold names, found {_kind(named)}")
    if not isinstance(data.get("identifiers"), dict | list | None):
        raise ValueError(f"field 'identifiers' must be an object, found {_kind(data['identifiers'])}")


def _is_year(value: Any) -> bool:
    if type(value) is int:
        return 1000 <= value <= 2999
    return (
        isinstance(value, int | str) and not isinstance(value, bool) and len(str(value).strip()) == 4 and year_of(value) is not None
    )


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a number")
