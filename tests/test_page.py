"""The drawn page in a real browser: it draws, asks the network for nothing, and runs nothing of the data."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.draw import visualize
from kg.model.errors import UsageError

HOSTILE = ['<img src=x onerror="window.hacked = 1"> href', "</script><script>window.hacked = 1</script>", "' OR 1=1 <b>href</b>"]


def open_page(browser: Any, path: Path) -> tuple[list[str], list[str]]:
    """(addresses asked for other than the page, console errors)."""
    browser.get_log("performance")
    browser.get_log("browser")
    browser.get(path.as_uri())
    browser.execute_async_script("const done = arguments[0]; setTimeout(done, 800)")
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    other = [url for url in asked if url != path.as_uri() and not url.startswith(("data:", "blob:"))]
    errors = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    return other, errors


@pytest.mark.browser
def test_draws_without_network_or_errors(browser: Any, toy_graph: kg.Graph, tmp_path: Path) -> None:
    drawn = visualize(toy_graph, tmp_path / "toy.html")
    assert (drawn.nodes, drawn.edges) == (14, 31)  # 3 papers, 11 entities; 20 roles, 11 relations
    asked, errors = open_page(browser, tmp_path / "toy.html")
    assert (asked, errors) == ([], [])
    assert browser.execute_script("return nodes.length") == 14
    assert browser.execute_script("return edges.length") == 31
    colours = browser.execute_script("""
        const canvas = document.querySelector('canvas'), seen = {};
        const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        for (let i = 0; i < data.length; i += 4) { const k = [data[i], data[i+1], data[i+2]].join(); seen[k] = (seen[k] || 0) + 1; }
        return ['0,114,178', '213,94,0', '204,121,167', '0,158,115', '230,159,0', '86,180,233'].map(k => seen[k] || 0);""")
    assert all(count > 20 for count in colours), colours  # Paper, Model, Method, Dataset, Metric, Task
    legend = browser.execute_script("return document.getElementById('legend').innerText")
    assert re.sub(r"\s+", " ", legend).lstrip().startswith("● Paper 3 ■ Model 4 ▲ Method 1 ◆ Dataset 2 ★ Metric 2 ▼ Task 2")


@pytest.mark.browser
def test_search_types_and_sentences(browser: Any, toy_graph: kg.Graph, tmp_path: Path) -> None:
    visualize(toy_graph, tmp_path / "toy.html")
    open_page(browser, tmp_path / "toy.html")
    shown = (
        "return document.getElementById('proof').hidden ? '' : document.getElementById('proof').innerText.replace(/\\n+/g, '\\n')"
    )
    assert browser.execute_script(shown) == ""
    browser.find_element("id", "find").send_keys("alph")
    hits = browser.execute_script("return [...document.querySelectorAll('#hits li')].map((hit) => hit.innerText)")
    assert hits == ["Alpha Model", "Alpha: a reader of maps Paper"]
    browser.find_element("id", "find").send_keys("\n")
    assert browser.execute_script(shown).startswith("Close\nAlpha\nModel · 2 papers")
    browser.execute_script(
        "[...document.querySelectorAll('#proof li button')].find((b) => b.textContent === 'OUTPERFORMS → Beta').click()"
    )
    text = browser.execute_script(shown)
    assert "Alpha OUTPERFORMS Beta" in text
    assert "Alpha outperforms Beta.\nAlpha: a reader of maps" in text
    edge = browser.execute_script(  # a click on an edge of the picture shows the same
        "const told = JSON.parse(document.getElementById('told').textContent), i = told.edges.findIndex((e) => e[2] === 'OUTPERFORMS');"
        "const e = edges.get(edges.getIds()[i]); return [e.from, e.to, told.edges[i][0], told.edges[i][1]]"
    )
    assert edge[:2] == edge[2:]
    browser.execute_script("document.querySelector('#legend [data-type=Paper]').click()")
    assert browser.execute_script("return nodes.get({ filter: (node) => node.hidden }).length") == 3
    assert (
        browser.execute_script("return document.querySelector('#legend [data-type=Paper]').getAttribute('aria-pressed')") == "false"
    )


@pytest.mark.browser
def test_hostile_titles_are_inert(browser: Any, tmp_path: Path) -> None:
    papers = [{"id": f"h{i}", "title": t, "abstract": f"We present {t}."} for i, t in enumerate(HOSTILE)]
    records = [
        {"id": f"h{i}", "entities": [{"id": "e", "type": "Model", "name": t, "mentions": [t, t + "2"], "roles": ["introduces"],
                                      "role_evidence": [{"role": "introduces", "sentence": t}]}]}
        for i, t in enumerate(HOSTILE)
    ]  # fmt: skip
    for name, rows in (("p.jsonl", papers), ("r.jsonl", records)):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    kg.build([tmp_path / "p.jsonl"], tmp_path / "h.kg", model=None, records=tmp_path / "r.jsonl")
    with kg.open(tmp_path / "h.kg") as graph:
        visualize(graph, tmp_path / "h.html", around=HOSTILE[0], hops=2)
        visualize(graph, tmp_path / "all.html")
    for page in ("h.html", "all.html"):
        asked, errors = open_page(browser, tmp_path / page)
        assert (asked, errors) == ([], [])
        count = browser.execute_script("return nodes.length")
        for node in range(count):  # a click and a hover on each node show its tooltip
            browser.execute_script(
                """
                const at = network.canvasToDOM(network.getPosition(arguments[0])), box = document.querySelector('canvas');
                for (const kind of ['pointermove', 'mousemove', 'pointerdown', 'pointerup', 'click'])
                    box.dispatchEvent(new MouseEvent(kind, {clientX: at.x, clientY: at.y, bubbles: true}));""",
                node,
            )
        browser.execute_async_script("setTimeout(arguments[0], 500)")
        assert browser.execute_script("return window.hacked === undefined")
        assert browser.execute_script("return document.querySelectorAll('img, #legend script').length") == 0


def test_nothing_of_the_page_points_to_a_cdn(toy_graph: kg.Graph, tmp_path: Path) -> None:
    page = visualize(toy_graph, tmp_path / "toy.html").path.read_text(encoding="utf-8")
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", page)
    assert "default-src 'none'" in page


def test_the_same_page_twice(toy_graph: kg.Graph, tmp_path: Path) -> None:
    pages = [visualize(toy_graph, tmp_path / name).path.read_bytes() for name in ("a.html", "b.html")]
    assert pages[0] == pages[1]


def test_around_hops_and_limits(toy_graph: kg.Graph, tmp_path: Path) -> None:
    assert visualize(toy_graph, tmp_path / "x.html", around="route planning", hops=0).nodes == 1
    assert visualize(toy_graph, tmp_path / "x.html", around="route planning", hops=1).nodes == 3  # its paper, RouteSet
    cut = visualize(toy_graph, tmp_path / "x.html", around="route planning", hops=9, max_nodes=5)
    assert (cut.nodes, cut.nodes_asked) == (5, 14)
    with pytest.raises(UsageError, match="between 1 and 1000"):
        visualize(toy_graph, tmp_path / "x.html", max_nodes=0)
    with pytest.raises(UsageError, match="0 or more"):
        visualize(toy_graph, tmp_path / "x.html", hops=-1)


def test_a_graph_without_entities_still_draws(tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_text('{"title": "Alone", "abstract": "Nothing here."}\n')
    kg.build([tmp_path / "p.jsonl"], tmp_path / "a.kg", model=None)
    with kg.open(tmp_path / "a.kg") as graph:
        assert visualize(graph, tmp_path / "a.html").nodes == 1
