"""A portion of papers with their records, and the entities that their names mean → rows of the tables, and what entities gather from them.

Portions are worked on apart, in any process; `kg.resolve.assemble` puts together what they give.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Context, Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from kg.memory import without_cycles
from kg.model.filtering import at_least
from kg.model.identifiers import digest, fold_name
from kg.model.records import LocalEntity, LocalResult, Paper, PaperRecord, Role
from kg.model.vocabulary import load_vocabulary
from kg.resolve.overrides import Settled, changed
from kg.resolve.papers import MergedPaper
from kg.scale.base import Handle
from kg.tables import rows_of, table_of, table_of_tuples

Row = dict[str, Any]
SIZES = "kg-sizes"  # stands as extractor where the name of a model tells that it is a size of another
PROOFS = pa.schema(
    {
        "statement": pa.string(),
        "source": pa.string(),
        "type": pa.string(),
        "target": pa.string(),
        "paper": pa.string(),
        "extractor": pa.string(),
        "confidence": pa.float64(),
        "authors": pa.list_(pa.int64()),
    }
)  # of relations
HEADS = pa.schema(
    {
        "paper": pa.string(),
        "entity": pa.string(),
        "type": pa.string(),
        "papers": pa.int32(),
        "users": pa.int32(),
        "first_year": pa.int32(),
    }
)
LINKS = pa.schema({"paper": pa.string(), "entity": pa.string(), "url": pa.string()})
FORMS = pa.schema(
    {"paper": pa.string(), "entity": pa.string(), "form": pa.string(), "named": pa.int32(), "seen": pa.int32()}
)  # places, as name and in all
PARTS = {"proofs": PROOFS, "heads": HEADS, "links": LINKS, "forms": FORMS}  # what is put together from all portions
SUMS = {
    "heads": (["entity", "type"], [("papers", "sum"), ("users", "sum"), ("first_year", "min")]),
    "forms": (["entity", "form"], [("named", "sum"), ("seen", "sum")]),
}  # by which columns rows of parts are one, and how
OF_PAPERS = ("papers", "mentions", "roles", "results", "evidence")  # tables whose rows are each of one paper
_VALUE, _EXACT = Decimal(1).scaleb(-12), Context(prec=40)  # of the column `value`


@dataclass(frozen=True)
class Meaning:
    """What the names of a portion mean, by the numbers that its places hold: see `Settled`."""

    ids: list[str]
    kinds: list[str]
    wholes: list[str]

    @staticmethod
    def of(settled: Settled, numbers: Sequence[int]) -> Meaning:
        """The part of what was settled that these numbers need, in their order."""
        return Meaning(
            ids=[settled.ids[n] for n in numbers],
            kinds=[settled.kinds[n] for n in numbers],
            wholes=[settled.wholes[n] for n in numbers],
        )


@dataclass(frozen=True)
class Portion:
    """Papers, the JSON texts of their records (empty where there is none), the numbers at their places, what these mean, and records
    that came with the input, by canonical id."""

    papers: list[MergedPaper]
    records: list[str]
    places: list[list[int]]
    meaning: Meaning
    given: Mapping[str, list[str]]


@dataclass
class _Node:
    """What a paper tells of one entity."""

    type: str
    names: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    works: bool = False  # whether the paper works with it


@dataclass(frozen=True)
class Rows:
    """What a portion gives: rows of the tables of `OF_PAPERS` and of `PARTS`."""

    tables: dict[str, pa.Table]


@dataclass(frozen=True)
class MakeRows:
    """Work that makes the rows of portions. Statements below `least` are left out; `extractor` is named by papers without a record. Without
    `apart`, what papers of a portion tell of one entity or form is put together, and of no paper."""

    least: float = 0.0
    extractor: str = ""
    apart: bool = False

    def start(self) -> Handle:
        """See `Work.start`."""
        return lambda portions: [self._rows(portion) for portion in portions]

    @without_cycles()
    def _rows(self, portion: Portion) -> Rows:
        gatherer, papers = _Gatherer(portion.meaning), list[Row]()
        for merged, text, places in zip(portion.papers, portion.records, portion.places, strict=True):
            paper = merged.paper
            record = PaperRecord.from_dict(json.loads(text)) if text else PaperRecord(paper.id, extractor=self.extractor)
            record = at_least(record, self.least)
            gatherer.add(paper, record, places)
            papers.append(_paper_row(merged, record, portion.given.get(paper.canonical_id, ())))
        tables = {"papers": table_of("papers", papers), **gatherer.tables()}
        return Rows(tables if self.apart else {name: _together(name, table) for name, table in tables.items()})


def _together(name: str, rows: pa.Table) -> pa.Table:
    """Rows of a part that belong together as one, those of others as they are."""
    if name not in SUMS:
        return rows
    keys, sums = SUMS[name]
    found = rows.group_by(keys, use_threads=False).aggregate(sums)
    columns = {**{key: found[key] for key in keys}, **{column: found[f"{column}_{how}"] for column, how in sums}}
    nowhere = pa.nulls(found.num_rows, pa.string())
    return pa.table([columns.get(column.name, nowhere).cast(column.type) for column in PARTS[name]], schema=PARTS[name])


class _Gatherer:
    def __init__(self, meaning: Meaning) -> None:
        self._heads: list[tuple[Any, ...]] = []
        self._links: list[tuple[str, str, str]] = []
        self._forms: list[tuple[str, str, str, int, int]] = []
        self._meaning = meaning
        self._vocabulary = load_vocabulary()
        self._mentions: set[tuple[Any, ...]] = set()
        self._roles: dict[str, tuple[str, str, str, str]] = {}  # statement → paper, role, entity, itself
        self._surest: dict[str, float] = {}  # statement of a role → confidence
        self._results: dict[str, Row] = {}
        self._evidence: set[tuple[Any, ...]] = set()
        self._proofs: dict[tuple[Any, ...], list[int]] = {}  # → authors

    def add(self, paper: Paper, record: PaperRecord, places: Sequence[int]) -> None:
        meaning, paper_id = self._meaning, paper.canonical_id
        numbers = dict(zip((e.id for e in record.entities), places, strict=True))
        ids = {local: meaning.ids[n] for local, n in numbers.items()}
        dropped = {local for local, key in ids.items() if not key}
        record = changed(record, dropped, {local: meaning.kinds[n] for local, n in numbers.items()})
        authors = [int(digest("author", fold_name(name)), 16) >> 1 for name in paper.authors]
        nodes: dict[str, _Node] = {}
        for entity in record.entities:
            node = nodes.setdefault(ids[entity.id], _Node(entity.type))
            node.names[entity.name] += 1
            node.forms.update({*entity.forms, entity.name})
            node.works |= self._add_places(paper_id, record, entity, ids[entity.id])
            self._add_size(paper_id, entity, numbers[entity.id], authors)
        for key, node in nodes.items():
            self._heads.append((paper_id, key, node.type, 1, int(node.works), paper.year or None))
            self._forms += [(paper_id, key, form, node.names[form], seen) for form, seen in node.forms.items()]
        introduced = [e.id for e in record.entities if any(r.role == "introduces" for r in e.roles)]
        if introduced:
            self._links += [(paper_id, ids[introduced[0]], url) for url in sorted({link.url for link in record.links})]
        for relation in record.relations:
            if relation.type in self._vocabulary.relations:
                source, target = ids[relation.source], ids[relation.target]
                if self._vocabulary.relations[relation.type].symmetric:
                    source, target = sorted((source, target))
                if source != target:
                    self._relate((source, relation.type, target), paper_id, record.extractor, relation, authors)
        for result in record.results:
            self._add_result(paper_id, record, result, ids)

    def tables(self) -> dict[str, pa.Table]:
        roles = sorted(self._roles.values())
        return {
            "mentions": table_of_tuples("mentions", sorted(self._mentions)),
            "roles": table_of_tuples("roles", [(key, paper, role, one, self._surest[key]) for paper, role, one, key in roles]),
            "results": table_of("results", list(self._results.values())),
            "evidence": table_of_tuples("evidence", self._evidence),
            "proofs": rows_of(PROOFS, [(*row, authors) for row, authors in self._proofs.items()]),
            "heads": rows_of(HEADS, self._heads),
            "links": rows_of(LINKS, self._links),
            "forms": rows_of(FORMS, self._forms),
        }

    def _add_places(self, paper: str, record: PaperRecord, entity: LocalEntity, node: str) -> bool:
        """Mentions and roles of an entity of a paper; whether the paper works with it."""
        works = False
        for mention in entity.mentions:
            if mention.start >= 0:
                self._mentions.add((paper, node, mention.start, mention.end, mention.text, mention.confidence))
        for role in entity.roles:
            if role.role in self._vocabulary.roles:
                fits = entity.type in self._vocabulary.roles[role.role].target
                name = role.role if fits else "mentions"  # all that is sure of a role that things of this type cannot have
                works = works or self._vocabulary.roles[name].working
                statement = digest("role", paper, name, node)
                self._roles[statement] = paper, name, node, statement
                self._surest[statement] = max(role.confidence, self._surest.get(statement, 0.0))
                self._prove(statement, paper, record.extractor, role)
        return works

    def _relate(self, ends: tuple[str, str, str], paper: str, extractor: str, said: Any, authors: list[int]) -> None:
        statement = digest("relation", *ends)
        self._proofs[statement, *ends, paper, extractor, said.confidence] = authors
        self._prove(statement, paper, extractor, said)

    def _add_size(self, paper: str, entity: LocalEntity, number: int, authors: list[int]) -> None:
        """A model that is a size of another one of the graph is a kind of it."""
        if whole := self._meaning.wholes[number]:
            said = max(entity.roles, key=lambda role: (role.confidence, -role.start, role.sentence), default=Role("mentions"))
            ends = self._meaning.ids[number], "SUBCLASS_OF", whole
            self._relate(ends, paper, SIZES, replace(said, confidence=entity.confidence), authors)

    def _add_result(self, paper: str, record: PaperRecord, result: LocalResult, ids: Mapping[str, str]) -> None:
        ends = {name: ids.get(getattr(result, name) or "") for name in ("subject", "metric", "dataset", "task", "baseline")}
        place = f"{result.start}:{result.end}:{result.evidence}"
        statement = digest("result", paper, *(ends[n] or "" for n in sorted(ends)), result.value, str(result.unit), place)
        plain = {name: getattr(result, name) for name in ("unit", "kind", "direction", "condition", "confidence")}
        self._results[statement] = {
            "id": statement, "paper": paper, "value": _decimal(result.value), "printed": result.value, "higher_is_better": None, **plain, **ends,
        }  # fmt: skip
        self._prove(statement, paper, record.extractor, result)

    def _prove(self, statement: str, paper: str, extractor: str, said: Any) -> None:
        self._evidence.add((statement, paper, said.start, said.end, said.sentence, extractor, said.confidence))


def _decimal(text: str) -> Decimal | None:
    """A plain decimal that fits the table (26 digits before, 12 after the point), else None."""
    try:
        value = Decimal(text.replace(",", "").strip().lstrip("+"))
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) >= Decimal(10) ** 26 or value.as_tuple().exponent < -12:  # type: ignore[operator]
        return None
    return value.quantize(_VALUE, context=_EXACT)


def _paper_row(merged: MergedPaper, record: PaperRecord, given: Sequence[str]) -> Row:
    paper = merged.paper
    plain = {f.name: getattr(paper, f.name) for f in fields(Paper)}
    return {
        **plain,
        "id": paper.canonical_id,
        "own_id": paper.id,
        "identifiers": [{"scheme": s, "value": v} for s, v in paper.identifiers],
        "links": [{"type": t, "url": u} for t, u in sorted({(x.type, x.url) for x in record.links} | set(paper.links))],
        "source_links": [{"type": t, "url": u} for t, u in paper.links],
        "variants": [v.to_json() for v in merged.variants],
        "record": "\n".join(given) or None,
    }


def paper_from_row(row: Mapping[str, Any]) -> Paper:
    """The speaking `Paper` of a row of the papers table."""
    plain = {f.name: row[f.name] for f in fields(Paper) if f.name in row}
    plain.update(id=row["own_id"], authors=tuple(row["authors"]))
    plain["identifiers"] = tuple((pair["scheme"], pair["value"]) for pair in row["identifiers"])
    plain["links"] = tuple((link["type"], link["url"]) for link in row["source_links"])
    plain["affiliations"] = tuple(tuple(places) for places in row["affiliations"])
    plain.update({name: tuple(row[name]) for name in ("orcids", "keywords", "references")})
    return Paper(**plain)
