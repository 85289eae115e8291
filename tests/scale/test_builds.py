"""Builds on several processes: the bytes of a serial build, and a full account of what could not be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from graphs import TOY, table_bytes
from scale_works import Grumpy
from typer.testing import CliRunner

import kg
from kg.cli import app
from kg.resources import data_path
from kg.tables import open_version

SAMPLE = data_path("samples", "papers.jsonl")


def write(path: Path, *abstracts: str) -> Path:
    rows = [{"id": f"p{n}", "title": f"Robots that prune {n}", "abstract": text} for n, text in enumerate(abstracts)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_any_number_of_workers_gives_the_same_bytes(tmp_path: Path) -> None:
    kg.build([SAMPLE], tmp_path / "serial.kg", model="fast", engine="serial")
    for workers in (1, 2, 3):
        kg.build([SAMPLE], tmp_path / f"{workers}.kg", model="fast", engine="processes", workers=workers)
        assert table_bytes(tmp_path / f"{workers}.kg") == table_bytes(tmp_path / "serial.kg")


@pytest.mark.parametrize(
    "limits",
    [{"kg.resolve.texts.PAPERS": 1}, {"kg.parquet._IN_MEMORY": 1}, {"kg.resolve.papers._HELD": 0, "kg.resolve.papers._IN_MEMORY": 1},
     {"kg.resolve.texts._IN_MEMORY": 1}],
)  # fmt: skip
def test_how_much_is_done_at_once_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: dict[str, int]) -> None:
    kg.build([SAMPLE], tmp_path / "plain.kg", model="fast", engine="serial")
    for name, value in limits.items():
        monkeypatch.setattr(name, value)
    kg.build([SAMPLE], tmp_path / "limited.kg", model="fast", engine="serial")
    assert table_bytes(tmp_path / "limited.kg") == table_bytes(tmp_path / "plain.kg")


def test_what_a_killed_build_left_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "g.kg" / ".rows-left").mkdir(parents=True)
    monkeypatch.setattr("kg.parquet._IN_MEMORY", 1)
    kg.build([TOY / "papers.jsonl"], tmp_path / "g.kg", model=None, records=TOY / "records.jsonl")
    assert not list((tmp_path / "g.kg").glob(".rows-*"))


def test_long_tables_have_several_files_and_read_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kg.build([TOY / "papers.jsonl"], tmp_path / "plain.kg", model=None, records=TOY / "records.jsonl")
    monkeypatch.setattr("kg.parquet.ROW_GROUP", 2)
    monkeypatch.setattr("kg.parquet.PART_ROWS", 4)
    kg.build([TOY / "papers.jsonl"], tmp_path / "parts.kg", model=None, records=TOY / "records.jsonl")
    plain, parts = open_version(tmp_path / "plain.kg"), open_version(tmp_path / "parts.kg")
    assert len(parts.manifest["tables"]["evidence"]["files"]) == -(-plain.counts["evidence"] // 4)
    for name in plain.counts:
        assert parts.read(name).to_pylist() == plain.read(name).to_pylist() == list(parts.each(name))
    with kg.open(tmp_path / "parts.kg") as graph:
        assert graph.stats()["nodes"]["Paper"] == 3


def test_papers_that_cannot_be_read_are_told_and_tried_again(tmp_path: Path) -> None:
    papers = write(tmp_path / "in.jsonl", *["We prune vines with VineNet."] * 5, "A poison.", "All nonsense.", "We see ImageNet.")
    report = kg.build([papers], tmp_path / "g.kg", extractor=Grumpy(), engine="processes", workers=2)
    assert (report.papers, report.extracted, len(report.rejected)) == (8, 6, 2)
    rows = [json.loads(line) for line in (tmp_path / "g.kg" / "quarantine.jsonl").read_text().splitlines()]
    assert {json.loads(row["raw"])["id"] for row in rows} == {"p5", "p6"}
    assert all("three attempts" in row["reason"] for row in rows)
    assert any("the process that read it died (exit code 9)" in row["reason"] for row in rows)
    again = kg.build([papers], tmp_path / "g.kg", extractor=Grumpy(deadly="?", wrong="?"), engine="processes", workers=2)
    assert (again.extracted, len(again.rejected)) == (2, 0)
    assert not (tmp_path / "g.kg" / "quarantine.jsonl").exists()


def test_records_come_in_order_from_several_workers(tmp_path: Path) -> None:
    texts = ["We prune vines with VineNet.", "我们提出了一种新的方法来修剪葡萄藤并且在田间进行了测试。" * 3] * 8
    papers = write(tmp_path / "in.jsonl", *texts)
    plain = list(kg.extract_records([papers], model="fast"))
    assert [record.id for record in plain] == [f"p{n}" for n in range(16)]
    assert list(kg.extract_records([papers], model="fast", engine="processes", workers=2)) == plain


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--engine", "quantum"], "no engine named 'quantum'; known: processes, ray, serial"),
     (["--engine", "ray", "--ray-address", "nowhere:1"], "no Ray cluster can be had at nowhere:1")],
)  # fmt: skip
def test_wrong_engines_are_told(tmp_path: Path, options: list[str], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.scale.ray._start", _no_cluster)
    result = CliRunner().invoke(app, ["build", str(SAMPLE), "-o", str(tmp_path / "g.kg"), *options])
    assert message in str(result.exception)


def _no_cluster(ray: Any, workers: int, address: str | None) -> None:
    from kg.model.errors import UsageError

    raise UsageError(f"no Ray cluster can be had at {address}")
