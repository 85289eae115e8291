"""JSON-LD 1.1 with the shipped context, which is made from the vocabulary: python -m kg.rdf.jsonld writes `schema/context.jsonld` anew."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from kg.model.vocabulary import load_vocabulary
from kg.rdf.terms import PREFIXES, term
from kg.resources import data_path

_STRING = term("xsd:string")
_TYPE = term("rdf:type")
_SET = {"@container": "@set"}
_NODE = {"@type": "@id"}
_OTHERS: dict[str, dict[str, str]] = {
    "name": {"@id": "rdfs:label"},
    "title": {"@id": "dcterms:title"},
    "abstract": {"@id": "dcterms:abstract"},
    "identifier": {"@id": "dcterms:identifier", **_SET},
    "issued": {"@id": "dcterms:issued"},
    "licence": {"@id": "dcterms:license"},
    "language": {"@id": "dcterms:language"},
    "keywords": {"@id": "schema:keywords", **_SET},
    "cites": {"@id": "cito:cites", **_NODE, **_SET},
    "creator": {"@id": "dcterms:creator", **_NODE, **_SET},
    "venue": {"@id": "dcterms:isPartOf", **_NODE},
    "replacedBy": {"@id": "dcterms:isReplacedBy", **_NODE},
    "url": {"@id": "schema:url", "@type": "xsd:anyURI", **_SET},
    "sameAs": {"@id": "schema:sameAs", **_NODE, **_SET},
    "prefLabel": {"@id": "skos:prefLabel"},
    "altLabel": {"@id": "skos:altLabel", **_SET},
    "broader": {"@id": "skos:broader", **_NODE, **_SET},
    "inScheme": {"@id": "skos:inScheme", **_NODE},
    "exactMatch": {"@id": "skos:exactMatch", **_NODE, **_SET},
    "subject": {"@id": "rdf:subject", **_NODE},
    "predicate": {"@id": "rdf:predicate", "@type": "@vocab"},
    "object": {"@id": "rdf:object", **_NODE},
    "body": {"@id": "oa:hasBody", **_NODE},
    "target": {"@id": "oa:hasTarget", **_NODE},
    "source": {"@id": "oa:hasSource", **_NODE},
    "selector": {"@id": "oa:hasSelector", **_NODE, **_SET},
    "exact": {"@id": "oa:exact"},
    "start": {"@id": "oa:start", "@type": "xsd:integer"},
    "end": {"@id": "oa:end", "@type": "xsd:integer"},
    "derivedFrom": {"@id": "prov:wasDerivedFrom", **_NODE, **_SET},
    "generatedBy": {"@id": "prov:wasGeneratedBy", **_NODE},
    "associatedWith": {"@id": "prov:wasAssociatedWith", **_NODE},
    "softwareVersion": {"@id": "schema:softwareVersion"},
}
_REVERSED = {
    "statements": "rdf:subject",
    "statementsAbout": "rdf:object",
    "evidence": "oa:hasBody",
}  # for documents about one thing


def context() -> dict[str, Any]:
    """The context: prefixes, classes, properties of ours, those of others that are used, and `statements`, `evidence` as their reverse."""
    vocabulary = load_vocabulary()
    found: dict[str, Any] = dict(PREFIXES) | {"id": "@id", "type": "@type"}
    found |= {name: f"kg:{kind.iri}" for name, kind in vocabulary.looks.items()} | {"Entity": "kg:Entity"}
    for predicate in (*vocabulary.roles.values(), *vocabulary.relations.values()):
        found[predicate.iri] = {"@id": f"kg:{predicate.iri}", **_NODE, **_SET}
    for name, known in vocabulary.properties.items():
        kind = {} if known.range == "xsd:string" else {"@type": known.range} if ":" in known.range else _NODE
        found[name] = {"@id": f"kg:{name}", **kind, **(_SET if name in ("key", "states") else {})}
    return found | _OTHERS | {name: {"@reverse": iri, **_SET} for name, iri in _REVERSED.items()}


def context_text() -> str:
    """The file of the context."""
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(known)}" for name, known in context().items())
    return '{\n  "@context": {\n' + lines + "\n  }\n}\n"


@dataclass(frozen=True)
class _Term:
    name: str
    type: str = ""
    several: bool = False


@functools.cache
def _terms() -> dict[str, _Term]:
    """IRI of a property → how the context calls it."""
    found = {}
    for name, known in context().items():
        if isinstance(known, dict) and "@id" in known:
            found[term(known["@id"]).value] = _Term(name, known.get("@type", ""), "@container" in known)
    return found


@functools.cache
def _classes() -> dict[str, str]:
    return {term(iri).value: name for name, iri in context().items() if isinstance(iri, str) and iri.startswith("kg:")}


def node_object(subject: str, triples: Iterable[Any]) -> dict[str, Any]:
    """The triples about one subject as a node object, its keys those of the context."""
    made: dict[str, Any] = {"id": subject}
    for triple in triples:
        if triple.predicate == _TYPE:
            key, value, several = "type", _classes().get(triple.object.value) or compact(triple.object.value), True
        else:
            known = _terms().get(triple.predicate.value) or _Term(compact(triple.predicate.value))
            key, value, several = known.name, _value(triple.object, known), known.several
            if isinstance(value, dict) and known.type:  # not of the type that the context gives: then in full
                key = compact(triple.predicate.value)
        before = made.get(key)
        if before is None:
            made[key] = [value] if several else value
        elif isinstance(before, list):
            before.append(value)
        else:
            made[key] = [before, value]
    return made


def _value(value: Any, known: _Term) -> Any:
    if isinstance(value, ox.Literal) and value.language:
        return {"@value": value.value, "@language": value.language}
    if isinstance(value, ox.Literal):
        kind = compact(value.datatype.value)
        if known.type == kind or (not known.type and value.datatype == _STRING):
            return int(value.value) if kind == "xsd:integer" else value.value == "true" if kind == "xsd:boolean" else value.value
        return {"@value": value.value} if value.datatype == _STRING else {"@value": value.value, "@type": kind}
    if known.type == "@vocab":
        return compact(value.value)
    return value.value if known.type == "@id" else {"@id": value.value}


@functools.lru_cache(maxsize=4096)
def compact(iri: str) -> str:
    """An IRI as a prefixed name, where that is safe."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and iri[len(namespace) :].isalnum():
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


if __name__ == "__main__":
    (data_path("schema") / "context.jsonld").write_text(context_text(), encoding="utf-8")
