"""Roles: what the paper does with each entity, by a classifier over what the neural reader says of its mentions and where they stand.

The same classifier says, for each type, how likely the entity is one of that type (classes `is:Model` and so on).
The likeliest type wins, its probability is the entity's confidence, and below the type's threshold the entity is
dropped.
"""

from __future__ import annotations

import bisect
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.document import Found, lowered, reading, sentence_bounds, sentence_of, title_length, words_of
from extractors.perceptron import Floats, Perceptron, log_odds
from kg.model.records import Role
from kg.model.vocabulary import load_vocabulary

IS = "is:"  # prefix of the classes that stand for types
KEEP_INTRODUCED = 0.4  # probability from which an introduced thing is kept, however unsure its exact span and type
NONE = "NONE"
_CAPITALS, _CAMEL, _DIGIT = re.compile(r"[A-Z][A-Z0-9.&-]+s?"), re.compile(r"[a-z][A-Z]|[A-Z]{2}"), re.compile(r"\d")
_MOST_SPANS = 40  # of one entity that the neural reader is asked about
_MENTIONS_READ = 4  # mentions in the abstract before which is read; more add nothing
_WORDS_BEFORE = 12  # of a mention that are read
_SHAPES = ("caps", "camel", "digit", "title", "lower")
_STATES = ("listed", "unlisted", "added", "titled", "defined", "proposed", "shaped", "weak")


class RoleClassifier:
    """Gives each entity its roles, each with a probability and the sentence that shows it best."""

    def __init__(self) -> None:
        self.model: Perceptron | None = None

    def __call__(self, doc: Doc) -> Doc:
        """Give the entities of a document their roles."""
        found = reading(doc)
        if self.model is None:
            for entity in found.entities:
                entity.roles = [Role("mentions", 1.0, *sentence_of(entity.spans[0]))]
            return doc
        if not found.entities:
            return doc
        scores, thresholds = self.model.scores(role_features(doc)).tolist(), self.model.thresholds.tolist()
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
        self.model = Perceptron.load(path / "roles.npz")
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


def role_features(doc: Doc) -> Floats:
    """Features of each entity of a document: (E, F). What the neural reader says of it, its roles, its types at most and on average, and how
    likely introduced others are, all the same in pipelines without one; where and how often it is mentioned, what stands before; its name."""
    found, paper = reading(doc), _Paper(doc)
    if not found.entities:
        return np.zeros((0, 0), np.float32)
    return np.hstack([_neural_features(doc), [_plain_features(paper, entity) for entity in found.entities]]).astype(np.float32)


def _neural_features(doc: Doc) -> Floats:
    found, vocabulary = reading(doc), load_vocabulary()
    if found.neural is None:
        return np.zeros((len(found.entities), len(vocabulary.roles) + 2 * (len(vocabulary.entities) + 1) + 2), np.float32)
    spans = [[(s.start, s.end) for s in e.spans[:_MOST_SPANS]] for e in found.entities]
    sizes = [len(places) for places in spans]
    firsts = np.cumsum([0, *sizes[:-1]])
    kinds = found.neural.kinds_of([place for places in spans for place in places])
    most = np.maximum.reduceat(kinds, firsts)
    mean = np.add.reduceat(kinds, firsts) / np.array(sizes)[:, None]
    odds = log_odds(np.hstack([found.neural.roles(spans), most, mean]))
    return np.hstack([odds, _among_others(odds[:, list(vocabulary.roles).index("introduces")])])


def _among_others(odds: Floats) -> Floats:
    """How many others are likelier introduced than each, up to six, and how likely the likeliest other is: (E, 2)."""
    falling = np.argsort(-odds, kind="stable")
    others = np.full(len(odds), odds[falling[0]])
    others[falling[0]] = odds[falling[1]] if len(odds) > 1 else log_odds(0.0)
    return np.stack([np.minimum(np.argsort(falling, kind="stable"), 6), others], axis=1)


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


def _plain_features(paper: _Paper, entity: Found) -> list[float]:
    """What is known of one entity without the neural reader."""
    doc, title_end, spans = paper.doc, paper.title_end, entity.spans
    first = next((s.start for s in spans if s.start >= title_end), -1)
    shape, words = name_shape(entity.name), len(spans[0])
    titled = [s for s in spans if s.start < title_end]
    after = words_of(doc)[titled[0].end] if titled and titled[0].end < title_end else ""
    rank = len(paper.counts) - bisect.bisect_right(paper.counts, len(spans))
    return [
        math.log1p(len(spans)),
        spans[0].start / len(doc),
        (first - title_end) / max(1, len(doc) - title_end) if first >= 0 else 1.0,
        first < 0,
        bool(titled),
        bool(titled) and titled[0].start == 0,
        after == ":",
        bool(titled) and titled[0].start > 0 and words_of(doc)[titled[0].start - 1] == ":",
        entity.known,
        entity.scores[0],
        words,
        len(entity.name),
        len(reading(doc).entities),
        any(s.start in paper.defined for s in spans),
        min(rank, 3),
        bool(paper.heading - {id(entity)}),
        paper.own == entity.type,
        bool(paper.own),
        *_told_before(doc, [s for s in spans if s.start >= title_end][:_MENTIONS_READ]),
        *(shape == one for one in _SHAPES),
        *(state in entity.states for state in _STATES),
        *(entity.type == kind for kind in load_vocabulary().entities),
    ]


def _told_before(doc: Doc, spans: list[Span]) -> list[float]:
    """What stands before mentions, in their sentences: how many words before, at least, a verb of proposing, of naming, of using or a word of
    comparing; whether one is called new or ours, or is ours, and whether `we` stands before it."""
    nearest, new, ours, we = [_WORDS_BEFORE + 1] * len(_SIGNS), False, False, False
    lower = lowered(doc)
    for span in spans:
        before = lower[max(sentence_bounds(doc, span.start)[0], span.start - _WORDS_BEFORE) : span.start]
        for back, word in enumerate(reversed(before)):
            for sign in _SIGN_OF.get(word, ()):
                nearest[sign] = min(nearest[sign], back)
        new = new or not _NEW.isdisjoint(before[-4:])
        ours = ours or before[-1:] in (["our"], ["this"], ["proposed"])
        we = we or "we" in before
    return [*nearest, new, ours, we]


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


def name_shape(name: str) -> str:
    """caps, camel, digit, title or lower: what the name looks like."""
    if _CAPITALS.fullmatch(name):
        return "caps"
    if _CAMEL.search(name):
        return "camel"
    if _DIGIT.search(name):
        return "digit"
    return "title" if name[:1].isupper() else "lower"


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
_SIGNS = (
    "propose proposes proposed proposing introduce introduces introduced introducing present presents develop develops developed release releases "
    "construct design create call called named dubbed termed namely devise",
    "called named dubbed termed namely call",
    "use uses using leverage leverages leveraging employ employs apply adopt via through by based",
    "outperforms outperform than over against compared like as",
)
_SIGN_OF = {word: [i for i, words in enumerate(_SIGNS) if word in words.split()] for word in " ".join(_SIGNS).split()}
_NEW = {"novel", "new", "our", "propose", "proposed"}
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
