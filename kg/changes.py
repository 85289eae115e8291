"""What differs between two versions of a graph: the rows of their tables that are not the same, found column by column."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.tables import Version

Row = dict[str, Any]
Hashes = np.ndarray[Any, np.dtype[np.uint64]]
_KEYS = {
    "papers": "id",
    "entities": "id",
    "cites": "paper",
    "external": "entity",
    "redirects": "old",
    "roles": "id",
    "relations": "id",
    "results": "id",
    "evidence": "statement",
}
TABLES = ("evidence", *(name for name in _KEYS if name != "evidence"))  # that are looked at, the longest first
_STATEMENTS = ("roles", "relations", "results", "evidence")  # what is touched in one of these is so in all


MOST_CHANGED = 0.2  # share of a graph's rows up to which an engine's index is mended instead of made anew


@dataclass(frozen=True)
class Part:
    """The rows of a version that a change touches, read like the version itself; `whole` where all rows count."""

    whole: Version
    touched: Mapping[str, pa.Array]
    _kept: dict[str, pa.Table] = field(default_factory=dict, repr=False, compare=False)

    def read(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """Touched rows of one table, in its order; as `passages`, evidence of all papers whose evidence is touched."""
        if name not in self._kept:
            table = self.whole.read("evidence" if name == "passages" else name)
            touched = pc.is_in(table["paper" if name == "passages" else _KEYS[name]], value_set=self.touched[name])
            self._kept[name] = table.filter(touched)
        return self._kept[name].select(columns) if columns else self._kept[name]

    def of_people(self, columns: list[str]) -> pa.Table:
        """Some columns, `authors` among them, of all papers of the version that share an author with those touched in either version."""
        table = self.whole.read("papers", columns)
        authors = table["authors"].combine_chunks()
        papers = pc.list_parent_indices(authors).filter(pc.is_in(authors.flatten(), value_set=self.touched["authors"]))
        return table.take(pc.unique(papers))

    def venues(self) -> set[str]:
        """Venues of papers touched in either version, as far as this one has them."""
        return set(pc.unique(self.whole.read("papers", ["venue"])["venue"]).to_pylist()) & set(self.touched["venues"].to_pylist())

    def rows(self, name: str, columns: list[str] | None = None) -> list[Row]:
        """The same as dicts."""
        rows: list[Row] = self.read(name, columns).to_pylist()
        return rows

    def each(self, name: str, columns: list[str] | None = None) -> Iterator[Row]:
        """As `rows`, the face of `Version.each`."""
        return iter(self.rows(name, columns))

    @property
    def share(self) -> float:
        """The share of papers, entities and statements that are touched."""
        every = sum(self.whole.counts[name] for name in ("papers", "entities", "roles", "relations", "results"))
        return sum(len(self.touched[name]) for name in ("papers", "entities", _STATEMENTS[0])) / max(1, every)


def changed_parts(old: Version, new: Version) -> tuple[Part, Part]:
    """The rows of each that the other has not, with all others about the same paper, entity or statement."""
    return _changed_parts(_Pair(old, new))


def remember(old: Version, new: Version, touched: Mapping[str, set[str]]) -> None:
    """Let `changed_parts` know what `touched_keys` found elsewhere for each of `TABLES`."""
    _FOUND.clear()
    _FOUND[_Pair(old, new)] = touched


@dataclass(frozen=True)
class _Pair:
    """Two versions, known by where they are and what is in them."""

    old: Version
    new: Version

    def __hash__(self) -> int:
        return hash((self.old.path, self.old.stamp, self.new.path, self.new.stamp))


_FOUND: dict[_Pair, Mapping[str, set[str]]] = {}


@functools.lru_cache(maxsize=1)
def _changed_parts(pair: _Pair) -> tuple[Part, Part]:
    old, new = pair.old, pair.new
    touched = dict(_FOUND.get(pair) or {name: touched_keys(old, new, name) for name in TABLES})
    statements = set().union(*(touched[name] for name in _STATEMENTS))
    touched.update(dict.fromkeys(_STATEMENTS, statements))
    keys = {name: pa.array(sorted(found), pa.string()) for name, found in touched.items()}
    keys["passages"] = pa.array(sorted(_papers(old, keys["evidence"]) | _papers(new, keys["evidence"])), pa.string())
    parts = Part(old, keys), Part(new, keys)
    papers = pa.concat_tables(part.read("papers", ["authors", "venue"]) for part in parts)
    keys["authors"], keys["venues"] = pc.unique(pc.list_flatten(papers["authors"])), pc.unique(papers["venue"])
    return parts


def touched_keys(old: Version, new: Version, name: str) -> set[str]:
    """Keys of the rows of a table that only one of the versions has."""
    if old.manifest["tables"].get(name) == new.manifest["tables"].get(name):
        return set()
    before, after = old.read(name, encoded=True), new.read(name, encoded=True)
    if not len(before) + len(after):
        return set()
    both = pa.concat_tables([before, after]).unify_dictionaries().combine_chunks()
    hashes = np.zeros(both.num_rows, np.uint64)
    for number, column in enumerate(both.columns):
        hashes += _mix(_hash(pa.concat_arrays(column.chunks)) + np.uint64(number))
    was, now = pa.array(hashes[: before.num_rows]), pa.array(hashes[before.num_rows :])
    shared = pa.concat_arrays([pc.is_in(was, value_set=now), pc.is_in(now, value_set=was)])
    return set(both[_KEYS[name]].filter(pc.invert(shared)).to_pylist())


def _papers(version: Version, statements: pa.Array) -> set[str]:
    """Papers with evidence of these statements."""
    evidence = version.read("evidence", ["statement", "paper"])
    return set(evidence.filter(pc.is_in(evidence["statement"], value_set=statements))["paper"].to_pylist())


def _hash(values: pa.Array) -> Hashes:
    """A number for each value of an array, equal for equal values and, but for one case in 2^64, for no others."""
    if pa.types.is_list(values.type):
        offsets = values.offsets.to_numpy().astype(np.int64)
        inner = _hash(values.values.slice(offsets[0], offsets[-1] - offsets[0]))
        offsets -= offsets[0]
        place = np.arange(len(inner)) - np.repeat(offsets[:-1], np.diff(offsets))
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(_mix(inner + _mix(place)), dtype=np.uint64)])
        given = np.asarray(values.is_valid()).astype(np.uint64)
        return _mix(_mix(sums[offsets[1:]] - sums[offsets[:-1]]) + _mix(np.diff(offsets)) + given)
    if pa.types.is_struct(values.type):
        fields = [_mix(_hash(field) + np.uint64(number)) for number, field in enumerate(values.flatten())]
        total: Hashes = np.sum(fields, axis=0, dtype=np.uint64)
        return total
    plain = values.cast(pa.int8()) if pa.types.is_boolean(values.type) else values
    numbers = plain if pa.types.is_dictionary(plain.type) else plain.dictionary_encode()
    return _mix(np.asarray(pc.fill_null(numbers.indices, -1)))


def _mix(numbers: np.ndarray[Any, Any]) -> Hashes:
    """Numbers spread over 64 bits (splitmix64; Steele, Lea and Flood 2014)."""
    z = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    spread: Hashes = z ^ (z >> np.uint64(31))
    return spread
