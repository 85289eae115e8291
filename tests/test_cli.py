"""The command line as people meet it: outputs, exit codes, one-line errors."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from graphs import TOY

import kg
from kg import catalog

Run = Callable[..., tuple[int, str, str]]


def test_help_lists_every_command_with_its_help(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    for command in ("build", "extract", "query", "queries", "show", "stats", "export", "visualize", "evaluate", "train", "demo"):
        assert f"\n  {command} " in out
        assert run(command, "--help")[0] == 0


def test_the_command_line_starts_without_what_only_its_commands_need() -> None:
    heavy = "{'pyarrow', 'numpy', 'spacy', 'kglite', 'pyoxigraph', 'rdflib', 'neo4j', 'rapidfuzz', 'networkx'}"
    told = subprocess.run(
        [sys.executable, "-c", f"import kg.cli, sys; print({heavy} & sys.modules.keys())"], capture_output=True, text=True
    )
    assert told.stdout == "set()\n", told.stderr


def test_version(run: Run) -> None:
    assert run("--version")[1].strip() == kg.__version__


def test_build_says_what_it_did(run: Run, tmp_path: Path) -> None:
    arguments = ("build", TOY / "papers.jsonl", "-o", tmp_path / "a.kg", "--no-extract", "--records", TOY / "records.jsonl")
    assert run(*arguments) == (0, "", f"{tmp_path}/a.kg: 3 papers (3 new), 11 entities, 11 relations, 5 results\n")
    assert run(*arguments)[2] == f"{tmp_path}/a.kg: 3 papers (0 new, nothing changed), 11 entities, 11 relations, 5 results\n"


def test_build_keeps_the_good_and_reports_the_rest(run: Run, tmp_path: Path) -> None:
    good = (TOY / "papers.jsonl").read_text().splitlines()
    (tmp_path / "p.jsonl").write_text("\n".join([good[0], "{broken", good[1], good[0]]))
    code, out, err = run("build", tmp_path / "p.jsonl", tmp_path / "none.jsonl", "-o", tmp_path / "a.kg", "--no-extract")
    assert (code, out) == (2, "")
    assert "none.jsonl does not exist; check the path" in err
    assert f"{tmp_path}/p.jsonl, line 2: not valid JSON" in err
    assert "line 4: the same paper as on line 1; counted once" in err
    rows = [json.loads(line) for line in (tmp_path / "a.kg" / "quarantine.jsonl").read_text().splitlines()]
    assert [(r["line"], r["kept"]) for r in rows] == [(2, False), (4, True)]
    assert rows[0]["raw"] == "{broken"
    (tmp_path / "p.jsonl").write_text("\n".join(good[:2]))
    assert run("build", tmp_path / "p.jsonl", "-o", tmp_path / "a.kg", "--no-extract")[0] == 0
    assert not (tmp_path / "a.kg" / "quarantine.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("build", "none.jsonl"), 2, "none.jsonl does not exist; check the path"),
        (("build", "empty-folder"), 2, "empty-folder holds no files; name a folder with papers"),
        (("build", "*.bib"), 2, "*.bib matches no file; check the pattern"),
        (("build", "p.jsonl", "--map", "titel=Name"), 2, "--map titel=…: papers have no such field; there are title, abstract"),
        (
            ("build", "p.jsonl", "bad.jsonl", "--strict"),
            1,
            "bad.jsonl, line 1: no title; mend it, or leave --strict away to set it aside",
        ),
        (("build", "empty.txt"), 1, "empty.txt is empty; nothing to read"),
        (("build", "binary.bin"), 1, "binary.bin is not text (it holds NUL bytes); give a text file such as JSON Lines"),
        (("build", "p.jsonl", "--format", "docx"), 2, "no ingest format named 'docx'; known: acl-anthology, arxiv-atom"),
        (("build", "p.jsonl", "--model", "huge"), 2, "no model named 'huge'"),
        (("build", "bad.jsonl"), 1, "no papers in bad.jsonl; bad.jsonl, line 1: no title"),
        (("build", "p.jsonl", "-o", "p.jsonl"), 2, "p.jsonl is a file; name a folder for the graph, such as p.kg"),
        (("build", "p.jsonl", "--records", "bad.jsonl"), 1, "bad.jsonl, line 1: not a paper record ('id')"),
        (
            ("build", "p.jsonl", "--records", "role.jsonl"),
            1,
            "role.jsonl, line 1: unknown role 'invents'; see schema/record.schema.json",
        ),
        (("build", "p.jsonl", "-o", "/proc/no.kg", "--no-extract"), 1, "check the place, its permissions and the free space"),
        (("query", "none.kg", "counts"), 2, "none.kg does not exist; make one with: kg build INPUT -o none.kg"),
        (("query", ".", "counts"), 2, ". has no graph in it"),
        (("query", "GRAPH", "countz"), 2, "no saved question named 'countz' in cypher; did you mean counts"),
        (("query", "GRAPH", "outperforms"), 2, "needs the parameter 'name', for example -p name=BERT"),
        (("query", "GRAPH", "outperforms", "-p", "Beta"), 2, "-p takes NAME=VALUE, found 'Beta'"),
        (("query", "GRAPH", "MATCH (n"), 2, "Cypher: "),
        (("query", "GRAPH", "SELECT ?x {"), 2, "SPARQL: "),
        (("query", "GRAPH", "MATCH (n) DETACH DELETE n"), 1, "the query would write; the graph is read-only"),
        (("query", "GRAPH", "DELETE WHERE { ?s ?p ?o }", "--lang", "sparql"), 1, "the text is an update; the graph is read-only"),
        (("query", "GRAPH", "counts", "--output", "xml"), 2, "--output must be one of table, json, jsonl, csv, found 'xml'"),
        (("query", "GRAPH", "counts", "--lang", "sql"), 2, "--lang must be cypher or sparql, found 'sql'"),
        (("query", "GRAPH", "none.rq"), 2, "none.rq cannot be read as UTF-8 text; check the path"),
        (("show", "GRAPH", "Alhpa"), 2, "nothing named 'Alhpa' in "),
        (("export", "GRAPH", "x.docx"), 2, "no export format named 'docx'"),
        (("visualize", "GRAPH", "--max-nodes", "5000"), 2, "--max-nodes must lie between 1 and 1000"),
        (("evaluate", "none.jsonl", "none.jsonl"), 2, "none.jsonl cannot be read as UTF-8 text"),
        (("evaluate", "bad.jsonl", "p.jsonl"), 1, "bad.jsonl, line 1: not a paper record ('id'); see schema/record.schema.json"),
        (("queries", "countz"), 2, "no saved question named 'countz'"),
    ],
    ids=lambda value: " ".join(map(str, value))[:40] if isinstance(value, tuple) else "",
)
def test_errors_are_one_line(
    run: Run, toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("p.jsonl").write_text((TOY / "papers.jsonl").read_text())
    Path("bad.jsonl").write_text('{"abstract": "no title here"}\n')
    record = {"id": "x", "entities": [{"id": "e", "type": "Model", "name": "N", "mentions": ["N"], "roles": ["invents"]}]}
    Path("role.jsonl").write_text(json.dumps(record))
    Path("empty.txt").touch()
    Path("empty-folder").mkdir()
    Path("binary.bin").write_bytes(b"\x00\x01\x02")
    found, out, err = run(*[str(toy) if a == "GRAPH" else a for a in arguments])
    assert (found, out) == (code, "")
    assert message in err
    assert len(err.strip().splitlines()) == 1
    assert not Path("my.kg").exists() or arguments[0] != "build"


def test_unknown_options_and_commands_are_wrong_use(run: Run) -> None:
    assert run("build", "--nonsense")[0] == 2
    assert run("frobnicate")[0] == 2


def test_outputs_for_programs_hold_the_same_rows(run: Run, toy: Path) -> None:
    as_json = json.loads(run("query", toy, "about", "-p", "name=Alpha", "--output", "json")[1])
    as_lines = [json.loads(line) for line in run("query", toy, "about", "-p", "name=Alpha", "--output", "jsonl")[1].splitlines()]
    as_csv = list(csv.DictReader(io.StringIO(run("query", toy, "about", "-p", "name=Alpha", "--output", "csv")[1])))
    assert as_json == as_lines
    assert len(as_json) == 9
    assert [row["sentence"] for row in as_csv] == [row["sentence"] for row in as_json]


def test_row_limit_is_said(run: Run, toy: Path) -> None:
    code, out, err = run("query", toy, "counts", "--limit", "2", "--output", "csv")
    assert (code, len(out.splitlines()), err) == (0, 3, "only the first 2 rows; see more with --limit\n")


def test_a_query_out_of_time_ends_the_command_at_once(toy: Path) -> None:
    slow = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    command = [sys.executable, "-m", "kg", "query", str(toy), slow, "--timeout", "0.5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "kg: the query ran longer than 0.5 s; narrow it or raise --timeout\n"


def test_table_and_no_rows(run: Run, toy: Path) -> None:
    out = run("query", toy, "lineage", "-p", "name=Delta")[1]
    assert [line.split() for line in out.strip().splitlines()][2:] == [
        ["Delta", "Gamma", "Model", "1"], ["Delta", "Alpha", "Model", "2"], ["Delta", "Root", "Method", "3"],
    ]  # fmt: skip
    assert run("query", toy, "lineage", "-p", "name=Root")[1] == "(no rows; columns: name, ancestor, type, steps)\n"
    code, out, err = run("query", toy, "lineage", "-p", "name=Delte")
    assert (code, out, err) == (2, "", "kg: nothing named 'Delte' in the graph; the nearest are: Delta\n")


@pytest.mark.parametrize("language", ["cypher", "sparql"])
def test_explain_shows_what_would_be_asked(run: Run, toy: Path, language: str) -> None:
    code, out, _ = run("query", toy, "leaderboard", "-p", "dataset=MapSet", "--explain", "--lang", language)
    head, _, text = out.partition("\n\n")
    assert (code, head) == (0, f'language: {language}\nparameters: {{"dataset": "mapset", "metric": ""}}')
    assert text == catalog.saved_query("leaderboard", language).text
    assert run("query", toy, "leaderboard", "--explain")[0] == 2


def test_show(run: Run, toy: Path) -> None:
    out = run("show", toy, "alpha")[1]
    assert out.startswith("Alpha  (Model, 2 papers, id ")
    for text in ("INTRODUCES", "BASED_ON", "→", "←", "80.0 %", "We introduce Alpha, a model for map reading."):
        assert text in out
    (view,) = json.loads(run("show", toy, "alpha", "--output", "json")[1])
    assert [p["role"] for p in view["papers"]] == ["INTRODUCES", "USES", "COMPARES_WITH"]
    assert run("show", toy, "Alhpa")[2].endswith("the nearest are: Alpha\n")


def test_stats(run: Run, toy: Path) -> None:
    rows = json.loads(run("stats", toy, "--output", "json")[1])
    found = {(row["group"], row["name"]): row["count"] for row in rows}
    assert found["nodes", "Paper"] == 3
    assert found["roles", "INTRODUCES"] == 3
    assert found["relations", "OUTPERFORMS"] == 3


def test_queries_lists_and_shows(run: Run) -> None:
    rows = json.loads(run("queries", "--output", "json")[1])
    assert {"name": "leaderboard", "parameters": "dataset, [metric]"}.items() <= next(
        r for r in rows if r["name"] == "leaderboard"
    ).items()
    assert "MATCH" in run("queries", "lineage")[1]
    assert "SELECT" in run("queries", "lineage", "--lang", "sparql")[1]


def test_export_and_visualize_say_where(run: Run, toy: Path, tmp_path: Path) -> None:
    assert run("export", toy, tmp_path / "x.ttl")[2].startswith(f"{tmp_path}/x.ttl: ")
    assert run("visualize", toy, "-o", tmp_path / "x.html", "--around", "Delta", "--hops", "2")[2].startswith(
        f"{tmp_path}/x.html: "
    )


def test_extract_writes_records_in_input_order(run: Run, tmp_path: Path) -> None:
    code, out, err = run("extract", TOY / "papers.jsonl")
    assert (code, err) == (0, "3 records\n")
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["toy-1", "toy-2", "toy-3"]
    assert run("extract", TOY / "papers.jsonl", "-o", tmp_path / "r.jsonl")[1] == ""
    assert (tmp_path / "r.jsonl").read_text() == out


def test_evaluate(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("evaluate", TOY / "records.jsonl", TOY / "records.jsonl", "--output", "json")
    assert code == 0
    assert {row["f1"] for row in json.loads(out) if row["gold"]} == {1.0}
    code, out, _ = run("evaluate", TOY / "records.jsonl", "--papers", TOY / "papers.jsonl")
    assert code == 0
    assert out.split()[:6] == ["measure", "precision", "recall", "f1", "gold", "predicted"]


def test_demo(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = run("demo")
    assert code == 0
    assert "Built demo.kg from 27 abstracts" in out
    for text in ("kg query demo.kg counts", "XLNet", "GLUE", "Try next:"):
        assert text in out
    assert (tmp_path / "graph.html").stat().st_size > 100_000
