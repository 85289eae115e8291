"""Pairs of in-paper entities that may name one thing, with what tells whether they do."""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Iterator

import numpy as np
from spacy.tokens import Doc

from extractors.abbreviations import is_short_form, match_long_form, words_passed_over
from extractors.document import Found, reading, span_text, title_length, words_of
from extractors.perceptron import log_odds
from kg.model.identifiers import fold_name
from kg.model.vocabulary import load_vocabulary

COINED = re.compile(r"\d|[^\W\d_][A-Z]")  # a digit, or a capital inside a word
_PART = re.compile(r"[^\W_]+")
_LITTLE = {"of", "for", "the", "and", "with", "in", "to", "on", "a", "based"}
_MOST_WORDS = 14  # of a name that are compared with the letters of another
_LIKELY = 0.1  # probability of sameness from which the neural reader makes a pair of what has nothing in common
_LOOKS = [list(both) for both in itertools.combinations_with_replacement(("plain", "proper", "short"), 2)]
FITS = ("head", "start", "inside", "within", "none")
MAX_GROUPS = 60  # of one text that are compared with each other; later ones are joined by name only


def alias_pairs(doc: Doc) -> Iterator[tuple[int, int, list[float]]]:
    """Pairs of positions of `Reading.entities` that may name one thing, with their features.

    Pairs without a word, initials or a place in the title in common are left out, unless the neural reader
    finds them likely.
    """
    groups = [_Group(entity) for entity in reading(doc).entities[:MAX_GROUPS]]
    found = [group.found for group in groups]
    title_end = title_length(doc)
    heading = next((i + 1 for i, word in enumerate(words_of(doc)[:title_end]) if word == ":"), 0)  # where a subtitle begins
    same, surest, introduced = _neural_sameness(doc, found), _surest(doc, found), _introduced(doc, found)
    odds, likely = log_odds(same).tolist(), same.tolist()
    for (i, a), (j, b) in itertools.combinations(enumerate(groups), 2):
        common = len(a.words & b.words)
        initials = bool(a.shorts or b.shorts) and (a.spells(b) or b.spells(a))
        made = (a.made_of(b) or b.made_of(a)) if a.coined or b.coined else None
        if common or initials or made or likely[i][j] > _LIKELY:
            both, one = min(introduced[i], introduced[j]), abs(introduced[i] - introduced[j])
            neural = [odds[i][j], *log_odds([min(surest[i], surest[j]), both, one]).tolist()]
            first, second = a.found.spans[0], b.found.spans[0]
            subtitle = bool(heading) and first.start == 0 and second.start == heading
            spelt = subtitle and match_long_form(span_text(first), span_text(second)) == 0
            titled = first.start < title_end
            yield i, j, [*neural, *_compared(a, b, min(common, 3), initials, made), subtitle, spelt, titled]


class _Group:
    """What the comparison of an entity with others needs, worked out once: of its first four forms, those in keys, their
    words, the letters and length of those that look like abbreviations, the letters of those that may be made of others'
    beginnings, the words of those that have several, the words of the first, and what kind of name it has."""

    def __init__(self, found: Found) -> None:
        forms = list(dict.fromkeys(span_text(s) for s in found.spans))[:4]
        self.found = found
        self.keys = [fold_name(form) for form in forms]
        self.words = {word for key in self.keys for word in key.split()} - _LITTLE
        self.first = set(self.keys[0].split())
        self.shorts = [(letters_of(form), len(form)) for form in forms if len(form) < 12 and is_short_form(form)]
        self.forms = [(form.casefold(), len(form)) for form in forms]
        self.coined = ["".join(filter(str.isalnum, form.casefold())) for form in forms if _may_be_coined(form)]
        self.worded = [words for form, _ in self.forms if len(words := tuple(_PART.findall(form)[:_MOST_WORDS])) > 1]
        short = any(is_short_form(span_text(s)) for s in found.spans[:4])
        self.kind = "short" if short else "proper" if found.name != found.name.lower() else "plain"

    def spells(self, other: _Group) -> bool:
        """Whether the letters of a short form stand, in order, in a longer form of the other."""
        return any(length > size and stand_in_order(letters, form) for letters, size in self.shorts for form, length in other.forms)

    def made_of(self, other: _Group) -> tuple[int, int] | None:
        """If a coined name is made of beginnings of the other's words: how many of these it passes over and how many letters it has, up
        to three and five; None if it is not."""
        found = [
            (passed, letters)
            for letters in self.coined
            for words in other.worded
            if (passed := words_passed_over(letters, words)) is not None
        ]
        if not found:
            return None
        passed, letters = min(found)
        return min(passed, 3), min(len(letters), 5)


def _may_be_coined(form: str) -> bool:
    """A name of up to two words and 20 characters with a capital or digit inside a word, or one that looks like an abbreviation."""
    return len(form) <= 20 and form.count(" ") < 2 and bool(COINED.search(form) or is_short_form(form))


def _introduced(doc: Doc, groups: list[Found]) -> list[float]:
    """How likely the neural reader thinks that the paper introduces each."""
    neural = reading(doc).neural
    if neural is None or not groups or "introduces" not in neural.labels.roles:
        return [0.0] * len(groups)
    said = neural.roles([[(span.start, span.end) for span in group.spans[:4]] for group in groups])
    chances: list[float] = said[:, neural.labels.roles.index("introduces")].tolist()
    return chances


def _compared(a: _Group, b: _Group, common: int, initials: bool, made: tuple[int, int] | None) -> list[float]:
    """What two groups have in common and what not: how their names fit and look, how often each stands there, types."""
    fit, looks = fit_of(a.keys, b.keys), sorted((a.kind, b.kind))
    apart = abs(a.found.spans[0].start - b.found.spans[0].start)
    return [
        *(fit == one for one in FITS),
        common,
        initials,
        *((True, *made) if made else (False, 0, 0)),
        *(looks == both for both in _LOOKS),
        _alike(a.keys, b.keys),
        math.log1p(len(a.found.spans)),
        math.log1p(len(b.found.spans)),
        a.found.known,
        b.found.known,
        a.found.type == b.found.type,
        len(a.first ^ b.first),
        len(a.first & b.first),
        *(kind in (a.found.type, b.found.type) for kind in load_vocabulary().entities),
        min(20, apart),
        max(map(len, a.keys)),
        max(map(len, b.keys)),
    ]


def fit_of(names_a: list[str], names_b: list[str]) -> str:
    """How names of the one stand in names of the other: as their head, start, inside, with all words in order, or none.

    >>> fit_of(["visual abstractor module"], ["abstractor module"]), fit_of(["dual coding external memory"], ["dual coding memory"])
    ('head', 'within')
    """
    pairs = [(f" {x} ", f" {y} ") if len(x) > len(y) else (f" {y} ", f" {x} ") for x in names_a for y in names_b]
    return (
        "head" if any(x.endswith(y) for x, y in pairs)
        else "start" if any(x.startswith(y) for x, y in pairs)
        else "inside" if any(y in x for x, y in pairs)
        else "within" if any(_words_in_order(y.strip(), x) for x, y in pairs)
        else "none"
    )  # fmt: skip


def _words_in_order(short: str, long: str) -> bool:
    rest = iter(long.split())
    return " " in short and all(word in rest for word in short.split())


def _alike(names_a: list[str], names_b: list[str]) -> int:
    """Tenths of the likeness of the two closest names: shared pairs of letters, spaces left out (Dice 1945)."""
    pairs = itertools.product(map(_letter_pairs, names_a[:2]), map(_letter_pairs, names_b[:2]))
    return max(int(20 * len(x & y) / max(1, len(x) + len(y))) for x, y in pairs)


@functools.lru_cache(maxsize=4096)
def _letter_pairs(name: str) -> frozenset[str]:
    packed = name.replace(" ", "")
    return frozenset(packed[i : i + 2] for i in range(len(packed) - 1))


def _surest(doc: Doc, groups: list[Found]) -> list[float]:
    """How sure the neural reader is, at best, that a mention of each group is one."""
    neural = reading(doc).neural
    if neural is None or not groups:
        return [0.0] * len(groups)
    spans = [(s.start, s.end) for group in groups for s in group.spans[:4]]
    firsts = np.cumsum([0, *(len(group.spans[:4]) for group in groups[:-1])])
    found: list[float] = np.maximum.reduceat(1.0 - neural.kinds_of(spans)[:, 0].astype(np.float64), firsts).tolist()
    return found


def _neural_sameness(doc: Doc, groups: list[Found]) -> np.ndarray:
    """The highest probability of sameness between a mention of the one and a mention of the other: (G, G)."""
    neural = reading(doc).neural
    best = np.zeros((len(groups), len(groups)), dtype=np.float32)
    if neural is None:
        return best
    spans, owners = [], []
    for position, group in enumerate(groups):
        fresh = {span_text(span).casefold(): span for span in reversed(group.spans)}
        for span in sorted(fresh.values(), key=lambda s: s.start)[:4]:
            spans.append((span.start, span.end))
            owners.append(position)
    scores = neural.same(spans)
    np.maximum.at(best, (np.repeat(owners, len(owners)), np.tile(owners, len(owners))), scores.ravel())
    return best


@functools.lru_cache(maxsize=1 << 12)
def letters_of(text: str) -> tuple[str, ...]:
    """The letters of a short form, folded."""
    return tuple(c for c in text.casefold() if c.isalpha())


def stand_in_order(letters: tuple[str, ...], folded: str) -> bool:
    """Whether letters stand in a folded text in their order."""
    place = 0
    for letter in letters:
        place = folded.find(letter, place) + 1
        if not place:
            return False
    return True
