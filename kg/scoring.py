"""Precision, recall and F1 of paper records against gold ones, micro-averaged over papers.

| measure | what must agree |
| --- | --- |
| mention | a surface form (normalised) and its type, once per paper |
| entity | one-to-one: the type, and at least one form |
| entity~ | as entity, Model and Method taken as one type, and one form may contain the other |
| introduces | entities with the role `introduces`, aligned as entity~ |
| roles | (entity, role) |
| aliases | pairs of forms inside one entity |
| relations | (type, source, target); COMPARED_WITH in either direction |
| relations~ | the pair of entities, whatever type and direction |
| results | (value, metric, dataset, subject); an absent part agrees with an absent one |
| results~ | (value, metric) |
| links | the URL |
"""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kg.model.errors import DataError, InputError

Record = Mapping[str, Any]
Read = TypeVar("Read")
Keys = set[Hashable]
MEASURES = (
    "mention",
    "entity",
    "entity~",
    "introduces",
    "roles",
    "aliases",
    "relations",
    "relations~",
    "results",
    "results~",
    "links",
)
_HYPHENS_AND_SPACE = re.compile(r"[\s\u2010-\u2015_/-]+")
_OTHER_SIGNS = re.compile(r"[^\w+# ]")
_PLURAL = re.compile(r"(?<=[a-z]{3})(?<![siu])s\b")


@dataclass
class Score:
    """Counts of one measure, and what follows from them; each ratio is in [0, 1]."""

    right: int = 0
    gold: int = 0
    predicted: int = 0

    def count(self, gold: Keys, predicted: Keys) -> None:
        """Add one paper's sets."""
        self.right += len(gold & predicted)
        self.gold += len(gold)
        self.predicted += len(predicted)

    @property
    def precision(self) -> float:
        """Share of what was predicted that is right; 0 where nothing was."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of gold that was found; 0 where there is none."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True)
class Judged:
    """One predicted statement: its kind (mention, role, relation or result), confidence in [0, 1], and whether it is right."""

    kind: str
    confidence: float
    right: bool


def normal_form(form: str) -> str:
    """What two surface forms are compared by: case, hyphens, punctuation and a plain plural do not count."""
    text = _HYPHENS_AND_SPACE.sub(" ", form.casefold())
    return _PLURAL.sub("", _OTHER_SIGNS.sub("", text).strip())


def evaluate(gold: Iterable[Record], predicted: Iterable[Record]) -> dict[str, Score]:
    """Scores by measure, then one per entity type (strict alignment) under its name.

    Records are in the JSON form of the annotation guidelines. A gold paper without prediction counts as an
    empty record, a prediction without gold paper is left out.
    """
    answers = {record["id"]: record for record in predicted}
    scores = {name: Score() for name in MEASURES}
    by_type: dict[str, Score] = {}
    for record in gold:
        pair = Pair(record, answers.get(record["id"], {"id": record["id"]}))
        for name, (wanted, said) in pair.sets().items():
            scores[name].count(wanted, said)
        for kind, score in pair.types().items():
            total = by_type.setdefault(kind, Score())
            total.right, total.gold = total.right + score.right, total.gold + score.gold
            total.predicted += score.predicted
    return {**scores, **dict(sorted(by_type.items()))}


def evaluate_kinds(gold: Iterable[Record], predicted: Iterable[Record]) -> dict[str, Score]:
    """Scores by role and by relation type, under `role introduces`, `relation USED_FOR` and so on, sorted."""
    answers = {record["id"]: record for record in predicted}
    scores: dict[str, Score] = {}
    for record in gold:
        for name, (wanted, said) in Pair(record, answers.get(record["id"], {"id": record["id"]})).kinds().items():
            scores.setdefault(name, Score()).count(wanted, said)
    return dict(sorted(scores.items(), reverse=True))


def read_records(path: Path) -> list[dict[str, Any]]:
    """Paper records of a JSON Lines file.

    Raises:
        InputError: the file cannot be read.
        DataError: a line is not a JSON object with an id.
    """

    def checked(record: Record) -> dict[str, Any]:
        _check(record)
        return dict(record)

    return read_lines(path, checked, "not a paper record ({}); see schema/record.schema.json")


def read_lines(path: Path, read: Callable[[Any], Read], complaint: str) -> list[Read]:
    """What `read` makes of each line of a JSON Lines file; empty lines are passed over.

    Raises:
        InputError: the file cannot be read.
        DataError: a line is no JSON, or `read` stumbles over it; the message holds the complaint with the reason in it.
    """
    records = []
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as UTF-8 text; check the path") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                records.append(read(json.loads(line)))
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                raise DataError(f"{path}, line {number}: {complaint.format(error)}") from None
    return records


def bootstrap(counts: Mapping[str, Sequence[tuple[int, int, int]]], rounds: int, seed: int) -> dict[str, tuple[float, float]]:
    """95 % intervals of each measure's F1 from its (right, gold, predicted) per paper, all of one length, by resampling the
    papers (Efron 1979; percentile method)."""
    chance = random.Random(seed)
    papers = range(max(map(len, counts.values()), default=0))
    samples: dict[str, list[float]] = {name: [] for name in counts}
    for _ in range(rounds if papers else 0):
        drawn = chance.choices(papers, k=len(papers))
        for name, rows in counts.items():
            samples[name].append(Score(*(sum(rows[i][k] for i in drawn) for k in range(3))).f1)
    return {name: (sorted(v)[int(0.025 * rounds)], sorted(v)[int(0.975 * rounds)]) for name, v in samples.items() if v}


def _check(record: Record) -> None:
    """Touch all that scoring needs.

    Raises:
        KeyError, TypeError, AttributeError: it is not there, or of another kind.
    """
    str(record["id"])
    for entity in record.get("entities", ()):
        _ = entity["id"], entity["type"], [m.casefold() for m in entity.get("mentions", ())], list(entity.get("roles", ()))
    for relation in record.get("relations", ()):
        _ = relation["type"], relation["source"], relation["target"]
    for result in record.get("results", ()):
        result.get("value")
    for link in record.get("links", ()):
        link["url"].strip()


class Pair:
    """One paper: its gold record and its predicted one, with entities aligned both ways."""

    def __init__(self, gold: Record, predicted: Record) -> None:
        self._gold, self._said = gold, predicted
        self._gold_entities = list(gold.get("entities", ()))
        self._said_entities = list(predicted.get("entities", ()))
        self._strict = align(self._gold_entities, self._said_entities, loose=False)
        self._loose = align(self._gold_entities, self._said_entities, loose=True)
        self.loose: Mapping[str, str] = self._loose  # gold id → predicted id, aligned as entity~
        # Both sides speak of entities by one set of names: gold's where aligned, else their own.
        self._gold_names = {e["id"]: ("gold", e["id"]) for e in self._gold_entities}
        self._said_names = {e["id"]: ("said", e["id"]) for e in self._said_entities}
        self._said_names.update({said: ("gold", wanted) for wanted, said in self._loose.items()})

    def sets(self) -> dict[str, tuple[Keys, Keys]]:
        """Per measure the gold set and the predicted set."""
        gold = self._side(self._gold, self._gold_entities, self._gold_names)
        said = self._side(self._said, self._said_entities, self._said_names)
        gold.update(self._aligned(self._gold_entities, {k: k for k in self._strict}, {k: k for k in self._loose}, "gold"))
        back = {v: k for k, v in self._strict.items()}, {v: k for k, v in self._loose.items()}
        said.update(self._aligned(self._said_entities, *back, "said"))
        return {name: (gold[name], said[name]) for name in MEASURES}

    def kinds(self) -> dict[str, tuple[Keys, Keys]]:
        """Gold and predicted roles and relations, each kind by itself: `role introduces`, `relation USED_FOR`."""
        split: dict[str, tuple[Keys, Keys]] = {}
        for side, (record, entities, names) in enumerate((
            (self._gold, self._gold_entities, self._gold_names), (self._said, self._said_entities, self._said_names),
        )):  # fmt: skip
            sets = self._side(record, entities, names)
            said: list[Any] = [*sets["roles"]]
            for name, role in said:
                split.setdefault(f"role {role}", (set(), set()))[side].add(name)
            stated: list[Any] = [*sets["relations"]]
            for kind, *ends in stated:
                split.setdefault(f"relation {kind}", (set(), set()))[side].add(tuple(ends))
        return split

    def judged(self) -> Iterator[Judged]:
        """Each predicted statement with its confidence and whether it is right: mentions (one per form and type,
        at its highest confidence), roles, relations and results."""
        sets = self.sets()
        best: dict[Hashable, float] = {}
        for entity in self._said_entities:
            scores = {
                s["text"]: s.get("confidence", 1.0) for s in sorted(entity.get("spans", ()), key=lambda s: s.get("confidence", 1.0))
            }
            for form in entity.get("mentions", ()):
                key = normal_form(form), entity["type"]
                best[key] = max(best.get(key, 0.0), scores.get(form, entity.get("confidence", 1.0)))
        yield from (Judged("mention", score, key in sets["mention"][0]) for key, score in best.items() if key[0])  # type: ignore[index]
        names = self._said_names
        for entity in self._said_entities:
            known = {r["role"]: r.get("confidence", 1.0) for r in entity.get("role_evidence", ())}
            for role in entity.get("roles", ()):
                yield Judged("role", known.get(role, 1.0), (names[entity["id"]], role) in sets["roles"][0])
        for relation in self._said.get("relations", ()):
            key = _relation_key(relation["type"], names.get(relation["source"]), names.get(relation["target"]))
            yield Judged("relation", relation.get("confidence", 1.0), key in sets["relations"][0])
        for result in self._said.get("results", ()):
            figure = _number(result.get("value")), names.get(result.get("metric"))
            yield Judged("result", result.get("confidence", 1.0), figure in sets["results~"][0])

    def types(self) -> dict[str, Score]:
        """Strict alignment, by type."""
        scores: dict[str, Score] = {}
        for entity in self._gold_entities:
            score = scores.setdefault(entity["type"], Score())
            score.gold += 1
            score.right += entity["id"] in self._strict
        for entity in self._said_entities:
            scores.setdefault(entity["type"], Score()).predicted += 1
        return scores

    @staticmethod
    def _aligned(entities: list[Record], strict: Mapping[str, str], loose: Mapping[str, str], side: str) -> dict[str, Keys]:
        """Aligned entities go by their gold id, the others by their own, so that equal means aligned."""
        return {
            "entity": {("gold", strict[e["id"]]) if e["id"] in strict else (side + "-only", i) for i, e in enumerate(entities)},
            "entity~": {("gold", loose[e["id"]]) if e["id"] in loose else (side + "-only", i) for i, e in enumerate(entities)},
        }

    @staticmethod
    def _side(record: Record, entities: list[Record], names: Mapping[str, tuple[str, str]]) -> dict[str, Keys]:
        def name(entity: Any) -> Hashable:
            return None if entity is None else names.get(entity, ("said", "?"))

        relations = {_relation_key(r["type"], name(r["source"]), name(r["target"])) for r in record.get("relations", ())}
        results = list(record.get("results", ()))
        return {
            "mention": {(form, e["type"]) for e in entities for form in _forms(e)},
            "introduces": {names[e["id"]] for e in entities if "introduces" in e.get("roles", ())},
            "roles": {(names[e["id"]], role) for e in entities for role in e.get("roles", ())},
            "aliases": {pair for e in entities for pair in itertools.combinations(sorted(_forms(e)), 2)},
            "relations": set(relations),
            "relations~": {tuple(sorted(key[1:])) for key in relations},
            "results": {(_number(r.get("value")), *(name(r.get(k)) for k in ("metric", "dataset", "subject"))) for r in results},
            "results~": {(_number(r.get("value")), name(r.get("metric"))) for r in results},
            "links": {x["url"] for x in record.get("links", ())},
        }


def align(gold: list[Record], predicted: list[Record], loose: bool) -> dict[str, str]:
    """Best-first one-to-one alignment: gold id → predicted id.

    A pair's weight is the number of shared forms (a half where, loosely, only one contains the other), plus a
    tenth for equal types; ties go by gold id, then predicted id.
    """
    pairs = []
    for wanted, said in itertools.product(gold, predicted):
        same = _coarse(wanted["type"]) == _coarse(said["type"]) if loose else wanted["type"] == said["type"]
        weight = _overlap(_forms(wanted), _forms(said), loose) if same else 0
        if weight:
            pairs.append((-(weight + (wanted["type"] == said["type"]) / 10), wanted["id"], said["id"]))
    aligned: dict[str, str] = {}
    taken = set()
    for _, wanted_id, said_id in sorted(pairs):
        if wanted_id not in aligned and said_id not in taken:
            aligned[wanted_id] = said_id
            taken.add(said_id)
    return aligned


def _forms(entity: Record) -> set[str]:
    return {normal_form(m) for m in entity.get("mentions", ())} - {""}


def _coarse(kind: str) -> str:
    return "Model/Method" if kind in ("Model", "Method") else kind


def _overlap(a: set[str], b: set[str], loose: bool) -> float:
    if a & b or not loose:
        return len(a & b)
    return 0.5 * any(f" {x} " in f" {y} " or f" {y} " in f" {x} " for x in a for y in b)


def _relation_key(kind: str, source: Any, target: Any) -> tuple[Any, ...]:
    return (kind, *sorted((source, target))) if kind == "COMPARED_WITH" else (kind, source, target)


def _number(value: Any) -> Hashable:
    try:
        return round(float(str(value).replace(",", "")), 6)
    except ValueError:
        return str(value)
