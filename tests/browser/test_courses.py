"""The day somebody asks for help: registered, assessed, offered, planned for, at the counter."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Page, expect

from tests.api.numbers import a_number
from tests.browser.desk import Desk
from tests.scene import Scene


def fill_newcomer(page: Page, given: str, family: str, born_on: str, **more: str) -> None:
    page.goto("/behandling/ny")
    page.get_by_label("Fornavne").fill(given)
    page.get_by_label("Efternavn").fill(family)
    page.get_by_label("Født").fill(born_on)
    page.get_by_label("Andet").check()
    page.get_by_label("Nej, aldrig").check()
    for label, text in more.items():
        page.locator(f"[name={label}]").fill(text)
    page.get_by_role("button", name="Registrér og indskriv i dag").click()


def at_the_counter(desk: Desk) -> None:
    """The nurse's screen, which is another one than the doctor's."""
    desk.page.context.clear_cookies()
    desk.sign_in("nurse1")


def at_the_doctors(desk: Desk) -> None:
    """The doctor's own screen."""
    desk.page.context.clear_cookies()
    desk.sign_in("doctor1", None)


def sign(page: Page, part: str, button: str) -> None:
    page.locator(part).get_by_role("button", name=button).click()
    expect(page.locator("#notice")).to_contain_text("Skrevet ned.")


def test_from_the_form_to_the_counter_on_the_same_day(desk: Desk, scene: Scene) -> None:
    """H10: what the doctor signs is there at the next scan; nothing is handed out without order."""
    desk.sign_in("doctor1", None)
    page = desk.page
    fill_newcomer(page, "Ansgar", "Overgaard-Lyngbye", "1987-02-11", card="K-NYTKORT")
    page.wait_for_url("**/behandling/person/*")
    address = page.url
    main = page.get_by_role("main")
    expect(main).to_contain_text("Kort K-NYTKORT")
    expect(main).to_contain_text("dage tilbage til første dosis: 14")
    page.get_by_role("link", name="Forløb").click()
    first = page.locator("#vurdering")
    first.locator("summary").click()
    first.get_by_label("Hvad ønsker personen?").fill("ro i hverdagen, se sin datter")
    first.get_by_label("Hvad er prøvet i stedet?").fill("afrusning to gange")
    first.get_by_label("Bruger opioider hver dag").check()
    first.get_by_label("Ingen kendte").check()
    sign(page, "#vurdering", "Underskriv vurderingen")
    plan = page.locator("#plan")
    plan.locator("summary").click()
    plan.get_by_label("Mål").fill("stabil dosis og bolig")
    plan.get_by_label("Aftaler").fill("samtale hver torsdag")
    plan.get_by_label("Ses på igen").fill((scene.today + timedelta(days=84)).isoformat())
    sign(page, "#plan", "Underskriv planen")
    page.goto(address)
    page.get_by_role("link", name="Buprenorphin først").click()
    page.get_by_label("Tilbudt: ja tak").check()
    sign(page, "main", "Underskriv")
    page.goto(address)
    expect(main).to_contain_text("Tilbudt: ja tak")
    expect(main).not_to_contain_text("vurdering: aldrig skrevet ned")
    at_the_counter(desk)
    with page.expect_response("**/skranke/scan"):
        desk.scan("K-NYTKORT")
    expect(page.locator("#panel")).to_contain_text("Ansgar Overgaard-Lyngbye")
    expect(page.locator("#panel")).to_contain_text("ordination")


def test_somebody_known_is_found_before_a_second_record(desk: Desk, scene: Scene) -> None:
    """H07: by the number and by the look of the name; the way on stands on the page."""
    at_the_counter(desk)
    page, number = desk.page, a_number()
    person = scene.person(name=("Theodora", "Hvidkilde"))
    page.goto(f"/person/{person}/numre")
    page.fill("#number", number)
    page.get_by_role("button", name="Skriv nummeret ned").click()
    born_on = scene.one("SELECT born_on FROM person WHERE person_id = %s", person).isoformat()
    fill_newcomer(page, "En", "Anden", born_on, number=number)
    known = page.get_by_role("region", name="Er det en af disse?")
    expect(known).to_contain_text("Theodora Hvidkilde")
    assert number not in page.content()
    before = scene.one("SELECT count(*) FROM person")
    fill_newcomer(page, "Teodora", "Hvidkilde", "1990-10-10")
    expect(known).to_contain_text("Theodora Hvidkilde")
    desk.accessible()
    assert scene.one("SELECT count(*) FROM person") == before
    known.get_by_role("link", name="Åbn personen").first.click()
    page.wait_for_url(f"**/behandling/person/{person}")


def test_a_course_ends_and_begins_again_on_the_same_record(desk: Desk, scene: Scene) -> None:
    """H02, H11: first the open dose, then the end; the old order does not come back."""
    person = scene.person(name=("Rigmor", "Egelund"))
    at_the_counter(desk)
    page = desk.page
    desk.open(person)
    desk.enter("reserved")
    at_the_doctors(desk)
    page.goto(f"/behandling/person/{person}/forloeb")
    end = page.locator("#slut")
    expect(end).to_contain_text("En dosis er reserveret eller uvis.")
    expect(end.get_by_role("button", name="Underskriv udskrivningen")).to_have_count(0)
    at_the_counter(desk)
    desk.open(person)
    desk.enter("given")
    at_the_doctors(desk)
    page.goto(f"/behandling/person/{person}/forloeb")
    end.locator("summary").first.click()
    end.get_by_label("Flyttet").check()
    end.get_by_role("button", name="Underskriv udskrivningen").click()
    expect(page.get_by_role("main")).to_contain_text("Intet er ordineret fra den dag.")
    desk.accessible()
    page.get_by_role("button", name="Indskriv i dag").click()
    expect(page.locator("#notice")).to_contain_text("Skrevet ned.")
    expect(page.get_by_role("main")).to_contain_text("Tidligere forløb")
    assert scene.one("SELECT ended_on FROM person WHERE person_id = %s", person) is None


def test_why_methadone_with_both_indicators(desk: Desk, scene: Scene) -> None:
    person = scene.person(name=("Valborg", "Stenstrup"))
    desk.sign_in("doctor1", None)
    page = desk.page
    page.goto("/behandling/metadon")
    row = page.locator(".due-row", has_text="Valborg Stenstrup")
    expect(row).to_contain_text("ingen grund skrevet ned")
    row.get_by_role("link").click()
    page.wait_for_url(f"**/behandling/person/{person}/foerstevalg")
    page.get_by_label("Tilbudt: nej tak").check()
    page.get_by_label("Hvorfor ikke?").fill("blev syg af det i 2019")
    later = scene.today + timedelta(days=90)
    page.get_by_label("Næste mulighed for at skifte").fill(later.isoformat())
    sign(page, "main", "Underskriv")
    page.goto("/behandling/metadon")
    expect(row).to_contain_text("blev syg af det i 2019")
    expect(page.locator(".measures")).to_contain_text("n = ")
    desk.looked_at("/behandling/metadon", "why-methadone")
    desk.looked_at("/behandling/ny", "newcomer")
    desk.looked_at(f"/behandling/person/{person}/foerstevalg", "first-line")
    desk.looked_at(f"/behandling/person/{person}/forloeb", "course")
    desk.looked_at(f"/behandling/person/{person}", "treatment")
