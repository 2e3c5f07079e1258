"""The observation board in a real browser: from the swallow to the signature, and the alarm."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.scene import Scene


def observed(desk: Desk, scene: Scene, given: str, family: str, minutes_ago: int = 0) -> int:
    """Somebody on an indkald day who swallowed so many minutes ago; the hand-out's number."""
    person = scene.person(name=(given, family))
    scene.indkald(person)
    desk.sign_in()
    desk.page.goto("/skranke")
    desk.open(person)
    desk.enter("reserved")
    desk.enter("given")
    reservation = scene.one(
        "SELECT reservation_id FROM observation WHERE person_id = %s AND state = 'running'", person
    )
    scene.run(
        "UPDATE observation SET started_at = started_at - make_interval(mins => %s),"
        " due_at = due_at - make_interval(mins => %s) WHERE reservation_id = %s",
        minutes_ago,
        minutes_ago,
        reservation,
    )
    return reservation


def test_a_look_and_a_signature(desk: Desk, scene: Scene) -> None:
    """H18: one press opens the row, one chooses, one writes; signing off is one press more."""
    reservation = observed(desk, scene, "Ida", "Iversen", 61)
    desk.page.goto("/observation")
    desk.page.locator(f"#observed-{reservation} a").click()
    desk.page.get_by_label("Vågen og klar").check()
    desk.page.get_by_role("button", name="Skriv ned").first.click()
    expect(desk.page.locator("#panel .notice-done")).to_contain_text("Skrevet ned.")
    desk.page.get_by_role("button", name="Ikke påvirket: underskriv").click()
    expect(desk.page.locator("#panel .notice-done")).to_contain_text("underskrevet")
    expect(desk.page.locator(f"#observed-{reservation}")).to_have_count(0)


def test_nobody_is_forgotten_on_another_page(desk: Desk, scene: Scene) -> None:
    """H18: the bar of the counter page counts who must be looked at, also after a reload."""
    observed(desk, scene, "Ole", "Olesen", 25)
    for _ in range(2):
        desk.page.goto("/skranke")
        expect(desk.page.locator("#bar-alarm a")).to_contain_text("skal ses til nu")
    desk.page.locator("#bar-alarm a").click()
    expect(desk.page.locator(".board-look").first).to_contain_text("Se til nu")


def test_who_is_deeply_sedated_is_held_and_the_doctor_reads_it(desk: Desk, scene: Scene) -> None:
    """H12: there is no button to sign with, and the doctor's page has the notice."""
    reservation = observed(desk, scene, "Per", "Petersen", 61)
    desk.page.goto(f"/observation?r={reservation}")
    desk.page.get_by_label("Døser hen midt i en samtale").check()
    desk.page.get_by_role("button", name="Skriv ned").first.click()
    expect(desk.page.locator("#panel .notice-refused")).to_contain_text("lægen får besked")
    expect(desk.page.locator(f"#observed-{reservation} .board-held")).to_be_visible()
    desk.page.context.clear_cookies()
    desk.sign_in("doctor1", None)
    desk.page.goto("/laege")
    desk.page.locator(".case-told").filter(has_text="Per Petersen").click()
    expect(desk.panel.get_by_role("button", name="Læst")).to_be_visible()
    desk.accessible()
    desk.page.get_by_role("button", name="Læst").click()
    expect(desk.page.locator(".case-told").filter(has_text="Per Petersen")).to_have_count(0)


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
@pytest.mark.parametrize("language", ["da", "en"])
def test_the_board_is_accessible(
    desk: Desk, scene: Scene, service: str, language: str, size: tuple[int, int]
) -> None:
    reservation = observed(desk, scene, "Åse Marie", "Ærø-Østergaard", 10)
    desk.page.context.add_cookies([{"name": "sprog", "value": language, "url": service}])
    desk.page.set_viewport_size({"width": size[0], "height": size[1]})
    desk.page.goto(f"/observation?r={reservation}")
    expect(desk.page.locator("#panel .poss")).to_be_visible()
    desk.accessible()
    assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
