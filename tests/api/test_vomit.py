"""Vomiting after a dose: recorded, asks the doctor, and is replaced only as the doctor says."""

import pytest

from tests.api.client import Counter, problem
from tests.scene import Scene


@pytest.fixture
def vomited(scene: Scene, nurse: Counter) -> int:
    """Swallowed 80 mg and vomited ten minutes later before the nurse's eyes."""
    person = scene.person()
    reservation = nurse.given(person)
    answer = nurse.tell(reservation, "vomits", minutes_after=0, witnessed=True)
    assert answer.status_code == 200, answer.text
    return person


def extra(nurse: Counter, amount_mg: str) -> list[dict]:
    return [nurse.dose(amount_mg, part=2)]


def test_vomiting_frees_nothing_by_itself(scene: Scene, nurse: Counter, vomited: int) -> None:
    """H04: the dose was swallowed, and counts."""
    blocked = nurse.reserve(vomited).json()["blocking"]
    assert {"already-given", "vomited-today"} <= set(blocked)
    assert scene.used(vomited) == 80_000


def test_a_replacement_is_a_doctors_extra_amount(
    scene: Scene, nurse: Counter, doctor: Counter, vomited: int
) -> None:
    """Half the dose again, as a part beyond the order, at once."""
    doctor.decide(vomited, "vomited-today", extra_mg="40")
    nurse.given(vomited, doses=extra(nurse, "40"))
    assert scene.used(vomited) == 120_000


def test_no_more_than_the_doctors_extra(nurse: Counter, doctor: Counter, vomited: int) -> None:
    """H09: ten milligrams more than allowed."""
    doctor.decide(vomited, "vomited-today", extra_mg="40")
    blocked = nurse.reserve(vomited, doses=extra(nurse, "50")).json()["blocking"]
    assert "day-above-ordered" in blocked


def test_the_extra_is_had_once(nurse: Counter, doctor: Counter, vomited: int) -> None:
    """H01: neither as the same part nor as another."""
    doctor.decide(vomited, "vomited-today", extra_mg="40")
    nurse.given(vomited, doses=extra(nurse, "40"))
    again = nurse.reserve(vomited, doses=extra(nurse, "40")).json()["blocking"]
    assert "already-given" in again
    third = nurse.reserve(vomited, doses=[nurse.dose("40", part=3)]).json()["blocking"]
    assert "day-above-ordered" in third


def test_an_allowed_extra_does_not_open_the_ordered_dose_again(
    nurse: Counter, doctor: Counter, vomited: int
) -> None:
    doctor.decide(vomited, "vomited-today", "too-soon", extra_mg="40")
    blocked = nurse.reserve(vomited, doses=[nurse.dose("40")]).json()["blocking"]
    assert "already-given" in blocked


def test_the_rest_of_a_partial_dose_is_a_doctors_extra_too(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H06: half was swallowed, and the doctor allows the rest an hour later."""
    person = scene.person()
    nurse.give(nurse.reserved(person), swallowed_mg="40")
    doctor.decide(person, "too-soon", extra_mg="40")
    nurse.given(person, doses=extra(nurse, "40"))
    assert scene.used(person) == 80_000


def test_vomiting_is_recorded_once(scene: Scene, nurse: Counter) -> None:
    reservation = nurse.given(scene.person())
    nurse.tell(reservation, "vomits", minutes_after=0, witnessed=False)
    again = nurse.tell(reservation, "vomits", minutes_after=1, witnessed=False)
    problem(again, 409, "already-recorded")


def test_only_what_was_swallowed_can_be_vomited(scene: Scene, nurse: Counter) -> None:
    reservation = nurse.reserved(scene.person())
    problem(nurse.tell(reservation, "vomits", minutes_after=0, witnessed=True), 409, "not-given")


@pytest.mark.parametrize("minutes", [-1, 1_441, 2.5, "10", None, True])
def test_minutes_are_whole_and_within_a_day(
    scene: Scene, nurse: Counter, minutes: object, unchanged: None
) -> None:
    given = scene.one("SELECT max(reservation_id) FROM resolution WHERE outcome = 'given'")
    problem(nurse.tell(given, "vomits", minutes_after=minutes, witnessed=True), 422)


def test_vomiting_lies_not_ahead(scene: Scene, nurse: Counter) -> None:
    """Half an hour after a dose that was swallowed just now has not come yet."""
    given = nurse.given(scene.person())
    problem(nurse.tell(given, "vomits", minutes_after=30, witnessed=True), 422)
