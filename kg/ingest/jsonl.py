"""Our own format: JSON Lines, one paper per line with the fields of `Paper`.

`title` is required. `identifiers` is an object {"arxiv": …, "doi": …}; the same keys are also read at the top
level, and from `url`. Authors may be strings or objects with a `name`. Unknown fields are left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kg.ingest.base import Item, Line, reject
from kg.ingest.normalise import normalise_text
from kg.model.identifiers import SCHEMES, normalise_identifier
from kg.model.records import Paper

_TEXT_FIELDS = ("date", "venue", "url", "source", "licence")


def sniff(head: str) -> bool:
    """Whether the first line that is not blank opens a JSON object that is not a whole-file document."""
    first = next((line for line in head.splitlines() if line.strip()), "").lstrip("\ufeff \t")
    return first.startswith("{") and first.rstrip() != "{"


def read(lines: Iterator[Line]) -> Iterator[Item]:
    """One paper per line. A paper without abstract is kept and reported."""
    for line in lines:
        if not line.text.strip():
            continue
        if line.fault:
            yield reject(line, line.fault)
            continue
        try:
            paper = paper_from_dict(json.loads(line.text.lstrip("\ufeff")))
        except RecursionError:
            yield reject(line, "the JSON is nested too deeply")
        except json.JSONDecodeError as error:
            yield reject(line, f"not valid JSON: {error.msg} at column {error.colno}")
        except ValueError as error:
            yield reject(line, str(error))
        else:
            yield line, paper
            if not paper.abstract:
                yield reject(line, "no abstract; the paper is kept with its title only", kept=True)


def paper_from_dict(data: Any) -> Paper:
    """A `Paper` from a JSON object.

    Raises:
        ValueError: a field is missing or of the wrong kind; the message names it.
    """
    if not isinstance(data, dict):
        raise ValueError(f"expected a JSON object with title and abstract, found {_kind(data)}")
    raw_title, raw_abstract = _text(data, "title"), _text(data, "abstract")
    title, abstract = normalise_text(raw_title), normalise_text(raw_abstract)
    if not title:
        raise ValueError("no title")
    fields = {name: normalise_text(_text(data, name)) for name in _TEXT_FIELDS}
    paper = Paper(
        id=_own_id(data),
        title=title,
        abstract=abstract,
        year=_year(data),
        authors=tuple(_authors(data)),
        identifiers=_identifiers(data),
        original_title=raw_title if raw_title.strip() != title else _text(data, "original_title"),
        original_abstract=raw_abstract if raw_abstract.strip() != abstract else _text(data, "original_abstract"),
        **fields,
    )
    return paper if paper.id else replace(paper, id=paper.canonical_id)


def _own_id(data: dict[str, Any]) -> str:
    value = data.get("id", "")
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise ValueError(f"field 'id' must be text, found {_kind(value)}")
    return normalise_text(str(value)) if value not in (None, "") else ""


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"field '{name}' must be text, found {_kind(value)}")
    return value


def _year(data: dict[str, Any]) -> int | None:
    value = data.get("year")
    if value in (None, ""):
        return None
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1000 <= value <= 2999:
        raise ValueError(f"field 'year' must be a year, found {str(value)[:40]!r}")
    return value


def _authors(data: dict[str, Any]) -> Iterator[str]:
    value = data.get("authors") or []
    if not isinstance(value, list):
        raise ValueError(f"field 'authors' must be a list, found {_kind(value)}")
    for author in value:
        name = author.get("name") if isinstance(author, dict) else author
        if not isinstance(name, str):
            raise ValueError(f"field 'authors' must hold names, found {_kind(name)}")
        if normalise_text(name):
            yield normalise_text(name)


def _identifiers(data: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    given = data.get("identifiers") or {}
    if isinstance(given, list):
        given = {pair[0]: pair[1] for pair in given if isinstance(pair, list) and len(pair) == 2}
    if not isinstance(given, dict):
        raise ValueError(f"field 'identifiers' must be an object, found {_kind(given)}")
    found: dict[str, str] = {}
    for scheme in SCHEMES:
        value = given.get(scheme, data.get(scheme))
        if isinstance(value, str) and value:
            found[scheme] = normalise_identifier(scheme, value)
    url = data.get("url")
    if isinstance(url, str) and "arxiv.org/" in url:
        found.setdefault("arxiv", normalise_identifier("arxiv", url))
    return tuple(sorted((scheme, value) for scheme, value in found.items() if value))


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true/false", type(None): "null"}
    return names.get(type(value), "a number")
