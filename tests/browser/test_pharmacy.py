"""A doctor sends somebody to a pharmacy, and its pharmacist hands out at its counter."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.scene import Scene

PHARMACY = 41
PICTURES = os.environ.get("DISPENSING_PICTURES")


@pytest.fixture(scope="module")
def pharmacy(scene: Scene) -> int:
    scene.unit(PHARMACY, "Svaneapoteket", "pharmacy")
    return PHARMACY


def shot(desk: Desk, name: str) -> None:
    if PICTURES:
        for width, height in ((1280, 800), (1920, 1080)):
            desk.page.set_viewport_size({"width": width, "height": height})
            desk.page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)


def test_from_the_doctors_decision_to_the_dose_at_the_pharmacy(
    desk: Desk, scene: Scene, pharmacy: int
) -> None:
    """H02: decided on one page, seen at the other counter, gone from it when it ends."""
    person = scene.person(name=("Rikke", "Rasmussen-Bjørnstjerne"))
    page = desk.page
    desk.sign_in("doctor1", None)
    page.goto(f"/behandling/person/{person}/udlevering")
    form = page.get_by_role("region", name="Beslut")
    form.get_by_label("Hvordan").select_option("pharmacy")
    form.get_by_label("Dage med hjem ad gangen").fill("1")
    form.locator("select[name=pharmacy_unit_id]").select_option(label="Svaneapoteket")
    for group in ("Kommer", "Indtager her"):
        for box in form.get_by_role("group", name=group).get_by_role("checkbox").all():
            box.check()
    form.get_by_label("Begrundelse").fill("bor ved apoteket, stabil i et år")
    shot(desk, "arrange")
    form.get_by_role("button", name="Beslut").click()
    expect(page.get_by_role("main")).to_contain_text("Forsyningsordre til Svaneapoteket")
    expect(page.get_by_role("main")).to_contain_text("Dage på apoteket de næste fem uger")
    shot(desk, "arranged")
    desk.page.context.clear_cookies()
    desk.sign_in(f"pharmacist{pharmacy}", str(pharmacy))
    expect(page.get_by_role("main")).to_contain_text("Rasmussen-Bjørnstjerne")
    desk.open(person)
    expect(desk.panel).not_to_contain_text("Behandling")
    shot(desk, "counter")
    desk.enter("reserved")
    desk.enter("given")
    assert desk.presses == 2
    had = "SELECT unit_id FROM administration WHERE person_id = %s AND day = %s"
    assert scene.one(had, person, scene.today) == pharmacy


def test_the_doctor_takes_the_person_back(desk: Desk, scene: Scene, pharmacy: int) -> None:
    person = scene.person(name=("Poul", "Holm"))
    scene.run(
        "INSERT INTO supply_order VALUES (nextval('supply_id_seq'), 1, %s, 1, %s, 'issued', %s,"
        " NULL, %s, '{1,2,3,4,5,6,7}', '{1}', '{1}', 1, '[]', 'dk-crk-2026', 'bor dér', 11, now())",
        *(person, pharmacy, scene.today, scene.today),
    )
    desk.sign_in("doctor1", None)
    page = desk.page
    page.goto(f"/behandling/person/{person}/udlevering")
    form = page.get_by_role("form", name="Apoteket udleverer ikke mere")
    form.get_by_label("Hvorfor?").fill("flytter tilbage")
    form.get_by_label("Streget ud").fill("tre/fire")
    form.get_by_role("button").click()
    expect(page.get_by_role("main")).to_contain_text("Streg rækken")
    form = page.get_by_role("form", name="Apoteket udleverer ikke mere")
    form.get_by_label("Hvorfor?").fill("flytter tilbage")
    form.get_by_label("Streget ud").fill("")
    form.get_by_role("button").click()
    expect(page.get_by_role("main")).to_contain_text("Slut: sidste dag")
