"""The curated term lists in `terms/`: reading them, and what they say of a name. Imports no spaCy.

A list is a tab-separated file. The first line is a comment with source and date, the second names the
columns, the rest are rows.
"""

from __future__ import annotations

import functools
from pathlib import Path

from kg.model.identifiers import fold_name

TERMS = Path(__file__).parent / "terms"


@functools.cache
def read_terms(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `terms/<name>.tsv`, each as column → value."""
    lines = (TERMS / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    columns = lines[1].split("\t")
    return tuple(dict(zip(columns, line.split("\t"), strict=True)) for line in lines[2:] if line)


@functools.cache
def usual_long_forms() -> dict[str, tuple[str, ...]]:
    """Abbreviation as written → its usual long forms, folded, the commonest first."""
    known: dict[str, list[str]] = {}
    for row in read_terms("abbreviations"):
        known.setdefault(row["short"], []).append(fold_name(row["long"]))
    return {short: tuple(dict.fromkeys(longs)) for short, longs in known.items()}


@functools.cache
def known_synonyms() -> tuple[tuple[str, str, str], ...]:
    """(type, usual name, other name): the list of synonyms, and the aliases of models, methods, datasets and tasks but for
    versions, such as SQuAD 2.0 of SQuAD. Aliases of metrics say only that they have one direction."""
    lists = {"models": "Model", "methods": "Method", "datasets": "Dataset", "tasks": "Task"}
    listed = [(kind, row["name"], alias) for name, kind in lists.items() for row in read_terms(name) for alias in _aliases(row)]
    chosen = [(row["type"], row["name"], alias) for row in read_terms("synonyms") for alias in _aliases(row)]
    return (*(row for row in listed if not _are_versions(*row[1:])), *chosen)


def _aliases(row: dict[str, str]) -> list[str]:
    return list(filter(None, row["aliases"].split("|")))


def _are_versions(a: str, b: str) -> bool:
    """Whether two names have the same letters and other digits."""
    letters, digits = (["".join(filter(part, name)).lower() for name in (a, b)] for part in (str.isalpha, str.isdigit))
    return letters[0] == letters[1] and digits[0] != digits[1]


@functools.cache
def metric_directions() -> dict[str, bool]:
    """Folded metric name → whether higher is better; metrics without a direction are left out."""
    return {
        fold_name(name): row["better"] == "higher"
        for row in read_terms("metrics")
        if row["better"]
        for name in (row["name"], *_aliases(row))
    }
