"""A linear classifier over hashed text features: small, fast, needs nothing but numpy at run time.

Features are strings; each falls into one of 2^18 buckets by its CRC-32 (feature hashing; Weinberger et al.
2009). Training lives in `extractors/training/`.
"""

from __future__ import annotations

import bisect
import functools
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
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


@functools.lru_cache(maxsize=1 << 12)
def _steps(name: str) -> tuple[str, ...]:
    return tuple(f"{name}>{level}" for level in LEVELS)


def thermometer(name: str, probability: float) -> tuple[str, ...]:
    """A probability as features: one for each of the levels that it reaches.

    >>> thermometer("p", 0.06)
    ('p>0.02', 'p>0.05')
    """
    return _steps(name)[: bisect.bisect_right(LEVELS, probability)]


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

    def scores(self, samples: list[Iterable[str]]) -> Floats:
        """Probabilities, one row per sample: softmax over the classes, or a sigmoid for each."""
        if not samples:
            return np.zeros((0, len(self.classes)), dtype=np.float32)
        columns = [[bucket(f) for f in sample] for sample in samples]
        ends = np.cumsum([len(c) for c in columns])
        flat = self.weights[self.rows[np.fromiter((c for cs in columns for c in cs), np.int64, ends[-1])]]
        logits = np.add.reduceat(flat, np.concatenate(([0], ends[:-1])), axis=0) + self.bias
        if self.softmax:
            powers = np.exp(logits - logits.max(axis=1, keepdims=True))
            return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0))), dtype=np.float32)

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
