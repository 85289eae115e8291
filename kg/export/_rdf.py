"""Triples and quads into files of a syntax, one after the other: nothing is sorted or held, so that memory hardly grows with the graph."""

from __future__ import annotations

import contextlib
import gzip
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyoxigraph as ox

from kg.rdf.lines import parsed, portions
from kg.rdf.mapping import retired_lines, to_lines, to_quad_lines
from kg.rdf.terms import PREFIXES
from kg.scale.base import Failed, Handle, cores
from kg.scale.processes import open_executor
from kg.scale.serial import SerialExecutor
from kg.tables import Version

_MANY = 2_000  # papers from which shards are written by processes
_PREFIXED = {ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG}


def write_rdf(version: Version, path: Path, syntax: ox.RdfFormat, rdf12: bool) -> list[Path]:
    """All triples, or quads where the syntax has graphs; a name that ends in `.gz` is compressed."""
    make = to_quad_lines if syntax.supports_datasets else to_lines
    texts = itertools.chain(make(version, rdf12=rdf12), retired_lines(version))
    with opened(path) as file:
        if syntax in _PREFIXED:
            quads: Any = parsed(texts)
            ox.serialize(quads, file, format=syntax, prefixes=PREFIXES)
        else:
            write_lines(texts, file)
    return [path]


def write_lines(texts: Iterable[str], file: IO[bytes]) -> None:
    """Lines of N-Triples or N-Quads into a file."""
    for text in portions(texts):
        file.write(text.encode())


@dataclass(frozen=True)
class WriteShards:
    """Work that writes shares of the triples of a version as N-Triples, each into the file given with its number."""

    version: Version
    shards: int
    rdf12: bool

    def start(self) -> Handle:
        """See `Work.start`."""
        return lambda shards: [self._write(*shard) for shard in shards]

    def _write(self, number: int, path: Path) -> str:
        texts = to_lines(self.version, rdf12=self.rdf12, shard=(number, self.shards))
        with opened(path) as file:
            write_lines(texts if number else itertools.chain(texts, retired_lines(self.version)), file)
        return path.name


def write_shards(version: Version, path: Path, shards: int, rdf12: bool) -> list[Path]:
    """N-Triples in so many files of like size, made side by side: `graph.nt.gz` as `graph-1-of-4.nt.gz` and so on.

    Raises:
        OSError: a file cannot be written.
    """
    name, dot, ending = path.name.partition(".")
    paths = [path.with_name(f"{name}-{number + 1}-of-{shards}{dot}{ending}") for number in range(shards)]
    for one in paths:
        one.touch()  # a place that cannot be written is told here, not by a worker
    executor = open_executor(min(cores(), shards)) if cores() > 1 and version.counts["papers"] >= _MANY else SerialExecutor()
    try:
        for (found,) in executor.run(WriteShards(version, shards, rdf12), ([pair] for pair in enumerate(paths))):
            if isinstance(found, Failed):
                raise OSError(found.reason)
    finally:
        executor.close()
    return paths


@contextlib.contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """A file to write, compressed if its name ends in `.gz`, then without a clock in it."""
    with path.open("wb") as plain:
        if path.suffix != ".gz":
            yield plain
            return
        with gzip.GzipFile("", "wb", 6, plain, mtime=0) as packed:
            yield packed  # type: ignore[misc]
