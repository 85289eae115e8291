"""N-Triples, canonical form, one triple per line; in several files where that is asked for."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from kg.export._rdf import write_rdf, write_shards
from kg.tables import Version

OPTIONS = {"rdf12", "shards"}


def write(version: Version, path: Path, *, rdf12: bool = False, shards: int = 1) -> list[Path]:
    """See `Exporter.write`; with `rdf12` statements are reifiers of triple terms; `shards` is the number of files."""
    if shards > 1:
        return write_shards(version, path, shards, rdf12)
    return write_rdf(version, path, ox.RdfFormat.N_TRIPLES, rdf12)
