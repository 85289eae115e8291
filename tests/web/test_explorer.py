"""The explorer in a real browser, over a live server: what a newcomer does, and what must never happen."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus
from xml.etree import ElementTree

import networkx as nx
import pytest
import rdflib
from explorer_page import Page
from served import Server

import kg

pytestmark = pytest.mark.browser
COLOURS = {"Paper": (0, 0x72, 0xB2), "Model": (0xD5, 0x5E, 0), "Dataset": (0, 0x9E, 0x73)}


@pytest.fixture
def page(browser: Any, server: Server) -> Iterator[Page]:
    browser.set_window_size(1280, 800)
    opened = Page(browser, server)
    yield opened
    assert opened.trouble() == []


def test_it_opens_on_a_start_with_a_map(page: Page) -> None:
    page.until("return document.body.dataset.map === 'drawn'")
    assert page.run("return document.body.classList.contains('landing') && document.querySelectorAll('[data-open]').length") == 11
    assert page.run("return document.getElementById('welcome').innerText").count("Leaderboard of a dataset") == 1
    assert "14 things" in page.run("return document.getElementById('map-note').textContent")
    assert all(page.pixels(colour) > 5 for colour in COLOURS.values())
    page.shot("landing")


def test_search_select_expand(page: Page, ids: dict[str, str], toy: Path) -> None:
    page.search("alph")
    page.until("return explorer.state().nodes.length > 1 && document.body.dataset.settled")
    state = page.state()
    with kg.open(toy) as graph:
        edges = [(r["paper"], r["entity"], r["id"]) for r in graph.version.rows("roles")] + [
            (r["source"], r["target"], r["id"]) for r in graph.version.rows("relations")
        ]
    alpha = ids["Alpha"]
    near = {source if target == alpha else target for source, target, _ in edges if alpha in (source, target)}
    assert set(state["nodes"]) == {alpha, *near}
    assert set(state["edges"]) == {one for source, target, one in edges if {source, target} <= {alpha, *near}}
    assert state["chosen"] == [alpha]
    page.until("return document.getElementById('panel').innerText.includes('Alpha')")
    assert all(page.pixels(colour) > 50 for colour in COLOURS.values())
    page.shot("expanded")


def test_an_edge_shows_the_sentence_with_both_names_marked(page: Page, ids: dict[str, str]) -> None:
    page.search("alpha")
    page.until("return explorer.state().nodes.length > 1 && document.querySelector('#panel .edges')")
    page.until("return [...document.querySelectorAll('#panel button')].some((b) => b.textContent === 'OUTPERFORMS → Beta')")
    page.click("#panel button", "OUTPERFORMS → Beta")
    page.until("return document.querySelector('#panel blockquote')")
    assert page.run("return document.querySelector('#panel blockquote').textContent") == "Alpha outperforms Beta."
    assert page.run("return [...document.querySelectorAll('#panel mark')].map((m) => m.textContent)") == ["Alpha", "Beta"]
    assert (
        page.run("return document.querySelector('#panel figcaption a').getAttribute('href')")
        == f"/paper/{ids['Alpha: a reader of maps']}"
    )
    page.shot("evidence")


def test_a_paper_shows_its_text_with_the_names_in_it(page: Page) -> None:
    page.search("gamma reads")
    page.until("return document.querySelector('#panel .abstract')")
    assert "We present Gamma, which extends Alpha." in page.run("return document.querySelector('#panel .abstract').textContent")
    page.click("#panel .mention", "Alpha")
    page.until("return document.querySelector('#panel h2').textContent === 'Alpha'")


def test_table_and_picture_choose_together(page: Page, ids: dict[str, str]) -> None:
    page.search("alpha")
    page.until("return document.body.dataset.settled")
    page.click("#open-table")
    names = page.run("return [...document.querySelectorAll('#rows tbody tr')].map((r) => r.cells[0].textContent)")
    assert len(names) == len(page.state()["nodes"])
    page.click("#rows tbody tr", "Beta")
    page.until("return explorer.state().chosen[0] === arguments[0]", ids["Beta"])
    assert page.run("return document.querySelector('#rows tr.chosen').cells[0].textContent") == "Beta"
    page.click("#drawer [role=tab]", "Edges")
    assert page.run("return document.querySelectorAll('#rows tbody tr').length") == len(page.state()["edges"])
    page.shot("table")


def test_filters_undo_and_redo(page: Page) -> None:
    page.search("alpha")
    page.until("return document.body.dataset.settled")
    everything = page.state()["visible"]
    page.click("#legend button[data-type=Paper]")
    assert page.pixels(COLOURS["Paper"]) == 0
    fewer = page.state()["visible"]
    assert len(fewer) == len(everything) - 2
    page.keys("h")
    hidden = page.state()["nodes"]
    assert len(hidden) == len(everything) - 1
    page.click("#undo")
    page.click("#undo")
    assert page.state()["visible"] == everything
    page.click("#redo")
    assert page.state()["visible"] == fewer
    page.run("document.getElementById('from').value = 2021; document.getElementById('from').dispatchEvent(new Event('change'))")
    page.click("#legend button[data-type=Paper]")
    assert len(page.state()["visible"]) == len(everything) - 1  # the paper of 2020 is out


def test_path_is_drawn_and_told(page: Page, ids: dict[str, str]) -> None:
    page.search("delta")
    page.until("return document.body.dataset.settled")
    page.run("return explorer.app.go(arguments[0])", ids["Root"])
    page.until("return explorer.state().nodes.includes(arguments[0])", ids["Root"])
    page.run("explorer.app.choose([arguments[0], arguments[1]])", ids["Delta"], ids["Root"])
    page.keys("p")
    page.until("return document.querySelector('#panel h2')?.textContent === 'Path'")
    steps = page.run("return [...document.querySelectorAll('#panel ol li')].map((li) => li.textContent)")
    assert len(steps) >= 2
    assert steps[0].startswith("Delta ")
    assert steps[-1].endswith(" Root")
    page.shot("path")


def test_the_address_brings_it_all_back(page: Page, ids: dict[str, str]) -> None:
    page.search("alpha")
    page.until("return document.body.dataset.settled")
    page.run("explorer.app.choose([arguments[0]])", ids["Beta"])
    page.click("#legend button[data-type=Metric], #legend button[data-type=Dataset]")
    page.run("explorer.app.renderer.zoom(1.5); explorer.app.remember()")
    before, address = page.state(), page.run("return location.href")
    places = page.run("return explorer.app.shown.visibleNodes().map((n) => [n.id, Math.round(n.x), Math.round(n.y)])")
    page.open("/nowhere/x") if False else page.browser.get("about:blank")
    page.open(address.removeprefix(page.server.uri))
    after = page.state()
    assert {**after, "camera": None, "nodes": sorted(after["nodes"]), "edges": sorted(after["edges"]), "visible": sorted(after["visible"])} == {
        **before, "camera": None, "nodes": sorted(before["nodes"]), "edges": sorted(before["edges"]), "visible": sorted(before["visible"])
    }  # fmt: skip
    assert after["camera"]["k"] == pytest.approx(before["camera"]["k"], abs=1e-3)
    assert sorted(
        page.run("return explorer.app.shown.visibleNodes().map((n) => [n.id, Math.round(n.x), Math.round(n.y)])")
    ) == sorted(places)


def test_leaderboard_lineage_and_compare(page: Page, ids: dict[str, str]) -> None:
    page.search("mapset")
    page.until("return [...document.querySelectorAll('#panel button')].some((b) => b.textContent === 'Leaderboard')")
    page.click("#panel button", "Leaderboard")
    page.until("return document.querySelectorAll('#rows tbody tr').length === 5")
    rows = page.run(
        "return [...document.querySelectorAll('#rows tbody tr')].map((r) => [...r.cells].slice(0, 4).map((c) => c.textContent))"
    )
    assert rows[0] == ["accuracy", "higher", "Delta", "85.5"]
    assert page.run("return [...document.querySelectorAll('.chart figcaption')].map((c) => c.textContent)") == [
        "accuracy, %",
        "latency, ms",
    ]
    assert page.run("return document.querySelectorAll('.chart circle').length") == 5
    page.shot("leaderboard")
    page.run("return explorer.app.lineage(arguments[0])", ids["Gamma"])
    page.until("return document.getElementById('notice').textContent.startsWith('Left:')")
    x = page.run("return Object.fromEntries([...explorer.app.shown.nodes.values()].map((n) => [n.name, n.x]))")
    assert x["Root"] < x["Alpha"] < x["Gamma"] < x["Delta"]
    page.shot("lineage")
    papers = [ids["Alpha: a reader of maps"], ids["Gamma reads maps better"]]
    for paper in papers:
        page.run("return explorer.app.go(arguments[0])", paper)
        page.until("return explorer.state().nodes.includes(arguments[0])", paper)
    page.run("explorer.app.choose(arguments[0])", papers)
    page.click("#panel button", "Compare papers")
    page.until("return document.querySelector('#rows th button')?.textContent === 'aspect'")
    page.shot("compare")
    page.run("explorer.app.choose(arguments[0])", [ids["Alpha"], ids["Gamma"]])
    page.click("#panel button", "Compare")
    page.until("return document.querySelectorAll('#rows th').length === 5")
    cells = page.run("return [...document.querySelectorAll('#rows tbody tr')].map((r) => [...r.cells].map((c) => c.textContent))")
    assert ["EVALUATED_ON", "MapSet", "Dataset", "1", "1"] in cells
    assert ["STATES", "accuracy on MapSet", "Result", "80.0 %", "85.5 %"] in cells


def test_a_saved_question_is_asked_and_its_row_opened(page: Page, ids: dict[str, str]) -> None:
    page.run("const s = document.getElementById('ask'); s.value = 'outperforms'; s.dispatchEvent(new Event('change'))")
    page.until("return document.querySelector('#asked input')")
    page.run("document.querySelector('#asked input').value = 'beta'; document.querySelector('#asked form').requestSubmit()")
    page.until("return document.querySelectorAll('#rows tbody tr').length === 2")
    page.click("#rows tbody tr", "Gamma")
    page.until("const n = explorer.state().nodes; return arguments[0].every((id) => n.includes(id))", [ids["Gamma"], ids["Beta"]])
    page.shot("question")


def test_files_of_what_is_shown_open_in_their_readers(page: Page, toy: Path) -> None:
    page.search("alpha")
    page.until("return document.body.dataset.settled")
    state = page.state()

    def saved(format_name: str) -> str:
        page.run(
            "window.saved = null; const make = URL.createObjectURL; URL.createObjectURL = (blob) => { blob.arrayBuffer().then((b) => {"
            " window.saved = [...new Uint8Array(b)].map((x) => String.fromCharCode(x)).join(''); }); return make.call(URL, blob); };"
            "HTMLAnchorElement.prototype.click = () => {};"
            "const s = document.getElementById('save'); s.value = arguments[0]; s.dispatchEvent(new Event('change'))", format_name,
        )  # fmt: skip
        text: str = page.until("return window.saved")
        return text

    assert saved("png").startswith("\x89PNG")
    assert len(ElementTree.fromstring(saved("svg")).findall("{http://www.w3.org/2000/svg}path")) == len(state["nodes"])
    drawn = nx.read_gexf(io.BytesIO(saved("gexf").encode("latin-1")))
    assert set(drawn.nodes) == set(state["nodes"])
    assert len(list(csv.DictReader(io.StringIO(saved("csv"))))) == len(state["edges"])
    assert {edge["id"] for edge in json.loads(saved("json"))["edges"]} == set(state["edges"])
    turtle = rdflib.Graph().parse(data=saved("ttl").encode("latin-1"), format="turtle")
    with kg.open(toy) as graph:
        whole = graph.to_rdflib()
    direct = {
        triple
        for triple in turtle
        if str(triple[1]).startswith("https://w3id.org/paperkg/schema#") and not str(triple[0]).count("/statement/")
    }
    assert direct
    assert direct <= set(whole)


def test_all_by_keyboard(page: Page, ids: dict[str, str]) -> None:
    from selenium.webdriver.common.keys import Keys

    page.keys("/")
    assert page.run("return document.activeElement.id") == "search"
    page.keys("alpha")
    page.until("return document.querySelector('#found [aria-selected=true]')")
    page.keys(Keys.ENTER)
    page.until("return document.body.dataset.settled")
    assert page.run("return document.activeElement.id") == "picture"
    first = page.state()["chosen"]
    page.keys("]")
    assert page.state()["chosen"] != first
    live = page.run("return document.getElementById('live').textContent")
    assert re.match(r"\w+ .+, \d+ neighbours?$", live), live
    page.keys(Keys.ARROW_UP, Keys.ARROW_LEFT, Keys.ARROW_DOWN, Keys.ARROW_RIGHT)
    assert len(page.state()["chosen"]) == 1
    page.keys("a", "i")
    assert page.state()["chosen"] == []
    page.keys("t")
    assert page.run("return !document.getElementById('drawer').hidden")
    page.run("document.querySelector('#rows tbody tr').focus()")
    page.keys(Keys.ENTER)
    assert len(page.state()["chosen"]) == 1
    page.keys("?")
    assert page.run("return document.getElementById('keys').open")
    page.shot("keys")
    page.keys(Keys.ESCAPE)
    assert not page.run("return document.getElementById('keys').open")
    names = page.run(
        "return [...document.querySelectorAll('button, input, select, a')].filter((e) => e.checkVisibility() &&"
        " !(e.innerText || e.getAttribute('aria-label') || e.labels?.length || e.title || '').toString().trim()).length"
    )
    assert names == 0


def test_a_menu_of_what_to_do_with_a_thing(page: Page, ids: dict[str, str]) -> None:
    from selenium.webdriver.common.keys import Keys

    page.search("alpha")
    page.until("return document.body.dataset.settled")
    page.run("explorer.app.choose([arguments[0]]); document.getElementById('picture').focus()", ids["Beta"])
    page.keys("m")
    assert page.run("return [...document.querySelectorAll('#menu button')].map((b) => b.textContent)") == [
        "Expand", "Hide", "Keep only", "Pin", "Lineage", "Copy name",
    ]  # fmt: skip
    page.shot("menu")
    page.keys(Keys.ESCAPE)
    assert page.run("return document.getElementById('menu').hidden && document.activeElement.id") == "picture"
    before = page.state()["nodes"]
    at = page.run(
        "const r = explorer.app.renderer, i = r.scene.number.get(arguments[0]), b = r.canvas.getBoundingClientRect();"
        "return [b.left + r.sx(r.scene.x[i]), b.top + r.sy(r.scene.y[i])]", ids["Beta"],
    )  # fmt: skip
    page.run(
        "document.getElementById('picture').dispatchEvent(new MouseEvent('contextmenu', { clientX: arguments[0], clientY: arguments[1], bubbles: true, cancelable: true }))",
        *at,
    )
    page.click("#menu button", "Hide")
    assert set(before) - set(page.state()["nodes"]) == {ids["Beta"]}


# colours are judged as they are when transitions have ended and two frames were painted
SHOWN = """
const done = arguments[0], frame = then => requestAnimationFrame(() => requestAnimationFrame(then));
frame(() => Promise.allSettled(document.getAnimations().map(one => one.finished)).then(() => frame(done)));
"""


def test_no_rule_of_accessibility_is_broken(page: Page, ids: dict[str, str]) -> None:
    """By axe-core, in light and dark: contrast, names, roles, headings."""
    script = (Path(importlib.util.find_spec("axe_core_python").origin).parent / "axe.min.js").read_text(encoding="utf-8")  # type: ignore[union-attr, arg-type]

    def broken(view: str) -> list[str]:
        found = []
        for scheme in ("light", "dark"):
            page.browser.execute_cdp_cmd(
                "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
            )
            page.run(script)
            page.browser.execute_async_script(SHOWN)
            result = page.browser.execute_async_script("axe.run({ resultTypes: ['violations'] }).then(arguments[0])")
            found += [f"{view}, {scheme}: {v['id']} {[n['html'][:80] for n in v['nodes'][:2]]}" for v in result["violations"]]
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        return found

    page.until("return document.body.dataset.map === 'drawn'")
    faults = broken("start")
    page.search("alpha")
    page.until("return document.body.dataset.settled && document.querySelector('#panel h2')")
    faults += broken("thing")
    page.run("explorer.app.chooseEdge(explorer.state().edges[0]); explorer.app.table.open('edges')")
    page.until("return document.querySelector('#panel blockquote')")
    faults += broken("edge and table")
    page.run("document.getElementById('keys').showModal()")
    faults += broken("keys")
    for path in ("/query#leaderboard", f"/entity/{ids['Alpha']}", f"/paper/{ids['Alpha: a reader of maps']}", "/search?q=alpha"):
        page.browser.get(f"{page.server.uri}{path}")
        faults += broken(path)
    assert faults == []


def test_narrow_and_dark(page: Page) -> None:
    page.browser.set_window_size(390, 844)
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    try:
        page.open("/")
        page.search("alpha")
        page.until("return document.body.dataset.settled")
        assert page.run("return document.documentElement.scrollWidth <= innerWidth")
        assert page.run("return getComputedStyle(document.body).backgroundColor") == "rgb(13, 17, 23)"
        assert page.pixels((13, 17, 23)) > 10_000
        assert page.run(
            "const b = document.getElementById('picture').getBoundingClientRect(); return b.width > 300 && b.height > 200"
        )
        page.shot("phone-dark")
    finally:
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        page.browser.set_window_size(1280, 800)


def test_a_newcomer_finds_what_beats_a_model_in_six_clicks(page: Page, ids: dict[str, str]) -> None:
    clicks = 0

    def click(css: str, text: str = "") -> None:
        nonlocal clicks
        clicks += 1
        page.click(css, text)

    click(f"[data-open='{ids['Beta']}']")
    page.until(
        "return [...document.querySelectorAll('#panel button')].some((b) => b.textContent.startsWith('← OUTPERFORMS Gamma'))"
    )
    click("#panel button", "← OUTPERFORMS Gamma")
    page.until("return document.querySelector('#panel blockquote')")
    assert page.run("return document.querySelector('#panel blockquote').textContent") == "Gamma outperforms Alpha and Beta."
    click("#link")
    address = page.run("return location.href")
    assert "e=" in unquote_plus(address)
    page.browser.get("about:blank")
    page.open(address.removeprefix(page.server.uri))
    page.until("return document.querySelector('#panel blockquote')?.textContent === 'Gamma outperforms Alpha and Beta.'")
    click("#save option[value=json]")
    assert clicks <= 6
