"""A real Neo4j server: what is loaded, what is asked, and what goes wrong."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import neo4j
import pytest
from answers import ANSWERS
from graphs import arguments, build_records, record
from neo4j_server import PASSWORD, Server, start_server

import kg
from kg import catalog
from kg.model.errors import QueryError, QueryTimeout, ReadOnly, StoreError, UnknownName, UsageError
from kg.pipeline import remove
from kg.stores import neo4j as store
from kg.stores.neo4j import Login, Neo4jStore, load, login
from kg.tables import open_version

Run = Callable[..., tuple[int, str, str]]
HOSTILE = "x'}) DETACH DELETE n //\n`;\" \\u0027 MATCH (n) \\"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server | str]:
    """The server of `NEO4J_URI`, which must be one for tests, or one of our own."""
    if os.environ.get("NEO4J_URI"):
        yield os.environ["NEO4J_URI"]
    else:
        yield from start_server(tmp_path_factory.mktemp("neo4j"))


@pytest.fixture
def where(running: Server | str, monkeypatch: pytest.MonkeyPatch) -> Login:
    """An empty database."""
    if isinstance(running, Server):
        monkeypatch.setenv("NEO4J_PASSWORD", PASSWORD)
    found = login(running if isinstance(running, str) else running.uri)
    run(found, "MATCH (n) DETACH DELETE n")
    return found


@pytest.fixture
def server(running: Server | str) -> Server:
    if isinstance(running, str):
        pytest.skip("the server of NEO4J_URI is not ours to kill")
    return running


def run(where: Login, text: str, **parameters: Any) -> list[dict[str, Any]]:
    with neo4j.GraphDatabase.driver(where.uri, auth=(where.user, where.password)) as driver:
        return [record.data() for record in driver.execute_query(text, parameters).records]


def content(where: Login) -> list[str]:
    """All nodes and edges with all properties, but for the stamps of loads."""
    nodes = run(where, "MATCH (n:PaperKG) RETURN labels(n) AS labels, properties(n) AS properties")
    edges = run(where, "MATCH (a)-[r]->(b) RETURN a.id AS source, b.id AS target, type(r) AS type, properties(r) AS properties")
    for row in (*nodes, *edges):
        row["properties"].pop("build")
        row["labels"] = sorted(row.get("labels", ()))
    return sorted(json.dumps(row, sort_keys=True) for row in (*nodes, *edges))


@pytest.mark.parametrize("graph_name", ["toy", "claims"])
def test_saved_questions_have_the_rows_worked_out_by_hand(where: Login, graph_name: str, request: pytest.FixtureRequest) -> None:
    load(open_version(request.getfixturevalue(graph_name)), where)
    with contextlib.closing(Neo4jStore(where)) as server:
        for name, given, expected in ANSWERS[graph_name]:
            answer = catalog.ask(server, catalog.saved_query(name), given)
            assert (name, given, answer.columns) == (name, given, catalog.saved_query(name).columns)
            assert (
                (name, given, [row[: len(expected[0])] for row in answer.rows]) == (name, given, expected)
                if expected
                else not answer.rows
            )


@pytest.mark.shared
def test_saved_questions_have_equal_rows_on_three_engines(shared: Path, tmp_path: Path, where: Login) -> None:
    kg.build([next((shared / "seeds").glob("*.txt"))], tmp_path / "seeds.kg")
    with kg.open(tmp_path / "seeds.kg") as graph, contextlib.closing(Neo4jStore(where)) as server:
        load(graph.version, where)
        asked = filled = 0
        for name in catalog.saved_names():
            for given in arguments(graph, name, 12):
                cypher = catalog.ask(server, catalog.saved_query(name), given)
                assert (name, given, cypher) == (name, given, graph.ask(name, given))
                if name in catalog.saved_names("sparql"):
                    assert (name, given, cypher) == (name, given, graph.ask(name, given, "sparql"))
                asked, filled = asked + 1, filled + bool(cypher.rows)
        assert asked > 150
        assert filled > asked / 2


def test_loading_again_changes_nothing(toy: Path, where: Login) -> None:
    version = open_version(toy)
    first = load(version, where, batch=10)
    before = content(where)
    assert first.changed
    assert len(before) == first.nodes + first.edges
    assert first.batches > 5
    stamps = run(where, "MATCH (n) RETURN n.id AS id, n.build AS build ORDER BY id")
    again = load(version, where, batch=10)
    assert (again.changed, again.batches, again.removed) == (False, 0, 0)
    assert content(where) == before
    assert run(where, "MATCH (n) RETURN n.id AS id, n.build AS build ORDER BY id") == stamps


def test_what_somebody_took_out_comes_back(toy: Path, where: Login) -> None:
    load(open_version(toy), where)
    before = content(where)
    run(where, "MATCH (n:Dataset) DETACH DELETE n")
    run(where, "MATCH (n:Model) SET n.name = 'changed'")
    assert load(open_version(toy), where).changed
    assert content(where) == before


def test_nodes_that_vanish_while_loading_are_noticed(toy: Path, where: Login) -> None:
    def meddle(stage: str, done: int, total: int) -> None:
        if done == total // 2:
            run(where, "MATCH (n:Dataset) DETACH DELETE n")

    with pytest.raises(StoreError, match="meanwhile; run the command again"):
        load(open_version(toy), where, batch=5, progress=meddle)
    report = load(open_version(toy), where, batch=5)
    assert len(content(where)) == report.nodes + report.edges


def test_a_changed_graph_replaces_the_older_one(tmp_path: Path, where: Login) -> None:
    papers = [record(p, ("Model", f"M{p}"), ("Dataset", "COCO"), relations=(("EVALUATED_ON", 0, 1),)) for p in "abc"]
    graph = build_records(tmp_path, *papers)
    load(open_version(graph), where, batch=2)
    remove(graph, ["a"])
    report = load(open_version(graph), where, batch=2)
    assert report.removed
    changed = content(where)
    run(where, "MATCH (n) DETACH DELETE n")
    load(open_version(graph), where)
    assert content(where) == changed


def test_a_server_killed_in_the_middle(toy: Path, where: Login, server: Server) -> None:
    version = open_version(toy)
    load(version, where)
    whole = content(where)
    run(where, "MATCH (n) DETACH DELETE n")

    def killing(stage: str, done: int, total: int) -> None:
        if done == total // 2:
            server.kill()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "_RETRY", 1.0)
        with pytest.raises(StoreError, match="does not answer") as caught:
            load(version, where, batch=5, progress=killing)
    assert "\n" not in str(caught.value)
    server.start()
    seen: list[int] = []
    report = load(version, where, batch=5, progress=lambda stage, done, total: seen.append(total))
    assert 0 < report.batches < seen[0]  # it went on where it was
    assert content(where) == whole


def test_a_folder_for_the_admin_tool_makes_the_same(toy: Path, tmp_path: Path, where: Login, server: Server) -> None:
    load(open_version(toy), where)
    loaded = content(where)
    with kg.open(toy) as graph:
        graph.export(tmp_path / "all", "neo4j-admin")
    server.run_import(tmp_path / "all")
    imported = content(where)
    assert [json.loads(row)["properties"] for row in imported] == [
        {key: value for key, value in json.loads(row)["properties"].items() if value != []} for row in loaded
    ]
    assert not load(open_version(toy), where).changed


class Wire:
    """A way to the server that can be cut after so many bytes."""

    def __init__(self, port: int, most: int) -> None:
        self._left, self._port = most, port
        self._door = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self.uri = f"bolt://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._door.accept()
                there = socket.create_connection(("127.0.0.1", self._port))
                self._ends += [client, there]
                threading.Thread(target=self._pass, args=(client, there, True), daemon=True).start()
                threading.Thread(target=self._pass, args=(there, client, False), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(4096):
                self._left -= len(data) if counted else 0
                if self._left < 0:
                    self.close()
                    return
                other.sendall(data)

    def close(self) -> None:
        for end in (self._door, *self._ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def test_a_wire_cut_in_the_middle(toy: Path, where: Login, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_RETRY", 1.0)
    version = open_version(toy)
    load(version, where)
    whole = content(where)
    run(where, "MATCH (n) DETACH DELETE n")
    wire = Wire(server.port, 20_000)
    with contextlib.closing(wire), pytest.raises(StoreError, match="run the command again"):
        load(version, Login(wire.uri, where.user, where.password), batch=5)
    assert content(where) != whole
    load(version, where, batch=5)
    assert content(where) == whole


def test_other_peoples_nodes_are_left_alone(toy: Path, where: Login) -> None:
    run(where, "CREATE (:Person {name: 'Ada'})-[:KNOWS]->(:Person {name: 'Bo'})")
    with pytest.raises(StoreError, match=r"Person.*--force"):
        load(open_version(toy), where)
    assert run(where, "MATCH (n:PaperKG) RETURN n") == []
    load(open_version(toy), where, force=True)
    load(open_version(toy), where, force=True)
    assert run(where, "MATCH (a:Person)-[:KNOWS]->(b) RETURN a.name AS a, b.name AS b") == [{"a": "Ada", "b": "Bo"}]


def test_what_others_tied_an_edge_to_is_not_deleted(tmp_path: Path, where: Login) -> None:
    papers = [record(p, ("Model", f"M{p}"), ("Dataset", "COCO"), relations=(("EVALUATED_ON", 0, 1),)) for p in "ab"]
    graph = build_records(tmp_path, *papers)
    load(open_version(graph), where)
    run(where, "MATCH (m:Model {name: 'Ma'}) CREATE (:Person {name: 'Ada'})-[:LIKES]->(m)")
    remove(graph, ["a"])
    for _ in range(2):
        load(open_version(graph), where, force=True)
        assert run(where, "MATCH (:Person)-[:LIKES]->(m) RETURN labels(m) AS labels, m.name AS name") == [
            {"labels": ["PaperKGFormer"], "name": "Ma"}
        ]
        assert run(where, "MATCH (m:Model) RETURN m.name AS name") == [{"name": "Mb"}]
    run(where, "MATCH (p:Person) DETACH DELETE p")
    load(open_version(graph), where)  # what is left of us is no reason to refuse


def test_nothing_in_a_graph_or_a_question_is_read_as_cypher(tmp_path: Path, where: Login) -> None:
    graph = build_records(
        tmp_path, record(HOSTILE, ("Model", HOSTILE), ("Dataset", "`) DELETE n"), relations=(("EVALUATED_ON", 0, 1),))
    )
    report = load(open_version(graph), where)
    assert run(where, "MATCH (n:PaperKG) RETURN count(n) AS n") == [{"n": report.nodes}]
    assert {row["name"] for row in run(where, "MATCH (n:Entity) RETURN n.name AS name")} == {
        e["name"] for e in open_version(graph).rows("entities")
    }
    with contextlib.closing(Neo4jStore(where)) as server:
        assert catalog.ask(server, catalog.saved_query("outperforms"), {"name": HOSTILE}).rows == []
        for value in ("' OR true //", "$name", "{}"):
            with pytest.raises(UnknownName, match="nothing named"):
                catalog.ask(server, catalog.saved_query("outperforms"), {"name": value})
        assert server.query("RETURN $a AS a", {"a": HOSTILE}).rows == [(HOSTILE,)]
    assert run(where, "MATCH (n:PaperKG) RETURN count(n) AS n") == [{"n": report.nodes}]


@pytest.mark.parametrize(
    "text", ["CREATE (n)", "MATCH (n) DETACH DELETE n", "MATCH (n) SET n.a = 1", "CREATE INDEX x FOR (n:A) ON (n.b)"]
)
def test_a_store_is_only_read(where: Login, text: str) -> None:
    with contextlib.closing(Neo4jStore(where)) as server, pytest.raises(ReadOnly):
        server.query(text)


def test_questions_are_held_to_their_limits(where: Login) -> None:
    with contextlib.closing(Neo4jStore(where)) as server:
        answer = server.query("UNWIND range(1, 100) AS n RETURN n", limit=7)
        assert (len(answer.rows), answer.truncated) == (7, True)
        assert not server.query("UNWIND range(1, 7) AS n RETURN n", limit=7).truncated
        with pytest.raises(QueryTimeout):
            server.query(
                "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a * b = 7 RETURN count(*)", timeout=0.5
            )
        with pytest.raises(QueryError, match="Cypher"):
            server.query("MATCH (p:Paper RETURN p")
        with pytest.raises(ReadOnly, match="LOAD CSV"):
            server.query("LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line")
        mixed = server.query("RETURN date('2020-01-02') AS d, [1, {b: 2.5}] AS l, null AS n")
        assert mixed.rows == [("2020-01-02", [1, {"b": 2.5}], None)]


@pytest.mark.parametrize(
    ("uri", "user", "password", "database", "words"),
    [
        ("bolt://127.0.0.1:9", "neo4j", "x", None, "does not answer"),
        ("", "neo4j", "wrong", None, "refuses user 'neo4j'"),
        ("", "nobody", "wrong", None, "refuses user 'nobody'"),
        ("", "neo4j", PASSWORD, "nowhere", "no database 'nowhere'"),
    ],
)
def test_what_goes_wrong_is_one_line(
    where: Login, uri: str, user: str, password: str, database: str | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_RETRY", 1.0)
    with pytest.raises(StoreError, match=words) as caught:
        Neo4jStore(Login(uri or where.uri, user, password if password != PASSWORD else where.password, database))
    assert "\n" not in str(caught.value)
    assert password not in str(caught.value) or len(password) < 2


def test_an_old_server_and_one_that_may_only_be_read(where: Login, toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neo4j's community edition has neither, so its words are put into the driver's mouth."""
    forbidden = neo4j.exceptions.Neo4jError._hydrate_neo4j(
        code="Neo.ClientError.Security.Forbidden", message="Create node is not allowed."
    )

    def refuse(*_: object) -> None:
        raise forbidden

    with monkeypatch.context() as patch:
        patch.setattr(store, "_write", refuse)
        with pytest.raises(StoreError, match=r"may not do this.*Create node"):
            load(open_version(toy), where)
    monkeypatch.setattr(store, "OLDEST", 99)
    with pytest.raises(StoreError, match=r"needs Neo4j 99 or later"):
        Neo4jStore(where)


@pytest.mark.parametrize("uri", ["http://localhost", "neo4j:", "localhost:7687", "bolt://ada:secret@localhost", ""])
def test_wrong_addresses_show_no_password(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "x")
    with pytest.raises(UsageError) as caught:
        login(uri)
    assert "secret" not in str(caught.value)


def test_the_password_comes_from_the_environment_or_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
    monkeypatch.setenv("NEO4J_USER", "ada")
    with pytest.raises(UsageError, match="NEO4J_PASSWORD"):
        login("neo4j+s://host")
    assert login("neo4j+s://host", ask=lambda prompt: "said") == Login("neo4j+s://host", "ada", "said")


def test_from_the_command_line(toy: Path, where: Login, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", where.password)
    code, out, err = run("load", toy, where.uri)
    assert code == 0, err
    assert "nodes" in out + err
    assert "nothing changed" in "".join(run("load", toy, where.uri)[1:])
    here, there = (run("query", *place, "counts", "--output", "json") for place in ([toy], ["--store", where.uri]))
    assert here == there
    code, out, err = run("query", "--store", where.uri, "MATCH (n) DELETE n")
    assert (code, err.count("\n")) == (1, 1)
    monkeypatch.delenv("NEO4J_PASSWORD")
    assert run("query", "--store", where.uri, "counts")[0] == 2
    assert run("query", "--store", where.uri, "counts", "extra")[0] == 2
