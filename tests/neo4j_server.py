"""A Neo4j server for the tests: that of `NEO4J_URI`, else one of our own, run with the Java that is there, else one in a container.

Its jars come once by Maven into a folder outside the tree. Without a server the tests skip and say why; in CI
(`KG_REQUIRE_NEO4J=1`) they fail instead.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from maven import jars, missing

VERSION = "5.26.30"  # long-term support
PASSWORD = "grafted-vines-9"
NAME = f"neo4j-{VERSION}"
_CONF = """server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
dbms.usage_report.enabled=false
server.memory.pagecache.size=64m
"""
_OPENS = [f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")]


class Server:
    """A server that can be killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.uri = f"bolt://127.0.0.1:{self.port}"
        (home / "conf").mkdir(parents=True)
        (home / "conf" / "neo4j.conf").write_text(_CONF.format(port=self.port))
        self._process: subprocess.Popen[bytes] | None = None
        self._run("org.neo4j.server.startup.Neo4jAdminCommand", "dbms", "set-initial-password", PASSWORD)
        self.start()

    def _java(self, main: str, *arguments: str) -> list[str]:
        memory = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        return ["java", *memory, *_OPENS, "-cp", f"{jars(NAME)}/*", main, *arguments]

    def _run(self, main: str, *arguments: str, folder: Path | None = None) -> str:
        told = {**os.environ, "NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf")}
        done = subprocess.run(self._java(main, *arguments), env=told, cwd=folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def run_import(self, folder: Path) -> None:
        """Stop, run the command of an `import.sh` with the admin tool of these jars, and start again."""
        self.stop()
        command = (
            (folder / "import.sh").read_text().replace('"${1:-neo4j}"', "neo4j").replace("\\\n", " ").split("exec neo4j-admin ")[1]
        )
        self._run("org.neo4j.server.startup.Neo4jAdminCommand", *command.split(), folder=folder)
        self.start()

    def stop(self) -> None:
        """End it in order."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(60)

    def start(self) -> None:
        """Start, and wait until it answers."""
        arguments = (f"--home-dir={self.home}", f"--config-dir={self.home / 'conf'}")
        with (self.home / "out.log").open("ab") as log:
            self._process = subprocess.Popen(self._java("org.neo4j.server.CommunityEntryPoint", *arguments), stdout=log, stderr=log)
        wait_for(self.uri, lambda: self._process is None or self._process.poll() is not None)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


def wait_for(uri: str, ended: Callable[[], bool]) -> None:
    """Wait until a server answers; for 120 s at most, and not when it has ended."""
    from neo4j import GraphDatabase
    from neo4j.exceptions import DriverError, Neo4jError

    until = time.monotonic() + 120
    while True:
        try:
            with GraphDatabase.driver(uri, auth=("neo4j", PASSWORD)) as driver:
                driver.verify_connectivity()
                return
        except (DriverError, Neo4jError, OSError):
            if time.monotonic() > until or ended():
                raise
            time.sleep(0.3)


def start_server(home: Path) -> Iterator[Any]:
    """Yield a server, or skip."""
    reason = _missing()
    if reason and _engine_runs():
        yield from _in_container()
        return
    if reason:
        if os.environ.get("KG_REQUIRE_NEO4J") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    server = Server(home)
    yield server
    server.kill()


def _engine_runs() -> bool:
    return shutil.which("docker") is not None and subprocess.run(["docker", "info"], capture_output=True).returncode == 0


def _in_container() -> Iterator[str]:
    """The address of a server in a container, which the tests cannot kill."""
    image = ["-e", f"NEO4J_AUTH=neo4j/{PASSWORD}", f"neo4j:{VERSION}-community"]
    started = subprocess.run(
        ["docker", "run", "-d", "--rm", "-p", "127.0.0.1::7687", *image], capture_output=True, text=True, check=True
    )
    name = started.stdout.strip()
    try:
        port = subprocess.run(["docker", "port", name, "7687"], capture_output=True, text=True, check=True).stdout.rpartition(":")[
            2
        ]
        uri = f"bolt://127.0.0.1:{int(port)}"
        wait_for(uri, lambda: False)
        os.environ["NEO4J_PASSWORD"] = PASSWORD
        yield uri
    finally:
        subprocess.run(["docker", "kill", name], capture_output=True)


def _missing() -> str:
    """Why there can be no server; empty if there can."""
    return missing(NAME, "neo4j-kernel-*.jar", [("org.neo4j", "neo4j", VERSION), ("org.neo4j.app", "neo4j-server", VERSION)])
