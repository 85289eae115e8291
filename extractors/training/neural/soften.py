"""What readers say of texts, in probabilities: targets that tell a learning reader how sure its teachers were.

    python -m extractors.training.neural.soften RECORDS.jsonl PAPERS.jsonl ENCODER OUT.npz READER.pt [READER.pt …]

The mean of several readers on one encoder is what one reader learns from them (distillation; Hinton et al. 2015). Entities are those of the
records.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from extractors.neural.labels import Labels
from extractors.training.corpus import read_gold
from extractors.training.neural.batch import Batch, join
from extractors.training.neural.example import SOFT_FIELDS, Example, Soft
from extractors.training.neural.learn import new_reader
from extractors.training.neural.network import Reader
from extractors.training.neural.objective import encode, entities_of, inside, named_in, pair_logits, whole_of

SURELY_NONE = 0.99  # spans that are nothing with this probability are not kept


@torch.no_grad()
def soften(readers: Sequence[Reader], labels: Labels, examples: Sequence[Example], size: int = 32) -> Iterator[Soft]:
    """Of each example, in order, what the readers say of its spans and entities on average, in 16 bits."""
    device = next(readers[0].parameters()).device
    for reader in readers:
        reader.eval()
    for part in [examples[i : i + size] for i in range(0, len(examples), size)]:
        batch = join(part, labels).to(device)
        said = [_says(reader, batch) for reader in readers]
        kinds, roles, relations = (torch.stack(parts).mean(0) for parts in zip(*said, strict=True))
        at = (inside(batch) & (kinds[..., 0] < SURELY_NONE)).nonzero()
        places, found, of_roles, of_pairs = (
            x.cpu().numpy() for x in (at, kinds[tuple(at.T)].half(), roles.half(), relations.half())
        )
        for row, example in enumerate(part):
            count, here = len(example.roles), places[:, 0] == row
            yield Soft(places[here, 1:].astype(np.int16), found[here], of_roles[row, :count], of_pairs[row, :count, :count])


def _says(reader: Reader, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Probabilities of spans (B, T, WIDEST, K + 1), roles (B, E, R) and relations (B, E, E, L + 1)."""
    tokens = encode(reader, batch)
    heads, named = reader.heads, named_in(batch)
    _, vectors = entities_of(heads, tokens, batch, named)
    return (
        torch.softmax(heads.mention_logits(tokens), 3),
        torch.sigmoid(heads.role_logits(vectors, whole_of(tokens, batch))),
        torch.softmax(pair_logits(heads, tokens, vectors, named, batch), 3),
    )


def main() -> None:
    """The command line of this module."""
    from extractors.training.neural.fit import examples_of

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=Path)
    parser.add_argument("papers", type=Path)
    parser.add_argument("encoder", type=Path, help="the folder that the readers began from")
    parser.add_argument("out", type=Path)
    parser.add_argument("readers", nargs="+", type=Path, help="weights that the module `fit` wrote")
    parser.add_argument("--device", type=torch.device, default="cpu")
    args = parser.parse_args()
    readers = []
    for path in args.readers:
        reader = new_reader(args.encoder).to(args.device)
        reader.load_state_dict(torch.load(path, weights_only=True, map_location=args.device))
        reader.half = True
        readers.append(reader)
    examples = sorted(examples_of(read_gold(args.records, args.papers), args.encoder), key=lambda e: len(e.pieces.ids))
    written = {}
    for number, soft in enumerate(soften(readers, Labels.of_vocabulary(), examples)):
        written.update({f"{number}.{field}": getattr(soft, field) for field in SOFT_FIELDS})
    np.savez_compressed(args.out, ids=np.array([e.id for e in examples]), **written)


if __name__ == "__main__":
    main()
