"""The SHACL shapes: every graph conforms, and each of many planted faults is told for what it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from graphs import build_records, record
from rdflib import RDF, RDFS, SKOS, XSD, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV

import kg
from kg.rdf import validation
from kg.rdf.validation import Fault, check, validate_version

Run = Callable[..., tuple[int, str, str]]
BASE = "https://w3id.org/paperkg/"
KG = rdflib.Namespace(f"{BASE}schema#")
OA = rdflib.Namespace("http://www.w3.org/ns/oa#")
Planted = Callable[[rdflib.Graph], None]


def faults(graph: rdflib.Graph) -> list[Fault]:
    return check(quad.triple for quad in ox.parse(graph.serialize(format="nt").encode(), ox.RdfFormat.N_TRIPLES))


def one(graph: rdflib.Graph, kind: URIRef) -> URIRef:
    return min(s for s in graph.subjects(RDF.type, kind) if isinstance(s, URIRef))


def wrong_type(graph: rdflib.Graph) -> None:
    paper = one(graph, KG.Paper)
    graph.add((paper, KG.evaluatesOn, one(graph, KG.Model)))


def no_label(graph: rdflib.Graph) -> None:
    graph.remove((one(graph, KG.Dataset), RDFS.label, None))


def no_metric_or_dataset(graph: rdflib.Graph) -> None:
    result = one(graph, KG.Result)
    graph.remove((result, KG.byMetric, None))
    graph.remove((result, KG.onDataset, None))


def selector(graph: rdflib.Graph) -> URIRef:
    return one(graph, OA.TextPositionSelector)


def outside_the_text(graph: rdflib.Graph) -> None:
    graph.set((selector(graph), OA.end, Literal(100_000)))


def other_words(graph: rdflib.Graph) -> None:
    graph.set((one(graph, OA.TextQuoteSelector), OA.exact, Literal("words that nobody wrote")))


def score_is_text(graph: rdflib.Graph) -> None:
    graph.set((one(graph, KG.Result), KG.value, Literal("85.5")))


def too_sure(graph: rdflib.Graph) -> None:
    graph.set((one(graph, RDF.Statement), KG.confidence, Literal("1.5", datatype=XSD.decimal)))


def no_evidence(graph: rdflib.Graph) -> None:
    graph.remove((None, OA.hasBody, one(graph, RDF.Statement)))


def two_types(graph: rdflib.Graph) -> None:
    graph.add((one(graph, KG.Task), RDF.type, KG.Metric))


def no_class(graph: rdflib.Graph) -> None:
    graph.remove((one(graph, KG.Task), RDF.type, KG.Task))


def not_said_directly(graph: rdflib.Graph) -> None:
    statement = one(graph, RDF.Statement)
    subject, predicate, object_ = (graph.value(statement, p) for p in (RDF.subject, RDF.predicate, RDF.object))
    graph.remove((subject, predicate, object_))


def unknown_predicate(graph: rdflib.Graph) -> None:
    graph.set((one(graph, RDF.Statement), RDF.predicate, KG.adores))


def leads_nowhere(graph: rdflib.Graph) -> None:
    graph.add((one(graph, KG.Paper), KG.introduces, URIRef(f"{BASE}entity/0000000000000000")))


def from_no_paper(graph: rdflib.Graph) -> None:
    graph.remove((one(graph, KG.Result), PROV.wasDerivedFrom, None))


def two_titles(graph: rdflib.Graph) -> None:
    graph.add((one(graph, KG.Paper), DCTERMS.title, Literal("another")))


def other_preferred_label(graph: rdflib.Graph) -> None:
    graph.set((one(graph, KG.Model), SKOS.prefLabel, Literal("another")))


PLANTED: list[tuple[Planted, str]] = [
    (wrong_type, "kg:evaluatesOn leads to Dataset, Task only"),
    (no_label, "an entity, author or venue has one name, which is not empty"),
    (no_metric_or_dataset, "a result has a metric or a dataset"),
    (outside_the_text, "a passage lies in its paper's text, which has the quoted words there"),
    (other_words, "a passage lies in its paper's text, which has the quoted words there"),
    (score_is_text, "a result has one value, a decimal"),
    (too_sure, "a confidence is one decimal from 0 to 1"),
    (no_evidence, "a statement or result has evidence"),
    (two_types, "the label of a Metric is that"),
    (no_class, "what has a label is of the class of that name"),
    (not_said_directly, "a statement is said directly too"),
    (unknown_predicate, "a statement has one predicate, a role or relation of the vocabulary"),
    (leads_nowhere, "kg:introduces leads to Model, Method, Dataset, Metric, Task only"),
    (from_no_paper, "a statement or result comes from a paper"),
    (two_titles, "a paper has one title, which is not empty"),
    (other_preferred_label, "the preferred label of an entity is its name"),
]


@pytest.mark.parametrize("name", ["toy", "claims"])
@pytest.mark.parametrize("ending", ["ttl", "nt", "nq", "trig", "jsonld", "nt.gz"])
def test_every_export_conforms(name: str, ending: str, request: pytest.FixtureRequest, tmp_path: Path, run: Run) -> None:
    file = tmp_path / f"x.{ending}"
    with kg.open(request.getfixturevalue(name)) as graph:
        graph.export(file)
    assert run("validate", file) == (0, "", f"{file} conforms to the shapes\n")


def test_reifiers_count_as_statements(toy_graph: kg.Graph, tmp_path: Path) -> None:
    (file,) = toy_graph.export(tmp_path / "x.ttl", rdf12=True)
    assert validation.validate_file(file) == []
    file.write_text(file.read_text().replace('kg:edge "OUTPERFORMS"', 'kg:edge "ADORES"'))
    assert {fault.message for fault in validation.validate_file(file)} == {"a statement has the edge of a role or relation"}


@pytest.mark.parametrize(("plant", "message"), PLANTED, ids=lambda value: getattr(value, "__name__", ""))
def test_planted_faults_are_told(plant: Planted, message: str, toy: Path) -> None:
    with kg.open(toy) as opened:
        graph = opened.to_rdflib()
    plant(graph)
    assert message in {fault.message for fault in faults(graph)}


def test_our_way_of_running_the_shapes_finds_what_they_say(toy_graph: kg.Graph) -> None:
    """The shapes as they are written, without what makes them fast."""
    from kg.resources import data_path

    graph = toy_graph.to_rdflib()
    assert check(_triples(graph), data_path("schema", "shapes.ttl")) == []
    for plant, _ in PLANTED:
        plant(graph)
    fast, plain = faults(graph), check(_triples(graph), data_path("schema", "shapes.ttl"))
    told = {
        f for f in plain if not f.message.startswith("Value must conform to every Shape")
    }  # an `sh:node` tells not what is in it
    assert {f.node for f in fast} == {f.node for f in plain}
    assert told <= set(fast)


def _triples(graph: rdflib.Graph) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(graph.serialize(format="nt").encode(), ox.RdfFormat.N_TRIPLES)]


def test_a_graph_is_checked_in_portions_as_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that says what the vocabulary does not allow is told, in whatever portions."""
    papers = [record(f"p{i}", ("Model", f"Vine {i}"), ("Dataset", "Garden"), relations=(("EVALUATED_ON", 0, 1),)) for i in range(5)]
    graph = build_records(tmp_path, *papers)
    with kg.open(graph) as opened:
        version = opened.version
    assert validate_version(version) == []
    from kg.parquet import write_parquet
    from kg.tables import table_of

    rows = version.rows("roles")
    rows[3]["role"] = "reports"
    rows[3]["confidence"] = 2.0
    write_parquet(version.path / "roles.parquet", table_of("roles", rows))
    whole = validate_version(version)
    assert {fault.message for fault in whole} == {
        "a table is that of the manifest, byte for byte",
        "kg:reports leads to Metric only",
        "a confidence is one decimal from 0 to 1",
    }
    parts = (
        [validation._extract(version, start) for start in range(5)] if monkeypatch.setattr(validation, "PORTION", 1) is None else []
    )
    found = {fault for part in parts for fault in validation._check(part, None)}
    assert found == {fault for fault in whole if not fault.message.startswith("a table")}


def test_the_report_tells_what_and_where(toy: Path, tmp_path: Path, run: Run) -> None:
    with kg.open(toy) as opened:
        graph = opened.to_rdflib()
    paper = one(graph, KG.Paper)
    graph.remove((None, RDFS.label, None))
    graph.set((paper, KG.year, Literal(99)))
    graph.serialize(tmp_path / "x.ttl")
    code, out, err = run("validate", tmp_path / "x.ttl", "--most", 2)
    assert code == 1
    assert f"not so: a paper has one year at most, of four digits  (1 fault)\n  {paper}  → 99\n" in out
    assert "  … and " in out
    assert err.endswith(" faults\n")
    code, out, _ = run("validate", tmp_path / "x.ttl", "--output", "json")
    assert code == 1
    assert {"message": "a paper has one year at most, of four digits", "node": str(paper), "value": "99"} in json.loads(out)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("x.docx", "", "is neither a graph directory nor RDF"),
        ("x.ttl", "<a> <b", "does not parse: "),
        ("x.nt.gz", "no gzip", "cannot be read"),
        ("x.jsonld", "{", "does not parse: "),
    ],
)
def test_what_cannot_be_checked(name: str, text: str, words: str, tmp_path: Path, run: Run) -> None:
    (tmp_path / name).write_text(text)
    code, out, err = run("validate", tmp_path / name)
    assert (code, out, words in err, err.count("\n")) == (2, "", True, 1), err
    code, _, err = run("validate", tmp_path / "nothing.kg")
    assert (code, "does not exist" in err) == (2, True)


def test_shapes_of_ones_own(toy: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "s.ttl").write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix kg: <https://w3id.org/paperkg/schema#> .\n"
        '[] a sh:NodeShape ; sh:targetClass kg:Paper ; sh:property [ sh:path kg:adores ; sh:minCount 1 ; sh:message "papers adore" ] .'
    )
    code, out, _ = run("validate", toy, "--shapes", tmp_path / "s.ttl")
    assert (code, out.splitlines()[0]) == (1, "not so: papers adore  (3 faults)")
    (tmp_path / "s.ttl").write_text("no turtle")
    code, _, err = run("validate", toy, "--shapes", tmp_path / "s.ttl")
    assert (code, err.startswith("kg: the shapes in "), err.count("\n")) == (2, True, 1), err


def test_pyshacl_is_not_loaded_for_other_commands() -> None:
    import subprocess

    code = "import sys, kg.cli, kg.graph, kg.pipeline; print('pyshacl' in sys.modules or 'fastapi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
