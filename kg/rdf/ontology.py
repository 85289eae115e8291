"""The vocabulary as an ontology, `schema/ontology.ttl`. Written anew by: python -m kg.rdf.ontology

Domains and ranges of several classes are said as `schema:domainIncludes` and `schema:rangeIncludes`, as schema.org and FAIR4ML do: they
tell what is meant and entail nothing. Those of one class are `rdfs:domain` and `rdfs:range`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Triple

from kg.model.vocabulary import Predicate, Vocabulary, load_vocabulary
from kg.rdf.terms import PREFIXES, SCHEMA, node, term
from kg.release import RELEASE
from kg.resources import data_path

_USED = {**PREFIXES, "owl": "http://www.w3.org/2002/07/owl#", "vann": "http://purl.org/vocab/vann/"}
_ENTITY = "What papers speak of: a model, method, dataset, metric or task."
_TITLES = {"methods": "Methods", "metrics": "Metrics", "tasks": "Tasks"}


def to_ontology() -> Iterator[Triple]:
    """Header, concept schemes, classes and properties of the vocabulary, in its order."""
    vocabulary = load_vocabulary()
    yield from _header()
    yield from _class("Entity", _ENTITY, (), ())
    for name, kind in vocabulary.looks.items():
        yield from _class(name, kind.definition, ("Entity",) if name in vocabulary.entities else (), kind.aligned)
        if kind.scheme:
            scheme = node("scheme", kind.scheme)
            yield Triple(scheme, term("rdf:type"), term("skos:ConceptScheme"))
            yield Triple(scheme, term("rdfs:label"), Literal(_TITLES[kind.scheme], language="en"))
    for predicate in (*vocabulary.roles.values(), *vocabulary.relations.values()):
        yield from _object_property(predicate)
    for name, known in vocabulary.properties.items():
        yield from _property(vocabulary, name, known.definition, known.domain, (known.range,), known.aligned)


def ontology_text() -> str:
    """The ontology in Turtle."""
    buffer = io.BytesIO()
    ox.serialize(to_ontology(), buffer, format=ox.RdfFormat.TURTLE, prefixes=_USED)
    return buffer.getvalue().decode()


def _iri(name: str) -> NamedNode:
    """A prefixed name, or a local one of ours."""
    if ":" not in name:
        return NamedNode(SCHEMA + name)
    prefix, local = name.split(":", 1)
    return NamedNode(_USED[prefix] + local)


def _header() -> Iterator[Triple]:
    ontology = NamedNode(SCHEMA.rstrip("#/"))
    yield Triple(ontology, term("rdf:type"), _iri("owl:Ontology"))
    yield Triple(ontology, term("dcterms:title"), Literal("paperkg vocabulary", language="en"))
    about = "Papers of machine learning, what they speak of, what they state about it, and the sentences that say so."
    yield Triple(ontology, term("dcterms:description"), Literal(about, language="en"))
    yield Triple(ontology, term("dcterms:license"), NamedNode("https://www.apache.org/licenses/LICENSE-2.0"))
    yield Triple(ontology, _iri("owl:versionInfo"), Literal(RELEASE))
    yield Triple(ontology, _iri("vann:preferredNamespacePrefix"), Literal("kg"))
    yield Triple(ontology, _iri("vann:preferredNamespaceUri"), Literal(SCHEMA))


def _described(thing: NamedNode, name: str, definition: str) -> Iterator[Triple]:
    label = " ".join(re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", name)).lower() if name[0].islower() else name
    yield Triple(thing, term("rdfs:label"), Literal(label, language="en"))
    yield Triple(thing, term("skos:definition"), Literal(definition, language="en"))
    yield Triple(thing, term("rdfs:isDefinedBy"), NamedNode(SCHEMA.rstrip("#/")))


def _class(name: str, definition: str, parents: Sequence[str], aligned: Sequence[str]) -> Iterator[Triple]:
    thing = _iri(name)
    yield Triple(thing, term("rdf:type"), _iri("owl:Class"))
    yield from _described(thing, name, definition)
    for parent in (*parents, *aligned):
        yield Triple(thing, term("rdfs:subClassOf"), _iri(parent))


def _object_property(predicate: Predicate) -> Iterator[Triple]:
    yield from _property(
        load_vocabulary(), predicate.iri, predicate.definition, predicate.source, predicate.target, predicate.aligned
    )
    if predicate.symmetric:
        yield Triple(_iri(predicate.iri), term("rdf:type"), _iri("owl:SymmetricProperty"))


def _property(
    vocabulary: Vocabulary, name: str, definition: str, domain: Sequence[str], range_: Sequence[str], aligned: Sequence[str]
) -> Iterator[Triple]:
    thing = _iri(name)
    literal = ":" in range_[0]
    yield Triple(thing, term("rdf:type"), _iri("owl:DatatypeProperty" if literal else "owl:ObjectProperty"))
    yield from _described(thing, name, definition)
    for ends, one, several in ((domain, "rdfs:domain", "schema:domainIncludes"), (range_, "rdfs:range", "schema:rangeIncludes")):
        whole = ("Entity",) if set(ends) == set(vocabulary.entities) else tuple(ends)
        for end in whole:
            yield Triple(thing, term(one if len(whole) == 1 else several), _iri(end))
    for parent in aligned:
        yield Triple(thing, term("rdfs:subPropertyOf"), _iri(parent))


if __name__ == "__main__":
    (data_path("schema") / "ontology.ttl").write_text(ontology_text(), encoding="utf-8")
