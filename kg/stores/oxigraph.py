"""Embedded SPARQL: Oxigraph, a store on disk in `rdf/`, opened read-only.

The engine cannot end a running query: past its time it is abandoned in its thread.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import pyoxigraph as ox

from kg.changes import MOST_CHANGED, changed_parts
from kg.memory import without_cycles
from kg.model.errors import DamagedGraph, QueryError, QueryTimeout, StoreError
from kg.rdf.changes import changes
from kg.rdf.lines import parsed, portions
from kg.rdf.mapping import to_lines
from kg.rdf.terms import PREFIXES
from kg.scale.base import cores
from kg.stores._results import SOLUTIONS, TRIPLES, TooLarge, write_answer
from kg.stores._sparql import bind, to_answer
from kg.stores.base import DEFAULT_LIMIT, DEFAULT_TIMEOUT, FOLDERS, Answer, Capabilities, ensure_index, is_current
from kg.tables import Version, earlier_version

FOLDER = FOLDERS["oxigraph"]
_PORTION = 8 << 20  # characters of triples that the engine loads at a time


class OxigraphStore:
    """A read-only Oxigraph store."""

    capabilities = Capabilities(language="sparql", stops_on_timeout=False)

    def __init__(self, path: Path) -> None:
        try:
            self._store: Any = ox.Store.read_only(str(path))
        except (OSError, RuntimeError) as error:
            raise StoreError(f"{path} cannot be opened ({error}); delete its folder, it is rebuilt from the tables") from error

    def query(
        self,
        text: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        limit: int = DEFAULT_LIMIT,
    ) -> Answer:
        """See `GraphStore.query`. CONSTRUCT and DESCRIBE answer rows of subject, predicate, object."""
        bound = bind(text, parameters or {})
        return _in_time(lambda: self._run(bound, limit), timeout)

    def write(self, text: str, choose: Callable[[Sequence[str]], str], file: IO[bytes], rows: int, size: int) -> tuple[str, bool]:
        """Write the answer to a query as the media type that `choose` takes of those that fit it, up to `rows` rows or triples and `size`
        bytes; the media type, and whether that was all. Runs until it is done: whoever asks for another's query ends its process.

        Raises:
            QueryError, ReadOnly, StoreError: see `GraphStore.query`; QueryError also for more bytes.
        """
        bound = bind(text, {})
        try:
            found = self._store.query(bound, prefixes=PREFIXES)
            kinds = TRIPLES if isinstance(found, ox.QueryTriples) else SOLUTIONS
            media = choose(list(kinds))
            return media, write_answer(found, media, file, rows, size)
        except SyntaxError as error:
            raise QueryError(f"SPARQL: {' '.join(str(error).split())}") from error
        except TooLarge:
            raise QueryError(f"the answer has more than {size >> 20} MB; narrow the query, or add LIMIT") from None
        except (OSError, RuntimeError, ValueError) as error:
            raise StoreError("the SPARQL engine failed over the query") from error

    def about(self, subject: str | None = None, predicate: str | None = None, value: str | None = None) -> Iterator[Any]:
        """Triples that have these IRIs as subject, predicate and object, any where none is given."""
        subject_, predicate_, value_ = (ox.NamedNode(iri) if iri else None for iri in (subject, predicate, value))
        for quad in self._store.quads_for_pattern(subject_, predicate_, value_):
            yield quad.triple

    def __len__(self) -> int:
        return len(self._store)

    def close(self) -> None:
        """Let go of the files."""
        self._store = None

    def _run(self, text: str, limit: int) -> Answer:
        try:
            return to_answer(self._store.query(text, prefixes=PREFIXES), limit)
        except SyntaxError as error:
            raise QueryError(f"SPARQL: {' '.join(str(error).split())}") from error
        except (OSError, RuntimeError, ValueError) as error:
            raise StoreError(f"the SPARQL engine failed: {' '.join(str(error).split())}") from error


def fill(version: Version) -> Path:
    """The folder with the store, built if it is missing or stale."""
    return ensure_index(version.path / FOLDER, version, lambda path: _build(version, path))


def open_store(version: Version) -> OxigraphStore:
    """Open the store of a version, building it first if need be."""
    return OxigraphStore(fill(version) / "store")


def _in_time(run: Callable[[], Answer], timeout: float) -> Answer:
    outcome: list[Any] = []

    def work() -> None:
        try:
            outcome.append(run())
        except Exception as error:  # handed to the caller's thread, whatever it is
            outcome.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(timeout)
    if not outcome:
        raise QueryTimeout(f"the query ran longer than {timeout:g} s; narrow it or raise --timeout")
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    answer: Answer = outcome[0]
    return answer


@without_cycles()
def _build(version: Version, folder: Path) -> None:
    """A store of all triples; made from that of the version before where little has changed since."""
    path = folder / "store"
    with contextlib.suppress(OSError, RuntimeError, ValueError, DamagedGraph):  # what is older may be broken: then all is made anew
        if _mended(version, path):
            return
    shutil.rmtree(path, ignore_errors=True)
    try:
        store = ox.Store(str(path))
        _load(store, portions(to_lines(version), _PORTION))
        store.optimize()  # what was loaded in portions is put in one order: look-ups then take half the time
        store.flush()
    except (OSError, RuntimeError, ValueError, SyntaxError) as error:  # the last of a term that the engine cannot read
        raise StoreError(f"the SPARQL index could not be built: {error}") from error


def _load(store: Any, texts: Iterable[str]) -> None:
    """Load pieces of N-Triples while the next are made, as many at a time as there are cores. Many small loads sort less each, and hold less, than
    the engine's own portions of a million triples, and one load alone would leave half a core idle.

    Raises:
        OSError, RuntimeError, ValueError, SyntaxError: the engine's.
    """

    def load(text: str) -> None:
        store.bulk_load(text.encode(), format=ox.RdfFormat.N_TRIPLES, lenient=True)

    with ThreadPoolExecutor(cores()) as loaders:
        running = deque[Future[None]]()
        for text in texts:
            running.append(loaders.submit(load, text))
            if len(running) > cores() + 1:
                running.popleft().result()
        for one in running:
            one.result()


def _mended(version: Version, path: Path) -> bool:
    """Whether the store of the version before could be copied here and mended."""
    earlier = earlier_version(version)
    if earlier is None or not is_current(earlier.path / FOLDER, earlier):
        return False
    if changed_parts(earlier, version)[1].share >= MOST_CHANGED:
        return False
    changed = changes(earlier, version)
    _copy(earlier.path / FOLDER / "store", path)
    store = ox.Store(str(path))
    for quad in parsed(changed.removed):
        store.remove(quad)
    store.extend(parsed(changed.added))
    store.flush()
    return True


def _copy(source: Path, target: Path) -> None:
    """A copy of a store that nobody writes to; its large files, which are never changed once written, are linked if they can be."""
    target.mkdir()
    for file in source.iterdir():
        if file.name == "LOCK":
            continue
        try:
            if file.suffix != ".sst":
                raise OSError("changes")
            os.link(file, target / file.name)
        except OSError:
            shutil.copyfile(file, target / file.name)
