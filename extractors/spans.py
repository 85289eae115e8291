"""Reads texts in a label set of their own: spans, and labelled pairs of spans in one sentence. For benchmarks.

Such a pipeline has a reader whose folder names its labels (`labels.json`), and this component behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from extractors.document import reading
from extractors.neural.geometry import Floats32
from extractors.sentences import mark_starts
from kg.spans import Spans, is_symmetric

STAGES = ("kg_sentences", "kg_reader", "kg_pairs")
_MOST = 400  # spans of one text that are paired; time grows with their square


class PairLabeller:
    """Fills `Reading.pairs` with (head, tail, label), positions in `doc.ents`: for each two spans in one sentence
    the likelier direction of the likeliest label, if any label at all is likelier than none."""

    def __call__(self, doc: Doc) -> Doc:
        """Label the pairs of a document."""
        found = reading(doc)
        spans = doc.ents[:_MOST]
        if found.neural is None or len(spans) < 2:
            return doc
        labels = found.neural.labels
        kinds = np.eye(len(labels.entities), dtype=np.float32)[[labels.entities.index(s.label_) for s in spans]]
        scores = found.neural.relations([[(s.start, s.end)] for s in spans], kinds)
        sentence = found.neural.sentences[[s.start for s in spans]]
        scores[sentence[:, None] != sentence[None, :]] = [1.0, *[0.0] * len(labels.relations)]
        found.pairs = [(i, j, labels.relations[k - 1]) for i, j, k in likeliest(scores, labels.relations)]
        return doc


@Language.factory("kg_pairs", requires=["doc.ents"], assigns=["doc._.kg"])
def make_pairs(nlp: Language, name: str) -> PairLabeller:
    """Factory of the component that labels pairs of spans."""
    return PairLabeller()


def likeliest(scores: Floats32, relations: tuple[str, ...]) -> Iterator[tuple[int, int, int]]:
    """(head, tail, class) from probabilities (S, S, relations + 1); labels without direction get the mean of both."""
    both = np.array([k > 0 and is_symmetric(relations[k - 1]) for k in range(scores.shape[2])])
    scores = np.where(both, (scores + scores.transpose(1, 0, 2)) / 2, scores)
    best = scores[:, :, 1:].max(2)
    for i in range(len(scores)):
        for j in range(i + 1, len(scores)):
            head, tail = (i, j) if best[i, j] >= best[j, i] else (j, i)
            if scores[head, tail, 0] < 0.5:
                yield head, tail, int(scores[head, tail, 1:].argmax()) + 1


def read_texts(nlp: Language, records: Iterable[Spans]) -> Iterator[Spans]:
    """What a pipeline of such stages says of texts: their sentences are taken over, their annotations not looked at."""
    for record in records:
        entities: list[tuple[int, int, str]] = []
        relations: list[tuple[int, int, str]] = []
        for piece in record.pieces():
            offset = int(piece.id.rsplit("@", 1)[1])
            doc = given_sentences(nlp, piece)
            for name, stage in nlp.pipeline:
                doc = doc if name == "kg_sentences" else stage(doc)
            first = len(entities)
            entities += [(offset + s.start_char, offset + s.end_char, s.label_) for s in doc.ents]
            relations += [(first + i, first + j, label) for i, j, label in reading(doc).pairs]
        yield Spans(record.id, record.text, record.sentences, tuple(entities), tuple(relations))


def given_sentences(nlp: Language, piece: Spans) -> Doc:
    """The tokens of a text, with the sentences that it comes with."""
    doc = nlp.make_doc(piece.text)
    starts = {start for start, _ in piece.sentences}
    places = doc.to_array("IDX").tolist()
    ends = [*places[1:], len(piece.text) + 1]
    spaces = enumerate(zip(places, ends, strict=True))
    return mark_starts(doc, [i == 0 or any(a in starts for a in range(place, end)) for i, (place, end) in spaces])
