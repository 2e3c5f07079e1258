"""A guest, a merge and the second wall: what the counter lets through, the wall shows."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from tests.api.client import Counter, problem, sign_in
from tests.api.matrix.calendar import goes_to
from tests.api.test_merged_home_doses import carrier, home
from tests.api.test_merging import merge, unmerge
from tests.clusters import Database
from tests.scene import Scene

# Days are moved behind the ledger's back, and records from one person to another.
MOVES_DAYS = True
THIRD = 3


@pytest.fixture
def shut(scene: Scene, neighbour: Counter) -> Iterator[None]:
    """Whatever a test closes at the home unit is open again after it."""
    yield
    scene.run("DELETE FROM unit_closed_day WHERE unit_id = 1")


def carried_yesterday(scene: Scene, nurse: Counter, person: int) -> list[str]:
    """Two labelled doses are at home for the days to come; today's is still to be had."""
    reservation = nurse.reserved(person, doses=[nurse.dose(), *nurse.home(1, 2)])
    codes = [label["code"] for label in nurse.tell(reservation, "labels").json()["labels"]]
    assert nurse.give(reservation, label_codes=codes).status_code == 200
    scene.run("DELETE FROM claim WHERE reservation_id = %s AND how = 'supervised'", reservation)
    scene.run("DELETE FROM person_day WHERE person_id = %s AND day = %s", person, scene.today)
    return codes


def test_a_merged_guests_bottles_are_known_where_the_guest_is(
    scene: Scene, nurse: Counter, doctor: Counter, neighbour: Counter, shut: None
) -> None:
    """H15, H16: the absorbed record's label, and what came back opened, show there as at home."""
    survivor, absorbed = carrier(scene), carrier(scene)
    codes = carried_yesterday(scene, nurse, absorbed)
    opened = nurse.bring_back(absorbed, 2, unopened=False, note="halv flaske")
    assert opened.status_code == 200, opened.text
    assert merge(doctor, survivor, absorbed).status_code == 201
    scene.close_unit_on(1, 0, "Personaledag")
    goes_to(scene, survivor, 0, 2)
    there = home(neighbour, survivor)
    assert there == home(nurse, survivor)
    assert (there["expected_least"], there["expected_most"]) == (1, 1)
    problem(neighbour.bring_back(survivor, 1, by="doctor2"), 409, "label-needed-back")
    problem(neighbour.bring_back(survivor, 2, by="doctor2"), 409, "already-recorded")
    back = neighbour.bring_back(survivor, 1, label_code=codes[0], by="doctor2")
    assert back.status_code == 200, back.text


def _sees(database: Database, unit: int, people: list[int]) -> bool:
    with psycopg.connect(database.app_url) as app:
        app.execute("SELECT set_config('app.unit_id', %s, true)", (str(unit),))
        row = app.execute(
            "SELECT bool_and(coalesce(comes_here(person_id), false)) FROM person"
            " WHERE person_id = ANY (%s)",
            (people,),
        ).fetchone()
    return bool(row and row[0])


@pytest.mark.parametrize("merged", [False, True], ids=["one record", "merged"])
@pytest.mark.parametrize("day_of", [None, 1, 2], ids="day of {}".format)
@pytest.mark.parametrize("holder", [1, 2], ids="right at {}".format)
@pytest.mark.parametrize("guest", [False, True], ids=["at home", "guest"])
def test_whom_the_counter_lets_through_the_wall_shows_with_all_records(
    scene: Scene,
    nurse: Counter,
    doctor: Counter,
    neighbour: Counter,
    shared_database: Database,
    shut: None,
    merged: bool,
    day_of: int | None,
    holder: int,
    guest: bool,
) -> None:
    """H24, H15: wherever ``loading.at_this_unit`` says yes, ``comes_here`` does, of each record."""
    if scene.one("SELECT 1 FROM unit WHERE unit_id = %s", THIRD) is None:
        scene.unit(THIRD, "Det tredje hus")
    counters = {1: nurse, 2: neighbour, THIRD: sign_in(nurse.http, scene, "nurse3", THIRD)}
    person, records = scene.person(), []
    if merged:
        records = [scene.person()]
        assert merge(doctor, person, records[0]).status_code == 201
    scene.move(person, holder)
    if day_of is not None:
        scene.run(
            "INSERT INTO person_day (person_id, day, substance, limit_ug, used_ug,"
            " right_holder_unit_id) VALUES (%s, %s, 'methadone', 80000, 0, %s)",
            *(person, scene.today, day_of),
        )
    if guest:
        scene.run("DELETE FROM unit_closed_day WHERE day = %s", scene.today)
        scene.close_unit_on(holder, 0, "Personaledag")
        goes_to(scene, person, 0, THIRD)
        scene.run("DELETE FROM unit_closed_day WHERE day = %s", scene.today)
    let_through = {u for u, at in counters.items() if at.get(f"/people/{person}").is_success}
    assert {1} | ({THIRD} if guest else {day_of or holder}) <= let_through
    shown = {u for u in counters if _sees(shared_database, u, [person, *records])}
    assert let_through <= shown


def days_ago(scene: Scene, days: int, reservation: int) -> None:
    """As if a guest's hand-out had been so many days ago, with its doses from that day on."""
    tables = ("guest_right", "reservation", "claim", "person_day", "handover")
    person = scene.one("SELECT person_id FROM reservation WHERE reservation_id = %s", reservation)
    for table in tables:
        scene.run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    try:
        scene.run("UPDATE guest_right SET day = day - %s WHERE person_id = %s", days, person)
        scene.run("DELETE FROM claim WHERE person_id = %s AND reservation_id <> %s",
                  person, reservation)  # fmt: skip
        scene.run("DELETE FROM person_day WHERE person_id = %s AND day < %s", person, scene.today)
        scene.run("UPDATE reservation SET day = day - %s WHERE reservation_id = %s",
                  days, reservation)  # fmt: skip
        for ahead in range(6):
            moved = (days, person, scene.today + timedelta(days=ahead))
            scene.run("UPDATE claim SET for_day = for_day - %s, swallow_during = NULL"
                      " WHERE person_id = %s AND for_day = %s", *moved)  # fmt: skip
            scene.run("UPDATE person_day SET day = day - %s WHERE person_id = %s AND day = %s",
                      *moved)  # fmt: skip
            scene.run("UPDATE handover SET for_day = for_day - %s WHERE person_id = %s"
                      " AND for_day = %s", *moved)  # fmt: skip
    finally:
        for table in tables:
            scene.run(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_what_came_back_at_home_is_known_where_the_guest_had_it(
    scene: Scene, nurse: Counter, neighbour: Counter, next_door: Counter, shut: None
) -> None:
    """H02, H24: days later the other unit's doctor takes back no hand-out that did happen."""
    person = carrier(scene)
    scene.close_unit_on(1, 0, "Personaledag")
    goes_to(scene, person, 0, 2)
    doses = [neighbour.dose(), *neighbour.home(1, 2, 3, 4, 5)]
    reservation = neighbour.given(person, doses=doses)
    days_ago(scene, 3, reservation)
    assert nurse.bring_back(person, 0).status_code == 200
    refused = next_door.tell(reservation, "reversals", reason="skrevet forkert")
    problem(refused, 409, "told-at-home")
    left = "SELECT count(*) FROM claim WHERE person_id = %s"
    assert scene.one(left, person) == len(doses) - 1


def test_a_guests_days_are_at_home_again_when_a_merge_is_taken_back(
    scene: Scene, nurse: Counter, doctor: Counter, neighbour: Counter, shut: None
) -> None:
    """H02, H24: the right to every later day lies at home; the other unit had one day alone."""
    survivor, absorbed = carrier(scene), carrier(scene)
    scene.close_unit_on(1, 0, "Personaledag")
    goes_to(scene, absorbed, 0, 2)
    neighbour.given(absorbed, doses=[neighbour.dose(), *neighbour.home(1, 2)])
    kept = "SELECT day, right_holder_unit_id FROM person_day WHERE person_id = %s ORDER BY day"
    before = scene.run(kept, absorbed).fetchall()
    assert {unit for _, unit in before} == {1}
    done = merge(doctor, survivor, absorbed)
    assert unmerge(doctor, done.json()["merge_id"]).status_code == 200
    assert scene.run(kept, absorbed).fetchall() == before


def test_what_a_guest_had_is_ended_there_also_after_the_merge(
    scene: Scene, doctor: Counter, neighbour: Counter, next_door: Counter, shut: None
) -> None:
    """H01, H18, H24: the other unit's own hand-out and no more of the survivor; nobody else's."""
    survivor, absorbed = scene.person(), scene.person()
    scene.indkald(absorbed)
    scene.close_unit_on(1, 0, "Personaledag")
    goes_to(scene, absorbed, 0, 2)
    reservation = neighbour.given(absorbed)
    third = doctor_of_third(neighbour, scene)
    assert merge(doctor, survivor, absorbed).status_code == 201
    problem(neighbour.get(f"/people/{survivor}"), 404)
    problem(neighbour.reserve(survivor), 404)
    for stranger in (doctor, third):
        problem(stranger.tell(reservation, "reversals", reason="skrevet forkert"), 404)
    look = neighbour.tell(reservation, "sedation-checks", poss=1, breaths_per_minute=14)
    assert look.status_code == 200, look.text
    left = {"state": "left_early", "affected": False, "note": "gik"}
    acts = {
        "vomits": {"minutes_after": 0, "witnessed": True},
        "observations": left,
        "reversals": {"reason": "skrevet forkert"},
    }
    for what, body in acts.items():
        done = neighbour.tell(reservation, what, **body)
        assert done.status_code == 200, (what, done.text)
    assert scene.one("SELECT count(*) FROM claim WHERE reservation_id = %s", reservation) == 0


def doctor_of_third(anyone: Counter, scene: Scene) -> Counter:
    """The doctor of a unit that never saw the person."""
    if scene.one("SELECT 1 FROM unit WHERE unit_id = %s", THIRD) is None:
        scene.unit(THIRD, "Det tredje hus")
    return sign_in(anyone.http, scene, f"doctor{THIRD}", THIRD)
