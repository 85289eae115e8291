"""What was set aside while papers were read, and the file that keeps it, `quarantine.jsonl`."""

from __future__ import annotations

import itertools
import json
import tempfile
import weakref
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from kg.ingest.base import Rejected
from kg.tables import write_atomically

_HELD = 5_000  # rows kept in memory
_REASONS = 100  # different reasons that are counted
_SORTED = 100_000  # rows up to which the file is put in order


class Quarantine:
    """Rows as they come, on disk where they are many; `reasons` counts them by reason."""

    def __init__(self) -> None:
        self._rows: list[Rejected] = []
        self._file: IO[bytes] | None = None
        self._count = 0
        self.reasons: Counter[str] = Counter()

    def append(self, row: Rejected) -> None:
        """Keep a row."""
        self._count += 1
        if len(self.reasons) < _REASONS or row.reason in self.reasons:
            self.reasons[row.reason] += 1
        if len(self._rows) < _HELD:
            self._rows.append(row)
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  closed with this object
            weakref.finalize(self, self._file.close)
        self._file.seek(0, 2)
        self._file.write(row.to_json().encode("utf-8", "surrogatepass") + b"\n")

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Rejected]:
        yield from self._rows
        if self._file is not None:
            self._file.seek(0)
            for line in self._file:
                yield Rejected(**json.loads(line.decode("utf-8", "surrogatepass")))

    def __getitem__(self, number: int) -> Rejected:
        return next(itertools.islice(self, number, None))


def write_quarantine(path: Path, sources: Sequence[str], rejected: Quarantine) -> None:
    """Replace the rows of `sources`, and of the members of archives and folders called so, by `rejected`, keep those of other inputs; sorted by
    source and line, unless they are more than 100,000.

    The file goes when no row is left.
    """
    rows = [row for row in _kept(path) if not _is_of(row.source, sources)]
    rows += rejected
    if len(rows) <= _SORTED:
        rows.sort(key=lambda row: (row.source, row.line, row.record, row.reason))
    if rows:
        write_atomically(path, "".join(row.to_json() + "\n" for row in rows))
    else:
        path.unlink(missing_ok=True)


def _kept(path: Path) -> Iterator[Rejected]:
    if path.exists():
        for line in path.read_text(encoding="utf-8").split("\n"):
            if line:
                yield Rejected(**{"record": 0, **json.loads(line)})


def _is_of(source: str, sources: Sequence[str]) -> bool:
    return source in sources or source.partition("!")[0] in sources
