"""What a store is: an engine that answers queries over one version of a graph.

A store module has `fill(version)`, which builds its index from the tables when the index is missing or carries
another stamp, and `open_store(version)`, which does so and opens it for reading. Queries are read-only unless
a store says otherwise.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kg.model.errors import ReadOnly
from kg.model.vocabulary import load_vocabulary
from kg.publication import read_publication
from kg.release import LAYOUT, RELEASE
from kg.tables import Version, write_atomically

ENGINES = {"cypher": "kglite", "sparql": "oxigraph"}  # the embedded store of each language
FOLDERS = {"kglite": "cypher", "oxigraph": "rdf"}  # engine → folder of the version for its files
_QUIET = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|//[^\n]*|/\*.*?\*/", re.DOTALL)
_READS_FILES = re.compile(r"\bLOAD\s+CSV\b", re.IGNORECASE)
LOAD_BATCH = 2000  # nodes or edges in one transaction with a server
DEFAULT_TIMEOUT = 30.0  # seconds
DEFAULT_LIMIT = 10_000  # rows


@dataclass(frozen=True)
class Capabilities:
    """What an engine can do beyond answering queries."""

    language: str  # cypher or sparql
    embedded: bool = True
    writable: bool = False
    shortest_path: bool = False
    stops_on_timeout: bool = True  # else a query that ran too long is abandoned, not ended


@dataclass(frozen=True)
class Answer:
    """Rows of a query: values are str, int, float, bool, None, lists or dicts of these.

    `truncated` tells that the row limit cut the answer.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    truncated: bool = False

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as column → value."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class GraphStore(Protocol):
    """One open store."""

    capabilities: Capabilities

    def query(
        self,
        text: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        limit: int = DEFAULT_LIMIT,
    ) -> Answer:
        """Run a query; `timeout` in seconds, `limit` in rows.

        Raises:
            QueryError: the text does not parse or names what is not there.
            ReadOnly: the text would write, read a file or call another server.
            QueryTimeout: it ran past the limit.
            StoreError: the engine failed otherwise.
        """

    def close(self) -> None:
        """Let go of files; safe to call twice."""


def ensure_index(folder: Path, version: Version, build: Callable[[Path], None]) -> Path:
    """The folder of an engine's files, built by `build(folder)` when missing or made from other tables.

    A folder is filled beside its place and then renamed, so a reader never sees half an index.
    """
    if is_current(folder, version):
        return folder
    fresh = folder.with_name(f".{folder.name}.next")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    build(fresh)
    write_atomically(fresh / "stamp", index_stamp(version) + "\n")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    return folder


def is_current(folder: Path, version: Version) -> bool:
    """Whether an engine's files are there, made from these tables by this release."""
    with contextlib.suppress(OSError):
        return (folder / "stamp").read_text(encoding="utf-8").strip() == index_stamp(version)
    return False


def all_current(version: Version) -> bool:
    """Whether the files of all embedded engines are."""
    return all(is_current(version.path / folder, version) for folder in FOLDERS.values())


def refuse_files(text: str) -> None:
    """Let no Cypher text read a file or an address.

    Raises:
        ReadOnly: it would.
    """
    if _READS_FILES.search(_QUIET.sub(" ", text)):
        raise ReadOnly("LOAD CSV reads files and is not allowed in a query; add papers with: kg build")


def index_stamp(version: Version) -> str:
    """What an engine's files are marked with: the tables, and the release, layout and base IRI, which may differ for the same
    tables."""
    base = read_publication(version.path.parent).base
    return f"{version.stamp} {RELEASE}+{LAYOUT}" + (f" {base}" if base != load_vocabulary().base else "")


def load_stamp(version: Version, batch: int) -> str:
    """What a server's nodes and edges are marked with that were loaded from this version in such batches."""
    return f"{index_stamp(version)}/{batch}"
