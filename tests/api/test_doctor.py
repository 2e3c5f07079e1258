"""What the counter asks the doctor, and what the doctor's word does."""

import pytest

from tests.api.client import Counter, findings, problem, sign_in
from tests.scene import Scene


@pytest.fixture
def away(scene: Scene) -> int:
    """Three days without a dose: the doctor decides."""
    return scene.person(last_covered_days_ago=4)


def ask(nurse: Counter, person: int, note: str | None = "seems well") -> None:
    body = {"order": nurse.order(person), "note": note}
    answer = nurse.send("POST", "/questions", body)
    assert answer.status_code == 201, answer.text


def test_a_question_carries_the_verdict_to_the_doctor(
    scene: Scene, nurse: Counter, doctor: Counter, away: int
) -> None:
    """H11: the doctor sees what the rules saw."""
    ask(nurse, away)
    waiting = [one for one in doctor.get("/questions").json() if one["person_id"] == away]
    assert [one["verdict"]["findings"][0]["rule_id"] for one in waiting] == ["missed-days"]
    assert waiting[0]["note"] == "seems well"


def test_there_is_nothing_to_ask_of_an_ordinary_day(scene: Scene, nurse: Counter) -> None:
    body = {"order": nurse.order(scene.person())}
    problem(nurse.send("POST", "/questions", body), 422)


def test_an_answer_takes_the_question_off_the_doctors_list(
    nurse: Counter, doctor: Counter, away: int
) -> None:
    ask(nurse, away)
    assert doctor.decide(away, "missed-days").status_code == 201
    assert away not in [one["person_id"] for one in doctor.get("/questions").json()]


def test_a_doctors_yes_lifts_the_finding(
    scene: Scene, nurse: Counter, doctor: Counter, away: int
) -> None:
    """H11: who lifted it and why is part of the reservation's entry."""
    assert nurse.reserve(away).json()["blocking"] == ["missed-days"]
    doctor.decide(away, "missed-days")
    answer = nurse.reserve(away)
    assert answer.status_code == 201, answer.text
    assert answer.json()["verdict"]["severity"] == "doctor"
    assert scene.events(away)[-1][1]["lifts"] == [
        {"rule": "missed-days", "role": "doctor", "staff": 11, "reason": "seen and spoken to"}
    ]
    assert nurse.give(answer.json()["reservation_id"]).status_code == 200


def test_a_doctors_no_stands(nurse: Counter, doctor: Counter, away: int) -> None:
    doctor.decide(away, "missed-days", allow=False)
    assert nurse.reserve(away).json()["blocking"] == ["missed-days"]


def test_the_latest_word_counts(nurse: Counter, doctor: Counter, away: int) -> None:
    """A yes taken back before the hand-out is no yes."""
    doctor.decide(away, "missed-days")
    doctor.decide(away, "missed-days", allow=False)
    assert nurse.reserve(away).json()["blocking"] == ["missed-days"]


def test_a_no_between_reservation_and_hand_out_stops_it(
    nurse: Counter, doctor: Counter, away: int
) -> None:
    """H10: the glass is poured, and the doctor says no."""
    doctor.decide(away, "missed-days")
    reservation = nurse.reserved(away)
    doctor.decide(away, "missed-days", allow=False)
    assert nurse.give(reservation).json()["blocking"] == ["missed-days"]


def test_the_doctors_most_is_respected(nurse: Counter, doctor: Counter, away: int) -> None:
    """H11: 30 mg were allowed, 80 are asked for."""
    doctor.decide(away, "missed-days", max_mg="30")
    assert nurse.reserve(away).json()["blocking"] == ["missed-days"]
    reason = {"rule_id": "amount-below-ordered", "reason": "doctor allowed thirty"}
    less = nurse.reserve(away, doses=[nurse.dose("30")], reasons=[reason])
    assert less.status_code == 201, less.text


def test_the_doctors_most_is_the_days_not_the_parts(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H11: two parts within the most each, above it together."""
    person = scene.person(parts_ug=[40_000, 40_000], last_covered_days_ago=4)
    doctor.decide(person, "missed-days", max_mg="40")
    first = nurse.given(person, doses=[nurse.dose("40")])
    scene.hours_earlier(first, 9)
    second = nurse.reserve(person, doses=[nurse.dose("40", part=2)])
    assert second.json()["blocking"] == ["missed-days"]


def test_a_stop_that_nobody_lifts_stays(scene: Scene, nurse: Counter, doctor: Counter) -> None:
    """H12: a doctor's yes to an affected person lifts nothing."""
    person = scene.person()
    assert doctor.decide(person, "affected-now").status_code == 201
    answer = nurse.reserve(person, observed={"affected": True})
    assert answer.json()["blocking"] == ["affected-now"]


def test_a_decision_names_rules_that_exist(doctor: Counter, away: int) -> None:
    problem(doctor.decide(away, "no-such-rule"), 422)
    problem(doctor.decide(away), 422)


@pytest.mark.parametrize("reason", ["", "  ", "ok"])
def test_a_decision_says_why(doctor: Counter, away: int, reason: str) -> None:
    problem(doctor.decide(away, "missed-days", reason=reason), 422)


@pytest.mark.parametrize("role", ["nurse", "pharmacist", "auditor", "administrator"])
def test_nobody_but_a_doctor_decides(http, scene: Scene, away: int, role: str) -> None:
    """H22: not with a nurse's sign-in, whatever the page showed."""
    problem(sign_in(http, scene, f"{role}1", None).decide(away, "missed-days"), 403, "forbidden")
    assert scene.one("SELECT count(*) FROM doctor_decision WHERE person_id = %s", away) == 0


def test_yesterdays_decision_does_not_hold_today(
    scene: Scene, nurse: Counter, doctor: Counter, away: int
) -> None:
    """H11: a decision is for one person and one clinic day."""
    doctor.decide(away, "missed-days")
    scene.run("UPDATE doctor_decision SET day = day - 1 WHERE person_id = %s", away)
    assert nurse.reserve(away).json()["blocking"] == ["missed-days"]


def test_a_decision_about_one_person_lifts_nothing_for_another(
    scene: Scene, nurse: Counter, doctor: Counter, away: int
) -> None:
    """H07"""
    doctor.decide(away, "missed-days")
    other = scene.person(last_covered_days_ago=4)
    assert "missed-days" in findings(nurse.reserve(other))
