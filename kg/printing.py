"""Answers as tables for people, and as JSON, JSON Lines or CSV for programs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kg.model.errors import UsageError

if TYPE_CHECKING:
    from kg.stores.base import Answer

OUTPUTS = ("table", "json", "jsonl", "csv")
WIDTH = 160  # columns of a table that does not go to a terminal


def say(text: str) -> None:
    """A message for people, on standard error."""
    print(text, file=sys.stderr)


def counted(number: int, noun: str) -> str:
    """`1 paper`, `2,000 papers`, `3 entities`."""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number:,} {noun if number == 1 else plural}"


def progress_line() -> Any:
    """A progress line, on a terminal only."""
    if not sys.stderr.isatty():
        return None

    begun: dict[str, float] = {}

    def show_progress(stage: str, done: int, total: int) -> None:
        spent = time.monotonic() - begun.setdefault(stage, time.monotonic())
        told = f"{stage} {done:,}/{total:,}{_pace(done, total, spent)}" if total else f"{stage} …"
        sys.stderr.write(f"\r{told:<70}")
        if done == total:
            sys.stderr.write("\r" + " " * 70 + "\r")
        sys.stderr.flush()

    return show_progress


def _pace(done: int, total: int, seconds: float) -> str:
    """The rate so far and the time left.

    >>> _pace(100, 1000, 10.0), _pace(100, 50_000, 10.0), _pace(1, 2, 0.5)
    (', 10 papers/s, 1:30 left', ', 10 papers/s, 1:23:10 left', '')
    """
    if done == 0 or seconds < 1:
        return ""
    left = round((total - done) * seconds / done)
    clock = f"{left // 3600}:{left // 60 % 60:02d}" if left >= 3600 else f"{left // 60}"
    return f", {done / seconds:,.0f} papers/s, {clock}:{left % 60:02d} left"


def check_output(output: str, known: tuple[str, ...] = OUTPUTS) -> None:
    """Refuse an output format that there is not.

    Raises:
        UsageError: the message lists the known ones.
    """
    if output not in known:
        raise UsageError(f"--output must be one of {', '.join(known)}, found {output!r}")


def print_answer(answer: Answer, output: str) -> None:
    """Print rows; formats for programs hold full values, `table` cuts long ones."""
    if output == "json":
        print(json.dumps(answer.to_dicts(), ensure_ascii=False, indent=1))
    elif output == "jsonl":
        for row in answer.to_dicts():
            print(json.dumps(row, ensure_ascii=False))
    elif output == "csv":
        import csv

        writer = csv.writer(sys.stdout)
        writer.writerow(answer.columns)
        for values in answer.rows:
            writer.writerow(["" if v is None else "; ".join(map(str, v)) if isinstance(v, list) else v for v in values])
    else:
        print_rows(answer.to_dicts(), answer.columns)


def print_rows(rows: list[dict[str, Any]], columns: Iterable[str] | None = None) -> None:
    """An aligned table; long cells are cut with … so that a row stays a row."""
    from rich import box
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    names = list(columns or rows[0])
    if not rows:
        print(f"(no rows; columns: {', '.join(names)})")
        return
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    cells = [[_cell(row[name]) for name in names] for row in rows]
    needs = [max(len(name), *(cell_len(line[i]) for line in cells)) for i, name in enumerate(names)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for i, (name, width) in enumerate(zip(names, _share(needs, console.width - 3 * len(names)), strict=True)):
        number = all(isinstance(row[name], int | float | None) for row in rows)
        table.add_column(name, justify="right" if number else "left", overflow="ellipsis", no_wrap=True, width=min(width, needs[i]))
    for line in cells:
        table.add_row(*map(Text, line))
    for segments in console.render_lines(table, pad=False):
        print("".join(segment.text for segment in segments).rstrip())


def _share(needs: list[int], room: int) -> list[int]:
    """Widths that fit into `room`: narrow columns get what they need, the wide ones share the rest evenly."""
    widths = dict.fromkeys(range(len(needs)), 0)
    waiting = sorted(widths, key=lambda i: needs[i])
    while waiting:
        i = waiting.pop(0)
        widths[i] = max(4, min(needs[i], room // (len(waiting) + 1)))
        room -= widths[i]
    return [widths[i] for i in range(len(needs))]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e6 else f"{value:,.0f}"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
