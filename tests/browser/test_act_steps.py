"""The step of the other acts, at a screen: in the same form, what was typed stays, no page more."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.api.storeroom import Storeroom
from tests.browser.desk import SETTLED_MS, Desk
from tests.scene import Scene
from tests.scene_staff import PIN

NURSE, DOCTOR = 10, 11
CARD, OTHER_CARD = "M-7QK2XW49", "M-ZR84TT01"
WRONG = "730281"
SIZES = ((1280, 800), (1920, 1080))


@pytest.fixture(scope="module", autouse=True)
def staff(scene: Scene) -> None:
    scene.card(NURSE, CARD)
    scene.card(14, OTHER_CARD)


@pytest.fixture(autouse=True)
def afterwards(scene: Scene) -> Iterator[None]:
    scene.pin(NURSE)
    scene.pin(DOCTOR)
    yield
    scene.policy(1)


def reserved(desk: Desk, scene: Scene, how: str) -> int:
    """A dose is poured; then the unit asks for a step with each act."""
    scene.policy(1)
    person = scene.person()
    desk.sign_in()
    desk.page.goto("/skranke")
    desk.open(person)
    desk.enter("reserved")
    scene.policy(1, per_act_step=how)
    desk.page.reload()
    desk.open(person)
    return person


def last(scene: Scene, person: int) -> tuple[str, str | None]:
    kind, facts = scene.events(person)[-1]
    return kind, facts.get("identified_by")


def test_six_digits_pour_back_and_a_wrong_one_keeps_the_note(desk: Desk, scene: Scene) -> None:
    """H22: in the drawer that is open, without a press more; the note is typed once."""
    person = reserved(desk, scene, "pin")
    desk.letter("t")
    desk.drawer.get_by_label("Bemærkning").fill("gik igen")
    field = desk.drawer.get_by_label("Din PIN")
    field.press_sequentially(WRONG, delay=40)
    expect(desk.page.locator("#notice")).to_contain_text("PIN er forkert. Intet er ændret.")
    assert scene.kinds(person) == ["handout-reserved"]
    expect(desk.drawer.get_by_label("Bemærkning")).to_have_value("gik igen")
    expect(field).to_have_value("")
    for width, height in SIZES:
        desk.page.set_viewport_size({"width": width, "height": height})
        desk.accessible()
    field.press_sequentially(PIN, delay=40)
    desk.page.wait_for_selector('#panel[data-stage="check"]')
    assert last(scene, person) == ("handout-returned", "pin")


def test_a_card_is_for_the_drawer_that_is_open(desk: Desk, scene: Scene) -> None:
    """H22, H06: it doubts the dose, and does not give it."""
    person = reserved(desk, scene, "card")
    desk.letter("u")
    desk.scan(OTHER_CARD)
    expect(desk.page.locator("#notice")).to_contain_text("Kortet er en andens")
    assert scene.kinds(person) == ["handout-reserved"]
    desk.scan(CARD)
    desk.page.wait_for_selector('#panel[data-stage="uncertain"]')
    assert last(scene, person) == ("handout-uncertain", "card")


def test_a_whole_page_asks_in_its_form_and_once_more_for_a_wrong_one(
    desk: Desk, scene: Scene, service: str
) -> None:
    """H22, H23: what was scanned goes along, in both languages, and is booked by the right PIN."""
    store = Storeroom.furnish(scene, None)  # type: ignore[arg-type]
    scene.policy(1, per_act_step="pin")
    page = desk.page
    desk.sign_in()
    page.goto("/lager")
    receive = page.locator("section", has=page.get_by_role("heading", name="Modtag fra"))
    receive.get_by_label("Scan en pakning af leveringen").fill(store.code(end="<GS>", serial="A1"))
    receive.get_by_label("Leverandør").fill("Grossisten")
    desk.accessible()
    receive.get_by_label("Din PIN").fill(WRONG)
    receive.get_by_role("button", name="Læg i skabet").click()
    expect(page.locator("h1")).to_have_text("Endnu ikke skrevet ned")
    desk.accessible()
    page.get_by_label("Din PIN").fill(PIN)
    page.get_by_role("button", name="Prøv igen").click()
    expect(page.locator(".notice")).to_contain_text("Modtaget og lagt i skabet")
    booked = "SELECT convert_from(payload, 'UTF8')::json->'facts' FROM ledger_payload"
    facts = scene.one(f"{booked} WHERE kind = 'stock-received' ORDER BY seq DESC LIMIT 1")
    assert facts["identified_by"] == "pin" and facts["supplier"] == "Grossisten"
    page.context.add_cookies([{"name": "sprog", "value": "en", "url": service}])
    page.goto("/lager")
    expect(page.get_by_label("Your PIN").first).to_be_visible()
    desk.accessible()


def test_a_scanned_card_is_taken_by_the_field_of_a_page(desk: Desk, scene: Scene) -> None:
    """H22: the scanner's Enter is the press."""
    scene.policy(1, per_act_step="card")
    person = scene.person()
    desk.sign_in()
    desk.page.goto(f"/skranke/person/{person}/hjemme")
    desk.page.get_by_label("Vist og talt").fill("0")
    desk.page.get_by_label("Din PIN eller dit kort").focus()
    desk.accessible()
    desk.scan(CARD)
    expect(desk.page.locator("#notice")).to_contain_text("Skrevet ned.")
    assert last(scene, person) == ("home-doses-counted", "card")


def test_yes_and_no_are_pressed_by_hand(desk: Desk, scene: Scene) -> None:
    """H22: digits alone never choose between a doctor's two answers."""
    scene.policy(1)
    person = scene.person(last_covered_days_ago=5)
    desk.sign_in()
    desk.page.goto("/skranke")
    desk.open(person)
    desk.page.fill("#ask-note", "har talt med personen")
    desk.page.wait_for_timeout(SETTLED_MS)
    desk.page.locator("#ask-note").press("Enter")
    expect(desk.page.locator(".question")).to_contain_text("Spurgt")
    desk.page.context.clear_cookies()
    scene.policy(1, per_act_step="pin")
    desk.sign_in("doctor1", None)
    desk.page.goto("/laege")
    desk.page.locator(".case").first.click()
    desk.page.get_by_label("Begrundelse").fill("set og talt med")
    desk.accessible()
    desk.panel.get_by_label("Din PIN").press_sequentially(PIN, delay=40)
    desk.page.wait_for_timeout(2 * SETTLED_MS)
    assert "doctor-decided" not in " ".join(scene.kinds(person))
    expect(desk.panel.get_by_label("Din PIN")).to_have_value(PIN)
    desk.panel.get_by_role("button", name="Må udleveres").click()
    expect(desk.panel).not_to_have_attribute("data-stage", "case")
    assert last(scene, person)[1] == "pin"
