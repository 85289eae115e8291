"""A few small perceptrons over measured features, whose answers are averaged: matrix products, nothing but numpy at run time.

Each has one hidden layer of rectified units (Rumelhart, Hinton and Williams 1986). Training lives in `extractors/training/`.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from extractors.neural.heads import sigmoid, softmax
from kg.model.errors import InputError

Floats = npt.NDArray[np.float32]
_LEAST = 1e-4  # probability below which all are alike


def log_odds(chances: npt.ArrayLike) -> Floats:
    """Probabilities as features: from -9.2 to 9.2."""
    kept = np.clip(np.asarray(chances, dtype=np.float32), _LEAST, 1 - _LEAST)
    return np.asarray(np.log(kept / (1 - kept)))


@dataclass(frozen=True)
class Perceptron:
    """N networks from F features by H hidden units to C classes.

    `centre`, `scale` (F,) put features on one scale; `inner` (F, N * H), `inner_bias` (N * H,), `outer` (N, H, C) and `outer_bias` (N, C)
    are weights. `thresholds` (C,) holds, per class, the score in [0, 1] from which it is said.
    """

    classes: tuple[str, ...]
    centre: Floats
    scale: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats
    thresholds: Floats
    softmax: bool

    def scores(self, features: Sequence[Sequence[float]] | Floats) -> Floats:
        """Probabilities of S things with their features (S, F): (S, C), a softmax over the classes, or a sigmoid for each."""
        if not len(features):
            return np.zeros((0, len(self.classes)), dtype=np.float32)
        measured = (np.asarray(features, dtype=np.float32) - self.centre) * self.scale
        hidden = np.maximum(measured @ self.inner + self.inner_bias, 0.0).reshape(len(measured), *self.outer.shape[:2])
        logits = np.matmul(hidden.transpose(1, 0, 2), self.outer) + self.outer_bias[:, None]
        return np.asarray((softmax(logits) if self.softmax else sigmoid(logits)).mean(0), dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write to one compressed .npz file; weights as 16-bit floats."""
        halves = {name: getattr(self, name).astype(np.float16) for name in ("inner", "outer")}
        whole = {name: getattr(self, name) for name in ("centre", "scale", "inner_bias", "outer_bias", "thresholds")}
        np.savez_compressed(path, classes=np.array(self.classes), softmax=np.array(self.softmax), **halves, **whole)

    @staticmethod
    def load(path: Path) -> Perceptron:
        """Read what `save` wrote.

        Raises:
            InputError: the file is damaged or missing, or another version of paperkg wrote it.
        """
        if not zipfile.is_zipfile(path):
            raise InputError(f"{path}: a classifier's file, damaged or missing; learn the pipeline anew with kg train")
        with np.load(path, allow_pickle=False) as data:
            if {field.name for field in fields(Perceptron)} != set(data.files):
                raise InputError(f"{path}: a classifier of another version of paperkg; learn the pipeline anew with kg train")
            plain = {name: data[name].astype(np.float32) for name in data.files if name not in ("classes", "softmax")}
            return Perceptron(classes=tuple(str(c) for c in data["classes"]), softmax=bool(data["softmax"]), **plain)
