"""Where mentions stand towards each other: what the heads see of positions, for training and at run time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DISTANCES = 8  # classes of distance; twice as many with the order
COUNTS = 6
LONGEST_BETWEEN = 40  # tokens between two mentions that are looked at
EDGES = (0, 1, 3, 6, 11, 21)  # tokens between two mentions, of the classes of distance
_ELSEWHERE = 10_000

Ints = npt.NDArray[np.int64]
Floats32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Pairs:
    """Ordered pairs (source, target) of entities that share a sentence, with their closest mentions: K of each.

    `left_end` and `right_start` bound the words between; `classes` is (E, E) with the class of distance and
    order of every pair, 0 where no sentence is shared.
    """

    source: Ints
    target: Ints
    left_end: Ints
    right_start: Ints
    classes: Ints


def entity_counts(mentions: Sequence[tuple[int, int, int]], entities: int, title_end: int, tokens: int) -> Floats32:
    """(E, COUNTS) from mentions (start, end, entity): how many, in the title, at its start, where first in the
    abstract, only in the title, and a constant."""
    counts = np.zeros((entities, COUNTS), dtype=np.float32)
    first = np.full(entities, -1.0)
    for start, _, owner in mentions:
        counts[owner, 0] += 1
        if start < title_end:
            counts[owner, 1] = 1
            counts[owner, 2] = max(counts[owner, 2], float(start == 0))
        elif first[owner] < 0:
            first[owner] = (start - title_end) / max(1, tokens - title_end)
    counts[:, 0] = np.log1p(counts[:, 0]) / 2
    counts[:, 3] = np.maximum(first, 0)
    counts[:, 4] = first < 0
    counts[:, 5] = 1
    return counts


def entity_pairs(mentions: Sequence[tuple[int, int, int]], sentences: Sequence[int], entities: int) -> Pairs:
    """The closest mentions of each pair of entities in one sentence; of equally close ones the earlier."""
    start, end, owner = (np.array([m[k] for m in mentions], dtype=np.int64) for k in range(3))
    sentence = np.array(sentences, dtype=np.int64)[start]
    gap = np.where(start[:, None] < start[None, :], start[None, :] - end[:, None], start[:, None] - end[None, :])
    gap = np.where(sentence[:, None] == sentence[None, :], np.maximum(gap, 0), _ELSEWHERE)
    i, j = np.nonzero((gap < _ELSEWHERE) & (owner[:, None] != owner[None, :]))
    order = np.argsort(gap[i, j], kind="stable")
    i, j = i[order], j[order]
    pairs, first = np.unique(owner[i] * entities + owner[j], return_index=True)  # of each pair the closest
    i, j = i[first], j[first]
    source, target = pairs // entities, pairs % entities
    before = start[i] < start[j]
    left_end, right_start = np.where(before, end[i], end[j]), np.where(before, start[j], start[i])
    classes = np.zeros((entities, entities), dtype=np.int64)
    classes[source, target] = 1 + np.searchsorted(EDGES, gap[i, j], side="left") + DISTANCES * before
    return Pairs(source, target, left_end, np.maximum(right_start, left_end), classes)
