"""Why two names are one entity of a graph, or are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kg.model.errors import UnknownName
from kg.model.identifiers import fold_name
from kg.resolve.match import SAME
from kg.resolve.normalize import name_key, packed
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
    entities, joins = version.rows("entities"), version.rows("joins")
    found = [list(_entities(entities, joins, name)) for name in (first, second)]
    for name, hits in zip((first, second), found, strict=True):
        if not hits:
            raise UnknownName(f"no entity of {version.path.parent} is called {name!r}; see: kg show {version.path.parent} NAME")
    rows = [
        {"name": name, "type": e["type"], "entity": e["name"], "id": e["id"], "papers": e["papers"], **_join(joins, e, name)}
        for name, hits in zip((first, second), found, strict=True)
        for e in hits
    ]  # fmt: skip
    common = [e for e in found[0] if any(e["id"] == other["id"] for other in found[1])]
    a, b = (Reference.parse(name).name for name in (first, second))
    if common:
        return Explanation(rows, f"one {common[0]['type']}, {common[0]['name']!r}: {_reason(a, b, rows, common[0])}")
    one, other = found[0][0], found[1][0]
    reason = (
        f"their types differ ({one['type']}, {other['type']})" if one["type"] != other["type"] and name_key(a, one["type"]) == name_key(b, one["type"])
        else f"their keys differ ({name_key(a, one['type'])!r}, {name_key(b, other['type'])!r}) and no paper gives the one as the other's abbreviation"
    )  # fmt: skip
    line = f'same = [["{one["type"]}: {one["name"]}", "{other["type"]}: {other["name"]}"]]'
    return Explanation(rows, f"two: {reason}; to make them one, add to {version.path.parent}/{FILE}: {line}")


def _join(joins: list[dict[str, Any]], entity: Mapping[str, Any], name: str) -> dict[str, str]:
    """The rule by which most papers' use of a name belongs to an entity, and what it rests on."""
    wanted = Reference.parse(name)
    mine = [j for j in joins if j["entity"] == entity["id"] and wanted.kind in ("", j["type"], entity["type"])]
    named = [j for j in mine if fold_name(j["name"]) == fold_name(wanted.name)]
    named = named or [j for j in mine if name_key(j["name"], j["type"]) == name_key(wanted.name, j["type"])]
    best = max(named, key=lambda j: (j["papers"], j["rule"], j["evidence"]), default=None)
    if best is None:
        alone = all(j["entity"] != entity["id"] for j in joins) and name_key(entity["name"], entity["type"]) == name_key(
            wanted.name, entity["type"]
        )
        return {"rule": SAME.rule if alone else "a form in its papers", "evidence": ""}
    return {"rule": best["rule"], "evidence": best["evidence"]}


def _entities(entities: list[dict[str, Any]], joins: list[dict[str, Any]], name: str) -> Iterator[Mapping[str, Any]]:
    """Entities that have this name, or else this alias; those with most papers first. A type may be one that a paper gave it."""
    wanted = Reference.parse(name)
    outvoted = {
        j["entity"]
        for j in joins
        if j["type"] == wanted.kind and name_key(j["name"], j["type"]) == name_key(wanted.name, j["type"])
    }
    of_type = [e for e in entities if wanted.kind in ("", e["type"]) or e["id"] in outvoted]
    hits = [e for e in of_type if name_key(e["name"], e["type"]) == name_key(wanted.name, e["type"]) or e["id"] == wanted.name]
    hits = hits or [e for e in of_type if fold_name(wanted.name) in map(fold_name, e["aliases"])]
    return iter(sorted(hits, key=lambda e: (-e["papers"], e["id"])))


def _reason(a: str, b: str, rows: list[dict[str, Any]], entity: Mapping[str, Any]) -> str:
    if fold_name(a) == fold_name(b):
        plain = "the names differ at most in case, hyphens and number"
    elif packed(a) == packed(b):
        plain = "the names are two spellings of the same words"
    elif name_key(a, entity["type"]) == name_key(b, entity["type"]):
        key = name_key(a, entity["type"])
        plain = f"the names have the same key, {key!r}: a generic head, a verb form, a usual abbreviation or a known synonym apart"
    else:
        plain = ""
    told = [f"{row['name']!r} by {row['rule']}" + (f" ({row['evidence']})" if row["evidence"] else "")
            for row in rows if row["id"] == entity["id"] and row["rule"] not in (SAME.rule, "same key", "synonym")]  # fmt: skip
    return "; ".join([*([plain] if plain else []), *dict.fromkeys(told)]) or "papers use both for one thing"
