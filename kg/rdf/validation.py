"""Checks graphs and RDF files against the SHACL shapes, with pySHACL.

A graph of many papers is checked portion by portion, several at a time: the shapes look at a thing and what is next to it, which a portion holds.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyoxigraph as ox
import rdflib
from rdflib.namespace import SH

from kg.model.errors import InputError
from kg.rdf.lines import Place, parsed
from kg.rdf.mapping import lines_of
from kg.rdf.terms import term
from kg.resources import data_path
from kg.tables import Version

PORTION = 200  # papers checked at a time
_TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
_SYNTAXES = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
}


@dataclass(frozen=True, order=True)
class Fault:
    """What a shape found wrong: its message, the thing that is wrong, the value that is, if there is one."""

    message: str
    node: str
    value: str = ""


@dataclass(frozen=True)
class Extract:
    """The rows about some papers, read like a version."""

    path: Path
    tables: dict[str, pa.Table]

    @property
    def whole(self) -> Extract:
        """Itself."""
        return self

    def read(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """See `Version.read`."""
        return self.tables[name].select(columns) if columns else self.tables[name]

    def each(
        self, name: str, columns: list[str] | None = None, kept: np.ndarray[Any, np.dtype[np.int64]] | None = None
    ) -> Iterator[dict[str, Any]]:
        """See `Version.each`."""
        table = self.read(name, columns)
        return iter((table if kept is None else table.take(pa.array(kept))).to_pylist())


def validate_version(
    version: Version, shapes: Path | None = None, progress: Callable[[str, int, int], None] | None = None
) -> list[Fault]:
    """What is wrong with a graph, sorted: tables that are not those of its manifest, and triples that break the shapes, its own unless others
    are given.

    Raises:
        DamagedGraph: a table cannot be read.
        InputError: the shapes cannot be read.
    """
    faults = set(_damaged(version))
    papers = version.counts["papers"]
    starts = range(0, max(1, papers), PORTION)
    if len(starts) == 1:
        return sorted(faults.union(_check(_extract(version, 0), shapes)))
    workers = min(len(starts), int(os.environ.get("KG_THREADS") or 0) or os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        portions = pool.map(_check_portion, [version] * len(starts), starts, [shapes] * len(starts))
        for start, found in zip(starts, portions, strict=True):
            faults.update(found)
            if progress:
                progress("validate", min(start + PORTION, papers), papers)
    return sorted(faults)


def validate_file(path: Path, shapes: Path | None = None) -> list[Fault]:
    """What is wrong with an RDF file, sorted; the syntax is told by its name, `.gz` after it is undone.

    Raises:
        InputError: the file cannot be read, or does not parse.
    """
    inner = path.with_suffix("") if path.suffix == ".gz" else path
    syntax = _SYNTAXES.get(inner.suffix.lstrip("."))
    if syntax is None:
        raise InputError(
            f"{path} is neither a graph directory nor RDF that can be told by its name: {', '.join(_SYNTAXES)}, or one of them with .gz"
        )
    try:
        data = gzip.decompress(path.read_bytes()) if inner != path else path.read_bytes()
        return check((ox.Triple(*list(quad)[:3]) for quad in ox.parse(data, syntax)), shapes)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error})") from error
    except (SyntaxError, ValueError) as error:
        raise InputError(f"{path} does not parse: {' '.join(str(error).split())}") from error


def check(triples: Iterable[ox.Triple], shapes: Path | None = None) -> list[Fault]:
    """What is wrong with triples; reifiers of RDF 1.2 count as statements."""
    from pyshacl import validate

    buffer = io.BytesIO()
    ox.serialize(_plain(triples), buffer, format=ox.RdfFormat.N_TRIPLES)
    data = rdflib.Graph().parse(data=buffer.getvalue(), format="nt")
    _, report, _ = validate(
        data,
        shacl_graph=_read_shapes(shapes) if shapes else _flat(_read_shapes(data_path("schema", "shapes.ttl"))),
        inference="none",
    )
    assert isinstance(report, rdflib.Graph)
    return sorted({_fault(report, result) for result in report.subjects(rdflib.RDF.type, SH.ValidationResult)})


def _plain(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    for triple in triples:
        if isinstance(triple.object, ox.Triple):
            said, node = triple.object, triple.subject
            yield ox.Triple(node, term("rdf:type"), term("rdf:Statement"))
            for name, part in zip(("subject", "predicate", "object"), said, strict=True):
                yield ox.Triple(node, term(f"rdf:{name}"), part)
        else:
            yield triple


def _read_shapes(path: Path) -> rdflib.Graph:
    try:
        return rdflib.Graph().parse(path, format="turtle")
    except Exception as error:  # rdflib raises what it likes
        raise InputError(f"the shapes in {path} cannot be read: {' '.join(str(error).split())[:200]}") from error


def _flat(shapes: rdflib.Graph) -> rdflib.Graph:
    """Our shapes with the targets of node shapes given to the property shapes in them: the same faults are found, but pySHACL looks at a
    property of all targets in one go instead of at all properties of each target."""
    for shape in set(shapes.subjects(rdflib.RDF.type, SH.NodeShape)):
        targets = [(kind, target) for kind in _TARGETS for target in shapes.objects(shape, kind)]
        for inner in [shape, *shapes.objects(shape, SH.node)] if targets else []:
            for part in shapes.objects(inner, SH.property):
                shapes.add((part, rdflib.RDF.type, SH.PropertyShape))
                for kind, target in targets:
                    shapes.add((part, kind, target))
        if targets:
            shapes.remove((shape, SH.node, None))
    shapes.remove((None, SH.property, None))
    return shapes


def _fault(report: rdflib.Graph, result: rdflib.term.Node) -> Fault:
    message, node, value = (report.value(result, p) for p in (SH.resultMessage, SH.focusNode, SH.value))
    if str(node).endswith("/shapes#"):  # of the graph as a whole: the value is the thing
        node, value = value, None
    return Fault(str(message), str(node), "" if value in (None, node) else str(value))


def _damaged(version: Version) -> Iterator[Fault]:
    for name, told in sorted(version.manifest["tables"].items()):
        path = version.path / f"{name}.parquet"
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() != told["sha256"]:
            yield Fault("a table is that of the manifest, byte for byte", str(path))


def _check_portion(version: Version, start: int, shapes: Path | None) -> list[Fault]:
    return _check(_extract(version, start), shapes)


def _check(rows: Extract, shapes: Path | None) -> list[Fault]:
    return check((quad.triple for quad in parsed(lines_of(rows, Place()))), shapes)


def _extract(version: Version, start: int) -> Extract:
    """All about the papers from one place in their table on."""
    papers = version.read("papers").slice(start, PORTION)
    ids = papers["id"]
    tables = {"papers": papers}
    tables["cites"] = _among(_among(version.read("cites"), "paper", ids), "cited", ids)
    for name in ("roles", "results", "evidence"):
        tables[name] = _among(version.read(name), "paper", ids)
    tables["relations"] = _among(version.read("relations"), "id", tables["evidence"]["statement"])
    ends = [tables["roles"]["entity"], tables["relations"]["source"], tables["relations"]["target"]]
    ends += [tables["results"][end] for end in ("subject", "metric", "dataset", "task", "baseline")]
    entities = pa.chunked_array([chunk for column in ends for chunk in column.chunks], pa.string())
    tables["entities"] = _among(version.read("entities"), "id", entities)
    tables["external"] = _among(version.read("external"), "entity", tables["entities"]["id"])
    tables["redirects"] = version.read("redirects").slice(0, 0 if start else None)
    return Extract(version.path, tables)


def _among(table: pa.Table, column: str, values: pa.ChunkedArray | Sequence[str]) -> pa.Table:
    return table.filter(pc.is_in(table[column], value_set=pc.unique(values)))
