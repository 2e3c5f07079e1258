"""The step each hand-out carries where the unit asks for it: PIN or card of the one signed in."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.client import SEEN, Counter, problem, silent
from tests.scene import Scene
from tests.scene_staff import PIN

NURSE, COLLEAGUE = 10, 14
CARD, OTHER_CARD = "M-7QK2XW49", "M-ZR84TT01"


@pytest.fixture(scope="module", autouse=True)
def staff(scene: Scene) -> None:
    for staff_id, code in ((NURSE, CARD), (COLLEAGUE, OTHER_CARD)):
        scene.pin(staff_id)
        scene.card(staff_id, code)


@pytest.fixture(autouse=True)
def afterwards(scene: Scene) -> Iterator[None]:
    scene.pin(NURSE)
    yield
    scene.policy(1)


def give(nurse: Counter, reservation_id: int, **changes: Any) -> Any:
    body = {"identifiers": SEEN, "observed": {"affected": False}} | changes
    return nurse.send("POST", f"/reservations/{reservation_id}/given", body)


def by(scene: Scene, person: int) -> list[tuple[str, str]]:
    """How each hand-out entry of the person was identified."""
    return [
        (kind, facts["identified_by"])
        for kind, facts in scene.events(person)
        if kind in ("handout-reserved", "handout-given")
    ]


def test_without_a_policy_the_session_is_enough(nurse: Counter, scene: Scene) -> None:
    person = scene.person()
    nurse.given(person)
    assert by(scene, person) == [("handout-reserved", "session"), ("handout-given", "session")]


def test_with_it_no_hand_out_goes_without_the_step(nurse: Counter, scene: Scene) -> None:
    """H22: a session left open cannot give in another's name."""
    scene.policy(1, per_act_step="pin")
    person = scene.person()
    needed = silent(nurse.reserve(person), 428, "step-needed")
    assert needed["needs"] == "pin"
    reservation_id = nurse.reserved(person, step={"pin": PIN})
    silent(give(nurse, reservation_id), 428, "step-needed")
    assert give(nurse, reservation_id, step={"pin": PIN}).status_code == 200
    assert by(scene, person) == [("handout-reserved", "pin"), ("handout-given", "pin")]


@pytest.mark.parametrize(
    ("step", "slug", "status"),
    [
        ({"pin": "730281"}, "wrong-pin", 401),
        ({"card": OTHER_CARD}, "card-of-another", 403),
        ({"card": "M-NOBODYS00"}, "unknown-card", 401),
        ({"card": OTHER_CARD, "pin": PIN}, "card-of-another", 403),
        ({"card": CARD}, "step-needed", 428),
        ({}, "step-needed", 428),
    ],
    ids=str,
)
def test_a_step_that_does_not_show_this_person_hands_nothing_out(
    nurse: Counter, scene: Scene, step: dict[str, str], slug: str, status: int
) -> None:
    """H22"""
    scene.policy(1, per_act_step="pin")
    person = scene.person()
    silent(nurse.reserve(person, step=step), status, slug)
    assert scene.kinds(person) == [] and scene.used(person) == 0


def test_where_cards_are_asked_for_a_pin_does_too(nurse: Counter, scene: Scene) -> None:
    """A card left at home must not stop a hand-out; both say who."""
    scene.policy(1, per_act_step="card")
    person = scene.person()
    reservation_id = nurse.reserved(person, step={"card": CARD})
    assert give(nurse, reservation_id, step={"pin": PIN}).status_code == 200
    assert by(scene, person) == [("handout-reserved", "card"), ("handout-given", "pin")]


@pytest.mark.parametrize(
    ("step_at", "kinds"),
    [("reserve", ["pin", "session"]), ("given", ["session", "pin"])],
)
def test_the_unit_may_ask_at_one_of_the_two(
    nurse: Counter, scene: Scene, step_at: str, kinds: list[str]
) -> None:
    scene.policy(1, per_act_step="pin", step_at=step_at)
    person = scene.person()
    first, second = ({"pin": PIN} if how == "pin" else None for how in kinds)
    reservation_id = nurse.reserved(person, step=first)
    assert give(nurse, reservation_id, step=second).status_code == 200
    assert [how for _, how in by(scene, person)] == kinds


def test_wrong_ones_count_and_five_leave_the_password_only(nurse: Counter, scene: Scene) -> None:
    """H22: a million PINs, five tries; the block is an entry."""
    scene.policy(1, per_act_step="pin")
    person = scene.person()
    for _ in range(5):
        silent(nurse.reserve(person, step={"pin": "730281"}), 401, "wrong-pin")
    silent(nurse.reserve(person, step={"pin": PIN}), 401, "pin-blocked")
    blocked = "SELECT actor_id FROM ledger_payload WHERE kind = 'staff-pin-blocked'"
    assert scene.one(blocked) == NURSE


def test_a_repeated_key_gets_its_answer_and_the_pin_is_no_part_of_it(
    nurse: Counter, scene: Scene
) -> None:
    """H04, H22: the hash of a request that held a PIN would give the PIN away."""
    scene.policy(1, per_act_step="pin")
    person = scene.person()
    first = nurse.reserve(person, key="with-a-step-of-its-own", step={"pin": PIN})
    again = nurse.reserve(person, key="with-a-step-of-its-own")
    assert first.status_code == 201
    assert again.json() == first.json()
    other = nurse.reserve(scene.person(), key="with-a-step-of-its-own", step={"pin": PIN})
    problem(other, 422, "idempotency-key-reused")


def test_what_the_rules_refuse_is_refused_and_recorded_without_a_step(
    nurse: Counter, scene: Scene
) -> None:
    """The reason comes before the identification: nobody keys a PIN to hear a no."""
    scene.policy(1, per_act_step="pin")
    person = scene.person()
    refused = nurse.reserve(person, observed={"affected": True})
    problem(refused, 409, "refused-by-rules")
    assert scene.kinds(person) == ["handout-refused-by-rules"]


def test_neither_pin_nor_card_is_in_the_ledger_or_the_log(
    nurse: Counter, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """H24"""
    scene.policy(1, per_act_step="card")
    with caplog.at_level("DEBUG"):
        nurse.reserved(scene.person(), step={"pin": PIN})
        nurse.reserved(scene.person(), step={"card": CARD})
    assert PIN not in caplog.text and CARD not in caplog.text
    told = "SELECT count(*) FROM ledger_payload WHERE position(%s::bytea in payload) > 0"
    assert scene.one(told, PIN.encode()) == scene.one(told, CARD.encode()) == 0
