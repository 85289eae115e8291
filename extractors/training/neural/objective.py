"""What a reader is told to learn: the losses of a batch of papers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from extractors.neural.geometry import COUNTS, DISTANCES, EDGES, LONGEST_BETWEEN
from extractors.training.neural.batch import WIDEST, Batch
from extractors.training.neural.network import Heads, Reader


def encode(reader: Reader, batch: Batch) -> Tensor:
    """Token vectors (B, T, size), zeros behind the last token."""
    with torch.autocast(batch.ids.device.type, torch.bfloat16, enabled=reader.half):
        hidden = reader.encoder(batch.ids, batch.shapes, batch.mask).float()
    tokens = hidden.gather(1, batch.first[:, :, None].expand(-1, -1, hidden.shape[2]))
    return tokens * batch.words[:, :, None]


@dataclass(frozen=True)
class Named:
    """Mentions `begin`, `end`, `owner` (B, M), `owner` being E where there is none, of the E `entities` (B, E) with their `kinds` (B, E, K)."""

    begin: Tensor
    end: Tensor
    owner: Tensor
    entities: Tensor
    kinds: Tensor


def named_in(batch: Batch) -> Named:
    """What the examples name."""
    count = batch.entities.shape[1]
    return Named(batch.begin, batch.end, torch.where(batch.named, batch.owner, count), batch.entities, batch.kinds)


def with_wrong(named: Named, begin: Tensor, end: Tensor, kind: Tensor, there: Tensor) -> Named:
    """The same with H wrong spans (B, H) behind the mentions, each an entity of its own."""
    count, more = named.entities.shape[1], begin.shape[1]
    owner = torch.arange(more, device=begin.device)[None, :].expand_as(begin) + count
    return Named(
        torch.cat([named.begin, begin], 1),
        torch.cat([named.end, end], 1),
        torch.cat([torch.where(named.owner < count, named.owner, count + more), torch.where(there, owner, count + more)], 1),
        torch.cat([named.entities, there], 1),
        torch.cat([named.kinds, functional.one_hot(kind - 1, named.kinds.shape[2]).to(named.kinds.dtype)], 1),
    )


def wanted_kinds(batch: Batch, classes: int) -> Tensor:
    """(B, T, WIDEST, classes) probabilities: those of the records, or of the teachers where these spoke."""
    wanted = functional.one_hot(torch.where(batch.taught[:, None, None], 0, batch.targets), classes).float()
    return wanted.index_put(tuple(batch.soft_at.T), batch.soft_kinds)


def inside(batch: Batch) -> Tensor:
    """(B, T, WIDEST): which spans end inside the text."""
    ends = torch.arange(batch.words.shape[1], device=batch.words.device)[:, None] + torch.arange(WIDEST, device=batch.words.device)
    return ends[None] < batch.words.sum(1)[:, None, None]


def losses(heads: Heads, tokens: Tensor, batch: Batch, hard: int) -> dict[str, Tensor]:
    """The four losses of a batch, each a sum over its papers; roles and relations leave `hard` wrong spans of each paper alone."""
    logits = heads.mention_logits(tokens)
    within = inside(batch)
    said = wanted_kinds(batch, logits.shape[3])
    found = {"mention": functional.cross_entropy(logits[within], said[within], reduction="sum")}
    named, roles, relations = named_in(batch), batch.roles, batch.relations
    if hard:
        named = with_wrong(named, *hard_spans(logits.detach(), batch, within, hard))
        roles = functional.pad(roles, (0, 0, 0, hard))
        nothing = functional.one_hot(torch.zeros_like(batch.ids[0, 0]), relations.shape[3]).float()
        fuller = nothing.expand(len(roles), roles.shape[1], roles.shape[1], -1).clone()
        fuller[:, :-hard, :-hard] = relations
        relations = fuller
    spans, vectors = entities_of(heads, tokens, batch, named)
    entities = named.entities
    if heads.role.out_features:
        scores = heads.role_logits(vectors, whole_of(tokens, batch))
        found["role"] = functional.binary_cross_entropy_with_logits(scores[entities], roles[entities], reduction="sum")
    pairs = pair_logits(heads, tokens, vectors, named, batch)
    both = entities[:, :, None] & entities[:, None, :] & ~torch.eye(entities.shape[1], dtype=torch.bool, device=entities.device)
    found["relation"] = functional.cross_entropy(pairs[both], relations[both], reduction="sum")
    fresh = batch.fresh.clamp(min=0)
    same = heads.same_logits(spans.gather(1, fresh[:, :, None].expand(-1, -1, spans.shape[2])))
    owners = batch.owner.gather(1, fresh)
    known = batch.fresh >= 0
    upper = torch.triu(known[:, :, None] & known[:, None, :], 1)
    equal = (owners[:, :, None] == owners[:, None, :]).float()
    found["same"] = functional.binary_cross_entropy_with_logits(same[upper], equal[upper], reduction="sum")
    return found


def hard_spans(logits: Tensor, batch: Batch, within: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Spans that the network takes for mentions though they are none: begin, end, kind and whether there is one, all (B, count), the surest first."""
    best, kind = torch.log_softmax(logits, 3)[..., 1:].max(3)
    best = torch.where(within & (batch.targets == 0), best, -99.0).flatten(1)
    if best.shape[1] < count:
        best, kind = (functional.pad(x.flatten(1), (0, count - best.shape[1]), value=v) for x, v in ((best, -99), (kind, 0)))
    value, place = best.topk(count)
    there = value > math.log(0.1)
    begin = torch.where(there, place // WIDEST, 0)
    end = torch.where(there, begin + place % WIDEST + 1, 1)
    return begin, end, kind.flatten(1).gather(1, place) + 1, there


def whole_of(tokens: Tensor, batch: Batch) -> Tensor:
    """The mean of the tokens of each text: (B, size)."""
    return tokens.sum(1) / batch.words.sum(1, keepdim=True)


def entities_of(heads: Heads, tokens: Tensor, batch: Batch, named: Named) -> tuple[Tensor, Tensor]:
    """Vectors of mentions (B, M, span size) and of entities (B, E, 2 * span + COUNTS)."""
    spans = heads.span_vectors(tokens, named.begin, named.end)
    return spans, heads.entity_vectors(spans, named.owner, named.entities.shape[1], entity_counts(batch, named))


def entity_counts(batch: Batch, named: Named) -> Tensor:
    """(B, E, COUNTS), as `extractors.neural.geometry.entity_counts` says."""
    count = named.entities.shape[1]
    length = batch.words.sum(1, keepdim=True)
    title = ((batch.sentences == 0) & batch.words).sum(1, keepdim=True)
    place = (named.begin - title) / (length - title).clamp(min=1)
    titled = (named.begin < title).float()
    shape = (len(title), count + 1)

    def gathered(values: Tensor, how: str, begun: float) -> Tensor:
        return torch.full(shape, begun, device=title.device).scatter_reduce(1, named.owner, values, how)[:, :count]

    number = gathered(torch.ones_like(titled), "sum", 0.0)
    in_title, at_start = gathered(titled, "amax", 0.0), gathered((named.begin == 0).float() * titled, "amax", 0.0)
    first = gathered(torch.where(titled > 0, 9.0, place), "amin", 9.0)
    absent = (first == 9.0).float()
    columns = [torch.log1p(number) / 2, in_title, at_start, torch.where(absent > 0, 0.0, first), absent, torch.ones_like(number)]
    assert len(columns) == COUNTS
    return torch.stack(columns, 2)


def pair_logits(heads: Heads, tokens: Tensor, vectors: Tensor, named: Named, batch: Batch) -> Tensor:
    """(B, E, E, relations + 1); closest mentions and classes of distance as `extractors.neural.geometry.entity_pairs` says."""
    count, mentions = named.entities.shape[1], named.begin.shape[1]
    device = tokens.device
    begin, end, owner = named.begin, named.end, named.owner
    sentence = batch.sentences.gather(1, begin)
    before = begin[:, :, None] < begin[:, None, :]
    gap = torch.where(before, begin[:, None, :] - end[:, :, None], begin[:, :, None] - end[:, None, :]).clamp(min=0)
    there = owner < count
    shared = there[:, :, None] & there[:, None, :]
    shared &= (sentence[:, :, None] == sentence[:, None, :]) & (owner[:, :, None] != owner[:, None, :])
    number = torch.arange(mentions, device=device)
    far = torch.iinfo(torch.int64).max
    key = torch.where(shared, (gap * mentions + number[:, None]) * mentions + number[None, :], far)
    slot = torch.where(shared, owner[:, :, None] * count + owner[:, None, :], 0)
    best = torch.full((len(begin), count * count), far, device=device)
    best = best.scatter_reduce(1, slot.flatten(1), key.flatten(1), "amin")
    row, pair = (best < far).nonzero(as_tuple=True)
    won = best[row, pair]
    i, j = won // mentions % mentions, won % mentions
    source, target = pair // count, pair % count
    earlier = begin[row, i] < begin[row, j]
    left = torch.where(earlier, end[row, i], end[row, j])
    right = torch.where(earlier, begin[row, j], begin[row, i])
    edges = torch.tensor(EDGES, device=device)
    classes = torch.zeros(len(begin), count, count, dtype=torch.long, device=device)
    classes[row, source, target] = 1 + torch.bucketize(won // (mentions * mentions), edges) + DISTANCES * earlier
    words = torch.relu(heads.between(heads.drop(tokens)))
    index = left[:, None] + torch.arange(LONGEST_BETWEEN, device=device)[None, :]
    shown = (index < right[:, None])[:, :, None]
    seen = (words[row[:, None], index.clamp(max=words.shape[1] - 1)] * shown).amax(1)
    between = words.new_zeros(len(begin), count, count, words.shape[2]).index_put((row, source, target), seen)
    return heads.relation_logits(vectors, named.kinds, between, classes)
