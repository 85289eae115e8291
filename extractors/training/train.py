"""Trains the shipped `fast` pipeline from gold records.

    python -m extractors.training.train GOLD.jsonl PAPERS.jsonl OUT [--init-tok2vec FILE] [--ner FOLDER]

Without `--ner` the recogniser is trained first, by spaCy's own command with `ner.cfg`. Then the role and
relation classifiers are fitted, mention confidences measured on the held-out tenth, and the whole saved.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import DocBin

from extractors.entities import MentionFinder
from extractors.pipeline import STAGES, register_components
from extractors.relations import RelationClassifier
from extractors.roles import RoleClassifier
from extractors.training.classifiers import fit_relations, fit_roles, gold_documents, mention_confidence
from extractors.training.corpus import GoldPaper, read_gold, to_doc

CONFIG = Path(__file__).parent / "ner.cfg"


def train_recogniser(papers: list[GoldPaper], folder: Path, init_tok2vec: Path | None) -> Path:
    """Train the entity recogniser on all but the held-out tenth, which chooses the epoch."""
    blank = spacy.blank("en")
    for name, chosen in (("fit", [p for p in papers if not p.held_out]), ("held", [p for p in papers if p.held_out])):
        DocBin(docs=[to_doc(blank, p) for p in chosen]).to_disk(folder / f"{name}.spacy")
    command = [sys.executable, "-m", "spacy", "train", str(CONFIG), "-o", str(folder / "ner")]
    command += ["--paths.train", str(folder / "fit.spacy"), "--paths.dev", str(folder / "held.spacy")]
    if init_tok2vec:
        command += ["--paths.init_tok2vec", str(init_tok2vec)]
    subprocess.run(command, check=True)
    return folder / "ner" / "model-best"


def complete(recogniser: Path, papers: list[GoldPaper]) -> Language:
    """The full pipeline round a trained recogniser."""
    register_components()
    nlp = spacy.load(recogniser)
    for stage in STAGES:
        nlp.add_pipe(stage)
    finder, roles, relations = (nlp.get_pipe(n) for n in ("kg_mentions", "kg_roles", "kg_relations"))
    assert isinstance(finder, MentionFinder)
    assert isinstance(roles, RoleClassifier)
    assert isinstance(relations, RelationClassifier)
    documents = gold_documents(nlp, papers)
    roles.model = fit_roles(documents)
    relations.model = fit_relations(documents)
    finder.calibrate(mention_confidence(nlp, [p for p in papers if p.held_out]))
    return nlp


def main() -> None:
    """The command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("papers", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--init-tok2vec", type=Path)
    parser.add_argument("--ner", type=Path, help="a recogniser trained before")
    args = parser.parse_args()
    papers = read_gold(args.gold, args.papers)
    with tempfile.TemporaryDirectory() as folder:
        recogniser = args.ner or train_recogniser(papers, Path(folder), args.init_tok2vec)
        complete(recogniser, papers).to_disk(args.out)


if __name__ == "__main__":
    main()
