"""Papers from a service's search, politely: page by page, no faster than it asks for, again after what passes, and on from where it stopped."""

from __future__ import annotations

import email.utils
import io
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from kg import registry
from kg.fetch.services import Answer, Request, Service, service
from kg.ingest.base import Format, Rejected
from kg.ingest.report import Quarantine
from kg.ingest.source import Source
from kg.model.errors import StoreError, UsageError
from kg.model.records import Paper
from kg.release import RELEASE
from kg.tables import write_atomically

ATTEMPTS = 6
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_LONGEST_WAIT = 120.0  # seconds
_LARGEST = 128 << 20  # bytes of one answer
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Manners:
    """How a service is asked: `pause` and `timeout` in seconds; `tell` hears why a request is made again; `sleep` and `clock` can be others in tests."""

    contact: str = ""
    pause: float | None = None
    timeout: float = 60.0
    attempts: int = ATTEMPTS
    tell: Callable[[str], None] = lambda message: None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic


@dataclass
class Fetched:
    """What came: papers in the file, how many there are in all (None where not told), whether that is the end, and what was set aside."""

    papers: int = 0
    total: int | None = None
    done: bool = False
    resumed: int = 0
    rejected: Quarantine = field(default_factory=Quarantine)


def fetch(
    name: str, query: str, output: Path, *, limit: int | None = None, base: str | None = None, restart: bool = False,
    manners: Manners | None = None, progress: Progress | None = None,
) -> Fetched:  # fmt: skip
    """Write the papers that a search finds to a JSON Lines file, each once; the same call again goes on where it stopped.

    Raises:
        UnknownName: there is no such service.
        UsageError: the file holds something else, or the service refuses the question.
        StoreError: the service does not answer, however often asked, or the file cannot be written; what came before is kept.
    """
    asked, manners, fetched = service(name), manners or Manners(), Fetched()
    base = base or asked.base
    state = _State(output, {"service": name, "query": query, "base": base})
    request = state.open(restart) or asked.first(query, base, manners.contact)
    fetched.papers = fetched.resumed = state.papers
    if state.done:
        fetched.done = True
        return fetched
    client = _Client(asked, manners)
    seen = state.known()
    try:
        with client, output.open("ab") as file:
            following: Request | None = request
            state.save(following, fetched.papers, file.tell())  # the file is ours from now on, even if nothing comes
            while following is not None and (limit is None or fetched.papers < limit):
                answer, papers = client.page(following, fetched.rejected)
                room = None if limit is None else limit - fetched.papers
                fresh = list({paper.canonical_id: paper for paper in papers if paper.canonical_id not in seen}.values())
                cut = room is not None and len(fresh) > room
                fresh = fresh[:room]
                seen.update(paper.canonical_id for paper in fresh)
                _write(file, fresh)
                fetched.papers += len(fresh)
                fetched.total = answer.total if answer.total is not None else fetched.total
                following = following if cut else answer.following
                state.save(following, fetched.papers, file.tell())
                if progress:
                    progress("fetch", fetched.papers, fetched.total or 0)
    except OSError as error:
        raise StoreError(f"{output} cannot be written ({error.strerror or error}); choose another place") from error
    fetched.done = following is None
    return fetched


def _write(file: IO[bytes], papers: list[Paper]) -> None:
    file.write("".join(f"{paper.to_json()}\n" for paper in papers).encode("utf-8", "surrogatepass"))
    file.flush()
    os.fsync(file.fileno())


class _State:
    """Where a search stands, in a file beside its output; it goes when the output does."""

    def __init__(self, output: Path, search: dict[str, str]) -> None:
        self._output, self._search = output, search
        self._path = output.with_name(f".{output.name}.fetch")
        self.papers, self.done = 0, False

    def open(self, restart: bool) -> Request | None:
        """The page to go on with, with the output cut back to what was surely written; None at the start."""
        if restart:
            self._output.unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)
        if not self._output.exists():
            return None
        try:
            told: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            told = {}
        if told.get("search") != self._search:
            what = f"of the search {told['search']['query']!r}" if told.get("search") else "that no search of ours wrote"
            raise UsageError(f"{self._output} is a file {what}; name another with -o, or start it anew with --restart")
        with self._output.open("r+b") as file:
            file.truncate(told["bytes"])
        self.papers, self.done = told["papers"], told["next"] is None
        return Request(**told["next"]) if told["next"] else None

    def known(self) -> set[str]:
        """The papers that are in the output."""
        if not self._output.exists():
            return set()
        with self._output.open(encoding="utf-8", errors="surrogatepass") as file:
            return {Paper.from_json(line).canonical_id for line in file}

    def save(self, following: Request | None, papers: int, size: int) -> None:
        """Remember the page to go on with; None is the end."""
        told = {"search": self._search, "next": asdict(following) if following else None, "papers": papers, "bytes": size}
        write_atomically(self._path, json.dumps(told, ensure_ascii=False) + "\n")


class _Client:
    """Asks one service, in good manners."""

    def __init__(self, asked: Service, manners: Manners) -> None:
        import httpx

        contact = f"; mailto:{manners.contact}" if manners.contact else ""
        headers = {"User-Agent": f"paperkg/{RELEASE} (knowledge graphs of papers{contact})", **asked.headers()}
        self._http = httpx.Client(headers=headers, timeout=manners.timeout, follow_redirects=True)
        self._asked, self._manners, self._last = asked, manners, float("-inf")
        self._format: Format = registry.load("ingest", asked.format)

    def __enter__(self) -> _Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def page(self, request: Request, rejected: Quarantine) -> tuple[Answer, list[Paper]]:
        """One page, asked for again after what may pass: too many requests, a server that is down, an answer cut off or too slow."""
        import httpx

        trouble = ""
        for attempt in range(self._manners.attempts):
            wait = 0.0
            try:
                status, headers, body = self._get(request)
                if status == 200:
                    papers, rows = self._read(body)
                    answer = self._asked.read(request, body, len(papers) + len(rows))
                    for row in rows:
                        rejected.append(row)
                    return answer, papers
                trouble = f"status {status}"
                if status not in _AGAIN:
                    said = " ".join(body[:300].decode("utf-8", "replace").split())
                    raise UsageError(f"{self._asked.name} refuses the question ({trouble}): {said or 'no reason given'}")
                wait = _retry_after(headers.get("retry-after", ""))
            except httpx.HTTPError as error:
                trouble = f"{type(error).__name__} {error}".strip()
            except ValueError as error:
                trouble = str(error)
            if attempt + 1 < self._manners.attempts:
                seconds = min(_LONGEST_WAIT, max(wait, self._pause * 2**attempt, 2.0**attempt))
                self._manners.tell(f"{self._asked.name}: {trouble}; asked again in {seconds:.0f} s")
                self._manners.sleep(seconds)
        raise StoreError(
            f"{self._asked.name} does not answer ({trouble}, asked {self._manners.attempts} times); what came is kept, run the same command again later"
        )

    @property
    def _pause(self) -> float:
        return self._asked.pause if self._manners.pause is None else self._manners.pause

    def _get(self, request: Request) -> tuple[int, Any, bytes]:
        early = self._last + self._pause - self._manners.clock()
        if early > 0:
            self._manners.sleep(early)
        self._last = self._manners.clock()
        params = {**request.params, **self._asked.secrets()}
        parts, size = [], 0
        with self._http.stream("GET", request.url, params=params) as response:
            for part in response.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > _LARGEST or self._manners.clock() - self._last > 5 * self._manners.timeout:
                    raise ValueError("the answer is too long or too slow")
            return response.status_code, response.headers, b"".join(parts)

    def _read(self, body: bytes) -> tuple[list[Paper], list[Rejected]]:
        items = list(self._format.read(Source(self._asked.name, io.BytesIO(body)))) if body.strip() else []
        return [item[1] for item in items if isinstance(item, tuple)], list(_rows(items, self._asked.name))


def _rows(items: list[Any], name: str) -> Iterator[Rejected]:
    for item in items:
        if isinstance(item, Rejected):
            yield Rejected(name, item.record, item.line, item.offset, item.reason, item.raw)


def _retry_after(value: str) -> float:
    """Seconds that a server asks to wait, given in seconds or as a date; 0 where it does not."""
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, IndexError):
        return 0.0
