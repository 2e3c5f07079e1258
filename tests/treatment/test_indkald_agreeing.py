"""Agreeing on an indkald: what fits, what stands in the way, and what the counter knows at once."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from tests.api.client import MADE_UP_NUMBER, Counter, findings, problem, sign_in
from tests.clusters import Database
from tests.scene import Scene
from tests.treatment.indkald import Clinic


@pytest.fixture(scope="module")
def clinic(http: TestClient, scene: Scene) -> Clinic:
    return Clinic.opened(http, scene)


@pytest.fixture
def alone(http: TestClient, scene: Scene) -> Clinic:
    """A unit of its own, where nobody else comes."""
    return Clinic.opened(http, scene)


def test_what_is_agreed_is_known_at_the_counter_at_once(alone: Clinic) -> None:
    """H01: a supply fetched before the period begins leaves out its days; H18: it is on no list
    of what is due any more."""
    person = alone.person()
    days = [alone.day(ahead).isoformat() for ahead in (3, 4, 5, 6)]
    planned = alone.nurse.get(f"/people/{person}").json()["plan"]
    assert {dose["for_on"] for dose in planned} >= set(days)
    alone.agreed(person, 3)
    planned = alone.nurse.get(f"/people/{person}").json()["plan"]
    assert not {dose["for_on"] for dose in planned} & set(days)
    asked = [alone.nurse.dose(), *alone.nurse.home(1, 2, 3)]
    refused = alone.nurse.reserve(person, doses=asked)
    assert "take-home-during-indkald" in findings(refused)
    assert alone.nurse.reserve(person, doses=asked[:3]).status_code == 201
    period = alone.period(person)
    assert (period["state"], period["days"], period["come_at"]) == ("planned", days, "10:00")
    assert person not in {one["person_id"] for one in alone.year()["due"]}
    kinds = alone.scene.run(
        "SELECT kind FROM ledger_payload WHERE person_id = %s ORDER BY person_seq", person
    ).fetchall()
    assert ("indkald-planned",) in kinds


def test_an_agreed_period_silences_what_asks_for_one(alone: Clinic) -> None:
    """H18: overdue asks the doctor until days are agreed on, as the rule says of itself."""
    person = alone.person(indkald_due_on=alone.day(-3))
    asked = [alone.nurse.dose(), *alone.nurse.home(1)]
    assert "indkald-overdue" in findings(alone.nurse.reserve(person, doses=asked))
    alone.agreed(person, 5)
    assert alone.nurse.reserve(person, doses=asked).status_code == 201


@pytest.mark.parametrize(
    ("ahead", "at", "field"),
    [
        (0, "10:00", "first"),
        (-1, "10:00", "first"),
        (401, "10:00", "first"),
        (20, "07:59", "come_at"),
        (20, "13:00", "come_at"),
        (20, "13:30", "come_at"),
    ],
)
def test_days_and_hours_that_cannot_be(clinic: Clinic, ahead: int, at: str, field: str) -> None:
    """Never retroactive; the observation ends before the unit closes at 14."""
    person = clinic.person()
    assert problem(clinic.agree(person, ahead, at), 422)["field"] == field
    assert clinic.of(person)["periods"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"first": "2027-02-30", "come_at": "10:00"},
        {"first": "9999-12-31", "come_at": "10:00"},
        {"first": "0001-01-01", "come_at": "10:00"},
        {"first": "2027-01-01", "come_at": "25:00"},
        {"first": "2027-01-01", "come_at": "10:00", "days": 9},
        {"first": "2027-01-01", "come_at": "10:00", "moves": 0},
        {"first": MADE_UP_NUMBER, "come_at": MADE_UP_NUMBER},
    ],
)
def test_nonsense_is_refused_and_changes_nothing(clinic: Clinic, body: dict[str, Any]) -> None:
    """H24: and no number that was sent comes back."""
    person = clinic.person()
    answer = clinic.nurse.send("POST", f"/people/{person}/indkald", body)
    problem(answer, 422)
    assert MADE_UP_NUMBER not in answer.text
    assert clinic.of(person)["periods"] == []


def test_a_closed_day_breaks_the_row(alone: Clinic) -> None:
    """In a row means one calendar day after the other, all open."""
    alone.scene.close_unit_on(alone.unit, 12, "Kursus")
    person = alone.person()
    problem(alone.agree(person, 10), 409, "indkald-closed")
    assert alone.agree(person, 13).status_code == 201
    # A no is an entry, too.
    refusals = alone.scene.one(
        "SELECT count(*) FROM ledger_payload WHERE person_id = %s AND kind = 'act-refused'", person
    )
    assert refusals == 1


def test_a_dose_at_home_for_one_of_the_days_stands_in_the_way(alone: Clinic) -> None:
    """H01: two doses for one day."""
    person = alone.person()
    alone.nurse.given(person, doses=[alone.nurse.dose(), *alone.nurse.home(1, 2, 3, 4, 5, 6)])
    problem(alone.agree(person, 6), 409, "indkald-dose-at-home")
    assert alone.agree(person, 7).status_code == 201


def test_no_more_people_than_places(alone: Clinic) -> None:
    """Two places: the third comes at another hour, also half an hour into the observation."""
    people = [alone.person() for _ in range(4)]
    alone.agreed(people[0], 10)
    alone.agreed(people[1], 12)
    problem(alone.agree(people[2], 13), 409, "indkald-full")
    problem(alone.agree(people[2], 13, "09:30"), 409, "indkald-full")
    alone.agreed(people[2], 13, "11:00")
    # Where only one of the two is there, a place is free.
    alone.agreed(people[3], 14 + 2, "10:00")


def test_the_database_alone_lets_nobody_in_beyond_the_places(
    alone: Clinic, shared_database: Database
) -> None:
    """The last place is agreed on once, whoever forgot to ask: the trigger counts again."""
    for person in (alone.person(), alone.person()):
        alone.agreed(person, 10)
    third = alone.person()
    inserts = (
        "INSERT INTO indkald (person_id, days, state, observation_minutes, planned_by, planned_at,"
        " unit_id, come_at) VALUES (%s, %s, 'planned', 60, %s, now(), %s, %s)"
    )
    days = [alone.day(10 + n) for n in range(4)]
    nurse, other = 10 * alone.unit, 10
    wrong: list[tuple[Any, ...]] = [
        (third, days, nurse, alone.unit, "10:30"),  # full
        (third, days, nurse, alone.unit, None),  # no hour
        (third, days, other, alone.unit, "12:00"),  # another unit's nurse
        (third, [alone.day(0)], nurse, alone.unit, "12:00"),  # today
        (third, [], nurse, alone.unit, "12:00"),  # no day
    ]
    for values in wrong:
        with (
            psycopg.connect(shared_database.app_url) as app,
            pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege)),
        ):
            app.execute("SELECT set_config('app.unit_id', %s, true)", (str(alone.unit),))
            app.execute(inserts, values)


def test_without_places_nothing_is_proposed_or_agreed(http: TestClient, scene: Scene) -> None:
    """Unknown is not plenty, and the way on is named."""
    clinic = Clinic.opened(http, scene, places=None)
    person = clinic.person(indkald_due_on=clinic.day(40))
    problem(clinic.agree(person, 10), 409, "indkald-no-places")
    year = clinic.year()
    assert year["places"] is None
    (due,) = (one for one in year["due"] if one["person_id"] == person)
    assert due["proposed"] == {"days": [], "at": None, "helps": []}
    problem(clinic.nurse.send("POST", "/indkald/places", {"places": 3}), 403)
    assert clinic.doctor.send("POST", "/indkald/places", {"places": 3}).status_code == 201
    problem(clinic.doctor.send("POST", "/indkald/places", {"places": 3}), 409, "already-so")
    (due,) = (one for one in clinic.year()["due"] if one["person_id"] == person)
    assert len(due["proposed"]["days"]) == 4
    first, at = due["proposed"]["days"][0], due["proposed"]["at"]
    body = {"first": first, "come_at": at}
    assert clinic.nurse.send("POST", f"/people/{person}/indkald", body).status_code == 201


def test_other_days_are_agreed_instead(alone: Clinic) -> None:
    """Until it has begun; what was agreed stays in the record as moved."""
    person = alone.person()
    first = alone.agreed(person, 10)
    problem(alone.agree(person, 20), 409, "indkald-open")
    problem(alone.agree(person, 20, moves=first + 1_000), 409, "indkald-open")
    second = alone.agreed(person, 11, moves=first)
    periods = alone.of(person)["periods"]
    assert [(one["indkald_id"], one["state"]) for one in periods] == [
        (second, "planned"),
        (first, "moved"),
    ]
    problem(alone.agree(person, 20, moves=first), 409, "indkald-open")
    begun = alone.person()
    running = alone.scene.indkald(begun)
    problem(alone.agree(begun, 20, moves=running), 409, "indkald-begun")


def test_the_same_press_twice_is_one_agreement(alone: Clinic) -> None:
    person = alone.person()
    body = {"first": alone.day(10).isoformat(), "come_at": "10:00"}
    for _ in range(2):
        done = alone.nurse.send("POST", f"/people/{person}/indkald", body, key="agree-once-1")
        assert done.status_code == 201
    assert len(alone.of(person)["periods"]) == 1


def test_another_unit_neither_sees_nor_agrees(alone: Clinic, nurse: Counter) -> None:
    """H24"""
    person = alone.person()
    problem(nurse.get(f"/people/{person}/indkald"), 404)
    problem(alone.agree(person, 10, by=nurse), 404)


def test_where_a_pharmacy_holds_the_right_the_days_are_here(
    http: TestClient, alone: Clinic
) -> None:
    """H01: for those days the pharmacy neither hands out nor sends along, and nothing has to
    be moved back: the right of the other days stays there."""
    scene = alone.scene
    scene.unit(39, "Apoteket", "pharmacy") if scene.one(
        "SELECT 1 FROM unit WHERE unit_id = 39"
    ) is None else None
    person = alone.person(right_holder=39)
    problem(alone.agree(person, 1), 409, "indkald-pharmacy-tomorrow")
    first = alone.agreed(person, 3)
    held = "SELECT array_agg(day ORDER BY day) FROM guest_in_force WHERE person_id = %s"
    assert scene.one(held, person) == [alone.day(ahead) for ahead in (3, 4, 5, 6)]
    pharmacy = sign_in(http, scene, "nurse39", 39)
    asked = [pharmacy.dose(), *pharmacy.home(1, 2, 3)]
    assert "take-home-during-indkald" in findings(pharmacy.reserve(person, doses=asked))
    assert pharmacy.reserve(person, doses=asked[:3]).status_code == 201
    alone.agreed(person, 10, moves=first)
    assert scene.one(held, person) == [alone.day(ahead) for ahead in (10, 11, 12, 13)]
    kinds = [kind for kind, _ in scene.events(person)]
    assert kinds.count("guest-right-decided") == 2
    assert kinds.count("guest-right-withdrawn") == 1


def test_a_right_that_lies_at_another_clinic_is_fetched_home_first(
    alone: Clinic, neighbour: Counter
) -> None:
    person = alone.person(right_holder=2)
    problem(alone.agree(person, 10), 409, "indkald-right-elsewhere")


def test_wishes_shape_the_proposal(alone: Clinic) -> None:
    """Round work and holidays; the newest word counts, and what cannot be said is refused."""
    person = alone.person(indkald_due_on=alone.day(60))
    path = f"/people/{person}/indkald/wishes"
    away = [{"first": alone.day(30).isoformat(), "last": alone.day(48).isoformat()}]
    said = {"not_weekdays": [1], "away": away, "earliest": "11:00", "note": "arbejder om morgenen"}
    assert alone.nurse.send("POST", path, said).status_code == 201
    shown = alone.of(person)
    assert shown["wish"] == said | {"latest": None}
    days, at = shown["proposed"]["days"], shown["proposed"]["at"]
    assert len(days) == 4 and at >= "11:00" and days[0] > alone.day(48).isoformat()
    assert all((alone.scene.today + timedelta(0)).fromisoformat(d).isoweekday() != 1 for d in days)
    everything = {"not_weekdays": [1, 3, 5]}
    assert alone.nurse.send("POST", path, everything).status_code == 201
    shown = alone.of(person)
    assert shown["proposed"] == {"days": [], "at": None, "helps": ["weekdays"]}
    for wrong in (
        {"not_weekdays": [0]},
        {"not_weekdays": [1, 2, 3, 4, 5, 6, 7]},
        {"away": [{"first": alone.day(9).isoformat(), "last": alone.day(3).isoformat()}]},
        {"earliest": "12:00", "latest": "11:00"},
        {"note": f"ring til {MADE_UP_NUMBER}"},
    ):
        problem(alone.nurse.send("POST", path, wrong), 422)
    assert alone.of(person)["wish"]["not_weekdays"] == [1, 3, 5]


def test_whoever_swallows_everything_here_is_not_called_in(alone: Clinic) -> None:
    """Due is whoever takes doses home or has them from a pharmacy; an unknown day is due now."""
    here = alone.scene.person(alone.unit, indkald_due_on=None)
    unknown = alone.person(indkald_due_on=None)
    far = alone.person(indkald_due_on=alone.day(500))
    due = {one["person_id"]: one for one in alone.year()["due"]}
    assert here not in due and far not in due
    assert due[unknown]["overdue"] and due[unknown]["proposed"]["days"]
