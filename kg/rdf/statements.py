"""Roles, relations and results → triples, with the passages that bear them out and the readers that found them.

A passage is an `oa:SpecificResource` of its paper, picked out by a quote and by its place in the paper's text: title, line end, abstract, in
code points. Each proof is an `oa:Annotation` from a passage to a statement or result.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from kg.changes import Part
from kg.model.identifiers import digest
from kg.model.vocabulary import Predicate, load_vocabulary
from kg.parquet import run_starts
from kg.rdf.lines import Place, boolean, decimal, integer, line, literal, pattern, prefixed
from kg.rdf.source import Row, Source, all_rows, first_proofs
from kg.tables import Version

_PLACE = ["statement", "paper", "start", "end", "sentence"]
_SUPPORT = ["statement", "paper"]
_PASSAGE = ["paper", "start", "end"]
_RESULT_ENDS = {
    "subject": "kg:ofSubject",
    "metric": "kg:byMetric",
    "dataset": "kg:onDataset",
    "task": "kg:forTask",
    "baseline": "kg:against",
}
_RESULT_TEXTS = ("printed", "unit", "kind", "direction", "condition")
_VERSION = re.compile(r"(.+)-([0-9a-f]{12})")  # of a pipeline: its name and the digest of its files


@functools.cache
def _classes(label: str) -> Callable[..., str]:
    return pattern("\n".join(f"{{thing}} a {one}" for one in (f"kg:{label}", *load_vocabulary().looks[label].aligned)))


def class_lines(thing: str, label: str) -> str:
    """A thing's class, and what that is aligned with."""
    return _classes(label)(thing=thing)


def _role(row: Row, place: Place) -> str:
    ends = place.node("paper", row["paper"]), place.node("entity", row["entity"])
    return _statement(row, load_vocabulary().roles[row["role"]], *ends, 1, place)


def _typed(version: Version | Part) -> Iterator[Row]:
    """Relations, with how many places bear them out, and whether they join a narrower concept to a broader one."""
    concepts, proofs = _concepts(version.whole), _proof_counts(version)
    for row in version.each("relations"):
        scheme = concepts.get(row["source"]) if row["type"] == "SUBCLASS_OF" else None
        yield {**row, "proofs": proofs.get(row["id"], 0), "broader": scheme is not None and scheme == concepts.get(row["target"])}


def _proof_counts(version: Version | Part) -> dict[str, int]:
    """How many places in papers bear out each statement."""
    evidence = version.read("evidence", _PLACE).combine_chunks()
    counted = pc.value_counts(evidence["statement"].filter(pa.array(run_starts(evidence))))
    return dict(zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True))


def _concepts(version: Version) -> dict[str, str]:
    """Ids of the concepts that SUBCLASS_OF joins, with their types."""
    relations = version.read("relations", ["source", "type", "target"])
    relations = relations.filter(pc.equal(relations["type"], "SUBCLASS_OF"))
    ends = {*relations["source"].to_pylist(), *relations["target"].to_pylist()}
    kinds = load_vocabulary().entities
    entities = version.each("entities", ["id", "type"])
    return {row["id"]: row["type"] for row in entities if row["id"] in ends and kinds[row["type"]].scheme}


def _relation(row: Row, place: Place) -> str:
    ends = place.node("entity", row["source"]), place.node("entity", row["target"])
    lines = _statement(row, load_vocabulary().relations[row["type"]], *ends, row["papers"], place)
    lines += line(place.node("statement", row["id"]), "kg:proofs", integer(row["proofs"]))
    return lines + line(ends[0], "skos:broader", ends[1]) if row["broader"] else lines


_REIFIED = pattern("""
    {source} {predicate} {target}
    {statement} a rdf:Statement
    {statement} rdf:subject {source}
    {statement} rdf:predicate {predicate}
    {statement} rdf:object {target}
    {statement} kg:edge {edge}
    {statement} kg:confidence {confidence}
    {statement} kg:papers {papers}
""")
_REIFIER = pattern("""
    {source} {predicate} {target}
    {statement} rdf:reifies {said}
    {statement} kg:edge {edge}
    {statement} kg:confidence {confidence}
    {statement} kg:papers {papers}
""")


def _statement(row: Row, kind: Predicate, source: str, target: str, papers: int, place: Place) -> str:
    predicate = prefixed(f"kg:{kind.iri}")
    said = {"said": f"<<( {source} {predicate} {target} )>>"} if place.rdf12 else {}
    return (_REIFIER if place.rdf12 else _REIFIED)(
        statement=place.node("statement", row["id"]),
        source=source,
        predicate=predicate,
        target=target,
        edge=f'"{kind.edge}"',
        confidence=decimal(row["confidence"]),
        papers=integer(papers),
        **said,
    )


def _result(row: Row, place: Place) -> str:
    result = place.node("result", row["id"])
    found = [
        class_lines(result, "Result"),
        line(result, "kg:label", '"Result"'),
        line(place.node("paper", row["paper"]), "kg:states", result),
    ]
    found += [line(result, predicate, place.node("entity", row[end])) for end, predicate in _RESULT_ENDS.items() if row[end]]
    if row["value"] is not None:
        found.append(line(result, "kg:value", decimal(row["value"])))
    found += [line(result, f"kg:{column}", literal(row[column])) for column in _RESULT_TEXTS if row[column]]
    better = row["higher_is_better"]
    found.append(line(result, "kg:better", literal({True: "higher", False: "lower", None: "unknown"}[better])))
    if better is not None:
        found.append(line(result, "kg:higherIsBetter", boolean(better)))
    found.append(line(result, "kg:confidence", decimal(row["confidence"])))
    return "".join(found)


def _readers(version: Version | Part) -> Iterator[Row]:
    """What read the papers, of all evidence."""
    for name in sorted(pc.unique(version.whole.read("evidence", ["extractor"])["extractor"]).to_pylist()):
        if name:
            yield {"extractor": name}


_READER = pattern("""
    {run} a prov:Activity
    {run} rdfs:label {reading}
    {run} prov:wasAssociatedWith {software}
    {software} a prov:SoftwareAgent
    {software} rdfs:label {name}
    {software} schema:softwareVersion {version}
""")


@functools.cache
def _run(extractor: str, place: Place) -> str:
    return place.node("run", digest("Reader", extractor))


def _reader(row: Row, place: Place) -> str:
    extractor = row["extractor"]
    match = _VERSION.fullmatch(extractor)
    software = place.node("software", digest("Reader", extractor))
    lines = _READER(
        run=_run(extractor, place),
        reading=literal(f"reading with {extractor}"),
        software=software,
        name=literal(match[1] if match else extractor),
        version=literal(extractor),
    )
    return lines + line(software, "kg:modelDigest", literal(match[2])) if match else lines


def _passages(version: Version | Part) -> Iterable[Row]:
    if isinstance(version, Part):
        return version.rows("passages", [*_PASSAGE, "sentence"])
    return version.each("evidence", [*_PASSAGE, "sentence"], first_proofs(version, _PASSAGE))


def _named_passage(row: Row) -> str:
    return _passage_id(row["paper"], row["start"], row["end"])


@functools.lru_cache(maxsize=1 << 16)  # what stands in one passage is told by several proofs
def _passage_id(paper: str, start: int, end: int) -> str:
    return digest("passage", paper, str(start), str(end))


_PASSAGE_LINES = pattern("""
    {passage} a oa:SpecificResource
    {passage} oa:hasSource {paper}
    {passage} kg:sentence {sentence}
""")
_SELECTOR_LINES = pattern("""
    {passage} oa:hasSelector {quote}
    {passage} oa:hasSelector {position}
    {quote} a oa:TextQuoteSelector
    {quote} oa:exact {sentence}
    {position} a oa:TextPositionSelector
    {position} oa:start {start}
    {position} oa:end {end}
""")


def _passage(row: Row, place: Place) -> str:
    named, sentence = _named_passage(row), literal(row["sentence"])
    passage = place.node("passage", named)
    lines = _PASSAGE_LINES(passage=passage, paper=place.node("paper", row["paper"]), sentence=sentence)
    if not row["sentence"]:
        return lines  # of a record that does not tell where it read what
    return lines + _SELECTOR_LINES(
        passage=passage,
        quote=place.node("quote", named),
        position=place.node("position", named),
        sentence=sentence,
        start=integer(row["start"]),
        end=integer(row["end"]),
    )


def _proofs(version: Version | Part, columns: list[str], key: list[str]) -> Iterator[Row]:
    """Evidence, the first with each key, with the kind of thing that it proves."""
    results = set(version.whole.read("results", ["id"])["id"].to_pylist())
    rows = (
        version.each("evidence", columns)
        if isinstance(version, Part)
        else version.each("evidence", columns, first_proofs(version, key))
    )
    for row in rows:
        row["kind"] = "result" if row["statement"] in results else "statement"
        yield row


_PROOF_LINES = pattern("""
    {proof} a oa:Annotation
    {proof} oa:hasBody {body}
    {proof} oa:hasTarget {passage}
    {proof} kg:confidence {confidence}
""")


def _proof(row: Row, place: Place) -> str:
    proof = place.node("evidence", digest("evidence", *(str(row[column]) for column in _PLACE)))
    lines = _PROOF_LINES(
        proof=proof,
        body=place.node(row["kind"], row["statement"]),
        passage=place.node("passage", _named_passage(row)),
        confidence=decimal(row["confidence"]),
    )
    return lines + line(proof, "prov:wasGeneratedBy", _run(row["extractor"], place)) if row["extractor"] else lines


def _support(row: Row, place: Place) -> str:
    return line(place.node(row["kind"], row["statement"]), "prov:wasDerivedFrom", place.node("paper", row["paper"]))


STATEMENTS = (
    Source(all_rows("roles"), ("id",), _role, "paper"),
    Source(_typed, ("id",), _relation),
    Source(all_rows("results"), ("id",), _result, "paper"),
    Source(_readers, ("extractor",), _reader),
    Source(_passages, tuple(_PASSAGE), _passage, "paper"),
    Source(lambda version: _proofs(version, [*_PLACE, "extractor", "confidence"], _PLACE), tuple(_PLACE), _proof, "paper"),
    Source(lambda version: _proofs(version, _SUPPORT, _SUPPORT), tuple(_SUPPORT), _support, "paper"),
)
