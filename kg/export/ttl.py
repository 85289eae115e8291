"""Turtle with prefixes, grouped by subject."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from kg.rdf.order import sorted_triples
from kg.rdf.terms import PREFIXES
from kg.tables import Version


def write(version: Version, path: Path) -> list[Path]:
    """See `Exporter.write`."""
    ox.serialize(sorted_triples(version), path, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES)
    return [path]
