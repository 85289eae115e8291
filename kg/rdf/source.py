"""What triples are made of: rows of a version or of a part of one, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from kg.changes import Part
from kg.parquet import run_starts
from kg.rdf.lines import Place
from kg.tables import SCHEMAS, Version

Row = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """`rows` come in fixed order; those of a whole version each with another `key`, of a part's rows with one key the first speaks. `lines` are the
    triples of a row as N-Triples; a triple comes from one key only. `paper` names the column with the one paper that says so, where it is one."""

    rows: Callable[[Version | Part], Iterable[Row]]
    key: tuple[str, ...]
    lines: Callable[[Row, Place], str]
    paper: str = ""

    def speaking(self, part: Part) -> dict[tuple[Any, ...], Row]:
        """The first row of each key, in order."""
        found: dict[tuple[Any, ...], Row] = {}
        for row in self.rows(part):
            found.setdefault(tuple([row[column] for column in self.key]), row)
        return found


def all_rows(name: str) -> Callable[[Version | Part], Iterable[Row]]:
    """A reader of a whole table."""
    return lambda version: version.each(name)


def first_proofs(version: Version, columns: list[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Numbers of the rows of evidence that are the first with their values in these columns, ascending."""
    table = version.read("evidence", columns).combine_chunks()
    if columns == SCHEMAS["evidence"].names[: len(columns)]:  # rows are sorted by these
        return np.flatnonzero(run_starts(table))
    numbered = table.append_column("row", pa.array(np.arange(table.num_rows)))
    firsts = numbered.group_by(columns, use_threads=False).aggregate([("row", "min")])["row_min"]
    return np.sort(firsts.to_numpy())
