"""The explorer in a browser, opened, and what can be done there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from served import Server

SHOTS = os.environ.get("KG_SCREENSHOTS")  # a folder that pictures of each view are written to


class Page:
    """The explorer, opened, and what can be done there."""

    def __init__(self, browser: Any, server: Server, path: str = "/") -> None:
        self.browser, self.server = browser, server
        browser.get_log("performance")
        browser.get_log("browser")
        browser.get("about:blank")
        self.open(path)

    def open(self, path: str) -> None:
        self.browser.get(f"{self.server.uri}{path}")
        self.until("return document.body.dataset.ready === 'yes'")

    def run(self, script: str, *given: Any) -> Any:
        return self.browser.execute_script(script, *given)

    def until(self, script: str, *given: Any) -> Any:
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.browser, 20, 0.05).until(lambda browser: browser.execute_script(script, *given))

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.run("return explorer.state()")
        return found

    def keys(self, *keys: str) -> None:
        from selenium.webdriver import ActionChains

        for key in keys:
            ActionChains(self.browser).send_keys(key).perform()

    def search(self, words: str) -> None:
        from selenium.webdriver.common.by import By
        from selenium.webdriver.common.keys import Keys

        box = self.browser.find_element(By.ID, "search")
        box.clear()
        box.send_keys(words)
        self.until("return !document.getElementById('found').hidden")
        box.send_keys(Keys.ENTER)

    def click(self, css: str, text: str = "") -> None:
        self.run(
            "const [css, text] = arguments; const all = [...document.querySelectorAll(css)].filter((e) => e.textContent.includes(text));"
            "if (!all.length) throw new Error('nothing like ' + css + ' ' + text); all[0].click()", css, text,
        )  # fmt: skip

    def shot(self, name: str) -> None:
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            self.browser.save_screenshot(str(Path(SHOTS) / f"{name}.png"))

    def trouble(self) -> list[str]:
        """Requests to other places, and errors in the console."""
        events = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]
        asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        other = [url for url in asked if not url.startswith((self.server.uri, "data:", "blob:", "about:"))]
        return other + [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]

    def pixels(self, colour: tuple[int, int, int]) -> int:
        found: int = self.run(
            "const c = document.getElementById('picture'), [r, g, b] = arguments[0]; explorer.app.renderer.paint();"
            "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0;"
            "for (let i = 0; i < d.length; i += 4) if (d[i] === r && d[i + 1] === g && d[i + 2] === b) n++; return n", list(colour),
        )  # fmt: skip
        return found
