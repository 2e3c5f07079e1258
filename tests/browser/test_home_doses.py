"""Doses at home in a real browser: called in, counted, one brought back, one stolen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.scene import PASSWORD, Scene


@pytest.fixture
def at_home(desk: Desk, scene: Scene) -> int:
    """A person who swallowed and carried doses home until the next pick-up day."""
    today = scene.today.isoweekday()
    person = scene.person(
        name=("Rikke", "Rasmussen-Bjørnstjerne"),
        take_home=True,
        supervised_weekdays=[today],
        pickup_weekdays=[today],
        take_home_days=6,
    )
    desk.sign_in()
    desk.page.goto("/skranke")
    desk.open(person)
    desk.enter("reserved")
    desk.enter("given")
    return person


def test_called_in_counted_and_told(desk: Desk, at_home: int, service: str) -> None:
    """H17, H23: from the panel in one press; each fate is a press and, where needed, a word."""
    desk.page.get_by_role("link", name="talt op, leveret tilbage").click()
    expect(desk.page.locator(".big-count")).to_contain_text("6")
    desk.page.get_by_label("Vist og talt").fill("5")
    desk.page.get_by_role("button", name="Skriv antallet ned").click()
    expect(desk.page.locator("#notice")).to_contain_text("skriv hvorfor")
    desk.page.get_by_label("Vist og talt").fill("6")
    desk.page.get_by_role("button", name="Skriv antallet ned").click()
    expect(desk.page.locator("#notice")).to_contain_text("Skrevet ned.")
    desk.page.get_by_role("button", name="Leveret tilbage uåbnet").last.click()
    expect(desk.page.locator(".read-out")).to_contain_text("Dagen bliver fri")
    desk.accessible()
    desk.page.get_by_role("button", name="Underskriv").click()
    expect(desk.page.locator("#notice")).to_contain_text("En anden person skal underskrive")
    desk.page.get_by_label("Vidnets brugernavn").fill("nurse1b")
    desk.page.get_by_label("Vidnets kodeord").fill(PASSWORD)
    desk.page.get_by_role("button", name="Underskriv").click()
    expect(desk.page.locator("#notice")).to_contain_text("Underskrevet af begge")
    expect(desk.page.locator(".home-dose")).to_have_count(5)
    drawer = desk.page.locator("details.drawer").first
    drawer.locator("summary").click()
    drawer.get_by_label("Stjålet").check()
    drawer.get_by_label("Hvad siger personen?").fill("taske stjålet")
    drawer.get_by_role("button", name="sig det til lægen").click()
    expect(desk.page.locator(".fate-stop")).to_contain_text("meldt stjålet")
    for language in ("da", "en"):
        desk.page.context.add_cookies([{"name": "sprog", "value": language, "url": service}])
        for width, height in ((1280, 800), (1920, 1080)):
            desk.page.set_viewport_size({"width": width, "height": height})
            desk.page.goto(f"/skranke/person/{at_home}/hjemme")
            desk.accessible()
            assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
