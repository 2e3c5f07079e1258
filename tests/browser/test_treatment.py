"""The person's treatment and what the unit has due, in a real browser."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.scene import Scene


def test_a_doctor_reviews_from_the_units_list(desk: Desk, scene: Scene) -> None:
    """From what is late to a signed review in three presses; the list counts one fewer."""
    person = scene.person(name=("Rikke", "Rasmussen-Bjørnstjerne"), reviewed_on=None)
    desk.sign_in("doctor1", None)
    page = desk.page
    page.goto("/behandling/opfoelgning?hvad=review")
    chosen = page.locator(".filters [aria-current]")
    count = int(chosen.inner_text().split()[-1])
    assert page.locator(".due-row").count() == count, "the count agrees with the list"
    page.get_by_role("link", name="Rasmussen-Bjørnstjerne").click()
    first = page.locator(".kept").first
    expect(first).to_contain_text("Lægens gennemgang: aldrig skrevet ned")
    first.locator("summary").click()
    first.get_by_role("button", name="Skriv ned").click()
    expect(page.locator("#notice")).to_contain_text("Skrevet ned.")
    expect(page.locator("#review")).to_contain_text("Gennemgået i dag")
    page.goto(f"/behandling/person/{person}")
    expect(page.get_by_role("main")).not_to_contain_text("Lægens gennemgang")
    page.goto("/behandling/opfoelgning?hvad=review")
    assert page.locator(".due-row").count() == count - 1


def test_putting_off_needs_its_reason_and_its_day(desk: Desk, scene: Scene) -> None:
    person = scene.person()
    desk.sign_in("nurse1")
    page = desk.page
    page.goto(f"/behandling/person/{person}/opfoelgning")
    form = page.locator("#hiv")
    form.locator("summary").click()
    form.get_by_label("Vil ikke nu").check()
    form.get_by_label("Bemærkning").fill("vil tale med sin kæreste først")
    form.get_by_role("button", name="Skriv ned").click()
    expect(page.get_by_role("main")).to_contain_text("Vælg en dag fra i morgen")
    page.go_back()
    form.locator("summary").click()
    form.get_by_label("Vil ikke nu").check()
    form.get_by_label("Bemærkning").fill("vil tale med sin kæreste først")
    later = scene.today + timedelta(days=30)
    form.get_by_label("Spørg igen").fill(later.isoformat())
    form.get_by_role("button", name="Skriv ned").click()
    expect(page.locator("#hiv")).to_contain_text("vil tale med sin kæreste først")
    expect(page.locator("#hiv .part-line")).to_have_count(0)


def test_a_doctor_writes_a_taper_ahead(desk: Desk, scene: Scene) -> None:
    """Tried against the rules, what holds when is shown, a reason where one is asked, signed."""
    person = scene.person(name=("Lars", "Ågård-Østergaard"))
    desk.sign_in("doctor1", None)
    page = desk.page
    page.goto(f"/behandling/person/{person}/ordination")
    page.get_by_label("Døgndosis i mg", exact=True).fill("80")
    for question in ("Aftalt med patienten?", "Skrevet i FMK?", "Oplyst om bilkørsel?"):
        page.get_by_role("group", name=question).get_by_label("Ja").check()
    page.get_by_label("Hvorfor ikke buprenorphin?").fill("god virkning af metadon i ti år")
    page.get_by_text("Trin op eller ned").click()
    page.get_by_label("Trin i mg").fill("5")
    page.get_by_label("Dage mellem trin").fill("28")
    page.get_by_label("Til døgndosis i mg").fill("65")
    page.get_by_role("button", name="Prøv mod reglerne").click()
    tried = page.locator("#tried")
    expect(tried.locator("tr.sum")).to_have_count(4)
    desk.accessible()
    page.get_by_role("button", name="Underskriv").click()
    expect(page.locator("#notice")).to_contain_text("Underskrevet. Skranken ved det nu.")
    expect(page.locator("#order-title ~ table tbody tr")).to_have_count(5)
    desk.accessible()


def test_what_the_rules_ask_is_answered_beside_the_finding(desk: Desk, scene: Scene) -> None:
    person = scene.person(name=("Mia", "Sørensen"))
    desk.sign_in("doctor1", None)
    page = desk.page
    page.goto(f"/behandling/person/{person}/ordination")
    page.get_by_label("Døgndosis i mg", exact=True).fill("95")
    for question in ("Aftalt med patienten?", "Skrevet i FMK?", "Oplyst om bilkørsel?"):
        page.get_by_role("group", name=question).get_by_label("Ja").check()
    page.get_by_label("Hvorfor ikke buprenorphin?").fill("god virkning af metadon i ti år")
    page.get_by_role("button", name="Prøv mod reglerne").click()
    expect(page.locator("#tried")).to_be_visible()
    for field in page.locator(".tried .reason input").all():
        field.fill("konference med overlægen i dag")
    page.get_by_label("Skriv døgndosis igen, i mg").fill("59")
    page.get_by_role("button", name="Underskriv").click()
    expect(page.locator("#notice")).to_contain_text("den skal være den samme")
    page.get_by_label("Skriv døgndosis igen, i mg").fill("95")
    page.get_by_role("button", name="Underskriv").click()
    expect(page.locator("#notice")).to_contain_text("Underskrevet. Skranken ved det nu.")
