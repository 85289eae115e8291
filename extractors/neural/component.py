"""The spaCy component that reads a document with a neural network."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.document import reading, words_of
from extractors.neural.encoder import Encoder
from extractors.neural.geometry import Floats32
from extractors.neural.heads import Heads, NeuralReading
from extractors.neural.labels import Labels

WEAK = 0.12  # probability from which a span is put before the later stages, which may drop it


class NeuralReader:
    """Sets `doc.ents` to spans that are likelier something than nothing, and `Reading.weak` to spans that are
    at least `WEAK` likely and overlap none of these; leaves what later stages ask for in `Reading.neural`."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._network: tuple[Encoder, Heads] | None = None
        self._labels = Labels.of_vocabulary()

    def __call__(self, doc: Doc) -> Doc:
        """Read a document."""
        if self._network is None or not len(doc):
            return doc
        sentences = np.cumsum(doc.to_array("SENT_START") == 1) - self._labels.titled
        found = reading(doc)
        encoder, heads = self._network
        tokens = encoder(words_of(doc))
        found.neural = NeuralReading(heads, self._labels, tokens, np.maximum(sentences, 0), heads.mention_scores(tokens))
        kinds = self._labels.entities
        taken = np.zeros(len(doc), dtype=bool)
        ents: list[Span] = []
        for start, end, kind, sure in _candidates(found.neural.mentions):
            if not taken[start:end].any():
                taken[start:end] = True
                span = Span(doc, start, end, label=kinds[kind])
                (ents if sure else found.weak).append(span)
        doc.ents = ents
        return doc

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        """Copy the files of the network."""
        path.mkdir(exist_ok=True)
        if self._folder is not None and self._folder.resolve() != path.resolve():
            shutil.copytree(self._folder, path, dirs_exist_ok=True)
            self._labels.save(path)

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> NeuralReader:
        """Load the network of a folder."""
        self._folder = path
        self._network = Encoder(path), Heads.load(path / "heads.npz")
        self._labels = Labels.load(path)
        return self


@Language.factory("kg_reader", assigns=["doc.ents", "doc._.kg"])
def make_reader(nlp: Language, name: str) -> NeuralReader:
    """Factory of the neural reader."""
    return NeuralReader()


def _candidates(scores: Floats32) -> Iterator[tuple[int, int, int, bool]]:
    """(start, end, position of the type, likelier than nothing): the sure ones first, each group the likeliest first."""
    places = np.argwhere(scores[:, :, 0] <= 1 - WEAK)  # what is likelier something than nothing is among these
    shown = scores[places[:, 0], places[:, 1]]
    kinds, best = shown[:, 1:].argmax(1).tolist(), shown[:, 1:].max(1)
    sure, something = (best > shown[:, 0]).tolist(), (1 - shown[:, 0]).tolist()
    found = zip(places.tolist(), kinds, sure, something, strict=True)
    for (t, w), kind, is_sure, _ in sorted(found, key=lambda one: (not one[2], -one[3], one[0])):
        yield t, t + w + 1, kind, is_sure
