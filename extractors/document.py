"""Doc ⇄ paper record. The only place that declares custom attributes on spaCy's objects.

While the pipeline runs, `doc._.kg` is a `Reading`: what the components have found so far, each adding its
part. `to_record` turns it into the frozen `PaperRecord` that leaves the package.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from spacy.tokens import Doc, Span

from kg.model.records import Link, LocalEntity, LocalRelation, LocalResult, Mention, PaperRecord, Role

if TYPE_CHECKING:
    from extractors.neural.heads import NeuralReading


@dataclass
class Found:
    """An in-paper entity under construction; `spans` in text order with a confidence for each."""

    type: str
    name: str
    spans: list[Span]
    scores: list[float]
    roles: list[Role] = field(default_factory=list)
    states: list[str] = field(default_factory=list)  # of each mention: listed, unlisted or added
    known: bool = False  # the name stands in the curated term lists

    @property
    def confidence(self) -> float:
        """The best of its mentions' confidences."""
        return max(self.scores)

    def has_role(self, role: str) -> bool:
        """Whether the paper has this role towards it."""
        return any(r.role == role for r in self.roles)


@dataclass
class Reading:
    """All that the components know of one document."""

    abbreviations: list[tuple[Span, Span]] = field(default_factory=list)  # (short form, long form)
    long_forms: dict[str, str] | None = None  # key of an abbreviation → key of what it stands for, once known
    listed: list[Span] = field(default_factory=list)  # terms of the curated lists, longest first
    entities: list[Found] = field(default_factory=list)
    relations: list[LocalRelation] = field(default_factory=list)
    results: list[LocalResult] = field(default_factory=list)
    own_work: str | None = None  # what the paper calls its own work, once known
    title_end: int = -1  # tokens of the title, once known
    text: str | None = None  # of the document, once asked for
    words: list[str] = field(default_factory=list)  # the tokens as written, once asked for
    lower: list[str] = field(default_factory=list)  # the tokens in lower case, once asked for
    starts: list[int] = field(default_factory=list)  # the first tokens of the sentences, once asked for
    sentences: dict[int, tuple[int, int, str]] = field(default_factory=dict)  # by first token, once asked for
    links: list[Link] = field(default_factory=list)
    weak: list[Span] = field(default_factory=list)  # spans that the neural reader finds possible
    pairs: list[tuple[int, int, str]] = field(default_factory=list)  # of `doc.ents`, in pipelines for other annotations
    neural: NeuralReading | None = None  # what the neural reader sees, in pipelines that have one


if not Doc.has_extension("kg"):
    Doc.set_extension("kg", default=None)


_PLACE = ("._.", "kg", None, None)


def reading(doc: Doc) -> Reading:
    """The document's reading, made at first use."""
    known: Reading | None = doc.user_data.get(_PLACE)  # type: ignore[call-overload]  # where spaCy keeps `doc._.kg`; asked for thousands of times a document
    if known is not None:
        return known
    doc._.kg = Reading()
    found: Reading = doc._.kg
    return found


def text_of(doc: Doc) -> str:
    """The text, put together once a document: spaCy does so at each call, token by token."""
    found = reading(doc)
    if found.text is None:
        spaced = doc.to_array("SPACY").tolist()
        found.text = "".join([word + " " if space else word for word, space in zip(words_of(doc), spaced, strict=True)])
    return found.text


def span_text(span: Span) -> str:
    """The text of a span, cut out of that of the document."""
    return text_of(span.doc)[span.start_char : span.end_char]


def words_of(doc: Doc) -> list[str]:
    """The tokens as written; worked out once a document."""
    found = reading(doc)
    if len(found.words) != len(doc):
        strings = doc.vocab.strings
        found.words = [strings[key] for key in doc.to_array("ORTH").tolist()]
    return found.words


def lowered(doc: Doc) -> list[str]:
    """The tokens in lower case; worked out once a document."""
    found = reading(doc)
    if len(found.lower) != len(doc):
        found.lower = [word.lower() for word in words_of(doc)]
    return found.lower


def sentence_bounds(doc: Doc, token: int) -> tuple[int, int]:
    """First token and last token + 1 of the sentence that a token is in; the starts are looked up once a document."""
    found = reading(doc)
    if not found.starts:
        marks = doc.to_array("SENT_START") == 1
        marks[:1] = True
        found.starts = np.flatnonzero(marks).tolist()
    place = bisect_right(found.starts, token)
    return found.starts[place - 1], found.starts[place] if place < len(found.starts) else len(doc)


def title_length(doc: Doc) -> int:
    """Tokens of the title, its line break included; looked up once a document."""
    found = reading(doc)
    if found.title_end < 0:
        found.title_end = next((i for i, word in enumerate(words_of(doc), start=1) if "\n" in word), 0)
    return found.title_end


def sentence_of(span: Span) -> tuple[int, int, str]:
    """(start, end, text) of the sentence around a span, in code points, outer white space cut off."""
    first, last = sentence_bounds(span.doc, span.start)
    known = reading(span.doc).sentences
    if first not in known:
        sentence = span.doc[first:last]
        whole = span_text(sentence)
        start = sentence.start_char + len(whole) - len(whole.lstrip())
        text = whole.strip()
        known[first] = start, start + len(text), text
    return known[first]


def local_id(position: int) -> str:
    """Id of the entity at a position of `Reading.entities`."""
    return f"e{position + 1}"


def to_record(doc: Doc, record_id: str, extractor: str) -> PaperRecord:
    """The record of a processed document; confidences are rounded to 4 digits."""
    found = reading(doc)
    return PaperRecord(
        id=record_id,
        entities=tuple(_entity(i, e) for i, e in enumerate(found.entities)),
        relations=tuple(found.relations),
        results=tuple(found.results),
        links=tuple(found.links),
        extractor=extractor,
    )


def _entity(position: int, found: Found) -> LocalEntity:
    pairs = zip(found.spans, found.scores, strict=True)
    return LocalEntity(
        id=local_id(position),
        type=found.type,
        name=found.name,
        mentions=tuple(Mention(s.start_char, s.end_char, s.text, round(c, 4)) for s, c in pairs),
        roles=tuple(found.roles),
        confidence=round(found.confidence, 4),
    )
