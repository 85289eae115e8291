"""The extractor that asks a server: against a local one that answers well, badly, slowly and with nonsense."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import jsonschema
import pytest

from extractors.llm import LlmExtractor, answer_schema
from kg.model.errors import ExtractionError, UsageError
from kg.model.records import Paper

ABSTRACT = "We present Zorbnet, a parser for trees. Zorbnet beats Oldparse on TreeBank by 2.5 points of accuracy. See https://zorb.example/code."
PAPER = Paper("p1", "Zorbnet", ABSTRACT)
QUOTE = "Zorbnet beats Oldparse on TreeBank by 2.5 points of accuracy"
GOOD: dict[str, Any] = {
    "entities": [
        {"id": "a", "type": "Model", "name": "Zorbnet", "mentions": ["Zorbnet", "Zorb-Net"], "roles": ["introduces"], "confidence": 0.9},
        {"id": "b", "type": "Model", "name": "Oldparse", "mentions": ["Oldparse"], "roles": ["compares_with"], "confidence": 0.8},
        {"id": "c", "type": "Metric", "name": "accuracy", "mentions": ["accuracy"], "roles": ["reports"], "confidence": 0.7},
        {"id": "d", "type": "Task", "name": "time travel", "mentions": ["time travel"], "roles": ["addresses"], "confidence": 1},
    ],
    "relations": [
        {"type": "OUTPERFORMS", "source": "a", "target": "b", "quote": "Zorbnet beats Oldparse", "confidence": 0.9},
        {"type": "OUTPERFORMS", "source": "b", "target": "a", "quote": "Oldparse beats Zorbnet", "confidence": 0.9},
        {"type": "EVALUATED_ON", "source": "a", "target": "b", "quote": "on TreeBank", "confidence": 0.9},
    ],
    "results": [
        {"value": "2.5", "unit": "points", "kind": "delta", "direction": "increase", "subject": "a", "metric": "c", "dataset": None,
         "baseline": "b", "quote": QUOTE, "confidence": 0.8},
        {"value": "99", "unit": None, "kind": "absolute", "direction": None, "subject": "a", "metric": "c", "dataset": None,
         "baseline": None, "quote": QUOTE, "confidence": 0.8},
    ],
    "links": [{"type": "code", "url": "https://zorb.example/code"}, {"type": "code", "url": "https://elsewhere.example"}],
}  # fmt: skip


class Patient(ThreadingHTTPServer):
    """Says nothing of clients that gave it up: its word would land in another test's standard error."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Server:
    """Answers with what `answers` gives in turn: an HTTP code, a text, or an object; the last one for ever."""

    def __init__(self, answers: list[Any], delay: float = 0.0) -> None:
        self.answers, self.delay, self.asked = answers, delay, []  # type: ignore[var-annotated]
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.asked.append((self.path, self.headers.get("Authorization"), body))
                time.sleep(server.delay)
                answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
                self.send_response(answer if isinstance(answer, int) else 200)
                self.end_headers()
                if not isinstance(answer, int):
                    content = answer if isinstance(answer, str) else json.dumps(answer)
                    usage = {"prompt_tokens": 1000, "completion_tokens": 200}
                    self.wfile.write(json.dumps({"choices": [{"message": {"content": content}}], "usage": usage}).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.http = Patient(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    running: list[Server] = []

    def start(*answers: Any, delay: float = 0.0) -> Server:
        running.append(Server(list(answers), delay))
        return running[-1]

    yield start
    for server in running:
        server.stop()


def extractor(server: Server, **more: Any) -> LlmExtractor:
    return LlmExtractor(server.url, "tiny", key="secret", **{"pause": 0.0, "timeout": 5.0, **more})


def test_a_good_answer_is_checked_against_the_text(serve: Callable[..., Server]) -> None:
    server = serve(GOOD)
    reader = extractor(server)
    (record,) = reader.records([PAPER], reader.version)
    assert record is not None
    assert [(e.name, e.forms, [r.role for r in e.roles]) for e in record.entities] == [
        ("Zorbnet", ("Zorbnet",), ["introduces"]), ("Oldparse", ("Oldparse",), ["compares_with"]), ("accuracy", ("accuracy",), ["reports"]),
    ]  # fmt: skip
    assert all(PAPER.text[m.start : m.end] == m.text for e in record.entities for m in e.mentions)
    assert len(record.entities[0].mentions) == 3
    assert [(r.type, r.source, r.target, r.sentence) for r in record.relations] == [
        ("OUTPERFORMS", "a", "b", "Zorbnet beats Oldparse")
    ]
    assert [(r.value, r.subject, r.metric, r.baseline, r.unit) for r in record.results] == [("2.5", "a", "c", "b", "points")]
    assert [x.url for x in record.links] == ["https://zorb.example/code"]
    assert record.extractor == reader.version
    assert reader.usage.dropped == 6  # a spelling, a task, two relations, a figure, a link
    assert (reader.usage.requests, reader.usage.prompt_tokens, reader.usage.answer_tokens) == (1, 1000, 200)
    assert reader.usage.cost(2.0, 10.0) == pytest.approx(0.004)
    path, authorization, body = server.asked[0]
    assert (path, authorization, body["model"]) == ("/v1/chat/completions", "Bearer secret", "tiny")
    assert body["response_format"]["json_schema"]["schema"] == answer_schema()
    assert body["messages"][-1]["content"] == PAPER.text


def test_the_schema_takes_the_good_answer_and_no_other() -> None:
    jsonschema.validate(GOOD, answer_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(GOOD | {"more": 1}, answer_schema())


def test_bad_answers_are_asked_for_again(serve: Callable[..., Server]) -> None:
    server = serve(503, "this is no JSON", '["a list"]', json.dumps({"entities": 3}), f"```json\n{json.dumps(GOOD)}\n```")
    reader = extractor(server, tries=5)
    (record,) = reader.records([PAPER], "v")
    assert record is not None
    assert len(record.entities) == 3
    assert (reader.usage.requests, reader.usage.retries, reader.failures) == (5, 4, [])


def test_a_paper_without_usable_answer_is_told_and_the_rest_goes_on(serve: Callable[..., Server]) -> None:
    server = serve("nonsense", "nonsense", GOOD)
    reader = extractor(server, tries=2, workers=1)
    first, second = reader.records([PAPER, Paper("p2", "Zorbnet", ABSTRACT)], "v")
    assert first is None
    assert second is not None
    assert reader.failures == ["p1: no usable answer after 2 tries (JSONDecodeError: Expecting value: line 1 column 1 (char 0))"]


def test_a_slow_server_is_given_up(serve: Callable[..., Server]) -> None:
    server = serve(GOOD, delay=1.0)
    reader = extractor(server, tries=2, timeout=0.2)
    begun = time.monotonic()
    assert list(reader.records([PAPER], "v")) == [None]
    assert time.monotonic() - begun < 3
    assert "timed out" in reader.failures[0]


def test_a_refusal_ends_the_run(serve: Callable[..., Server]) -> None:
    reader = extractor(serve(401))
    with pytest.raises(ExtractionError, match=r"answers 401 Unauthorized; check --base-url, --model and OPENAI_API_KEY"):
        list(reader.records([PAPER] * 5, "v"))


def test_no_server_at_all(serve: Callable[..., Server]) -> None:
    reader = LlmExtractor("http://127.0.0.1:9/v1", "tiny", pause=0.0, tries=2)
    assert list(reader.records([PAPER], "v")) == [None]
    with pytest.raises(UsageError, match="must begin with http"):
        LlmExtractor("localhost:8000", "tiny")


def test_version_names_the_model_and_what_is_asked() -> None:
    one, two = LlmExtractor("http://a/v1", "m"), LlmExtractor("http://a/v1", "other")
    assert one.version.startswith("llm-m-")
    assert one.version != two.version


def test_build_caches_answers_and_asks_again_only_where_it_failed(
    serve: Callable[..., Server], run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    papers = tmp_path / "p.jsonl"
    papers.write_text("".join(json.dumps({"id": f"p{i}", "title": f"Zorbnet {i}", "abstract": ABSTRACT}) + "\n" for i in range(2)))
    server = serve(GOOD)
    command = ("build", papers, "-o", tmp_path / "a.kg", "--extractor", "llm", "--base-url", server.url, "--model", "tiny")
    code, _, err = run(*command, "--price-in", "2", "--price-out", "10")
    assert code == 0
    assert "llm: 2 requests (0 again), 2,000 tokens sent, 400 received, cost 0.0080; 12 statements dropped" in err
    assert "3 entities" in err
    code, _, err = run(*command)
    assert code == 0
    assert "0 new, nothing changed" in err
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--extractor", "llm"),
            "--extractor llm needs --base-url, such as http://localhost:8000/v1, and --model, a model of that server",
        ),
        (("--extractor", "magic"), "--extractor must be pipeline or llm, found 'magic'"),
        (("--base-url", "http://localhost:1/v1"), "--base-url goes with --extractor llm only"),
    ],
)
def test_options_that_do_not_go_together(
    run: Callable[..., tuple[int, str, str]], arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    papers = tmp_path / "p.jsonl"
    papers.write_text('{"id": "a", "title": "b", "abstract": "c"}\n')
    code, _, err = run("extract", papers, *arguments)
    assert (code, err) == (2, f"kg: {message}\n")
