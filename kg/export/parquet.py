"""Two Parquet files, nodes and edges, with types and lists, and their data dictionary: `OUT.parquet` gives `OUT.nodes.parquet`,
`OUT.edges.parquet` and `OUT.datapackage.json`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from kg.export._columns import EDGES, NODES, Column, edge_rows, node_rows, paths, write_dictionary
from kg.parquet import write_parquet
from kg.projection import to_property_graph
from kg.tables import Version

_TYPES = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "list": pa.list_(pa.string())}


def write(version: Version, path: Path) -> list[Path]:
    """See `Exporter.write`. An absent value is null."""
    graph = to_property_graph(version)
    nodes, edges, told = paths(path, "parquet")
    _write(nodes, NODES, node_rows(graph))
    _write(edges, EDGES, edge_rows(graph))
    write_dictionary(told, (nodes, edges), "parquet")
    return [nodes, edges, told]


def _write(path: Path, columns: Sequence[Column], rows: Iterable[dict[str, Any]]) -> None:
    schema = pa.schema([pa.field(c.name, _TYPES[c.type]) for c in columns])
    write_parquet(path, pa.Table.from_pylist(list(rows), schema=schema))
