"""What the explorer asks for, against what the tables say."""

from __future__ import annotations

import json
import struct
import time
from pathlib import Path
from typing import Any

import numpy as np
from graphs import build_records, record
from served import Server, serving

import kg
from kg.tables import open_version
from kg.web import overview
from kg.web.atlas import Atlas


def got(server: Server, path: str) -> Any:
    answer = server.ask(path)
    assert answer.status == 200, answer.text
    return json.loads(answer.body)


def test_neighbours_by_edge_type_and_page(server: Server, ids: dict[str, str]) -> None:
    every = got(server, f"/api/neighbours?id={ids['Alpha']}")
    assert {node["name"] for node in every["nodes"]} == {
        "Alpha: a reader of maps", "Gamma reads maps better", "Root", "Beta", "Gamma", "MapSet", "map reading",
    }  # fmt: skip
    assert every["total"] == 7
    based = got(server, f"/api/neighbours?id={ids['Alpha']}&edge=BASED_ON")
    assert sorted(node["name"] for node in based["nodes"]) == ["Gamma", "Root"]
    assert {edge["type"] for edge in based["edges"]} == {"BASED_ON"}
    papers = got(server, f"/api/neighbours?id={ids['Alpha']}&type=Paper")
    assert {node["type"] for node in papers["nodes"]} == {"Paper"}
    pages = [got(server, f"/api/neighbours?id={ids['Alpha']}&limit=3&offset={offset}")["nodes"] for offset in (0, 3, 6, 9)]
    assert [node["id"] for page in pages for node in page] == [node["id"] for node in every["nodes"]]
    for path, status in (
        ("id=none", 404),
        (f"id={ids['Alpha']}&edge=ADORES", 400),
        (f"id={ids['Alpha']}&type=Thing", 400),
        (f"id={ids['Alpha']}&limit=9999", 400),
        ("", 400),
    ):
        answer = server.ask(f"/api/neighbours?{path}")
        assert (answer.status, answer.text.count("\n")) == (status, 1), answer.text


def test_a_thing_whole(server: Server, ids: dict[str, str]) -> None:
    alpha = got(server, f"/api/entity/{ids['Alpha']}")
    assert (alpha["name"], alpha["type"], alpha["papers"], alpha["first_year"]) == ("Alpha", "Model", 2, 2020)
    assert alpha["edges"]["BASED_ON"] == {"out": 1, "in": 1}
    paper = got(server, f"/api/entity/{ids['Alpha: a reader of maps']}")
    assert (paper["year"], paper["authors"]) == (2020, ["Ada One", "Bo Two"])
    text = f"{paper['name']}\n{paper['abstract']}"
    assert {text[m["start"] : m["end"]] for m in paper["mentions"] if m["entity"] == ids["Alpha"]} == {"Alpha"}
    assert server.ask("/api/entity/none").status == 404


def test_paths_prefer_what_is_stated(server: Server, ids: dict[str, str]) -> None:
    found = got(server, f"/api/path?source={ids['Delta']}&target={ids['Root']}")
    names = [node["name"] for node in found["nodes"]]
    assert (names[0], names[-1], len(found["edges"])) == ("Delta", "Root", len(names) - 1)
    for edge, a, b in zip(found["edges"], found["nodes"], found["nodes"][1:], strict=False):
        assert {edge["source"], edge["target"]} == {a["id"], b["id"]}
        assert edge["type"] != "MENTIONS"
    assert got(server, f"/api/path?source={ids['Delta']}&target={ids['Delta']}") == {"nodes": [], "edges": []}
    assert server.ask(f"/api/path?source={ids['Delta']}&target=none").status == 404


def test_shortest_paths_are_those_of_networkx(tmp_path: Path) -> None:
    import networkx as nx

    names = [f"V{i}" for i in range(14)]
    pairs = [(i, (i * 5 + 3) % 14) for i in range(12)] + [(i, i + 1) for i in range(0, 8, 2)]
    papers = [
        record(f"p{n}", ("Model", names[a]), ("Model", names[b]), relations=(("BASED_ON", 0, 1),)) for n, (a, b) in enumerate(pairs) if a != b
    ]  # fmt: skip
    graph = build_records(tmp_path, *papers)
    atlas = Atlas(open_version(graph))
    stated = nx.Graph(
        (int(s), int(t))
        for s, t, k in zip(atlas.edges.source, atlas.edges.target, atlas.edges.kind, strict=True)
        if atlas.kinds[k] != "MENTIONS"
    )
    models = [n for n in range(len(atlas)) if atlas.types[atlas.type[n]] == "Model"]
    checked = 0
    for a in models:
        for b in models:
            if a != b and a in stated and b in stated and nx.has_path(stated, a, b):
                length = nx.shortest_path_length(stated, a, b)
                if length <= 8:
                    assert len(atlas.path(a, b)) == length, (a, b)
                    checked += 1
    assert checked > 20


def test_sentences_with_the_places_of_both_names(server: Server, ids: dict[str, str]) -> None:
    edges = got(server, f"/api/nodes?ids={ids['Alpha']},{ids['Beta']},none")["edges"]
    (beaten,) = [edge for edge in edges if edge["type"] == "OUTPERFORMS"]
    (proof,) = got(server, f"/api/evidence?edge={beaten['id']}")
    assert proof["sentence"] == "Alpha outperforms Beta."
    assert [proof["sentence"][m["start"] : m["end"]] for m in proof["marks"]] == ["Alpha", "Beta"]
    assert proof["paper"]["name"] == "Alpha: a reader of maps"
    assert server.ask("/api/evidence?edge=none").status == 404


def test_the_map_has_a_place_for_everything(server: Server, toy: Path) -> None:
    until = time.monotonic() + 60
    while not (told := got(server, "/api/overview"))["ready"]:
        assert time.monotonic() < until
        time.sleep(0.2)
    data = server.ask("/api/overview/map").body
    nodes, edges = struct.unpack("<II", data[:8])
    assert (nodes, told["nodes"]) == (14, 14)
    assert len(data) == 8 + nodes * 8 + edges * 8 + nodes * 2 + nodes
    places = np.frombuffer(data, "<f4", nodes * 2, 8).reshape(-1, 2)
    assert np.isfinite(places).all()
    assert len(np.unique(places, axis=0)) == nodes
    assert np.frombuffer(data, "<u4", edges * 2, 8 + nodes * 8).max() < nodes
    assert sum(community["size"] for community in told["communities"]) <= nodes
    assert got(server, "/api/overview/node?number=0")["type"] == "Paper"
    assert server.ask("/api/overview/node?number=99").status == 404
    version = open_version(toy)
    atlas = Atlas(version)
    member = overview._communities(atlas)
    again = overview._communities(Atlas(version))
    assert (member == again).all()
    assert overview.packed(atlas, overview._inside(atlas, member, *overview._placed(atlas, member))) == data


def test_an_empty_graph_is_served(tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_text('{"title": "Alone", "abstract": "Nothing here."}\n')
    kg.build([tmp_path / "p.jsonl"], tmp_path / "a.kg", model=None)
    with serving(tmp_path / "a.kg", tmp_path / "log") as server:
        assert [row["name"] for row in got(server, "/api/search?q=alone")] == ["Alone"]
        assert got(server, f"/api/neighbours?id={got(server, '/api/search?q=alone')[0]['id']}") == {
            "total": 0,
            "nodes": [],
            "edges": [],
        }
        assert server.ask("/", "text/html").status == 200
        until = time.monotonic() + 60
        while not got(server, "/api/overview")["ready"]:
            assert time.monotonic() < until, server.log.read_text()
            time.sleep(0.2)
        assert "Traceback" not in server.log.read_text()


def test_what_a_paper_cites_and_what_cites_it(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "title": "Paper A", "doi": "10.5/a", "references": ["10.5/b", "10.5/c"], "year": 2021, "keywords": ["trees"]},
        {
            "id": "b",
            "title": "Paper B",
            "doi": "10.5/b",
            "citations": 7,
            "year": 2019,
            "links": [["code", "https://example.org/b"]],
        },
        {"id": "c", "title": "Paper C", "doi": "10.5/c", "year": 2020},
    ]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    kg.build([tmp_path / "p.jsonl"], tmp_path / "g.kg", model=None)
    with kg.open(tmp_path / "g.kg") as graph:
        ids = {row["title"]: row["id"] for row in graph.version.rows("papers")}
    with serving(tmp_path / "g.kg", tmp_path / "log") as running:
        a, b = (got(running, f"/api/entity/{ids[f'Paper {name}']}") for name in "AB")
        page = running.ask(f"/paper/{ids['Paper A']}", "text/turtle")
    assert ([one["name"] for one in a["cites"]], a["cited_by"], a["keywords"]) == (["Paper C", "Paper B"], [], ["trees"])
    assert ([one["name"] for one in b["cited_by"]], b["citations"], b["code"]) == (["Paper A"], 7, ["https://example.org/b"])
    assert page.text.count("cito:cites") == 1
