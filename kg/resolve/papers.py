"""Which inputs are the same paper, and which of them speaks for it.

Two inputs are one paper when they share a strong identifier (arXiv without version, DOI, ACL, OpenAlex,
Semantic Scholar, Hugging Face), or when their folded titles are equal and they share an author, an own id or nearly all
of their abstracts: a preprint and its published version are one, two editorials by one hand are two. The outcome depends on the set of inputs only, never on their order.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kg.memory import without_cycles
from kg.model.identifiers import digest, fold_title
from kg.model.records import Paper

NEAR = 0.5  # resemblance of two abstracts under one title from which they are versions of one: edited, not written anew
LEAST = 12  # runs of words that an abstract has which can be compared
_FILLED = ("venue", "url", "licence", "version", "keywords", "citations")
_NOTHING: tuple[object, ...] = ("", None, ())
TELLING = 3  # words of a title that one author uses once


@dataclass(frozen=True)
class MergedPaper:
    """One paper node. `paper` carries all identifiers; `variants` are the inputs as read, if several merged."""

    paper: Paper
    variants: tuple[Paper, ...] = ()

    @property
    def inputs(self) -> tuple[Paper, ...]:
        """The inputs as read: merging them again gives this paper again."""
        return self.variants or (self.paper,)


@without_cycles()
def merge_papers(papers: Iterable[Paper]) -> list[MergedPaper]:
    """Group equal papers; sorted by canonical id. Inputs that are equal in every field count once."""
    distinct = {paper.to_json(): paper for paper in papers}
    ordered = [distinct[key] for key in sorted(distinct)]
    groups = _Groups()
    titled: dict[str, list[int]] = defaultdict(list)
    for index, paper in enumerate(ordered):
        for key in _keys(paper):
            groups.join(index, key)
        titled[fold_title(paper.title)].append(index)
    for title, members in titled.items():
        if title and len(members) > 1:
            shingles = {i: _shingles(ordered[i].abstract) for i in members}
            for i, j in itertools.combinations(members, 2):
                if _resemblance(shingles[i], shingles[j]) >= NEAR:
                    groups.unite(i, j)
    merged = [_merge([ordered[i] for i in members]) for members in groups.members(len(ordered))]
    return sorted(merged, key=lambda m: m.paper.canonical_id)


def _keys(paper: Paper) -> list[str]:
    title = fold_title(paper.title)
    own = "" if paper.id == paper.canonical_id else paper.id
    keys = [digest("text", title, fold_title(paper.abstract))]
    keys += [digest("id", scheme, value) for scheme, value in paper.identifiers]
    keys += [digest("own", title, own)] if own else []
    if len(title.split()) >= TELLING:
        keys += [digest("author", title, author) for author in map(_surname, paper.authors) if author]
    return keys


def _surname(author: str) -> str:
    """The folded family name of `Ada Lovelace` or `Lovelace, Ada`.

    >>> _surname("Lovelace, Ada") == _surname("Ada Lovelace") == "lovelace"
    True
    """
    family, comma, _ = author.partition(",")
    return fold_title(family if comma else author.split()[-1] if author.split() else "")


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    """The runs of three words of a text."""
    words = fold_title(text).split()
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def _resemblance(a: frozenset[tuple[str, ...]], b: frozenset[tuple[str, ...]]) -> float:
    """Shared runs of words over all (Broder 1997), in [0, 1]; 0 for a text that is too short to tell."""
    return len(a & b) / len(a | b) if min(len(a), len(b)) >= LEAST else 0.0


def _merge(group: list[Paper]) -> MergedPaper:
    """Of those with an abstract that can be read, if any, the latest dated, else the longest abstract speaks; canonical order breaks ties.
    What it does not tell of itself, the others add; links and references are those of all."""
    if len(group) == 1:
        return MergedPaper(group[0])
    ranked = sorted(group, key=_rank, reverse=True)
    best = ranked[0]
    known = dict(sorted((pair for p in reversed(ranked) for pair in p.identifiers), key=lambda pair: pair[0]))
    titled = next((p for p in ranked if p.title), best)
    dated = next((p for p in ranked if p.date or p.year), best)
    named = next((p for p in ranked if p.authors), best)
    detailed = next((p for p in ranked if (p.orcids or p.affiliations) and _same_people(p, named)), named)
    full = replace(
        best,
        identifiers=tuple(sorted(known.items())),
        title=titled.title,
        original_title=titled.original_title,
        year=dated.year,
        date=dated.date,
        authors=named.authors,
        orcids=detailed.orcids,
        affiliations=detailed.affiliations,
        links=tuple(sorted({link for p in group for link in p.links})),
        references=tuple(dict.fromkeys(one for p in ranked for one in p.references)),
        **{
            name: next((value for p in ranked if (value := getattr(p, name)) not in _NOTHING), getattr(best, name))
            for name in _FILLED
        },
    )
    if full.id == best.canonical_id:  # an id that we made follows the identifiers it now has
        full = replace(full, id=full.canonical_id)
    return MergedPaper(full, tuple(sorted(group, key=Paper.to_json)))


def _rank(paper: Paper) -> tuple[bool, bool, str, int, str]:
    told = bool(paper.abstract)
    return told, told and paper.readable, paper.date or str(paper.year or ""), len(paper.abstract), paper.to_json()


def _same_people(one: Paper, other: Paper) -> bool:
    return list(map(_surname, one.authors)) == list(map(_surname, other.authors))


class _Groups:
    """Union-find over positions that share keys."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}
        self._owner: dict[str, int] = {}

    def join(self, index: int, key: str) -> None:
        self._parent.setdefault(index, index)
        self.unite(self._owner.setdefault(key, index), index)

    def unite(self, one: int, other: int) -> None:
        first, here = self._find(one), self._find(other)
        self._parent[max(first, here)] = min(first, here)

    def members(self, count: int) -> list[list[int]]:
        groups: dict[int, list[int]] = {}
        for index in range(count):
            groups.setdefault(self._find(index), []).append(index)
        return list(groups.values())

    def _find(self, index: int) -> int:
        while self._parent[index] != index:
            self._parent[index] = self._parent[self._parent[index]]
            index = self._parent[index]
        return index
