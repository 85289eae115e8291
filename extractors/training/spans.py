"""A reader for other annotations (`kg.spans`), by the recipe of the shipped ones: for benchmarks."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from extractors.neural.labels import Labels
from extractors.pipeline import blank_pipeline, register_components
from extractors.spans import STAGES
from extractors.training.neural.export import export
from extractors.training.neural.fit import fit_spans
from extractors.training.train import save
from kg.spans import Spans


def fit_span_pipeline(records: Sequence[Spans], output: Path, encoder: Path, *, small: bool = False, epochs: int = 8) -> None:
    """Write a pipeline of a reader and `kg_pairs`; every mention is an entity of its own, and there are no roles."""
    labels = labels_of(records)
    with tempfile.TemporaryDirectory() as scratch:
        pieces = [piece for record in records for piece in record.pieces()]
        reader = fit_spans(pieces, labels, encoder, Path(scratch) / "fit", small=small, epochs=epochs)
        export(reader, encoder, Path(scratch) / "reader", labels)
        register_components()
        nlp = blank_pipeline()
        for stage in STAGES:
            nlp.add_pipe(stage)
        nlp.get_pipe("kg_reader").from_disk(Path(scratch) / "reader")  # type: ignore[attr-defined]
        save(nlp, output)


def labels_of(records: Sequence[Spans]) -> Labels:
    """All labels of the records, in the order of the alphabet."""
    entities = sorted({label for record in records for *_, label in record.entities})
    relations = sorted({label for record in records for *_, label in record.relations})
    return Labels(tuple(entities), (), tuple(relations), titled=False)
