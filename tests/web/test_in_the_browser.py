"""Pages besides the explorer in a real browser, and names that mean harm in all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from explorer_page import Page
from graphs import build_records, record
from served import Server, serving

import kg

pytestmark = pytest.mark.browser


def test_hostile_names_are_inert(browser: Any, tmp_path: Path) -> None:
    names = [
        "<img src=x onerror='window.hacked = 1'>",
        "</script><script>window.hacked = 1</script>",
        "javascript:window.hacked=1",
        "`${window.hacked = 1}`",
        "a\u202eb\x00c",
    ]
    papers = [
        record(f"p{i}", ("Model", name), ("Dataset", f"data {name}"), relations=(("EVALUATED_ON", 0, 1),))
        for i, name in enumerate(names)
    ]
    graph = build_records(tmp_path, *papers)
    with serving(graph, tmp_path / "log") as running:
        page = Page(browser, running)
        with kg.open(graph) as opened:
            ids = [row["id"] for row in opened.version.rows("entities")]
        for one in ids:
            page.run("return explorer.app.go(arguments[0])", one)
            page.until("return explorer.state().nodes.includes(arguments[0])", one)
        page.click("#open-table")
        for edge in page.state()["edges"]:
            page.run("explorer.app.chooseEdge(arguments[0])", edge)
        page.run(
            "document.getElementById('search').value = '<img'; document.getElementById('search').dispatchEvent(new Event('input'))"
        )
        page.until("return document.getElementById('found').children.length")
        assert page.run("return window.hacked === undefined && !document.querySelector('img')")
        for one in ids:
            browser.get(f"{running.uri}/entity/{one}")
            assert browser.execute_script("return window.hacked === undefined && !document.querySelector('img')")
        for path in (
            "/search?q=%3Cimg%20src%3Dx%20onerror%3Dwindow.hacked%3D1%3E",
            "/query?query=%3C%2Ftextarea%3E%3Cscript%3Ewindow.hacked=1%3C%2Fscript%3E",
        ):
            browser.get(f"{running.uri}{path}")
            assert browser.execute_script("return window.hacked === undefined && !document.querySelector('img')")
        assert page.trouble() == []


def test_questions_and_sparql_in_the_page(browser: Any, server: Server) -> None:
    page = Page(browser, server)
    browser.get(f"{server.uri}/query#leaderboard")
    page.until(
        "return document.querySelector('[data-name=leaderboard]') && !document.querySelector('[data-name=leaderboard]').hidden"
    )
    page.run(
        "document.querySelector('[data-name=leaderboard] input').value = 'MapSet'; document.querySelector('[data-name=leaderboard] form').requestSubmit()"
    )
    page.until("return document.querySelectorAll('#answer tbody tr').length === 5")
    page.click("[data-name=leaderboard] .edit")
    assert '"mapset"' in page.run("return document.getElementById('text').value")
    page.run("document.getElementById('sparql').requestSubmit()")
    page.until("return document.getElementById('status').textContent.startsWith('5 rows')")
    page.run("document.getElementById('text').value = 'nonsense'; document.getElementById('sparql').requestSubmit()")
    page.until("return document.getElementById('status').textContent.startsWith('SPARQL: ')")
    assert [line for line in page.trouble() if "400" not in line] == []
    page.shot("query")
