"""Processes that run queries, so that one that never ends, or eats all memory, takes nothing with it: it is ended with its process.

An engine cannot be stopped in the middle of a query, a process can. What a query answers is written to a file by the worker, and so is
complete, with its length known, before the first byte goes out.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import queue
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from kg.model.errors import KgError, QueryError, QueryTimeout, StoreError
from kg.web.negotiation import best_media

_OPENING = 120.0  # seconds that a worker may take to open the graph


class Busy(StoreError):
    """All workers were busy for as long as a query may take."""


class NotAcceptable(QueryError):
    """The client takes none of the media types that there are."""


@dataclass(frozen=True)
class Limits:
    """What one query may take: seconds, rows or triples of its answer, bytes of its answer, bytes of memory of its process."""

    seconds: float = 10.0
    rows: int = 100_000
    answer: int = 64 << 20
    memory: int = 2 << 30


@dataclass(frozen=True)
class Task:
    """A SPARQL text and the media types that a client takes, best first or as a header; or a saved question with its parameters."""

    text: str
    accept: str | None = None
    parameters: tuple[tuple[str, str], ...] | None = None  # of a saved question
    language: str | None = None
    rows: int | None = None  # fewer than the limit


@dataclass(frozen=True)
class Done:
    """An answer: the file that holds it, its media type, whether rows were left out."""

    path: Path
    media: str
    truncated: bool


class Pool:
    """A number of workers over one version of a graph; close it to end them."""

    def __init__(self, directory: Path, workers: int, limits: Limits) -> None:
        self._limits = limits
        self._folder = tempfile.TemporaryDirectory(prefix="kg-serve-")
        self._idle: queue.Queue[_Worker] = queue.Queue()
        self._all: list[_Worker] = []
        self._count, self._lock, self._closed = 0, threading.Lock(), False
        for _ in range(workers):
            self._idle.put(_Worker(directory, limits))
            self._all.append(self._idle.queue[-1])

    def run(self, task: Task) -> Done:
        """Run a task on a worker that is free.

        Raises:
            Busy: none became free in time.
            QueryTimeout: it ran too long, and was ended.
            QueryError: the engine broke down over it.
            KgError: what it raised itself.
        """
        try:
            worker = self._idle.get(timeout=self._limits.seconds)
        except queue.Empty:
            raise Busy("all workers are busy; ask again in a moment") from None
        with self._lock:
            self._count += 1
            path = Path(self._folder.name) / str(self._count)
        try:
            return worker.run(task, path)
        except KgError:
            path.unlink(missing_ok=True)
            raise
        finally:
            if self._closed:
                worker.end()
            self._idle.put(worker)

    def close(self) -> None:
        """End the workers and remove their files."""
        self._closed = True
        for worker in self._all:
            worker.end()
        self._folder.cleanup()


class _Worker:
    """One process, made anew when it was ended."""

    def __init__(self, directory: Path, limits: Limits) -> None:
        self._directory, self._limits = directory, limits
        self._process: Any = None
        self._pipe: Connection | None = None
        self._ready = False  # whether it has opened the graph, which does not count as time of a query
        self._start()

    def run(self, task: Task, path: Path) -> Done:
        """See `Pool.run`."""
        if self._process is None or not self._process.is_alive():
            self._start()
        assert self._pipe is not None
        try:
            if not self._ready and not self._pipe.poll(_OPENING):
                self.end()
                raise Busy("the graph takes long to open; ask again in a moment")
            self._ready = self._ready or self._pipe.recv()
            self._pipe.send((task, path))
            if not self._pipe.poll(self._limits.seconds):
                self.end()
                raise QueryTimeout(f"the query ran longer than {self._limits.seconds:g} s and was ended; narrow it")
            answer = self._pipe.recv()
        except (EOFError, OSError):
            self.end()
            raise QueryError("the engine could not run the query: it is nested too deeply or needs too much memory") from None
        if isinstance(answer, KgError):
            raise answer
        media, truncated = answer
        return Done(path, media, truncated)

    def end(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None

    def _start(self) -> None:
        self.end()
        self._ready = False
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._directory, self._limits), daemon=True)
        self._process.start()
        theirs.close()


def _serve(pipe: Connection, directory: Path, limits: Limits) -> None:
    """The life of a worker."""
    from kg.graph import Graph

    _bound_memory(limits.memory)
    with Graph(directory) as graph, contextlib.suppress(EOFError, KeyboardInterrupt, BrokenPipeError):
        graph.store("sparql")
        pipe.send(True)
        while True:
            task, path = pipe.recv()
            try:
                answer: Any = _answered(graph, task, path, limits)
            except KgError as error:
                answer = error
            except RecursionError:
                answer = QueryError("the query is nested too deeply")
            pipe.send(answer)


def _answered(graph: Any, task: Task, path: Path, limits: Limits) -> tuple[str, bool]:
    rows = min(limits.rows, task.rows or limits.rows)
    with path.open("wb") as file:
        if task.parameters is None:
            media, complete = graph.store("sparql").write(task.text, partial(_chosen, task.accept), file, rows, limits.answer)
            return media, not complete
        answer = graph.ask(task.text, dict(task.parameters), task.language, timeout=limits.seconds, limit=rows)
        told = {"columns": answer.columns, "rows": answer.rows, "truncated": answer.truncated}
        file.write(json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return "application/json", answer.truncated


def _chosen(accept: str | None, offered: Sequence[str]) -> str:
    if media := best_media(accept, offered):
        return media
    raise NotAcceptable(f"the answer can be had as {', '.join(offered)}")


def _bound_memory(most: int) -> None:
    """Let the process have that much memory of its own, where the system can tell."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
