"""A doctor writes the list of other medicine in a real browser; the counter stops at once."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.scene import Scene


def test_the_list_of_other_medicine(desk: Desk, scene: Scene) -> None:
    """H13: a slip is said beside its field, what was typed stays; an antagonist stops the dose."""
    person = scene.person(name=("Vibeke", "Winther"), pregnant=None)
    desk.sign_in("doctor1", None)
    page, path = desk.page, f"/behandling/person/{person}/medicin"
    page.goto(path)
    page.locator("[name=name1]").fill("Quetiapin")
    page.locator("[name=dose1]").fill("100 mg til natten")
    page.locator("[name=since1]").fill("2024-02-29")
    page.locator("[name=name2]").fill("Rifampicin")
    page.locator("[name=name3]").fill("Naltrexon")
    page.locator("[name=atc3]").fill("N07BB0")
    page.get_by_role("button", name="Skriv listen").click()
    field = page.locator("[name=atc3]")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(page.locator("[name=dose1]")).to_have_value("100 mg til natten")
    desk.accessible()
    field.fill("N07BB04")
    page.get_by_role("button", name="Skriv listen").click()
    expect(page.locator("#notice")).to_contain_text("Skrevet ned")
    expect(page.locator("table.plain tbody tr").first).to_contain_text("virker imod opioidet")
    desk.looked_at(path, "medicines")
    desk.looked_at(f"/behandling/person/{person}", "treatment")

    page.goto(f"/behandling/person/{person}/opfoelgning")
    desk.accessible()
    # What is wrong stands beside its field, in its own drawer, and what was typed is still there.
    page.locator("#ecg summary").click()
    page.locator("#ecg [name=note]").fill("bestilt på Rigshospitalet")
    page.locator("#ecg").get_by_role("button", name="Skriv ned").click()
    expect(page.locator("#ecg [name=qtc_ms]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#ecg [name=qtc_ms]")).to_be_focused()
    expect(page.locator("#ecg [name=note]")).to_have_value("bestilt på Rigshospitalet")
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    page.locator("#naloxone summary").click()
    page.locator("#naloxone").get_by_role("radio").nth(2).check()
    page.locator("#naloxone").get_by_role("button", name="Skriv ned").click()
    expect(page.locator("#naloxone [aria-invalid=true]")).to_have_count(1)
    expect(page.locator("#naloxone").get_by_role("radio").nth(2)).to_be_checked()
    page.get_by_role("button", name="mand").click()
    expect(page.locator("#pregnancy")).to_contain_text("Ikke relevant")
    page.locator("#health summary").click()
    page.locator("[name=filtration_ml_per_minute]").fill("55")
    page.locator("#health").get_by_role("radio", name="nej").first.check()
    desk.accessible()
    page.locator("#health").get_by_role("button", name="Skriv ned").click()
    expect(page.locator("#health")).to_contain_text("eGFR 55 · svær lungesygdom: nej")
    desk.looked_at(f"/behandling/person/{person}/opfoelgning", "follow-up")


def test_the_nurse_hears_of_it_at_the_counter(desk: Desk, scene: Scene) -> None:
    """What the doctor wrote is what stands on the panel."""
    person = scene.one("SELECT max(person_id) FROM person")
    desk.sign_in()
    desk.open(person)
    desk.expect_word("Stop")
    desk.page.goto(f"/behandling/person/{person}/medicin")
    expect(desk.page.locator("main")).to_contain_text("Lægen skriver listen")
