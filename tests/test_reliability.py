"""Confidences: judged, binned, mended; records without what is unsure; where an extractor goes wrong."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg.diagnosis import confusion, intervals, worst_errors
from kg.model.filtering import at_least
from kg.model.records import LocalEntity, LocalRelation, LocalResult, Mention, PaperRecord, Role
from kg.reliability import calibration_error, cross_checked, interpolate, isotonic, judge, reliability
from kg.scoring import Judged, evaluate, evaluate_kinds

GOLD: dict[str, Any] = {
    "id": "p",
    "entities": [
        {"id": "g1", "type": "Model", "name": "Zorb", "mentions": ["Zorb"], "roles": ["introduces"]},
        {"id": "g2", "type": "Dataset", "name": "Treebank", "mentions": ["Treebank"], "roles": ["evaluates_on"]},
        {"id": "g3", "type": "Task", "name": "parsing", "mentions": ["parsing"], "roles": ["addresses"]},
    ],
    "relations": [{"type": "EVALUATED_ON", "source": "g1", "target": "g2"}],
}
SAID: dict[str, Any] = {
    "id": "p",
    "entities": [
        {"id": "e1", "type": "Model", "name": "Zorb", "mentions": ["Zorb"], "roles": ["introduces", "uses"], "confidence": 0.9,
         "spans": [{"start": 0, "end": 4, "text": "Zorb", "confidence": 0.9}],
         "role_evidence": [{"role": "introduces", "confidence": 0.8, "sentence": "s"}, {"role": "uses", "confidence": 0.3, "sentence": "s"}]},
        {"id": "e2", "type": "Method", "name": "Treebank", "mentions": ["Treebank"], "roles": [], "confidence": 0.4,
         "spans": [{"start": 9, "end": 17, "text": "Treebank", "confidence": 0.4}]},
    ],
    "relations": [{"type": "TRAINED_ON", "source": "e1", "target": "e2", "confidence": 0.7, "sentence": "t"}],
}  # fmt: skip


def test_each_statement_is_judged_with_its_confidence() -> None:
    assert set(judge([GOLD], [SAID])) == {
        Judged("mention", 0.9, True), Judged("mention", 0.4, False), Judged("role", 0.8, True), Judged("role", 0.3, False),
        Judged("relation", 0.7, False),
    }  # fmt: skip
    assert judge([GOLD], []) == []


def test_reliability_and_its_error() -> None:
    judged = [Judged("role", 0.95, True)] * 8 + [Judged("role", 0.95, False)] * 2 + [Judged("role", 0.05, False)] * 10
    bins = reliability(judged)
    assert [(b.low, b.high, b.count, b.right) for b in bins] == [(0.0, 0.1, 10, 0.0), (0.9, 1.0, 10, 0.8)]
    assert calibration_error(bins, "role") == pytest.approx(0.1)
    assert calibration_error(bins, "result") == 0
    assert reliability([Judged("role", 1.0, True)])[0].high == 1.0


def test_the_map_mends_confidences_that_are_too_high() -> None:
    chance = random.Random(1)
    scores = [chance.random() for _ in range(4000)]
    pairs = [(s, chance.random() < s * s) for s in scores]
    knots = isotonic(pairs)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in itertools.pairwise(knots))
    before = calibration_error(reliability(Judged("role", s, r) for s, r in pairs), "role")
    after = calibration_error(reliability(Judged("role", interpolate(knots, s), r) for s, r in pairs), "role")
    assert after < 0.03 < 0.1 < before


def test_each_part_is_judged_by_the_maps_of_the_others() -> None:
    often, seldom = ([Judged("role", 0.5, k < right) for k in range(100)] for right in (80, 20))
    assert cross_checked([often, often])["role"] == pytest.approx(0)
    assert cross_checked([often, seldom])["role"] == pytest.approx(0.6)
    assert cross_checked([often, often])["result"] == 0


def test_the_map_at_its_ends_and_without_knots() -> None:
    assert interpolate([], 0.4) == 0.4
    assert interpolate([(0.3, 0.6)], 0.9) == 0.6
    assert interpolate([(0.3, 0.2), (0.5, 0.6)], 0.1) == 0.2
    assert isotonic([]) == []


def test_records_lose_what_is_unsure_and_what_hangs_on_it() -> None:
    sure, unsure = Mention(0, 4, "Zorb", 0.9), Mention(5, 9, "Tree", 0.2)
    record = PaperRecord(
        "p",
        entities=(
            LocalEntity("a", "Model", "Zorb", (sure, unsure), (Role("introduces", 0.9), Role("uses", 0.1))),
            LocalEntity("b", "Metric", "Tree", (unsure,)),
        ),
        relations=(LocalRelation("USED_FOR", "a", "b", 0.9),),
        results=(LocalResult("1", "a", "b", confidence=0.9), LocalResult("2", "b", None, "a", confidence=0.9)),
    )
    kept = at_least(record, 0.5)
    assert [(e.id, e.mentions, [r.role for r in e.roles]) for e in kept.entities] == [("a", (sure,), ["introduces"])]
    assert kept.relations == ()
    assert [(r.value, r.subject, r.dataset) for r in kept.results] == [("2", None, "a")]
    assert at_least(record, 0.0) is record


def test_confusion_counts_what_was_taken_for_what() -> None:
    assert confusion([GOLD], [SAID]) == {("Model", "Model"): 1, ("Dataset", "Method"): 1, ("Task", "(none)"): 1}


def test_worst_errors_show_the_sentence() -> None:
    errors = worst_errors([GOLD], [SAID], {"p": "Zorb does parsing on Treebank"})
    assert [(e.kind, e.said, e.gold, e.sentence) for e in errors] == [
        ("mention", "Treebank (Method)", "Dataset", ""),
        ("role", "Zorb: uses", "introduces", "s"),
        ("relation", "Zorb TRAINED_ON Treebank", "(none)", "t"),
        ("missed", "(none)", "Treebank (Dataset)", "Zorb does parsing on Treebank"),
        ("missed", "(none)", "parsing (Task)", "Zorb does parsing on Treebank"),
    ]


def test_kinds_are_scored_each_by_itself() -> None:
    scores = evaluate_kinds([GOLD], [SAID])
    assert scores["role introduces"].f1 == 1
    assert (scores["relation EVALUATED_ON"].gold, scores["relation TRAINED_ON"].predicted) == (1, 1)


def test_intervals_hold_the_figure() -> None:
    gold = [GOLD | {"id": str(i)} for i in range(12)]
    said = [(SAID if i % 2 else GOLD) | {"id": str(i)} for i in range(12)]
    low, high = intervals(gold, said, 200)["mention"]
    assert low < evaluate(gold, said)["mention"].f1 < high
    assert intervals(gold, gold, 50)["roles"] == (1.0, 1.0)


def test_evaluate_shows_details(run: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    import json

    for name, record in (("gold", GOLD), ("said", SAID)):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(record) + "\n")
    code, out, _ = run(
        "evaluate", tmp_path / "gold.jsonl", tmp_path / "said.jsonl", "--details", "--errors", "5", "--bootstrap", "20"
    )
    assert code == 0
    for text in ("role introduces", "gold types", "expected calibration error", "Zorb TRAINED_ON Treebank", "f1 from"):
        assert text in out
    code, out, _ = run("evaluate", tmp_path / "gold.jsonl", tmp_path / "said.jsonl", "--details", "--output", "json")
    assert set(json.loads(out)) >= {"scores", "roles and relations", "expected calibration error"}
