"""Linked-data pages: what each kind of client gets, with which headers, and what has moved, gone or never was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
from graphs import TOY, build_records, record
from rdflib import RDF, RDFS
from rdflib.namespace import DCTERMS
from served import Server, serving

import kg
from kg.pipeline import remove, resolve

BASE = "https://w3id.org/paperkg/"
KG = rdflib.Namespace(f"{BASE}schema#")
OA = rdflib.Namespace("http://www.w3.org/ns/oa#")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
PARSERS = {
    "text/turtle": "turtle", "application/n-triples": "nt", "application/ld+json": "json-ld", "application/rdf+xml": "xml",
    "application/n-quads": "nquads", "application/trig": "trig",
}  # fmt: skip
ENDINGS = {"text/turtle": "ttl", "application/n-triples": "nt", "application/ld+json": "jsonld", "application/rdf+xml": "rdf",
           "application/n-quads": "nq", "application/trig": "trig", "text/html": "html"}  # fmt: skip


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy graph with terms of use, under a base of its own."""
    directory = tmp_path_factory.mktemp("pages") / "toy.kg"
    directory.mkdir()
    (directory / "publish.toml").write_text(
        'base = "https://example.org/kg/"\ntitle = "Toy <graph>"\nlicence = "https://creativecommons.org/licenses/by/4.0/"\n'
    )
    kg.build([TOY / "papers.jsonl"], directory, model=None, records=TOY / "records.jsonl")
    return directory


@pytest.fixture(scope="module")
def server(graph: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(graph, tmp_path_factory.mktemp("pages-log") / "log") as running:
        yield running


@pytest.fixture(scope="module")
def ids(graph: Path) -> dict[str, str]:
    """Names and titles → paths."""
    with kg.open(graph) as opened:
        entities = {row["name"]: f"/entity/{row['id']}" for row in opened.version.rows("entities")}
        return entities | {row["title"]: f"/paper/{row['id']}" for row in opened.version.rows("papers")}


def parsed(body: bytes, media: str) -> rdflib.Graph:
    if media in ("application/n-quads", "application/trig"):
        dataset = rdflib.Dataset()
        dataset.parse(data=body, format=PARSERS[media])
        found = rdflib.Graph()
        for quad in dataset.quads((None, None, None, None)):
            found.add(quad[:3])
        return found
    return rdflib.Graph().parse(data=body, format=PARSERS[media])


def links(header: str) -> set[tuple[str, str]]:
    """Targets of a `Link` header with their relations."""
    return {(rel, target) for target, rel in re.findall(r'<([^>]*)>; rel="([^"]*)"', header)}


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("text/turtle", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("application/n-triples", "application/n-triples"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/n-quads", "application/n-quads"),
        ("application/trig", "application/trig"),
        ("text/html", "text/html"),
        (BROWSER, "text/html"),
        (None, "text/html"),
        ("text/turtle;q=0.5, application/ld+json;q=0.9", "application/ld+json"),
        ("application/rdf+xml, text/turtle;q=0.9, text/html;q=0.1", "application/rdf+xml"),
    ],
)
@pytest.mark.parametrize("name", ["Alpha", "Alpha: a reader of maps"])
def test_each_client_gets_what_it_takes(server: Server, ids: dict[str, str], name: str, accept: str | None, media: str) -> None:
    path = ids[name]
    answer = server.ask(path, accept)
    assert (answer.status, answer.media) == (200, media)
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["content-location"] == f"{path}.{ENDINGS[media]}"
    found = links(answer.headers["link"])
    iri = f"https://example.org/kg{path}"
    assert ("cite-as", iri) in found
    assert ("license", "https://creativecommons.org/licenses/by/4.0/") in found
    assert ("collection", "https://example.org/kg/dataset") in found
    assert ("type", str(KG.Model if name == "Alpha" else KG.Paper)) in found
    assert ("item", f"{path}.ttl") in found
    others = {ENDINGS[other] for other in PARSERS if other != media}
    assert {target for rel, target in found if rel == "describedby"} == {f"{path}.{ending}" for ending in others}
    if media != "text/html":
        about = parsed(answer.body, media)
        named = about.value(rdflib.URIRef(iri), RDFS.label if name == "Alpha" else DCTERMS.title)
        assert str(named) == name
        assert {str(text) for text in about.objects(None, OA.exact)} >= {"Alpha outperforms Beta."}
        direct = server.ask(f"{path}.{ENDINGS[media]}", "image/png")
        assert (direct.status, direct.media, direct.body) == (200, media, answer.body)
        assert "content-location" not in direct.headers


def test_all_forms_of_a_document_say_the_same(server: Server, ids: dict[str, str]) -> None:
    for path in ids.values():
        first, *rest = (set(parsed(server.ask(f"{path}.{ENDINGS[media]}").body, media)) for media in PARSERS)
        assert len(first) > 15
        assert all(one == first for one in rest), path


def test_a_page_tells_it_to_people_and_to_machines(server: Server, ids: dict[str, str]) -> None:
    page = server.ask(ids["Alpha"], BROWSER).text
    assert "Alpha outperforms Beta." in page
    assert f'href="{ids["Beta"]}"' in page
    assert f'href="{ids["Alpha: a reader of maps"]}"' in page
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
    root = data["@graph"][0]
    assert (root["id"], root["name"]) == (f"https://example.org/kg{ids['Alpha']}", "Alpha")
    beaten = next(said for said in root["statements"] if said["predicate"] == "kg:outperforms")
    assert beaten["object"] == f"https://example.org/kg{ids['Beta']}"
    assert {s["exact"] for s in beaten["evidence"][0]["target"]["selector"] if "exact" in s} == {"Alpha outperforms Beta."}
    assert "Toy &lt;graph&gt;" in page
    assert "<graph>" not in page


def test_what_the_client_has_is_not_sent_again(server: Server, ids: dict[str, str]) -> None:
    for path in (ids["Alpha"], "/", "/dataset.ttl", "/.well-known/void", "/query", "/ui/style.css"):
        first = server.ask(path)
        again = server.ask(path, If_None_Match=first.headers["etag"])
        assert (first.status, again.status, again.body) == (200, 304, b""), path
        assert again.headers["etag"] == first.headers["etag"]
        assert server.ask(path, If_None_Match='"other"').status == 200
    assert server.ask(ids["Alpha"], "text/turtle").headers["etag"] != server.ask(ids["Alpha"], "text/html").headers["etag"]


def test_every_iri_of_the_graph_has_a_page(server: Server, graph: Path) -> None:
    with kg.open(graph) as opened:
        iris = {str(s) for s in opened.to_rdflib().subjects() if str(s).startswith("https://example.org/kg/")}
    assert {iri.split("/")[4] for iri in iris} >= {
        "paper",
        "entity",
        "author",
        "venue",
        "statement",
        "result",
        "evidence",
        "passage",
        "quote",
        "scheme",
    }
    for iri in sorted(iris):
        path = iri.removeprefix("https://example.org/kg")
        assert (rdflib.URIRef(iri), None, None) in rdflib.Graph().parse(data=server.ask(path, "text/turtle").body), iri
        assert server.ask(path, BROWSER).status == 200, iri


def test_the_graph_as_a_whole(server: Server, graph: Path) -> None:
    void = rdflib.Namespace("http://rdfs.org/ns/void#")
    with kg.open(graph) as opened:
        size = len(opened.to_rdflib())
    for path in ("/.well-known/void", "/dataset", "/", "/dataset.ttl"):
        answer = server.ask(path, "text/turtle")
        about = rdflib.Graph().parse(data=answer.body)
        dataset = rdflib.URIRef("https://example.org/kg/dataset")
        assert (dataset, RDF.type, void.Dataset) in about
        assert about.value(dataset, void.triples).toPython() == size
        assert str(about.value(dataset, void.sparqlEndpoint)) == f"{server.uri}/sparql"
        for example in about.objects(dataset, void.exampleResource):
            assert server.ask(str(example).removeprefix("https://example.org/kg"), "text/turtle").status == 200
    landing = server.ask("/", BROWSER)
    assert (landing.status, landing.media) == (200, "text/html")
    assert ("item", next(iter(target for rel, target in links(landing.headers["link"]) if rel == "item"))) in links(
        landing.headers["link"]
    )
    assert rdflib.Graph().parse(data=server.ask("/schema", "application/n-triples").body, format="nt")


def test_what_moved_what_is_gone_and_what_never_was(tmp_path: Path) -> None:
    graph = build_records(tmp_path, record("a", ("Model", "Vine"), ("Model", "Grape Vine")), record("b", ("Model", "Moss")))
    with kg.open(graph) as opened:
        entities = {row["name"]: row["id"] for row in opened.version.rows("entities")}
        papers = {row["title"]: row["id"] for row in opened.version.rows("papers")}
    (graph / "overrides.toml").write_text('same = [["Vine", "Grape Vine"]]\n')
    resolve(graph)
    remove(graph, ["b"])
    with kg.open(graph) as opened:
        ((old, new),) = [(row["old"], row["new"]) for row in opened.version.rows("redirects")]
    assert {old, new} == {entities["Vine"], entities["Grape Vine"]}
    with serving(graph, tmp_path / "log") as server:
        for ending in ("", ".ttl", ".html"):
            moved = server.ask(f"/entity/{old}{ending}", "text/turtle")
            assert (moved.status, moved.headers["location"]) == (301, f"/entity/{new}{ending}")
            assert server.ask(f"/paper/{papers['b']}{ending}").status == 410
            assert server.ask(f"/entity/{entities['Moss']}{ending}").status == 410
            assert server.ask(f"/entity/0000000000000000{ending}").status == 404
        assert server.ask(f"/paper/{papers['a']}").status == 200
        for path in (
            "/entity/",
            "/paper/../../etc/passwd",
            "/thing/x",
            "/ui/../app.py",
            "/ui/..%2f..%2fapp.py",
            "/entity/%00",
            "/entity/a%20b",
            "/entity/x%3Ey",
            "/x",
        ):
            answer = server.ask(path, BROWSER)
            assert (answer.status, answer.media) == (404, "text/html"), path
            assert server.ask(path, "text/plain").media == "text/plain"
        assert server.ask(f"/entity/{new}", "image/png").status == 406
        assert server.ask(f"/entity/{new}", method="POST").status == 405
        # a newer version takes the place of the one that is served
        build_records(tmp_path, record("c", ("Model", "Fern")))
        until = 100
        while until and not json.loads(server.ask("/api/search?q=fern").body):
            until -= 1
            import time

            time.sleep(0.2)
        assert until, server.log.read_text()
        assert "Traceback" not in server.log.read_text()


def test_terms_of_use_where_no_licence_was_named(toy: Path, tmp_path: Path) -> None:
    with serving(toy, tmp_path / "log") as server:
        assert ("license", "/terms") in links(server.ask("/", BROWSER).headers["link"])
        assert server.ask("/terms").text.startswith("No licence was named for the graph.\n")


def test_headers_that_keep_browsers_safe(server: Server, ids: dict[str, str]) -> None:
    for path in (ids["Alpha"], "/", "/query", "/sparql?query=ASK%7B%7D", "/api/stats", "/nowhere/x", "/ui/query.js"):
        headers = server.ask(path, BROWSER).headers
        assert headers["content-security-policy"].startswith("default-src 'self'"), path
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_only_its_own_hosts_are_answered(server: Server, graph: Path, tmp_path: Path) -> None:
    for host, status in (
        (f"localhost:{server.port}", 200),
        ("127.0.0.1", 200),
        ("evil.example", 400),
        ("127.0.0.1.evil.example", 400),
    ):
        assert server.ask("/api/stats", Host=host).status == status, host
    with serving(graph, tmp_path / "log", "--address", "https://kg.example.org") as named:
        assert named.ask("/api/stats", Host="kg.example.org").status == 200
        assert named.ask("/api/stats", Host="evil.example").status == 400
        assert "https://kg.example.org/sparql" in named.ask("/.well-known/void").text
