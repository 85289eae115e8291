"""Measures counted by hand on a pair of small records."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from kg.scoring import evaluate, normal_form, read_records


def entity(key: str, kind: str, *forms: str, roles: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"id": key, "type": kind, "name": forms[0], "mentions": list(forms), "roles": list(roles)}


GOLD = {
    "id": "p",
    "entities": [
        entity("a", "Model", "FooNet", "Foo Network", roles=("introduces",)),
        entity("b", "Dataset", "BarSet", roles=("evaluates_on",)),
        entity("c", "Metric", "accuracy", roles=("reports",)),
    ],
    "relations": [{"type": "EVALUATED_ON", "source": "a", "target": "b"}],
    "results": [{"value": "1,000", "metric": "c", "dataset": "b", "subject": "a"}],
    "links": [{"type": "code", "url": "https://x.org"}],
}
SAID = {
    "id": "p",
    "entities": [
        entity("1", "Method", "foo-nets", "FN", roles=("introduces", "uses")),
        entity("2", "Dataset", "BarSets", roles=("uses",)),
    ],
    "relations": [{"type": "TRAINED_ON", "source": "1", "target": "2"}],
    "results": [{"value": "1000", "metric": None, "dataset": "2", "subject": "1"}],
    "links": [{"type": "project", "url": "https://x.org"}],
}
COUNTS = {  # right, gold, predicted
    "mention": (1, 4, 3),  # BarSet
    "entity": (1, 3, 2),  # b-2; a-1 differ in type
    "entity~": (1, 3, 2),  # "foo net" is not inside "foonet"
    "introduces": (0, 1, 1),
    "roles": (0, 3, 3),
    "aliases": (0, 1, 1),
    "relations": (0, 1, 1),
    "relations~": (0, 1, 1),
    "results": (0, 1, 1),
    "results~": (0, 1, 1),
    "links": (1, 1, 1),
    "Dataset": (1, 1, 1),
    "Method": (0, 0, 1),
    "Metric": (0, 1, 0),
    "Model": (0, 1, 0),
}


def test_counts() -> None:
    scores = evaluate([GOLD], [SAID])
    assert {name: (s.right, s.gold, s.predicted) for name, s in scores.items()} == COUNTS


def test_loosely_aligned_entities_carry_roles_and_relations() -> None:
    said = json.loads(json.dumps(SAID).replace("foo-nets", "FooNet v2"))
    scores = evaluate([GOLD], [said])
    assert [(m, scores[m].right) for m in ("entity~", "introduces", "roles", "relations", "relations~", "results~")] == [
        ("entity~", 2), ("introduces", 1), ("roles", 1), ("relations", 0), ("relations~", 1), ("results~", 0),
    ]  # fmt: skip


def test_a_perfect_and_a_missing_prediction() -> None:
    assert {s.f1 for s in evaluate([GOLD], [GOLD]).values()} == {1.0}
    assert {s.recall for s in evaluate([GOLD], []).values()} == {0.0}
    scores = evaluate([GOLD], [])
    assert (scores["mention"].precision, scores["mention"].f1) == (0.0, 0.0)


def test_compared_with_has_no_direction() -> None:
    def record(*ends: str) -> dict[str, Any]:
        pair = [entity("a", "Model", "A1"), entity("b", "Model", "B1")]
        return {"id": "p", "entities": pair, "relations": [{"type": "COMPARED_WITH", "source": ends[0], "target": ends[1]}]}

    assert evaluate([record("a", "b")], [record("b", "a")])["relations"].f1 == 1.0


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Foo-Nets", "foo net", True),
        ("GPT-4", "GPT 4", True),
        ("GPT-4", "GPT-4o", False),
        ("loss", "los", False),
        ("C++", "C", False),
    ],
)
def test_normal_form(a: str, b: str, same: bool) -> None:
    assert (normal_form(a) == normal_form(b)) is same


@pytest.mark.shared
def test_agrees_with_the_reference_scorer(shared: Path, tmp_path: Path) -> None:
    """The dev records, damaged in many ways, scored by both to 4 digits."""
    specification = importlib.util.spec_from_file_location("reference", shared / "gold" / "score.py")
    assert specification
    assert specification.loader
    reference = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(reference)
    gold = read_records(shared / "gold" / "dev.jsonl")
    damaged = json.loads(json.dumps(gold))
    for i, record in enumerate(damaged):
        for j, one in enumerate(record["entities"]):
            if (i + j) % 3 == 0:
                one["type"] = {"Model": "Method", "Method": "Model"}.get(one["type"], "Task")
            if (i + j) % 4 == 0:
                one["mentions"] = [m + " x" for m in one["mentions"]]
            if (i + j) % 5 == 0:
                one["roles"] = ["uses"]
        record["entities"] = [e for j, e in enumerate(record["entities"]) if (i + j) % 7]
        record["links"] = record["links"][1:]
    expected = reference.score(gold, {r["id"]: r for r in damaged[:-2]})
    ours = evaluate(gold, damaged[:-2])
    for name, row in {**expected.pop("entity by type"), **expected}.items():
        score = ours[name]
        found = {
            "p": round(score.precision, 4),
            "r": round(score.recall, 4),
            "f1": round(score.f1, 4),
            "gold": score.gold,
            "pred": score.predicted,
        }
        assert found == row, name
