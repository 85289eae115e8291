"""The triples that one version of a graph has and another has not, from the rows in which their tables differ."""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import Triple

from kg.changes import changed_parts
from kg.publication import read_publication
from kg.rdf.mapping import SOURCES
from kg.rdf.terms import based
from kg.tables import Version


@dataclass(frozen=True)
class Changes:
    """Triples of the older version only, and of the newer only."""

    removed: set[Triple]
    added: set[Triple]


def changes(old: Version, new: Version) -> Changes:
    """What makes the triples of `old` those of `new`, made of the rows that the change touches."""
    before: set[Triple] = set()
    after: set[Triple] = set()
    earlier, later = changed_parts(old, new)
    for source in SOURCES:
        was, now = source.speaking(earlier), source.speaking(later)
        before.update(triple for key, row in was.items() if now.get(key) != row for triple in source.triples(row))
        after.update(triple for key, row in now.items() if was.get(key) != row for triple in source.triples(row))
    base = read_publication(new.path.parent).base
    return Changes(set(based(before - after, base)), set(based(after - before, base)))
