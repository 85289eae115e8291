"""What an exporter is: a module with `write(version, path)`, which returns the paths it wrote.

Exports have a fixed order and carry no clock: the same version gives the same bytes. A module that takes options as keywords names them in
`OPTIONS`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from kg.tables import Version


class Exporter(Protocol):
    """The face of an exporter module."""

    def write(self, version: Version, path: Path, **options: Any) -> list[Path]:
        """Write the graph to `path` and tell which files that made.

        Raises:
            OSError: the place cannot be written.
        """
