"""Ray on a cluster of three nodes on this machine, one of which is lost in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphs import table_bytes
from scale_works import Squares, Unusable

import kg
from kg.model.errors import UsageError
from kg.scale.base import Failed, environment
from kg.scale.ray import RayExecutor, open_executor

pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own
ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'paperkg[ray]'")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    os.environ["PYTHONPATH"] = environment(1)["PYTHONPATH"]  # the nodes need the modules of these tests
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": 200 << 20})
    nodes.worker_nodes_made = [nodes.add_node(num_cpus=1, object_store_memory=200 << 20) for _ in range(2)]
    nodes.wait_for_nodes()
    yield nodes
    ray.shutdown()
    nodes.shutdown()


@pytest.fixture(scope="module")
def executor(cluster: Any) -> Iterator[RayExecutor]:
    opened = open_executor(0, cluster.address)
    yield opened
    opened.close()


def test_all_cores_of_the_cluster_are_used(executor: RayExecutor) -> None:
    assert executor.workers == 3
    with pytest.raises(UsageError, match="no such model"):
        list(executor.run(Unusable(), [[1]]))


def test_builds_give_the_bytes_of_serial_ones(executor: RayExecutor, tmp_path: Path) -> None:
    from kg.resources import data_path

    papers = [data_path("samples", "papers.jsonl")]
    kg.build(papers, tmp_path / "ray.kg", model="fast", engine="ray", workers=2)
    kg.build(papers, tmp_path / "serial.kg", model="fast", engine="serial")
    assert table_bytes(tmp_path / "ray.kg") == table_bytes(tmp_path / "serial.kg")


def test_batches_that_all_die_are_told_one_by_one(executor: RayExecutor) -> None:
    (found,) = executor.run(Squares(deadly=(1, 2)), [[1, 2]])
    assert [type(one) for one in found] == [Failed, Failed]


def test_what_waits_behind_a_deadly_item_is_done(executor: RayExecutor) -> None:
    (found,) = executor.run(Squares(deadly=(3, 4, 5), seconds=0.05), [list(range(18))])
    assert [number for number, one in enumerate(found) if isinstance(one, Failed)] == [3, 4, 5]


def test_a_lost_node_costs_nothing(cluster: Any, executor: RayExecutor, tmp_path: Path) -> None:
    work = Squares(wrong=(7,), deadly=(33,), seconds=0.02)
    batches = [list(range(start, start + 5)) for start in range(0, 600, 5)]
    results = executor.run(work, batches)
    found = [next(results) for _ in range(8)]
    cluster.remove_node(cluster.worker_nodes_made.pop(), allow_graceful=False)
    found += results
    wanted: list[Any] = [n * n for n in range(600)]
    flat = [n for batch in found for n in batch]
    assert flat[7] == Failed("ValueError: 7 is wrong")
    assert isinstance(flat[33], Failed)
    assert "died" in flat[33].reason
    wanted[7], wanted[33] = flat[7], flat[33]
    assert flat == wanted


def test_without_an_address_no_cluster_is_joined_that_happens_to_run(cluster: Any) -> None:
    code = "from kg.scale.ray import open_executor\nimport ray\nopen_executor(2)\n" \
           "print(len(ray.nodes()), ray.cluster_resources()['CPU'])"  # fmt: skip
    settings = {key: value for key, value in environment(1).items() if key != "RAY_ADDRESS"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=settings)
    assert done.stdout.split() == ["1", "2.0"]


def test_a_missing_cluster_is_told() -> None:
    code = "from kg.scale.ray import open_executor\nfrom kg.model.errors import UsageError\n" \
           "try: open_executor(0, '127.0.0.1:1')\nexcept UsageError as error: print(error)"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment(1))
    assert done.stdout.startswith("no Ray cluster can be had at 127.0.0.1:1")
