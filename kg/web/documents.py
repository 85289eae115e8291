"""Documents about one thing: all triples that tell of it, the same framed as JSON-LD, and as rows for a page."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from kg.model.vocabulary import load_vocabulary
from kg.rdf.jsonld import compact, context, node_object
from kg.rdf.terms import SCHEMA, term
from kg.web.site import Site

KINDS = (
    "paper", "entity", "author", "venue", "statement", "result", "evidence", "passage", "quote", "position", "run", "software", "scheme",
)  # fmt: skip
MOST = 500  # statements in one document, the best supported of them
_SUBJECT, _OBJECT, _BODY, _TARGET = (term(name).value for name in ("rdf:subject", "rdf:object", "oa:hasBody", "oa:hasTarget"))
_SELECTOR = term("oa:hasSelector").value
_NAMES = [term(name).value for name in ("rdfs:label", "dcterms:title")]


@dataclass
class Document:
    """What is told of one thing: its triples, those that lead to it, and those of what is said of it. `left_out` counts statements beyond
    the most that a document has."""

    iri: str
    triples: list[Triple]
    left_out: int = 0
    nodes: dict[str, dict[str, list[Any]]] = field(default_factory=dict)  # subject → predicate → objects

    def __post_init__(self) -> None:
        for triple in self.triples:
            self.nodes.setdefault(triple.subject.value, {}).setdefault(triple.predicate.value, []).append(triple.object)  # type: ignore[union-attr]

    def values(self, name: str, subject: str | None = None) -> list[str]:
        """Values of a property such as `skos:altLabel`, or `papers` of ours: texts and IRIs, sorted."""
        iri = term(name).value if ":" in name else SCHEMA + name
        return sorted(value.value for value in self.nodes.get(subject or self.iri, {}).get(iri, []))

    def value(self, name: str, subject: str | None = None) -> str:
        """The first value, or nothing."""
        return next(iter(self.values(name, subject)), "")

    def name(self, subject: str | None = None) -> str:
        """What a thing is called."""
        node = self.nodes.get(subject or self.iri, {})
        return next((value.value for name in _NAMES for value in node.get(name, [])), (subject or self.iri).rpartition("/")[2])


def document(site: Site, kind: str, identifier: str) -> Document | None:
    """The document about `<base><kind>/<identifier>`, or None if nothing is told of it."""
    if not re.fullmatch(r"[\w-]{1,64}", identifier, re.ASCII):
        return None
    iri = f"{site.base}{kind}/{identifier}"
    mine = list(site.store.about(iri))
    if not mine:
        return None
    triples = dict.fromkeys(mine)
    statements = _statements(site, iri)
    for statement in statements[:MOST]:
        triples.update(dict.fromkeys(_said(site, statement)))
    if kind not in ("entity", "paper"):
        triples.update(dict.fromkeys(itertools.islice(_towards(site, iri), MOST)))
    others = {t.object.value for t in triples if isinstance(t.object, NamedNode)} | {
        t.subject.value for t in triples if isinstance(t.subject, NamedNode)
    }
    for other in sorted(others - {iri}):
        if other.startswith(site.base):
            triples.update(dict.fromkeys(t for t in site.store.about(other) if t.predicate.value in (*_NAMES, SCHEMA + "label")))
    return Document(iri, list(triples), max(0, len(statements) - MOST))


def _statements(site: Site, iri: str) -> list[str]:
    """Statements and results about a thing, the best supported first."""
    found = {t.subject.value for p in (_SUBJECT, _OBJECT) for t in site.store.about(None, p, iri)}
    results = {
        t.subject.value
        for name in ("ofSubject", "byMetric", "onDataset", "forTask", "against")
        for t in site.store.about(None, SCHEMA + name, iri)
    }
    results |= {t.object.value for t in site.store.about(iri, SCHEMA + "states")}
    ranked = {one: _number(site, one, "papers") for one in found} | dict.fromkeys(results, 1.0)
    if len(ranked) > MOST:
        return sorted(ranked, key=lambda one: (-ranked[one], -_number(site, one, "confidence"), one))
    return sorted(ranked)


def _number(site: Site, iri: str, name: str) -> float:
    return next((float(t.object.value) for t in site.store.about(iri, SCHEMA + name)), 0.0)


def _said(site: Site, statement: str) -> Iterator[Triple]:
    """All about a statement or result: itself, its proofs, their passages."""
    yield from site.store.about(statement)
    yield from site.store.about(None, SCHEMA + "states", statement)
    for proof in [t.subject.value for t in site.store.about(None, _BODY, statement)]:
        yield from site.store.about(proof)
        for passage in [t.object.value for t in site.store.about(proof, _TARGET)]:
            yield from _passage(site, passage)


def _passage(site: Site, passage: str) -> Iterator[Triple]:
    yield from site.store.about(passage)
    for selector in [t.object.value for t in site.store.about(passage, _SELECTOR)]:
        yield from site.store.about(selector)


def _towards(site: Site, iri: str) -> Iterator[Triple]:
    """What leads to a thing, and what it is made of."""
    yield from site.store.about(None, None, iri)
    for triple in site.store.about(iri):
        if triple.predicate.value == _TARGET and isinstance(triple.object, NamedNode):
            yield from _passage(site, triple.object.value)


def framed(found: Document) -> dict[str, Any]:
    """The document as JSON-LD: what is said of the thing stands inside it, with its evidence and the passages, names of the others after it.
    A passage stands where it is first pointed at."""
    nodes = {subject: node_object(subject, triples) for subject, triples in _grouped(found.triples)}
    root, taken = nodes[found.iri], {found.iri}
    for key in ("selector", "target"):
        for node in nodes.values():
            if key in node:
                node[key] = _inside(nodes, taken, node[key])
    for key, inside, owners in (
        ("body", "evidence", nodes),
        ("subject", "statements", {found.iri: root}),
        ("object", "statementsAbout", {found.iri: root}),
    ):
        for name, node in nodes.items():
            owner = owners.get(node.get(key, ""))
            if owner is not None and name not in taken:
                owner.setdefault(inside, []).append({k: v for k, v in node.items() if k != key})
                taken.add(name)
    return {"@context": context(), "@graph": [root, *(node for name, node in nodes.items() if name not in taken)]}


def _inside(nodes: dict[str, dict[str, Any]], taken: set[str], value: Any) -> Any:
    """A reference, or a list of them, with the node itself where it has no other place yet."""
    if isinstance(value, list):
        return [_inside(nodes, taken, one) for one in value]
    if value not in nodes or value in taken:
        return value
    taken.add(value)
    return nodes[value]


def _grouped(triples: Iterable[Triple]) -> Iterator[tuple[str, list[Triple]]]:
    by_subject: dict[str, list[Triple]] = {}
    for triple in triples:
        by_subject.setdefault(str(triple.subject.value), []).append(triple)  # type: ignore[union-attr]
    yield from by_subject.items()


@dataclass(frozen=True)
class Said:
    """One statement as a page shows it."""

    words: str
    other: str
    other_iri: str
    other_type: str
    papers: int
    confidence: float
    sentences: list[tuple[str, str, str]]  # sentence, paper's title, its IRI


def said(found: Document) -> dict[str, list[Said]]:
    """Statements of a document by what they say, each list best supported first; the vocabulary's order."""
    groups: dict[str, list[Said]] = {}
    sentences = _sentences(found)
    for iri in found.nodes:
        subject, object_, edge = (found.value(name, iri) for name in ("rdf:subject", "rdf:object", "edge"))
        if not edge or found.iri not in (subject, object_):
            continue
        outward = subject == found.iri
        other = object_ if outward else subject
        row = Said(
            edge, found.name(other), other, found.value("label", other), int(found.value("papers", iri) or 1),
            float(found.value("confidence", iri) or 0), sentences.get(iri, []),
        )  # fmt: skip
        groups.setdefault(f"{edge} →" if outward else f"← {edge}", []).append(row)
    vocabulary = load_vocabulary()
    order = [kind.edge for kind in (*vocabulary.roles.values(), *vocabulary.relations.values())]
    ranked = sorted(groups, key=lambda name: (order.index(name.strip("← →")), name))
    return {name: sorted(groups[name], key=lambda row: (-row.papers, -row.confidence, row.other, row.other_iri)) for name in ranked}


def results(found: Document) -> list[dict[str, Any]]:
    """Results of a document, with the names of their ends and their sentences."""
    rows = []
    sentences = _sentences(found)
    for iri, node in found.nodes.items():
        if SCHEMA + "printed" in node:
            ends = {name: found.value(name, iri) for name in ("ofSubject", "byMetric", "onDataset", "against")}
            rows.append({
                "value": f"{found.value('printed', iri)} {found.value('unit', iri)}".strip(), "kind": found.value("direction", iri) or found.value("kind", iri),
                **{name: (found.name(end), end) if end else ("", "") for name, end in ends.items()}, "sentences": sentences.get(iri, []),
            })  # fmt: skip
    return sorted(rows, key=lambda row: (row["onDataset"], row["byMetric"], row["value"]))


def _sentences(found: Document) -> dict[str, list[tuple[str, str, str]]]:
    """Statement → its sentences, the surest first."""
    ranked: dict[str, list[tuple[float, str, str, str]]] = {}
    for proof in found.nodes:
        body, passage = found.value("oa:hasBody", proof), found.value("oa:hasTarget", proof)
        if body and passage:
            sentence = found.value("sentence", passage)
            paper = found.value("oa:hasSource", passage)
            ranked.setdefault(body, []).append((-float(found.value("confidence", proof) or 0), sentence, found.name(paper), paper))
    return {body: [(s, title, paper) for _, s, title, paper in sorted(rows)] for body, rows in ranked.items()}


def others(found: Document, known: Iterable[str]) -> list[tuple[str, Literal | NamedNode]]:
    """Properties of the thing itself besides the known ones, as (prefixed name, value), sorted."""
    skipped = {term(name).value if ":" in name else SCHEMA + name for name in known}
    rows = [(compact(p), v) for p, values in found.nodes.get(found.iri, {}).items() if p not in skipped for v in values]
    return sorted(rows, key=lambda row: (row[0], str(row[1])))
