"""A unit closes today; a doctor sends people to another one, which hands out. In a real browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.scene import Scene


@pytest.fixture(scope="module")
def closed(scene: Scene) -> list[int]:
    """Closed today and tomorrow; two people of whom nothing may go home, one whom nobody serves."""
    scene.unit(2, "Nørre Fælled")
    scene.unit(3, "Elmens Apotek", "pharmacy")
    scene.run("UPDATE unit SET phone = '00 00 00 0' || unit_id")
    for days in (0, 1):
        scene.close_unit_on(1, days, "Vandskade")
    scene.close_unit_on(3, 1, "Søndag")
    until = scene.today + timedelta(days=30)
    names = (("Tom", "Thomsen"), ("Vera", "Vang"))
    people = [scene.person(name=name, diversion_supervised_until_on=until) for name in names]
    scene.person(name=("Åge", "Ågaard"), diversion_supervised_until_on=until, product="bupre-8")
    scene.run("UPDATE bottle SET closed_at = now() WHERE unit_id > 1 AND product_code = 'bupre-8'")
    return people


def test_a_doctor_sends_and_the_other_unit_hands_out(
    desk: Desk, scene: Scene, closed: list[int]
) -> None:
    """H02, H15: by the keyboard alone; the other unit's list says whose guest it is."""
    thomsen, _ = closed
    desk.sign_in("doctor1", None)
    path = f"/lukkedage/{scene.today}"
    desk.looked_at(path, "plan-guests")
    desk.page.goto(path)
    first = desk.page.locator(".met").first
    expect(first).to_contain_text("Hos Nørre Fælled")
    expect(first).to_contain_text("åbent 08:00–14:00 · tlf. 00 00 00 02")
    expect(first.get_by_role("radio", checked=True)).to_have_value("guest.1.1.2")
    expect(desk.page.locator(".met").last).to_contain_text("Ingen anden enhed kan udlevere")
    first.get_by_role("radio", checked=True).focus()
    for key, value in (("ArrowDown", "called.1.1"), ("ArrowUp", "guest.1.1.2")):
        desk.page.keyboard.press(key)
        expect(first.get_by_role("radio", checked=True)).to_have_value(value)
    desk.page.get_by_label("Hvorfor").focus()
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("#notice")).to_contain_text("Besluttet for 2.")
    expect(desk.page.locator("#list-d")).to_be_visible()
    expect(desk.page.get_by_text("hos Nørre Fælled").first).to_be_visible()
    desk.looked_at(f"{path}/sedler", "slips-guests")
    expect(desk.page.locator(".slip").first).to_contain_text("Nørre Fælled")
    desk.looked_at("/gaester", "guests-going")
    expect(desk.page.get_by_text("Tom Thomsen")).to_have_count(2)
    desk.page.context.clear_cookies()
    desk.sign_in("nurse2", "2")
    row = desk.row(thomsen)
    expect(row).to_contain_text("gæst fra Prøveenheden")
    desk.looked_at("/skranke", "counter-guests")
    desk.looked_at("/gaester", "guests-coming")
    desk.looked_at("/kalender", "calendar-guests")
    desk.page.goto("/skranke")
    desk.hand_out(thomsen)
    assert scene.one("SELECT unit_id FROM claim WHERE person_id = %s AND for_day = %s", thomsen,
                     scene.today) == 2  # fmt: skip


def test_a_doctor_withdraws_on_the_page(desk: Desk, scene: Scene, closed: list[int]) -> None:
    """H02: with a reason; the person stands without plan again."""
    _, vang = closed
    desk.sign_in("doctor1", None)
    desk.page.goto("/gaester")
    for _ in range(2):
        line = desk.page.locator(".home-dose", has_text="Vera Vang").first
        line.get_by_text("Træk tilbage", exact=True).click()
        line.get_by_label("Hvorfor").fill("rejser til familien")
        desk.page.keyboard.press("Enter")
        expect(desk.page.locator("#notice")).to_contain_text("Trukket tilbage")
    expect(desk.page.get_by_text("Vera Vang")).to_have_count(0)
    left = "SELECT count(*) FROM guest_in_force WHERE person_id = %s"
    assert scene.one(left, vang) == 0
