"""Renews the curated term lists from the gold training records.

    python -m extractors.training.terms GOLD.jsonl PAPERS.jsonl

Rows with source `own` were chosen by hand and stay. Rows with source `gold` are made anew: names that at
least three training papers annotate with one type. A form that is wrong in more than four of ten places of
the training texts goes to the column `skip`: it stays known, but is not matched in text.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from extractors.gazetteer import LISTS, is_plain
from extractors.lexicon import TERMS, read_terms
from extractors.training.corpus import GoldPaper, locate_mentions, read_gold
from kg.model.identifiers import fold_name

MIN_PAPERS, MIN_PRECISION = 3, 0.6
_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")


def renew(papers: list[GoldPaper]) -> None:
    """Rewrite all lists in place from the training papers."""
    counts = _count_names(papers)
    kept = {name: [r for r in read_terms(name) if r["source"] == "own"] for name in LISTS}
    own = {fold_name(n) for rows in kept.values() for r in rows for n in _forms(r)}
    for list_name, kind in LISTS.items():
        mined = [
            {"name": forms.most_common(1)[0][0], "aliases": "", "unit": "", "better": "", "skip": "", "source": "gold"}
            for key, forms in sorted(counts[kind].items())
            if key not in own and _is_term(key, kind, counts)
        ]
        rows = kept[list_name] + mined
        wrong = _wrong_forms(papers, kind, [form for row in rows for form in _forms(row)])
        for row in rows:
            row["skip"] = "|".join(form for form in _forms(row) if form in wrong)
        _write(list_name, rows)


def _count_names(papers: Iterable[GoldPaper]) -> dict[str, dict[str, Counter[str]]]:
    counts: dict[str, dict[str, Counter[str]]] = {kind: defaultdict(Counter) for kind in LISTS.values()}
    for paper in papers:
        for entity in paper.record["entities"]:
            for key in {fold_name(m) for m in entity["mentions"]}:
                form = next(m for m in entity["mentions"] if fold_name(m) == key)
                counts[entity["type"]][key][_plain_form(form)] += 1
    return counts


def _plain_form(form: str) -> str:
    if not is_plain(form):
        return form
    return re.sub(r"(?<=[a-z]{3})(?<![siu])s$", "", re.sub(r"(?<=[a-z]{3})ies$", "y", form.lower()))


def _is_term(key: str, kind: str, counts: dict[str, dict[str, Counter[str]]]) -> bool:
    here = counts[kind][key].total()
    everywhere = sum(by_name[key].total() for by_name in counts.values() if key in by_name)
    return here >= MIN_PAPERS and here >= 0.8 * everywhere and len(key) > 1


def _wrong_forms(papers: list[GoldPaper], kind: str, forms: list[str]) -> set[str]:
    """Forms annotated with `kind` in under 60 % of the places where they stand (three places or more)."""
    wanted = {_key(form): form for form in forms}
    longest = max(map(len, wanted), default=0)
    right: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for paper in papers:
        kinds = {e["id"]: e["type"] for e in paper.record["entities"]}
        gold = locate_mentions(paper.text, paper.record["entities"])
        tokens = list(_WORD.finditer(paper.text))
        words = [t.group() for t in tokens]
        for i in range(len(words)):
            for n in range(1, min(longest, len(words) - i) + 1):
                form = wanted.get(tuple(words[i : i + n])) or wanted.get(tuple(w.lower() for w in words[i : i + n]))
                if form is None:
                    continue
                start, end = tokens[i].start(), tokens[i + n - 1].end()
                inside = [(a, b, e) for a, b, e in gold if a <= start and end <= b]
                if inside and inside[0][:2] != (start, end):
                    continue  # stands in a longer mention: says nothing about the form alone
                seen[form] += 1
                right[form] += bool(inside) and kinds[inside[0][2]] == kind
    return {form for form in seen if seen[form] >= 3 and right[form] < MIN_PRECISION * seen[form]}


def _key(form: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(form.lower() if is_plain(form) else form))


def _forms(row: dict[str, str]) -> list[str]:
    return [row["name"], *filter(None, row["aliases"].split("|"))]


def _write(list_name: str, rows: list[dict[str, str]]) -> None:
    columns = ["name", "aliases", *(["unit", "better"] if list_name == "metrics" else []), "skip", "source"]
    head = f"# {list_name}: own selection of names (facts), 2026-11-25; rows 'gold' from the gold training records"
    lines = ["\t".join(row[c] for c in columns) for row in rows]
    (TERMS / f"{list_name}.tsv").write_text("\n".join([head, "\t".join(columns), *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    renew(read_gold(Path(sys.argv[1]), Path(sys.argv[2])))
