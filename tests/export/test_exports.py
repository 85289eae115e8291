"""Every exporter: readable by another parser, the same content, the same bytes twice."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import pyarrow.parquet as pq
import pytest
import rdflib
from graphs import build_records, record
from rdflib.compare import isomorphic

import kg
from kg import registry
from kg.model.errors import StoreError, UnknownName

KG = rdflib.Namespace("https://w3id.org/paperkg/schema#")
PARSERS = {"ttl": "turtle", "nt": "nt", "jsonld": "json-ld"}


def export(graph: kg.Graph, path: Path) -> list[Path]:
    return graph.export(path)


def test_formats() -> None:
    assert registry.available("export") == [
        "crate",
        "csv",
        "gexf",
        "graphml",
        "jsonld",
        "neo4j-admin",
        "nq",
        "nt",
        "parquet",
        "trig",
        "ttl",
    ]


@pytest.mark.parametrize("format_name", ["csv", "gexf", "graphml", "jsonld", "nq", "nt", "nt.gz", "parquet", "trig", "ttl"])
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
    assert [str(v) for v in values] == ["9.0", "12.0", "80.0", "85.5", "85.5"]
    assert {str(p) for p in graph.objects(None, KG.printed)} == {"9", "12", "80.0", "85.5"}


@pytest.mark.parametrize("suffix", ["graphml", "gexf"])
def test_drawing_formats_open_in_networkx_with_types_labels_colours_and_weights(
    toy_graph: kg.Graph, tmp_path: Path, suffix: str
) -> None:
    (path,) = export(toy_graph, tmp_path / f"x.{suffix}")
    read = nx.read_graphml(path, force_multigraph=True) if suffix == "graphml" else nx.read_gexf(path)
    ours = toy_graph.to_networkx()
    assert {node: (data["type"], data["label"]) for node, data in read.nodes(data=True)} == {
        node: (data["type"], data["name"]) for node, data in ours.nodes(data=True)
    }
    assert sorted((s, t, d["type"], float(d["weight"])) for s, t, d in read.edges(data=True)) == sorted(
        (s, t, d["type"], float(d["weight"])) for s, t, d in ours.edges(data=True)
    )
    alpha = next(data for _, data in read.nodes(data=True) if data["label"] == "Alpha")
    assert alpha["papers"] == 2
    colour = (alpha["r"], alpha["g"], alpha["b"]) if suffix == "graphml" else tuple(alpha["viz"]["color"][c] for c in "rgb")
    assert tuple(map(int, colour)) == (0xD5, 0x5E, 0x00)  # a model's, as in the vocabulary
    proof = next(d for s, _, d in read.edges(data=True) if d["type"] == "OUTPERFORMS" and read.nodes[s]["label"] == "Alpha")
    assert (proof["sentences"], float(proof["confidence"])) == ("Alpha outperforms Beta.", 0.75)


def test_graphml_has_what_yed_shows(toy_graph: kg.Graph, tmp_path: Path) -> None:
    (path,) = export(toy_graph, tmp_path / "x.graphml")
    names = {"g": "http://graphml.graphdrawing.org/xmlns", "y": "http://www.yworks.com/xml/graphml"}
    root = ElementTree.parse(path).getroot()
    shapes = root.findall(".//g:node/g:data[@key='node-graphics']/y:ShapeNode", names)
    shown = {s.findtext("y:NodeLabel", namespaces=names): s for s in shapes}
    assert len(shapes) == 23
    assert shown["Alpha"].find("y:Fill", names).get("color") == "#D55E00"  # type: ignore[union-attr]
    assert shown["MapSet"].find("y:Shape", names).get("type") == "diamond"  # type: ignore[union-attr]
    edges = root.findall(".//g:edge/g:data[@key='edge-graphics']/y:PolyLineEdge/y:EdgeLabel", names)
    assert len(edges) == 57
    assert "OUTPERFORMS" in {e.text for e in edges}


@pytest.mark.parametrize("suffix", ["graphml", "gexf"])
def test_drawing_formats_hold_any_text(tmp_path: Path, suffix: str) -> None:
    name = 'a<b> & "c" ]]> \x01\u2028 \U0001f600\t\''
    graph = build_records(tmp_path, record("p", ("Model", name), ("Dataset", "D&D"), relations=(("EVALUATED_ON", 0, 1),)))
    with kg.open(graph) as opened:
        (path,) = opened.export(tmp_path / f"x.{suffix}")
    read = nx.read_graphml(path) if suffix == "graphml" else nx.read_gexf(path)
    assert name.replace("\x01", "") in {data["label"] for _, data in read.nodes(data=True)}


def test_csv_nodes_and_edges(toy_graph: kg.Graph, tmp_path: Path) -> None:
    nodes, edges, told = export(toy_graph, tmp_path / "x.csv")
    assert (nodes.name, edges.name, told.name) == ("x.nodes.csv", "x.edges.csv", "x.datapackage.json")
    with nodes.open(newline="", encoding="utf-8") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    with edges.open(newline="", encoding="utf-8") as file:
        found = [(rows[r["source"]]["name"], r["type"], rows[r["target"]]["name"]) for r in csv.DictReader(file)]
    assert ("Gamma", "BASED_ON", "Alpha") in found
    assert len(rows) == 23


def test_parquet_has_types_and_lists(toy_graph: kg.Graph, tmp_path: Path) -> None:
    nodes, edges, _ = export(toy_graph, tmp_path / "x.parquet")
    rows = {row["id"]: row for row in pq.read_table(nodes).to_pylist()}
    assert len(rows) == 23
    paper = next(row for row in rows.values() if row["title"] == "Alpha: a reader of maps")
    assert (paper["year"], paper["authors"], paper["name"]) == (2020, ["Ada One", "Bo Two"], None)
    assert sorted(row["value"] for row in rows.values() if row["label"] == "Result") == [9.0, 12.0, 80.0, 85.5, 85.5]
    beaten = [
        row for row in pq.read_table(edges).to_pylist() if row["type"] == "OUTPERFORMS" and rows[row["source"]]["name"] == "Alpha"
    ]
    assert [(row["confidence"], row["papers"], row["sentences"]) for row in beaten] == [(0.75, 1, ["Alpha outperforms Beta."])]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_the_data_dictionary_tells_every_column(toy_graph: kg.Graph, tmp_path: Path, suffix: str) -> None:
    *files, told = export(toy_graph, tmp_path / f"x.{suffix}")
    resources = json.loads(told.read_text())["resources"]
    assert [resource["path"] for resource in resources] == [file.name for file in files]
    for resource, file in zip(resources, files, strict=True):
        columns = pq.read_schema(file).names if suffix == "parquet" else file.read_text().splitlines()[0].split(",")
        assert [field["name"] for field in resource["schema"]["fields"]] == columns
        assert all(field["description"] and field["type"] for field in resource["schema"]["fields"])


def test_jsonld_context_is_the_shipped_one(toy_graph: kg.Graph, tmp_path: Path) -> None:
    (path,) = export(toy_graph, tmp_path / "x.jsonld")
    document = json.loads(path.read_text())
    assert document["@context"]["kg"] == str(KG)
    assert all(node["id"].startswith("https://w3id.org/paperkg/") for node in document["@graph"])


def test_unknown_format_and_unwritable_place(toy_graph: kg.Graph, tmp_path: Path) -> None:
    with pytest.raises(
        UnknownName,
        match="no export format named 'docx'; known: crate, csv, gexf, graphml, jsonld, neo4j-admin, nq, nt, parquet, trig, ttl",
    ):
        toy_graph.export(tmp_path / "x.docx")
    with pytest.raises(StoreError, match="cannot be written"):
        toy_graph.export(tmp_path / "no" / "such" / "folder.nt")
