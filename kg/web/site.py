"""What a server shows: one version of a graph, its triples for look-ups, its names for search, and workers for queries."""

from __future__ import annotations

import bisect
import contextlib
import heapq
import itertools
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kg.model.errors import KgError
from kg.model.vocabulary import load_vocabulary
from kg.publication import Publication, read_publication
from kg.stores import oxigraph
from kg.stores.base import all_current, index_stamp
from kg.stores.oxigraph import OxigraphStore
from kg.tables import Version, open_version, retired
from kg.web.atlas import Atlas
from kg.web.overview import Map
from kg.web.workers import Limits, Pool

_LOOK = 1.0  # seconds between looks for a newer version


@dataclass(frozen=True)
class Settings:
    """How a graph is served: where pages are found from outside (`address`), for how many queries at once and with what limits, from which
    pages of others answers may be read (`cors`: an origin, `*` or nothing)."""

    directory: Path
    address: str = "http://127.0.0.1:8000"
    workers: int = 2
    limits: Limits = field(default_factory=Limits)
    cors: str = "*"


class Site:
    """One version, opened."""

    def __init__(self, settings: Settings) -> None:
        """Open the live version, its indexes built if need be.

        Raises:
            NotAGraph, DamagedGraph, StoreError, UsageError: see `open_version`, `read_publication`.
        """
        self.settings = settings
        self.version: Version = open_version(settings.directory)
        self.publication: Publication = read_publication(settings.directory)
        self.store: OxigraphStore = oxigraph.open_store(self.version)
        self.stamp = f"{index_stamp(self.version)} {self.publication}"
        self.moved = {row["old"]: row["new"] for row in self.version.rows("redirects")}
        self.gone = retired(settings.directory)
        self.pool = Pool(settings.directory, settings.workers, settings.limits)

    @property
    def base(self) -> str:
        """Of all IRIs of things here."""
        return self.publication.base

    @cached_property
    def names(self) -> Names:
        """The names of entities and papers, to be searched."""
        return Names(self.version)

    @cached_property
    def atlas(self) -> Atlas:
        """The graph as arrays."""
        return Atlas(self.version)

    @cached_property
    def map(self) -> Map:
        """The map of the whole graph, being made where it is missing."""
        return Map(self.version)

    @cached_property
    def triples(self) -> int:
        """How many there are."""
        return len(self.store)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many things there are of each type."""
        types = Counter(self.version.read("entities", ["type"])["type"].to_pylist())
        entities = {name: types[name] for name in load_vocabulary().entities}
        return {"Paper": self.version.counts["papers"], **entities, "Result": self.version.counts["results"]}

    def prepare(self) -> None:
        """Make what requests need before the first asks for it."""
        for needed in ("names", "atlas", "map"):
            getattr(self, needed)

    def close(self) -> None:
        """End the workers, let go of the files."""
        self.pool.close()
        self.map.close()
        self.store.close()


class Served:
    """The live version of a graph directory; a newer one takes its place once its indexes are there."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._site = Site(settings)
        self._looked, self._lock = time.monotonic(), threading.Lock()

    def site(self) -> Site:
        """What is served now; a newer version is looked for aside, now and then."""
        if time.monotonic() - self._looked > _LOOK and self._lock.acquire(blocking=False):
            threading.Thread(target=self._renew, daemon=True).start()
        return self._site

    def _renew(self) -> None:
        try:
            with contextlib.suppress(KgError, OSError):  # what is being written, or broken: the older one is served on
                if self._is_newer():
                    fresh = Site(self._settings)
                    fresh.prepare()
                    old, self._site = self._site, fresh
                    ending = threading.Timer(2 * self._settings.limits.seconds, old.close)  # who still asks it may end
                    ending.daemon = True
                    ending.start()
        finally:
            self._looked = time.monotonic()
            self._lock.release()

    def close(self) -> None:
        """See `Site.close`."""
        self._site.close()

    def _is_newer(self) -> bool:
        name = (self._settings.directory / "CURRENT").read_text(encoding="utf-8").strip()
        if name == self._site.version.path.name:
            return False
        version = open_version(self._settings.directory)
        return all_current(version)


@dataclass(frozen=True)
class Name:
    """One thing that a search can find; `papers` is how many name it, or the year of a paper."""

    kind: str
    id: str
    name: str
    papers: int


class Names:
    """Names, aliases and titles, found by the beginning of any of their words."""

    def __init__(self, version: Version) -> None:
        self._things: list[Name] = []
        keys: list[tuple[str, int, str]] = []
        for row in version.each("entities", ["id", "type", "name", "aliases", "papers"]):
            keys += self._keys(Name(row["type"], row["id"], row["name"], row["papers"]), [row["name"], *row["aliases"]])
        for row in version.each("papers", ["id", "title", "year"]):
            keys += self._keys(Name("Paper", row["id"], row["title"], row["year"] or 0), [row["title"]])
        keys.sort()
        self._sorted = [key for key, _, _ in keys]
        self._forms = [form for _, _, form in keys]
        self._number = np.array([number for _, number, _ in keys], np.int32)
        scores = np.array([self._score(self._things[number], key, form) for key, number, form in keys])
        self._place = np.empty(len(keys), np.int64)
        self._place[np.lexsort((np.arange(len(keys)), -scores))] = np.arange(len(keys))
        self._kinds = np.array([thing.kind for thing in self._things], "U16")

    def find(self, text: str, kind: str | None = None, most: int = 20) -> list[dict[str, Any]]:
        """Things with a word that begins so, each with the form that does: those of that very name first, entities before papers, the
        best known first."""
        wanted = " ".join(text.lower().split())
        if not wanted:
            return []
        low, high = bisect.bisect_left(self._sorted, wanted), bisect.bisect_left(self._sorted, wanted + "\U0010ffff")
        same = [p for p in range(low, bisect.bisect_right(self._sorted, wanted, low, high)) if self._forms[p].lower() == wanted]
        exact = [p for p in sorted(same, key=lambda p: self._place[p]) if kind in (None, self._things[self._number[p]].kind)]
        found = {int(self._number[p]): self._forms[p] for p in reversed(exact)}
        found = dict(reversed(found.items()))
        for position in self._ranked(low, high, kind, most):
            found.setdefault(int(self._number[position]), self._forms[position])
        return [{**vars(self._things[number]), "form": form} for number, form in itertools.islice(found.items(), most)]

    def best(self, most: int = 12) -> list[Name]:
        """The entities that most papers name."""
        return heapq.nsmallest(most, (t for t in self._things if t.kind != "Paper"), key=lambda t: (-t.papers, t.name, t.id))

    def _ranked(self, start: int, end: int, kind: str | None, most: int) -> list[int]:
        """Positions of keys of so many things, the best first, each by its best key."""
        positions = np.arange(start, end)
        if kind is not None:
            positions = positions[self._kinds[self._number[start:end]] == kind]
        ordered = positions[np.argsort(self._place[positions])]
        _, first = np.unique(self._number[ordered], return_index=True)
        ranked: list[int] = ordered[np.sort(first)[:most]].tolist()
        return ranked

    @staticmethod
    def _score(thing: Name, key: str, form: str) -> float:
        """How likely a thing is meant by a key: by its papers; less by an alias than by its name, and by a word in the middle; papers last."""
        meant = (1.0 if form == thing.name else 0.3) * (1.0 if form.lower().startswith(key) else 0.3)
        return meant * (thing.papers if thing.kind != "Paper" else thing.papers * 1e-6)

    def _keys(self, thing: Name, forms: list[str]) -> list[tuple[str, int, str]]:
        number = len(self._things)
        self._things.append(thing)
        found = []
        for form in dict.fromkeys(forms):
            words = form.lower().split()
            found += [(" ".join(words[start:])[:200], number, form) for start in range(min(len(words), 12))]
        return found
