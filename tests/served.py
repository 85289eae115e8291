"""A graph served by `kg serve` in a process of its own, and requests to it."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def media(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True)
class Server:
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, path: str, accept: str | None = None, *, method: str = "GET", body: bytes | str | None = None, seconds: float = 60, **headers: str
    ) -> Answer:  # fmt: skip
        """One request; words of header names have underscores between them. Redirects are not followed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        sent = {name.replace("_", "-"): value for name, value in headers.items()} | ({"Accept": accept} if accept else {})
        try:
            connection.request(method, path, body.encode() if isinstance(body, str) else body, sent)
            response = connection.getresponse()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        finally:
            connection.close()


@contextlib.contextmanager
def serving(graph: Path, log: Path, *options: str) -> Iterator[Server]:
    """The server, once it answers; ended after."""
    port = free_port()
    with log.open("wb") as file:
        command = [sys.executable, "-m", "kg", "serve", str(graph), "--port", str(port), *options]
        process = subprocess.Popen(command, stdout=file, stderr=file)
    server = Server(port, process, log)
    until = time.monotonic() + 90
    try:
        while True:
            with contextlib.suppress(OSError):
                if server.ask("/sparql?query=ASK%7B%7D").status == 200:
                    break
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
