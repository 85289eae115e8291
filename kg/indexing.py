"""Fills the embedded engines' files, side by side where there are processes to do it."""

from __future__ import annotations

from dataclasses import dataclass

from kg import registry
from kg.extraction import Progress
from kg.model.errors import StoreError
from kg.scale.base import Executor, Failed, Handle, cores
from kg.scale.processes import ProcessExecutor
from kg.stores.base import ENGINES
from kg.tables import Version

_MANY = 2_000  # papers from which the engines are filled in processes of their own


@dataclass(frozen=True)
class FillEngines:
    """Work that brings the files of engines up to date with a version."""

    version: Version

    def start(self) -> Handle:
        """See `Work.start`."""
        return lambda engines: [str(registry.load("stores", engine).fill(self.version)) for engine in engines]


def fill_stores(version: Version, progress: Progress | None, executor: Executor | None = None) -> None:
    """Bring the embedded engines' files up to date with a version."""
    if progress:
        progress(f"index {' and '.join(ENGINES)}", 0, 0)
    if cores() == 1 or version.counts["papers"] < _MANY:
        for engine in ENGINES.values():
            registry.load("stores", engine).fill(version)
        return
    local = executor if isinstance(executor, ProcessExecutor) and executor.workers > 1 else ProcessExecutor(len(ENGINES))
    try:
        for (found,) in local.run(FillEngines(version), ([engine] for engine in ENGINES.values())):
            if isinstance(found, Failed):
                raise StoreError(found.reason)
    finally:
        if local is not executor:
            local.close()
