"""What an ingest format is: a module with `sniff(source)` and `read(source)`.

`sniff(source)` says how surely the first 64 kB look like the format: 0 not at all, 1 perhaps, 2 likely, 3 surely. `read(source)`
turns an input into papers, and bad places into `Rejected` rows, without ever raising for bad data.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from kg.model.records import Paper

if TYPE_CHECKING:
    from kg.ingest.source import Source

MAX_CHARACTERS = 1_000_000  # of one line, field or record of text; longer ones are set aside
RAW_KEPT = 2_000  # characters of a rejected record that the report shows


class Place(NamedTuple):
    """Where a record starts: its number from 1, the line from 1 (0 where there are none), bytes from the start of the input, as
    unpacked."""

    record: int
    line: int
    offset: int


class Line(NamedTuple):
    """One physical line: number from 1, byte offset from 0, text without line end; `fault` if unusable."""

    number: int
    offset: int
    text: str
    fault: str = ""


@dataclass(frozen=True)
class Rejected:
    """A row of the quarantine report. `kept` tells that the paper is in the graph all the same."""

    source: str
    record: int
    line: int
    offset: int
    reason: str
    raw: str = ""
    kept: bool = False

    @property
    def where(self) -> str:
        """The place in words, such as `papers.jsonl, line 7`."""
        place = f", line {self.line}" if self.line else f", record {self.record}" if self.record else ""
        return f"{self.source}{place}"

    def to_json(self) -> str:
        """One JSON line, keys in the order above; `raw` is cut to 2,000 characters."""
        return json.dumps({**asdict(self), "raw": self.raw[:RAW_KEPT]}, ensure_ascii=False)


Item = tuple[Place, Paper] | Rejected


class Format(Protocol):
    """The face of a format module."""

    def sniff(self, source: Source) -> int:
        """How surely the input has this format, from 0 to 3."""

    def read(self, source: Source) -> Iterator[Item]:
        """Papers and rejected places, in the order of the input; `Rejected.source` is left empty."""


def reject(place: Place, reason: str, raw: str = "") -> Rejected:
    """A quarantine row for a place."""
    return Rejected("", place.record, place.line, place.offset, reason, raw[:RAW_KEPT])
