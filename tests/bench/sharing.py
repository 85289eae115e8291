"""Reading alone, shared out: two workers beside one, and Ray beside processes. One line of JSON.

    python -m tests.bench.sharing PAPERS [--model fast] [--ray] [--turns 2]

Papers a second of extraction once the workers are ready, each engine the best of its turns, which alternate; one worker has one thread, as
two have one each.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from pathlib import Path
from typing import Any

from kg.extraction import BATCH, PipelineExtractor
from kg.ingest.inputs import read_inputs
from kg.model.records import Paper
from kg.registry import load
from kg.scale.base import Executor, Work
from tests.bench.measuring import report


def batches(papers: list[Paper]) -> list[list[Paper]]:
    return [papers[start : start + BATCH] for start in range(0, len(papers), BATCH)]


def rate(executor: Executor, work: Work, papers: list[Paper]) -> float:
    """Papers a second from the first result of each worker on."""
    results = executor.run(work, batches(papers))
    ready = sum(len(found) for found in itertools.islice(results, 2 * executor.workers))
    start = time.perf_counter()
    return sum(map(len, results)) / (time.perf_counter() - start) if ready else 0.0


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("papers", type=Path)
    parser.add_argument("--model", default="fast")
    parser.add_argument("--ray", action="store_true", help="Ray too")
    parser.add_argument("--turns", type=int, default=2)
    args = parser.parse_args(arguments)
    papers = list(read_inputs([args.papers]))
    os.environ["KG_THREADS"] = "1"
    work = PipelineExtractor(args.model).work("bench")
    engines: dict[str, tuple[str, int]] = {"one": ("processes", 1), "two": ("processes", 2)} | (
        {"ray": ("ray", 2)} if args.ray else {}
    )
    rates: dict[str, list[float]] = {name: [] for name in engines}
    for name, (engine, workers) in list(engines.items()) * args.turns:
        executor = load("scale", engine).open_executor(workers, None)
        if workers == 1:
            executor.use_threads(1)
        try:
            rates[name].append(rate(executor, work, papers))
        finally:
            executor.close()
    best = {name: max(found) for name, found in rates.items()}
    figures: dict[str, Any] = {f"{name}_papers_a_s": round(found, 1) for name, found in best.items()}
    if args.ray:
        figures["ray_to_processes"] = best["ray"] / best["two"]
    report("workers", model=args.model, papers=len(papers), two_to_one=best["two"] / best["one"], **figures)


if __name__ == "__main__":
    main()
