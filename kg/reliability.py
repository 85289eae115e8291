"""Whether confidences mean what they say: reliability tables, expected calibration error, and a map that mends them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kg.scoring import Judged, Pair, Record

KINDS = ("mention", "role", "relation", "result")
BINS = 10


@dataclass(frozen=True)
class Bin:
    """Statements whose confidence lies in [low, high): how many, their mean confidence, the share of right ones."""

    kind: str
    low: float
    high: float
    count: int
    confidence: float
    right: float


def judge(gold: Iterable[Record], predicted: Iterable[Record]) -> list[Judged]:
    """All predicted statements of papers that gold has, judged; see `Pair.judged`."""
    answers = {record["id"]: record for record in predicted}
    return [judged for record in gold if record["id"] in answers for judged in Pair(record, answers[record["id"]]).judged()]


def reliability(judged: Iterable[Judged]) -> list[Bin]:
    """Ten bins of equal width per kind, empty ones left out."""
    sums: dict[tuple[str, int], list[float]] = {}
    for one in judged:
        row = sums.setdefault((one.kind, min(int(one.confidence * BINS), BINS - 1)), [0, 0.0, 0])
        row[0] += 1
        row[1] += one.confidence
        row[2] += one.right
    return [
        Bin(kind, place / BINS, (place + 1) / BINS, int(count), total / count, right / count)
        for kind in KINDS
        for place in range(BINS)
        if (kind, place) in sums
        for count, total, right in [sums[kind, place]]
    ]


def calibration_error(bins: Sequence[Bin], kind: str) -> float:
    """Expected calibration error of a kind: the mean gap between confidence and share of right ones, weighted by
    the bins' counts (Naeini, Cooper and Hauskrecht 2015); 0 where nothing was predicted."""
    chosen = [b for b in bins if b.kind == kind]
    total = sum(b.count for b in chosen)
    return sum(b.count * abs(b.confidence - b.right) for b in chosen) / total if total else 0.0


def isotonic(pairs: Iterable[tuple[float, bool]], least: int = 25) -> list[tuple[float, float]]:
    """A rising step-wise map from confidence to share of right ones, as (confidence, share) knots.

    Pool-adjacent-violators (Ayer et al. 1955) over blocks of at least `least` statements, so that no knot rests on a
    handful. Equal confidences stay in one block.

    >>> isotonic([(0.2, False), (0.4, False), (0.6, True), (0.9, True)], least=2)
    [(0.3, 0.0), (0.75, 1.0)]
    """
    blocks: list[list[float]] = []  # count, sum of confidences, right ones
    last = None
    for confidence, right in sorted(pairs):
        if blocks and (confidence == last or blocks[-1][0] < least):
            block = blocks[-1]
            block[0], block[1], block[2] = block[0] + 1, block[1] + confidence, block[2] + right
        else:
            blocks.append([1, confidence, float(right)])
        last = confidence
    if len(blocks) > 1 and blocks[-1][0] < least:
        count, total, good = blocks.pop()
        blocks[-1] = [blocks[-1][0] + count, blocks[-1][1] + total, blocks[-1][2] + good]
    pooled: list[list[float]] = []
    for block in blocks:
        pooled.append(block)
        while len(pooled) > 1 and pooled[-2][2] / pooled[-2][0] >= pooled[-1][2] / pooled[-1][0]:
            count, total, good = pooled.pop()
            pooled[-1] = [pooled[-1][0] + count, pooled[-1][1] + total, pooled[-1][2] + good]
    return [(round(total / count, 4), round(good / count, 4)) for count, total, good in pooled]


def calibrated(judged: Iterable[Judged]) -> dict[str, list[tuple[float, float]]]:
    """The maps of all kinds, by kind."""
    kept = list(judged)
    return {kind: isotonic((j.confidence, j.right) for j in kept if j.kind == kind) for kind in KINDS}


def cross_checked(parts: Sequence[Sequence[Judged]]) -> dict[str, float]:
    """Expected calibration error of statements by kind, the confidences of each part mapped by what the others tell.

    >>> cross_checked([[Judged("role", 0.9, True), Judged("role", 0.8, False)]] * 2)["role"]
    0.0
    """
    mapped = []
    for n, part in enumerate(parts):
        maps = calibrated(j for m, other in enumerate(parts) for j in other if m != n)
        mapped += [replace(j, confidence=interpolate(maps[j.kind], j.confidence)) for j in part]
    bins = reliability(mapped)
    return {kind: calibration_error(bins, kind) for kind in KINDS}


def interpolate(knots: Sequence[tuple[float, float]], confidence: float) -> float:
    """The map at a confidence: linear between knots, level beyond them; the confidence itself without knots.

    >>> interpolate([(0.2, 0.0), (0.6, 1.0)], 0.3)
    0.25
    """
    if not knots:
        return confidence
    place = bisect_right([x for x, _ in knots], confidence)
    if place in (0, len(knots)):
        return knots[min(place, len(knots) - 1)][1]
    (x0, y0), (x1, y1) = knots[place - 1], knots[place]
    return round(y0 + (y1 - y0) * (confidence - x0) / (x1 - x0), 4)
