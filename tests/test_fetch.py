"""Papers from services, against a server here that answers as they do: well, with too many requests, not at all, cut off, slowly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from kg.fetch.client import Fetched, Manners, fetch
from kg.model.errors import StoreError, UnknownName, UsageError
from kg.model.records import Paper

Reply = tuple[int, dict[str, str], bytes]
ENTRY = "<entry><id>http://arxiv.org/abs/2001.{n:05d}v1</id><title>Paper {n}</title><summary>On {n}.</summary><published>2020-01-01T00:00:00Z</published></entry>"


@dataclass
class Server:
    """Answers with `reply(path, parameters, number of the request)`, and remembers what it was asked."""

    url: str = ""
    reply: Callable[[str, dict[str, str], int], Reply] = lambda path, asked, number: (404, {}, b"")
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    held = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(split.query).items()}
            held.asked.append((split.path, asked, dict(self.headers)))
            status, headers, body = held.reply(split.path, asked, len(held.asked))
            slow = float(headers.pop("slow", 0))
            self.send_response(status)
            self.send_header("Content-Length", headers.pop("length", str(len(body))))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            time.sleep(slow)
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    held.url = f"http://127.0.0.1:{running.server_port}"
    yield held
    running.shutdown()
    thread.join()
    running.server_close()


def atom(start: int, size: int, total: int) -> bytes:
    entries = "".join(ENTRY.format(n=n) for n in range(start, min(start + size, total)))
    told = f'<opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">{total}</opensearch:totalResults>'
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{told}{entries}</feed>'.encode()


def arxiv_of(total: int) -> Callable[[str, dict[str, str], int], Reply]:
    return lambda path, asked, number: (200, {}, atom(int(asked["start"]), int(asked["max_results"]), total))


@dataclass
class Sleeper:
    """Sleeps without sleeping, and remembers how long."""

    slept: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


def ask(server: Server, out: Path, service: str = "arxiv", **more: Any) -> tuple[Fetched, list[float]]:
    sleeper = Sleeper()
    manners = Manners(contact="me@example.org", sleep=sleeper, timeout=more.pop("timeout", 5.0))
    return fetch(service, more.pop("query", "trees"), out, base=server.url, manners=manners, **more), sleeper.slept


def titles(path: Path) -> list[str]:
    return [Paper.from_json(line).title for line in path.read_text().splitlines()]


def test_page_after_page_with_pauses_and_a_name(server: Server, tmp_path: Path) -> None:
    server.reply = arxiv_of(250)
    fetched, slept = ask(server, tmp_path / "p.jsonl")
    assert (fetched.papers, fetched.total, fetched.done) == (250, 250, True)
    assert titles(tmp_path / "p.jsonl") == [f"Paper {n}" for n in range(250)]
    assert [asked["start"] for _, asked, _ in server.asked] == ["0", "100", "200"]
    assert server.asked[0][1]["search_query"] == 'all:"trees"'
    assert "paperkg/" in server.asked[0][2]["User-Agent"]
    assert "mailto:me@example.org" in server.asked[0][2]["User-Agent"]
    assert len(slept) == 2
    assert all(2.5 < pause <= 3.0 for pause in slept)  # arXiv asks for three seconds


def test_once_finished_it_is_not_asked_again(server: Server, tmp_path: Path) -> None:
    server.reply = arxiv_of(3)
    ask(server, tmp_path / "p.jsonl")
    fetched, _ = ask(server, tmp_path / "p.jsonl")
    assert (fetched.papers, fetched.done, len(server.asked)) == (3, True, 1)


def test_too_many_requests_and_a_server_that_is_down(server: Server, tmp_path: Path) -> None:
    bad: list[Reply] = [(429, {"Retry-After": "17"}, b"slow down"), (503, {}, b""), (500, {}, b"oops")]
    good = arxiv_of(2)
    server.reply = lambda path, asked, number: bad[number - 1] if number <= 3 else good(path, asked, number)
    fetched, slept = ask(server, tmp_path / "p.jsonl")
    assert (fetched.papers, len(server.asked)) == (2, 4)
    assert 17.0 in slept
    assert 6.0 in slept  # the second time: twice the pause
    assert 12.0 in slept


def test_answers_cut_off_are_asked_for_again(server: Server, tmp_path: Path) -> None:
    whole = atom(0, 100, 2)
    bad: list[Reply] = [
        (200, {"length": str(len(whole))}, whole[:200]),
        (200, {}, whole[:200]),
        (200, {}, b""),
        (200, {}, atom(0, 0, 2)),
    ]
    server.reply = lambda path, asked, number: bad[number - 1] if number <= 4 else (200, {}, whole)
    fetched, _ = ask(server, tmp_path / "p.jsonl")
    assert (fetched.papers, len(server.asked), len(fetched.rejected)) == (2, 5, 0)


def test_a_slow_answer_is_given_up_and_asked_for_again(server: Server, tmp_path: Path) -> None:
    whole = atom(0, 100, 1)
    server.reply = lambda path, asked, number: (200, {"slow": "1.5"} if number == 1 else {}, whole)
    fetched, _ = ask(server, tmp_path / "p.jsonl", timeout=0.5)
    assert (fetched.papers, len(server.asked)) == (1, 2)


def test_a_server_that_never_answers_ends_in_one_line_and_what_came_is_gone_on_with(server: Server, tmp_path: Path) -> None:
    good = arxiv_of(250)
    server.reply = lambda path, asked, number: good(path, asked, number) if number <= 2 else (503, {}, b"")
    with pytest.raises(
        StoreError,
        match=r"arxiv does not answer \(status 503, asked 6 times\); what came is kept, run the same command again later",
    ):
        ask(server, tmp_path / "p.jsonl")
    assert len(titles(tmp_path / "p.jsonl")) == 200
    with (tmp_path / "p.jsonl").open("a") as file:
        file.write('{"title": "half a li')  # a kill in the middle of a line
    server.reply, server.asked = good, []
    fetched, _ = ask(server, tmp_path / "p.jsonl")
    assert (fetched.papers, fetched.resumed, len(server.asked)) == (250, 200, 1)
    assert titles(tmp_path / "p.jsonl") == [f"Paper {n}" for n in range(250)]


def test_a_server_that_is_down_at_first_is_asked_again_later(server: Server, tmp_path: Path) -> None:
    server.reply = lambda path, asked, number: (503, {}, b"")
    with pytest.raises(StoreError, match="does not answer"):
        ask(server, tmp_path / "p.jsonl")
    server.reply = arxiv_of(2)
    fetched, _ = ask(server, tmp_path / "p.jsonl")
    assert (fetched.papers, fetched.done) == (2, True)


def test_a_limit_can_be_raised(server: Server, tmp_path: Path) -> None:
    server.reply = arxiv_of(250)
    fetched, _ = ask(server, tmp_path / "p.jsonl", limit=30)
    assert (fetched.papers, fetched.done) == (30, False)
    fetched, _ = ask(server, tmp_path / "p.jsonl", limit=120)
    assert titles(tmp_path / "p.jsonl") == [f"Paper {n}" for n in range(120)]


def test_a_file_of_something_else_is_left_alone(server: Server, tmp_path: Path) -> None:
    server.reply = arxiv_of(2)
    (tmp_path / "notes.jsonl").write_text("mine\n")
    with pytest.raises(UsageError, match="that no search of ours wrote; name another with -o, or start it anew with --restart"):
        ask(server, tmp_path / "notes.jsonl")
    assert (tmp_path / "notes.jsonl").read_text() == "mine\n"
    ask(server, tmp_path / "p.jsonl")
    with pytest.raises(UsageError, match="of the search 'trees'; name another"):
        ask(server, tmp_path / "p.jsonl", query="leaves")
    fetched, _ = ask(server, tmp_path / "p.jsonl", query="leaves", restart=True)
    assert fetched.papers == 2


def test_a_question_that_is_refused(server: Server, tmp_path: Path) -> None:
    server.reply = lambda path, asked, number: (400, {}, b"bad\nquery")
    with pytest.raises(UsageError, match=r"arxiv refuses the question \(status 400\): bad query"):
        ask(server, tmp_path / "p.jsonl")
    with pytest.raises(UnknownName, match="no service named 'scopus'; known: arxiv, openalex, hf, s2"):
        ask(server, tmp_path / "p.jsonl", "scopus")


def test_openalex_by_cursor_with_a_key_that_is_not_written_down(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENALEX_API_KEY", "secret")
    pages = {"*": ("next", [1, 2]), "next": (None, [2, 3])}

    def reply(path: str, asked: dict[str, str], number: int) -> Reply:
        following, works = pages[asked["cursor"]]
        rows = [{"id": f"https://openalex.org/W{n}", "title": f"Work {n}", "abstract_inverted_index": {"Word": [0]}} for n in works]
        return 200, {}, json.dumps({"meta": {"count": 3, "next_cursor": following}, "results": rows}).encode()

    server.reply = reply
    fetched, _ = ask(server, tmp_path / "p.jsonl", "openalex")
    assert (fetched.papers, fetched.total, titles(tmp_path / "p.jsonl")) == (3, 3, ["Work 1", "Work 2", "Work 3"])
    assert server.asked[0][1] == {
        "search": "trees",
        "per-page": "200",
        "cursor": "*",
        "mailto": "me@example.org",
        "api_key": "secret",
    }
    assert "secret" not in (tmp_path / ".p.jsonl.fetch").read_text()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("service", "sample", "count"),
    [
        ("arxiv", "arxiv_api_transformer.atom.xml", 5),
        ("openalex", "openalex_works.json", 1),
        ("s2", "semantic_scholar_search.json", 5),
        ("hf", "hf_daily_papers.json", 30),
    ],
)
def test_recorded_answers(server: Server, tmp_path: Path, shared: Path, service: str, sample: str, count: int) -> None:
    body = (shared / "data" / "corpora" / "formats" / sample).read_bytes()
    empty = {"arxiv": atom(0, 0, 5), "s2": b'{"total": 5, "data": []}'}.get(service, b"[]")
    server.reply = lambda path, asked, number: (200, {}, body if number == 1 else empty)
    fetched, _ = ask(server, tmp_path / "p.jsonl", service, limit=count)
    assert (fetched.papers, len(server.asked)) == (count, 1)
    assert len(titles(tmp_path / "p.jsonl")) == count


def test_hugging_face_by_day(server: Server, tmp_path: Path) -> None:
    server.reply = lambda path, asked, number: (
        200,
        {},
        json.dumps([{"paper": {"id": "2001.00001", "title": "One", "summary": "x", "upvotes": 1}}]).encode(),
    )
    fetched, _ = ask(server, tmp_path / "p.jsonl", "hf", query="2026-06-12")
    assert (fetched.papers, server.asked[0][0], server.asked[0][1]["date"]) == (1, "/daily_papers", "2026-06-12")
    ask(server, tmp_path / "q.jsonl", "hf", query="trees")
    assert (server.asked[1][0], server.asked[1][1]) == ("/papers/search", {"q": "trees"})
