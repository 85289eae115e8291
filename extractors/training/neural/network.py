"""The network: an encoder shared by heads for mentions, roles, relations and sameness.

Mentions are scored as spans with a biaffine classifier (Dozat and Manning 2017; for entities Yu, Bohnet and
Poesio 2020). Entities are the maximum and mean of their mentions' vectors. Pairs are scored by a biaffine form
plus a perceptron that also sees the words between the two closest mentions (SpERT, Eberts and Ulges 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from extractors.neural.geometry import COUNTS, DISTANCES
from extractors.neural.pieces import CLS, SEP, SHAPES
from extractors.training.neural.batch import WIDEST

MARKS = 4  # pieces of MPNet's vocabulary before those of BERT's


class Heads(nn.Module):
    """Everything above the encoder, whose token vectors have `size` dimensions; `small` halves its own dimensions."""

    def __init__(self, size: int, kinds: int, roles: int, relations: int, small: bool = False, dropout: float = 0.2) -> None:
        super().__init__()
        mention, entity, span, context = (64, 96, 128, 64) if small else (128, 192, 256, 128)
        self.drop = nn.Dropout(dropout)
        self.start = nn.Linear(size, mention)
        self.end = nn.Linear(size, mention)
        self.mention = nn.Parameter(torch.randn(kinds + 1, mention + 1, mention + 1) * 0.02)
        self.width = nn.Parameter(torch.zeros(WIDEST, kinds + 1))
        with torch.no_grad():
            self.width[:, 0] = 4.0  # most spans are nothing
        self.inside = nn.Linear(size, kinds + 1)
        self.span = nn.Linear(3 * size, span)
        self.role_hidden = nn.Linear(2 * span + size + COUNTS, entity)
        self.role = nn.Linear(entity, roles)
        self.entity = nn.Linear(2 * span + COUNTS + kinds, entity)
        self.pair = nn.Parameter(torch.randn(relations + 1, entity, entity) * 0.01)
        self.between = nn.Linear(size, context)
        self.source = nn.Linear(entity, entity)
        self.target = nn.Linear(entity, entity)
        self.context = nn.Linear(context, entity)
        self.distance = nn.Embedding(2 * DISTANCES, entity)
        self.relation = nn.Linear(entity, relations + 1)
        self.alias = nn.Linear(span, mention)
        self.alias_hidden = nn.Linear(2 * mention, 64)
        self.same = nn.Linear(64, 1)

    def mention_logits(self, tokens: Tensor) -> Tensor:
        """(B, T, size) → (B, T, WIDEST, kinds + 1): the span that begins at t and holds w + 1 tokens; class 0 is none.

        Spans beyond the last token are to be ignored.
        """
        count = tokens.shape[1]
        tokens = self.drop(tokens)
        ones = tokens.new_ones(*tokens.shape[:2], 1)
        start = torch.cat([self.drop(torch.relu(self.start(tokens))), ones], 2)
        end = torch.cat([self.drop(torch.relu(self.end(tokens))), ones], 2)
        left = torch.einsum("btd,cde->btce", start, self.mention)
        steps = torch.arange(WIDEST, device=tokens.device)
        index = (torch.arange(count, device=tokens.device)[:, None] + steps[None, :]).clamp(max=count - 1)
        scores = torch.einsum("btce,btwe->btwc", left, end[:, index])
        total = nn.functional.pad(self.inside(tokens).cumsum(1), (0, 0, 1, 0))
        mean = (total[:, index + 1] - total[:, :count, None, :]) / (steps + 1)[None, None, :, None]
        return scores + mean + self.width

    def span_vectors(self, tokens: Tensor, begin: Tensor, end: Tensor) -> Tensor:
        """Vectors of the spans from `begin` to before `end`, both (B, M): (B, M, span size)."""
        total = nn.functional.pad(tokens.cumsum(1), (0, 0, 1, 0))
        mean = (_rows(total, end) - _rows(total, begin)) / (end - begin)[:, :, None]
        return torch.relu(self.span(self.drop(torch.cat([_rows(tokens, begin), _rows(tokens, end - 1), mean], 2))))

    def entity_vectors(self, spans: Tensor, owner: Tensor, count: int, counts: Tensor) -> Tensor:
        """Vectors of E entities from those of their mentions, whose `owner` (B, M) is E where there is none: (B, E, 2 * span + COUNTS)."""
        index = owner[:, :, None].expand(-1, -1, spans.shape[2])
        nothing = spans.new_zeros(len(spans), count + 1, spans.shape[2])
        most = nothing.scatter_reduce(1, index, spans, "amax", include_self=False)
        mean = nothing.scatter_reduce(1, index, spans, "mean", include_self=False)
        return torch.cat([most[:, :count], mean[:, :count], counts], 2)

    def role_logits(self, entities: Tensor, whole: Tensor) -> Tensor:
        """(B, E, 2 * span + COUNTS), (B, size) → (B, E, roles)."""
        joined = torch.cat([entities, whole[:, None, :].expand(-1, entities.shape[1], -1)], 2)
        return self.role(self.drop(torch.relu(self.role_hidden(self.drop(joined)))))

    def relation_logits(self, entities: Tensor, kinds: Tensor, between: Tensor, distance: Tensor) -> Tensor:
        """Entities (B, E, 2 * span + COUNTS), one-hot kinds (B, E, kinds), words between (B, E, E, context), distance
        classes (B, E, E) → (B, E, E, relations + 1), source first."""
        vector = self.drop(torch.relu(self.entity(self.drop(torch.cat([entities, kinds], 2)))))
        form = torch.einsum("bid,cde,bje->bijc", vector, self.pair, vector)
        pair = self.source(vector)[:, :, None] + self.target(vector)[:, None, :]
        return form + self.relation(self.drop(torch.relu(pair + self.context(between) + self.distance(distance))))

    def same_logits(self, spans: Tensor) -> Tensor:
        """(B, F, span size) → (B, F, F), symmetric: whether two mentions name one entity."""
        vector = torch.relu(self.alias(spans))
        left, right = vector[:, :, None], vector[:, None, :]
        return self.same(torch.relu(self.alias_hidden(torch.cat([left * right, (left - right).abs()], 3))))[..., 0]


def _rows(values: Tensor, index: Tensor) -> Tensor:
    """(B, T, size), (B, M) → (B, M, size)."""
    return values.gather(1, index[:, :, None].expand(-1, -1, values.shape[2]))


class Reader(nn.Module):
    """An encoder and its heads. The encoder gives (B, P, size) for piece ids and shapes, both (B, P), and a mask or None.

    `half`: the encoder learns with 16-bit floats.
    """

    half = False

    def __init__(self, encoder: nn.Module, heads: Heads) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = heads


class TransformerEncoder(nn.Module):
    """A BERT-like encoder whose input also knows how each word is capitalised."""

    marks, mask = 0, 103  # pieces before those of BERT's vocabulary; the one that hides another

    def __init__(self, bert: Any, size: int) -> None:
        super().__init__()
        self.bert = bert
        self.shape = nn.Embedding(SHAPES, size)
        nn.init.normal_(self.shape.weight, std=0.02)

    @property
    def words(self) -> Tensor:
        """(pieces, size), the vectors that pieces begin as."""
        weights: Tensor = self.bert.embeddings.word_embeddings.weight
        return weights

    def forward(self, ids: Tensor, shapes: Tensor, mask: Tensor | None) -> Tensor:
        """(B, P) three times → (B, P, size); without a mask, all pieces count."""
        words = self.bert.embeddings.word_embeddings(ids) + self.shape(shapes)
        return self.bert(inputs_embeds=words, attention_mask=mask).last_hidden_state


class RelativeEncoder(nn.Module):
    """MPNet (Song et al. 2020), for teachers, that also knows how each word is capitalised. Pieces are those of BERT's vocabulary, which
    stands in MPNet's behind four marks of its own.

    Its first `frozen` layers, and with any its word vectors, stay as they are, and what they say of a text is kept: half the time on a CPU.
    """

    marks, mask = MARKS, 30522  # the mask stands behind the others

    def __init__(self, mpnet: Any, size: int, frozen: int) -> None:
        super().__init__()
        words = mpnet.embeddings.word_embeddings.weight
        with torch.no_grad():
            words[CLS + MARKS], words[SEP + MARKS] = words[0].clone(), words[2].clone()
        if frozen:
            for part in (mpnet.embeddings, mpnet.encoder.relative_attention_bias, *mpnet.encoder.layer[:frozen]):
                part.requires_grad_(False)
        self.mpnet, self.frozen = mpnet, frozen
        self.shape = nn.Embedding(SHAPES, size)
        nn.init.normal_(self.shape.weight, std=0.02)
        self._kept: dict[tuple[int, ...], Tensor] = {}

    @property
    def words(self) -> Tensor:
        """(pieces, size), the vectors that pieces begin as."""
        weights: Tensor = self.mpnet.embeddings.word_embeddings.weight
        return weights

    def forward(self, ids: Tensor, shapes: Tensor, mask: Tensor | None) -> Tensor:
        """(B, P) three times → (B, P, size); without a mask, all pieces count."""
        shaped = self.shape(shapes)
        bias = self.mpnet.encoder.compute_position_bias(shaped)
        if not self.frozen:
            state = self.mpnet.embeddings(ids + MARKS)
        elif mask is None:
            state = self._lower(ids, bias)
        else:
            state = torch.stack([self._known(row, mask.shape[1]) for row in (ids[i, : n.sum()] for i, n in enumerate(mask))])
        if mask is not None:
            bias = bias.masked_fill(mask[:, None, None, :] == 0, -1e4)
        state = state + shaped
        for layer in self.mpnet.encoder.layer[self.frozen :]:
            state = _attend(layer, state, bias)
        return state

    @torch.no_grad()
    def _lower(self, ids: Tensor, bias: Tensor) -> Tensor:
        """What the frozen layers say, without dropout: (B, P, size)."""
        training = self.mpnet.training
        self.mpnet.eval()
        state: Tensor = self.mpnet.embeddings(ids + MARKS)
        for layer in self.mpnet.encoder.layer[: self.frozen]:
            state = _attend(layer, state, bias)
        self.mpnet.train(training)
        return state

    @torch.no_grad()
    def _known(self, ids: Tensor, width: int) -> Tensor:
        """The same for one text (P,), kept in 16 bits: (width, size), zeros behind the text."""
        key = tuple(ids.tolist())
        if key not in self._kept:
            bias = self.mpnet.encoder.compute_position_bias(ids[None, :, None])
            self._kept[key] = self._lower(ids[None], bias)[0].to(torch.bfloat16)
        return nn.functional.pad(self._kept[key].float(), (0, 0, 0, width - len(ids)))


def _attend(layer: Any, state: Tensor, bias: Tensor) -> Tensor:
    """A layer of MPNet without dropout in attention, which then has a fast path on a CPU."""
    own = layer.attention.attn
    heads = [part(state).unflatten(2, (own.num_attention_heads, -1)).transpose(1, 2) for part in (own.q, own.k, own.v)]
    seen = nn.functional.scaled_dot_product_attention(*heads, attn_mask=bias.to(heads[0].dtype))
    state = layer.attention.LayerNorm(layer.attention.dropout(own.o(seen.transpose(1, 2).flatten(2))) + state)
    after: Tensor = layer.output(layer.intermediate(state), state)
    return after


class ConvolutionEncoder(nn.Module):
    """A small encoder: word pieces from a table, gated convolutions with residuals, one layer of attention.

    The gates are those of Dauphin et al. 2017. Receptive field of the convolutions: 2 * sum(dilations) + 1 pieces. Each
    convolution sees three pieces and is written as one matrix, which runs in 8 bits twice as fast as a convolution in 32.
    """

    def __init__(self, words: Tensor, size: int = 128, dilations: Sequence[int] = (1, 2, 4, 1, 2), dropout: float = 0.15) -> None:
        super().__init__()
        self.words = nn.Embedding.from_pretrained(words, freeze=False)
        self.shape = nn.Embedding(SHAPES, size)
        nn.init.normal_(self.shape.weight, std=0.02)
        self.widen = nn.Linear(words.shape[1], size) if words.shape[1] != size else nn.Identity()
        self.first = nn.LayerNorm(size)
        self.norms = nn.ModuleList(nn.LayerNorm(size) for _ in dilations)
        self.dilations = tuple(dilations)
        self.layers = nn.ModuleList(nn.Linear(3 * size, 2 * size) for _ in dilations)
        self.attention = nn.MultiheadAttention(size, 4, batch_first=True)
        self.norm = nn.LayerNorm(size)
        self.last = nn.LayerNorm(size)
        self.drop = nn.Dropout(dropout)

    def forward(self, ids: Tensor, shapes: Tensor, mask: Tensor | None) -> Tensor:
        """(B, P) three times → (B, P, size); without a mask, all pieces count."""
        shown = 1.0 if mask is None else mask[:, :, None].to(self.shape.weight.dtype)
        state = self.drop(self.first(self.widen(self.words(ids)) + self.shape(shapes))) * shown
        for norm, layer, gap in zip(self.norms, self.layers, self.dilations, strict=True):
            seen = nn.functional.pad(norm(state) * shown, (0, 0, gap, gap))
            around = torch.cat([seen[:, : -2 * gap], seen[:, gap:-gap], seen[:, 2 * gap :]], 2)
            state = (state + self.drop(nn.functional.glu(layer(around), dim=2))) * shown
        normed = self.norm(state)
        seen, _ = self.attention(normed, normed, normed, key_padding_mask=None if mask is None else mask == 0, need_weights=False)
        return self.last(state + self.drop(seen))
