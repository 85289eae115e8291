"""The vocabulary (`schema/vocabulary.toml`) as records: entity types, roles, relation types, namespaces."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.resources import data_path


@dataclass(frozen=True)
class NodeType:
    """A label of nodes and a class in RDF: `colour` is #RRGGBB, `shape` a pyvis node shape, `iri` a local name, `aligned` classes of others that
    it is a kind of, as prefixed names, `scheme` the SKOS scheme that its members are concepts of, if they are."""

    name: str
    definition: str
    colour: str
    shape: str
    iri: str
    aligned: tuple[str, ...]
    scheme: str = ""


@dataclass(frozen=True)
class Predicate:
    """A role or relation type: `edge` is its label in the property graph, `iri` its local name in RDF. A paper in a role that is `working` works
    with the thing, and does not only speak of it."""

    name: str
    edge: str
    definition: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    symmetric: bool
    iri: str
    aligned: tuple[str, ...] = ()
    working: bool = False


@dataclass(frozen=True)
class Property:
    """Another property in RDF: `domain` names classes of ours, `range` is one of them or a datatype such as `xsd:decimal`."""

    name: str
    definition: str
    domain: tuple[str, ...]
    range: str
    aligned: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """All that may be said, in the order of the file."""

    base: str
    schema: str
    entities: dict[str, NodeType]
    roles: dict[str, Predicate]
    relations: dict[str, Predicate]
    looks: dict[str, NodeType]  # of all nodes, entities among them
    properties: dict[str, Property]

    def allows(self, relation: str, source: str, target: str) -> bool:
        """Whether a relation of this type may join entities of these types."""
        rule = self.relations.get(relation)
        return rule is not None and source in rule.source and target in rule.target


@functools.cache
def load_vocabulary(path: Path | None = None) -> Vocabulary:
    """Read the shipped vocabulary, or another file of the same form."""
    with (path or data_path("schema", "vocabulary.toml")).open("rb") as file:
        data = tomllib.load(file)
    return Vocabulary(
        base=data["namespace"]["base"],
        schema=data["namespace"]["schema"],
        entities={name: _node_type(name, table) for name, table in data["entity"].items()},
        roles={name: _predicate(name, table, ("Paper",)) for name, table in data["role"].items()},
        relations={name: _predicate(name, table, ()) for name, table in data["relation"].items()},
        looks={name: _node_type(name, table) for name, table in (data["node"] | data["entity"]).items()},
        properties={
            name: Property(name, table["definition"], tuple(table["domain"]), table["range"], tuple(table["aligned"]))
            for name, table in data["property"].items()
        },
    )


def _node_type(name: str, table: dict[str, Any]) -> NodeType:
    return NodeType(**{"name": name, "iri": name, **table, "aligned": tuple(table["aligned"])})


def _predicate(name: str, table: dict[str, Any], source: tuple[str, ...]) -> Predicate:
    return Predicate(
        name=name,
        edge=table.get("edge", name),
        definition=table["definition"],
        source=tuple(table.get("source", source)),
        target=tuple(table["target"]),
        symmetric=table.get("symmetric", False),
        iri=table["iri"],
        aligned=tuple(table.get("aligned", ())),
        working=table.get("working", False),
    )
