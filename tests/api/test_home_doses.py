"""Doses carried home, afterwards: each fate apart, with what follows for coverage and the rules."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.client import Counter, findings, problem
from tests.scene import Scene


@pytest.fixture
def at_home(scene: Scene, nurse: Counter) -> int:
    """A person who swallowed today and carried six days home."""
    today = scene.today.isoweekday()
    person = scene.person(
        take_home=True, supervised_weekdays=[today], pickup_weekdays=[today], take_home_days=6
    )
    nurse.given(person, doses=[nurse.dose(), *nurse.home(*range(1, 7))])
    return person


def on(nurse: Counter, days: int) -> str:
    return (nurse.today + timedelta(days=days)).isoformat()


def tell(nurse: Counter, person: int, what: str, **body: Any) -> Any:
    return nurse.send("POST", f"/people/{person}/home-doses/{what}", body)


def notices(doctor: Counter, person: int) -> list[str]:
    found = doctor.get("/notices").json()["notices"]
    return [one["kind"] for one in found if one["person_id"] == person]


def test_what_should_be_in_the_persons_hands(nurse: Counter, at_home: int) -> None:
    """H17: six doses, each with its day; today's was swallowed here and is none of them."""
    home = nurse.get(f"/people/{at_home}/home-doses").json()
    assert [dose["for_on"] for dose in home["doses"]] == [on(nurse, days) for days in range(1, 7)]
    assert (home["expected_least"], home["expected_most"]) == (6, 6)


def test_brought_back_unopened_frees_its_day(scene: Scene, nurse: Counter, at_home: int) -> None:
    """H15: the day may be handed out again; what came back never returns to the bottle."""
    balance = "SELECT balance_ug FROM bottle WHERE product_code = 'metadon-1' AND unit_id = 1"
    before = scene.one(balance)
    answer = tell(nurse, at_home, "returns", for_on=on(nurse, 6), unopened=True)
    assert answer.json()["state"] == "home_dose_returned"
    assert scene.one(balance) == before
    home = nurse.get(f"/people/{at_home}/home-doses").json()
    assert home["expected_most"] == 5
    again = nurse.reserve(at_home, doses=nurse.home(6))
    assert "covered-by-take-home" not in findings(again)


def test_brought_back_opened_frees_nothing(nurse: Counter, at_home: int) -> None:
    """Unknown is not zero: nobody knows how much of it is gone."""
    path = f"/people/{at_home}/home-doses"
    assert problem(tell(nurse, at_home, "returns", for_on=on(nurse, 6), unopened=False), 422)
    tell(nurse, at_home, "returns", for_on=on(nurse, 6), unopened=False, note="half full")
    home = nurse.get(path).json()
    assert (home["expected_most"], home["doses"][-1]["opened"]) == (5, True)
    again = tell(nurse, at_home, "returns", for_on=on(nurse, 6), unopened=True)
    assert problem(again, 409)["type"].endswith("/already-recorded")


def test_lost_is_not_replaced_without_a_doctor(
    scene: Scene, nurse: Counter, doctor: Counter, at_home: int
) -> None:
    """H17, H23: the day stays taken, the rule says so, the doctor is told."""
    body = {"how": "stolen", "verified": False, "note": "rygsæk stjålet i S-toget"}
    assert tell(nurse, at_home, "losses", for_on=on(nurse, 2), **body).status_code == 200
    assert notices(doctor, at_home) == ["home-dose-lost"]
    asked = nurse.reserve(at_home, doses=nurse.home(2))
    assert asked.status_code == 409
    assert "lost-dose-replaced" in findings(asked)
    assert scene.kinds(at_home)[-3:-1] == ["home-dose-lost", "doctor-told"]
    home = nurse.get(f"/people/{at_home}/home-doses").json()
    assert home["expected_most"] == 5


def test_called_in_with_the_right_number_is_quiet(
    nurse: Counter, doctor: Counter, at_home: int
) -> None:
    """H23: six expected, six shown."""
    assert tell(nurse, at_home, "counts", counted=6).status_code == 200
    assert notices(doctor, at_home) == []


@pytest.mark.parametrize("counted", [5, 7])
def test_too_few_or_too_many_needs_a_word_and_goes_to_the_doctor(
    nurse: Counter, doctor: Counter, at_home: int, counted: int
) -> None:
    """H23: a difference is never silently accepted."""
    assert problem(tell(nurse, at_home, "counts", counted=counted), 422)
    assert notices(doctor, at_home) == []
    tell(nurse, at_home, "counts", counted=counted, note="siger, at den står derhjemme")
    assert notices(doctor, at_home) == ["count-differs"]


def test_todays_own_dose_may_be_swallowed_or_not(scene: Scene, nurse: Counter) -> None:
    """A dose for today that was carried home yesterday: both answers are right."""
    from datetime import date

    from dispensing.counter.home_doses import Expected, HomeDose, expected_in_hand

    today = date(2026, 4, 3)
    doses = [HomeDose(1, today + timedelta(days=d), 1, 80_000, today) for d in range(3)]
    assert expected_in_hand(doses, today) == Expected(2, 3)
    lost = HomeDose(1, today, 2, 80_000, today, lost="lost")
    assert expected_in_hand([*doses, lost], today) == Expected(2, 3)


def test_what_was_not_carried_home_cannot_be_brought_back(
    scene: Scene, nurse: Counter, neighbour: Counter, at_home: int
) -> None:
    """Another day, another unit, garbage: a clear answer, nothing changed."""
    assert problem(tell(nurse, at_home, "returns", for_on=on(nurse, 30), unopened=True), 404)
    assert problem(tell(nurse, at_home, "returns", for_on=on(nurse, 0), unopened=True), 404)
    assert problem(tell(neighbour, at_home, "returns", for_on=on(nurse, 1), unopened=True), 404)
    assert problem(tell(nurse, at_home, "counts", counted=-1), 422)
    assert problem(tell(nurse, at_home, "losses", for_on="2026-02-30", how="lost"), 422)


def test_what_came_back_was_handed_out(nurse: Counter, at_home: int) -> None:
    """H06: a hand-out of which a dose came back cannot be taken back as never done."""
    tell(nurse, at_home, "returns", for_on=on(nurse, 6), unopened=True)
    dose = nurse.get(f"/people/{at_home}/home-doses").json()["doses"][0]
    refused = nurse.tell(dose["reservation_id"], "reversals", reason="wrong person")
    assert problem(refused, 409)["type"].endswith("/told-at-home")


def test_the_same_key_is_one_return(scene: Scene, nurse: Counter, at_home: int) -> None:
    """H04: a second press frees no second day."""
    body = {"for_on": on(nurse, 5), "part": 1, "unopened": True}
    path = f"/people/{at_home}/home-doses/returns"
    first = nurse.send("POST", path, body, "bring-it-back-1")
    assert nurse.send("POST", path, body, "bring-it-back-1").json() == first.json()
    assert scene.kinds(at_home).count("home-dose-returned") == 1
