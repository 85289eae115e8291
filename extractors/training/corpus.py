"""Gold records (annotation guidelines) → spaCy training documents.

A gold record lists surface forms, not places: a form is annotated at each place where it stands as a
whole word and not inside a longer annotated form. This module finds those places again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

HELD_OUT_TENTHS = 1  # of ten: papers kept from fitting, to choose the epoch and calibrate


@dataclass(frozen=True)
class GoldPaper:
    """One annotated paper: `text` is title, newline, abstract; `record` the gold JSON object."""

    id: str
    text: str
    record: dict[str, Any]

    @property
    def held_out(self) -> bool:
        """Whether this paper is in the tenth that fitting does not see (by the hash of its id)."""
        return int(hashlib.sha256(self.id.encode()).hexdigest(), 16) % 10 < HELD_OUT_TENTHS


def read_gold(records: Path, papers: Path) -> list[GoldPaper]:
    """Join a gold file with the file of its texts, by id, in the order of the records."""
    texts = {p["id"]: f"{p['title']}\n{p['abstract']}" for p in _read_lines(papers)}
    return [GoldPaper(r["id"], texts[r["id"]], r) for r in _read_lines(records)]


def fold_of(paper: GoldPaper, folds: int) -> int:
    """Which of so many parts a paper is in, by the hash of its id."""
    return int(hashlib.sha256(f"fold{paper.id}".encode()).hexdigest(), 16) % folds


def locate_mentions(text: str, entities: Iterable[dict[str, Any]]) -> list[tuple[int, int, str]]:
    """Places of the gold forms in `text`: (start, end, entity id), sorted, never overlapping.

    Longer forms take their places first; offsets are code points, end exclusive.
    """
    forms = [(form, entity["id"]) for entity in entities for form in entity["mentions"]]
    taken: list[tuple[int, int, str]] = []
    for form, entity_id in sorted(forms, key=lambda pair: (-len(pair[0]), pair)):
        for match in re.finditer(re.escape(form), text):
            start, end = match.span()
            if _is_whole(text, start, end) and not any(start < b and a < end for a, b, _ in taken):
                taken.append((start, end, entity_id))
    return sorted(taken)


def to_doc(nlp: Language, paper: GoldPaper) -> Doc:
    """A tokenised document with the gold mentions as `doc.ents`; a form that splits a token is left out."""
    doc = nlp.make_doc(paper.text)
    kinds = {e["id"]: e["type"] for e in paper.record["entities"]}
    places = locate_mentions(paper.text, paper.record["entities"])
    spans = [doc.char_span(a, b, label=kinds[e]) for a, b, e in places]
    doc.ents = [span for span in spans if span is not None]
    return doc


def _read_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def _is_whole(text: str, start: int, end: int) -> bool:
    left = start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())
    right = end == len(text) or not (text[end].isalnum() and text[end - 1].isalnum())
    return left and right
