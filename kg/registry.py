"""Finds formats, stores and exporters by name: a module in the folder, or a third party's entry point.

An entry point in the group `paperkg.<folder>` (such as `paperkg.ingest`) names a module with the same
functions as ours. A module that cannot be asked for by name starts with an underscore or is `base`; one whose name
has an underscore is asked for with a hyphen.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from importlib.metadata import entry_points
from types import ModuleType

from kg.model.errors import UnknownName

_NOT_FORMATS = {"base", "sniff", "normalise", "report"}


def available(folder: str) -> list[str]:
    """Names that `load` knows in a folder of `kg`, such as `available("ingest")`; sorted."""
    package = importlib.import_module(f"kg.{folder}")
    ours = {m.name.replace("_", "-") for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_")}
    theirs = {e.name for e in entry_points(group=f"paperkg.{folder}")}
    return sorted((ours - _NOT_FORMATS) | theirs)


def load(folder: str, name: str) -> ModuleType:
    """Import the module that serves `name`; ours win over third parties' of the same name.

    Raises:
        UnknownName: nothing is registered by this name.
    """
    known = available(folder)
    if name not in known:
        raise UnknownName(f"no {folder} format named {name!r}; known: {', '.join(known)}")
    module = name.replace("-", "_")
    for entry in entry_points(group=f"paperkg.{folder}"):
        if entry.name == name and importlib.util.find_spec(f"kg.{folder}.{module}") is None:
            return entry.load()  # type: ignore[no-any-return]
    return importlib.import_module(f"kg.{folder}.{module}")
