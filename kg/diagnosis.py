"""Where an extractor goes wrong: which types it mixes up, its surest errors in their sentences, how sure the figures are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kg.scoring import MEASURES, Pair, Record, bootstrap, normal_form

NOTHING = "(none)"


@dataclass(frozen=True)
class Error:
    """One wrong statement: `kind` says what, `said` and `gold` what the two sides say, `sentence` where."""

    paper: str
    kind: str
    said: str
    gold: str
    confidence: float | None
    sentence: str


def confusion(gold: Iterable[Record], predicted: Iterable[Record]) -> Counter[tuple[str, str]]:
    """(gold type, predicted type) → entities that share a form; `(none)` where the other side has nothing."""
    table: Counter[tuple[str, str]] = Counter()
    for wanted, said in _paired(gold, predicted):
        kinds = [
            {normal_form(m): e["type"] for e in record.get("entities", ()) for m in e.get("mentions", ())}
            for record in (wanted, said)
        ]
        seen: set[int] = set()
        for entity in wanted.get("entities", ()):
            forms = {normal_form(m) for m in entity.get("mentions", ())}
            match = next(
                (i for i, e in enumerate(said.get("entities", ())) if forms & {normal_form(m) for m in e.get("mentions", ())}), None
            )
            seen |= {match} - {None}  # type: ignore[arg-type]
            table[entity["type"], said["entities"][match]["type"] if match is not None else NOTHING] += 1
        for i, entity in enumerate(said.get("entities", ())):
            if i not in seen and not any(normal_form(m) in kinds[0] for m in entity.get("mentions", ())):
                table[NOTHING, entity["type"]] += 1
    return table


def worst_errors(gold: Iterable[Record], predicted: Iterable[Record], texts: Mapping[str, str], most: int = 20) -> list[Error]:
    """The surest wrong mentions, roles and relations, and gold entities that were not found, in turn; `texts` are
    by record id, for the sentence of what was missed."""
    wrong: list[Error] = []
    missed: list[Error] = []
    for wanted, said in _paired(gold, predicted):
        wrong += _wrong(wanted, said)
        missed += _missed(wanted, said, texts.get(wanted["id"], ""))
    wrong.sort(key=lambda e: (-(e.confidence or 0.0), e.paper, e.kind, e.said))
    queues: list[list[Error]] = [[e for e in wrong if e.kind == kind] for kind in ("mention", "role", "relation")] + [missed]
    turns = [error for rank in range(most) for queue in queues for error in queue[rank : rank + 1]]
    return turns[:most]


def intervals(
    gold: Iterable[Record], predicted: Iterable[Record], rounds: int = 1000, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """95 % intervals of each measure's F1, by bootstrap over papers."""
    papers = [Pair(wanted, said).sets() for wanted, said in _paired(gold, predicted)]
    counts = {name: [(len(s[name][0] & s[name][1]), len(s[name][0]), len(s[name][1])) for s in papers] for name in MEASURES}
    return bootstrap(counts, rounds, seed)


def _paired(gold: Iterable[Record], predicted: Iterable[Record]) -> Iterator[tuple[Record, Record]]:
    answers = {record["id"]: record for record in predicted}
    for record in gold:
        yield record, answers.get(record["id"], {"id": record["id"], "entities": []})


def _wrong(wanted: Record, said: Record) -> Iterator[Error]:
    paper = str(wanted["id"])
    gold_types = {normal_form(m): e["type"] for e in wanted.get("entities", ()) for m in e.get("mentions", ())}
    back = {s: g for g, s in Pair(wanted, said).loose.items()}
    gold_entities = {e["id"]: e for e in wanted.get("entities", ())}
    names = {e["id"]: e["name"] for e in said.get("entities", ())}
    gold_relations = {(r["source"], r["target"]): r["type"] for r in wanted.get("relations", ())}
    for entity in said.get("entities", ()):
        evidence = {r["role"]: r for r in entity.get("role_evidence", ())}
        sentence = next((r["sentence"] for r in evidence.values()), "")
        for form in entity.get("mentions", ()):
            right = gold_types.get(normal_form(form))
            if right != entity["type"]:
                yield Error(paper, "mention", f"{form} ({entity['type']})", right or NOTHING, entity.get("confidence"), sentence)
        match = gold_entities.get(back.get(entity["id"], ""))
        for role, found in evidence.items():
            if match and role not in match.get("roles", ()):
                said_so = f"{entity['name']}: {role}"
                yield Error(
                    paper, "role", said_so, ", ".join(match.get("roles", ())), found.get("confidence"), found.get("sentence", "")
                )
    for relation in said.get("relations", ()):
        ends = back.get(relation["source"]), back.get(relation["target"])
        right = gold_relations.get(ends) or (gold_relations.get(ends[::-1]) if relation["type"] == "COMPARED_WITH" else None)
        if right != relation["type"]:
            said_so = f"{names.get(relation['source'])} {relation['type']} {names.get(relation['target'])}"
            yield Error(paper, "relation", said_so, right or NOTHING, relation.get("confidence"), relation.get("sentence", ""))


def _missed(wanted: Record, said: Record, text: str) -> Iterator[Error]:
    found = Pair(wanted, said).loose
    for entity in wanted.get("entities", ()):
        if entity["id"] not in found and entity.get("mentions"):
            place = text.find(entity["mentions"][0])
            start, end = max(0, place - 60), place + len(entity["mentions"][0]) + 60
            yield Error(
                str(wanted["id"]),
                "missed",
                NOTHING,
                f"{entity['name']} ({entity['type']})",
                None,
                text[start:end] if place >= 0 else "",
            )
