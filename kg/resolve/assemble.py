"""Papers and their records → the tables of a version, a portion of papers at a time.

First all names are counted (`kg.resolve.census`) and settled, then each portion gives its rows (`kg.resolve.rows`), both by any executor. Papers
go by in the order of their ids, so that rows that belong to papers come out sorted; what is sorted otherwise is put in order here.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.memory import without_cycles
from kg.model.errors import StoreError
from kg.model.identifiers import digest, fold_name
from kg.model.records import Entity, PaperRecord
from kg.parquet import Spill, Stream
from kg.resolve.census import Census, CountNames
from kg.resolve.confidence import support
from kg.resolve.overrides import NONE, Overrides, Settled, settle
from kg.resolve.papers import Merged
from kg.resolve.rows import JoinKey, MakeRows, Meaning, Node, Portion, Rows
from kg.resolve.texts import PAPERS, RecordTexts
from kg.scale.base import Executor, Failed, Work
from kg.scale.serial import SerialExecutor
from kg.tables import SCHEMAS, table_of, table_of_tuples

_IN_ORDER = ("papers", "mentions", "roles")


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
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, Stream]:
    """All tables of a version, each whole or in pieces that are read once, in the order of the names.

    `records` are what was extracted, by the position of the paper; `given` maps canonical paper ids to the records that came with the
    input, as JSON, `higher_is_better` folded metric names to their direction; `overrides` is what the user knows better about
    entities. Statements less sure than `least` are left out. Rows that wait to be put in order lie in `folder`, if they are many. Equal
    content gives equal tables, whatever the executor.
    """
    executor = executor or SerialExecutor()
    tallies = _told(
        _done(executor, CountNames(least), ([portion.texts] for portion in records)), "count names", len(merged), progress
    )
    settled = settle(Census.of(tallies), overrides)
    gathered = _Gathered(settled, folder)
    portions = _portions(merged, records, given, settled)
    for rows in _told(_done(executor, MakeRows(least, extractor), portions), "make rows", len(merged), progress):
        gathered.take(rows)
    return gathered.tables(higher_is_better, _citations(merged))


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


def _portions(merged: Merged, records: RecordTexts, given: Mapping[str, list[str]], settled: Settled) -> Iterator[list[Portion]]:
    census = settled.census
    for portion in records:
        start, end = portion.start, portion.start + len(portion.texts)
        numbers = census.places[census.offsets[start] : census.offsets[end]]
        distinct, local = np.unique(numbers, return_inverse=True)
        cuts = (census.offsets[start : end + 1] - census.offsets[start]).tolist()
        flat = local.tolist()
        places = [flat[a:b] for a, b in itertools.pairwise(cuts)]
        papers = merged[start:end]
        mine = {key: given[key] for m in papers if (key := m.paper.canonical_id) in given} if given else {}
        yield [Portion(papers, portion.texts, places, Meaning.of(settled, distinct.tolist()), mine)]


class _Gathered:
    """What portions gave, in their order."""

    def __init__(self, settled: Settled, folder: Path | None) -> None:
        self._settled = settled
        self._nodes: dict[str, Node] = {}
        self._joins: dict[JoinKey, tuple[int, str]] = {}
        names = (*_IN_ORDER, "results", "evidence", "proofs")
        keys = {"evidence": "statement", "proofs": "source", "results": "id"}
        self._rows = {name: Spill(folder, keys.get(name, "")) for name in names}

    @without_cycles()
    def take(self, rows: Rows) -> None:
        """Add a portion."""
        for name, table in rows.tables.items():
            self._rows[name].add(table)
        for key, node in rows.nodes.items():
            if (known := self._nodes.get(key)) is None:
                self._nodes[key] = node
            else:
                known.take(node)
        for why, (papers, first) in rows.joins.items():
            before, earlier = self._joins.get(why, (0, first))
            self._joins[why] = before + papers, min(earlier, first)

    def tables(self, directions: Mapping[str, bool], cites: pa.Table) -> dict[str, Stream]:
        """See `assemble_tables`."""
        order = sorted(self._nodes.items())
        found: dict[str, Stream] = {
            **{name: self._rows[name].parts() for name in _IN_ORDER},
            "entities": table_of("entities", [vars(entity) for entity in map(self._entity, order)]),
            "aliases": table_of_tuples(
                "aliases", [(key, form, node.forms[form]) for key, node in order for form in sorted(node.forms)]
            ),
            "results": (_directed(_sorted(part, ["id"]), self._directions(directions)) for part in self._rows["results"].buckets()),
            "evidence": (_sorted(part, SCHEMAS["evidence"].names) for part in self._rows["evidence"].buckets()),
            "relations": (_joined_relations(part) for part in self._rows["proofs"].buckets()),
            "joins": table_of_tuples("joins", list(self._named())),
            "redirects": table_of_tuples("redirects", sorted(self._settled.moved.items())),
            "cites": cites,
            "external": SCHEMAS["external"].empty_table(),
        }
        return {name: found[name] for name in SCHEMAS}

    def _entity(self, item: tuple[str, Node]) -> Entity:
        key, node = item
        name = self._settled.names.get(key, node.name)
        aliases = tuple(sorted(set(node.forms) - {name}))
        return Entity(key, node.type, name, aliases, node.papers, node.first_year, tuple(sorted(node.links)))

    def _directions(self, known: Mapping[str, bool]) -> dict[str, bool]:
        """Which metrics are better higher, told by all papers' forms of them."""
        found: dict[str, bool] = {}
        for key, node in self._nodes.items():
            if node.type == "Metric":
                told = [known[folded] for form in sorted(node.forms) if (folded := fold_name(form)) in known]
                found |= {key: told[0]} if told else {}
        return found

    def _named(self) -> Iterator[tuple[str, str, str, str, str, int, str]]:
        """Why names are one entity, where it has several."""
        names = Counter(entity for entity, _, _ in {key[:3] for key in self._joins})
        for key, (papers, first) in sorted(self._joins.items()):
            if names[key[0]] > 1:
                yield *key, papers, first


def _sorted(table: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Rows in the order of these columns, those that are equal in all columns once."""
    table = table.sort_by([(name, "ascending") for name in columns]).combine_chunks()
    if table.num_rows < 2:
        return table
    same = np.ones(table.num_rows - 1, bool)
    for column in (table[name] for name in columns):
        same &= pc.equal(column.slice(1), column.slice(0, table.num_rows - 1)).to_numpy()
    return table.filter(pa.array(np.concatenate([[True], ~same]))) if same.any() else table


def _directed(results: pa.Table, directions: Mapping[str, bool]) -> pa.Table:
    """Results with the direction of their metric."""
    values = [directions.get(metric) for metric in results["metric"].to_pylist()]
    place = results.schema.get_field_index("higher_is_better")
    return results.set_column(place, results.schema.field(place), pa.array(values, pa.bool_()))


def _joined_relations(proofs: pa.Table) -> pa.Table:
    """Relations with the confidence that their proofs give them, sorted by their ends; `proofs` holds all with these sources."""
    found: dict[tuple[str, str, str, str], list[tuple[str, str, float]]] = defaultdict(list)
    authors: dict[str, Collection[Hashable]] = {}
    columns = [proofs[name].to_pylist() for name in proofs.column_names]
    for statement, source, kind, target, paper, extractor, confidence, people in zip(*columns, strict=True):
        found[source, kind, target, statement].append((paper, extractor, confidence))
        authors[paper] = people
    rows = [
        (statement, source, kind, target, support(said, authors), len({paper for paper, _, _ in said}))
        for (source, kind, target, statement), said in sorted(found.items())
    ]
    return table_of_tuples("relations", rows)


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
