"""Why two names are one entity of a graph, or are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kg.model.errors import UnknownName
from kg.model.identifiers import fold_name
from kg.resolve.cluster import is_abbreviation
from kg.resolve.normalize import name_key, spelling_key
from kg.resolve.overrides import FILE, Reference
from kg.tables import Version


@dataclass(frozen=True)
class Explanation:
    """What each name leads to, as rows, and a sentence about the two."""

    rows: list[dict[str, Any]]
    verdict: str


def explain(version: Version, first: str, second: str) -> Explanation:
    """Where two names lead in a graph, and by which rule.

    Raises:
        UnknownName: no entity of the graph has one of the names.
    """
    entities = version.rows("entities")
    found = [list(_entities(entities, name)) for name in (first, second)]
    rows = [
        {"name": name, "type": e["type"], "key": name_key(Reference.parse(name).name, e["type"]), "entity": e["name"], "id": e["id"], "papers": e["papers"]}
        for name, hits in zip((first, second), found, strict=True)
        for e in hits
    ]  # fmt: skip
    for name, hits in zip((first, second), found, strict=True):
        if not hits:
            raise UnknownName(f"no entity of {version.path.parent} is called {name!r}; see: kg show {version.path.parent} NAME")
    common = [e for e in found[0] if any(e["id"] == other["id"] for other in found[1])]
    a, b = (Reference.parse(name).name for name in (first, second))
    if common:
        return Explanation(rows, f"one {common[0]['type']}, {common[0]['name']!r}: {_reason(a, b, common[0]['type'])}")
    one, other = found[0][0], found[1][0]
    reason = (
        f"their types differ ({one['type']}, {other['type']})" if one["type"] != other["type"] and name_key(a, one["type"]) == name_key(b, one["type"])
        else f"their keys differ ({name_key(a, one['type'])!r}, {name_key(b, other['type'])!r}) and no paper gives the one as the other's abbreviation"
    )  # fmt: skip
    line = f'same = [["{one["type"]}: {one["name"]}", "{other["type"]}: {other["name"]}"]]'
    return Explanation(rows, f"two: {reason}; to make them one, add to {version.path.parent}/{FILE}: {line}")


def _entities(entities: list[dict[str, Any]], name: str) -> Iterator[Mapping[str, Any]]:
    """Entities that have this name, or else this alias; those with most papers first."""
    wanted = Reference.parse(name)
    of_type = [e for e in entities if wanted.kind in ("", e["type"])]
    hits = [e for e in of_type if name_key(e["name"], e["type"]) == name_key(wanted.name, e["type"]) or e["id"] == wanted.name]
    hits = hits or [e for e in of_type if fold_name(wanted.name) in map(fold_name, e["aliases"])]
    return iter(sorted(hits, key=lambda e: (-e["papers"], e["id"])))


def _reason(a: str, b: str, kind: str) -> str:
    if fold_name(a) == fold_name(b):
        return "the names differ at most in case, hyphens and number"
    if spelling_key(a).replace(" ", "") == spelling_key(b).replace(" ", ""):
        return "the names are two spellings of the same words"
    if name_key(a, kind) == name_key(b, kind):
        return f"the names have the same key, {name_key(a, kind)!r}: a generic head, a verb form, a usual abbreviation or a known synonym apart"
    if is_abbreviation(a, b) or is_abbreviation(b, a):
        return "the one is the abbreviation of the other, as papers define it"
    return f"papers use both for one thing, or {FILE} says so"
