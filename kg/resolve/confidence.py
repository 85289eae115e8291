"""How sure a statement is that several extractors and papers bear out."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping


def support(proofs: Iterable[tuple[str, str, float]], authors: Mapping[str, Collection[Hashable]]) -> float:
    """The confidence of a statement from its proofs: (paper, extractor, confidence) triples, confidences in [0, 1].

    A noisy-or (Pearl 1988, Probabilistic Reasoning in Intelligent Systems, ch. 4) in two steps. In a paper, over the extractors that
    agree, each with its surest proof: c(p) = 1 - prod(1 - c). Over the papers, the surest first: 1 - prod((1 - c(p)) ** w(p)), where
    w(p) = 1 / (1 + n) and n is how many papers before it share an author with it. People repeat themselves: sources that depend on
    each other count less, as in Dong, Berti-Equille and Srivastava (2009, Integrating conflicting data: the role of source dependence).
    The confidences that go in are the extractor's, calibrated on annotated papers: they carry the strength of the pattern.
    Rounded to 6 digits.

    >>> support([("p", "x", 0.5), ("q", "x", 0.5)], {"p": ["A"], "q": ["B"]})
    0.75
    >>> support([("p", "x", 0.5), ("q", "x", 0.5)], {"p": ["A", "B"], "q": ["B"]})
    0.646447
    """
    proofs = list(proofs)
    if len(proofs) == 1:
        return round(proofs[0][2], 6)
    surest: dict[str, dict[str, float]] = defaultdict(dict)
    for paper, extractor, confidence in proofs:
        surest[paper][extractor] = max(confidence, surest[paper].get(extractor, 0.0))
    by_paper = {paper: 1 - math.prod(1 - c for c in sorted(found.values())) for paper, found in surest.items()}
    doubt, before = 1.0, list[frozenset[Hashable]]()
    for paper in sorted(by_paper, key=lambda p: (-by_paper[p], p)):
        mine = frozenset(authors.get(paper, ())) if len(by_paper) > 1 else frozenset[Hashable]()
        doubt *= (1 - by_paper[paper]) ** (1 / (1 + sum(not mine.isdisjoint(other) for other in before)))
        before.append(mine)
    return round(1 - doubt, 6)
