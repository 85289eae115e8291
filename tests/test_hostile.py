"""Names meant to break quoting, markup and files go in at one end and come out unchanged at every other."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import networkx as nx
import pyarrow.parquet as pq
import pytest
import rdflib

import kg

NAMES = [
    "quote ' and \" and ` here",
    "back\\slash \\n \\u0041 \\",
    "<script>window.hacked = 1</script>",
    "<img src=x onerror=\"window.hacked = 1\">",
    "' OR 1=1 --",
    "'; MATCH (n) DETACH DELETE n; //",
    '" . } ; DROP ALL ; #',
    "two\nlines and\ta tab",
    "right\u202eto\u202cleft \u200b zero",
    "emoji 😀 and \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "href is a word here",
    "</script><script>window.hacked = 1</script>",
    "{{7*7}} ${7*7} %s {0}",
    "$name ?name @prefix <http://x> _:b0",
    "../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "x" * 10_000,
    "мир 世界 العالم",
]  # fmt: skip
TITLES = [" ".join(name.replace("\u200b", "").split()) for name in NAMES]  # a title is one line, without what has no width


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    papers, records = [], []
    for i, name in enumerate(NAMES):
        abstract = f"We present {name}. It beats {NAMES[i - 1]}."
        papers.append({"id": f"h{i}", "title": name, "abstract": abstract, "authors": [name], "venue": name, "year": 2020})
        entities = [
            {"id": "e1", "type": "Model", "name": name, "mentions": [name, name + " v2"], "roles": ["introduces"]},
            {"id": "e2", "type": "Model", "name": NAMES[i - 1], "mentions": [NAMES[i - 1]], "roles": ["compares_with"]},
            {"id": "e3", "type": "Dataset", "name": f"data {name}", "mentions": [f"data {name}"], "roles": ["evaluates_on"]},
        ]
        relation = {"type": "OUTPERFORMS", "source": "e1", "target": "e2", "sentence": name, "confidence": 0.5}
        result = {"value": "1", "subject": "e1", "dataset": "e3", "unit": name, "condition": name, "sentence": name}
        records.append({"id": f"h{i}", "entities": entities, "relations": [relation], "results": [result]})
    for file, rows in (("p.jsonl", papers), ("r.jsonl", records)):
        (folder / file).write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = kg.build([folder / "p.jsonl"], folder / "h.kg", model=None, records=folder / "r.jsonl")
    assert report.clean
    return folder / "h.kg"


def test_titles_and_names_in_the_tables(hostile: Path) -> None:
    with kg.open(hostile) as graph:
        assert {row["title"] for row in graph.version.rows("papers")} == set(TITLES)
        models = {row["name"] for row in graph.version.rows("entities") if row["type"] == "Model"}
        assert models == set(NAMES)


@pytest.mark.parametrize("language", ["cypher", "sparql"])
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_each_is_found_by_its_name(hostile: Path, name: str, language: str) -> None:
    with kg.open(hostile) as graph:
        rows = graph.query("introduces", language, name=name).rows
        assert [(row[0], row[2]) for row in rows] == [(name, TITLES[NAMES.index(name)])]
        beaten = graph.query("outperforms", language, name=name).rows
        assert [row[2] for row in beaten] == [name]


@pytest.mark.parametrize("format_name", ["ttl", "nt", "jsonld"])
def test_in_rdf(hostile: Path, tmp_path: Path, format_name: str) -> None:
    with kg.open(hostile) as graph:
        graph.export(tmp_path / f"h.{format_name}")
    parsed = rdflib.Graph().parse(
        tmp_path / f"h.{format_name}", format={"ttl": "turtle", "nt": "nt", "jsonld": "json-ld"}[format_name]
    )
    titles = {str(title) for title in parsed.objects(None, rdflib.DCTERMS.title)}
    assert titles == set(TITLES)
    assert set(NAMES) <= {str(label) for label in parsed.objects(None, rdflib.RDFS.label)}


@pytest.mark.parametrize("suffix", ["graphml", "gexf"])
def test_in_what_programs_draw(hostile: Path, tmp_path: Path, suffix: str) -> None:
    with kg.open(hostile) as graph:
        graph.export(tmp_path / f"h.{suffix}")
    read = nx.read_graphml(tmp_path / "h.graphml") if suffix == "graphml" else nx.read_gexf(tmp_path / "h.gexf")
    assert {data["title"] for _, data in read.nodes(data=True) if data["type"] == "Paper"} == set(TITLES)
    assert {data["label"] for _, data in read.nodes(data=True) if data["type"] == "Paper"} == set(TITLES)


def test_in_parquet_and_networkx(hostile: Path, tmp_path: Path) -> None:
    with kg.open(hostile) as graph:
        nodes, *_ = graph.export(tmp_path / "h.parquet")
        kg.from_networkx(graph.to_networkx(), tmp_path / "back.kg")
    assert {row["title"] for row in pq.read_table(nodes).to_pylist() if row["label"] == "Paper"} == set(TITLES)
    with kg.open(tmp_path / "back.kg") as back:
        assert {row["title"] for row in back.version.rows("papers")} == set(TITLES)


def test_in_csv(hostile: Path, tmp_path: Path) -> None:
    with kg.open(hostile) as graph:
        graph.export(tmp_path / "h.csv")
    with (tmp_path / "h.nodes.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["title"] for row in rows if row["label"] == "Paper"} == set(TITLES)


def test_on_the_page_nothing_of_it_is_markup(hostile: Path, tmp_path: Path) -> None:
    with kg.open(hostile) as graph:
        kg.visualize(graph, tmp_path / "h.html")
    page = (tmp_path / "h.html").read_text(encoding="utf-8")
    data = page[page.index("nodes = new vis.DataSet") : page.index("network = new vis.Network")]
    assert "<" not in data
    # pyvis renders tooltips as markup as soon as one of them holds this word; labels are drawn on the canvas
    assert not [title for title in re.findall(r'"title": "([^"]*)"', data) if "href" in title.lower()]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_on_the_terminal_a_row_stays_a_row(hostile: Path, run: object, name: str) -> None:
    code, out, _ = run("query", hostile, "introduces", "-p", f"name={name}")  # type: ignore[operator]
    assert code == 0
    assert len(out.strip().splitlines()) == 3  # head, rule, one row
