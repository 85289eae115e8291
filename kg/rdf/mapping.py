"""Tables → triples, with a statement node and evidence for every role and relation.

Order is fixed: papers, authors and venues, entities, ids that lead to others, roles, relations, results, evidence.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from kg.changes import Part
from kg.model.identifiers import digest, entity_keys, paper_keys
from kg.model.vocabulary import Predicate, load_vocabulary
from kg.rdf.terms import SCHEMA, decimal, integer, node, term, uri_literal
from kg.tables import Version

Row = dict[str, Any]
_TYPE = term("rdf:type")
_PLACE = ("statement", "paper", "start", "end", "sentence")
_RESULT_ENDS = {"subject": "ofSubject", "metric": "byMetric", "dataset": "onDataset", "task": "forTask", "baseline": "against"}


@dataclass(frozen=True)
class Source:
    """Rows that triples are made of: `rows` of a version or a part of one, in fixed order; of those with one `key`, the first speaks.
    A triple comes from one key only."""

    rows: Callable[[Version | Part], list[Row]]
    key: tuple[str, ...]
    triples: Callable[[Row], Iterator[Triple]]

    def speaking(self, version: Version | Part) -> dict[tuple[Any, ...], Row]:
        """The first row of each key, in order."""
        found: dict[tuple[Any, ...], Row] = {}
        for row in self.rows(version):
            found.setdefault(tuple([row[column] for column in self.key]), row)
        return found


def to_triples(version: Version) -> Iterator[Triple]:
    """All triples of a version, each once."""
    for source in SOURCES:
        for row in source.speaking(version).values():
            yield from source.triples(row)


def _classes(thing: NamedNode, label: str) -> Iterator[Triple]:
    """A thing's class, and what that is aligned with."""
    yield Triple(thing, _TYPE, _own(label))
    for aligned in load_vocabulary().looks[label].aligned:
        yield Triple(thing, _TYPE, term(aligned))


@functools.cache
def _own(name: str) -> NamedNode:
    return NamedNode(SCHEMA + name)


def _paper(row: Row) -> Iterator[Triple]:
    paper = node("paper", row["id"])
    yield from _classes(paper, "Paper")
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
    for url in sorted({x["url"] for x in row["links"] if x["type"] == "code"}):
        yield Triple(paper, _own("code"), uri_literal(url))
    for key in paper_keys(row):
        yield Triple(paper, _own("key"), Literal(key))
    if row["licence"]:
        yield Triple(paper, term("dcterms:license"), Literal(row["licence"]))
    for name in dict.fromkeys(row["authors"]):
        yield Triple(paper, term("dcterms:creator"), node("author", digest("Author", name)))
    if row["venue"]:
        yield Triple(paper, term("dcterms:isPartOf"), node("venue", digest("Venue", row["venue"])))


def _things(version: Version | Part) -> list[Row]:
    """Authors and venues, of all papers."""
    papers = version.whole.rows("papers", ["authors", "venue"])
    authors = {name for row in papers for name in row["authors"]}
    venues = {row["venue"] for row in papers if row["venue"]}
    return [{"label": label, "name": name} for label, names in (("Author", authors), ("Venue", venues)) for name in sorted(names)]


def _thing(row: Row) -> Iterator[Triple]:
    thing = node(row["label"].lower(), digest(row["label"], row["name"]))
    yield from _classes(thing, row["label"])
    yield Triple(thing, _own("label"), Literal(row["label"]))
    yield Triple(thing, term("rdfs:label"), Literal(row["name"]))


def _entity(row: Row) -> Iterator[Triple]:
    entity = node("entity", row["id"])
    yield from _classes(entity, row["type"])
    yield Triple(entity, _TYPE, _own("Entity"))
    if scheme := load_vocabulary().entities[row["type"]].scheme:
        yield Triple(entity, _TYPE, term("skos:Concept"))
        yield Triple(entity, term("skos:inScheme"), node("scheme", scheme))
    yield Triple(entity, _own("label"), Literal(row["type"]))
    yield Triple(entity, term("rdfs:label"), Literal(row["name"]))
    yield Triple(entity, term("skos:prefLabel"), Literal(row["name"]))
    for alias in row["aliases"]:
        yield Triple(entity, term("skos:altLabel"), Literal(alias))
    for key in entity_keys(row["name"], row["aliases"]):
        yield Triple(entity, _own("key"), Literal(key))
    yield Triple(entity, _own("papers"), integer(row["papers"]))
    if row["first_year"]:
        yield Triple(entity, _own("firstYear"), integer(row["first_year"]))
    for url in row["links"]:
        yield Triple(entity, term("schema:url"), uri_literal(url))


def _replaced(row: Row) -> Iterator[Triple]:
    yield Triple(node("entity", row["old"]), term("dcterms:isReplacedBy"), node("entity", row["new"]))


def _role(row: Row) -> Iterator[Triple]:
    ends = node("paper", row["paper"]), node("entity", row["entity"])
    return _statement(row, load_vocabulary().roles[row["role"]], *ends, papers=1)


def _typed(version: Version | Part) -> list[Row]:
    """Relations, with the types of their ends."""
    types = {row["id"]: row["type"] for row in version.whole.rows("entities", ["id", "type"])}
    return [{**row, "ends": (types[row["source"]], types[row["target"]])} for row in version.rows("relations")]


def _relation(row: Row) -> Iterator[Triple]:
    ends = node("entity", row["source"]), node("entity", row["target"])
    yield from _statement(row, load_vocabulary().relations[row["type"]], *ends, papers=row["papers"])
    kind, other = (load_vocabulary().entities[name] for name in row["ends"])
    if row["type"] == "SUBCLASS_OF" and kind.scheme and kind == other:
        yield Triple(ends[0], term("skos:broader"), ends[1])


def _statement(row: Row, kind: Predicate, source: NamedNode, target: NamedNode, papers: int) -> Iterator[Triple]:
    statement, predicate = node("statement", row["id"]), _own(kind.iri)
    yield Triple(source, predicate, target)
    yield Triple(statement, _TYPE, term("rdf:Statement"))
    yield Triple(statement, term("rdf:subject"), source)
    yield Triple(statement, term("rdf:predicate"), predicate)
    yield Triple(statement, term("rdf:object"), target)
    yield Triple(statement, _own("edge"), Literal(kind.edge))
    yield Triple(statement, _own("confidence"), decimal(row["confidence"]))
    yield Triple(statement, _own("papers"), integer(papers))


def _result(row: Row) -> Iterator[Triple]:
    result = node("result", row["id"])
    yield from _classes(result, "Result")
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
    if row["higher_is_better"] is not None:
        yield Triple(result, _own("higherIsBetter"), Literal(row["higher_is_better"]))
    yield Triple(result, _own("confidence"), decimal(row["confidence"]))


def _placed(version: Version | Part) -> list[Row]:
    """Evidence, with the kind of thing that it proves."""
    results = {row["id"] for row in version.rows("results", ["id"])}
    return [{**row, "kind": "result" if row["statement"] in results else "statement"} for row in version.rows("evidence")]


def _evidence(row: Row) -> Iterator[Triple]:
    identifier = digest("evidence", *(str(row[column]) for column in _PLACE))
    evidence = node("evidence", identifier)
    yield Triple(evidence, _TYPE, term("oa:Annotation"))
    yield Triple(evidence, term("oa:hasBody"), node(row["kind"], row["statement"]))
    yield Triple(evidence, term("oa:hasTarget"), node("paper", row["paper"]))
    yield Triple(evidence, _own("sentence"), Literal(row["sentence"]))
    yield Triple(evidence, _own("start"), integer(row["start"]))
    yield Triple(evidence, _own("end"), integer(row["end"]))
    yield Triple(evidence, _own("confidence"), decimal(row["confidence"]))
    if row["extractor"]:
        yield Triple(evidence, term("prov:wasAttributedTo"), Literal(row["extractor"]))


def _all(name: str) -> Callable[[Version | Part], list[Row]]:
    return lambda version: version.rows(name)


SOURCES = (
    Source(_all("papers"), ("id",), _paper),
    Source(_things, ("label", "name"), _thing),
    Source(_all("entities"), ("id",), _entity),
    Source(_all("redirects"), ("old",), _replaced),
    Source(_all("roles"), ("id",), _role),
    Source(_typed, ("id",), _relation),
    Source(_all("results"), ("id",), _result),
    Source(_placed, _PLACE, _evidence),
)
