"""What does it cost to add papers to a graph, beside building it? One line of JSON.

    python -m tests.bench.growth PAPERS [--model NAME] [--add 100] [--turns 3]

Builds a graph of all papers but the last, adds these, and tells the share of the addition in the time of both. The first build reads all texts; it
is done once, the addition in several turns on copies of that graph, of which the fastest counts.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from tests.bench.measuring import report
from tests.bench.whole import build


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("papers", type=Path)
    parser.add_argument("--model", default="accurate")
    parser.add_argument("--add", type=int, default=100)
    parser.add_argument("--turns", type=int, default=3)
    args = parser.parse_args(arguments)
    lines = args.papers.read_text(encoding="utf-8").splitlines(keepends=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        old, new = folder / "old.jsonl", folder / "new.jsonl"
        old.write_text("".join(lines[: -args.add]), encoding="utf-8")
        new.write_text("".join(lines[-args.add :]), encoding="utf-8")
        first = build(old, folder / "g.kg", "--model", args.model).seconds
        added = []
        for turn in range(args.turns):
            shutil.copytree(folder / "g.kg", folder / f"{turn}.kg")
            added.append(build(new, folder / f"{turn}.kg", "--model", args.model).seconds)
    seconds = min(added)
    report(
        "adding papers",
        model=args.model,
        papers=len(lines),
        added=args.add,
        build_s=first,
        add_s=seconds,
        share=seconds / (first + seconds),
    )


if __name__ == "__main__":
    main()
