"""A downtime from beginning to end: nothing is reserved meanwhile, nothing is left untold."""

import pytest

from tests.api.client import findings, problem
from tests.api.test_merging import merge
from tests.downtime.conftest import Clinic


def test_while_the_paper_is_in_use_nothing_is_reserved(clinic: Clinic) -> None:
    """H20: paper and screen never hand out side by side."""
    person = clinic.person()
    reserved = clinic.nurse.reserved(clinic.person())
    clinic.down(0)
    problem(clinic.nurse.reserve(person), 409, "down")
    assert clinic.nurse.give(reserved).status_code == 200, "what was poured before is still told"
    assert clinic.nurse.get("/downtime").json()["running"] is True
    problem(clinic.nurse.send("POST", f"/days/{clinic.scene.today}/close"), 409, "paper-unresolved")
    clinic.over()
    assert clinic.nurse.reserve(person).status_code == 201, "no paper was used: nobody is held"


def test_one_downtime_at_a_time(clinic: Clinic) -> None:
    clinic.down(5)
    problem(clinic.nurse.send("POST", "/downtime", {"reason": "igen"}), 409, "downtime-open")
    clinic.over()
    problem(clinic.nurse.send("POST", "/downtime/over", {"serials": []}), 409, "no-downtime")
    late = {"reason": "x y", "started_at": "2031-01-01T08:00:00+01:00"}
    problem(clinic.nurse.send("POST", "/downtime", late), 422)


def test_it_is_left_when_every_row_is_told_and_the_stock_is_counted(clinic: Clinic) -> None:
    """H21, H06: missing rows and an uncounted counter hold it open."""
    people = [clinic.person(), clinic.person()]
    serial = clinic.printed()
    clinic.down(0)
    assert clinic.over(serial)["rows_to_tell"] == 2
    assert [row["person_id"] for row in clinic.nurse.get("/paper-rows").json()] == people
    for person in people:
        problem(clinic.nurse.send("POST", "/downtime/left"), 409, "paper-unresolved")
        clinic.told(serial, person, happened="refused")
    problem(clinic.nurse.send("POST", "/downtime/left"), 409, "stock-uncounted")
    clinic.scene.run(
        "INSERT INTO stock_count VALUES (nextval('stock_count_id_seq'), %s, %s, NULL, 'end', %s,"
        " %s, clock_timestamp())",
        *(clinic.unit, clinic.unit, clinic.scene.today, clinic.nurse_id),
    )
    assert clinic.nurse.send("POST", "/downtime/left").status_code == 200
    assert clinic.nurse.get("/downtime").json()["started_at"] is None


def test_a_list_found_later_holds_its_people_too(clinic: Clinic) -> None:
    """H21: a second printout lay at the other counter."""
    person = clinic.person()
    first = clinic.printed()
    late = clinic.person()
    second = clinic.printed()
    clinic.down(0)
    clinic.over(first)
    named = clinic.nurse.send("POST", "/downtime/lists", {"serial": second})
    assert named.json()["rows_to_tell"] == 2
    assert "outcome-uncertain" in findings(clinic.nurse.reserve(late))
    clinic.told(first, person)
    told = clinic.told(second, person)
    assert "already-given" in told["conflicts"], "two papers, two doses: shown, not merged"


def test_people_are_held_whatever_road_a_dose_takes(clinic: Clinic) -> None:
    """H01, H21: the database itself refuses a claim beside a paper row."""
    person = clinic.person()
    serial = clinic.printed()
    clinic.down(0)
    clinic.over(serial)
    scene = clinic.scene
    reservation = scene.one(
        "SELECT max(reservation_id) FROM reservation WHERE person_id = %s", person
    )
    with pytest.raises(Exception, match="a paper list holds this dose"):
        scene.run(
            "INSERT INTO claim (person_id, for_day, part, reservation_id, unit_id, amount_ug, how,"
            " state, claimed_at) VALUES (%s, %s, 1, %s, %s, 80000, 'supervised', 'reserved',"
            " now())",
            *(person, scene.today, reservation, clinic.unit),
        )


def test_a_held_record_is_not_merged_away(clinic: Clinic) -> None:
    """H21: a hold stands on the record the paper names."""
    held, other = clinic.person(), clinic.person()
    serial = clinic.printed()
    clinic.down(0)
    clinic.over(serial)
    clinic.told(serial, other, happened="not_come")
    problem(merge(clinic.doctor, other, held), 409)
    clinic.told(serial, held, happened="not_come")
    assert merge(clinic.doctor, other, held).status_code in (200, 201)
