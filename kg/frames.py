"""Answers as tables of other libraries: pyarrow, and pandas and polars where they are installed."""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from kg.model.errors import UsageError
from kg.stores.base import Answer

FRAMES = ("arrow", "pandas", "polars")


def to_frame(answer: Answer, kind: str) -> Any:
    """An answer as a `pyarrow.Table`, `pandas.DataFrame` or `polars.DataFrame`; rows in their order, columns by name.

    A column whose values have no common type becomes text: JSON of each value that is not text already.

    Raises:
        UsageError: another kind is asked for, or the library is not installed.
    """
    if kind not in FRAMES:
        raise UsageError(f"as_ must be one of answer, {', '.join(FRAMES)}, found {kind!r}")
    columns = [_column([row[i] for row in answer.rows]) for i in range(len(answer.columns))]
    if kind == "pandas":
        pandas = _library("pandas")
        return pandas.DataFrame({name: column.to_pylist() for name, column in zip(answer.columns, columns, strict=True)})
    table = pa.Table.from_arrays(columns, names=list(answer.columns))
    return table if kind == "arrow" else _library("polars").from_arrow(table)


def _column(values: Sequence[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError):
        return pa.array([v if v is None or isinstance(v, str) else json.dumps(v, ensure_ascii=False) for v in values])


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise UsageError(f"{name} is not installed; run: pip install {name}") from None
