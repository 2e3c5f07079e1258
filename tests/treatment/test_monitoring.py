"""Findings, offers and the doctor's review: recorded once, known to the counter at once."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.client import MADE_UP_NUMBER, Counter, findings, problem
from tests.scene import Scene


def record(by: Counter, person: int, kind: str, answer: str = "done", **more: Any) -> Any:
    body = {"kind": kind, "answer": answer} | more
    return by.send("POST", f"/people/{person}/monitoring", body)


def due(by: Counter, person: int) -> dict[str, Any]:
    found = by.get(f"/people/{person}/monitoring").json()["due"]
    return {one["kind"]: one for one in found}


def test_a_review_is_known_to_the_counter_at_once(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H21: the doctor's decision holds at the very next check, and is in the ledger."""
    person = scene.person(reviewed_on=None)
    assert "review-overdue" in findings(nurse.reserve(person))
    assert record(doctor, person, "review").status_code == 201
    assert "review" not in due(nurse, person)
    assert nurse.reserved(person)
    assert scene.kinds(person)[-2:] == ["monitoring-recorded", "handout-reserved"]


def test_a_long_qtc_stops_methadone_until_a_doctor_decides(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    person = scene.person()
    assert record(doctor, person, "ecg", qtc_ms=510).status_code == 201
    assert "qtc-long" in findings(nurse.reserve(person))


def test_an_older_ecg_is_kept_and_changes_nothing_the_rules_ask(
    scene: Scene, doctor: Counter
) -> None:
    """Unknown is never milder: yesterday's good ECG does not hide today's bad one."""
    person = scene.person()
    yesterday = (scene.today - timedelta(days=1)).isoformat()
    record(doctor, person, "ecg", qtc_ms=510)
    assert record(doctor, person, "ecg", qtc_ms=400, found_on=yesterday).status_code == 201
    assert scene.one("SELECT qtc_ms FROM care WHERE person_id = %s", person) == 510
    assert scene.one("SELECT count(*) FROM monitoring WHERE person_id = %s", person) == 2


def test_the_same_press_twice_is_one_record(scene: Scene, doctor: Counter) -> None:
    person = scene.person()
    body = {"kind": "liver", "answer": "done", "note": "normale tal"}
    for _ in range(2):
        answer = doctor.send("POST", f"/people/{person}/monitoring", body, key="same-press-1")
        assert answer.status_code == 201
    assert scene.one("SELECT count(*) FROM monitoring WHERE person_id = %s", person) == 1


@pytest.mark.parametrize("kind", ["review", "ecg", "pregnancy"])
def test_a_nurse_records_no_doctors_finding(scene: Scene, nurse: Counter, kind: str) -> None:
    more = {"qtc_ms": 420} if kind == "ecg" else {}
    answer = record(nurse, scene.person(), kind, "no" if kind == "pregnancy" else "done", **more)
    assert problem(answer, 403)


def test_a_finding_for_somebody_first_heard_of_makes_their_record(
    scene: Scene, doctor: Counter
) -> None:
    person = scene.person()
    scene.run("DELETE FROM care WHERE person_id = %s", person)
    assert record(doctor, person, "naloxone").status_code == 201
    assert scene.one("SELECT naloxone_on FROM care WHERE person_id = %s", person) == scene.today


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("answer", {"kind": "liver", "answer": "yes"}),
        ("found_on", {"kind": "liver", "answer": "done", "found_on": "2999-01-01"}),
        ("found_on", {"kind": "review", "answer": "done", "found_on": "2026-01-05"}),
        ("qtc_ms", {"kind": "ecg", "answer": "done"}),
        ("qtc_ms", {"kind": "ecg", "answer": "done", "qtc_ms": 43}),
        ("qtc_ms", {"kind": "ecg", "answer": "done", "qtc_ms": 4_300}),
        ("qtc_ms", {"kind": "liver", "answer": "done", "qtc_ms": 430}),
        ("note", {"kind": "hiv", "answer": "declined"}),
        ("next_on", {"kind": "hiv", "answer": "declined", "note": "vil ikke"}),
        ("next_on", {"kind": "hiv", "answer": "put_off", "note": "syg", "next_on": "2026-01-05"}),
        ("next_on", {"kind": "hiv", "answer": "put_off", "note": "syg", "next_on": "2999-01-05"}),
        ("goal", {"kind": "urine", "answer": "done"}),
        ("note", {"kind": "liver", "answer": "done", "note": f"nr. {MADE_UP_NUMBER} er set"}),
    ],
)
def test_what_cannot_be_kept_is_named_and_changes_nothing(
    scene: Scene, doctor: Counter, unchanged: None, field: str, body: dict[str, Any]
) -> None:
    person = scene.one("SELECT min(person_id) FROM person")
    answer = doctor.send("POST", f"/people/{person}/monitoring", body)
    assert problem(answer, 422)["field"] == field


def test_another_unit_that_hands_out_does_not_decide(
    scene: Scene, doctor: Counter, neighbour: Counter, next_door: Counter
) -> None:
    """H13: the right to hand out moves; who treats the person decides. The no is an entry."""
    person = scene.person()
    scene.move(person, 2)
    assert problem(record(next_door, person, "review"), 409, "treated-elsewhere")
    assert scene.kinds(person)[-1] == "act-refused"
    assert record(doctor, person, "review").status_code == 201


def test_the_units_list_counts_each_person_once_and_empties_by_a_record_alone(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    person = scene.person(reviewed_on=None)

    def listed() -> dict[int, list[str]]:
        people = nurse.get("/monitoring/due").json()["people"]
        return {one["person_id"]: [each["kind"] for each in one["due"]] for one in people}

    before = listed()
    assert before[person][0] == "review"
    record(doctor, person, "review")
    assert "review" not in listed()[person]
    record(nurse, person, "driving")
    assert "driving" in before[person] and "driving" not in listed()[person]
