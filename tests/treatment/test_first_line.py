"""Buprenorphine first: the offer, the answer, why methadone, and both indicators as they stand."""

from datetime import date, timedelta
from typing import Any

import pytest

from audit.definitions import Share, definitions
from dispensing.treatment.first_line.overview import Courses, indicators
from tests.api.client import MADE_UP_NUMBER, Counter, problem
from tests.scene import Scene
from tests.treatment.test_courses import contact, registered

ASSESSMENT = {
    "diagnosis": "F11.2",
    "wish": "ro i hverdagen",
    "tried": "døgnbehandling",
    "tolerance": "daily",
    "allergies": "none",
    "pregnancy": "not_asked",
}


def offered(by: Counter, person: int, answer: str, **more: Any) -> Any:
    return by.send("POST", f"/people/{person}/first-line", {"answer": answer} | more)


def assessed(by: Counter, person: int, diagnosis: str = "F11.2") -> None:
    body = ASSESSMENT | {"diagnosis": diagnosis}
    assert by.send("POST", f"/people/{person}/assessments", body).status_code == 201


def later(by: Counter, days: int = 60) -> str:
    return (by.today + timedelta(days=days)).isoformat()


def overview(by: Counter) -> dict[str, Any]:
    answer = by.get("/first-line")
    assert answer.status_code == 200, answer.text
    return answer.json()


def shares(by: Counter) -> dict[str, tuple[int, int, int]]:
    found = overview(by)["indicators"]
    return {one["id"]: (one["yes"], one["no"], one["unknown"]) for one in found}


def test_a_no_says_why_and_when_there_is_a_chance_to_change(
    scene: Scene, doctor: Counter, nurse: Counter
) -> None:
    person = scene.person()
    no = {"reason": "bivirkninger sidst", "next_on": later(doctor)}
    assert problem(offered(nurse, person, "declined", **no), 403)
    assert offered(doctor, person, "declined", **no).status_code == 201
    (kept,) = nurse.get(f"/people/{person}/first-line").json()["offers"]
    assert kept["reason"] == "bivirkninger sidst" and kept["next_on"] == later(doctor)
    kind, told = scene.events(person)[-1]
    assert (kind, told["accepted"], told["answer"]) == ("substance-offered", False, "declined")


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("offer_reason", {"answer": "declined", "next_on": "2999-01-01"}),
        ("next_chance_on", {"answer": "declined", "reason": "vil ikke"}),
        ("next_chance_on", {"answer": "not_offered", "reason": "for syg", "next_on": "2999-01-01"}),
        ("next_chance_on", {"answer": "declined", "reason": "nej", "next_on": "2020-01-01"}),
        ("next_chance_on", {"answer": "accepted", "next_on": "2999-01-01"}),
        ("offer_reason", {"answer": "declined", "reason": f"nr. {MADE_UP_NUMBER}"}),
    ],
)
def test_what_cannot_be_answered_is_named_and_changes_nothing(
    scene: Scene, doctor: Counter, unchanged: None, field: str, body: dict[str, Any]
) -> None:
    person = scene.one("SELECT min(person_id) FROM person")
    answer = doctor.send("POST", f"/people/{person}/first-line", body)
    assert problem(answer, 422)["field"] == field


def test_the_list_asks_for_a_reason_and_comes_back_on_its_day(
    scene: Scene, doctor: Counter
) -> None:
    """Unknown is not answered: without a reason somebody stands first, and by no silence leaves."""
    without, told, on_first = scene.person(), scene.person(), scene.person(product="bupre-8")
    offered(doctor, told, "not_offered", reason="QTc er fin, vil blive", next_on=later(doctor))
    found = {one["person_id"]: one for one in overview(doctor)["people"]}
    assert found[without]["answer"] is None and found[without]["due"]
    assert found[told]["reason"] == "QTc er fin, vil blive" and not found[told]["due"]
    assert on_first not in found
    scene.run("UPDATE substance_offer SET next_on = %s WHERE person_id = %s", doctor.today, told)
    found = {one["person_id"]: one for one in overview(doctor)["people"]}
    assert found[told]["due"]


def test_the_indicators_move_with_each_record(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    before = shares(doctor)
    person = registered(nurse)
    after = shares(doctor)
    assert after["M7"] == (before["M7"][0], before["M7"][1], before["M7"][2] + 1)
    offered(doctor, person, "accepted")
    # Without an assessment nobody knows whether there is an indication.
    assert shares(doctor)["M7"] == after["M7"]
    assessed(doctor, person)
    assert shares(doctor)["M7"] == (before["M7"][0] + 1, before["M7"][1], before["M7"][2])
    assessed(doctor, person, "F10.2")
    assert shares(doctor)["M7"] == before["M7"]
    scene.prescribe(
        person,
        product="bupre-8",
        daily_ug=8_000,
        parts_ug=None,
        valid_to_days=90,
        high_dose_reason=None,
        from_days_ago=0,
    )
    assert shares(doctor)["M8"] == (before["M8"][0] + 1, before["M8"][1], before["M8"][2])


def test_who_was_treated_before_is_not_new_and_who_is_unknown_stands_apart(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    before, unplaced = shares(doctor), overview(doctor)["unplaced"]
    registered(nurse, contact=contact(nurse, before="before"))
    registered(nurse, contact=contact(nurse, before="unknown"))
    assert shares(doctor) == before
    assert overview(doctor)["unplaced"] == unplaced + 1


def test_another_units_people_count_nowhere_here(
    scene: Scene, doctor: Counter, neighbour: Counter
) -> None:
    """H24"""
    theirs, before = scene.person(2), shares(doctor)
    registered(neighbour)
    assert shares(doctor) == before
    assert theirs not in [one["person_id"] for one in overview(doctor)["people"]]


@pytest.mark.parametrize(
    ("share", "percent", "standing"),
    [
        (Share(0, 0, 0), None, None),
        (Share(0, 0, 3), None, "open"),
        (Share(4, 1, 0), 80, "met"),
        (Share(79, 21, 0), 79, "missed"),
        (Share(80, 20, 0), 80, "met"),
        (Share(8, 2, 1), 80, "open"),
        (Share(7, 3, 2), 70, "missed"),
        (Share(8, 1, 1), 89, "met"),
    ],
)
def test_the_unknown_decide_nothing_and_hide_nothing(
    share: Share, percent: int | None, standing: str | None
) -> None:
    assert (share.percent, share.standing(80)) == (percent, standing)


def test_the_targets_are_the_audits_and_nobody_has_confirmed_them() -> None:
    known = definitions()
    assert {
        name: (one.target, one.unit)
        for name, one in known.items()
        if one.reach == "at-least" and one.target
    } == {
        "M7": (100, "percent"),
        "M8": (80, "percent"),
        "M20": (14, "days"),
    }
    assert all(one.source and not one.confirmed_by for one in known.values())


def test_the_first_answer_of_a_course_counts() -> None:
    found = indicators(
        [
            Courses("never", "accepted", "buprenorphine", "F11.2"),
            Courses("never", "declined", "methadone", "F11.2"),
            Courses("never", "not_offered", None, "F11.2"),
            Courses("never", None, "methadone", "F11.2"),
            # Nobody assessed; a diagnosis that is no indication.
            Courses("never", "accepted", "methadone", None),
            Courses("never", None, "methadone", "F10.2"),
            Courses("before", "not_offered", "methadone", "F11.2"),
            Courses("unknown", None, None, "F11.2"),
        ],
        date(2026, 1, 1),
        date(2026, 11, 30),
    )
    assert found.offered == Share(2, 1, 2)
    assert found.started == Share(1, 4, 1)
    assert found.unplaced == 1
