from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from served import Server, serving

import kg


@pytest.fixture(scope="module")
def server(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The toy graph, served."""
    with serving(toy, tmp_path_factory.mktemp("served") / "log") as running:
        yield running


@pytest.fixture(scope="module")
def ids(toy: Path) -> dict[str, str]:
    """Names and titles of the toy graph → ids."""
    with kg.open(toy) as graph:
        entities = {row["name"]: row["id"] for row in graph.version.rows("entities")}
        return entities | {row["title"]: row["id"] for row in graph.version.rows("papers")}
