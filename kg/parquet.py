"""Tables in pieces: Parquet files whose bytes depend on the rows only, and rows that wait on disk until they can be put in order."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

Stream: TypeAlias = "pa.Table | Iterable[pa.Table]"  # a table, or its pieces in order, which are read once
ROW_GROUP = 1 << 17  # rows
PART_ROWS = 1 << 23  # rows of one file; a longer table has several
_IN_MEMORY = 256 << 20  # bytes of rows up to which they do not go to disk
_SPILLED = ".rows-"
_BUCKETS = 256  # by the first two digits of a key


def read_parquet(path: Path, columns: list[str] | None = None, encoded: Iterable[str] = ()) -> pa.Table:
    """A file, or the columns named, in that order; texts of the `encoded` ones as dictionaries, as they lie in the file. What `pyarrow.parquet` has
    for this first imports pandas, where it is there."""
    with pq.ParquetFile(path, read_dictionary=list(encoded)) as file:
        table = file.read(columns, use_threads=False)
    return table.select(columns) if columns else table


def write_parquet(path: Path, table: pa.Table) -> None:
    """A Parquet file whose bytes depend on the content only."""
    pq.write_table(table, path, row_group_size=ROW_GROUP, **_SETTINGS)


_SETTINGS: dict[str, Any] = {"compression": "zstd", "use_dictionary": True, "write_statistics": True, "store_schema": False}


def write_stream(folder: Path, name: str, stream: Stream, schema: pa.Schema) -> dict[str, Any]:
    """Write a table as `<name>.parquet`, and `<name>-1.parquet` and so on where it is long. How it was cut into pieces before leaves no trace.

    Gives the number of rows, the SHA-256 of the file, and where there are several the names of all `files`: the hash is then that of theirs.
    """
    rows, hashes, names = 0, list[str](), list[str]()
    writer: pq.ParquetWriter | None = None
    try:
        for group in _row_groups([stream] if isinstance(stream, pa.Table) else stream, schema):
            if writer is None or rows // PART_ROWS >= len(names):
                if writer is not None:
                    writer.close()
                names.append(f"{name}-{len(names)}.parquet" if names else f"{name}.parquet")
                writer = pq.ParquetWriter(folder / names[-1], schema, **_SETTINGS)
            writer.write_table(group, row_group_size=ROW_GROUP)
            rows += group.num_rows
    finally:
        if writer is not None:
            writer.close()
    hashes = [_digest(folder / one) for one in names]
    if len(names) == 1:
        return {"rows": rows, "sha256": hashes[0]}
    return {"rows": rows, "sha256": hashlib.sha256("\n".join(hashes).encode()).hexdigest(), "files": names}


def _row_groups(pieces: Iterable[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    """Full row groups, the last one apart; one empty one of no rows."""
    waiting, count, given = list[pa.Table](), 0, False
    for piece in pieces:
        waiting.append(piece)
        count += piece.num_rows
        if count >= ROW_GROUP:
            together = pa.concat_tables(waiting)
            for start in range(0, count - count % ROW_GROUP, ROW_GROUP):
                yield together.slice(start, ROW_GROUP).combine_chunks()
                given = True
            waiting, count = [together.slice(count - count % ROW_GROUP)], count % ROW_GROUP
    if count or not given:
        yield pa.concat_tables(waiting).combine_chunks() if waiting else schema.empty_table()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run_starts(table: pa.Table) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows of a table differ from the one before."""
    found = np.zeros(table.num_rows, bool)
    found[:1] = True
    for column in table.columns if table.num_rows > 1 else ():
        differs = pc.not_equal(column.slice(1), column.slice(0, table.num_rows - 1))
        found[1:] |= pc.fill_null(differs, True).to_numpy()
    return found


def clear_spills(folder: Path) -> None:
    """Remove what rows a process left in a folder that was killed while they waited there."""
    for path in folder.glob(f"{_SPILLED}*"):
        shutil.rmtree(path, ignore_errors=True)


class Spill:
    """Rows as they come, on disk where they are many. With a `key`, a column of hexadecimal digits, they come out in buckets."""

    def __init__(self, folder: Path | None = None, key: str = "") -> None:
        self._folder, self._key = folder, key
        self._held: list[pa.Table] = []
        self._size = 0
        self._files: dict[int, Any] = {}  # bucket → file and its writer
        self._place: tempfile.TemporaryDirectory[str] | None = None

    def add(self, table: pa.Table) -> None:
        """Keep rows."""
        if table.num_rows:
            self._held.append(table)
            self._size += table.nbytes
            if self._size > _IN_MEMORY:
                self._flush()

    def parts(self) -> Iterator[pa.Table]:
        """All rows, in the order in which they came."""
        for bucket in sorted(self._files):
            yield from self._back(bucket)
        yield from self._held

    def buckets(self) -> Iterator[pa.Table]:
        """All rows, in tables whose keys follow each other; in a table they are in no order."""
        if not self._files:
            yield from [pa.concat_tables(self._held)] if self._held else []
            return
        self._flush()
        for bucket in sorted(self._files):
            yield pa.concat_tables(self._back(bucket))

    def _flush(self) -> None:
        for table in self._held:
            if not self._key:
                self._write(0, table)
                continue
            digits = pc.utf8_slice_codeunits(table[self._key], 0, 2).to_pylist()
            numbers = np.array([int(two, 16) for two in digits])
            order = np.argsort(numbers, kind="stable")
            ends = np.searchsorted(numbers[order], np.arange(_BUCKETS + 1))
            ordered = table.take(pa.array(order))
            for bucket in np.unique(numbers).tolist():
                self._write(bucket, ordered.slice(ends[bucket], ends[bucket + 1] - ends[bucket]))
        self._held, self._size = [], 0

    def _write(self, bucket: int, table: pa.Table) -> None:
        if bucket not in self._files:
            if self._place is None:
                self._place = tempfile.TemporaryDirectory(prefix=_SPILLED, dir=self._folder)
                weakref.finalize(self, self._place.cleanup)
            options = pa.ipc.IpcWriteOptions(compression="zstd")
            self._files[bucket] = pa.ipc.new_stream(str(Path(self._place.name) / str(bucket)), table.schema, options=options)
        self._files[bucket].write_table(table)

    def _back(self, bucket: int) -> Iterator[pa.Table]:
        self._files[bucket].close()
        assert self._place is not None
        with pa.ipc.open_stream(str(Path(self._place.name) / str(bucket))) as reader:
            for batch in reader:
                yield pa.Table.from_batches([batch])
