"""The last stage: scores become confidences that hold, by maps learnt on papers that no stage had seen."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from extractors.document import reading
from kg.reliability import KINDS, interpolate

Knots = list[tuple[float, float]]


class Calibrator:
    """Maps the scores of mentions, roles, relations and results; without maps they stay as they are."""

    def __init__(self) -> None:
        self.maps: dict[str, Knots] = {}

    def __call__(self, doc: Doc) -> Doc:
        """Replace the scores of a document."""
        found = reading(doc)
        if not self.maps:
            return doc
        for entity in found.entities:
            entity.scores = [self._mapped("mention", score) for score in entity.scores]
            entity.roles = [replace(r, confidence=self._mapped("role", r.confidence)) for r in entity.roles]
        found.relations = [replace(r, confidence=self._mapped("relation", r.confidence)) for r in found.relations]
        found.results = [replace(r, confidence=self._mapped("result", r.confidence)) for r in found.results]
        return doc

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        """Write the maps."""
        path.write_text(json.dumps(self.maps, indent=1) + "\n", encoding="utf-8")

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> Calibrator:
        """Read the maps."""
        self.maps = {kind: [(x, y) for x, y in knots] for kind, knots in json.loads(path.read_text(encoding="utf-8")).items()}
        return self

    def _mapped(self, kind: str, score: float) -> float:
        assert kind in KINDS
        return interpolate(self.maps.get(kind, []), score)


@Language.factory("kg_confidence", requires=["doc._.kg"], assigns=["doc._.kg"])
def make_confidence(nlp: Language, name: str) -> Calibrator:
    """Factory of the calibrating component."""
    return Calibrator()
