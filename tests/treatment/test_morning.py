"""The doctor's morning: all that waits, in its order, and gone by the act that ends it."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import problem
from tests.scene import Scene
from tests.treatment.indkald import Clinic
from tests.treatment.sedatives.doing import DIAZEPAM, agreed, back_to, step, write

# Plans and periods are moved to another day behind the ledger's back: time passes.
MOVES_DAYS = True


@pytest.fixture
def clinic(http: TestClient, scene: Scene) -> Clinic:
    """A unit of its own: everything that waits there is the test's."""
    return Clinic.opened(http, scene)


def morning(clinic: Clinic) -> Any:
    answer = clinic.doctor.get("/doctor/morning")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    kinds = [one["kind"] for one in found["rows"]]
    assert found["counts"] == {kind: kinds.count(kind) for kind in kinds}, "one source"
    return found


def rows(clinic: Clinic, person: int) -> list[tuple[str, str]]:
    found = morning(clinic)["rows"]
    return [(one["kind"], one["what"]) for one in found if one["person_id"] == person]


def asked(clinic: Clinic) -> int:
    person = clinic.person(last_covered_days_ago=4)
    order = clinic.nurse.order(person)
    done = clinic.nurse.send("POST", "/questions", {"order": order})
    assert done.status_code == 201, done.text
    return person


def behind(clinic: Clinic, days: int) -> int:
    person = clinic.person()
    assert write(clinic.doctor, person, DIAZEPAM).status_code == 201
    assert agreed(clinic.doctor, person).status_code == 201
    back_to(clinic.scene, person, days)
    return person


def measured(clinic: Clinic, days: int) -> int:
    person = clinic.person()
    until = clinic.day(days).isoformat()
    body = {"step": "decision", "told": "aftalt", "supervised_until_on": until}
    assert clinic.doctor.send("POST", f"/people/{person}/diversion", body).status_code == 201
    return person


def test_everything_in_one_list_the_most_dangerous_first(clinic: Clinic) -> None:
    """H06, H10, H11, H18, H23: nothing that waits for a doctor stands only on a page of its own."""
    scene, today = clinic.scene, clinic.scene.today
    not_held = clinic.person()
    scene.indkald(not_held)
    clinic.close_today()
    due = clinic.person(reviewed_on=today - timedelta(days=250))
    late = clinic.person(reviewed_on=None)
    no_ecg = clinic.person(ecg_on=None, qtc_ms=None)
    ends, ended = clinic.person(valid_to_days=20), clinic.person(valid_to_days=-2)
    tapers = [behind(clinic, 3), behind(clinic, 9)]
    measure = measured(clinic, 10)
    doubted = clinic.person()
    reservation = clinic.nurse.reserved(doubted)
    assert clinic.nurse.tell(reservation, "doubts", note="nettet faldt ud").status_code < 300
    question = asked(clinic)
    clinic.person()
    found = [(one["kind"], one["person_id"]) for one in morning(clinic)["rows"]]
    assert found[:9] == [
        ("question", question),
        ("uncertain", doubted),
        ("told", not_held),
        ("indkald", not_held),
        ("diversion", measure),
        ("taper", tapers[1]),
        ("taper", tapers[0]),
        ("order", ended),
        ("order", ends),
    ]
    assert sorted(found[9:11]) == [("ecg", no_ecg), ("review", late)]
    assert found[11:] == [("review", due)]


def test_each_leaves_the_list_by_the_act_that_ends_it(clinic: Clinic) -> None:
    """H18: and by nothing else; the list knows at once."""
    doctor, nurse = clinic.doctor, clinic.nurse
    person = asked(clinic)
    assert rows(clinic, person) == [("question", "doctor")]
    assert doctor.decide(person, "missed-days").status_code == 201
    assert rows(clinic, person) == []

    person = clinic.person()
    reservation = nurse.reserved(person)
    assert rows(clinic, person) == [], "it stands poured, as it should"
    nurse.tell(reservation, "doubts")
    assert rows(clinic, person) == [("uncertain", "uncertain")]
    assert nurse.give(reservation).status_code == 200
    assert rows(clinic, person) == []

    person = behind(clinic, 1)
    assert rows(clinic, person) == [("taper", "behind")]
    assert step(doctor, person, "18").status_code == 201
    assert rows(clinic, person) == []

    person = clinic.person(reviewed_on=None)
    assert rows(clinic, person) == [("review", "never")]
    review = {"kind": "review", "answer": "done"}
    assert doctor.send("POST", f"/people/{person}/monitoring", review).status_code == 201
    assert rows(clinic, person) == []

    person = measured(clinic, 5)
    assert rows(clinic, person) == [("diversion", "ends")]
    lifted = {"step": "decision", "told": "ophævet"}
    assert doctor.send("POST", f"/people/{person}/diversion", lifted).status_code == 201
    assert rows(clinic, person) == []


def test_what_was_poured_and_forgotten_waits_whatever_day_it_was(clinic: Clinic) -> None:
    """H06: today's list at the counter shows today; here it stands until somebody tells."""
    person = clinic.person()
    reservation = clinic.nurse.reserved(person)
    back = "UPDATE claim SET claimed_at = claimed_at - interval '2 days', for_day = for_day - 2"
    clinic.scene.run(f"{back} WHERE reservation_id = %s", reservation)
    assert rows(clinic, person) == [("uncertain", "not-told")]


def test_an_order_is_told_as_far_ahead_as_the_book_says(clinic: Clinic) -> None:
    """H10: within the notice of the rule book, unless one follows it."""
    notice = 30
    near, far = clinic.person(valid_to_days=notice), clinic.person(valid_to_days=notice + 1)
    assert (rows(clinic, near), rows(clinic, far)) == ([("order", "ends")], [])
    clinic.scene.prescribe(
        near,
        product="metadon-1",
        daily_ug=80_000,
        parts_ug=None,
        valid_to_days=100,
        high_dose_reason=None,
        from_days_ago=-notice - 1,
    )
    assert rows(clinic, near) == []


def test_a_stopped_order_waits_for_nobody(clinic: Clinic) -> None:
    person = clinic.person(valid_to_days=10)
    body = {"from_on": clinic.day(3).isoformat(), "reason": "indlagt"}
    assert clinic.doctor.send("POST", f"/people/{person}/orders/stops", body).status_code == 201
    assert rows(clinic, person) == []


def test_only_doctors_see_it_and_whom_it_showed_is_kept(clinic: Clinic) -> None:
    """H24: measures after diversion are on it; the look is in the chain of views, once a day."""
    problem(clinic.nurse.get("/doctor/morning"), 403, "forbidden")
    person = measured(clinic, 7)
    assert rows(clinic, person) and rows(clinic, person)
    shown = clinic.scene.run(
        "SELECT convert_from(payload, 'UTF8')::jsonb -> 'facts' -> 'found' FROM ledger_payload"
        " WHERE kind = 'list-viewed' AND unit_id = %s"
        " AND convert_from(payload, 'UTF8')::jsonb -> 'facts' ->> 'page' = 'doctor-morning'",
        clinic.unit,
    ).fetchall()
    assert [found for (found,) in shown if person in found] == [[person]]


def test_another_units_doctor_is_told_nothing(http: TestClient, clinic: Clinic) -> None:
    person = measured(clinic, 3)
    elsewhere = Clinic.opened(http, clinic.scene)
    assert rows(elsewhere, person) == [] and morning(elsewhere)["rows"] == []


def test_without_a_rule_book_it_says_what_is_missing(clinic: Clinic) -> None:
    """H18: a list that is short for want of a book says so; questions are still on it."""
    person = asked(clinic)
    clinic.person(reviewed_on=None)
    assert morning(clinic)["whole"]
    clinic.scene.run("DELETE FROM unit_rule_book WHERE unit_id = %s", clinic.unit)
    found = morning(clinic)
    assert not found["whole"]
    assert [(one["kind"], one["person_id"]) for one in found["rows"]] == [("question", person)]


def test_kidneys_and_lungs_to_ask_about_again_wait_for_the_doctor(clinic: Clinic) -> None:
    person = clinic.person()
    day = clinic.day(1).isoformat()
    body = {"kind": "health", "answer": "put_off", "note": "blodprøve mangler", "next_on": day}
    assert clinic.doctor.send("POST", f"/people/{person}/monitoring", body).status_code == 201
    clinic.scene.run("UPDATE monitoring SET next_on = next_on - 1 WHERE person_id = %s", person)
    assert ("health", "due") in rows(clinic, person)
