"""The graph as an rdflib `Graph`, for those whose tools speak rdflib."""

from __future__ import annotations

import io

import pyoxigraph as ox
import rdflib

from kg.rdf.mapping import to_triples
from kg.rdf.terms import PREFIXES
from kg.tables import Version


def to_rdflib(version: Version) -> rdflib.Graph:
    """All triples of a version in memory, prefixes bound."""
    buffer = io.BytesIO()
    ox.serialize(to_triples(version), buffer, format=ox.RdfFormat.N_TRIPLES)
    graph = rdflib.Graph()
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    return graph.parse(data=buffer.getvalue(), format="nt")
