"""A Ray cluster, or Ray on this machine: batches are blocks of a dataset, each worker is an actor of Ray Data that gets ready once.

Ray restarts actors and their tasks when a process or a node is lost; what it gives up on, or answers wrongly, is tried again here as
`kg.scale.base` says. The nodes need this package; files are read and written by the leading process only.
"""

from __future__ import annotations

import itertools
import logging
import os
import pickle
import socket
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from kg.model.errors import ExtractionError, KgError, UsageError
from kg.scale._worker import DONE, FAILED, UNUSABLE
from kg.scale.base import ATTEMPTS, Failed, Handle, Job, Work, checked, described

_WAVE = 1024  # batches in one dataset: they wait in Ray's object store


class RayExecutor:
    """Starts Ray on this machine with so many workers, or joins the cluster at `address`, or where `RAY_ADDRESS` points.

    A cluster that was running goes on running.
    """

    def __init__(self, workers: int, address: str | None) -> None:
        try:
            import ray
        except ImportError as error:
            raise UsageError("--engine ray needs Ray: pip install 'paperkg[ray]'") from error
        self._ray, self._ours = ray, not ray.is_initialized()
        if self._ours:
            _start(ray, workers, address)
        total = int(ray.cluster_resources().get("CPU", 1))
        self.workers = min(workers, total) if workers else total

    def prepare(self, work: Work, batches: int) -> None:
        """Nothing: actors belong to a dataset."""

    def run(self, work: Work, batches: Iterable[list[Any]]) -> Iterator[list[Any]]:
        """See `Executor.run`."""
        pickled, source = pickle.dumps(work, pickle.HIGHEST_PROTOCOL), iter(batches)
        while wave := list(itertools.islice(source, _WAVE)):
            yield from self._wave(pickled, wave)

    def close(self) -> None:
        """Let go of Ray, if it was started here."""
        if self._ours and self._ray.is_initialized():
            self._ray.shutdown()

    def _wave(self, work: bytes, batches: list[list[Any]]) -> Iterator[list[Any]]:
        results: list[list[Any]] = [[None] * len(items) for items in batches]
        missing = [len(items) for items in batches]
        jobs = [Job(number, tuple(range(len(items))), items) for number, items in enumerate(batches) if items]
        given = 0
        while jobs:
            again: list[Job] = []
            for job, found, reason in self._round(work, jobs):
                retried = [] if found is not None else job.again()
                again += retried
                if not retried:
                    for place, result in zip(job.places, found or [Failed(reason)] * len(job.items), strict=True):
                        results[job.batch][place] = result
                    missing[job.batch] -= len(job.items)
                while given < len(batches) and not missing[given]:
                    yield results[given]
                    results[given] = []
                    given += 1
            jobs = again
        yield from results[given:]

    def _round(self, work: bytes, jobs: list[Job]) -> Iterator[tuple[Job, list[Any] | None, str]]:
        """Each job with its results, or with none and the reason, in the order in which they end."""
        data, left, reason = self._ray.data, dict(enumerate(jobs)), "Ray gave it up"
        context = data.DataContext.get_current()
        context.max_errored_blocks, context.enable_progress_bars = -1, False
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)
        try:
            blocks = [pa.table({"job": [number], "items": [pickle.dumps(job.items)]}) for number, job in left.items()]
            answers = self._mapped(blocks, work, min(self.workers, len(jobs)), alone=jobs[0].tried == ATTEMPTS - 1)
            for row in answers.iter_rows():
                state, found = pickle.loads(row["answer"])
                if state == UNUSABLE:
                    raise found if isinstance(found, KgError) else ExtractionError(str(found))
                if (job := left.pop(row["job"], None)) is not None:
                    yield job, found if state == DONE else None, str(found) if state == FAILED else ""
        except self._ray.exceptions.RayError as error:  # of the whole dataset: what befalls single blocks only leaves them out
            reason = described(error)
            if len(left) == len(jobs):
                raise ExtractionError(f"the Ray cluster did none of the work ({reason}); look at its logs") from error
        yield from ((job, None, f"the process that read it died, or its node was lost ({reason})") for job in left.values())

    def _mapped(self, blocks: list[pa.Table], work: bytes, actors: int, alone: bool) -> Any:
        """The dataset of answers. With `alone` no job waits at an actor that another one may kill: its death would count for both."""
        data = self._ray.data
        pool = data.ActorPoolStrategy(size=actors, max_tasks_in_flight_per_actor=1 if alone else None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names of options that older versions have not
            return data.from_arrow(blocks).map_batches(
                _Actor, fn_constructor_args=(work,), batch_size=1, batch_format="pyarrow", compute=pool,
                num_cpus=1, max_restarts=-1, max_task_retries=1,
            )  # fmt: skip


class _Actor:
    """One worker of Ray Data."""

    def __init__(self, work: bytes) -> None:
        os.environ["KG_THREADS"] = "1"
        self._handle: Handle | None = None
        try:
            self._handle = pickle.loads(work).start()
        except Exception as error:
            self._fault: Any = error if isinstance(error, KgError) else described(error)

    def __call__(self, block: pa.Table) -> pa.Table:
        return pa.table({"job": block["job"], "answer": [pickle.dumps(self._answered(row)) for row in block["items"].to_pylist()]})

    def _answered(self, row: bytes) -> tuple[str, Any]:
        if self._handle is None:
            return UNUSABLE, self._fault
        try:
            items = pickle.loads(row)
            return DONE, checked(self._handle(items), items)
        except Exception as error:
            return FAILED, described(error)


def open_executor(workers: int = 0, address: str | None = None) -> RayExecutor:
    """An executor of so many actors, or one for each core that the cluster has.

    Raises:
        UsageError: Ray is not installed, or no cluster answers at `address`.
    """
    return RayExecutor(workers, address)


def _start(ray: Any, workers: int, address: str | None) -> None:
    address = address or os.environ.get("RAY_ADDRESS")
    if address:
        _probe(address)
    own = {"address": "local", "num_cpus": workers or None, "include_dashboard": False}  # not one that happens to run here
    settings: dict[str, Any] = {"address": address} if address else own
    try:
        ray.init(log_to_driver=False, logging_level=logging.ERROR, **settings)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise UsageError(f"no Ray cluster can be had at {address or 'this machine'} ({described(error)})") from error


def _probe(address: str) -> None:
    """Whether somebody listens there: Ray itself takes minutes to find that nobody does.

    Raises:
        UsageError: nobody does.
    """
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdecimal():  # `auto`, `local`
        return
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"no Ray cluster can be had at {address} ({described(error)}); start one with: ray start --head"
        ) from error
