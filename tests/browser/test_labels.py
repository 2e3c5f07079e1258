"""Labels in a real browser: one press prints, the page asks for each package, one scan each."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.desk import Desk
from tests.scene import Scene


@pytest.fixture
def poured(desk: Desk, scene: Scene) -> int:
    """A person whose dose is poured, with two to carry home."""
    today = scene.today.isoweekday()
    away = (today + 2) % 7 + 1
    person = scene.person(
        name=("Rikke", "Rasmussen-Bjørnstjerne"),
        take_home=True,
        supervised_weekdays=[today],
        pickup_weekdays=[today, away],
        take_home_days=6,
    )
    desk.sign_in()
    desk.page.goto("/skranke")
    desk.open(person)
    desk.enter("reserved")
    return person


def codes(scene: Scene, person: int) -> list[str]:
    """The live codes of the person's labels, by day."""
    rows = scene.run(
        "SELECT code FROM label WHERE person_id = %s AND code NOT IN (SELECT code FROM label_void)"
        " ORDER BY for_day, part",
        person,
    ).fetchall()
    return [code for (code,) in rows]


def print_by_letter(desk: Desk) -> None:
    """The letter prints: the PDF opens beside the page, which goes on by itself."""
    with (
        desk.page.context.expect_page() as opened,
        desk.page.expect_response("**/skranke/person/*"),
    ):
        desk.letter("e")
    opened.value.close()
    desk.page.bring_to_front()
    desk.page.wait_for_selector(".scan-back")


def test_print_scan_each_and_give(desk: Desk, scene: Scene, poured: int, service: str) -> None:
    """H16: wherever the focus is, a scan counts one package; only then the dose may be given."""
    print_by_letter(desk)
    expect(desk.page.locator(".scan-back")).to_contain_text("0 af 2 scannet")
    first, second = codes(scene, poured)
    desk.accessible()
    desk.page.wait_for_timeout(600)  # nobody picks up the next package faster
    desk.scan(f"H-{first}")
    expect(desk.page.locator(".scan-back")).to_contain_text("1 af 2 scannet")
    desk.page.wait_for_timeout(600)  # nobody picks up the next package faster
    desk.scan(f"H-{first}")
    expect(desk.panel.locator(".panel-notice")).to_contain_text("allerede scannet")
    desk.page.wait_for_timeout(600)  # nobody picks up the next package faster
    desk.scan(f"H-{second}")
    expect(desk.page.locator("#do-give")).to_be_visible()
    for language in ("en", "da"):
        desk.page.context.add_cookies([{"name": "sprog", "value": language, "url": service}])
        desk.page.goto(f"/skranke?person={poured}")
        for width, height in ((1920, 1080), (1280, 800)):
            desk.page.set_viewport_size({"width": width, "height": height})
            desk.accessible()
            assert desk.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    desk.enter("given")


def test_a_label_printed_again_replaces_the_old_one(desk: Desk, scene: Scene, poured: int) -> None:
    """H16: the reason is asked; the old code stops with a sentence, the new one counts."""
    print_by_letter(desk)
    first, second = codes(scene, poured)
    desk.letter("r")
    desk.drawer.get_by_role("radio").first.check()
    desk.drawer.get_by_label("Hvorfor trykkes den om?").fill("printeren krøllede den")
    with desk.page.context.expect_page() as opened:
        desk.drawer.get_by_role("button", name="Tryk etiketten om").click()
    opened.value.close()
    desk.page.bring_to_front()
    expect(desk.drawer).to_have_count(0)
    desk.page.wait_for_timeout(1_200)
    desk.page.wait_for_timeout(600)  # nobody picks up the next package faster
    desk.scan(f"H-{first}")
    expect(desk.panel.locator(".panel-notice")).to_contain_text("trykt om")
    new, _ = codes(scene, poured)
    assert new not in (first, second)
    desk.page.locator("#scan-code").fill(f"{new[:8]} {new[8:]}")
    desk.press("Scan etiketten")
    expect(desk.page.locator(".scan-back")).to_contain_text("1 af 2 scannet")
    desk.letter("n")
    desk.drawer.get_by_label(re.compile("Hvorfor udleveres")).fill("den sidste kan ikke læses")
    desk.drawer.get_by_role("button", name=re.compile("passer på hver pakke")).click()
    desk.page.wait_for_selector('#panel[data-stage="given"]')


def test_an_answer_fetched_before_takes_no_typed_code_away(desk: Desk, poured: int) -> None:
    """H16: the page keeps itself up to date, but not over what somebody has begun to type."""
    print_by_letter(desk)
    held: list[Route] = []
    desk.page.route(f"**/skranke/person/{poured}", lambda route: held.append(route))
    desk.page.evaluate("document.body.dispatchEvent(new CustomEvent('personchanged'))")
    while not held:
        desk.page.wait_for_timeout(50)
    desk.page.locator("#scan-code").fill("ABCD 1234")
    with desk.page.expect_response(f"**/skranke/person/{poured}"):
        held[0].continue_()
    desk.page.wait_for_timeout(300)
    expect(desk.page.locator("#scan-code")).to_have_value("ABCD 1234")


def test_a_found_package_is_traced(desk: Desk, scene: Scene, poured: int, service: str) -> None:
    """H16, H24: a doctor scans or types the code, writes why, and sees the hand-out."""
    print_by_letter(desk)
    first, _ = codes(scene, poured)
    desk.page.context.clear_cookies()
    desk.sign_in("doctor1", counter=None)
    desk.page.goto("/spor")
    desk.page.get_by_label("Etikettens kode").fill(f"H-{first}")
    desk.page.get_by_label("Hvorfor slår du op?").fill("indleveret af politiet")
    desk.page.get_by_role("button", name="Find udleveringen").click()
    expect(desk.page.locator(".facts")).to_contain_text("Rasmussen-Bjørnstjerne")
    expect(desk.page.locator(".facts")).to_contain_text("Blev ikke udleveret")
    for width, height in ((1280, 800), (1920, 1080)):
        desk.page.set_viewport_size({"width": width, "height": height})
        desk.accessible()
