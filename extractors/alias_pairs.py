"""Pairs of in-paper entities that may name one thing, with what tells whether they do."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator

import numpy as np
from spacy.tokens import Doc

from extractors.abbreviations import is_short_form, match_long_form, words_passed_over
from extractors.document import Found, reading, span_text, title_length, words_of
from extractors.linear import Sample
from kg.model.identifiers import fold_name

COINED = re.compile(r"\d|[^\W\d_][A-Z]")  # a digit, or a capital inside a word
_PART = re.compile(r"[^\W_]+")
_LITTLE = {"of", "for", "the", "and", "with", "in", "to", "on", "a", "based"}
_MOST_WORDS = 14  # of a name that are compared with the letters of another
MAX_GROUPS = 60  # of one text that are compared with each other; later ones are joined by name only


def alias_pairs(doc: Doc) -> Iterator[tuple[int, int, Sample]]:
    """Pairs of positions of `Reading.entities` that may name one thing, with their features.

    Pairs without a word, initials or a place in the title in common are left out, unless the neural reader
    finds them likely.
    """
    groups = [_Group(entity) for entity in reading(doc).entities[:MAX_GROUPS]]
    title_end = title_length(doc)
    heading = next((i + 1 for i, word in enumerate(words_of(doc)[:title_end]) if word == ":"), 0)  # where a subtitle begins
    matrix = _neural_sameness(doc, [group.found for group in groups])
    same = matrix.tolist() if matrix is not None else None
    surest = _surest(doc, [group.found for group in groups]) if same is not None else []
    introduced = _introduced(doc, [group.found for group in groups])
    for (i, a), (j, b) in itertools.combinations(enumerate(groups), 2):
        likely = same[i][j] if same is not None else 0.0
        common = a.words & b.words
        initials = bool(a.shorts or b.shorts) and (a.spells(b) or b.spells(a))
        made = a.made_of(b) or b.made_of(a) if a.coined or b.coined else ""
        if not (common or initials or made or likely > 0.1):
            continue
        first, second = a.found.spans[0], b.found.spans[0]
        sample = Sample(_alias_features(a, b, len(common), initials, made, first.start < title_end))
        if heading and first.start == 0 and second.start == heading:
            spelt = match_long_form(span_text(first), span_text(second)) == 0
            sample.features += ("subtitle", f"subtitle|spelt={spelt}", f"subtitle|spelt={spelt}|initials={initials}")
        if same is not None:
            both, kinds = min(introduced[i], introduced[j]), "+".join(sorted((a.kind, b.kind)))
            sample.graded += [("nn:same", likely), ("nn:weaker", min(surest[i], surest[j])), ("nn:introduced", both)]
            sample.graded += [("nn:one introduced", abs(introduced[i] - introduced[j]))]
            sample.graded += [(f"nn:introduced|{kinds}", both), (f"nn:introduced|made={made}", both)]
        yield i, j, sample


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

    def made_of(self, other: _Group) -> str:
        """If a coined name is made of beginnings of the other's words: how many of these it passes over and how many letters it has, up
        to three and five; empty if it is not."""
        found = [
            (passed, letters)
            for letters in self.coined
            for words in other.worded
            if (passed := words_passed_over(letters, words)) is not None
        ]
        if not found:
            return ""
        passed, letters = min(found)
        return f"{min(passed, 3)}|{min(len(letters), 5)}"


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


def _alias_features(a: _Group, b: _Group, common: int, initials: bool, made: str, titled: bool) -> list[str]:
    kinds = a.found.type if a.found.type == b.found.type else "+".join(sorted((a.found.type, b.found.type)))
    fit = fit_of(a.keys, b.keys)
    extra = sorted(a.first ^ b.first)
    counts = f"{min(len(a.found.spans), 3)}{min(len(b.found.spans), 3)}"
    return [
        *_fitting(kinds, fit, min(common, 3), "+".join(sorted((a.kind, b.kind))), initials, made, titled),
        *_counted(fit, counts, f"{a.found.known}{b.found.known}", _alike(a.keys, b.keys), len(extra)),
        *(f"extra={word}|{fit}" for word in extra[:4]),
    ]


@functools.lru_cache(maxsize=1 << 13)
def _fitting(kinds: str, fit: str, common: int, shapes: str, initials: bool, made: str, titled: bool) -> tuple[str, ...]:
    return (
        kinds, f"fit={fit}", f"{kinds}|fit={fit}", f"common={common}", f"{kinds}|common={common}|{fit}", f"initials={initials}",
        f"initials={initials}|{fit}|{shapes}", f"titled={titled}|{fit}", f"shapes={shapes}|{fit}", f"made={made}", f"made={made}|{shapes}",
        f"made={made}|{fit}",
    )  # fmt: skip


@functools.lru_cache(maxsize=1 << 13)
def _counted(fit: str, counts: str, known: str, close: int, extra: int) -> tuple[str, ...]:
    return f"counts={counts}|{fit}", f"known={known}|{fit}", f"close={close}|{fit}", f"extra={extra}|{fit}"


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
        return []
    spans = [(s.start, s.end) for group in groups for s in group.spans[:4]]
    firsts = np.cumsum([0, *(len(group.spans[:4]) for group in groups[:-1])])
    found: list[float] = np.maximum.reduceat(1.0 - neural.kinds_of(spans)[:, 0].astype(np.float64), firsts).tolist()
    return found


def _neural_sameness(doc: Doc, groups: list[Found]) -> np.ndarray | None:
    """The highest probability of sameness between a mention of the one and a mention of the other: (G, G)."""
    neural = reading(doc).neural
    if neural is None:
        return None
    spans, owners = [], []
    for position, group in enumerate(groups):
        fresh = {span_text(span).casefold(): span for span in reversed(group.spans)}
        for span in sorted(fresh.values(), key=lambda s: s.start)[:4]:
            spans.append((span.start, span.end))
            owners.append(position)
    scores = neural.same(spans)
    best = np.zeros((len(groups), len(groups)), dtype=np.float32)
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
