"""Two CSV files, nodes and edges, and their data dictionary: `OUT.csv` gives `OUT.nodes.csv`, `OUT.edges.csv` (RFC 4180, UTF-8) and
`OUT.datapackage.json`."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from kg.export._columns import BETWEEN, EDGES, NODES, Column, edge_rows, node_rows, paths, write_dictionary
from kg.projection import to_property_graph
from kg.tables import Version


def write(version: Version, path: Path) -> list[Path]:
    """See `Exporter.write`. Lists are joined with `; `, an absent value is an empty field."""
    graph = to_property_graph(version)
    nodes, edges, told = paths(path, "csv")
    _write(nodes, NODES, node_rows(graph))
    _write(edges, EDGES, edge_rows(graph))
    write_dictionary(told, (nodes, edges), "csv")
    return [nodes, edges, told]


def _write(path: Path, columns: Sequence[Column], rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.name for column in columns])
        for row in rows:
            writer.writerow([_text(row.get(column.name)) for column in columns])


def _text(value: Any) -> str:
    if value is None:
        return ""
    return BETWEEN.join(map(str, value)) if isinstance(value, list) else str(value)
