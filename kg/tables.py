"""The graph directory: versions, manifest, atomic swap, reading and writing the tables.

    my.kg/
      CURRENT              name of the live version, replaced by an atomic rename
      records/<0-f>.parquet extraction cache, sharded by key
      quarantine.jsonl     what was set aside, and why
      retired.txt          ids of what the graph held once
      v000001/             manifest.json, twelve Parquet tables (long ones in several files), engines' files in cypher/ and rdf/,
                           and what the next build need not make again in memory/

A writer fills a hidden folder, renames it to the next version and then swaps CURRENT, so a kill at any
moment leaves the last good version. Tables are sorted and carry no clock: equal content, equal bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kg.model.errors import DamagedGraph, NotAGraph, StoreError
from kg.parquet import Stream, read_parquet, write_stream

RETIRED = "retired.txt"  # ids of what the graph held once
FORMAT = 3  # raised when a table changes so that older readers would misread it
_TEXTS = pa.list_(pa.string())
_LINKS = pa.list_(pa.struct({"type": pa.string(), "url": pa.string()}))
_PORTION = 4096  # rows read at a time
_VALUE = pa.decimal128(38, 12)

SCHEMAS: dict[str, pa.Schema] = {
    "papers": pa.schema(
        {
            "id": pa.string(),
            "own_id": pa.string(),
            "title": pa.string(),
            "abstract": pa.string(),
            "year": pa.int32(),
            "date": pa.string(),
            "authors": _TEXTS,
            "venue": pa.string(),
            "url": pa.string(),
            "identifiers": pa.list_(pa.struct({"scheme": pa.string(), "value": pa.string()})),
            "links": _LINKS,
            "source_links": _LINKS,
            "source": pa.string(),
            "licence": pa.string(),
            "version": pa.string(),
            "language": pa.string(),
            "orcids": _TEXTS,
            "affiliations": pa.list_(_TEXTS),
            "keywords": _TEXTS,
            "references": _TEXTS,
            "citations": pa.int32(),
            "original_title": pa.string(),
            "original_abstract": pa.string(),
            "variants": _TEXTS,
            "record": pa.string(),
        }
    ),
    "entities": pa.schema(
        {
            "id": pa.string(),
            "type": pa.string(),
            "name": pa.string(),
            "aliases": _TEXTS,
            "papers": pa.int32(),
            "users": pa.int32(),
            "first_year": pa.int32(),
            "links": _TEXTS,
        }
    ),
    "aliases": pa.schema({"entity": pa.string(), "form": pa.string(), "papers": pa.int32()}),
    "mentions": pa.schema(
        {
            "paper": pa.string(),
            "entity": pa.string(),
            "start": pa.int32(),
            "end": pa.int32(),
            "text": pa.string(),
            "confidence": pa.float64(),
        }
    ),
    "roles": pa.schema(
        {"id": pa.string(), "paper": pa.string(), "role": pa.string(), "entity": pa.string(), "confidence": pa.float64()}
    ),
    "relations": pa.schema(
        {
            "id": pa.string(),
            "source": pa.string(),
            "type": pa.string(),
            "target": pa.string(),
            "confidence": pa.float64(),
            "papers": pa.int32(),
        }
    ),
    "evidence": pa.schema(
        {
            "statement": pa.string(),
            "paper": pa.string(),
            "start": pa.int32(),
            "end": pa.int32(),
            "sentence": pa.string(),
            "extractor": pa.string(),
            "confidence": pa.float64(),
        }
    ),
    "results": pa.schema(
        {
            "id": pa.string(),
            "paper": pa.string(),
            "subject": pa.string(),
            "metric": pa.string(),
            "dataset": pa.string(),
            "task": pa.string(),
            "baseline": pa.string(),
            "value": _VALUE,
            "printed": pa.string(),
            "unit": pa.string(),
            "kind": pa.string(),
            "direction": pa.string(),
            "condition": pa.string(),
            "higher_is_better": pa.bool_(),
            "confidence": pa.float64(),
        }
    ),
    "joins": pa.schema(
        {
            "entity": pa.string(),
            "type": pa.string(),
            "name": pa.string(),
            "rule": pa.string(),
            "evidence": pa.string(),
            "papers": pa.int32(),
            "paper": pa.string(),
        }
    ),
    "cites": pa.schema({"paper": pa.string(), "cited": pa.string()}),
    "external": pa.schema({"entity": pa.string(), "relation": pa.string(), "iri": pa.string()}),
    "redirects": pa.schema({"old": pa.string(), "new": pa.string()}),
}
Tables = Mapping[str, Stream]
_ENCODED = pa.dictionary(pa.int32(), pa.string())
LATER = {"external", "joins", "redirects"}  # tables that graphs of this format may lack, made before there were any


@dataclass(frozen=True)
class Version:
    """One immutable version of a graph, opened for reading."""

    path: Path
    manifest: dict[str, Any]

    @property
    def whole(self) -> Version:
        """Itself: a part of a version is read like one, and leads to it here."""
        return self

    @property
    def counts(self) -> dict[str, int]:
        """Rows per table."""
        return {name: table["rows"] for name, table in self.manifest["tables"].items()}

    @property
    def stamp(self) -> str:
        """Changes exactly when some table changes; engines' files carry it to show what they were built from."""
        hashes = [f"{name}={table['sha256']}" for name, table in sorted(self.manifest["tables"].items())]
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()

    def read(self, name: str, columns: list[str] | None = None, *, encoded: bool = False) -> pa.Table:
        """One table, in its sorted order; an empty one where the graph is older than the table. `encoded` texts come as dictionaries, one a file,
        which takes a fraction of the memory where they repeat.

        Raises:
            DamagedGraph: the file is missing or does not parse.
        """
        texts = [field.name for field in SCHEMAS[name] if pa.types.is_string(field.type)] if encoded else []
        if name in LATER and name not in self.manifest["tables"]:
            empty = SCHEMAS[name].empty_table()
            return empty.cast(pa.schema({f.name: _ENCODED if f.name in texts else f.type for f in empty.schema}))
        try:
            return pa.concat_tables(read_parquet(path, columns, texts) for path in self._files(name))
        except (OSError, pa.ArrowException) as error:
            raise DamagedGraph(f"{self.path / name}.parquet cannot be read; build the graph again") from error

    def each(
        self, name: str, columns: list[str] | None = None, kept: np.ndarray[Any, np.dtype[np.int64]] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Rows of one table in its order, read portion by portion; `kept` are the numbers of those wanted, ascending, if not all are.

        Raises:
            DamagedGraph: see `read`.
        """
        if name in LATER and name not in self.manifest["tables"]:
            return
        start = 0
        try:
            for path in self._files(name):
                with pq.ParquetFile(path) as file:
                    for batch in file.iter_batches(_PORTION, columns=columns, use_threads=False):
                        if kept is None:
                            yield from batch.to_pylist()
                        else:
                            low, high = np.searchsorted(kept, [start, start + len(batch)])
                            yield from batch.take(pa.array(kept[low:high] - start)).to_pylist()
                        start += len(batch)
        except (OSError, pa.ArrowException) as error:
            raise DamagedGraph(f"{self.path / name}.parquet cannot be read; build the graph again") from error

    def _files(self, name: str) -> list[Path]:
        """The files of a table, in order."""
        return [self.path / file for file in self.manifest["tables"].get(name, {}).get("files", [f"{name}.parquet"])]

    def rows(self, name: str, columns: list[str] | None = None) -> list[dict[str, Any]]:
        """One table as a list of dicts."""
        rows: list[dict[str, Any]] = self.read(name, columns).to_pylist()
        return rows


def open_version(directory: Path) -> Version:
    """The live version of a graph directory.

    Raises:
        NotAGraph: there is no graph here.
        DamagedGraph: CURRENT names a version that is not there, or its manifest does not parse or is of another format.
    """
    current = directory / "CURRENT"
    if not current.is_file():
        reason = "has no graph in it" if directory.is_dir() else "does not exist"
        raise NotAGraph(f"{directory} {reason}; make one with: kg build INPUT -o {directory}")
    path = directory / current.read_text(encoding="utf-8").strip()
    try:
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DamagedGraph(f"{path} is damaged (no readable manifest.json); build the graph again") from error
    if manifest.get("format") != FORMAT:
        raise DamagedGraph(
            f"{path} has table format {manifest.get('format')}, this version reads {FORMAT}; remove {path.parent / 'CURRENT'} and build from the inputs "
            "again: what was extracted from them is kept"
        )
    return Version(path, manifest)


def earlier_version(version: Version) -> Version | None:
    """The version before this one, if it is still there and whole."""
    earlier = [path for path in _versions(version.path.parent) if path.name < version.path.name]
    with contextlib.suppress(OSError, ValueError):
        manifest = json.loads((max(earlier) / "manifest.json").read_text(encoding="utf-8")) if earlier else {}
        if manifest.get("format") == FORMAT:
            return Version(max(earlier), manifest)
    return None


def write_version(directory: Path, tables: Tables, settings: Mapping[str, Any]) -> Version:
    """Write the tables as the next version and make it live; unchanged tables change nothing on disk."""
    staging = directory / ".next"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    with ThreadPoolExecutor(2) as pool:  # what packs a table lets Python go
        found = pool.map(lambda name: write_stream(staging, name, tables[name], SCHEMAS[name]), SCHEMAS)
        described = dict(zip(SCHEMAS, found, strict=True))
    manifest = {"format": FORMAT, "settings": dict(settings), "tables": described}
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    write_atomically(staging / "manifest.json", text)
    live = _live(directory)
    if live is not None and (live / "manifest.json").read_text(encoding="utf-8") == text:
        shutil.rmtree(staging)
        return open_version(directory)
    target = directory / _next_name(directory, live)
    shutil.rmtree(target, ignore_errors=True)
    staging.rename(target)
    write_atomically(directory / "CURRENT", target.name + "\n")
    written = open_version(directory)
    with contextlib.suppress(DamagedGraph):  # of the version before, whose ids are then not known
        _retire(directory, earlier_version(written), written)
    _drop_old(directory, keep={target.name, live.name if live else ""})
    return written


def retired(directory: Path) -> set[str]:
    """What a graph once held and holds no more, nor leads to anything that it does: `paper/<id>` and `entity/<id>`."""
    try:
        return set((directory / RETIRED).read_text(encoding="utf-8").split())
    except FileNotFoundError:
        return set()


def _retire(directory: Path, before: Version | None, now: Version) -> None:
    """Keep the ids that a new version has no more."""
    if before is None:
        return
    gone = retired(directory)
    for kind, name in (("paper", "papers"), ("entity", "entities")):
        if before.manifest["tables"][name] != now.manifest["tables"][name] or gone:
            was, there = (set(version.read(name, ["id"])["id"].to_pylist()) for version in (before, now))
            gone = {one for one in gone if one.removeprefix(f"{kind}/") not in there} | {f"{kind}/{one}" for one in was - there}
    gone -= {f"entity/{old}" for old in now.read("redirects", ["old"])["old"].to_pylist()} if gone else set()
    if gone != retired(directory):
        write_atomically(directory / RETIRED, "".join(f"{one}\n" for one in sorted(gone)))


def write_atomically(path: Path, text: str) -> None:
    """Replace a text file so that a reader, or a crash, sees either the old or the new content whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


@contextlib.contextmanager
def writing(directory: Path) -> Iterator[None]:
    """Hold the directory's writer lock; it goes with the process, however that ends.

    Raises:
        StoreError: another process is writing.
    """
    from filelock import FileLock, Timeout

    directory.mkdir(parents=True, exist_ok=True)
    lock = FileLock(directory / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise StoreError(f"{directory} is being written by another process; wait for it to end") from None
    try:
        yield
    finally:
        lock.release()


def table_of(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as a table with the schema of that name."""
    return pa.Table.from_pylist(rows, schema=SCHEMAS[name])


def table_of_tuples(name: str, rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    """Rows, with their values in the order of the columns, as a table with the schema of that name."""
    return rows_of(SCHEMAS[name], rows)


def rows_of(schema: pa.Schema, rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    """Rows, with their values in the order of the columns, as a table of this schema."""
    columns = list(zip(*rows, strict=True))
    if not columns:
        return schema.empty_table()
    return pa.Table.from_arrays([pa.array(c, field.type) for c, field in zip(columns, schema, strict=True)], schema=schema)


def _live(directory: Path) -> Path | None:
    with contextlib.suppress(OSError):
        path = directory / (directory / "CURRENT").read_text(encoding="utf-8").strip()
        if (path / "manifest.json").is_file():
            return path
    return None


def _next_name(directory: Path, live: Path | None) -> str:
    number = int(live.name[1:]) + 1 if live else 1
    return f"v{number:06d}"


def _drop_old(directory: Path, keep: set[str]) -> None:
    """Readers may still hold the version before; older ones go."""
    for path in _versions(directory):
        if path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)


def _versions(directory: Path) -> list[Path]:
    return [path for path in directory.iterdir() if path.is_dir() and re.fullmatch(r"v\d{6}", path.name)]
