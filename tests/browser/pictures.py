"""Pictures of the pages for the documents, from a running demo.

``python -m tests.browser.pictures --address http://127.0.0.1:8000 --nurse NAME --doctor NAME
--password WORD`` writes ``docs/images/<page>-<width>.png`` at both sizes. Nobody in them is real.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import chromium_path

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
SIZES = ((1280, 800), (1920, 1080))
NURSE_PAGES = {
    "observation": "/observation",
    "stock": "/lager",
    "downtime": "/noedliste",
    "adverse-events": "/uth",
}
DOCTOR_PAGES = {
    "morning": "/laege/morgen",
    "doctor": "/laege",
    "calendar": "/kalender",
    "register": "/lager/regnskab",
    "follow-up": "/behandling/opfoelgning",
    "indkald": "/behandling/indkald",
    "tapers": "/behandling/nedtrapninger",
}


def sign_in(page: Page, username: str, password: str, counter: bool) -> None:
    """Sign in by the form, at the first counter that fits."""
    page.goto("/log-ind")
    page.fill("#username", username)
    page.fill("#password", password)
    if counter:
        page.select_option("#counter", index=1)
    page.get_by_role("button", name="Log ind").click()
    page.wait_for_selector("header.bar")


def take(page: Page, name: str, width: int) -> None:
    """One picture, once nothing moves any more."""
    page.wait_for_timeout(700)
    page.screenshot(path=str(IMAGES / f"{name}-{width}.png"))


def walk(browser: Browser, asked: argparse.Namespace) -> None:
    """All pages of both roles at every size; each person signs in once."""
    for username, pages, counter in (
        (asked.nurse, NURSE_PAGES, True),
        (asked.doctor, DOCTOR_PAGES, False),
    ):
        context = browser.new_context(base_url=asked.address, locale="da-DK")
        page = context.new_page()
        sign_in(page, username, asked.password, counter)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            if counter:
                page.goto("/skranke")
                page.locator(".row-expected").first.click()
                page.wait_for_selector("#panel[data-stage]")
                take(page, "counter", width)
            for name, path in (pages | (person_pages(page) if not counter else {})).items():
                answer = page.goto(path)
                if answer is None or answer.status >= 400:
                    print(f"{path}: no page here")
                    continue
                take(page, name, width)
        if not counter:
            audit(page)
            closure(page)
        context.close()


def person_pages(page: Page) -> dict[str, str]:
    """What is decided about somebody who tapers."""
    page.goto("/behandling/nedtrapninger")
    way = page.locator("main a[href*='/behandling/person/']").first.get_attribute("href") or ""
    person = "/".join(way.split("/")[:4])
    return {
        "treatment": person,
        "order": f"{person}/ordination",
        "taper": f"{person}/beroligende",
        "move": f"{person}/flytning",
        "medicines": f"{person}/medicin",
    }


def audit(page: Page) -> None:
    """The newest report that has a draft (``dispensing audit draft`` makes one)."""
    page.goto("/audit")
    for at in range(page.locator("#reports a").count()):
        page.goto("/audit")
        page.locator("#reports a").nth(at).click()
        if page.locator(".audit-columns").count():
            for width, height in SIZES:
                page.set_viewport_size({"width": width, "height": height})
                page.evaluate("window.scrollTo(0, 0)")
                take(page, "audit", width)
            return


def closure(page: Page) -> None:
    """An own closure of the demo, planned and decided; who then goes to another unit."""
    day = (date.today() + timedelta(days=8)).isoformat()
    page.goto("/kalender")
    page.get_by_label("Første dag").fill(day)
    page.get_by_label("Hvad hedder lukningen?").fill("Personaledag")
    page.get_by_role("button", name="Luk dagene").click()
    page.goto(f"/lukkedage/{day}")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.locator(".met", has_text="Mangler dosis").first.scroll_into_view_if_needed()
        elsewhere = page.locator("input[value^=guest]")
        if elsewhere.count():
            elsewhere.first.scroll_into_view_if_needed()
        take(page, "planner", width)
    page.get_by_role("button", name="Beslut for alle de valgte").click()
    page.wait_for_selector("#notice")
    page.goto("/gaester")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        take(page, "guests", width)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("address", "nurse", "doctor", "password"):
        parser.add_argument(f"--{name}", required=True)
    asked = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        walk(browser, asked)
        browser.close()


if __name__ == "__main__":
    main()
