"""What the containers run, run here: there is no Docker engine where the tests are."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphs import TOY
from served import serving

import kg

DOCKER = Path(__file__).parent.parent / "docker"
HERE = Path(sys.executable).parent


def run_script(name: str, **environment: str) -> subprocess.Popen[str]:
    known = {**os.environ, "PATH": f"{HERE}:{os.environ['PATH']}", **environment}
    return subprocess.Popen(["sh", str(DOCKER / name)], env=known, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docker")
    (folder / "papers").mkdir()
    shutil.copy(TOY / "papers.jsonl", folder / "papers" / "some papers.jsonl")
    script = run_script("prepare.sh", DATA=str(folder / "data"), PAPERS=str(folder / "papers"), MODEL="fast")
    out, _ = script.communicate(timeout=120)
    assert script.returncode == 0, out
    return folder / "data"


@pytest.fixture
def server(data: Path, tmp_path: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = "{}:{}".format(*free.getsockname())
    script = run_script("serve-rdf.sh", DATA=str(data), STORE=str(tmp_path), BIND=address)
    yield f"http://{address}"
    script.terminate()
    script.communicate(timeout=30)


def ask(server: str, text: str) -> list[dict[str, dict[str, str]]]:
    request = urllib.request.Request(
        f"{server}/query?{urllib.parse.urlencode({'query': text})}", headers={"Accept": "application/sparql-results+json"}
    )
    for _ in range(100):
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return list(json.load(answer)["results"]["bindings"])
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise AssertionError(f"{server} does not answer")


def test_papers_become_a_graph_and_its_triples(data: Path) -> None:
    with kg.open(data / "papers.kg") as graph:
        assert graph.stats()["nodes"]["Paper"] == 3
    assert not (data / "exchange" / "graph.new.nt").exists()


def test_the_explorer_is_served(data: Path, tmp_path: Path) -> None:
    compose = (DOCKER / "compose.yaml").read_text(encoding="utf-8")
    command = json.loads(re.search(r'command: (\["serve".*\])', compose)[1].replace("${PAGE_PORT:-8000}", "8000"))  # type: ignore[index]
    assert command[:2] == ["serve", "/data/papers.kg"]
    with serving(data / "papers.kg", tmp_path / "log", *command[2:]) as server:
        assert server.ask("/api/stats").status == 200  # the health check
        assert server.ask("/", "text/html", Host="localhost:8000").status == 200
        assert server.ask("/api/stats", Host="evil.example").status == 400


def test_without_papers_of_ones_own_the_sample_is_read(tmp_path: Path) -> None:
    script = run_script("prepare.sh", DATA=str(tmp_path), PAPERS=str(tmp_path / "none"), MODEL="fast")
    out, _ = script.communicate(timeout=120)
    assert script.returncode == 0
    assert "the bundled sample is read instead" in out
    with kg.open(tmp_path / "papers.kg") as graph:
        assert graph.stats()["nodes"]["Paper"] == 27


def test_the_triples_are_served(data: Path, server: str) -> None:
    found = ask(server, "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
    with kg.open(data / "papers.kg") as graph:
        assert int(found[0]["n"]["value"]) == len(graph.to_rdflib())
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(
            urllib.request.Request(f"{server}/update", data=b"DELETE WHERE { ?s ?p ?o }", method="POST"), timeout=5
        )


def test_compose_names_what_is_there() -> None:
    compose = (DOCKER / "compose.yaml").read_text(encoding="utf-8")
    dockerfile = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    assert set(re.findall(r"target: (\w+)", compose)) <= set(re.findall(r"^FROM .* AS (\w+)$", dockerfile, re.MULTILINE))
    assert {p.name for p in DOCKER.glob("*.sh")} == set(re.findall(r"docker/(\S+\.sh)", dockerfile))
    given = set(re.findall(r"^(\w+)=", (DOCKER / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert given == set(re.findall(r"\$\{(\w+)", compose))
    assert not re.search(r"image: \S+:latest|FROM [^:\s]+ ", compose + dockerfile)
    assert kg.__version__ in re.findall(r"image: paperkg:(\S+)", compose)
