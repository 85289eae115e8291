"""What the network learns from: one text with its labels, and what teachers said of it. No spaCy is needed for these."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from extractors.neural.geometry import Floats32, Ints
from extractors.neural.pieces import Pieces


@dataclass(frozen=True)
class Soft:
    """Probabilities for one example: N spans (N, 2) as (start, width - 1), their types (N, K + 1) with none first,
    roles (E, R) and relations (E, E, L + 1) of its E entities. Spans that are not named are nothing. Probabilities
    may have 16 bits."""

    spans: Ints
    kinds: Floats32
    roles: Floats32
    relations: Floats32


SOFT_FIELDS = ("spans", "kinds", "roles", "relations")


@dataclass(frozen=True)
class Example:
    """One paper for training; T tokens, E located entities.

    `mentions` are (first token, last token + 1, type index from 1, entity index); `roles` one set of role
    indices per entity; `relations` maps ordered pairs of entity indices to a class index from 1;
    `sentences` the sentence number of each of the T tokens; `soft` what teachers said of it in probabilities.
    """

    id: str
    pieces: Pieces
    sentences: tuple[int, ...]
    mentions: tuple[tuple[int, int, int, int], ...]
    forms: tuple[str, ...]
    roles: tuple[frozenset[int], ...]
    relations: dict[tuple[int, int], int]
    soft: Soft | None = None


def load_soft(path: Path) -> dict[str, Soft]:
    """What the module `soften` wrote, by the papers' ids."""
    with np.load(path, allow_pickle=False) as data:
        ids = data["ids"].tolist()
        return {name: Soft(*(data[f"{number}.{field}"] for field in SOFT_FIELDS)) for number, name in enumerate(ids)}
