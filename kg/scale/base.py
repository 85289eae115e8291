"""What an executor is: it runs work over batches of items, on one process, several, or a cluster, with the same outcome.

Each engine module has `open_executor(workers, address)`. Work that fails is tried again, and what fails for the third time is told
instead of done, so that one item that cannot be read, or takes its process with it, costs that item only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from kg.model.errors import KgError

ATTEMPTS = 3
Handle = Callable[[list[Any]], list[Any]]


class Work(Protocol):
    """What is to be done with items; travels to other processes by pickle, as items and results do."""

    def start(self) -> Handle:
        """Get ready, once in each worker: load a model, say. The function returned gives one result an item, in order.

        Raises:
            KgError: it cannot be done at all; the run ends with it.
        """


@dataclass(frozen=True)
class Failed:
    """Stands for the result of an item that could not be had in three attempts."""

    reason: str


class Executor(Protocol):
    """Runs work; close it to end what it holds."""

    workers: int

    def prepare(self, work: Work, batches: int) -> None:
        """Get ready for work over about so many batches that is to come, while the caller does something else, where that helps; what fails is
        told by `run`."""

    def run(self, work: Work, batches: Iterable[list[Any]]) -> Iterator[list[Any]]:
        """The results of each batch, in order: one an item, or `Failed`. Batches are taken as they are needed.

        Raises:
            KgError: the work could not start, or workers cannot be had.
        """

    def close(self) -> None:
        """End the workers; safe to call twice."""


@dataclass(frozen=True)
class Job:
    """Items of one batch on their way, and how often they were tried before; `places` are their positions in it."""

    batch: int
    places: tuple[int, ...]
    items: list[Any]
    tried: int = 0

    def again(self) -> list[Job]:
        """What to try next after a failure: all once more, then each by itself; nothing after the third time."""
        tried = self.tried + 1
        if tried >= ATTEMPTS:
            return []
        if tried < ATTEMPTS - 1 or len(self.items) == 1:
            return [Job(self.batch, self.places, self.items, tried)]
        return [Job(self.batch, (place,), [item], tried) for place, item in zip(self.places, self.items, strict=True)]


def checked(results: list[Any], items: list[Any]) -> list[Any]:
    """The results, one an item.

    Raises:
        ValueError: there are more or fewer.
    """
    if len(results) != len(items):
        raise ValueError(f"{len(results)} results for {len(items)} items")
    return results


def described(error: BaseException) -> str:
    """An error in one line."""
    text = " ".join(str(error).split())[:300]
    return text if isinstance(error, KgError) else f"{type(error).__name__}: {text}" if text else type(error).__name__


def environment(threads: int) -> dict[str, str]:
    """The environment of a process of ours that may use so many threads."""
    limits = dict.fromkeys(("KG_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    return {**os.environ, **limits, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
