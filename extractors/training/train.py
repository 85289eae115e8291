"""Trains the shipped `fast` pipeline from gold records.

    python -m extractors.training.train GOLD.jsonl PAPERS.jsonl OUT [--init-tok2vec FILE] [--keep FOLDER]

Three recognisers are trained by spaCy's own command with `ner.cfg`: one on all papers but a tenth (which chooses
the epoch), which ships, and one on each half. The halves predict each other's entities, and from these,
aligned to gold, the confidences and the role and relation classifiers are learnt. `--keep` holds the
recognisers; those already there are not trained again.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import DocBin

from extractors.pipeline import STAGES, register_components
from extractors.training.classifiers import (
    Documents,
    fit_relations,
    fit_roles,
    mention_confidence,
    predicted_documents,
    set_confidence,
)
from extractors.training.corpus import GoldPaper, read_gold, to_doc

CONFIG = Path(__file__).parent / "ner.cfg"
HALF_DEV = 150  # papers of the other half that choose a half's epoch


def train_recogniser(fit: list[GoldPaper], dev: list[GoldPaper], folder: Path, init_tok2vec: Path | None) -> Path:
    """Train an entity recogniser in `folder`, unless one is there; the best epoch on `dev` is kept."""
    best = folder / "model-best"
    if best.is_dir():
        return best
    folder.mkdir(parents=True, exist_ok=True)
    blank = spacy.blank("en")
    for name, chosen in (("fit", fit), ("dev", dev)):
        DocBin(docs=[to_doc(blank, p) for p in chosen]).to_disk(folder / f"{name}.spacy")
    command = [sys.executable, "-m", "spacy", "train", str(CONFIG), "-o", str(folder)]
    command += ["--paths.train", str(folder / "fit.spacy"), "--paths.dev", str(folder / "dev.spacy")]
    if init_tok2vec:
        command += ["--paths.init_tok2vec", str(init_tok2vec)]
    subprocess.run(command, check=True)
    return best


def half_of(paper: GoldPaper) -> int:
    """0 or 1, by the hash of the id."""
    return int(hashlib.sha256(f"half{paper.id}".encode()).hexdigest(), 16) % 2


def cross_predicted(papers: list[GoldPaper], folder: Path, init_tok2vec: Path | None) -> Documents:
    """Documents of all papers, each with entities predicted by a recogniser that has not seen it."""
    documents: Documents = []
    for half in (0, 1):
        fit = [p for p in papers if half_of(p) != half]
        unseen = [p for p in papers if half_of(p) == half]
        recogniser = train_recogniser(fit, unseen[:HALF_DEV], folder / f"half{half}", init_tok2vec)
        documents += predicted_documents(assemble(recogniser), unseen)
    return documents


def assemble(recogniser: Path) -> Language:
    """A trained recogniser with all further stages, those that learn untrained."""
    register_components()
    nlp = spacy.load(recogniser)
    for stage in STAGES:
        nlp.add_pipe(stage)
    return nlp


def complete(recogniser: Path, documents: Documents) -> Language:
    """The full pipeline: confidences, then roles, then relations, learnt from cross-predicted documents."""
    nlp = assemble(recogniser)
    finder, roles, relations = (_stage(nlp, name) for name in ("kg_mentions", "kg_roles", "kg_relations"))
    confidence = mention_confidence(documents)
    finder.calibrate(confidence)
    set_confidence(documents, confidence)
    roles.model = fit_roles(documents)
    relations.model = fit_relations(documents)
    return nlp


def save(nlp: Language, folder: Path) -> None:
    """Write the pipeline, without the words of the training texts: features are hashed, so only labels are needed."""
    nlp.meta.update(
        name=folder.name,
        version=importlib.metadata.version("paperkg"),
        description="Entities, roles, relations, results and links of machine-learning abstracts",
        license="Apache-2.0",
        spacy_version=">=3.8.2,<3.9.0",
    )
    nlp.to_disk(folder)
    labels = sorted({label for name in nlp.pipe_names for label in nlp.pipe_labels.get(name, [])})
    (folder / "vocab" / "strings.json").write_text(json.dumps(labels, indent=1) + "\n", encoding="utf-8")


def _stage(nlp: Language, name: str) -> Any:
    return nlp.get_pipe(name)


def main() -> None:
    """The command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("papers", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--init-tok2vec", type=Path, help="weights from `spacy pretrain`")
    parser.add_argument("--keep", type=Path, help="folder for the recognisers, to go on after a stop")
    args = parser.parse_args()
    papers = read_gold(args.gold, args.papers)
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.keep or Path(scratch)
        fit, held_out = [p for p in papers if not p.held_out], [p for p in papers if p.held_out]
        recogniser = train_recogniser(fit, held_out, folder / "full", args.init_tok2vec)
        save(complete(recogniser, cross_predicted(papers, folder, args.init_tok2vec)), args.out)


if __name__ == "__main__":
    main()
