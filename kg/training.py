"""Training from annotated records: a new pipeline, its figures over folds, and how they grow with the data."""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors import DEFAULT_MODEL
from extractors.pipeline import find_model
from kg.model.errors import DataError, InputError, UsageError
from kg.scoring import MEASURES, evaluate, read_records
from kg.spans import read_spans

if TYPE_CHECKING:
    from extractors.training.corpus import GoldPaper

LEAST = 8  # papers that a training needs
SHARES = (0.25, 0.5, 1.0)


@dataclass(frozen=True)
class Plan:
    """What is trained: the classifiers on the reader of pipeline `base`, or, with an `encoder` folder, the reader too
    (`small`: convolutions over its word vectors; `epochs`: passes over the papers)."""

    base: str = DEFAULT_MODEL
    encoder: Path | None = None
    small: bool = False
    epochs: int = 8


def train_pipeline(gold: Path, papers: Path, plan: Plan, output: Path) -> tuple[int, list[str]]:
    """Write a pipeline folder; the number of papers learnt from, and what there is to say of the pipeline, a line each.

    Raises:
        UsageError: the packages of the extra `train` are missing.
        InputError, DataError: files that cannot be read, records without a text, or too few of them.
    """
    known = _gold(gold, papers)
    return len(known), _fit(known, plan, output)


def train_spans(gold: Path, plan: Plan, output: Path) -> int:
    """Write a pipeline folder learnt from span-annotated texts (`kg.spans`); the number of texts; errors as above."""
    records = read_spans(gold)
    if plan.encoder is None:
        raise UsageError(f"{gold} has labels of its own, which the shipped reader does not know; name an encoder with --encoder")
    if not any(record.entities for record in records):
        raise DataError(f"{gold} holds no annotated entity to learn from")
    try:
        from extractors.training.spans import fit_span_pipeline

        fit_span_pipeline(records, output, plan.encoder, small=plan.small, epochs=plan.epochs)
    except ImportError as error:
        raise UsageError(
            f"training a reader needs the package {error.name}; install the extra: pip install 'paperkg[train-reader]'"
        ) from None
    return len(records)


def cross_validate(gold: Path, papers: Path, plan: Plan, folds: int) -> list[dict[str, Any]]:
    """Per measure the mean F1 over the folds, its standard deviation, and the least and highest; errors as above."""
    known = _gold(gold, papers)
    if folds < 2:
        raise UsageError(f"cross-validation needs 2 folds or more, found {folds}")
    scores = [_score([p for i, p in enumerate(known) if i % folds != k], known[k::folds], plan) for k in range(folds)]
    return [
        {"measure": name, "mean f1": round(statistics.mean(v), 4), "sd": round(statistics.stdev(v), 4), "least": round(min(v), 4), "highest": round(max(v), 4)}
        for name in MEASURES
        for v in [[s[name] for s in scores]]
    ]  # fmt: skip


def learning_curve(gold: Path, papers: Path, plan: Plan) -> list[dict[str, Any]]:
    """Per measure F1 on every fifth paper, by the share of the others that was learnt from; errors as above."""
    known = _gold(gold, papers)
    rest = [p for i, p in enumerate(known) if i % 5]
    scores = {share: _score(rest[: int(share * len(rest))], known[::5], plan) for share in SHARES}
    return [{"measure": name} | {f"{share:.0%}": round(s[name], 4) for share, s in scores.items()} for name in MEASURES]


def _score(fitted: list[GoldPaper], unseen: list[GoldPaper], plan: Plan) -> dict[str, float]:
    from extractors.document import to_record
    from extractors.pipeline import load_pipeline

    with tempfile.TemporaryDirectory() as scratch:
        _fit(fitted, plan, Path(scratch) / "model")
        nlp = load_pipeline(str(Path(scratch) / "model"))
        docs = nlp.pipe(p.text for p in unseen)
        said = [to_record(doc, p.id, "").to_dict() for p, doc in zip(unseen, docs, strict=True)]
    return {name: score.f1 for name, score in evaluate([p.record for p in unseen], said).items() if name in MEASURES}


def _fit(papers: list[GoldPaper], plan: Plan, output: Path) -> list[str]:
    try:
        from extractors.training.train import fit_pipeline
    except ImportError as error:
        raise UsageError(f"training needs the package {error.name}; install the extra: pip install 'paperkg[train]'") from None
    if len(papers) < LEAST:
        raise DataError(f"{len(papers)} annotated papers are too few to learn from; {LEAST} is the least")
    reader = None if plan.encoder else find_model(plan.base) / "kg_reader"
    try:
        return fit_pipeline(papers, output, reader=reader, encoder=plan.encoder, small=plan.small, epochs=plan.epochs)
    except ImportError as error:
        raise UsageError(f"training needs the package {error.name}; install the extra: pip install 'paperkg[train]'") from None


def _gold(gold: Path, papers: Path) -> list[GoldPaper]:
    from extractors.training.corpus import GoldPaper
    from kg.ingest.base import Rejected
    from kg.ingest.sniff import read_papers

    if not papers.is_file():
        raise InputError(f"{papers} does not exist; name the file with the papers' texts with --papers")
    texts = {item[1].id: item[1].text for item in read_papers(papers, None) if not isinstance(item, Rejected)}
    records = read_records(gold)
    lacking = [r["id"] for r in records if r["id"] not in texts]
    if lacking:
        raise DataError(
            f"{papers} lacks the text of record {lacking[0]} and {len(lacking) - 1} more; records and papers go by one id"
        )
    return [GoldPaper(r["id"], texts[r["id"]], r) for r in records]
