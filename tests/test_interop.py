"""The graph in networkx and back, and answers as other libraries' tables."""

from __future__ import annotations

import builtins
import json
import shutil
from pathlib import Path
from typing import Any

import networkx as nx
import pandas
import polars
import pyarrow as pa
import pytest
from graphs import TOY, table_bytes

import kg
from kg.model.errors import UsageError
from kg.pipeline import remove


def tables(directory: Path) -> dict[str, bytes]:
    return {name: content for name, content in table_bytes(directory).items() if name.endswith(".parquet") and "/" not in name}


@pytest.mark.parametrize("name", ["toy", "claims"])
def test_there_and_back_gives_the_same_tables_to_the_byte(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    directory = request.getfixturevalue(name)
    with kg.open(directory) as graph:
        kg.from_networkx(kg.to_networkx(graph), tmp_path / "back.kg")
    assert tables(tmp_path / "back.kg") == tables(directory)


@pytest.mark.shared
def test_the_seed_graph_there_and_back(shared: Path, tmp_path: Path) -> None:
    kg.build([next((shared / "seeds").glob("*.txt"))], tmp_path / "seeds.kg", model="fast")
    with kg.open(tmp_path / "seeds.kg") as graph:
        kg.from_networkx(graph.to_networkx(), tmp_path / "back.kg")
    assert tables(tmp_path / "back.kg") == tables(tmp_path / "seeds.kg")


def test_the_form_is_plain_networkx(toy_graph: kg.Graph) -> None:
    graph = toy_graph.to_networkx()
    assert isinstance(graph, nx.MultiDiGraph)
    named = {data["name"]: node for node, data in graph.nodes(data=True)}
    edge = graph.edges[named["Gamma"], named["Alpha"], "BASED_ON"]
    assert (edge["type"], edge["weight"], edge["confidence"], edge["sentences"]) == (
        "BASED_ON",
        1,
        0.8,
        ["We present Gamma, which extends Alpha."],
    )
    assert graph.nodes[named["MapSet"]]["type"] == "Dataset"
    entities = nx.subgraph_view(graph, filter_node=lambda n: graph.nodes[n]["type"] in ("Model", "Method", "Dataset", "Task"))
    ranks = nx.pagerank(nx.DiGraph(entities))
    assert max(ranks, key=ranks.__getitem__) in (named["MapSet"], named["Root"], named["Beta"])


def test_what_was_taken_out_is_out(toy_graph: kg.Graph, tmp_path: Path) -> None:
    graph = toy_graph.to_networkx()
    named = {data["name"]: node for node, data in graph.nodes(data=True)}
    graph.remove_node(named["Alpha: a reader of maps"])
    graph.remove_node(named["Beta"])
    kg.from_networkx(graph, tmp_path / "less.kg")
    with kg.open(tmp_path / "less.kg") as less:
        assert [row[1] for row in less.query("lineage", name="Delta").rows] == ["Gamma", "Alpha"]  # only toy-1 knows of Root
        assert less.query("about", "sparql", name="Gamma").rows == less.query("about", name="Gamma").rows
        assert "Beta" not in json.dumps(less.query("about", name="Gamma").rows).replace("Alpha and Beta", "")
        assert less.stats()["nodes"]["Paper"] == 2
        assert "Alpha outperforms Beta." not in {row["sentence"] for row in less.version.rows("evidence")}


def test_a_graph_made_by_hand(tmp_path: Path) -> None:
    graph = nx.MultiDiGraph()
    graph.add_node("p1", type="Paper", name="A paper by hand", year=2024)
    graph.add_node("m", type="Model", name="Handy", aliases=["HandyNet"])
    graph.add_node("d", type="Dataset", name="HandSet")
    graph.add_edge("p1", "m", type="INTRODUCES", sentences=["We make Handy."], paper_ids=["p1"])
    graph.add_edge("m", "d", type="EVALUATED_ON")
    kg.from_networkx(graph, tmp_path / "hand.kg")
    with kg.open(tmp_path / "hand.kg") as made:
        for language in ("cypher", "sparql"):
            assert made.query("introduces", language, name="handynet").rows == [
                ("Handy", "Model", "A paper by hand", 2024, 1.0, "We make Handy.")
            ]
        (view,) = made.show("Handy")
        assert (view.paper_count, view.first_year) == (1, 2024)
        assert [row["other"] for row in view.relations] == ["HandSet"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g.add_node("x", type="Person", name="Ada"), "node 'x' has type 'Person'; known: Paper, Result"),
        (lambda g: g.add_node("x", type="Model"), "node 'x' needs an id that is text, and a name"),
        (lambda g: g.add_node(7, type="Model", name="Seven"), "node 7 needs an id that is text, and a name"),
        (lambda g: g.add_edge("m", "p", type="INTRODUCES"), "the edge 'm' → 'p' states 'INTRODUCES' of a Model and a Paper, which the vocabulary does not know"),
        (lambda g: g.add_edge("p", "m", type="LIKES"), "states 'LIKES' of a Paper and a Model"),
    ],
)  # fmt: skip
def test_what_the_vocabulary_does_not_know_is_refused(change: Any, message: str, tmp_path: Path) -> None:
    graph = nx.MultiDiGraph()
    graph.add_node("p", type="Paper", name="P")
    graph.add_node("m", type="Model", name="M")
    change(graph)
    with pytest.raises(UsageError, match=message):
        kg.from_networkx(graph, tmp_path / "x.kg")
    assert not (tmp_path / "x.kg").exists()
    with pytest.raises(UsageError, match="MultiDiGraph"):
        kg.from_networkx(nx.Graph(), tmp_path / "x.kg")


def test_a_graph_from_networkx_is_not_built_upon(toy_graph: kg.Graph, tmp_path: Path) -> None:
    kg.from_networkx(toy_graph.to_networkx(), tmp_path / "back.kg")
    for change in (
        lambda: kg.build([TOY / "papers.jsonl"], tmp_path / "back.kg", model=None),
        lambda: remove(tmp_path / "back.kg", ["toy-1"]),
    ):
        with pytest.raises(
            UsageError, match="was made from networkx and can only be read; build papers into a graph of another name"
        ):
            change()


def test_a_graph_built_from_papers_is_not_hidden_by_one_from_networkx(toy: Path, tmp_path: Path) -> None:
    shutil.copytree(toy, tmp_path / "toy.kg")
    with kg.open(toy) as graph:
        with pytest.raises(UsageError, match="holds a graph that was built from papers; name another folder"):
            kg.from_networkx(graph.to_networkx(), tmp_path / "toy.kg")
        for _ in range(2):  # one of its own is replaced
            kg.from_networkx(graph.to_networkx(), tmp_path / "back.kg")
    assert table_bytes(tmp_path / "toy.kg") == table_bytes(toy)


@pytest.mark.parametrize("language", ["cypher", "sparql"])
def test_answers_as_frames(toy_graph: kg.Graph, language: str) -> None:
    expected = toy_graph.query("leaderboard", language, dataset="MapSet")
    table = toy_graph.query("leaderboard", language, as_="arrow", dataset="MapSet")
    assert isinstance(table, pa.Table)
    assert table.to_pylist() == expected.to_dicts()
    assert (table.schema.field("value").type, table.schema.field("year").type) == (pa.float64(), pa.int64())
    frame = toy_graph.query("leaderboard", language, as_="pandas", dataset="MapSet")
    assert isinstance(frame, pandas.DataFrame)
    assert frame.to_dict("records") == expected.to_dicts()
    other = toy_graph.query("leaderboard", language, as_="polars", dataset="MapSet")
    assert isinstance(other, polars.DataFrame)
    assert other.to_dicts() == expected.to_dicts()


@pytest.mark.parametrize("kind", ["arrow", "pandas", "polars"])
def test_frames_of_no_rows_of_mixed_values_and_of_lists(toy_graph: kg.Graph, kind: str) -> None:
    empty = toy_graph.query("lineage", as_=kind, name="Root")
    assert (list(getattr(empty, "column_names", None) or empty.columns), len(empty)) == (["name", "ancestor", "type", "steps"], 0)
    mixed = toy_graph.query("UNWIND [1, 'a', null, [2]] AS x RETURN x, [1, 2] AS l", as_=kind)
    rows = mixed.to_pylist() if kind == "arrow" else mixed.to_dict("records") if kind == "pandas" else mixed.to_dicts()
    assert [row["x"] if isinstance(row["x"], str) else None for row in rows] == ["1", "a", None, "[2]"]
    assert [list(row["l"]) for row in rows] == [[1, 2]] * 4


def test_frames_that_there_are_not(toy_graph: kg.Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="as_ must be one of answer, arrow, pandas, polars, found 'excel'"):
        toy_graph.query("counts", as_="excel")
    real = builtins.__import__
    monkeypatch.setattr("importlib.import_module", lambda name: real("no_such_" + name))
    with pytest.raises(UsageError, match="polars is not installed; run: pip install polars"):
        toy_graph.query("counts", as_="polars")
