"""Learning: a network, its optimiser and what is measured after each epoch. Runs without spaCy, on a CPU or a GPU."""

from __future__ import annotations

import json
import math
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from extractors.neural.labels import Labels
from extractors.training.neural.batch import Batch, batches_of, join
from extractors.training.neural.example import Example
from extractors.training.neural.network import ConvolutionEncoder, Heads, Reader, RelativeEncoder, TransformerEncoder
from extractors.training.neural.objective import encode, entities_of, inside, losses, named_in, pair_logits, whole_of

RATE, SMALL_RATE, HEAD_RATE = 2e-4, 1e-3, 1e-3  # highest learning rates
HARD = 6  # likeliest wrong spans of a paper, which roles and relations learn to leave alone
SMALL = 128  # dimensions of the small encoder
WEIGHTS = {"mention": 1.0, "role": 0.5, "relation": 0.4, "same": 0.4}
_AHEAD = 4  # batches that are made while one is learnt from


def new_reader(folder: Path, small: bool = False, labels: Labels | None = None, frozen: int = 0) -> Reader:
    """A reader with untrained heads, on a pre-trained encoder: BERT-like or MPNet; if `small`, on convolutions over the words of a BERT-like one.

    `frozen` layers of MPNet do not learn.
    """
    from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel

    if json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type") == "mpnet":
        settings = MPNetConfig.from_json_file(folder / "config.json")
        mpnet = _filled(MPNetModel(settings, add_pooling_layer=False), folder)
        return Reader(RelativeEncoder(mpnet, settings.hidden_size, frozen), new_heads(settings.hidden_size, labels))
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


def begin_from(reader: Reader, state: dict[str, Tensor]) -> None:
    """Give a reader the weights of another; convolutions that this one has not begin as such that change nothing."""
    missing, strange = reader.load_state_dict(state, strict=False)
    if strange or not all(name.startswith(("encoder.layers.", "encoder.norms.")) for name in missing):
        raise ValueError(f"these are the weights of another network: {[*strange, *missing][:3]}")
    with torch.no_grad():
        for name, weights in reader.named_parameters():
            if name in missing and name.startswith("encoder.layers."):
                weights.zero_()


def take_adapted(encoder: nn.Module, state: dict[str, Tensor]) -> None:
    """Give an encoder the weights that the module `adapt` wrote; to convolutions, the principal components of its word vectors."""
    if isinstance(encoder, ConvolutionEncoder):
        words = principal(state["bert.embeddings.word_embeddings.weight"], encoder.words.embedding_dim)
        with torch.no_grad():
            encoder.words.weight.copy_(words)
    else:
        encoder.load_state_dict(state)


def principal(words: Tensor, size: int) -> Tensor:
    """The first principal components of a table of word vectors, at unit variance."""
    centred = words - words.mean(0)
    _, vectors = torch.linalg.eigh(centred.T @ centred)
    reduced = centred @ vectors[:, -size:]
    return reduced / reduced.std()


def new_heads(size: int, labels: Labels | None = None, small: bool = False) -> Heads:
    """Untrained heads for a label set, by default the vocabulary's."""
    names = labels or Labels.of_vocabulary()
    return Heads(size, len(names.entities), len(names.roles), len(names.relations), small)


@dataclass(frozen=True)
class Course:
    """How a reader learns: for so many epochs, or seconds if these are given; the highest learning rates of encoder and heads; whether
    wrong spans are shown from the first epoch on, as to a reader that has learnt before, or from the second."""

    epochs: int
    rate: float
    head_rate: float = HEAD_RATE
    batch: int = 8
    seconds: float = 0.0
    started: bool = False
    seed: int = 0


def fit(reader: Reader, labels: Labels, examples: list[Example], checks: list[Example], out: Path, course: Course) -> None:
    """Train with AdamW, a short warm-up and a linear fall; batches hold papers of like length.

    The state is written to `out` after every epoch as `epoch.pt`, from which a run goes on, unless it learns by the clock, and in the end as
    `reader.pt`.
    """
    out.mkdir(parents=True, exist_ok=True)
    device = next(reader.parameters()).device
    encoder = [weights for weights in reader.encoder.parameters() if weights.requires_grad]
    heads = list(reader.heads.parameters())
    optimiser = torch.optim.AdamW(
        [
            {"params": encoder, "lr": course.rate, "weight_decay": 0.01},
            {"params": heads, "lr": course.head_rate, "weight_decay": 0.01},
        ],
        fused=device.type == "cuda",
    )
    steps = course.epochs * math.ceil(len(examples) / course.batch)
    done = step_number = 0
    begun = time.time()
    state = out / "epoch.pt"
    if state.exists():
        saved = torch.load(state, weights_only=True, map_location=device)
        reader.load_state_dict(saved["reader"])
        optimiser.load_state_dict(saved["optimiser"])
        done, step_number = saved["epochs"], saved["steps"]
    ended = False
    for epoch in range(done, 1_000_000 if course.seconds else course.epochs):
        sums = {name: torch.zeros((), device=device) for name in WEIGHTS}
        seen = 0
        reader.train()
        batches = batches_of(examples, course.batch, random.Random(epoch + 1000 * course.seed))
        for number, batch in enumerate(joined(batches, labels, device)):
            passed = (time.time() - begun) / course.seconds if course.seconds else step_number / steps
            if ended := passed >= 1:
                break
            for group, rate in zip(optimiser.param_groups, (course.rate, course.head_rate), strict=True):
                group["lr"] = rate * warmed(passed)
            total = step(reader, batch, sums, hard=HARD if epoch or course.started else 0)
            optimiser.zero_grad()
            total.backward()
            torch.nn.utils.clip_grad_norm_([*encoder, *heads], 1.0)
            optimiser.step()
            step_number += 1
            seen += len(batch.ids)
            if number % 50 == 0:
                means = " ".join(f"{name} {float(value) / seen:.2f}" for name, value in sums.items())
                print(f"epoch {epoch + 1} batch {number}/{len(batches)} {time.time() - begun:.0f} s {means}", flush=True)
        if not course.seconds:
            saved = {"reader": reader.state_dict(), "optimiser": optimiser.state_dict(), "epochs": epoch + 1, "steps": step_number}
            torch.save(saved, state)
        told = f": {check(reader, labels, checks)}" if checks and not course.seconds else ""
        print(f"epoch {epoch + 1} ended after {time.time() - begun:.0f} s{told}", flush=True)
        if ended:
            break
    print(f"{step_number} steps in {time.time() - begun:.0f} s: {check(reader, labels, checks) if checks else ''}", flush=True)
    torch.save(reader.state_dict(), out / "reader.pt")


def warmed(passed: float) -> float:
    """Which share of the highest learning rate is due after a share of a course: a short warm-up, then a linear fall."""
    return min((passed + 1e-3) / 0.06, 1 - passed)


def joined(batches: Sequence[list[Example]], labels: Labels, device: torch.device) -> Iterator[Batch]:
    """The batches on the device, made a few ahead in a thread."""
    with ThreadPoolExecutor(1) as maker:
        waiting = [maker.submit(join, batch, labels) for batch in batches[:_AHEAD]]
        for number in range(len(batches)):
            batch = waiting.pop(0).result()
            if number + _AHEAD < len(batches):
                waiting.append(maker.submit(join, batches[number + _AHEAD], labels))
            yield batch.to(device)


def step(reader: Reader, batch: Batch, sums: dict[str, Tensor], hard: int) -> Tensor:
    """The weighted loss of a batch; adds its parts to `sums`."""
    total = torch.zeros((), device=batch.ids.device)
    for name, part in losses(reader.heads, encode(reader, batch), batch, hard).items():
        total = total + WEIGHTS[name] * part
        sums[name] += part.detach()
    return total / (10 * len(batch.ids))


@torch.no_grad()
def check(reader: Reader, labels: Labels, examples: list[Example]) -> str:
    """Exact mention F1, and role and relation F1 given the gold entities."""
    reader.eval()
    device = next(reader.parameters()).device
    counts: Counter[str] = Counter()
    for part in [examples[i : i + 8] for i in range(0, len(examples), 8)]:
        batch = join(part, labels).to(device)
        tokens = encode(reader, batch)
        chances = torch.softmax(reader.heads.mention_logits(tokens), 3).cpu()
        within = inside(batch).cpu()
        named = named_in(batch)
        _, vectors = entities_of(reader.heads, tokens, batch, named)
        best = pair_logits(reader.heads, tokens, vectors, named, batch).argmax(3).cpu().numpy()
        roles = (reader.heads.role_logits(vectors, whole_of(tokens, batch)) > 0).cpu().numpy()
        for row, example in enumerate(part):
            said = set(decode(chances[row], within[row]))
            gold = {(a, b, kind) for a, b, kind, _ in example.mentions}
            counts.update(m_right=len(said & gold), m_said=len(said), m_gold=len(gold))
            for entity, wanted in enumerate(example.roles):
                got = {int(i) for i in roles[row, entity].nonzero()[0]}
                counts.update(r_right=len(got & wanted), r_said=len(got), r_gold=len(wanted))
            pairs = best[row, : len(example.roles), : len(example.roles)]
            got_pairs = {(int(i), int(j)): int(pairs[i, j]) for i, j in zip(*pairs.nonzero(), strict=True) if i != j}
            counts.update(
                l_right=sum(example.relations.get(p) == k for p, k in got_pairs.items()),
                l_said=len(got_pairs),
                l_gold=len(example.relations),
            )
    scores = {name: 2 * counts[f"{k}_right"] / max(1, counts[f"{k}_said"] + counts[f"{k}_gold"])
              for k, name in (("m", "mention"), ("r", "role|gold"), ("l", "relation|gold"))}  # fmt: skip
    return " ".join(f"{name} {value:.3f}" for name, value in scores.items())


def decode(scores: Tensor, within: Tensor) -> list[tuple[int, int, int]]:
    """Spans likelier something than nothing, the surest first, never overlapping: (start, end, type)."""
    best, kind = scores[:, :, 1:].max(2)
    keep = within & (best > scores[:, :, 0])
    taken = np.zeros(len(scores), dtype=bool)
    chosen = []
    for t, w in sorted(keep.nonzero().tolist(), key=lambda p: -float(best[p[0], p[1]])):
        if not taken[t : t + w + 1].any():
            taken[t : t + w + 1] = True
            chosen.append((t, t + w + 1, int(kind[t, w]) + 1))
    return chosen
