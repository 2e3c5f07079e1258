"""A closure decided by a doctor in one go: proposed, asked of the rules, written, planned."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from psycopg import AsyncConnection

from dispensing.closures.store import PersonRow, load_people
from tests.api.client import Counter, problem
from tests.api.closed_days import Closed
from tests.clusters import Database
from tests.night import paired
from tests.scene import Scene


@pytest.fixture(scope="module")
def tomorrow(scene: Scene, doctor: Counter) -> Closed:
    """Closed tomorrow and the two days after it."""
    return Closed(scene, doctor, 1, 3)


def rules_of(visit: Any, *words: str) -> set[str]:
    findings = visit["verdict"]["findings"]
    return {one["rule_id"] for one in findings if one["severity"] in words}


def test_supervised_the_doses_go_home_from_the_last_open_day(
    scene: Scene, nurse: Counter, tomorrow: Closed
) -> None:
    """H15: proposed with whose limit it breaks now; decided, the counter plans and hands it out."""
    person = scene.person()
    row = tomorrow.plan()[person]
    assert (row["state"], row["proposal"], row["days_home"]) == ("open", "home", 3)
    assert row["pickup_on"] == str(scene.today)
    assert len(row["lacking"]) == 3
    assert "take-home-without-decision" in rules_of(row["now"], "stop")
    assert rules_of(row["then"][0], "confirm", "doctor", "stop") == set()
    answer = tomorrow.decide(tomorrow.chosen(person))
    assert answer.status_code == 201, answer.text
    assert tomorrow.plan()[person]["state"] == "decided"
    listed = {one["person_id"]: one for one in nurse.get("/today").json()["rows"]}
    assert listed[person]["planned_ug"] == 4 * 80_000
    nurse.given(person, doses=[nurse.dose(), *nurse.home(1, 2, 3)])
    assert tomorrow.plan()[person]["state"] == "decided"


def test_after_the_closure_the_old_arrangement_holds(scene: Scene, tomorrow: Closed) -> None:
    """H15, H23: exact days, a reason, and a further version that ends it; each is an entry."""
    person = scene.person()
    tomorrow.decide(tomorrow.chosen(person))
    rows = scene.run(
        "SELECT version, valid_from, self_administration, exception_days, exception_from,"
        " exception_until, exception_reason, decided_by FROM arrangement WHERE person_id = %s"
        " ORDER BY version",
        person,
    ).fetchall()
    opens = tomorrow.last + timedelta(days=1)
    assert rows[1] == (2, scene.today, True, 3, scene.today, tomorrow.last, "påsken", 11)
    assert rows[2] == (3, opens, False, None, None, None, None, 11)
    told = "SELECT count(*) FROM ledger_payload WHERE kind = 'arrangement-decided'"
    assert scene.one(f"{told} AND person_id = %s", person) == 3
    unit = "SELECT count(*) FROM ledger_payload WHERE kind = 'closure-decided' AND payload LIKE %s"
    assert scene.one(unit, f"%[{person},%") == 1


def test_who_injects_is_called_and_the_nights_go_home(scene: Scene, tomorrow: Closed) -> None:
    """H15: no injection goes home; tonight's and the closed days' methadone does, today."""
    person, ordinary = paired(scene), scene.person()
    row = tomorrow.plan()[person]
    assert (row["proposal"], len(row["lacking"])) == ("call", 3)
    night = {"lacking": [], "pickup_on": str(scene.today), "days_home": 4}
    assert row["night"] == night
    assert tomorrow.plan()[ordinary]["night"] is None


def test_a_diversion_measure_is_called_about_not_sent_home(scene: Scene, tomorrow: Closed) -> None:
    """H15: where the rules would stop it whatever is arranged, nothing is proposed but to call."""
    person = scene.person(diversion_supervised_until_on=scene.today + timedelta(days=30))
    row = tomorrow.plan()[person]
    assert (row["proposal"], row["pickup_on"]) == ("call", None)
    assert "diversion-measure" in rules_of(row["then"][0], "stop")
    refused = tomorrow.decide(tomorrow.chosen(person))
    assert problem(refused, 409)["type"].endswith("not-proposed")
    assert tomorrow.decide(tomorrow.chosen(person, "called")).status_code == 201
    assert tomorrow.plan()[person]["state"] == "called"


def test_an_indkald_over_the_closed_days_is_called_about(scene: Scene, tomorrow: Closed) -> None:
    """H18: called in to be seen here, nothing of these days goes home."""
    person = scene.person(
        take_home=True,
        supervised_weekdays=[scene.today.isoweekday()],
        pickup_weekdays=[scene.today.isoweekday()],
        take_home_days=6,
    )
    scene.indkald(person)
    row = tomorrow.plan().get(person)
    assert row is not None
    assert row["proposal"] == "call"


def test_who_is_left_out_stays_without_plan(scene: Scene, tomorrow: Closed) -> None:
    chosen, left = scene.person(), scene.person()
    tomorrow.decide(tomorrow.chosen(chosen))
    plan = tomorrow.plan()
    assert (plan[chosen]["state"], plan[left]["state"]) == ("decided", "open")


def test_who_has_a_plan_is_not_counted_as_without_one(
    scene: Scene, tomorrow: Closed, shared_database: Database
) -> None:
    """H24: also asked where no session was loaded: the decisions stand behind the second wall."""
    person = scene.person()
    tomorrow.decide(tomorrow.chosen(person))

    async def asked() -> list[PersonRow]:
        async with await AsyncConnection.connect(shared_database.app_url) as connection:
            day = scene.today
            return await load_people(
                connection, 1, day, tomorrow.first, "Europe/Copenhagen", [person]
            )

    (row,) = asyncio.run(asked())
    assert row.decision is not None


def test_two_doctors_at_once_one_wins(scene: Scene, tomorrow: Closed) -> None:
    """H15: the other is told, nothing of theirs is written; a repeated key answers again."""
    person, other = scene.person(), scene.person()
    asked = [tomorrow.chosen(person), tomorrow.chosen(other)]
    with ThreadPoolExecutor(2) as both:
        answers = list(
            both.map(lambda key: tomorrow.decide(*asked, key=key), ("doctor-one", "doctor-two"))
        )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    late = next(answer for answer in answers if answer.status_code == 409)
    assert problem(late, 409)["type"].endswith("decided-meanwhile")
    count = "SELECT count(*) FROM closure_decision WHERE person_id IN (%s, %s)"
    assert scene.one(count, person, other) == 2
    won = ("doctor-one", "doctor-two")[answers[0].status_code == 409]
    assert tomorrow.decide(*asked, key=won).json() == next(
        answer.json() for answer in answers if answer.status_code == 201
    )


def test_another_order_since_is_shown_again(scene: Scene, tomorrow: Closed) -> None:
    """H10: decided for one order, the person is shown when a doctor signs another."""
    person = scene.person()
    tomorrow.decide(tomorrow.chosen(person))
    scene.prescribe(
        person,
        product="metadon-1",
        daily_ug=75_000,
        parts_ug=None,
        valid_to_days=60,
        high_dose_reason=None,
        from_days_ago=0,
    )
    assert tomorrow.plan()[person]["state"] == "changed"
    assert tomorrow.decide(tomorrow.chosen(person)).status_code == 201
    assert tomorrow.plan()[person]["state"] == "decided"


def test_beyond_the_general_limit_it_is_named(scene: Scene, doctor: Counter) -> None:
    """H15: nine closed days are more than the rule book's week: a doctor's exception."""
    long = Closed(scene, doctor, 20, 9)
    person = scene.person()
    row = long.plan()[person]
    assert (row["proposal"], row["days_home"]) == ("extended", 9)
    assert row["pickup_on"] == str(long.first - timedelta(days=1))
    assert long.decide(long.chosen(person)).status_code == 201
    assert long.plan()[person]["state"] == "decided"


def test_a_weekly_pick_up_on_a_closed_day_moves_to_the_last_open_day(
    scene: Scene, doctor: Counter
) -> None:
    """H15: two weeks at home are not proposed where coming once more keeps within the week."""
    moved = Closed(scene, doctor, 42, 2)
    weekday = moved.first.isoweekday()
    person = scene.person(
        take_home=True,
        supervised_weekdays=[weekday],
        pickup_weekdays=[weekday],
        take_home_days=6,
        valid_to_days=400,
    )
    row = moved.plan()[person]
    assert "take-home-above-limit" in rules_of(row["now"], "stop")
    before = moved.first - timedelta(days=1)
    assert (row["proposal"], row["pickup_on"], row["days_home"]) == ("home", str(before), 2)
    assert rules_of(row["then"][0], "confirm", "doctor", "stop") == set()
    opens = str(moved.last + timedelta(days=1))
    assert row["then"][1]["on"] == opens
    assert "missed-days" not in rules_of(row["then"][1], "confirm", "doctor", "stop")
    assert moved.decide(moved.chosen(person)).status_code == 201
    assert moved.plan()[person]["state"] == "decided"


def test_no_closure_no_person_no_reason(
    scene: Scene, doctor: Counter, tomorrow: Closed, unchanged: None
) -> None:
    open_on: date = scene.today + timedelta(days=100)
    assert problem(doctor.get(f"/closures/{open_on}"), 404)
    nobody = {"person_id": 99, "choice": "home", "arrangement_version": 1}
    assert problem(tomorrow.decide(nobody | {"prescription_version": 1}), 404)
    assert problem(tomorrow.decide(), 422)
