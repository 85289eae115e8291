"""GraphML of the property graph, for Gephi, yEd, Cytoscape and networkx; lists are joined with `; `."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import networkx as nx

from kg.projection import to_property_graph
from kg.tables import Version

_NOT_XML = re.compile(r"[^\x09\x0a\x0d\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(version: Version, path: Path) -> list[Path]:
    """See `Exporter.write`. Characters that XML cannot hold are dropped; names survive in every other format."""
    graph = to_networkx(version)
    nx.write_graphml_xml(graph, path, encoding="utf-8", prettyprint=True, named_key_ids=True)
    return [path]


def to_networkx(version: Version) -> Any:
    """The property graph as a `networkx.MultiDiGraph`; node keys are ids, edge keys types, values plain."""
    graph: Any = nx.MultiDiGraph()
    projected = to_property_graph(version)
    for nodes in projected.nodes:
        for row in nodes.rows:
            graph.add_node(row["id"], **_attributes(row, {"id"}))
    for edges in projected.edges:
        for row in edges.rows:
            graph.add_edge(row["source"], row["target"], key=edges.type, type=edges.type, **_attributes(row, {"source", "target"}))
    return graph


def _attributes(row: dict[str, Any], left_out: set[str]) -> dict[str, Any]:
    flat = {k: "; ".join(map(str, v)) if isinstance(v, list) else v for k, v in row.items() if k not in left_out}
    return {k: _NOT_XML.sub("", v) if isinstance(v, str) else v for k, v in flat.items() if v is not None}
