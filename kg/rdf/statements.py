"""Roles, relations and results → triples, with the passages that bear them out and the readers that found them.

A passage is an `oa:SpecificResource` of its paper, picked out by a quote and by its place in the paper's text: title, line end, abstract, in
code points. Each proof is an `oa:Annotation` from a passage to a statement or result.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator

import pyarrow.compute as pc
from pyoxigraph import Literal, NamedNode, Triple

from kg.changes import Part
from kg.model.identifiers import digest
from kg.model.vocabulary import Predicate, load_vocabulary
from kg.rdf.source import Row, Source, all_rows, first_rows
from kg.rdf.terms import SCHEMA, decimal, integer, node, term
from kg.tables import Version

_TYPE = term("rdf:type")
_PLACE = ["statement", "paper", "start", "end", "sentence"]
_SUPPORT = ["statement", "paper"]
_PASSAGE = ["paper", "start", "end"]
_RESULT_ENDS = {"subject": "ofSubject", "metric": "byMetric", "dataset": "onDataset", "task": "forTask", "baseline": "against"}
_VERSION = re.compile(r"(.+)-([0-9a-f]{12})")  # of a pipeline: its name and the digest of its files


def classes(thing: NamedNode, label: str) -> Iterator[Triple]:
    """A thing's class, and what that is aligned with."""
    yield Triple(thing, _TYPE, own(label))
    for aligned in load_vocabulary().looks[label].aligned:
        yield Triple(thing, _TYPE, term(aligned))


@functools.cache
def own(name: str) -> NamedNode:
    """A class or property of ours."""
    return NamedNode(SCHEMA + name)


def _role(row: Row, rdf12: bool = False) -> Iterator[Triple]:
    ends = node("paper", row["paper"]), node("entity", row["entity"])
    return _statement(row, load_vocabulary().roles[row["role"]], *ends, papers=1, rdf12=rdf12)


def _typed(version: Version | Part) -> Iterator[Row]:
    """Relations, with whether they join a narrower concept to a broader one."""
    concepts = _concepts(version.whole)
    for row in version.each("relations"):
        scheme = concepts.get(row["source"]) if row["type"] == "SUBCLASS_OF" else None
        yield {**row, "broader": scheme is not None and scheme == concepts.get(row["target"])}


def _concepts(version: Version) -> dict[str, str]:
    """Ids of the concepts that SUBCLASS_OF joins, with their types."""
    relations = version.read("relations", ["source", "type", "target"])
    relations = relations.filter(pc.equal(relations["type"], "SUBCLASS_OF"))
    ends = {*relations["source"].to_pylist(), *relations["target"].to_pylist()}
    kinds = load_vocabulary().entities
    entities = version.each("entities", ["id", "type"])
    return {row["id"]: row["type"] for row in entities if row["id"] in ends and kinds[row["type"]].scheme}


def _relation(row: Row, rdf12: bool = False) -> Iterator[Triple]:
    ends = node("entity", row["source"]), node("entity", row["target"])
    yield from _statement(row, load_vocabulary().relations[row["type"]], *ends, papers=row["papers"], rdf12=rdf12)
    if row["broader"]:
        yield Triple(ends[0], term("skos:broader"), ends[1])


def _statement(row: Row, kind: Predicate, source: NamedNode, target: NamedNode, papers: int, rdf12: bool) -> Iterator[Triple]:
    statement, predicate = node("statement", row["id"]), own(kind.iri)
    said = Triple(source, predicate, target)
    yield said
    if rdf12:
        yield Triple(statement, term("rdf:reifies"), said)
    else:
        yield Triple(statement, _TYPE, term("rdf:Statement"))
        yield Triple(statement, term("rdf:subject"), source)
        yield Triple(statement, term("rdf:predicate"), predicate)
        yield Triple(statement, term("rdf:object"), target)
    yield Triple(statement, own("edge"), Literal(kind.edge))
    yield Triple(statement, own("confidence"), decimal(row["confidence"]))
    yield Triple(statement, own("papers"), integer(papers))


def _result(row: Row) -> Iterator[Triple]:
    result = node("result", row["id"])
    yield from classes(result, "Result")
    yield Triple(result, own("label"), Literal("Result"))
    yield Triple(node("paper", row["paper"]), own("states"), result)
    for end, local in _RESULT_ENDS.items():
        if row[end]:
            yield Triple(result, own(local), node("entity", row[end]))
    if row["value"] is not None:
        yield Triple(result, own("value"), decimal(row["value"]))
    for name in ("printed", "unit", "kind", "direction", "condition"):
        if row[name]:
            yield Triple(result, own(name), Literal(row[name]))
    better = {True: "higher", False: "lower", None: "unknown"}[row["higher_is_better"]]
    yield Triple(result, own("better"), Literal(better))
    if row["higher_is_better"] is not None:
        yield Triple(result, own("higherIsBetter"), Literal(row["higher_is_better"]))
    yield Triple(result, own("confidence"), decimal(row["confidence"]))


def _readers(version: Version | Part) -> Iterator[Row]:
    """What read the papers, of all evidence."""
    for name in sorted(pc.unique(version.whole.read("evidence", ["extractor"])["extractor"]).to_pylist()):
        if name:
            yield {"extractor": name}


@functools.cache
def _run(extractor: str) -> NamedNode:
    return node("run", digest("Reader", extractor))


def _reader(row: Row) -> Iterator[Triple]:
    run, software = (node(kind, digest("Reader", row["extractor"])) for kind in ("run", "software"))
    match = _VERSION.fullmatch(row["extractor"])
    yield Triple(run, _TYPE, term("prov:Activity"))
    yield Triple(run, term("rdfs:label"), Literal(f"reading with {row['extractor']}"))
    yield Triple(run, term("prov:wasAssociatedWith"), software)
    yield Triple(software, _TYPE, term("prov:SoftwareAgent"))
    yield Triple(software, term("rdfs:label"), Literal(match[1] if match else row["extractor"]))
    yield Triple(software, term("schema:softwareVersion"), Literal(row["extractor"]))
    if match:
        yield Triple(software, own("modelDigest"), Literal(match[2]))


def _passages(version: Version | Part) -> Iterable[Row]:
    if isinstance(version, Part):
        return version.rows("passages", [*_PASSAGE, "sentence"])
    return version.each("evidence", [*_PASSAGE, "sentence"], first_rows(version, "evidence", _PASSAGE))


def _named_passage(row: Row) -> str:
    return digest("passage", row["paper"], str(row["start"]), str(row["end"]))


def _passage(row: Row) -> Iterator[Triple]:
    name = _named_passage(row)
    passage, quote, place = node("passage", name), node("quote", name), node("position", name)
    yield Triple(passage, _TYPE, term("oa:SpecificResource"))
    yield Triple(passage, term("oa:hasSource"), node("paper", row["paper"]))
    yield Triple(passage, own("sentence"), Literal(row["sentence"]))
    if not row["sentence"]:
        return  # of a record that does not tell where it read what
    yield Triple(passage, term("oa:hasSelector"), quote)
    yield Triple(passage, term("oa:hasSelector"), place)
    yield Triple(quote, _TYPE, term("oa:TextQuoteSelector"))
    yield Triple(quote, term("oa:exact"), Literal(row["sentence"]))
    yield Triple(place, _TYPE, term("oa:TextPositionSelector"))
    yield Triple(place, term("oa:start"), integer(row["start"]))
    yield Triple(place, term("oa:end"), integer(row["end"]))


def _proofs(version: Version | Part, columns: list[str], key: list[str]) -> Iterator[Row]:
    """Evidence, the first with each key, with the kind of thing that it proves."""
    results = set(version.whole.read("results", ["id"])["id"].to_pylist())
    rows = (
        version.each("evidence", columns)
        if isinstance(version, Part)
        else version.each("evidence", columns, first_rows(version, "evidence", key))
    )
    for row in rows:
        yield {**row, "kind": "result" if row["statement"] in results else "statement"}


def _proof(row: Row) -> Iterator[Triple]:
    proof = node("evidence", digest("evidence", *(str(row[column]) for column in _PLACE)))
    yield Triple(proof, _TYPE, term("oa:Annotation"))
    yield Triple(proof, term("oa:hasBody"), node(row["kind"], row["statement"]))
    yield Triple(proof, term("oa:hasTarget"), node("passage", _named_passage(row)))
    yield Triple(proof, own("confidence"), decimal(row["confidence"]))
    if row["extractor"]:
        yield Triple(proof, term("prov:wasGeneratedBy"), _run(row["extractor"]))


def _support(row: Row) -> Iterator[Triple]:
    yield Triple(node(row["kind"], row["statement"]), term("prov:wasDerivedFrom"), node("paper", row["paper"]))


STATEMENTS = (
    Source(all_rows("roles"), ("id",), _role, "paper", functools.partial(_role, rdf12=True)),
    Source(_typed, ("id",), _relation, reified=functools.partial(_relation, rdf12=True)),
    Source(all_rows("results"), ("id",), _result, "paper"),
    Source(_readers, ("extractor",), _reader),
    Source(_passages, tuple(_PASSAGE), _passage, "paper"),
    Source(lambda version: _proofs(version, [*_PLACE, "extractor", "confidence"], _PLACE), tuple(_PLACE), _proof, "paper"),
    Source(lambda version: _proofs(version, _SUPPORT, _SUPPORT), tuple(_SUPPORT), _support, "paper"),
)
