"""Every exporter: readable by another parser, the same content, the same bytes twice."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import networkx as nx
import pytest
import rdflib
from rdflib.compare import isomorphic

import kg
from kg import registry
from kg.model.errors import StoreError, UnknownName

KG = rdflib.Namespace("https://w3id.org/paperkg/schema#")
PARSERS = {"ttl": "turtle", "nt": "nt", "jsonld": "json-ld"}


def export(graph: kg.Graph, path: Path) -> list[Path]:
    return graph.export(path)


def test_formats() -> None:
    assert registry.available("export") == ["csv", "graphml", "jsonld", "neo4j-admin", "nt", "ttl"]


@pytest.mark.parametrize("format_name", ["csv", "graphml", "jsonld", "nt", "ttl"])
def test_same_bytes_twice(toy_graph: kg.Graph, tmp_path: Path, format_name: str) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first = export(toy_graph, tmp_path / "a" / f"x.{format_name}")
    second = export(toy_graph, tmp_path / "b" / f"x.{format_name}")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    assert all(p.stat().st_size > 100 for p in first)


def test_rdf_formats_hold_the_same_triples(toy_graph: kg.Graph, tmp_path: Path) -> None:
    parsed = {}
    for format_name, parser in PARSERS.items():
        (path,) = export(toy_graph, tmp_path / f"x.{format_name}")
        parsed[format_name] = rdflib.Graph().parse(path, format=parser)
    assert isomorphic(parsed["ttl"], parsed["nt"])
    assert isomorphic(parsed["ttl"], parsed["jsonld"])
    assert isomorphic(parsed["ttl"], toy_graph.to_rdflib())


def test_rdf_says_what_the_papers_say(toy_graph: kg.Graph) -> None:
    graph = toy_graph.to_rdflib()
    named = {str(label): thing for thing, label in graph.subject_objects(rdflib.RDFS.label)}
    assert (named["Gamma"], KG.basedOn, named["Alpha"]) in graph
    assert (named["Alpha"], KG.evaluatedOn, named["MapSet"]) in graph
    statement = next(s for s in graph.subjects(rdflib.RDF.predicate, KG.basedOn) if (s, rdflib.RDF.object, named["Root"]) in graph)
    assert graph.value(statement, KG.confidence) == rdflib.Literal("0.5", datatype=rdflib.XSD.decimal)
    values = sorted(value.toPython() for value in graph.objects(None, KG.value))
    assert [str(v) for v in values] == ["9", "12", "80", "85.5", "85.5"]
    assert {str(p) for p in graph.objects(None, KG.printed)} == {"9", "12", "80.0", "85.5"}


def test_graphml_opens_in_networkx(toy_graph: kg.Graph, tmp_path: Path) -> None:
    export(toy_graph, tmp_path / "x.graphml")
    read = nx.read_graphml(tmp_path / "x.graphml", force_multigraph=True)
    assert (read.number_of_nodes(), read.number_of_edges()) == (23, 57)
    ours = toy_graph.to_networkx()
    assert dict(read.nodes(data=True)) == dict(ours.nodes(data=True))
    assert sorted((s, t, d["type"]) for s, t, d in read.edges(data=True)) == sorted(
        (s, t, d["type"]) for s, t, d in ours.edges(data=True)
    )


def test_csv_nodes_and_edges(toy_graph: kg.Graph, tmp_path: Path) -> None:
    nodes, edges = export(toy_graph, tmp_path / "x.csv")
    assert (nodes.name, edges.name) == ("x.nodes.csv", "x.edges.csv")
    with nodes.open(newline="", encoding="utf-8") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    with edges.open(newline="", encoding="utf-8") as file:
        found = [(rows[r["source"]]["name"], r["type"], rows[r["target"]]["name"]) for r in csv.DictReader(file)]
    assert ("Gamma", "BASED_ON", "Alpha") in found
    assert len(rows) == 23


def test_jsonld_context_is_the_shipped_one(toy_graph: kg.Graph, tmp_path: Path) -> None:
    (path,) = export(toy_graph, tmp_path / "x.jsonld")
    document = json.loads(path.read_text())
    assert document["@context"]["kg"] == str(KG)
    assert all(node["@id"].startswith("https://w3id.org/paperkg/") for node in document["@graph"])


def test_unknown_format_and_unwritable_place(toy_graph: kg.Graph, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no export format named 'docx'; known: csv, graphml, jsonld, neo4j-admin, nt, ttl"):
        toy_graph.export(tmp_path / "x.docx")
    with pytest.raises(StoreError, match="cannot be written"):
        toy_graph.export(tmp_path / "no" / "such" / "folder.nt")
