"""A graph that grows, shrinks and is corrected is the graph that one build of what is left would give, byte for byte."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from graphs import record, table_bytes, triples_of
from hypothesis import given, settings
from hypothesis import strategies as st

import kg
from kg.pipeline import remove, resolve
from kg.projection import kinds_of
from kg.rdf.mapping import to_lines
from kg.resolve import assemble, recall
from kg.resolve.assemble import _portions
from kg.resolve.overrides import FILE
from kg.stores import kglite, oxigraph
from kg.tables import Version, earlier_version, open_version


def paper(name: str, title: str, abstract: str, *entities: Any, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """An input row and what it says."""
    relations = more.pop("relations", ())
    return {"id": name, "title": title, "abstract": abstract, **more}, record(name, *entities, relations=relations)


TEXT = "We prune vines with a robot that sees each bud and cuts where a grower would cut, in wind and at night."
POOL = [
    paper("a", "Vines seen by robots", TEXT, ("Model", "vine trimmer", "VT"), ("Dataset", "COCO"), ("Task", "pruning"),
          relations=(("EVALUATED_ON", 0, 1), ("USED_FOR", 0, 2)), authors=["Ada Stem", "Bo Root"], year=2021, doi="10.1000/vines"),
    paper("b", "Vines seen by robots", TEXT + " Now in print.", ("Model", "VT"), ("Dataset", "MS COCO"), ("Method", "trimming"),
          relations=(("EVALUATED_ON", 0, 1),), authors=["Stem, Ada"], year=2022, arxiv="2101.00001"),
    paper("c", "Other words for trimming", "Shears.", ("Model", "VT"), ("Metric", "cut rate"), authors=["Bo Root"], venue="Hort"),
    paper("d", "Vision that turns", "A thing.", ("Model", "vision turner", "VT"), ("Task", "turning"), ("Method", "VT")),
    paper("e", "Weeds by version", "Weeder.", ("Model", "Weeder-2"), ("Model", "Weeder2 7B"), ("Dataset", "COCO 2017"),
          relations=(("EVALUATED_ON", 0, 2), ("COMPARED_WITH", 1, 0)), venue="Hort", arxiv="2101.00002"),
    paper("f", "Weeds by version, again", "Weeder too.", ("Method", "Weeder 2"), ("Model", "Weeder"), ("Task", "pruning")),
]  # fmt: skip
MERGED = {"a": "b", "b": "a"}  # preprint and published version
OVERRIDES = [
    "",
    'same = [["Weeder", "Weeder-2"]]',
    'different = [["COCO", "MS COCO"]]\ndrop = ["pruning"]',
    '[rename]\n"VT" = "the trimmer"\n[retype]\n"Method: Weeder 2" = "Model"',
]
STEP = st.one_of(
    st.tuples(st.just("add"), st.sets(st.sampled_from(range(len(POOL))), min_size=1)),
    st.tuples(st.just("remove"), st.sampled_from("abcdef")),
    st.tuples(st.just("override"), st.sampled_from(OVERRIDES)),
)


def write(directory: Path, chosen: list[int]) -> dict[str, Any]:
    """Input and records of papers of the pool, as arguments of `kg.build`."""
    for name, part in (("p.jsonl", 0), ("r.jsonl", 1)):
        (directory / name).write_text("".join(json.dumps(POOL[i][part]) + "\n" for i in chosen))
    return {"inputs": [directory / "p.jsonl"], "records": directory / "r.jsonl", "model": None}


def tables(graph: Path) -> dict[str, bytes]:
    return {name: data for name, data in table_bytes(graph).items() if not name.startswith("records/")}


def played(steps: list[tuple[str, Any]], directory: Path) -> Path:
    """A graph after these steps; what cannot be removed is not, and the first step adds whatever it be."""
    graph, here, said = directory / "grown.kg", set[str](), ""
    for action, what in [("add", {0}), *steps]:
        if action == "add":
            kg.build(directory=graph, **write(directory, sorted(what)))
            here |= {POOL[i][0]["id"] for i in what}
        elif action == "override":
            (graph / FILE).write_text(what)
            resolve(graph)
            said = what
        elif what in here:
            remove(graph, [what])
            here -= {what, MERGED.get(what, what)}
    if not here:
        kg.build(directory=graph, **write(directory, [0]))
        here = {"a"}
    once = directory / "once.kg"
    once.mkdir()
    (once / FILE).write_text(said)
    kg.build(directory=once, **write(directory, [i for i in range(len(POOL)) if POOL[i][0]["id"] in here]))
    return graph


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=6))
def test_any_portions_removals_and_overrides_give_the_tables_of_one_build(steps: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr("kg.indexing.ENGINES", {})
        graph = played(steps, Path(name))
        assert tables(graph) == tables(Path(name) / "once.kg")


@settings(max_examples=8, deadline=None)
@given(st.lists(STEP, min_size=2, max_size=4))
def test_mended_indexes_hold_what_the_tables_say(steps: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(oxigraph, "MOST_CHANGED", 1000)
        patch.setattr(kglite, "MOST_CHANGED", 1000)
        version = open_version(played(steps, Path(name)))
        store = ox.Store.read_only(str(version.path / oxigraph.FOLDER / "store"))
        assert {quad.triple for quad in store} == triples_of(version)
        mended = property_graph(version)
        shutil.rmtree(version.path / kglite.FOLDER)
        patch.setattr(kglite, "MOST_CHANGED", 0)
        assert property_graph(version) == mended


def property_graph(version: Version) -> list[str]:
    """All nodes and edges of the Cypher index, which is made if it is not there."""
    with contextlib.closing(kglite.open_store(version)) as store:
        nodes = store.query("MATCH (n) RETURN labels(n) AS labels, properties(n) AS properties", limit=10**6).rows
        edges = store.query("MATCH (a)-[r]->(b) RETURN a.id AS a, type(r) AS type, b.id AS b, properties(r) AS p", limit=10**6).rows
    assert nodes
    return sorted(
        json.dumps(row, sort_keys=True) for row in ([sorted(labels), properties] for labels, properties in nodes)
    ) + sorted(json.dumps(row, sort_keys=True) for row in edges)


def test_a_preprint_and_its_published_version_support_an_edge_once(tmp_path: Path) -> None:
    graph = tmp_path / "g.kg"
    for one in (0, 1):
        kg.build(directory=graph, **write(tmp_path, [one]))
    version = open_version(graph)
    (merged,) = version.rows("papers")
    assert merged["title"] == "Vines seen by robots"
    assert merged["abstract"].endswith("Now in print.")
    assert {(pair["scheme"], pair["value"]) for pair in merged["identifiers"]} == {
        ("arxiv", "2101.00001"),
        ("doi", "10.1000/vines"),
    }
    assert len(merged["variants"]) == 2
    assert {relation["papers"] for relation in version.rows("relations")} == {1}
    assert {entity["papers"] for entity in version.rows("entities")} == {1}


def test_a_record_may_hold_any_line_end(tmp_path: Path) -> None:
    """Separators that are line ends to Python, but not to JSON Lines, stand in texts that people paste."""
    odd = "vine\u2028trimmer\x85 \x0b\x1e"
    row, said = paper("x", "Odd vines", "Odd.", ("Model", odd), ("Task", "pruning"))
    (tmp_path / "p.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n")
    (tmp_path / "r.jsonl").write_text(json.dumps(said, ensure_ascii=False) + "\n")
    kg.build([tmp_path / "p.jsonl"], tmp_path / "g.kg", records=tmp_path / "r.jsonl", model=None)
    kg.build(directory=tmp_path / "g.kg", **write(tmp_path, [2]))
    assert odd in {entity["name"] for entity in open_version(tmp_path / "g.kg").rows("entities")}
    remove(tmp_path / "g.kg", ["x"])
    assert odd not in {entity["name"] for entity in open_version(tmp_path / "g.kg").rows("entities")}


def test_rows_are_made_of_new_papers_and_of_those_whose_names_mean_something_else_by_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[list[str]] = []

    def portions(merged: Any, records: Any, *more: Any) -> Any:
        texts = list(records)
        made.append(sorted(merged[position].paper.id for portion in texts for position in portion.positions))
        return _portions(merged, texts, *more)

    monkeypatch.setattr(assemble, "_portions", portions)
    graph, once = tmp_path / "g.kg", tmp_path / "once.kg"
    kg.build(directory=graph, **write(tmp_path, [0, 3, 4]))
    kg.build(directory=graph, **write(tmp_path, [2]))  # VT meant the trimmer of a, and in d, which writes it out, something else
    assert made == [["a", "d", "e"], ["c"]]
    kg.build(directory=graph, **write(tmp_path, [5]))  # the other Weeder 2 is a method
    assert made[2] == ["f"]
    (graph / FILE).write_text('[retype]\n"Method: Weeder 2" = "Model"\n[rename]\n"pruning" = "cutting"')
    resolve(graph)
    assert made[3] == ["f"]
    remove(graph, ["f"])
    assert made[4] == []
    (open_version(graph).path / "memory" / "places.parquet").write_bytes(b"broken")
    kg.build(directory=graph, **write(tmp_path, [5]))
    assert made[5] == ["a", "c", "d", "e", "f"]
    (open_version(graph).path / "evidence.parquet").write_bytes(b"broken")
    kg.build(directory=graph, **write(tmp_path, [1]))  # the published version of a
    assert made[6] == ["b", "c", "d", "e", "f"]
    monkeypatch.setattr(recall, "_code", lambda: "of another release")
    kg.build(directory=graph, **write(tmp_path, [1]))
    assert made[7] == made[6]
    shutil.copytree(graph, once)
    (once / "CURRENT").unlink()
    kg.build(directory=once, **write(tmp_path, [0, 1, 2, 3, 4, 5]))
    assert table_bytes(once) == table_bytes(graph)


def test_engines_in_processes_of_their_own_are_told_what_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.indexing._MANY", 1)
    monkeypatch.setattr("kg.indexing.cores", lambda: 2)
    monkeypatch.setattr("kg.indexing.MOST_CHANGED", 1000)
    asked: list[str] = []
    monkeypatch.setattr("kg.indexing.earlier_version", lambda new: asked.append(new.path.name) or earlier_version(new))
    graph = tmp_path / "g.kg"
    kg.build(directory=graph, **write(tmp_path, [0, 1, 2, 3, 4]))
    assert asked == ["v000001"]
    kg.build(directory=graph, **write(tmp_path, [5]))
    version = open_version(graph)
    assert asked == ["v000001", version.path.name]
    store = ox.Store.read_only(str(version.path / oxigraph.FOLDER / "store"))
    assert {quad.triple for quad in store} == triples_of(version)
    filled = property_graph(version)
    shutil.rmtree(version.path / kglite.FOLDER)
    assert property_graph(version) == filled
    kg.build(directory=graph, **write(tmp_path, [5]))
    assert len(asked) == 2  # all is as it was
    (earlier_version(version).path / "evidence.parquet").write_bytes(b"broken")
    shutil.rmtree(version.path / oxigraph.FOLDER)
    kg.build(directory=graph, **write(tmp_path, [5]))
    store = ox.Store.read_only(str(version.path / oxigraph.FOLDER / "store"))
    assert {quad.triple for quad in store} == triples_of(version)


def test_a_small_change_mends_the_indexes_and_a_large_one_makes_them_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    drawn: list[int] = []
    monkeypatch.setattr(oxigraph, "to_lines", lambda version: made.append(version.counts["papers"]) or to_lines(version))
    monkeypatch.setattr(kglite, "kinds_of", lambda version: drawn.append(version.counts["papers"]) or kinds_of(version))
    graph = tmp_path / "g.kg"
    kg.build(directory=graph, **write(tmp_path, [0, 1, 2, 3, 4, 5]))
    assert made == [5]
    (graph / FILE).write_text('[rename]\n"pruning" = "cutting"')
    assert resolve(graph).changed
    assert made == [5]
    with kg.open(graph) as opened:
        asked = 'ASK { ?task rdfs:label "cutting" FILTER NOT EXISTS { ?other rdfs:label "pruning" } }'
        assert opened.query(asked).rows == [(True,)]
    remove(graph, ["c", "d", "e"])
    assert made == [5, 2]
    for engine in (oxigraph, kglite):
        stamp = open_version(graph).path / engine.FOLDER / "stamp"
        stamp.write_text(stamp.read_text().rpartition(" ")[0] + " 0.0.1")  # by another release: not to be mended
    (graph / FILE).unlink()
    resolve(graph)
    assert made == [5, 2, 2]
    monkeypatch.setattr(oxigraph, "MOST_CHANGED", 1000)
    assert drawn == made
    monkeypatch.setattr(kglite, "MOST_CHANGED", 1000)
    for broken in ("entities.parquet", "rdf/store/CURRENT", "cypher/graph.kgl"):  # of the version that would be mended
        (open_version(graph).path / broken).write_bytes(b"broken")
        kg.build(directory=graph, **write(tmp_path, [0, 1, 2, 3, 4, 5]))
        resolved = open_version(graph)
        store = ox.Store.read_only(str(resolved.path / oxigraph.FOLDER / "store"))
        assert {quad.triple for quad in store} == triples_of(resolved)
        mended = property_graph(resolved)
        shutil.rmtree(resolved.path / kglite.FOLDER)
        assert property_graph(resolved) == mended
        remove(graph, ["f"])
