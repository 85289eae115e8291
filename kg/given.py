"""Records that come with the input and stand in for extraction: read, checked, and kept for each input that they speak of.

Of several inputs that are one paper, each keeps its record, so that what the graph says does not depend on which came first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from kg.model.errors import BadRecord, InputError
from kg.model.identifiers import fold_title
from kg.model.records import Paper, PaperRecord
from kg.model.vocabulary import load_vocabulary
from kg.resolve.papers import MergedPaper


class Given:
    """Record texts by the input that they speak of: its id and title, which no two papers share."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str], str] = {}

    def take(self, lines: str | None, inputs: list[Paper]) -> None:
        """Remember the records of one paper, a line each; `inputs` are all that it is known by."""
        for line in lines.split("\n") if lines else ():
            name = json.loads(line)["id"]
            for paper in [p for p in inputs if p.id == name] or inputs[:1]:
                self._texts[_key(paper)] = line

    def of(self, merged: Iterable[MergedPaper], fresh: Mapping[str, str] | None = None) -> dict[str, list[str]]:
        """Canonical paper id → its record texts, the one that counts first; `fresh` ones, by record id, replace those known."""
        found = {}
        for item in merged:
            inputs = (item.paper, *item.inputs)
            self._texts.update({_key(paper): fresh[paper.id] for paper in inputs if fresh and paper.id in fresh})
            texts = [self._texts[key] for paper in inputs if (key := _key(paper)) in self._texts]
            if texts:
                found[item.paper.canonical_id] = list(dict.fromkeys(texts))
        return found


def _key(paper: Paper) -> tuple[str, str]:
    return paper.id, fold_title(paper.title)


def read_records(path: Path) -> dict[str, str]:
    """Paper records by their id, checked, as canonical JSON.

    Raises:
        InputError: the file cannot be read.
        BadRecord: a line is not a record; the message has its number.
    """
    known: dict[str, str] = {}
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # other line ends may stand inside a text
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as UTF-8 text; check the path given to --records") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = PaperRecord.from_dict(json.loads(line))
            fault = next(_faults(record), None)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadRecord(f"{path}, line {number}: not a paper record ({error}); see schema/record.schema.json") from error
        if fault:
            raise BadRecord(f"{path}, line {number}: {fault}; see schema/record.schema.json")
        known[record.id] = json.dumps(record.to_dict(), ensure_ascii=False, sort_keys=True)
    return known


def _faults(record: PaperRecord) -> Iterator[str]:
    """What a given record says that the vocabulary does not know, or that its own entities do not bear out."""
    vocabulary, ids = load_vocabulary(), {e.id for e in record.entities}
    for entity in record.entities:
        if entity.type not in vocabulary.entities:
            yield f"unknown entity type {entity.type!r}"
        if not entity.name.strip():
            yield "an entity without a name"
        yield from (f"unknown role {r.role!r}" for r in entity.roles if r.role not in vocabulary.roles)
    for relation in record.relations:
        if relation.type not in vocabulary.relations:
            yield f"unknown relation type {relation.type!r}"
        if not {relation.source, relation.target} <= ids:
            yield "a relation names an entity that the record lacks"
    for result in record.results:
        if not {result.subject, result.metric, result.dataset, result.task, result.baseline} <= {*ids, None}:
            yield "a result names an entity that the record lacks"
