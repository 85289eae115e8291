"""The records of all papers as JSON texts, gathered in any order and given out in the order of papers, a portion at a time."""

from __future__ import annotations

import hashlib
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

PAPERS = 512  # of one portion: its size decides how much work is done at once, never the outcome
_IN_MEMORY = 128 << 20  # bytes of texts up to which they are not put on disk


@dataclass(frozen=True)
class TextPortion:
    """Texts of the papers at these positions; empty where a paper has no record."""

    positions: Sequence[int]
    texts: list[str]


class RecordTexts:
    """Texts by position of the paper, in a file where they are many; can be gone through several times."""

    def __init__(self, papers: int, folder: Path | None = None) -> None:
        """`papers` is how many there are; `folder` is where the file is put."""
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(folder) if folder else None)  # noqa: SIM115  closed with this object
        weakref.finalize(self, self._file.close)
        self._at = np.zeros(papers, np.int64)
        self._sizes = np.zeros(papers, np.int64)
        self.sums = np.zeros(papers, np.uint64)  # a number for the text of each, 0 for none
        self._end = 0

    def add(self, positions: list[int], text: str) -> None:
        """The text of one or several papers; one that came before is replaced."""
        data = text.encode("utf-8", "surrogatepass")
        total = int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")
        self._file.seek(self._end)
        self._file.write(data)
        for position in positions:
            self._at[position], self._sizes[position], self.sums[position] = self._end, len(data), total
        self._end += len(data)

    def __len__(self) -> int:
        return len(self._at)

    def __iter__(self) -> Iterator[TextPortion]:
        return self.of(range(len(self)))

    def of(self, positions: Sequence[int]) -> Iterator[TextPortion]:
        """Texts of the papers at some positions, ascending."""
        for start in range(0, len(positions), PAPERS):
            some, found = positions[start : start + PAPERS], []
            for position in some:
                place, size = int(self._at[position]), int(self._sizes[position])
                self._file.seek(place)
                found.append(self._file.read(size).decode("utf-8", "surrogatepass") if size else "")
            yield TextPortion(some, found)
