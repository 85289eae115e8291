"""Gold records (annotation guidelines) and the places of their forms in the texts.

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


@dataclass(frozen=True)
class GoldPaper:
    """One annotated paper: `text` is title, newline, abstract; `record` the gold JSON object."""

    id: str
    text: str
    record: dict[str, Any]


def read_gold(records: Path, papers: Path) -> list[GoldPaper]:
    """Join a gold file with the file of its texts, by id, in the order of the records."""
    texts = read_texts(papers)
    return [GoldPaper(r["id"], texts[r["id"]], r) for r in read_lines(records)]


def read_texts(papers: Path) -> dict[str, str]:
    """Title, newline and abstract of each paper of a file, by its id."""
    return {p["id"]: f"{p['title']}\n{p['abstract']}" for p in read_lines(papers)}


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


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file, one a line."""
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def _is_whole(text: str, start: int, end: int) -> bool:
    left = start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())
    right = end == len(text) or not (text[end].isalnum() and text[end - 1].isalnum())
    return left and right
