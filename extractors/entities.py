"""Mentions: what the trained recogniser found, curated names and likely candidates that it missed, cleaned at the edges."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.abbreviations import HYPHENS
from extractors.candidates import propose
from extractors.document import Found, lowered, reading, sentence_bounds, span_text, text_of, words_of
from extractors.variants import other_spellings

_LEADING = {
    "a", "an", "the", "our", "this", "these", "that", "novel", "new", "proposed", "existing", "their", "its", "such",
    "various", "several", "many", "other", "some", "standard", "popular", "recent", "current", "respective",
}  # fmt: skip
_EDGE = {"-", "(", ")", ",", ".", ":", ";", "'s", "’s", '"', "'", "“", "”", "[", "]", "/", "and", "or", "of", "for", "\n"}
_TRAILING = {
    "Dataset": {"dataset", "datasets", "benchmark", "benchmarks", "corpus", "data", "test", "set"},
    "Metric": {"score", "scores", "metric", "metrics"},
}
_VERSION = re.compile(r"[vV]?\d{1,2}(?:\.\d)?")
DEFAULT_CONFIDENCE = 0.6


class MentionFinder:
    """Makes one `Found` per mention; clustering comes later.

    Each mention has a state: `unlisted` or `listed` (found by the recogniser, not known or known to the curated
    lists), `added` (from the lists), or a kind of `extractors.candidates`. The confidence of a mention is the
    share of right ones of its type and state on training papers that the recogniser had not seen.
    """

    def __init__(self, candidates: bool = True) -> None:
        self._confidence: dict[str, float] = {}
        self._candidates = candidates

    def __call__(self, doc: Doc) -> Doc:
        """Find the mentions of a document."""
        found = reading(doc)
        listed = {(s.start, s.end): s.label_ for s in found.listed}
        taken = bytearray(len(doc))  # one flag a token: inside a mention already
        recognised = [s for s in map(_trimmed, map(_with_version, doc.ents)) if s is not None]
        defined = list(_defined(doc, recognised))
        for span in (*_respelt(doc, [*defined, *recognised]), *defined, *recognised):
            if (span.start, span.end) in listed:
                span.label_ = listed[span.start, span.end]
            if _take(span, taken):
                found.entities.append(self._found(span, "listed" if (span.start, span.end) in listed else "unlisted"))
        for candidate, state in self._more(doc) if self._candidates else ():
            cleaned = clean_span(candidate) if state != "added" else candidate
            if cleaned is not None and _take(cleaned, taken):
                found.entities.append(self._found(cleaned, state))
        found.entities += list(self._spread(doc, taken))
        found.entities.sort(key=lambda e: e.spans[0].start)
        return doc

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        """Write the confidence table."""
        path.write_text(json.dumps(self._confidence, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> MentionFinder:
        """Read the confidence table."""
        self._confidence = json.loads(path.read_text(encoding="utf-8"))
        return self

    def calibrate(self, confidence: dict[str, float]) -> None:
        """Set the confidence table: keys are "<type> <state>"."""
        self._confidence = confidence

    def _more(self, doc: Doc) -> Iterator[tuple[Span, str]]:
        """What may be a mention though the recogniser passed it over, the surest first."""
        yield from ((span, "added") for span in reading(doc).listed)
        yield from propose(doc)
        yield from ((span, "weak") for span in reading(doc).weak)

    def _found(self, span: Span, state: str) -> Found:
        score = self._confidence.get(f"{span.label_} {state}", DEFAULT_CONFIDENCE)
        return Found(span.label_, span_text(span), [span], [score], states=[state], known=state in ("listed", "added"))

    def _spread(self, doc: Doc, taken: bytearray) -> Iterator[Found]:
        """A short or long form that the text defines is the same thing wherever else it stands."""
        kinds = {entity.name: entity.type for entity in reading(doc).entities}
        for short, long in reading(doc).abbreviations:
            kind = kinds.get(short.text) or kinds.get(long.text)
            if kind:
                for form in dict.fromkeys((short.text, long.text)):
                    for span in _places(doc, form, kind):
                        if _take(span, taken):
                            yield self._found(span, "unlisted")


@Language.factory("kg_mentions", default_config={"candidates": True}, requires=["doc.ents"], assigns=["doc._.kg"])
def make_mentions(nlp: Language, name: str, candidates: bool) -> MentionFinder:
    """Factory of the mention component; without `candidates` it keeps to the entities that the recogniser found."""
    return MentionFinder(candidates)


def _defined(doc: Doc, recognised: list[Span]) -> Iterator[Span]:
    """Both forms of each defined abbreviation that the recogniser found one of, at least in part: exactly as defined, with the type
    that it gave the long form, else the short one. Not what stands inside a longer name that it found: `neural language models (LMs)`,
    `out-of-distribution (OOD) detection`."""
    for short, long in reading(doc).abbreviations:
        touching = [e for form in (long, short) for e in doc.ents if e.start < form.end and form.start < e.end]
        if touching:
            for form in (short, long):
                if not any(_goes_beyond(name, form) for name in recognised):
                    yield Span(doc, form.start, form.end, label=touching[0].label)


def _goes_beyond(name: Span, form: Span) -> bool:
    """Whether a name holds a form and words besides."""
    return name.start <= form.start and name.end >= form.end and len(name) > len(form)


def _respelt(doc: Doc, names: list[Span]) -> Iterator[Span]:
    """Other spellings of the names, unless inside one."""
    for span in other_spellings(doc, names):
        if not any(name.start <= span.start and span.end <= name.end for name in names):
            yield span


def clean_span(span: Span) -> Span | None:
    """The span trimmed, and without generic heads; None if nothing is left."""
    trimmed = _trimmed(span)
    if trimmed is None:
        return None
    words, lower = words_of(span.doc), lowered(span.doc)
    start, end, heads = trimmed.start, trimmed.end, _TRAILING.get(span.label_, set())
    while end - start > 1 and lower[end - 1] in heads and words[end - 2] not in HYPHENS and _names_alone(words[start : end - 1]):
        end -= 1
    return Span(span.doc, start, end, label=span.label_)


def _trimmed(span: Span) -> Span | None:
    """The span without determiners, adjectives of novelty and stray punctuation; None if nothing is left."""
    doc = span.doc
    words, lower = words_of(doc), lowered(doc)
    start, end = span.start, min(span.end, sentence_bounds(doc, span.start)[1])  # never past a sentence
    while start < end and (lower[start] in _LEADING or words[start] in _EDGE or words[start].isspace()):
        start += 1
    while end > start and (words[end - 1] in _EDGE or words[end - 1].isspace()):
        end -= 1
    if "(" in words[start:end] and ")" not in words[start:end]:
        end = words.index("(", start)
    if (
        start == end
        or words[start:end].count(")") > words[start:end].count("(")
        or not any(c.isalnum() for word in words[start:end] for c in word)
    ):
        return None
    return Span(doc, start, end, label=span.label_)


def _with_version(span: Span) -> Span:
    """`TÜLU` grows to `TÜLU 3`, `Stable Diffusion` to `Stable Diffusion v1.5`: a number belongs to the name if it
    begins with v, or follows the name at two places or more."""
    words = words_of(span.doc)
    after = words[span.end] if span.end < len(words) else ""
    if not _VERSION.fullmatch(after) or not words[span.start][:1].isupper():
        return span
    versioned = Span(span.doc, span.start, span.end + 1, label=span.label)
    return versioned if after[0] in "vV" or text_of(span.doc).count(span_text(versioned)) > 1 else span


def _names_alone(words: list[str]) -> bool:
    """Whether what stands before a generic head names the thing by itself (a capital or digit in it)."""
    return any(c.isupper() or c.isdigit() for word in words for c in word)


def _take(span: Span, taken: bytearray) -> bool:
    """Flag the span's tokens; False, and nothing flagged, if one of them is taken already."""
    if any(taken[span.start : span.end]):
        return False
    taken[span.start : span.end] = b"\x01" * len(span)
    return True


def _places(doc: Doc, form: str, kind: str) -> Iterator[Span]:
    text, place = text_of(doc), -len(form)
    while (place := text.find(form, place + len(form))) >= 0:
        span = doc.char_span(place, place + len(form), label=kind)
        if span is not None:
            yield span
