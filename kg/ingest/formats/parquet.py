"""Parquet files, a paper in each row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kg.ingest._table import columns_of, record_of
from kg.ingest.base import Item, Place, reject
from kg.ingest.fields import make_paper
from kg.ingest.source import Source
from kg.model.errors import DataError

_PORTION = 1024  # rows read at a time


def sniff(source: Source) -> int:
    """Whether the file has Parquet's mark."""
    return 3 if source.head.startswith(b"PAR1") else 0


def read(source: Source) -> Iterator[Item]:
    """One paper per row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with source.file() as copy:
        try:
            file = pq.ParquetFile(copy)
            columns = columns_of(file.schema_arrow.names, source.mapping)
        except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
            raise DataError(f"{source.name} is no Parquet file that can be read ({_first_line(error)}); write it anew") from error
        number = 0
        try:
            for batch in file.iter_batches(_PORTION, columns=sorted(set(columns.values())), use_threads=False):
                for row in _rows(batch):
                    number += 1
                    yield _item(row, columns, Place(number, 0, 0))
        except (OSError, pa.ArrowException) as error:
            reason = f"the rest cannot be read ({_first_line(error)}); what stands before is read"
            yield reject(Place(number + 1, 0, 0), reason)


def _item(row: dict[str, Any] | UnicodeDecodeError, columns: dict[str, str], place: Place) -> Item:
    if isinstance(row, UnicodeDecodeError):
        return reject(place, "not valid UTF-8; write the file anew")
    try:
        return place, make_paper(record_of(row, columns), "table")
    except ValueError as error:
        return reject(place, str(error), str(row))


def _rows(batch: Any) -> Iterator[dict[str, Any] | UnicodeDecodeError]:
    """The rows of a batch; the error of one whose text is none."""
    try:
        rows = batch.to_pylist()
    except UnicodeDecodeError as error:
        if len(batch) == 1:
            yield error
        else:
            for at in range(len(batch)):
                yield from _rows(batch.slice(at, 1))
    else:
        yield from rows


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
