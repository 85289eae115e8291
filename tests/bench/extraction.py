"""Times extraction on a file of papers, on one core; prints one JSON line.

    python -m tests.bench.extraction PAPERS [--rounds 3]

The shipped pipelines and a stand-in for spaCy's `en_core_web_sm` (`tests/bench/layout.py`) take turns, round by round, in processes of their
own; the best round counts. Abstracts per second, seconds to load, and the process's highest resident memory in MB.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import layout

NAMES = ("fast", "accurate", "en_core_web_sm layout")


def once(name: str, papers: Path, stand_in: Path) -> dict[str, float]:
    """Load, one warm-up text, then all texts one after the other; `stand_in` is the folder of the last of `NAMES`."""
    texts = [f"{p['title']}\n{p['abstract']}" for p in map(json.loads, papers.read_text(encoding="utf-8").splitlines())]
    begun = time.perf_counter()
    if name in NAMES[:2]:
        from extractors.pipeline import load_pipeline

        nlp = load_pipeline(name)
    else:
        import spacy

        nlp = spacy.load(stand_in)
    loaded = time.perf_counter() - begun
    nlp(texts[0])
    begun = time.perf_counter()
    for _ in nlp.pipe(texts):
        pass
    rate = len(texts) / (time.perf_counter() - begun)
    return {
        "abstracts/s": round(rate, 1),
        "load s": round(loaded, 2),
        "MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """The command line of this program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("papers", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--once", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.once:
        print(json.dumps(once(args.once[0], args.papers, Path(args.once[1]))))
        return
    with tempfile.TemporaryDirectory() as folder:
        layout.write(Path(folder))
        print(json.dumps(turns(args.papers, args.rounds, folder)))


def turns(papers: Path, rounds: int, stand_in: str) -> dict[str, dict[str, float]]:
    """The best of so many rounds, by name."""
    best: dict[str, dict[str, float]] = {}
    for _ in range(rounds):
        for name in NAMES:
            command = [sys.executable, "-m", "tests.bench.extraction", str(papers), "--once", name, stand_in]
            environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)
            known = best.get(name, found)
            best[name] = {
                "abstracts/s": max(known["abstracts/s"], found["abstracts/s"]),
                "load s": min(known["load s"], found["load s"]),
                "MB": max(known["MB"], found["MB"]),
            }
    return best


if __name__ == "__main__":
    main()
