"""Each saved question, in both languages, against answers worked out by hand from the toy papers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from answers import ANSWERS, DELTA, GAMMA

import kg
from kg import catalog
from kg.model.errors import UnknownName, UsageError

ONLY_CYPHER = {"path"}  # SPARQL has no shortest path
CASES = [(graph, *asked) for graph, all_asked in ANSWERS.items() for asked in all_asked]


@pytest.mark.parametrize("language", ["cypher", "sparql"])
@pytest.mark.parametrize(("graph", "name", "given", "expected"), CASES, ids=[f"{n}-{'-'.join(g.values())}" for _, n, g, _ in CASES])
def test_answer(
    graph: str, name: str, given: dict[str, str], expected: list[tuple[Any, ...]], language: str, request: pytest.FixtureRequest
) -> None:
    if name not in catalog.saved_names(language):
        assert name in ONLY_CYPHER
        with pytest.raises(UnknownName, match="cannot be asked in sparql; ask it in the other language"):
            catalog.saved_query(name, language)
        return
    with kg.open(request.getfixturevalue(graph)) as opened:
        answer = opened.ask(name, given, language)
    assert answer.columns == catalog.saved_query(name, language).columns
    width = len(expected[0]) if expected else 0
    assert [row[:width] for row in answer.rows] == expected


def test_every_question_has_both_forms_with_equal_headers_and_an_answer_with_rows() -> None:
    assert {name for _, name, _, expected in CASES if expected} == set(catalog.saved_names())
    assert set(catalog.saved_names()) - set(catalog.saved_names("sparql")) == ONLY_CYPHER
    assert set(catalog.saved_names("sparql")) <= set(catalog.saved_names())
    for name in catalog.saved_names("sparql"):
        cypher, sparql = (catalog.saved_query(name, language) for language in ("cypher", "sparql"))
        assert (cypher.title, cypher.description, cypher.parameters, cypher.columns) == (
            sparql.title, sparql.description, sparql.parameters, sparql.columns,
        )  # fmt: skip
        assert cypher.title
        assert cypher.description


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("leaderboard", {"dataset": "MapSett"}, "no dataset named 'MapSett' in the graph; the nearest are: MapSet"),
        ("datasets", {"task": "Alpha"}, "no task named 'Alpha' in the graph; no name is near it"),
        ("about", {"name": "Gama"}, "nothing named 'Gama' in the graph; the nearest are: Gamma"),
        ("tasks", {"venue": "ToyCon"}, "no venue named 'ToyCon' in the graph; the nearest are: ToyConf"),
        ("compare", {"papers": "toy-1; gamma reads map"}, "no paper named 'gamma reads map' in the graph; the nearest are: Gamma reads maps better"),
        ("path", {"from": "Alpha", "to": "MapSett"}, "nothing named 'MapSett' in the graph; the nearest are: MapSet"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["cypher", "sparql"])
def test_an_unknown_name_gets_the_nearest(
    toy_graph: kg.Graph, name: str, given: dict[str, str], message: str, language: str
) -> None:
    if name in catalog.saved_names(language):
        with pytest.raises(UnknownName, match=f"^{message}"):
            toy_graph.ask(name, given, language)


@pytest.mark.parametrize("language", ["cypher", "sparql"])
def test_names_are_found_in_any_case_and_spelling(toy_graph: kg.Graph, language: str) -> None:
    for name in ("MAPSET", "map-set", "Map Set", "MapSet dataset", " mapset "):
        assert (
            toy_graph.query("evaluated", language, dataset=name).rows
            == toy_graph.query("evaluated", language, dataset="MapSet").rows
        )
    for unlike in ("MapSet 2", "MapSet-7B", "M"):
        with pytest.raises(UnknownName, match="no dataset named"):
            toy_graph.query("evaluated", language, dataset=unlike)
    assert toy_graph.query("compare", language, papers=["arXiv:2001.00001", "TOY-2"]).rows == toy_graph.query(
        "compare", language, papers="2001.00001; toy-2").rows  # fmt: skip


def test_a_missing_parameter_is_named_with_an_example(toy_graph: kg.Graph) -> None:
    with pytest.raises(UsageError, match=r"needs the parameter 'name', for example -p name=BERT"):
        toy_graph.query("outperforms")


def test_an_unknown_parameter_is_refused(toy_graph: kg.Graph) -> None:
    with pytest.raises(UsageError, match="has no parameter 'nmae'; it has: name"):
        toy_graph.query("outperforms", nmae="Beta")


def test_a_misspelt_question_gets_the_nearest(toy_graph: kg.Graph) -> None:
    with pytest.raises(UnknownName, match="did you mean leaderboard"):
        toy_graph.query("leaderbord")


def test_a_file_of_ones_own_with_the_same_header(toy_graph: kg.Graph, tmp_path: Path) -> None:
    path = tmp_path / "by-year.cypher"
    path.write_text(
        "// title: Papers since a year\n// parameter: year | integer | 2021 | 2021 | First year\n// columns: title\n"
        "MATCH (p:Paper) WHERE p.year >= $year RETURN p.title AS title ORDER BY title\n"
    )
    assert toy_graph.query(str(path)).rows == [(DELTA,), (GAMMA,)]
    assert toy_graph.query(str(path), year=2022).rows == [(DELTA,)]


def test_free_text_is_told_apart_by_its_first_word(toy_graph: kg.Graph) -> None:
    assert toy_graph.query("MATCH (p:Paper) RETURN count(p) AS n").rows == [(3,)]
    assert toy_graph.query("SELECT (COUNT(?p) AS ?n) WHERE { ?p a kg:Paper }").rows == [(3,)]
    assert toy_graph.query("# a comment\nASK { ?p a kg:Paper }").rows == [(True,)]
