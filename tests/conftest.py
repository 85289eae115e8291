from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from graphs import TOY

import kg
from kg.cli import main

SHARED = Path(os.environ.get("KG_SHARED") or Path(__file__).parent.parent.parent / "shared")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The project's shared data: beside the checkout for developers and in CI, never on a user's machine."""
    if not SHARED.is_dir():
        reason = f"{SHARED} is not here; it stands beside the developers' checkouts only"
        if os.environ.get("KG_REQUIRE_SHARED") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return SHARED


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three made-up papers with hand-written records, built into a graph."""
    directory = tmp_path_factory.mktemp("toy") / "toy.kg"
    kg.build([TOY / "papers.jsonl"], directory, model=None, records=TOY / "records.jsonl")
    return directory


@pytest.fixture(scope="session")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three made-up papers that disagree, with hand-written records, built into a graph."""
    directory = tmp_path_factory.mktemp("claims") / "claims.kg"
    kg.build([TOY / "claims.papers.jsonl"], directory, model=None, records=TOY / "claims.records.jsonl")
    return directory


@pytest.fixture
def toy_graph(toy: Path) -> Iterator[kg.Graph]:
    with kg.open(toy) as graph:
        yield graph


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in this process: (exit code, standard output, standard error)."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["kg", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        reason = "Chromium and its driver are not installed (Debian packages chromium, chromium-driver)"
        if os.environ.get("KG_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = chromium
    for flag in ("headless", "no-sandbox", "disable-gpu", "disable-background-networking", "disable-component-update", "disable-sync",
                 "window-size=1280,800"):  # fmt: skip
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    chrome = Chrome(options=options, service=Service(driver))
    yield chrome
    chrome.quit()
