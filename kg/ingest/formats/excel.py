"""Spreadsheets (xlsx, xls, ods): a heading within the first rows, then a paper in each row; the first sheet that has such a heading is read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Any

from kg.ingest._table import columns_of, looks_like_headings, record_of
from kg.ingest.base import Item, Place, reject
from kg.ingest.fields import make_paper
from kg.ingest.source import Source
from kg.model.errors import DataError

_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SEARCHED = 10  # rows in which a heading is looked for
_LARGEST = 512 << 20  # bytes that a sheet may unpack to


def sniff(source: Source) -> int:
    """Whether the file has the mark of a spreadsheet."""
    return 2 if source.head.startswith(_MARKS) else 0


def read(source: Source) -> Iterator[Item]:
    """One paper per row."""
    import python_calamine as calamine

    with source.file() as copy:
        try:
            if source.head.startswith(b"PK"):
                size = sum(info.file_size for info in zipfile.ZipFile(copy).infolist())
                if size > _LARGEST:
                    raise DataError(f"{source.name} unpacks to {size:,} bytes, more than a spreadsheet of papers has; refused")
                copy.seek(0)
            sheets = list(_sheets(calamine.load_workbook(copy)))
        except (calamine.CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
            raise DataError(f"{source.name} is no spreadsheet that can be read ({error}); save it anew") from error
    for headings, rows, first in sheets:
        if looks_like_headings(headings) or source.mapping:
            columns = columns_of(headings, source.mapping)
            for number, row in enumerate(rows, start=1):
                if any(cell not in ("", None) for cell in row):
                    place = Place(number, first + number, 0)
                    try:
                        yield place, make_paper(record_of(dict(zip(headings, row, strict=False)), columns), "table")
                    except ValueError as error:
                        yield reject(place, str(error), str(row))
            return
    raise DataError(
        f"{source.name}: no sheet has a heading with title and abstract or authors; name the columns with --map title=COLUMN"
    )


def _sheets(book: Any) -> Iterator[tuple[list[str], list[list[Any]], int]]:
    """Headings, the rows under them, and the number of the heading's row, sheet by sheet."""
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for at, row in enumerate(rows[:_SEARCHED]):
            headings = [str(cell).strip() for cell in row]
            if looks_like_headings(headings) or (at == len(rows[:_SEARCHED]) - 1):
                start = at if looks_like_headings(headings) else 0
                yield [str(cell).strip() for cell in rows[start]], rows[start + 1 :], start + 1
                break
