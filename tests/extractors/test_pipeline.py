"""The shipped pipelines as a whole: what they read, and that nothing but the text matters."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from spacy.language import Language

from extractors.pipeline import extract, extractor_version, find_model, load_pipeline
from kg.model.errors import InputError, UnknownName
from kg.model.records import Paper, PaperRecord
from kg.model.vocabulary import load_vocabulary
from kg.resources import data_path

SAMPLE = [Paper.from_json(json.dumps({k: v for k, v in json.loads(line).items() if k != "identifiers"}))
          for line in data_path("samples", "papers.jsonl").read_text(encoding="utf-8").splitlines()]  # fmt: skip


@pytest.fixture(scope="module", params=["accurate", "fast"])
def nlp(request: pytest.FixtureRequest) -> Language:
    return load_pipeline(request.param)


@pytest.fixture(scope="module")
def records(nlp: Language) -> list[PaperRecord]:
    return list(extract(nlp, SAMPLE, "test"))


def test_words_behind_a_line_break_are_kept_in_the_cache(nlp: Language) -> None:
    assert not [text for text in nlp.tokenizer.rules if not text.strip()]  # type: ignore[union-attr]  # a rule ends caching for its text


def test_records_are_in_order_and_follow_the_schema(records: list[PaperRecord]) -> None:
    assert [r.id for r in records] == [p.id for p in SAMPLE]
    schema = json.loads(data_path("schema", "record.schema.json").read_text())
    for record in records:
        jsonschema.validate(record.to_dict(), schema)
        assert PaperRecord.from_dict(record.to_dict()) == record


def test_offsets_and_sentences_are_of_the_text(records: list[PaperRecord]) -> None:
    for paper, record in zip(SAMPLE, records, strict=True):
        for entity in record.entities:
            assert all(paper.text[m.start : m.end] == m.text for m in entity.mentions)
        said = [*(r for e in record.entities for r in e.roles), *record.relations, *record.results]
        assert all(paper.text[s.start : s.end] == s.sentence for s in said)
        assert all(result.evidence in paper.text for result in record.results)


def test_relations_keep_to_the_vocabulary(records: list[PaperRecord]) -> None:
    allows = load_vocabulary().allows
    for record in records:
        kinds = {e.id: e.type for e in record.entities}
        assert all(allows(r.type, kinds[r.source], kinds[r.target]) for r in record.relations)


def test_it_reads_what_the_sample_says(records: list[PaperRecord]) -> None:
    by_title = {p.title.split(":")[0]: r for p, r in zip(SAMPLE, records, strict=True)}
    roberta = by_title["RoBERTa"]
    names = {e.id: e.name for e in roberta.entities}
    introduced = {e.name for e in roberta.entities if any(r.role == "introduces" for r in e.roles)}
    assert "RoBERTa" in introduced
    stated = {(names[r.source], r.type, names[r.target]) for r in roberta.relations}
    assert ("RoBERTa", "BASED_ON", "BERT") in stated or ("RoBERTa", "OUTPERFORMS", "BERT") in stated
    assert [x.url for x in roberta.links] == ["https://github.com/facebookresearch/fairseq"]
    swin = by_title["Swin Transformer"]
    names = {e.id: e.name for e in swin.entities}
    values = {(r.value, names.get(r.dataset or "")) for r in swin.results}
    assert ("53.5", "ADE20K") in values


@pytest.mark.parametrize("size", [1, 5, 64])
def test_batch_size_and_order_do_not_matter(nlp: Language, records: list[PaperRecord], size: int) -> None:
    assert list(extract(nlp, SAMPLE, "test", batch_size=size)) == records
    assert list(extract(nlp, SAMPLE[::-1], "test", batch_size=size)) == records[::-1]


ODD = {
    "empty": "",
    "no sentences": "model " * 50,
    "Chinese": "我们提出了一种新的方法,用于机器翻译。它在数据集上取得了很好的结果。" * 20,
    "LaTeX only": r"$\mathcal{L} = \sum_{i=1}^n \log p_\theta(x_i)$ \begin{equation} x \end{equation} " * 40,
    "50,000 words": "We propose FooNet, a model for parsing. It reaches 90.1% accuracy on BarBench (BB). " * 3_600,
    "brackets": "(" * 5_000 + ")" * 5_000,
    "one word": "a" * 100_000,
    "emoji": "😀👨‍👩‍👧 " * 500,
}


@pytest.mark.parametrize("name", sorted(ODD))
def test_odd_texts_take_bounded_time(nlp: Language, name: str) -> None:
    start = time.monotonic()
    (record,) = extract(nlp, [Paper(id="odd", title="Odd", abstract=ODD[name])], "test")
    assert record.id == "odd"
    assert time.monotonic() - start < 120


@pytest.mark.parametrize("threads", ["1", "3"])
def test_the_number_of_threads_does_not_matter(
    records: list[PaperRecord], nlp: Language, threads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_THREADS", threads)
    assert list(extract(load_pipeline(nlp.meta["name"]), SAMPLE[:6], "test")) == records[:6]


def test_confidences_are_shares(records: list[PaperRecord]) -> None:
    for record in records:
        said = [
            *(m for e in record.entities for m in e.mentions),
            *(r for e in record.entities for r in e.roles),
            *record.relations,
        ]
        assert all(0 <= s.confidence <= 1 for s in [*said, *record.results])
    assert len({m.confidence for r in records for e in r.entities for m in e.mentions}) > 20


def test_version_names_the_model_and_needs_no_spacy() -> None:
    assert extractor_version().startswith("accurate-")
    assert extractor_version("fast").startswith("fast-")
    assert extractor_version() == extractor_version()
    with pytest.raises(UnknownName, match=r"no model named 'huge'.*shipped: accurate, fast"):
        extractor_version("huge")


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("kg_relations/relations.npz", {"buckets": np.zeros(3)}, r"relations\.npz: a classifier of another version"),
        ("kg_roles/roles.npz", None, r"roles\.npz: a classifier's file, damaged or missing"),
        ("config.cfg", None, r"the pipeline cannot be loaded, train or install it anew: "),
    ],
)
def test_a_pipeline_that_cannot_be_loaded_is_told(
    tmp_path: Path, file: str, content: dict[str, np.ndarray] | None, told: str
) -> None:
    shutil.copytree(find_model("fast"), tmp_path / "mine")
    if content is None:
        (tmp_path / "mine" / file).write_bytes(b"PK[")
    else:
        np.savez(tmp_path / "mine" / file, **content)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=told) as caught:
        load_pipeline(str(tmp_path / "mine"))
    assert "\n" not in str(caught.value)
