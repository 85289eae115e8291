"""The graph directory: repeatable, in any order and portions, whatever is killed when."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from graphs import TOY, table_bytes

import kg
from kg.model.errors import DamagedGraph, NotAGraph, StoreError
from kg.resources import data_path
from kg.tables import open_version, writing

LINES = (TOY / "papers.jsonl").read_text().splitlines(keepends=True)


def build(directory: Path, lines: list[str], model: str | None = None) -> kg.BuildReport:
    papers = directory.with_suffix(".jsonl")
    papers.write_text("".join(lines))
    return kg.build([papers], directory, model=model, records=TOY / "records.jsonl")


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    first = build(tmp_path / "a.kg", LINES)
    before = table_bytes(tmp_path / "a.kg")
    second = build(tmp_path / "a.kg", LINES)
    assert (first.changed, first.new, second.changed, second.new) == (True, 3, False, 0)
    assert table_bytes(tmp_path / "a.kg") == before
    assert (tmp_path / "a.kg" / "CURRENT").read_text() == "v000001\n"


@pytest.mark.parametrize("portions", [[[2, 1, 0]], [[0], [1, 2]], [[2], [0], [1]], [[0, 1], [1, 2]]])
def test_order_and_portions_do_not_matter(tmp_path: Path, portions: list[list[int]]) -> None:
    build(tmp_path / "whole.kg", LINES, "fast")
    for portion in portions:
        build(tmp_path / "parts.kg", [LINES[i] for i in portion], "fast")
    assert table_bytes(tmp_path / "parts.kg") == table_bytes(tmp_path / "whole.kg")


def test_order_and_portions_do_not_matter_for_what_is_extracted(tmp_path: Path) -> None:
    kg.build([TOY / "papers.jsonl"], tmp_path / "whole.kg")
    for i in (1, 2, 0):
        (tmp_path / "one.jsonl").write_text(LINES[i])
        kg.build([tmp_path / "one.jsonl"], tmp_path / "parts.kg")
    assert table_bytes(tmp_path / "parts.kg") == table_bytes(tmp_path / "whole.kg")


def test_hash_seeds_do_not_matter(tmp_path: Path) -> None:
    for seed in ("0", "1", "4242"):
        command = [
            sys.executable,
            "-m",
            "kg",
            "build",
            str(data_path("samples", "papers.jsonl")),
            "-o",
            str(tmp_path / f"{seed}.kg"),
        ]
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True)
    assert table_bytes(tmp_path / "1.kg") == table_bytes(tmp_path / "0.kg")
    assert table_bytes(tmp_path / "4242.kg") == table_bytes(tmp_path / "0.kg")


KILLS = {  # module, function, at which call the process is killed before the function does anything
    "before the first batch is written": ("kg.cache", "_write", 1),
    "while batches are folded": ("kg.cache", "_write", 2),
    "after the first table": ("kg.tables", "write_stream", 2),
    "before the manifest": ("kg.tables", "write_atomically", 1),
    "before CURRENT is swapped": ("kg.tables", "write_atomically", 2),
    "before old versions go": ("kg.tables", "_drop_old", 1),
    "while an index is stamped": ("kg.stores.base", "write_atomically", 1),
}
KILLER = """
import importlib, os, signal, sys
import kg
papers, directory, module, name, call = sys.argv[1:]
owner = importlib.import_module(module)
original, calls = getattr(owner, name), 0
def killer(*arguments, **options):
    global calls
    calls += 1
    if calls == int(call):
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*arguments, **options)
setattr(owner, name, killer)
kg.build([papers], directory)
"""


@pytest.mark.parametrize("point", sorted(KILLS))
@pytest.mark.parametrize("added", [False, True], ids=["new graph", "grown graph"])
def test_killed_and_run_again(tmp_path: Path, point: str, added: bool) -> None:
    papers = tmp_path / "papers.jsonl"
    if added:
        (tmp_path / "first.jsonl").write_text(LINES[0])
        kg.build([tmp_path / "first.jsonl"], tmp_path / "killed.kg")
    papers.write_text("".join(LINES))
    module, name, call = KILLS[point]
    done = subprocess.run([sys.executable, "-c", KILLER, papers, tmp_path / "killed.kg", module, name, str(call)], check=False)
    assert done.returncode == -signal.SIGKILL, f"the build was not killed {point}"
    if added:
        assert open_version(tmp_path / "killed.kg").counts["papers"] in (1, 3)
    kg.build([papers], tmp_path / "killed.kg")
    kg.build([papers], tmp_path / "calm.kg")
    assert table_bytes(tmp_path / "killed.kg") == table_bytes(tmp_path / "calm.kg")
    with kg.open(tmp_path / "killed.kg") as graph:
        assert graph.query("counts").rows == graph.query("counts", "sparql").rows
    leftovers = [p.name for p in (tmp_path / "killed.kg").rglob("*") if p.name.startswith(".") and p.name != ".lock"]
    assert leftovers == []


def test_two_writers(tmp_path: Path) -> None:
    with writing(tmp_path / "a.kg"), pytest.raises(StoreError, match="being written by another process"):
        build(tmp_path / "a.kg", LINES)


def test_readers_keep_their_version_while_the_graph_grows(tmp_path: Path) -> None:
    build(tmp_path / "a.kg", LINES[:1])
    with kg.open(tmp_path / "a.kg") as graph:
        build(tmp_path / "a.kg", LINES)
        assert graph.version.counts["papers"] == 1
        assert graph.query("MATCH (p:Paper) RETURN count(p) AS n").rows == [(1,)]
    with kg.open(tmp_path / "a.kg") as graph:
        assert graph.version.counts["papers"] == 3


def test_no_graph_and_a_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(NotAGraph, match="does not exist; make one with: kg build"):
        kg.open(tmp_path / "none.kg")
    with pytest.raises(NotAGraph, match="has no graph in it"):
        kg.open(tmp_path)
    build(tmp_path / "a.kg", LINES)
    version = open_version(tmp_path / "a.kg").path
    (version / "entities.parquet").write_bytes(b"not parquet")
    with pytest.raises(DamagedGraph, match="cannot be read"):
        kg.open(tmp_path / "a.kg").stats()
    (version / "manifest.json").write_text("{")
    with pytest.raises(DamagedGraph, match="no readable manifest"):
        kg.open(tmp_path / "a.kg")


def test_the_manifest_counts_and_hashes(toy: Path) -> None:
    manifest = json.loads((open_version(toy).path / "manifest.json").read_text())
    assert {name: table["rows"] for name, table in manifest["tables"].items()} == {
        "papers": 3, "entities": 11, "aliases": 11, "mentions": 19, "roles": 20, "relations": 11, "evidence": 36, "results": 5,
        "joins": 0, "redirects": 0, "external": 0, "cites": 0,
    }  # fmt: skip
    assert all(len(table["sha256"]) == 64 for table in manifest["tables"].values())


def test_many_entities_of_one_name(tmp_path: Path) -> None:
    papers = [json.dumps({"id": f"p{i}", "title": f"Paper {i}", "abstract": "We use Same."}) for i in range(10_000)]
    mention = {"id": "e1", "type": "Model", "name": "Same", "mentions": ["Same"], "roles": ["uses"]}
    records = [json.dumps({"id": f"p{i}", "entities": [mention]}) for i in range(10_000)]
    (tmp_path / "p.jsonl").write_text("\n".join(papers))
    (tmp_path / "r.jsonl").write_text("\n".join(records))
    kg.build([tmp_path / "p.jsonl"], tmp_path / "same.kg", model=None, records=tmp_path / "r.jsonl")
    with kg.open(tmp_path / "same.kg") as graph:
        assert [(v.name, v.paper_count) for v in graph.show("same")] == [("Same", 10_000)]
        for language in ("cypher", "sparql"):
            assert graph.query("counts", language).rows == [("Paper", 10_000), ("Model", 1)]
            assert len(graph.query("about", language, name="Same", most=20_000, limit=20_000).rows) == 10_000


def test_a_graph_of_an_older_format_is_built_again_from_what_was_read(tmp_path: Path) -> None:
    old = tmp_path / "old.kg"
    kg.build([TOY / "papers.jsonl"], old, model="fast")
    manifest = open_version(old).path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 3', '"format": 1'))
    with pytest.raises(
        DamagedGraph, match=r"table format 1, this version reads 3; remove .*CURRENT and build from the inputs again"
    ):
        kg.build([TOY / "papers.jsonl"], old, model="fast")
    (old / "CURRENT").unlink()
    report = kg.build([TOY / "papers.jsonl"], old, model="fast")
    assert (report.papers, report.extracted) == (3, 0)
