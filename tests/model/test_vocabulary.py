from __future__ import annotations

import json
import re

from kg.model.vocabulary import load_vocabulary
from kg.resources import data_path


def test_every_type_is_defined_drawn_and_named() -> None:
    vocabulary = load_vocabulary()
    for kind in vocabulary.entities.values():
        assert kind.definition.endswith(".")
        assert re.fullmatch(r"#[0-9A-F]{6}", kind.colour)
    shapes = [kind.shape for kind in vocabulary.entities.values()]
    assert len(set(shapes)) == len(shapes)
    iris = [x.iri for x in (*vocabulary.entities.values(), *vocabulary.roles.values(), *vocabulary.relations.values())]
    assert len(set(iris)) == len(iris)


def test_domains_and_ranges_are_types() -> None:
    vocabulary = load_vocabulary()
    for predicate in (*vocabulary.roles.values(), *vocabulary.relations.values()):
        assert set(predicate.target) <= set(vocabulary.entities)
        assert set(predicate.source) <= {*vocabulary.entities, "Paper"}
    assert vocabulary.allows("USED_FOR", "Model", "Task")
    assert not vocabulary.allows("USED_FOR", "Task", "Model")
    assert not vocabulary.allows("NONSENSE", "Model", "Task")


def test_the_record_schema_knows_the_same_names() -> None:
    schema = json.loads(data_path("schema", "record.schema.json").read_text(encoding="utf-8"))["$defs"]
    vocabulary = load_vocabulary()
    assert schema["entity"]["properties"]["type"]["enum"] == list(vocabulary.entities)
    assert schema["entity"]["properties"]["roles"]["items"]["enum"] == list(vocabulary.roles)
    assert schema["relation"]["properties"]["type"]["enum"] == list(vocabulary.relations)


def test_the_json_ld_context_and_the_shapes_are_what_the_vocabulary_says() -> None:
    from kg.rdf.jsonld import context_text
    from kg.rdf.shapes import shapes_text

    for name, text in (("context.jsonld", context_text()), ("shapes.ttl", shapes_text())):
        assert data_path("schema", name).read_text(encoding="utf-8") == text, (
            "run: python -m kg.rdf.jsonld; python -m kg.rdf.shapes"
        )
