"""The columns of nodes and edges in flat formats, with their types and meaning, and the data dictionary that says so."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.projection import PropertyGraph

Row = dict[str, Any]
BETWEEN = "; "  # items of a list where a format has no lists
_STEM = {
    "nodes": "Papers, entities, results, authors and venues.",
    "edges": "Statements, and how papers, results, authors and venues hang together.",
}


@dataclass(frozen=True)
class Column:
    """A column: `type` is string, integer, number or list (of strings)."""

    name: str
    type: str
    meaning: str


NODES = (
    Column("id", "string", "16 hex digits, the same on any machine; key"),
    Column("label", "string", "Paper, Model, Method, Dataset, Metric, Task, Result, Author or Venue"),
    Column("name", "string", "Name of an entity, author or venue; the printed figure of a result"),
    Column("title", "string", "Title of a paper"),
    Column("aliases", "list", "Other forms of an entity's name"),
    Column("papers", "integer", "How many papers name an entity"),
    Column("users", "integer", "How many of these introduce it, use it, evaluate on it or compare with it"),
    Column("first_year", "integer", "Year of the first of these papers, if known"),
    Column("year", "integer", "Year of a paper"),
    Column("date", "string", "Date of a paper as it was given"),
    Column("authors", "list", "Authors of a paper, in order"),
    Column("venue", "string", "Venue of a paper"),
    Column("url", "string", "Address of a paper"),
    Column("identifiers", "list", "Identifiers of a paper, as scheme:value"),
    Column("links", "list", "Addresses that a paper's text gives, or that belong to an entity"),
    Column("code", "list", "Those of a paper's links that lead to code"),
    Column("own_id", "string", "The paper's id in the input"),
    Column("source", "string", "Where a paper was read from"),
    Column("abstract", "string", "Abstract of a paper"),
    Column("licence", "string", "Licence of a paper, as its source names it"),
    Column("version", "string", "Version of a preprint, such as v2"),
    Column("language", "string", "Language of a paper's abstract, as a code of ISO 639"),
    Column("keywords", "list", "Keywords and categories of a paper"),
    Column("citations", "integer", "How many papers cite a paper, as its source counts"),
    Column("orcids", "list", "ORCIDs that papers give for an author"),
    Column("affiliations", "list", "Affiliations that papers give for an author"),
    Column("value", "number", "Value of a result, in its unit"),
    Column("printed", "string", "Value of a result as the text has it"),
    Column("unit", "string", "Unit of a result, such as %, x or ms"),
    Column("kind", "string", "absolute (a level) or delta (a change)"),
    Column("direction", "string", "Whether a change is an increase or a decrease"),
    Column("better", "string", "Whether higher or lower values of a result's metric are better, or unknown"),
    Column("condition", "string", "Under what condition a result holds, such as zero-shot"),
    Column("confidence", "number", "How sure a result is, from 0 to 1"),
    Column("sentence", "string", "The sentence that states a result"),
)
EDGES = (
    Column("source", "string", "id of the node where the edge starts"),
    Column("type", "string", "What is stated, such as INTRODUCES or EVALUATED_ON"),
    Column("target", "string", "id of the node where the edge ends"),
    Column("confidence", "number", "How sure a statement is, from 0 to 1"),
    Column("papers", "integer", "How many papers support a statement"),
    Column("paper_ids", "list", "ids of the papers, one for each sentence"),
    Column("sentences", "list", "The sentences that say so"),
)


def node_rows(graph: PropertyGraph) -> Iterator[Row]:
    """Nodes in order, with the columns that they have."""
    return (row for group in graph.nodes for row in group.rows)


def edge_rows(graph: PropertyGraph) -> Iterator[Row]:
    """Edges in order."""
    return ({"type": group.type, **row} for group in graph.edges for row in group.rows)


def paths(path: Path, suffix: str) -> tuple[Path, Path, Path]:
    """Where nodes, edges and the data dictionary go: `OUT.nodes.csv`, `OUT.edges.csv`, `OUT.datapackage.json`."""
    stem = path.with_suffix("") if path.suffix == f".{suffix}" else path
    nodes, edges, told = (
        stem.with_name(f"{stem.name}.{part}") for part in (f"nodes.{suffix}", f"edges.{suffix}", "datapackage.json")
    )
    return nodes, edges, told


def write_dictionary(path: Path, files: Iterable[Path], suffix: str) -> None:
    """A data dictionary of such files, in the order nodes, edges: a Data Package (Frictionless Data, version 1)."""
    lists = {"string": "string", "integer": "integer", "number": "number", "list": "array" if suffix == "parquet" else "string"}
    joined = "" if suffix == "parquet" else f"; items are joined with {BETWEEN.strip()!r}"
    resources = []
    for name, file, columns in zip(("nodes", "edges"), files, (NODES, EDGES), strict=True):
        fields = [
            {"name": c.name, "type": lists[c.type], "description": c.meaning + (joined if c.type == "list" else "")}
            for c in columns
        ]
        keys: Row = {"primaryKey": ["id"]}
        if name == "edges":
            ends = ("source", "target")
            keys = {"foreignKeys": [{"fields": [e], "reference": {"resource": "nodes", "fields": ["id"]}} for e in ends]}
        described = {"name": name, "path": file.name, "format": suffix, "description": _STEM[name]}
        resources.append({**described, "encoding": "utf-8", "schema": {"fields": fields, **keys}})
    package = {"name": "paperkg-graph", "profile": "data-package", "resources": resources}
    path.write_text(json.dumps(package, indent=1) + "\n", encoding="utf-8")
