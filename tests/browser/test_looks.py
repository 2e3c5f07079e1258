"""Every page in every state, both languages: nothing axe knows against it, nothing to scroll."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.scene import Scene

NO_SCROLL = "document.documentElement.scrollHeight <= innerHeight"
PANEL_FITS = "(p => p.scrollHeight <= p.clientHeight + 1)(document.getElementById('panel'))"


@pytest.fixture(scope="module")
def people(scene: Scene) -> dict[str, int]:
    return {
        "allow": scene.person(name=("Anna", "Agger")),
        "confirm": scene.person(name=("Bodil", "Bro"), sex="f", pregnant=True),
        "doctor": scene.person(name=("Claus", "Carl"), last_covered_days_ago=4),
        "stop": scene.person(name=("Ditte", "Dam"), valid_to_days=-1),
    }


def _language(desk: Desk, language: str, service: str) -> None:
    desk.page.context.add_cookies([{"name": "sprog", "value": language, "url": service}])


@pytest.mark.parametrize("language", ["da", "en"])
def test_sign_in_is_accessible(desk: Desk, service: str, language: str) -> None:
    _language(desk, language, service)
    desk.page.goto("/log-ind")
    assert desk.page.locator("html").get_attribute("lang") == language
    desk.accessible()


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080), (640, 400)])
def test_every_verdict_is_accessible_and_fits(
    desk: Desk, people: dict[str, int], service: str, language: str, size: tuple[int, int]
) -> None:
    """640x400 is 1280x800 at 200 % zoom: there it may scroll, but loses nothing."""
    desk.sign_in()
    _language(desk, language, service)
    desk.page.set_viewport_size({"width": size[0], "height": size[1]})
    for word, person_id in people.items():
        desk.page.goto(f"/skranke?person={person_id}")
        expect(desk.page.locator(f".verdict-{word}, .verdict-inform").first).to_be_visible()
        desk.accessible()
        if size[0] > 1000:
            assert desk.page.evaluate(NO_SCROLL), word
            assert desk.page.evaluate(PANEL_FITS), word
        else:
            assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), word


@pytest.mark.parametrize("language", ["da", "en"])
def test_reserved_given_and_open_drawers_are_accessible(
    desk: Desk, scene: Scene, service: str, language: str
) -> None:
    person_id = scene.person(name=("Emil", "Eg"))
    desk.sign_in()
    _language(desk, language, service)
    desk.page.goto(f"/skranke?person={person_id}")
    for key in ("p", "d", "l"):
        desk.letter(key)
        desk.accessible()
        desk.page.keyboard.press("Escape")
    desk.page.locator("[data-enter]").focus()
    desk.enter("reserved")
    for key in ("t", "p", "u", "d"):
        desk.letter(key)
        desk.accessible()
        desk.page.keyboard.press("Escape")
    desk.page.locator("[data-enter]").focus()
    desk.enter("given")
    desk.letter("f")
    desk.accessible()
    desk.page.goto("/skranke/luk")
    desk.accessible()


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_doctors_page_is_accessible(
    desk: Desk, people: dict[str, int], service: str, language: str
) -> None:
    desk.sign_in("doctor1", None)
    _language(desk, language, service)
    desk.page.goto("/laege")
    desk.accessible()


def test_a_screen_that_faces_the_room_shows_initials_only(
    desk: Desk, people: dict[str, int], service: str
) -> None:
    """No name, no preparation, no amount, until somebody asks to see."""
    desk.sign_in()
    desk.page.context.add_cookies([{"name": "skaerm", "value": "privat", "url": service}])
    desk.page.goto(f"/skranke?person={people['allow']}")
    seen = desk.page.locator("body").inner_text()
    assert "Agger" not in seen and "Anna" not in seen and "A.A." in seen
    expect(desk.page.locator(".amount-mg")).to_be_hidden()
    desk.accessible()
    desk.enter()
    expect(desk.page.locator(".amount-mg")).to_be_visible()
    assert desk.page.locator('#panel[data-stage="check"]').count() == 1, "the first press shows"
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("Escape")
    desk.letter("v")
    expect(desk.page.locator(".amount-mg")).to_be_hidden()


def test_the_page_prints_without_its_buttons(desk: Desk, people: dict[str, int]) -> None:
    desk.sign_in()
    desk.page.goto(f"/skranke?person={people['allow']}")
    desk.page.emulate_media(media="print")
    expect(desk.page.locator(".actions")).to_be_hidden()
    expect(desk.page.locator(".verdict .word")).to_be_visible()


def test_strict_content_policy(desk: Desk) -> None:
    """No inline script, no other host; the page fixture fails on anything the policy refused."""
    answer = desk.page.goto("/log-ind")
    assert answer is not None
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert answer.headers["cache-control"] == "no-store"
