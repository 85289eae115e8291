"""What every embedded store must do, whatever its engine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg import registry
from kg.model.errors import QueryError, QueryTimeout, ReadOnly
from kg.stores.base import GraphStore, index_stamp
from kg.tables import open_version

TEXTS = {
    "kglite": {
        "titles": "MATCH (p:Paper) RETURN p.title AS title ORDER BY title",
        "by_name": "MATCH (e:Entity) WHERE e.name = $name RETURN e.name AS name",
        "write": "MATCH (p:Paper) DETACH DELETE p",
        "wrong": "MATCH (p:Paper RETURN p",
        "slow": "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a * b = 7 RETURN count(*) AS n",
        "outside": "LOAD CSV FROM 'file:///etc/hostname' AS line RETURN line",
        "in_a_string": "RETURN 'LOAD CSV' AS text",
    },
    "oxigraph": {
        "titles": "SELECT ?title WHERE { ?p a kg:Paper ; dcterms:title ?title } ORDER BY ?title",
        "by_name": "SELECT ?name WHERE { ?e a kg:Entity ; rdfs:label ?name FILTER(?name = $name) }",
        "write": "DELETE WHERE { ?s ?p ?o }",
        "wrong": "SELECT ?x WHERE { ?x a }",
        "slow": "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g rdfs:label ?h }",
        "outside": "SELECT * WHERE { SERVICE <http://127.0.0.1:9/sparql> { ?s ?p ?o } }",
        "in_a_string": 'SELECT ("SERVICE $name" AS ?text) WHERE {}',
    },
}


@pytest.fixture(params=sorted(TEXTS))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(engine: str, toy: Path) -> Iterator[GraphStore]:
    opened: GraphStore = registry.load("stores", engine).open_store(open_version(toy))
    yield opened
    opened.close()


def test_every_store_is_under_contract() -> None:
    assert registry.available("stores") == sorted({*TEXTS, "neo4j", "sparql"})  # servers have tests of their own


def test_rows_in_order(store: GraphStore, engine: str) -> None:
    answer = store.query(TEXTS[engine]["titles"])
    assert answer.columns == ("title",)
    assert answer.rows == [("Alpha: a reader of maps",), ("Delta and the cost of maps",), ("Gamma reads maps better",)]
    assert not answer.truncated


def test_row_limit(store: GraphStore, engine: str) -> None:
    answer = store.query(TEXTS[engine]["titles"], limit=2)
    assert len(answer.rows) == 2
    assert answer.truncated
    assert not store.query(TEXTS[engine]["titles"], limit=3).truncated


@pytest.mark.parametrize(
    "value", ["Alpha", "it's", 'say "x"', "back\\slash", "' OR 1=1 --", "} ; DROP ALL", "$name", "new\nline", "\u202e😀"]
)
def test_values_are_only_values(store: GraphStore, engine: str, value: str) -> None:
    rows = store.query(TEXTS[engine]["by_name"], {"name": value}).rows
    assert rows == ([("Alpha",)] if value == "Alpha" else [])


def test_writes_are_refused(store: GraphStore, engine: str) -> None:
    with pytest.raises(ReadOnly):
        store.query(TEXTS[engine]["write"])
    assert len(store.query(TEXTS[engine]["titles"]).rows) == 3


def test_files_and_other_servers_are_refused(store: GraphStore, engine: str) -> None:
    with pytest.raises(ReadOnly):
        store.query(TEXTS[engine]["outside"])
    assert len(store.query(TEXTS[engine]["in_a_string"], {"name": "x"}).rows) == 1


def test_a_wrong_text_is_a_one_line_error(store: GraphStore, engine: str) -> None:
    with pytest.raises(QueryError) as caught:
        store.query(TEXTS[engine]["wrong"])
    assert "\n" not in str(caught.value)


def test_a_long_query_is_given_up(store: GraphStore, engine: str) -> None:
    with pytest.raises(QueryTimeout, match=r"longer than 0\.2 s"):
        store.query(TEXTS[engine]["slow"], timeout=0.2)


def test_close_twice(store: GraphStore) -> None:
    store.close()
    store.close()


@pytest.mark.parametrize("harm", ["missing", "stale"])
def test_index_is_rebuilt(engine: str, toy: Path, tmp_path: Path, harm: str) -> None:
    copy = tmp_path / "toy.kg"
    shutil.copytree(toy, copy)
    version = open_version(copy)
    folder = version.path / registry.load("stores", engine).FOLDER
    if harm == "missing":
        shutil.rmtree(folder)
    else:
        (folder / "stamp").write_text("of other tables\n")
    store = registry.load("stores", engine).open_store(version)
    assert len(store.query(TEXTS[engine]["titles"]).rows) == 3
    store.close()
    assert (folder / "stamp").read_text().strip() == index_stamp(version)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("SELECT ?x { ?x kg:key $name }", 'SELECT ?x { ?x kg:key "va\\"lue" }'),
        ("SELECT ('$name' AS ?a) (\"it's $name\" AS ?b) {} # $name", "SELECT ('$name' AS ?a) (\"it's $name\" AS ?b) {} # $name"),
        ("SELECT * { <http://x/$name> ?p $names, ?name }", "SELECT * { <http://x/$name> ?p $names, ?name }"),
        (
            "SELECT * { FILTER($n > 1 && $f < 2.5) }",
            'SELECT * { FILTER(3 > 1 && "0.5"^^<http://www.w3.org/2001/XMLSchema#double> < 2.5) }',
        ),
        (
            "PREFIX add: <http://a/> ASK { add:load kg:service ?insert }",
            "PREFIX add: <http://a/> ASK { add:load kg:service ?insert }",
        ),
    ],
)
def test_sparql_parameters_replace_only_variables(text: str, bound: str) -> None:
    from kg.stores._sparql import bind

    assert bind(text, {"name": 'va"lue', "n": 3, "f": 0.5}) == bound


@pytest.mark.parametrize(
    "text", ["INSERT { ?s ?p 1 } WHERE { SELECT ?s ?p { ?s ?p ?o } }", "prefix x: <http://x/> CLEAR ALL", "LOAD <http://x/>"]
)
def test_sparql_updates_of_every_shape_are_refused(text: str) -> None:
    from kg.stores._sparql import bind

    with pytest.raises(ReadOnly, match="is an update"):
        bind(text, {})
