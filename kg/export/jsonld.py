"""JSON-LD 1.1, compacted with `schema/context.jsonld`, one node object per line inside `@graph`."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kg.rdf.order import sorted_triples
from kg.rdf.terms import PREFIXES, term
from kg.resources import data_path
from kg.tables import Version

_STRING = term("xsd:string")
_TYPE = term("rdf:type")


def write(version: Version, path: Path) -> list[Path]:
    """See `Exporter.write`."""
    context = json.loads(data_path("schema", "context.jsonld").read_text(encoding="utf-8"))["@context"]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"@context": ' + json.dumps(context) + ',\n"@graph": [\n')
        for i, (subject, triples) in enumerate(groupby(sorted_triples(version), key=lambda t: t.subject)):
            file.write((",\n" if i else "") + json.dumps(_node(subject, list(triples)), ensure_ascii=False))
        file.write("\n]}\n")
    return [path]


def _node(subject: Any, triples: list[Any]) -> dict[str, Any]:
    node: dict[str, Any] = {"@id": subject.value}
    for triple in triples:
        is_type = triple.predicate == _TYPE
        key = "@type" if is_type else _compact(triple.predicate.value)
        value = _compact(triple.object.value) if is_type else _value(triple.object)
        known = node.setdefault(key, value)
        if known is not value:
            node[key] = [*known, value] if isinstance(known, list) else [known, value]
    return node


def _value(term_: Any) -> Any:
    if isinstance(term_, ox.Literal):
        if term_.datatype == _STRING:
            return term_.value
        return {"@value": term_.value, "@type": _compact(term_.datatype.value)}
    return {"@id": term_.value}


def _compact(iri: str) -> str:
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and iri[len(namespace) :].isalnum():
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri
