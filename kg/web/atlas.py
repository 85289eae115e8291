"""The graph as arrays, for the explorer: papers and entities, roles and relations, neighbours, shortest paths, the words that say so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.model.vocabulary import load_vocabulary
from kg.tables import Version

Array = np.ndarray[Any, np.dtype[Any]]
MOST_STEPS = 8  # of a path
_MENTIONS = "MENTIONS"
_TOLD = ("abstract", "authors", "venue", "date", "url", "identifiers", "citations", "keywords")  # of a paper, in its panel
_PAPER = ["id", "title", "year", "links", *_TOLD]
_MOST_CITED = 200  # papers on one side of a paper's references that are told


@dataclass(frozen=True)
class Edges:
    """Numbers of source and target nodes, number of the kind, ids of statements, confidences, numbers of supporting papers."""

    source: Array
    target: Array
    kind: Array
    id: Array
    confidence: Array
    papers: Array

    def __len__(self) -> int:
        return len(self.source)


class Atlas:
    """Nodes are numbered: papers first, then entities, each in the order of their tables."""

    def __init__(self, version: Version) -> None:
        vocabulary = load_vocabulary()
        self._version = version
        self._tables = {"papers": version.read("papers", _PAPER), "entities": version.read("entities")}
        papers, entities = self._tables["papers"], self._tables["entities"]
        self.types = ["Paper", *vocabulary.entities]
        self.kinds = [p.edge for p in (*vocabulary.roles.values(), *vocabulary.relations.values())]
        self._roles = {name: number for number, name in enumerate(vocabulary.roles)}
        self._relations = {name: number + len(self._roles) for number, name in enumerate(vocabulary.relations)}
        self.ids: list[str] = papers["id"].to_pylist() + entities["id"].to_pylist()
        self.names: list[str] = papers["title"].to_pylist() + entities["name"].to_pylist()
        self.type = np.array([0] * len(papers) + [self.types.index(t) for t in entities["type"].to_pylist()], np.uint8)
        self.year = np.array([y or 0 for y in papers["year"].to_pylist()] + [0] * len(entities), np.int32)
        self.papers = np.array([1] * len(papers) + entities["papers"].to_pylist(), np.int32)
        self._number = {one: number for number, one in enumerate(self.ids)}
        self.edges = self._read_edges()
        self.degree = np.bincount(np.concatenate([self.edges.source, self.edges.target]), minlength=len(self.ids))
        ends = np.concatenate([self.edges.source, self.edges.target])
        self._order = np.argsort(ends, kind="stable")
        self._starts = np.searchsorted(ends[self._order], np.arange(len(self.ids) + 1))
        e = self.edges
        columns = (e.source, e.target, e.kind, e.id, np.round(e.confidence.astype(float), 4), e.papers)
        self._lines = list(
            zip(*(column.tolist() for column in columns), strict=True)
        )  # lists of numbers are faster to look up one by one
        self._drawn = list(zip(*(column.tolist() for column in (self.type, self.papers, self.degree, self.year)), strict=True))
        self._evidence = version.read("evidence", ["statement", "paper", "start", "end", "sentence", "confidence", "extractor"])
        self._statements = np.array(self._evidence["statement"].to_pylist(), "U16")
        self._cites = version.read("cites")
        self._mentions = version.read("mentions", ["paper", "entity", "start", "end", "text"])
        self._mention_papers = np.array(self._mentions["paper"].to_pylist(), "U16")

    def __len__(self) -> int:
        return len(self.ids)

    def number(self, identifier: str) -> int | None:
        """The number of a node by its id."""
        return self._number.get(identifier)

    def node(self, number: int) -> dict[str, Any]:
        """What the explorer draws of a node."""
        kind, papers, degree, year = self._drawn[number]
        told = {"id": self.ids[number], "name": self.names[number], "type": self.types[kind], "papers": papers, "degree": degree}
        return {**told, "year": year} if year else told

    def edge(self, number: int) -> dict[str, Any]:
        """What the explorer draws of an edge."""
        source, target, kind, one, confidence, papers = self._lines[number]
        ends = {"source": self.ids[source], "target": self.ids[target]}
        return {"id": one, **ends, "type": self.kinds[kind], "confidence": confidence, "papers": papers}

    def edges_of(self, number: int) -> Array:
        """Numbers of the edges at a node."""
        found: Array = self._order[self._starts[number] : self._starts[number + 1]] % max(1, len(self.edges))
        return found

    def neighbours(
        self, number: int, kinds: Sequence[str] = (), types: Sequence[str] = (), limit: int = 40, offset: int = 0
    ) -> dict[str, Any]:  # fmt: skip
        """Nodes next to one, with all edges to them: those with most supporting papers first, mentions last; and how many there are."""
        mine = self.edges_of(number)
        if kinds:
            mine = mine[np.isin(self.edges.kind[mine], [self.kinds.index(kind) for kind in kinds if kind in self.kinds])]
        others = self.edges.source[mine] + self.edges.target[mine] - number
        if types:
            kept = np.isin(self.type[others], [self.types.index(name) for name in types if name in self.types])
            mine, others = mine[kept], others[kept]
        weight = (
            self.edges.papers[mine] * np.where(self.edges.kind[mine] == self.kinds.index(_MENTIONS), 0.1, 1.0)
            + self.edges.confidence[mine]
        )
        nodes, inverse = np.unique(others, return_inverse=True)
        score = np.bincount(inverse, weight, len(nodes)) + np.minimum(self.papers[nodes], 1000) * 1e-4
        ranked = nodes[np.lexsort((nodes, -score))][offset : offset + limit]
        return {
            "total": len(nodes),
            "nodes": [self.node(int(n)) for n in ranked],
            "edges": [self.edge(int(e)) for e in mine[np.isin(others, ranked)]],
        }

    def between(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """All edges that join some of these nodes."""
        among = set(numbers)
        found = {
            int(e) for n in numbers for e in self.edges_of(n) if self.edges.source[e] in among and self.edges.target[e] in among
        }
        return [self.edge(e) for e in sorted(found)]

    def path(self, source: int, target: int) -> list[int]:
        """Edge numbers of a shortest path, found from both ends; without mentions where there is one without. Empty if there is none of so
        many steps. Of equally short ones the first by the nodes' numbers."""
        for kinds in (False, True):
            if found := self._path(source, target, kinds):
                return found
        return []

    def _path(self, source: int, target: int, mentions: bool) -> list[int]:
        came: tuple[dict[int, int], dict[int, int]] = ({source: -1}, {target: -1})
        fringe = [[source], [target]]
        for _ in range(MOST_STEPS):
            side = 0 if len(fringe[0]) <= len(fringe[1]) else 1
            fresh: list[int] = []
            for node, edge, other in self._steps(fringe[side], mentions):
                if other not in came[side]:
                    came[side][other] = edge
                    fresh.append(other)
                    if other in came[1 - side]:
                        return self._traced(came, other)
                del node
            if not fresh:
                return []
            fringe[side] = fresh
        return []

    def _steps(self, nodes: Sequence[int], mentions: bool) -> Iterator[tuple[int, int, int]]:
        skipped = -1 if mentions else self.kinds.index(_MENTIONS)
        for node in nodes:
            for edge in self.edges_of(node):
                if self.edges.kind[edge] != skipped:
                    yield node, int(edge), int(self.edges.source[edge] + self.edges.target[edge] - node)

    def _traced(self, came: tuple[dict[int, int], dict[int, int]], middle: int) -> list[int]:
        halves: list[list[int]] = []
        for side in came:
            half, node = [], middle
            while side[node] >= 0:
                half.append(side[node])
                node = int(self.edges.source[side[node]] + self.edges.target[side[node]] - node)
            halves.append(half)
        return halves[0][::-1] + halves[1]

    def evidence(self, statement: str, most: int = 50) -> list[dict[str, Any]]:
        """The sentences of a statement, the surest first, with where the names of both its ends stand in them."""
        low, high = np.searchsorted(self._statements, [statement, statement + "\x7f"])
        edge = np.flatnonzero(self.edges.id == statement)
        ends = {self.ids[n] for e in edge[:1] for n in (self.edges.source[e], self.edges.target[e])}
        rows = self._evidence.slice(int(low), int(high - low)).to_pylist()
        rows.sort(key=lambda row: (-row["confidence"], row["paper"], row["start"]))
        found = []
        for row in rows[:most]:
            number = self._number[row["paper"]]
            found.append({
                "sentence": row["sentence"], "confidence": row["confidence"], "extractor": row["extractor"], "paper": self.node(number),
                "marks": self._marks(row, ends),
            })  # fmt: skip
        return found

    def _marks(self, row: dict[str, Any], ends: set[str]) -> list[dict[str, Any]]:
        """Where a sentence names these entities: the mentions that were read there, else the first place with one of their forms."""
        found = [m for m in self.mentions(row["paper"], row["start"], row["end"]) if m["entity"] in ends]
        low, high = self._mentions_of(row["paper"])
        texts = self._mentions.slice(low, high - low).select(["entity", "text"]).to_pylist()
        for entity in sorted(ends - {m["entity"] for m in found} - {row["paper"]}):
            number = self._number[entity]
            forms = {self.names[number], *(m["text"] for m in texts if m["entity"] == entity)}
            pattern = "|".join(
                rf"(?<!\w){re.escape(form)}(?!\w)" for form in sorted(forms, key=lambda form: (-len(form), form)) if form
            )
            if place := re.search(pattern, row["sentence"]):
                found.append({"entity": entity, "type": self.types[self.type[number]], "start": place.start(), "end": place.end()})
        return sorted(found, key=lambda one: (one["start"], -one["end"], one["entity"]))

    def _mentions_of(self, paper: str) -> tuple[int, int]:
        """From and to which row the mentions of a paper stand."""
        low, high = np.searchsorted(self._mention_papers, [paper, paper + "\x7f"])
        return int(low), int(high)

    def mentions(self, paper: str, start: int = 0, end: int = 1 << 30) -> list[dict[str, Any]]:
        """Names in a paper's text between two places, by place: entity, its type, start and end from the first place on."""
        low, high = self._mentions_of(paper)
        rows = self._mentions.slice(low, high - low).to_pylist()
        inside = [row for row in rows if start <= row["start"] and row["end"] <= end]
        told = [
            {"entity": row["entity"], "type": self.types[self.type[self._number[row["entity"]]]], "start": row["start"] - start, "end": row["end"] - start}
            for row in inside
        ]  # fmt: skip
        return sorted(told, key=lambda one: (one["start"], -one["end"], one["entity"]))

    def compare(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Things side by side: what edges join them to, and what was measured of them; rows with a cell for each thing (numbers of papers, or
        values with their units), those that more of them share first."""
        rows: dict[tuple[str, str, str], dict[int, list[str]]] = {}
        for place, number in enumerate(numbers):
            for one in self.edges_of(number):
                source, target, kind, _, _, papers = self._lines[one]
                other = source + target - number
                way = self.kinds[kind] if source == number else f"← {self.kinds[kind]}"
                if self.type[other] != 0:
                    rows.setdefault((way, self.names[other], self.types[self.type[other]]), {}).setdefault(place, []).append(
                        str(papers)
                    )
        ids = [self.ids[number] for number in numbers]
        names = {"": "", **dict(zip(self.ids, self.names, strict=True))}
        results = self._version.read("results")
        for row in results.filter(pc.is_in(results["subject"], value_set=pa.array(ids))).to_pylist():
            thing = " on ".join(name for end in ("metric", "dataset") if (name := names[row[end] or ""]))
            value = f"{row['printed']} {row['unit'] or ''}".strip()
            rows.setdefault(("STATES", thing, "Result"), {}).setdefault(ids.index(row["subject"]), []).append(value)
        told = [
            {"aspect": aspect, "thing": thing, "type": kind, "shared": len(cells), "cells": ["; ".join(sorted(set(cells.get(p, ())))) for p in range(len(numbers))]}
            for (aspect, thing, kind), cells in rows.items()
        ]  # fmt: skip
        return sorted(told, key=lambda row: (-row["shared"], row["aspect"], row["thing"], row["type"]))

    def details(self, number: int) -> dict[str, Any]:
        """All that a panel shows of a node besides its neighbours."""
        edges, counts = self.edges_of(number), {}
        for kind, name in enumerate(self.kinds):
            mine = edges[self.edges.kind[edges] == kind]
            if len(mine):
                out = int((self.edges.source[mine] == number).sum())
                counts[name] = {"out": out, "in": len(mine) - out}
        table = "papers" if self.type[number] == 0 else "entities"
        row: dict[str, Any] = (
            self._tables[table].slice(number if table == "papers" else number - len(self._tables["papers"]), 1).to_pylist()[0]
        )
        if table == "papers":
            kept = {name: row[name] for name in _TOLD}
            kept["code"] = [link["url"] for link in row["links"] if link["type"] == "code"]
            kept["cites"], kept["cited_by"] = (self._cited(number, *ends) for ends in (("paper", "cited"), ("cited", "paper")))
            kept["mentions"] = self.mentions(self.ids[number])
        else:
            kept = {"aliases": row["aliases"], "links": row["links"], "first_year": row["first_year"]}
        return {**self.node(number), **kept, "edges": counts}

    def _cited(self, number: int, mine: str, other: str) -> list[dict[str, Any]]:
        """Papers on one side of a paper's references, the latest first."""
        found = self._cites.filter(pc.equal(self._cites[mine], self.ids[number]))[other].to_pylist()
        ranked = sorted(
            (self._number[one] for one in found), key=lambda one: (-int(self.year[one]), self.names[one], self.ids[one])
        )
        return [self.node(one) for one in ranked[:_MOST_CITED]]

    def _read_edges(self) -> Edges:
        roles, relations = self._version.read("roles"), self._version.read("relations")
        support = pa.array([1] * len(roles), pa.int32())
        columns = [
            (roles["paper"], relations["source"]),
            (roles["entity"], relations["target"]),
            (roles["id"], relations["id"]),
        ]  # fmt: skip
        source, target, ids = ([*one.to_pylist(), *other.to_pylist()] for one, other in columns)
        kinds = [self._roles[r] for r in roles["role"].to_pylist()] + [self._relations[r] for r in relations["type"].to_pylist()]
        return Edges(
            np.array([self._number[s] for s in source], np.int32),
            np.array([self._number[t] for t in target], np.int32),
            np.array(kinds, np.int8),
            np.array(ids, "U16"),
            np.array([*roles["confidence"].to_pylist(), *relations["confidence"].to_pylist()], np.float32),
            np.array([*support.to_pylist(), *relations["papers"].to_pylist()], np.int32),
        )


def as_json(value: Any) -> bytes:
    """JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
