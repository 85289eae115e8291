"""Texts → records: what reads papers, on one process or many, and what was read before."""

from __future__ import annotations

import itertools
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from kg import registry
from kg.cache import RecordCache, record_key
from kg.model.records import Paper, PaperRecord
from kg.resolve.papers import Merged
from kg.resolve.texts import RecordTexts
from kg.scale.base import Executor, Failed, Handle, Work, cores

BATCH = 64
_FEW = 8  # papers at once, at least
_WORTH_IT = 150  # papers to read from which processes are started
_MANY = 4_000  # papers from which they are, to put a graph together
Progress = Callable[[str, int, int], None]  # stage, papers done, papers in all


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


@runtime_checkable
class Parallel(Protocol):
    """An extractor whose reading can be done anywhere."""

    def work(self, version: str) -> Work:
        """What turns papers into the JSON texts of their records, without ids."""


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

    def work(self, version: str) -> Work:
        """See `Parallel`."""
        return ReadPapers(self.model, version)


@dataclass(frozen=True)
class ReadPapers:
    """Work that reads papers with a spaCy pipeline, which each worker loads once."""

    model: str | None
    version: str

    def start(self) -> Handle:
        """See `Work.start`."""
        if self.model is None:
            return lambda papers: [record_text(PaperRecord("", extractor=self.version)) for _ in papers]
        from extractors.pipeline import extract, load_pipeline

        nlp = load_pipeline(self.model)
        return lambda papers: [record_text(record) for record in extract(nlp, papers, self.version, BATCH)]


def record_text(record: PaperRecord) -> str:
    """A record as it is kept: JSON, without its id."""
    return json.dumps(record.with_id("").to_dict(), ensure_ascii=False)


def open_executor(engine: str | None, workers: int | None, address: str | None, reading: int, papers: int) -> Executor:
    """The executor that was asked for; without `engine` and `workers`, processes on all cores where that pays: `reading` papers are
    to be read, `papers` are there in all.

    Raises:
        UnknownName: there is no such engine.
    """
    if engine is None:
        many = cores() > 1 and (reading >= _WORTH_IT or papers >= _MANY)
        engine = "processes" if (workers is None and many) or (workers or 1) > 1 else "serial"
    executor: Executor = registry.load("scale", engine).open_executor(workers or 0, address)
    return executor


def read_in_order(
    extractor: Extractor, papers: Iterable[Paper], version: str, executor: Executor, count: int = 0
) -> Iterator[tuple[Paper, str | Failed | None]]:
    """Papers in order, each with the text of its record: empty where it is not in English, None where the extractor tells why itself. Where
    their `count` is known, a few papers are shared out evenly."""
    sent: deque[list[Paper]] = deque()
    size = min(extractor.batch, max(_FEW, count // (2 * executor.workers))) if count else extractor.batch

    def batches() -> Iterator[list[Paper]]:
        for chunk in _chunks(papers, size):
            sent.append(chunk)
            yield [Paper(paper.id, paper.title, paper.abstract) for paper in chunk if paper.readable]

    def alone() -> Iterator[list[str | None]]:
        ahead, behind = itertools.tee(batches())
        records = extractor.records((paper for batch in ahead for paper in batch), version)
        for batch in behind:
            found = itertools.islice(records, len(batch))
            yield [None if record is None else record_text(record) for record in found]

    done = executor.run(extractor.work(version), batches()) if isinstance(extractor, Parallel) else alone()
    for texts in done:
        found = iter(texts)
        for paper in sent.popleft():
            yield paper, next(found) if paper.readable else ""


def _chunks(papers: Iterable[Paper], size: int) -> Iterator[list[Paper]]:
    waiting = iter(papers)
    while chunk := list(itertools.islice(waiting, size)):
        yield chunk


def prepare_reading(
    extractor: Extractor, papers: Iterable[Paper], given: Mapping[str, object], version: str, folder: Path, executor: Executor
) -> None:
    """Get an executor ready to read those of the papers that were not read before and have no record among those given, by their ids."""
    if not isinstance(extractor, Parallel) or executor.workers == 1:
        return
    known = set(RecordCache(folder).keys().tolist())
    fresh = (p for p in papers if p.readable and p.id not in given and record_key(p, version).encode() not in known)
    some = sum(1 for _ in itertools.islice(fresh, executor.workers * _FEW))  # if not all
    if some:
        executor.prepare(extractor.work(version), -(-some // _FEW))


class Library:
    """The records of the papers of a build: those that came with the input, those read before, and what is to be read."""

    def __init__(self, merged: Merged, given: Mapping[str, list[str]], version: str, folder: Path) -> None:
        self._merged, self._given = merged, given
        self._cache = RecordCache(folder)
        self._keys = np.zeros(len(merged), "S64")
        wanted = np.zeros(len(merged), bool)
        for position, item in enumerate(merged):
            if item.paper.canonical_id not in given:
                self._keys[position] = record_key(item.paper, version).encode()
                wanted[position] = item.paper.readable
        self._there = np.isin(self._keys, self._cache.keys())
        wanted[self._there] = False
        self.missing = np.flatnonzero(wanted)

    def read(
        self, extractor: Extractor, version: str, executor: Executor, progress: Progress | None
    ) -> Iterator[tuple[Paper, str]]:
        """Read what is missing, and keep it batch by batch; papers that could not be read, with the reason."""
        papers = (self._merged[position].paper for position in self.missing.tolist())
        batch: dict[str, str] = {}
        self.extracted = 0
        if not len(self.missing):  # no model is loaded
            return
        for done, (paper, text) in enumerate(read_in_order(extractor, papers, version, executor, len(self.missing)), start=1):
            if isinstance(text, Failed):
                yield paper, text.reason
            elif text is not None:
                position = self.missing[done - 1]
                batch[self._keys[position].decode()] = text
                self._there[position] = True
                self.extracted += 1
            if len(batch) >= extractor.batch or done == len(self.missing):
                self._cache.add(batch)
                batch = {}
                if progress:
                    progress("extract", done, len(self.missing))
        self._cache.add(batch)

    def compact(self) -> None:
        """Put what was read now with what was read before."""
        self._cache.compact()

    def texts(self, folder: Path | None) -> RecordTexts:
        """The records that there are, by the position of their paper; they are read when they are asked for."""
        sums = np.zeros(len(self._merged), np.uint64)
        sums[self._there] = [int(key[:16], 16) for key in self._keys[self._there].tolist()]
        known = {int(key, 16): texts[0] for key, texts in self._given.items()}
        given = {place: known[number] for place, number in enumerate(self._merged.ids.tolist()) if number in known} if known else {}

        def find(positions: np.ndarray[Any, np.dtype[np.int64]]) -> Iterator[tuple[list[int], str]]:
            order = positions[np.argsort(self._keys[positions], kind="stable")]
            keys = self._keys[order]
            for found, records in self._cache.each(keys if len(keys) < len(self._keys) else None):
                wanted = np.array(found, "S64")
                starts, ends = np.searchsorted(keys, wanted, "left").tolist(), np.searchsorted(keys, wanted, "right").tolist()
                for start, end, text in zip(starts, ends, records, strict=True):
                    if end > start:
                        yield order[start:end].tolist(), text
            yield from (([position], given[position]) for position in positions.tolist() if position in given)

        return RecordTexts(len(self._merged), folder, find, sums)
