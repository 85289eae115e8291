"""Opens an input, finds its format and streams its papers."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from kg import registry
from kg.ingest.base import Format, Item, Place, Rejected, reject
from kg.ingest.opening import UNREADABLE, open_sources
from kg.ingest.source import Source
from kg.model.errors import DataError

_HOPELESS = 10_000  # records after which an input without any paper is given up
_START = Place(0, 0, 0)


def read_papers(path: Path, format_name: str | None = None, mapping: Mapping[str, str] | None = None) -> Iterator[Item]:
    """Stream (place, paper) pairs and quarantine rows of one file, in file order; those of an archive, member by member.

    `path` may be `-`, standard input. `mapping` gives the columns of a table by our names of fields, such as `{"title": "Document Title"}`. What breaks
    on the way, such as a compressed file that is cut off, ends that file with a row; what was read before stays.

    Raises:
        InputError: the path is missing, a folder, or may not be read.
        DataError: the file is empty, binary, or of no known format.
        UnknownName: there is no such format.
    """
    forced: Format | None = registry.load("ingest", format_name) if format_name else None
    begun, place = False, _START  # whether anything was told, and how far that was
    try:
        for source in open_sources(path, mapping):
            if isinstance(source, Rejected):
                yield replace(source, source=str(path))
                begun = True
                continue
            place = _START
            try:
                papers = rows = 0
                for item in (forced or sniff(source)).read(source):
                    begun = True
                    if isinstance(item, Rejected):
                        place, rows = Place(item.record, item.line, item.offset), rows + 1
                        yield Rejected(source.name, item.record, item.line, item.offset, item.reason, item.raw, item.kept)
                        if rows == _HOPELESS and not papers:
                            raise DataError(
                                f"{_HOPELESS:,} records and no paper among them; the rest is not read, say the right format with --format"
                            )
                    else:
                        place, papers = item[0], papers + 1
                        yield item
            except DataError as error:
                if not begun and source.name == str(path):
                    raise
                begun = True
                yield replace(reject(place, str(error)), source=source.name)
    except UNREADABLE as error:
        if not begun:
            raise DataError(f"{path} cannot be unpacked ({error}); fetch it again") from error
        yield replace(reject(place, f"the rest cannot be unpacked ({error}); what stands before is read"), source=str(path))


def sniff(source: Source) -> Format:
    """The format that is the surest of an input; of equals, the first by name.

    Raises:
        DataError: no format knows it.
    """
    best: tuple[int, Format | None] = 0, None
    for module in _formats():
        surety = int(module.sniff(source))
        if surety > best[0]:
            best = surety, module
    if best[1] is None:
        known = ", ".join(registry.available("ingest"))
        raise DataError(f"{source.name}: no papers found, format not recognised; say which with --format ({known})")
    return best[1]


@functools.cache
def _formats() -> list[Format]:
    return [registry.load("ingest", name) for name in registry.available("ingest")]
