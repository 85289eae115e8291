"""N-Triples in several files: together they are the one file."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from graphs import build_records, record

import kg
from kg.model.errors import UsageError


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    papers = [record(f"p{n}", ("Model", f"Net{n}"), ("Task", "pruning"), relations=(("USED_FOR", 0, 1),)) for n in range(5)]
    return build_records(tmp_path, *papers)


@pytest.mark.parametrize("many", [0, 10**6])
def test_shards_are_the_whole(graph: Path, tmp_path: Path, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.export._rdf._MANY", many)  # by processes, and without
    with kg.open(graph) as opened:
        (whole,) = opened.export(tmp_path / "all.nt")
        parts = opened.export(tmp_path / "part.nt.gz", shards=3)
        with pytest.raises(UsageError, match="ttl has no option shards"):
            opened.export(tmp_path / "all.ttl", shards=3)
    assert [path.name for path in parts] == ["part-1-of-3.nt.gz", "part-2-of-3.nt.gz", "part-3-of-3.nt.gz"]
    lines = [line for path in parts for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
    assert sorted(lines) == sorted(whole.read_text().splitlines())
    assert all(len(gzip.decompress(path.read_bytes())) > len(whole.read_bytes()) / 6 for path in parts)
