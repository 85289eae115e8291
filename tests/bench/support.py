"""How often are the relations of a graph right, by their confidence and by how many papers bear them out?

    support.py GOLD.jsonl PREDICTED.jsonl PAPERS.jsonl [--least C]

Two graphs are made, of what annotators and what an extractor say of the same papers, which the extractor should not have learnt from.
A relation of the second is right if the first has it, between entities of the same name keys. `--least` leaves out what is less sure.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from kg.extraction import record_text
from kg.ingest.sniff import read_papers
from kg.model.filtering import at_least
from kg.model.records import Paper, PaperRecord
from kg.resolve.assemble import assemble_tables
from kg.resolve.papers import Pile
from kg.resolve.rows import SIZES
from kg.resolve.texts import RecordTexts


def relations(records: Path, papers: dict[str, Paper], least: float) -> tuple[dict[str, dict[str, Any]], set[str]]:
    """The relations of a graph by id, and those that only the names of sizes tell."""
    said = [at_least(PaperRecord.from_dict(json.loads(line)), least) for line in records.read_text(encoding="utf-8").splitlines()]
    pile, texts = Pile(), {}
    for record in said:
        pile.add(papers[record.id])
        texts[papers[record.id].canonical_id] = record_text(record)
    merged = pile.merged()
    kept = RecordTexts(len(merged))
    for position, item in enumerate(merged):
        kept.add([position], texts[item.paper.canonical_id])
    tables = assemble_tables(merged, kept, {}, {})
    evidence, found = (pa.concat_tables(tables[name]).to_pylist() for name in ("evidence", "relations"))
    read = {row["statement"] for row in evidence if row["extractor"] != SIZES}
    rows = {row["id"]: row for row in found}
    return rows, rows.keys() - read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("predicted", type=Path)
    parser.add_argument("papers", type=Path)
    parser.add_argument("--least", type=float, default=0.0)
    args = parser.parse_args()
    papers = {item[1].id: item[1] for item in read_papers(args.papers) if isinstance(item, tuple)}
    gold, _ = relations(args.gold, papers, 0.0)
    said, sized = relations(args.predicted, papers, args.least)
    rows = [row for key, row in said.items() if key not in sized]

    def show(name: str, belongs: Callable[[dict[str, Any]], bool]) -> None:
        mine = [row for row in rows if belongs(row)]
        if mine:
            mean = sum(row["confidence"] for row in mine) / len(mine)
            right = sum(row["id"] in gold for row in mine) / len(mine)
            print(f"{name:16s} {len(mine):6d} relations, mean confidence {mean:.3f}, right {right:.3f}")

    for low in range(0, 10, 2):
        show(
            f"{low / 10:.1f} to {low / 10 + 0.2:.1f}",
            lambda row, low=low: low <= row["confidence"] * 10 < low + 2 or row["confidence"] == 1 == low / 8,
        )  # type: ignore[misc]
    for count in (1, 2):
        show(f"{count} paper{'s' * (count > 1)}", lambda row, count=count: row["papers"] == count)  # type: ignore[misc]
    show("3 papers or more", lambda row: row["papers"] > 2)


if __name__ == "__main__":
    main()
