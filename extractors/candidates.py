"""Spans that may name something though the recogniser passed them over; a classifier decides later.

Four kinds: the part of a title before its colon (`titled`), both sides of a defined abbreviation (`defined`),
single tokens that look like coined names, such as `PassUntil` or `RS-GPT4V` (`shaped`), and what follows a verb of
proposing up to the next function word (`proposed`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from spacy.lang.lex_attrs import is_punct, like_url
from spacy.tokens import Doc, Span

from extractors.document import lowered, reading, sentence_bounds, words_of

GUESS = "Method"  # the type until the classifier gives a better one
_COINED = re.compile(r"(?=.*[A-Z].*[A-Z]|.*[A-Z].*\d|.*\d.*[A-Z]|.*[a-z][A-Z])[A-Za-z][\w+.-]{2,24}")
_ORDINARY = {
    "AI", "NLP", "CV", "ML", "GPU", "GPUs", "CPU", "TPU", "API", "APIs", "URL", "USA", "UK", "EU", "II", "III", "IV", "2D", "3D", "4D",
    "RGB", "PDF", "HTML", "XML", "JSON", "SOTA", "IoT", "AGI", "COVID-19", "PhD", "ICML", "ICLR", "NeurIPS", "ACL", "EMNLP", "NAACL",
    "CVPR", "ICCV", "ECCV", "AAAI", "IJCAI", "GitHub", "ArXiv", "arXiv", "HuggingFace", "YouTube", "FAIR", "STEM", "VRAM", "RAM", "LaTeX",
}  # fmt: skip
_VERBS = {
    "propose", "proposes", "proposed", "introduce", "introduces", "introducing", "present", "presents", "presenting", "develop",
    "develops", "design", "designs", "release", "releases", "construct", "constructs", "create", "creates", "devise", "formulate",
    "called", "named", "dubbed", "termed", "coined", "namely", "term", "call", "contribute",
}  # fmt: skip
_DETERMINERS = {
    "a",
    "an",
    "the",
    "our",
    "two",
    "three",
    "several",
    "new",
    "novel",
    "simple",
    "effective",
    "efficient",
    "unified",
    "general",
}
_STOPS = {
    "that", "which", "who", "for", "to", "with", "by", "in", "on", "using", "via", "of", "from", "based", "is", "are", "as", "where",
    "and", "or", "called", "named", "dubbed", "termed", "can", "under", "at", "into", "inspired", "built", "designed", "capable", "we",
}  # fmt: skip
_LONGEST_PROPOSED = 7  # tokens
_MOST_PROPOSED = 3  # in a list after one verb
_LONGEST_TITLED = 6  # tokens before the colon


def propose(doc: Doc) -> Iterator[tuple[Span, str]]:
    """(span labelled with the guess, kind), the surest kinds first; they may overlap."""
    yield from _titled(doc)
    for short, long in reading(doc).abbreviations:
        yield Span(doc, short.start, short.end, label=GUESS), "defined"
        yield Span(doc, long.start, long.end, label=GUESS), "defined"
    yield from _proposed(doc)
    for place, word in enumerate(words_of(doc)):
        if _COINED.fullmatch(word) and word not in _ORDINARY and not like_url(word):
            yield Span(doc, place, place + 1, label=GUESS), "shaped"


def _proposed(doc: Doc) -> Iterator[tuple[Span, str]]:
    for place, word in enumerate(lowered(doc)):
        if word in _VERBS:
            start = place + 1
            for _ in range(_MOST_PROPOSED):
                start, end = _noun_phrase(doc, start)
                if end > start:
                    yield Span(doc, start, end, label=GUESS), "proposed"
                following = lowered(doc)[end : end + 3]
                both = following[:2] == [",", "and"]
                if following[both + 1 : both + 2] not in (["a"], ["an"]) or following[:1] not in ([","], ["and"]):
                    break
                start = end + both + 1


def _noun_phrase(doc: Doc, start: int) -> tuple[int, int]:
    """The run of tokens from `start` without leading determiners, up to a stop word, mark or sentence end."""
    lower = lowered(doc)
    while start < len(doc) and lower[start] in _DETERMINERS:
        start += 1
    end = start
    while end < min(len(doc), start + _LONGEST_PROPOSED) and not _stops(doc, lower[end], end, start):
        end += 1
    return start, end


def _stops(doc: Doc, word: str, i: int, start: int) -> bool:
    return (
        word in _STOPS
        or (not word[0].isalnum() and word not in {"-", "–"} and is_punct(word))
        or word.isspace()
        or (i > start and sentence_bounds(doc, i)[0] == i)
    )


def _titled(doc: Doc) -> Iterator[tuple[Span, str]]:
    for i, word in enumerate(words_of(doc)[: _LONGEST_TITLED + 1]):
        if "\n" in word:
            return
        if word == ":" and i > 0:
            yield Span(doc, 0, i, label=GUESS), "titled"
            return
