"""The pages of downtime in a real browser: readable for everybody, and quick from the keyboard."""

import os

import pytest

from dispensing.downtime.codes import row_text, serial_text
from tests.browser.desk import Desk
from tests.scene import Scene

PICTURES = os.environ.get("DOWNTIME_PICTURES")


def look(desk: Desk, name: str) -> None:
    desk.page.wait_for_load_state("networkidle")
    desk.accessible()
    if PICTURES:
        for wide, high in ((1280, 800), (1920, 1080)):
            desk.page.set_viewport_size({"width": wide, "height": high})
            desk.page.screenshot(path=f"{PICTURES}/{name}-{wide}.png")
        desk.page.set_viewport_size({"width": 1280, "height": 800})


@pytest.fixture(scope="module")
def people(scene: Scene) -> list[int]:
    return [scene.person(name=("Åse", f"Ærø-Øster {number}")) for number in range(6)]


def test_an_outage_from_the_keyboard(desk: Desk, scene: Scene, people: list[int]) -> None:
    """H20, H21: a row is its number, Enter, the time, Enter."""
    page = desk.page
    desk.sign_in()
    page.goto("/noedliste")
    page.get_by_role("button", name="Lav nødliste for i dag").click()
    look(desk, "lists")
    serial = scene.one("SELECT max(serial) FROM emergency_list")
    rows = {
        row["person_id"]: row["row_no"]
        for row in scene.one("SELECT rows FROM emergency_list_rows WHERE serial = %s", serial)
    }
    page.get_by_text("Alt er nede: meld nedetid").click()
    page.get_by_label("Hvad er nede?").fill("strømmen")
    page.get_by_role("button", name="Meld nedetid").click()
    look(desk, "running")
    page.goto("/skranke")
    page.get_by_text("NEDETID siden").wait_for()
    look(desk, "counter")
    page.goto("/noedliste")
    page.get_by_label("Scan eller skriv nummeret").fill(serial_text(serial))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Indtast papiret").click()
    look(desk, "typing")
    at = scene.one(
        "SELECT to_char(over_at AT TIME ZONE 'Europe/Copenhagen', 'HH24:MI') FROM downtime"
    )
    for person in people[:2]:
        page.keyboard.type(row_text(serial, rows[person]).replace("-", ""))
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Givet", exact=False).first.wait_for()
        if person == people[0]:
            page.keyboard.type(at)
            look(desk, "row")
        page.keyboard.press("Enter")
        page.get_by_text("er skrevet ned").wait_for()
    assert [scene.used(person) for person in people[:3]] == [80_000, 80_000, 0]
    page.keyboard.type(row_text(serial, rows[people[2]]))
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Siden er væk").click()
    page.get_by_text("en læge skal afgøre det").wait_for()
    look(desk, "conflict-told")


def test_the_doctor_sees_both_sides(desk: Desk, scene: Scene, people: list[int]) -> None:
    desk.sign_in("doctor1", None)
    desk.page.goto("/noedliste/konflikter")
    look(desk, "conflicts")
    desk.page.get_by_label("Din beslutning").fill("set på kameraet: fik intet")
    desk.page.get_by_role("button", name="Skriv beslutningen").click()
    desk.page.get_by_text("Ingen konflikter venter.").wait_for()
