"""Finds formats, stores and exporters by name: a module in the folder, or a third party's entry point.

An entry point in the group `paperkg.<folder>` (such as `paperkg.ingest`) names a module with the same
functions as ours. A module that cannot be asked for by name starts with an underscore or is `base`; one whose name
has an underscore is asked for with a hyphen.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from importlib.metadata import entry_points
from types import ModuleType

from kg.model.errors import UnknownName

_PLACES = {"ingest": "kg.ingest.formats"}  # where the modules of a folder are, if not in it
_KINDS = {"scale": "engine"}  # what a folder holds, if not formats
_NOT_FORMATS = {"base"}


def available(folder: str) -> list[str]:
    """Names that `load` knows in a folder of `kg`, such as `available("ingest")`; sorted."""
    return sorted(_ours(folder) | {e.name for e in entry_points(group=f"paperkg.{folder}")})


def load(folder: str, name: str) -> ModuleType:
    """Import the module that serves `name`; ours win over third parties' of the same name.

    Raises:
        UnknownName: nothing is registered by this name.
    """
    if name in _ours(folder):
        return importlib.import_module(f"{_place(folder)}.{name.replace('-', '_')}")
    for entry in entry_points(group=f"paperkg.{folder}"):
        if entry.name == name:
            return entry.load()  # type: ignore[no-any-return]
    raise UnknownName(f"no {_KINDS.get(folder, f'{folder} format')} named {name!r}; known: {', '.join(available(folder))}")


@functools.cache
def _ours(folder: str) -> frozenset[str]:
    package = importlib.import_module(_place(folder))
    names = (m.name.replace("_", "-") for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_"))
    return frozenset(names) - _NOT_FORMATS


def _place(folder: str) -> str:
    return _PLACES.get(folder, f"kg.{folder}")
