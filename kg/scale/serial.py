"""Everything in this process, one batch after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from kg.scale.base import Failed, Handle, Job, Work, checked, described


class SerialExecutor:
    """Runs work here and now. What ends the process ends the run; `processes` survives that."""

    workers = 1

    def prepare(self, work: Work, batches: int) -> None:
        """Nothing can be done beforehand."""

    def run(self, work: Work, batches: Iterable[list[Any]]) -> Iterator[list[Any]]:
        """See `Executor.run`."""
        handle = work.start()
        for number, items in enumerate(batches):
            yield _run(handle, Job(number, tuple(range(len(items))), items))

    def close(self) -> None:
        """Nothing to end."""


def open_executor(workers: int = 1, address: str | None = None) -> SerialExecutor:
    """An executor of this process; both arguments are for others."""
    return SerialExecutor()


def _run(handle: Handle, whole: Job) -> list[Any]:
    results: list[Any] = [None] * len(whole.items)
    jobs = deque([whole])
    while jobs:
        job = jobs.popleft()
        try:
            found = checked(handle(job.items), job.items)
        except Exception as error:
            retried = job.again()
            jobs.extend(retried)
            found = [] if retried else [Failed(described(error))] * len(job.items)
        for place, result in zip(job.places, found, strict=False):
            results[place] = result
    return results
