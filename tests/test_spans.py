"""Span-annotated benchmarks: reading, cutting into pieces, measures, and what a user sees of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from spacy.language import Language
from spacy.tokens import Doc

from extractors.document import reading
from extractors.neural.labels import Labels
from extractors.pipeline import blank_pipeline, register_components
from extractors.spans import given_sentences, likeliest, read_texts
from kg.model.errors import DataError, InputError
from kg.spans import CHARACTERS, Spans, are_spans, read_spans, score_spans, span_intervals

Run = Callable[..., tuple[int, str, str]]
TEXT = "Zorb parses code. It beats Quex, a parser, on FlimBench."


def place(form: str, label: str) -> dict[str, object]:
    start = TEXT.index(form)
    return {"start": start, "end": start + len(form), "label": label}


RECORD = {
    "id": "a",
    "text": TEXT,
    "sents": [[0, 17], [18, len(TEXT)]],
    "entities": [place("Zorb", "Method"), place("Quex", "Method"), place("parser", "Task"), place("FlimBench", "Dataset")],
    "relations": [{"head": 1, "tail": 3, "label": "Evaluated-With"}, {"head": 0, "tail": 1, "label": "Compare-With"}],
}


def write(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return path


def changed(**fields: object) -> Spans:
    record = {**RECORD, **fields}
    return Spans(
        "a",
        TEXT,
        ((0, 17), (18, len(TEXT))),
        tuple((e["start"], e["end"], e["label"]) for e in record["entities"]),  # type: ignore[attr-defined]
        tuple((r["head"], r["tail"], r["label"]) for r in record["relations"]),  # type: ignore[attr-defined]
    )


def test_a_file_is_told_by_its_first_record(tmp_path: Path) -> None:
    assert are_spans(write(tmp_path / "spans.jsonl", RECORD))
    assert not are_spans(write(tmp_path / "papers.jsonl", {"id": "a", "entities": []}))
    assert not are_spans(tmp_path / "none.jsonl")


def test_a_record_is_read_as_it_stands(tmp_path: Path) -> None:
    assert read_spans(write(tmp_path / "s.jsonl", RECORD)) == [changed()]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"entities": [{"start": 3, "end": 900, "label": "Method"}]}, "lies outside the text of 56 characters"),
        ({"relations": [{"head": 0, "tail": 9, "label": "X"}]}, "a relation names an entity that is not there"),
        ({"entities": [{"start": 0, "label": "Method"}]}, "'end'"),
    ],
)
def test_a_bad_record_is_named_by_its_line(tmp_path: Path, fields: dict[str, object], said: str) -> None:
    with pytest.raises(DataError, match=rf"s.jsonl, line 2: not a span-annotated record \(.*{said}"):
        read_spans(write(tmp_path / "s.jsonl", RECORD, {**RECORD, **fields}))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.jsonl"):
        read_spans(tmp_path / "none.jsonl")


def test_scores_by_hand() -> None:
    said = changed(
        entities=[place("Zorb", "Method"), place("Quex", "Method"), place("FlimBench", "Task")],
        relations=[
            {"head": 1, "tail": 0, "label": "Compare-With"},  # has no direction
            {"head": 1, "tail": 2, "label": "Evaluated-With"},  # one end of another type
        ],
    )
    scores = {name: (s.right, s.gold, s.predicted) for name, s in score_spans([changed()], [said]).items()}
    assert scores["entity"] == (2, 4, 3)
    assert scores["relation"] == (2, 2, 2)
    assert scores["relation+"] == (1, 2, 2)
    assert scores["  Method"] == (2, 2, 2)
    assert scores["  Evaluated-With"] == (1, 1, 1)


def test_direction_and_label_count() -> None:
    turned = changed(relations=[{"head": 3, "tail": 1, "label": "Evaluated-With"}, {"head": 0, "tail": 1, "label": "Part-Of"}])
    assert score_spans([changed()], [turned])["relation"].right == 0
    assert score_spans([changed()], [])["entity"].f1 == 0


def test_intervals_hold_the_figure() -> None:
    worse = changed(entities=RECORD["entities"][:2], relations=[])  # type: ignore[index]
    low, high = span_intervals([changed()], [worse], 50)["entity"]
    assert low == high == score_spans([changed()], [worse])["entity"].f1


def test_pieces_hold_whole_sentences_and_all_that_is_in_them() -> None:
    sentence = "Zorb parses. "
    text = sentence * 300
    starts = [len(sentence) * i for i in range(300)]
    long = Spans(
        "b",
        text,
        tuple((s, s + 12) for s in starts),
        tuple((s, s + 4, "Method") for s in starts),
        ((0, 1, "Part-Of"), (0, 299, "Far")),
    )
    pieces = list(long.pieces())
    assert all(len(p.text) <= CHARACTERS for p in pieces)
    assert sum(len(p.entities) for p in pieces) == 300
    assert [r for p in pieces for r in p.relations] == [(0, 1, "Part-Of")]
    assert all(p.text[a:b] == "Zorb" for p in pieces for a, b, _ in p.entities)


def test_evaluate_reads_spans(tmp_path: Path, run: Run) -> None:
    gold = write(tmp_path / "gold.jsonl", RECORD)
    code, out, _ = run("evaluate", gold, gold, "--output", "json", "--bootstrap", "20")
    assert code == 0
    assert {(r["measure"], r["f1"]) for r in json.loads(out)} >= {("entity", 1.0), ("relation", 1.0), ("relation+", 1.0)}


def test_wrong_calls_say_what_to_do(tmp_path: Path, run: Run) -> None:
    gold = write(tmp_path / "gold.jsonl", RECORD)
    code, _, err = run("evaluate", gold, "--model", "fast")
    assert code == 2
    assert "kg train TEXTS --encoder" in err
    code, _, err = run("evaluate", gold, gold, "--details")
    assert code == 2
    assert "--details" in err
    code, _, err = run("train", gold, "-o", tmp_path / "m")
    assert code == 2
    assert "--encoder" in err
    code, _, err = run("train", gold, "-o", tmp_path / "m", "--learning-curve")
    assert code == 2
    assert "paper records" in err


def test_a_reader_of_other_labels_gives_spans_and_pairs(tmp_path: Path) -> None:
    labels = Labels(("Dataset", "Method"), (), ("Compare-With", "Used-For"), titled=False)
    register_components()
    nlp = blank_pipeline()
    spans = changed().entities

    def read(doc: Doc) -> Doc:
        """Stands for the network: finds the gold spans, and two relations in the second sentence."""
        doc.ents = [s for a, b, _ in (spans[1], spans[3]) if (s := doc.char_span(a, b, label="Method")) is not None]
        reading(doc).neural = Fake(labels, np.cumsum(doc.to_array("SENT_START") == 1))
        return doc

    Language.component("a_reader", func=read)
    for stage in ("kg_sentences", "a_reader", "kg_pairs"):
        nlp.add_pipe(stage)
    (said,) = read_texts(nlp, [changed()])
    assert [TEXT[a:b] for a, b, _ in said.entities] == ["Quex", "FlimBench"]
    assert said.relations == ((1, 0, "Used-For"),)


class Fake:
    """What a network would say: the second span is used for the first."""

    def __init__(self, labels: Labels, sentences: np.ndarray) -> None:
        self.labels, self.sentences = labels, sentences

    def relations(self, entities: list[list[tuple[int, int]]], kinds: np.ndarray) -> np.ndarray:
        assert kinds.tolist() == [[0, 1], [0, 1]]
        scores = np.zeros((2, 2, 3), np.float32)
        scores[:, :] = [0.8, 0.1, 0.1]
        scores[1, 0] = [0.2, 0.3, 0.5]
        return scores


def test_labels_without_direction_count_both_ways() -> None:
    scores = np.zeros((2, 2, 3), np.float32)
    scores[0, 1], scores[1, 0] = [0.4, 0.5, 0.1], [0.3, 0.6, 0.1]
    assert list(likeliest(scores, ("Compare-With", "Used-For"))) == [(0, 1, 1)]


def test_given_sentences_are_kept() -> None:
    piece = Spans("c", "One e.g. two. three", ((0, 13), (14, 19)), (), ())
    assert [s.text for s in given_sentences(blank_pipeline(), piece).sents] == ["One e.g. two.", "three"]


def test_labels_stand_beside_a_reader(tmp_path: Path) -> None:
    labels = Labels(("A", "B"), (), ("R",), titled=False)
    labels.save(tmp_path)
    assert Labels.load(tmp_path) == labels
    (tmp_path / "labels.json").unlink()
    Labels.of_vocabulary().save(tmp_path)
    assert not list(tmp_path.iterdir())
    assert Labels.load(tmp_path) == Labels.of_vocabulary()
