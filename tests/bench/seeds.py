"""Times the main job on a file of papers; prints one JSON line.

    python tests/bench/seeds.py PAGE

Whole commands in processes of their own: the help, a first build, a second build, a cold question; then every
saved question in one warm process (the slowest of its second runs), and extraction alone in abstracts per
second on one thread. Seconds of wall clock; compare figures of one run only.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import kg
from kg import catalog

EXAMPLES = {
    "introduces": {"name": "mPLUG-Owl"}, "datasets": {}, "leaderboard": {"dataset": "ImageNet"}, "outperforms": {"name": "large language model"},
    "lineage": {"name": "large language model"}, "about": {"name": "large language model"}, "counts": {},
    "evaluated": {"dataset": "ImageNet"}, "usage": {"name": "large language model"}, "metrics": {}, "tasks": {},
    "trend": {"task": "continual learning"}, "training": {"name": "mPLUG-Owl"}, "doubtful": {},
}  # fmt: skip


def seconds(*arguments: str) -> float:
    """Wall time of one `kg` command."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "kg", *arguments], check=True, capture_output=True)
    return round(time.perf_counter() - start, 3)


def warm_questions(directory: str) -> dict[str, float]:
    """Slowest second run of a saved question, by language."""
    slowest = {}
    with kg.open(directory) as graph:
        for language in ("cypher", "sparql"):
            times = []
            for name in catalog.saved_names():
                graph.ask(name, EXAMPLES[name], language)
                start = time.perf_counter()
                graph.ask(name, EXAMPLES[name], language)
                times.append(time.perf_counter() - start)
            slowest[language] = round(max(times), 4)
    return slowest


def extraction_rate(page: str) -> float:
    """Abstracts per second through the whole pipeline, model load left out."""
    from extractors.pipeline import extract, load_pipeline
    from kg.ingest.sniff import read_papers

    papers = [item[1] for item in read_papers(Path(page)) if isinstance(item, tuple)]
    nlp = load_pipeline()
    list(extract(nlp, papers[:8], "bench"))
    start = time.perf_counter()
    count = sum(1 for _ in extract(nlp, papers, "bench"))
    return round(count / (time.perf_counter() - start), 1)


def main(page: str) -> None:
    """Run all and print."""
    with tempfile.TemporaryDirectory() as folder:
        directory = str(Path(folder) / "bench.kg")
        found = {
            "help_s": min(seconds("--help") for _ in range(5)),
            "first_build_s": seconds("build", page, "-o", directory),
            "second_build_s": min(seconds("build", page, "-o", directory) for _ in range(3)),
            "cold_cypher_s": min(seconds("query", directory, "counts") for _ in range(3)),
            "cold_sparql_s": min(seconds("query", directory, "counts", "--lang", "sparql") for _ in range(3)),
            "warm_slowest_question_s": warm_questions(directory),
            "abstracts_per_s": extraction_rate(page),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
