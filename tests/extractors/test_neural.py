"""What the neural reader is made of: pieces, windows, geometry of mentions, heads in numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from extractors.neural.geometry import DISTANCES, entity_counts, entity_pairs
from extractors.neural.heads import Heads, NeuralReading
from extractors.neural.labels import Labels
from extractors.neural.pieces import join_pieces, shape_of, windows

SIZE, KINDS, ROLES, RELATIONS, WIDEST = 8, 5, 7, 9, 4


@pytest.fixture
def heads() -> Heads:
    """Random weights in the network's shapes."""
    chance = np.random.default_rng(3)

    def made(*shape: int) -> np.ndarray:
        return chance.normal(size=shape).astype(np.float32) * 0.5

    weights = {"mention": made(KINDS + 1, 5, 5), "width": made(WIDEST, KINDS + 1), "pair": made(RELATIONS + 1, 10, 10)}
    weights["distance.weight"] = made(2 * DISTANCES, 10)
    for name, ins, outs in (
        ("start", SIZE, 4), ("end", SIZE, 4), ("inside", SIZE, KINDS + 1), ("span", 3 * SIZE, 6), ("role_hidden", 12 + 6 + SIZE, 9),
        ("role", 9, ROLES), ("entity", 12 + 6 + KINDS, 10), ("between", SIZE, 7), ("source", 10, 10), ("target", 10, 10),
        ("context", 7, 10), ("relation", 10, RELATIONS + 1), ("alias", 6, 5), ("alias_hidden", 10, 4), ("same", 4, 1),
    ):  # fmt: skip
        weights[f"{name}.weight"], weights[f"{name}.bias"] = made(outs, ins), made(outs)
    return Heads(weights)


@pytest.mark.parametrize(
    ("token", "shape"),
    [
        ("(", 0),
        ("model", 1),
        ("Model", 2),
        ("GAN", 3),
        ("GANs", 4),
        ("mPLUG", 5),
        ("BiLSTM", 5),
        ("2024", 6),
        ("GPT-4", 7),
        ("é", 1),
        ("A", 2),
    ],
)
def test_shapes_keep_what_an_uncased_vocabulary_forgets(token: str, shape: int) -> None:
    assert shape_of(token) == shape


def test_pieces_know_where_each_token_begins() -> None:
    pieces = join_pieces(["Zorb", "nets", "\n"], [[5], [6, 7], [102]])
    assert pieces.ids == (101, 5, 6, 7, 102, 102)
    assert pieces.shapes == (0, 2, 1, 1, 0, 0)
    assert pieces.first == (1, 2, 4)


@pytest.mark.parametrize("lengths", [[1], [1] * 600, [32] * 100, [1, 30, 2, 9] * 70])
def test_windows_read_every_token_once_and_fit(lengths: list[int]) -> None:
    cut = [[7] * n for n in lengths]
    read: list[int] = []
    for start, end, read_from, read_to in windows(cut):
        assert sum(lengths[start:end]) + 2 <= 512
        assert start <= read_from < read_to <= end
        read += range(read_from, read_to)
    assert read == list(range(len(cut)))


def test_closest_mentions_are_found_within_sentences_only() -> None:
    #            0: twice, 1: once near, 2: in another sentence
    mentions = [(0, 1, 0), (4, 6, 0), (8, 9, 1), (12, 13, 2)]
    pairs = entity_pairs(mentions, [0] * 10 + [1] * 5, 3)
    assert list(zip(pairs.source, pairs.target, strict=True)) == [(0, 1), (1, 0)]
    assert pairs.left_end.tolist() == [6, 6]
    assert pairs.right_start.tolist() == [8, 8]
    assert pairs.classes[0, 1] == pairs.classes[1, 0] + DISTANCES
    assert pairs.classes[0, 2] == pairs.classes[2, 1] == 0


def test_counts_tell_title_from_abstract() -> None:
    counts = entity_counts([(0, 2, 0), (3, 4, 1), (8, 9, 0), (15, 16, 1)], 3, title_end=5, tokens=15)
    assert counts[:, 1].tolist() == [1, 1, 0]
    assert counts[:, 2].tolist() == [1, 0, 0]
    assert counts[0, 3] == pytest.approx(0.3)
    assert counts[2, 4] == 1


def test_scores_are_probabilities_and_nothing_lies_beyond_the_end(heads: Heads) -> None:
    tokens = np.random.default_rng(0).normal(size=(6, SIZE)).astype(np.float32)
    scores = heads.mention_scores(tokens)
    assert scores.shape == (6, WIDEST, KINDS + 1)
    np.testing.assert_allclose(scores.sum(2), 1, rtol=1e-5)
    assert scores[5, 1, 0] == pytest.approx(1)
    assert scores[3, 3, 0] == pytest.approx(1)
    one = heads.mention_scores(tokens[:1])
    assert one.shape == (1, WIDEST, KINDS + 1)


def test_a_span_scores_alike_whatever_follows(heads: Heads) -> None:
    tokens = np.random.default_rng(0).normal(size=(9, SIZE)).astype(np.float32)
    np.testing.assert_allclose(heads.mention_scores(tokens)[:3, :3], heads.mention_scores(tokens[:6])[:3, :3], atol=1e-5)


def test_a_reading_answers_for_entities(heads: Heads, tmp_path: Path) -> None:
    tokens = np.random.default_rng(1).normal(size=(12, SIZE)).astype(np.float32)
    heads.save(tmp_path / "heads.npz")
    reading = NeuralReading(
        Heads.load(tmp_path / "heads.npz"),
        Labels.of_vocabulary(),
        tokens,
        np.array([0] * 4 + [1] * 8),
        heads.mention_scores(tokens),
    )
    entities = [[(0, 2), (6, 8)], [(9, 10)], [(3, 4)]]
    assert reading.roles(entities).shape == (3, ROLES)
    relations = reading.relations(entities, np.eye(KINDS, dtype=np.float32)[[0, 1, 2]])
    assert relations.shape == (3, 3, RELATIONS + 1)
    np.testing.assert_allclose(relations.sum(2), 1, rtol=1e-5)
    same = reading.same([(0, 2), (6, 8), (9, 10)])
    np.testing.assert_allclose(same, same.T, rtol=1e-5)
    cut, widest = reading.kinds_of([(0, 9), (0, WIDEST)]).tolist()
    assert cut == widest
