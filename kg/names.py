"""Names in questions: what a question's parameter may be asked by, told by the store that is asked, and the nearest to an unknown one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kg.model.errors import UnknownName
from kg.model.vocabulary import load_vocabulary
from kg.resolve.normalize import name_key
from kg.stores.base import GraphStore

MOST = 5  # names to offer
_ALIKE = 60  # of 100, from which a name is near
_EVERY = 10**9  # rows: no limit
_LISTS = {
    "cypher": """
MATCH (n) WHERE n.label IN $labels
UNWIND coalesce(n.keys, [toLower(n.name)]) AS key
RETURN n.label AS label, coalesce(n.name, n.title) AS name, key
""",
    "sparql": """
SELECT ?label ?name ?key WHERE {
  ?n kg:label ?label ; rdfs:label|dcterms:title ?name . FILTER(?label IN ($labels))
  OPTIONAL { ?n kg:key ?own }
  BIND(COALESCE(?own, LCASE(?name)) AS ?key)
}
""",
}

_ASKED = {
    "cypher": "MATCH (n) WHERE n.label IN $labels AND $key IN coalesce(n.keys, [toLower(n.name)]) RETURN n.label AS label LIMIT 1",
    "sparql": """
SELECT ?label WHERE {
  { ?n kg:key $key } UNION { ?n a kg:Venue ; rdfs:label ?name . FILTER(LCASE(?name) = $key) FILTER NOT EXISTS { ?n kg:key ?own } }
  ?n kg:label ?label . FILTER(?label IN ($labels))
} LIMIT 1
""",
}


@dataclass(frozen=True)
class Known:
    """One form that something can be asked by, in lower case, and the name and label of what it means."""

    label: str
    name: str
    key: str


def labels_of(kind: str) -> tuple[str, ...]:
    """Node labels that a parameter of this kind names: all types of entities for `entity`, papers for `papers`, else one."""
    return tuple(load_vocabulary().entities) if kind == "entity" else ("Paper",) if kind == "papers" else (kind.title(),)


def is_key(store: GraphStore, name: str, kind: str, timeout: float) -> bool:
    """Whether a store knows something of this kind by this very name, in any case: far cheaper than to list all.

    Raises:
        QueryTimeout: there are too many.
    """
    asked = {"key": name.strip().lower(), "labels": list(labels_of(kind))}
    return bool(store.query(_ASKED[store.capabilities.language], asked, timeout=timeout, limit=1).rows)


def known_names(store: GraphStore, labels: Sequence[str], timeout: float) -> list[Known]:
    """All that can be asked for in a store.

    Raises:
        QueryTimeout: there are too many.
    """
    rows = store.query(_LISTS[store.capabilities.language], {"labels": list(labels)}, timeout=timeout, limit=_EVERY).rows
    return [Known(*row) for row in rows]


def find_key(wanted: str, known: Sequence[Known], kind: str) -> str:
    """The key by which something is known, that may be spelt in another way.

    Raises:
        UnknownName: nothing is known by it; the message gives the nearest names.
    """
    lowered = wanted.strip().lower()
    labels = labels_of(kind)
    those = [one for one in known if one.label in labels]
    if any(one.key == lowered for one in those):
        return lowered
    alike = spelt_alike(wanted)
    keys = [one.key for one in those if alike(one.name, one.label) or alike(one.key, one.label)]
    if keys:
        return min(keys)
    what = {"entity": "nothing", "papers": "no paper"}.get(kind, f"no {kind}")
    raise UnknownName(f"{what} named {wanted!r} in the graph; {nearest(lowered, ((one.key, one.name) for one in those))}")


def spelt_alike(wanted: str) -> Callable[[str, str], bool]:
    """Whether a name of a node with a label is the wanted one in another spelling: by the key that joins names, or by its letters and
    digits, if it has three of them."""
    types = load_vocabulary().entities
    spelt = {kind: name_key(wanted, kind) for kind in types}
    letters = _letters(wanted)

    def alike(name: str, label: str) -> bool:
        return (label in types and name_key(name, label) == spelt[label]) or (len(letters) > 2 and _letters(name) == letters)

    return alike


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def nearest(wanted: str, known: Iterable[tuple[str, str]]) -> str:
    """Words that offer the names nearest to one in lower case, of keys with their names: alike in letters, or with it inside."""
    from rapidfuzz import fuzz, process

    names = dict(known)
    inside = sorted((key for key in names if wanted and wanted in key), key=lambda key: (len(key), key))
    alike = [key for key, _, _ in process.extract(wanted, sorted(names), scorer=fuzz.ratio, limit=MOST, score_cutoff=_ALIKE)]
    close = list(dict.fromkeys(names[key] for key in (*alike, *inside[:MOST])))[:MOST]
    return f"the nearest are: {', '.join(close)}" if close else "no name is near it; see what there is with: kg stats GRAPH"
