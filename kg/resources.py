"""Finds the data files that ship with the package (`schema/`, `queries/`, samples)."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_path(*parts: str) -> Path:
    """Path of a shipped data file or folder, such as `data_path("schema", "vocabulary.toml")`.

    In a wheel the folders lie in `kg/data/`; in a checkout or an editable install `schema/` and
    `queries/` lie beside the package.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    for root in (_PACKAGE / "data", _PACKAGE.parent, _PACKAGE):
        candidate = root.joinpath(*parts)
        if candidate.exists():
            return candidate
    raise FileNotFoundError(f"{'/'.join(parts)} is missing from the installation; install paperkg again")
