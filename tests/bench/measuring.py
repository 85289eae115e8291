"""Seconds and memory of what a benchmark does, and the line of JSON that it prints."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.scale.base import cores


@dataclass
class Measured:
    """Wall seconds, and the most memory of this process and those below it together, in GB; 0 where the system does not tell."""

    seconds: float = 0.0
    memory: float = 0.0


@contextlib.contextmanager
def measured() -> Iterator[Measured]:
    """Measure a stretch of work; filled at its end."""
    found, ended = Measured(), threading.Event()

    def watch() -> None:
        while not ended.wait(0.2):
            found.memory = max(found.memory, _resident(os.getpid()))

    watcher = threading.Thread(target=watch, daemon=True)
    found.memory = _resident(os.getpid())
    watcher.start()
    start = time.perf_counter()
    try:
        yield found
    finally:
        found.seconds = time.perf_counter() - start
        ended.set()
        watcher.join()


def _resident(root: int) -> float:
    """Memory of a process and all below it; what they share counts once."""
    below: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            below.setdefault(parent, []).append(int(path.parent.name))
    total, waiting = 0, [root]
    while waiting:
        process = waiting.pop()
        waiting += below.get(process, [])
        with contextlib.suppress(OSError, ValueError, StopIteration):
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1e6


def report(work: str, **figures: Any) -> None:
    """Print one line of JSON; figures are rounded to four places."""
    rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}
    print(json.dumps({"work": work, "cores": cores(), "python": platform.python_version(), **rounded}), flush=True)
