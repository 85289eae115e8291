"""Span-annotated texts, as benchmarks such as SciERC and SciER publish them, and their usual measures.

A record is a text with labelled spans and labelled pairs of spans, in labels of its own:

    {"id": "…", "text": "…", "sents": [[0, 152], …], "entities": [{"start": 0, "end": 7, "label": "Method"}, …],
     "relations": [{"head": 5, "tail": 6, "label": "Used-For"}, …]}

Places are code points, ends exclusive; heads and tails are positions in `entities`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.scoring import Score, bootstrap, read_lines

SYMMETRIC = {"conjunction", "compare", "comparewith", "synonymof", "similarwith"}  # labels that have no direction, folded
CHARACTERS = 1200  # of a piece, at most, unless one sentence is longer


@dataclass(frozen=True)
class Spans:
    """One text: its sentences (start, end), spans (start, end, label) and pairs (head, tail, label), heads and tails
    being positions among the spans."""

    id: str
    text: str
    sentences: tuple[tuple[int, int], ...]
    entities: tuple[tuple[int, int, str], ...]
    relations: tuple[tuple[int, int, str], ...]

    def keys(self, typed: bool = True) -> set[tuple[Any, ...]]:
        """The relations as spans and label, with the spans' own labels if `typed`; the spans of symmetric ones in
        text order."""
        found = set()
        for head, tail, label in self.relations:
            ends = [self.entities[i] if typed else self.entities[i][:2] for i in (head, tail)]
            found.add((self.id, label, *(sorted(ends) if is_symmetric(label) else ends)))
        return found

    def pieces(self) -> Iterator[Spans]:
        """The text in runs of whole sentences of up to `CHARACTERS`; what spans two runs is left out."""
        run: list[tuple[int, int]] = []
        for sentence in self.sentences:
            if run and sentence[1] - run[0][0] > CHARACTERS:
                yield self._piece(run)
                run = []
            run.append(sentence)
        if run:
            yield self._piece(run)

    def _piece(self, run: list[tuple[int, int]]) -> Spans:
        start, end = run[0][0], run[-1][1]
        inside = {i: e for i, e in enumerate(self.entities) if start <= e[0] and e[1] <= end}
        position = {i: place for place, i in enumerate(inside)}
        return Spans(
            f"{self.id}@{start}",
            self.text[start:end],
            tuple((a - start, b - start) for a, b in run),
            tuple((a - start, b - start, label) for a, b, label in inside.values()),
            tuple((position[h], position[t], label) for h, t, label in self.relations if h in position and t in position),
        )


def is_symmetric(label: str) -> bool:
    """Whether a relation of this label has no direction."""
    return "".join(c for c in label.casefold() if c.isalpha()) in SYMMETRIC


def are_spans(path: Path) -> bool:
    """Whether the first record of a file is annotated in this way; False for a file that cannot be read."""
    try:
        with path.open(encoding="utf-8") as lines:
            record = json.loads(next((line for line in lines if line.strip()), "null"))
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and isinstance(record.get("text"), str) and isinstance(record.get("entities"), list)


def read_spans(path: Path) -> list[Spans]:
    """The records of a JSON Lines file; where `sents` is missing, a text is one sentence.

    Raises:
        InputError: the file cannot be read.
        DataError: a line lacks a field, or a place lies outside the text.
    """
    return read_lines(path, _read, "not a span-annotated record ({})")


def _read(record: Mapping[str, Any]) -> Spans:
    text = str(record["text"])
    sentences = tuple((int(a), int(b)) for a, b in record.get("sents") or [(0, len(text))])
    entities = tuple((int(e["start"]), int(e["end"]), str(e["label"])) for e in record["entities"])
    relations = tuple((int(r["head"]), int(r["tail"]), str(r["label"])) for r in record.get("relations", ()))
    for start, end, label in entities:
        if not 0 <= start < end <= len(text):
            raise ValueError(f"{label} at {start}–{end} lies outside the text of {len(text)} characters")
    if not all(0 <= i < len(entities) for head, tail, _ in relations for i in (head, tail)):
        raise ValueError("a relation names an entity that is not there")
    return Spans(str(record["id"]), text, sentences, entities, relations)


def score_spans(gold: Sequence[Spans], predicted: Sequence[Spans]) -> dict[str, Score]:
    """`entity`: span and label; `relation`: both spans and the label; `relation+`: the spans' labels as well; then
    each label by itself. Micro-averaged; records are matched by id."""
    total: dict[str, Score] = {}
    for counted in _counts(gold, predicted):
        for name, (right, wanted, said) in counted.items():
            score = total.setdefault(name, Score())
            score.right, score.gold, score.predicted = score.right + right, score.gold + wanted, score.predicted + said
    heads = ("entity", "relation", "relation+")
    return {name: total.get(name, Score()) for name in (*heads, *sorted(total.keys() - set(heads)))}


def span_intervals(gold: Sequence[Spans], predicted: Sequence[Spans], rounds: int, seed: int = 0) -> dict[str, tuple[float, float]]:
    """95 % intervals of each F1, by bootstrap over records."""
    counts = _counts(gold, predicted)
    names = {name for counted in counts for name in counted}
    return bootstrap({name: [counted.get(name, (0, 0, 0)) for counted in counts] for name in names}, rounds, seed)


def _counts(gold: Sequence[Spans], predicted: Sequence[Spans]) -> list[dict[str, tuple[int, int, int]]]:
    """Per record and measure: right, gold, predicted."""
    answers = {record.id: record for record in predicted}
    counts = []
    for wanted in gold:
        said = answers.get(wanted.id, Spans(wanted.id, wanted.text, (), (), ()))
        pairs: dict[str, tuple[set[Any], set[Any]]] = {
            "entity": (set(wanted.entities), set(said.entities)),
            "relation": (wanted.keys(typed=False), said.keys(typed=False)),
            "relation+": (wanted.keys(), said.keys()),
        }
        for label in sorted({e[2] for e in (*wanted.entities, *said.entities)}):
            pairs[f"  {label}"] = tuple({e for e in r.entities if e[2] == label} for r in (wanted, said))  # type: ignore[assignment]
        for label in sorted({r[2] for r in (*wanted.relations, *said.relations)}):
            pairs[f"  {label}"] = tuple({k for k in r.keys(typed=False) if k[1] == label} for r in (wanted, said))  # type: ignore[assignment]
        counts.append({name: (len(a & b), len(a), len(b)) for name, (a, b) in pairs.items()})
    return counts
