"""How the SPARQL engine's store is filled."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphs import triples_of

from kg.model.errors import StoreError
from kg.rdf.mapping import to_lines
from kg.stores import oxigraph
from kg.tables import Version, open_version


@pytest.fixture
def version(toy: Path, tmp_path: Path) -> Version:
    """A version of its own, without indexes."""
    graph = tmp_path / "g.kg"
    shutil.copytree(toy, graph)
    found = open_version(graph)
    shutil.rmtree(found.path / oxigraph.FOLDER, ignore_errors=True)
    return found


@pytest.mark.parametrize("cores", [1, 3])
def test_loads_in_portions_give_each_triple_once(version: Version, monkeypatch: pytest.MonkeyPatch, cores: int) -> None:
    monkeypatch.setattr(oxigraph, "cores", lambda: cores)
    monkeypatch.setattr(oxigraph, "_PORTION", 1_000)
    texts = list(oxigraph.portions(to_lines(version), 1_000))
    assert len(texts) > 10 * cores
    store = oxigraph.open_store(version)
    assert len(store) == "".join(texts).count(" .\n")
    assert set(store.about()) == triples_of(version)


def test_a_load_that_fails_ends_the_making_of_more(version: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        """A store on a full disk."""

        def __init__(self, path: str) -> None:
            Path(path).mkdir(parents=True)

        def bulk_load(self, text: bytes, **_: Any) -> None:
            if text.startswith(b"5"):
                raise OSError("No space left on device")

    made: list[int] = []

    def lines(_: Version) -> Iterator[str]:
        for number in range(1_000):
            made.append(number)
            yield f"{number}: text of a triple .\n"

    monkeypatch.setattr("kg.stores.oxigraph.ox.Store", Full)
    monkeypatch.setattr(oxigraph, "to_lines", lines)
    monkeypatch.setattr(oxigraph, "_PORTION", 1)
    monkeypatch.setattr(oxigraph, "cores", lambda: 2)
    with pytest.raises(StoreError, match="the SPARQL index could not be built: No space left on device"):
        oxigraph.fill(version)
    assert 5 < len(made) < 20


def test_what_the_engine_cannot_read_is_told_in_a_line(version: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oxigraph, "to_lines", lambda _: iter(["no triple\n"]))
    with pytest.raises(StoreError, match=r"the SPARQL index could not be built: .*subject"):
        oxigraph.fill(version)
