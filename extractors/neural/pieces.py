"""Tokens → word pieces with the capitals that an uncased vocabulary forgets."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CLS, SEP, UNKNOWN = 101, 102, 100  # of BERT's uncased vocabulary
SHAPES = 8
LONGEST = 32  # pieces of one token
WINDOW = 512  # pieces that the encoder takes at once
_MOST_KNOWN = 100_000  # tokens
_WORD, _DIGIT, _LETTER, _CAPITAL = re.compile(r"\w"), re.compile(r"\d"), re.compile(r"[^\W\d_]"), re.compile(r"[A-Z]")
_PLURAL_CAPITALS = re.compile(r"[^a-z]*[A-Z][^a-z]*[A-Z][^a-z]*s")


@dataclass(frozen=True)
class Pieces:
    """P pieces of T tokens: `ids` and `shapes` have length P, `first` (the piece each token begins at) length T."""

    ids: tuple[int, ...]
    shapes: tuple[int, ...]
    first: tuple[int, ...]


class PieceCutter:
    """Cuts tokens into pieces; what is known of a token is kept, up to a bound."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._known: dict[str, list[int]] = {}

    def __call__(self, tokens: Sequence[str]) -> list[list[int]]:
        """The piece ids of each token, at least one and at most 32.

        Line breaks become separators; a token without pieces (white space, unknown script) counts as unknown.
        """
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        fresh = [token for token in dict.fromkeys(tokens) if token not in self._known]
        for token, encoding in zip(fresh, self._tokenizer.encode_batch(fresh, add_special_tokens=False), strict=True):
            self._known[token] = [SEP] if "\n" in token else encoding.ids[:LONGEST] or [UNKNOWN]
        return [self._known[token] for token in tokens]


def join_pieces(tokens: Sequence[str], cut: Sequence[list[int]]) -> Pieces:
    """The pieces of a run of tokens, between the two outer marks."""
    ids, shapes, first = [CLS], [0], []
    for token, pieces in zip(tokens, cut, strict=True):
        first.append(len(ids))
        ids += pieces
        shapes += [shape_of(token)] * len(pieces)
    return Pieces((*ids, SEP), (*shapes, 0), tuple(first))


def windows(cut: Sequence[list[int]], limit: int = WINDOW) -> Iterator[tuple[int, int, int, int]]:
    """Windows of at most `limit` pieces over a text: (first token, last token + 1, and the same of what is to be
    read from this window). Neighbours overlap; a token is read where it stands farther from the edge.

    >>> list(windows([[7]] * 10, limit=8))
    [(0, 6, 0, 5), (4, 10, 5, 10)]
    """
    start = read = 0
    while True:
        end, room = start, limit - 2
        while end < len(cut) and len(cut[end]) <= room:
            room -= len(cut[end])
            end += 1
        if end == len(cut):
            yield start, end, read, end
            return
        shared = (end - start) // 3
        yield start, end, read, end - shared // 2
        start, read = end - shared, end - shared // 2


@functools.lru_cache(maxsize=1 << 16)
def shape_of(token: str) -> int:
    """0 punctuation, 1 lower case, 2 capitalised, 3 capitals, 4 capitals and a plural s, 5 capitals within,
    6 digits only, 7 letters and digits."""
    if not _WORD.search(token):
        return 0
    if _DIGIT.search(token):
        return 7 if _LETTER.search(token) else 6
    if _PLURAL_CAPITALS.fullmatch(token):
        return 4
    if len(token) > 1 and token.isupper():
        return 3
    if _CAPITAL.search(token, 1):
        return 5
    return 2 if token[:1].isupper() else 1
