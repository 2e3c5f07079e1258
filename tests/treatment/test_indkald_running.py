"""While an indkald runs: findings, days that were not held, the doctor's choice, the conclusion."""

from datetime import date, time
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from dispensing.labels.dosage_text import Language
from dispensing.treatment.indkald.invitation import (
    WORDS,
    Invitation,
    invitation_pdf,
    text_message,
    texts,
)
from dosing_rules.days import months_later
from tests.api.client import MADE_UP_NUMBER, Counter, findings, problem
from tests.clusters import Database
from tests.scene import Scene
from tests.treatment.indkald import Clinic

# The rows of a period are moved to another day behind the ledger's back: time passes.
MOVES_DAYS = True


@pytest.fixture
def clinic(http: TestClient, scene: Scene) -> Clinic:
    """A unit of its own: closing a day concerns everybody of it."""
    return Clinic.opened(http, scene)


def kinds(clinic: Clinic, person: int) -> list[str]:
    rows = clinic.scene.run(
        "SELECT kind FROM ledger_payload WHERE person_id = %s AND person_seq IS NOT NULL"
        " ORDER BY person_seq",
        person,
    )
    return [kind for (kind,) in rows.fetchall()]


def missed(clinic: Clinic, **changes: Any) -> tuple[int, int]:
    """Somebody who did not come on the first of four days, found when the day was closed."""
    person = clinic.person(**changes)
    period = clinic.scene.indkald(person)
    clinic.close_today()
    return person, period


def decide(clinic: Clinic, person: int, period: int, choice: str, **more: Any) -> Any:
    body = {"day": clinic.day(0).isoformat(), "choice": choice, "reason": "talt med personen"}
    return clinic.tell(person, period, "missed", **(body | more))


def due_on(clinic: Clinic, person: int) -> date | None:
    return clinic.scene.one("SELECT indkald_due_on FROM care WHERE person_id = %s", person)


def test_a_day_nobody_came_waits_for_the_doctor(clinic: Clinic) -> None:
    """H18: found by the day's closing; a state of its own, told to the doctor, and nothing else
    follows by itself."""
    person = clinic.person()
    period = clinic.scene.indkald(person)
    assert clinic.period(person)["waiting"] == []
    clinic.close_today()
    shown = clinic.period(person)
    assert (shown["state"], shown["waiting"]) == ("planned", [clinic.day(0).isoformat()])
    assert [one["why"] for one in shown["missed"]] == ["no-dose"]
    assert [one["person_id"] for one in clinic.year()["waiting"]] == [person]
    told = clinic.doctor.get("/notices").json()["notices"]
    assert [(one["person_id"], one["kind"]) for one in told] == [(person, "indkald-missed")]
    assert kinds(clinic, person)[-3:] == ["dose-missed", "indkald-day-missed", "doctor-told"]
    # Meanwhile the days left are still the indkald's: nothing of them goes home.
    seen = clinic.nurse.get(f"/people/{person}").json()
    assert seen["facts"]["indkald"]["days"]
    clinic.close_today()
    assert len(clinic.period(person)["missed"]) == 1
    assert clinic.period(person)["indkald_id"] == period


def test_a_dose_without_its_hour_is_no_day_either(clinic: Clinic) -> None:
    """H18: the observation was left early; a day that was held is none of these."""
    left, held = clinic.person(), clinic.person()
    for person in (left, held):
        clinic.scene.indkald(person)
    reservation = clinic.nurse.given(left)
    clinic.nurse.tell(
        reservation, "observations", state="left_early", affected=False, note="gik til bussen"
    )
    clinic.hold_today(held)
    clinic.close_today()
    assert [one["why"] for one in clinic.period(left)["missed"]] == ["not-observed"]
    assert clinic.period(held)["missed"] == []
    assert clinic.period(held)["completed"] == [clinic.day(0).isoformat()]


def test_an_hour_signed_off_after_closing_waits_for_nobody(clinic: Clinic) -> None:
    person = clinic.person()
    clinic.scene.indkald(person)
    reservation = clinic.nurse.given(person)
    clinic.close_today()
    assert clinic.period(person)["waiting"]
    clinic.scene.run(
        "UPDATE observation SET started_at = started_at - interval '2 hours',"
        " due_at = due_at - interval '2 hours' WHERE reservation_id = %s",
        reservation,
    )
    done = clinic.nurse.tell(reservation, "observations", state="completed", affected=False)
    assert done.status_code == 200, done.text
    assert clinic.period(person)["waiting"] == []


def test_only_a_doctor_decides_about_a_missed_day(clinic: Clinic) -> None:
    """H22"""
    person, period = missed(clinic)
    body = {"day": clinic.day(0).isoformat(), "choice": "excuse", "reason": "var syg"}
    problem(clinic.tell(person, period, "missed", by=clinic.nurse, **body), 403)
    problem(decide(clinic, person, period, "excuse", reason=""), 422)
    problem(decide(clinic, person, period, "excuse", day=clinic.day(1).isoformat()), 409)
    problem(clinic.tell(person, period + 1_000, "missed", **body), 404)
    assert clinic.period(person)["waiting"]


def test_going_on_takes_the_next_open_day_instead(clinic: Clinic) -> None:
    """The missed day stays in the record; the rules know the new day at once."""
    person, period = missed(clinic)
    clinic.scene.close_unit_on(clinic.unit, 4, "Kursus")
    assert decide(clinic, person, period, "continue").status_code == 201
    shown = clinic.period(person)
    days = [clinic.day(ahead).isoformat() for ahead in (1, 2, 3, 5)]
    assert (shown["state"], shown["days"], shown["waiting"]) == ("running", days, [])
    assert [one["choice"] for one in shown["missed"]] == ["continue"]
    facts = clinic.nurse.get(f"/people/{person}").json()["facts"]
    assert facts["indkald"]["days"] == days
    assert kinds(clinic, person)[-2:] == ["indkald-changed", "indkald-missed-decided"]
    problem(decide(clinic, person, period, "continue"), 409, "indkald-not-waiting")


def test_going_on_without_a_further_day_may_end_it(clinic: Clinic) -> None:
    """The last of two days was missed: what was held is the period, and the next is due by the
    book."""
    person = clinic.person()
    period = clinic.scene.indkald(person, first_days=-1, days=2)
    clinic.scene.run(
        "UPDATE indkald SET completed = days[1:1], state = 'running' WHERE indkald_id = %s", period
    )
    clinic.close_today()
    assert decide(clinic, person, period, "continue", further=False).status_code == 201
    assert clinic.period(person)["state"] == "completed"
    assert due_on(clinic, person) == months_later(clinic.day(-1), 12)
    alone = clinic.person()
    single = clinic.scene.indkald(alone, first_days=-1, days=1)
    clinic.scene.run(
        "INSERT INTO indkald_missed VALUES (%s, %s, %s, %s, 'no-dose', %s, now())",
        *(single, clinic.day(-1), alone, clinic.unit, 10 * clinic.unit),
    )
    body = {"day": clinic.day(-1).isoformat(), "further": False}
    refused = decide(clinic, alone, single, "continue", **body)
    assert problem(refused, 422)["field"] == "further"


def test_beginning_again_breaks_the_old_and_agrees_on_new_days(clinic: Clinic) -> None:
    person, period = missed(clinic)
    refused = decide(clinic, person, period, "restart")
    assert problem(refused, 422)["field"] == "first"
    new = {"first": clinic.day(2).isoformat(), "come_at": "09:00"}
    assert decide(clinic, person, period, "restart", **new).status_code == 201
    newest, old = clinic.of(person)["periods"]
    assert (newest["state"], newest["days"][0]) == ("planned", new["first"])
    assert newest["come_at"] == "09:00"
    assert (old["indkald_id"], old["state"]) == (period, "broken")
    assert [one["choice"] for one in old["missed"]] == ["restart"]


def test_excusing_ends_it_and_leaves_the_next_due_as_it_was(clinic: Clinic) -> None:
    """Nothing is invented: neither a punishment nor a new date, unless the doctor says one."""
    person, period = missed(clinic)
    before = due_on(clinic, person)
    assert decide(clinic, person, period, "excuse").status_code == 201
    assert clinic.period(person)["state"] == "excused"
    assert due_on(clinic, person) == before
    assert clinic.nurse.get(f"/people/{person}").json()["facts"]["indkald"]["days"] == []


def test_excusing_may_say_when_the_next_is_due_within_the_books_interval(clinic: Clinic) -> None:
    person, period = missed(clinic)
    for wrong in (clinic.day(0), months_later(clinic.day(1), 12)):
        refused = decide(clinic, person, period, "excuse", next_due_on=wrong.isoformat())
        assert problem(refused, 422)["field"] == "next_due_on"
    soon = clinic.day(30)
    done = decide(clinic, person, period, "excuse", next_due_on=soon.isoformat())
    assert done.status_code == 201 and due_on(clinic, person) == soon


def test_where_a_pharmacy_holds_the_right_it_goes_back_with_the_choice(clinic: Clinic) -> None:
    """H01: no day is left over at which nobody may hand out."""
    scene = clinic.scene
    if scene.one("SELECT 1 FROM unit WHERE unit_id = 38") is None:
        scene.unit(38, "Apoteket", "pharmacy")
    person = clinic.person(right_holder=38)
    period = clinic.agreed(person, 3)
    # Three days pass: the period's first day is today, and nobody comes.
    scene.run(
        "UPDATE indkald SET days = ARRAY(SELECT d - 3 FROM unnest(days) d) WHERE indkald_id = %s",
        period,
    )
    scene.run("ALTER TABLE guest_right DISABLE TRIGGER guest_decided")
    for ahead in (3, 4, 5, 6):
        scene.run(
            "UPDATE guest_right SET day = day - 3 WHERE person_id = %s AND day = %s",
            person,
            clinic.day(ahead),
        )
    scene.run("ALTER TABLE guest_right ENABLE TRIGGER guest_decided")
    clinic.close_today()
    assert clinic.period(person)["waiting"] == [clinic.day(0).isoformat()]
    assert decide(clinic, person, period, "excuse").status_code == 201
    left = scene.one("SELECT array_agg(day) FROM guest_in_force WHERE person_id = %s", person)
    assert left == [clinic.day(0)], "today stays as it is: its doses may be handed out"


def test_four_days_held_and_concluded(clinic: Clinic) -> None:
    """H18: the last day sets when the next is due; the doctor concludes; the dose itself is
    another decision."""
    person = clinic.person()
    period = clinic.scene.indkald(person, first_days=-3)
    clinic.scene.run(
        "UPDATE indkald SET completed = days[1:3], state = 'running' WHERE indkald_id = %s", period
    )
    clinic.hold_today(person)
    due = months_later(clinic.day(0), 12)
    assert due_on(clinic, person) == due
    note = {"day": clinic.day(0).isoformat(), "note": "vågen og klar hele timen"}
    assert clinic.tell(person, period, "findings", by=clinic.nurse, **note).status_code == 201
    assert [one["person_id"] for one in clinic.year()["to_conclude"]] == [person]
    shown = clinic.period(person)
    assert shown["state"] == "completed" and shown["held"][-1]["state"] == "completed"
    body = {"result": "right", "note": "ingen sedation, ingen abstinenser"}
    problem(clinic.tell(person, period, "conclusion", by=clinic.nurse, **body), 403)
    late = body | {"next_due_on": months_later(clinic.day(1), 12).isoformat()}
    problem(clinic.tell(person, period, "conclusion", **late), 422)
    assert clinic.tell(person, period, "conclusion", **body).status_code == 201
    shown = clinic.period(person)
    assert shown["conclusion"]["result"] == "right"
    assert shown["conclusion"]["next_due_on"] == due.isoformat()
    problem(clinic.tell(person, period, "conclusion", **body), 409, "indkald-concluded")
    assert clinic.year()["to_conclude"] == []
    ordered = "SELECT max(version) FROM prescription WHERE person_id = %s"
    assert clinic.scene.one(ordered, person) == 1


def test_an_earlier_day_may_be_concluded(clinic: Clinic) -> None:
    person = clinic.person()
    period = clinic.scene.indkald(person, days=1)
    clinic.hold_today(person)
    soon = clinic.day(90)
    body = {"result": "change", "note": "døsig", "next_due_on": soon.isoformat()}
    assert clinic.tell(person, period, "conclusion", **body).status_code == 201
    assert due_on(clinic, person) == soon


def test_a_period_that_shows_a_wrong_dose_is_ended_early(clinic: Clinic) -> None:
    """H12: it need not be held to its end to see that the dose is too high; it is not said to be
    right before it has been held."""
    person = clinic.person()
    period = clinic.scene.indkald(person)
    change = {"result": "change", "note": "meget døsig efter en halv time"}
    problem(clinic.tell(person, period, "conclusion", **change), 409, "indkald-not-held")
    clinic.hold_today(person)
    before = due_on(clinic, person)
    right = {"result": "right", "note": "god"}
    problem(clinic.tell(person, period, "conclusion", **right), 409)
    right["note"] = "god nok"
    problem(clinic.tell(person, period, "conclusion", **right), 409, "indkald-not-held")
    assert clinic.tell(person, period, "conclusion", **change).status_code == 201
    assert clinic.period(person)["state"] == "broken"
    assert due_on(clinic, person) == before


def test_findings_belong_to_days_that_have_come(clinic: Clinic) -> None:
    person = clinic.person()
    period = clinic.scene.indkald(person)
    for day, note in (
        (clinic.day(1), "for tidligt"),
        (clinic.day(-1), "ikke en af dagene"),
        (clinic.day(0), "x"),
        (clinic.day(0), f"cpr {MADE_UP_NUMBER}"),
    ):
        body = {"day": day.isoformat(), "note": note}
        problem(clinic.tell(person, period, "findings", by=clinic.nurse, **body), 422)
    assert clinic.period(person)["findings"] == []


def test_the_records_are_the_doctors_in_the_database_too(
    clinic: Clinic, shared_database: Database
) -> None:
    """H22: whoever forgot to ask is refused by the table."""
    person, period = missed(clinic)
    day, nurse = clinic.day(0), 10 * clinic.unit
    writes = (
        (
            "INSERT INTO indkald_missed_decision VALUES (%s, %s, %s, %s, 'excuse', 'selv', %s,"
            " now())",
            (period, day, person, clinic.unit, nurse),
        ),
        (
            "INSERT INTO indkald_conclusion VALUES (%s, %s, %s, 'right', 'fint', NULL, %s, now())",
            (period, person, clinic.unit, nurse),
        ),
        ("INSERT INTO indkald_places VALUES (%s, 99, 5, %s, now())", (clinic.unit, nurse)),
        ("UPDATE indkald SET planned_by = %s", (nurse,)),
        ("UPDATE indkald_missed SET why = 'not-observed' WHERE indkald_id = %s", (period,)),
        ("DELETE FROM indkald_missed WHERE indkald_id = %s", (period,)),
    )
    for sql, values in writes:
        refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
        with psycopg.connect(shared_database.app_url) as app, refused:
            app.execute("SELECT set_config('app.unit_id', %s, true)", (str(clinic.unit),))
            app.execute(sql, values)


# What stands on paper, or on a telephone's locked screen, tells nobody anything.
TELLING = (
    "metadon", "methadon", "bupre", "heroin", "stof", "misbrug", "afhæng", "addict", "substitut",
    "opioid", "dosis", "dose", "medicin", "behandl", "treat", "drug", "indkald", "klinik",
    "clinic", "sygeplej", "nurse", "læge", "doctor",
)  # fmt: skip


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_invitation_tells_nobody_what_is_treated(language: Language) -> None:
    """H24: neither the page nor the text message; both say whom to call."""
    days = (date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1))
    said = Invitation(days, time(10), 60, "12 34 56 78")
    page = " ".join(one.text for one in texts(said, language))
    message = text_message(said, language)
    for text in (page, message):
        assert not [word for word in TELLING if word in text.lower()]
        assert "12 34 56 78" in text and "60" in text
    assert len(message) <= 160, "one message"
    assert invitation_pdf(said, language) == invitation_pdf(said, language)
    without = Invitation(days[:1], time(10), 60, None)
    assert WORDS[language]["tell"] in " ".join(one.text for one in texts(without, language))


def test_an_invitation_is_printed_and_written_down(clinic: Clinic, neighbour: Counter) -> None:
    """Nothing is sent: what somebody handed over or passed on is a record."""
    person = clinic.person()
    period = clinic.agreed(person, 4)
    path = f"/people/{person}/indkald/{period}/invitation"
    for language in ("da", "en"):
        answer = clinic.nurse.get(f"{path}?language={language}")
        assert answer.status_code == 200 and answer.content.startswith(b"%PDF")
    problem(neighbour.get(path), 404)
    assert "kl. 10.00" in clinic.period(person)["text"]
    for number, how in enumerate(("slip", "text"), start=1):
        done = clinic.tell(person, period, "invitations", by=clinic.nurse, how=how, language="en")
        assert done.status_code == 201
        rows = "SELECT count(*) FROM indkald_invitation WHERE indkald_id = %s"
        assert clinic.scene.one(rows, period) == number
    viewed = clinic.scene.one(
        "SELECT count(*) FROM ledger_payload WHERE person_id = %s AND kind = 'person-viewed'"
        " AND payload LIKE '%%indkald-invitation%%'",
        person,
    )
    assert viewed == 2
    problem(clinic.tell(person, period + 999, "invitations", how="slip"), 404)
    old = clinic.scene.indkald(clinic.person(), first_days=-10)
    clinic.scene.run("UPDATE indkald SET state = 'excused' WHERE indkald_id = %s", old)
    whose = clinic.scene.one("SELECT person_id FROM indkald WHERE indkald_id = %s", old)
    problem(clinic.tell(whose, old, "invitations", how="slip"), 409, "indkald-over")
    problem(clinic.nurse.get(f"/people/{whose}/indkald/{old}/invitation"), 409)


def test_the_counter_says_how_it_stands(clinic: Clinic) -> None:
    """H18: when it begins, which day it is, and that a day was not held, on the person's card."""
    ahead, missing = clinic.person(), clinic.person()
    clinic.agreed(ahead, 3)
    clinic.scene.indkald(missing, first_days=-1)
    said = {}
    for person in (ahead, missing):
        clinic.nurse.http.cookies.clear()
        said[person] = clinic.nurse.http.get(
            f"/skranke/person/{person}", headers={"Cookie": f"session={clinic.nurse.token}"}
        ).text
    assert "Indkald aftalt" in said[ahead]
    assert "Indkald dag 2 af 4" in said[missing] and "blev ikke holdt" in said[missing]
    asked = [clinic.nurse.dose("79")]
    assert "indkald-dose-not-full" in findings(clinic.nurse.reserve(missing, doses=asked))
