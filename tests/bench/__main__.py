"""All benchmarks of how fast a build is and what it needs, one line of JSON each.

    python -m tests.bench --quick                     five minutes at most, on made-up papers
    python -m tests.bench --papers PAPERS.jsonl       the figures of the README: hours with `accurate`

Figures of one run can be compared with each other; those of two runs only where they are ratios.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import tempfile
from pathlib import Path

from tests.bench import filling, growth, questions, resolving, sharing, whole
from tests.bench.synthetic import abstracts


def write(path: Path, count: int) -> str:
    """A file of made-up abstracts."""
    path.write_text("".join(json.dumps(paper) + "\n" for paper in abstracts(count)), encoding="utf-8")
    return str(path)


def quick(folder: Path) -> None:
    """A small turn of each."""
    page, papers, graph = write(folder / "page.jsonl", 127), write(folder / "papers.jsonl", 2400), str(folder / "g.kg")
    whole.main([page, "--model", "accurate"])
    whole.main([papers, "--keep", graph])
    resolving.main(["--sizes", "500", "5000"])
    growth.main([papers, "--model", "fast", "--add", "24", "--turns", "1"])
    filling.main([graph, "--repeat", "1"])
    sharing.main([papers, "--turns", "1", *_ray()])
    questions.main([graph, "--ways", "1", "--runs", "3"])


def full(papers: str, page: str, folder: Path) -> None:
    """What the README tells."""
    graph = str(folder / "g.kg")
    whole.main([page, "--model", "accurate", "--turns", "3"])
    whole.main([papers, "--keep", graph])
    whole.main([papers, "--model", "accurate"])
    resolving.main([])
    for model in ("fast", "accurate"):
        growth.main([papers, "--model", model])
    filling.main([graph])
    sharing.main([papers, *_ray()])
    questions.main([graph])


def _ray() -> list[str]:
    return ["--ray"] if importlib.util.find_spec("ray") else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--quick", action="store_true")
    chosen.add_argument("--papers", help="10,000 abstracts, JSON Lines")
    parser.add_argument("--page", help="Some hundred abstracts, for the cold start; made up if not given")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if args.quick:
            quick(folder)
        else:
            full(args.papers, args.page or write(folder / "page.jsonl", 127), folder)


if __name__ == "__main__":
    main()
