"""Bare abbreviations of which papers give several long forms: which one a paper means is told by what else it names."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from kg.resolve.census import Census
from kg.resolve.normalize import packed

if TYPE_CHECKING:
    from kg.resolve.match import Item, Key

CLEARLY = 2.0  # how many times the likeness of a paper to the second best expansion that to the best must be
_LEAST_SHARED = 2  # names that a paper must share with those of an expansion


def by_context(
    undecided: list[Item], items: dict[int, Item], census: Census, words: Callable[[str, str], str], origin: list[int]
) -> Census:
    """The census with the places of undecided items split by the long form that their papers mean, where that is clear; items and
    `origin`, the number that each was, get the further numbers. `words` spells out a long form.

    The likeness of a paper to a long form is the sum, over the names that it shares with any paper which gives that form, of the
    logarithm of all papers over those with the name (inverse document frequency; Spärck Jones 1972), over the square root of how
    many names those papers have.
    """
    from kg.resolve.match import Join

    if not undecided:
        return census
    papers = _Papers(items, census)
    expansions = papers.expansions({item.bare for item in undecided})
    split = Census(
        list(census.names), list(census.keys), list(census.counts), list(census.weights), census.places.copy(), census.offsets
    )
    chosen: dict[tuple[int, str, str], int] = {}
    for item in undecided:
        for place in papers.places_of(item.number):
            position = papers.of_place(place)
            meant = _meant(item, papers, position, expansions[item.bare])
            if meant is None:
                continue
            key, shared = meant
            evidence = f"{words(item.kind, key)}: shares {', '.join(shared[:5])}"
            number = chosen.get((item.number, key, evidence))
            if number is None:
                number = chosen[item.number, key, evidence] = split.add(item.naming, census.keys[item.number])
                items[number] = item.split(number, key, Join("abbreviation by context", evidence))
                origin.append(item.number)
            split.places[place] = number
            split.counts[number] += 1
            split.counts[item.number] -= 1
        if not split.counts[item.number]:
            del items[item.number]
    return split


class _Papers:
    """What papers name, by keys: numbers in the order of (type, name key)."""

    def __init__(self, items: Mapping[int, Item], census: Census) -> None:
        self._items = items
        self.keys: list[Key] = sorted({(item.kind, item.key) for item in items.values()})
        ranks = {key: rank for rank, key in enumerate(self.keys)}
        rank_of = np.full(len(census.names), -1, np.int64)
        for number, item in items.items():
            rank_of[number] = ranks[item.kind, item.key]
        self._rank_of, self._paper_of = rank_of, census.papers()
        named = rank_of[census.places]
        pairs = np.unique(self._paper_of[named >= 0] * len(self.keys) + named[named >= 0])
        self._named, self._offsets = pairs % len(self.keys), np.searchsorted(pairs, np.arange(len(census.offsets)) * len(self.keys))
        self._with = np.bincount(self._named, minlength=len(self.keys))  # papers that name each
        self._total = int((np.diff(self._offsets) > 0).sum())
        order = np.argsort(census.places, kind="stable")
        self._order, self._starts = order, np.searchsorted(census.places[order], np.arange(len(census.names) + 1))

    def rank(self, number: int) -> int:
        """The key of a number."""
        return int(self._rank_of[number])

    def places_of(self, number: int) -> list[int]:
        """The places with a number, in order."""
        found: list[int] = self._order[self._starts[number] : self._starts[number + 1]].tolist()
        return found

    def of_place(self, place: int) -> int:
        """The paper of a place."""
        return int(self._paper_of[place])

    def named(self, position: int) -> set[int]:
        """The keys of all that a paper names."""
        return set(self._named[self._offsets[position] : self._offsets[position + 1]].tolist())

    def expansions(self, asked: set[Key]) -> dict[Key, _Expansions]:
        """For each abbreviation its long forms."""
        givers: dict[Key, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
        for number, item in self._items.items():
            for short, _ in item.pairs:
                if (about := (item.kind, packed(short))) in asked:
                    givers[about][self.rank(number)].update(self.of_place(place) for place in self.places_of(number))
        return {
            about: _Expansions({long: set[int]().union(*map(self.named, where)) - {long} for long, where in found.items()})
            for about, found in givers.items()
        }

    def rarity(self, key: int) -> float:
        """Inverse document frequency."""
        return math.log(self._total / int(self._with[key]))


class _Expansions:
    """The long forms of an abbreviation, each with all that the papers name which give it."""

    def __init__(self, named: Mapping[int, set[int]]) -> None:
        self.sizes = {long: len(theirs) for long, theirs in named.items()}
        self.naming: dict[int, list[int]] = defaultdict(list)  # what is named → the long forms of whose papers it is
        for long, theirs in named.items():
            for key in theirs:
                self.naming[key].append(long)


def _meant(item: Item, papers: _Papers, position: int, expansions: _Expansions) -> tuple[str, list[str]] | None:
    """The key of the long form that a paper means by an abbreviation, and those of what it shares with its papers; None where it is not clear."""
    shared: dict[int, list[int]] = defaultdict(list)
    for key in sorted(papers.named(position) - {papers.rank(item.number)}):
        for long in expansions.naming.get(key, ()):
            shared[long].append(key)
    scores = [
        (round(sum(map(papers.rarity, keys)) / math.sqrt(max(1, expansions.sizes[long])), 9), papers.keys[long][1], keys)
        for long, keys in shared.items()
        if len(keys) >= _LEAST_SHARED
    ]
    scores.sort(key=lambda score: (-score[0], score[1]))
    if not scores or scores[0][0] <= 0 or any(scores[0][0] < CLEARLY * other[0] for other in scores[1:2]):
        return None
    return scores[0][1], sorted(papers.keys[key][1] for key in scores[0][2])
