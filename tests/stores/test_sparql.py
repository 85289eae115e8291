"""Real SPARQL servers, Oxigraph and Fuseki: what is loaded, what is asked, and what goes wrong."""

from __future__ import annotations

import http.server
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from answers import ANSWERS
from fuseki import FUSEKI_JARS, FUSEKI_NAME
from graphs import build_records, record
from maven import jars, missing
from served import free_port

import kg
from kg import catalog
from kg.model.errors import QueryError, QueryTimeout, ReadOnly, StoreError, UsageError
from kg.pipeline import remove
from kg.stores import sparql
from kg.stores.sparql import Endpoint, SparqlStore, endpoint, load
from kg.tables import open_version

Run = Callable[..., tuple[int, str, str]]
HOSTILE = "x\"> } ; DROP ALL ; # \\u0022 \n'''\\"


class Server:
    """A server in a process of its own that can be killed and started again."""

    def __init__(self, command: list[str], port: int, root: str, log: Path) -> None:
        self._command, self.port, self._log = command, port, log
        self.uri = f"http://127.0.0.1:{port}{root}"
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        until = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(f"{self.uri}/query?query=ASK%7B%7D", timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                assert time.monotonic() < until, self._log.read_text()
                assert self._process.poll() is None, self._log.read_text()
                time.sleep(0.2)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module", params=["oxigraph", "fuseki"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder, port = tmp_path_factory.mktemp(request.param), free_port()
    if request.param == "oxigraph":
        binary = shutil.which("oxigraph", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        assert binary, "the test extra brings the oxigraph server"
        command, root = [binary, "serve", "--location", str(folder / "store"), "--bind", f"127.0.0.1:{port}"], ""
    else:
        name = FUSEKI_NAME
        reason = missing(name, "jena-fuseki-main-*.jar", FUSEKI_JARS)
        if reason and os.environ.get("KG_REQUIRE_FUSEKI") == "1":
            pytest.fail(reason)
        if reason:
            pytest.skip(reason)
        main = ["java", "-Xmx512m", "-cp", f"{jars(name)}/*", "org.apache.jena.fuseki.main.cmds.FusekiMainCmd"]
        (folder / "tdb").mkdir()
        command, root = [*main, "--localhost", f"--port={port}", "--tdb2", f"--loc={folder / 'tdb'}", "--update", "/ds"], "/ds"
    started = Server(command, port, root, folder / "out.log")
    yield started
    started.kill()


@pytest.fixture
def where(server: Server) -> Endpoint:
    """An empty server."""
    found = endpoint(f"{server.uri}/update")
    sparql._update(found, "DROP ALL")
    return found


def content(where: Endpoint) -> set[tuple[Any, ...]]:
    """The triples of our graph, as text."""
    with_types = "SELECT ?s ?p ?o (DATATYPE(?o) AS ?type) WHERE { ?s ?p ?o }"
    return set(SparqlStore(where).query(with_types, limit=10**6).rows)


def triples(graph: Path) -> int:
    with kg.open(graph) as opened:
        return len(opened.to_rdflib())


@pytest.mark.parametrize("graph_name", ["toy", "claims"])
def test_saved_questions_have_the_rows_worked_out_by_hand(where: Endpoint, graph_name: str, request: pytest.FixtureRequest) -> None:
    load(open_version(request.getfixturevalue(graph_name)), where)
    asked = [item for item in ANSWERS[graph_name] if item[0] in catalog.saved_names("sparql")]
    assert len(asked) > 5
    for name, given, expected in asked:
        answer = catalog.ask(SparqlStore(where), catalog.saved_query(name, "sparql"), given)
        width = len(expected[0]) if expected else 0
        assert (name, given, [row[:width] for row in answer.rows]) == (name, given, expected)


def test_a_load_is_whole_and_a_second_one_changes_nothing(toy: Path, where: Endpoint) -> None:
    first = load(open_version(toy), where, batch=100)
    assert (first.changed, first.triples) == (True, triples(toy))
    assert first.batches > 3
    before = content(where)
    assert len(before) == first.triples
    again = load(open_version(toy), where, batch=100)
    assert (again.changed, again.batches, again.triples) == (False, 0, first.triples)
    assert content(where) == before


def test_what_somebody_took_out_comes_back(toy: Path, where: Endpoint) -> None:
    load(open_version(toy), where)
    before = content(where)
    sparql._update(where, f"DELETE WHERE {{ GRAPH <{where.graph}> {{ ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o }} }}")
    assert load(open_version(toy), where).changed
    assert content(where) == before


def test_killed_in_the_middle_and_on_again(toy: Path, where: Endpoint, server: Server) -> None:
    load(open_version(toy), where)
    whole, version = content(where), open_version(toy)
    sparql._update(where, "DROP ALL")
    seen: list[int] = []

    def kill(stage: str, done: int, total: int) -> None:
        seen.append(done)
        if len(seen) == 3:
            server.kill()

    with pytest.raises(StoreError, match=r"does not answer .* run the command again"):
        load(version, where, batch=50, progress=kill)
    server.start()
    assert content(where) < whole
    report = load(version, where, batch=50)
    assert content(where) == whole
    assert report.batches < report.triples / 50 - 1  # not from the start


@pytest.mark.parametrize("cut", [False, True])
def test_a_changed_graph_replaces_the_older_one_at_once(tmp_path: Path, where: Endpoint, server: Server, cut: bool) -> None:
    papers = [record(p, ("Model", f"M{p}"), ("Dataset", "COCO"), relations=(("EVALUATED_ON", 0, 1),)) for p in "abc"]
    graph = build_records(tmp_path, *papers)
    load(open_version(graph), where)  # in other batches: as if by another release
    old = content(where)
    remove(graph, ["a"])
    seen: list[bool] = []

    def look(stage: str, done: int, total: int) -> None:
        seen.append(content(where) == old)
        if cut and len(seen) == 3:
            server.kill()

    if cut:
        with pytest.raises(StoreError, match="run the command again"):
            load(open_version(graph), where, batch=20, progress=look)
        server.start()
    load(open_version(graph), where, batch=20, progress=look)
    assert all(seen)
    assert content(where) != old
    assert len(content(where)) == triples(graph)
    assert content(endpoint(where.update, f"{where.graph}/next")) == set()


def test_a_small_change_is_one_request(tmp_path: Path, where: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparql, "MOST_CHANGED", 1000)
    graph = build_records(tmp_path, *(record(p, ("Model", f"M{p}"), ("Dataset", "COCO")) for p in "abcd"))
    load(open_version(graph), where, batch=20)
    remove(graph, ["b"])
    report = load(open_version(graph), where, batch=20)
    assert (report.changed, report.batches, report.triples) == (True, 1, triples(graph))
    mended = content(where)
    assert not load(open_version(graph), where, batch=20).changed
    remove(graph, ["c"])
    (graph / "v000002" / "evidence.parquet").write_bytes(b"broken")  # of the version before
    assert load(open_version(graph), where, batch=20).triples == len(content(where)) == triples(graph)
    mended = content(where)
    sparql._update(where, "DROP ALL")
    load(open_version(graph), where)
    assert content(where) == mended


def test_other_graphs_are_left_alone(toy: Path, where: Endpoint) -> None:
    sparql._update(
        where, "INSERT DATA { GRAPH <http://example.org/theirs> { <http://a> <http://b> <http://c> } . <http://d> <http://e> 1 }"
    )
    load(open_version(toy), where)
    other = endpoint(where.update, "http://example.org/theirs")
    assert len(content(other)) == 1
    second = endpoint(where.update, "http://example.org/second")
    load(open_version(toy), second)
    assert content(second) == content(where)
    assert ("http://d", "http://e") not in {row[:2] for row in content(where)}


def test_nothing_in_a_graph_or_a_question_is_read_as_sparql(tmp_path: Path, where: Endpoint) -> None:
    graph = build_records(tmp_path, record(HOSTILE, ("Model", HOSTILE), ("Dataset", "> }"), relations=(("EVALUATED_ON", 0, 1),)))
    report = load(open_version(graph), where)
    with kg.open(graph) as opened:
        names = {e["name"] for e in opened.version.rows("entities")}
    asked = "SELECT ?n WHERE { ?e a kg:Entity ; rdfs:label ?n }"
    assert {row[0] for row in SparqlStore(where).query(asked).rows} == names
    named = catalog.ask(SparqlStore(where), catalog.saved_query("training", "sparql"), {"name": HOSTILE})
    assert [row[2] for row in named.rows] == ["> }"]
    assert len(content(where)) == report.triples


@pytest.mark.parametrize(
    "text", ["INSERT DATA { <http://a> <http://b> 1 }", "DROP ALL", "SELECT * { SERVICE <http://x/> { ?s ?p ?o } }"]
)
def test_nothing_is_written_and_no_other_server_called(where: Endpoint, text: str) -> None:
    with pytest.raises(ReadOnly):
        SparqlStore(where).query(text)


def test_answers_of_every_shape(toy: Path, where: Endpoint) -> None:
    load(open_version(toy), where)
    store = SparqlStore(where)
    assert store.query("ASK { ?p a kg:Paper }").rows == [(True,)]
    rows = store.query("CONSTRUCT { ?p a kg:Paper } WHERE { ?p a kg:Paper }")
    assert (rows.columns, len(rows.rows)) == (("subject", "predicate", "object"), 3)
    cut = store.query("SELECT ?p WHERE { ?p a kg:Paper }", limit=2)
    assert (len(cut.rows), cut.truncated) == (2, True)
    with pytest.raises(QueryError, match="http://127"):
        store.query("SELECT WHERE {")


def test_from_the_command_line(run: Run, toy: Path, where: Endpoint, server: Server) -> None:
    code, out, err = run("load", toy, f"{server.uri}/update")
    assert (code, out) == (0, "")
    assert err.endswith(" triples\n")
    assert run("load", toy, f"{server.uri}/query")[2].endswith("triples, nothing changed\n")
    code, out, _ = run("query", "--store", f"{server.uri}/query", "tasks", "--output", "csv")
    assert (code, out.splitlines()[0].split(",")[:2]) == (0, ["task", "papers"])
    code, _, err = run("query", "--store", f"{server.uri}/query", "leaderboard", "-p", "dataset=MapSett")
    assert (code, err) == (2, "kg: no dataset named 'MapSett' in the graph; the nearest are: MapSet\n")
    assert run("query", "--store", f"{server.uri}/query", "MATCH (n) RETURN n")[0] == 2


@pytest.mark.parametrize(
    ("uri", "query", "update"),
    [
        ("http://h:1", "http://h:1/query", "http://h:1/update"),
        ("https://h/ds/update", "https://h/ds/query", "https://h/ds/update"),
        ("http://h/ds/query/", "http://h/ds/query", "http://h/ds/update"),
        ("http://h/repositories/x/statements", "http://h/repositories/x", "http://h/repositories/x/statements"),
        ("http://h/sparql", "http://h/sparql", "http://h/sparql"),
    ],
)
def test_addresses_that_belong_together(uri: str, query: str, update: str) -> None:
    found = endpoint(uri)
    assert (found.query, found.update) == (query, update)


@pytest.mark.parametrize(
    ("uri", "graph", "message"),
    [
        ("ftp://h/x", None, "'ftp://h/x' is no address of a SPARQL server"),
        ("http://me:secret@h/x", None, "would stand in logs; set SPARQL_USER"),
        ("http://h/x", "not an iri", "--graph must be an absolute IRI, found 'not an iri'"),
    ],
)
def test_addresses_that_are_none(uri: str, graph: str | None, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        endpoint(uri, graph)
    assert "secret" not in str(caught.value)


class _Odd(http.server.BaseHTTPRequestHandler):
    """Answers as its path says: a status, `slow`, or a page."""

    asked: list[str] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        word = self.path.strip("/")
        _Odd.asked.append(self.headers.get("Authorization", ""))
        if word == "slow":
            time.sleep(1.0)
        status = int(word) if word.isdigit() else 200
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<h1>a page</h1>")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def odd() -> Iterator[str]:
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Odd)
    made.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("page", "does not answer like a SPARQL server .text/html.; check the address"),
        ("401", "refuses .401.; set SPARQL_USER and SPARQL_PASSWORD"),
        ("404", "is no SPARQL service .404.; name the server's query or update address"),
        ("500", "failed .500.: <h1>a page</h1>"),
        ("503", "failed .503."),
    ],
)
def test_servers_that_cannot_be_used_get_one_line(odd: str, toy: Path, path: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        load(open_version(toy), endpoint(f"{odd}/{path}"))
    assert "\n" not in str(caught.value)


def test_no_server_and_a_slow_one(odd: str, toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreError, match=r"does not answer .*; start the server or check the address"):
        load(open_version(toy), endpoint(f"http://127.0.0.1:{free_port()}"))
    monkeypatch.setenv("SPARQL_USER", "ada")
    monkeypatch.setenv("SPARQL_PASSWORD", "vines")
    with pytest.raises(QueryTimeout, match=r"took longer than 0\.2 s; narrow the query or raise --timeout"):
        SparqlStore(endpoint(f"{odd}/slow")).query("ASK {}", timeout=0.2)
    assert _Odd.asked[-1] == "Basic YWRhOnZpbmVz"
