"""The names that papers give to things, counted: what entities are joined by, without the texts they stand in.

Papers are counted a portion at a time, by any executor. What is kept grows with the number of distinct names; a place, an entity of one
paper, is a number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from kg.model.filtering import at_least
from kg.model.records import LocalEntity, PaperRecord
from kg.resolve.abbreviations import abbreviation_pairs
from kg.resolve.normalize import is_synonym, name_key, packed, topic
from kg.scale.base import Handle

Numbers = np.ndarray[Any, np.dtype[np.int64]]
SURE = 10_000  # a confidence of 1, as votes are counted


class Naming(NamedTuple):
    """How a paper calls a thing: type, name, and (abbreviation, long form) pairs among its forms."""

    kind: str
    name: str
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def longest(self) -> str:
        """The longest of the long forms, or the name."""
        return max((long for _, long in self.pairs), key=lambda long: (len(long), long), default=self.name)


class Keys(NamedTuple):
    """What a name has in common with its spellings: letters and digits in one spelling, the key of its type, whether a list of synonyms led to it,
    and the words of its longest form, by which types are voted on."""

    packed: str
    own: str
    synonym: bool
    subject: str


@dataclass(frozen=True)
class Tally:
    """The names of a portion of papers, with their keys (see `keys_of`). `places` are positions in `names`, entity by entity, `sizes` entities of
    each paper, `sure` the confidence of each place."""

    names: list[Naming]
    keys: list[Keys]
    places: Numbers
    sizes: Numbers
    sure: Numbers


@dataclass(frozen=True)
class CountNames:
    """Work that tallies portions: lists of the JSON texts of records, of which only what is at least this sure counts."""

    least: float = 0.0

    def start(self) -> Handle:
        """See `Work.start`."""
        return lambda portions: [tally(_entities(text, self.least) for text in portion) for portion in portions]


def tally(papers: Iterable[Iterable[tuple[Naming, float]]]) -> Tally:
    """Tally papers, each given as the naming and confidence of its entities."""
    numbers: dict[Naming, int] = {}
    places, sizes, sure = list[int](), list[int](), list[int]()
    for entities in papers:
        before = len(places)
        for naming, confidence in entities:
            places.append(numbers.setdefault(naming, len(numbers)))
            sure.append(round(confidence * SURE))
        sizes.append(len(places) - before)
    return Tally(
        list(numbers), list(map(keys_of, numbers)), np.array(places, np.int64), np.array(sizes, np.int64), np.array(sure, np.int64)
    )


def keys_of(naming: Naming) -> Keys:
    """The keys of a name. To find them takes most of the time of joining names, and is done with the portions."""
    kind, name = naming.kind, naming.name
    return Keys(packed(name), name_key(name, kind), is_synonym(name, kind), topic(naming.longest))


def naming_of(entity: LocalEntity) -> tuple[Naming, float]:
    """An entity as `tally` takes it."""
    return _naming(entity.type, entity.name, entity.forms), entity.confidence


def _entities(text: str, least: float) -> Iterator[tuple[Naming, float]]:
    data: Mapping[str, Any] = json.loads(text) if text else {}
    if least > 0 and data:
        data = at_least(PaperRecord.from_dict(data), least).to_dict()
    for entity in data.get("entities", ()):
        forms = entity.get("mentions") or dict.fromkeys(span["text"] for span in entity.get("spans", ()))
        yield _naming(entity["type"], entity["name"], forms), float(entity.get("confidence", 1.0))


def _naming(kind: str, name: str, forms: Iterable[str]) -> Naming:
    return Naming(kind, name, tuple(sorted(abbreviation_pairs(name, forms))))


@dataclass
class Census:
    """Distinct names by number with their keys, and the number at each place, papers in order. `counts` are places with each name, `weights` the sum
    of their confidences, `sure` the confidence of each place."""

    names: list[Naming] = field(default_factory=list)
    keys: list[Keys] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)
    places: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))
    offsets: Numbers = field(default_factory=lambda: np.zeros(1, np.int64))  # of the first place of each paper, and of the end
    sure: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))

    @staticmethod
    def of(tallies: Iterable[Tally]) -> Census:
        """Put tallies of portions together, in the order of papers."""
        numbers, keys = dict[Naming, int](), list[Keys]()
        places, sizes, sure = list[Numbers](), list[Numbers](), list[Numbers]()
        for found in tallies:
            mapped = np.array([numbers.setdefault(naming, len(numbers)) for naming in found.names], np.int64)
            keys += [found.keys[local] for local, number in enumerate(mapped.tolist()) if number >= len(keys)]
            places.append(mapped[found.places].astype(np.int32))
            sizes.append(found.sizes)
            sure.append(found.sure.astype(np.int16))
        return Census.numbered(list(numbers), keys, *map(np.concatenate, (places, sizes, sure))) if sizes else Census()

    @staticmethod
    def numbered(names: list[Naming], keys: list[Keys], places: Numbers, sizes: Numbers, sure: Numbers) -> Census:
        """A census of numbers at places, `sizes` of each paper; what stands nowhere is left out, and the others are numbered as they come first."""
        used, first = np.unique(places, return_index=True)
        order = np.argsort(first)
        ranks = np.zeros(len(names), np.int64)
        ranks[used[order]] = np.arange(len(used))
        places, kept = ranks[places].astype(np.int32), used[order].tolist()
        counts = np.bincount(places, minlength=len(kept))
        weights = np.bincount(places, weights=sure, minlength=len(kept)).astype(np.int64)
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        found = [names[n] for n in kept], [keys[n] for n in kept]
        return Census(*found, counts.tolist(), weights.tolist(), places, offsets, sure.astype(np.int16))

    def add(self, naming: Naming, keys: Keys) -> int:
        """A further number, of no place yet."""
        self.names.append(naming)
        self.keys.append(keys)
        self.counts.append(0)
        self.weights.append(0)
        return len(self.names) - 1

    def papers(self) -> Numbers:
        """The position of the paper of each place."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def first(self) -> dict[int, int]:
        """The first place of each number that has one."""
        numbers, first = np.unique(self.places, return_index=True)
        return dict(zip(numbers.tolist(), first.tolist(), strict=True))

    def of_paper(self, position: int) -> list[int]:
        """The numbers at the places of a paper."""
        found: list[int] = self.places[self.offsets[position] : self.offsets[position + 1]].tolist()
        return found
