"""Injections by day and methadone for the night at the counter's page: both in one glance."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.night import NIGHT, paired
from tests.scene import Scene


@pytest.fixture
def person(scene: Scene) -> int:
    return paired(scene, name=("Signe", "Natholm"))


def shot(desk: Desk, name: str) -> None:
    if folder := os.environ.get("DISPENSING_SHOTS"):
        desk.page.set_viewport_size({"width": 1280, "height": 800})
        desk.page.wait_for_timeout(500)
        desk.page.screenshot(path=f"{folder}/{name}.png")


def test_both_orders_are_seen_and_each_is_handed_out(desk: Desk, scene: Scene, person: int) -> None:
    """H01 H25: the session first; E shows tonight's; the list says what is left of each."""
    desk.sign_in()
    desk.open(person)
    pair = desk.page.locator("#panel .pair")
    expect(pair).to_contain_text("Heroin, injektion 200 mg + 200 mg · 0 af 2 givet i dag")
    expect(pair).to_contain_text("Til natten: Metadon, mikstur 60 mg · ikke udleveret")
    expect(desk.row(person)).to_contain_text("nat: mangler")
    desk.expect_word("Udlevér")
    desk.accessible()
    shot(desk, "night-session")
    desk.enter("reserved")
    expect(pair.locator("a")).to_have_count(0)
    desk.enter("check")  # the day's next session waits for its hour
    desk.letter("e")
    expect(pair.locator(".pair-front")).to_contain_text("Til natten")
    desk.expect_word("Udlevér")
    expect(desk.panel).to_contain_text("60 mg = 60 ml")
    expect(desk.panel).to_contain_text("Med hjem:")
    desk.accessible()
    shot(desk, "night-dose")
    desk.enter("reserved")
    expect(desk.panel).to_contain_text("60 mg")
    desk.enter("check")
    desk.open(person)
    expect(pair).to_contain_text("60 mg · udleveret")
    expect(desk.row(person)).to_contain_text("nat: udleveret")
    part = "SELECT part FROM claim WHERE person_id = %s AND for_day = %s ORDER BY part"
    rows = scene.run(part, person, scene.today).fetchall()
    assert [one for (one,) in rows] == [1, NIGHT]


def test_the_scanned_bottle_chooses_the_order(desk: Desk, scene: Scene, person: int) -> None:
    """H25: methadone in the hand is tonight's dose, the ampoule is the session's."""
    desk.sign_in()
    desk.open(person)
    code = "SELECT scan_code FROM bottle WHERE product_code = %s AND unit_id = 1 LIMIT 1"
    for product, front in (("metadon-1", "Til natten"), ("heroin-100", "Heroin")):
        with desk.page.expect_response("**/skranke/scan"):
            desk.scan(scene.one(code, product))
        expect(desk.page.locator("#panel .pair-front")).to_contain_text(front)
