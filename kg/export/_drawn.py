"""Nodes and edges as programs that draw graphs want them: with a label to show, a colour, a size and a weight; and text that XML can hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from kg.export._columns import BETWEEN, EDGES, NODES
from kg.model.vocabulary import NodeType, load_vocabulary
from kg.projection import PropertyGraph

Value = str | int | float
KINDS = {
    "string": "string",
    "integer": "long",
    "number": "double",
    "list": "string",
}  # of attributes, as XML Schema and both formats name them
_NOT_XML = re.compile(r"[^\x09\x0a\x0d\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OWN = {"id", "label", "source", "target"}  # columns that the formats have a place of their own for


@dataclass(frozen=True)
class Node:
    """A node: `type` is its label in the graph, `label` the text to show, `size` a diameter that grows with the root of its papers."""

    id: str
    type: str
    label: str
    size: float
    look: NodeType
    values: dict[str, Value]

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, from 0 to 255."""
        return int(self.look.colour[1:3], 16), int(self.look.colour[3:5], 16), int(self.look.colour[5:7], 16)


@dataclass(frozen=True)
class Edge:
    """An edge: `weight` is the number of papers that support it, 1 where it is no statement."""

    source: str
    target: str
    type: str
    weight: int
    values: dict[str, Value]


NODE_VALUES = {c.name: KINDS[c.type] for c in NODES if c.name not in _OWN}
EDGE_VALUES = {c.name: KINDS[c.type] for c in EDGES if c.name not in {*_OWN, "type"}}


def drawn_nodes(graph: PropertyGraph) -> Iterator[Node]:
    """Nodes in order."""
    looks = load_vocabulary().looks
    for group in graph.nodes:
        for row in group.rows:
            size = round(10 + 4 * min(row.get("papers") or 1, 400) ** 0.5, 1)
            shown = row["title"] if group.label == "Paper" else row["name"]
            yield Node(row["id"], group.label, shown, size, looks[group.label], _values(row, NODE_VALUES))


def drawn_edges(graph: PropertyGraph) -> Iterator[Edge]:
    """Edges in order."""
    for group in graph.edges:
        for row in group.rows:
            yield Edge(row["source"], row["target"], group.type, row.get("papers") or 1, _values(row, EDGE_VALUES))


def xml(value: Value) -> str:
    """Text for an element or a quoted attribute. Characters that XML cannot hold are dropped."""
    return escape(_NOT_XML.sub("", str(value)), {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _values(row: dict[str, Any], names: dict[str, str]) -> dict[str, Value]:
    found = {name: row[name] for name in names if row.get(name) not in (None, [], "")}
    return {name: BETWEEN.join(map(str, value)) if isinstance(value, list) else value for name, value in found.items()}
