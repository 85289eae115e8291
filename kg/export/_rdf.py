"""Triples and quads into files of a syntax, one after the other: nothing is sorted or held, so that memory hardly grows with the graph."""

from __future__ import annotations

import contextlib
import gzip
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pyoxigraph as ox

from kg.rdf.mapping import retired_triples, to_quads, to_triples
from kg.rdf.terms import PREFIXES
from kg.tables import Version

_PREFIXED = {ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG}


def write_rdf(version: Version, path: Path, syntax: ox.RdfFormat, rdf12: bool) -> list[Path]:
    """All triples, or quads where the syntax has graphs; a name that ends in `.gz` is compressed."""
    make = to_quads if syntax.supports_datasets else to_triples
    rows: Any = itertools.chain(make(version, rdf12=rdf12), retired_triples(version))
    with opened(path) as file:
        ox.serialize(
            rows,
            file,
            format=syntax,
            prefixes=PREFIXES if syntax in _PREFIXED else None,
        )
    return [path]


@contextlib.contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """A file to write, compressed if its name ends in `.gz`, then without a clock in it."""
    with path.open("wb") as plain:
        if path.suffix != ".gz":
            yield plain
            return
        with gzip.GzipFile("", "wb", 6, plain, mtime=0) as packed:
            yield packed  # type: ignore[misc]
