"""Roles: what the paper does with each entity, by a linear classifier over its mentions' contexts.

The same classifier says how likely the entity is one at all (class `valid`): that is its confidence, and below
the class's threshold the entity is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.document import Found, reading, sentence_of
from extractors.linear import LinearModel
from kg.model.records import Role

VALID = "valid"
_SIX = 6  # mentions that are looked at; more add nothing


class RoleClassifier:
    """Gives each entity its roles, each with a probability and the sentence that shows it best."""

    def __init__(self) -> None:
        self.model: LinearModel | None = None

    def __call__(self, doc: Doc) -> Doc:
        """Give the entities of a document their roles."""
        found = reading(doc)
        if self.model is None or not found.entities:
            return doc
        scores = self.model.scores([list(role_features(doc, e)) for e in found.entities])
        valid = self.model.classes.index(VALID)
        kept = []
        for entity, row in zip(found.entities, scores, strict=True):
            if row[valid] >= self.model.thresholds[valid]:
                entity.scores = [float(row[valid])] * len(entity.spans)
                entity.roles = list(self._decide(entity, row))
                kept.append(entity)
        found.entities = kept
        return doc

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        """Write the classifier, if trained."""
        if self.model is not None:
            path.mkdir(exist_ok=True)
            self.model.save(path / "roles.npz")

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> RoleClassifier:
        """Read the classifier."""
        self.model = LinearModel.load(path / "roles.npz")
        return self

    def _decide(self, entity: Found, row: np.ndarray) -> Iterator[Role]:
        assert self.model is not None
        classes = self.model.classes
        for i in said_roles(classes, row, self.model.thresholds):
            start, end, text = sentence_of(_best_span(entity, classes[i]))
            yield Role(classes[i], round(float(row[i]), 4), start, end, text)


@Language.factory("kg_roles", requires=["doc._.kg"], assigns=["doc._.kg"])
def make_roles(nlp: Language, name: str) -> RoleClassifier:
    """Factory of the role component."""
    return RoleClassifier()


def said_roles(classes: Sequence[str], row: np.ndarray, thresholds: np.ndarray) -> list[int]:
    """Positions of the roles to say: those over their threshold, else the likeliest; `mentions` only alone."""
    roles = [i for i, name in enumerate(classes) if name != VALID]
    said = [i for i in roles if classes[i] != "mentions" and row[i] >= thresholds[i]]
    return said or [max(roles, key=lambda i: row[i])]


def role_features(doc: Doc, entity: Found) -> Iterator[str]:
    """The features of one entity, as strings: type, shape, title, counts, and words round its mentions."""
    kind = entity.type
    shape = name_shape(entity.name)
    title_end = title_length(doc)
    count = min(len(entity.spans), 4)
    in_title = [s for s in entity.spans if s.start < title_end]
    body = [s for s in entity.spans if s.start >= title_end]
    known = "known" if entity.known else "fresh"
    yield from (kind, f"{kind}|{shape}", f"{kind}|{known}", f"{shape}|{known}", f"{kind}|n{count}", f"{known}|n{count}")
    words = entity.spans[0].text.lower().split()
    yield from (
        f"name={' '.join(words)}",
        f"{kind}|head={words[-1]}",
        f"{kind}|first={words[0]}",
        f"{kind}|words={min(len(words), 5)}|{known}",
    )
    yield f"{kind}|prior={entity.scores[0]:.1f}"
    if in_title:
        place = _title_place(doc, in_title[0], title_end)
        yield from (f"title|{place}", f"{kind}|title|{place}", f"{kind}|{known}|title|{place}", f"{shape}|title|{place}")
    else:
        yield from (f"{kind}|untitled", f"{kind}|{known}|untitled")
    if body:
        where = int(4 * (body[0].start - title_end) / max(1, len(doc) - title_end))
        yield from (f"at{where}", f"{kind}|at{where}", f"{kind}|{known}|at{where}|n{count}")
    else:
        yield f"{kind}|titleonly"
    for short, _ in reading(doc).abbreviations:
        if any(s.start == short.start for s in entity.spans):
            yield from ("defined", f"{kind}|defined", f"{known}|defined")
    for span in body[:_SIX]:
        yield from _context(span, kind)


def title_length(doc: Doc) -> int:
    """Tokens of the title, its line break included."""
    return next((t.i + 1 for t in doc if "\n" in t.text), 0)


def name_shape(name: str) -> str:
    """caps, camel, digit, title or lower: what the name looks like."""
    if re.fullmatch(r"[A-Z][A-Z0-9.&-]+s?", name):
        return "caps"
    if re.search(r"[a-z][A-Z]|[A-Z]{2}", name):
        return "camel"
    if re.search(r"\d", name):
        return "digit"
    return "title" if name[:1].isupper() else "lower"


def _title_place(doc: Doc, span: Span, title_end: int) -> str:
    if span.start == 0:
        after = doc[span.end].text if span.end < title_end else ""
        return "colon" if after == ":" else "whole" if span.end >= title_end - 1 else "start"
    before = doc[span.start - 1].lower_
    return before if before in {"for", "via", "with", "of", "in", "using", "by", "on", ":", "and", "to", "from"} else "mid"


def _context(span: Span, kind: str) -> Iterator[str]:
    doc, sentence = span.doc, span.sent
    before = [t.lower_ for t in doc[max(sentence.start, span.start - 12) : span.start]]
    after = [t.lower_ for t in doc[span.end : min(sentence.end, span.end + 6)]]
    for i, word in enumerate(reversed(before[-3:])):
        yield from (f"-{i + 1}={word}", f"{kind}|-{i + 1}={word}")
    yield f"{kind}|-21={' '.join(before[-2:])}"
    for i, word in enumerate(after[:2]):
        yield from (f"+{i + 1}={word}", f"{kind}|+{i + 1}={word}")
    for word in set(before):
        yield from (f"b={word}", f"{kind}|b={word}")
    for word in set(after):
        yield f"{kind}|a={word}"
    opening = " ".join(t.lower_ for t in doc[sentence.start : min(sentence.start + 2, span.start)])
    yield f"{kind}|open={opening}"


def _best_span(entity: Found, role: str) -> Span:
    """The mention whose sentence shows the role: cue words for it, else the first outside the title."""
    title_end = title_length(entity.spans[0].doc)
    body = [s for s in entity.spans if s.start >= title_end] or entity.spans
    cue = _CUES.get(role)
    return next((s for s in body if cue and cue.search(s.sent.text)), body[0])


_CUES = {
    "introduces": re.compile(
        r"\b(propos|introduc|present|develop|releas|construct|design|creat|build|we call|dub|named|term)", re.I
    ),
    "uses": re.compile(r"\b(us(e|es|ing|ed)|employ|leverag|based on|adopt|utiliz|build|appl|via|combin)", re.I),
    "evaluates_on": re.compile(r"\b(evaluat|experiment|benchmark|result|test|outperform|achiev|state-of-the-art)", re.I),
    "compares_with": re.compile(r"\b(outperform|compar|than|surpass|baseline|over|exceed|superior)", re.I),
    "reports": re.compile(r"\d|\b(improv|achiev|reduc|increas|better|higher|lower)", re.I),
    "addresses": re.compile(r"\b(address|problem|task|we|study|challeng|this paper|this work|tackl)", re.I),
}
