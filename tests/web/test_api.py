"""The JSON interface, and the commands that start a server."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from answers import TOY
from served import Server

import kg
from kg import catalog

Run = Callable[..., tuple[int, str, str]]


def test_search_finds_by_any_word_of_a_name_alias_or_title(server: Server) -> None:
    def found(query: str, **more: str) -> list[tuple[str, str]]:
        return [(row["kind"], row["name"]) for row in json.loads(server.ask(f"/api/search?{urlencode({'q': query, **more})}").body)]

    assert found("alp")[0] == ("Model", "Alpha")
    assert ("Paper", "Alpha: a reader of maps") in found("ALPHA")
    assert ("Paper", "Alpha: a reader of maps") in found("reader of")
    assert found("alpha", type="Paper") == [("Paper", "Alpha: a reader of maps")]
    assert found("zzz") == []
    assert len(found("a", limit="1")) == 1
    assert server.ask("/api/search").status == 400
    assert server.ask("/api/search?q=a&limit=x").text.startswith("limit: ")
    assert server.ask("/api/search?q=a&limit=0").status == 400


def test_every_saved_question_is_listed(server: Server) -> None:
    listed = json.loads(server.ask("/api/queries").body)
    assert [question["name"] for question in listed] == catalog.saved_names()
    board = next(question for question in listed if question["name"] == "leaderboard")
    assert (board["title"], board["languages"]) == ("Leaderboard of a dataset", ["cypher", "sparql"])
    assert [(p["name"], p["kind"], p["default"]) for p in board["parameters"]] == [
        ("dataset", "dataset", None),
        ("metric", "metric", ""),
    ]
    page = server.ask("/query", "text/html").text
    assert all(f'data-name="{name}"' in page for name in catalog.saved_names())


@pytest.mark.parametrize("language", ["cypher", "sparql"])
def test_saved_questions_answer_as_worked_out_by_hand(server: Server, language: str) -> None:
    asked = 0
    for name, given, expected in TOY:
        if name in catalog.saved_names(language):
            answer = server.ask(f"/api/queries/{name}?{urlencode({**given, 'lang': language})}")
            assert answer.status == 200, answer.text
            rows = [tuple(row[: len(one)]) for row, one in zip(json.loads(answer.body)["rows"], expected, strict=True)]
            assert rows == [tuple(one) for one in expected], (name, given)
            asked += 1
    assert asked > 10


def test_what_is_asked_wrongly_is_told_in_a_line(server: Server) -> None:
    for path, status, words in (
        ("/api/queries/leaderboard", 400, "needs the parameter 'dataset'"),
        ("/api/queries/leaderboard?dataset=mapsett", 404, "MapSet"),
        ("/api/queries/leaderboard?dataset=MapSet&colour=red", 400, "no parameter 'colour'"),
        ("/api/queries/nothing", 404, "no saved question named 'nothing'"),
        ("/api/queries/..%2f..%2fpyproject", 404, ""),
        ("/api/queries/path?source=Alpha&target=Beta&lang=sparql", 404, "cannot be asked in sparql"),
        ("/api/queries/counts?lang=sql", 400, "lang is cypher or sparql"),
        ("/api/nothing", 404, ""),
    ):
        answer = server.ask(path)
        assert (answer.status, words in answer.text, answer.text.count("\n")) == (status, True, 1), (path, answer.text)


def test_counts_and_description(server: Server, toy: Path) -> None:
    with kg.open(toy) as graph:
        nodes = graph.stats()["nodes"]
    assert json.loads(server.ask("/api/stats").body)["counts"] == nodes
    described = json.loads(server.ask("/api/openapi.json").body)
    assert set(described["paths"]) >= {
        "/api/search", "/api/stats", "/api/queries", "/api/queries/{name}", "/api/leaderboard", "/api/compare", "/api/entity/{id}", "/api/neighbours",
        "/api/path", "/api/evidence", "/api/overview", "/api/nodes",
    }  # fmt: skip
    assert all(operation["get"]["summary"] for operation in described["paths"].values())


def test_how_a_server_is_started(toy: Path, run: Run, tmp_path: Path) -> None:
    assert run("serve", tmp_path / "no.kg") == (
        2,
        "",
        f"kg: {tmp_path}/no.kg does not exist; make one with: kg build INPUT -o {tmp_path}/no.kg\n",
    )
    code, _, err = run("serve", toy, "--host", "0.0.0.0")
    assert (code, err) == (2, "kg: --host 0.0.0.0 lets other machines read the graph; add --public if that is meant\n")
    assert run("serve", toy, "--address", "nonsense")[0] == 2
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = run("serve", toy, "--port", port)
    assert (code, err) == (1, f"kg: port {port} of 127.0.0.1 cannot be had (Address already in use); choose another with --port\n")
