"""A person at the page: signs in, scans, presses; counts presses. Speaks in the counter's verbs."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.scene import PASSWORD

# A fresh button takes no press for 500 ms: that press was meant for the one before it.
SETTLED_MS = 560
SCANNED_EVERY_S = 0.002

_SESSIONS: dict[tuple[str, str], Any] = {}


@dataclass
class Desk:
    page: Page
    service: str
    presses: int = field(default=0)

    def sign_in(self, username: str = "nurse1", counter: str | None = "1") -> None:
        """Sign in by the form; a session of the same service that still holds is taken up again."""
        start = "/laege" if counter is None else "/skranke"
        known = _SESSIONS.get((self.service, username))
        if known:
            self.page.context.add_cookies(known)
            if self.page.goto(start) and self.page.url.endswith(start):
                return
        self.page.goto("/log-ind")
        self.page.fill("#username", username)
        self.page.fill("#password", PASSWORD)
        self.page.select_option("#counter", counter or "")
        self.page.get_by_role("button", name="Log ind").click()
        self.page.wait_for_url("**/laege/morgen" if counter is None else f"**{start}")
        kept = [c for c in self.page.context.cookies() if c["name"] == "session"]
        _SESSIONS[self.service, username] = kept
        if counter is None:
            self.page.goto(start)

    @property
    def panel(self) -> Locator:
        return self.page.locator("#panel")

    @property
    def drawer(self) -> Locator:
        """The drawer that is open."""
        return self.page.locator("#panel details.drawer[open]")

    @property
    def verdict(self) -> Locator:
        return self.page.locator("#panel .verdict .word")

    def scan(self, code: str) -> None:
        """What a scanner types, wherever the focus is.

        Each key carries the moment a scanner would have pressed it: a busy machine that delivers
        them late must not turn a scanner into somebody who types.
        """
        keyboard = self.page.context.new_cdp_session(self.page)
        began = time.time()
        for place, key in enumerate([*code, "Enter"]):
            pressed = {"key": key, "timestamp": began + place * SCANNED_EVERY_S}
            if key == "Enter":
                pressed |= {"code": key, "windowsVirtualKeyCode": 13}
            text = "\r" if key == "Enter" else key
            keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": text} | pressed)
            keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp"} | pressed)
        keyboard.detach()

    def open(self, person_id: int) -> None:
        """Scan the person's card and wait for the panel."""
        with self.page.expect_response("**/skranke/scan"):
            self.scan(f"K-{person_id:04d}")
        self.page.wait_for_selector(f'#panel[data-person="{person_id}"]')

    def enter(self, expected_stage: str | None = None) -> None:
        """One press of Enter on the safe next step."""
        self.page.wait_for_timeout(SETTLED_MS)
        self.page.keyboard.press("Enter")
        self.presses += 1
        if expected_stage is not None:
            self.page.wait_for_selector(f'#panel[data-stage="{expected_stage}"]')

    def letter(self, key: str) -> None:
        """An action's letter; its drawer opens."""
        self.page.wait_for_timeout(SETTLED_MS)
        self.page.keyboard.press(key)
        self.page.wait_for_timeout(120)
        self.presses += 1

    def press(self, name: str) -> None:
        """A button by its words."""
        self.page.wait_for_timeout(SETTLED_MS)
        self.panel.get_by_role("button", name=name).click()
        self.presses += 1

    def hand_out(self, person_id: int) -> None:
        """The ordinary patient: one scan, two presses."""
        self.open(person_id)
        self.enter("reserved")
        self.enter("given")

    def row(self, person_id: int) -> Locator:
        return self.page.locator(f'.queue-row[data-person="{person_id}"]')

    def expect_word(self, word: str) -> None:
        expect(self.verdict).to_have_text(word)

    def accessible(self) -> None:
        """No violation known to axe on the page as it stands."""
        found = Axe().run(self.page).response["violations"]
        assert not found, [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]

    def looked_at(self, path: str, name: str) -> None:
        """Both languages, both sizes: accessible, nothing to scroll sideways."""
        for language in ("da", "en"):
            cookie = {"name": "sprog", "value": language, "url": self.service}
            self.page.context.add_cookies([cookie])  # type: ignore[list-item]
            for width, height in ((1280, 800), (1920, 1080)):
                self.page.set_viewport_size({"width": width, "height": height})
                self.page.goto(path)
                self.accessible()
                assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
                if folder := os.environ.get("DISPENSING_SHOTS"):
                    shot = f"{folder}/{name}-{language}-{width}.png"
                    self.page.screenshot(path=shot, full_page=True)
        danish = {"name": "sprog", "value": "da", "url": self.service}
        self.page.context.add_cookies([danish])  # type: ignore[list-item]
        self.page.set_viewport_size({"width": 1280, "height": 800})
