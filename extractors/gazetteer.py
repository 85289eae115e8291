"""Curated names found in text: match, then resolve overlaps (longest first), then annotate.

Names with capitals or digits inside are matched as written; plain lower-case names in any case and with a
plural `s`.
"""

from __future__ import annotations

from typing import Any

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.util import filter_spans

from extractors.document import reading
from extractors.lexicon import read_terms

LISTS = {"models": "Model", "methods": "Method", "datasets": "Dataset", "metrics": "Metric", "tasks": "Task"}


def is_plain(name: str) -> bool:
    """Whether a name is ordinary words, to be matched in any case."""
    return all(word.islower() or not any(c.isalpha() for c in word) or (word.istitle() and len(word) > 3) for word in name.split())


class Gazetteer:
    """Fills `Reading.listed` with spans labelled by type."""

    def __init__(self, nlp: Language) -> None:
        tokenizer: Any = nlp.tokenizer
        self._exact = PhraseMatcher(nlp.vocab, attr="ORTH")
        self._any_case = PhraseMatcher(nlp.vocab, attr="LOWER")
        for list_name, kind in LISTS.items():
            plain: list[str] = []
            proper: list[str] = []
            for name in _names(list_name):
                (plain if is_plain(name) else proper).append(name)
            self._exact.add(kind, list(tokenizer.pipe(form for n in proper for form in _with_plural(n))))
            self._any_case.add(kind, list(tokenizer.pipe(form for n in plain for form in _with_plural(n))))

    def __call__(self, doc: Doc) -> Doc:
        """Find the curated terms of a document."""
        matches = [*self._exact(doc, as_spans=True), *self._any_case(doc, as_spans=True)]
        reading(doc).listed = filter_spans(sorted(matches, key=lambda s: (s.start, -s.end, s.label_)))
        return doc


@Language.factory("kg_gazetteer", assigns=["doc._.kg"])
def make_gazetteer(nlp: Language, name: str) -> Gazetteer:
    """Factory of the curated-list component; the lists are read when it is made."""
    return Gazetteer(nlp)


def _names(list_name: str) -> list[str]:
    """Names and aliases of a list, without those that the column `skip` holds (too often something else)."""
    names = []
    for row in read_terms(list_name):
        skip = set(row["skip"].split("|"))
        names += [n for n in (row["name"], *filter(None, row["aliases"].split("|"))) if n not in skip]
    return names


def _with_plural(name: str) -> list[str]:
    plural = name[:-1] + "ies" if name.endswith("y") and name[-2:-1] not in "aeiou" else name + "s"
    return [name, plural] if name[-1:].isalpha() and not name.endswith("s") else [name]
