"""The graph as an rdflib `Graph`, for those whose tools speak rdflib."""

from __future__ import annotations

import rdflib

from kg.rdf.mapping import to_lines
from kg.rdf.terms import PREFIXES
from kg.tables import Version


def to_rdflib(version: Version) -> rdflib.Graph:
    """All triples of a version in memory, prefixes bound."""
    graph = rdflib.Graph()
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    return graph.parse(data="".join(to_lines(version)), format="nt")
