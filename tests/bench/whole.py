"""From a file of papers to a graph that answers, cold: whole `kg build` commands in processes of their own. One line of JSON.

python -m tests.bench.whole PAPERS [--model fast] [--workers 2] [--engine processes] [--keep GRAPH] [--turns 1]
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from kg.tables import open_version
from tests.bench.measuring import Measured, measured, report


def build(papers: Path, graph: Path, *options: str) -> Measured:
    """Seconds and memory of one command."""
    with measured() as found:
        subprocess.run(
            [sys.executable, "-m", "kg", "build", str(papers), "-o", str(graph), *options], check=True, capture_output=True
        )
    return found


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("papers", type=Path)
    parser.add_argument("--model", default="fast")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--engine")
    parser.add_argument("--keep", type=Path, help="Where the graph stays")
    parser.add_argument("--turns", type=int, default=1)
    args = parser.parse_args(arguments)
    options = ["--model", args.model]
    options += ["--workers", str(args.workers)] if args.workers else []
    options += ["--engine", args.engine] if args.engine else []
    turns: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(args.turns):
            graph = args.keep or Path(folder) / "g.kg"
            shutil.rmtree(graph, ignore_errors=True)
            turns.append(build(args.papers, graph, *options))
        counts: dict[str, Any] = open_version(graph).counts
    best = min(turn.seconds for turn in turns)
    report(
        "papers to graph", model=args.model, papers=counts["papers"], s=best, papers_a_s=counts["papers"] / best,
        gb=max(turn.memory for turn in turns), entities=counts["entities"], relations=counts["relations"],
    )  # fmt: skip


if __name__ == "__main__":
    main()
