"""From records to tables, without reading any text: does the time for a record stay the same? One line of JSON.

    python -m tests.bench.resolving --sizes 1000 10000 100000 [--workers N]

Made-up records (`synthetic.py`) wait as texts, as they do in the cache of a build. Papers are put on the pile and merged, names are settled, rows are made and written as a version.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from kg.extraction import open_executor
from kg.ingest.formats.jsonl import paper_from_dict
from kg.resolve.assemble import assemble_tables
from kg.resolve.papers import Pile
from kg.resolve.texts import RecordTexts
from kg.tables import write_version
from tests.bench.measuring import measured, report
from tests.bench.synthetic import made


def run(count: int, workers: int | None, folder: Path) -> dict[str, Any]:
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
    executor = open_executor("processes" if (workers or 2) > 1 else "serial", workers, None, 0, count)
    try:
        with measured() as spent:
            version = write_version(folder / "g.kg", assemble_tables(merged, kept, {}, {}, executor=executor, folder=folder), {})
    finally:
        executor.close()
    return {"records": count, "s": round(spent.seconds, 2), "ms_a_record": round(1000 * spent.seconds / count, 3), "gb": round(spent.memory, 2),
            "merge_s": round(merging.seconds, 2), "entities": version.counts["entities"], "evidence": version.counts["evidence"]}  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--workers", type=int)
    args = parser.parse_args(arguments)
    sizes = []
    for count in args.sizes:
        with tempfile.TemporaryDirectory() as folder:
            sizes.append(run(count, args.workers, Path(folder)))
    each = [size["ms_a_record"] for size in sizes]
    report("resolve and tables", sizes=sizes, slowest_to_fastest=max(each) / min(each))


if __name__ == "__main__":
    main()
