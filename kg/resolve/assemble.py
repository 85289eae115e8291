"""Papers and their records → the tables of a version, a portion of papers at a time.

First all names are counted (`kg.resolve.census`) and settled, then each portion gives its rows (`kg.resolve.rows`), both by any executor. Papers
go by in the order of their ids, so that rows that belong to papers come out sorted; what is sorted otherwise is put in order here.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.memory import without_cycles
from kg.model.errors import StoreError
from kg.model.identifiers import digest, fold_name
from kg.model.records import PaperRecord
from kg.parquet import Spill, Stream, run_starts
from kg.resolve.census import Census, CountNames
from kg.resolve.confidence import support
from kg.resolve.overrides import NONE, Overrides, Settled, settle
from kg.resolve.papers import Merged
from kg.resolve.recall import Memory, Stamps, hexadecimal, stamps_of
from kg.resolve.rows import OF_PAPERS, PARTS, SUMS, MakeRows, Meaning, Portion
from kg.resolve.texts import PAPERS, RecordTexts, TextPortion
from kg.scale.base import Executor, Failed, Work
from kg.scale.serial import SerialExecutor
from kg.tables import SCHEMAS, table_of_tuples

_IN_ORDER = ("papers", "mentions", "roles")


@without_cycles()
def assemble_tables(
    merged: Merged,
    records: RecordTexts,
    given: Mapping[str, list[str]],
    higher_is_better: Mapping[str, bool],
    overrides: Overrides = NONE,
    *,
    least: float = 0.0,
    extractor: str = "",
    executor: Executor | None = None,
    folder: Path | None = None,
    memory: Memory | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, Stream]:
    """All tables of a version, each whole or in pieces that are read once, in the order of the names.

    `records` are what was extracted, by the position of the paper; `given` maps canonical paper ids to the records that came with the
    input, as JSON, `higher_is_better` folded metric names to their direction; `overrides` is what the user knows better about
    entities. Statements less sure than `least` are left out. Rows that wait to be put in order lie in `folder`, if they are many. What
    `memory` has of papers is not made again, and what is made is remembered there. Equal content gives equal tables, whatever the executor and the memory.
    """
    executor = executor or SerialExecutor()
    memory = memory or Memory()
    known = memory.known(merged.ids, _stamps(merged, records, given))
    fresh = np.flatnonzero(known < 0)
    tallies = _done(executor, CountNames(least), ([portion.texts] for portion in records.of(fresh.tolist())))
    census = memory.census(known, Census.of(_told(tallies, "count names", len(fresh), progress)))
    settled = settle(census, overrides)
    fresh = np.union1d(fresh, memory.changed(known, settled))
    kept = memory.rows(np.delete(merged.ids, fresh))
    fresh = np.arange(len(merged)) if kept is None else fresh
    gathered = _Gathered(settled, merged.ids, folder, memory.keeps)
    portions = _portions(merged, records.of(fresh.tolist()), given, settled)
    work = MakeRows(least, extractor, apart=memory.keeps)
    for rows in _told(_done(executor, work, portions), "make rows", len(fresh), progress):
        gathered.take(rows.tables)
    gathered.complete(kept or {})
    if memory.keeps:
        memory.remember(merged.ids, _stamps(merged, records, given), census, settled, gathered.parts)
    return gathered.tables(higher_is_better, _citations(merged))


def _stamps(merged: Merged, records: RecordTexts, given: Mapping[str, list[str]]) -> Stamps:
    places = {number: position for position, number in enumerate(merged.ids.tolist())} if given else {}
    return stamps_of(merged.sums, records.sums, {places[int(key, 16)]: texts for key, texts in given.items()})


def settled_names(records: RecordTexts, overrides: Overrides, least: float) -> Settled:
    """What `assemble_tables` settles before it makes rows."""
    return settle(Census.of(_done(SerialExecutor(), CountNames(least), ([portion.texts] for portion in records))), overrides)


def records_in_order(records: RecordTexts) -> Iterator[PaperRecord | None]:
    """The records of all papers, None where there is none."""
    for portion in records:
        yield from (PaperRecord.from_dict(json.loads(text)) if text else None for text in portion.texts)


def _told(found: Iterator[Any], stage: str, papers: int, progress: Callable[[str, int, int], None] | None) -> Iterator[Any]:
    """The same, told on the way."""
    for number, one in enumerate(found, start=1):
        yield one
        if progress:
            progress(stage, min(number * PAPERS, papers), papers)


def _done(executor: Executor, work: Work, batches: Iterable[list[Any]]) -> Iterator[Any]:
    for results in executor.run(work, batches):
        for result in results:
            if isinstance(result, Failed):
                raise StoreError(f"the graph could not be put together: {result.reason}")
            yield result


def _portions(
    merged: Merged, records: Iterable[TextPortion], given: Mapping[str, list[str]], settled: Settled
) -> Iterator[list[Portion]]:
    for portion in records:
        numbers = [settled.census.of_paper(position) for position in portion.positions]
        distinct = sorted({number for some in numbers for number in some})
        local = {number: at for at, number in enumerate(distinct)}
        places = [[local[number] for number in some] for some in numbers]
        papers = [merged[position] for position in portion.positions]
        mine = {key: given[key] for m in papers if (key := m.paper.canonical_id) in given} if given else {}
        yield [Portion(papers, portion.texts, places, Meaning.of(settled, distinct), mine)]


class _Gathered:
    """What portions gave, in their order; `ids` are those of the papers, as numbers."""

    def __init__(self, settled: Settled, ids: Stamps, folder: Path | None, remembered: bool) -> None:
        self._settled, self._ids = settled, ids
        keys = {"evidence": "statement", "proofs": "source", "results": "id"}
        self._rows = {name: Spill(folder, keys.get(name, "")) for name in (*OF_PAPERS, *PARTS)}
        self.parts: dict[str, list[pa.Table]] = {name: [] for name in PARTS} if remembered else {}  # what is to be put together
        self._other: dict[str, pa.Table] = {}

    def take(self, tables: Mapping[str, pa.Table]) -> None:
        """Add a portion."""
        for name, table in tables.items():
            self._rows[name].add(table)
            if name in self.parts:
                self.parts[name].append(table)

    def complete(self, tables: dict[str, pa.Table]) -> None:
        """Add the rows of all papers that were in no portion; those of a paper are in order."""
        self._other = {name: tables.pop(name) for name in _IN_ORDER if name in tables}
        self.take(tables)

    def _in_order(self, name: str) -> Stream:
        """The rows of a table, those of papers in the order of their ids."""
        if name not in self._other:
            return self._rows[name].parts()
        table = pa.concat_tables([*self._rows[name].parts(), self._other[name]])
        papers = pc.index_in(table["id" if name == "papers" else "paper"], value_set=hexadecimal(self._ids))
        return table.take(pa.array(np.argsort(papers.to_numpy(), kind="stable")))

    def tables(self, directions: Mapping[str, bool], cites: pa.Table) -> dict[str, Stream]:
        """See `assemble_tables`."""
        heads, forms = self._together("heads"), self._together("forms")
        entities = table_of_tuples("entities", self._entities(heads, forms))
        better = _directions(entities, forms, directions)
        found: dict[str, Stream] = {
            **{name: self._in_order(name) for name in _IN_ORDER},
            "entities": entities,
            "aliases": pa.table([forms["entity"], forms["form"], forms["seen_sum"].cast(pa.int32())], schema=SCHEMAS["aliases"]),
            "results": (_directed(_sorted(part, ["id"]), better) for part in self._rows["results"].buckets()),
            "evidence": (_sorted(part, SCHEMAS["evidence"].names) for part in self._rows["evidence"].buckets()),
            "relations": (_joined_relations(part) for part in self._rows["proofs"].buckets()),
            "joins": self._joins(),
            "redirects": table_of_tuples("redirects", sorted(self._settled.moved.items())),
            "cites": cites,
            "external": SCHEMAS["external"].empty_table(),
        }
        return {name: found[name] for name in SCHEMAS}

    def _together(self, name: str) -> pa.Table:
        """The rows of all portions with the same key as one, sorted."""
        keys, sums = SUMS[name]
        parts = list(self._rows[name].parts())
        table = pa.concat_tables(parts) if parts else PARTS[name].empty_table()
        return table.group_by(keys, use_threads=False).aggregate(sums).sort_by([(key, "ascending") for key in keys])

    def _entities(self, heads: pa.Table, forms: pa.Table) -> Iterator[tuple[Any, ...]]:
        """Rows of entities. The name is that which most papers give; the shorter, then the first in code point order, breaks ties."""
        links: dict[str, set[str]] = defaultdict(set)
        for part in self._rows["links"].parts():
            for key, url in zip(part["entity"].to_pylist(), part["url"].to_pylist(), strict=True):
                links[key].add(url)
        columns = zip(*(forms[name].to_pylist() for name in ("entity", "form", "named_sum")), strict=True)
        grouped = itertools.groupby(columns, key=lambda row: row[0])
        for head, (key, group) in zip(heads.to_pylist(), grouped, strict=True):
            rows = [(form, named) for _, form, named in group]
            usual = min((row for row in rows if row[1]), key=lambda row: (-row[1], len(row[0]), row[0]))[0]
            name = self._settled.names.get(key, usual)
            yield (
                key,
                head["type"],
                name,
                [form for form, _ in rows if form != name],
                head["papers_sum"],
                head["users_sum"],
                head["first_year_min"],
                sorted(links.get(key, ())),
            )

    def _joins(self) -> pa.Table:
        """Why names are one entity, where it has several; with how many papers give each for that reason, and the first of these."""
        settled, census = self._settled, self._settled.census
        there = [
            n
            for n, (key, count) in enumerate(zip(settled.ids, np.bincount(census.places, minlength=len(settled.ids)), strict=True))
            if key and count
        ]
        names: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for number in there:
            names[settled.ids[number]].add((census.names[number].kind, census.names[number].name))
        codes = np.full(len(settled.ids), -1, np.int64)
        reasons: dict[tuple[str, ...], int] = {}
        for number in there:
            if len(names[key := settled.ids[number]]) > 1:
                naming, why = census.names[number], settled.why[number]
                codes[number] = reasons.setdefault((key, naming.kind, naming.name, why.rule, why.evidence), len(reasons))
        told = codes[census.places]
        pairs = np.unique(told[told >= 0] * len(self._ids) + census.papers()[told >= 0])
        _, first, counts = np.unique(pairs // max(1, len(self._ids)), return_index=True, return_counts=True)
        firsts = hexadecimal(self._ids[pairs[first] % max(1, len(self._ids))]).to_pylist()
        rows = zip(reasons, counts.tolist(), firsts, strict=True)
        return table_of_tuples("joins", sorted((*reason, count, paper) for reason, count, paper in rows))


def _directions(entities: pa.Table, forms: pa.Table, known: Mapping[str, bool]) -> dict[str, bool]:
    """Which metrics are better higher, told by all papers' forms of them."""
    metrics = entities.filter(pc.equal(entities["type"], "Metric"))["id"]
    mine = forms.filter(pc.is_in(forms["entity"], value_set=metrics))
    found: dict[str, bool] = {}
    for key, form in zip(mine["entity"].to_pylist(), mine["form"].to_pylist(), strict=True):
        if (folded := fold_name(form)) in known:
            found.setdefault(key, known[folded])
    return found


def _sorted(table: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Rows in the order of these columns, those that are equal in all columns once."""
    table = table.sort_by([(name, "ascending") for name in columns]).combine_chunks()
    first = run_starts(table.select(list(columns)))
    return table if first.all() else table.filter(pa.array(first))


def _directed(results: pa.Table, directions: Mapping[str, bool]) -> pa.Table:
    """Results with the direction of their metric."""
    values = [directions.get(metric) for metric in results["metric"].to_pylist()]
    place = results.schema.get_field_index("higher_is_better")
    return results.set_column(place, results.schema.field(place), pa.array(values, pa.bool_()))


def _joined_relations(proofs: pa.Table) -> pa.Table:
    """Relations with the confidence that their proofs give them, sorted by their ends; `proofs` holds all with these sources."""
    proofs = proofs.sort_by([(name, "ascending") for name in ("source", "type", "target", "statement", "paper")]).combine_chunks()
    firsts = np.flatnonzero(run_starts(proofs.select(["statement"])))
    ends = np.append(firsts[1:], proofs.num_rows)
    sure = [round(confidence, 6) for confidence in proofs["confidence"].take(pa.array(firsts)).to_pylist()]
    papers = np.ones(len(firsts), np.int32)
    several = np.flatnonzero(ends - firsts > 1)
    together = np.concatenate([np.arange(firsts[n], ends[n]) for n in several]) if len(several) else np.zeros(0, np.int64)
    columns = [proofs[name].take(pa.array(together)).to_pylist() for name in ("paper", "extractor", "confidence", "authors")]
    at = 0
    for number in several.tolist():
        until = at + int(ends[number] - firsts[number])
        said = list(zip(*(column[at:until] for column in columns[:3]), strict=True))
        sure[number] = support(said, dict(zip(columns[0][at:until], columns[3][at:until], strict=True)))
        papers[number] = len(set(columns[0][at:until]))
        at = until
    kept = proofs.take(pa.array(firsts))
    return pa.table(
        [*(kept[name] for name in ("statement", "source", "type", "target")), pa.array(sure, pa.float64()), pa.array(papers)],
        schema=SCHEMAS["relations"],
    )


def _citations(merged: Merged) -> pa.Table:
    """Who cites whom, where both are there, sorted; nobody cites themselves."""
    if not merged.referring:
        return SCHEMAS["cites"].empty_table()
    known, owners, cited, citing = [], [], [], []
    for position, item in enumerate(merged):
        for one in {f"{scheme}:{value}" for paper in item.inputs for scheme, value in paper.identifiers}:
            known.append(int(digest("cited", one), 16))
            owners.append(position)
        for one in item.paper.references:
            cited.append(int(digest("cited", one), 16))
            citing.append(position)
    keys, wanted = np.array(known, np.uint64), np.array(cited, np.uint64)
    order = np.argsort(keys, kind="stable")
    keys, positions = keys[order], np.array(owners, np.int64)[order]
    at = np.searchsorted(keys, wanted)
    there = at < len(keys)
    there[there] = keys[at[there]] == wanted[there]
    pairs = np.unique(np.stack([np.array(citing, np.int64)[there], positions[at[there]]]), axis=1)
    pairs = pairs[:, pairs[0] != pairs[1]]
    ids = pa.array([f"{number:016x}" for number in merged.ids.tolist()])
    return pa.table([ids.take(pa.array(side)) for side in pairs], schema=SCHEMAS["cites"])
