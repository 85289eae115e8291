"""The triples that one version of a graph has and another has not, from the rows in which their tables differ."""

from __future__ import annotations

from dataclasses import dataclass

from kg.changes import changed_parts
from kg.publication import read_publication
from kg.rdf.lines import Place, each_line
from kg.rdf.mapping import SOURCES
from kg.tables import Version


@dataclass(frozen=True)
class Changes:
    """Triples of the older version only, and of the newer only, each as a line of N-Triples."""

    removed: set[str]
    added: set[str]


def changes(old: Version, new: Version) -> Changes:
    """What makes the triples of `old` those of `new`, made of the rows that the change touches."""
    place = Place(read_publication(new.path.parent).base)
    before, after = set[str](), set[str]()
    earlier, later = changed_parts(old, new)
    for source in SOURCES:
        was, now = source.speaking(earlier), source.speaking(later)
        before.update(*(each_line(source.lines(row, place)) for key, row in was.items() if now.get(key) != row))
        after.update(*(each_line(source.lines(row, place)) for key, row in now.items() if was.get(key) != row))
    return Changes(before - after, after - before)
