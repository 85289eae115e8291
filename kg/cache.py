"""The cache of extracted records in `records/`: never read the same text twice with the same extractor.

Keys are digests of the text and the extractor's version. While a build runs, each batch is written to a
file of its own, so a kill loses at most one batch; at the end all are folded into 16 shards by the first
digit of the key, sorted, so that the same set of records always gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kg.memory import without_cycles
from kg.model.records import Paper, PaperRecord
from kg.tables import write_parquet

_SCHEMA = pa.schema({"key": pa.string(), "record": pa.string()})


def record_key(paper: Paper, version: str) -> str:
    """64 hex digits: the cache key of this text under this extractor version."""
    return hashlib.sha256(f"{version}\x1f{paper.text}".encode()).hexdigest()


class RecordCache:
    """Records by key, on disk under `folder`; records are stored without an id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @without_cycles()
    def find(self, keys: Iterable[str]) -> dict[str, PaperRecord]:
        """The known ones among `keys`."""
        wanted = set(keys)
        found: dict[str, PaperRecord] = {}
        for path in self._files():
            if path.stem[0] in "0123456789abcdef" and not any(k[0] == path.stem for k in wanted):
                continue
            for key, text in _read(path).items():
                if key in wanted and key not in found:
                    found[key] = PaperRecord.from_dict(json.loads(text))
        return found

    def add(self, records: Mapping[str, PaperRecord]) -> None:
        """Write one batch; it is on disk, whole, when this returns."""
        if not records:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        rows = {key: json.dumps(r.with_id("").to_dict(), ensure_ascii=False) for key, r in records.items()}
        name = hashlib.sha256("".join(sorted(rows)).encode()).hexdigest()[:16]
        _write(self._folder / f"new-{name}.parquet", rows)

    def compact(self) -> None:
        """Fold the batches into the shards; a kill in between leaves repeats, which the next run folds."""
        batches = [path for path in self._files() if path.stem.startswith("new-")]
        fresh: dict[str, str] = {}
        for path in batches:
            fresh.update(_read(path))
        for digit in sorted({key[0] for key in fresh}):
            shard = self._folder / f"{digit}.parquet"
            rows = _read(shard) if shard.exists() else {}
            rows.update({key: text for key, text in fresh.items() if key[0] == digit})
            _write(shard, rows)
        for path in batches:
            path.unlink()

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.parquet"))


def _read(path: Path) -> dict[str, str]:
    try:
        table = pq.read_table(path, use_threads=False)
    except (OSError, pa.ArrowException):
        path.unlink(missing_ok=True)  # a cache entry that does not parse is extracted again
        return {}
    return dict(zip(table["key"].to_pylist(), table["record"].to_pylist(), strict=True))


def _write(path: Path, rows: Mapping[str, str]) -> None:
    ordered = sorted(rows)
    table = pa.table({"key": ordered, "record": [rows[key] for key in ordered]}, schema=_SCHEMA)
    temporary = path.with_name(f".{path.name}.tmp")
    write_parquet(temporary, table)
    temporary.replace(path)
