"""A BERT-like encoder or one on MPNet → the same, at home in the field: it learns to tell hidden pieces of abstracts (Devlin et al.
2019; for a small field Gururangan et al. 2020).

    python -m extractors.training.neural.adapt ENCODER OUT.pt PAPERS.jsonl [PAPERS.jsonl …]
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from extractors.neural.labels import Labels
from extractors.training.neural.batch import Batch, batches_of
from extractors.training.neural.example import Example
from extractors.training.neural.learn import joined, new_reader, warmed
from extractors.training.neural.network import RelativeEncoder, TransformerEncoder

HIDDEN = 0.2  # share of the pieces
_FIRST, _LAST = 999, 30521  # of BERT's vocabulary: the words


class _Guess(nn.Module):
    """What piece stands in a place: (N, size) → (N, pieces)."""

    def __init__(self, words: Tensor) -> None:
        super().__init__()
        size = words.shape[1]
        self.before = nn.Sequential(nn.Linear(size, size), nn.GELU(), nn.LayerNorm(size))
        self.words, self.bias = words, nn.Parameter(torch.zeros(len(words)))

    def forward(self, vectors: Tensor) -> Tensor:
        return nn.functional.linear(self.before(vectors), self.words, self.bias)


def adapt(
    encoder: TransformerEncoder | RelativeEncoder,
    examples: Sequence[Example],
    epochs: int,
    *,
    seconds: float = 0.0,
    rate: float = 1e-4,
    size: int = 32,
) -> None:
    """Show the encoder all texts so many times, or for so many seconds, in batches of `size`."""
    device = next(encoder.parameters()).device
    guess = _Guess(encoder.words).to(device)
    weights = [*encoder.parameters(), *(w for name, w in guess.named_parameters() if name != "words")]
    optimiser = torch.optim.AdamW(weights, lr=rate, weight_decay=0.01, fused=device.type == "cuda")
    encoder.train()
    begun, done, steps = time.time(), 0, epochs * math.ceil(len(examples) / size)
    for epoch in range(1_000_000 if seconds else epochs):
        for batch in joined(batches_of(examples, size, random.Random(epoch)), Labels.of_vocabulary(), device):
            passed = (time.time() - begun) / seconds if seconds else done / steps
            if passed >= 1:
                print(f"adapted in {done} steps, {epoch} epochs", flush=True)
                return
            optimiser.param_groups[0]["lr"] = rate * warmed(passed)
            loss = _loss(encoder, guess, batch)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            if done % 50 == 0:
                print(f"epoch {epoch + 1} step {done} {time.time() - begun:.0f} s {loss.item():.2f}", flush=True)
            done += 1


def _loss(encoder: TransformerEncoder | RelativeEncoder, guess: _Guess, batch: Batch) -> Tensor:
    """Of the hidden pieces, eight in ten are shown as the mask, one as another piece and one as it is."""
    chance = torch.rand(batch.ids.shape, device=batch.ids.device)
    hidden = (chance < HIDDEN) & (batch.ids >= _FIRST)
    shown = torch.where(hidden & (chance < 0.8 * HIDDEN), encoder.mask, batch.ids)
    last = min(_LAST, len(encoder.words) - encoder.marks - 1)
    shown = torch.where(hidden & (chance > 0.9 * HIDDEN), torch.randint_like(batch.ids, _FIRST, last + 1), shown)
    with torch.autocast(batch.ids.device.type, torch.bfloat16):
        scores = guess(encoder(shown, batch.shapes, batch.mask)[hidden])
    return nn.functional.cross_entropy(scores.float(), batch.ids[hidden] + encoder.marks)


def main() -> None:
    """The command line of this module."""
    from extractors.training.corpus import GoldPaper, read_texts
    from extractors.training.neural.fit import examples_of

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("papers", type=Path, nargs="+")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=0.0, help="instead of a number of epochs")
    parser.add_argument("--rate", type=float, default=1e-4, help="highest learning rate; a small encoder takes a higher one")
    parser.add_argument("--device", type=torch.device, default="cpu")
    args = parser.parse_args()
    torch.manual_seed(0)
    texts = {name: text for path in args.papers for name, text in read_texts(path).items()}
    papers = [GoldPaper(name, text, {"entities": [], "relations": []}) for name, text in texts.items()]
    encoder = new_reader(args.encoder).to(args.device).encoder
    adapt(encoder, examples_of(papers, args.encoder), args.epochs, seconds=args.seconds, rate=args.rate)
    torch.save(encoder.state_dict(), args.out)


if __name__ == "__main__":
    main()
