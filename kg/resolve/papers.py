"""Which inputs are the same paper, and which of them speaks for it.

Two inputs are one paper when they share a strong identifier (arXiv without version, DOI, ACL, OpenAlex,
Semantic Scholar, Hugging Face), or when their folded titles are equal and they share an author, an own id or nearly all
of their abstracts: a preprint and its published version are one, two editorials by one hand are two. The outcome depends on the set of inputs only, never on their order.
"""

from __future__ import annotations

import hashlib
import itertools
import tempfile
import weakref
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, overload

import numpy as np

from kg.model.identifiers import digest, fold_title
from kg.model.records import Paper

NEAR = 0.5  # resemblance of two abstracts under one title from which they are versions of one: edited, not written anew
LEAST = 12  # runs of words that an abstract has which can be compared
_FILLED = ("venue", "url", "licence", "version", "keywords", "citations")
_NOTHING: tuple[object, ...] = ("", None, ())
TELLING = 3  # words of a title that one author uses once
_HELD = 20_000  # papers up to which they are kept as they are
_IN_MEMORY = 64 << 20  # bytes of texts up to which they are not put on disk
Ids = np.ndarray[Any, np.dtype[np.uint64]]


@dataclass(frozen=True)
class MergedPaper:
    """One paper node. `paper` carries all identifiers; `variants` are the inputs as read, if several merged."""

    paper: Paper
    variants: tuple[Paper, ...] = ()

    @property
    def inputs(self) -> tuple[Paper, ...]:
        """The inputs as read: merging them again gives this paper again."""
        return self.variants or (self.paper,)


class Pile:
    """Papers as they come, on disk where they are many; of each only what finds its equals stays in memory, some hundred bytes.

    Keys are 64 bits of a digest, as ids are.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` is where the file is put that holds many papers."""
        self._texts: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(folder) if folder else None)  # noqa: SIM115  closed with this object
        weakref.finalize(self, self._texts.close)
        self._held: list[Paper] | None = []
        self._places, self._ids, self._titles = array("Q", [0]), array("Q"), array("Q")
        self._keys, self._owners = array("Q"), array("Q")
        self._sums = array("Q")  # of the whole text, to tell repeats
        self._untitled = array("b")
        self.referring = False  # whether any paper tells what it cites

    def add(self, paper: Paper) -> None:
        """Put a paper on the pile."""
        text = paper.to_json().encode("utf-8", "surrogatepass")
        index = len(self._ids)
        self._texts.write(text)
        self._places.append(self._places[-1] + len(text))
        self._sums.append(int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big"))
        self._ids.append(int(paper.canonical_id, 16))
        title = fold_title(paper.title)
        self._titles.append(int(digest("title", title), 16) if title else 0)
        self._untitled.append(not paper.title)
        self.referring = self.referring or bool(paper.references)
        for key in _keys(paper, title):
            self._keys.append(int(key, 16))
            self._owners.append(index)
        if self._held is not None:
            self._held.append(paper)
            if len(self._held) > _HELD:
                self._held = None

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def sums(self) -> Ids:
        """A number for all that each paper says."""
        return np.array(self._sums, np.uint64)

    def __getitem__(self, index: int) -> Paper:
        if self._held is not None:
            return self._held[index]
        self._texts.seek(self._places[index])
        return Paper.from_json(self._texts.read(self._places[index + 1] - self._places[index]).decode("utf-8", "surrogatepass"))

    def merged(self) -> Merged:
        """The papers on the pile, equal ones as one."""
        return Merged(self, self._groups(), np.array(self._ids, np.uint64), np.array(self._untitled, bool))

    def _groups(self) -> list[list[int]]:
        """Those of several different inputs that are one paper; of inputs that are equal in every field the first stands for all."""
        groups = _Groups()
        _, first = np.unique(self.sums, return_index=True)
        distinct = np.zeros(len(self), bool)
        distinct[first] = True
        for key, owner in _repeats(np.array(self._keys, np.uint64), np.array(self._owners, np.int64), distinct):
            groups.unite(key, owner)
        titles = np.array(self._titles, np.uint64)
        alike: dict[int, list[int]] = {}
        for one, other in _repeats(titles, np.arange(len(self)), distinct & (titles > 0)):
            alike.setdefault(one, [one]).append(other)
        for members in alike.values():
            shingles = {i: found for i in members if len(found := _shingles(self[i].abstract)) >= LEAST}
            for i, j in itertools.combinations(shingles, 2):
                if _resemblance(shingles[i], shingles[j]) >= NEAR:
                    groups.unite(i, j)
        self.repeats = np.flatnonzero(~distinct)
        return groups.several()


class Merged(Sequence["MergedPaper"]):
    """The papers of a pile, sorted by canonical id; each is put together when it is asked for. `ids` are those ids as numbers, `sums` numbers for
    the inputs that each is made of. Papers without a title are not among them, but in `untitled`."""

    def __init__(self, pile: Pile, groups: list[list[int]], ids: Ids, untitled: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
        self._pile, self._groups = pile, groups
        alone = ~untitled
        alone[[index for group in groups for index in group]] = False
        alone[pile.repeats] = False
        single = np.flatnonzero(alone)
        spoken = [_merge([pile[index] for index in group]).paper for group in groups]
        self.untitled = [*(paper for paper in spoken if not paper.title)]
        grouped = {n for group in groups for n in group} | set(pile.repeats.tolist())
        self.untitled += [pile[n] for n in np.flatnonzero(untitled).tolist() if n not in grouped]
        kept = np.array([number for number, paper in enumerate(spoken) if paper.title], np.int64)
        of_groups = np.array([int(spoken[number].canonical_id, 16) for number in kept], np.uint64)
        places = np.concatenate([single, -1 - kept])
        every = np.concatenate([ids[single], of_groups])
        order = np.argsort(every, kind="stable")
        self._places, self.ids = places[order], every[order]
        sums = pile.sums
        self.sums = np.concatenate([sums[single], np.array([_sum(sums[groups[n]]) for n in kept], np.uint64)])[order]
        self.referring = pile.referring

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, index: int) -> MergedPaper: ...
    @overload
    def __getitem__(self, index: slice) -> list[MergedPaper]: ...
    def __getitem__(self, index: int | slice) -> MergedPaper | list[MergedPaper]:
        """One paper by its position, or those of a slice."""
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        place = int(self._places[index])
        if place >= 0:
            return MergedPaper(self._pile[place])
        return _merge([self._pile[member] for member in self._groups[-1 - place]])

    def __iter__(self) -> Iterator[MergedPaper]:
        return (self[position] for position in range(len(self)))


def merge_papers(papers: Iterable[Paper]) -> list[MergedPaper]:
    """Group equal papers; sorted by canonical id. Inputs that are equal in every field count once."""
    pile = Pile()
    for paper in papers:
        pile.add(paper)
    return list(pile.merged())


def _repeats(
    keys: Ids, owners: np.ndarray[Any, np.dtype[np.int64]], kept: np.ndarray[Any, np.dtype[np.bool_]]
) -> Iterator[tuple[int, int]]:
    """(the first owner of a key, another one) for each key that several of those kept have."""
    mine = kept[owners]
    keys, owners = keys[mine], owners[mine]
    order = np.argsort(keys, kind="stable")
    keys, owners = keys[order], owners[order]
    same = np.flatnonzero(keys[1:] == keys[:-1]) + 1
    starts = np.searchsorted(keys, keys[same])
    for start, at in zip(starts.tolist(), same.tolist(), strict=True):
        if owners[start] != owners[at]:
            yield int(owners[start]), int(owners[at])


def _keys(paper: Paper, title: str) -> list[str]:
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


def _sum(sums: Ids) -> int:
    """A number for several inputs, whatever their order."""
    return int.from_bytes(hashlib.blake2b(np.sort(sums).tobytes(), digest_size=8).digest(), "big")


class _Groups:
    """Union-find over those positions that have equals."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def unite(self, one: int, other: int) -> None:
        """Two positions are one paper."""
        first, here = self._find(one), self._find(other)
        self._parent[max(first, here)] = min(first, here)

    def several(self) -> list[list[int]]:
        """The groups of more than one."""
        groups: dict[int, list[int]] = {}
        for index in sorted(self._parent):
            groups.setdefault(self._find(index), []).append(index)
        return [group for group in groups.values() if len(group) > 1]

    def _find(self, index: int) -> int:
        self._parent.setdefault(index, index)
        while self._parent[index] != index:
            self._parent[index] = self._parent[self._parent[index]]
            index = self._parent[index]
        return index
