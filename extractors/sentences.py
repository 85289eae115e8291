"""Sentence boundaries of titles and abstracts, by rule.

The title (up to the first line break) is a sentence. After that a sentence ends at `.`, `!` or `?` that is
followed by a token which can open one, unless the stop belongs to an abbreviation or an initial.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from extractors.document import words_of

_STOPS = {".", "!", "?", "?!", "!?", "..."}
_CLOSERS = {")", "]", '"', "'", "”", "’", "''"}
_QUOTES = {'"', "'", "''"}  # open as well as close
_LAST = {stop[-1] for stop in _STOPS | _CLOSERS}  # what a sentence's last token ends with
_CLOSERS_READ = 6  # brackets and quotes between a stop and the next sentence
_NOT_FINAL = {
    "e.g", "i.e", "etc", "al", "vs", "cf", "fig", "eq", "sec", "resp", "approx", "no", "dr", "prof", "w.r.t", "a.k.a", "viz",
}  # fmt: skip


@Language.component("kg_sentences", assigns=["token.is_sent_start"])
def split_sentences(doc: Doc) -> Doc:
    """Mark each token as the start of a sentence or not."""
    words, spaced = words_of(doc), doc.to_array("SPACY").tolist()
    return mark_starts(doc, [i == 0 or _starts(words, spaced, i) for i in range(len(words))])


def mark_starts(doc: Doc, starts: list[bool]) -> Doc:
    """Say of each token whether a sentence starts there, in one write: spaCy's setter looks at the whole document each time."""
    if starts:
        array: Any = np.where(starts, 1, -1).astype(np.int64).astype(np.uint64)
        doc.from_array(["SENT_START"], array)
    return doc


def _starts(words: list[str], spaced: list[int], i: int) -> bool:
    word, before = words[i], words[i - 1]
    if "\n" in before:
        return not word.isspace()
    if before[-1] not in _LAST or word.isspace() or word in _STOPS or (word in _CLOSERS and word not in _QUOTES):
        return False
    position = i - 1
    while position > 0 and i - position < _CLOSERS_READ and words[position] in _CLOSERS and not spaced[position - 1]:
        position -= 1
    if word in _QUOTES and not spaced[i - 1]:
        return False  # it closes what stands before
    return _is_end(words, position) and _can_open(word)


def _is_end(words: list[str], position: int) -> bool:
    stop = words[position]
    if stop in _STOPS:
        word = words[position - 1].lower() if position else ""
        return word not in _NOT_FINAL and not (len(word) == 1 and word.isalpha() and stop == ".")
    return stop[-1:] in ".!?" and len(stop) > 4 and stop.lower().rstrip(".!?") not in _NOT_FINAL


def _can_open(word: str) -> bool:
    first = word[0]
    return (
        first.isupper()
        or first.isdigit()
        or first in "\"'“‘([{$\\"
        or not first.isascii()
        or word[-1:].isdigit()
        or any(c.isupper() for c in word)
    )
