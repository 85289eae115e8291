"""What a person should look at: entities that were joined though their names differ, and entities with nearly one name."""

from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from kg.model.records import LocalEntity
from kg.resolve.abbreviations import is_abbreviation
from kg.resolve.normalize import spelling_key

NEAR = 0.85  # likeness of two names from which entities are shown as a near miss
Named = tuple[str, str, LocalEntity]  # id and type of the entity, and the entity of one paper that it is
_BLOCK = 3  # letters that the names of near misses have in common at their start


@dataclass(frozen=True)
class Doubt:
    """Two names of one type: `kind` is joined or apart, `likeness` in [0, 1], `papers` those of the rarer name; `pair` stands for
    them in `overrides.toml`."""

    kind: str
    type: str
    name: str
    other: str
    likeness: float
    papers: int
    pair: tuple[str, str]

    @property
    def entry(self) -> str:
        """The override that would undo what was done."""
        return "different" if self.kind == "joined" else "same"


def doubts(named: Iterable[Named], most: int) -> list[Doubt]:
    """The most doubtful of all entities of papers, in turn: joins of the least alike names, and pairs left apart of the most alike; those in more papers
    first among equals. Likeness is 1 less the normalised edit distance (Levenshtein 1966) of their letters and digits.
    """
    names: dict[str, Counter[str]] = defaultdict(Counter)
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    kinds: dict[str, str] = {}
    for key, kind, entity in named:
        names[key][entity.name] += 1
        forms[key].update(entity.forms)
        kinds[key] = kind
    joined = [doubt for key, seen in names.items() for doubt in _joined(kinds[key], seen)]
    apart = list(_apart(names, forms, kinds))
    joined.sort(key=lambda d: (d.likeness, -d.papers, d.name, d.other))
    apart.sort(key=lambda d: (-d.likeness, -d.papers, d.name, d.other))
    return [d for rank in range(most) for queue in (joined, apart) for d in queue[rank : rank + 1]][:most]


def _joined(kind: str, seen: Counter[str]) -> Iterator[Doubt]:
    """The other names of an entity against its usual one, unless they are the same letters, or the one abbreviates the other."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for name, count in seen.items():
        spellings[_packed(name)][name] += count
    usual = _commonest(seen)
    for packed, variants in spellings.items():
        name = _commonest(variants)
        if packed != _packed(usual) and not is_abbreviation(name, usual) and not is_abbreviation(usual, name):
            yield _doubt("joined", kind, usual, name, variants.total())


def _apart(names: Mapping[str, Counter[str]], forms: Mapping[str, Counter[str]], kinds: Mapping[str, str]) -> Iterator[Doubt]:
    blocks: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for key, seen in names.items():
        usual = _commonest(seen)
        packed = _packed(usual)
        blocks[kinds[key], packed[:_BLOCK]].append((packed, usual, key))
    for (kind, _), members in blocks.items():
        for (packed, name, key), (other_packed, other, other_key) in itertools.combinations(sorted(members), 2):
            if _digits(packed) == _digits(other_packed) and Levenshtein.normalized_similarity(packed, other_packed) >= NEAR:
                ranked = sorted(((name, key), (other, other_key)), key=lambda pair: (-names[pair[1]].total(), pair))
                papers = min(names[key].total(), names[other_key].total())
                if name != other:
                    yield _doubt("apart", kind, ranked[0][0], ranked[1][0], papers)
                else:  # one abbreviation of two long forms
                    long, other_long = (max(forms[k], key=lambda form: (len(form), form)) for _, k in ranked)
                    pair = (ranked[0][1], ranked[1][1])
                    yield Doubt("apart", kind, f"{name} ({long})", f"{name} ({other_long})", 1.0, papers, pair)


def _doubt(kind: str, entity_type: str, name: str, other: str, papers: int) -> Doubt:
    likeness = Levenshtein.normalized_similarity(_packed(name), _packed(other))
    pair = (f"{entity_type}: {name}", f"{entity_type}: {other}")
    return Doubt(kind, entity_type, name, other, round(likeness, 3), papers, pair)


def as_overrides(found: Iterable[Doubt]) -> str:
    """The overrides that would undo all of them, as lines of `overrides.toml`.

    >>> print(as_overrides([Doubt("apart", "Task", "a", "b", 0.9, 1, ("Task: a", "Task: b"))]))
    same = [
        ["Task: a", "Task: b"],
    ]
    """
    entries: dict[str, list[str]] = {}
    for doubt in found:
        first, second = (json.dumps(name, ensure_ascii=False) for name in doubt.pair)
        entries.setdefault(doubt.entry, []).append(f"    [{first}, {second}],")
    return "\n".join(line for entry, pairs in sorted(entries.items()) for line in (f"{entry} = [", *pairs, "]"))


def _packed(name: str) -> str:
    return spelling_key(name).replace(" ", "")


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _commonest(seen: Counter[str]) -> str:
    return min(seen, key=lambda name: (-seen[name], name))
