"""Tables as text: CSV and its kin with tabs, semicolons or bars, a heading first; line breaks may stand inside fields."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator

from kg.ingest._table import columns_of, looks_like_headings, record_of
from kg.ingest.base import MAX_CHARACTERS, Item, Line, Place, reject
from kg.ingest.fields import make_paper
from kg.ingest.source import Source
from kg.model.errors import DataError

_BETWEEN = (",", "\t", ";", "|")


def sniff(source: Source) -> int:
    """Whether the first line holds headings of which one is a title."""
    if source.first in ("{", "[", "<", "@"):
        return 0
    headings, _ = _headings(source)
    return 2 if looks_like_headings(headings) or (source.mapping and set(source.mapping.values()) <= set(headings)) else 0


def read(source: Source) -> Iterator[Item]:
    """One paper per row."""
    headings, between = _headings(source)
    columns = columns_of(headings, source.mapping)
    csv.field_size_limit(MAX_CHARACTERS)
    lines = _Lines(source.lines())
    rows = csv.reader(lines, delimiter=between)
    number = itertools.count(0)
    while True:
        lines.first = None
        fault = ""
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            row, fault = [], f"not valid CSV: {error}"
        place = lines.place(next(number))
        if place.record == 0 or (not fault and not any(map(str.strip, row))):
            continue
        if fault or lines.fault:
            yield reject(place, fault or lines.fault, lines.raw)
            lines.fault = ""
        elif len(row) != len(headings) and len(row) < 2:
            yield reject(place, f"{len(row)} field where the heading has {len(headings)}", lines.raw)
        else:
            try:
                yield place, make_paper(record_of(dict(zip(headings, row, strict=False)), columns), "table")
            except ValueError as error:
                yield reject(place, str(error), lines.raw)


def _headings(source: Source) -> tuple[list[str], str]:
    """The fields of the first line, and what stands between them."""
    first = next((line for line in source.text.splitlines() if line.strip()), "")
    between = max(_BETWEEN, key=lambda sign: len(re.sub(r'"[^"]*"', "", first).split(sign)))
    try:
        return [heading.strip() for heading in next(csv.reader([first], delimiter=between), [])], between
    except csv.Error as error:
        raise DataError(f"{source.name}: not valid CSV: {error}") from error


class _Lines:
    """Lines for the reader, which remembers where a row began."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self.first: Line | None = None
        self._last: Line | None = None
        self.fault = self.raw = ""

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        if self.first is None:
            self.first, self.raw = line, line.text
        elif len(self.raw) < 4000:
            self.raw += f"\n{line.text}"
        self.fault = self.fault or line.fault
        self._last = line
        return line.text.replace("\x00", "\ufffd") + "\n"

    def place(self, number: int) -> Place:
        line = self.first or self._last
        return Place(number, line.number, line.offset) if line else Place(number, 0, 0)
