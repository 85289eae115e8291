"""Namespaces, prefixes and IRIs of the graph in RDF."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

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


def node(kind: str, identifier: str) -> NamedNode:
    """IRI of a thing of ours: `<base>paper/<id>` and so on; ids are hexadecimal, so no escaping is needed."""
    return NamedNode(f"{BASE}{kind}/{identifier}")


@functools.cache
def source_graph(source: str, base: str) -> NamedNode:
    """IRI of the named graph of what the papers of one source say; `resolved` and `papers` are ours."""
    return NamedNode(f"{base}graph/{quote(source, safe='') or 'papers'}")


def based(triples: Iterable[Triple], base: str) -> Iterator[Triple]:
    """The triples with IRIs of things under another base; those of the schema stay."""
    if base == BASE:
        return iter(triples)
    place = functools.lru_cache(maxsize=1 << 16)(lambda iri: NamedNode(base + iri[len(BASE) :]))
    return (Triple(*(_moved(part, place) for part in triple)) for triple in triples)


def _moved(part: Any, place: Any) -> Any:
    if isinstance(part, NamedNode) and part.value.startswith(BASE) and not part.value.startswith(SCHEMA):
        return place(part.value)
    return Triple(*(_moved(inner, place) for inner in part)) if isinstance(part, Triple) else part


@functools.lru_cache(maxsize=1 << 14)
def integer(value: int) -> Literal:
    """An xsd:integer."""
    return Literal(str(value), datatype=term("xsd:integer"))


@functools.lru_cache(maxsize=1 << 14)
def decimal(value: object) -> Literal:
    """An xsd:decimal in the canonical form of XML Schema 1.0: no exponent, one digit at least after the point and no zeros more.

    Stores that keep decimals by value (Jena's TDB2) give this form back, and delete no other.
    """
    text = f"{value:f}" if not isinstance(value, float) else f"{value:.6f}"
    whole, _, part = text.partition(".")
    return Literal(f"{whole}.{part.rstrip('0') or '0'}", datatype=term("xsd:decimal"))


def uri_literal(url: str) -> Literal:
    """A URL found in text, which need not be a valid IRI, as an xsd:anyURI literal."""
    return Literal(url, datatype=term("xsd:anyURI"))
