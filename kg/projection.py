"""Tables → the property graph: nodes by label, edges by type and end labels, column by column or as plain rows.

Every edge that states something carries `confidence`, `papers` (how many distinct ones), and the parallel
lists `sentences` and `paper_ids` (evidence by evidence). Structural edges carry nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, compress, pairwise
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.changes import Part, changed_parts
from kg.model.identifiers import digest, entity_keys, paper_keys
from kg.model.vocabulary import load_vocabulary
from kg.parquet import run_starts
from kg.tables import Version

Row = dict[str, Any]
Columns = dict[str, list[Any]]  # of one length
RESULT_EDGES = {"subject": "OF_SUBJECT", "metric": "BY_METRIC", "dataset": "ON_DATASET", "task": "FOR_TASK", "baseline": "AGAINST"}
_OF_PAPERS = ("id", "own_id", "title", "abstract", "year", "date", "authors", "venue", "url", "source", "licence", "version", "language", "keywords",
              "citations")  # fmt: skip
_BETTER = {True: "higher", False: "lower", None: "unknown"}


@dataclass(frozen=True)
class Columnar:
    """Things of one kind, as columns of one length."""

    columns: Columns

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @functools.cached_property
    def rows(self) -> list[Row]:
        """The same as dicts, with the columns as keys."""
        return [dict(zip(self.columns, values, strict=True)) for values in zip(*self.columns.values(), strict=True)]

    def chosen(self, wanted: Sequence[bool]) -> Self:
        """Those at whose place is True."""
        return replace(self, columns={name: list(compress(values, wanted)) for name, values in self.columns.items()})


@dataclass(frozen=True)
class Nodes(Columnar):
    """Nodes of one label, with the columns `id`, `name` (or `title` for papers) and `label`, and others by label."""

    label: str


@dataclass(frozen=True)
class Edges(Columnar):
    """Edges of one type between nodes of two labels, with the ids `source` and `target`, and others by type."""

    type: str
    source_label: str
    target_label: str


@dataclass(frozen=True)
class PropertyGraph:
    """All nodes and edges, in a fixed order."""

    nodes: list[Nodes]
    edges: list[Edges]


def to_property_graph(version: Version | Part) -> PropertyGraph:
    """Read the tables and lay them out as a property graph; that of a part has the nodes and edges of its rows."""
    kinds = list(kinds_of(version))
    return PropertyGraph([one for one in kinds if isinstance(one, Nodes)], [one for one in kinds if isinstance(one, Edges)])


def kinds_of(version: Version | Part) -> Iterator[Nodes | Edges]:
    """The same kind by kind as each is made: first all nodes, then all edges."""
    papers = version.read("papers", [*_OF_PAPERS, "identifiers", "links"])
    yield Nodes(_paper_columns(papers), "Paper")
    yield from _entity_nodes(version.read("entities"))
    results, proofs = version.read("results"), _Proofs(version)
    yield Nodes(_result_columns(results, proofs), "Result")
    authors, venues = authors_and_venues(version)
    people = _author_columns(authors)
    yield from (Nodes(people, "Author"), Nodes(_venue_columns(venues), "Venue"))
    types = _Types(version)
    edges = (_role_edges(version, types, proofs), _relation_edges(version, types, proofs),
             _result_edges(results, types), _structure_edges(papers, version.read("cites"), people))  # fmt: skip
    yield from filter(len, chain.from_iterable(edges))


def graph_changes(old: Version, new: Version) -> tuple[PropertyGraph, PropertyGraph]:
    """What makes the property graph of `old` that of `new`: what is gone from it, and what is new or has other properties."""
    was, now = map(to_property_graph, changed_parts(old, new))
    before = {(n.label, row["id"]): row for n in was.nodes for row in n.rows}
    kept = {(n.label, row["id"]) for n in now.nodes for row in n.rows}
    links = {(e.type, row["source"], row["target"]): row for e in was.edges for row in e.rows}
    held = {(e.type, row["source"], row["target"]) for e in now.edges for row in e.rows}
    gone = PropertyGraph(
        [n.chosen([(n.label, row["id"]) not in kept for row in n.rows]) for n in was.nodes],
        [e.chosen([(e.type, row["source"], row["target"]) not in held for row in e.rows]) for e in was.edges],
    )
    fresh = PropertyGraph(
        [n.chosen([before.get((n.label, row["id"])) != row for row in n.rows]) for n in now.nodes],
        [e.chosen([links.get((e.type, row["source"], row["target"])) != row for row in e.rows]) for e in now.edges],
    )
    return gone, fresh


def _lists(table: pa.Table, columns: Iterable[str]) -> Columns:
    """Some columns of a table as lists."""
    return {name: table[name].to_pylist() for name in columns}


class _Types:
    """Labels of entities."""

    def __init__(self, version: Version | Part) -> None:
        table = version.whole.read("entities", ["id", "type"])
        self._ids, self._types = table["id"].combine_chunks(), table["type"].combine_chunks()

    def of(self, entities: pa.ChunkedArray) -> pa.ChunkedArray:
        """The label of each of these ids."""
        return pc.take(self._types, pc.index_in(entities, value_set=self._ids))


class _Proofs:
    """The sentences, and beside them the papers, that bear out each statement; a sentence of a paper counts once."""

    def __init__(self, version: Version | Part) -> None:
        table = version.read("evidence", ["statement", "paper", "sentence"])
        statements = table["statement"].combine_chunks()
        self._papers, self._sentences = table["paper"].to_pylist(), table["sentence"].to_pylist()
        firsts = np.flatnonzero(run_starts(table.select(["statement"]).combine_chunks()))
        self._statements = statements.take(pa.array(firsts))
        self._starts = np.append(firsts, 0)  # the last is of what has no proof
        self._sizes = np.append(np.diff(firsts, append=len(statements)), 0)

    def of(self, statements: pa.ChunkedArray) -> tuple[list[list[str]], list[list[str]], list[int]]:
        """Sentences and papers of each of these, and how many different papers."""
        places = np.asarray(pc.fill_null(pc.index_in(statements, value_set=self._statements), -1))
        starts, sizes = self._starts[places], self._sizes[places]
        each = list(zip(starts.tolist(), sizes.tolist(), strict=True))
        sentences, papers = (
            [[told[start]] if size == 1 else told[start : start + size] for start, size in each]
            for told in (self._sentences, self._papers)
        )
        counts: list[int] = sizes.tolist()
        for place in np.flatnonzero(sizes > 1).tolist():
            pairs = dict.fromkeys(zip(sentences[place], papers[place], strict=True))
            sentences[place], papers[place] = [sentence for sentence, _ in pairs], [paper for _, paper in pairs]
            counts[place] = len({*papers[place]})
        return sentences, papers, counts


def _paper_columns(table: pa.Table) -> Columns:
    found = _lists(table, (*_OF_PAPERS, "identifiers", "links"))
    identifiers, links = found.pop("identifiers"), found.pop("links")
    found["identifiers"] = [[f"{pair['scheme']}:{pair['value']}" for pair in pairs] for pairs in identifiers]
    found["links"] = [[x["url"] for x in one] for one in links]
    found["code"] = [[x["url"] for x in one if x["type"] == "code"] for one in links]
    told = zip(found["id"], found["own_id"], found["title"], identifiers, strict=True)
    found["keys"] = [paper_keys({"id": i, "own_id": own, "title": title, "identifiers": pairs}) for i, own, title, pairs in told]
    return {**found, "label": ["Paper"] * len(table)}


def _entity_nodes(table: pa.Table) -> Iterator[Nodes]:
    for label in load_vocabulary().entities:
        kind = table.filter(pc.equal(table["type"], label))
        found = _lists(kind, ("id", "name", "aliases", "papers", "users", "first_year", "links"))
        found["keys"] = list(map(entity_keys, found["name"], found["aliases"]))
        yield Nodes({**found, "label": [label] * len(kind)}, label)


def _result_columns(table: pa.Table, proofs: _Proofs) -> Columns:
    found = _lists(table, ("id", "printed", "unit", "kind", "direction", "condition", "confidence"))
    found["name"] = found["printed"]
    found["value"] = [None if value is None else float(value) for value in table["value"].to_pylist()]
    found["better"] = [_BETTER[higher] for higher in table["higher_is_better"].to_pylist()]
    found["sentence"] = [sentences[0] if sentences else "" for sentences in proofs.of(table["id"])[0]]
    return {**found, "label": ["Result"] * len(table)}


def _author_columns(authors: list[Row]) -> Columns:
    found: Columns = {"id": [digest("Author", one["name"]) for one in authors]}
    found.update({name: [one[name] for one in authors] for name in ("name", "orcids", "affiliations")})
    return {**found, "label": ["Author"] * len(authors)}


def _venue_columns(venues: list[str]) -> Columns:
    return {"id": [digest("Venue", name) for name in venues], "name": venues, "label": ["Venue"] * len(venues)}


def authors_and_venues(version: Version | Part) -> tuple[list[Row], list[str]]:
    """Authors by name and venues, both sorted; of a part those of its papers. An author has `name`, and the `orcids` and `affiliations` that any
    paper of the version gives."""
    columns = ["authors", "orcids", "affiliations"]
    if isinstance(version, Part):
        table, venues = version.of_people(columns), version.venues()
    else:
        table = version.read("papers", [*columns, "venue"])
        venues = set(pc.unique(table["venue"]).to_pylist())
    names = pc.unique(pc.list_flatten(table["authors"]))
    if isinstance(version, Part):
        names = names.filter(pc.is_in(names, value_set=version.touched["authors"]))
    more: dict[str, tuple[set[str], set[str]]] = {}  # of authors with an ORCID or an affiliation
    told = pc.or_(pc.greater(pc.list_value_length(table["orcids"]), 0), pc.greater(pc.list_value_length(table["affiliations"]), 0))
    for row in table.filter(told).to_pylist():
        for at, name in enumerate(row["authors"]):
            orcids, places = more.setdefault(name, (set(), set()))
            orcids.update(row["orcids"][at : at + 1])
            places.update(*row["affiliations"][at : at + 1])
    none: tuple[set[str], set[str]] = set(), set()
    authors = [
        {"name": name, "orcids": sorted(orcids - {""}) if orcids else [], "affiliations": sorted(places) if places else []}
        for name in sorted(names.to_pylist())
        for orcids, places in (more.get(name, none),)
    ]
    return authors, sorted(venues - {""})


_Groups = list[tuple[tuple[str, ...], slice]]


def _grouped(table: pa.Table, *keys: pa.ChunkedArray) -> tuple[pa.Table, _Groups]:
    """The rows of a table put together by keys, and where each group lies, in order of the keys; in a group the order of rows stays."""
    codes = np.zeros(len(table), np.int64)
    for key in keys:
        numbered = pc.dictionary_encode(key.combine_chunks())
        codes = codes * len(numbered.dictionary) + np.asarray(numbered.indices)
    order = np.argsort(codes, kind="stable")
    starts = np.unique(codes[order], return_index=True)[1].tolist()
    groups = [
        (tuple([key[order[start]].as_py() for key in keys]), slice(start, end)) for start, end in pairwise([*starts, len(table)])
    ]
    return table.take(pa.array(order)), sorted(groups, key=lambda group: group[0])


def _cut(columns: Columns, place: slice) -> Columns:
    return {name: values[place] for name, values in columns.items()}


def _stated(table: pa.Table, source: str, target: str, proofs: _Proofs) -> Columns:
    sentences, papers, counts = proofs.of(table["id"])
    return {
        "source": table[source].to_pylist(),
        "target": table[target].to_pylist(),
        "confidence": table["confidence"].to_pylist(),
        "papers": counts,
        "sentences": sentences,
        "paper_ids": papers,
    }


def _role_edges(version: Version | Part, types: _Types, proofs: _Proofs) -> Iterator[Edges]:
    roles = load_vocabulary().roles
    table = version.read("roles", ["id", "paper", "role", "entity", "confidence"])
    table, groups = _grouped(table, table["role"], types.of(table["entity"]))
    stated = _stated(table, "paper", "entity", proofs)
    for (role, label), place in sorted(groups, key=lambda group: (roles[group[0][0]].edge, group[0][1])):
        yield Edges(_cut(stated, place), roles[role].edge, "Paper", label)


def _relation_edges(version: Version | Part, types: _Types, proofs: _Proofs) -> Iterator[Edges]:
    table = version.read("relations", ["id", "source", "type", "target", "confidence"])
    table, groups = _grouped(table, table["type"], types.of(table["source"]), types.of(table["target"]))
    stated = _stated(table, "source", "target", proofs)
    for (kind, source, target), place in groups:
        yield Edges(_cut(stated, place), kind, source, target)


def _result_edges(table: pa.Table, types: _Types) -> Iterator[Edges]:
    yield Edges({"source": table["paper"].to_pylist(), "target": table["id"].to_pylist()}, "STATES", "Paper", "Result")
    for end, kind in sorted(RESULT_EDGES.items(), key=lambda pair: pair[1]):
        ended = table.filter(pc.not_equal(table[end], ""))
        ended, groups = _grouped(ended, types.of(ended[end]))
        ends = {"source": ended["id"].to_pylist(), "target": ended[end].to_pylist()}
        yield from (Edges(_cut(ends, place), kind, "Result", label) for (label,), place in groups)


def _structure_edges(papers: pa.Table, cites: pa.Table, people: Columns) -> Iterator[Edges]:
    ids, authors, venues = (papers[name].to_pylist() for name in ("id", "authors", "venue"))
    wrote = [(name, paper) for paper, names in zip(ids, authors, strict=True) for name in dict.fromkeys(names)]
    known = dict(zip(people["name"], people["id"], strict=True))
    ends = {"source": [known[name] for name, _ in wrote], "target": [paper for _, paper in wrote]}
    yield Edges(ends, "WROTE", "Author", "Paper")
    places = {venue: digest("Venue", venue) for venue in {*venues} if venue}
    published = {"source": list(compress(ids, venues)), "target": [places[venue] for venue in venues if venue]}
    yield Edges(published, "PUBLISHED_IN", "Paper", "Venue")
    yield Edges({"source": cites["paper"].to_pylist(), "target": cites["cited"].to_pylist()}, "CITES", "Paper", "Paper")
