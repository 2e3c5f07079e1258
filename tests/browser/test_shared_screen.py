"""The shared counter PC: switching in a scan and six digits with the work kept, hiding, locking."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.scene import PASSWORD, Scene
from tests.scene_staff import PIN

NURSE, COLLEAGUE = 10, 14
CARD, OTHER_CARD = "M-7QK2XW49", "M-ZR84TT01"
REASON = "har talt med lægen om det"


@pytest.fixture(scope="module", autouse=True)
def staff(scene: Scene) -> None:
    for staff_id, code in ((NURSE, CARD), (COLLEAGUE, OTHER_CARD)):
        scene.pin(staff_id)
        scene.card(staff_id, code)


@pytest.fixture(autouse=True)
def afterwards(scene: Scene) -> Iterator[None]:
    scene.shift(COLLEAGUE)
    yield
    scene.policy(1)


@pytest.fixture
def at_work(desk: Desk, scene: Scene) -> Desk:
    """The first nurse at the counter, signed in anew."""
    desk.page.goto("/log-ind")
    desk.page.fill("#username", "nurse1")
    desk.page.fill("#password", PASSWORD)
    desk.page.select_option("#counter", "1")
    desk.page.get_by_role("button", name="Log ind", exact=True).click()
    desk.page.wait_for_load_state()
    if desk.page.url.endswith("/log-ind"):
        desk.page.get_by_role("link", name="Fortsæt").click()
    desk.page.wait_for_url("**/skranke")
    return desk


def typing_a_reason(desk: Desk, scene: Scene) -> int:
    """A person open, a note to the doctor half written."""
    person = scene.person(last_covered_days_ago=5)
    desk.open(person)
    desk.page.fill("#ask-note", REASON)
    return person


def test_a_colleague_takes_over_with_a_scan_and_six_digits(at_work: Desk, scene: Scene) -> None:
    """H22: seven presses, all of them sent in under a second, the work kept, in her own name."""
    page = at_work.page
    person = typing_a_reason(at_work, scene)
    page.evaluate("window.began = performance.now()")
    at_work.scan(OTHER_CARD)
    expect(page.locator("#lock-said")).to_have_text("Kort læst. Tast PIN.")
    page.keyboard.type(PIN, delay=50)
    expect(page.locator("#lock")).not_to_be_visible()
    took_ms = page.evaluate("performance.now() - window.began")
    assert took_ms < 3_000
    expect(page.locator("#staff-name")).to_contain_text("E. Friis")
    expect(page.locator("#ask-note")).to_have_value(REASON)
    expect(at_work.panel).to_have_attribute("data-person", str(person))
    page.locator("#ask-note").press("Enter")
    expect(page.locator(".question")).to_contain_text("Spurgt")
    asked = "SELECT asked_by, note FROM doctor_question WHERE person_id = %s"
    assert scene.run(asked, person).fetchone() == (COLLEAGUE, REASON)


def test_by_name_without_a_card(at_work: Desk, scene: Scene) -> None:
    """Two presses and six digits."""
    page = at_work.page
    typing_a_reason(at_work, scene)
    page.click("#staff-name")
    expect(page.locator("#lock-title")).to_have_text("Hvem tager over?")
    at_work.accessible()
    page.get_by_label("Sygeplejerske E. Friis").check()
    page.keyboard.type(PIN, delay=50)
    expect(page.locator("#lock")).not_to_be_visible()
    expect(page.locator("#staff-name")).to_contain_text("E. Friis")
    expect(page.locator("#ask-note")).to_have_value(REASON)


def test_the_own_card_locks_and_the_pin_opens(at_work: Desk, scene: Scene) -> None:
    """H22: tap-out; what was typed is there again; a wrong PIN says so."""
    page = at_work.page
    typing_a_reason(at_work, scene)
    with page.expect_response("**/laas"):
        at_work.scan(CARD)
    expect(page.locator("#lock-title")).to_have_text("Låst")
    expect(page.locator("#ask-note")).not_to_be_visible()
    at_work.accessible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#lock")).to_be_visible()
    page.keyboard.type("730281", delay=50)
    expect(page.locator("#lock-said")).to_have_text("PIN er forkert. Intet er ændret.")
    page.keyboard.type(PIN, delay=50)
    expect(page.locator("#lock")).not_to_be_visible()
    expect(page.locator("#ask-note")).to_have_value(REASON)


def test_people_are_hidden_and_then_the_screen_locks(at_work: Desk, scene: Scene) -> None:
    """H22, H24: by the unit's seconds; the first touch only shows."""
    scene.policy(1, lock_seconds=60, hide_seconds=20)
    page = at_work.page
    page.clock.install()
    page.goto("/skranke")
    typing_a_reason(at_work, scene)
    page.clock.run_for(21_000)
    expect(page.locator("#veil")).to_be_visible()
    expect(page.locator("#panel")).not_to_be_visible()
    at_work.accessible()
    page.keyboard.press("x")
    expect(page.locator("#veil")).not_to_be_visible()
    expect(page.locator("#ask-note")).to_have_value(REASON)
    with page.expect_response("**/laas"):
        page.clock.run_for(61_000)
    expect(page.locator("#lock")).to_be_visible()
    row = "SELECT count(*) FROM staff_session WHERE locked_at IS NOT NULL AND staff_id = %s"
    assert scene.one(row, NURSE) >= 1
    page.keyboard.type(PIN, delay=50)
    page.clock.run_for(1_000)
    expect(page.locator("#lock")).not_to_be_visible()
    expect(page.locator("#ask-note")).to_have_value(REASON)


def test_where_the_unit_asks_six_digits_are_the_press(at_work: Desk, scene: Scene) -> None:
    """H22: no further press than the digits; a scan of the card where cards are asked for."""
    page = at_work.page
    scene.policy(1, per_act_step="card")
    person = scene.person()
    at_work.open(person)
    at_work.accessible()
    page.wait_for_timeout(600)
    page.keyboard.type(PIN, delay=50)
    page.wait_for_selector('#panel[data-stage="reserved"]')
    page.wait_for_timeout(600)
    at_work.scan(CARD)
    page.wait_for_selector('#panel[data-stage="given"]')
    by = [facts.get("identified_by") for kind, facts in scene.events(person) if "handout" in kind]
    assert by == ["pin", "card"]


def test_without_the_step_the_press_says_what_is_wanted(at_work: Desk, scene: Scene) -> None:
    """H22"""
    page = at_work.page
    scene.policy(1, per_act_step="pin")
    person = scene.person()
    at_work.open(person)
    page.wait_for_timeout(600)
    at_work.panel.locator("[data-enter]").click()
    expect(page.locator("#notice")).to_contain_text("Tast din PIN")
    page.locator("#step-reserve").focus()
    page.keyboard.type("730281", delay=50)
    expect(page.locator("#notice")).to_contain_text("PIN er forkert")
    page.keyboard.type(PIN, delay=50)
    page.wait_for_selector('#panel[data-stage="reserved"]')


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_pages_of_signing_in_are_accessible(at_work: Desk, service: str, language: str) -> None:
    at_work.page.context.add_cookies([{"name": "sprog", "value": language, "url": service}])
    for path in ("/min-pin", "/log-ind"):
        at_work.page.goto(path)
        at_work.accessible()
