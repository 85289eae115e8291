"""One network or several that read together: encoder and heads of a folder, and the mean of what they say.

A folder holds `encoder.onnx`, `heads.npz` and `tokenizer.json`. Further networks, which see the same pieces, stand in
folders inside it; `networks.json` gives the weight of each by its place, "." being the folder itself:
`{".": 1.0, "second": 0.5}`. Probabilities are averaged, not vectors, so networks need not be of one size.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from extractors.neural.encoder import Encoder
from extractors.neural.geometry import Floats32, Ints
from extractors.neural.heads import Heads, NeuralReading
from extractors.neural.labels import Labels

WEIGHTS = "networks.json"

Place = tuple[int, int]


class ReadingOfSpans(Protocol):
    """What later stages ask of a reading; sizes as in `NeuralReading`."""

    @property
    def labels(self) -> Labels:
        """The names of what is said."""
        ...

    @property
    def sentences(self) -> Ints:
        """The sentence of each token; 0 is the title."""
        ...

    @property
    def mentions(self) -> Floats32:
        """(T, widest, types + 1) probabilities of spans."""
        ...

    def kinds_of(self, start: int, end: int) -> Floats32:
        """Probabilities of a span: none, then the types in the vocabulary's order."""
        ...

    def same(self, spans: Sequence[Place]) -> Floats32:
        """(M, M) probabilities that two spans name one thing."""
        ...

    def roles(self, entities: Sequence[Sequence[Place]]) -> Floats32:
        """(E, roles) probabilities for entities given as lists of spans."""
        ...

    def relations(self, entities: Sequence[Sequence[Place]], kinds: Floats32) -> Floats32:
        """(E, E, relations + 1) probabilities, source first."""
        ...


@dataclass(frozen=True)
class Network:
    """An encoder, the heads above it, and its share of what is said together."""

    encoder: Encoder
    heads: Heads
    share: float


def load_networks(folder: Path) -> list[Network]:
    """The networks of a folder; their shares sum to one."""
    weights = {".": 1.0}
    if (folder / WEIGHTS).is_file():
        weights = json.loads((folder / WEIGHTS).read_text(encoding="utf-8"))
    whole = sum(weights.values())
    tokenizer = folder / "tokenizer.json"
    return [
        Network(Encoder(folder / place, tokenizer), Heads.load(folder / place / "heads.npz"), weight / whole)
        for place, weight in weights.items()
    ]


def read(
    networks: Sequence[Network], words: Sequence[str], labels: Labels, sentences: Ints, count: int | None = None
) -> ReadingOfSpans:
    """What networks say of a text, or of its first `count` tokens."""
    cut = networks[0].encoder.cut(words)
    readings = []
    for network in networks:
        tokens = network.encoder(words, cut)[:count]
        readings.append(NeuralReading(network.heads, labels, tokens, sentences, network.heads.mention_scores(tokens)))
    return readings[0] if len(readings) == 1 else JointReading(readings, [network.share for network in networks])


class JointReading:
    """The weighted mean of several readings of one text."""

    def __init__(self, readings: Sequence[NeuralReading], shares: Sequence[float]) -> None:
        self.readings, self.shares = readings, shares
        self.labels, self.sentences = readings[0].labels, readings[0].sentences
        self.mentions = self._mean([r.mentions for r in readings])

    def kinds_of(self, start: int, end: int) -> Floats32:
        """Probabilities of a span: none, then the types in the vocabulary's order."""
        return np.asarray(self.mentions[start, min(end - start, self.mentions.shape[1]) - 1])

    def same(self, spans: Sequence[Place]) -> Floats32:
        """(M, M) probabilities that two spans name one thing."""
        return self._mean([r.same(spans) for r in self.readings])

    def roles(self, entities: Sequence[Sequence[Place]]) -> Floats32:
        """(E, roles) probabilities for entities given as lists of spans."""
        return self._mean([r.roles(entities) for r in self.readings])

    def relations(self, entities: Sequence[Sequence[Place]], kinds: Floats32) -> Floats32:
        """(E, E, relations + 1) probabilities, source first."""
        return self._mean([r.relations(entities, kinds) for r in self.readings])

    def _mean(self, values: Sequence[Floats32]) -> Floats32:
        total = values[0] * np.float32(self.shares[0])
        for value, share in zip(values[1:], self.shares[1:], strict=True):
            total = total + value * np.float32(share)
        return np.asarray(total, np.float32)
