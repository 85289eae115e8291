"""Relations between the entities of one text: a classifier over ordered pairs.

Every ordered pair whose types some relation allows is a candidate, in one sentence or across sentences, unless the
neural reader, in pipelines that have one, finds any relation between them most unlikely.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.document import Found, local_id, reading, sentence_bounds, sentence_of, span_text, title_length
from extractors.perceptron import Perceptron, log_odds
from kg.model.identifiers import fold_name
from kg.model.records import LocalRelation
from kg.model.vocabulary import load_vocabulary

NONE = "NONE"
_OVERLAPS = ("target tail of source", "source tail of target", "target in source", "source in target", "tail", "none")
_MOST_SPANS = 12  # of one entity that pairs are made of
_LEAST_LIKELY = 0.06  # probability of any relation at all from which the neural reader leaves a pair to the classifier
_FAR = 40  # tokens; farther apart is all the same
MAX_ENTITIES = 60  # of one text; those mentioned later enter no pairs, so that time stays bounded


class RelationClassifier:
    """Fills `Reading.relations`."""

    def __init__(self) -> None:
        self.model: Perceptron | None = None

    def __call__(self, doc: Doc) -> Doc:
        """Find the relations of a document."""
        if self.model is None:
            return doc
        found = reading(doc)
        shared = PairContext(doc, found.entities)
        pairs = list(shared.candidates())
        scores = self.model.scores([shared.features(i, j) for i, j in pairs]).tolist()
        thresholds = self.model.thresholds.tolist()
        for (i, j), row in zip(pairs, scores, strict=True):
            kind = max(
                _open_to(self.model.classes, found.entities[i].type, found.entities[j].type), key=row.__getitem__, default=None
            )
            if kind is not None and row[kind] >= thresholds[kind]:
                found.relations.append(_relation(shared, found.entities, i, j, self.model.classes[kind], row[kind]))
        found.relations = _one_way(found.relations)
        return doc

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        """Write the classifier, if trained."""
        if self.model is not None:
            path.mkdir(exist_ok=True)
            self.model.save(path / "relations.npz")

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> RelationClassifier:
        """Read the classifier."""
        self.model = Perceptron.load(path / "relations.npz")
        return self


@Language.factory("kg_relations", requires=["doc._.kg"], assigns=["doc._.kg"])
def make_relations(nlp: Language, name: str) -> RelationClassifier:
    """Factory of the relation component."""
    return RelationClassifier()


@functools.cache
def _open_to(classes: tuple[str, ...], source: str, target: str) -> list[int]:
    """Positions of the relations that may hold between two types."""
    allowed = load_vocabulary().allows
    return [k for k, name in enumerate(classes) if name != NONE and allowed(name, source, target)]


@functools.cache
def _related_types() -> frozenset[tuple[str, str]]:
    """Pairs of types that some relation allows, source first."""
    vocabulary = load_vocabulary()
    return frozenset(
        (a, b) for a in vocabulary.entities for b in vocabulary.entities
        if any(vocabulary.allows(r, a, b) for r in vocabulary.relations)
    )  # fmt: skip


class PairContext:
    """Features of pairs of one document, with what pairs share worked out once."""

    def __init__(self, doc: Doc, entities: list[Found]) -> None:
        self._doc = doc
        self._entities = entities
        self._title_end = title_length(doc)
        self._keys = [fold_name(e.name) for e in entities]
        self._forms = [{fold_name(span_text(s)) for s in e.spans} for e in entities]
        self._places = [[(s.start, sentence_bounds(doc, s.start)[0], s) for s in e.spans[:_MOST_SPANS]] for e in entities]
        self._alone = [self._of_one(i) for i in range(min(len(entities), MAX_ENTITIES))]
        self._main = next((i for i, e in enumerate(entities) if e.has_role("introduces")), -1)
        self._neural = _neural_scores(doc, entities[:MAX_ENTITIES])
        self._odds: list[list[list[float]]] = log_odds(self._neural).tolist()

    def candidates(self) -> Iterator[tuple[int, int]]:
        """Ordered pairs of positions whose types some relation allows, without those that the neural reader rules out."""
        allowed = _related_types()
        first = self._entities[:MAX_ENTITIES]
        ruled_out = np.eye(len(first), dtype=bool) | (self._neural[:, :, 0] > 1 - _LEAST_LIKELY)
        for i, j in np.argwhere(~ruled_out).tolist():
            if (first[i].type, first[j].type) in allowed:
                yield i, j

    def features(self, i: int, j: int) -> list[float]:
        """What is known of the ordered pair (i, j): what the neural reader says of it and of the opposite one, both ends, which of them is
        introduced first, how far apart and in which order they stand in a sentence, how their names fit."""
        near = self.nearest(i, j)
        apart = min(_FAR, abs(near[0].start - near[1].start)) if near else _FAR
        overlap = self._name_overlap(i, j)
        return [
            *self._odds[i][j],
            *self._odds[j][i],
            *self._alone[i],
            *self._alone[j],
            i == self._main,
            j == self._main,
            near is None,
            math.log1p(apart),
            near is not None and near[0].start < near[1].start,
            *(overlap == one for one in _OVERLAPS),
            len(self._entities),
        ]

    def _of_one(self, i: int) -> list[float]:
        """What is known of one end: type, roles, whether it stands in the title, how often and how early it is mentioned."""
        entity, sure = self._entities[i], {role.role: role.confidence for role in self._entities[i].roles}
        return [
            *(entity.type == kind for kind in load_vocabulary().entities),
            *(sure.get(role, 0.0) for role in load_vocabulary().roles),
            entity.spans[0].start < self._title_end,
            math.log1p(len(entity.spans)),
            i / len(self._entities),
        ]

    def nearest(self, i: int, j: int) -> tuple[Span, Span] | None:
        """The closest two mentions of i and j that share a sentence; the earlier pair of equally close ones."""
        best: tuple[int, int] | None = None
        pair: tuple[Span, Span] | None = None
        for start, sentence, a in self._places[i]:
            for other, other_sentence, b in self._places[j]:
                rank = (abs(start - other), start)
                if sentence == other_sentence and (best is None or rank < best):
                    best, pair = rank, (a, b)
        return pair

    def _name_overlap(self, i: int, j: int) -> str:
        """Whether one name ends with, starts with or holds the other."""
        a, b = f" {self._keys[i]} ", f" {self._keys[j]} "
        if any(f" {x} ".endswith(b) for x in self._forms[i]):
            return "target tail of source"
        if any(f" {x} ".endswith(a) for x in self._forms[j]):
            return "source tail of target"
        if b in a:
            return "target in source"
        if a in b:
            return "source in target"
        return "tail" if a.split()[-1] == b.split()[-1] else "none"


def _neural_scores(doc: Doc, entities: list[Found]) -> np.ndarray:
    """(E, E, relations + 1) probabilities of the neural reader, source first; all the same in pipelines without one."""
    neural, classes = reading(doc).neural, len(load_vocabulary().relations) + 1
    if neural is None or not entities:
        return np.full((len(entities), len(entities), classes), 1 / classes, dtype=np.float32)
    kinds = list(load_vocabulary().entities)
    hot = np.eye(len(kinds), dtype=np.float32)[[kinds.index(e.type) for e in entities]]
    return neural.relations([[(s.start, s.end) for s in e.spans[:_MOST_SPANS]] for e in entities], hot)


def _relation(context: PairContext, entities: list[Found], i: int, j: int, kind: str, score: float) -> LocalRelation:
    near = context.nearest(i, j)
    span = near[0] if near else _body_span(entities[i], entities[j])
    start, end, text = sentence_of(span)
    return LocalRelation(kind, local_id(i), local_id(j), round(score, 4), start, end, text)


def _body_span(source: Found, target: Found) -> Span:
    """Without a shared sentence: the first sentence of the target outside the title, where it is told."""
    spans = [*target.spans, *source.spans]
    title_end = title_length(spans[0].doc)
    return next((s for s in spans if s.start >= title_end), spans[0])


def _one_way(relations: list[LocalRelation]) -> list[LocalRelation]:
    """Of two opposite relations between the same entities, the surer one."""
    best: dict[tuple[str, ...], LocalRelation] = {}
    for relation in relations:
        key = tuple(sorted((relation.source, relation.target)))
        if key not in best or relation.confidence > best[key].confidence:
            best[key] = relation
    return [r for r in relations if best[tuple(sorted((r.source, r.target)))] is r]
