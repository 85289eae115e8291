"""What does it cost to join entities, and to add papers to a graph? Usage: growth.py PAPERS.jsonl [--records R.jsonl] [--model NAME] [--add 100]

Builds a graph of all papers but the last `--add`, adds these, and prints the seconds of both and their share; the first build reads
the texts unless `--records` has what they say. Then joins the entities of the first tenth, fifth, half and all of the papers,
and prints seconds and milliseconds a paper. Compare figures of one run only.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import kg
from kg.pipeline import _known, _read_before
from kg.resolve.overrides import NONE, settle
from kg.resolve.papers import merge_papers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("papers", type=Path)
    parser.add_argument("--records", type=Path)
    parser.add_argument("--model", default="accurate")
    parser.add_argument("--add", type=int, default=100)
    args = parser.parse_args()
    lines = args.papers.read_text(encoding="utf-8").splitlines(keepends=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = []
        for part in (lines[: -args.add], lines[-args.add :]):
            (folder / "in.jsonl").write_text("".join(part), encoding="utf-8")
            start = time.perf_counter()
            report = kg.build([folder / "in.jsonl"], folder / "g.kg", model=args.model, records=args.records)
            seconds.append(time.perf_counter() - start)
            print(f"{len(part):6d} papers added, {report.extracted} of them read now: {seconds[-1]:.1f} s", flush=True)
        print(f"adding {args.add} papers took {seconds[1] / sum(seconds):.3f} of building all")
        old, known = _known(folder / "g.kg")
        merged = merge_papers(old)
        records = _read_before(folder / "g.kg", merged, known.of(merged))
        for part in (10, 5, 2, 1):
            some = dict(list(records.items())[::part])
            start = time.process_time()
            settled = settle(some, NONE)
            spent = time.process_time() - start
            print(
                f"{len(some):6d} papers joined in {spent:.2f} s, {1000 * spent / len(some):.2f} ms a paper, {len(set(settled.keys.values()))} entities"
            )
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
