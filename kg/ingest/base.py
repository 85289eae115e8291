"""What an ingest format is: a module with `sniff(head)` and `read(lines)`.

`sniff(head)` says whether the first 64 kB of text look like the format. `read(lines)` turns numbered
lines into papers, and bad places into `Rejected` rows, without ever raising for bad data.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Protocol

from kg.model.records import Paper

MAX_CHARACTERS = 1_000_000  # of one line or record; longer ones are set aside
RAW_KEPT = 2_000  # characters of a rejected record that the report shows


@dataclass(frozen=True)
class Line:
    """One physical line: number from 1, byte offset from 0, text without line end; `fault` if unusable."""

    number: int
    offset: int
    text: str
    fault: str = ""


@dataclass(frozen=True)
class Rejected:
    """A row of the quarantine report. `kept` tells that the paper is in the graph all the same."""

    source: str
    line: int
    offset: int
    reason: str
    raw: str = ""
    kept: bool = False

    def to_json(self) -> str:
        """One JSON line, keys in the order above; `raw` is cut to 2,000 characters."""
        return json.dumps({**asdict(self), "raw": self.raw[:RAW_KEPT]}, ensure_ascii=False)


Item = tuple[Line, Paper] | Rejected


class Format(Protocol):
    """The face of a format module."""

    def sniff(self, head: str) -> bool:
        """Whether the first 64 kB look like this format."""

    def read(self, lines: Iterator[Line]) -> Iterator[Item]:
        """Papers and rejected places, in the order of the input; `Rejected.source` is left empty."""


def reject(line: Line, reason: str, raw: str | None = None, kept: bool = False) -> Rejected:
    """A quarantine row for the place of `line`."""
    return Rejected("", line.number, line.offset, reason, line.text if raw is None else raw, kept)
