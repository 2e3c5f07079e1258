"""A doctor decides Easter for a small unit in one go, in a real browser."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.scene import Scene


def test_easter_in_one_go(desk: Desk, scene: Scene) -> None:
    """H15: the calendar leads to the plan; one press decides; the counter plans the doses."""
    person = scene.person(name=("Rikke", "Rasmussen"))
    scene.person(name=("Sven", "Sørensen"), pregnant=True, sex="f", naloxone_on=None)
    until = scene.today + timedelta(days=30)
    scene.person(name=("Tom", "Thomsen"), diversion_supervised_until_on=until)
    weekday = scene.today.isoweekday()
    scene.person(
        name=("Ulla", "Urup"),
        take_home=True,
        supervised_weekdays=[weekday],
        pickup_weekdays=[weekday],
        take_home_days=6,
    )
    desk.sign_in("doctor1", None)
    desk.page.goto("/kalender")
    first, last = scene.today + timedelta(days=1), scene.today + timedelta(days=5)
    desk.page.get_by_label("Første dag").fill(first.isoformat())
    desk.page.get_by_label("Sidste dag").fill(last.isoformat())
    desk.page.get_by_label("Hvad hedder lukningen?").fill("Påske")
    desk.page.get_by_role("button", name="Luk dagene").click()
    expect(desk.page.locator("#notice")).to_contain_text("3 personer er uden plan")
    desk.looked_at("/kalender", "calendar")
    desk.page.goto("/kalender")
    desk.page.get_by_role("link", name="Planlæg doserne").first.click()
    expect(desk.page.locator(".met")).to_have_count(3)
    expect(desk.page.locator(".met").last).to_contain_text("Med hjem ville reglerne stoppe")
    desk.looked_at(f"/lukkedage/{first}", "plan")
    desk.page.goto(f"/lukkedage/{first}")
    desk.page.get_by_role("button", name="Beslut for alle de valgte").click()
    expect(desk.page.locator("#notice")).to_contain_text("Besluttet for 2.")
    expect(desk.page.locator(".met")).to_have_count(1)
    desk.looked_at(f"/lukkedage/{first}/sedler", "slips")
    expect(desk.page.locator(".slip")).to_have_count(3)
    desk.looked_at("/kalender/opslag", "notice")
    expect(desk.page.locator(".hung")).not_to_contain_text("Rasmussen")
    planned = scene.one(
        "SELECT exception_until FROM arrangement WHERE person_id = %s AND version = 2", person
    )
    assert planned == last
