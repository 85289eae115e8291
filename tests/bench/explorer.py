"""How fast the explorer draws and its server answers.

    python tests/bench/explorer.py my.kg

Prints in one run: what a frame costs with its pixels read back, for an empty canvas and for pictures of 20,000 things and 60,000 edges and of
100,000 and 290,000, while moving and drawn whole; the first useful paint of the start; search and neighbours under 50 clients at once; the weight
of the page. Needs Chromium and its driver.
"""

from __future__ import annotations

import gzip
import http.client
import json
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from served import Server, serving

from kg.resources import data_path
from kg.tables import open_version

SCENE = """
const [n, m] = arguments, x = new Float32Array(n), y = new Float32Array(n), r = new Float32Array(n), type = new Uint8Array(n);
let seed = 7; const next = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
const across = Math.sqrt(n) * 24;
for (let i = 0; i < n; i++) { const c = i % 150; x[i] = (c % 13) * across / 13 + next() * across / 15; y[i] = Math.floor(c / 13) * across / 13 + next() * across / 15;
  r[i] = 3 + next() * 5; type[i] = i % 6; }
const source = new Uint32Array(m), target = new Uint32Array(m);
for (let e = 0; e < m; e++) { source[e] = Math.floor(next() * n); target[e] = next() < 0.7 ? (source[e] + 150 * Math.floor(1 + next() * 5)) % n : Math.floor(next() * n); }
explorer.app.renderer.show({ n, m, x, y, r, type, source, target, order: Uint32Array.from({ length: Math.min(n, 3000) }, (_, i) => i), label: (i) => `thing ${i}`,
  bubbles: null, links: [], arrows: true, least: 0.7 });
explorer.app.renderer.fit();
"""
FRAMES = """
const [moving, done] = arguments, r = explorer.app.renderer, times = [];
const bare = document.createElement('canvas'); bare.width = r.canvas.width; bare.height = r.canvas.height;
const context = bare.getContext('2d', { alpha: false });
const step = (left) => {
  const start = performance.now();
  if (moving === 'empty') { context.fillStyle = '#fff'; context.fillRect(0, 0, bare.width, bare.height); context.getImageData(5, 5, 1, 1); }
  else { if (moving === 'whole') r.drawn = null; r.camera.x += 3 / r.camera.k; r.paint(); r.context.getImageData(5, 5, 1, 1); }
  times.push(performance.now() - start);
  if (left) requestAnimationFrame(() => step(left - 1)); else done(times);
};
r.paint();
step(20);
"""


def chromium() -> Any:
    """A headless browser."""
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in ("headless", "no-sandbox", "disable-gpu", "window-size=1280,800"):
        options.add_argument(f"--{flag}")
    return Chrome(options=options, service=Service(shutil.which("chromedriver")))


def frames(browser: Any) -> None:
    """What a frame costs, in ms."""
    browser.set_script_timeout(120)
    empty = statistics.median(browser.execute_async_script(FRAMES, "empty"))
    print(f"empty canvas                    {empty:7.1f} ms a frame")
    for nodes, edges in ((20_000, 60_000), (100_000, 290_000)):
        browser.execute_script(SCENE, nodes, edges)
        time.sleep(1)
        moving = statistics.median(browser.execute_async_script(FRAMES, "moving"))
        whole = statistics.median(browser.execute_async_script(FRAMES, "whole"))
        print(
            f"{nodes:,} things, {edges:,} edges {moving:7.1f} ms moving ({moving / max(empty, 0.01):.1f} of empty), {whole:7.1f} ms drawn whole"
        )


def answers(server: Server, paths: list[str], clients: int = 50, each: int = 40) -> list[float]:
    """Seconds of each answer, sorted; each client asks again as soon as it has its answer."""
    seconds: list[float] = []

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        picked = random.Random(number)
        for _ in range(each):
            path = picked.choice(paths)
            start = time.perf_counter()
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            assert response.status == 200, path
            seconds.append(time.perf_counter() - start)
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(seconds)


def main() -> None:
    """Measure a graph."""
    graph = Path(sys.argv[1])
    entities = open_version(graph).rows("entities", ["id", "name", "papers"])
    entities.sort(key=lambda row: -row["papers"])
    known = entities[:500]
    with tempfile.TemporaryDirectory() as folder, serving(graph, Path(folder) / "log") as server:
        while not json.loads(server.ask("/api/overview").body)["ready"]:
            time.sleep(1)
        for name, paths in (
            (
                "search",
                [
                    f"/api/search?q={row['name'][:3].replace(' ', '%20')}"
                    for row in known
                    if row["name"][:3].isascii() and row["name"][:3].isalnum()
                ],
            ),
            ("neighbours", [f"/api/neighbours?id={row['id']}" for row in known]),
        ):
            seconds = answers(server, paths)
            print(
                f"{name:<11} 50 clients: median {statistics.median(seconds) * 1000:5.1f} ms, p95 {seconds[int(len(seconds) * 0.95)] * 1000:5.1f} ms"
            )
        browser = chromium()
        try:
            paints = []
            for _ in range(5):
                browser.get("about:blank")
                browser.get(f"{server.uri}/")
                time.sleep(2)
                paints.append(browser.execute_script("return performance.getEntriesByName('first-contentful-paint')[0].startTime"))
            print(f"start: first contentful paint {statistics.median(paints):.0f} ms (median of 5)")
            frames(browser)
        finally:
            browser.quit()
    files = [*data_path("web", "ui", "static").rglob("*.*"), data_path("web", "ui", "templates", "explore.html")]
    print(f"page weight {sum(len(gzip.compress(file.read_bytes())) for file in files) / 1000:.0f} kB gzipped, all files")


if __name__ == "__main__":
    main()
