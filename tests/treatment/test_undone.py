"""No signature undoes another one unseen, and nothing is signed where no course runs."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.client import MADE_UP_NUMBER, Counter, problem, silent
from tests.api.matrix.ground import Ground
from tests.api.matrix.sedatives import listed, plan_body
from tests.api.matrix.treatment import at_home, journey, ordered
from tests.api.test_merging import merge
from tests.api.test_page_relations import Browser
from tests.scene import Scene


@pytest.fixture
def ground(scene: Scene, nurse: Counter) -> Ground:
    return Ground(scene, nurse)


def in_days(doctor: Counter, days: int) -> str:
    return (doctor.today + timedelta(days=days)).isoformat()


def test_an_order_signs_over_no_stop_that_its_prescriber_has_not_seen(
    scene: Scene, doctor: Counter, ground: Ground
) -> None:
    """H21: one doctor stops while another has the form open; the stop holds."""
    person = scene.person()
    path = f"/people/{person}/orders"
    seen = doctor.get(path).json()["version"]
    stopped = {"from_on": in_days(doctor, 0), "reason": "fundet bevidstløs"}
    assert doctor.send("POST", f"{path}/stops", stopped).status_code == 201
    answer = doctor.send("POST", path, ordered(ground) | {"after_version": seen})
    assert problem(answer, 409, "orders-changed")
    assert [one["daily_ug"] for one in doctor.get(path).json()["days"]] == [None]
    assert "act-refused" in scene.kinds(person)
    seen = doctor.get(path).json()["version"]
    tried = doctor.send("POST", f"{path}/tries", ordered(ground)).json()
    why = dict.fromkeys(tried["asks_reason"], "set og talt med i dag")
    body = ordered(ground) | {"after_version": seen, "reasons": why, "retyped_mg": "80"}
    answer = doctor.send("POST", path, body)
    assert answer.status_code == 201, answer.text


def test_an_exception_undoes_no_arrangement_decided_ahead(
    scene: Scene, doctor: Counter, ground: Ground
) -> None:
    """H17: back to the counter from Friday is not forgotten because of a journey on Monday."""
    person = scene.person()
    path = f"/people/{person}/arrangements"
    assert doctor.send("POST", path, at_home()).status_code == 201
    back = {"kind": "supervised", "reason": "bekymring", "valid_from": in_days(doctor, 3)}
    assert doctor.send("POST", path, back).status_code == 201
    answer = doctor.send("POST", f"{path}/exceptions", journey(ground))
    assert problem(answer, 409, "arrangement-ahead")
    assert doctor.send("POST", path, at_home()).status_code == 201
    answer = doctor.send("POST", f"{path}/exceptions", journey(ground))
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("way", ["orders", "arrangements"])
def test_nothing_is_ordered_for_somebody_who_is_dead(
    scene: Scene, nurse: Counter, doctor: Counter, ground: Ground, way: str
) -> None:
    person = scene.person()
    died = {"status": "dead", "note": "politiet ringede", "home_doses": 0}
    assert nurse.send("POST", f"/people/{person}/course-ends", died).status_code == 201
    bodies: dict[str, Any] = {
        "orders": ordered(ground),
        "arrangements": at_home(),
    }
    answer = doctor.send("POST", f"/people/{person}/{way}", bodies[way])
    assert problem(answer, 409, "course-ended")


def test_a_case_of_diversion_is_read_where_the_person_is_treated(
    scene: Scene, doctor: Counter, next_door: Counter
) -> None:
    person = scene.person(right_holder=2)
    told = {"step": "report", "source": "police", "told": "fundet med tre flasker"}
    path = f"/people/{person}/diversion"
    assert doctor.send("POST", path, told).status_code == 201
    assert next_door.get(f"/people/{person}/orders").status_code == 200, "the doses are told"
    answer = next_door.get(path)
    assert problem(answer, 409, "treated-elsewhere") and "flasker" not in answer.text


def test_what_a_reason_is_written_under_is_no_number(
    scene: Scene, doctor: Counter, ground: Ground, unchanged: None
) -> None:
    person = scene.one("SELECT min(person_id) FROM person WHERE ended_on IS NULL")
    body = ordered(ground) | {"reasons": {MADE_UP_NUMBER: "fordi det er sådan"}}
    assert silent(doctor.send("POST", f"/people/{person}/orders", body), 422)["field"] == "reasons"


def test_a_list_that_cannot_be_made_is_not_empty(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """A unit without a rule book has people with something due all the same."""
    person = scene.person()
    kept = scene.run("SELECT * FROM unit_rule_book WHERE unit_id = 1").fetchall()
    scene.run("DELETE FROM unit_rule_book WHERE unit_id = 1")
    try:
        assert problem(nurse.get("/monitoring/due"), 503)
    finally:
        for row in kept:
            scene.run("INSERT INTO unit_rule_book VALUES (%s, %s, %s, %s)", *row)
    assert person in {one["person_id"] for one in nurse.get("/monitoring/due").json()["people"]}


def test_what_was_agreed_for_a_record_is_due_of_the_one_it_was_merged_into(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """What is looked at again in a month is not forgotten, nor is what was reported."""
    survivor, absorbed = scene.person(), scene.person()
    agreed = {"kind": "liver", "answer": "done", "next_on": in_days(doctor, 30)}
    assert nurse.send("POST", f"/people/{absorbed}/monitoring", agreed).status_code == 201
    told = {"step": "report", "source": "police", "told": "fundet med tre flasker"}
    assert doctor.send("POST", f"/people/{absorbed}/diversion", told).status_code == 201
    assert merge(doctor, survivor, absorbed).status_code == 201
    kept = nurse.get(f"/people/{survivor}/monitoring").json()
    assert kept["kept"]["liver"]["next_on"] == agreed["next_on"]
    assert "liver" not in {one["kind"] for one in kept["due"]}
    of_all = nurse.get("/monitoring/due").json()["people"]
    mine = next(one for one in of_all if one["person_id"] == survivor)
    assert "liver" not in {one["kind"] for one in mine["due"]}
    steps = doctor.get(f"/people/{survivor}/diversion").json()["steps"]
    assert [one["told"] for one in steps] == [told["told"]]


def test_a_day_at_the_end_of_time_is_a_value_that_cannot_be_used(
    scene: Scene, nurse: Counter, doctor: Counter, ground: Ground
) -> None:
    draft = plan_body(nurse) | {"first_on": "9999-12-31"}
    answer = doctor.send("POST", f"/people/{listed(ground)}/taper/drafts", draft)
    assert problem(answer, 422)["field"] == "first_on"
    steps = {"step_mg": "5", "step_days": "7", "step_goal_mg": "60"}
    days = {"valid_from": "9999-12-30", "valid_to": "9999-12-31"}
    typed = {"product_code": "metadon-1", "daily_mg": "80"} | days | steps
    page = "POST /behandling/person/{person_id}/ordination"
    shown = Browser(doctor.http, doctor.token).send(page, {"person_id": scene.person()}, typed)
    assert shown.status_code == 422
