"""The quarantine report: one JSON line per place that was set aside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from kg.ingest.base import Rejected
from kg.tables import write_atomically


def write_quarantine(path: Path, sources: Sequence[str], rejected: Sequence[Rejected]) -> None:
    """Replace the rows of `sources` by `rejected`, keep those of other inputs; sorted by source and line.

    The file goes when no row is left.
    """
    kept = []
    if path.exists():
        rows = (json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line)
        kept = [Rejected(**row) for row in rows if row["source"] not in sources]
    ordered = sorted([*kept, *rejected], key=lambda r: (r.source, r.line, r.reason))
    if ordered:
        write_atomically(path, "".join(row.to_json() + "\n" for row in ordered))
    else:
        path.unlink(missing_ok=True)
