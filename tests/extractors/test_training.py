"""Training of the classifiers on annotated records of one's own: the pipeline works, and learns what it is shown."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from spacy.language import Language

from extractors.neural.heads import Heads
from extractors.training.classifiers import _fit
from extractors.training.corpus import GoldPaper, fold_of, locate_mentions
from extractors.training.neural.prune import MARKS, kept_pieces
from extractors.training.scaling import fitted, rescaled

Run = Callable[..., tuple[int, str, str]]
NAMES = ["Zorb", "Quex", "Flim", "Drav", "Plok", "Wimb", "Yurt", "Glan", "Snid", "Torv"]


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """Forty small papers after one pattern, with their records."""
    records, papers = [], []
    for i in range(40):
        name, old = f"{NAMES[i % 10]}Net{i}", f"{NAMES[(i + 3) % 10]}Former{i}"
        abstract = f"We propose {name}, a model for question answering. {name} builds on {old} and is tested on SQuAD."
        papers.append({"id": f"p{i}", "title": f"{name}: Better Answers", "abstract": abstract})
        entities = [("a", "Model", name, "introduces"), ("b", "Task", "question answering", "addresses"), ("c", "Model", old, "uses"),
                    ("d", "Dataset", "SQuAD", "evaluates_on")]  # fmt: skip
        relations = [("BASED_ON", "a", "c"), ("USED_FOR", "a", "b"), ("EVALUATED_ON", "a", "d")]
        records.append({
            "id": f"p{i}",
            "entities": [{"id": e, "type": t, "name": n, "mentions": [n], "roles": [r]} for e, t, n, r in entities],
            "relations": [{"type": t, "source": s, "target": o} for t, s, o in relations],
        })  # fmt: skip
    (tmp_path / "gold.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    (tmp_path / "gold.papers.jsonl").write_text("".join(json.dumps(p) + "\n" for p in papers))
    return tmp_path / "gold.jsonl"


def test_a_pipeline_learns_from_own_records(gold: Path, run: Run, tmp_path: Path) -> None:
    code, _, err = run("train", gold, "-o", tmp_path / "mine", "--base", "fast")
    told, missed = err.splitlines()
    assert (code, told) == (0, f"{tmp_path}/mine: trained on 40 papers; use it with --model {tmp_path}/mine")
    assert re.fullmatch(
        r"calibration error out of fold: mention 0\.\d{3}, role 0\.\d{3}, relation 0\.\d{3}(, result 0\.\d{3})?", missed
    )
    code, out, _ = run("evaluate", gold, "--model", tmp_path / "mine", "--output", "json")
    figures = {row["measure"]: row["f1"] for row in json.loads(out)}
    assert code == 0
    assert figures["introduces"] > 0.9
    assert figures["relations"] > 0.8


def test_folds_and_curve_show_figures(gold: Path, run: Run) -> None:
    code, out, _ = run("train", gold, "--base", "fast", "--cross-validate", "2")
    assert code == 0
    assert "introduces" in out
    assert "mean f1" in out
    code, out, _ = run("train", gold, "--base", "fast", "--learning-curve")
    assert code == 0
    assert "25%" in out


def test_training_says_what_is_wrong(gold: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = tmp_path / "few.jsonl"
    few.write_text("".join(gold.read_text().splitlines(keepends=True)[:3]))
    papers = tmp_path / "gold.papers.jsonl"
    code, _, err = run("train", few, "--papers", papers)
    assert (code, err) == (1, "kg: 3 annotated papers are too few to learn from; 8 is the least\n")
    code, _, err = run("train", gold, "--papers", tmp_path / "none.jsonl")
    assert (code, err) == (2, f"kg: {tmp_path}/none.jsonl does not exist; name the file with the papers' texts with --papers\n")
    code, _, err = run("train", gold, "--papers", papers, "--cross-validate", "1")
    assert code == 2
    monkeypatch.setitem(sys.modules, "sklearn", None)
    for name in ("exceptions", "neural_network"):
        monkeypatch.setitem(sys.modules, f"sklearn.{name}", None)
    monkeypatch.delitem(sys.modules, "extractors.training.classifiers", raising=False)
    monkeypatch.delitem(sys.modules, "extractors.training.train", raising=False)
    code, _, err = run("train", gold, "-o", tmp_path / "mine")
    assert code == 2
    assert "install the extra: pip install 'paperkg[train]'" in err


def test_places_of_gold_forms_are_found_whole_and_longest_first() -> None:
    entities = [{"id": "a", "mentions": ["BERT"]}, {"id": "b", "mentions": ["BERT-large"]}]
    assert locate_mentions("BERT-large beats BERT, not BERTs", entities) == [(0, 10, "b"), (17, 21, "a")]


def test_folds_are_by_the_id_alone() -> None:
    papers = [GoldPaper(str(i), "", {}) for i in range(500)]
    counts = [sum(fold_of(p, 5) == k for p in papers) for k in range(5)]
    assert min(counts) > 70
    assert fold_of(papers[3], 5) == fold_of(GoldPaper("3", "other", {}), 5)


def test_each_part_is_read_by_the_reader_that_has_not_seen_it(
    gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from extractors.pipeline import find_model, load_pipeline
    from extractors.training import train

    readers = [tmp_path / f"reader{k}" for k in range(3)]
    for reader in readers:
        shutil.copytree(find_model("fast") / "kg_reader", reader)
    asked: list[tuple[str, int]] = []
    predicted = train.predicted_documents

    def spied(nlp: Language, papers: list[GoldPaper]) -> train.Documents:
        asked.extend((nlp.get_pipe("kg_reader")._folder.name, fold_of(p, 2)) for p in papers)
        return predicted(nlp, papers)

    monkeypatch.setattr(train, "predicted_documents", spied)
    words = [gold, tmp_path / "gold.papers.jsonl", tmp_path / "mine", *readers[:2], "--final", readers[2]]
    monkeypatch.setattr(sys, "argv", ["train", *map(str, words)])
    train.main()
    assert "calibration error out of fold: mention 0." in capsys.readouterr().out
    assert {(name, part) for name, part in asked} == {("reader0", 0), ("reader1", 1)}
    assert len(asked) == 160  # once for the classifiers, three times, by quarters, for the calibration
    assert load_pipeline(str(tmp_path / "mine"))("ZorbNet: Answers\nWe propose ZorbNet.").ents
    for wrong in ([*words, "--unseen", "0"], [*words[:-2], "--scale", gold]):
        monkeypatch.setattr(sys, "argv", ["train", *map(str, wrong)])
        with pytest.raises(SystemExit):
            train.main()


def test_a_bolder_reader_is_brought_to_the_scale_of_the_others(tmp_path: Path) -> None:
    from extractors.pipeline import find_model, load_pipeline

    plain, bold, out = (tmp_path / name for name in ("plain", "bold", "out"))
    shutil.copytree(find_model("fast") / "kg_reader", plain)
    shutil.copytree(plain, bold)
    heads = Heads.load(plain / "heads.npz")
    for name in (
        "mention",
        "inside.weight",
        "inside.bias",
        "width",
        "role.weight",
        "role.bias",
        "pair",
        "relation.weight",
        "relation.bias",
    ):
        heads.weights[name] = 1.5 * heads.weights[name]
    heads.weights["role.bias"] = heads.weights["role.bias"] + 0.6
    heads.save(bold / "heads.npz")
    nlp = load_pipeline("fast")
    texts = [
        f"{name}Net: Fast Segmentation\nWe propose {name}Net, a model with attention, and compare it with U-Net on Cityscapes."
        for name in NAMES
    ]
    found = rescaled(nlp, texts, bold, [plain, plain], out)
    assert [round(found[head][0], 1) for head in ("mention", "role", "relation")] == [1.5, 1.5, 1.5]
    assert [round(found[head][1], 1) for head in ("mention", "role", "relation")] == [0.0, 0.4, 0.0]
    back = Heads.load(out / "heads.npz").weights
    assert np.allclose(back["role.bias"], Heads.load(plain / "heads.npz").weights["role.bias"], atol=0.02)
    assert (out / "encoder.onnx").is_file()


def test_a_scale_that_cannot_be_reached_is_said() -> None:
    with pytest.raises(ValueError, match="no temperature"):
        fitted(np.log([[0.5, 0.5], [0.9, 0.1]]), np.array([50.0, 0.1]))


def test_a_vocabulary_keeps_marks_what_is_met_and_the_first_others_in_ascii() -> None:
    vocabulary = {f"[{number}]": number for number in range(MARKS)} | {
        "a": 1000,
        "ß": 1001,
        "the": 1002,
        "##貝": 1003,
        "gan": 1004,
        "zoo": 1005,
    }
    assert kept_pieces(vocabulary, {1001, 1004}, MARKS + 3) == [*range(MARKS), 1000, 1001, 1004]
    assert kept_pieces(vocabulary, {1001, 1004}, 10) == [*range(MARKS), 1001, 1004]  # never fewer than are met


@pytest.mark.parametrize("answers", ["all", "none", "some"])
def test_classes_that_never_change_are_told_as_such(answers: str) -> None:
    chance = np.random.default_rng(0)
    features = chance.normal(size=(200, 3)).astype(np.float32)
    wanted = np.stack([np.full(200, answers == "all"), features[:, 0] > 0 if answers == "some" else np.zeros(200, bool)], axis=1)
    scores = _fit(features, wanted, ("a", "b")).scores(features)
    assert ((scores[:, 0] > 0.99) if answers == "all" else (scores[:, 0] < 0.01)).all()
    assert np.mean((scores[:, 1] > 0.5) == wanted[:, 1]) > 0.97


@pytest.mark.parametrize("classes", [(2,), (0, 2), (0, 1, 2)])
def test_a_softmax_knows_only_the_classes_that_occur(classes: tuple[int, ...]) -> None:
    features = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)
    wanted = np.array(classes)[features[:, : len(classes)].argmax(1)]
    scores = _fit(features, wanted, ("a", "b", "c")).scores(features)
    assert scores.sum(1) == pytest.approx(1, abs=1e-4)
    assert np.mean(scores.argmax(1) == wanted) > 0.95
    assert all(scores[:, c].max() < 0.01 for c in range(3) if c not in classes)


def test_without_samples_nothing_is_said() -> None:
    model = _fit(np.zeros((0,), np.float32), np.zeros(0, np.int64), ("a", "b"))
    assert model.scores([]).shape == (0, 2)
