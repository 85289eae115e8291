"""TriG: named graphs as in N-Quads, with prefixes."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from kg.export._rdf import write_rdf
from kg.tables import Version

OPTIONS = {"rdf12"}


def write(version: Version, path: Path, *, rdf12: bool = False) -> list[Path]:
    """See `Exporter.write`; with `rdf12` statements are reifiers of triple terms."""
    return write_rdf(version, path, ox.RdfFormat.TRIG, rdf12)
