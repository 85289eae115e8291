"""paperkg: paper abstracts → a knowledge graph to query in Cypher and SPARQL.

    import kg
    kg.build(["papers.jsonl"], "my.kg")
    with kg.open("my.kg") as graph:
        print(graph.query("datasets").to_dicts())

Names are imported at first use, so that the command line starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kg.release import RELEASE

if TYPE_CHECKING:
    from kg.draw import visualize as visualize
    from kg.graph import Graph as Graph
    from kg.graph import Graph as open
    from kg.graph import to_networkx as to_networkx
    from kg.ingest.inputs import Reading as Reading
    from kg.ingest.inputs import read_inputs as read_inputs
    from kg.interop import from_networkx as from_networkx
    from kg.pipeline import BuildReport as BuildReport
    from kg.pipeline import build as build
    from kg.pipeline import extract_records as extract_records
    from kg.pipeline import remove as remove
    from kg.scoring import evaluate as evaluate

__version__ = RELEASE
_HOMES = {
    "BuildReport": ("kg.pipeline", "BuildReport"),
    "Graph": ("kg.graph", "Graph"),
    "Reading": ("kg.ingest.inputs", "Reading"),
    "build": ("kg.pipeline", "build"),
    "evaluate": ("kg.scoring", "evaluate"),
    "extract_records": ("kg.pipeline", "extract_records"),
    "from_networkx": ("kg.interop", "from_networkx"),
    "open": ("kg.graph", "Graph"),
    "read_inputs": ("kg.ingest.inputs", "read_inputs"),
    "to_networkx": ("kg.graph", "to_networkx"),
    "remove": ("kg.pipeline", "remove"),
    "visualize": ("kg.draw", "visualize"),
}
__all__ = [
    "BuildReport",
    "Graph",
    "Reading",
    "build",
    "evaluate",
    "extract_records",
    "from_networkx",
    "open",
    "read_inputs",
    "remove",
    "to_networkx",
    "visualize",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'kg' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
