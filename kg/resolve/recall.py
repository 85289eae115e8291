"""What a build remembers for the next one: how each paper calls things and what that meant, and what it gave to entities and relations.

Adding a few papers then counts the names of these alone, and makes their rows and those of papers whose names mean something else by now; all others
come from the tables of the version before. The outcome is the same, to the byte. It lies in `memory/` of a version, is written for graphs
of up to `MOST` papers, and may be deleted: then all is made anew.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extractors.lexicon import TERMS
from kg.model.errors import DamagedGraph, NotAGraph
from kg.parquet import read_parquet, write_parquet
from kg.resolve.census import Census, Keys, Naming, Numbers
from kg.resolve.overrides import Settled
from kg.resolve.rows import OF_PAPERS, PARTS
from kg.resources import data_path
from kg.tables import SCHEMAS, Version, open_version

MOST = 50_000  # papers: what is remembered is read whole
_FOLDER = "memory"
_PAPERS = pa.schema({"paper": pa.string(), "stamp": pa.uint64(), "places": pa.int32()})
_NAMES = pa.schema(
    {
        "kind": pa.string(),
        "name": pa.string(),
        "shorts": pa.list_(pa.string()),
        "longs": pa.list_(pa.string()),
        **{key: pa.bool_() if key == "synonym" else pa.string() for key in Keys._fields},
    }
)
_PLACES = pa.schema({"number": pa.int32(), "sure": pa.int32(), "entity": pa.string(), "kind": pa.string(), "whole": pa.string()})
_MEANING = ("entity", "kind", "whole")
Stamps = np.ndarray[Any, np.dtype[np.uint64]]


class Memory:
    """What the live version of a graph remembers, if that still holds, and what the next one is to; nothing without a graph."""

    def __init__(self, directory: Path | None = None, settings: Mapping[str, str] | None = None) -> None:
        """`settings` are all that rows depend on besides papers, their records and what names mean."""
        self.keeps = directory is not None
        self._settings = {**(settings or {}), "code": _code()}
        self._tables: dict[str, pa.Table] = {}
        self._next: dict[str, pa.Table] = {}
        self._version: Version | None = None
        self._rows: Future[dict[str, pa.Table]] | None = None
        if directory is not None:
            self._look(directory)

    def _look(self, directory: Path) -> None:
        with contextlib.suppress(NotAGraph, DamagedGraph, OSError, ValueError, pa.ArrowException):
            version = open_version(directory)
            folder = version.path / _FOLDER
            if json.loads((folder / "of.json").read_text(encoding="utf-8")) == self._told(version):
                self._tables = {name: read_parquet(folder / f"{name}.parquet") for name in ("papers", "names", "places")}
                self._version = version

    def _told(self, version: Version) -> dict[str, str]:
        return {**self._settings, "tables": version.stamp}

    def known(self, ids: Stamps, stamps: Stamps) -> Numbers:
        """For each paper, by its id as a number and the stamp of what it is made of, its place here, or -1 if that is another or not there."""
        found = np.full(len(ids), -1, np.int64)
        if self._version is not None and len(mine := self._tables["papers"]):
            known = np.array([int(paper, 16) for paper in mine["paper"].to_pylist()], np.uint64)
            at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
            same = (known[at] == ids) & (mine["stamp"].to_numpy()[at] == stamps)
            found[same] = at[same]
            if same.any():
                self._begin(self._version)  # they are read while names are settled
        return found

    def census(self, known: Numbers, fresh: Census) -> Census:
        """The census of all papers: of those known, and of the others in `fresh`, in their order."""
        if self._version is None:
            return fresh
        names, keys = self._names()
        numbers = {naming: number for number, naming in enumerate(names)}
        mapped = np.array([numbers.setdefault(naming, len(numbers)) for naming in fresh.names], np.int64)
        names += list(numbers)[len(names) :]
        keys += [fresh.keys[local] for local, number in enumerate(mapped.tolist()) if number >= len(keys)]
        mine = self._tables["places"]
        every = np.concatenate([mine["number"].to_numpy(), mapped[fresh.places]])
        sure = np.concatenate([mine["sure"].to_numpy(), fresh.sure])
        offsets = self._offsets()
        starts, sizes = np.zeros(len(known), np.int64), np.zeros(len(known), np.int64)
        old, new = known >= 0, known < 0
        starts[old], sizes[old] = offsets[known[old]], np.diff(offsets)[known[old]]
        starts[new], sizes[new] = fresh.offsets[:-1] + len(mine), np.diff(fresh.offsets)
        chosen = _runs(starts, sizes)
        return Census.numbered(names, keys, every[chosen], sizes, sure[chosen])

    def changed(self, known: Numbers, settled: Settled) -> Numbers:
        """The positions of known papers whose names mean something else by now."""
        if self._version is None:
            return np.zeros(0, np.int64)
        old, sizes = np.flatnonzero(known >= 0), np.diff(settled.census.offsets)
        then, now = self._offsets()[known[old]], settled.census.offsets[old]
        before, after = self._tables["places"].take(pa.array(_runs(then, sizes[old]))), _meaning(settled, _runs(now, sizes[old]))
        differs = np.zeros(len(before), bool)
        for name in _MEANING:
            differs |= pc.not_equal(before[name], after[name]).to_numpy()
        return np.unique(np.repeat(old, sizes[old])[differs])

    def rows(self, ids: Stamps) -> dict[str, pa.Table] | None:
        """The rows of these papers in the tables that hold rows of papers, and in those that are put together of all; None if they cannot be read."""
        if self._version is None or not len(ids):
            return {}
        papers = hexadecimal(ids)
        try:
            tables = (self._rows or self._begin(self._version)).result()
        except (DamagedGraph, OSError, pa.ArrowException):
            return None
        columns = {name: table["id" if name == "papers" else "paper"] for name, table in tables.items()}
        return {name: table.filter(pc.is_in(columns[name], value_set=papers)) for name, table in tables.items()}

    def _begin(self, version: Version) -> Future[dict[str, pa.Table]]:
        """Read the rows of all papers in a thread."""

        def read() -> dict[str, pa.Table]:
            tables = {name: version.read(name) for name in OF_PAPERS}
            return tables | {name: read_parquet(version.path / _FOLDER / f"{name}.parquet") for name in PARTS}

        pool = ThreadPoolExecutor(1)
        self._rows = pool.submit(read)
        pool.shutdown(wait=False)
        return self._rows

    def remember(
        self, ids: Stamps, stamps: Stamps, census: Census, settled: Settled, parts: Mapping[str, Iterable[pa.Table]]
    ) -> None:
        """What is to be known of papers when the next build comes: `census` is that before names were settled, `parts` what all of them gave."""
        names, keys = census.names, census.keys
        pairs = [zip(*naming.pairs, strict=True) if naming.pairs else ((), ()) for naming in names]
        shorts, longs = map(list, zip(*pairs, strict=True)) if names else ([], [])
        plain = [
            [n.kind for n in names],
            [n.name for n in names],
            shorts,
            longs,
            *([getattr(k, f) for k in keys] for f in Keys._fields),
        ]
        meaning = _meaning(settled, np.arange(len(census.places)))
        self._next = {
            "papers": pa.table(
                [hexadecimal(ids), pa.array(stamps), pa.array(np.diff(census.offsets).astype(np.int32))], schema=_PAPERS
            ),
            "names": pa.table([pa.array(column, field.type) for column, field in zip(plain, _NAMES, strict=True)], schema=_NAMES),
            "places": pa.table(
                [pa.array(census.places.astype(np.int32)), pa.array(census.sure.astype(np.int32)), *meaning.columns], schema=_PLACES
            ),
            **{name: pa.concat_tables([PARTS[name].empty_table(), *tables]) for name, tables in parts.items()},
        }

    def write(self, version: Version) -> None:
        """Put what is to be remembered beside the tables of the version that it is of."""
        if not self._next:
            return
        folder = version.path / _FOLDER
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, table in self._next.items():
            write_parquet(folder / f"{name}.parquet", table.combine_chunks())
        (folder / "of.json").write_text(json.dumps(self._told(version)), encoding="utf-8")

    def _names(self) -> tuple[list[Naming], list[Keys]]:
        columns = {name: self._tables["names"][name].to_pylist() for name in _NAMES.names}
        pairs = [tuple(zip(*both, strict=True)) for both in zip(columns["shorts"], columns["longs"], strict=True)]
        names = list(map(Naming, columns["kind"], columns["name"], pairs))
        return names, list(map(Keys, *(columns[name] for name in Keys._fields)))

    def _offsets(self) -> Numbers:
        """Of the first place of each paper known, and of the end."""
        return np.concatenate([[0], np.cumsum(self._tables["papers"]["places"].to_numpy(), dtype=np.int64)])


def hexadecimal(ids: Stamps) -> pa.Array:
    """Ids that are numbers as tables have them."""
    return pa.array([f"{number:016x}" for number in ids.tolist()], pa.string())


def stamps_of(papers: Stamps, texts: Stamps, given: Mapping[int, list[str]]) -> Stamps:
    """A number for what each paper is made of: numbers for its inputs and for its record, and records that came with the input, by position."""
    found = [
        hashlib.blake2b(
            b"%d %d %s" % (paper, text, "\n".join(given.get(position, ())).encode("utf-8", "surrogatepass")), digest_size=8
        )
        for position, (paper, text) in enumerate(zip(papers.tolist(), texts.tolist(), strict=True))
    ]
    return np.array([int.from_bytes(one.digest(), "big") for one in found], np.uint64)


def _meaning(settled: Settled, places: Numbers) -> pa.Table:
    """What the names at these places mean."""
    numbers = pa.array(settled.census.places[places])
    columns = [pa.array(values, pa.string()).take(numbers) for values in (settled.ids, settled.kinds, settled.wholes)]
    return pa.table(columns, names=_MEANING)


def _runs(starts: Numbers, sizes: Numbers) -> Numbers:
    """The numbers from each start on, so many each, one run after the other."""
    ends = np.cumsum(sizes)
    return np.repeat(starts - (ends - sizes), sizes) + np.arange(ends[-1] if len(ends) else 0)


@functools.cache
def _code() -> str:
    """Changes with the code that makes rows of records, and with the lists and the vocabulary that it looks into."""
    here = Path(__file__).parent
    code = [*here.glob("*.py"), *(here.parent / "model").glob("*.py"), TERMS.parent / "lexicon.py"]
    files = sorted([*code, *TERMS.glob("*.tsv"), data_path("schema", "vocabulary.toml")])
    return hashlib.sha256(b"".join(file.read_bytes() for file in files) + str(SCHEMAS).encode()).hexdigest()[:16]
