from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from graphs import build_records, record

from kg.pipeline import remove
from kg.resolve.rows import SIZES
from kg.resolve.sizes import model_of_size
from kg.tables import open_version


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("Weeder-2-7B", "Weeder-2"), ("Weeder 1.5B", "Weeder"), ("Weeder-8x7B", "Weeder"), ("Weeder-base", "Weeder"),
        ("Weeder-2", ""), ("Weeder-XL", ""), ("Weeder 32K", ""), ("7B", ""), ("database", ""),
    ],
)  # fmt: skip
def test_names_of_sizes(name: str, model: str) -> None:
    assert model_of_size(name) == model


def relations(graph: Path) -> list[tuple[str, str, str, int, set[str]]]:
    version = open_version(graph)
    names = {e["id"]: e["name"] for e in version.rows("entities")}
    extractors: dict[str, set[str]] = {}
    for proof in version.rows("evidence"):
        extractors.setdefault(proof["statement"], set()).add(proof["extractor"])
    return [
        (names[r["source"]], r["type"], names[r["target"]], r["papers"], extractors[r["id"]]) for r in version.rows("relations")
    ]


def test_a_size_is_a_kind_of_its_model_as_soon_as_a_paper_names_that(tmp_path: Path) -> None:
    sizes: list[dict[str, Any]] = [record("a", ("Model", "Weeder-2-7B")), record("b", ("Model", "Weeder 2 7B"))]
    graph = build_records(tmp_path, *sizes)
    assert relations(graph) == []
    build_records(tmp_path, record("c", ("Model", "Weeder2"), ("Dataset", "Weeder-base")))
    assert relations(graph) == [("Weeder 2 7B", "SUBCLASS_OF", "Weeder2", 2, {SIZES})]
    remove(graph, ["c"])
    assert relations(graph) == []
