"""The hour after the dose: the server keeps its end, and an indkald day counts when it is whole."""

from datetime import date, datetime, timedelta

import pytest

from dosing_rules.days import months_later
from tests.api.client import Counter, findings, problem
from tests.scene import Scene

HOUR = timedelta(minutes=60)


@pytest.fixture
def observed(scene: Scene, nurse: Counter) -> tuple[int, int]:
    """A person on the first of four indkald days who just swallowed, and the hand-out."""
    person = scene.person()
    scene.indkald(person)
    return person, nurse.given(person)


def sign(nurse: Counter, reservation: int, state: str = "completed", **changes):
    return nurse.tell(
        reservation, "observations", **({"state": state, "affected": False} | changes)
    )


def over(scene: Scene, reservation: int) -> None:
    """The hour has passed."""
    scene.run(
        "UPDATE observation SET started_at = started_at - interval '1 hour',"
        " due_at = due_at - interval '1 hour' WHERE reservation_id = %s",
        reservation,
    )


def completed(scene: Scene, person: int) -> list[date]:
    return scene.one("SELECT completed FROM indkald WHERE person_id = %s", person)


def test_an_indkald_day_begins_an_hour_of_observation(scene: Scene, nurse: Counter) -> None:
    """H18: the end is the database's moment of swallowing and an hour."""
    person = scene.person()
    scene.indkald(person)
    reserved = nurse.reserve(person)
    assert findings(reserved) == ["indkald-observation"]
    given = nurse.give(reserved.json()["reservation_id"]).json()
    due_at = datetime.fromisoformat(given["observation_due_at"])
    assert due_at - datetime.fromisoformat(given["at"]) == HOUR
    assert scene.kinds(person)[-2:] == ["handout-given", "observation-started"]


def test_a_raised_dose_is_observed(scene: Scene, nurse: Counter) -> None:
    """H11: methadone, ten milligrams more from today."""
    person = scene.person()
    scene.prescribe(
        person,
        product="metadon-1",
        daily_ug=90_000,
        parts_ug=None,
        valid_to_days=60,
        high_dose_reason=None,
        from_days_ago=0,
    )
    raised = nurse.reserved(person, doses=[nurse.dose("90")], prescription_version=2)
    assert nurse.give(raised).json()["observation_due_at"] is not None
    reason = "SELECT reason FROM observation WHERE reservation_id = %s"
    assert scene.one(reason, raised) == "raised-dose"


def test_a_nurse_may_wish_an_observation(scene: Scene, nurse: Counter) -> None:
    reservation = nurse.reserved(scene.person())
    assert nurse.give(reservation, observe=True).json()["observation_due_at"] is not None


def test_an_ordinary_day_has_no_observation(scene: Scene, nurse: Counter) -> None:
    reservation = nurse.reserved(scene.person())
    assert nurse.give(reservation).json()["observation_due_at"] is None


def test_it_is_not_completed_before_its_end(nurse: Counter, observed: tuple[int, int]) -> None:
    """H18, H19: the screen's clock does not count."""
    document = problem(sign(nurse, observed[1]), 409, "observation-running")
    assert datetime.fromisoformat(document["due_at"])


def test_a_completed_day_counts(scene: Scene, nurse: Counter, observed: tuple[int, int]) -> None:
    person, reservation = observed
    over(scene, reservation)
    assert sign(nurse, reservation).status_code == 200
    assert completed(scene, person) == [scene.today]


def test_who_leaves_early_needs_a_note_and_the_day_does_not_count(
    scene: Scene, nurse: Counter, observed: tuple[int, int]
) -> None:
    person, reservation = observed
    problem(sign(nurse, reservation, "left_early"), 422)
    answer = sign(nurse, reservation, "left_early", note="went after ten minutes")
    assert answer.status_code == 200, answer.text
    assert completed(scene, person) == []


def test_who_is_affected_after_the_hour_needs_a_note_and_the_day_does_not_count(
    scene: Scene, nurse: Counter, observed: tuple[int, int]
) -> None:
    """H12"""
    person, reservation = observed
    over(scene, reservation)
    problem(sign(nurse, reservation, affected=True), 422)
    sign(nurse, reservation, affected=True, note="drowsy, stays with us")
    assert completed(scene, person) == []


def test_it_is_signed_once(scene: Scene, nurse: Counter, observed: tuple[int, int]) -> None:
    over(scene, observed[1])
    sign(nurse, observed[1])
    problem(sign(nurse, observed[1]), 409, "already-signed")
    assert completed(scene, observed[0]) == [scene.today]


def test_the_last_day_sets_when_the_next_indkald_is_due(
    scene: Scene, nurse: Counter, observed: tuple[int, int]
) -> None:
    """H18: twelve months from the day the period was completed."""
    person, reservation = observed
    scene.run(
        "UPDATE indkald SET days = ARRAY[%s, %s]::date[], completed = ARRAY[%s]::date[]"
        " WHERE person_id = %s",
        scene.today - timedelta(days=1),
        scene.today,
        scene.today - timedelta(days=1),
        person,
    )
    over(scene, reservation)
    sign(nurse, reservation)
    state, due_on = scene.run(
        "SELECT state, indkald_due_on FROM indkald JOIN care USING (person_id)"
        " WHERE person_id = %s",
        person,
    ).fetchone()
    assert (state, due_on) == ("completed", months_later(scene.today, 12))


def test_a_completed_day_whose_dose_never_happened_does_not_count(
    scene: Scene, nurse: Counter, observed: tuple[int, int]
) -> None:
    """H18: the period runs again, and when the next one is due is a doctor's question."""
    person, reservation = observed
    scene.run("UPDATE indkald SET days = days[1:1] WHERE person_id = %s", person)
    over(scene, reservation)
    sign(nurse, reservation)
    assert completed(scene, person) == [scene.today]
    nurse.tell(reservation, "reversals", reason="recorded for the wrong person")
    state, days, due_on = scene.run(
        "SELECT state, completed, indkald_due_on FROM indkald JOIN care USING (person_id)"
        " WHERE person_id = %s",
        person,
    ).fetchone()
    assert (state, days, due_on) == ("running", [], None)


def test_a_hand_out_without_observation_has_none_to_sign(scene: Scene, nurse: Counter) -> None:
    problem(sign(nurse, nurse.given(scene.person())), 404)


def test_less_than_the_full_dose_on_an_indkald_day_asks_the_doctor(
    scene: Scene, nurse: Counter
) -> None:
    """H18: the point of the day is the full dose seen swallowed."""
    person = scene.person()
    scene.indkald(person)
    reason = {"rule_id": "amount-below-ordered", "reason": "asked for less"}
    answer = nurse.reserve(person, doses=[nurse.dose("60")], reasons=[reason])
    assert answer.json()["blocking"] == ["indkald-dose-not-full"]
