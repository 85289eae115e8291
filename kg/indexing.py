"""Fills the embedded engines' files, side by side where there are processes to do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kg import registry
from kg.changes import MOST_CHANGED, TABLES, remember, touched_keys
from kg.extraction import Progress
from kg.model.errors import StoreError
from kg.scale.base import Executor, Failed, Handle, cores
from kg.scale.processes import ProcessExecutor
from kg.stores.base import ENGINES, all_current
from kg.tables import Version, earlier_version

_MANY = 2_000  # papers from which the engines are filled in processes of their own


@dataclass(frozen=True)
class FindChanges:
    """Work that tells what has changed in tables between two versions."""

    old: Version
    new: Version

    def start(self) -> Handle:
        """See `Work.start`."""
        return lambda tables: [touched_keys(self.old, self.new, name) for name in tables]


@dataclass(frozen=True)
class FillEngines:
    """Work that brings the files of engines up to date with a version; `touched` is what was found to have changed since the one before."""

    version: Version
    earlier: Version | None = None
    touched: Mapping[str, set[str]] = field(default_factory=dict)

    def start(self) -> Handle:
        """See `Work.start`."""
        if self.earlier:
            remember(self.earlier, self.version, self.touched)
        return lambda engines: [str(registry.load("stores", engine).fill(self.version)) for engine in engines]


def _grown(old: Version, new: Version) -> float:
    """By what share the number of papers has changed."""
    return abs(new.counts["papers"] - old.counts["papers"]) / max(1, new.counts["papers"])


def fill_stores(version: Version, progress: Progress | None, executor: Executor | None = None) -> None:
    """Bring the embedded engines' files up to date with a version."""
    if progress:
        progress(f"index {' and '.join(ENGINES)}", 0, 0)
    if all_current(version):
        return
    if cores() == 1 or version.counts["papers"] < _MANY:
        for engine in ENGINES.values():
            registry.load("stores", engine).fill(version)
        return
    local = executor if isinstance(executor, ProcessExecutor) and executor.workers > 1 else ProcessExecutor(len(ENGINES))
    try:
        fill, earlier = FillEngines(version), earlier_version(version)
        if earlier is not None and _grown(earlier, version) < MOST_CHANGED:  # what has changed is found once for all engines
            keys = local.run(FindChanges(earlier, version), ([name] for name in TABLES))
            touched = {name: found for name, (found,) in zip(TABLES, keys, strict=True)}
            if not any(isinstance(found, Failed) for found in touched.values()):  # else the engines are made anew, or tell why not
                fill = FillEngines(version, earlier, touched)
        for (found,) in local.run(fill, ([engine] for engine in ENGINES.values())):
            if isinstance(found, Failed):
                raise StoreError(found.reason)
    finally:
        if local is not executor:
            local.close()
