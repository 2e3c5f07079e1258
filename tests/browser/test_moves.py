"""Away and back at the page, by a nurse who is told on the telephone; and a treatment offered."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.scene import Scene

pytestmark = pytest.mark.browser
WARD = "Bispebjerg Hospital, afd. Ærø"


def test_away_and_back_the_same_day(desk: Desk, scene: Scene) -> None:
    """H01, H02: the counter says where the right lies; the ward's dose takes the day."""
    person = scene.person(name=("Søren-Ågot", "Æbelø-Østergård"))
    desk.sign_in()
    page, at = desk.page, f"/behandling/person/{person}/flytning"
    page.goto(at)
    gone = page.locator("#vaek")
    gone.get_by_label("Hospital").check()
    gone.get_by_label("Stedets og afdelingens navn").fill(WARD)
    gone.get_by_label("Hvem fortalte det?").fill("sygeplejerske Berg")
    gone.get_by_label("Siden (klokken)").fill("00:00")
    gone.get_by_label("Telefon").fill("3531 0000")
    gone.get_by_role("button", name="Skriv som væk").click()
    expect(page.get_by_role("main")).to_contain_text("Retten til at udlevere ligger dér.")
    page.locator("#brev").get_by_role("button", name="Skriv brevet").click()
    expect(page.locator("#brev").get_by_role("link", name=WARD)).to_have_count(1)
    desk.looked_at(at, "moves-away")
    page.goto("/skranke")
    desk.open(person)
    expect(desk.panel).to_contain_text(WARD)
    desk.expect_word("Stop")
    page.goto(at)
    back = page.locator("#tilbage")
    back.get_by_label("Hvem fortalte om dagene der?").fill("udskrivningsbrev")
    back.get_by_label("Fik doser der").check()
    back.get_by_role("button", name="Skriv som tilbage").click()
    # What is wrong stands beside its field, and what was typed is still there.
    expect(page.locator("#notice")).to_contain_text("den første dag med dosis")
    expect(back.get_by_label("Hvem fortalte om dagene der?")).to_have_value("udskrivningsbrev")
    today = scene.today.isoformat()
    back.get_by_label("Doser fra og med").fill(today)
    back.get_by_label("Doser til og med").fill(today)
    back.get_by_label("Præparat").select_option("metadon-1")
    back.get_by_label("Dosis pr. dag").fill("80")
    back.get_by_role("button", name="Skriv som tilbage").click()
    expect(page.get_by_role("main")).to_contain_text("80 mg")
    desk.looked_at(at, "moves-back")


def test_a_treatment_is_offered(desk: Desk, scene: Scene) -> None:
    person = scene.person(name=("Rigmor", "Egelund"))
    if scene.one("SELECT 1 FROM unit WHERE unit_id = 2") is None:
        scene.unit(2, "Nabohuset")
    desk.page.context.clear_cookies()
    desk.sign_in("doctor1", None)
    page = desk.page
    page.goto(f"/behandling/person/{person}/flytning")
    offer = page.locator("#tilbud")
    offer.get_by_label("Enhed").select_option("2")
    offer.get_by_label("Hvorfor?").fill("flytter")
    offer.get_by_role("button", name="Tilbyd behandlingen").click()
    expect(page.locator("#tilbud")).to_contain_text("Nabohuset, venter på svar")
    desk.page.context.clear_cookies()
    desk.sign_in("doctor2", None)
    page.goto("/laege/morgen")
    expect(page.get_by_role("main")).to_contain_text("Behandlingen tilbydes jer")
    desk.looked_at("/behandling/flytninger", "move-offers")
    page.goto("/behandling/flytninger")
    page.get_by_role("button", name="Modtag behandlingen").click()
    expect(page.locator("#notice")).to_contain_text("Skrevet ned.")
    page.goto(f"/behandling/person/{person}")
    expect(page.get_by_role("main")).to_contain_text("Egelund")
