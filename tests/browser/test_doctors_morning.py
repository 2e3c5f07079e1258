"""The doctor's morning in a real browser: asked, answered in two presses, seen at the counter."""

from __future__ import annotations

import os
import re
import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import SETTLED_MS, Desk
from tests.scene import PASSWORD, Scene

FIGURES = re.compile(r"\d+")


@pytest.fixture
def doctor(browser: Browser, service: str) -> Desk:
    """A doctor at a screen of their own."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=service)
    made = Desk(context.new_page(), service)
    made.sign_in("doctor1", None)
    made.page.goto("/laege/morgen")
    return made


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("DISPENSING_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def test_nothing_waits_and_a_doctor_begins_here(desk: Desk, scene: Scene) -> None:
    """The empty page says so and says where the rest is."""
    desk.page.goto("/log-ind")
    desk.page.fill("#username", "doctor1")
    desk.page.fill("#password", PASSWORD)
    desk.page.get_by_role("button", name="Log ind").click()
    desk.page.wait_for_url("**/laege/morgen")
    expect(desk.panel).to_contain_text("Intet venter på lægen.")
    expect(desk.page.locator(".morning-filters")).to_have_count(0)
    desk.looked_at("/laege/morgen", "morning-empty")
    desk.page.goto("/laege/morgen")
    desk.page.get_by_role("link", name="Kun spørgsmål og beskeder").click()
    desk.page.wait_for_url("**/laege")
    desk.page.get_by_role("link", name="Lægens morgen").click()
    desk.page.wait_for_url("**/laege/morgen")
    desk.page.get_by_text("Menu").click()
    desk.page.get_by_role("button", name="Log ud").click()


def test_asked_answered_in_two_presses_and_seen(desk: Desk, doctor: Desk, scene: Scene) -> None:
    """H11: the question stands first within a second, the answer at the counter as soon."""
    scene.person(name=("Anna", "Agger"), reviewed_on=None)
    person = scene.person(name=("Clara", "Friis"), last_covered_days_ago=4)
    doctor.page.reload()
    expect(doctor.page.locator(".case")).to_have_count(1)
    desk.sign_in()
    desk.open(person)
    desk.page.wait_for_timeout(SETTLED_MS)
    desk.page.locator("#ask-note").fill("Virker stabil")
    desk.press("Spørg lægen")
    expect(desk.panel).to_contain_text("Svaret kommer her af sig selv")
    first = doctor.page.locator(".case").first
    expect(first).to_contain_text("Clara Friis", timeout=3_000)
    expect(first.locator(".doubt")).to_be_visible()
    assert doctor.page.title().startswith("(1) ")

    # One press opens it with the cursor where the reason is written, one answers.
    doctor.page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    doctor.page.keyboard.press("Enter")
    expect(doctor.panel).to_contain_text("Virker stabil")
    expect(doctor.page.locator("[name=reason]")).to_be_focused()
    expect(first).to_have_attribute("aria-current", "true")
    expect(doctor.page.locator(".strip li")).to_have_count(14)
    doctor.accessible()
    shot(doctor.page, "morning-question-1280")
    doctor.page.keyboard.type("Kendt, fik dosis i fængslet", delay=40)
    doctor.press("Må udleveres")
    begun = time.monotonic()
    expect(desk.panel).to_contain_text("Kendt, fik dosis i fængslet", timeout=2_000)
    assert time.monotonic() - begun < 2
    expect(doctor.panel).to_contain_text("Svaret er ved skranken")
    expect(doctor.page.locator(".case")).to_have_count(1)
    assert not doctor.page.title().startswith("(")
    desk.expect_word("Udlevér")
    desk.enter("reserved")
    desk.enter("given")


def test_counts_agree_with_the_rows_and_keys_do_it_all(
    doctor: Desk, scene: Scene, service: str
) -> None:
    """Each filter shows as many as it says; letters, arrows and Enter lead to the decision."""
    late = scene.person(name=("Bent", "Bo"), reviewed_on=None, ecg_on=None, qtc_ms=None)
    ends = scene.person(name=("Eva", "Eg"), valid_to_days=3)
    scene.person(name=("Finn", "Fisk"), valid_to_days=-1)
    page = doctor.page
    page.goto("/laege/morgen")
    links = page.locator(".morning-filters a")
    said = {link.get_attribute("href"): link.inner_text() for link in links.all()}
    assert len(said) >= 4
    for href, text in said.items():
        count = FIGURES.search(text)
        assert href is not None and count is not None
        page.goto(href)
        expect(page.locator(".case")).to_have_count(int(count.group()))
        expect(page.locator(".morning-filters [aria-current=page]")).to_contain_text(count.group())
    total = page.locator(".morning-filters a").first.inner_text()
    each = [int(FIGURES.search(text).group()) for text in said.values()]  # type: ignore[union-attr]
    assert FIGURES.search(total).group() == str(sum(each[1:]))  # type: ignore[union-attr]

    doctor.letter("o")
    page.wait_for_url("**/laege/morgen?vis=order")
    names = page.locator(".case-name").all_inner_texts()
    assert names == ["Finn Fisk", "Eva Eg"], "what has ended comes first"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(doctor.panel).to_contain_text("Ordinationen udløb")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(doctor.panel).to_contain_text("Eva Eg")
    expect(page.locator("#panel [data-enter]")).to_be_focused()
    # The list that fetches itself stays with the kind that was chosen.
    page.evaluate("document.body.dispatchEvent(new CustomEvent('listchanged'))")
    page.wait_for_timeout(400)
    expect(page.locator(".case")).to_have_count(2)
    doctor.enter()
    page.wait_for_url(f"**/behandling/person/{ends}/ordination")

    page.goto("/laege/morgen")
    doctor.letter("e")
    page.wait_for_url("**/laege/morgen?vis=ecg")
    page.locator(".case", has_text="Bent Bo").click()
    waits = doctor.panel.locator(".morning-wait")
    expect(waits).to_have_count(2)
    expect(waits.first).to_contain_text("EKG og QTc: aldrig skrevet ned")
    expect(waits.last).to_contain_text("Lægens gennemgang: aldrig skrevet ned")
    doctor.accessible()
    doctor.looked_at(f"/laege/morgen/person/{late}?hvad=ecg-{late}", "morning-person")
    doctor.looked_at("/laege/morgen", "morning")


def test_a_screen_that_faces_the_room(doctor: Desk, scene: Scene, service: str) -> None:
    """H24: initials, and nothing of what waits, until somebody asks to see it."""
    scene.person(name=("Gudrun", "Hald"), reviewed_on=None)
    page = doctor.page
    page.context.add_cookies([{"name": "skaerm", "value": "privat", "url": service}])
    page.goto("/laege/morgen")
    row = page.locator(".case", has_text="G.H.")
    expect(row).to_be_visible()
    assert "Hald" not in page.locator("body").inner_text()
    expect(row.locator(".case-why")).to_be_hidden()
    row.click()
    expect(page.locator(".morning-wait .sensitive").first).to_be_hidden()
    page.locator("#uncover").click()
    expect(page.locator(".morning-wait .sensitive").first).to_be_visible()
    doctor.accessible()
    page.context.clear_cookies(name="skaerm")
