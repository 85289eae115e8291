"""Triples in the order that exports use: by subject, then type first, then predicate and object."""

from __future__ import annotations

from pyoxigraph import Triple

from kg.rdf.mapping import to_triples
from kg.rdf.terms import term
from kg.tables import Version

_TYPE = term("rdf:type")


def sorted_triples(version: Version) -> list[Triple]:
    """All triples of a version, sorted; held in memory."""
    return sorted(to_triples(version), key=lambda t: (str(t.subject), t.predicate != _TYPE, str(t.predicate), str(t.object)))
