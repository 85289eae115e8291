"""Embedded Cypher: kglite, an in-memory graph loaded from one file in `cypher/`.

The engine is young; everything that knows it stands here. `LOAD CSV`, which would read any file, is refused.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kglite

from kg.model.errors import QueryError, QueryTimeout, ReadOnly, StoreError
from kg.model.vocabulary import load_vocabulary
from kg.projection import PropertyGraph, to_property_graph
from kg.stores.base import DEFAULT_LIMIT, DEFAULT_TIMEOUT, Answer, Capabilities, ensure_index, refuse_files
from kg.tables import Version

FOLDER = "cypher"  # of the version, for this engine's files


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
    return ensure_index(version.path / FOLDER, version, lambda path: _build(to_property_graph(version), path))


def open_store(version: Version) -> KgliteStore:
    """Open the graph file of a version, building it first if need be."""
    return KgliteStore(fill(version) / "graph.kgl")


def _build(graph: PropertyGraph, folder: Path) -> None:
    specification = {
        "nodes": [
            {"type": n.label, "id_field": "id", "title_field": "title" if n.label == "Paper" else "name", "records": n.rows}
            for n in graph.nodes
            if n.rows
        ],
        "connections": [
            {"type": e.type, "source_type": e.source_label, "source_id_field": "source", "target_type": e.target_label,
             "target_id_field": "target", "records": e.rows}
            for e in graph.edges
        ],
    }  # fmt: skip
    try:
        built = kglite.from_records(specification, on_missing_endpoint="error")
        for nodes in graph.nodes:
            if nodes.label in load_vocabulary().entities and nodes.rows:
                built.add_label(nodes.label, [row["id"] for row in nodes.rows], "Entity")
        built.save(str(folder / "graph.kgl"))
    except (kglite.KgError, ValueError, TypeError) as error:
        raise StoreError(f"the Cypher index could not be built: {_one_line(error)}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split("\n")[0].split())
