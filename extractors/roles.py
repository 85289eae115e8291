"""Roles: what the paper does with each entity, by a linear classifier over its mentions' contexts.

The same classifier says, for each type, how likely the entity is one of that type (classes `is:Model` and so on).
The likeliest type wins, its probability is the entity's confidence, and below the type's threshold the entity is
dropped.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.document import Found, lowered, reading, sentence_bounds, sentence_of, span_text, title_length, words_of
from extractors.linear import LinearModel, Sample
from kg.model.records import Role
from kg.model.vocabulary import load_vocabulary

IS = "is:"  # prefix of the classes that stand for types
KEEP_INTRODUCED = 0.4  # probability from which an introduced thing is kept, however unsure its exact span and type
NONE = "NONE"
_CAPITALS, _CAMEL, _DIGIT = re.compile(r"[A-Z][A-Z0-9.&-]+s?"), re.compile(r"[a-z][A-Z]|[A-Z]{2}"), re.compile(r"\d")
_MOST_SPANS = 40  # of one entity that the neural reader is asked about
_MENTIONS_READ = 4  # mentions that are looked at; more add nothing


class RoleClassifier:
    """Gives each entity its roles, each with a probability and the sentence that shows it best."""

    def __init__(self) -> None:
        self.model: LinearModel | None = None

    def __call__(self, doc: Doc) -> Doc:
        """Give the entities of a document their roles."""
        found = reading(doc)
        if self.model is None:
            for entity in found.entities:
                entity.roles = [Role("mentions", 1.0, *sentence_of(entity.spans[0]))]
            return doc
        if not found.entities:
            return doc
        scores, thresholds = self.model.scores(list(role_samples(doc))).tolist(), self.model.thresholds.tolist()
        rows = dict(zip(map(id, found.entities), scores, strict=True))
        found.entities = [e for e in found.entities if settle(e, self.model.classes, rows[id(e)], thresholds)]
        for entity in found.entities:
            entity.roles = list(self._decide(entity, rows[id(entity)], thresholds))
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

    def _decide(self, entity: Found, row: Sequence[float], thresholds: Sequence[float]) -> Iterator[Role]:
        assert self.model is not None
        classes = self.model.classes
        for i in said_roles(classes, row, thresholds):
            start, end, text = sentence_of(_best_span(entity, classes[i]))
            yield Role(classes[i], round(row[i], 4), start, end, text)


@Language.factory("kg_roles", requires=["doc._.kg"], assigns=["doc._.kg"])
def make_roles(nlp: Language, name: str) -> RoleClassifier:
    """Factory of the role component."""
    return RoleClassifier()


def settle(entity: Found, classes: Sequence[str], row: Sequence[float], thresholds: Sequence[float]) -> bool:
    """Give the entity its likeliest type and confidence; False if it is too unlikely to be kept."""
    best = max((i for i, name in enumerate(classes) if name.startswith(IS)), key=lambda i: row[i])
    entity.type = classes[best].removeprefix(IS)
    entity.scores = [row[best]] * len(entity.spans)
    return row[best] >= thresholds[best] or row[classes.index("introduces")] >= KEEP_INTRODUCED


def said_roles(classes: Sequence[str], row: Sequence[float], thresholds: Sequence[float]) -> list[int]:
    """Positions of the roles to say: those over their threshold, else the likeliest; `mentions` only alone."""
    roles = [i for i, name in enumerate(classes) if not name.startswith(IS)]
    said = [i for i in roles if classes[i] != "mentions" and row[i] >= thresholds[i]]
    return said or [max(roles, key=lambda i: row[i])]


def role_samples(doc: Doc) -> Iterator[Sample]:
    """The features of each entity of a document: those of `role_features`, and what the neural reader says."""
    found, paper = reading(doc), _Paper(doc)
    if found.neural is None:
        yield from (Sample(role_features(paper, entity)) for entity in found.entities)
        return
    spans = [[(s.start, s.end) for s in e.spans[:_MOST_SPANS]] for e in found.entities]
    firsts = np.cumsum([0, *(len(places) for places in spans[:-1])])
    kinds = found.neural.kinds_of([place for places in spans for place in places])
    most = np.maximum.reduceat(kinds, firsts).tolist()
    mean = (np.add.reduceat(kinds, firsts) / np.array([[len(places)] for places in spans])).tolist()
    for entity, said, highest, usual in zip(found.entities, found.neural.roles(spans).tolist(), most, mean, strict=True):
        graded = list(zip(_graded_names(entity.type), (*said, *said, *highest, *usual), strict=True))
        yield Sample(role_features(paper, entity), graded)


@functools.cache
def _graded_names(kind: str) -> tuple[str, ...]:
    """The names of what the neural reader says of an entity of a type: its roles, these with the type, types at most and on average."""
    vocabulary = load_vocabulary()
    roles, kinds = [f"nn:{role}" for role in vocabulary.roles], (NONE, *vocabulary.entities)
    return (*roles, *(f"{kind}|{role}" for role in roles), *(f"nn:most:{k}" for k in kinds), *(f"nn:mean:{k}" for k in kinds))


class _Paper:
    """What the features of all entities of a document need, worked out once: where the title ends, what the paper calls its
    own work, where its defined abbreviations stand, whose name is the title's before its colon, and how often each entity
    that is not known is mentioned."""

    def __init__(self, doc: Doc) -> None:
        found = reading(doc)
        self.doc = doc
        self.title_end = title_length(doc)
        self.own = called_by_paper(doc)
        self.defined = {short.start for short, _ in found.abbreviations}
        self.heading = {id(e) for e in found.entities if _heads_title(doc, e, self.title_end)}
        self.counts = sorted(len(e.spans) for e in found.entities if not e.known)


def role_features(paper: _Paper, entity: Found) -> list[str]:
    """The features of one entity, as strings: type, shape, title, counts, and words round its mentions."""
    kind = entity.type
    shape = name_shape(entity.name)
    doc, title_end = paper.doc, paper.title_end
    count = min(len(entity.spans), 4)
    in_title = [s for s in entity.spans if s.start < title_end]
    body = [s for s in entity.spans if s.start >= title_end]
    known = "known" if entity.known else "fresh"
    said = [kind, f"{kind}|{shape}", f"{kind}|{known}", f"{shape}|{known}", f"{kind}|n{count}", f"{known}|n{count}"]
    words = span_text(entity.spans[0]).lower().split()
    said += (
        f"name={' '.join(words)}",
        f"{kind}|head={words[-1]}",
        f"{kind}|first={words[0]}",
        f"{kind}|words={min(len(words), 5)}|{known}",
    )
    said.append(f"{kind}|prior={entity.scores[0]:.1f}")
    for state in dict.fromkeys(entity.states):
        said += (f"state={state}", f"{kind}|{state}|{shape}")
    said += _suffixes(words[-1])
    if in_title:
        place = _title_place(doc, in_title[0], title_end)
        if place == "colon":
            said += [f"subtitle={word}" for word in lowered(doc)[in_title[0].end + 1 : title_end]]
        said += (f"title|{place}", f"{kind}|title|{place}", f"{kind}|{known}|title|{place}", f"{shape}|title|{place}")
    else:
        said += (f"{kind}|untitled", f"{kind}|{known}|untitled")
    if body:
        where = int(4 * (body[0].start - title_end) / max(1, len(doc) - title_end))
        said += (f"at{where}", f"{kind}|at{where}", f"{kind}|{known}|at{where}|n{count}")
    else:
        said.append(f"{kind}|titleonly")
    if any(s.start in paper.defined for s in entity.spans):
        said += ("defined", f"{kind}|defined", f"{known}|defined")
    rivals = "rival" if paper.heading - {id(entity)} else "alone"
    own = paper.own
    rank = len(paper.counts) - bisect.bisect_right(paper.counts, len(entity.spans))
    said += (
        f"{rivals}|{known}|n{count}",
        f"{known}|rank{min(rank, 3)}",
        f"{rivals}|{known}|rank{min(rank, 3)}|{bool(in_title)}",
    )
    said += (
        f"own:{own}|{known}|rank{min(rank, 1)}",
        f"{kind}|own:{own}|{known}|{rivals}",
        f"own:{own}|{known}|{bool(in_title)}",
    )
    for span in body[:_MENTIONS_READ]:
        said += _context(span, kind)
    return said


def _called(before: list[str], after: list[str], kind: str) -> list[str]:
    """What the words round a mention call it: `X, a new benchmark`, `the X model`, `a framework named X`."""
    said: list[str] = []
    if after and after[0] in _HEADS:
        said += (f"next:{_HEADS[after[0]]}", f"{kind}|next:{_HEADS[after[0]]}")
    apposed = bool(after) and after[0] in {",", "is", ":", "(", "-", "–", "—"}
    called = next((_HEADS[w] for w in after[1:] if w in _HEADS), None) if apposed else None
    if called:
        said += (f"apposed:{called}", f"{kind}|apposed:{called}")
    named = next((_HEADS[w] for w in reversed(before[-4:]) if w in _HEADS), None)
    if named:
        said += (f"named:{named}", f"{kind}|named:{named}")
    return said


def called_by_paper(doc: Doc) -> str:
    """What the paper calls its own work most often (`our framework`, `this model`), as a type; empty if nothing."""
    found = reading(doc)
    if found.own_work is None:
        counts: Counter[str] = Counter()
        words = lowered(doc)
        for i, word in enumerate(words):
            if word in {"our", "this", "proposed"}:
                counts.update({_HEADS[w] for w in words[i + 1 : i + 4] if w in _HEADS})
        found.own_work = min(counts, key=lambda kind: (-counts[kind], kind), default="")
    return found.own_work


def _heads_title(doc: Doc, entity: Found, title_end: int) -> bool:
    """Whether the title is `entity: …`."""
    first = entity.spans[0]
    return first.start == 0 and first.end < title_end and words_of(doc)[first.end] == ":"


def _suffixes(word: str) -> list[str]:
    """Endings of the head word, which tell types apart: -ing, -tion, -bench, -net, -former."""
    return [f"end={word[-n:]}" for n in (3, 4, 5) if len(word) > n]


def name_shape(name: str) -> str:
    """caps, camel, digit, title or lower: what the name looks like."""
    if _CAPITALS.fullmatch(name):
        return "caps"
    if _CAMEL.search(name):
        return "camel"
    if _DIGIT.search(name):
        return "digit"
    return "title" if name[:1].isupper() else "lower"


def _title_place(doc: Doc, span: Span, title_end: int) -> str:
    if span.start == 0:
        after = words_of(doc)[span.end] if span.end < title_end else ""
        return "colon" if after == ":" else "whole" if span.end >= title_end - 1 else "start"
    before = lowered(doc)[span.start - 1]
    return before if before in {"for", "via", "with", "of", "in", "using", "by", "on", ":", "and", "to", "from"} else "mid"


def _context(span: Span, kind: str) -> list[str]:
    said: list[str] = []
    lower = lowered(span.doc)
    start, end = sentence_bounds(span.doc, span.start)
    before = lower[max(start, span.start - 12) : span.start]
    after = lower[span.end : min(end, span.end + 14)]
    for i, word in enumerate(reversed(before[-3:])):
        said += (f"-{i + 1}={word}", f"{kind}|-{i + 1}={word}")
    said.append(f"{kind}|-21={' '.join(before[-2:])}")
    for i, word in enumerate(after[:2]):
        said += (f"+{i + 1}={word}", f"{kind}|+{i + 1}={word}")
    said += _called(before, after, kind)
    for i, word in enumerate(reversed(before)):
        if word in _TRIGGERS:
            commas = sum(w in {",", "and", ";", ":"} for w in before[len(before) - i :])
            said += (f"trigger={word}|{min(i // 2, 4)}|{min(commas, 3)}", f"{kind}|trigger|{min(i // 2, 4)}|{min(commas, 3)}")
            break
    opening = " ".join(lower[start : min(start + 2, span.start)])
    said.append(f"{kind}|open={opening}")
    return said


def _best_span(entity: Found, role: str) -> Span:
    """The mention whose sentence shows the role: cue words for it, else the first outside the title."""
    title_end = title_length(entity.spans[0].doc)
    body = [s for s in entity.spans if s.start >= title_end] or entity.spans
    cue = _CUES.get(role)
    return next((s for s in body if cue and cue.search(sentence_of(s)[2])), body[0])


_HEADS = {
    word: kind
    for kind, words in {
        "Method": "method approach framework algorithm technique strategy paradigm procedure scheme loss objective mechanism module "
        "pipeline training learning regularization optimizer toolkit library methodology process recipe",
        "Model": "model models network networks architecture agent agents llm llms transformer detector encoder decoder family system chatbot",
        "Dataset": "dataset datasets benchmark benchmarks corpus suite collection testbed environment environments simulator set",
        "Task": "task tasks problem problems setting challenge",
        "Metric": "metric metrics measure score",
    }.items()
    for word in words.split()
}
_TRIGGERS = {
    "propose", "proposes", "proposed", "proposing", "introduce", "introduces", "introduced", "introducing", "present", "presents",
    "develop", "develops", "developed", "release", "releases", "construct", "design", "create", "called", "named", "dubbed", "termed",
    "coined", "use", "uses", "using", "leverage", "leverages", "leveraging", "employ", "employs", "apply", "adopt", "outperforms",
    "outperform", "than", "over", "on", "via", "with", "through", "by", "against", "compared",
}  # fmt: skip
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
