"""How fast the engines' files are filled, beside the bare engines given ready rows and triples. One line of JSON.

    python -m tests.bench.filling GRAPH [--repeat 3]

The bare rate of kglite is the better of its two loaders, on pandas frames and on records that lie in memory, with the faster of its two ways to save,
which is ours (and besides, the one that it takes by itself); that of pyoxigraph the better of its two bulk loaders, on triples in memory and on an N-Triples file. We put the store in one order besides, for look-ups in half the
time: the share in order is that of the bare engine which loads the file and does so too. Each is the best of its turns; ours and the bare ones take turns.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import kglite as engine
import pandas as pd
import pyoxigraph as ox

from kg.projection import PropertyGraph, to_property_graph
from kg.rdf.lines import parsed
from kg.rdf.mapping import to_lines
from kg.stores import kglite, oxigraph
from kg.tables import Version, open_version
from tests.bench.measuring import report


def seconds(work: Callable[[Path], Any]) -> float:
    """Time of work in an empty folder."""
    with tempfile.TemporaryDirectory() as name:
        start = time.perf_counter()
        work(Path(name))
        return time.perf_counter() - start


def load_triples(quads: list[Any]) -> Callable[[Path], None]:
    def work(folder: Path) -> None:
        store = ox.Store(str(folder / "store"))
        store.bulk_extend(quads)
        store.flush()

    return work


def load_file(path: Path, ordered: bool = False) -> Callable[[Path], None]:
    def work(folder: Path) -> None:
        store = ox.Store(str(folder / "store"))
        store.bulk_load(path=str(path), format=ox.RdfFormat.N_TRIPLES, lenient=True)
        if ordered:
            store.optimize()
        store.flush()

    return work


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args(arguments)
    version = open_version(args.graph)
    turns = range(args.repeat)
    rows, (frames, saved, records, cypher) = cypher_seconds(version, args.repeat)
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "graph.nt"
        with file.open("w", encoding="utf-8") as lines:
            lines.writelines(to_lines(version))
        quads = list(parsed(to_lines(version)))
        found = [
            (seconds(load_triples(quads)), seconds(load_file(file)), seconds(load_file(file, ordered=True)),
             seconds(lambda folder: ours(oxigraph, version, folder))) for _ in turns
        ]  # fmt: skip
    in_memory, from_file, ordered, filled = (min(times) for times in zip(*found, strict=True))
    report(
        "fill engines", papers=version.counts["papers"], rows=rows, triples=len(quads),
        kglite_s=cypher, kglite_bare_s=min(frames, records), kglite_share=min(frames, records) / cypher, kglite_rows_a_s=round(rows / cypher),
        kglite_share_as_it_saves=saved / cypher, kglite_share_of_records=records / cypher,
        oxigraph_s=filled, oxigraph_bare_s=min(in_memory, from_file), oxigraph_share=min(in_memory, from_file) / filled,
        oxigraph_share_of_triples_in_memory=in_memory / filled, oxigraph_share_in_order=ordered / filled, oxigraph_triples_a_s=round(len(quads) / filled),
    )  # fmt: skip


def cypher_seconds(version: Version, repeat: int) -> tuple[int, list[float]]:
    """Rows of the property graph; seconds of the bare engine given frames, given them and saving as it does by itself, given records, and of ours."""
    graph = to_property_graph(version)
    works = load_frames(graph), load_frames(graph, layout="auto"), load_records(graph), lambda folder: ours(kglite, version, folder)
    found = [tuple(map(seconds, works)) for _ in range(repeat)]
    return sum(map(len, (*graph.nodes, *graph.edges))), [min(times) for times in zip(*found, strict=True)]


def load_frames(graph: PropertyGraph, layout: Literal["auto", "compact"] = "compact") -> Callable[[Path], None]:
    """The engine's bulk calls, as its manual has them."""
    nodes = [
        (pd.DataFrame(one.columns), one.label, "title" if one.label == "Paper" else "name") for one in filter(len, graph.nodes)
    ]
    edges = [(pd.DataFrame(one.columns), one.type, one.source_label, one.target_label) for one in graph.edges]

    def work(folder: Path) -> None:
        built = engine.KnowledgeGraph()
        for frame, label, title in nodes:
            built.add_nodes(frame, label, "id", title)
        for frame, kind, source, target in edges:
            built.add_relationships(frame, kind, source, "source", target, "target")
        built.save(str(folder / "graph.kgl"), layout=layout)

    return work


def load_records(graph: PropertyGraph) -> Callable[[Path], None]:
    """The engine's loader of rows."""
    nodes: list[dict[str, Any]] = [
        {"type": one.label, "id_field": "id", "title_field": "title" if one.label == "Paper" else "name", "records": one.rows}
        for one in filter(len, graph.nodes)
    ]
    edges: list[dict[str, Any]] = [
        {"type": one.type, "source_type": one.source_label, "source_id_field": "source", "target_type": one.target_label,
         "target_id_field": "target", "records": one.rows}
        for one in graph.edges
    ]  # fmt: skip

    def work(folder: Path) -> None:
        engine.from_records({"nodes": nodes, "connections": edges}).save(str(folder / "graph.kgl"), layout="compact")

    return work


def ours(store: Any, version: Version, folder: Path) -> None:
    """What a build does for an engine: from the tables, without what an earlier version left."""
    alone = folder / version.path.name
    shutil.copytree(
        version.path, alone, ignore=shutil.ignore_patterns("cypher", "rdf"), copy_function=lambda a, b: Path(b).symlink_to(a)
    )
    store.fill(Version(alone, version.manifest))


if __name__ == "__main__":
    main()
