"""Where the toy papers lie, and the bytes of a graph directory, for tests that compare builds."""

from __future__ import annotations

from pathlib import Path

TOY = Path(__file__).parent / "toy"


def table_bytes(directory: Path) -> dict[str, bytes]:
    """The live version's tables and manifest and the extraction cache, byte for byte."""
    version = directory / (directory / "CURRENT").read_text().strip()
    found = {path.name: path.read_bytes() for path in sorted(version.iterdir()) if path.is_file()}
    found.update({f"records/{path.name}": path.read_bytes() for path in sorted((directory / "records").glob("*"))})
    return found
