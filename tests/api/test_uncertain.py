"""When nobody knows whether a dose was swallowed: it blocks until a named person tells."""

from datetime import timedelta

import pytest

from tests.api.client import Counter, problem
from tests.scene import Scene


@pytest.fixture
def doubted(scene: Scene, nurse: Counter) -> tuple[int, int]:
    """A person and a reservation of which nobody knows the end."""
    person = scene.person()
    reservation = nurse.reserved(person)
    answer = nurse.tell(reservation, "doubts", note="the network was gone")
    assert answer.status_code == 200, answer.text
    return person, reservation


def test_unknown_is_not_the_same_as_not_given(
    nurse: Counter, colleague: Counter, doubted: tuple[int, int]
) -> None:
    """H04: the next dose is refused everywhere, and says what to do first."""
    person, _ = doubted
    document = problem(colleague.reserve(person), 409, "refused-by-rules")
    first = document["verdict"]["findings"][0]
    assert (first["rule_id"], first["way_on"]) == ("outcome-uncertain", "resolve-uncertain")


def test_an_uncertain_dose_keeps_its_stock_and_its_place_in_the_day(
    scene: Scene, doubted: tuple[int, int]
) -> None:
    person, _ = doubted
    assert scene.used(person) == 80_000


def test_a_dose_is_doubted_once(nurse: Counter, doubted: tuple[int, int]) -> None:
    problem(nurse.tell(doubted[1], "doubts"), 409, "already-uncertain")


def test_somebody_tells_that_it_was_swallowed(
    scene: Scene, colleague: Counter, doubted: tuple[int, int]
) -> None:
    """H06: the record names who told, and the moment of pouring as that of swallowing."""
    person, reservation = doubted
    assert colleague.give(reservation).status_code == 200
    witnessed_by, at, poured_at = scene.run(
        "SELECT witnessed_by, swallowed_at, reserved_at FROM administration JOIN reservation"
        " USING (reservation_id) WHERE reservation_id = %s",
        reservation,
    ).fetchone()
    assert (witnessed_by, at) == (14, poured_at)
    assert scene.kinds(person) == ["handout-reserved", "handout-uncertain", "handout-given"]


@pytest.mark.parametrize("what", ["returned", "spilled"])
def test_somebody_tells_that_nobody_had_it(
    scene: Scene, nurse: Counter, doubted: tuple[int, int], what: str
) -> None:
    """H06: then the dose of the day may be had."""
    person, reservation = doubted
    assert nurse.tell(reservation, what, note="the glass stood there").status_code == 200
    nurse.given(person)


def test_when_it_was_told_and_when_it_was_swallowed_are_two_moments(
    scene: Scene, nurse: Counter, doubted: tuple[int, int]
) -> None:
    """H06: and vomiting is counted from the swallow."""
    _, reservation = doubted
    scene.run(
        "UPDATE reservation SET reserved_at = reserved_at - interval '1 hour'"
        " WHERE reservation_id = %s",
        reservation,
    )
    nurse.give(reservation)
    nurse.tell(reservation, "vomits", minutes_after=10, witnessed=False)
    told_at, swallowed_at, vomited_at = scene.run(
        "SELECT resolved_at, swallowed_at, happened_at FROM resolution JOIN administration"
        " USING (reservation_id) JOIN vomit USING (reservation_id) WHERE reservation_id = %s",
        reservation,
    ).fetchone()
    assert told_at - swallowed_at >= timedelta(hours=1)
    assert vomited_at - swallowed_at == timedelta(minutes=10)


def test_no_rule_refuses_the_past(scene: Scene, nurse: Counter, doubted: tuple[int, int]) -> None:
    """H04: the prescription changed, the person looks affected; it was swallowed all the same."""
    person, reservation = doubted
    prescribe(scene, person, 60_000)
    answer = nurse.give(reservation, observed={"affected": True}, identifiers=["photo"])
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["state"] == "given"
    assert {f["rule_id"] for f in told["verdict"]["findings"]} >= {
        "affected-now",
        "prescription-changed",
    }


def test_what_was_swallowed_in_doubt_counts_like_any_dose(
    scene: Scene, nurse: Counter, doubted: tuple[int, int]
) -> None:
    """H04: no second dose that day."""
    person, reservation = doubted
    nurse.give(reservation)
    assert "already-given" in nurse.reserve(person).json()["blocking"]


def test_no_observation_is_begun_for_what_happened_long_ago(scene: Scene, nurse: Counter) -> None:
    """The hour since the pouring has passed when it is told."""
    person = scene.person()
    scene.indkald(person)
    reservation = nurse.reserved(person)
    nurse.tell(reservation, "doubts")
    scene.run(
        "UPDATE reservation SET reserved_at = reserved_at - interval '2 hours'"
        " WHERE reservation_id = %s",
        reservation,
    )
    assert nurse.give(reservation).json()["observation_due_at"] is None


def prescribe(scene: Scene, person: int, daily_ug: int, product: str = "metadon-1") -> int:
    return scene.prescribe(
        person,
        product=product,
        daily_ug=daily_ug,
        parts_ug=None,
        valid_to_days=60,
        high_dose_reason=None,
        from_days_ago=0,
    )


def test_told_as_had_past_a_stop_goes_to_the_doctor(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H12, H06: doubt is no way round a stop: what happened is recorded, a doctor reads it."""
    person = scene.person()
    reservation = nurse.reserved(person)
    nurse.tell(reservation, "doubts")
    told = nurse.give(reservation, observed={"affected": True})
    assert told.json()["state"] == "given"
    notices = doctor.get("/notices").json()["notices"]
    mine = [one for one in notices if one["person_id"] == person]
    assert [(one["kind"], one["facts"]["findings"]) for one in mine] == [
        ("uncertain-past-a-stop", ["affected-now"])
    ]
    assert scene.kinds(person)[-2:] == ["handout-given", "doctor-told"]


def test_an_uncertain_indkald_dose_still_has_the_rest_of_its_hour(
    scene: Scene, nurse: Counter
) -> None:
    """H18: told a moment later, the observation runs from the pouring."""
    person = scene.person()
    scene.indkald(person)
    reservation = nurse.reserved(person)
    nurse.tell(reservation, "doubts")
    told = nurse.give(reservation).json()
    assert told["observation_due_at"] is not None
    assert scene.kinds(person)[-1] == "observation-started"
