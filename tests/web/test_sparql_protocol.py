"""The SPARQL 1.1 Protocol on a live server: each row of its tables of operations, two clients of others, and what means harm."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
import rdflib
from rdflib import RDF
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from served import Answer, Server, serving

import kg

BASE = "https://w3id.org/paperkg/"
KG = rdflib.Namespace(f"{BASE}schema#")
SELECT = "SELECT ?title WHERE { ?p a kg:Paper ; dcterms:title ?title } ORDER BY ?title"
TITLES = ["Alpha: a reader of maps", "Delta and the cost of maps", "Gamma reads maps better"]
FORM, DIRECT, UPDATE = "application/x-www-form-urlencoded", "application/sparql-query", "application/sparql-update"
JSON = "application/sparql-results+json"


@pytest.fixture(scope="module")
def server(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(toy, tmp_path_factory.mktemp("sparql") / "log", "--timeout", "3") as running:
        yield running


def titles(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.text
    return [row["title"]["value"] for row in json.loads(answer.body)["results"]["bindings"]]


def get(server: Server, query: str, accept: str | None = None, **more: str) -> Answer:
    return server.ask(f"/sparql?{urlencode({'query': query, **more})}", accept)


def post(server: Server, body: str, kind: str, path: str = "/sparql", accept: str = JSON) -> Answer:
    return server.ask(path, accept, method="POST", body=body, Content_Type=kind)


# Section 2.1, the table of query operations: GET, POST with fields, POST directly.


def test_query_by_get(server: Server) -> None:
    assert titles(get(server, SELECT)) == TITLES


def test_query_by_post_with_fields(server: Server) -> None:
    assert titles(post(server, urlencode({"query": SELECT}), FORM)) == TITLES
    assert titles(post(server, urlencode({"query": SELECT}), f"{FORM}; charset=utf-8")) == TITLES


def test_query_by_post_directly(server: Server) -> None:
    assert titles(post(server, SELECT, DIRECT)) == TITLES
    assert titles(post(server, SELECT, f"{DIRECT};charset=UTF-8", f"/sparql?default-graph-uri={quote(BASE)}dataset")) == TITLES


def test_the_dataset_of_the_protocol(server: Server) -> None:
    assert titles(get(server, SELECT, **{"default-graph-uri": f"{BASE}dataset"})) == TITLES
    for name in ("default-graph-uri", "named-graph-uri"):
        answer = get(server, SELECT, **{name: "http://example.org/other"})
        assert (answer.status, answer.media) == (400, "text/plain")
        assert "there is no graph <http://example.org/other> here" in answer.text


# Section 2.2, the table of update operations: POST with fields, POST directly.


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (urlencode({"update": "DELETE WHERE { ?s ?p ?o }"}), FORM),
        ("DELETE WHERE { ?s ?p ?o }", UPDATE),
        ("INSERT DATA { <a:a> <a:b> 1 }", UPDATE),
    ],
)
def test_updates_are_forbidden(server: Server, body: str, kind: str) -> None:
    answer = post(server, body, kind)
    assert (answer.status, answer.text) == (403, "the graph is read-only: updates are not allowed\n")
    assert titles(get(server, SELECT)) == TITLES


def test_an_update_sent_as_a_query_is_forbidden(server: Server) -> None:
    for text in (
        "DELETE WHERE { ?s ?p ?o }",
        "LOAD <file:///etc/passwd>",
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    ):
        assert get(server, text).status == 403
    assert server.ask(f"/sparql?{urlencode({'update': 'CLEAR ALL'})}").status == 403
    assert titles(get(server, SELECT)) == TITLES


# Section 2.1.4 to 2.1.7: what requests and answers may be.


def test_one_query_and_one_only(server: Server) -> None:
    twice = urlencode([("query", SELECT), ("query", "ASK {}")])
    assert server.ask(f"/sparql?{twice}").status == 400
    assert post(server, twice, FORM).status == 400
    assert post(server, "", FORM).status == 400
    assert post(server, "&".join(f"a{i}=1" for i in range(500)), FORM).status == 400


@pytest.mark.parametrize(
    "text",
    ["SELECT ?x WHERE { ?x a }", "", "SELECT", "MATCH (n) RETURN n", "ASK { ?s ?p \ud800 }".encode("utf-8", "replace").decode()],
)
def test_a_malformed_query_is_told_in_one_line(server: Server, text: str) -> None:
    answer = post(server, text, DIRECT)
    assert (answer.status, answer.media, answer.text.count("\n")) == (400, "text/plain", 1), answer.text
    assert "Traceback" not in answer.text
    assert "/" not in answer.text.replace("://", "").replace(BASE, "").split("SPARQL:")[0]


def test_other_media_types_and_methods_are_refused(server: Server) -> None:
    assert post(server, SELECT, "application/json").status == 415
    assert post(server, SELECT, "text/plain").status == 415
    for method in ("PUT", "DELETE", "PATCH"):
        answer = server.ask("/sparql", method=method)
        assert (answer.status, set(answer.headers["allow"].split(", ")) >= {"GET", "POST"}) == (405, True)
    head = server.ask(f"/sparql?{urlencode({'query': SELECT})}", method="HEAD")
    assert (head.status, head.body, head.media) == (200, b"", JSON)


def test_not_utf_8(server: Server) -> None:
    assert server.ask("/sparql", method="POST", body=b"ASK { ?s ?p '\xff' }", Content_Type=DIRECT).status == 400


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv"),
        ("text/tab-separated-values", "text/tab-separated-values"),
        ("text/csv;q=0.2, application/sparql-results+xml;q=0.8", "application/sparql-results+xml"),
        ("application/*", JSON),
        ("application/sparql-results+json;q=0, text/csv", "text/csv"),
        ("text/html, text/csv;q=0.1", "text/csv"),
        ("nonsense", JSON),
    ],
)
def test_rows_in_the_form_that_is_liked_best(server: Server, accept: str | None, media: str) -> None:
    answer = get(server, SELECT, accept)
    assert (answer.status, answer.media, answer.headers["vary"]) == (200, media, "Accept")
    if media == JSON:
        assert titles(answer) == TITLES
    elif media.endswith("xml"):
        names = {"s": "http://www.w3.org/2005/sparql-results#"}
        assert [e.text for e in ElementTree.fromstring(answer.text).iterfind(".//s:literal", names)] == TITLES
    elif media == "text/csv":
        assert [row["title"] for row in csv.DictReader(io.StringIO(answer.text, newline=""))] == TITLES
    else:
        assert answer.text.splitlines() == ["?title", *(f'"{title}"' for title in TITLES)]


@pytest.mark.parametrize(
    ("accept", "media", "parser"),
    [
        (None, "text/turtle", "turtle"),
        ("application/n-triples", "application/n-triples", "nt"),
        ("application/ld+json", "application/ld+json", "json-ld"),
        ("application/rdf+xml", "application/rdf+xml", "xml"),
        ("text/html, application/rdf+xml;q=0.5, text/turtle;q=0.4", "application/rdf+xml", "xml"),
    ],
)
def test_triples_in_the_form_that_is_liked_best(server: Server, toy: Path, accept: str | None, media: str, parser: str) -> None:
    constructed = get(server, "CONSTRUCT { ?p dcterms:title ?t } WHERE { ?p dcterms:title ?t }", accept)
    assert (constructed.status, constructed.media) == (200, media)
    assert sorted(map(str, rdflib.Graph().parse(data=constructed.body, format=parser).objects())) == TITLES
    with kg.open(toy) as graph:
        paper = graph.query("SELECT ?p WHERE { ?p kg:year 2020 }", "sparql").rows[0][0]
    described = rdflib.Graph().parse(data=get(server, f"DESCRIBE <{paper}>", accept).body, format=parser)
    assert (rdflib.URIRef(paper), RDF.type, KG.Paper) in described


def test_yes_and_no(server: Server) -> None:
    assert json.loads(get(server, "ASK { ?p a kg:Paper }", JSON).body) == {"head": {}, "boolean": True}
    assert "<boolean>false</boolean>" in get(server, "ASK { ?p a kg:Nothing }", "application/sparql-results+xml").text
    assert get(server, "ASK {}", "text/csv").text == "true"


def test_nothing_that_the_client_takes(server: Server) -> None:
    answer = get(server, SELECT, "image/png")
    assert (answer.status, "text/csv" in answer.text) == (406, True)
    assert get(server, "CONSTRUCT WHERE { ?s ?p ?o }", "text/csv").status == 406
    assert server.ask("/sparql", "image/png").status == 406


def test_the_service_describes_itself(server: Server) -> None:
    answer = server.ask("/sparql", "text/turtle")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    graph = rdflib.Graph().parse(data=answer.body, format="turtle")
    (service,) = graph.subjects(RDF.type, sd.Service)
    assert str(service) == str(graph.value(service, sd.endpoint)) == f"{server.uri}/sparql"
    assert (service, sd.supportedLanguage, sd.SPARQL11Query) in graph
    assert server.ask("/sparql").media == "text/turtle"
    assert (server.ask("/sparql", "text/html").status, server.ask("/sparql", "text/html").headers["location"]) == (303, "/query")


def test_terms_of_every_kind(server: Server) -> None:
    query = 'SELECT ?a ?b ?c ?d ?e WHERE { VALUES (?a ?b ?c ?d ?e) { (<a:b> "x\\t\\"y\\"\\n" "été"@fr 1.50 UNDEF) } }'
    row = json.loads(get(server, query).body)["results"]["bindings"][0]
    assert row == {
        "a": {"type": "uri", "value": "a:b"}, "b": {"type": "literal", "value": 'x\t"y"\n'}, "c": {"type": "literal", "value": "été", "xml:lang": "fr"},
        "d": {"type": "literal", "value": "1.5", "datatype": "http://www.w3.org/2001/XMLSchema#decimal"},
    }  # fmt: skip
    assert get(server, query, "text/tab-separated-values").text.splitlines()[1] == (
        '<a:b>\t"x\\t\\"y\\"\\n"\t"été"@fr\t"1.5"^^<http://www.w3.org/2001/XMLSchema#decimal>\t'
    )
    assert get(server, query, "text/csv").text.split("\r\n", 1)[1] == 'a:b,"x\t""y""\n",été,1.5,\r\n'
    tree = ElementTree.fromstring(get(server, query, "application/sparql-results+xml").text)
    assert [binding.get("name") for binding in tree.iter("{http://www.w3.org/2005/sparql-results#}binding")] == ["a", "b", "c", "d"]


# Clients of others.


def test_rdflib_as_client(server: Server) -> None:
    graph = rdflib.Graph(SPARQLStore(f"{server.uri}/sparql"))
    assert [str(row[0]) for row in graph.query(f"PREFIX kg: <{KG}> PREFIX dcterms: <http://purl.org/dc/terms/> {SELECT}")] == TITLES
    posted = rdflib.Graph(SPARQLStore(f"{server.uri}/sparql", method="POST_FORM", returnFormat="json"))
    assert len(list(posted.subjects(RDF.type, KG.Paper))) == 3


def test_sparqlwrapper_as_client(server: Server) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from SPARQLWrapper import CSV, POST, POSTDIRECTLY, TURTLE, SPARQLWrapper
        from SPARQLWrapper import JSON as AS_JSON
        from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

        client = SPARQLWrapper(f"{server.uri}/sparql")
        client.setQuery(f"PREFIX kg: <{KG}> PREFIX dcterms: <http://purl.org/dc/terms/> {SELECT}")
        client.setReturnFormat(AS_JSON)
        assert [row["title"]["value"] for row in client.query().convert()["results"]["bindings"]] == TITLES
        client.setMethod(POST)
        client.setRequestMethod(POSTDIRECTLY)
        client.setReturnFormat(CSV)
        assert client.query().convert().decode().splitlines() == ["title", *TITLES]
        client.setQuery("CONSTRUCT WHERE { ?s a ?o }")
        client.setReturnFormat(TURTLE)
        assert len(rdflib.Graph().parse(data=client.query().convert(), format="turtle")) > 50
        client.setQuery("SELECT WHERE")
        with pytest.raises(QueryBadFormed):
            client.query()


def test_pages_of_others_may_read_it(server: Server, toy: Path, tmp_path: Path) -> None:
    answer = get(server, "ASK {}")
    assert answer.headers["access-control-allow-origin"] == "*"
    asked = server.ask(
        "/sparql",
        method="OPTIONS",
        Origin="https://example.org",
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="content-type",
    )
    assert (asked.status, "POST" in asked.headers["access-control-allow-methods"]) == (204, True)
    assert "content-type" in asked.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-origin" not in server.ask("/api/stats").headers
    with serving(toy, tmp_path / "log", "--cors", "") as closed:
        assert "access-control-allow-origin" not in get(closed, "ASK {}").headers


# What means harm.

ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
PATHS = "SELECT (COUNT(*) AS ?n) WHERE { ?a (!<a:a>|^!<a:a>)* ?b . ?b (!<a:b>|^!<a:b>)* ?c . ?c (!<a:c>|^!<a:c>)* ?d }"


@pytest.mark.parametrize("query", [ENDLESS, PATHS])
def test_a_query_without_end_is_ended(server: Server, query: str) -> None:
    start = time.monotonic()
    answer = get(server, query)
    assert (answer.status, "retry-after" in answer.headers) == (503, True)
    assert answer.text == "the query ran longer than 3 s and was ended; narrow it\n"
    assert time.monotonic() - start < 12
    assert titles(get(server, SELECT)) == TITLES


def test_memory_without_end_is_bounded(server: Server) -> None:
    greedy = "SELECT ?x WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . BIND(CONCAT(STR(?a), STR(?d), STR(?g)) AS ?x) } ORDER BY ?x"
    assert get(server, greedy).status in (400, 503)
    assert titles(get(server, SELECT)) == TITLES


@pytest.mark.parametrize(
    "query",
    [
        "ASK { FILTER(" + "(" * 100_000 + "1" + ")" * 100_000 + ") }",
        "ASK { " + "{ " * 200_000 + "}" * 200_000 + " }",
        "ASK { ?s " + "(" * 100_000 + "<a:a>" + ")*" * 100_000 + " ?o }",
        'ASK { ?s ?p "' + "x" * 1_000_000 + '" }',
        "# " + "x" * 1_000_000 + "\nASK {}",
        "ASK { " + "?s ?p ?o . " * 90_000 + "}",
        '"' * 1_000_000,
        "ASK { ?s ?p '''" + "\\'" * 400_000,
        "SELECT " + "?x " * 300_000,
    ],
    ids=lambda text: text[:12],
)
def test_long_and_deep_queries_take_bounded_time(server: Server, query: str) -> None:
    start = time.monotonic()
    answer = post(server, query, DIRECT)
    assert answer.status in (200, 400, 413, 503), answer.text[:200]
    assert time.monotonic() - start < 15
    assert len(answer.text) < 5000
    assert titles(get(server, SELECT)) == TITLES


def test_more_than_a_request_may_have(server: Server) -> None:
    for ask, statuses in (
        (lambda: post(server, "ASK { } #" + "x" * 3_000_000, DIRECT), {413}),
        (lambda: get(server, "ASK { } #" + "x" * 200_000), {400, 414, 431}),
    ):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it closed before it had read all: as well
            assert ask().status in statuses
    assert titles(get(server, SELECT)) == TITLES


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "\xff\xfe"}, {"Accept": "text/csv;q=nan, */*;q=-1"}, {"Accept": ",".join(["a/b;q=0.1"] * 5000)}, {"Accept": "text/csv;q=" + "9" * 1000},
        {"Content-Type": "multipart/form-data; boundary=x"}, {"Host": "evil.example"}, {"Host": ""}, {"If-None-Match": "\x80" * 100}, {"Origin": "null"},
    ],
    ids=lambda headers: next(iter(headers.items()))[1][:12],
)  # fmt: skip
def test_odd_headers(server: Server, headers: dict[str, str]) -> None:
    named = {name.replace("-", "_"): value for name, value in headers.items()}
    for method, body in (("GET", None), ("POST", "x")):
        answer = server.ask(f"/sparql?{urlencode({'query': SELECT})}", method=method, body=body, **named)
        assert answer.status < 500, answer.text
        assert "Traceback" not in answer.text
    if "Host" in headers:
        assert answer.status == 400


def test_rows_beyond_the_limit_are_told(toy: Path, tmp_path: Path) -> None:
    with serving(toy, tmp_path / "log", "--limit", "10") as small:
        answer = get(small, "SELECT * WHERE { ?s ?p ?o }")
        assert (len(json.loads(answer.body)["results"]["bindings"]), answer.headers["x-truncated"]) == (10, "rows")
        triples = get(small, "CONSTRUCT WHERE { ?s ?p ?o }", "application/n-triples")
        assert (triples.text.count("\n"), triples.headers["x-truncated"]) == (10, "rows")
        exact = get(small, "SELECT * WHERE { ?s ?p ?o } LIMIT 10")
        assert "x-truncated" not in exact.headers


def test_two_hundred_clients_at_once(server: Server) -> None:
    """Some of them ask what never ends: the others are answered, or told to come again; none gets an error of the server."""
    seen: Counter[int] = Counter()
    worst = [0.0]

    def client(number: int) -> None:
        start = time.monotonic()
        answer = get(server, ENDLESS if number % 40 == 0 else SELECT)
        seen[answer.status] += 1
        worst[0] = max(worst[0], time.monotonic() - start)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert set(seen) <= {200, 503}, seen
    assert sum(seen.values()) == 200
    assert worst[0] < 30
    assert titles(get(server, SELECT)) == TITLES


def test_nothing_odd_in_the_log(server: Server) -> None:
    log = server.log.read_text()
    assert "Traceback" not in log, log[-3000:]
