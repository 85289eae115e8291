"""What a server shows: one version of a graph, its triples for look-ups, its names for search, and workers for queries."""

from __future__ import annotations

import bisect
import heapq
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from kg.model.vocabulary import load_vocabulary
from kg.publication import Publication, read_publication
from kg.stores import kglite, oxigraph
from kg.stores.base import index_stamp, is_current
from kg.stores.oxigraph import OxigraphStore
from kg.tables import Version, open_version, retired
from kg.web.atlas import Atlas
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
        self.stamp = index_stamp(self.version)
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
    def map(self) -> Any:
        """The map of the whole graph, being made where it is missing."""
        from kg.web.explore import Map

        return Map(self)

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
        """What is served now."""
        if time.monotonic() - self._looked > _LOOK and self._lock.acquire(blocking=False):
            try:
                self._looked = time.monotonic()
                if self._is_newer():
                    old, self._site = self._site, Site(self._settings)
                    threading.Timer(2 * self._settings.limits.seconds, old.close).start()  # who still asks it may end
            finally:
                self._lock.release()
        return self._site

    def close(self) -> None:
        """See `Site.close`."""
        self._site.close()

    def _is_newer(self) -> bool:
        name = (self._settings.directory / "CURRENT").read_text(encoding="utf-8").strip()
        if name == self._site.version.path.name:
            return False
        version = open_version(self._settings.directory)
        return all(is_current(version.path / folder, version) for folder in (kglite.FOLDER, oxigraph.FOLDER))


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
        self._sorted = sorted(keys)

    def find(self, text: str, kind: str | None = None, most: int = 20) -> list[dict[str, Any]]:
        """Things with a word that begins so, each with the form that does: those of that very name first, entities before papers, the
        best known first."""
        wanted = " ".join(text.lower().split())
        if not wanted:
            return []
        best: dict[int, tuple[Any, str]] = {}
        for position in range(bisect.bisect_left(self._sorted, (wanted,)), len(self._sorted)):
            key, number, form = self._sorted[position]
            if not key.startswith(wanted):
                break
            thing = self._things[number]
            if kind in (None, thing.kind):
                rank = (
                    form.lower() != wanted,
                    thing.kind == "Paper",
                    -thing.papers,
                    not form.lower().startswith(wanted),
                    thing.name,
                    number,
                    form,
                )
                if number not in best or rank < best[number][0]:
                    best[number] = rank, form
        found = heapq.nsmallest(most, best.items(), key=lambda item: item[1][0])
        return [{**vars(self._things[number]), "form": form} for number, (_, form) in found]

    def best(self, most: int = 12) -> list[Name]:
        """The entities that most papers name."""
        return heapq.nsmallest(most, (t for t in self._things if t.kind != "Paper"), key=lambda t: (-t.papers, t.name, t.id))

    def _keys(self, thing: Name, forms: list[str]) -> list[tuple[str, int, str]]:
        number = len(self._things)
        self._things.append(thing)
        found = []
        for form in dict.fromkeys(forms):
            words = form.lower().split()
            found += [(" ".join(words[start:])[:200], number, form) for start in range(min(len(words), 12))]
        return found
