"""Renews the list of usual abbreviations from unannotated abstracts.

    python -m extractors.training.abbreviations PAPERS.jsonl

A pair is kept if at least four papers define it, and at least one in seven of those that define the abbreviation at
all. Pairs that `_WRONG` names are left out: cut short by the rule, or no terms.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from extractors.document import reading
from extractors.lexicon import TERMS
from extractors.pipeline import blank_pipeline, register_components
from kg.model.identifiers import fold_name

MIN_PAPERS, MIN_SHARE = 4, 0.15
_WRONG = {("SSL", "supervised learning"), ("SOTA", "state-of-the-art"), ("POI", "point-of-interest")}


def mine(papers: Path) -> list[tuple[str, str, int]]:
    """(abbreviation, long form, papers), the commonest first."""
    register_components()
    nlp = blank_pipeline()
    nlp.add_pipe("kg_sentences")
    nlp.add_pipe("kg_abbreviations")
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    forms: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    with papers.open(encoding="utf-8") as lines:
        for paper in map(json.loads, lines):
            found = reading(nlp(f"{paper['title']}\n{paper['abstract']}")).abbreviations
            for short, long in {(re.sub(r"(?<=[A-Z])s$", "", a.text), b.text) for a, b in found}:
                counts[short][fold_name(long)] += 1
                forms[short, fold_name(long)][long.lower() if long[1:].islower() or long.istitle() else long] += 1
    pairs = [
        (short, forms[short, key].most_common(1)[0][0], number)
        for short, longs in counts.items()
        for key, number in longs.items()
        if number >= MIN_PAPERS and number >= MIN_SHARE * longs.total()
    ]
    return sorted((p for p in pairs if p[:2] not in _WRONG), key=lambda p: (-p[2], p))


if __name__ == "__main__":
    head = "# abbreviations: pairs that at least four of 10,000 abstracts define so (facts; counted with the project's own rule), 2026-11-25"
    rows = ["\t".join(map(str, row)) for row in mine(Path(sys.argv[1]))]
    (TERMS / "abbreviations.tsv").write_text("\n".join([head, "short\tlong\tpapers", *rows]) + "\n", encoding="utf-8")
