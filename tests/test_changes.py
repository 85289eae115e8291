"""Which rows differ between two versions: the vectorised answer against comparing rows one by one."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kg.changes import Part, changed_parts, touched_keys
from kg.parquet import write_parquet
from kg.projection import authors_and_venues
from kg.tables import SCHEMAS, Version, table_of

IDS = st.sampled_from("abcde")
TEXTS = st.one_of(st.none(), st.sampled_from(["", "x", "y", "x; y", "\x00"]))
LISTS = st.lists(st.sampled_from(["", "x", "y", "xy"]), max_size=3)
PAIRS = st.lists(st.fixed_dictionaries({"scheme": st.sampled_from("xy"), "value": st.sampled_from("xy")}), max_size=2)
PAPER = st.fixed_dictionaries(
    {
        "id": IDS,
        "title": TEXTS,
        "year": st.one_of(st.none(), st.integers(0, 2)),
        "authors": st.one_of(st.none(), LISTS),
        "identifiers": PAIRS,
    }
)
RESULT = st.fixed_dictionaries(
    {"id": IDS, "value": st.one_of(st.none(), st.sampled_from([Decimal("1.5"), Decimal("15")])), "higher_is_better": st.sampled_from([None, True, False]),
     "confidence": st.sampled_from([0.1, 0.2])}
)  # fmt: skip
EVIDENCE = st.fixed_dictionaries({"statement": IDS, "start": st.integers(0, 1), "sentence": TEXTS})


def version(folder: Path, **tables: list[dict[str, Any]]) -> Version:
    folder.mkdir(exist_ok=True)
    for name in SCHEMAS:
        write_parquet(folder / f"{name}.parquet", table_of(name, tables.get(name, [])))
    return Version(folder, {"tables": {name: {"rows": 0, "sha256": str(folder / name)} for name in SCHEMAS}})


def by_id(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted({row["id"]: row for row in rows}.values(), key=lambda row: str(row["id"]))


@settings(max_examples=150, deadline=None)
@given(st.tuples(*(st.lists(kind, max_size=5) for kind in (PAPER, PAPER, RESULT, RESULT, EVIDENCE, EVIDENCE))))
def test_touched_rows_are_those_of_keys_whose_rows_differ(rows: tuple[list[dict[str, Any]], ...]) -> None:
    was, now, results, more, proofs, others = rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        old = version(folder / "old", papers=by_id(was), results=by_id(results), evidence=proofs)
        new = version(folder / "new", papers=by_id(now), results=by_id(more), evidence=others)
        before, after = changed_parts(old, new)

        def differing(table: str, key: str) -> set[str]:
            rows = [[tuple(map(str, row.items())) for row in v.rows(table)] for v in (old, new)]
            alone = [[row for row, plain in zip(v.rows(table), mine, strict=True) if plain not in theirs]
                     for v, mine, theirs in ((old, *rows), (new, *rows[::-1]))]  # fmt: skip
            return {row[key] for side in alone for row in side}

        papers, statements = differing("papers", "id"), differing("results", "id") | differing("evidence", "statement")
        for part, whole in ((before, old), (after, new)):
            assert part.rows("papers") == [row for row in whole.rows("papers") if row["id"] in papers]
            assert part.rows("results", ["id"]) == [{"id": row["id"]} for row in whole.rows("results") if row["id"] in statements]
            assert part.rows("evidence") == [row for row in whole.rows("evidence") if row["statement"] in statements]


PERSON = st.fixed_dictionaries(
    {
        "id": IDS,
        "authors": st.lists(st.sampled_from("XYZ"), max_size=2),
        "orcids": st.lists(st.sampled_from(["", "1", "2"]), min_size=2, max_size=2),
        "affiliations": st.lists(st.lists(st.sampled_from("uv"), max_size=1), min_size=2, max_size=2),
        "venue": st.sampled_from(["", "V", "W"]),
    }
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PERSON, max_size=5), st.lists(PERSON, max_size=5))
def test_people_of_parts_differ_as_those_of_versions(was: list[dict[str, Any]], now: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        old, new = version(Path(name) / "old", papers=by_id(was)), version(Path(name) / "new", papers=by_id(now))

        def differing(before: Version | Part, after: Version | Part) -> list[Any]:
            (authors, venues), (others, more) = authors_and_venues(before), authors_and_venues(after)
            return [
                [row for row in authors if row not in others],
                [row for row in others if row not in authors],
                sorted(set(venues) - set(more)),
                sorted(set(more) - set(venues)),
            ]

        assert differing(*changed_parts(old, new)) == differing(old, new)


def test_a_table_that_an_older_graph_lacks_counts_as_empty(tmp_path: Path) -> None:
    old = version(tmp_path / "old")
    del old.manifest["tables"]["redirects"]
    (old.path / "redirects.parquet").unlink()
    new = version(tmp_path / "new", redirects=[{"old": "a", "new": "b"}])
    assert touched_keys(old, new, "redirects") == touched_keys(new, old, "redirects") == {"a"}
