"""Curated names found in text: match, then resolve overlaps (longest first), then annotate.

Names with capitals or digits inside are matched as written; plain lower-case names in any case and with a
plural `s`.
"""

from __future__ import annotations

from collections import defaultdict

from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.document import reading, text_of, words_of
from extractors.lexicon import read_terms

_SURE = 3  # letters of a beginning that few names share
LISTS = {"models": "Model", "methods": "Method", "datasets": "Dataset", "metrics": "Metric", "tasks": "Task"}


def is_plain(name: str) -> bool:
    """Whether a name is ordinary words, to be matched in any case."""
    return all(word.islower() or not any(c.isalpha() for c in word) or (word.istitle() and len(word) > 3) for word in name.split())


class Gazetteer:
    """Fills `Reading.listed` with spans labelled by type.

    Names are compared with the text where a token begins, and must end with one: spaCy's matcher, which compares tokens,
    would have to cut 2,800 names into tokens first, a tenth of a second at each start.
    """

    def __init__(self) -> None:
        # (name, type, any case?) of the names that begin with a whole token: by each beginning of three letters and more, and shorter names whole
        self._names: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
        for list_name, kind in LISTS.items():
            for name in _names(list_name):
                for form in _with_plural(name):
                    plain = is_plain(name)
                    low = form.lower()
                    for beginning in {low, *(low[:size] for size in range(_SURE, len(low)))}:
                        self._names[beginning].append((low if plain else form, kind, plain))

    def __call__(self, doc: Doc) -> Doc:
        """Find the curated terms of a document."""
        text = text_of(doc)
        lower = text.lower()
        if len(lower) != len(text):  # there are letters that grow
            lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
        starts, words = doc.to_array("IDX").tolist(), words_of(doc)
        ends = {start + len(word): i for i, (start, word) in enumerate(zip(starts, words, strict=True), start=1)}
        matches = []
        for i, start in enumerate(starts):
            # a name that ends with a token holds the whole first one
            beginning = lower[start : start + max(len(words[i]), _SURE)]
            for key in {beginning, lower[start : start + 2]} if len(words[i]) < _SURE else (beginning,):
                for name, kind, plain in self._names.get(key, ()):
                    end = ends.get(start + len(name), 0)
                    if end and (lower if plain else text).startswith(name, start):
                        matches.append((i - end, i, kind))
        taken = bytearray(len(doc))
        listed = []
        for size, i, kind in sorted(matches):
            if not any(taken[i : i - size]):
                taken[i : i - size] = b"\x01" * -size
                listed.append(Span(doc, i, i - size, label=kind))
        reading(doc).listed = sorted(listed, key=lambda span: span.start)
        return doc


@Language.factory("kg_gazetteer", assigns=["doc._.kg"])
def make_gazetteer(nlp: Language, name: str) -> Gazetteer:
    """Factory of the curated-list component; the lists are read when it is made."""
    return Gazetteer()


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
