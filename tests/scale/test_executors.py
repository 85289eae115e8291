"""Every engine gives the same results in the same order, whatever fails or dies on the way."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scale_works import Processes, Squares, Unusable

from kg.model.errors import ExtractionError, UsageError
from kg.registry import available
from kg.scale import processes, serial
from kg.scale.base import Executor, Failed


@pytest.fixture(params=["serial", "processes"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    opened: Executor = {"serial": serial, "processes": processes}[request.param].open_executor(2)
    yield opened
    opened.close()


def batches(count: int, size: int = 5) -> list[list[int]]:
    return [list(range(start, start + size)) for start in range(0, count * size, size)]


def test_engines_are_modules_of_the_folder() -> None:
    assert available("scale") == ["processes", "ray", "serial"]


def test_results_come_in_the_order_of_batches(executor: Executor) -> None:
    assert list(executor.run(Squares(), batches(30))) == [[n * n for n in batch] for batch in batches(30)]
    assert list(executor.run(Squares(), [[], [2], []])) == [[], [4], []]
    assert list(executor.run(Squares(), [])) == []


def test_only_what_is_wrong_fails(executor: Executor) -> None:
    (found,) = executor.run(Squares(wrong=(2,)), [[1, 2, 3]])
    assert found == [1, Failed("ValueError: 2 is wrong"), 9]


def test_work_that_cannot_start_ends_the_run(executor: Executor) -> None:
    with pytest.raises(UsageError, match="no such model"):
        list(executor.run(Unusable(), batches(3)))
    assert list(executor.run(Squares(), [[3]])) == [[9]]  # and the executor goes on


def test_work_may_be_prepared_before_its_run(executor: Executor) -> None:
    executor.prepare(Squares(), 9)
    assert list(executor.run(Squares(), batches(3))) == [[n * n for n in batch] for batch in batches(3)]
    executor.prepare(Squares(), 9)
    assert list(executor.run(Squares(wrong=(2,)), [[2]])) == [[Failed("ValueError: 2 is wrong")]]  # other work than was thought
    executor.prepare(Unusable(), 9)
    with pytest.raises(UsageError, match="no such model"):
        list(executor.run(Unusable(), batches(1)))
    executor.prepare(Squares(), 9)  # and is never run


def test_faults_of_the_source_are_raised(executor: Executor) -> None:
    def source() -> Iterator[list[int]]:
        yield [1]
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        list(executor.run(Squares(), source()))


def test_no_more_is_taken_than_is_needed(executor: Executor) -> None:
    taken: list[int] = []

    def source() -> Iterator[list[int]]:
        for number in range(1000):
            taken.append(number)
            yield [number]

    results = executor.run(Squares(), source())
    assert next(results) == [0]
    assert len(taken) <= 1 + 4 * executor.workers
    results.close()  # type: ignore[attr-defined]


@pytest.fixture
def pool() -> Iterator[processes.ProcessExecutor]:
    opened = processes.open_executor(2)
    yield opened
    opened.close()


def test_a_death_costs_the_item_that_brings_it(pool: Executor, tmp_path: Path) -> None:
    work = Squares(deadly=(6,), once=(12, tmp_path / "died"))
    found = list(pool.run(work, batches(4)))
    assert [n for batch in found for n in batch if not isinstance(n, Failed)] == [n * n for n in range(20) if n != 6]
    assert found[1][1] == Failed("the process that read it died (exit code 7)")
    assert (tmp_path / "died").exists()


def test_workers_start_when_they_are_prepared_and_serve_the_run(pool: processes.ProcessExecutor) -> None:
    pool.prepare(Processes(), 9)
    for thread in pool._preparing:
        thread.join()
    prepared = {worker._process.pid for worker in pool._all if worker._process}
    assert len(prepared) == pool.workers
    assert {pid for found in pool.run(Processes(), batches(30)) for pid, _ in found} <= prepared
    pool.close()
    pool.prepare(Processes(), 1)
    for thread in pool._preparing:
        thread.join()
    assert sum(worker.alive for worker in pool._all) == 1
    pool.prepare(Processes(), 9)
    pool.close()
    assert not any(worker.alive for worker in pool._all)


def test_a_worker_that_is_killed_is_replaced(pool: Executor) -> None:
    killed = threading.Event()

    def kill() -> None:
        for (pid, _), *_ in pool.run(Processes(), [[0]]):
            time.sleep(0.2)
            os.kill(pid, signal.SIGKILL)
            killed.set()

    kill()
    assert killed.is_set()
    assert list(pool.run(Squares(seconds=0.01), batches(10))) == [[n * n for n in batch] for batch in batches(10)]


def test_closing_ends_a_run_that_nobody_reads_on(pool: processes.ProcessExecutor) -> None:
    before = threading.active_count()
    results = pool.run(Squares(seconds=0.05), batches(50))
    next(results)
    start = time.monotonic()
    pool.close()
    while threading.active_count() > before and time.monotonic() - start < 5:
        time.sleep(0.01)
    assert threading.active_count() == before
    assert not any(worker.alive for worker in pool._all)


def test_workers_times_threads_are_the_cores(pool: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.scale.processes.cores", lambda: 8)
    opened = processes.open_executor(2)
    try:
        found = [item for batch in opened.run(Processes(), [[0]] * 8) for item in batch]
    finally:
        opened.close()
    assert {threads for _, threads in found} == {"4"}
    assert os.getpid() not in {pid for pid, _ in found}


def test_workers_that_all_die_at_the_start_are_told(pool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.scale.processes.sys.executable", "/bin/false")
    with pytest.raises(ExtractionError, match=r"die when they start \(exit code 1\); try fewer --workers"):
        list(pool.run(Squares(), batches(2)))
