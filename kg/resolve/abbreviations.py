"""Abbreviations and their long forms among the forms of one entity."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kg.model.identifiers import fold_name

_SHORT = re.compile(r"(?=.*[A-Z].*[A-Z0-9])[\w+&.*-]{2,10}")
_WORD = re.compile(r"[^\W_]+")


def abbreviation_pairs(name: str, forms: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """(abbreviation, long form) among the forms of an entity and its name."""
    every = dict.fromkeys((*forms, name))
    if len(every) == 1:
        return ()
    shorts = [form for form in every if looks_short(form)]
    return tuple((short, long) for short in shorts for long in every if is_abbreviation(short, long))


def is_acronym(short: str, long: str) -> bool:
    """Whether the letters of `short` are the first letters of words of `long`, in order; both as spelling keys, words apart by spaces.

    >>> is_acronym("iou", "intersection over union"), is_acronym("cad", "contextual multi modal alignment")
    (True, False)
    """
    words = iter(long.split(" "))
    return all(any(word.startswith(letter) for word in words) for letter in short.replace(" ", ""))


def looks_short(form: str) -> bool:
    """Whether a form may be an abbreviation: 2 to 10 characters without space, two of them capitals or digits."""
    return _SHORT.fullmatch(form) is not None


def is_abbreviation(short: str, long: str) -> bool:
    """Whether `long` may be what `short` stands for: the letters of `short` stand in it in order, starting at its first letter; it
    has at most twice as many words as `short` has letters, and five more; and it is not `short` itself with words after it.

    A looser form of the test of Schwartz and Hearst (2003), for pairs that the extractor has already found.
    """
    if " " not in long or len(long) <= len(short):
        return False
    letters = [c for c in fold_name(short.rstrip("s") if short[:-1].isupper() else short) if c.isalnum()]
    text = fold_name(long)
    if not letters or " " not in text or not text.startswith(letters[0]):
        return False
    together = "".join(c for c in text if c.isalnum())
    if len(_WORD.findall(long)) > min(2 * len(letters), len(letters) + 5) or together.startswith("".join(letters)):
        return False
    position = 0
    for letter in letters:
        position = text.find(letter, position) + 1
        if position == 0:
            return False
    return True
