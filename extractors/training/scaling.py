"""Brings the probabilities of one reader to the scale of others: those from which classifiers and confidences learnt.

A reader that was taught by more teachers says the same things less boldly than those of cross-fitting, and what was learnt above these does not hold
above it. Each of its heads gets one temperature and one shift towards nothing (Platt 1999; Guo et al. 2017), such that on texts that none of them has
learnt from it says as much as the others on average, and is as sure of it. No annotation is looked at. Both numbers go into the weights.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import root
from spacy.language import Language
from spacy.tokens import Doc

from extractors.document import reading, words_of
from extractors.neural.encoder import Encoder
from extractors.neural.heads import Heads

Floats = npt.NDArray[np.float64]
_LEAST = 1e-6  # probability below which something is not counted
_WEIGHTS = {  # of each head, those that its scores are a sum of
    "mention": ("mention", "inside.weight", "inside.bias", "width"),
    "role": ("role.weight", "role.bias"),
    "relation": ("pair", "relation.weight", "relation.bias"),
}


def rescaled(
    nlp: Language, texts: Sequence[str], final: Path, readers: Sequence[Path], out: Path
) -> dict[str, tuple[float, float]]:
    """Write the reader `final` to `out` on the scale of `readers`; (temperature, shift) by head.

    All are asked about the entities that `nlp` finds.
    """
    with nlp.select_pipes(disable=["kg_roles", "kg_relations", "kg_results"]):
        docs = list(nlp.pipe(texts))
    wanted = [{head: _said(scores) for head, scores in told(docs, reader).items()} for reader in readers]
    own = told(docs, final)
    found = {head: fitted(own[head], np.mean([one[head] for one in wanted], axis=0)) for head in _WEIGHTS}
    shutil.copytree(final, out, dirs_exist_ok=True)
    heads = Heads.load(final / "heads.npz")
    for head, (heat, shift) in found.items():
        for name in _WEIGHTS[head]:
            heads.weights[name] = heads.weights[name] / heat
        if head == "mention":
            heads.weights["width"][:, 0] += shift
        elif head == "relation":
            heads.weights["relation.bias"][0] += shift
        else:
            heads.weights["role.bias"] -= shift
    heads.save(out / "heads.npz")
    return found


def told(docs: Sequence[Doc], reader: Path) -> dict[str, Floats]:
    """What a reader says of documents, by head: log-probabilities (N, C) of what is at all likely to be something; class 0 is nothing."""
    encoder, heads = Encoder(reader), Heads.load(reader / "heads.npz")
    said: dict[str, list[Floats]] = {head: [] for head in _WEIGHTS}
    for doc in docs:
        neural, entities = reading(doc).neural, reading(doc).entities
        assert neural is not None
        tokens = encoder(words_of(doc))
        neural = replace(neural, heads=heads, tokens=tokens, mentions=heads.mention_scores(tokens))
        said["mention"].append(_likely(neural.mentions))
        if entities:
            groups = [[(s.start, s.end) for s in entity.spans] for entity in entities]
            roles = neural.roles(groups)[..., None]
            said["role"].append(_likely(np.concatenate([1 - roles, roles], axis=2)))
            kinds = np.array([[entity.type == kind for kind in neural.labels.entities] for entity in entities], dtype=np.float32)
            said["relation"].append(_likely(neural.relations(groups, kinds)[~np.eye(len(groups), dtype=bool)]))
    return {head: np.vstack(rows) for head, rows in said.items()}


def fitted(scores: Floats, wanted: Floats) -> tuple[float, float]:
    """Temperature and shift, added to the score of nothing, with which log-probabilities (N, C) come to the sums `wanted`: of the probabilities of something, and
    of their variances."""

    def missed(unknown: Floats) -> Floats:
        scaled = scores / np.exp(unknown[0])
        scaled[:, 0] += unknown[1]
        return np.asarray(np.log(_said(scaled) / wanted))

    solved = root(missed, np.zeros(2))
    if not solved.success:
        raise ValueError(f"no temperature brings the scores to those wanted: {solved.message}")
    return float(np.exp(solved.x[0])), float(solved.x[1])


def _said(scores: Floats) -> Floats:
    """How much is said, and how unsurely: sums of the probabilities of something, and of their variances."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    something = 1 - powers[:, 0] / powers.sum(axis=1)
    return np.array([something.sum(), (something * (1 - something)).sum()])


def _likely(chances: npt.NDArray[np.float32]) -> Floats:
    """(…, C) probabilities → (N, C) log-probabilities of those that may be something."""
    flat = chances.reshape(-1, chances.shape[-1]).astype(np.float64)
    return np.asarray(np.log(np.maximum(flat[flat[:, 0] < 1 - _LEAST], 1e-30)))
