"""The wall before what is signed (decision 0024): what the application's role cannot write."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from dispensing.people.sessions import token_hash
from tests.api.client import Counter, sign_in
from tests.clusters import Database
from tests.scene import Scene
from tests.treatment.test_courses import ended, registered

NURSE, DOCTOR, OTHER_DOCTOR = 10, 11, 21
PLAN = """
INSERT INTO treatment_plan (person_id, unit_id, aim, agreements, review_on, planned_by, planned_at)
VALUES (%(person)s, %(unit)s, 'mål', 'aftaler', current_date + 30, %(by)s, {at})
"""
NOW = "clock_timestamp()"
TODAY = "SELECT (clock_timestamp() AT TIME ZONE 'Europe/Copenhagen')::date"
ORDER = """
INSERT INTO prescription (prescription_id, version, person_id, product_code, daily_ug, parts_ug,
    valid_from, valid_to, signed_by, signed_at)
VALUES (%(person)s, 99, %(person)s, 'metadon-1', 1000, '{{1000}}', %(today)s, %(today)s, %(by)s,
    {at})
"""
STOP = """
INSERT INTO prescription_stop (person_id, version, from_on, kind, reason, signed_by, signed_at)
VALUES (%(person)s, 99, %(today)s, 'stop', 'slut', %(by)s, {at})
"""
COURSE = """
INSERT INTO course (person_id, unit_id, enrolled_on, contact_on, came_by, before, enrolled_by,
    enrolled_at)
VALUES (%(person)s, %(unit)s, %(today)s::date + %(days)s, %(today)s::date - 9, 'self', 'before',
    %(by)s, clock_timestamp())
"""
END = """
INSERT INTO course_end (person_id, unit_id, enrolled_on, ended_on, status, note, home_doses,
    decided_by, decided_at)
VALUES (%(person)s, %(unit)s, %(today)s::date, %(today)s::date + %(days)s, %(status)s, 'set', 0,
    %(by)s, clock_timestamp())
"""
PERSON = """
INSERT INTO person (person_id, card_code, given_name, family_name, born_on, sex, unit_id,
    enrolled_on, ended_on, registered_by, registered_at)
VALUES (nextval('person_id_seq'), 'K-WALL' || lastval(), 'Ingen', 'Ingensen', '1980-01-01', 'x',
    %(unit)s, current_date, {ended}, %(by)s, clock_timestamp())
"""


class Inside:
    """SQL as the service's role, in a transaction that a session began; nothing is kept."""

    def __init__(self, url: str) -> None:
        self.url = url

    def refused(self, sql: str, token: str | None, unit: int = 1, **values: Any) -> str | None:
        """The constraint that refused, None where it was written."""
        with psycopg.connect(self.url) as app:
            app.execute("SELECT set_config('app.unit_id', %s, true)", (str(unit),))
            if token is not None:
                said = (token_hash(token).hex(),)
                app.execute("SELECT set_config('app.session', %s, true)", said)
            today = app.execute(TODAY).fetchone()
            assert today is not None
            try:
                app.execute(
                    sql, {"unit": unit, "days": 0, "status": "moved", "today": today[0]} | values
                )
            except psycopg.errors.InsufficientPrivilege as error:
                return error.diag.constraint_name or "no right"
            finally:
                app.rollback()
        return None


@pytest.fixture(scope="module")
def inside(shared_database: Database) -> Iterator[Inside]:
    yield Inside(shared_database.app_url)


@pytest.fixture(scope="module")
def person(scene: Scene) -> int:
    return scene.person()


def test_the_doctor_who_is_signed_in_signs_now(
    scene: Scene, inside: Inside, doctor: Counter, person: int
) -> None:
    """The wall lets through what it is for."""
    sql = PLAN.format(at=NOW)
    assert inside.refused(sql, doctor.token, person=person, by=DOCTOR) is None


@pytest.mark.parametrize(
    ("who", "by", "at"),
    [
        ("nobody", DOCTOR, NOW),
        ("nurse", DOCTOR, NOW),
        ("nurse", NURSE, NOW),
        ("doctor", NURSE, NOW),
        ("doctor", OTHER_DOCTOR, NOW),
        ("next_door", DOCTOR, NOW),
        ("next_door", OTHER_DOCTOR, NOW),
        ("doctor", DOCTOR, f"{NOW} - interval '1 minute'"),
        ("doctor", DOCTOR, f"{NOW} + interval '1 minute'"),
    ],
)
def test_nobody_else_signs_and_not_at_another_time(
    inside: Inside,
    nurse: Counter,
    doctor: Counter,
    next_door: Counter,
    person: int,
    who: str,
    by: int,
    at: str,
) -> None:
    """H22: the session's own person, a doctor, of the unit that treats, as of now."""
    token = {
        "nobody": None,
        "nurse": nurse.token,
        "doctor": doctor.token,
        "next_door": next_door.token,
    }[who]
    refused = inside.refused(PLAN.format(at=at), token, person=person, by=by)
    assert refused == "must_be_signed"


@pytest.mark.parametrize("state", ["ended_at", "locked_at", "started_at"])
def test_a_session_that_is_over_or_locked_signs_nothing(
    scene: Scene, inside: Inside, http: Any, person: int, state: str
) -> None:
    """H22"""
    token = sign_in(http, scene, "doctor1", None).token
    value = "now() - interval '25 hours'" if state == "started_at" else "now()"
    scene.run(
        f"UPDATE staff_session SET {state} = {value} WHERE session_hash = %s", token_hash(token)
    )
    refused = inside.refused(PLAN.format(at=NOW), token, person=person, by=DOCTOR)
    assert refused == "must_be_signed"


def test_another_units_person_is_not_decided_about(
    scene: Scene, inside: Inside, doctor: Counter, neighbour: Counter
) -> None:
    """H24: also where the row claims the doctor's own unit."""
    theirs = scene.person(2)
    for unit in (1, 2):
        refused = inside.refused(PLAN.format(at=NOW), doctor.token, unit, person=theirs, by=DOCTOR)
        assert refused == "must_be_signed"


def test_an_order_is_signed_as_any_decision(
    inside: Inside, nurse: Counter, doctor: Counter, next_door: Counter, person: int
) -> None:
    """H10, H22: no order comes from elsewhere, from before, or in a doctor's absence."""
    for at, who, by, refused in (
        (NOW, doctor, DOCTOR, None),
        (f"{NOW} - interval '1 minute'", doctor, DOCTOR, "must_be_signed"),
        (NOW, nurse, DOCTOR, "must_be_signed"),
        (NOW, nurse, NURSE, "must_be_signed"),
        (NOW, next_door, OTHER_DOCTOR, "must_be_signed"),
    ):
        for sql in (ORDER, STOP):
            found = inside.refused(sql.format(at=at), who.token, person=person, by=by)
            assert found == refused, (sql, at, by)


def test_nobody_is_in_treatment_by_a_row_alone(inside: Inside, nurse: Counter, person: int) -> None:
    asked = {"token": nurse.token, "by": NURSE}
    assert inside.refused(PERSON.format(ended="NULL"), **asked) == "nobody_by_a_row"
    assert inside.refused(PERSON.format(ended="current_date"), **asked) is None
    assert inside.refused(PERSON.format(ended="current_date"), None, by=NURSE) == "must_be_signed"
    assert inside.refused(PERSON.format(ended="current_date"), unit=2, **asked) == "must_be_signed"


def test_a_course_begins_once_and_today(
    scene: Scene, inside: Inside, nurse: Counter, doctor: Counter, person: int
) -> None:
    asked = {"token": nurse.token, "by": NURSE}
    assert inside.refused(COURSE, **asked, person=person) == "course_begins"
    left = registered(nurse)
    ended(doctor, left)
    assert inside.refused(COURSE, **asked, person=left) is None
    assert inside.refused(COURSE, **asked, person=left, days=1) == "course_begins"
    assert inside.refused(COURSE, **asked, person=left, days=-1) == "course_begins"


def test_a_course_ends_today_with_no_dose_open_and_by_whom_it_may(
    scene: Scene, inside: Inside, nurse: Counter, doctor: Counter
) -> None:
    """H06"""
    person = scene.person()
    by_doctor = {"token": doctor.token, "by": DOCTOR, "person": person}
    by_nurse = {"token": nurse.token, "by": NURSE, "person": person}
    assert inside.refused(END, **by_doctor) is None
    assert inside.refused(END, **by_doctor, days=-1) == "course_ends"
    assert inside.refused(END, **by_doctor, days=1) == "course_ends"
    assert inside.refused(END, **by_nurse) == "must_be_signed"
    assert inside.refused(END, **by_nurse, status="dead") is None
    nurse.reserved(person)
    assert inside.refused(END, **by_doctor) == "course_end_settled"
    assert inside.refused(END, **by_doctor, status="dead") is None


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE person SET ended_on = NULL",
        "UPDATE person SET ended_on = current_date",
        "UPDATE person SET unit_id = 1",
        "UPDATE person SET right_holder_unit_id = 1",
        "UPDATE person SET dead = true",
        "UPDATE person SET course_from = NULL",
        "UPDATE person SET given_name = 'X'",
        "DELETE FROM person",
        *(
            f"{verb} {table}{rest}"
            for table in ("course", "course_end", "assessment", "treatment_plan", "substance_offer")
            for verb, rest in (("DELETE FROM", ""), ("UPDATE", " SET unit_id = 2"))
        ),
        "DELETE FROM person_address",
    ],
)
def test_what_was_signed_stays_and_who_is_treated_follows(
    scene: Scene, inside: Inside, doctor: Counter, person: int, sql: str
) -> None:
    """H23: the right to change is nobody's, or asked row by row."""
    ended(doctor, scene.person())
    assert inside.refused(sql, doctor.token) is not None


def test_the_session_of_a_transaction_ends_with_it(shared_database: Database) -> None:
    """A pooled connection signs for nobody until the next session is loaded."""
    with psycopg.connect(shared_database.app_url) as app:
        app.execute("SELECT set_config('app.session', 'aa', true)")
        app.commit()
        row = app.execute("SELECT current_setting('app.session', true)").fetchone()
        assert row is not None and row[0] in (None, "")


def test_the_clock_of_a_record_is_the_transactions(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    person = registered(nurse)
    begun = scene.one("SELECT enrolled_at FROM course WHERE person_id = %s", person)
    assert scene.one("SELECT now()") - begun < timedelta(minutes=1)
