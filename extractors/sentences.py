"""Sentence boundaries of titles and abstracts, by rule.

The title (up to the first line break) is a sentence. After that a sentence ends at `.`, `!` or `?` that is
followed by a token which can open one, unless the stop belongs to an abbreviation or an initial.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Token

_STOPS = {".", "!", "?", "?!", "!?", "..."}
_CLOSERS = {")", "]", '"', "'", "”", "’", "''"}
_QUOTES = {'"', "'", "''"}  # open as well as close
_CLOSERS_READ = 6  # brackets and quotes between a stop and the next sentence
_NOT_FINAL = {
    "e.g", "i.e", "etc", "al", "vs", "cf", "fig", "eq", "sec", "resp", "approx", "no", "dr", "prof", "w.r.t", "a.k.a", "viz",
}  # fmt: skip


@Language.component("kg_sentences", assigns=["token.is_sent_start"])
def split_sentences(doc: Doc) -> Doc:
    """Mark each token as the start of a sentence or not."""
    tokens = list(doc)
    marks = [1 if i == 0 or _starts(tokens, i) else -1 for i in range(len(tokens))]
    if tokens:  # one write for all: spaCy's setter looks at the whole document each time
        array: Any = np.array(marks, dtype=np.int64).astype(np.uint64)
        doc.from_array(["SENT_START"], array)
    return doc


def _starts(tokens: list[Token], i: int) -> bool:
    token, before = tokens[i], tokens[i - 1]
    if "\n" in before.text:
        return not token.is_space
    if token.is_space or token.text in _STOPS or (token.text in _CLOSERS and token.text not in _QUOTES):
        return False
    position = i - 1
    while position > 0 and i - position < _CLOSERS_READ and _closes(tokens, position):
        position -= 1
    if token.text in _QUOTES and not before.whitespace_:
        return False  # it closes what stands before
    return _is_end(tokens, position) and _can_open(token)


def _closes(tokens: list[Token], position: int) -> bool:
    return tokens[position].text in _CLOSERS and not tokens[position - 1].whitespace_


def _is_end(tokens: list[Token], position: int) -> bool:
    stop = tokens[position]
    if stop.text in _STOPS:
        word = tokens[position - 1].lower_ if position else ""
        return word not in _NOT_FINAL and not (len(word) == 1 and word.isalpha() and stop.text == ".")
    return stop.text[-1:] in ".!?" and len(stop) > 4 and stop.lower_.rstrip(".!?") not in _NOT_FINAL


def _can_open(token: Token) -> bool:
    first = token.text[0]
    return (
        first.isupper()
        or first.isdigit()
        or first in "\"'“‘([{$\\"
        or not first.isascii()
        or token.text[-1:].isdigit()
        or any(c.isupper() for c in token.text)
    )
