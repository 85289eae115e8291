"""What a reader is told to learn: the losses of one paper."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from extractors.neural.geometry import LONGEST_BETWEEN, entity_counts, entity_pairs
from extractors.training.neural.examples import Example, Soft
from extractors.training.neural.network import WIDEST, Heads, Reader


def encode(reader: Reader, batch: list[Example]) -> list[Tensor]:
    """Token vectors (T, size) of each example."""
    longest = max(len(e.pieces.ids) for e in batch)
    ids, shapes, mask = (torch.zeros(len(batch), longest, dtype=torch.long) for _ in range(3))
    for row, example in enumerate(batch):
        count = len(example.pieces.ids)
        ids[row, :count] = torch.tensor(example.pieces.ids)
        shapes[row, :count] = torch.tensor(example.pieces.shapes)
        mask[row, :count] = 1
    with torch.autocast("cpu", torch.bfloat16, enabled=reader.training and reader.half):
        hidden = reader.encoder(ids, shapes, mask).float()
    return [hidden[row, torch.tensor(e.pieces.first)] for row, e in enumerate(batch)]


def soft_targets(targets: Tensor, classes: int, soft: Soft | None) -> Tensor:
    """(T, WIDEST) classes → (T, WIDEST, classes) probabilities, those of a teacher in place of them where it spoke."""
    wanted = torch.nn.functional.one_hot(targets, classes).float()
    if soft is not None:
        wanted = torch.zeros_like(wanted)
        wanted[:, :, 0] = 1
        wanted[tuple(torch.from_numpy(soft.spans.T))] = torch.from_numpy(soft.kinds)
    return wanted


def mention_targets(example: Example, tokens: int) -> tuple[Tensor, Tensor]:
    """(T, WIDEST) classes, and which of these spans end inside the text."""
    targets = torch.zeros(tokens, WIDEST, dtype=torch.long)
    for start, end, kind, _ in example.mentions:
        if end - start <= WIDEST:
            targets[start, end - start - 1] = kind
    inside = torch.arange(tokens)[:, None] + torch.arange(WIDEST)[None, :] < tokens
    return targets, inside


def losses(heads: Heads, tokens: Tensor, example: Example, hard: int) -> dict[str, Tensor]:
    """The four losses of one paper, each a sum; see `step` for their weights."""
    cross_entropy = torch.nn.functional.cross_entropy
    logits = heads.mention_logits(tokens)
    targets, inside = mention_targets(example, len(tokens))
    soft = example.soft
    said = soft_targets(targets, logits.shape[2], soft)
    found = {"mention": cross_entropy(logits[inside], said[inside], reduction="sum")}
    mentions = [(a, b, kind, owner) for a, b, kind, owner in example.mentions]
    relations = dict(example.relations)
    roles = [list(r) for r in example.roles]
    for start, end, kind in hard_spans(logits.detach(), targets, inside, hard):
        mentions.append((start, end, kind, len(roles)))
        roles.append([])
    if not mentions:
        return found
    places = [(a, b, owner) for a, b, _, owner in mentions]
    title_end = sum(s == 0 for s in example.sentences)
    spans = heads.span_vectors(tokens, [(a, b) for a, b, _ in places])
    counts = torch.from_numpy(entity_counts(places, len(roles), title_end, len(tokens)))
    vectors = heads.entity_vectors(spans, torch.tensor([o for *_, o in places]), len(roles), counts)
    wanted = torch.zeros(len(roles), heads.role.out_features)
    for row, stated in enumerate(roles):
        wanted[row, stated] = 1
    if soft is not None and len(soft.roles):
        wanted[: len(soft.roles)] = (wanted[: len(soft.roles)] + torch.from_numpy(soft.roles)) / 2
    if heads.role.out_features:
        role_logits = heads.role_logits(vectors, tokens.mean(0))
        found["role"] = torch.nn.functional.binary_cross_entropy_with_logits(role_logits, wanted, reduction="sum")
    kinds = torch.zeros(len(roles), heads.width.shape[1] - 1)
    for *_, kind, owner in mentions:
        kinds[owner, kind - 1] = 1
    classes = torch.zeros(len(roles), len(roles), dtype=torch.long)
    for (source, target), kind in relations.items():
        classes[source, target] = kind
    scores = pair_logits(heads, tokens, vectors, kinds, places, example.sentences)
    other = ~torch.eye(len(roles), dtype=torch.bool)
    shares = torch.nn.functional.one_hot(classes, scores.shape[2]).float()
    if soft is not None and len(soft.roles):
        known = len(soft.roles)
        shares[:known, :known] = (shares[:known, :known] + torch.from_numpy(soft.relations)) / 2
    found["relation"] = cross_entropy(scores[other], shares[other], reduction="sum")
    forms = example.forms
    fresh = [i for i, form in enumerate(forms) if form.casefold() not in {f.casefold() for f in forms[:i]}]
    if len(fresh) > 1:
        same = heads.same_logits(spans[fresh])
        owners = torch.tensor([places[i][2] for i in fresh])
        upper = torch.triu(torch.ones(len(fresh), len(fresh), dtype=torch.bool), 1)
        equal = (owners[:, None] == owners[None, :]).float()
        found["same"] = torch.nn.functional.binary_cross_entropy_with_logits(same[upper], equal[upper], reduction="sum")
    return found


def hard_spans(logits: Tensor, targets: Tensor, inside: Tensor, count: int) -> list[tuple[int, int, int]]:
    """Spans that the network takes for mentions though they are none: (start, end, type), the surest first."""
    if not count:
        return []
    scores = torch.log_softmax(logits, 2)[:, :, 1:]
    best, kind = scores.max(2)
    best = torch.where(inside & (targets == 0), best, torch.full_like(best, -99.0))
    top = best.flatten().topk(min(count, best.numel()))
    return [
        (int(i) // WIDEST, int(i) // WIDEST + int(i) % WIDEST + 1, int(kind.flatten()[i]) + 1)
        for value, i in zip(top.values, top.indices, strict=True)
        if value > math.log(0.1)
    ]


def pair_logits(
    heads: Heads, tokens: Tensor, vectors: Tensor, kinds: Tensor, places: list[tuple[int, int, int]], sentences: tuple[int, ...]
) -> Tensor:
    """(E, E, relations + 1)."""
    count = len(vectors)
    pairs = entity_pairs(places, sentences, count)
    words = torch.relu(heads.between(heads.drop(tokens)))
    between = words.new_zeros(count, count, words.shape[1])
    if len(pairs.source):
        left, right = torch.from_numpy(pairs.left_end), torch.from_numpy(pairs.right_start)
        index = left[:, None] + torch.arange(LONGEST_BETWEEN)[None, :]
        shown = (index < right[:, None])[:, :, None]
        gathered = words[index.clamp(max=len(words) - 1)] * shown
        between = between.index_put((torch.from_numpy(pairs.source), torch.from_numpy(pairs.target)), gathered.amax(1))
    return heads.relation_logits(vectors, kinds, between, torch.from_numpy(pairs.classes))
