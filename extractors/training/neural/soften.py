"""What readers say of texts, in probabilities: targets that tell a learning reader how sure its teachers were.

    python -m extractors.training.neural.soften RECORDS.jsonl PAPERS.jsonl OUT.npz READER[:WEIGHT] [READER[:WEIGHT] …]

The weighted mean of several readers is what one reader learns from them (distillation; Hinton et al. 2015).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from spacy.language import Language
from tokenizers import Tokenizer

from extractors.document import words_of
from extractors.neural.labels import Labels
from extractors.neural.networks import Network, load_networks, read
from extractors.neural.pieces import PieceCutter
from extractors.training.corpus import GoldPaper, read_gold
from extractors.training.neural.examples import SOFT_FIELDS, Example, Soft, to_example, tokenising_pipeline

SURELY_NONE = 0.98  # spans that are nothing with this probability are not kept


def soften(nlp: Language, networks: Sequence[Network], paper: GoldPaper, example: Example) -> Soft:
    """The weighted mean of what readers say of the spans and entities of an example."""
    labels = Labels.of_vocabulary()
    entities: list[list[tuple[int, int]]] = [[] for _ in example.roles]
    kinds = np.zeros((len(entities), len(labels.entities)), np.float32)
    for start, end, kind, owner in example.mentions:
        entities[owner].append((start, end))
        kinds[owner, kind - 1] = 1
    said = read(networks, words_of(nlp(paper.text)), labels, np.array(example.sentences), len(example.pieces.first))
    scores = said.mentions
    spans = np.argwhere(scores[:, :, 0] < SURELY_NONE)
    found = scores[spans[:, 0], spans[:, 1]]
    if not entities:
        return Soft(spans, found, np.zeros((0, 0), np.float32), np.zeros((0, 0, 0), np.float32))
    return Soft(spans, found, said.roles(entities), said.relations(entities, kinds))


def main() -> None:
    """The command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=Path)
    parser.add_argument("papers", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("readers", nargs="+", metavar="READER[:WEIGHT]", help="folders written by the module `export`")
    args = parser.parse_args()
    networks, folders = [], [text.partition(":") for text in args.readers]
    for folder, _, weight in folders:
        networks += [replace(n, share=n.share * float(weight or 1)) for n in load_networks(Path(folder))]
    whole = sum(n.share for n in networks)
    networks = [replace(n, share=n.share / whole) for n in networks]
    nlp, cutter = tokenising_pipeline(), PieceCutter(Tokenizer.from_file(str(Path(folders[0][0]) / "tokenizer.json")))
    written: dict[str, np.ndarray] = {}
    ids = []
    for number, paper in enumerate(read_gold(args.records, args.papers)):
        soft = soften(nlp, networks, paper, to_example(nlp, cutter, paper))
        written.update({f"{number}.{field}": getattr(soft, field) for field in SOFT_FIELDS})
        ids.append(paper.id)
    np.savez(args.out, ids=np.array(ids), **written)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
