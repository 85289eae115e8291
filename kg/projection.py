"""Tables → the property graph: nodes by label, edges by type and end labels, as plain rows.

Every edge that states something carries `confidence`, `papers` (how many distinct ones), and the parallel
lists `sentences` and `paper_ids` (evidence by evidence). Structural edges carry nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from kg.changes import Part, changed_parts
from kg.model.identifiers import digest, entity_keys, paper_keys
from kg.model.vocabulary import load_vocabulary
from kg.tables import Version

Row = dict[str, Any]
RESULT_EDGES = {"subject": "OF_SUBJECT", "metric": "BY_METRIC", "dataset": "ON_DATASET", "task": "FOR_TASK", "baseline": "AGAINST"}
_OF_PAPERS = ("id", "own_id", "title", "abstract", "year", "date", "authors", "venue", "url", "source", "licence", "version", "language", "keywords",
              "citations")  # fmt: skip
_BETTER = {True: "higher", False: "lower", None: "unknown"}


@dataclass(frozen=True)
class Nodes:
    """Nodes of one label; each row has `id`, `name` (or `title` for papers) and `label`."""

    label: str
    rows: list[Row]


@dataclass(frozen=True)
class Edges:
    """Edges of one type between nodes of two labels; each row has `source` and `target` ids."""

    type: str
    source_label: str
    target_label: str
    rows: list[Row]


@dataclass(frozen=True)
class PropertyGraph:
    """All nodes and edges, in a fixed order."""

    nodes: list[Nodes]
    edges: list[Edges]


def to_property_graph(version: Version | Part) -> PropertyGraph:
    """Read the tables and lay them out as a property graph; that of a part has the nodes and edges of its rows."""
    papers, entities = version.rows("papers"), version.rows("entities")
    proofs = _Proofs(version)
    labels = dict(zip(*_columns(version.whole, "entities", ["id", "type"]), strict=True))
    authors, venues = authors_and_venues(version)
    results = version.rows("results")
    nodes = [
        Nodes("Paper", [_paper_node(row) for row in papers]),
        *(Nodes(t, [_entity_node(e) for e in entities if e["type"] == t]) for t in load_vocabulary().entities),
        Nodes(
            "Result",
            [
                _result_node(row, sentences)
                for row, (sentences, _) in zip(results, proofs.of([r["id"] for r in results]), strict=True)
            ],
        ),
        Nodes("Author", [{"id": digest("Author", one["name"]), **one, "label": "Author"} for one in authors]),
        Nodes("Venue", [{"id": digest("Venue", name), "name": name, "label": "Venue"} for name in venues]),
    ]
    edges = [*_role_edges(version, labels, proofs), *_relation_edges(version, labels, proofs)]
    edges += [*_result_edges(results, labels), *_structure_edges(papers, version.rows("cites"))]
    return PropertyGraph(nodes, [e for e in edges if e.rows])


def graph_changes(old: Version, new: Version) -> tuple[PropertyGraph, PropertyGraph]:
    """What makes the property graph of `old` that of `new`: what is gone from it, and what is new or has other properties."""
    was, now = map(to_property_graph, changed_parts(old, new))
    before = {(n.label, row["id"]): row for n in was.nodes for row in n.rows}
    kept = {(n.label, row["id"]) for n in now.nodes for row in n.rows}
    links = {(e.type, row["source"], row["target"]): row for e in was.edges for row in e.rows}
    held = {(e.type, row["source"], row["target"]) for e in now.edges for row in e.rows}
    gone = PropertyGraph(
        [Nodes(n.label, [row for row in n.rows if (n.label, row["id"]) not in kept]) for n in was.nodes],
        [replace(e, rows=[row for row in e.rows if (e.type, row["source"], row["target"]) not in held]) for e in was.edges],
    )
    fresh = PropertyGraph(
        [Nodes(n.label, [row for row in n.rows if before.get((n.label, row["id"])) != row]) for n in now.nodes],
        [replace(e, rows=[row for row in e.rows if links.get((e.type, row["source"], row["target"])) != row]) for e in now.edges],
    )
    return gone, fresh


def _columns(version: Version | Part, name: str, columns: list[str]) -> list[list[Any]]:
    """Some columns of a table as lists: far less work than rows as dicts."""
    table = version.read(name, columns)
    return [table[column].to_pylist() for column in columns]


class _Proofs:
    """The sentences, and beside them the papers, that bear out each statement; a sentence of a paper counts once."""

    def __init__(self, version: Version | Part) -> None:
        statements, self._papers, self._sentences = _columns(version, "evidence", ["statement", "paper", "sentence"])
        self._starts: dict[str, int] = {}
        for place, statement in enumerate(statements):
            self._starts.setdefault(statement, place)
        starts = [*self._starts.values(), len(statements)]
        self._ends = dict(zip(self._starts, starts[1:], strict=True))

    def of(self, statements: Iterable[str]) -> Iterator[tuple[list[str], list[str]]]:
        """Sentences and papers of each of these."""
        papers, sentences, starts, ends = self._papers, self._sentences, self._starts, self._ends
        for statement in statements:
            start = starts.get(statement)
            if start is None:
                yield [], []
            elif (end := ends[statement]) == start + 1:
                yield [sentences[start]], [papers[start]]
            else:
                pairs = list(dict.fromkeys(zip(sentences[start:end], papers[start:end], strict=True)))
                yield [sentence for sentence, _ in pairs], [paper for _, paper in pairs]


def _paper_node(row: Row) -> Row:
    kept = {k: row[k] for k in _OF_PAPERS}
    identifiers = [f"{pair['scheme']}:{pair['value']}" for pair in row["identifiers"]]
    links = [x["url"] for x in row["links"]]
    code = [x["url"] for x in row["links"] if x["type"] == "code"]
    return {**kept, "identifiers": identifiers, "links": links, "code": code, "keys": paper_keys(row), "label": "Paper"}


def _entity_node(row: Row) -> Row:
    kept = {k: row[k] for k in ("id", "name", "aliases", "papers", "first_year", "links")}
    return {**kept, "keys": entity_keys(row["name"], row["aliases"]), "label": row["type"]}


def _result_node(row: Row, sentences: list[str]) -> Row:
    kept = {k: row[k] for k in ("id", "printed", "unit", "kind", "direction", "condition", "confidence")}
    value = float(row["value"]) if row["value"] is not None else None
    sentence = sentences[0] if sentences else ""
    return {**kept, "name": row["printed"], "value": value, "better": _BETTER[row["higher_is_better"]], "sentence": sentence,
            "label": "Result"}  # fmt: skip


def authors_and_venues(version: Version | Part) -> tuple[list[Row], list[str]]:
    """Authors by name and venues, both sorted; of a part those of its papers. An author has `name`, and the `orcids` and `affiliations` that any
    paper of the version gives."""
    columns = ["authors", "orcids", "affiliations"]
    if isinstance(version, Part):
        rows, wanted, venues = version.of_people(columns), set(version.touched["authors"].to_pylist()), version.venues()
    else:
        rows, wanted = list(version.each("papers", [*columns, "venue"])), None
        venues = {row["venue"] for row in rows}
    found: dict[str, tuple[set[str], set[str]]] = {}
    for row in rows:
        for at, name in enumerate(row["authors"]):
            if wanted is None or name in wanted:
                orcids, places = found.setdefault(name, (set(), set()))
                orcids.update(row["orcids"][at : at + 1])
                places.update(*row["affiliations"][at : at + 1])
    authors = [
        {"name": name, "orcids": sorted(orcids - {""}), "affiliations": sorted(places)}
        for name, (orcids, places) in sorted(found.items())
    ]
    return authors, sorted(venues - {""})


def _stated(
    sources: list[str], targets: list[str], sure: list[float], proofs: Iterable[tuple[list[str], list[str]]]
) -> Iterator[Row]:
    for source, target, confidence, (sentences, papers) in zip(sources, targets, sure, proofs, strict=True):
        count = len(papers) if len(papers) < 2 else len(set(papers))
        yield {
            "source": source,
            "target": target,
            "confidence": confidence,
            "papers": count,
            "sentences": sentences,
            "paper_ids": papers,
        }


def _role_edges(version: Version | Part, labels: dict[str, str], proofs: _Proofs) -> Iterable[Edges]:
    roles = load_vocabulary().roles
    grouped: dict[tuple[str, str], list[Row]] = defaultdict(list)
    ids, papers, names, entities, sure = _columns(version, "roles", ["id", "paper", "role", "entity", "confidence"])
    for name, edge in zip(names, _stated(papers, entities, sure, proofs.of(ids)), strict=True):
        grouped[name, labels[edge["target"]]].append(edge)
    return (
        Edges(roles[name].edge, "Paper", label, grouped[name, label])
        for name, label in sorted(grouped, key=lambda key: (roles[key[0]].edge, key[1]))
    )


def _relation_edges(version: Version | Part, labels: dict[str, str], proofs: _Proofs) -> Iterable[Edges]:
    grouped: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    ids, sources, kinds, targets, sure = _columns(version, "relations", ["id", "source", "type", "target", "confidence"])
    for kind, edge in zip(kinds, _stated(sources, targets, sure, proofs.of(ids)), strict=True):
        grouped[kind, labels[edge["source"]], labels[edge["target"]]].append(edge)
    return (Edges(*key, grouped[key]) for key in sorted(grouped))


def _result_edges(results: list[Row], labels: dict[str, str]) -> Iterable[Edges]:
    yield Edges("STATES", "Paper", "Result", [{"source": r["paper"], "target": r["id"]} for r in results])
    grouped: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in results:
        for end, kind in RESULT_EDGES.items():
            if row[end]:
                grouped[kind, labels[row[end]]].append({"source": row["id"], "target": row[end]})
    yield from (Edges(kind, "Result", label, grouped[kind, label]) for kind, label in sorted(grouped))


def _structure_edges(papers: list[Row], cites: list[Row]) -> Iterable[Edges]:
    wrote = [{"source": digest("Author", name), "target": row["id"]} for row in papers for name in dict.fromkeys(row["authors"])]
    published = [{"source": row["id"], "target": digest("Venue", row["venue"])} for row in papers if row["venue"]]
    yield Edges("WROTE", "Author", "Paper", wrote)
    yield Edges("PUBLISHED_IN", "Paper", "Venue", published)
    yield Edges("CITES", "Paper", "Paper", [{"source": row["paper"], "target": row["cited"]} for row in cites])
