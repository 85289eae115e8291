"""Tables → triples, with a statement node and evidence for every role and relation.

Order is fixed: papers, authors and venues, entities, ids that lead to others, roles, relations, results, evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from kg.model.identifiers import digest
from kg.model.vocabulary import load_vocabulary
from kg.rdf.terms import SCHEMA, decimal, integer, node, term, uri_literal
from kg.tables import Version

Row = dict[str, Any]
_TYPE = term("rdf:type")
_ALIGNED = {"Model": "schema:SoftwareApplication", "Dataset": "schema:Dataset", "Metric": "mls:EvaluationMeasure",
            "Task": "mls:Task", "Method": "mls:Algorithm"}  # fmt: skip
_RESULT_ENDS = {"subject": "ofSubject", "metric": "byMetric", "dataset": "onDataset", "task": "forTask", "baseline": "against"}


def to_triples(version: Version) -> Iterator[Triple]:
    """All triples of a version, each once."""
    papers = version.rows("papers")
    for row in papers:
        yield from _paper(row)
    yield from _people_and_places(papers)
    for row in version.rows("entities"):
        yield from _entity(row)
    for row in version.rows("redirects"):
        yield Triple(node("entity", row["old"]), term("dcterms:isReplacedBy"), node("entity", row["new"]))
    roles, relations = load_vocabulary().roles, load_vocabulary().relations
    for row in version.rows("roles"):
        predicate = roles[row["role"]]
        ends = node("paper", row["paper"]), node("entity", row["entity"])
        yield from _statement(row["id"], ends[0], predicate.iri, predicate.edge, ends[1], row["confidence"], 1)
    for row in version.rows("relations"):
        predicate = relations[row["type"]]
        ends = node("entity", row["source"]), node("entity", row["target"])
        yield from _statement(row["id"], ends[0], predicate.iri, predicate.edge, ends[1], row["confidence"], row["papers"])
    results = version.rows("results")
    for row in results:
        yield from _result(row)
    kinds = {row["id"]: "result" for row in results}
    seen: set[str] = set()
    for row in version.rows("evidence"):
        yield from _evidence(row, kinds.get(row["statement"], "statement"), seen)


def _own(name: str) -> NamedNode:
    return NamedNode(SCHEMA + name)


def _paper(row: Row) -> Iterator[Triple]:
    paper = node("paper", row["id"])
    yield Triple(paper, _TYPE, _own("Paper"))
    yield Triple(paper, _TYPE, term("schema:ScholarlyArticle"))
    yield Triple(paper, _own("label"), Literal("Paper"))
    yield Triple(paper, term("dcterms:title"), Literal(row["title"]))
    if row["abstract"]:
        yield Triple(paper, term("dcterms:abstract"), Literal(row["abstract"]))
    yield Triple(paper, term("dcterms:identifier"), Literal(row["own_id"]))
    if row["year"]:
        yield Triple(paper, _own("year"), integer(row["year"]))
    if row["date"]:
        yield Triple(paper, term("dcterms:issued"), Literal(row["date"]))
    for pair in row["identifiers"]:
        if (text := f"{pair['scheme']}:{pair['value']}") != row["own_id"]:
            yield Triple(paper, term("dcterms:identifier"), Literal(text))
    for url in sorted({x["url"] for x in row["links"]} | ({row["url"]} if row["url"] else set())):
        yield Triple(paper, term("schema:url"), uri_literal(url))
    if row["licence"]:
        yield Triple(paper, term("dcterms:license"), Literal(row["licence"]))


def _people_and_places(papers: list[Row]) -> Iterator[Triple]:
    for row in papers:
        paper = node("paper", row["id"])
        for name in dict.fromkeys(row["authors"]):
            yield Triple(paper, term("dcterms:creator"), node("author", digest("Author", name)))
        if row["venue"]:
            yield Triple(paper, term("dcterms:isPartOf"), node("venue", digest("Venue", row["venue"])))
    for label, kind, names in (
        ("Author", "schema:Person", {name for row in papers for name in row["authors"]}),
        ("Venue", "schema:PublicationEvent", {row["venue"] for row in papers if row["venue"]}),
    ):
        for name in sorted(names):
            thing = node(label.lower(), digest(label, name))
            yield Triple(thing, _TYPE, _own(label))
            yield Triple(thing, _TYPE, term(kind))
            yield Triple(thing, _own("label"), Literal(label))
            yield Triple(thing, term("rdfs:label"), Literal(name))


def _entity(row: Row) -> Iterator[Triple]:
    entity = node("entity", row["id"])
    for kind in (_own(row["type"]), _own("Entity"), term(_ALIGNED[row["type"]])):
        yield Triple(entity, _TYPE, kind)
    yield Triple(entity, _own("label"), Literal(row["type"]))
    yield Triple(entity, term("rdfs:label"), Literal(row["name"]))
    yield Triple(entity, term("skos:prefLabel"), Literal(row["name"]))
    for alias in row["aliases"]:
        yield Triple(entity, term("skos:altLabel"), Literal(alias))
    for key in sorted({form.lower() for form in (row["name"], *row["aliases"])}):
        yield Triple(entity, _own("key"), Literal(key))
    yield Triple(entity, _own("papers"), integer(row["papers"]))
    if row["first_year"]:
        yield Triple(entity, _own("firstYear"), integer(row["first_year"]))
    for url in row["links"]:
        yield Triple(entity, term("schema:url"), uri_literal(url))


def _statement(
    identifier: str, source: NamedNode, local: str, edge: str, target: NamedNode, confidence: float, papers: int
) -> Iterator[Triple]:
    statement, predicate = node("statement", identifier), _own(local)
    yield Triple(source, predicate, target)
    yield Triple(statement, _TYPE, term("rdf:Statement"))
    yield Triple(statement, term("rdf:subject"), source)
    yield Triple(statement, term("rdf:predicate"), predicate)
    yield Triple(statement, term("rdf:object"), target)
    yield Triple(statement, _own("edge"), Literal(edge))
    yield Triple(statement, _own("confidence"), decimal(confidence))
    yield Triple(statement, _own("papers"), integer(papers))


def _result(row: Row) -> Iterator[Triple]:
    result = node("result", row["id"])
    yield Triple(result, _TYPE, _own("Result"))
    yield Triple(result, _TYPE, term("mls:ModelEvaluation"))
    yield Triple(result, _own("label"), Literal("Result"))
    yield Triple(node("paper", row["paper"]), _own("states"), result)
    for end, local in _RESULT_ENDS.items():
        if row[end]:
            yield Triple(result, _own(local), node("entity", row[end]))
    if row["value"] is not None:
        yield Triple(result, _own("value"), decimal(row["value"]))
    for name in ("printed", "unit", "kind", "direction", "condition"):
        if row[name]:
            yield Triple(result, _own(name), Literal(row[name]))
    better = {True: "higher", False: "lower", None: "unknown"}[row["higher_is_better"]]
    yield Triple(result, _own("better"), Literal(better))
    yield Triple(result, _own("confidence"), decimal(row["confidence"]))


def _evidence(row: Row, kind: str, seen: set[str]) -> Iterator[Triple]:
    place = (row["statement"], row["paper"], str(row["start"]), str(row["end"]), row["sentence"])
    identifier = digest("evidence", *place)
    if identifier in seen:
        return
    seen.add(identifier)
    evidence = node("evidence", identifier)
    yield Triple(evidence, _TYPE, term("oa:Annotation"))
    yield Triple(evidence, term("oa:hasBody"), node(kind, row["statement"]))
    yield Triple(evidence, term("oa:hasTarget"), node("paper", row["paper"]))
    yield Triple(evidence, _own("sentence"), Literal(row["sentence"]))
    yield Triple(evidence, _own("start"), integer(row["start"]))
    yield Triple(evidence, _own("end"), integer(row["end"]))
    yield Triple(evidence, _own("confidence"), decimal(row["confidence"]))
    if row["extractor"]:
        yield Triple(evidence, term("prov:wasAttributedTo"), Literal(row["extractor"]))
