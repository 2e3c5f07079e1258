"""Attacks by double press and second window: a doctor's decision counts once, and can be undone."""

import pytest

from tests.api.client import Counter
from tests.scene import Scene


@pytest.fixture
def vomited(scene: Scene, nurse: Counter) -> int:
    person = scene.person()
    answer = nurse.tell(nurse.given(person), "vomits", minutes_after=0, witnessed=True)
    assert answer.status_code == 200, answer.text
    return person


def test_the_same_extra_sent_from_two_windows_is_one_extra(
    nurse: Counter, doctor: Counter, vomited: int
) -> None:
    """H01, H04: 40 mg beyond the order twice over would be 80 mg."""
    for key in ("window-one", "window-two"):
        assert doctor.decide(vomited, "vomited-today", extra_mg="40", key=key).status_code == 201
    blocked = nurse.reserve(vomited, doses=[nurse.dose("80", part=2)]).json()["blocking"]
    assert "day-above-ordered" in blocked
    nurse.given(vomited, doses=[nurse.dose("40", part=2)])
    third = nurse.reserve(vomited, doses=[nurse.dose("40", part=3)]).json()["blocking"]
    assert "day-above-ordered" in third


def test_a_larger_extra_takes_the_place_of_the_smaller(
    scene: Scene, nurse: Counter, doctor: Counter, vomited: int
) -> None:
    """The extra is the whole of what is allowed beyond the order today."""
    doctor.decide(vomited, "vomited-today", extra_mg="20")
    doctor.decide(vomited, "vomited-today", extra_mg="40")
    nurse.given(vomited, doses=[nurse.dose("40", part=2)])
    assert scene.used(vomited) == 120_000


def test_a_doctors_no_takes_the_extra_back(nurse: Counter, doctor: Counter, vomited: int) -> None:
    """H10: whoever is told no has no amount left beyond the order, by no other yes of that day."""
    doctor.decide(vomited, "vomited-today", extra_mg="40")
    doctor.decide(vomited, "vomited-today", allow=False)
    doctor.decide(vomited, "vomited-today")
    refused = nurse.reserve(vomited, doses=[nurse.dose("40", part=2)])
    assert refused.status_code == 409
    assert "day-above-ordered" in refused.json()["blocking"]


def test_a_no_after_pouring_holds_the_extra_back(
    nurse: Counter, doctor: Counter, vomited: int
) -> None:
    """H10"""
    doctor.decide(vomited, "vomited-today", extra_mg="40")
    reservation = nurse.reserved(vomited, doses=[nurse.dose("40", part=2)])
    doctor.decide(vomited, "vomited-today", allow=False)
    assert nurse.give(reservation).status_code == 409
    assert nurse.tell(reservation, "returned").status_code == 200
