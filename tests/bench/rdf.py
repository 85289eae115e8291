"""How fast the triples of a graph are written and loaded, and how much memory that takes.

    python tests/bench/rdf.py my.kg

Prints for each format triples per second and the peak memory of its own process, then the same for the embedded store.
"""

from __future__ import annotations

import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from kg.stores import oxigraph
from kg.tables import open_version

FORMATS = ("nt", "nt.gz", "nq", "ttl", "trig", "jsonld")


def export(directory: Path, name: str, pipe: object) -> None:
    """Write one format; sends seconds and peak memory in MB."""
    from kg.graph import Graph

    with tempfile.TemporaryDirectory() as folder, Graph(directory) as graph:
        start = time.perf_counter()
        graph.export(Path(folder) / f"x.{name}")
        pipe.send((time.perf_counter() - start, _peak()))  # type: ignore[attr-defined]


def load(directory: Path, pipe: object) -> None:
    """Build the embedded store anew; sends seconds, peak memory in MB, and triples."""
    version = open_version(directory)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "g.kg" / version.path.name
        copy.mkdir(parents=True)
        for file in version.path.iterdir():
            if file.is_file():
                shutil.copy(file, copy)
        (copy.parent / "CURRENT").write_text(copy.name)
        start = time.perf_counter()
        oxigraph.fill(open_version(copy.parent))
        seconds = time.perf_counter() - start
        pipe.send((seconds, _peak(), len(oxigraph.open_store(open_version(copy.parent)))))  # type: ignore[attr-defined]


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _measured(target: object, *given: object) -> tuple[float, ...]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(*given, theirs))  # type: ignore[arg-type]
    process.start()
    found: tuple[float, ...] = ours.recv()
    process.join()
    return found


def main() -> None:
    """Measure a graph."""
    directory = Path(sys.argv[1])
    seconds, peak, triples = _measured(load, directory)
    print(f"{triples:,.0f} triples")
    print(f"{'embedded store':<15} {seconds:7.1f} s {triples / seconds:10,.0f} triples/s {peak:7,.0f} MB")
    for name in FORMATS:
        seconds, peak = _measured(export, directory, name)
        print(f"{name:<15} {seconds:7.1f} s {triples / seconds:10,.0f} triples/s {peak:7,.0f} MB")


if __name__ == "__main__":
    main()
