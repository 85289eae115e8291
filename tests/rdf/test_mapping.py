"""What the triples of a graph say, and that every serialisation says the same."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from fuseki import FUSEKI_JARS, FUSEKI_NAME
from graphs import build_records, record
from maven import jars, missing
from rdflib import RDF, SKOS
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS, OWL, PROV, SDO

import kg
from kg.model.errors import UsageError
from kg.pipeline import remove
from kg.rdf.validation import validate_file

Run = Callable[..., tuple[int, str, str]]
BASE = "https://w3id.org/paperkg/"
KG = rdflib.Namespace(f"{BASE}schema#")
OA = rdflib.Namespace("http://www.w3.org/ns/oa#")
FORMATS = ["ttl", "nt", "nq", "trig", "jsonld", "nt.gz", "ttl.gz"]


def union(path: Path) -> rdflib.Graph:
    """All triples of a file, whatever graph they are in, by rdflib's parsers."""
    inner = path.with_suffix("") if path.suffix == ".gz" else path
    parser = {"ttl": "turtle", "nt": "nt", "nq": "nquads", "trig": "trig", "jsonld": "json-ld"}[inner.suffix[1:]]
    data = gzip.decompress(path.read_bytes()) if inner != path else path.read_bytes()
    if parser not in ("nquads", "trig"):
        return rdflib.Graph().parse(data=data, format=parser)
    dataset, merged = rdflib.Dataset(), rdflib.Graph()
    dataset.parse(data=data, format=parser)
    for quad in dataset.quads((None, None, None, None)):
        merged.add(quad[:3])
    return merged


def test_every_serialisation_holds_the_same_triples(toy_graph: kg.Graph, tmp_path: Path) -> None:
    expected = toy_graph.to_rdflib()
    assert len(expected) > 400
    for name in FORMATS:
        (path,) = toy_graph.export(tmp_path / f"x.{name}")
        assert isomorphic(union(path), expected), name


@pytest.mark.shared
def test_every_serialisation_of_the_seed_graph_is_parsed_alike_by_another_parser(shared: Path, tmp_path: Path) -> None:
    reason = missing(FUSEKI_NAME, "jena-fuseki-main-*.jar", FUSEKI_JARS)
    if reason and os.environ.get("KG_REQUIRE_FUSEKI") == "1":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    (seed,) = (shared / "seeds").glob("*.txt")
    kg.build([seed], tmp_path / "seed.kg", model="fast")
    with kg.open(tmp_path / "seed.kg") as graph:
        paths = [graph.export(tmp_path / f"x.{name}")[0] for name in ("nt", "ttl", "nq", "trig", "jsonld")]
    assert validate_file(paths[0]) == []
    riot = ["java", "-cp", f"{jars(FUSEKI_NAME)}/*", "riotcmd.riot", "--strict", "--output=N-QUADS"]
    done = [subprocess.run([*riot, str(path)], capture_output=True, text=True, check=True) for path in paths]
    assert [run.stderr for run in done] == [""] * len(paths)
    triples = [_without_graph(run.stdout) for run in done]
    assert len(triples[0]) > 10_000
    assert all(found == triples[0] for found in triples[1:])
    first, *rest = (set(union(path)) for path in paths)  # there are no blank nodes: equal sets are isomorphic graphs
    assert not any(isinstance(term, rdflib.BNode) for triple in first for term in triple)
    assert all(triples == first for triples in rest)


def _without_graph(text: str) -> set[str]:
    quads = ox.parse(text.encode(), ox.RdfFormat.N_QUADS)
    return {str(ox.Triple(*list(quad)[:3])) for quad in quads}


def test_a_statement_leads_to_the_words_that_say_so(toy_graph: kg.Graph) -> None:
    graph = toy_graph.to_rdflib()
    named = {str(label): thing for thing, label in graph.subject_objects(rdflib.RDFS.label)}
    statement = next(
        s for s in graph.subjects(RDF.predicate, KG.outperforms)
        if (s, RDF.subject, named["Alpha"]) in graph and (s, RDF.object, named["Beta"]) in graph
    )  # fmt: skip
    (proof,) = graph.subjects(OA.hasBody, statement)
    passage = graph.value(proof, OA.hasTarget)
    paper = graph.value(passage, OA.hasSource)
    selectors = {graph.value(s, RDF.type): s for s in graph.objects(passage, OA.hasSelector)}
    exact = graph.value(selectors[OA.TextQuoteSelector], OA.exact)
    start, end = (graph.value(selectors[OA.TextPositionSelector], p).toPython() for p in (OA.start, OA.end))
    assert str(exact) == "Alpha outperforms Beta."
    assert f"{graph.value(paper, DCTERMS.title)}\n{graph.value(paper, DCTERMS.abstract)}"[start:end] == str(exact)
    assert (statement, PROV.wasDerivedFrom, paper) in graph


def test_counts_of_papers_that_work_with_a_thing_and_of_proofs(toy_graph: kg.Graph) -> None:
    asked = toy_graph.query(
        "SELECT ?e ?users (COUNT(DISTINCT ?p) AS ?found) WHERE { ?e kg:users ?users "
        "OPTIONAL { ?p kg:introduces|kg:uses|kg:evaluatesOn|kg:comparesWith ?e } } GROUP BY ?e ?users"
    ).rows
    assert len(asked) == toy_graph.version.counts["entities"]
    assert all(users == found for _, users, found in asked)
    assert {users for _, users, _ in asked} >= {0, 1, 2}
    proven = toy_graph.query(
        "SELECT ?s ?n (COUNT(?proof) AS ?found) WHERE { ?s kg:proofs ?n . ?proof oa:hasBody ?s } GROUP BY ?s ?n"
    ).rows
    assert len(proven) == toy_graph.version.counts["relations"]
    assert all(proofs == found for _, proofs, found in proven)


def test_who_read_it_is_an_activity_with_its_software(tmp_path: Path) -> None:
    papers = tmp_path / "p.jsonl"
    papers.write_text(json.dumps({"id": "a", "title": "We introduce Mapper", "abstract": "Mapper outperforms BERT on ImageNet."}))
    kg.build([papers], tmp_path / "g.kg", model="fast")
    with kg.open(tmp_path / "g.kg") as opened:
        graph = opened.to_rdflib()
        extractor = opened.version.manifest["settings"]["extractor"]
    (run,) = graph.subjects(RDF.type, PROV.Activity)
    software = graph.value(run, PROV.wasAssociatedWith)
    assert graph.value(software, SDO.softwareVersion) == rdflib.Literal(extractor)
    assert extractor == f"fast-{graph.value(software, KG.modelDigest)}"
    assert len(list(graph.subjects(PROV.wasGeneratedBy, run))) == len(list(graph.subjects(RDF.type, OA.Annotation))) > 0


def test_a_graph_per_source_and_one_for_what_several_say(tmp_path: Path) -> None:
    rows = [
        {"id": name, "title": name, "abstract": f"On {name}.", "source": source} for name, source in (("a", "one"), ("b", "two b"))
    ]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    both = [record(name, ("Model", "Vine"), ("Dataset", "D"), relations=(("EVALUATED_ON", 0, 1),)) for name in "ab"]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in both))
    kg.build([tmp_path / "p.jsonl"], tmp_path / "g.kg", model=None, records=tmp_path / "r.jsonl")
    with kg.open(tmp_path / "g.kg") as graph:
        (path,) = graph.export(tmp_path / "x.nq")
    quads = list(ox.parse(path.read_bytes(), ox.RdfFormat.N_QUADS))
    assert {quad.graph_name.value for quad in quads} == {f"{BASE}graph/{name}" for name in ("one", "two%20b", "resolved")}
    title = {quad.object.value: quad.graph_name.value for quad in quads if quad.predicate.value == str(DCTERMS.title)}
    assert title == {"a": f"{BASE}graph/one", "b": f"{BASE}graph/two%20b"}
    assert {q.graph_name.value for q in quads if q.predicate.value == str(KG.evaluatedOn)} == {f"{BASE}graph/resolved"}


def test_rdf_1_2_reifies_what_the_statements_say(toy_graph: kg.Graph, tmp_path: Path) -> None:
    (path,) = toy_graph.export(tmp_path / "x.nt", rdf12=True)
    plain, reified = toy_graph.to_rdflib(), list(ox.parse(path.read_bytes(), ox.RdfFormat.N_TRIPLES))
    said = {(q.subject.value, *(part.value for part in q.object)) for q in reified if isinstance(q.object, ox.Triple)}
    assert said == {
        tuple(map(str, (s, *(plain.value(s, p) for p in (RDF.subject, RDF.predicate, RDF.object)))))
        for s in plain.subjects(RDF.type, RDF.Statement)
    }  # fmt: skip
    assert not any(quad.object == ox.NamedNode(str(RDF.Statement)) for quad in reified)
    with pytest.raises(UsageError, match="jsonld has no option rdf12"):
        toy_graph.export(tmp_path / "x.jsonld", rdf12=True)


def test_the_base_iri_is_a_setting(toy: Path, tmp_path: Path, run: Run) -> None:
    graph = build_records(tmp_path, record("a", ("Model", "Vine"), ("Dataset", "D"), relations=(("EVALUATED_ON", 0, 1),)))
    (graph / "publish.toml").write_text(
        'base = "https://example.org/kg/"\nlicence = "https://creativecommons.org/publicdomain/zero/1.0/"\n'
    )
    with kg.open(graph) as opened:
        triples = opened.to_rdflib()
        asked = opened.query("SELECT ?e WHERE { ?e a kg:Entity }", "sparql").rows
    own = {str(t) for triple in triples for t in triple if isinstance(t, rdflib.URIRef)}
    assert all(str(iri).startswith("https://example.org/kg/") for (iri,) in asked)
    assert not any(iri.startswith(BASE) and not iri.startswith(str(KG)) for iri in own)
    build_records(tmp_path, record("b", ("Model", "Vine")))  # adds: the index is mended under the same base
    with kg.open(graph) as opened:
        assert {str(t) for t in opened.to_rdflib().subjects()} == {
            row[0] for row in opened.query("SELECT DISTINCT ?s WHERE { ?s ?p ?o }", "sparql").rows
        }
    for text, words in (
        ('base = "no address"', "base must be an absolute http or https address"),
        ('base = "https://example.org/kg"', "base must end in / or #"),
        ('colour = "red"', "unknown setting 'colour'"),
        ("title = 3", "title must be a text in quotes"),
        ("title = ", "publish.toml: "),
    ):
        (graph / "publish.toml").write_text(text)
        code, _, err = run("export", graph, tmp_path / "x.nt")
        assert (code, words in err, err.count("\n")) == (2, True, 1), err


def test_what_is_elsewhere_and_what_is_gone(tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_text(
        json.dumps({"id": "arxiv:2101.00001", "title": "a", "abstract": "On a.", "identifiers": {"arxiv": "2101.00001", "doi": "10.1/x y"}})
        + "\n" + json.dumps({"id": "b", "title": "b", "abstract": "On b."}) + "\n"
    )  # fmt: skip
    kg.build([tmp_path / "p.jsonl"], tmp_path / "g.kg", model=None)
    with kg.open(tmp_path / "g.kg") as graph:
        same = {str(o) for o in graph.to_rdflib().objects(None, SDO.sameAs)}
        gone = next(row["id"] for row in graph.version.rows("papers") if row["title"] == "b")
    assert same == {"https://arxiv.org/abs/2101.00001", "https://doi.org/10.1/x%20y"}
    remove(tmp_path / "g.kg", ["b"])
    assert (tmp_path / "g.kg" / "retired.txt").read_text() == f"paper/{gone}\n"
    with kg.open(tmp_path / "g.kg") as graph:
        (path,) = graph.export(tmp_path / "x.nt")
    assert (rdflib.URIRef(f"{BASE}paper/{gone}"), OWL.deprecated, rdflib.Literal(True)) in rdflib.Graph().parse(path)
    kg.build([tmp_path / "p.jsonl"], tmp_path / "g.kg", model=None)
    assert (tmp_path / "g.kg" / "retired.txt").read_text() == ""


def test_json_ld_is_compact(toy_graph: kg.Graph, tmp_path: Path) -> None:
    (path,) = toy_graph.export(tmp_path / "x.jsonld")
    nodes = json.loads(path.read_text())["@graph"]
    alpha = next(node for node in nodes if node.get("name") == "Alpha")
    assert {"Model", "Entity", "fair4ml:MLModel"} <= set(alpha["type"])
    assert alpha["papers"] == 2
    assert not any(key.startswith(("kg:", "http")) for node in nodes for key in node)


def test_a_crate_tells_of_all_its_files(toy_graph: kg.Graph, tmp_path: Path) -> None:
    (path,) = toy_graph.export(tmp_path / "x.crate.zip")
    with zipfile.ZipFile(path) as crate:
        names = set(crate.namelist())
        told = {thing["@id"]: thing for thing in json.loads(crate.read("ro-crate-metadata.json"))["@graph"]}
        parts = {part["@id"] for part in told["./"]["hasPart"]}
        sizes = {info.filename: info.file_size for info in crate.infolist()}
        dump = rdflib.Graph().parse(io.BytesIO(crate.read("graph.nt")), format="nt")
        about = rdflib.Graph().parse(io.BytesIO(crate.read("description.ttl")), format="turtle")
    assert parts == names - {"ro-crate-metadata.json"}
    assert all(told[name]["contentSize"] == str(sizes[name]) for name in parts)
    assert told["ro-crate-metadata.json"]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert {"name", "description", "datePublished", "license"} <= told["./"].keys()
    assert {"graph.nt", "ontology.ttl", "shapes.ttl", "context.jsonld", "LICENCE.txt", "queries/leaderboard.rq"} <= names
    assert isomorphic(dump, toy_graph.to_rdflib())
    void = rdflib.Namespace("http://rdfs.org/ns/void#")
    dataset = rdflib.URIRef(f"{BASE}dataset")
    assert about.value(dataset, void.triples).toPython() == len(dump)
    parts_ = {
        str(about.value(p, void["class"])): about.value(p, void.entities).toPython()
        for p in about.objects(dataset, void.classPartition)
    }
    assert parts_[str(KG.Paper)] == 3
    assert all((None, RDF.type, rdflib.URIRef(iri)) in dump for iri in parts_)


def test_concepts_stand_in_schemes_that_are_there(toy_graph: kg.Graph) -> None:
    graph = toy_graph.to_rdflib()
    schemes = set(graph.objects(None, SKOS.inScheme))
    assert schemes
    assert all((scheme, RDF.type, SKOS.ConceptScheme) in graph for scheme in schemes)
