"""Fits the network on gold papers.

    python -m extractors.training.neural.fit GOLD.jsonl PAPERS.jsonl ENCODER OUT [--unseen 0 1 2] [--epochs N]

`ENCODER` is a folder with `config.json`, `tokenizer.json` (of BERT's uncased vocabulary) and `model.safetensors` of a BERT-like encoder or of MPNet. The
state is written after every epoch to `OUT/epoch.pt`; a run that finds it there goes on from it.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from extractors.neural.geometry import entity_counts
from extractors.neural.labels import Labels
from extractors.neural.pieces import PieceCutter
from extractors.training.corpus import GoldPaper, fold_of, read_gold
from extractors.training.neural.examples import Example, Soft, load_soft, to_example, to_span_example, tokenising_pipeline
from extractors.training.neural.network import ConvolutionEncoder, Heads, Reader, RelativeEncoder, TransformerEncoder
from extractors.training.neural.objective import encode, losses, mention_targets, pair_logits
from kg.spans import Spans

BATCH = 8
RATE, SMALL_RATE, HEAD_RATE = 2e-4, 1e-3, 1e-3  # highest learning rates
HARD = 6  # likeliest wrong spans of a paper, which roles and relations learn to leave alone
FROZEN = 6  # layers of MPNet that do not learn
SMALL = 128  # dimensions of the small encoder
CHECKED = 120  # papers that each epoch is measured on


def new_reader(folder: Path, small: bool = False, labels: Labels | None = None) -> Reader:
    """A reader with untrained heads, on a pre-trained encoder: BERT-like or MPNet; if `small`, on convolutions over the words of a BERT-like one."""
    from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel

    if json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type") == "mpnet":
        settings = MPNetConfig.from_json_file(folder / "config.json")
        mpnet = _filled(MPNetModel(settings, add_pooling_layer=False), folder)
        return Reader(RelativeEncoder(mpnet, settings.hidden_size, FROZEN), new_heads(settings.hidden_size, labels))
    config = BertConfig.from_json_file(folder / "config.json")
    config.attention_probs_dropout_prob = 0.0  # with dropout there, attention has no fast path on a CPU
    bert = _filled(BertModel(config, add_pooling_layer=False), folder)
    if small:
        encoder = ConvolutionEncoder(principal(bert.embeddings.word_embeddings.weight.detach(), SMALL))
        return Reader(encoder, new_heads(SMALL, labels, small=True))
    return Reader(TransformerEncoder(bert, config.hidden_size), new_heads(config.hidden_size, labels))


def _filled(model: Any, folder: Path) -> Any:
    """The model with the weights of a folder."""
    from safetensors.torch import load_file

    weights = {name.removeprefix("bert."): value for name, value in load_file(folder / "model.safetensors").items()}
    missing, _ = model.load_state_dict(weights, strict=False)
    if missing:
        raise ValueError(f"{folder}: the encoder lacks {missing[:3]}")
    return model


def mean_of(states: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of the weights of readers that began alike (model soups; Wortsman et al. 2022)."""
    return {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}


def principal(words: Tensor, size: int) -> Tensor:
    """The first principal components of a table of word vectors, at unit variance."""
    centred = words - words.mean(0)
    _, vectors = torch.linalg.eigh(centred.T @ centred)
    reduced = centred @ vectors[:, -size:]
    return reduced / reduced.std()


def fit_reader(
    papers: list[GoldPaper], unseen: list[GoldPaper], encoder: Path, out: Path, *, small: bool = False, epochs: int = 8
) -> Reader:
    """A reader fitted on papers, measured on unseen ones after each epoch; its state stays in `out`."""
    torch.manual_seed(0)
    reader = new_reader(encoder, small)
    rate = SMALL_RATE if small else RATE
    fit(reader, examples_of(papers, encoder), examples_of(unseen[:CHECKED], encoder), out, epochs, rate, HEAD_RATE)
    return reader


def fit_spans(pieces: list[Spans], labels: Labels, encoder: Path, out: Path, *, small: bool = False, epochs: int = 8) -> Reader:
    """A reader fitted on span-annotated texts of at most a window; its state stays in `out`."""
    torch.manual_seed(0)
    reader = new_reader(encoder, small, labels)
    cutter, nlp = PieceCutter(Tokenizer.from_file(str(encoder / "tokenizer.json"))), tokenising_pipeline()
    examples = [to_span_example(nlp, cutter, piece, labels) for piece in pieces]
    checks = examples[:: max(1, len(examples) // 20)]  # seen ones: what matters here is that the fit goes on
    fit(reader, examples, checks, out, epochs, SMALL_RATE if small else RATE, HEAD_RATE)
    return reader


def new_heads(size: int, labels: Labels | None = None, small: bool = False) -> Heads:
    """Untrained heads for a label set, by default the vocabulary's."""
    names = labels or Labels.of_vocabulary()
    return Heads(size, len(names.entities), len(names.roles), len(names.relations), small)


def fit(
    reader: Reader,
    examples: list[Example],
    checks: list[Example],
    out: Path,
    epochs: int,
    rate: float,
    head_rate: float,
    started: bool = False,
    seed: int = 0,
) -> None:
    """Train with AdamW, a short warm-up and a linear fall; batches hold papers of like length. Wrong spans are shown
    from the second epoch on, or, to a reader that is `started`, from the first."""
    out.mkdir(parents=True, exist_ok=True)
    encoder = [weights for weights in reader.encoder.parameters() if weights.requires_grad]
    heads = list(reader.heads.parameters())
    optimiser = torch.optim.AdamW(
        [{"params": encoder, "lr": rate, "weight_decay": 0.01}, {"params": heads, "lr": head_rate, "weight_decay": 0.01}]
    )
    steps = epochs * math.ceil(len(examples) / BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: min((s + 1) / (0.06 * steps), max(0.0, 1 - s / steps)))
    done = 0
    state = out / "epoch.pt"
    if state.exists():
        saved = torch.load(state, weights_only=True)
        reader.load_state_dict(saved["reader"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        done = saved["epochs"]
    for epoch in range(done, epochs):
        begun, seen = time.time(), Counter[str]()
        reader.train()
        batches = batches_of(examples, random.Random(epoch + 1000 * seed))
        for number, batch in enumerate(batches):
            total = step(reader, batch, seen, hard=HARD if epoch or started else 0)
            optimiser.zero_grad()
            total.backward()
            torch.nn.utils.clip_grad_norm_([*encoder, *heads], 1.0)
            optimiser.step()
            schedule.step()
            if number % 50 == 0:
                means = " ".join(f"{k} {v / seen['papers']:.2f}" for k, v in seen.items() if k != "papers")
                print(f"epoch {epoch + 1} batch {number}/{len(batches)} {time.time() - begun:.0f} s {means}", flush=True)
        torch.save(
            {
                "reader": reader.state_dict(),
                "optimiser": optimiser.state_dict(),
                "schedule": schedule.state_dict(),
                "epochs": epoch + 1,
            },
            state,
        )
        print(f"epoch {epoch + 1} done in {time.time() - begun:.0f} s: {check(reader, checks)}", flush=True)
    torch.save(reader.state_dict(), out / "reader.pt")


def step(reader: Reader, batch: list[Example], seen: Counter[str], hard: int) -> Tensor:
    """The weighted loss of a batch."""
    total = torch.zeros(())
    for example, tokens in zip(batch, encode(reader, batch), strict=True):
        parts = losses(reader.heads, tokens, example, hard)
        for name, part in parts.items():
            total = total + WEIGHTS[name] * part
            seen[name] += part.item()
        seen["papers"] += 1
    return total / (10 * len(batch))


WEIGHTS = {"mention": 1.0, "role": 0.5, "relation": 0.4, "same": 0.4}


def batches_of(examples: list[Example], chance: random.Random) -> list[list[Example]]:
    """Batches of papers of like length, in random order."""
    ranked = sorted(examples, key=lambda e: (len(e.pieces.ids) + chance.randint(-20, 20), e.id))
    batches = [ranked[i : i + BATCH] for i in range(0, len(ranked), BATCH)]
    chance.shuffle(batches)
    return batches


@torch.no_grad()
def check(reader: Reader, examples: list[Example]) -> str:
    """Exact mention F1, and role and relation F1 given the gold entities."""
    reader.eval()
    counts: Counter[str] = Counter()
    for number in range(0, len(examples), BATCH):
        batch = examples[number : number + BATCH]
        for example, tokens in zip(batch, encode(reader, batch), strict=True):
            heads = reader.heads
            logits = heads.mention_logits(tokens)
            _, inside = mention_targets(example, len(tokens))
            said = set(decode(torch.softmax(logits, 2), inside))
            gold = {(a, b, kind) for a, b, kind, _ in example.mentions}
            counts.update(m_right=len(said & gold), m_said=len(said), m_gold=len(gold))
            if not example.mentions:
                continue
            places = [(a, b, owner) for a, b, _, owner in example.mentions]
            spans = heads.span_vectors(tokens, [(a, b) for a, b, _ in places])
            title_end = sum(s == 0 for s in example.sentences)
            count = len(example.roles)
            numbers = torch.from_numpy(entity_counts(places, count, title_end, len(tokens)))
            vectors = heads.entity_vectors(spans, torch.tensor([o for *_, o in places]), count, numbers)
            roles = heads.role_logits(vectors, tokens.mean(0)) > 0
            for row, wanted in enumerate(example.roles):
                got = {int(i) for i in roles[row].nonzero()[:, 0]}
                counts.update(r_right=len(got & wanted), r_said=len(got), r_gold=len(wanted))
            kinds = torch.zeros(count, heads.width.shape[1] - 1)
            for *_, kind, owner in example.mentions:
                kinds[owner, kind - 1] = 1
            best = pair_logits(heads, tokens, vectors, kinds, places, example.sentences).argmax(2)
            got_pairs = {(int(i), int(j)): int(best[i, j]) for i, j in best.nonzero() if i != j}
            counts.update(
                l_right=sum(example.relations.get(p) == k for p, k in got_pairs.items()),
                l_said=len(got_pairs),
                l_gold=len(example.relations),
            )
    scores = {name: 2 * counts[f"{k}_right"] / max(1, counts[f"{k}_said"] + counts[f"{k}_gold"])
              for k, name in (("m", "mention"), ("r", "role|gold"), ("l", "relation|gold"))}  # fmt: skip
    return " ".join(f"{name} {value:.3f}" for name, value in scores.items())


def decode(scores: Tensor, inside: Tensor) -> list[tuple[int, int, int]]:
    """Spans likelier something than nothing, the surest first, never overlapping: (start, end, type)."""
    best, kind = scores[:, :, 1:].max(2)
    keep = inside & (best > scores[:, :, 0])
    taken = np.zeros(len(scores), dtype=bool)
    chosen = []
    for t, w in sorted(keep.nonzero().tolist(), key=lambda p: -float(best[p[0], p[1]])):
        if not taken[t : t + w + 1].any():
            taken[t : t + w + 1] = True
            chosen.append((t, t + w + 1, int(kind[t, w]) + 1))
    return chosen


def examples_of(papers: list[GoldPaper], encoder: Path, soft: dict[str, Soft] | None = None) -> list[Example]:
    """The examples of all papers, with what a teacher said of them in probabilities."""
    cutter = PieceCutter(Tokenizer.from_file(str(encoder / "tokenizer.json")))
    nlp = tokenising_pipeline()
    known = soft or {}
    return [replace(to_example(nlp, cutter, paper), soft=known.get(paper.id)) for paper in papers]


def main() -> None:
    """The command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("papers", type=Path)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--folds", type=int, default=10, help="parts that the papers are dealt into by the hash of their id")
    parser.add_argument("--unseen", type=int, nargs="*", default=[], help="parts that are not learnt from")
    parser.add_argument("--start", type=Path, nargs="+", help="weights of a reader to begin from; of several, their mean")
    parser.add_argument("--small", action="store_true", help="convolutions instead of the encoder's own layers")
    parser.add_argument("--more", type=Path, nargs=2, help="records and papers of a teacher, learnt from as well")
    parser.add_argument("--times", type=int, default=1, help="how often each epoch shows an annotated paper")
    parser.add_argument(
        "--soft", type=Path, nargs="*", default=[], help="what teachers say of these, written by the module `soften`"
    )
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--rate", type=float, help="highest learning rate of the encoder")
    parser.add_argument("--head-rate", type=float, default=HEAD_RATE)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--half", action="store_true", help="learn with 16-bit floats: faster where the processor has them")
    parser.add_argument("--seed", type=int, default=0, help="of the heads' first weights, what is dropped and the order of papers")
    parser.add_argument("--check", type=Path, nargs=2, help="gold and papers to measure on after each epoch")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    papers = read_gold(args.gold, args.papers)
    fitted = [p for p in papers if fold_of(p, args.folds) not in args.unseen] * args.times
    unseen = read_gold(*args.check) if args.check else [p for p in papers if fold_of(p, args.folds) in args.unseen]
    if args.more:
        fitted += read_gold(*args.more)
    reader = new_reader(args.encoder, args.small)
    reader.half = args.half
    if args.start:
        reader.load_state_dict(mean_of([torch.load(path, weights_only=True) for path in args.start]))
    checks = examples_of(unseen[:CHECKED], args.encoder)
    soft = {name: said for path in args.soft for name, said in load_soft(path).items()}
    fit(
        reader,
        examples_of(fitted, args.encoder, soft),
        checks,
        args.out,
        args.epochs,
        args.rate or (SMALL_RATE if args.small else RATE),
        args.head_rate,
        started=bool(args.start),
        seed=args.seed,
    )


if __name__ == "__main__":
    main()
