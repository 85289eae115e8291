"""The main job: input files → graph directory. Stages in order: read, merge, extract, resolve, write, index."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from extractors import DEFAULT_MODEL
from kg.extraction import (
    Extractor,
    Library,
    PipelineExtractor,
    Progress,
    open_executor,
    prepare_reading,
    read_in_order,
)
from kg.given import Given, read_records
from kg.indexing import fill_stores
from kg.ingest.base import Rejected
from kg.ingest.inputs import Reading, read_inputs
from kg.ingest.report import write_quarantine
from kg.interop import MADE_OF
from kg.memory import without_cycles
from kg.model.errors import DamagedGraph, DataError, ExtractionError, InputError, UnknownName, UsageError
from kg.model.filtering import at_least
from kg.model.records import Paper, PaperRecord
from kg.model.vocabulary import load_vocabulary
from kg.parquet import clear_spills
from kg.resolve.assemble import assemble_tables, records_in_order, settled_names
from kg.resolve.links import joined_links
from kg.resolve.overrides import read_overrides
from kg.resolve.papers import Merged, MergedPaper, Pile
from kg.resolve.recall import MOST, Memory
from kg.resolve.rows import paper_from_row
from kg.scale.base import Executor, Failed
from kg.scale.serial import SerialExecutor
from kg.tables import Version, open_version, table_of, write_version, writing

if TYPE_CHECKING:
    from kg.resolve.review import Doubt


@dataclass
class BuildReport(Reading):
    """What a build did: what was read, counts of the graph, and papers taken out or read by the extractor."""

    papers: int = 0
    new: int = 0
    removed: int = 0
    extracted: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    version: Version | None = None
    changed: bool = False


def build(
    inputs: Sequence[Path | str],
    directory: Path | str,
    *,
    format_name: str | None = None,
    mapping: Mapping[str, str] | None = None,
    strict: bool = False,
    model: str | None = DEFAULT_MODEL,
    extractor: Extractor | None = None,
    records: Path | str | None = None,
    min_confidence: float | None = None,
    engine: str | None = None,
    workers: int | None = None,
    address: str | None = None,
    progress: Progress | None = None,
) -> BuildReport:
    """Add the papers of `inputs`, files, folders, patterns or `-`, to the graph in `directory`, which is made if it is not there.

    `mapping` names the columns of tables by our fields; `strict` stops at the first record that cannot be used. `model=None` extracts nothing; `extractor` reads instead of a pipeline; `records` is a JSON Lines file of paper
    records that stand in for extraction where their id is that of a paper. Statements below `min_confidence`, in
    [0, 1], stay out of the graph; if not given, what the graph was last built with holds. `engine` is `serial`, `processes` or `ray`, with so many
    `workers`, at the `address` of a Ray cluster; if neither is given, all cores are used where that pays. The outcome depends on the papers only: any order, any
    split into several builds, any engine and a kill in between give the same tables.

    Raises:
        InputError, UnknownName: nothing could be done; the graph is as it was.
        DataError: no input held a single paper, or one could not be used and `strict` is set.
        StoreError: another process is writing this graph.
        ExtractionError: workers cannot be had, or all of them die.
    """
    directory, report = Path(directory), BuildReport()
    extractor = extractor or PipelineExtractor(model)
    version = extractor.version
    if min_confidence is not None and not 0 <= min_confidence <= 1:
        raise UsageError(f"the least confidence lies from 0 to 1, found {min_confidence:g}")
    if directory.is_file():
        raise InputError(f"{directory} is a file; name a folder for the graph, such as {directory.stem}.kg")
    there = directory.is_dir()
    pile = Pile(directory if there else None)
    for paper in read_inputs(inputs, report, format_name=format_name, mapping=mapping, strict=strict):
        pile.add(paper)
    fresh_records = read_records(Path(records)) if records else {}
    if not len(pile):
        raise report.failed[0] if report.failed else DataError(f"no papers in {', '.join(map(str, inputs))}; " + _first(report))
    with writing(directory):
        before = open_version(directory).counts["papers"] if (directory / "CURRENT").exists() else 0
        executor = open_executor(engine, workers, address, 0, before + len(pile))
        try:
            if before:  # while the papers that are there are read
                fresh = map(pile.__getitem__, range(len(pile)))
                prepare_reading(extractor, fresh, fresh_records, version, directory / "records", executor)
            known = _known(directory, pile)
            merged = pile.merged()
            _set_untitled_aside(merged, report)
            given = known.of(merged, fresh_records)
            report.papers = len(merged)
            report.new = len(merged) - before
            library = Library(merged, given, version, directory / "records")
            if isinstance(executor, SerialExecutor):  # which holds nothing: now it is known how much is to be read
                executor = open_executor(engine, workers, address, len(library.missing), len(merged))
            for paper, reason in library.read(extractor, version, executor, progress):
                report.rejected.append(_unread(paper, reason, report))
            report.extracted = library.extracted
            report.failed += map(ExtractionError, extractor.failures)
            least = _least(directory) if min_confidence is None else min_confidence
            settings = {"extractor": version, "min_confidence": f"{least:g}"}
            memory = _write(directory, merged, library, given, settings, report, executor, progress)
            write_quarantine(directory / "quarantine.jsonl", report.sources, report.rejected)
            assert report.version is not None
            _index(report.version, library, memory, progress, executor)
        finally:
            executor.close()
    return report


def _set_untitled_aside(merged: Merged, report: BuildReport) -> None:
    """Papers that no input gives a title."""
    for paper in merged.untitled:
        names = " and ".join(f"{scheme}:{value}" for scheme, value in paper.identifiers)
        reason = f"no title, nor a paper {names} with one among the inputs"
        report.rejected.append(Rejected(next(iter(report.sources), ""), 0, 0, 0, reason, paper.to_json()))


def _unread(paper: Paper, reason: str, report: BuildReport) -> Rejected:
    """A paper that is in the graph, but of which nothing could be read."""
    told = f"the text could not be read, in three attempts ({reason}); the paper is there without what it says, the next build tries again"
    return Rejected(next(iter(report.sources), ""), 0, 0, 0, told, paper.to_json())


def remove(directory: Path | str, papers: Sequence[str], *, progress: Progress | None = None) -> BuildReport:
    """Take papers out of a graph, named by any of their ids or identifiers (`2310.01234`, `arxiv:2310.01234`, a DOI): the graph
    is then as if they had never been in it.

    Raises:
        UnknownName: one of them is not there; nothing is removed.
        NotAGraph, StoreError: as for `build`.
    """
    return _rewrite(Path(directory), papers, progress)


def resolve(directory: Path | str, *, progress: Progress | None = None) -> BuildReport:
    """Join the entities of a graph anew, as after a change of its `overrides.toml`.

    Raises:
        BadOverride: a line of that file cannot be taken; the graph is as it was.
        NotAGraph, StoreError: as for `build`.
    """
    return _rewrite(Path(directory), (), progress)


def review(directory: Path | str, most: int = 20) -> list[Doubt]:
    """What a person should look at: doubtful joins of entities, and near misses.

    Raises:
        NotAGraph, BadOverride: as for `resolve`.
    """
    from kg.resolve.review import Named, doubts

    directory = Path(directory)
    least, overrides = _least(directory), read_overrides(directory)
    pile = Pile()
    known = _known(directory, pile)
    merged = pile.merged()
    texts = _read_before(directory, merged, known.of(merged)).texts(None)
    settled = settled_names(texts, overrides, least)

    def named() -> Iterator[Named]:
        for position, record in enumerate(records_in_order(texts)):
            entities = at_least(record, least).entities if record else ()
            for number, entity in zip(settled.census.of_paper(position), entities, strict=True):
                if settled.ids[number]:
                    yield settled.ids[number], settled.kinds[number], entity

    return doubts(named(), most)


def _rewrite(directory: Path, without: Sequence[str], progress: Progress | None) -> BuildReport:
    open_version(directory)  # a folder without a graph is left as it is
    report = BuildReport()
    with writing(directory):
        pile = Pile(directory)
        known = _known(directory, pile)
        merged = pile.merged()
        gone = _meant(directory, merged, without)
        if gone:
            kept = Pile(directory)
            for position, item in enumerate(merged):
                for paper in item.inputs if position not in gone else ():
                    kept.add(paper)
            merged = kept.merged()
        given = known.of(merged)
        report.papers, report.removed = len(merged), len(gone)
        library = _read_before(directory, merged, given)
        executor = open_executor(None, None, None, 0, len(merged))
        try:
            settings = open_version(directory).manifest["settings"]
            memory = _write(directory, merged, library, given, settings, report, executor, progress)
            assert report.version is not None
            _index(report.version, library, memory, progress, executor)
        finally:
            executor.close()
    return report


def _meant(directory: Path, merged: Merged, names: Sequence[str]) -> set[int]:
    """The positions of papers that are called so.

    Raises:
        UnknownName: nothing is.
    """
    if not names:
        return set()
    found: dict[str, set[int]] = {name: set() for name in names}
    for position, item in enumerate(merged):
        for name in found.keys() & _names_of(item):
            found[name].add(position)
    for name, positions in found.items():
        if not positions:
            raise UnknownName(f"{directory} has no paper {name!r}; give an id or identifier as `kg query` shows them")
    return set().union(*found.values())


def _read_before(directory: Path, merged: Merged, given: Mapping[str, list[str]]) -> Library:
    """The records that the live version was made of.

    Raises:
        DamagedGraph: some that it has statements from are no longer there.
    """
    live = open_version(directory)
    library = Library(merged, given, live.manifest["settings"]["extractor"], directory / "records")
    if len(library.missing):
        told = set(live.read("roles", ["paper"])["paper"].to_pylist())
        lost = sum(f"{merged.ids[position]:016x}" in told for position in library.missing.tolist())
        if lost:
            raise DamagedGraph(f"{directory / 'records'} lacks what {lost:,} papers say; build the graph again from its inputs")
    return library


def _names_of(merged: MergedPaper) -> set[str]:
    """All that a paper may be called by."""
    papers = (merged.paper, *merged.inputs)
    names = {name for paper in papers for name in (paper.canonical_id, paper.id)}
    return names | {name for paper in papers for scheme, value in paper.identifiers for name in (value, f"{scheme}:{value}")}


def extract_records(
    inputs: Sequence[Path | str],
    *,
    format_name: str | None = None,
    mapping: Mapping[str, str] | None = None,
    strict: bool = False,
    model: str = DEFAULT_MODEL,
    extractor: Extractor | None = None,
    min_confidence: float = 0.0,
    engine: str | None = None,
    workers: int | None = None,
    address: str | None = None,
    report: BuildReport | None = None,
) -> Iterator[PaperRecord]:
    """Records only, one per paper, in input order, duplicates included; rejected places and papers that the
    extractor failed on go to `report`. A paper in another language than English has an empty one. `engine`, `workers` and `address`
    as for `build`; without them this process reads."""
    extractor, report = extractor or PipelineExtractor(model), report or BuildReport()
    version = extractor.version
    papers = read_inputs(inputs, report, format_name=format_name, mapping=mapping, repeats=True, strict=strict)
    executor = open_executor(engine, workers, address, 0, 0)
    try:
        for paper, text in read_in_order(extractor, papers, version, executor):
            if isinstance(text, Failed):
                report.rejected.append(_unread(paper, text.reason, report))
            elif text is not None:
                record = PaperRecord.from_dict(json.loads(text)) if text else PaperRecord("", extractor=version)
                yield at_least(record.with_id(paper.id), min_confidence)
    finally:
        executor.close()
    report.failed += map(ExtractionError, extractor.failures)


def _first(report: BuildReport) -> str:
    row = next(iter(report.rejected), None)
    return f"{row.where}: {row.reason}" if row else "nothing to read"


@without_cycles()
def _known(directory: Path, pile: Pile) -> Given:
    """Put the inputs of the live version on the pile, if there is one; the records that came with them."""
    given = Given()
    if not (directory / "CURRENT").exists():
        return given
    live = open_version(directory)
    if live.manifest["settings"].get("extractor") == MADE_OF:
        raise UsageError(f"{directory} was made from {MADE_OF} and can only be read; build papers into a graph of another name")
    for row in live.each("papers"):
        speaking = paper_from_row(row)
        inputs = [Paper.from_json(text) for text in row["variants"]] or [speaking]
        for paper in inputs:
            pile.add(paper)
        given.take(row["record"], [speaking, *inputs])
    return given


def _least(directory: Path) -> float:
    """The least confidence that the graph was last built with; 0 for a new one."""
    return float(open_version(directory).manifest["settings"].get("min_confidence", 0)) if (directory / "CURRENT").exists() else 0.0


def _index(version: Version, library: Library, memory: Memory, progress: Progress | None, executor: Executor) -> None:
    """Fill the engines' files; what was read is put in order meanwhile, and what the next build is to know is written."""
    with ThreadPoolExecutor(1) as pool:
        beside = [pool.submit(memory.write, version), pool.submit(library.compact)]
        fill_stores(version, progress, executor)
        for one in beside:
            one.result()


@without_cycles()
def _write(
    directory: Path, merged: Merged, library: Library, given: Mapping[str, list[str]], settings: Mapping[str, str], report: BuildReport,
    executor: Executor, progress: Progress | None,
) -> Memory:  # fmt: skip
    """Put the tables together and make them the next version; what is to be remembered of that."""
    from extractors.lexicon import metric_directions

    before = open_version(directory).path if (directory / "CURRENT").exists() else None
    told = {name: settings[name] for name in ("extractor", "min_confidence")}
    memory = Memory(directory, told) if len(merged) <= MOST else Memory()
    clear_spills(directory)
    tables = assemble_tables(
        merged, library.texts(directory), given, metric_directions(), read_overrides(directory), least=float(settings["min_confidence"]),
        extractor=settings["extractor"], executor=executor, folder=directory, memory=memory, progress=progress,
    )  # fmt: skip
    entities = tables["entities"]
    assert isinstance(entities, pa.Table)
    tables["external"] = table_of("external", joined_links(directory, entities).rows)
    report.version = write_version(directory, tables, {**settings, "base": load_vocabulary().base})
    report.counts = report.version.counts
    report.changed = report.version.path != before
    return memory
