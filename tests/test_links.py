"""`kg link`: what things are called elsewhere, told by a table, never guessed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
from graphs import build_records, record, table_bytes
from rdflib import OWL, RDFS, SDO, SKOS

import kg
from kg.resolve.links import FILE

Run = Callable[..., tuple[int, str, str]]
WD = "http://www.wikidata.org/entity/"


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    return build_records(
        tmp_path,
        record("a", ("Model", "Residual Net", "ResNet"), ("Dataset", "ImageNet"), ("Task", "pruning")),
        record("b", ("Method", "pruning"), ("Metric", "BLEU")),
    )


def linked(graph: Path) -> set[tuple[str, str, str]]:
    with kg.open(graph) as opened:
        triples = opened.to_rdflib()
        asked = opened.query(
            "SELECT ?s ?p ?o { VALUES ?p { skos:exactMatch owl:sameAs schema:sameAs skos:closeMatch } ?s ?p ?o }", "sparql"
        ).rows
    found = {
        (str(triples.value(s, RDFS.label)), str(p), str(o))
        for p in (SKOS.exactMatch, OWL.sameAs, SDO.sameAs, SKOS.closeMatch)
        for s, o in triples.subject_objects(p)
    }
    assert len(asked) == len(found)
    return found


def test_names_and_aliases_of_one_thing_get_what_fits(graph: Path, tmp_path: Path, run: Run) -> None:
    table = tmp_path / "t.tsv"
    table.write_text(
        f"name\ttype\tiri\nresidual net\t\t{WD}Q1\nImageNet\tDataset\t{WD}Q2\nBLEU\tMetric\t{WD}Q3\n"
        f"# a comment\n\nimage-net\t\thttps://huggingface.co/datasets/imagenet\nBLEU\t\thttps://cso.kmi.open.ac.uk/topics/bleu\tskos:closeMatch\n"
    )
    assert run("link", graph, table) == (0, "", f"{graph}: 5 links, 0 rows left out\n")
    expected = {
        ("ResNet", str(OWL.sameAs), f"{WD}Q1"),
        ("ImageNet", str(OWL.sameAs), f"{WD}Q2"),
        ("ImageNet", str(SDO.sameAs), "https://huggingface.co/datasets/imagenet"),
        ("BLEU", str(SKOS.exactMatch), f"{WD}Q3"),
        ("BLEU", str(SKOS.closeMatch), "https://cso.kmi.open.ac.uk/topics/bleu"),
    }
    assert linked(graph) == expected
    before = table_bytes(graph)
    assert run("link", graph, table) == (0, "", f"{graph}: 5 links, 0 rows left out, nothing changed\n")
    assert table_bytes(graph) == before
    build_records(tmp_path, record("c", ("Model", "Fern")))  # a later build keeps them
    assert linked(graph) == expected
    (graph / FILE).unlink()
    assert run("link", graph) == (0, "", f"{graph}: 0 links, 0 rows left out\n")
    assert linked(graph) == set()


def test_what_is_ambiguous_is_told_and_left_out(graph: Path, tmp_path: Path, run: Run) -> None:
    table = tmp_path / "t.tsv"
    table.write_text(f"pruning\t\t{WD}Q1\npruning\tTask\t{WD}Q2\nMoss\t\t{WD}Q3\nBLEU\t\t{WD}Q4\nBLEU\t\t{WD}Q5\n")
    code, out, err = run("link", graph, table)
    assert (code, out) == (1, "")
    assert "pruning, http://www.wikidata.org/entity/Q1: 2 things have this name: pruning (" in err
    assert "Moss, http://www.wikidata.org/entity/Q3: no thing of this name" in err
    assert err.count("one thing would have 2 of these: http://www.wikidata.org/entity/Q4, http://www.wikidata.org/entity/Q5") == 2
    assert err.endswith(f"{graph}: 1 link, 4 rows left out\n")
    assert {(name, iri) for name, _, iri in linked(graph)} == {("pruning", f"{WD}Q2")}


def test_lines_that_cannot_be_read_are_told_by_number(graph: Path, tmp_path: Path, run: Run) -> None:
    table = tmp_path / "t.tsv"
    table.write_text(
        f"BLEU\nBLEU\tThing\t{WD}Q1\nBLEU\t\tno address\nBLEU\t\t{WD}Q1\tis\nBLEU\t\tjavascript:alert(1)\nBLEU\t\t{WD}Q9\n"
    )
    code, _, err = run("link", graph, table)
    assert code == 1
    for number, words in (
        (1, "a row has a name, a type, an IRI"),
        (2, "unknown type 'Thing'"),
        (3, "'no address' is no absolute IRI"),
        (4, "unknown relation 'is'"),
        (5, "no absolute IRI"),
    ):
        assert f"t.tsv, line {number}: {words}" in err or words in err.split(f"line {number}: ")[1].splitlines()[0], err
    assert {iri for *_, iri in linked(graph)} == {f"{WD}Q9"}
    assert run("link", graph, tmp_path / "none.tsv")[0] == 2
    assert run("link", tmp_path / "none.kg", table)[0] == 2
    assert not (tmp_path / "none.kg").exists()


def test_links_are_checked_by_the_shapes_and_survive_networkx(graph: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "t.tsv").write_text(f"BLEU\t\t{WD}Q4\n")
    run("link", graph, tmp_path / "t.tsv")
    assert run("validate", graph)[0] == 0
    with kg.open(graph) as opened:
        kg.from_networkx(opened.to_networkx(), tmp_path / "n.kg")
        again = linked(tmp_path / "n.kg")
    assert again == linked(graph)
    assert rdflib.URIRef(f"{WD}Q4")
