"""The main job: input files → graph directory. Stages in order: read, merge, extract, resolve, write, index."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from extractors import DEFAULT_MODEL
from kg import registry
from kg.cache import RecordCache, record_key
from kg.given import Given, read_records
from kg.ingest.base import Rejected
from kg.ingest.inputs import Reading, read_inputs
from kg.ingest.report import write_quarantine
from kg.interop import MADE_OF
from kg.memory import without_cycles
from kg.model.errors import DamagedGraph, DataError, ExtractionError, InputError, UnknownName, UsageError
from kg.model.filtering import at_least
from kg.model.records import Paper, PaperRecord
from kg.model.vocabulary import load_vocabulary
from kg.resolve.assemble import assemble_tables, paper_from_row
from kg.resolve.links import joined_links
from kg.resolve.overrides import read_overrides, settle
from kg.resolve.papers import MergedPaper, merge_papers
from kg.stores.base import ENGINES
from kg.tables import Version, open_version, table_of, write_version, writing

BATCH = 64
if TYPE_CHECKING:
    from kg.resolve.review import Doubt

Progress = Callable[[str, int, int], None]  # stage, papers done, papers in all


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


class Extractor(Protocol):
    """What reads papers. `records` gives one record a paper, in order; None where it failed on one, which is told in
    `failures` and tried again by the next build."""

    @property
    def version(self) -> str:
        """Names the extractor; changes whenever its answers may."""

    def records(self, papers: Iterable[Paper], version: str) -> Iterator[PaperRecord | None]:
        """The records of papers."""

    @property
    def failures(self) -> Sequence[str]:
        """One line for each paper that it failed on."""

    @property
    def batch(self) -> int:
        """After how many papers what was read is put on disk."""


@dataclass(frozen=True)
class PipelineExtractor:
    """A spaCy pipeline by name or folder; its version is known at once, it is loaded at first use. None reads nothing."""

    model: str | None
    failures: Sequence[str] = ()
    batch: int = BATCH

    @property
    def version(self) -> str:
        """`<model>-<digest>`, or none."""
        from extractors.pipeline import extractor_version

        return extractor_version(self.model) if self.model else "none"

    def records(self, papers: Iterable[Paper], version: str) -> Iterator[PaperRecord]:
        """The records of papers, in order."""
        from extractors.pipeline import extract, load_pipeline

        if self.model is None:
            yield from (PaperRecord(paper.id, extractor=version) for paper in papers)
        else:
            yield from extract(load_pipeline(self.model), papers, version, BATCH)


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
    progress: Progress | None = None,
) -> BuildReport:
    """Add the papers of `inputs`, files, folders, patterns or `-`, to the graph in `directory`, which is made if it is not there.

    `mapping` names the columns of tables by our fields; `strict` stops at the first record that cannot be used. `model=None` extracts nothing; `extractor` reads instead of a pipeline; `records` is a JSON Lines file of paper
    records that stand in for extraction where their id is that of a paper. Statements below `min_confidence`, in
    [0, 1], stay out of the graph; if not given, what the graph was last built with holds. The outcome depends on the papers only: any order, any
    split into several builds and a kill in between give the same tables.

    Raises:
        InputError, UnknownName: nothing could be done; the graph is as it was.
        DataError: no input held a single paper, or one could not be used and `strict` is set.
        StoreError: another process is writing this graph.
    """
    directory, report = Path(directory), BuildReport()
    extractor = extractor or PipelineExtractor(model)
    version = extractor.version
    if min_confidence is not None and not 0 <= min_confidence <= 1:
        raise UsageError(f"the least confidence lies from 0 to 1, found {min_confidence:g}")
    if directory.is_file():
        raise InputError(f"{directory} is a file; name a folder for the graph, such as {directory.stem}.kg")
    fresh = list(read_inputs(inputs, report, format_name=format_name, mapping=mapping, strict=strict))
    fresh_records = read_records(Path(records)) if records else {}
    if not fresh:
        raise report.failed[0] if report.failed else DataError(f"no papers in {', '.join(map(str, inputs))}; " + _first(report))
    with writing(directory):
        old, known = _known(directory)
        merged = _titled(merge_papers([*old, *fresh]), report)
        given = known.of(merged, fresh_records)
        report.papers = len(merged)
        report.new = len(merged) - (open_version(directory).counts["papers"] if old else 0)
        cache = RecordCache(directory / "records")
        found = _extract_missing(merged, given, extractor, version, cache, report, progress)
        cache.compact()
        least = _least(directory) if min_confidence is None else min_confidence
        confident = {key: at_least(record, least) for key, record in found.items()}
        _write(directory, merged, confident, given, {"extractor": version, "min_confidence": f"{least:g}"}, report)
        write_quarantine(directory / "quarantine.jsonl", report.sources, report.rejected)
        fill_stores(report, progress)
    return report


def _titled(merged: list[MergedPaper], report: BuildReport) -> list[MergedPaper]:
    """The papers that some input gives a title; the others are set aside."""
    for item in merged:
        if not item.paper.title:
            names = " and ".join(f"{scheme}:{value}" for scheme, value in item.paper.identifiers)
            reason = f"no title, nor a paper {names} with one among the inputs"
            report.rejected.append(Rejected(next(iter(report.sources), ""), 0, 0, 0, reason, item.paper.to_json()))
    return [item for item in merged if item.paper.title]


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
    from kg.resolve.review import doubts

    directory = Path(directory)
    old, known = _known(directory)
    merged = merge_papers(old)
    settled = settle(_read_before(directory, merged, known.of(merged)), read_overrides(directory))
    return doubts(settled.records, settled.keys, most)


def _rewrite(directory: Path, without: Sequence[str], progress: Progress | None) -> BuildReport:
    open_version(directory)  # a folder without a graph is left as it is
    report = BuildReport()
    with writing(directory):
        old, known = _known(directory)
        merged = merge_papers(old)
        gone: set[str] = set()
        for name in without:
            found = {m.paper.canonical_id for m in merged if name in _names_of(m)}
            if not found:
                raise UnknownName(f"{directory} has no paper {name!r}; give an id or identifier as `kg query` shows them")
            gone |= found
        kept = [m for m in merged if m.paper.canonical_id not in gone]
        given = known.of(kept)
        report.papers, report.removed = len(kept), len(gone)
        settings = open_version(directory).manifest["settings"]
        _write(directory, kept, _read_before(directory, kept, given), given, settings, report)
        fill_stores(report, progress)
    return report


def _read_before(directory: Path, merged: list[MergedPaper], given: Mapping[str, list[str]]) -> dict[str, PaperRecord]:
    """The records that the live version was made of, by canonical paper id.

    Raises:
        DamagedGraph: some that it has statements from are no longer there.
    """
    live = open_version(directory)
    reader, cache = _Cached(live.manifest["settings"]["extractor"]), RecordCache(directory / "records")
    found = _extract_missing(merged, given, reader, reader.version, cache, BuildReport(), None)
    told = set(live.read("roles", ["paper"])["paper"].to_pylist())
    lost = sum(not record.entities for key, record in found.items() if key in told)
    if lost:
        raise DamagedGraph(f"{directory / 'records'} lacks what {lost:,} papers say; build the graph again from its inputs")
    least = _least(directory)
    return {key: at_least(record, least) for key, record in found.items()}


def _names_of(merged: MergedPaper) -> set[str]:
    """All that a paper may be called by."""
    papers = (merged.paper, *merged.inputs)
    names = {name for paper in papers for name in (paper.canonical_id, paper.id)}
    return names | {name for paper in papers for scheme, value in paper.identifiers for name in (value, f"{scheme}:{value}")}


@dataclass(frozen=True)
class _Cached:
    """Reads nothing anew: what is not in the cache waits for the next build."""

    version: str
    failures: Sequence[str] = ()
    batch: int = BATCH

    def records(self, papers: Iterable[Paper], version: str) -> Iterator[None]:
        return (None for _ in papers)


def extract_records(
    inputs: Sequence[Path | str],
    *,
    format_name: str | None = None,
    mapping: Mapping[str, str] | None = None,
    strict: bool = False,
    model: str = DEFAULT_MODEL,
    extractor: Extractor | None = None,
    min_confidence: float = 0.0,
    report: BuildReport | None = None,
) -> Iterator[PaperRecord]:
    """Records only, one per paper, in input order, duplicates included; rejected places and papers that the
    extractor failed on go to `report`. A paper in another language than English has an empty one."""
    extractor, report = extractor or PipelineExtractor(model), report or BuildReport()
    papers = read_inputs(inputs, report, format_name=format_name, mapping=mapping, repeats=True, strict=strict)
    for record in _in_order(extractor, papers, extractor.version):
        if record is not None:
            yield at_least(record, min_confidence)
    report.failed += map(ExtractionError, extractor.failures)


def _in_order(extractor: Extractor, papers: Iterable[Paper], version: str) -> Iterator[PaperRecord | None]:
    """One record a paper; those that the extractor cannot read wait for their turn beside it."""
    waiting: deque[Paper] = deque()

    def readable() -> Iterator[Paper]:
        for paper in papers:
            waiting.append(paper)
            if paper.readable:
                yield paper

    def unread() -> Iterator[PaperRecord]:
        while waiting and not waiting[0].readable:
            yield PaperRecord(waiting.popleft().id, extractor=version)

    for record in extractor.records(readable(), version):
        yield from unread()
        waiting.popleft()
        yield record
    yield from unread()


def _first(report: BuildReport) -> str:
    row = next(iter(report.rejected), None)
    return f"{row.where}: {row.reason}" if row else "nothing to read"


@without_cycles()
def _known(directory: Path) -> tuple[list[Paper], Given]:
    """Inputs and given records of the live version, if there is one."""
    if not (directory / "CURRENT").exists():
        return [], Given()
    papers: list[Paper] = []
    given = Given()
    live = open_version(directory)
    if live.manifest["settings"].get("extractor") == MADE_OF:
        raise UsageError(f"{directory} was made from {MADE_OF} and can only be read; build papers into a graph of another name")
    for row in live.rows("papers"):
        inputs = [Paper.from_json(text) for text in row["variants"]] or [paper_from_row(row)]
        papers += inputs
        given.take(row["record"], [paper_from_row(row), *inputs])
    return papers, given


def _extract_missing(
    merged: list[MergedPaper], given: Mapping[str, list[str]], extractor: Extractor, version: str, cache: RecordCache,
    report: BuildReport, progress: Progress | None,
) -> dict[str, PaperRecord]:  # fmt: skip
    """Canonical paper id → record: given, cached, or extracted now and cached batch by batch."""
    records = {key: PaperRecord.from_dict(json.loads(texts[0])) for key, texts in given.items()}
    wanted = [m.paper for m in merged if m.paper.canonical_id not in records]
    keys = {paper.canonical_id: record_key(paper, version) for paper in wanted}
    cached = cache.find(keys.values())
    missing = [paper for paper in wanted if paper.readable and keys[paper.canonical_id] not in cached]
    batch: dict[str, PaperRecord] = {}
    extracted = extractor.records(missing, version) if missing else ()  # nothing missing: no model is loaded
    for done, (paper, record) in enumerate(zip(missing, extracted, strict=True), start=1):
        if record is not None:
            batch[keys[paper.canonical_id]] = record
        if len(batch) >= extractor.batch or done == len(missing):
            cache.add(batch)
            cached.update(batch)
            batch = {}
            if progress:
                progress("extract", done, len(missing))
    report.extracted = sum(keys[paper.canonical_id] in cached for paper in missing)
    report.failed += map(ExtractionError, extractor.failures)
    for paper in wanted:
        record = cached.get(keys[paper.canonical_id]) or PaperRecord(paper.id, extractor=version)
        records[paper.canonical_id] = record.with_id(paper.id)
    return records


def _least(directory: Path) -> float:
    """The least confidence that the graph was last built with; 0 for a new one."""
    return float(open_version(directory).manifest["settings"].get("min_confidence", 0)) if (directory / "CURRENT").exists() else 0.0


@without_cycles()
def _write(
    directory: Path, merged: list[MergedPaper], records: Mapping[str, PaperRecord], given: Mapping[str, list[str]],
    meta: Mapping[str, str], report: BuildReport,
) -> None:  # fmt: skip
    from extractors.lexicon import metric_directions

    before = open_version(directory).path if (directory / "CURRENT").exists() else None
    tables = assemble_tables(merged, records, given, metric_directions(), read_overrides(directory))
    tables["external"] = table_of("external", joined_links(directory, tables["entities"]).rows)
    report.version = write_version(directory, tables, {**meta, "base": load_vocabulary().base})
    report.counts = report.version.counts
    report.changed = report.version.path != before


@without_cycles()
def fill_stores(report: BuildReport, progress: Progress | None) -> None:
    """Bring the embedded engines' files up to date with the version of a report."""
    assert report.version is not None
    for language, engine in ENGINES.items():
        if progress:
            progress(f"index {language}", 0, 0)
        registry.load("stores", engine).fill(report.version)
