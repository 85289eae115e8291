"""Sentence boundaries of titles and abstracts, by rule.

The title (up to the first line break) is a sentence. After that a sentence ends at `.`, `!` or `?` that is
followed by a token which can open one, unless the stop belongs to an abbreviation or an initial.
"""

from __future__ import annotations

import re

from spacy.language import Language
from spacy.tokens import Doc, Token

_STOPS = {".", "!", "?", "?!", "!?", "..."}
_CLOSERS = {")", "]", '"', "'", "”", "’", "''"}
_NOT_FINAL = {
    "e.g", "i.e", "etc", "al", "vs", "cf", "fig", "eq", "sec", "resp", "approx", "no", "dr", "prof", "w.r.t", "a.k.a", "viz",
}  # fmt: skip
_GLUED = re.compile(r"[a-z)][.!?][A-Z]?[a-z]*$")


@Language.component("kg_sentences", assigns=["token.is_sent_start"])
def split_sentences(doc: Doc) -> Doc:
    """Set `is_sent_start` on each token."""
    for token in doc:
        token.is_sent_start = token.i == 0 or _starts(doc, token)
    return doc


def _starts(doc: Doc, token: Token) -> bool:
    before = doc[token.i - 1]
    if "\n" in before.text:
        return not token.is_space
    if token.is_space or token.text in _CLOSERS or token.text in _STOPS:
        return False
    position = token.i - 1
    while position > 0 and doc[position].text in _CLOSERS:
        position -= 1
    stop = doc[position]
    return _is_end(doc, stop) and _can_open(token)


def _is_end(doc: Doc, stop: Token) -> bool:
    if stop.text in _STOPS:
        word = doc[stop.i - 1].lower_ if stop.i else ""
        return word not in _NOT_FINAL and not (len(word) == 1 and word.isalpha() and stop.text == ".")
    return stop.text[-1:] in ".!?" and len(stop) > 4 and stop.lower_.rstrip(".!?") not in _NOT_FINAL


def _can_open(token: Token) -> bool:
    first = token.text[0]
    return first.isupper() or first.isdigit() or first in "\"'“‘([{$\\" or not first.isascii() or token.text[-1:].isdigit() \
        or any(c.isupper() for c in token.text)
