"""Doses carried home, afterwards: each fate apart, with what follows for coverage and the rules."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.client import Counter, findings, problem
from tests.scene import PASSWORD, Scene


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


def returned_ug(scene: Scene) -> int:
    """Medicine brought back that waits for destruction."""
    held = "SELECT coalesce(sum(balance_ug), 0) FROM holding WHERE place = 'returns'"
    return int(scene.one(held))


def test_brought_back_unopened_frees_its_day(scene: Scene, nurse: Counter, at_home: int) -> None:
    """H15: the day may be handed out again; what came back never returns to the bottle."""
    balance = "SELECT balance_ug FROM bottle WHERE product_code = 'metadon-1' AND unit_id = 1"
    before, waiting = scene.one(balance), returned_ug(scene)
    answer = nurse.bring_back(at_home, 6)
    assert answer.json()["state"] == "home_dose_returned", answer.text
    assert scene.one(balance) == before
    assert returned_ug(scene) == waiting + 80_000
    home = nurse.get(f"/people/{at_home}/home-doses").json()
    assert home["expected_most"] == 5
    again = nurse.reserve(at_home, doses=nurse.home(6))
    assert "covered-by-take-home" not in findings(again)


def test_nobody_alone_frees_a_day(scene: Scene, nurse: Counter, at_home: int) -> None:
    """H17, H23: "it came back" would be a second dose; two say it, of one text, in one act."""
    before, waiting = scene.kinds(at_home), returned_ug(scene)
    problem(nurse.bring_back(at_home, 6, by=None), 409, "witness-absent")
    problem(nurse.bring_back(at_home, 6, by="nurse1"), 409, "witness-is-oneself")
    path = f"/people/{at_home}/home-doses/returns"
    told = {"for_on": on(nurse, 6), "unopened": True}
    signed = {"username": "nurse1b", "password": PASSWORD}
    body = {"returned": told, "seen_sha256": "0" * 64, "witness": signed}
    problem(nurse.send("POST", path, body), 409, "stale-page")
    assert (scene.kinds(at_home), returned_ug(scene)) == (before, waiting)
    assert nurse.get(f"/people/{at_home}/home-doses").json()["expected_most"] == 6
    assert nurse.bring_back(at_home, 6).status_code == 200
    row = scene.run(
        "SELECT a.kind, a.person_id, a.done_by <> a.witnessed_by, m.delta_ug FROM home_return h"
        " JOIN stock_act a USING (act_id) JOIN stock_movement m USING (act_id)"
        " WHERE h.person_id = %s",
        at_home,
    ).fetchall()
    assert row == [("returned", at_home, True, 80_000)]
    assert scene.kinds(at_home)[-1] == "home-dose-returned"


def test_the_label_of_that_very_dose_comes_back(scene: Scene, nurse: Counter) -> None:
    """H16, H17: any other package, or none at all, frees no day."""
    today = scene.today.isoweekday()
    person = scene.person(
        take_home=True, supervised_weekdays=[today], pickup_weekdays=[today], take_home_days=6
    )
    reservation = nurse.reserved(person, doses=[nurse.dose(), *nurse.home(1, 2)])
    printed = nurse.tell(reservation, "labels").json()["labels"]
    codes = [label["code"] for label in printed]
    assert nurse.give(reservation, label_codes=codes).status_code == 200
    home = nurse.get(f"/people/{person}/home-doses")
    assert all(dose["labelled"] for dose in home.json()["doses"])
    assert not any(code in home.text for code in codes)
    problem(nurse.bring_back(person, 1), 409, "label-needed-back")
    problem(nurse.bring_back(person, 1, label_code=codes[1]), 409, "label-of-another")
    problem(nurse.bring_back(person, 1, label_code="nonsense"), 422)
    assert nurse.bring_back(person, 1, label_code=codes[0]).status_code == 200
    opened = nurse.bring_back(person, 2, unopened=False, note="uden etiket", left="80")
    assert opened.status_code == 200, opened.text


def test_brought_back_opened_frees_nothing(scene: Scene, nurse: Counter, at_home: int) -> None:
    """Unknown is not zero: what is missing may have been swallowed; what is left is booked."""
    problem(nurse.bring_back(at_home, 6, unopened=False), 422)
    problem(nurse.bring_back(at_home, 6, unopened=False, note="half full", left="81"), 422)
    problem(nurse.bring_back(at_home, 6, unopened=False, note="half full", left="0"), 422)
    problem(nurse.bring_back(at_home, 6, unopened=False, note="half full", left=None), 422)
    problem(nurse.bring_back(at_home, 6, None, unopened=False, note="half full"), 409)
    waiting = returned_ug(scene)
    half = nurse.bring_back(at_home, 6, unopened=False, note="half full", left="40")
    assert half.status_code == 200, half.text
    assert returned_ug(scene) == waiting + 40_000
    home = nurse.get(f"/people/{at_home}/home-doses").json()
    assert (home["expected_most"], home["doses"][-1]["opened"]) == (5, True)
    problem(nurse.bring_back(at_home, 6), 409, "already-recorded")


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
    doses = [HomeDose(1, today + timedelta(days=d), 1, 1, 80_000, today) for d in range(3)]
    assert expected_in_hand(doses, today) == Expected(2, 3)
    lost = HomeDose(1, today, 2, 2, 80_000, today, lost="lost")
    assert expected_in_hand([*doses, lost], today) == Expected(2, 3)


def test_what_was_not_carried_home_cannot_be_brought_back(
    scene: Scene, nurse: Counter, neighbour: Counter, at_home: int
) -> None:
    """Another day, another unit, garbage: a clear answer, nothing changed."""
    assert problem(nurse.bring_back(at_home, 30), 404)
    assert problem(nurse.bring_back(at_home, 0), 404)
    assert problem(neighbour.bring_back(at_home, 1), 404)
    assert problem(tell(nurse, at_home, "counts", counted=-1), 422)
    assert problem(tell(nurse, at_home, "losses", for_on="2026-02-30", how="lost"), 422)


def test_what_came_back_was_handed_out(nurse: Counter, at_home: int) -> None:
    """H06: a hand-out of which a dose came back cannot be taken back as never done."""
    assert nurse.bring_back(at_home, 6).status_code == 200
    dose = nurse.get(f"/people/{at_home}/home-doses").json()["doses"][0]
    refused = nurse.tell(dose["reservation_id"], "reversals", reason="wrong person")
    assert problem(refused, 409)["type"].endswith("/told-at-home")


def test_the_same_key_is_one_return(scene: Scene, nurse: Counter, at_home: int) -> None:
    """H04: a second press frees no second day."""
    path = f"/people/{at_home}/home-doses/returns"
    told = {"for_on": on(nurse, 5), "part": 1, "unopened": True}
    seen = nurse.send("POST", f"{path}/text", told).json()["sha256"]
    signed = {"username": "nurse1b", "password": PASSWORD}
    body = {"returned": told, "seen_sha256": seen, "witness": signed}
    first = nurse.send("POST", path, body, "bring-it-back-1")
    assert first.status_code == 200, first.text
    assert nurse.send("POST", path, body, "bring-it-back-1").json() == first.json()
    assert scene.kinds(at_home).count("home-dose-returned") == 1
