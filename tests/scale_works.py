"""Work for the executors' tests, in a module that other processes can import."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.extraction import ReadPapers, record_text
from kg.model.errors import UsageError
from kg.model.records import PaperRecord
from kg.scale.base import Handle


@dataclass(frozen=True)
class Squares:
    """Squares numbers; some raise, some take the process with them, one does so the first time only."""

    wrong: tuple[int, ...] = ()
    deadly: tuple[int, ...] = ()
    once: tuple[int, Path] | None = None
    seconds: float = 0.0

    def start(self) -> Handle:
        return lambda numbers: [self._square(number) for number in numbers]

    def _square(self, number: int) -> int:
        time.sleep(self.seconds)
        if number in self.wrong:
            raise ValueError(f"{number} is wrong")
        if number in self.deadly:
            os._exit(7)
        if self.once and number == self.once[0] and not self.once[1].exists():
            self.once[1].touch()
            os._exit(7)
        return number * number


@dataclass(frozen=True)
class Unusable:
    """Work that cannot start."""

    def start(self) -> Handle:
        raise UsageError("there is no such model")


@dataclass(frozen=True)
class Processes:
    """Names the process that does the work, and what it may use."""

    def start(self) -> Handle:
        return lambda items: [(os.getpid(), os.environ.get("KG_THREADS")) for _ in items]


@dataclass(frozen=True)
class Grumpy:
    """An extractor that reads with a shipped pipeline, but dies over texts with one word and fails over those with another."""

    deadly: str = "poison"
    wrong: str = "nonsense"
    failures: tuple[str, ...] = ()
    batch: int = 4

    @property
    def version(self) -> str:
        return "grumpy-1"

    def records(self, papers: Any, version: str) -> Any:
        raise NotImplementedError

    def work(self, version: str) -> Any:
        return GrumpyWork(self.deadly, self.wrong, version)


@dataclass(frozen=True)
class GrumpyWork:
    deadly: str
    wrong: str
    version: str

    def start(self) -> Handle:
        read = ReadPapers("fast", self.version).start()

        def handle(papers: list[Any]) -> list[Any]:
            for paper in papers:
                if self.deadly in paper.text:
                    os._exit(9)
                if self.wrong in paper.text:
                    raise ValueError("this makes no sense")
            return read(papers) or [record_text(PaperRecord("")) for _ in papers]

        return handle
