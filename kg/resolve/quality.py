"""How well entities of different papers are joined, against records whose names and types say which are one thing.

Items are (paper, surface form) pairs; the names of the records are withheld from the resolver, which sees types and forms
only. B-cubed (Bagga and Baldwin 1998) is the mean over items; pairwise figures count pairs of items in one cluster.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kg.model.records import LocalEntity, Mention
from kg.resolve.abbreviations import abbreviation_pairs
from kg.resolve.census import Census, naming_of, tally
from kg.resolve.match import match

Item = tuple[str, str, str]  # paper, local entity, form


@dataclass(frozen=True)
class Agreement:
    """Precision and recall in [0, 1]; `gold` and `predicted` count clusters, or pairs of items in one."""

    precision: float
    recall: float
    gold: int
    predicted: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True)
class Mistake:
    """Entities that were wrongly joined or kept apart, with the items that this concerns."""

    kind: str
    type: str
    names: tuple[str, ...]
    items: int


def resolve_again(records: Iterable[Mapping[str, Any]]) -> tuple[dict[Item, Hashable], dict[Item, Hashable]]:
    """(gold clusters, predicted clusters) of the items of paper records; gold ones are (type, name)."""
    gold: dict[tuple[str, str], tuple[str, str]] = {}
    papers: dict[str, list[LocalEntity]] = {}
    for record in records:
        nameless = papers.setdefault(record["id"], [])
        for entity in record["entities"]:
            gold[record["id"], entity["id"]] = (entity["type"], entity["name"])
            nameless.append(_nameless(entity))
    matched = match(Census.of([tally(map(naming_of, entities) for entities in papers.values())]))
    places = [(paper, entity) for paper, entities in papers.items() for entity in entities]
    keys = {(paper, e.id): matched.ids[n] for (paper, e), n in zip(places, matched.census.places.tolist(), strict=True)}
    items = [(paper, e.id, form) for paper, e in places for form in e.forms]
    return {i: gold[i[:2]] for i in items}, {i: keys[i[:2]] for i in items}


def _nameless(entity: Mapping[str, Any]) -> LocalEntity:
    """The entity under the name that its forms alone give it: its abbreviation, else its first form."""
    mentions = tuple(Mention(-1, -1, form) for form in entity["mentions"])
    bare = LocalEntity(entity["id"], entity["type"], entity["mentions"][0], mentions)
    short = next((short for short, _ in abbreviation_pairs(bare.name, bare.forms)), bare.name)
    return LocalEntity(bare.id, bare.type, short, mentions)


def b_cubed(gold: Mapping[Item, Hashable], predicted: Mapping[Item, Hashable]) -> Agreement:
    """Precision and recall of an item's cluster, averaged over items.

    >>> b_cubed({("p", "1", "a"): 1, ("q", "1", "a"): 1}, {("p", "1", "a"): 1, ("q", "1", "a"): 2}).recall
    0.5
    """
    wanted, said, both = _sizes(gold, predicted)
    precision = sum(n * n / said[s] for (_, s), n in both.items()) / max(1, len(gold))
    recall = sum(n * n / wanted[g] for (g, _), n in both.items()) / max(1, len(gold))
    return Agreement(precision, recall, len(wanted), len(said))


def pairwise(gold: Mapping[Item, Hashable], predicted: Mapping[Item, Hashable]) -> Agreement:
    """Precision and recall over pairs of items in one cluster."""
    wanted, said, both = (sum(n * (n - 1) // 2 for n in sizes.values()) for sizes in _sizes(gold, predicted))
    return Agreement(both / said if said else 0.0, both / wanted if wanted else 0.0, wanted, said)


def mistakes(gold: Mapping[Item, Any], predicted: Mapping[Item, Hashable], most: int) -> list[Mistake]:
    """The largest, in turn: gold entities that came apart, and clusters that hold several."""
    apart: dict[Any, Counter[Hashable]] = defaultdict(Counter)
    joined: dict[Hashable, Counter[Any]] = defaultdict(Counter)
    usual: dict[tuple[Any, Hashable], Counter[str]] = defaultdict(Counter)
    for item, entity in gold.items():
        apart[entity][predicted[item]] += 1
        joined[predicted[item]][entity] += 1
        usual[entity, predicted[item]][item[2]] += 1
    splits = [
        Mistake("kept apart", entity[0], _ranked({part: _commonest(usual[entity, part]) for part in parts}, parts), _minor(parts))
        for entity, parts in apart.items()
        if len(parts) > 1
    ]
    merges = [
        Mistake("joined", next(iter(parts))[0], _ranked({part: part[1] for part in parts}, parts), _minor(parts))
        for parts in joined.values()
        if len(parts) > 1
    ]
    queues = [sorted(queue, key=lambda m: (-m.items, m.names)) for queue in (splits, merges)]
    return [m for rank in range(most) for queue in queues for m in queue[rank : rank + 1]][:most]


def _sizes(gold: Mapping[Item, Hashable], predicted: Mapping[Item, Hashable]) -> Sequence[Counter[Any]]:
    """Items of each gold cluster, of each predicted one, and of each pair of the two."""
    return Counter(gold.values()), Counter(predicted.values()), Counter((g, predicted[i]) for i, g in gold.items())


def _minor(parts: Counter[Any]) -> int:
    """Items outside the largest part."""
    return parts.total() - max(parts.values())


def _ranked(names: Mapping[Any, str], parts: Counter[Any]) -> tuple[str, ...]:
    """The names of the parts, the largest first."""
    return tuple(names[part] for part in sorted(parts, key=lambda part: (-parts[part], names[part])))


def _commonest(forms: Counter[str]) -> str:
    return min(forms, key=lambda form: (-forms[form], form))
