"""The ontology: that of the vocabulary, aligned with terms that there are, and true of the graphs."""

from __future__ import annotations

from pathlib import Path

import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, SDO, SKOS
from rdflib.namespace import DCAT, DCTERMS

import kg
from kg.model.vocabulary import load_vocabulary
from kg.rdf.ontology import ontology_text
from kg.resources import data_path

KG = rdflib.Namespace("https://w3id.org/paperkg/schema#")
# Read in the vocabularies' own files: ML-Schema 1.0 (MLSchema.ttl), FAIR4ML 0.1.0 (fair4ml.jsonld); in a rendering of its file: FaBiO.
OTHERS = {
    "http://purl.org/spar/fabio/": {"ResearchPaper"},
    "http://www.w3.org/ns/mls#": {"Algorithm", "EvaluationMeasure", "ModelEvaluation", "Task", "hasValue"},
    "https://w3id.org/fair4ml#": {
        "MLModel", "MLModelEvaluation", "evaluatedMLModel", "evaluatedOn", "evaluationDataset", "evaluationMetrics", "mlTask", "trainedOn",
    },
}  # fmt: skip
CLOSED = (SDO, SKOS, DCAT, DCTERMS)  # rdflib knows all of their terms


@pytest.fixture(scope="module")
def ontology() -> rdflib.Graph:
    return rdflib.Graph().parse(data_path("schema", "ontology.ttl"))


def test_the_file_is_what_the_vocabulary_says() -> None:
    assert data_path("schema", "ontology.ttl").read_text(encoding="utf-8") == ontology_text(), "run: python -m kg.rdf.ontology"


def test_every_term_has_a_label_a_definition_and_a_kind(ontology: rdflib.Graph) -> None:
    vocabulary = load_vocabulary()
    terms = {str(s).removeprefix(str(KG)) for s in ontology.subjects() if str(s).startswith(str(KG))}
    iris = {p.iri for p in (*vocabulary.roles.values(), *vocabulary.relations.values())}
    assert terms == {*vocabulary.looks, "Entity", *iris, *vocabulary.properties}
    for name in terms:
        assert ontology.value(KG[name], RDFS.label), name
        assert ontology.value(KG[name], SKOS.definition), name
        assert ontology.value(KG[name], RDF.type) in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty), name


def test_what_it_is_aligned_with_exists(ontology: rdflib.Graph) -> None:
    aligned = {
        o for p in (RDFS.subClassOf, RDFS.subPropertyOf) for o in ontology.objects(None, p) if not str(o).startswith(str(KG))
    }
    assert len(aligned) > 15
    for term in aligned:
        namespace, local = rdflib.namespace.split_uri(term)
        if namespace in OTHERS:
            assert local in OTHERS[namespace], term
        else:
            closed = next(known for known in CLOSED if str(known) == namespace)
            assert closed[local] == term  # raises where there is none
            assert local in closed.__annotations__, term


@pytest.mark.parametrize("name", ["toy", "claims"])
def test_graphs_say_only_what_it_allows(ontology: rdflib.Graph, name: str, request: pytest.FixtureRequest) -> None:
    with kg.open(request.getfixturevalue(name)) as opened:
        graph = opened.to_rdflib()
    classes: dict[rdflib.term.Node, set[rdflib.term.Node]] = {}
    for thing, kind in graph.subject_objects(RDF.type):
        classes.setdefault(thing, set()).add(kind)
    checked = 0
    for subject, predicate, value in graph:
        if not str(predicate).startswith(str(KG)):
            continue
        assert (predicate, RDF.type, None) in ontology, predicate
        domain = {*ontology.objects(predicate, RDFS.domain), *ontology.objects(predicate, SDO.domainIncludes)}
        range_ = {*ontology.objects(predicate, RDFS.range), *ontology.objects(predicate, SDO.rangeIncludes)}
        assert not domain or domain & classes[subject], (subject, predicate)
        assert range_, predicate
        if isinstance(value, rdflib.Literal):
            assert (value.datatype or rdflib.XSD.string) in range_, (predicate, value)
        else:
            assert range_ & classes[value], (predicate, value)
        checked += 1
    assert checked > 100
    used = {kind for kinds in classes.values() for kind in kinds if str(kind).startswith(str(KG))}
    assert all((kind, RDF.type, OWL.Class) in ontology for kind in used)


def test_methods_metrics_and_tasks_are_concepts(tmp_path: Path) -> None:
    from graphs import build_records, record

    graph = build_records(
        tmp_path,
        record("p", ("Method", "pruning"), ("Method", "vine care"), ("Model", "Vine"), ("Model", "Plant"),
               relations=(("SUBCLASS_OF", 0, 1), ("SUBCLASS_OF", 2, 3))),
    )  # fmt: skip
    with kg.open(graph) as opened:
        triples = opened.to_rdflib()
    named = {str(label): thing for thing, label in triples.subject_objects(RDFS.label)}
    scheme = rdflib.URIRef("https://w3id.org/paperkg/scheme/methods")
    assert list(triples.subject_objects(SKOS.broader)) == [(named["pruning"], named["vine care"])]
    assert set(triples.subjects(SKOS.inScheme, scheme)) == {named["pruning"], named["vine care"]}
    assert (named["Vine"], RDF.type, SKOS.Concept) not in triples
    assert (named["Vine"], KG.subclassOf, named["Plant"]) in triples
