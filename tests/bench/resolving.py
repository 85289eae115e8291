"""From records to tables, without reading any text: does the time for a record stay the same? One line of JSON.

    python -m tests.bench.resolving --sizes 1000 10000 100000

Each size on one process, to see how time grows, and the largest on all cores too. Made-up records (`synthetic.py`) wait as texts, as they do in the cache of a build. Papers are put on the pile and merged, names are settled, rows are made and written as a version.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from kg.extraction import open_executor
from kg.ingest.formats.jsonl import paper_from_dict
from kg.resolve.assemble import assemble_tables
from kg.resolve.papers import Pile
from kg.resolve.texts import RecordTexts
from kg.scale.base import cores
from kg.tables import write_version
from tests.bench.measuring import measured, report
from tests.bench.synthetic import made


def run(count: int, workers: int, folder: Path) -> dict[str, Any]:
    """Seconds, milliseconds a record, memory and rows of one size."""
    pairs = (made(number) for number in range(count))
    spooled = RecordTexts(count, folder)
    papers, ids = [], dict[str, int]()
    for number, (row, record) in enumerate(pairs):
        papers.append(json.dumps(row))
        ids[row["id"]] = number
        spooled.add([number], json.dumps(record))
    texts = (text for portion in spooled for text in portion.texts)
    with measured() as merging:
        pile = Pile(folder)
        for line in papers:
            pile.add(paper_from_dict(json.loads(line)))
        merged = pile.merged()
    kept = RecordTexts(count, folder)
    positions = {item.paper.id: position for position, item in enumerate(merged)}
    for name, text in zip(ids, texts, strict=True):
        kept.add([positions[name]], text)
    del spooled, papers, positions, ids
    executor = open_executor("processes" if workers > 1 else "serial", workers, None, 0, count)
    try:
        with measured() as spent:
            version = write_version(folder / "g.kg", assemble_tables(merged, kept, {}, {}, executor=executor, folder=folder), {})
    finally:
        executor.close()
    return {"records": count, "workers": workers, "s": round(spent.seconds, 2), "ms_a_record": round(1000 * spent.seconds / count, 3), "gb": round(spent.memory, 2),
            "merge_s": round(merging.seconds, 2), "entities": version.counts["entities"], "evidence": version.counts["evidence"]}  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    args = parser.parse_args(arguments)
    found = [_apart(count, workers) for count, workers in [*((size, 1) for size in args.sizes), (max(args.sizes), cores())]]
    each = [size["ms_a_record"] for size in found[:-1]]
    report("resolve and tables", **found[-1], slowest_to_fastest=max(each) / min(each), sizes=found[:-1])


def _apart(count: int, workers: int) -> dict[str, Any]:
    """One size, in a folder and a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        code = "import json\nfrom pathlib import Path\nfrom tests.bench.resolving import run\n"
        code += f"print(json.dumps(run({count}, {workers}, Path({folder!r}))))"
        done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True)
        found: dict[str, Any] = json.loads(done.stdout)
        return found


if __name__ == "__main__":
    main()
