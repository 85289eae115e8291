"""N-Triples, canonical form, one sorted triple per line."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from kg.rdf.order import sorted_triples
from kg.tables import Version


def write(version: Version, path: Path) -> list[Path]:
    """See `Exporter.write`."""
    ox.serialize(sorted_triples(version), path, format=ox.RdfFormat.N_TRIPLES)
    return [path]
