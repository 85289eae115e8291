"""Figures read by rule, on sentences with hand-set entities."""

from __future__ import annotations

import re
from typing import Any

import pytest
import spacy

from extractors import results, sentences
from extractors.document import Found, reading
from kg.model.records import Role

NLP = spacy.blank("en")


def read(text: str, **entities: str) -> list[tuple[Any, ...]]:
    """`text` with `name=Type` entities; `subject` types are introduced. (value, unit, kind, direction, metric, dataset, baseline)."""
    doc = sentences.split_sentences(NLP.make_doc("Title\n" + text))
    found = []
    for name, kind in entities.items():
        form = name.replace("_", " ")
        spans = [doc.char_span(*m.span()) for m in re.finditer(re.escape(form), doc.text)]
        assert spans
        role = "introduces" if kind == "New" else "uses"
        found.append(Found("Model" if kind == "New" else kind, form, spans, [1.0] * len(spans), roles=[Role(role)]))
    reading(doc).entities = sorted(found, key=lambda e: e.spans[0].start)
    names = {f"e{i + 1}": e.name for i, e in enumerate(reading(doc).entities)}
    results.find_results(doc)
    return [
        (r.value, r.unit, r.kind, r.direction, names.get(r.metric or ""), names.get(r.dataset or ""), names.get(r.baseline or ""))
        for r in reading(doc).results
    ]


@pytest.mark.parametrize(
    ("text", "entities", "expected"),
    [
        ("Foo reaches 81.2% accuracy on Bar.", {"Foo": "New", "accuracy": "Metric", "Bar": "Dataset"},
         [("81.2", "%", "absolute", None, "accuracy", "Bar", None)]),
        ("Foo improves accuracy by 3.5 points over Baz.", {"Foo": "New", "accuracy": "Metric", "Baz": "Model"},
         [("3.5", "points", "delta", "increase", "accuracy", None, "Baz")]),
        ("It reduces latency by 40%.", {"latency": "Metric"}, [("40", "%", "delta", "decrease", "latency", None, None)]),
        ("We gain on Bar (+10.5%) and Qux (+6%).", {"Bar": "Dataset", "Qux": "Dataset"},
         [("10.5", "%", "delta", "increase", None, "Bar", None), ("6", "%", "delta", "increase", None, "Qux", None)]),
        ("Foo gets 28.4 BLEU on Bar.", {"Foo": "New", "BLEU": "Metric", "Bar": "Dataset"},
         [("28.4", None, "absolute", None, "BLEU", "Bar", None)]),
        ("Foo has a speedup of 2.3times.", {"Foo": "New", "speedup": "Metric"}, [("2.3", "x", "delta", "increase", "speedup", None, None)]),
        ("Foo gives gains of 1.5% and 2.5% accuracy on Bar and Qux, respectively.",
         {"Foo": "New", "accuracy": "Metric", "Bar": "Dataset", "Qux": "Dataset"},
         [("1.5", "%", "delta", "increase", "accuracy", "Bar", None), ("2.5", "%", "delta", "increase", "accuracy", "Qux", None)]),
        ("We use 50 images, 3 tasks and 10% of the labeled data of Bar.", {"Bar": "Dataset"}, []),
        ("First, (1) accuracy counts; (2) accuracy grew in 2020.", {"accuracy": "Metric"}, []),
        ("GPT-4 is a model.", {"GPT-4": "Model"}, []),
        ("The error rate is 3,15 percent.", {"error_rate": "Metric"}, [("3,15", "%", "absolute", None, "error rate", None, None)]),
    ],
)  # fmt: skip
def test_figures(text: str, entities: dict[str, str], expected: list[tuple[Any, ...]]) -> None:
    assert read(text, **entities) == expected
