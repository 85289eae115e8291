"""Relations between the entities of one text: a linear classifier over ordered pairs.

Every ordered pair whose types some relation allows is a candidate, in one sentence or across sentences, unless the
neural reader, in pipelines that have one, finds any relation between them most unlikely.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.document import Found, local_id, reading, sentence_bounds, sentence_of, span_text, title_length
from extractors.linear import LinearModel, Sample
from kg.model.identifiers import fold_name
from kg.model.records import LocalRelation
from kg.model.vocabulary import load_vocabulary

NONE = "NONE"
_CLASSES = (NONE, *load_vocabulary().relations)
_FORTH, _BACK = [f"nn:{name}" for name in _CLASSES], [f"back:{name}" for name in _CLASSES]  # what the reader says of a pair
_MOST_SPANS = 12  # of one entity that pairs are made of
_LEAST_LIKELY = 0.06  # probability of any relation at all from which the neural reader leaves a pair to the classifier
_FAR = 40  # tokens; farther apart is all the same
MAX_ENTITIES = 60  # of one text; those mentioned later enter no pairs, so that time stays bounded


class RelationClassifier:
    """Fills `Reading.relations`."""

    def __init__(self) -> None:
        self.model: LinearModel | None = None

    def __call__(self, doc: Doc) -> Doc:
        """Find the relations of a document."""
        if self.model is None:
            return doc
        found = reading(doc)
        shared = PairContext(doc, found.entities)
        pairs = list(shared.candidates())
        scores = self.model.scores([shared.sample(i, j) for i, j in pairs]).tolist()
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
        self.model = LinearModel.load(path / "relations.npz")
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
        self._roles = [[r.role for r in e.roles] or ["none"] for e in entities]
        self._places = [[(s.start, sentence_bounds(doc, s.start)[0], s) for s in e.spans[:_MOST_SPANS]] for e in entities]
        self._main = next((i for i, e in enumerate(entities) if e.has_role("introduces")), -1)
        self._neural = _neural_scores(doc, entities[:MAX_ENTITIES])

    def candidates(self) -> Iterator[tuple[int, int]]:
        """Ordered pairs of positions whose types some relation allows, without those that the neural reader rules out."""
        allowed = _related_types()
        first = self._entities[:MAX_ENTITIES]
        ruled_out = np.eye(len(first), dtype=bool)
        if self._neural is not None:
            ruled_out |= self._neural[:, :, 0] > 1 - _LEAST_LIKELY
        for i, j in np.argwhere(~ruled_out).tolist():
            if (first[i].type, first[j].type) in allowed:
                yield i, j

    def sample(self, i: int, j: int) -> Sample:
        """What is known of the ordered pair (i, j); most features stand alone and joined with the types."""
        source, target = self._entities[i], self._entities[j]
        kinds = f"{source.type}>{target.type}"
        sample = Sample([kinds])
        for feature in self._plain(i, j, source, target):
            sample.features += (feature, f"{kinds}|{feature}")
        if self._neural is not None:
            sample.graded += zip(_FORTH, self._neural[i, j].tolist(), strict=True)
            sample.graded += zip(_BACK, self._neural[j, i].tolist(), strict=True)
        return sample

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

    def _plain(self, i: int, j: int, source: Found, target: Found) -> Iterator[str]:
        roles = f"{'+'.join(self._roles[i])}>{'+'.join(self._roles[j])}"
        main = "ms" if i == self._main else "mt" if j == self._main else "m-"
        near = self.nearest(i, j)
        distance = min(_FAR, abs(near[0].start - near[1].start)) if near else _FAR
        gap = "far" if near is None else "0" if distance < 4 else "1" if distance < 8 else "2" if distance < 16 else "3"
        order = "none" if near is None else "st" if near[0].start < near[1].start else "ts"
        yield from (f"r={roles}", f"r={roles}|{main}", main, f"{main}|{gap}", f"gap={gap}|{order}", f"{roles}|{gap}|{order}|{main}")
        yield f"names={self._name_overlap(i, j)}"
        yield f"title={self._in_title(source)}{self._in_title(target)}|{main}"
        yield f"n={min(len(source.spans), 3)}{min(len(target.spans), 3)}|{main}"

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

    def _in_title(self, entity: Found) -> int:
        return int(entity.spans[0].start < self._title_end)


def _neural_scores(doc: Doc, entities: list[Found]) -> np.ndarray | None:
    """(E, E, relations + 1) probabilities of the neural reader, source first; None in pipelines without one."""
    neural = reading(doc).neural
    if neural is None or not entities:
        return None
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
