"""The vocabulary (`schema/vocabulary.toml`) as records: entity types, roles, relation types, namespaces."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.resources import data_path


@dataclass(frozen=True)
class Look:
    """How nodes of a label are drawn: `colour` is #RRGGBB, `shape` a pyvis node shape."""

    colour: str
    shape: str


@dataclass(frozen=True)
class EntityType:
    """A class of entities; `iri` is a local name, `colour` and `shape` as in `Look`."""

    name: str
    definition: str
    colour: str
    shape: str
    iri: str


@dataclass(frozen=True)
class Predicate:
    """A role or relation type: `edge` is its label in the property graph, `iri` its local name in RDF."""

    name: str
    edge: str
    definition: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    symmetric: bool
    iri: str


@dataclass(frozen=True)
class Vocabulary:
    """All that may be said, in the order of the file."""

    base: str
    schema: str
    entities: dict[str, EntityType]
    roles: dict[str, Predicate]
    relations: dict[str, Predicate]
    looks: dict[str, Look]

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
        entities={name: EntityType(name=name, **table) for name, table in data["entity"].items()},
        roles={name: _predicate(name, table, ("Paper",)) for name, table in data["role"].items()},
        relations={name: _predicate(name, table, ()) for name, table in data["relation"].items()},
        looks={
            **{name: Look(**table) for name, table in data["node"].items()},
            **{name: Look(table["colour"], table["shape"]) for name, table in data["entity"].items()},
        },
    )


def _predicate(name: str, table: dict[str, Any], source: tuple[str, ...]) -> Predicate:
    return Predicate(
        name=name,
        edge=table.get("edge", name),
        definition=table["definition"],
        source=tuple(table.get("source", source)),
        target=tuple(table["target"]),
        symmetric=table.get("symmetric", False),
        iri=table["iri"],
    )
