"""Papers and their records → the rows of the tables, sorted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from kg.model.identifiers import digest, fold_name
from kg.model.records import Entity, LocalEntity, LocalResult, Paper, PaperRecord, Result, Role
from kg.model.vocabulary import Vocabulary, load_vocabulary
from kg.resolve.confidence import support
from kg.resolve.match import entity_id
from kg.resolve.normalize import name_key
from kg.resolve.overrides import NONE, Overrides, Settled, settle
from kg.resolve.papers import MergedPaper
from kg.resolve.sizes import model_of_size
from kg.tables import SCHEMAS, table_of, table_of_tuples

Row = dict[str, Any]
_Proof = tuple[str, str, int, int, str, str, float]  # evidence, in the order of its columns
SIZES = "kg-sizes"  # stands as extractor where the name of a model tells that it is a size of another


@dataclass
class _Node:
    """What is gathered about one entity while papers pass by."""

    type: str
    names: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    papers: set[str] = field(default_factory=set)
    years: set[int] = field(default_factory=set)
    links: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The name that most papers give; the shorter, then the first in code point order, breaks ties."""
        return min(self.names, key=lambda name: (-self.names[name], len(name), name))


def assemble_tables(
    merged: Iterable[MergedPaper],
    records: Mapping[str, PaperRecord],
    given: Mapping[str, list[str]],
    higher_is_better: Mapping[str, bool],
    overrides: Overrides = NONE,
    vocabulary: Vocabulary | None = None,
) -> dict[str, pa.Table]:
    """All tables of a version.

    `records` maps canonical paper ids to what was extracted, `given` to the records that came with the
    input, as JSON, `higher_is_better` folded metric names to their direction; `overrides` is what the user knows better about
    entities. Equal content gives equal tables.
    """
    papers = list(merged)
    ids = [m.paper.canonical_id for m in papers]
    settled = settle({key: records.get(key, PaperRecord(m.paper.id)) for key, m in zip(ids, papers, strict=True)}, overrides)
    authors = {m.paper.canonical_id: frozenset(map(fold_name, m.paper.authors)) for m in papers}
    gatherer = _Gatherer(vocabulary or load_vocabulary(), higher_is_better, settled, authors)
    for item, key in zip(papers, ids, strict=True):
        gatherer.add(item.paper, settled.records[key])
    tables = gatherer.tables()
    tables["papers"] = table_of("papers", [_paper_row(m, records, given) for m in papers])
    tables["cites"] = table_of_tuples("cites", sorted(_citations(papers)))
    return {name: tables[name] for name in SCHEMAS}


class _Gatherer:
    def __init__(
        self, vocabulary: Vocabulary, higher_is_better: Mapping[str, bool], settled: Settled, authors: Mapping[str, Collection[str]]
    ) -> None:
        self.settled = settled
        self.authors = authors  # by paper id
        self._vocabulary = vocabulary
        self._directions = higher_is_better
        self._nodes: dict[str, _Node] = {}
        self._mentions: set[tuple[str, str, int, int, str, float]] = set()
        self._roles: dict[str, tuple[str, str, str]] = {}  # statement → paper, role, entity
        self._surest: dict[str, float] = {}  # statement of a role → confidence
        self._relations: dict[str, tuple[str, str, str]] = {}
        self._results: dict[str, Result] = {}
        self._evidence: set[_Proof] = set()
        self._live = set(settled.keys.values())
        self._joins: dict[tuple[str, str, str, str, str], set[str]] = {}  # entity, type, name, rule, evidence → papers

    def add(self, paper: Paper, record: PaperRecord) -> None:
        paper_id = paper.canonical_id
        ids = {e.id: self.settled.keys[paper_id, e.id] for e in record.entities}
        for entity in record.entities:
            self._add_entity(paper, record, entity, ids[entity.id])
            self._add_join(paper_id, entity, ids[entity.id])
            self._add_size(paper_id, entity, ids[entity.id])
        introduced = [e.id for e in record.entities if any(r.role == "introduces" for r in e.roles)]
        if introduced:
            self._nodes[ids[introduced[0]]].links.update(link.url for link in record.links)
        for relation in record.relations:
            if relation.type in self._vocabulary.relations:
                source, target = ids[relation.source], ids[relation.target]
                if self._vocabulary.relations[relation.type].symmetric:
                    source, target = sorted((source, target))
                if source != target:
                    self._relate(source, relation.type, target, paper_id, record.extractor, relation)
        for result in record.results:
            self._add_result(paper_id, record, result, ids)

    def tables(self) -> dict[str, pa.Table]:
        evidence = sorted(self._evidence)
        roles = sorted((paper, role, entity, key) for key, (paper, role, entity) in self._roles.items())
        return {
            "entities": table_of("entities", [vars(entity) for entity in self._entities()]),
            "aliases": table_of_tuples("aliases", self._aliases()),
            "mentions": table_of_tuples("mentions", sorted(self._mentions)),
            "roles": table_of_tuples("roles", [(key, paper, role, one, self._surest[key]) for paper, role, one, key in roles]),
            "relations": table_of_tuples("relations", self._joined_relations(evidence)),
            "evidence": table_of_tuples("evidence", evidence),
            "results": table_of("results", [_result_row(r) for r in self._directed_results()]),
            "joins": table_of_tuples("joins", self._named()),
            "external": SCHEMAS["external"].empty_table(),
            "redirects": table_of_tuples("redirects", sorted(self.settled.moved.items())),
        }

    def _add_entity(self, paper: Paper, record: PaperRecord, entity: LocalEntity, node_id: str) -> None:
        node = self._nodes.setdefault(node_id, _Node(entity.type))
        paper_id = paper.canonical_id
        node.names[entity.name] += 1
        node.forms.update({*entity.forms, entity.name})
        node.papers.add(paper_id)
        if paper.year:
            node.years.add(paper.year)
        for mention in entity.mentions:
            if mention.start >= 0:
                place = (mention.start, mention.end, mention.text, mention.confidence)
                self._mentions.add((paper_id, node_id, *place))
        for role in entity.roles:
            if role.role in self._vocabulary.roles:
                fits = entity.type in self._vocabulary.roles[role.role].target
                name = role.role if fits else "mentions"  # all that is sure of a role that things of this type cannot have
                statement = digest("role", paper_id, name, node_id)
                self._roles[statement] = paper_id, name, node_id
                self._surest[statement] = max(role.confidence, self._surest.get(statement, 0.0))
                self._prove(statement, paper_id, record.extractor, role)

    def _relate(self, source: str, kind: str, target: str, paper: str, extractor: str, said: Any) -> None:
        statement = digest("relation", source, kind, target)
        self._relations[statement] = (source, kind, target)
        self._prove(statement, paper, extractor, said)

    def _add_join(self, paper: str, entity: LocalEntity, node_id: str) -> None:
        place = paper, entity.id
        why = self.settled.why[place]
        key = node_id, self.settled.said.get(place, entity.type), entity.name, why.rule, why.evidence
        self._joins.setdefault(key, set()).add(paper)

    def _add_size(self, paper: str, entity: LocalEntity, node_id: str) -> None:
        """A model that is a size of another one of the graph is a kind of it."""
        if entity.type == "Model" and (model := model_of_size(entity.name)):
            whole = entity_id("Model", name_key(model, "Model"))
            whole = self.settled.moved.get(whole, whole)
            if whole in self._live and whole != node_id:
                said = max(entity.roles, key=lambda role: (role.confidence, -role.start, role.sentence), default=Role("mentions"))
                self._relate(node_id, "SUBCLASS_OF", whole, paper, SIZES, replace(said, confidence=entity.confidence))

    def _add_result(self, paper: str, record: PaperRecord, result: LocalResult, ids: Mapping[str, str]) -> None:
        ends = {name: ids.get(getattr(result, name) or "") for name in ("subject", "metric", "dataset", "task", "baseline")}
        place = f"{result.start}:{result.end}:{result.evidence}"
        statement = digest("result", paper, *(ends[n] or "" for n in sorted(ends)), result.value, str(result.unit), place)
        self._results[statement] = Result(
            id=statement,
            paper=paper,
            value=_decimal(result.value),
            printed=result.value,
            unit=result.unit,
            kind=result.kind,
            direction=result.direction,
            condition=result.condition,
            higher_is_better=None,
            confidence=result.confidence,
            **ends,
        )
        self._prove(statement, paper, record.extractor, result)

    def _directed_results(self) -> Iterator[Result]:
        """Results with the direction of their metric, which all papers' forms of it help to find."""
        for _, result in sorted(self._results.items()):
            forms = sorted(self._nodes[result.metric].forms) if result.metric else []
            known = [self._directions[key] for form in forms if (key := fold_name(form)) in self._directions]
            yield replace(result, higher_is_better=known[0] if known else None)

    def _prove(self, statement: str, paper: str, extractor: str, said: Any) -> None:
        self._evidence.add((statement, paper, said.start, said.end, said.sentence, extractor, said.confidence))

    def _entities(self) -> Iterator[Entity]:
        for node_id, node in sorted(self._nodes.items()):
            name = self.settled.names.get(node_id, node.name)
            yield Entity(
                id=node_id,
                type=node.type,
                name=name,
                aliases=tuple(sorted(set(node.forms) - {name})),
                papers=len(node.papers),
                first_year=min(node.years, default=None),
                links=tuple(sorted(node.links)),
            )

    def _aliases(self) -> Iterator[tuple[str, str, int]]:
        for node_id, node in sorted(self._nodes.items()):
            for form in sorted(node.forms):
                yield node_id, form, node.forms[form]

    def _joined_relations(self, evidence: list[_Proof]) -> Iterator[tuple[str, str, str, str, float, int]]:
        """Relations in the order of the columns, with the confidence that their evidence gives them."""
        proofs: dict[str, list[tuple[str, str, float]]] = defaultdict(list)
        for statement, paper, _, _, _, extractor, confidence in evidence:
            if statement in self._relations:
                proofs[statement].append((paper, extractor, confidence))
        for (source, kind, target), statement in sorted((ends, statement) for statement, ends in self._relations.items()):
            found = proofs[statement]
            yield statement, source, kind, target, support(found, self.authors), len({paper for paper, _, _ in found})

    def _named(self) -> Iterator[tuple[str, str, str, str, str, int, str]]:
        """Why names are one entity, where it has several."""
        names = Counter(entity for entity, _, _ in {key[:3] for key in self._joins})
        for key, papers in sorted(self._joins.items()):
            if names[key[0]] > 1:
                yield *key, len(papers), min(papers)


def _decimal(text: str) -> str | None:
    """A plain decimal that fits the table (26 digits before, 12 after the point), else None."""
    try:
        value = Decimal(text.replace(",", "").strip().lstrip("+"))
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) >= Decimal(10) ** 26 or value.as_tuple().exponent < -12:  # type: ignore[operator]
        return None
    return format(value, "f")


def _result_row(result: Result) -> Row:
    row = dict(vars(result))
    row["value"] = Decimal(result.value).quantize(Decimal(1).scaleb(-12)) if result.value is not None else None
    return row


def _paper_row(merged: MergedPaper, records: Mapping[str, PaperRecord], given: Mapping[str, list[str]]) -> Row:
    paper = merged.paper
    plain = {f.name: getattr(paper, f.name) for f in fields(Paper)}
    record = records.get(paper.canonical_id)
    links = {(x.type, x.url) for x in record.links} | set(paper.links) if record else set(paper.links)
    return {
        **plain,
        "id": paper.canonical_id,
        "own_id": paper.id,
        "identifiers": [{"scheme": s, "value": v} for s, v in paper.identifiers],
        "links": [{"type": t, "url": u} for t, u in sorted(links)],
        "source_links": [{"type": t, "url": u} for t, u in paper.links],
        "variants": [v.to_json() for v in merged.variants],
        "record": "\n".join(given.get(paper.canonical_id, ())) or None,
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


def _citations(papers: Iterable[MergedPaper]) -> set[tuple[str, str]]:
    """Who cites whom, where both are there; nobody cites themselves."""
    listed = list(papers)
    known = {f"{scheme}:{value}": m.paper.canonical_id for m in listed for one in m.inputs for scheme, value in one.identifiers}
    pairs = {(m.paper.canonical_id, known[one]) for m in listed for one in m.paper.references if one in known}
    return {(citing, cited) for citing, cited in pairs if citing != cited}
