"""The records of all papers as JSON texts, gathered in any order and given out in the order of papers, a portion at a time."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np

Sums: TypeAlias = np.ndarray[Any, np.dtype[np.uint64]]
Find = Callable[[np.ndarray[Any, np.dtype[np.int64]]], Iterable[tuple[list[int], str]]]  # positions → some of them and their text
PAPERS = 512  # of one portion: its size decides how much work is done at once, never the outcome
_IN_MEMORY = 128 << 20  # bytes of texts up to which they are not put on disk


@dataclass(frozen=True)
class TextPortion:
    """Texts of the papers at these positions; empty where a paper has no record."""

    positions: Sequence[int]
    texts: list[str]


class RecordTexts:
    """Texts by position of the paper, in a file where they are many; can be gone through several times. `sums` are numbers that change with the
    texts, if they were given; 0 where there is none."""

    def __init__(self, papers: int, folder: Path | None = None, find: Find | None = None, sums: Sums | None = None) -> None:
        """`papers` is how many there are; `folder` is where the file is put; `find` gets the texts of papers when they are first asked for."""
        self._find, self._asked = find, np.zeros(papers, bool)
        self.sums: Sums = np.zeros(papers, np.uint64) if sums is None else sums
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(folder) if folder else None)  # noqa: SIM115  closed with this object
        weakref.finalize(self, self._file.close)
        self._at = np.zeros(papers, np.int64)
        self._sizes = np.zeros(papers, np.int64)
        self._end = 0

    def add(self, positions: list[int], text: str) -> None:
        """The text of one or several papers; one that came before is replaced."""
        data = text.encode("utf-8", "surrogatepass")
        self._file.seek(self._end)
        self._file.write(data)
        for position in positions:
            self._at[position], self._sizes[position] = self._end, len(data)
        self._end += len(data)

    def __len__(self) -> int:
        return len(self._at)

    def __iter__(self) -> Iterator[TextPortion]:
        return self.of(range(len(self)))

    def of(self, positions: Sequence[int]) -> Iterator[TextPortion]:
        """Texts of the papers at some positions, ascending."""
        if self._find is not None:
            wanted = np.array(positions, np.int64)
            wanted = wanted[~self._asked[wanted]]
            self._asked[wanted] = True
            for places, text in self._find(wanted) if len(wanted) else ():
                self.add(places, text)
            self.sums[wanted[self._sizes[wanted] == 0]] = 0  # what was to be there and is not
        for start in range(0, len(positions), PAPERS):
            some, found = positions[start : start + PAPERS], []
            for position in some:
                place, size = int(self._at[position]), int(self._sizes[position])
                self._file.seek(place)
                found.append(self._file.read(size).decode("utf-8", "surrogatepass") if size else "")
            yield TextPortion(some, found)
