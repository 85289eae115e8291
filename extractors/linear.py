"""A linear classifier over hashed text features: small, fast, needs nothing but numpy at run time.

Features are strings; each falls into one of 2^18 buckets by its CRC-32 (feature hashing; Weinberger et al.
2009). A probability is a feature for each of the levels that it reaches. Training lives in `extractors/training/`.
"""

from __future__ import annotations

import bisect
import functools
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

BUCKETS = 1 << 18
LEVELS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
Floats = npt.NDArray[np.float32]


@functools.lru_cache(maxsize=1 << 18)
def bucket(feature: str) -> int:
    """The column of a feature."""
    return zlib.crc32(feature.encode()) % BUCKETS


@dataclass
class Sample:
    """What is known of one thing to be classified: features, and named probabilities."""

    features: list[str] = field(default_factory=list)
    graded: list[tuple[str, float]] = field(default_factory=list)

    def columns(self) -> Iterator[int]:
        """The columns of all features, those of probabilities written out.

        >>> len(list(Sample(["short"], [("p", 0.06)]).columns()))  # short, p>0.02, p>0.05
        3
        """
        yield from map(bucket, self.features)
        for name, probability in self.graded:
            yield from map(bucket, _steps(name)[: _level(probability)])


def _level(probability: float) -> int:
    """How many levels a probability reaches."""
    return bisect.bisect_right(LEVELS, probability)


@functools.lru_cache(maxsize=1 << 12)
def _steps(name: str) -> tuple[str, ...]:
    return tuple(f"{name}>{level}" for level in LEVELS)


class _Ladders:
    """The weights of named probabilities summed up from level to level, so that each takes one row instead of one a level.

    `first` maps a name → the column of its level 0, behind all buckets; `rows` and `weights` are a model's, with these added.
    """

    def __init__(self, rows: npt.NDArray[np.int32], weights: Floats) -> None:
        self.first: dict[str, int] = {}
        self.rows = rows
        self.weights = weights

    def add(self, names: set[str]) -> None:
        """Add names that are not there yet."""
        if not names:
            return
        rows, weights, first = [self.rows], [self.weights], dict(self.first)
        for number, name in enumerate(sorted(names)):
            first[name] = len(self.rows) + number * (len(LEVELS) + 1)
            steps = self.weights[self.rows[[bucket(step) for step in _steps(name)]]]
            weights.append(np.vstack([np.zeros((1, steps.shape[1]), np.float32), steps.cumsum(axis=0)]))
        added = len(names) * (len(LEVELS) + 1)
        rows.append(np.arange(len(self.weights), len(self.weights) + added, dtype=np.int32))
        self.rows, self.weights = np.concatenate(rows), np.vstack(weights)
        self.first = first


@dataclass(frozen=True)
class LinearModel:
    """`weights` has a row per stored bucket and a column per class; `rows` maps bucket → row, 0 being all zero.

    `thresholds` holds, per class, the score in [0, 1] from which it is said.
    """

    classes: tuple[str, ...]
    rows: npt.NDArray[np.int32]
    weights: Floats
    bias: Floats
    thresholds: Floats
    softmax: bool

    def scores(self, samples: Sequence[Sample]) -> Floats:
        """Probabilities, one row per sample: softmax over the classes, or a sigmoid for each."""
        if not samples:
            return np.zeros((0, len(self.classes)), dtype=np.float32)
        ladders = self._ladders
        ladders.add({name for sample in samples for name, _ in sample.graded}.difference(ladders.first))
        first = ladders.first
        columns: list[int] = []
        begins = [0]
        for sample in samples:
            columns.extend(set(map(bucket, sample.features)))
            columns.extend([first[name] for name, _ in sample.graded])
            begins.append(len(columns))
        placed = np.array(columns, np.int64)
        graded = placed >= BUCKETS  # ladders stand behind all buckets
        placed[graded] += np.searchsorted(LEVELS, [probability for sample in samples for _, probability in sample.graded], "right")
        flat = ladders.weights.take(ladders.rows.take(placed), axis=0)
        logits = np.add.reduceat(flat, begins[:-1], axis=0) + self.bias
        if self.softmax:
            powers = np.exp(logits - logits.max(axis=1, keepdims=True))
            return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0))), dtype=np.float32)

    @functools.cached_property
    def _ladders(self) -> _Ladders:
        return _Ladders(self.rows, self.weights)

    def save(self, path: Path) -> None:
        """Write to one compressed .npz file; weights as 16-bit floats."""
        buckets = np.flatnonzero(self.rows).astype(np.int32)
        np.savez_compressed(
            path,
            classes=np.array(self.classes),
            buckets=buckets,
            weights=self.weights[self.rows[buckets]].astype(np.float16),
            bias=self.bias,
            thresholds=self.thresholds,
            softmax=np.array(self.softmax),
        )

    @staticmethod
    def load(path: Path) -> LinearModel:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as data:
            rows = np.zeros(BUCKETS, dtype=np.int32)
            rows[data["buckets"]] = np.arange(1, len(data["buckets"]) + 1, dtype=np.int32)
            weights = data["weights"].astype(np.float32)
            return LinearModel(
                classes=tuple(str(c) for c in data["classes"]),
                rows=rows,
                weights=np.vstack([np.zeros((1, weights.shape[1]), np.float32), weights]),
                bias=data["bias"],
                thresholds=data["thresholds"],
                softmax=bool(data["softmax"]),
            )
