"""GEXF 1.2, for Gephi and networkx: types as attributes, labels, colours, sizes and weights; lists are joined with `; `."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from kg.export._drawn import EDGE_VALUES, NODE_VALUES, Edge, Node, Value, drawn_edges, drawn_nodes, xml
from kg.projection import to_property_graph
from kg.tables import Version

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<gexf xmlns="http://www.gexf.net/1.2draft" xmlns:viz="http://www.gexf.net/1.2draft/viz" version="1.2">
 <meta><creator>paperkg</creator></meta>
 <graph defaultedgetype="directed" mode="static">
"""
_NODE_KEYS = {"type": "string", **NODE_VALUES}
_EDGE_KEYS = {"type": "string", **EDGE_VALUES}


def write(version: Version, path: Path) -> list[Path]:
    """See `Exporter.write`."""
    graph = to_property_graph(version)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_HEAD)
        for end, keys in (("node", _NODE_KEYS), ("edge", _EDGE_KEYS)):
            file.write(f'  <attributes class="{end}">\n')
            file.writelines(f'   <attribute id="{name}" title="{name}" type="{kind}"/>\n' for name, kind in keys.items())
            file.write("  </attributes>\n")
        file.write("  <nodes>\n")
        for node in drawn_nodes(graph):
            file.writelines(_node(node))
        file.write("  </nodes>\n  <edges>\n")
        for number, edge in enumerate(drawn_edges(graph)):
            file.writelines(_edge(number, edge))
        file.write("  </edges>\n </graph>\n</gexf>\n")
    return [path]


def _node(node: Node) -> Iterator[str]:
    red, green, blue = node.rgb
    yield f'   <node id="{xml(node.id)}" label="{xml(node.label)}">\n'
    yield from _values({"type": node.type, **node.values})
    yield f'    <viz:color r="{red}" g="{green}" b="{blue}"/><viz:size value="{node.size}"/>\n   </node>\n'


def _edge(number: int, edge: Edge) -> Iterator[str]:
    yield f'   <edge id="{number}" source="{xml(edge.source)}" target="{xml(edge.target)}" label="{edge.type}" weight="{edge.weight}">\n'
    yield from _values({"type": edge.type, **edge.values})
    yield "   </edge>\n"


def _values(values: Mapping[str, Value]) -> Iterator[str]:
    yield "    <attvalues>\n"
    yield from (f'     <attvalue for="{name}" value="{xml(value)}"/>\n' for name, value in values.items())
    yield "    </attvalues>\n"
