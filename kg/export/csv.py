"""Two CSV files, nodes and edges: `OUT.csv` gives `OUT.nodes.csv` and `OUT.edges.csv` (RFC 4180, UTF-8)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kg.projection import to_property_graph
from kg.tables import Version

NODE_COLUMNS = (
    "id", "label", "name", "title", "aliases", "papers", "first_year", "year", "date", "authors", "venue", "url", "identifiers",
    "links", "own_id", "source", "abstract", "value", "printed", "unit", "kind", "direction", "better", "condition", "confidence",
    "sentence",
)  # fmt: skip
EDGE_COLUMNS = ("source", "type", "target", "confidence", "papers", "paper_ids", "sentences")


def write(version: Version, path: Path) -> list[Path]:
    """See `Exporter.write`. Lists are joined with `; `, an absent value is an empty field."""
    graph = to_property_graph(version)
    stem = path.with_suffix("") if path.suffix == ".csv" else path
    nodes, edges = stem.with_name(stem.name + ".nodes.csv"), stem.with_name(stem.name + ".edges.csv")
    _write(nodes, NODE_COLUMNS, (row for group in graph.nodes for row in group.rows))
    _write(edges, EDGE_COLUMNS, ({"type": group.type, **row} for group in graph.edges for row in group.rows))
    return [nodes, edges]


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_text(row.get(column)) for column in columns])


def _text(value: Any) -> str:
    if value is None:
        return ""
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)
