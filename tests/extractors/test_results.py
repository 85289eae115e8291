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
        ("Foo makes training faster by 16.2x and raises accuracy by 12.7%.", {"Foo": "New", "training": "Metric", "accuracy": "Metric"},
         [("16.2", "x", "delta", "increase", "training", None, None), ("12.7", "%", "delta", "increase", "accuracy", None, None)]),
        ("Foo has an F1 of 0.93 on Bar, 0.91 on Qux, and 0.89 on Zed.",
         {"Foo": "New", "F1": "Metric", "Bar": "Dataset", "Qux": "Dataset", "Zed": "Dataset"},
         [(value, None, "absolute", None, "F1", name, None) for value, name in (("0.93", "Bar"), ("0.91", "Qux"), ("0.89", "Zed"))]),
        ("Foo improves accuracy by 3% on Bar, Qux, and Zed.", {"Foo": "New", "accuracy": "Metric", "Bar": "Dataset", "Qux": "Dataset", "Zed": "Dataset"},
         [("3", "%", "delta", "increase", "accuracy", None, None)]),
        ("Foo gets 84.1% accuracy on Bar, 49.2% recall and 44.0% precision on Qux.",
         {"Foo": "New", "accuracy": "Metric", "recall": "Metric", "precision": "Metric", "Bar": "Dataset", "Qux": "Dataset"},
         [("84.1", "%", "absolute", None, "accuracy", "Bar", None), ("49.2", "%", "absolute", None, "recall", "Qux", None),
          ("44.0", "%", "absolute", None, "precision", "Qux", None)]),
        ("We use 50 images, 3 tasks and 10% of the labeled data of Bar.", {"Bar": "Dataset"}, []),
        ("First, (1) accuracy counts; (2) accuracy grew in 2020.", {"accuracy": "Metric"}, []),
        ("GPT-4 is a model.", {"GPT-4": "Model"}, []),
        ("The error rate is 3,15 percent.", {"error_rate": "Metric"}, [("3,15", "%", "absolute", None, "error rate", None, None)]),
    ],
)  # fmt: skip
def test_figures(text: str, entities: dict[str, str], expected: list[tuple[Any, ...]]) -> None:
    assert read(text, **entities) == expected


def subjects(text: str, **kinds: tuple[str, str]) -> list[str | None]:
    """The subjects of the figures of a text; entities as (type, role)."""
    doc = sentences.split_sentences(NLP.make_doc("Title\n" + text))
    for name, (kind, role) in kinds.items():
        spans = [doc.char_span(*m.span()) for m in re.finditer(name, doc.text)]
        reading(doc).entities.append(Found(kind, name, spans, [1.0] * len(spans), roles=[Role(role)]))
    reading(doc).entities.sort(key=lambda e: e.spans[0].start)
    names = {f"e{i + 1}": e.name for i, e in enumerate(reading(doc).entities)}
    results.find_results(doc)
    return [names.get(r.subject or "") for r in reading(doc).results]


def test_whose_figure_it_is() -> None:
    accuracy, used, new = ("Metric", "reports"), ("Model", "uses"), ("Model", "introduces")
    way = ("Method", "introduces")
    assert subjects("Foo has an accuracy of 65.8%, beside Bar's 23.4%.", accuracy=accuracy, Foo=new, Bar=used) == ["Foo", "Bar"]
    assert subjects("Bar has an accuracy of 65.8%.", accuracy=accuracy, Bar=used) == ["Bar"]
    assert subjects("Trick makes Foo. Ours has an accuracy of 65.8%.", accuracy=accuracy, Trick=way, Foo=new) == ["Foo"]
    assert subjects("It is higher than Bar by 3% accuracy.", accuracy=accuracy, Bar=used) == [None]


def test_the_only_dataset_that_a_paper_evaluates_on_is_that_of_all_figures() -> None:
    def dataset(role: str) -> str | None:
        doc = sentences.split_sentences(NLP.make_doc("Title\nWe test on Bar. The accuracy is 81.2%."))
        found = reading(doc).entities
        for name, kind, said in (("Bar", "Dataset", role), ("accuracy", "Metric", "reports")):
            start = doc.text.index(name)
            found.append(Found(kind, name, [doc.char_span(start, start + len(name))], [1.0], roles=[Role(said)]))
        results.find_results(doc)
        (result,) = reading(doc).results
        return result.dataset

    assert dataset("evaluates_on") == "e1"
    assert dataset("uses") is None
