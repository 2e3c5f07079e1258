"""Closing the day: what was planned and not fetched becomes a missed dose in the ledger."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, problem, sign_in
from tests.scene import Scene

UNITS = iter(range(11, 40))


@pytest.fixture
def unit(scene: Scene) -> int:
    """A unit of its own: closing concerns everybody of a unit."""
    number = next(UNITS)
    scene.unit(number, f"Enhed {number}")
    return number


@pytest.fixture
def nurse(http: TestClient, scene: Scene, unit: int) -> Counter:
    return sign_in(http, scene, f"nurse{unit}", unit)


@pytest.fixture(autouse=True)
def counted(scene: Scene, unit: int) -> Iterator[None]:
    """However it went, the missed doses of a closed day are as many as were counted."""
    yield
    rows = scene.run(
        "SELECT k.missed, (SELECT count(*) FROM missed_dose d WHERE d.unit_id = k.unit_id"
        " AND d.day = k.day) FROM day_close k WHERE k.unit_id = %s",
        unit,
    ).fetchall()
    assert all(said == written for said, written in rows)


def close(nurse: Counter, days: int = 0):
    return nurse.send("POST", f"/days/{nurse.today + timedelta(days=days)}/close")


def missed(scene: Scene, unit: int) -> list[int]:
    return [
        person
        for (person,) in scene.run(
            "SELECT person_id FROM missed_dose WHERE unit_id = %s ORDER BY 1", unit
        )
    ]


def test_who_did_not_come_missed_a_dose(scene: Scene, nurse: Counter, unit: int) -> None:
    """H11: the days without are counted from what was written, not from what is absent."""
    came, away = scene.person(unit), scene.person(unit)
    nurse.given(came)
    answer = close(nurse)
    assert answer.status_code == 200, answer.text
    assert answer.json()["missed"] == 1
    assert missed(scene, unit) == [away]
    assert scene.kinds(away) == ["dose-missed"]


def test_who_has_today_at_home_missed_nothing(scene: Scene, nurse: Counter, unit: int) -> None:
    """H15"""
    person = scene.person(unit)
    scene.covered(person, unit, 0, 80_000)
    assert close(nurse).json()["missed"] == 0


def test_who_was_refused_missed_the_dose(scene: Scene, nurse: Counter, unit: int) -> None:
    """H12: affected in the morning and not seen again."""
    person = scene.person(unit)
    nurse.reserve(person, observed={"affected": True})
    close(nurse)
    assert missed(scene, unit) == [person]


def test_who_declined_missed_the_dose(scene: Scene, nurse: Counter, unit: int) -> None:
    person = scene.person(unit)
    nurse.tell(nurse.reserved(person), "refused")
    close(nurse)
    assert missed(scene, unit) == [person]


@pytest.mark.parametrize(
    "changes", [{"valid_to_days": -1}, {"right_holder": 1}], ids=["expired", "elsewhere"]
)
def test_nobody_misses_what_was_not_planned_here(
    scene: Scene, nurse: Counter, unit: int, changes: dict
) -> None:
    scene.person(unit, **changes)
    assert close(nurse).json()["missed"] == 0


@pytest.mark.parametrize("what", ["reserved", "doubts"])
def test_an_unresolved_dose_holds_the_day_open(
    scene: Scene, nurse: Counter, unit: int, what: str
) -> None:
    """H06: somebody tells first."""
    reservation = nurse.reserved(scene.person(unit))
    if what == "doubts":
        nurse.tell(reservation, "doubts")
    document = problem(close(nurse), 409, "unresolved-reservations")
    assert document["unresolved"] == 1
    nurse.tell(reservation, "returned")
    assert close(nurse).status_code == 200


def test_a_reservation_for_the_days_to_come_holds_the_day_open(
    scene: Scene, nurse: Counter, unit: int
) -> None:
    """H06: the bottles for tomorrow stand on today's counter."""
    today = scene.today.isoweekday()
    person = scene.person(
        unit,
        take_home=True,
        supervised_weekdays=[today % 7 + 1],
        pickup_weekdays=[today],
        take_home_days=6,
    )
    tomorrow_is_supervised = {"doses": nurse.home(0, 2)}
    reservation = nurse.reserved(person, **tomorrow_is_supervised)
    scene.run("DELETE FROM claim WHERE person_id = %s AND for_day = %s", person, scene.today)
    problem(close(nurse), 409, "unresolved-reservations")
    scene.run(
        "INSERT INTO claim SELECT person_id, %s, part, reservation_id, unit_id, amount_ug, how,"
        " state, claimed_at FROM claim WHERE person_id = %s AND for_day > %s",
        scene.today,
        person,
        scene.today,
    )
    nurse.tell(reservation, "returned")


def test_closing_again_answers_the_same(scene: Scene, nurse: Counter, unit: int) -> None:
    """H04: a retry writes nothing."""
    scene.person(unit)
    first, second = close(nurse).json(), close(nurse).json()
    assert second == first | {"repeated": True}
    assert scene.one("SELECT count(*) FROM missed_dose WHERE unit_id = %s", unit) == 1


def test_a_day_to_come_is_not_closed(nurse: Counter, unit: int, unchanged: None) -> None:
    problem(close(nurse, 1), 422)


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31"])
def test_a_day_before_the_unit_began_is_not_closed(
    nurse: Counter, unit: int, unchanged: None, day: str
) -> None:
    problem(nurse.send("POST", f"/days/{day}/close"), 422)


@pytest.mark.parametrize("day", ["0", "1764000000", "2026-02-30", "23-11-2026", "today"])
def test_a_day_is_written_in_full(nurse: Counter, unit: int, unchanged: None, day: str) -> None:
    problem(nurse.send("POST", f"/days/{day}/close"), 422)


def test_yesterday_can_still_be_closed(scene: Scene, nurse: Counter, unit: int) -> None:
    person = scene.person(unit, last_covered_days_ago=2)
    assert close(nurse, -1).json()["missed"] == 1
    day = scene.one("SELECT day FROM missed_dose WHERE person_id = %s", person)
    assert day == scene.today - timedelta(days=1)


def test_who_comes_after_closing_still_gets_the_dose(
    scene: Scene, nurse: Counter, unit: int
) -> None:
    """The missed dose stays on record before the hand-out: both happened, in that order."""
    person = scene.person(unit)
    close(nurse)
    nurse.given(person)
    assert scene.kinds(person) == ["dose-missed", "handout-reserved", "handout-given"]


def test_closing_concerns_the_own_unit_only(
    http: TestClient, scene: Scene, nurse: Counter, unit: int
) -> None:
    elsewhere = scene.person(1)
    close(nurse)
    assert scene.kinds(elsewhere) == []


def test_old_intervals_are_retired_with_the_day(scene: Scene, nurse: Counter, unit: int) -> None:
    """The interval barrier stays small; a dose of nine days ago can meet none of today."""
    person = scene.person(unit)
    scene.run(
        "INSERT INTO claim SELECT person_id, for_day - 10, part, reservation_id, unit_id,"
        " amount_ug, how, state, claimed_at - interval '10 days', swallowed_at - interval"
        " '10 days', tstzrange(swallowed_at - interval '10 days', swallowed_at - interval"
        " '9 days') FROM claim WHERE person_id = %s",
        person,
    )
    close(nurse)
    running = "SELECT count(*) FROM claim WHERE person_id = %s AND swallow_during IS NOT NULL"
    assert scene.one(running, person) == 0
    assert scene.one("SELECT count(*) FROM claim WHERE person_id = %s", person) == 2
