"""What was handed out from paper, typed in afterwards: once, as it happened, conflicts shown."""

from datetime import timedelta

import pytest

from tests.api.client import findings, problem
from tests.downtime.conftest import Clinic


@pytest.fixture
def paper(clinic: Clinic) -> tuple[Clinic, int, int]:
    """A clinic that is back from an outage with one list used, and one person on it."""
    person = clinic.person()
    serial = clinic.printed()
    clinic.down(0)
    clinic.over(serial)
    return clinic, serial, person


def test_a_row_is_the_same_hand_out_as_one_at_the_counter(paper: tuple[Clinic, int, int]) -> None:
    """H20: the paper dose claims its day, and the person gets no other one."""
    clinic, serial, person = paper
    answer = clinic.told(serial, person)
    assert answer["conflicts"] == [] and answer["known"] is False
    assert clinic.scene.used(person) == 80_000
    assert clinic.scene.kinds(person) == [
        "paper-row-held",
        "handout-reserved",
        "handout-given",
        "paper-row-told",
    ]
    assert "already-given" in findings(clinic.nurse.reserve(person))
    assert clinic.scene.one(
        "SELECT swallow_during IS NOT NULL AND state = 'given' FROM claim WHERE person_id = %s"
        " AND for_day = %s",
        person,
        clinic.scene.today,
    )


def test_an_indkald_day_counts_when_its_observation_is_told(clinic: Clinic) -> None:
    """H18: the paper completes no day; who watched the person signs it off on the board."""
    person = clinic.person()
    clinic.scene.indkald(person)
    serial = clinic.printed()
    clinic.down(0)
    clinic.over(serial)
    assert clinic.told(serial, person)["conflicts"] == []
    assert clinic.scene.kinds(person)[-2:] == ["observation-started", "paper-row-told"]
    board = clinic.nurse.get("/observations").json()["observed"]
    shown = [one for one in board if one["person_id"] == person]
    assert len(shown) == 1
    completed = "SELECT completed FROM indkald WHERE person_id = %s"
    assert clinic.scene.one(completed, person) == []
    signed = {"state": "completed", "affected": False}
    reservation = shown[0]["reservation_id"]
    early = clinic.nurse.tell(reservation, "observations", **signed)
    problem(early, 409, "observation-running")
    clinic.scene.run(
        "UPDATE observation SET started_at = started_at - interval '2 hours',"
        " due_at = due_at - interval '2 hours' WHERE reservation_id = %s",
        reservation,
    )
    answer = clinic.nurse.tell(reservation, "observations", **signed)
    assert answer.status_code == 200, answer.text
    assert clinic.scene.one(completed, person) == [clinic.scene.today]


def test_until_the_row_is_told_the_person_gets_nothing(paper: tuple[Clinic, int, int]) -> None:
    """H21: a row without a mark typed in is an unknown dose, not one that was not given."""
    clinic, serial, person = paper
    other = clinic.person()
    assert "outcome-uncertain" in findings(clinic.nurse.reserve(person))
    assert clinic.nurse.reserve(other).status_code == 201, "who is on no list in use is not held"
    clinic.told(serial, person, happened="not_come")
    assert clinic.nurse.reserve(person).status_code == 201


def test_the_same_row_is_one_event_however_often_it_is_typed(
    paper: tuple[Clinic, int, int],
) -> None:
    """H04, H21: two nurses type in the same page."""
    clinic, serial, person = paper
    first = clinic.told(serial, person)
    again = clinic.tell(serial, person)
    assert again.status_code == 200 and again.json()["known"] is True
    assert again.json()["event_id"] == first["event_id"]
    assert clinic.scene.used(person) == 80_000
    assert clinic.conflicts() == []


def test_two_accounts_of_a_row_are_both_kept(paper: tuple[Clinic, int, int]) -> None:
    """H21: never merged; the person is held until a doctor has written what is to be done."""
    clinic, serial, person = paper
    clinic.told(serial, person, happened="not_come")
    told = clinic.told(serial, person)
    assert told["conflicts"] == ["contradicts"]
    assert clinic.scene.used(person) == 80_000, "what may have been swallowed counts"
    assert "outcome-uncertain" in findings(clinic.nurse.reserve(person))
    problem(clinic.nurse.send("POST", f"/days/{clinic.scene.today}/close"), 409, "paper-unresolved")
    answer = clinic.decide(told["event_id"])
    assert answer.status_code == 200, answer.text
    assert clinic.conflicts() == []
    assert clinic.nurse.send("POST", f"/days/{clinic.scene.today}/close").status_code == 200


def test_a_dose_had_elsewhere_too_is_shown_with_both_sides(clinic: Clinic) -> None:
    """H02: the record has the day; the paper says it was had here as well."""
    person = clinic.person()
    serial = clinic.printed()
    clinic.nurse.given(person)
    clinic.down(0)
    clinic.over(serial)
    told = clinic.told(serial, person)
    assert "already-given" in told["conflicts"] and "too-soon" in told["conflicts"]
    shown = clinic.conflicts()[0]
    assert shown["reservation_id"] is None and shown["facts"]["taken"][0]["amount_ug"] == 80_000
    assert shown["doses"][0][2] == 80_000
    problem(clinic.decide(told["event_id"]), 422)
    tomorrow = clinic.scene.today + timedelta(days=1)
    done = clinic.decide(told["event_id"], no_dose_before_on=tomorrow.isoformat())
    assert done.status_code == 200, done.text
    assert "outcome-uncertain" in findings(clinic.nurse.reserve(person))


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"swallowed_mg": "90"}, "dose-differs"),
        ({"swallowed_mg": "40"}, "dose-differs"),
        ({"happened": "partial", "swallowed_mg": "81"}, "dose-differs"),
        ({"happened": "lost"}, "row-lost"),
    ],
)
def test_what_differs_from_the_list_is_a_conflict(
    paper: tuple[Clinic, int, int], changes: dict[str, object], kind: str
) -> None:
    """H21: recorded as it happened, and shown."""
    clinic, serial, person = paper
    assert clinic.told(serial, person, **changes)["conflicts"] == [kind]
    amount = str(changes.get("swallowed_mg", "0"))
    assert clinic.scene.used(person) == int(amount) * 1000


def test_less_swallowed_is_no_conflict_and_the_rest_is_waste(
    paper: tuple[Clinic, int, int],
) -> None:
    clinic, serial, person = paper
    before = clinic.scene.balance(clinic.unit)
    told = clinic.told(serial, person, happened="partial", swallowed_mg="50")
    assert told["conflicts"] == []
    assert clinic.scene.used(person) == 50_000
    assert clinic.scene.balance(clinic.unit) == before - 80_000


def test_a_person_off_the_list(paper: tuple[Clinic, int, int]) -> None:
    """H21: somebody was given a dose from memory."""
    clinic, serial, _ = paper
    person = clinic.person()
    told = clinic.told(serial, person, row_no=0, card=f"K-{person:04d}", swallowed_mg="80")
    assert told["conflicts"] == ["not-on-list"]
    assert clinic.scene.used(person) == 80_000


def test_an_order_changed_after_printing_is_a_conflict(clinic: Clinic) -> None:
    """H10: the paper shows yesterday's order."""
    person = clinic.person()
    serial = clinic.printed()
    clinic.scene.prescribe(
        person,
        product="metadon-1",
        daily_ug=60_000,
        parts_ug=None,
        valid_to_days=30,
        high_dose_reason=None,
        from_days_ago=0,
    )
    clinic.down(0)
    clinic.over(serial)
    assert clinic.told(serial, person)["conflicts"] == ["order-changed"]
    assert clinic.scene.used(person) == 80_000


def test_a_bottle_that_cannot_have_held_it(clinic: Clinic) -> None:
    """H06: stock never goes below zero; that it would have is told."""
    person = clinic.person(product="metadon-5")
    serial = clinic.printed()
    clinic.down(0)
    clinic.over(serial)
    assert clinic.told(serial, person)["conflicts"] == ["stock-short"]
    assert clinic.scene.used(person) == 80_000


def test_moments_outside_the_downtime_are_refused(
    paper: tuple[Clinic, int, int],
) -> None:
    """H19: not before it began, never in the future."""
    clinic, serial, person = paper
    late = (clinic.now() + timedelta(minutes=2)).isoformat()
    for at in (clinic.earlier(120), late):
        problem(clinic.tell(serial, person, happened_at=at), 422)
    assert clinic.scene.used(person) == 0


def test_wrong_digits_and_foreign_lists_are_refused(paper: tuple[Clinic, int, int]) -> None:
    """H21: a slip of the finger is found before anything is written."""
    clinic, serial, person = paper
    right = clinic.rows(serial)[person]["check_digit"]
    problem(clinic.tell(serial, person, check_digit=(right + 1) % 10), 422)
    problem(clinic.tell(serial, person, row_no=200), 404)
    later = clinic.printed()
    problem(clinic.tell(later, person), 409, "list-unnamed")
    assert clinic.scene.used(person) == 0


def test_the_witness_is_somebody_else(paper: tuple[Clinic, int, int]) -> None:
    """H22"""
    clinic, serial, person = paper
    problem(clinic.tell(serial, person, witnessed_by=clinic.nurse_id), 422)
    problem(clinic.tell(serial, person, given_by=99_999), 404)
    assert clinic.told(serial, person, witnessed_by=clinic.nurse_id + 4)["conflicts"] == []
