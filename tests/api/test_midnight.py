"""Round midnight: which day a dose counts for, and what may follow it.

The database's clock is the only one, so these tests move rows instead: a reservation becomes one
of yesterday 23:58, and it is "after midnight" now.
"""

from datetime import timedelta

import psycopg
import pytest

from tests.api.client import Counter
from tests.scene import Scene

MOVES_DAYS = True


def to_yesterday_late(scene: Scene, reservation: int) -> None:
    """Make a reservation of today one of yesterday, two minutes to midnight."""
    day = scene.today - timedelta(days=1)
    at = scene.one("SELECT (%s::date + time '23:58') AT TIME ZONE 'Europe/Copenhagen'", day)
    scene.run(
        "UPDATE reservation SET day = %s, reserved_at = %s, doses ="
        " jsonb_set(doses, '{0,0}', to_jsonb(%s::text)) WHERE reservation_id = %s",
        day,
        at,
        day.isoformat(),
        reservation,
    )
    scene.run(
        "UPDATE claim SET for_day = %s, claimed_at = %s, swallow_during = tstzrange(%s,"
        " %s + (upper(swallow_during) - lower(swallow_during))) WHERE reservation_id = %s",
        day,
        at,
        at,
        at,
        reservation,
    )
    scene.run(
        "UPDATE person_day SET day = day - 1 WHERE person_id ="
        " (SELECT person_id FROM reservation WHERE reservation_id = %s)",
        reservation,
    )
    scene.run(
        "UPDATE doctor_decision SET day = day - 1 WHERE person_id ="
        " (SELECT person_id FROM reservation WHERE reservation_id = %s)",
        reservation,
    )


@pytest.fixture
def late(scene: Scene, nurse: Counter) -> tuple[int, int]:
    """Somebody whose dose of yesterday was poured two minutes to midnight."""
    person = scene.person(last_covered_days_ago=2)
    reservation = nurse.reserved(person)
    to_yesterday_late(scene, reservation)
    return person, reservation


def test_swallowed_after_midnight_it_is_yesterdays_dose(
    scene: Scene, nurse: Counter, late: tuple[int, int]
) -> None:
    """H03: the day is the one it was reserved for."""
    person, reservation = late
    answer = nurse.give(reservation)
    assert answer.status_code == 200, answer.text
    assert (scene.used(person, -1), scene.used(person)) == (80_000, 0)
    days = scene.run(
        "SELECT a.day, h.for_day FROM administration a JOIN handover h USING (reservation_id)"
        " WHERE a.reservation_id = %s",
        reservation,
    ).fetchone()
    assert days == (scene.today - timedelta(days=1),) * 2
    on_day = "SELECT on_day FROM ledger_payload WHERE person_id = %s AND kind = 'handout-given'"
    assert scene.one(on_day, person) == scene.today - timedelta(days=1)


def test_it_does_not_use_up_todays(scene: Scene, nurse: Counter, late: tuple[int, int]) -> None:
    """H03: today's dose is only too soon, and is had when the interval has passed."""
    person, reservation = late
    nurse.give(reservation)
    assert nurse.reserve(person).json()["blocking"] == ["too-soon"]
    scene.hours_earlier(reservation, 20)
    nurse.given(person)
    assert (scene.used(person, -1), scene.used(person)) == (80_000, 80_000)


def test_an_open_reservation_of_yesterday_holds_todays_interval(
    scene: Scene, nurse: Counter, late: tuple[int, int]
) -> None:
    """H03: the glass of 23:58 stands there; another at 00:10 is refused by the barrier."""
    person, _ = late
    at_ten_past = scene.one(
        "SELECT (%s::date + time '00:10') AT TIME ZONE 'Europe/Copenhagen'", scene.today
    )
    with pytest.raises(psycopg.errors.ExclusionViolation, match="claim_interval"):
        scene.run(
            "INSERT INTO claim (person_id, for_day, part, reservation_id, unit_id, amount_ug, how,"
            " state, claimed_at, swallow_during) SELECT person_id, %s, 1, reservation_id, unit_id,"
            " amount_ug, how, 'reserved', %s, tstzrange(%s, %s + interval '20 hours') FROM claim"
            " WHERE person_id = %s AND for_day = %s",
            scene.today,
            *(at_ten_past,) * 3,
            person,
            scene.today - timedelta(days=1),
        )


def test_poured_back_after_midnight_it_frees_yesterday(
    scene: Scene, nurse: Counter, late: tuple[int, int]
) -> None:
    person, reservation = late
    assert nurse.tell(reservation, "returned").status_code == 200
    assert scene.used(person, -1) == 0


def test_yesterdays_glass_keeps_yesterday_open(
    scene: Scene, nurse: Counter, late: tuple[int, int]
) -> None:
    """H06: also the days after it."""
    for days in (-1, 0):
        day = scene.today + timedelta(days=days)
        answer = nurse.send("POST", f"/days/{day}/close")
        assert answer.json()["type"] == "/problems/unresolved-reservations"


def test_a_doctors_yes_of_yesterday_still_holds_for_yesterdays_dose(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """A finding lifted before midnight stays lifted for what was poured then."""
    person = scene.person(last_covered_days_ago=2, qtc_ms=510)
    doctor.decide(person, "qtc-long")
    reservation = nurse.reserved(person)
    to_yesterday_late(scene, reservation)
    assert nurse.give(reservation).status_code == 200
    scene.hours_earlier(reservation, 30)
    assert nurse.reserve(person).json()["blocking"] == ["qtc-long"]


def test_vomiting_before_midnight_is_known_after_it(
    scene: Scene, nurse: Counter, late: tuple[int, int]
) -> None:
    """The doctor is asked for as long as the book says, whatever the date."""
    person, reservation = late
    nurse.give(reservation)
    nurse.tell(reservation, "vomits", minutes_after=1, witnessed=True)
    scene.run(
        "UPDATE vomit SET happened_at = clock_timestamp() - interval '11 hours'"
        " WHERE reservation_id = %s",
        reservation,
    )
    assert "vomited-today" in nurse.reserve(person).json()["blocking"]


def test_a_doctors_extra_of_yesterday_still_holds_for_yesterdays_dose(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """What vomiting was replaced with, poured at 23:58 and swallowed after midnight."""
    person = scene.person(last_covered_days_ago=2)
    first = nurse.given(person)
    doctor.decide(person, "vomited-today", extra_mg="40")
    reservation = nurse.reserved(person, doses=[nurse.dose("40", part=2)])
    scene.hours_earlier(first, 24)
    scene.run("UPDATE claim SET for_day = for_day - 1 WHERE reservation_id = %s", first)
    to_yesterday_late(scene, reservation)
    answer = nurse.give(reservation)
    assert answer.status_code == 200, answer.text
    assert (scene.used(person, -1), scene.used(person)) == (120_000, 0)


def test_the_second_part_of_yesterday_is_swallowed_after_midnight(
    scene: Scene, nurse: Counter
) -> None:
    """H03: the first part of the same day is no reason to stop it."""
    person = scene.person(last_covered_days_ago=2, parts_ug=[40_000, 40_000])
    first = nurse.given(person, doses=[nurse.dose("40")])
    # Yesterday, and its interval over before midnight, at whatever hour the tests run.
    scene.hours_earlier(first, 36)
    reservation = nurse.reserved(person, doses=[nurse.dose("40", part=2)])
    scene.run("UPDATE claim SET for_day = for_day - 1 WHERE reservation_id = %s", first)
    to_yesterday_late(scene, reservation)
    answer = nurse.give(reservation)
    assert answer.status_code == 200, answer.text
