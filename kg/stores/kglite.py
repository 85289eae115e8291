"""Embedded Cypher: kglite, an in-memory graph loaded from one file in `cypher/`.

The engine is young; everything that knows it stands here. `LOAD CSV`, which would read any file, is refused.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kglite

from kg.changes import MOST_CHANGED, changed_parts
from kg.memory import ahead, without_cycles
from kg.model.errors import DamagedGraph, QueryError, QueryTimeout, ReadOnly, StoreError
from kg.model.vocabulary import load_vocabulary
from kg.projection import Columns, Edges, Nodes, graph_changes, kinds_of
from kg.stores.base import DEFAULT_LIMIT, DEFAULT_TIMEOUT, FOLDERS, Answer, Capabilities, ensure_index, is_current, refuse_files
from kg.tables import Version, earlier_version

FOLDER = FOLDERS["kglite"]


class KgliteStore:
    """A read-only session on the graph file."""

    capabilities = Capabilities(language="cypher", shortest_path=True)

    def __init__(self, path: Path) -> None:
        kglite.set_query_warning_policy("silent")
        try:
            self._session: Any = kglite.open_session(str(path))
        except kglite.KgError as error:
            raise StoreError(f"{path} cannot be opened ({error}); delete its folder, it is rebuilt from the tables") from error

    def query(
        self,
        text: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        limit: int = DEFAULT_LIMIT,
    ) -> Answer:
        """See `GraphStore.query`."""
        refuse_files(text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                view = self._session.cypher(
                    text, params=dict(parameters or {}), timeout_ms=max(1, int(timeout * 1000)), row_limit=limit + 1
                )
                columns = tuple(view.columns)
                rows = [tuple(_plain(row.get(c)) for c in columns) for row in view]
            except kglite.CypherTimeoutError as error:
                raise QueryTimeout(f"the query ran longer than {timeout:g} s; narrow it or raise --timeout") from error
            except kglite.ReadOnlyError as error:
                raise ReadOnly("the query would write; the graph is read-only, change it with: kg build") from error
            except (kglite.CypherError, kglite.SchemaError, kglite.ArgumentError, kglite.MissingArgumentError) as error:
                raise QueryError(f"Cypher: {_one_line(error)}") from error
            except (kglite.KgError, ValueError, TypeError, RuntimeError) as error:
                raise StoreError(f"the Cypher engine failed: {_one_line(error)}") from error
        return Answer(columns, rows[:limit], truncated=len(rows) > limit)

    def close(self) -> None:
        """Drop the session."""
        self._session = None


def fill(version: Version) -> Path:
    """The folder with the graph file, built if it is missing or stale."""
    return ensure_index(version.path / FOLDER, version, lambda path: _make(version, path))


def open_store(version: Version) -> KgliteStore:
    """Open the graph file of a version, building it first if need be."""
    return KgliteStore(fill(version) / "graph.kgl")


@without_cycles()
def _make(version: Version, folder: Path) -> None:
    """A graph file; made from that of the version before where little has changed since."""
    with contextlib.suppress(DamagedGraph, OSError, kglite.KgError, ValueError, TypeError):  # what is older may be broken
        if _mended(version, folder):
            return
    build(ahead(kinds_of(version)), folder)


def _mended(version: Version, folder: Path) -> bool:
    """Whether the graph file of the version before could be read and mended."""
    earlier = earlier_version(version)
    if (
        earlier is None
        or not is_current(earlier.path / FOLDER, earlier)
        or changed_parts(earlier, version)[1].share >= MOST_CHANGED
    ):
        return False
    gone, fresh = graph_changes(earlier, version)
    graph = kglite.load(str(earlier.path / FOLDER / "graph.kgl"))
    for edges in gone.edges:
        ends = f"(a:{edges.source_label} {{id: row.source}})-[r:{edges.type}]->(b:{edges.target_label} {{id: row.target}})"
        _change(graph, f"MATCH {ends} DELETE r", edges.rows)
    for nodes in gone.nodes:
        _change(graph, f"MATCH (n:{nodes.label} {{id: row.id}}) DETACH DELETE n", nodes.rows)
    for nodes in fresh.nodes:
        _change(graph, f"MERGE (n:{nodes.label} {{id: row.id}}) SET n = row", nodes.rows)
        if nodes.label in load_vocabulary().entities and nodes.rows:
            graph.add_label(nodes.label, [row["id"] for row in nodes.rows], "Entity")
    for edges in fresh.edges:
        ends = f"MATCH (a:{edges.source_label} {{id: row.source}}) MATCH (b:{edges.target_label} {{id: row.target}})"
        rows = [{"source": row.pop("source"), "target": row.pop("target"), "properties": row} for row in edges.rows]
        _change(graph, f"{ends} MERGE (a)-[r:{edges.type}]->(b) SET r = row.properties", rows)
    _save(graph, folder)
    return True


def _change(graph: Any, text: str, rows: list[dict[str, Any]]) -> None:
    """Write rows; labels and types in the text come from the vocabulary only."""
    if rows:
        graph.cypher(f"UNWIND $rows AS row {text}", params={"rows": rows})


def build(kinds: Iterable[Nodes | Edges], folder: Path) -> None:
    """Write the file of a whole graph, given kind by kind, nodes first.

    Raises:
        StoreError: the engine refused it.
    """
    entities = load_vocabulary().entities
    built = kglite.KnowledgeGraph()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what they tell of edges is looked at
            for kind in filter(len, kinds):
                if isinstance(kind, Nodes):
                    title = "title" if kind.label == "Paper" else "name"
                    labels = ["Entity"] if kind.label in entities else []
                    built.add_nodes(_Frame(kind.columns), kind.label, "id", title, labels=labels)
                    continue
                ends = kind.source_label, "source", kind.target_label, "target"
                told = built.add_relationships(_Frame(kind.columns), kind.type, *ends)
                if told["connections_skipped"] or told.get("stubs_vivified"):
                    raise ValueError(f"edges {kind.type} lead to nodes that are not there")
        _save(built, folder)
    except (kglite.KgError, ValueError, TypeError) as error:
        raise StoreError(f"the Cypher index could not be built: {_one_line(error)}") from error


class _Frame:
    """Columns as the engine's loader reads a pandas data frame, its fastest way in: those of its methods that are called, without pandas."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self.columns = list(columns)

    def reset_index(self, drop: bool) -> _Frame:
        """Rows are numbered as they are."""
        return self

    def __getitem__(self, name: str) -> _Series:
        values = self._columns[name]
        kind = type(next((value for value in values if value is not None), ""))
        return _Series(values, _DTYPES[kind])


_DTYPES = {str: "str", bool: "boolean", int: "Int64", float: "float64", list: "object"}  # pandas' names for them


@dataclass(frozen=True)
class _Series:
    values: list[Any]
    dtype: str

    def __len__(self) -> int:
        return len(self.values)

    def isna(self) -> _Series:
        """Which values are absent."""
        found = [value is None for value in self.values] if None in self.values else [False] * len(self.values)
        return _Series(found, "bool")

    def dropna(self) -> _Series:
        """Those that are not."""
        return _Series([value for value in self.values if value is not None], self.dtype)

    def tolist(self) -> list[Any]:
        """The values."""
        return self.values


def _save(graph: Any, folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of columns that a way of loading which is not used here would hold in memory
        # compact: two fifths of the size, written in half the time, read in 1.15 times the time
        graph.save(str(folder / "graph.kgl"), layout="compact")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split("\n")[0].split())
