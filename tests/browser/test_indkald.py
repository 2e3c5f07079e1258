"""An indkald in a real browser: proposed, agreed, four days held, concluded; and a missed day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.scene import Scene


def at_home(scene: Scene, name: tuple[str, str], **changes: Any) -> int:
    """Somebody who fetches on yesterday's weekday, whose indkald is due before long."""
    weekday = (scene.today - timedelta(days=1)).isoweekday()
    usual = {
        "name": name,
        "take_home": True,
        "supervised_weekdays": [weekday],
        "pickup_weekdays": [weekday],
        "take_home_days": 6,
        "indkald_due_on": scene.today + timedelta(days=40),
    }
    return scene.person(**(usual | changes))


def days_pass(scene: Scene, person: int, days: int = 1) -> None:
    """The person's indkald and doses become so many days older; the clock is nobody's to move."""
    shift = (days, person)
    scene.run(
        "UPDATE indkald SET days = ARRAY(SELECT d - %s FROM unnest(days) d),"
        " completed = ARRAY(SELECT d - %s FROM unnest(completed) d) WHERE person_id = %s",
        days,
        *shift,
    )
    scene.run(
        "UPDATE observation SET started_at = started_at - make_interval(days => %s)"
        " WHERE person_id = %s",
        *shift,
    )
    scene.run(
        "UPDATE administration SET day = day - %s, swallowed_at = swallowed_at"
        " - make_interval(days => %s) WHERE person_id = %s",
        days,
        *shift,
    )
    scene.run("UPDATE reservation SET day = day - %s WHERE person_id = %s", *shift)
    # Far away first: two rows of neighbouring days must not meet on the way.
    for back in (10_000 + days, -10_000):
        scene.run("UPDATE claim SET for_day = for_day - %s WHERE person_id = %s", back, person)
        scene.run("UPDATE person_day SET day = day - %s WHERE person_id = %s", back, person)
    # Longer ago than any interval between two doses.
    scene.run(
        "UPDATE claim SET swallow_during = NULL, claimed_at = claimed_at"
        " - make_interval(days => %s), swallowed_at = swallowed_at - make_interval(days => %s)"
        " WHERE person_id = %s",
        days,
        *shift,
    )


def hold(desk: Desk, scene: Scene, person: int) -> None:
    """Two presses at the counter; an hour later the board's one."""
    desk.page.goto("/skranke")
    desk.hand_out(person)
    reservation = scene.one(
        "SELECT reservation_id FROM observation WHERE person_id = %s AND state = 'running'", person
    )
    scene.run(
        "UPDATE observation SET started_at = started_at - interval '61 minutes',"
        " due_at = due_at - interval '61 minutes' WHERE reservation_id = %s",
        reservation,
    )
    desk.page.goto(f"/observation?r={reservation}")
    desk.page.get_by_role("button", name="Ikke påvirket: underskriv").click()
    expect(desk.page.locator("#panel .notice-done")).to_contain_text("underskrevet")


def agree(desk: Desk, scene: Scene) -> int:
    """Karen Kvist among others who are due: the doctor says how many places, the nurse agrees."""
    person = at_home(scene, ("Karen", "Kvist"))
    for number in range(12):
        letter = chr(65 + number)
        later = scene.today + timedelta(days=5 + 29 * number)
        at_home(scene, (f"Person{letter}", f"Prøvesen-{letter}"), indkald_due_on=later)
    at_home(scene, ("Otto", "Overskredet"), indkald_due_on=scene.today - timedelta(days=9))
    page = desk.page
    desk.sign_in("doctor1", None)
    page.goto("/behandling/indkald")
    expect(page.get_by_role("main")).to_contain_text("Ingen har skrevet, hvor mange")
    page.get_by_label("Så mange kan være til observation").fill("3")
    page.get_by_role("button", name="Skriv ned").click()
    expect(page.locator("#notice")).to_contain_text("Forslaget er lavet igen")
    desk.page.context.clear_cookies()
    desk.sign_in()
    desk.looked_at("/behandling/indkald", "indkald-unit")
    page.goto("/behandling/indkald")
    row = page.locator(".indkald-row").filter(has_text="Karen Kvist")
    row.get_by_role("button", name="Personen siger ja: aftal").click()
    expect(page.locator("#notice")).to_contain_text("Aftalt")
    expect(page.locator(".indkald-row").filter(has_text="Karen Kvist")).to_have_count(0)
    return person


def its_first_day_comes(scene: Scene, person: int) -> None:
    """Until then nothing was missed: the dose before is yesterday's."""
    first: date = scene.one("SELECT days[1] FROM indkald WHERE person_id = %s", person)
    days_pass(scene, person, (first - scene.today).days)
    scene.run("DELETE FROM claim WHERE person_id = %s", person)
    scene.run("DELETE FROM person_day WHERE person_id = %s", person)
    scene.covered(person, 1, 1, 80_000)


def test_run_an_indkald(desk: Desk, scene: Scene) -> None:
    """H18: from the doctor's number of places to the conclusion and the next due day."""
    person, page = agree(desk, scene), desk.page
    page.goto(f"/behandling/person/{person}/indkald")
    expect(page.locator(".due-row h3")).to_have_count(4)
    expect(page.get_by_role("main")).to_contain_text("intet sendes herfra endnu")
    page.get_by_role("button", name="Skriv ned").first.click()
    expect(page.get_by_role("main")).to_contain_text("seddel givet")
    page.goto(f"/behandling/person/{person}")
    expect(page.get_by_role("main")).to_contain_text("0 af 4 dage holdt")
    page.goto("/skranke")
    desk.open(person)
    expect(desk.panel).to_contain_text(re.compile("Indkald aftalt .* ingen doser med hjem"))
    its_first_day_comes(scene, person)
    for number in range(4):
        hold(desk, scene, person)
        page.goto(f"/behandling/person/{person}/indkald")
        if number == 1:
            form = page.locator(f"#dag-{scene.today.isoformat()}")
            form.get_by_text("Skriv fund").click()
            form.get_by_label("Hvad så du?").fill("vågen hele timen, ingen abstinenser")
            form.get_by_role("button", name="Skriv ned").click()
            expect(page.locator("#notice")).to_contain_text("Skrevet ned.")
            desk.looked_at(f"/behandling/person/{person}/indkald", "indkald-person")
            page.goto(f"/behandling/person/{person}/indkald")
        if number < 3:
            held = page.locator(".fate").filter(has_text="Holdt")
            expect(held).to_have_count(number + 1)
            days_pass(scene, person)
    expect(page.get_by_role("main")).to_contain_text("Lægen konkluderer.")
    desk.page.context.clear_cookies()
    desk.sign_in("doctor1", None)
    page.goto(f"/behandling/person/{person}/indkald")
    page.get_by_label("Dosis er rigtig").check()
    page.get_by_label("Begrundelse").fill("ingen sedation, ingen abstinenser")
    page.get_by_role("button", name="Konkludér").click()
    expect(page.locator("#notice")).to_contain_text("Besluttet og skrevet ned.")
    expect(page.locator("details summary").filter(has_text="dosis rigtig")).to_have_count(1)
    due = scene.one("SELECT indkald_due_on FROM care WHERE person_id = %s", person)
    assert due.year == scene.today.year + 1
    desk.accessible()


def test_a_missed_day_waits_until_the_doctor_has_decided(desk: Desk, scene: Scene) -> None:
    """H18: the nurse sees that it waits; the doctor goes on with the next open day."""
    person = at_home(scene, ("Mia", "Mangler"), last_covered_days_ago=2)
    period = scene.indkald(person, first_days=-1)
    scene.run(
        "INSERT INTO indkald_missed VALUES (%s, %s, %s, 1, 'no-dose', 10, now())",
        *(period, scene.today - timedelta(days=1), person),
    )
    page = desk.page
    desk.sign_in()
    page.goto(f"/behandling/person/{person}/indkald")
    expect(page.get_by_role("main")).to_contain_text("Intet sker af sig selv")
    expect(page.get_by_role("button", name="Beslut")).to_have_count(0)
    desk.page.context.clear_cookies()
    desk.sign_in("doctor1", None)
    page.goto("/behandling/indkald")
    page.get_by_role("link", name="Mia Mangler").first.click()
    desk.looked_at(f"/behandling/person/{person}/indkald", "indkald-missed")
    page.goto(f"/behandling/person/{person}/indkald")
    # Nothing went home for the days to come: without going on they are days without a dose.
    expect(page.locator(".decide-missed")).to_contain_text("Personen skal stadig komme efter dem.")
    page.get_by_label("Fortsæt").check()
    page.get_by_label("Hvorfor").fill("var til begravelse, aftalt med personen")
    page.get_by_role("button", name="Beslut").click()
    expect(page.locator("#notice")).to_contain_text("Besluttet og skrevet ned.")
    added = scene.today + timedelta(days=3)
    expect(page.locator(f"#dag-{added.isoformat()}")).to_contain_text("Kommer")
    expect(page.get_by_role("main")).to_contain_text("Lægen: fortsæt.")


def test_wishes_are_kept_and_an_error_is_said_beside_the_page(desk: Desk, scene: Scene) -> None:
    person = at_home(scene, ("Ulla", "Urup"))
    desk.sign_in()
    page = desk.page
    page.goto(f"/behandling/person/{person}/indkald")
    page.get_by_label("onsdag").check()
    page.get_by_label("Tidligst klokken").fill("11:00")
    page.locator("section", has=page.locator("#wish-title")).get_by_role(
        "button", name="Skriv ned"
    ).click()
    expect(page.locator("#notice")).to_contain_text("Skrevet ned.")
    expect(page.get_by_label("onsdag")).to_be_checked()
    page.get_by_label("Første dag").fill((scene.today + timedelta(days=30)).isoformat())
    page.get_by_label("Klokken", exact=True).fill("04:00")
    page.get_by_role("button", name="Personen siger ja: aftal").click()
    expect(page.locator("#notice")).to_contain_text("Vælg et klokkeslæt i åbningstiden")
    expect(page.locator(".field-error")).to_contain_text("Vælg et klokkeslæt i åbningstiden")
    expect(page.get_by_label("Klokken", exact=True)).to_have_value("04:00")
    assert scene.one("SELECT count(*) FROM indkald WHERE person_id = %s", person) == 0
