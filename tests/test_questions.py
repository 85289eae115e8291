"""Each saved question, in both languages, against answers worked out by hand from the toy papers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import kg
from kg import catalog
from kg.model.errors import UnknownName, UsageError

ALPHA, GAMMA, DELTA = "Alpha: a reader of maps", "Gamma reads maps better", "Delta and the cost of maps"
A1, A2, A3 = (
    "We introduce Alpha, a model for map reading.",
    "Alpha is based on Root and reaches 80.0% accuracy on MapSet.",
    "Alpha outperforms Beta.",
)
B1, B2, B3 = (
    "We present Gamma, which extends Alpha.",
    "On MapSet, Gamma has an accuracy of 85.5% and a latency of 12 ms.",
    "Gamma outperforms Alpha and Beta.",
)
C2 = "It runs on MapSet with a latency of 9 ms and an accuracy of 85.5%."

ANSWERS: list[tuple[str, dict[str, str], list[tuple[Any, ...]]]] = [
    ("introduces", {"name": "ALPHA"}, [("Alpha", "Model", ALPHA, 2020, 0.9, A1)]),
    ("introduces", {"name": "Beta"}, []),
    ("datasets", {}, [("MapSet", 3), ("RouteSet", 1)]),
    ("datasets", {"task": "Map Reading"}, [("MapSet", 1)]),
    ("datasets", {"task": "route planning"}, [("MapSet", 1), ("RouteSet", 1)]),
    (
        "leaderboard",
        {"dataset": "mapset", "metric": "accuracy"},
        [
            ("MapSet", "accuracy", "higher", "Delta", 85.5, "85.5", "%", DELTA, 2022, C2),
            ("MapSet", "accuracy", "higher", "Gamma", 85.5, "85.5", "%", GAMMA, 2021, B2),
            ("MapSet", "accuracy", "higher", "Alpha", 80.0, "80.0", "%", ALPHA, 2020, A2),
        ],
    ),
    (
        "leaderboard",
        {"dataset": "MapSet", "metric": "Latency"},
        [
            ("MapSet", "latency", "lower", "Delta", 9.0, "9", "ms", DELTA, 2022, C2),
            ("MapSet", "latency", "lower", "Gamma", 12.0, "12", "ms", GAMMA, 2021, B2),
        ],
    ),
    (
        "outperforms",
        {"name": "beta"},
        [("Alpha", "Model", "Beta", 0.75, 1, ALPHA, A3), ("Gamma", "Model", "Beta", 0.5, 1, GAMMA, B3)],
    ),
    ("lineage", {"name": "Delta"}, [("Delta", "Gamma", "Model", 1), ("Delta", "Alpha", "Model", 2), ("Delta", "Root", "Method", 3)]),
    ("lineage", {"name": "Root"}, []),
    (
        "about",
        {"name": "Beta"},
        [
            ("Beta", "Model", "in", "OUTPERFORMS", "Alpha", 0.75, 1, ALPHA, A3),
            ("Beta", "Model", "in", "COMPARES_WITH", ALPHA, 0.6, 1, ALPHA, A3),
            ("Beta", "Model", "in", "COMPARES_WITH", GAMMA, 0.6, 1, GAMMA, B3),
            ("Beta", "Model", "in", "OUTPERFORMS", "Gamma", 0.5, 1, GAMMA, B3),
        ],
    ),
    ("evaluated", {"dataset": "mapset"}, [("MapSet", "Alpha", "Model", 1, 0.9), ("MapSet", "Delta", "Model", 1, 0.9), ("MapSet", "Gamma", "Model", 1, 0.9)]),
    ("evaluated", {"dataset": "RouteSet"}, []),
    (
        "usage",
        {"name": "Alpha"},
        [
            ("Alpha", "Model", "COMPARES_WITH", GAMMA, 2021, 0.6),
            ("Alpha", "Model", "INTRODUCES", ALPHA, 2020, 0.9),
            ("Alpha", "Model", "USES", GAMMA, 2021, 0.8),
        ],
    ),
    ("metrics", {}, [("accuracy", 3), ("latency", 2)]),
    ("metrics", {"task": "Map Reading"}, [("accuracy", 1)]),
    ("metrics", {"venue": "TOYCONF"}, [("accuracy", 2), ("latency", 1)]),
    ("metrics", {"task": "route planning", "venue": "ToyConf"}, []),
    ("tasks", {}, [("map reading", 1), ("route planning", 1)]),
    ("tasks", {"venue": "toyconf"}, [("map reading", 1)]),
    ("tasks", {"year": "2022"}, [("route planning", 1)]),
    ("trend", {"task": "map reading"}, [(2020, 1)]),
    (
        "training",
        {"name": "alpha"},
        [("Alpha", "BASED_ON", "Root", "Method", 1, 0.5), ("Alpha", "EVALUATED_ON", "MapSet", "Dataset", 1, 0.9)],
    ),
    ("doubtful", {}, [("RouteSet", "BENCHMARK_FOR", "route planning", 0.4, DELTA, "For route planning we use RouteSet.")]),
    (
        "doubtful",
        {"below": "0.6"},
        [
            ("RouteSet", "BENCHMARK_FOR", "route planning", 0.4, DELTA, "For route planning we use RouteSet."),
            ("Alpha", "BASED_ON", "Root", 0.5, ALPHA, A2),
            ("Gamma", "OUTPERFORMS", "Alpha", 0.5, GAMMA, B3),
            ("Gamma", "OUTPERFORMS", "Beta", 0.5, GAMMA, B3),
        ],
    ),
    (
        "counts",
        {},
        [("Result", 5), ("Model", 4), ("Author", 3), ("Paper", 3), ("Dataset", 2), ("Metric", 2), ("Task", 2), ("Method", 1), ("Venue", 1)],
    ),
]  # fmt: skip


@pytest.mark.parametrize("language", ["cypher", "sparql"])
@pytest.mark.parametrize(("name", "given", "expected"), ANSWERS, ids=[f"{n}-{'-'.join(g.values())}" for n, g, _ in ANSWERS])
def test_answer(toy_graph: kg.Graph, name: str, given: dict[str, str], expected: list[tuple[Any, ...]], language: str) -> None:
    answer = toy_graph.ask(name, given, language)
    assert answer.columns == catalog.saved_query(name, language).columns
    width = len(expected[0]) if expected else 0  # the id column of `datasets` is not written by hand
    assert [row[:width] for row in answer.rows] == expected


def test_every_question_has_both_forms_with_equal_headers_and_an_answer_here() -> None:
    assert {name for name, _, _ in ANSWERS} == set(catalog.saved_names())
    for name in catalog.saved_names():
        cypher, sparql = (catalog.saved_query(name, language) for language in ("cypher", "sparql"))
        assert (cypher.title, cypher.description, cypher.parameters, cypher.columns) == (
            sparql.title, sparql.description, sparql.parameters, sparql.columns,
        )  # fmt: skip
        assert cypher.title
        assert cypher.description


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
