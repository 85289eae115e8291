"""Which in-paper entities are one thing: same type and same key, abbreviations opened first; and why.

The steps, in order. All look at all papers at once, so that the outcome does not depend on how they came.

1. Types: where papers give one name different types, they vote (`_Votes`).
2. Names: an entity is filed under the key of its name (`kg.resolve.normalize`), or of the long form that its paper gives.
3. Long forms of one abbreviation that differ only in the endings of words are one (`_alike`).
4. A bare abbreviation follows the long form that all, or four in five, of the papers that write it out give; if that is one paper, it
   must be made of first letters of words and written the same. Where papers disagree, it follows the long form whose papers speak of the same things
   (`_by_context`), or stays on its own: letters alone never join.

Other surface forms are kept as aliases but never join two entities, so that one loose cluster cannot pull the graph together.
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from rapidfuzz.distance import Levenshtein, Prefix

from kg.model.identifiers import digest
from kg.resolve.abbreviations import is_acronym
from kg.resolve.census import SURE, Census, Naming
from kg.resolve.normalize import is_synonym, name_key, packed, spelling_key, topic

Key = tuple[str, str]  # type, name key
DOMINANCE = 0.8  # share of papers that must agree on an expansion, or on the type of a name of one word


@dataclass(frozen=True)
class Join:
    """Why a name belongs to its entity: a rule, and what it rests on."""

    rule: str
    evidence: str = ""


SAME = Join("same name")


@dataclass(frozen=True)
class Matched:
    """For each number of the census its entity's id, empty for one that was left out, its type, and why it belongs there; `former` are ids that
    an entity would have by one of its names alone. Numbers that only the context of their papers could settle were split: further ones stand at the
    end of the census, `origin` tells what they were."""

    census: Census
    ids: list[str]
    kinds: list[str]
    why: list[Join]
    former: dict[str, set[str]]
    origin: list[int]


@functools.lru_cache(maxsize=1 << 17)
def entity_id(kind: str, key: str) -> str:
    """Id of the entity node with this type and key."""
    return digest("entity", kind, key)


@dataclass(slots=True)
class Item:
    """A name on its way to its entity: its number, how papers give it, how many places have it and how sure they are in all, and its keys (`Keys`)
    with the type that it has now; `key` is that of its entity."""

    number: int
    naming: Naming
    kind: str
    count: int
    weight: int
    packed: str
    own: str
    synonym: bool
    subject: str
    key: str = ""
    why: Join = SAME

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Abbreviations and their long forms."""
        return self.naming.pairs

    @property
    def bare(self) -> Key:
        """What its name is as an abbreviation without its long form: a name in small letters is none."""
        return self.kind, "" if self.naming.name.islower() else self.packed

    def retype(self, kind: str, why: Join) -> None:
        """Give it another type."""
        name = self.naming.name
        self.kind, self.why, self.own, self.synonym = kind, why, name_key(name, kind), is_synonym(name, kind)

    def split(self, number: int, key: str, why: Join) -> Item:
        """Another number of the same name that means something else."""
        return replace(self, number=number, count=0, weight=0, key=key, why=why)


def match(
    census: Census, *, vote: bool = True, homonyms: Collection[str] = (), kinds: list[str] | None = None, without: Collection[int] = ()
) -> Matched:  # fmt: skip
    """Match the names of a census, all of a graph at once. `vote` settles types; names whose packed spelling is among `homonyms` keep theirs.
    `kinds` are types that were settled before; the numbers `without` are left out."""
    from kg.resolve.context import by_context

    given = kinds or [naming.kind for naming in census.names]
    items = {
        n: Item(n, naming, naming.kind, census.counts[n], census.weights[n], *census.keys[n])
        for n, naming in enumerate(census.names)
        if census.counts[n] and n not in without
    }
    for item in items.values() if kinds else ():
        if given[item.number] != item.kind:
            item.retype(given[item.number], SAME)
    if vote:
        _Votes(items, census, homonyms).settle(items)
    long_forms = _LongForms(items)
    undecided = []
    for item in items.values():
        long_forms.file(item)
        if not item.pairs and item.key == item.own and item.bare in long_forms.disputed:
            undecided.append(item)
    origin = list(range(len(census.names)))
    census = by_context(undecided, items, census, long_forms.words, origin)
    ids, types, why = ([""] * len(census.names), [*given, *(given[n] for n in origin[len(given) :])], [SAME] * len(census.names))
    former: dict[str, set[str]] = defaultdict(set)
    for number, item in items.items():
        key = ids[number] = entity_id(item.kind, item.key)
        types[number], why[number] = item.kind, item.why
        others = {name_key(long, item.kind) for _, long in item.pairs} | {item.own}
        olds = {entity_id(item.kind, other) for other in others - {item.key}}
        if item.kind != item.naming.kind:
            olds.add(entity_id(item.naming.kind, name_key(item.naming.name, item.naming.kind)))
        if olds:
            former[key] |= olds
    return Matched(census, ids, types, why, former, origin)


class _Votes:
    """The types that papers give a name, each paper by its confidence.

    A name of several words gets the type of most. One of a single word, or one that has two types in one paper, does so only if more
    than four in five agree: it may be the name of two things. A bare abbreviation votes with the long form that its
    type has; if other types have long forms of it, it does not vote at all.
    """

    def __init__(self, items: Mapping[int, Item], census: Census, homonyms: Collection[str]) -> None:
        self._homonyms = homonyms
        self._longs: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))  # short → type → long forms
        for item in items.values():
            for short, long in item.pairs:
                self._longs[packed(short)][item.kind].add(topic(long))
        self._subjects = {number: self._of(item) for number, item in items.items()}
        self._weights: dict[str, Counter[str]] = defaultdict(Counter)
        for number, subject in self._subjects.items():
            if subject:
                self._weights[subject][items[number].kind] += items[number].weight
        self._disputed = {subject: seen for subject, seen in self._weights.items() if len(seen) > 1}
        self._doubled = self._with_two_types_in_a_paper(items, census)

    def settle(self, items: Mapping[int, Item]) -> None:
        """Give each item the type that its name gets."""
        for number, item in items.items():
            subject = self._subjects[number]
            if (seen := self._disputed.get(subject)) and (kind := self._winner(subject, seen)) not in ("", item.kind):
                tally = ", ".join(f"{k} {weight / SURE:.1f}" for k, weight in sorted(seen.items(), key=lambda kv: (-kv[1], kv[0])))
                item.retype(kind, Join("type vote", tally))

    def _with_two_types_in_a_paper(self, items: Mapping[int, Item], census: Census) -> set[str]:
        subjects = {subject: at for at, subject in enumerate(self._disputed)}
        kinds = {kind: at for at, kind in enumerate(sorted({item.kind for item in items.values()}))}
        codes = np.full(len(census.names), -1, np.int64)  # subject and type of a number, where there is a dispute
        for number, subject in self._subjects.items():
            if subject in subjects:
                codes[number] = subjects[subject] * len(kinds) + kinds[items[number].kind]
        seen = codes[census.places]
        papers = census.papers()[seen >= 0]
        several = np.unique(papers * max(1, len(subjects) * len(kinds)) + seen[seen >= 0]) // max(1, len(kinds))
        doubled = set((several[1:][several[1:] == several[:-1]] % max(1, len(subjects))).tolist())
        return {subject for subject, at in subjects.items() if at in doubled}

    def _winner(self, subject: str, seen: Counter[str]) -> str:
        kind, weight = min(seen.items(), key=lambda pair: (-pair[1], pair[0]))
        needed = 0.5 if " " in subject and subject not in self._doubled else DOMINANCE
        return kind if weight > needed * seen.total() else ""

    def _of(self, item: Item) -> str:
        """What an item votes on; nothing if its name may mean several things."""
        if self._homonyms and packed(item.naming.longest) in self._homonyms:
            return ""
        if not item.pairs and (longs := self._longs.get(item.packed)):
            mine = longs.get(item.kind, ())
            return next(iter(mine)) if len(mine) == 1 else ""
        return item.subject


class _LongForms:
    """The long forms of abbreviations, and how many papers give them."""

    def __init__(self, items: Mapping[int, Item]) -> None:
        self.seen: dict[Key, Counter[str]] = defaultdict(Counter)  # abbreviation → long forms
        self._papers: Counter[Key] = Counter()  # that give a long form, with any abbreviation
        self._words: dict[Key, str] = {}
        self._shorts = {(item.kind, short) for item in items.values() for short, _ in item.pairs}
        for item in items.values():
            for short, long in item.pairs:
                key = item.kind, name_key(long, item.kind)
                self.seen[item.kind, packed(short)][key[1]] += item.count
                self._papers[key] += item.count
                self._words[key] = min(spelling_key(long), self._words.get(key, "\uffff"))
        self._usual = self._joined_alike()
        self.opened: dict[Key, str] = {}
        self._alone: set[Key] = set()  # opened by one paper
        self.disputed: set[Key] = set()
        for key, seen in self.seen.items():
            together = Counter[str]()
            for long, count in seen.items():
                together[self.usual(key[0], long)] += count
            long, count = min(together.items(), key=lambda pair: (-pair[1], pair[0]))
            surely = count > 1 or is_acronym(key[1], self._words[key[0], long])
            if surely and count >= DOMINANCE * together.total():
                self.opened[key] = long
                if count == 1:
                    self._alone.add(key)
            else:
                self.disputed.add(key)

    def usual(self, kind: str, key: str) -> str:
        """The key of the commonest of the long forms that are one."""
        return self._usual.get((kind, key), key)

    def file(self, item: Item) -> None:
        """Give an item its key, by its name and what its paper writes out, and the reason."""
        kind, own = item.kind, item.own
        longs = {self.usual(kind, name_key(long, kind)): long for _, long in sorted(item.pairs)}
        if longs:
            item.key = min(longs, key=lambda long: (-self._papers[kind, long], long))
            why = Join("abbreviation in the paper", longs[item.key])
        elif item.bare in self.opened and (item.bare not in self._alone or (kind, item.naming.name) in self._shorts):
            item.key = self.opened[item.bare]
            why = Join("abbreviation in other papers", f"{self._words[kind, item.key]}: {self._told(item.bare, item.key)}")
        else:
            item.key = self.usual(kind, own)
            why = Join("long forms alike", self._words.get((kind, item.key), "")) if item.key != own else SAME
        if item.why is SAME:
            item.why = _spelt(item) if item.key == own else why

    def _told(self, short: Key, long: str) -> str:
        seen = self.seen[short]
        count = sum(n for other, n in seen.items() if self.usual(short[0], other) == long)
        return f"{count} of {seen.total()} papers that write it out"

    def words(self, kind: str, long: str) -> str:
        """A long form, spelt out."""
        return self._words[kind, long]

    def _near(self, kind: str, seen: Collection[str]) -> Iterator[tuple[str, str]]:
        """Those pairs of long forms that can be alike: their words begin with the same three letters."""
        blocks: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for long in sorted(seen) if len(seen) > 1 else ():
            blocks[tuple(word[:3] for word in self._words[kind, long].split())].append(long)
        return itertools.chain.from_iterable(itertools.combinations(block, 2) for block in blocks.values())

    def _joined_alike(self) -> dict[Key, str]:
        parents: dict[Key, Key] = {}

        def find(key: Key) -> Key:
            while (parent := parents.get(key, key)) != key:
                key = parent
            return key

        for (kind, _), seen in self.seen.items():
            for one, other in self._near(kind, seen):
                if _alike(self._words[kind, one], self._words[kind, other]):
                    first, second = find((kind, one)), find((kind, other))
                    better, worse = sorted((first, second), key=lambda key: (-self._papers[key], key))
                    if better != worse:
                        parents[worse] = better
        return {key: find(key)[1] for key in parents}


def _spelt(item: Item) -> Join:
    """Why a name has its own key."""
    if item.synonym:
        return Join("synonym", item.own)
    return SAME if item.own == item.packed else Join("same key", item.own)


def _alike(one: str, other: str) -> bool:
    """Whether two spelt long forms of one abbreviation are one: word by word the same but for endings.

    >>> _alike("rectified linear unit", "rectifier linear unit"), _alike("self supervized learning", "semi supervized learning")
    (True, False)
    """
    first, second = one.split(), other.split()
    return len(first) == len(second) > 1 and all(map(_same_stem, first, second))


def _same_stem(one: str, other: str) -> bool:
    """Whether two words are the same for four letters at least and more than half of the longer, or begin alike and differ in one
    letter of five at most (`adaption`, `adaptation`)."""
    if one == other:
        return True
    shared = Prefix.similarity(one, other)
    if shared >= 4 and shared >= 0.55 * max(len(one), len(other)):
        return True
    return shared >= 3 and Levenshtein.normalized_similarity(one, other) >= 0.8
