"""Namespaces, prefixes and IRIs of the graph in RDF."""

from __future__ import annotations

import functools

from pyoxigraph import Literal, NamedNode

from kg.model.vocabulary import load_vocabulary

_VOCABULARY = load_vocabulary()
BASE = _VOCABULARY.base
SCHEMA = _VOCABULARY.schema

PREFIXES = {
    "kg": SCHEMA,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "schema": "https://schema.org/",
    "oa": "http://www.w3.org/ns/oa#",
    "mls": "http://www.w3.org/ns/mls#",
    "prov": "http://www.w3.org/ns/prov#",
    "fair4ml": "https://w3id.org/fair4ml#",
    "cito": "http://purl.org/spar/cito/",
    "fabio": "http://purl.org/spar/fabio/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "dcat": "http://www.w3.org/ns/dcat#",
}


@functools.cache
def term(name: str) -> NamedNode:
    """A prefixed name such as `dcterms:title` as an IRI."""
    prefix, local = name.split(":", 1)
    return NamedNode(PREFIXES[prefix] + local)


def node(kind: str, identifier: str, base: str = BASE) -> NamedNode:
    """IRI of a thing of ours: `<base>paper/<id>` and so on; ids are hexadecimal, so no escaping is needed."""
    return NamedNode(f"{base}{kind}/{identifier}")


def integer(value: int) -> Literal:
    """An xsd:integer."""
    return Literal(str(value), datatype=term("xsd:integer"))
