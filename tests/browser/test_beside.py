"""What cannot be used is said beside its field: described by it, with the focus in it."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.api.storeroom import Storeroom
from tests.browser.desk import Desk
from tests.scene import Scene
from tests.scene_staff import PIN

WRONG = "730281"
SIZES = ((1280, 800), (1920, 1080))


@pytest.fixture(autouse=True)
def afterwards(scene: Scene) -> Iterator[None]:
    scene.pin(10)
    yield
    scene.policy(1)


def language(desk: Desk, which: str) -> None:
    cookie = {"name": "sprog", "value": which, "url": desk.service}
    desk.page.context.add_cookies([cookie])  # type: ignore[list-item]


def said_beside(desk: Desk, field: Locator, text: str, name: str) -> None:
    """The sentence stands beside the field that has the focus, and is what describes it."""
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    described = (field.get_attribute("aria-describedby") or "").split()[-1]
    beside = desk.page.locator(f"#{described}")
    expect(beside).to_be_visible()
    expect(beside).to_contain_text(text)
    for width, height in SIZES:
        desk.page.set_viewport_size({"width": width, "height": height})
        desk.accessible()
        if folder := os.environ.get("DISPENSING_SHOTS"):
            desk.page.screenshot(path=f"{folder}/beside-{name}-{width}.png")
    desk.page.set_viewport_size({"width": 1280, "height": 800})


def first_buprenorphine(scene: Scene) -> int:
    person = scene.person(daily_ug=30_000, last_covered_days_ago=2)
    scene.prescribe(
        person, product="bupre-8", daily_ug=8_000, parts_ug=None, valid_to_days=40,
        high_dose_reason=None, from_days_ago=0,
    )  # fmt: skip
    return person


@pytest.mark.parametrize(
    ("which", "text"),
    [("da", "Skriv et helt tal fra 0 til 48."), ("en", "Write a whole number from 0 to 48.")],
)
def test_points_of_withdrawal(desk: Desk, scene: Scene, which: str, text: str) -> None:
    person = first_buprenorphine(scene)
    desk.sign_in()
    language(desk, which)
    desk.page.goto(f"/skranke?person={person}")
    # At 1280 wide, with findings, the marks of the strip are told on the line that is there anyway.
    legend, beside = desk.panel.locator(".legend"), desk.panel.locator(".legend-line > .limit")
    one, other = legend.bounding_box(), beside.bounding_box()
    assert one and other and abs(one["y"] - other["y"]) < 20
    field = desk.page.locator("#cows-first")
    field.fill("99")
    desk.enter()
    said_beside(desk, field, text, f"cows-{which}")
    # It goes with the next thing typed, and the good value is written down.
    field.fill("9")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(desk.page.locator(".field-error")).to_have_count(0)
    with desk.page.expect_response("**/abstinenser"):
        desk.enter()
    expect(desk.panel.locator("#withdrawal-read")).to_contain_text("9")
    language(desk, "da")


def test_an_amount(desk: Desk, scene: Scene) -> None:
    person = scene.person()
    desk.sign_in()
    desk.page.goto("/skranke")
    desk.open(person)
    desk.letter("d")
    field = desk.drawer.get_by_label("Mængde nu, i mg")
    field.fill("2,5,5")
    desk.drawer.get_by_role("button", name="Vurdér igen").click()
    said_beside(desk, field, "Skriv en mængde i mg", "mg")
    expect(desk.drawer).to_be_visible()


def test_a_wrong_pin_in_the_panel_and_on_a_page(desk: Desk, scene: Scene) -> None:
    """H22"""
    person = scene.person()
    desk.sign_in()
    scene.policy(1, per_act_step="pin")
    desk.page.goto("/skranke")
    desk.open(person)
    field = desk.page.locator("#step-reserve")
    field.press_sequentially(WRONG, delay=40)
    said_beside(desk, field, "PIN er forkert", "pin")
    expect(field).to_have_value("")
    # A whole page: the stock's count.
    desk.page.goto("/lager/optael/skranke/1")
    for one in desk.page.locator("table tbody input").all():
        one.fill("1")
    desk.page.get_by_label("Din PIN").fill(WRONG)
    desk.page.get_by_role("button", name="Aflever optællingen").click()
    said_beside(desk, desk.page.get_by_label("Din PIN"), "PIN er forkert", "pin-page")
    desk.page.goto("/min-pin")
    desk.page.get_by_label("Din adgangskode").fill("x")
    for label in ("Ny PIN, seks cifre", "Den samme igen"):
        desk.page.get_by_label(label).fill("123456")
    desk.page.get_by_role("button", name="Gem PIN").click()
    said_beside(desk, desk.page.get_by_label("Ny PIN, seks cifre"), "gættes først", "own-pin")
    assert PIN != "123456"


def test_what_was_counted_and_received(desk: Desk, scene: Scene) -> None:
    """The stock's forms are whole pages: what was typed is still there, the wrong one has focus."""
    Storeroom.furnish(scene, None)  # type: ignore[arg-type]
    desk.sign_in()
    desk.page.goto("/lager/optael/skranke/1")
    fields = desk.page.locator("table tbody input").all()
    for one in fields:
        one.fill("12,5")
    fields[-1].fill("tolv")
    desk.page.get_by_role("button", name="Aflever optællingen").click()
    again = desk.page.locator("table tbody input")
    said_beside(desk, again.last, "højst tre decimaler", "count")
    if len(fields) > 1:
        expect(again.first).to_have_value("12,5")
    desk.page.goto("/lager")
    receive = desk.page.locator("form[action='/lager/modtag']")
    receive.locator("[name=supplier]").fill("Grossisten")
    receive.locator("[name=packages]").fill("to")
    receive.get_by_role("button").click()
    receive = desk.page.locator("form[action='/lager/modtag']")
    said_beside(desk, receive.locator("[name=packages]"), "helt antal pakninger", "receive")
    expect(receive.locator("[name=supplier]")).to_have_value("Grossisten")
