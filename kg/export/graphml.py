"""GraphML with types, labels, colours and weights, for Gephi, yEd, Cytoscape and networkx; lists are joined with `; `.

Gephi takes `label`, `r`, `g`, `b`, `size` and `weight` as they are; yEd needs what it shows in elements of its own (`y:ShapeNode`, `y:PolyLineEdge`), which
the others pass over. Texts lose what XML cannot hold (control characters); every other format keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from kg.export._drawn import EDGE_VALUES, NODE_VALUES, Edge, Node, Value, drawn_edges, drawn_nodes, xml
from kg.projection import to_property_graph
from kg.tables import Version

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="http://www.yworks.com/xml/graphml"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://www.yworks.com/xml/schema/graphml/1.1/ygraphml.xsd">
"""
_NODE_KEYS = {"label": "string", "type": "string", "r": "int", "g": "int", "b": "int", "size": "double", **NODE_VALUES}
_EDGE_KEYS = {"type": "string", "weight": "double", **EDGE_VALUES}
_SHAPES = {
    "dot": "ellipse",
    "square": "rectangle",
    "triangle": "triangle",
    "diamond": "diamond",
    "star": "star5",
    "triangleDown": "triangle2",
}


def write(version: Version, path: Path) -> list[Path]:
    """See `Exporter.write`."""
    graph = to_property_graph(version)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_HEAD)
        for end, keys in (("node", _NODE_KEYS), ("edge", _EDGE_KEYS)):
            for name, kind in keys.items():
                file.write(f' <key id="{end}-{name}" for="{end}" attr.name="{name}" attr.type="{kind}"/>\n')
            file.write(f' <key id="{end}-graphics" for="{end}" yfiles.type="{end}graphics"/>\n')
        file.write(' <graph edgedefault="directed">\n')
        for node in drawn_nodes(graph):
            file.writelines(_node(node))
        for number, edge in enumerate(drawn_edges(graph)):
            file.writelines(_edge(number, edge))
        file.write(" </graph>\n</graphml>\n")
    return [path]


def _node(node: Node) -> Iterator[str]:
    red, green, blue = node.rgb
    yield f'  <node id="{xml(node.id)}">\n'
    yield from _data(
        "node", {"label": node.label, "type": node.type, "r": red, "g": green, "b": blue, "size": node.size, **node.values}
    )
    yield (
        f'   <data key="node-graphics"><y:ShapeNode><y:Geometry width="{node.size}" height="{node.size}"/><y:Fill color="{node.look.colour}"/>'
        f'<y:NodeLabel modelName="sides" modelPosition="e">{xml(node.label)}</y:NodeLabel><y:Shape type="{_SHAPES[node.look.shape]}"/>'
        "</y:ShapeNode></data>\n  </node>\n"
    )


def _edge(number: int, edge: Edge) -> Iterator[str]:
    yield f'  <edge id="e{number}" source="{xml(edge.source)}" target="{xml(edge.target)}">\n'
    yield from _data("edge", {"type": edge.type, "weight": edge.weight, **edge.values})
    width = round(1 + 0.5 * min(edge.weight, 64) ** 0.5, 2)
    yield (
        f'   <data key="edge-graphics"><y:PolyLineEdge><y:LineStyle color="#9AA5B1" type="line" width="{width}"/>'
        f'<y:Arrows source="none" target="standard"/><y:EdgeLabel>{xml(edge.type)}</y:EdgeLabel></y:PolyLineEdge></data>\n  </edge>\n'
    )


def _data(end: str, values: Mapping[str, Value]) -> Iterator[str]:
    return (f'   <data key="{end}-{name}">{xml(value)}</data>\n' for name, value in values.items())
