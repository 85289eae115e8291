"""Every saved question, warm, in both languages: 95th percentile, and the slowest five with what makes them slow. One line of JSON.

    python -m tests.bench.questions GRAPH [--ways 3] [--runs 5]

Each question is asked in up to `--ways` ways, about the things most papers name, and each way once to warm up and then `--runs` times. The
percentile is over all timed runs; a question's time is the median of its slowest way.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import kg
from kg import catalog
from kg.model.errors import QueryTimeout
from tests.bench.measuring import report

sys.path.insert(0, str(Path(__file__).parents[1]))
from graphs import arguments as ways_to_ask


def timed(graph: kg.Graph, name: str, language: str, ways: int, runs: int) -> list[tuple[list[float], dict[str, str]]]:
    """Seconds of the runs of each way."""
    found = []
    for given in ways_to_ask(graph, name, ways):
        times = []
        for _ in range(1 + runs):
            start = time.perf_counter()
            with contextlib.suppress(QueryTimeout):  # its time is then what it was given
                graph.ask(name, given, language)
            times.append(time.perf_counter() - start)
        del times[0]
        found.append((times, given))
    return found


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", type=Path)
    parser.add_argument("--ways", type=int, default=3)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args(arguments)
    figures: dict[str, Any] = {}
    slowest: list[dict[str, Any]] = []
    with kg.open(args.graph) as graph:
        for language in ("cypher", "sparql"):
            times: list[float] = []
            for name in catalog.saved_names(language):
                for runs, given in timed(graph, name, language, args.ways, args.runs):
                    times += runs
                    median = statistics.median(runs)
                    slowest.append(
                        {"question": name, "language": language, "about": ", ".join(given.values()), "ms": round(1000 * median, 1)}
                    )
            times.sort()
            figures[f"{language}_p95_ms"] = 1000 * times[max(0, math.ceil(0.95 * len(times)) - 1)]
            figures[f"{language}_median_ms"] = 1000 * statistics.median(times)
            figures[f"{language}_asked"] = len(times)
        papers = graph.version.counts["papers"]
    slowest.sort(key=lambda one: -one["ms"])
    distinct = {(one["question"], one["language"]): one for one in reversed(slowest)}
    report("saved questions", papers=papers, **figures, slowest=sorted(distinct.values(), key=lambda one: -one["ms"])[:5])


if __name__ == "__main__":
    main()
