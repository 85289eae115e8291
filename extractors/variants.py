"""When two spellings name one thing in a text: abbreviations written out, plurals, accents, hyphens and spaces.

Of 262 pairs of forms in the 2,395 training records that this takes for variants of each other, and whose plain keys
differ, annotators put all into one entity.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator

from spacy.tokens import Doc, Span

from extractors.document import lowered, reading, span_text, text_of
from extractors.lexicon import usual_long_forms
from kg.model.identifiers import fold_name

_PLURAL_CAPITALS = re.compile(r"(?<=[A-Z]{2})s$")
_SEPARATORS = re.compile(r"[\s_/‐-―−-]+")
_PLURALS = ((re.compile(r"(?<=[a-z]{3})ie\b"), "y"), (re.compile(r"([a-z]{2}[xs]|[cs]h)e\b"), r"\1"))  # after a dropped `s`


@functools.lru_cache(maxsize=1 << 14)
def text_key(name: str) -> str:
    """A name's key in one text: as everywhere, but without accents and the plural of an abbreviation (`IHs`)."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return fold_name(_PLURAL_CAPITALS.sub("", plain))


def long_forms(doc: Doc) -> dict[str, str]:
    """Key of an abbreviation → key of what it stands for: as the text defines it, else as other papers do where they
    agree, for those abbreviations that stand in the text."""
    found = reading(doc)
    if found.long_forms is None:
        words = set(lowered(doc))
        found.long_forms = {short: long for short, long in _usual().items() if short in words or f"{short}s" in words}
        found.long_forms |= {text_key(span_text(short)): text_key(span_text(long)) for short, long in found.abbreviations}
    return found.long_forms


@functools.cache
def _usual() -> dict[str, str]:
    known: dict[str, set[str]] = {}
    for short, longs in usual_long_forms().items():
        known.setdefault(text_key(short), set()).update(longs)
    return {short: longs.pop() for short, longs in known.items() if len(longs) == 1}


def variant_key(key: str, longs: dict[str, str]) -> str:
    """What all variants of a name have in common, from its `text_key`: abbreviations written out, one number, no spaces.

    >>> variant_key("offline rl policie", {"rl": "reinforcement learning"})
    'offlinereinforcementlearningpolicy'
    """
    if " " in key and longs:
        key = " ".join([longs.get(word, word) for word in key.split()])
    for pattern, singular in _PLURALS:
        key = pattern.sub(singular, key)
    return key.replace(" ", "")


def other_spellings(doc: Doc, names: list[Span]) -> Iterator[Span]:
    """Where the text has a name of two words or more with one of its abbreviations written out, or the other way round:
    `offline RL` where `offline reinforcement learning` is a name. Spans have the name's label."""
    longs = {short: long for short, long in long_forms(doc).items() if " " in long}
    if not longs:
        return
    text = text_of(doc)
    flat = _flat(text)
    tried: set[str] = set()
    for name in names:
        key = f" {text_key(span_text(name))} "
        for short, long in longs.items():
            for one, other in ((short, long), (long, short)):
                if f" {one} " not in key or len(key) == len(one) + 2:
                    continue
                spelling = key.replace(f" {one} ", f" {other} ").strip()
                if spelling in tried:
                    continue
                tried.add(spelling)
                if _flat(spelling) not in flat:
                    continue
                for match in _pattern(spelling).finditer(text):
                    if span := doc.char_span(*match.span(), label=name.label):
                        yield span


def _flat(text: str) -> str:
    """Words in small letters without an `s` at the end, one blank apart: where a spelling stands in a text, it does so in what this makes of both."""
    return " ".join([word.rstrip("s") for word in _SEPARATORS.split(text.lower())])


@functools.lru_cache(maxsize=1 << 12)
def _pattern(key: str) -> re.Pattern[str]:
    """Any spelling with that key, but for accents and punctuation."""
    return re.compile(
        r"(?<![\w-])" + _SEPARATORS.pattern.join(f"{re.escape(word)}s?" for word in key.split()) + r"(?![\w-])", re.IGNORECASE
    )
