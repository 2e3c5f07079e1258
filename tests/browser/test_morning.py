"""A whole morning at the counter with ten people, in one go, as it happens (real Chromium).

Hazards covered here through the page: H01 double dose, H02 wrong person or stale page, H05 dose
after missed days, H08 unknown outcome. The database's clock is the only clock, so Easter is closed
days put round today.
"""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import SETTLED_MS, Desk
from tests.scene import PASSWORD, Scene

HOUR_LEFT = re.compile(r"^0[01]:\d\d:\d\d$")


def easter(scene: Scene) -> int:
    """A stable person who picks up before four closed days named Easter."""
    person_id = scene.person(
        name=("Karin", "Ottosen"),
        take_home=True,
        supervised_weekdays=[scene.today.isoweekday()],
        pickup_weekdays=[1, 2, 3, 4, 5, 6, 7],
        take_home_days=7,
    )
    for days in range(1, 5):
        scene.close_unit_on(1, days, "Påske")
    return person_id


def test_a_morning_of_ten(desk: Desk, scene: Scene, browser: Browser, service: str) -> None:
    """Ordinary, CONFIRM, DOCTOR (here and from the doctor's own page), stop, Easter, and more."""
    else_ = scene.person(name=("Else", "Andersen"))
    mikkel = scene.person(name=("Mikkel", "Krogh"))
    pregnant = scene.person(name=("Ida", "Lund"), sex="f", pregnant=True)
    long_away = scene.person(name=("Bo", "Dam"), last_covered_days_ago=4)
    other_doctor = scene.person(name=("Clara", "Friis"), last_covered_days_ago=4)
    karin = easter(scene)
    observed = scene.person(name=("Eva", "Iversen"))
    scene.indkald(observed)
    split = scene.person(name=("Frank", "Juhl"), parts_ug=[40_000, 40_000])
    partial = scene.person(name=("Gitte", "Kjær"))
    unsure = scene.person(name=("Hans", "Lind"))
    expired = scene.person(name=("Leif", "Poulsen"), valid_to_days=-1)
    desk.sign_in()
    expect(desk.page.locator(".queue-row")).to_have_count(11)

    # 1. The ordinary patient: one scan, two presses.
    desk.presses = 0
    desk.hand_out(else_)
    assert desk.presses == 2
    desk.expect_word("Udleveret")

    # 2. Scanned again: nothing more today, and nothing to press.
    desk.open(else_)
    desk.expect_word("Udleveret")
    assert desk.page.locator("#do-reserve").count() == 0

    # 3. Vomited after the dose: told, and no new dose by itself.
    desk.hand_out(mikkel)
    desk.letter("o")
    desk.drawer.get_by_label("Minutter efter indtagelsen").fill("0")
    desk.drawer.get_by_label("Ja").check()
    desk.press("Skriv opkast ned")
    expect(desk.panel).to_contain_text("Giv ikke en ny dosis uden lægen")

    _confirmed_and_decided(desk, pregnant, long_away)
    _asked_and_answered(desk, other_doctor, browser, service)
    _away_for_easter(desk, karin, scene)
    _stopped(desk, expired)
    _observed(desk, observed, scene)
    _in_parts(desk, split, partial)
    _unsure(desk, unsure)


def _confirmed_and_decided(desk: Desk, pregnant: int, long_away: int) -> None:
    # 4. Pregnant: the nurse writes why, beside the finding.
    desk.open(pregnant)
    desk.expect_word("Bekræft først")
    desk.page.keyboard.type("Aftalt med jordemoderen", delay=50)
    desk.enter("reserved")
    desk.enter("given")

    # 5. Too many days missed: a doctor at the counter, with an own sign-in.
    desk.open(long_away)
    desk.expect_word("Spørg lægen")
    desk.letter("l")
    desk.drawer.get_by_label("Lægens brugernavn").fill("doctor1")
    desk.drawer.get_by_label("Lægens adgangskode").fill(PASSWORD)
    desk.drawer.get_by_label("Må udleveres", exact=True).check()
    desk.drawer.get_by_label("Begrundelse").fill("Har fået dosis på hospitalet")
    desk.press("Afgør som læge")
    desk.expect_word("Udlevér")
    desk.enter("reserved")
    desk.enter("given")


def _away_for_easter(desk: Desk, karin: int, scene: Scene) -> None:
    # 7. Easter: today swallowed here, four closed days go home, each dose with its day.
    desk.open(karin)
    desk.expect_word("Udlevér")
    expect(desk.panel).to_contain_text("i alt 4 doser, 320 mg")
    desk.enter("reserved")
    desk.enter("given")
    taken = scene.run(
        "SELECT for_day, how FROM claim WHERE person_id = %s AND for_day >= %s ORDER BY 1",
        karin,
        scene.today,
    ).fetchall()
    assert taken == [(scene.today, "supervised")] + [
        (scene.today + timedelta(days=days), "take_home") for days in range(1, 5)
    ]


def _stopped(desk: Desk, expired: int) -> None:
    # 8. The prescription has run out: stop, no amount to pour, no way to press past it.
    desk.open(expired)
    desk.expect_word("Stop")
    expect(desk.panel).to_contain_text("Udlevér ikke")
    assert desk.page.locator("#do-reserve").count() == 0
    assert desk.page.locator("#panel .amount-mg").count() == 0


def _in_parts(desk: Desk, split: int, partial: int) -> None:
    # 10. Split day: the first part now, the second too soon.
    desk.open(split)
    expect(desk.panel.locator(".part")).to_have_text("del 1 af 2")
    desk.enter("reserved")
    desk.enter("given" if desk.page.locator('[data-stage="given"]').count() else None)
    expect(desk.row(split)).to_be_visible()
    desk.open(split)
    desk.expect_word("Stop")

    # 11. A part of the dose, on the nurse's and the person's wish.
    desk.open(partial)
    desk.letter("d")
    desk.drawer.get_by_label("Mængde nu, i mg").fill("40")
    desk.press("Vurdér igen")
    expect(desk.panel.locator(".amount-mg")).to_have_text("40 mg = 40 ml")
    if desk.page.locator(".reason input").count():
        desk.page.locator(".reason input").first.fill("Ønsker selv mindre i dag")
    desk.press("Stemmer, ikke påvirket")
    desk.page.wait_for_selector('#panel[data-stage="reserved"]')
    desk.enter()
    expect(desk.panel).to_contain_text("Indtaget her: ")


def _unsure(desk: Desk, unsure: int) -> None:
    # 12. Nobody saw whether it was swallowed: uncertain everywhere until somebody tells.
    desk.open(unsure)
    desk.enter("reserved")
    desk.letter("u")
    desk.press("Ingen ved, om dosis er indtaget")
    desk.page.wait_for_selector('#panel[data-stage="uncertain"]')
    expect(desk.page.locator(".alarm", has_text="Hans Lind")).to_be_visible()
    assert desk.page.title().startswith("(")
    desk.letter("j")
    desk.press("Afklaret: indtaget")
    desk.page.wait_for_selector('#panel[data-stage="given"]')
    expect(desk.page.locator(".alarm", has_text="Hans Lind")).to_have_count(0)


def _asked_and_answered(desk: Desk, person_id: int, browser: Browser, service: str) -> None:
    # 6. Asked of the doctor's own page; the counter hears of the answer within two seconds.
    desk.open(person_id)
    desk.expect_word("Spørg lægen")
    desk.page.wait_for_timeout(SETTLED_MS)
    desk.page.locator("#ask-note").fill("Virker stabil")
    desk.press("Spørg lægen")
    expect(desk.panel).to_contain_text("Svaret kommer her af sig selv")
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=service)
    other: Page = context.new_page()
    doctor = Desk(other, service)
    doctor.sign_in("doctor1", None)
    expect(other.locator(".case", has_text="Clara Friis").locator(".doubt")).to_be_visible()
    other.locator(".case", has_text="Clara Friis").click()
    expect(doctor.panel).to_contain_text("Virker stabil")
    doctor.accessible()
    other.get_by_label("Begrundelse").fill("Kendt, fik dosis i fængslet")
    doctor.press("Må udleveres")
    expect(doctor.panel).to_contain_text("Svaret er ved skranken")
    expect(desk.panel).to_contain_text("Kendt, fik dosis i fængslet", timeout=2_000)
    context.close()
    desk.expect_word("Udlevér")
    desk.enter("reserved")
    desk.enter("given")


def _observed(desk: Desk, person_id: int, scene: Scene) -> None:
    # 9. Indkald: the server keeps the hour; when it is over the alarm stays until signed.
    desk.hand_out(person_id)
    expect(desk.panel.locator(".observation")).to_contain_text("Observeres til")
    expect(desk.panel.locator(".countdown")).to_have_text(HOUR_LEFT)
    desk.accessible()
    scene.run(
        "UPDATE observation SET started_at = started_at - interval '2 hours',"
        " due_at = now() - interval '1 minute' WHERE person_id = %s",
        person_id,
    )
    # Any further act of the unit wakes the list; the alarm is there and stays.
    desk.page.reload()
    alarm = desk.page.locator(".alarm", has_text="Eva Iversen")
    expect(alarm).to_be_visible()
    alarm.click()
    desk.page.wait_for_selector(f'#panel[data-person="{person_id}"]')
    desk.letter("u")
    desk.drawer.get_by_label("Nej").check()
    desk.press("Underskriv observation")
    expect(desk.panel).to_contain_text("Observationen er underskrevet")
    expect(alarm).to_have_count(0)
