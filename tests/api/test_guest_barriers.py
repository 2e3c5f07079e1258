"""What holds of a guest's day whatever the use cases do: the database, the paper, the ledger."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from audit.history.reading import read_units
from dispensing.counter.facts_sql import FACTS_FROM, FACTS_SQL
from dispensing.counter.loading import PATIENT
from tests.api.client import Counter, problem, sign_in
from tests.api.closed_days import Closed, Measured, guests, listed, sent
from tests.api.matrix.calendar import goes_to
from tests.api.test_replay import MOMENT, replayed, told
from tests.clusters import Database
from tests.scene import Scene

LOADED = f"""
WITH moment AS (SELECT %(at)s::timestamptz AS at, %(today)s::date AS today, u.unit_id, u.zone,
    u.clinical_chain FROM unit u WHERE u.unit_id = %(unit)s)
SELECT {FACTS_SQL} {FACTS_FROM.format(people="p.person_id = %(person)s")}
"""


def test_the_database_refuses_what_no_doctor_may(
    scene: Scene, shared_database: Database, measured: Measured, later: Closed
) -> None:
    """H02: each alone: no doctor's, of another unit, an open day, a day that is closed there."""
    person = measured()
    closed_on, open_on = later.first, later.first + timedelta(days=1)
    insert = (
        "INSERT INTO guest_right (person_id, day, from_unit_id, unit_id, reason, decided_by,"
        " decided_at) VALUES (%s, %s, %s, %s, 'fordi', %s, now())"
    )
    tried = [
        (person, closed_on, 1, 2, 10),  # a nurse
        (person, closed_on, 1, 2, 21),  # the other unit's doctor
        (person, closed_on, 2, 1, 21),  # not the holder
        (person, open_on, 1, 2, 11),  # open at home
        (person, scene.today - timedelta(days=1), 1, 2, 11),  # over
    ]
    for values in tried:
        with psycopg.connect(shared_database.app_url) as app, pytest.raises(psycopg.Error) as no:
            app.execute(insert, values)
        assert no.value.diag.constraint_name == "guest_decided_by", values
    with psycopg.connect(shared_database.app_url) as app:
        app.execute(insert, (person, closed_on, 1, 2, 11))
        with pytest.raises(psycopg.errors.UniqueViolation):
            app.execute(insert, (person, closed_on, 1, 2, 11))
    with psycopg.connect(shared_database.app_url) as app, pytest.raises(psycopg.Error):
        app.execute("DELETE FROM guest_right")


def test_the_right_does_not_move_under_a_guest_of_today(
    scene: Scene, measured: Measured, closed_now: Closed
) -> None:
    """H02, H21: a list of the other unit may be in somebody's hand."""
    person = measured()
    closed_now.decide(sent(closed_now, person))
    with pytest.raises(psycopg.Error) as no:
        scene.move(person, 2)
    assert no.value.diag.constraint_name == "right_stays_for_guests"


def test_a_guests_days_end_when_the_right_moves(
    scene: Scene, http: TestClient, doctor: Counter, measured: Measured, later: Closed
) -> None:
    """H02, H15: left over, it would bar the new holder's decision and come back with the right."""
    person = measured()
    later.decide(sent(later, person))
    if scene.one("SELECT 1 FROM unit WHERE unit_id = 5") is None:
        scene.unit(5, "Femte")
    there = sign_in(http, scene, "doctor5", 5)
    ask = {"card": f"K-{person:04d}", "reason": "flytter"}
    asked = there.send("POST", "/right-requests", ask).json()["request_id"]
    granted = doctor.send("POST", f"/right-requests/{asked}/answer", {"grant": True})
    assert granted.status_code == 200, granted.text
    over = "SELECT withdrawn_by, withdrawn_reason FROM guest_right WHERE person_id = %s"
    assert scene.run(over, person).fetchall() == [(11, "retten er flyttet")]
    kinds = [(kind, facts.get("days")) for kind, facts in scene.events(person)[-2:]]
    assert kinds == [("right-moved", None), ("guest-right-withdrawn", [str(later.first)])]
    assert person not in guests(doctor, "going")
    # The day is the new holder's to decide, and what was decided before does not come back.
    scene.close_unit_on(5, (later.first - scene.today).days, "Personaledag")
    scene.run(
        "INSERT INTO guest_right (person_id, day, from_unit_id, unit_id, reason, decided_by,"
        " decided_at) VALUES (%s, %s, 5, 2, 'fordi', 51, now())",
        person,
        later.first,
    )
    scene.ledger.guest(person, 5, 2, later.first)
    scene.move(person, 1)
    in_force = "SELECT count(*) FROM guest_in_force WHERE person_id = %s"
    assert scene.one(in_force, person) == 0


def test_a_guests_day_holds_no_longer_than_the_course(
    scene: Scene, measured: Measured, later: Closed
) -> None:
    """H02, H15: neither counted nor listed there once the course is over."""
    person = measured()
    later.decide(sent(later, person))
    in_force = "SELECT count(*) FROM guest_in_force WHERE person_id = %s"
    for ended_on, days in ((None, 1), (later.first + timedelta(days=1), 1), (later.first, 0)):
        scene.run("UPDATE person SET ended_on = %s WHERE person_id = %s", ended_on, person)
        assert scene.one(in_force, person) == days, ended_on
    scene.run("UPDATE person SET ended_on = NULL WHERE person_id = %s", person)


# The past asked again


def test_every_guests_dose_is_replayed_from_the_ledger(
    nurse: Counter,
    neighbour: Counter,
    doctor: Counter,
    measured: Measured,
    closed_now: Closed,
    shared_database: Database,
) -> None:
    """H23: decided, refused at home, handed out there, withdrawn: the same verdicts again."""
    handed, left = measured(), measured()
    closed_now.decide(sent(closed_now, handed), sent(closed_now, left))
    nurse.reserve(handed)
    neighbour.given(handed)
    nurse.reserve(left)
    guest = guests(doctor, "going")[left][0]["guest_id"]
    doctor.send("POST", f"/guests/{guest}/withdrawals", {"reason": "bliver hjemme"})
    nurse.reserve(left)
    found = replayed(shared_database).found
    assert found.differing == found.unknown == 0, found.differences
    assert found.agreed > 0


def facts_agree(scene: Scene, person: int) -> None:
    """At both units, today and around: the tables say what the ledger tells."""
    at, today = scene.run(MOMENT).fetchone()
    units, history = read_units(scene.connection), told(scene, person).history
    for unit in (1, 2):
        for ahead in (-1, 0, 1, 2):
            day = today + timedelta(days=ahead)
            asked: dict[str, Any] = {"at": at, "today": day, "unit": unit, "person": person}
            row = scene.connection.execute(LOADED, asked).fetchone()
            assert row is not None
            there, loaded = units.facts(unit, 10**9, day), PATIENT.decode(row[0])
            # What a doctor decided for today is told of today only.
            assert history.facts(at, day, there) == loaded, (unit, ahead)


def test_the_ledger_tells_the_facts_that_the_counters_load(
    scene: Scene, nurse: Counter, neighbour: Counter, closed_now: Closed
) -> None:
    """H02, H23: after each step, at both units and on the days around, whoever holds the right."""
    weekday = scene.today.isoweekday()
    person = scene.person(
        take_home=True,
        supervised_weekdays=[weekday],
        pickup_weekdays=[weekday],
        take_home_days=6,
        valid_to_days=600,
    )
    goes_to(scene, person, 0, 2)
    facts_agree(scene, person)
    neighbour.given(person, doses=[neighbour.dose(), *neighbour.home(1, 2, 3)])
    facts_agree(scene, person)
    assert nurse.reserve(person).status_code == 409
    facts_agree(scene, person)
    moved = scene.person(valid_to_days=600)
    scene.close_unit_on(1, 30, "Personaledag")
    goes_to(scene, moved, 30, 2)
    for holder in (2, 1):
        scene.move(moved, holder)
        facts_agree(scene, moved)


def test_the_day_of_a_guest_is_no_closed_day_of_theirs(
    scene: Scene, measured: Measured, later: Closed
) -> None:
    """H15: at home the plan sends no doses along for a day on which another unit has them."""
    person, other = measured(), scene.person()
    later.decide(sent(later, person))
    asked: dict[str, Any] = {"at": scene.run(MOMENT).fetchone()[0], "unit": 1}
    asked["today"] = later.first - timedelta(days=3)
    for who, closed in ((person, False), (other, True)):
        row = scene.connection.execute(LOADED, asked | {"person": who}).fetchone()
        assert row is not None
        assert (later.first in PATIENT.decode(row[0]).unit.closed_on) is closed  # type: ignore[union-attr]


def test_the_second_wall_lets_a_guest_in_on_the_day_only(
    scene: Scene, shared_database: Database, measured: Measured, closed_now: Closed, later: Closed
) -> None:
    """H24: rows about the person show to the other unit on the day, not weeks before it."""
    soon, far = measured(), measured()
    closed_now.decide(sent(closed_now, soon))
    later.decide(sent(later, far))
    for unit, person, sees in ((2, soon, True), (2, far, False), (3, soon, False)):
        with psycopg.connect(shared_database.app_url) as app:
            app.execute("SELECT set_config('app.unit_id', %s, true)", (str(unit),))
            row = app.execute("SELECT coalesce(comes_here(%s), false)", (person,)).fetchone()
            assert row == (sees,), (unit, person)


def test_a_guest_is_seen_at_the_counter_and_no_further(
    neighbour: Counter,
    next_door: Counter,
    measured: Measured,
    closed_now: Closed,
    later: Closed,
) -> None:
    """H24: doses and a doctor's word yes; numbers, and the weeks before: like one unknown."""
    soon, far = measured(), measured()
    closed_now.decide(sent(closed_now, soon))
    later.decide(sent(later, far))
    assert neighbour.get(f"/people/{soon}").status_code == 200
    problem(neighbour.get(f"/people/{soon}/identifiers"), 404)
    problem(neighbour.get(f"/people/{far}"), 404)
    problem(neighbour.reserve(far), 404)
    assert far in guests(neighbour) and far not in listed(neighbour)
    assert next_door.decide(soon, "vomited-today").status_code < 300
