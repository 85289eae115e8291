"""Several processes on this machine, each kept busy by a thread here; one that dies is started anew.

The pools of the standard library lose all work under way when one process dies, and do not tell on which item it died; and they
run the caller's own script again in each process. Here a worker is `python -m kg.scale._worker`, spoken to through pipes.
"""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from kg.model.errors import ExtractionError, KgError
from kg.scale._ledger import Ledger
from kg.scale._worker import FAILED, READY, UNUSABLE, read_frame, write_frame
from kg.scale.base import Work, cores, environment

_AHEAD = 4  # batches under way or waiting to go out, for each worker
_STARTS = 3  # times that a worker may die before it is ready


class ProcessExecutor:
    """Workers are started at first use and kept for the next run. Workers times threads in each are the cores of the machine."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._all = [_Worker(max(1, cores() // workers)) for _ in range(workers)]
        self._ledger: Ledger | None = None  # of the run that goes on
        self._preparing: list[threading.Thread] = []

    def use_threads(self, threads: int) -> None:
        """So many threads in each worker that is started from now on, instead of its share of the cores."""
        for worker in self._all:
            worker.threads = threads

    def prepare(self, work: Work, batches: int) -> None:
        """See `Executor.prepare`: as many processes as there are batches for start, and load what they need."""
        pickled = pickle.dumps(work, pickle.HIGHEST_PROTOCOL)
        self._preparing = [threading.Thread(target=one.prepare, args=(pickled,), daemon=True) for one in self._all[:batches]]
        for thread in self._preparing:
            thread.start()

    def run(self, work: Work, batches: Iterable[list[Any]]) -> Iterator[list[Any]]:
        """See `Executor.run`."""
        ledger = self._ledger = Ledger(batches, _AHEAD * self.workers)
        pickled = pickle.dumps(work, pickle.HIGHEST_PROTOCOL)
        for thread in self._preparing:
            thread.join()
        threads = [threading.Thread(target=_serve, args=(one, pickled, ledger), daemon=True) for one in self._all]
        for thread in threads:
            thread.start()
        try:
            yield from ledger.results()
        finally:
            ledger.end()
            for thread in threads:
                thread.join(timeout=60)

    def close(self) -> None:
        """End the processes, and a run that nobody reads on: its threads would start others."""
        if self._ledger is not None:
            self._ledger.end()
        for worker in self._all:
            worker.end(kill=True)
        for thread in self._preparing:
            thread.join()
        for worker in self._all:
            worker.end(kill=True)  # what such a thread had started


def open_executor(workers: int = 0, address: str | None = None) -> ProcessExecutor:
    """An executor of so many processes, or one for each core; `address` is for others."""
    return ProcessExecutor(workers or cores())


class _Worker:
    """One process, started when it is needed and again when it has died."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._process: subprocess.Popen[bytes] | None = None
        self._ready_for = b""  # work for which it was got ready before its run

    def prepare(self, work: bytes) -> None:
        """Get ready for work ahead of its run, if that can be done at the first try; if not, the run tells why."""
        with contextlib.suppress(EOFError):
            state, _ = self.send(work)
            if state == READY:
                self._ready_for = work

    def was_prepared(self, work: bytes) -> bool:
        """Whether it is ready for the run that now begins: a process serves one run only before it gets ready anew."""
        ready, self._ready_for = self.alive and self._ready_for == work, b""
        return ready

    def send(self, message: Any) -> Any:
        """Send a message and wait for the answer.

        Raises:
            EOFError: the process died over it.
        """
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            write_frame(process.stdin, message)
            return read_frame(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):
            raise EOFError(self.end()) from None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def end(self, kill: bool = False) -> str:
        """End the process, whatever it does; how it ended. One that is dying by itself gets a moment to tell why, unless it is killed."""
        process, self._process = self._process, None
        if process is None:
            return "gone"
        if kill:  # first, for a thread may wait for its answer
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=1)
        if process.poll() is None:
            process.kill()
        code = process.wait()
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "kg.scale._worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment(self.threads),
            )
        return self._process


def _serve(worker: _Worker, work: bytes, ledger: Ledger) -> None:
    """Keep one worker busy until nothing is left to do."""
    ready = worker.was_prepared(work)
    while (job := ledger.take()) is not None:
        try:
            if not (ready and worker.alive):
                _prepare(worker, work)
                ready = True
            state, answer = worker.send(job.items)
        except KgError as error:
            return ledger.end(error)
        except EOFError as error:
            ready = False
            ledger.failed(job, f"the process that read it died ({error})")
            continue
        if state == FAILED:
            ledger.failed(job, answer)
        else:
            ledger.done(job, answer)
    return None


def _prepare(worker: _Worker, work: bytes) -> None:
    """Hand a worker what is to be done.

    Raises:
        KgError: it cannot be done at all, or the processes die over it.
    """
    died = ""
    for _ in range(_STARTS):
        try:
            state, answer = worker.send(work)
        except EOFError as error:
            died = str(error)
            continue
        if state == UNUSABLE:
            raise answer if isinstance(answer, KgError) else ExtractionError(str(answer))
        assert state == READY
        return
    raise ExtractionError(f"worker processes die when they start ({died}); try fewer --workers, there may be too little memory")
