"""The idempotency key: whoever is unsure whether an act was done sends it again, and learns."""

from typing import Any

import pytest

from tests.api.client import Counter, problem
from tests.scene import Scene


def test_the_same_key_gets_the_same_answer(scene: Scene, nurse: Counter) -> None:
    """H04, H05: the connection broke after the commit; the receipt is the first one's."""
    person = scene.person()
    first = nurse.reserve(person, key="counter-1-0001")
    again = nurse.reserve(person, key="counter-1-0001")
    assert (again.status_code, again.json()) == (201, first.json())
    assert first.json()["receipt"] is not None
    assert scene.kinds(person) == ["handout-reserved"]


def test_a_refusal_is_repeated_too(scene: Scene, nurse: Counter) -> None:
    """The answer belongs to the key, also when the reason has gone."""
    person = scene.person()
    first = nurse.reserve(person, key="counter-1-0002", observed={"affected": True})
    again = nurse.reserve(person, key="counter-1-0002", observed={"affected": True})
    assert (again.status_code, again.json()) == (409, first.json())
    assert again.headers["content-type"] == "application/problem+json"
    assert scene.one("SELECT count(*) FROM refusal WHERE person_id = %s", person) == 1


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("given", {"identifiers": ["photo", "card"], "observed": {"affected": False}}),
        ("returned", {}),
        ("refused", {"note": "later"}),
        ("spilled", {"note": "dropped"}),
        ("doubts", {"note": None}),
    ],
)
def test_each_end_of_a_reservation_is_recorded_once(
    scene: Scene, nurse: Counter, what: str, body: dict[str, Any]
) -> None:
    """H04: pressed twice, sent twice."""
    person = scene.person()
    reservation = nurse.reserved(person)
    key = f"end-{what}-{reservation}"
    first = nurse.tell(reservation, what, key, **body)
    again = nurse.tell(reservation, what, key, **body)
    assert first.status_code == again.status_code == 200, first.text
    assert again.json() == first.json()
    assert len(scene.kinds(person)) == 2


def test_what_follows_a_hand_out_is_recorded_once(scene: Scene, nurse: Counter) -> None:
    person = scene.person()
    reservation = nurse.given(person)
    for what, body in (
        ("vomits", {"minutes_after": 0, "witnessed": True}),
        ("reversals", {"reason": "wrong person"}),
    ):
        key = f"after-{what}-{reservation}"
        first = nurse.tell(reservation, what, key, **body)
        again = nurse.tell(reservation, what, key, **body)
        assert (first.status_code, again.json()) == (200, first.json())
    assert scene.kinds(person)[2:] == ["vomited", "handout-reversed"]


def test_questions_and_decisions_are_recorded_once(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    person = scene.person(last_covered_days_ago=4)
    body = {"order": nurse.order(person), "note": None}
    first = nurse.send("POST", "/questions", body, "question-0001")
    assert nurse.send("POST", "/questions", body, "question-0001").json() == first.json()
    said = doctor.decide(person, "missed-days", key="decision-0001")
    assert doctor.decide(person, "missed-days", key="decision-0001").json() == said.json()
    assert scene.kinds(person) == ["question-asked", "question-answered"]


def test_the_first_answer_is_given_long_after(scene: Scene, nurse: Counter) -> None:
    """H04: meanwhile the dose was swallowed; the late retry reserves nothing."""
    person = scene.person()
    first = nurse.reserve(person, key="counter-1-0003")
    nurse.give(first.json()["reservation_id"])
    assert nurse.reserve(person, key="counter-1-0003").json() == first.json()
    assert scene.used(person) == 80_000


def test_the_order_of_members_makes_no_other_request(scene: Scene, nurse: Counter) -> None:
    person = scene.person()
    first = nurse.reserve(person, key="counter-1-0004")
    shuffled = dict(reversed(nurse.order(person).items()))
    again = nurse.send("POST", "/reservations", shuffled, "counter-1-0004")
    assert again.json() == first.json()


@pytest.mark.parametrize(
    "changes",
    [
        {"doses": "80.001"},
        {"identifiers": ["photo", "card"]},
        {"observed": {"affected": False, "sedation_poss": 1}},
        {"prescription_version": 2},
        {"bottle_code": "B-1001"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_the_same_key_with_other_content_is_refused(
    scene: Scene, nurse: Counter, changes: dict[str, Any]
) -> None:
    """H04, H09: a key is one request; nothing is guessed about which was meant."""
    person = scene.person()
    key = f"content-{next(iter(changes))}"
    nurse.reserve(person, key=key)
    if "doses" in changes:
        changes = {"doses": [nurse.dose(changes["doses"])]}
    answer = nurse.reserve(person, key=key, **changes)
    problem(answer, 422, "idempotency-key-reused")


def test_the_same_key_for_another_person_is_refused(scene: Scene, nurse: Counter) -> None:
    """H07: the next patient never gets this one's answer."""
    nurse.reserve(scene.person(), key="counter-1-0005")
    other = nurse.reserve(scene.person(), key="counter-1-0005")
    problem(other, 422, "idempotency-key-reused")


def test_the_same_key_for_another_verb_is_refused(scene: Scene, nurse: Counter) -> None:
    person = scene.person()
    first = nurse.reserve(person, key="counter-1-0006")
    answer = nurse.give(first.json()["reservation_id"], key="counter-1-0006")
    problem(answer, 422, "idempotency-key-reused")


def test_the_same_key_of_another_nurse_is_refused(
    scene: Scene, nurse: Counter, colleague: Counter
) -> None:
    """H22: nobody acts in another's name."""
    person = scene.person()
    nurse.reserve(person, key="counter-1-0007")
    answer = colleague.reserve(person, key="counter-1-0007")
    problem(answer, 422, "idempotency-key-reused")


def test_a_request_that_was_not_done_does_not_use_its_key(scene: Scene, nurse: Counter) -> None:
    """A spill without a note was no act; with the note the same key serves."""
    reservation = nurse.reserved(scene.person())
    problem(nurse.tell(reservation, "spilled", "counter-1-0008"), 422)
    told = nurse.tell(reservation, "spilled", "counter-1-0008", note="dropped")
    assert told.status_code == 200, told.text


def test_a_stale_screen_is_refused(scene: Scene, nurse: Counter) -> None:
    """H10: the dose was changed while the screen stood open."""
    person = scene.person()
    raise_to(scene, person, 85_000)
    answer = nurse.reserve(person)
    assert "prescription-changed" in answer.json()["blocking"]
    assert (
        nurse.reserve(person, doses=[nurse.dose("85")], prescription_version=2).status_code == 201
    )


def test_a_prescription_changed_after_pouring_stops_the_glass(scene: Scene, nurse: Counter) -> None:
    """H10: refused at the hand-out, and the reservation stands until somebody pours it back."""
    person = scene.person()
    reservation = nurse.reserved(person)
    raise_to(scene, person, 60_000)
    answer = nurse.give(reservation)
    document = problem(answer, 409, "refused-by-rules")
    assert "prescription-changed" in document["blocking"]
    assert document["reservation_id"] == reservation
    state = "SELECT state FROM claim WHERE reservation_id = %s"
    assert scene.one(state, reservation) == "reserved"
    assert nurse.tell(reservation, "returned").status_code == 200
    nurse.given(person, doses=[nurse.dose("60")], prescription_version=2)


def test_another_preparation_ordered_after_pouring_stops_the_glass(
    scene: Scene, nurse: Counter
) -> None:
    """H10, H25"""
    person = scene.person()
    reservation = nurse.reserved(person)
    raise_to(scene, person, 80_000, "metadon-5")
    blocked = nurse.give(reservation).json()["blocking"]
    assert {"prescription-changed", "product-not-scanned"} <= set(blocked)


def raise_to(scene: Scene, person: int, daily_ug: int, product: str = "metadon-1") -> None:
    """A new version of the prescription, in force from today."""
    scene.prescribe(
        person,
        product=product,
        daily_ug=daily_ug,
        parts_ug=None,
        valid_to_days=60,
        high_dose_reason=None,
        from_days_ago=0,
    )
