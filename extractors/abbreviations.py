"""Abbreviations and their long forms: the algorithm of Schwartz and Hearst, 2003 (A Simple Algorithm for
Identifying Abbreviation Definitions in Biomedical Text, Pacific Symposium on Biocomputing 8).

Both orders are read: `long form (SF)` and `SF (long form)`. Beyond the algorithm: words whose initials spell the short
form go before a shorter match inside them (`CCL`, cyclical curriculum learning), and a generic head that the short form
does not need is left out (`CoMD`, competitive multi-modal distillation framework).
"""

from __future__ import annotations

import functools
import re

from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.document import lowered, reading, span_text, title_length, words_of

_OPEN, _CLOSE = {"(", "["}, {")", "]"}
_SEPARATORS = {",", ";"}
_LITTLE = {"of", "for", "the", "and", "with", "in", "to", "on", "a", "by", "via", "from"}
_CLOSING = _LITTLE | {  # end a name in a title
    "using", "towards", "toward", "under", "at", "as", "is", "are", "through", "based", "dataset", "benchmark", "corpus",
}  # fmt: skip
HYPHENS = {"-", "‐", "‑", "–"}
_HEADS = {
    "framework", "strategy", "strategies", "model", "models", "method", "methods", "approach", "approaches",
    "technique", "scheme", "system",
}  # fmt: skip


@Language.component("kg_abbreviations", assigns=["doc._.kg"])
def find_abbreviations(doc: Doc) -> Doc:
    """Fill `Reading.abbreviations` with (short, long) span pairs, in text order, each pair of texts once."""
    seen: set[tuple[str, str]] = set()
    for opening in (i for i, word in enumerate(words_of(doc)) if word in _OPEN):
        inner = _inner(doc, opening)
        if inner is None:
            continue
        pair = _short_inside(doc, opening, inner) or _long_inside(doc, opening, inner)
        if pair and (key := (pair[0].text, pair[1].text)) not in seen:
            seen.add(key)
            reading(doc).abbreviations.append(pair)
    titled = _titled(doc)
    if titled and titled[0].text not in {short for short, _ in seen}:
        reading(doc).abbreviations.insert(0, titled)
    return doc


def _titled(doc: Doc) -> tuple[Span, Span] | None:
    """The name before a title's colon and what its letters stand for behind: `RVT: Robotic View Transformer for …`."""
    words, end = lowered(doc), title_length(doc)
    colon = words.index(":", 0, end) if ":" in words[:end] else end
    short = doc[:colon]
    if not 0 < colon < end or not is_short_form(short.text):
        return None
    for stop in range(colon + 2, min(end, colon + 2 + 3 * len(short.text)) + 1):
        if match_initials(short.text, span_text(doc[colon + 1 : stop])) == 0:
            while stop < end and (words[stop] in HYPHENS or (words[stop][0].isalnum() and words[stop] not in _CLOSING)):
                stop += 1
            stop -= words[stop - 1] in HYPHENS
            return short, doc[colon + 1 : stop]
    return None


@functools.lru_cache(maxsize=1 << 14)
def is_short_form(text: str) -> bool:
    """2 to 10 characters, first one a letter or digit, at least one letter, at most two words."""
    if not 2 <= len(text) <= 10 or not text[0].isalnum() or len(text.split()) > 2:
        return False
    return any(c.isalpha() for c in text) and (any(c.isupper() for c in text) or any(c.isdigit() for c in text))


def match_long_form(short: str, candidate: str) -> int | None:
    """Where in `candidate` the shortest long form of `short` begins, or None: letters are matched from the
    right, the first one must open a word."""
    s, c = len(short) - 1, len(candidate) - 1
    while s >= 0:
        letter = short[s].lower()
        if not letter.isalnum():
            s -= 1
            continue
        while c >= 0 and (candidate[c].lower() != letter or (s == 0 and c > 0 and candidate[c - 1].isalnum())):
            c -= 1
        if c < 0:
            return None
        s, c = s - 1, c - 1
    return c + 1


def match_initials(short: str, candidate: str, skipped: int = 0) -> int | None:
    """Where the last words of `candidate` begin whose initials spell `short`, or None; between them little words may be
    passed over, and so many others.

    >>> match_initials("CCL", "we propose cyclical curriculum learning")
    11
    """
    letters = [c for c in short.lower() if c.isalnum()]
    words = list(re.finditer(r"[^\W_]+", candidate))
    start = None
    while letters and words:
        word = words.pop()
        if word.group()[0].lower() == letters[-1]:
            letters.pop()
            start = word.start()
        elif start is None:
            return None
        elif word.group().lower() not in _LITTLE:
            skipped -= 1
            if skipped < 0:
                return None
    return None if letters else start


@functools.lru_cache(maxsize=1 << 14)
def words_passed_over(letters: str, words: tuple[str, ...]) -> int | None:
    """How many words are passed over, little ones not counted, if a name is made of beginnings of words in their order; None if
    it cannot be. All in lower case.

    >>> words_passed_over("fedast", ("federated", "asynchronous", "simultaneous", "training"))
    0
    >>> words_passed_over("monopix", ("contrastive", "monotonic", "pixel", "level", "modulation"))
    3
    """
    fewest = {0: 0}  # letters that are made → words passed over
    for word in words:
        cost = word not in _LITTLE
        further = {made: passed + cost for made, passed in fewest.items()}
        for made, passed in fewest.items():
            for place, letter in enumerate(word, made):
                if letters[place : place + 1] != letter:
                    break
                further[place + 1] = min(passed, further.get(place + 1, passed))
        fewest = further
    return fewest.get(len(letters))


def _long_form_at(short: str, text: str) -> int | None:
    """Where the long form begins that `text` ends with: initials, else any letters, but not from a little word on."""
    at = match_initials(short, text)
    if at is None:
        at = match_long_form(short, text)
        if at is not None and text[at:].split()[0].lower() in _LITTLE:
            loose = match_initials(short, text, skipped=len(short) // 2)
            at = at if loose is None else loose
    if at is not None and text[at - 1 : at] in HYPHENS and (prefix := re.search(r"(?<![\w-])[^\W\d_]{2,}$", text[: at - 1])):
        at = prefix.start()  # `multi-modal`, not `modal`
    return at


def _without_head(long: str, short: str) -> str:
    """A long form without its generic head; empty if it has none, is no more than one, or `short` ends with its initial."""
    before, _, head = long.rpartition(" ")
    return before if head.lower() in _HEADS and head[0].lower() != short[-1].lower() else ""


def _inner(doc: Doc, opening: int) -> Span | None:
    """Tokens from after the bracket to the closing one, a comma or a semicolon, at most 12 tokens on; commas are passed
    over where the initials in the bracket spell the word before it."""
    words = words_of(doc)
    stop = next((i for i in range(opening + 1, min(opening + 13, len(doc))) if words[i] in _CLOSE), opening + 1)
    whole = opening > 0 and match_initials(_singular(words[opening - 1]), span_text(doc[opening + 1 : stop])) == 0
    for end in range(opening + 1, min(opening + 13, len(doc))):
        if words[end] in _CLOSE or (words[end] in _SEPARATORS and not whole):
            return doc[opening + 1 : end] if end > opening + 1 else None
    return None


def _short_inside(doc: Doc, opening: int, inner: Span) -> tuple[Span, Span] | None:
    if not is_short_form(inner.text):
        return None
    # The original counts words; tokens split at hyphens, so twice as many may be needed.
    short = _singular(inner.text)
    limit = 2 * min(len(short) + 5, len(short) * 2)
    start = max(_sentence_start(doc, opening), opening - limit)
    return _pair(doc, short, inner, doc[start:opening])


def _long_inside(doc: Doc, opening: int, inner: Span) -> tuple[Span, Span] | None:
    before = doc[opening - 1 : opening] if opening else None
    if before is None or not is_short_form(before.text) or len(inner) < 2 or inner.text[0].lower() != before.text[0].lower():
        return None
    pair = _pair(doc, _singular(before.text), before, inner)
    return pair if pair and pair[1].start == inner.start else None


def _pair(doc: Doc, short: str, short_span: Span, candidate: Span) -> tuple[Span, Span] | None:
    text = span_text(candidate)
    at = _long_form_at(short, text)
    if at is None:
        return None
    end = at + len(text[at:].rstrip("*}\"”’' "))
    if text.count(")", at, end) > text.count("(", at, end):
        return None
    while (shorter := _without_head(text[at:end], short)) and match_long_form(short, shorter) == 0:
        end = at + len(shorter)
    long = doc.char_span(candidate.start_char + at, candidate.start_char + end, alignment_mode="expand")
    if long is None or len(long.text) <= len(short) or short in re.split(r"\W+", long.text):
        return None
    return short_span, long


def _singular(text: str) -> str:
    return text[:-1] if len(text) > 2 and text.endswith("s") and text[:-1].isupper() else text


def _sentence_start(doc: Doc, position: int) -> int:
    while position > 0 and not doc[position].is_sent_start:
        position -= 1
    return position
