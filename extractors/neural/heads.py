"""The heads above the encoder, in numpy: the same sums as `extractors.training.neural.network`.

Sizes: T tokens, M mentions, E entities; vectors have `size` dimensions. See the network for the sources.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from extractors.neural.geometry import LONGEST_BETWEEN, Floats32, entity_counts, entity_pairs
from extractors.neural.labels import Labels


@dataclass(frozen=True)
class Heads:
    """Weights by their names in the network."""

    weights: dict[str, Floats32]

    @property
    def widest(self) -> int:
        """Tokens of the widest mention."""
        return len(self.weights["width"])

    def mention_scores(self, tokens: Floats32) -> Floats32:
        """(T, size) → (T, widest, types + 1) probabilities of the span that begins at t and holds w + 1 tokens;
        class 0 is none, and certain for spans beyond the end."""
        w, count = self.weights, len(tokens)
        ones = np.ones((count, 1), dtype=np.float32)
        start = np.hstack([_relu(self._linear("start", tokens)), ones])
        end = np.hstack([_relu(self._linear("end", tokens)), ones])
        classes, inner = w["mention"].shape[:2]
        left = (start @ w["mention"].transpose(1, 0, 2).reshape(inner, -1)).reshape(count, classes, inner)
        inside = np.vstack([np.zeros((1, classes), np.float32), self._linear("inside", tokens).cumsum(0, dtype=np.float64)])
        padded = np.vstack([end, np.zeros((self.widest - 1, inner), np.float32)])
        ends = np.lib.stride_tricks.sliding_window_view(padded, self.widest, axis=0).transpose(0, 2, 1)  # (T, widest, inner)
        form = np.matmul(ends, left.transpose(0, 2, 1))
        stop = np.arange(count)[:, None] + np.arange(1, self.widest + 1)
        length = np.arange(1, self.widest + 1)[:, None]
        mean = ((inside[np.minimum(stop, count)] - inside[:-1, None]) / length).astype(np.float32)
        scores = form + mean + w["width"]
        scores[stop > count] = [30.0, *[-30.0] * (classes - 1)]
        return softmax(scores)

    def span_vectors(self, tokens: Floats32, total: Floats32, spans: Sequence[tuple[int, int]]) -> Floats32:
        """Vectors of M spans (start, end); `total` holds the sums of the tokens before each place: (T + 1, size)."""
        start, end = np.array(spans, dtype=np.int64).T
        mean = (total[end] - total[start]) / (end - start)[:, None].astype(np.float32)
        return _relu(self._linear("span", np.hstack([tokens[start], tokens[end - 1], mean])))

    def entity_vectors(self, spans: Floats32, mentions: Sequence[tuple[int, int, int]], counts: Floats32) -> Floats32:
        """Vectors of E entities, each with a mention: maximum and mean of their mentions' vectors, and their counts."""
        owner = np.array([m[2] for m in mentions])
        order = np.argsort(owner, kind="stable")
        firsts = np.searchsorted(owner[order], np.arange(len(counts)))
        most = np.maximum.reduceat(spans[order], firsts, axis=0)
        mean = np.add.reduceat(spans[order], firsts, axis=0) / np.bincount(owner)[:, None].astype(np.float32)
        return np.hstack([most, mean, counts])

    def roles(self, entities: Floats32, whole: Floats32) -> Floats32:
        """(E, …), (size,) → (E, roles) probabilities, each by itself."""
        joined = np.hstack([entities, np.broadcast_to(whole, (len(entities), len(whole)))])
        return sigmoid(self._linear("role", _relu(self._linear("role_hidden", joined))))

    def relations(
        self,
        tokens: Floats32,
        entities: Floats32,
        kinds: Floats32,
        mentions: Sequence[tuple[int, int, int]],
        sentences: Sequence[int],
    ) -> Floats32:
        """(E, E, relations + 1) probabilities, source first; class 0 is none. `kinds` are one-hot types."""
        w, count = self.weights, len(entities)
        pairs = entity_pairs(mentions, sentences, count)
        words = _relu(self._linear("between", tokens))
        vector = _relu(self._linear("entity", np.hstack([entities, kinds])))
        form = (np.matmul(vector, w["pair"]) @ vector.T).transpose(1, 2, 0)
        hidden = self._linear("source", vector)[:, None] + self._linear("target", vector)[None, :]
        hidden = hidden + w["distance.weight"][pairs.classes] + w["context.bias"]
        apart = pairs.left_end < pairs.right_start
        if apart.any():
            left = pairs.left_end[apart]
            right = np.minimum(pairs.right_start[apart], left + LONGEST_BETWEEN)
            edges = np.stack([left, right], axis=1).ravel()
            between = np.maximum.reduceat(words, edges, axis=0)[::2]
            hidden[pairs.source[apart], pairs.target[apart]] += between @ w["context.weight"].T
        plain = self._linear("relation", _relu(hidden.reshape(count * count, -1)))  # one multiplication, not one a row
        return softmax(form + plain.reshape(form.shape))

    def same(self, spans: Floats32) -> Floats32:
        """(M, …) → (M, M) probabilities that two mentions name one thing."""
        vector = _relu(self._linear("alias", spans))
        i, j = np.triu_indices(len(vector))
        a, b = vector[i], vector[j]
        said = sigmoid(self._linear("same", _relu(self._linear("alias_hidden", np.hstack([a * b, np.abs(a - b)]))))[:, 0])
        both = np.empty((len(vector), len(vector)), np.float32)
        both[i, j] = both[j, i] = said
        return both

    def save(self, path: Path) -> None:
        """Write to one compressed .npz file, as 16-bit floats."""
        np.savez_compressed(path, **{k: v.astype(np.float16) for k, v in self.weights.items()})  # type: ignore[arg-type]

    @staticmethod
    def load(path: Path) -> Heads:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as data:
            return Heads({name: data[name].astype(np.float32) for name in data.files})

    def _linear(self, name: str, values: Floats32) -> Floats32:
        return np.asarray(values @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"], dtype=np.float32)


@dataclass(frozen=True)
class NeuralReading:
    """What the network sees in one document: token vectors, the sentence of each token (0 is the title), mention
    probabilities.

    Covers all tokens of the document. Spans wider than the widest mention have probabilities as if cut.
    """

    heads: Heads
    labels: Labels
    tokens: Floats32
    sentences: npt.NDArray[np.int64]
    mentions: Floats32

    def kinds_of(self, spans: Sequence[tuple[int, int]]) -> Floats32:
        """Probabilities of M spans, (M, types + 1): none, then the types in the vocabulary's order."""
        start, end = np.array(spans, dtype=np.int64).T
        return np.asarray(self.mentions[start, np.minimum(end - start, self.heads.widest) - 1])

    def same(self, spans: Sequence[tuple[int, int]]) -> Floats32:
        """(M, M) probabilities that two spans name one thing."""
        return self.heads.same(self._vectors(spans))

    def roles(self, entities: Sequence[Sequence[tuple[int, int]]]) -> Floats32:
        """(E, roles) probabilities for entities given as lists of spans."""
        return self.heads.roles(self._entities(entities), self.tokens.mean(0))

    def relations(self, entities: Sequence[Sequence[tuple[int, int]]], kinds: Floats32) -> Floats32:
        """(E, E, relations + 1) probabilities, source first."""
        return self.heads.relations(self.tokens, self._entities(entities), kinds, _flat(entities), self.sentences.tolist())

    def _entities(self, entities: Sequence[Sequence[tuple[int, int]]]) -> Floats32:
        flat = _flat(entities)
        title_end = int((self.sentences == 0).sum())
        counts = entity_counts(flat, len(entities), title_end, len(self.tokens))
        return self.heads.entity_vectors(self._vectors([m[:2] for m in flat]), flat, counts)

    def _vectors(self, spans: Sequence[tuple[int, int]]) -> Floats32:
        """Vectors of spans, each worked out once; those of several come from one multiplication."""
        fresh = sorted({span for span in spans if span not in self._known})
        if fresh:
            self._known.update(zip(fresh, self.heads.span_vectors(self.tokens, self._total, fresh), strict=True))
        return np.stack([self._known[span] for span in spans])

    @functools.cached_property
    def _total(self) -> Floats32:
        sums = np.zeros((len(self.tokens) + 1, self.tokens.shape[1]), np.float32)
        self.tokens.cumsum(0, out=sums[1:])
        return sums

    @functools.cached_property
    def _known(self) -> dict[tuple[int, int], Floats32]:
        return {}


def softmax(scores: Floats32) -> Floats32:
    """Softmax over the last axis."""
    powers = np.exp(scores - _across(np.maximum, scores))
    return np.asarray(powers / _across(np.add, powers), dtype=np.float32)


def _across(combine: np.ufunc, values: Floats32) -> Floats32:
    """Reduction over a short last axis, kept: a column at a time is faster than numpy's own."""
    return np.asarray(functools.reduce(combine, (values[..., i] for i in range(values.shape[-1]))))[..., None]


def sigmoid(scores: Floats32) -> Floats32:
    """1 / (1 + e^-x)."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scores, -30.0, 30.0))), dtype=np.float32)


def _relu(values: Floats32) -> Floats32:
    return np.maximum(values, 0.0)


def _flat(entities: Sequence[Sequence[tuple[int, int]]]) -> list[tuple[int, int, int]]:
    return sorted((a, b, owner) for owner, spans in enumerate(entities) for a, b in spans)
