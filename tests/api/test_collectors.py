"""Pick-up by another person: only by a doctor's dated decision, the identity recorded."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.client import Counter, problem
from tests.scene import Scene


@pytest.fixture
def person(scene: Scene) -> int:
    """Somebody who picks doses up today for the days to come and swallowed here already."""
    today = scene.today.isoweekday()
    return scene.person(
        take_home=True, supervised_weekdays=[today], pickup_weekdays=[today], take_home_days=6
    )


def allow(doctor: Counter, person: int, first: int = 0, last: int = 7, **changes: Any) -> Any:
    body = {
        "name": "Karen Mikkelsen",
        "relation": "mor",
        "from_on": (doctor.today + timedelta(days=first)).isoformat(),
        "until_on": (doctor.today + timedelta(days=last)).isoformat(),
        "reason": "brækket ben, ligger hjemme",
    } | changes
    return doctor.send("POST", f"/people/{person}/collectors", body)


def allowed(nurse: Counter, person: int) -> list[int]:
    found = nurse.get(f"/people/{person}/collectors").json()["collectors"]
    return [one["collector_id"] for one in found]


def home_reservation(nurse: Counter, doctor: Counter, person: int) -> int:
    """Today's dose is swallowed; a doctor lets the coming days go home on the same day."""
    nurse.given(person)
    doctor.decide(person, "early-pickup")
    return nurse.reserved(person, doses=nurse.home(1, 2))


def fetch(nurse: Counter, reservation: int, collector: int, **changes: Any) -> Any:
    shown = {"collector_id": collector, "identity_shown": "kørekort"} | changes
    return nurse.give(reservation, **shown)


def test_whom_a_doctor_allowed_fetches_and_is_recorded(
    scene: Scene, nurse: Counter, doctor: Counter, person: int
) -> None:
    """H07, H17: the entry says who fetched, by which identity; the record too."""
    assert allow(doctor, person).json()["state"] == "collector_authorised"
    collector = allowed(nurse, person)[0]
    reservation = home_reservation(nurse, doctor, person)
    assert fetch(nurse, reservation, collector).json()["state"] == "given"
    kind, facts = scene.events(person)[-1]
    assert kind == "handout-given"
    assert facts["collector"] == {"collector_id": collector, "identity_shown": "kørekort"}
    assert (
        scene.one("SELECT collector_id FROM collection WHERE reservation_id = %s", reservation)
        == collector
    )


@pytest.mark.parametrize(("first", "last"), [(1, 7), (-3, -1)])
def test_before_the_first_and_after_the_last_day_nobody_fetches(
    scene: Scene, nurse: Counter, doctor: Counter, person: int, first: int, last: int
) -> None:
    """H17: a dated decision; the reservation stands and the way on is the doctor."""
    answer = allow(doctor, person, first, last)
    if last < 0:
        assert problem(answer, 422)
        return
    reservation = home_reservation(nurse, doctor, person)
    refused = fetch(nurse, reservation, allowed(nurse, person)[0])
    assert problem(refused, 409)["type"].endswith("/collector-not-authorised")
    assert scene.kinds(person)[-1] == "act-refused"
    assert nurse.give(reservation).json()["state"] == "given"


def test_another_persons_collector_is_none(
    scene: Scene, nurse: Counter, doctor: Counter, person: int
) -> None:
    """H07: the permission belongs to one person."""
    other = scene.person()
    allow(doctor, other)
    reservation = home_reservation(nurse, doctor, person)
    assert problem(fetch(nurse, reservation, allowed(nurse, other)[0]), 409)


def test_nobody_swallows_for_another(nurse: Counter, doctor: Counter, person: int) -> None:
    """H07: a supervised dose is for the mouth of the person alone."""
    allow(doctor, person)
    reservation = nurse.reserved(person)
    refused = fetch(nurse, reservation, allowed(nurse, person)[0])
    assert problem(refused, 409)["type"].endswith("/collector-cannot-swallow")


def test_without_an_identity_nothing_is_handed_over(
    nurse: Counter, doctor: Counter, person: int
) -> None:
    allow(doctor, person)
    reservation = home_reservation(nurse, doctor, person)
    assert problem(fetch(nurse, reservation, allowed(nurse, person)[0], identity_shown=None), 422)


def test_whoever_collects_must_not_be_affected(
    nurse: Counter, doctor: Counter, person: int
) -> None:
    """H12: the one who stands at the counter is the one looked at."""
    allow(doctor, person)
    reservation = home_reservation(nurse, doctor, person)
    refused = fetch(nurse, reservation, allowed(nurse, person)[0], observed={"affected": True})
    assert refused.status_code == 409


def test_a_permission_taken_back_holds_at_once(
    nurse: Counter, doctor: Counter, person: int
) -> None:
    """H17: between reserving and handing over."""
    allow(doctor, person)
    collector = allowed(nurse, person)[0]
    reservation = home_reservation(nurse, doctor, person)
    path = f"/people/{person}/collectors/{collector}/withdrawn"
    assert problem(nurse.send("POST", path, {"reason": "nej tak"}), 403)
    assert doctor.send("POST", path, {"reason": "flyttet hjemmefra"}).status_code == 200
    assert problem(fetch(nurse, reservation, collector), 409)
    assert allowed(nurse, person) == []
    assert problem(doctor.send("POST", path, {"reason": "again and again"}), 404)


def test_a_permission_has_an_end_within_a_year(doctor: Counter, person: int) -> None:
    for wrong in ({"last": -1}, {"last": 400}, {"name": " "}, {"reason": "x"}):
        changes = {key: value for key, value in wrong.items() if key != "last"}
        assert problem(allow(doctor, person, last=wrong.get("last", 7), **changes), 422)
