"""Completes a pipeline: on a fitted reader, the classifiers that learn from what readers say of papers they have not seen.

    python -m extractors.training.train GOLD.jsonl PAPERS.jsonl OUT READER --unseen 0 1 2 [--final READER]
    python -m extractors.training.train GOLD.jsonl PAPERS.jsonl OUT READER READER [READER …] --final READER [--scale TEXTS.jsonl …]

A `READER` is a folder written by `extractors.training.neural.export`. Of one, only the `--unseen` parts of the papers, which it has not
learnt from, are used; of N, the first has not learnt from the first of N parts, and so on: all papers are used (cross-fitting).
`--final` names the reader that ships, if it is another one; `--scale` texts that none of them has learnt from, a JSON object with a `text` a line, on
which it is brought to the scale of the others (`extractors.training.scaling`).
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spacy.language import Language

from extractors.document import to_record
from extractors.pipeline import STAGES, blank_pipeline, register_components
from extractors.training.classifiers import (
    Documents,
    fit_aliases,
    fit_relations,
    fit_roles,
    mention_confidence,
    predicted_documents,
    set_confidence,
)
from extractors.training.corpus import GoldPaper, fold_of, read_gold, read_lines
from extractors.training.scaling import rescaled
from kg.release import RELEASE
from kg.reliability import calibrated, cross_checked, judge
from kg.scoring import Judged

PARTS = 4  # of the papers, for calibration
UNSEEN = 3  # tenths of the papers that a reader does not learn from, for the classifiers above it
Held = list[tuple[Path, list[GoldPaper]]]  # readers, each with the papers that it has not learnt from


def assemble(reader: Path) -> Language:
    """All stages on the reader of a folder, those that learn untrained."""
    register_components()
    nlp = blank_pipeline()
    for stage in STAGES:
        nlp.add_pipe(stage)
    _stage(nlp, "kg_reader").from_disk(reader)
    return nlp


def complete(nlp: Language, documents: Documents) -> None:
    """Mention scores, then aliases, roles and relations, learnt from documents that the reader has not seen."""
    confidence = mention_confidence(documents)
    _stage(nlp, "kg_mentions").calibrate(confidence)
    set_confidence(documents, confidence)
    _stage(nlp, "kg_aliases").model = fit_aliases(documents)
    _stage(nlp, "kg_roles").model = fit_roles(documents)
    _stage(nlp, "kg_relations").model = fit_relations(documents)


def read_unseen(nlp: Language, held: Held) -> Documents:
    """What the readers say of the papers that they have not seen."""
    documents: Documents = []
    for reader, papers in held:
        _stage(nlp, "kg_reader").from_disk(reader)
        documents += predicted_documents(nlp, papers)
    return documents


def calibration(held: Held) -> tuple[dict[str, list[tuple[float, float]]], dict[str, float]]:
    """Maps from score to share of right statements: the classifiers are learnt on three quarters of the papers, which the
    readers have not seen, and judged on the fourth, each in turn. And their expected errors, each quarter by maps of the others."""
    parts = []
    for part in range(PARTS):
        nlp = assemble(held[0][0])
        learnt = [(reader, [p for n, p in enumerate(papers) if n % PARTS != part]) for reader, papers in held]
        complete(nlp, read_unseen(nlp, learnt))
        judged: list[Judged] = []
        for reader, papers in held:
            _stage(nlp, "kg_reader").from_disk(reader)
            judging = papers[part::PARTS]
            docs = nlp.pipe(p.text for p in judging)
            records = [to_record(doc, p.id, "").to_dict() for p, doc in zip(judging, docs, strict=True)]
            judged += judge([p.record for p in judging], records)
        parts.append(judged)
    return calibrated(itertools.chain(*parts)), cross_checked(parts)


def save(nlp: Language, folder: Path) -> None:
    """Write the pipeline, without the words of the training texts: no stage looks into the vocabulary, so only labels are needed."""
    nlp.meta.update(
        name=folder.name,
        version=RELEASE,
        description="Entities, roles, relations, results and links of machine-learning abstracts",
        license="Apache-2.0",
        spacy_version=">=3.8.2,<3.9.0",
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    nlp.to_disk(folder)
    labels = sorted({label for name in nlp.pipe_names for label in nlp.pipe_labels.get(name, [])})
    (folder / "vocab" / "strings.json").write_text(json.dumps(labels, indent=1) + "\n", encoding="utf-8")


def _stage(nlp: Language, name: str) -> Any:
    return nlp.get_pipe(name)


def fit_pipeline(
    papers: list[GoldPaper], output: Path, *, reader: Path | None, encoder: Path | None = None, small: bool = False, epochs: int = 8
) -> list[str]:
    """Write a pipeline learnt from annotated papers; what there is to say of it, a line each.

    On the reader of folder `reader`, or on one that is learnt from seven papers in ten on top of `encoder`; the
    classifiers and the calibration then learn from the other three.
    """
    with tempfile.TemporaryDirectory() as scratch:
        unseen = papers
        if encoder is not None:
            from extractors.training.neural.export import export
            from extractors.training.neural.fit import fit_reader

            unseen = [p for p in papers if fold_of(p, 10) < UNSEEN] or papers[:1]
            seen = [p for p in papers if fold_of(p, 10) >= UNSEEN]
            reader = Path(scratch) / "reader"
            export(fit_reader(seen, unseen, encoder, Path(scratch) / "fit", small=small, epochs=epochs), encoder, reader)
        assert reader is not None
        return finish([(reader, unseen)], output)


def finish(held: Held, output: Path, final: Path | None = None, texts: Sequence[str] = ()) -> list[str]:
    """Write the pipeline of a reader, with classifiers and calibration learnt from papers that readers have not seen: with `final` of that
    reader, else of the first; with `texts` brought to the scale of the others on these. What there is to say of it, a line each."""
    nlp = assemble(held[0][0])
    complete(nlp, read_unseen(nlp, held))
    _stage(nlp, "kg_confidence").maps, errors = calibration(held)
    notes = ["calibration error out of fold: " + ", ".join(f"{kind} {error:.3f}" for kind, error in errors.items())]
    shipped = final or held[0][0]
    _stage(nlp, "kg_reader").from_disk(shipped)
    with tempfile.TemporaryDirectory() as scratch:
        if texts:
            for head, (heat, shift) in rescaled(nlp, texts, shipped, [reader for reader, _ in held], Path(scratch)).items():
                notes.append(f"{head}: temperature {heat:.3f}, shift {shift:+.3f}")
            _stage(nlp, "kg_reader").from_disk(Path(scratch))
        save(nlp, output)
    return notes


def main() -> None:
    """The command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("papers", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("readers", type=Path, nargs="+")
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--unseen", type=int, nargs="+", help="the parts that the only reader has not learnt from")
    parser.add_argument("--final", type=Path)
    parser.add_argument(
        "--scale", type=Path, nargs="+", default=[], help="texts on which the final reader is brought to the scale of the others"
    )
    args = parser.parse_args()
    if (len(args.readers) > 1) == bool(args.unseen):
        parser.error("one reader needs --unseen, several take a part each")
    if args.scale and not args.final:
        parser.error("--scale is for a --final reader")
    papers = read_gold(args.gold, args.papers)
    count = len(args.readers)
    if count > 1:
        held = [(reader, [p for p in papers if fold_of(p, count) == part]) for part, reader in enumerate(args.readers)]
    else:
        held = [(args.readers[0], [p for p in papers if fold_of(p, args.folds) in args.unseen])]
    notes = finish(held, args.out, args.final, [line["text"] for path in args.scale for line in read_lines(path)])
    print(*notes, sep="\n")


if __name__ == "__main__":
    main()
