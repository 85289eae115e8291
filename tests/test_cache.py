"""The cache of records: batches, shards, and what a kill or a damaged file leaves."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from kg.cache import RecordCache
from kg.resolve.texts import RecordTexts


def texts(*numbers: int) -> dict[str, str]:
    return {hashlib.sha256(str(n).encode()).hexdigest(): f'{{"n": {n}}}' for n in numbers}


def held(folder: Path) -> dict[str, str]:
    """All that is in a cache, read anew."""
    return {key: text for keys, found in RecordCache(folder).each() for key, text in zip(keys, found, strict=True)}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_batches_are_kept_at_once_and_folded_later(tmp_path: Path) -> None:
    cache = RecordCache(tmp_path)
    cache.add(texts(1, 2))
    cache.add({})
    cache.add(texts(3))
    assert held(tmp_path) == texts(1, 2, 3)
    assert [key.decode() for key in cache.keys().tolist()] == sorted(texts(1, 2, 3))
    cache.compact()
    assert names(tmp_path) == {f"{key[0]}.parquet" for key in texts(1, 2, 3)}
    assert held(tmp_path) == texts(1, 2, 3)


def test_the_same_records_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, size, together in (("a", 40, 64), ("b", 3, 2), ("c", 7, 64)):
        monkeypatch.setattr("kg.cache._BATCHES", together)
        cache = RecordCache(tmp_path / folder)
        for start in range(0, 40, size):
            cache.add(texts(*range(start, min(40, start + size))))
            if start == 21:
                cache.compact()
        cache.compact()
    for folder in "bc":
        assert names(tmp_path / folder) == names(tmp_path / "a")
        for name in names(tmp_path / "a"):
            assert (tmp_path / folder / name).read_bytes() == (tmp_path / "a" / name).read_bytes()


def test_many_records_go_into_more_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = RecordCache(tmp_path)
    cache.add(texts(*range(10)))
    cache.compact()
    monkeypatch.setattr("kg.cache._WIDE", 15)
    cache.add(texts(*range(10, 20)))
    cache.compact()
    assert {len(name.partition(".")[0]) for name in names(tmp_path)} == {2}
    assert held(tmp_path) == texts(*range(20))
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in names(tmp_path)}
    cache.compact()
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in names(tmp_path)} == before  # what is in place stays


def test_a_kill_while_folding_leaves_repeats_that_go(tmp_path: Path) -> None:
    cache = RecordCache(tmp_path)
    cache.add(texts(1, 2))
    kept = {path: path.read_bytes() for path in tmp_path.iterdir()}
    cache.compact()
    for path, data in kept.items():  # as if it had not come to remove them
        path.write_bytes(data)
    assert len(RecordCache(tmp_path).keys()) == 2
    RecordCache(tmp_path).compact()
    assert sum(len(keys) for keys, _ in RecordCache(tmp_path).each()) == 2


def test_a_damaged_file_goes_and_the_rest_stays(tmp_path: Path) -> None:
    cache = RecordCache(tmp_path)
    cache.add(texts(*range(30)))
    cache.compact()
    shard = sorted(tmp_path.iterdir())[0]
    shard.write_bytes(b"PAR1 no more")
    lost = {key for key in texts(*range(30)) if key[0] == shard.stem}
    assert held(tmp_path).keys() == texts(*range(30)).keys() - lost
    assert not shard.exists()


def test_texts_that_cannot_be_had_have_no_sum() -> None:
    spoken = RecordTexts(
        3, None, lambda positions: [([int(place)], "said") for place in positions if place != 1], np.array([7, 8, 9], np.uint64)
    )
    assert [portion.texts for portion in spoken.of([0])] == [["said"]]
    assert spoken.sums.tolist() == [7, 8, 9]
    assert [portion.texts for portion in spoken] == [["said", "", "said"]]
    assert spoken.sums.tolist() == [7, 0, 9]
