"""The graph as a `networkx.MultiDiGraph`, and back.

Nodes are keyed by id and have `type` (Paper, Model, …, Result, Author, Venue) and `name` (a paper's is its title); edges are keyed by
what they state and have `type` and `weight`, the number of papers that support them. A statement also has `confidence`, `papers`,
`sentences` and `paper_ids`, and what only the way back needs: `id` and `evidence`. Papers, entities and results have the columns of
their tables; papers also their `mentions`, entities their `forms` with how many papers use each. The rest of the tables stands in
`graph.graph`. So nothing is lost: the way back gives tables that are equal to the byte.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from kg.model.errors import UsageError
from kg.model.identifiers import digest
from kg.model.vocabulary import load_vocabulary
from kg.projection import RESULT_EDGES, to_property_graph
from kg.tables import SCHEMAS, Version, open_version, table_of, write_version, writing

Row = dict[str, Any]
MADE_OF = "networkx"  # stands for the extractor in the settings of a graph made here
_WHOLE = ("external", "joins", "redirects")  # tables that stand in `graph.graph`


def to_networkx(version: Version) -> Any:
    """A version as a `networkx.MultiDiGraph`; nodes and edges in a fixed order."""
    import networkx as nx

    graph: Any = nx.MultiDiGraph(**{name: version.rows(name) for name in _WHOLE})
    projected = to_property_graph(version)
    for nodes in projected.nodes:
        for row in nodes.rows:
            graph.add_node(row["id"], type=nodes.label, name=row.get("title") or row["name"])
    for table, more in (("papers", "mentions"), ("entities", "forms"), ("results", "")):
        for row in version.rows(table):
            empty: Any = {"mentions": {"mentions": []}, "forms": {"forms": {}}}.get(more, {})
            graph.nodes[row.pop("id")].update(row, **empty)
    for row in version.rows("mentions"):
        graph.nodes[row.pop("paper")]["mentions"].append(row)
    for row in version.rows("aliases"):
        graph.nodes[row["entity"]]["forms"][row["form"]] = row["papers"]
    proofs: dict[str, list[Row]] = defaultdict(list)
    for row in version.rows("evidence"):
        proofs[row.pop("statement")].append(row)
    statements = {(r["paper"], r["entity"], load_vocabulary().roles[r["role"]].edge): r["id"] for r in version.rows("roles")}
    statements.update({(r["source"], r["target"], r["type"]): r["id"] for r in version.rows("relations")})
    for edges in projected.edges:
        for row in edges.rows:
            source, target = row.pop("source"), row.pop("target")
            graph.add_edge(source, target, key=edges.type, type=edges.type, weight=row.get("papers", 1), **row)
            statement = statements.get((source, target, edges.type))
            if statement:
                graph.edges[source, target, edges.type].update(id=statement, evidence=proofs[statement])
    for node, data in graph.nodes(data=True):
        if data["type"] == "Result":
            data["evidence"] = proofs[node]
            data["value"] = None if data["value"] is None else float(data["value"])
    return graph


def from_networkx(graph: Any, directory: Path | str) -> Version:
    """Write a `networkx` graph of that form into a graph directory, as its next version.

    What a graph made by hand lacks is filled in: an entity's `papers` are those with an edge to it, a statement without `evidence` has that of its
    `sentences` and `paper_ids`, and `confidence` is 1. What speaks of nodes that are not there, or rests only on papers that are not, is left out. Authors and venues are those of
    the papers; nodes of their own are passed over. Such a graph is for asking, drawing and exporting: `kg build` does not add to it.

    Raises:
        UsageError: a node has no known type or no name, an edge states what the vocabulary does not know, or the directory holds a
            graph that was built from papers, which this would hide.
        StoreError: another process is writing this graph.
    """
    tables = _Back(graph).tables()
    directory = Path(directory)
    with writing(directory):
        if (directory / "CURRENT").exists() and open_version(directory).manifest["settings"].get("extractor") != MADE_OF:
            raise UsageError(f"{directory} holds a graph that was built from papers; name another folder")
        settings = {"extractor": MADE_OF, "min_confidence": "0", "base": load_vocabulary().base}
        return write_version(directory, {name: table_of(name, rows) for name, rows in tables.items()}, settings)


class _Back:
    """Rows of the tables, gathered from nodes and edges."""

    def __init__(self, graph: Any) -> None:
        if not graph.is_directed() or not graph.is_multigraph():
            raise UsageError("only a networkx.MultiDiGraph can be taken back; see kg.interop for the form")
        self._graph = graph
        self._vocabulary = load_vocabulary()
        self._nodes: dict[str, list[tuple[str, Row]]] = defaultdict(list)
        for node, data in graph.nodes(data=True):
            if data.get("type") not in self._vocabulary.looks:
                raise UsageError(f"node {node!r} has type {data.get('type')!r}; known: {', '.join(self._vocabulary.looks)}")
            if not isinstance(node, str) or not (data.get("name") or data.get("title")):
                raise UsageError(f"node {node!r} needs an id that is text, and a name")
            self._nodes[data["type"]].append((node, data))
        self._papers = {node for node, _ in self._nodes["Paper"]}
        self._entities = {node: kind for kind in self._vocabulary.entities for node, _ in self._nodes[kind]}
        self._evidence: list[Row] = []
        self._roles: list[Row] = []
        self._relations: list[Row] = []
        self._named_in: dict[str, set[str]] = defaultdict(set)
        self._users: dict[str, set[str]] = defaultdict(set)  # papers that work with an entity
        self._ends: dict[str, Row] = defaultdict(dict)
        self._cites: list[Row] = []
        self._read_edges()

    def tables(self) -> dict[str, list[Row]]:
        entities = [(node, data) for kind in self._vocabulary.entities for node, data in self._nodes[kind]]
        results = sorted(self._results(), key=lambda r: r["id"])
        evidence = sorted(self._evidence, key=lambda e: tuple(e[column] for column in SCHEMAS["evidence"].names))
        whole = {name: [row for row in self._graph.graph.get(name, ()) if self._known(row)] for name in _WHOLE}
        forms = [{"entity": node, "form": f, "papers": n} for node, data in entities for f, n in self._forms(node, data).items()]
        mentions = [
            {"paper": p, **m} for p, data in self._nodes["Paper"] for m in data.get("mentions", ()) if m["entity"] in self._entities
        ]
        return {
            "papers": sorted((self._paper(*item) for item in self._nodes["Paper"]), key=lambda r: r["id"]),
            "entities": sorted((self._entity(*item) for item in entities), key=lambda r: r["id"]),
            "aliases": sorted(forms, key=lambda r: (r["entity"], r["form"])),
            "mentions": sorted(mentions, key=lambda m: tuple(m[c] for c in SCHEMAS["mentions"].names)),
            "roles": sorted(self._roles, key=lambda r: (r["paper"], r["role"], r["entity"])),
            "relations": sorted(self._relations, key=lambda r: (r["source"], r["type"], r["target"])),
            "evidence": evidence,
            "results": results,
            "cites": sorted(self._cites, key=lambda r: (r["paper"], r["cited"])),
            **whole,
        }

    def _read_edges(self) -> None:
        roles = {predicate.edge: name for name, predicate in self._vocabulary.roles.items()}
        ends = {kind: end for end, kind in RESULT_EDGES.items()}
        for source, target, data in self._graph.edges(data=True):
            kind = data.get("type")
            if kind in roles and source in self._papers and target in self._entities:
                self._named_in[target].add(source)
                if self._vocabulary.roles[roles[kind]].working:
                    self._users[target].add(source)
                statement = data.get("id") or digest("role", source, roles[kind], target)
                row = {"id": statement, "paper": source, "role": roles[kind], "entity": target}
                self._roles.append({**row, "confidence": data.get("confidence", 1.0)})
                self._prove(statement, data)
            elif self._vocabulary.allows(kind, self._entities.get(source, ""), self._entities.get(target, "")):
                statement = data.get("id") or digest("relation", source, kind, target)
                proofs = self._prove(statement, data)
                if not proofs and (data.get("evidence") or data.get("paper_ids")):
                    continue  # all papers that said so are gone
                row = {"id": statement, "source": source, "type": kind, "target": target}
                papers = len({p["paper"] for p in proofs}) or data.get("papers", 0)
                self._relations.append({**row, "confidence": data.get("confidence", 1.0), "papers": papers})
            elif kind in ends:
                self._ends[source][ends[kind]] = target
            elif kind == "STATES":
                self._ends[target]["paper"] = source
            elif kind == "CITES" and {source, target} <= self._papers:
                self._cites.append({"paper": source, "cited": target})
            elif kind not in ("WROTE", "PUBLISHED_IN"):
                types = [self._graph.nodes[end].get("type") for end in (source, target)]
                raise UsageError(
                    f"the edge {source!r} → {target!r} states {kind!r} of a {types[0]} and a {types[1]}, which the vocabulary does not know"
                )

    def _prove(self, statement: str, data: Mapping[str, Any]) -> list[Row]:
        pairs = zip(data.get("paper_ids", ()), data.get("sentences", ()), strict=False)
        plain = (
            {"paper": p, "sentence": s, "start": -1, "end": -1, "extractor": "", "confidence": data.get("confidence", 1.0)}
            for p, s in pairs
        )
        proofs = [{"statement": statement, **proof} for proof in data.get("evidence", plain) if proof["paper"] in self._papers]
        self._evidence += proofs
        return proofs

    def _paper(self, node: str, data: Row) -> Row:
        row = {name: data.get(name) for name in SCHEMAS["papers"].names}
        types = {field.name: field.type for field in SCHEMAS["papers"] if field.name != "record"}
        lists = {name: row[name] or [] for name, kind in types.items() if pa.types.is_list(kind)}
        texts = {name: row[name] or "" for name, kind in types.items() if pa.types.is_string(kind)}
        return {**row, **lists, **texts, "id": node, "own_id": row["own_id"] or node, "title": row["title"] or data["name"]}

    def _entity(self, node: str, data: Row) -> Row:
        years = [y for p in self._named_in[node] if (y := self._graph.nodes[p].get("year"))]
        row = {name: data.get(name) for name in SCHEMAS["entities"].names}
        found = {"papers": len(self._named_in[node]), "users": len(self._users[node]), "first_year": min(years, default=None)}
        lists = {name: row[name] or [] for name in ("aliases", "links")}
        return {**row, **{k: v for k, v in found.items() if k not in data}, **lists, "id": node}

    def _forms(self, node: str, data: Row) -> Row:
        found = dict.fromkeys((data["name"], *data.get("aliases", ())), len(self._named_in[node]))
        return {**data.get("forms", found)}

    def _results(self) -> Iterable[Row]:
        for node, data in self._nodes["Result"]:
            ends = self._ends[node]
            if ends.get("paper") in self._papers:
                value = data.get("value")
                row = {
                    **{name: data.get(name) for name in SCHEMAS["results"].names},
                    **dict.fromkeys(RESULT_EDGES),
                    **ends,
                    "id": node,
                }
                printed = data.get("printed") or data["name"]
                exact = None if value is None else Decimal(str(value)).quantize(Decimal(1).scaleb(-12))
                yield {
                    **row,
                    "value": exact,
                    "printed": printed,
                    "kind": row["kind"] or "absolute",
                    "confidence": data.get("confidence", 1.0),
                }
                self._prove(node, data)

    def _known(self, row: Row) -> bool:
        return row.get("entity", row.get("new")) in self._entities
