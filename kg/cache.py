"""The cache of extracted records in `records/`: never read the same text twice with the same extractor.

Keys are digests of the text and the extractor's version. While a build runs, each batch is written to a
file of its own, so a kill loses at most one batch; many of them are put together on the way. At the end all are folded into shards by the first
digits of the key, sorted, so that the same set of records always gives the same bytes; no more than one shard is in memory at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kg.memory import without_cycles
from kg.model.records import Paper
from kg.parquet import read_parquet

_SCHEMA = pa.schema({"key": pa.string(), "record": pa.string()})
_BATCHES = 64  # files of batches that are put together as one
_WIDE = 100_000  # records from which shards go by two digits, and not by one
_ROW_GROUP = 512  # rows, so that the rows of one shard are found without reading all
Keys = np.ndarray[Any, np.dtype[np.bytes_]]


def record_key(paper: Paper, version: str) -> str:
    """64 hex digits: the cache key of this text under this extractor version."""
    return hashlib.sha256(f"{version}\x1f{paper.text}".encode("utf-8", "surrogatepass")).hexdigest()


class RecordCache:
    """Records by key, on disk under `folder`, as JSON texts without an id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fresh: list[Path] = []

    def keys(self) -> Keys:
        """All known keys, sorted, each once."""
        found = [np.array(table["key"].to_pylist(), "S64") for path in self._files() if (table := _read(path, ["key"])).num_rows]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, "S64")

    @without_cycles()
    def each(self, wanted: Keys | None = None) -> Iterator[tuple[list[str], list[str]]]:
        """Keys and texts of all records, or of those wanted, some at a time; one that stands in several files comes several times."""
        keys = None if wanted is None else pa.array([key.decode() for key in wanted.tolist()], pa.string())
        for path in self._files():
            table = _read(path)
            kept = table if keys is None else table.filter(pc.is_in(table["key"], value_set=keys))
            for batch in kept.to_batches(max_chunksize=_ROW_GROUP):
                yield batch["key"].to_pylist(), batch["record"].to_pylist()

    def add(self, texts: Mapping[str, str]) -> None:
        """Write one batch; it is on disk, whole, when this returns."""
        if not texts:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256("".join(sorted(texts)).encode()).hexdigest()[:16]
        self._fresh.append(self._folder / f"new-{name}.parquet")
        _write(self._fresh[-1], pa.table({"key": list(texts), "record": list(texts.values())}, schema=_SCHEMA))
        if len(self._fresh) >= _BATCHES:
            together = self._folder / f"part-{name}.parquet"
            _write(together, pa.concat_tables(map(_read, self._fresh)))
            for path in self._fresh:
                path.unlink(missing_ok=True)
            self._fresh = []

    @without_cycles()
    def compact(self) -> None:
        """Fold the batches into the shards; a kill in between leaves repeats, which the next run folds."""
        files = self._files()
        if not files:
            return
        width = 2 if sum(pq.read_metadata(path).num_rows for path in files if _is_parquet(path)) > _WIDE else 1
        shards = {path for path in files if _is_shard(path) and len(path.stem) == width}
        fresh = [path for path in files if path not in shards]
        touched = sorted({key[:width] for path in fresh for key in _read(path, ["key"])["key"].to_pylist()})
        for prefix in touched:
            shard = self._folder / f"{prefix}.parquet"
            _write(shard, pa.concat_tables(_read(path, prefix=prefix) for path in [*fresh, *([shard] if shard in shards else [])]))
        for path in fresh:
            path.unlink(missing_ok=True)
        self._fresh = []

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.parquet"))


def _is_shard(path: Path) -> bool:
    return len(path.stem) <= 2 and set(path.stem) <= set("0123456789abcdef")


def _is_parquet(path: Path) -> bool:
    """Whether a file parses; one that does not goes, and what was in it is extracted again."""
    try:
        pq.read_metadata(path)
    except (OSError, pa.ArrowException):
        path.unlink(missing_ok=True)
        return False
    return True


def _read(path: Path, columns: list[str] | None = None, prefix: str = "") -> pa.Table:
    """Rows of a file, of those keys that start so; none if it does not parse, and then it goes."""
    filters = [("key", ">=", prefix), ("key", "<", prefix + "g")] if prefix else None
    try:
        return pq.read_table(path, columns=columns, filters=filters, use_threads=False) if filters else read_parquet(path, columns)
    except (OSError, pa.ArrowException):
        path.unlink(missing_ok=True)  # a cache entry that does not parse is extracted again
        return _SCHEMA.empty_table().select(columns or _SCHEMA.names)


def _write(path: Path, table: pa.Table) -> None:
    """Rows sorted by key, the first with each."""
    ordered = table.sort_by("key").combine_chunks()
    if ordered.num_rows > 1:
        fresh = pc.not_equal(ordered["key"].slice(1), ordered["key"].slice(0, ordered.num_rows - 1)).to_numpy()
        ordered = ordered.filter(pa.array(np.concatenate([[True], fresh])))
    temporary = path.with_name(f".{path.name}.tmp")
    pq.write_table(ordered, temporary, row_group_size=_ROW_GROUP, compression="zstd", store_schema=False)
    temporary.replace(path)
