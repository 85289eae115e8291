"""Examples side by side, padded, as the tensors that the network computes on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from extractors.neural.labels import Labels
from extractors.training.neural.example import Example

WIDEST = 12  # tokens of a mention


@dataclass(frozen=True)
class Batch:
    """B examples: P pieces, T tokens, M mentions, E entities and F forms of the longest of each.

    Pieces `ids`, `shapes`, `mask` (B, P); tokens `first`, `sentences`, `words` (B, T), the last telling tokens from padding. `targets`
    (B, T, WIDEST) are types of spans, 0 for none; what teachers said of N spans stands in `soft_kinds` (N, K + 1) for the places
    `soft_at` (N, 3) of the examples that are `taught` (B). Mentions `begin`, `end`, `kind`, `owner` and which there are, `named` (B, M);
    `entities` (B, E) which there are, their `roles` (B, E, R), `kinds` (B, E, K) and `relations` (B, E, E, L + 1) as probabilities;
    `fresh` (B, F) the mentions with a form that was not met before, -1 behind the last.
    """

    ids: Tensor
    shapes: Tensor
    mask: Tensor
    first: Tensor
    sentences: Tensor
    words: Tensor
    targets: Tensor
    taught: Tensor
    soft_at: Tensor
    soft_kinds: Tensor
    begin: Tensor
    end: Tensor
    kind: Tensor
    owner: Tensor
    named: Tensor
    entities: Tensor
    roles: Tensor
    kinds: Tensor
    relations: Tensor
    fresh: Tensor

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        return Batch(*(getattr(self, field.name).to(device, non_blocking=True) for field in fields(self)))


def join(examples: Sequence[Example], labels: Labels) -> Batch:
    """The batch of some examples. Where teachers spoke, what they said is wanted, not what the record says."""
    kinds, roles, relations = len(labels.entities), len(labels.roles), len(labels.relations) + 1
    count = len(examples)
    entities = max(1, max(len(e.roles) for e in examples))
    tokens = max(len(e.pieces.first) for e in examples)
    targets = np.zeros((count, tokens, WIDEST), np.int64)
    wanted_roles = np.zeros((count, entities, roles), np.float32)
    of_kind = np.zeros((count, entities, kinds), np.float32)
    wanted = np.zeros((count, entities, entities, relations), np.float32)
    wanted[..., 0] = 1
    fresh: list[list[int]] = []
    at, said = [np.zeros((0, 3), np.int64)], [np.zeros((0, kinds + 1), np.float32)]
    for row, example in enumerate(examples):
        for start, end, kind, owner in example.mentions:
            of_kind[row, owner, kind - 1] = 1
            if end - start <= WIDEST:
                targets[row, start, end - start - 1] = kind
        met: dict[str, int] = {}
        for number, form in enumerate(example.forms):
            met.setdefault(form.casefold(), number)
        fresh.append(list(met.values()))
        if (soft := example.soft) is not None:
            at.append(np.concatenate([np.full((len(soft.spans), 1), row), soft.spans], 1))
            said.append(np.asarray(soft.kinds, np.float32))
            if known := len(soft.roles):
                wanted_roles[row, :known], wanted[row, :known, :known] = soft.roles, soft.relations
            continue
        for owner, stated in enumerate(example.roles):
            wanted_roles[row, owner, list(stated)] = 1
        for (source, target), kind in example.relations.items():
            wanted[row, source, target] = 0
            wanted[row, source, target, kind] = 1
    return Batch(
        ids=_padded([e.pieces.ids for e in examples], multiple=8),
        shapes=_padded([e.pieces.shapes for e in examples], multiple=8),
        mask=_padded([[1] * len(e.pieces.ids) for e in examples], multiple=8),
        first=_padded([e.pieces.first for e in examples]),
        sentences=_padded([e.sentences for e in examples]),
        words=_padded([[1] * len(e.pieces.first) for e in examples]) > 0,
        targets=torch.from_numpy(targets),
        taught=torch.tensor([e.soft is not None for e in examples]),
        soft_at=torch.from_numpy(np.concatenate(at)),
        soft_kinds=torch.from_numpy(np.concatenate(said)),
        begin=_padded([[m[0] for m in e.mentions] for e in examples]),
        end=_padded([[m[1] for m in e.mentions] for e in examples], 1),
        kind=_padded([[m[2] for m in e.mentions] for e in examples]),
        owner=_padded([[m[3] for m in e.mentions] for e in examples]),
        named=_padded([[1] * len(e.mentions) for e in examples]) > 0,
        entities=torch.arange(entities)[None, :] < torch.tensor([len(e.roles) for e in examples])[:, None],
        roles=torch.from_numpy(wanted_roles),
        kinds=torch.from_numpy(of_kind),
        relations=torch.from_numpy(wanted),
        fresh=_padded(fresh, -1),
    )


def batches_of(examples: Sequence[Example], size: int, chance: random.Random) -> list[list[Example]]:
    """Batches of examples of like length, in random order."""
    ranked = sorted(examples, key=lambda e: (len(e.pieces.ids) + chance.randint(-20, 20), e.id))
    batches = [ranked[i : i + size] for i in range(0, len(ranked), size)]
    chance.shuffle(batches)
    return batches


def _padded(rows: Sequence[Sequence[int]], behind: int = 0, multiple: int = 1) -> Tensor:
    """(B, longest or the next multiple), never empty."""
    longest = max(1, max(len(row) for row in rows))
    padded = np.full((len(rows), -(-longest // multiple) * multiple), behind, np.int64)
    for number, row in enumerate(rows):
        padded[number, : len(row)] = row
    return torch.from_numpy(padded)
