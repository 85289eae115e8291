"""Which jobs wait, which are under way, and which results can go out: shared by the threads that keep workers busy."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from kg.scale.base import Failed, Job


class Ledger:
    """Batches in, results out in the order of batches. No more than `ahead` batches are open at a time, so that memory stays bounded."""

    def __init__(self, batches: Iterable[list[Any]], ahead: int) -> None:
        self._source = enumerate(batches)
        self._ahead = ahead
        self._waiting: deque[Job] = deque()
        self._open: dict[int, list[Any]] = {}  # batch → results so far
        self._missing: dict[int, int] = {}  # batch → results still to come
        self._given = 0  # batches whose results went out
        self._spent = False  # no more batches
        self._fault: BaseException | None = None
        self._closed = False
        self._changed = threading.Condition()

    def take(self) -> Job | None:
        """The next job, waiting for one if need be; nothing when all is done, or the run was ended."""
        with self._changed:
            while not self._closed and self._fault is None:
                if self._waiting:
                    return self._waiting.popleft()
                if not self._spent and len(self._open) < self._ahead:
                    if (job := self._next()) is not None:
                        return job
                    continue
                if self._spent and not self._open:
                    return None
                self._changed.wait()
            return None

    def done(self, job: Job, results: list[Any]) -> None:
        """Keep the results of a job."""
        with self._changed:
            for place, result in zip(job.places, results, strict=True):
                self._open[job.batch][place] = result
            self._missing[job.batch] -= len(results)
            self._changed.notify_all()

    def failed(self, job: Job, reason: str) -> None:
        """Have a job tried again, or tell that it cannot be done."""
        retried = job.again()
        if not retried:
            self.done(job, [Failed(reason)] * len(job.items))
            return
        with self._changed:
            self._waiting.extend(retried)
            self._changed.notify_all()

    def end(self, fault: BaseException | None = None) -> None:
        """Give out no more jobs; `results` raises the fault, if there is one."""
        with self._changed:
            self._closed = True
            self._fault = self._fault or fault
            self._changed.notify_all()

    def results(self) -> Iterator[list[Any]]:
        """The results of each batch, in order, as they become whole."""
        while True:
            with self._changed:
                while self._fault is None and not self._whole() and not (self._spent and not self._open):
                    self._changed.wait()
                if self._fault is not None:
                    raise self._fault
                if not self._whole():
                    return
                found = self._open.pop(self._given)
                del self._missing[self._given]
                self._given += 1
                self._changed.notify_all()
            yield found

    def _whole(self) -> bool:
        return self._missing.get(self._given) == 0

    def _next(self) -> Job | None:
        try:
            number, items = next(self._source)
        except StopIteration:
            self._spent = True
            self._changed.notify_all()
            return None
        except BaseException as error:  # of whoever makes the batches: it is theirs to see
            self._fault = error
            self._changed.notify_all()
            return None
        self._open[number] = [None] * len(items)
        self._missing[number] = len(items)
        if not items:
            self._changed.notify_all()
        return Job(number, tuple(range(len(items))), items) if items else None
