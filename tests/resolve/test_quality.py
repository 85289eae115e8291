from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.resolve.quality import b_cubed, mistakes, pairwise, resolve_again


def record(paper: str, *entities: tuple[str, str, list[str]]) -> dict[str, object]:
    return {"id": paper, "entities": [{"id": f"e{i}", "type": t, "name": n, "mentions": m} for i, (t, n, m) in enumerate(entities)]}


RECORDS = [
    record("p", ("Model", "ViT", ["vision transformer", "ViT"]), ("Method", "CPL", ["critical plan learning", "CPL"])),
    record("q", ("Model", "ViT", ["ViTs"]), ("Method", "CPL (prompts)", ["cross-domain prompt learning", "CPL"])),
    record("r", ("Dataset", "House Numbers", ["SVHN"]), ("Dataset", "House Numbers (old)", ["SVHN dataset"])),
    record("s", ("Task", "weeding", ["weeding"]), ("Task", "weeding", ["removal of weeds"])),
]


def test_figures_by_hand() -> None:
    gold, predicted = resolve_again(RECORDS)
    cubed, pairs = b_cubed(gold, predicted), pairwise(gold, predicted)
    assert len(gold) == 11
    # Of two items each, those of SVHN are wrongly joined, those of weeding kept apart: half right.
    assert (cubed.precision, cubed.recall) == pytest.approx((10 / 11, 10 / 11))
    assert (pairs.gold, pairs.predicted) == (3 + 1 + 1 + 1, 3 + 1 + 1 + 1)  # ViT 3, each CPL 1, and weeding or SVHN
    assert pairs.precision == pairs.recall == pytest.approx(5 / 6)


def test_mistakes_are_named() -> None:
    found = {(m.kind, m.type, m.names, m.items) for m in mistakes(*resolve_again(RECORDS), most=5)}
    assert found == {
        ("kept apart", "Task", ("removal of weeds", "weeding"), 1),
        ("joined", "Dataset", ("House Numbers", "House Numbers (old)"), 1),
    }


def test_names_are_withheld() -> None:
    gold, predicted = resolve_again([record("p", ("Task", "told", ["a"])), record("q", ("Task", "told", ["b"]))])
    assert len(set(gold.values())) == 1
    assert len(set(predicted.values())) == 2


def test_the_command_line_shows_it(tmp_path: Path, run: Callable[..., tuple[int, str, str]]) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in RECORDS))
    code, out, _ = run("evaluate", str(path), "--resolution", "--errors", "2", "--output", "json")
    assert code == 0
    tables = json.loads(out)
    assert [row["measure"] for row in tables["scores"]] == ["b-cubed", "pairwise"]
    assert tables["errors"][0]["mistake"] == "kept apart"
    assert run("evaluate", str(path), "--resolution", "--details")[0] == 2
