"""What users change after a build: overrides of the resolver, papers taken out; and that undoing leaves no trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from graphs import TOY, build_records, record, table_bytes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kg
from kg.model.errors import BadOverride, DamagedGraph, UnknownName
from kg.model.records import LocalEntity, LocalRelation, Mention, PaperRecord
from kg.pipeline import remove, resolve
from kg.rdf.validation import validate_version
from kg.resolve.census import Census, naming_of, tally
from kg.resolve.overrides import FILE, Overrides, changed, read_overrides, settle
from kg.tables import open_version

Run = Callable[..., tuple[int, str, str]]


RECORDS = [
    record(
        "a", ("Model", "Weeder-2"), ("Dataset", "COCO"), ("Task", "weeding"), relations=(("EVALUATED_ON", 0, 1), ("USED_FOR", 0, 2))
    ),
    record("b", ("Model", "Weeder 2 chat"), ("Dataset", "MS COCO"), ("Method", "Weeder-2")),
    record("c", ("Model", "Weeder2"), ("Dataset", "COCO"), ("Task", "itself")),
]


def names(directory: Path) -> set[tuple[str, str, int]]:
    return {(e["type"], e["name"], e["papers"]) for e in open_version(directory).rows("entities")}


PLAIN = {
    ("Model", "Weeder2", 2), ("Model", "Weeder 2 chat", 1), ("Method", "Weeder-2", 1), ("Dataset", "COCO", 3), ("Task", "weeding", 1),
    ("Task", "itself", 1),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "gone", "come"),
    [
        ('same = [["Weeder 2", "Model: Weeder 2 chat"]]', PLAIN - {("Dataset", "COCO", 3), ("Task", "weeding", 1), ("Task", "itself", 1)}, {("Model", "Weeder 2", 3)}),
        ('drop = ["Task: itself", "nobody"]', {("Task", "itself", 1)}, set()),
        ('different = [["COCO", "MS COCO"]]', {("Dataset", "COCO", 3)}, {("Dataset", "COCO", 2), ("Dataset", "MS COCO", 1)}),
        ('[rename]\n"weeding" = "weed control"', {("Task", "weeding", 1)}, {("Task", "weed control", 1)}),
        ('[retype]\n"Method: weeder 2" = "Model"', {("Method", "Weeder-2", 1), ("Model", "Weeder2", 2)}, {("Model", "Weeder-2", 3)}),
    ],
)  # fmt: skip
def test_each_override_and_its_undoing(tmp_path: Path, text: str, gone: set[Any], come: set[Any]) -> None:
    graph = build_records(tmp_path, *RECORDS)
    assert names(graph) == PLAIN
    before = table_bytes(graph)
    (graph / FILE).write_text(text)
    assert resolve(graph).changed
    assert names(graph) == PLAIN - gone | come
    (graph / FILE).unlink()
    resolve(graph)
    after = table_bytes(graph)
    assert after == before


def test_by_id_and_what_hangs_on_a_dropped_thing(tmp_path: Path) -> None:
    graph = build_records(tmp_path, *RECORDS)
    model = next(e for e in open_version(graph).rows("entities") if e["name"] == "Weeder2")
    (graph / FILE).write_text(f'drop = ["{model["id"]}"]')
    resolve(graph)
    version = open_version(graph)
    assert version.rows("relations") == []
    assert model["id"] not in {m["entity"] for m in version.rows("roles")}
    assert version.counts["papers"] == 3


def test_former_ids_lead_to_what_became_of_them(tmp_path: Path) -> None:
    graph = build_records(tmp_path, record("y", ("Model", "VT")), *RECORDS)
    with kg.open(graph) as before:
        bare, chat = (before.show(name)[0].id for name in ("VT", "weeder 2 CHAT"))
    long = record("z", ("Model", "VT"))
    long["entities"][0]["mentions"] = ["vine trimmer", "VT"]
    build_records(tmp_path, long)  # says what the abbreviation stands for: the entity goes by its long form now
    (graph / FILE).write_text('same = [["Model: Weeder 2", "Weeder 2 chat"]]')
    resolve(graph)
    with kg.open(graph) as after:
        assert (after.show(bare)[0].name, after.show(chat)[0].name) == ("VT", "Weeder 2")
        assert {bare, chat} <= {row["old"] for row in after.version.rows("redirects")}
        after.export(tmp_path / "g.nt")
    triples = (tmp_path / "g.nt").read_text()
    assert f"entity/{bare}> <http://purl.org/dc/terms/isReplacedBy>" in triples


def test_a_relation_that_the_new_type_does_not_allow_goes(tmp_path: Path) -> None:
    graph = build_records(tmp_path, *RECORDS)
    (graph / FILE).write_text('[retype]\n"COCO" = "Task"')
    resolve(graph)
    assert [r["type"] for r in open_version(graph).rows("relations")] == ["USED_FOR"]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ('drop = ["a"]\nsame = [["b"]]', 2, "two names"),
        ("drop = [1]", 1, "list of names"),
        ('[rename]\n"a" = "b"\n"c" = 3', 3, "text"),
        ('\n[retype]\n"a" = "Gadget"', 3, "Gadget"),
        ('mend = ["a"]', 1, "mend"),
        ('drop = ["a"', 1, "not TOML"),
        ("drop = []\nsame = nothing", 2, "not TOML"),
        ('same = ["a", "b"]', 1, "list of lists"),
    ],
)
def test_a_bad_line_is_named_and_changes_nothing(tmp_path: Path, text: str, line: int, word: str) -> None:
    graph = build_records(tmp_path, *RECORDS)
    before = table_bytes(graph)
    (graph / FILE).write_text(text)
    with pytest.raises(BadOverride, match=f"line {line}") as caught:
        resolve(graph)
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)
    assert table_bytes(graph) == before


def test_papers_taken_out_leave_no_trace_and_come_back(tmp_path: Path) -> None:
    lines = (TOY / "papers.jsonl").read_text().splitlines(keepends=True)

    def build(name: str, *rows: str) -> Path:
        (tmp_path / "in.jsonl").write_text("".join(rows))
        kg.build([tmp_path / "in.jsonl"], tmp_path / name, model="fast")
        return tmp_path / name

    def tables(graph: Path) -> dict[str, bytes]:
        return {name: data for name, data in table_bytes(graph).items() if not name.startswith("records/")}

    graph, fewer = build("all.kg", *lines), build("fewer.kg", *lines[1:])
    whole = tables(graph)
    first = json.loads(lines[0])["id"]
    report = remove(graph, [first])
    assert (report.removed, report.papers) == (1, 2)
    assert tables(graph) == tables(fewer)
    assert build("all.kg", lines[0]) == graph
    assert tables(graph) == whole


def test_nothing_is_rewritten_without_what_the_papers_said(tmp_path: Path) -> None:
    kg.build([TOY / "papers.jsonl"], tmp_path / "g.kg", model="fast")
    before = table_bytes(tmp_path / "g.kg")
    kept = {path: path.read_bytes() for path in (tmp_path / "g.kg" / "records").iterdir()}
    for path in kept:
        path.unlink()
    with pytest.raises(DamagedGraph, match="build the graph again"):
        resolve(tmp_path / "g.kg")
    for path, data in kept.items():
        path.write_bytes(data)
    assert table_bytes(tmp_path / "g.kg") == before


def test_all_papers_may_go(tmp_path: Path) -> None:
    graph = build_records(tmp_path, *RECORDS)
    assert remove(graph, ["a", "b", "c"]).papers == 0
    with kg.open(graph) as empty:
        assert empty.stats()["nodes"]["Paper"] == 0


def test_an_unknown_paper_removes_nothing(tmp_path: Path, run: Run) -> None:
    graph = build_records(tmp_path, *RECORDS)
    before = table_bytes(graph)
    with pytest.raises(UnknownName, match="nobody"):
        remove(graph, ["a", "nobody"])
    assert table_bytes(graph) == before
    assert run("remove", graph, "a", "c")[0] == 0
    assert names(graph) == {("Model", "Weeder 2 chat", 1), ("Dataset", "MS COCO", 1), ("Method", "Weeder-2", 1)}


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ("Weeder-2", "Weeder2", ["one Model", "two spellings"]),
        ("COCO", "MS COCO", ["one Dataset", "synonym"]),
        ("Method: Weeder-2", "Model: Weeder-2", ["two", "types differ", "same = "]),
        ("weeding", "itself", ["two", "keys differ"]),
    ],
)
def test_two_names_explained(tmp_path: Path, run: Run, a: str, b: str, words: list[str]) -> None:
    code, out, _ = run("resolve", build_records(tmp_path, *RECORDS), "explain", a, b)
    assert code == 0
    assert all(word in out for word in words), out


VOTED = [
    record("k", ("Method", "weed counting"), ("Model", "vine trimmer", "VT")),
    record("l", ("Task", "Weed counting"), ("Model", "VT")),
    record("m", ("Task", "weed-counting"), ("Model", "Vine Trimmers")),
]


def test_why_names_are_one_is_kept_and_told(tmp_path: Path, run: Run) -> None:
    graph = build_records(tmp_path, *VOTED)
    version = open_version(graph)
    papers = {p["own_id"]: p["id"] for p in version.rows("papers")}
    kinds = {e["id"]: (e["type"], e["name"]) for e in version.rows("entities")}
    joins = {
        (*kinds[j["entity"]], j["type"], j["name"], j["rule"], j["evidence"], j["papers"], j["paper"])
        for j in version.rows("joins")
    }
    assert joins == {
        ("Task", "Weed counting", "Method", "weed counting", "type vote", "Task 2.0, Method 1.0", 1, papers["k"]),
        ("Task", "Weed counting", "Task", "Weed counting", "same key", "weedcount", 1, papers["l"]),
        ("Task", "Weed counting", "Task", "weed-counting", "same key", "weedcount", 1, papers["m"]),
        ("Model", "VT", "Model", "VT", "abbreviation in the paper", "vine trimmer", 1, papers["k"]),
        (
            "Model",
            "VT",
            "Model",
            "VT",
            "abbreviation in other papers",
            "vine trimmer: 1 of 1 papers that write it out",
            1,
            papers["l"],
        ),
        ("Model", "VT", "Model", "Vine Trimmers", "same name", "", 1, papers["m"]),
    }
    out = run("resolve", graph, "explain", "VT", "vine trimmers")[1]
    assert "one Model, 'VT': 'VT' by abbreviation in the paper (vine trimmer)" in out
    assert (
        "'Method: weed counting' by type vote (Task 2.0, Method 1.0)"
        in run("resolve", graph, "explain", "Method: weed counting", "Weed counting")[1]
    )


def test_a_type_vote_can_be_undone(tmp_path: Path) -> None:
    graph = build_records(tmp_path, *VOTED)
    (graph / FILE).write_text('different = [["Method: Weed counting", "Task: weed counting"]]')
    resolve(graph)
    assert {("Method", "weed counting", 1), ("Task", "Weed counting", 2)} <= names(graph)
    (graph / FILE).write_text('[retype]\n"Method: weed counting" = "Metric"')  # the type that a paper gave names it as well
    resolve(graph)
    assert ("Metric", "Weed counting", 3) in names(graph)


def test_what_a_person_should_look_at(tmp_path: Path, run: Run) -> None:
    more = (
        record("d", ("Method", "weed burning"), ("Method", "weeds burning")),
        record("e", ("Method", "weed turning"), ("Task", "weedings")),
    )
    graph = build_records(tmp_path, *RECORDS, *more)
    code, out, _ = run("resolve", graph, "review", "--output", "json")
    assert code == 0
    assert {(d["kind"], d["name"], d["other"], d["entry"], *d["pair"]) for d in json.loads(out)} == {
        ("joined", "COCO", "MS COCO", "different", "Dataset: COCO", "Dataset: MS COCO"),
        ("apart", "weed burning", "weed turning", "same", "Method: weed burning", "Method: weed turning"),
    }
    (graph / FILE).write_text(run("resolve", graph, "review")[1].partition("overrides.toml:\n")[2])
    resolve(graph)
    assert {("Method", "weed burning", 2), ("Dataset", "MS COCO", 1)} <= names(graph)
    left = json.loads(run("resolve", graph, "review", "--output", "json")[1])
    assert [(d["kind"], d["name"], d["other"]) for d in left] == [("joined", "weed burning", "weed turning")]


def test_wrong_use_is_told(tmp_path: Path, run: Run) -> None:
    graph = build_records(tmp_path, *RECORDS)
    assert run("resolve", graph, "explain", "COCO")[0] == 2
    assert run("resolve", graph, "mend")[0] == 2
    code, _, err = run("resolve", graph, "explain", "COCO", "nothing here")
    assert (code, err.count("\n")) == (2, 1)


def local(paper: str, kinds: list[tuple[str, str]]) -> PaperRecord:
    entities = tuple(LocalEntity(f"e{i}", t, n, (Mention(-1, -1, n),)) for i, (t, n) in enumerate(kinds))
    relations = (LocalRelation("USED_FOR", "e0", f"e{len(kinds) - 1}"),) if len(kinds) > 1 else ()
    return PaperRecord(paper, entities, relations)


ENTITY = st.tuples(st.sampled_from(["Model", "Method", "Task"]), st.sampled_from(["A", "B2", "b-2", "C c", "D"]))
NAME = st.sampled_from(["A", "B2", "Model: C c", "D", "E"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(ENTITY, min_size=1, max_size=3), min_size=1, max_size=4),
    st.lists(NAME, max_size=2),
    st.lists(st.lists(NAME, min_size=2, max_size=3, unique=True), max_size=2),
    st.lists(st.lists(NAME, min_size=2, max_size=2, unique=True), max_size=1),
    st.dictionaries(NAME, st.sampled_from(["Model", "Task"]), max_size=1),
    st.randoms(use_true_random=False),
)
def test_any_overrides_give_one_type_an_entity_in_any_order_of_papers(
    tmp_path: Path, kinds: Any, drop: Any, same: Any, different: Any, retype: Any, chance: Any
) -> None:
    text = f"drop = {json.dumps(drop)}\nsame = {json.dumps(same)}\ndifferent = {json.dumps(different)}\n[retype]\n"
    (tmp_path / FILE).write_text(text + "".join(f"{json.dumps(k)} = {json.dumps(v)}\n" for k, v in retype.items()))
    overrides = read_overrides(tmp_path)
    papers = [local(f"p{i}", k) for i, k in enumerate(kinds)]
    settled = settle(census(papers, len(papers)), overrides)
    again = settle(census(papers, chance.randint(1, len(papers))), overrides)
    assert (again.ids, again.kinds, again.names, again.moved) == (settled.ids, settled.kinds, settled.names, settled.moved)
    types: dict[str, set[str]] = {}
    for position, said in enumerate(papers):
        numbers = dict(zip((e.id for e in said.entities), settled.census.of_paper(position), strict=True))
        dropped = {one for one, number in numbers.items() if not settled.ids[number]}
        found = changed(said, dropped, {one: settled.kinds[number] for one, number in numbers.items()})
        ids = {e.id for e in found.entities}
        assert ids == numbers.keys() - dropped
        assert all({r.source, r.target} <= ids for r in found.relations)
        for entity in found.entities:
            types.setdefault(settled.ids[numbers[entity.id]], set()).add(entity.type)
    assert all(len(found) == 1 for found in types.values())
    assert settle(census(papers, 1), Overrides()).names == {}


def census(papers: list[PaperRecord], portion: int) -> Census:
    """The names of papers, counted so many papers at a time."""
    parts = [papers[start : start + portion] for start in range(0, len(papers), portion)]
    return Census.of([tally(map(naming_of, one.entities) for one in part) for part in parts])


def test_a_role_that_a_type_cannot_have_is_a_mention(tmp_path: Path) -> None:
    odd = {"id": "e", "type": "Task", "name": "pruning", "mentions": ["pruning"], "roles": ["compares_with", "addresses"]}
    graph = build_records(tmp_path, {"id": "p", "entities": [odd]})
    with kg.open(graph) as opened:
        assert sorted(row["role"] for row in opened.version.rows("roles")) == ["addresses", "mentions"]
    assert validate_version(open_version(graph)) == []
