"""A supply order: its days are the pharmacy's, one place a day, and they follow the doctor."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, findings, problem, sign_in
from tests.api.matrix.ground import Ground
from tests.api.matrix.treatment import ordered
from tests.scene import Scene
from tests.treatment.supply import PHARMACY, Supplied, supplied


@pytest.fixture(scope="module")
def pharmacy(http: TestClient, scene: Scene, nurse: Counter, doctor: Counter) -> Supplied:
    return supplied(http, scene, nurse, doctor)


def listed(counter: Counter) -> set[int]:
    return {row["person_id"] for row in counter.get("/today").json()["rows"]}


# Whose a day is


def test_from_the_decision_on_the_pharmacy_hands_out_and_the_clinic_does_not(
    pharmacy: Supplied,
) -> None:
    """H02: nothing moved; the day's right lies at the pharmacy, every day of the order."""
    person = pharmacy.sent(valid_to_days=30)
    assert pharmacy.days(person) == [pharmacy.day(n) for n in range(31)]
    assert {pharmacy.holder(person, n) for n in range(31)} == {PHARMACY}
    assert pharmacy.holder(person, 31) == 1
    assert "right-elsewhere" in findings(pharmacy.nurse.reserve(person))
    assert person in listed(pharmacy.pharmacist) and person not in listed(pharmacy.nurse)
    pharmacy.pharmacist.given(person)
    again = pharmacy.pharmacist.reserve(person)
    assert "already-given" in findings(again)
    held = "SELECT DISTINCT right_holder_unit_id FROM person_day WHERE person_id = %s AND day = %s"
    assert pharmacy.scene.one(held, person, pharmacy.day()) == 1


def test_a_dose_had_elsewhere_is_told_with_place_and_hour(pharmacy: Supplied) -> None:
    """H01: already dosed elsewhere, where and when, in the verdict and beside the order."""
    person = pharmacy.scene.person()
    pharmacy.nurse.given(person)
    assert pharmacy.arrange(person).status_code == 201
    dosed = pharmacy.order(person)["dosed_today"]
    assert (dosed["unit"], dosed["state"], dosed["here"]) == ("Prøveenheden", "given", False)
    assert pharmacy.order(person)["in_force_now"] is False
    # Today stays the clinic's: its dose is had there.
    assert pharmacy.holder(person) == 1 and pharmacy.holder(person, 1) == PHARMACY
    other = pharmacy.sent()
    pharmacy.pharmacist.given(other)
    check = pharmacy.nurse.send("POST", "/checks", pharmacy.nurse.order(other)).json()
    told = {one["rule_id"]: one for one in check["verdict"]["findings"]}
    assert told["already-given"]["facts"]["unit_id"] == PHARMACY
    assert told["already-given"]["facts"]["given_at"]


def test_the_step_back_ends_the_coming_days_and_none_that_was_had(pharmacy: Supplied) -> None:
    """H02: stopped at once; a day of which a dose is taken stays where it was taken."""
    person, had = pharmacy.sent(), pharmacy.sent()
    pharmacy.pharmacist.given(had)
    for one in (person, had):
        assert pharmacy.step_back(one).status_code == 201
    assert pharmacy.days(person) == [] and pharmacy.days(had) == [pharmacy.day()]
    assert pharmacy.holder(person) == 1 and pharmacy.holder(had) == PHARMACY
    assert pharmacy.order(person)["state"] == "over"
    assert pharmacy.order(person)["family_name"] is None
    pharmacy.nurse.given(person)
    assert problem(pharmacy.pharmacist.reserve(person), 404)


def test_weekdays_at_the_clinic_stay_there(pharmacy: Supplied) -> None:
    """H02: the doctor says on which weekdays; the others are the clinic's, with no gap."""
    person = pharmacy.scene.person(valid_to_days=20)
    today = pharmacy.scene.today.isoweekday()
    others = [day for day in range(1, 8) if day != today]
    assert pharmacy.arrange(person, pharmacy_weekdays=others).status_code == 201
    found = [pharmacy.holder(person, n) for n in range(21)]
    assert found == [1 if n % 7 == 0 else PHARMACY for n in range(21)]
    pharmacy.nurse.given(person)


def test_the_doctors_last_day_is_the_last(pharmacy: Supplied) -> None:
    person = pharmacy.scene.person(valid_to_days=20)
    assert pharmacy.arrange(person, pharmacy_until=str(pharmacy.day(4))).status_code == 201
    assert pharmacy.days(person)[-1] == pharmacy.day(4)
    late = pharmacy.arrange(person, pharmacy_until=str(pharmacy.day(-1)))
    assert problem(late, 422)["field"] == "pharmacy_until"
    none = pharmacy.arrange(person, pharmacy_weekdays=[])
    assert problem(none, 422)["field"] == "pharmacy_weekdays"


def test_days_the_pharmacy_is_closed_are_the_clinics(pharmacy: Supplied) -> None:
    """H15: a closed day has a place that hands out."""
    pharmacy.scene.close_unit_on(PHARMACY, 6, "Lukket")
    person = pharmacy.sent(valid_to_days=20)
    assert pharmacy.holder(person, 6) == 1
    assert pharmacy.holder(person, 5) == pharmacy.holder(person, 7) == PHARMACY


def test_another_arrangement_there_changes_the_same_order(pharmacy: Supplied) -> None:
    person = pharmacy.sent(valid_to_days=20)
    before = pharmacy.order(person)
    later = {"valid_from": str(pharmacy.day(5)), "pharmacy_weekdays": [1, 3, 5]}
    assert pharmacy.arrange(person, **later).status_code == 201
    after = pharmacy.order(person)
    assert (after["supply_id"], after["version"]) == (before["supply_id"], 2)
    days = pharmacy.days(person)
    assert days[:5] == [pharmacy.day(n) for n in range(5)]
    assert {day.isoweekday() for day in days[5:]} == {1, 3, 5}


def test_another_pharmacy_takes_over_on_a_day(pharmacy: Supplied, http: TestClient) -> None:
    """H02: no gap, no overlap: until the day before the one, from the day on the other."""
    scene = pharmacy.scene
    scene.unit(42, "Ørneapoteket", "pharmacy")
    person = pharmacy.sent(valid_to_days=20)
    change = {"valid_from": str(pharmacy.day(3)), "pharmacy_unit_id": 42}
    assert pharmacy.arrange(person, **change).status_code == 201
    found = [pharmacy.holder(person, n) for n in range(22)]
    assert found == [PHARMACY] * 3 + [42] * 18 + [1]
    other = sign_in(http, scene, "pharmacist42", 42)
    assert person in {one["person_id"] for one in other.get("/supply-orders").json()["orders"]}


# What the medicine's order does to it


def test_a_new_dose_goes_on_and_a_longer_order_reaches_further(
    pharmacy: Supplied, scene: Scene
) -> None:
    person = pharmacy.sent(valid_to_days=10)
    draft = ordered(Ground(scene, pharmacy.nurse)) | {"valid_to": str(pharmacy.day(25))}
    answer = pharmacy.doctor.send("POST", f"/people/{person}/orders", draft)
    assert answer.status_code == 201, answer.text
    assert pharmacy.days(person)[-1] == pharmacy.day(25)
    stop = {"from_on": str(pharmacy.day(8)), "reason": "ophører"}
    answer = pharmacy.doctor.send("POST", f"/people/{person}/orders/stops", stop)
    assert answer.status_code == 201, answer.text
    assert pharmacy.days(person)[-1] == pharmacy.day(7)
    assert pharmacy.order(person)["until_on"] == str(pharmacy.day(7))


# What goes before it


def test_an_indkald_is_held_at_the_clinic(pharmacy: Supplied) -> None:
    """H01: days agreed on are the clinic's, and the pharmacy's again when it does not go on."""
    person = pharmacy.sent(valid_to_days=20)
    days = [pharmacy.day(n) for n in (10, 11, 12)]
    pharmacy.scene.run(
        "INSERT INTO indkald (person_id, days, state, observation_minutes, planned_by, planned_at,"
        " unit_id) VALUES (%s, %s, 'planned', 60, 11, now(), 1)",
        person,
        days,
    )
    assert [pharmacy.holder(person, n) for n in range(9, 14)] == [PHARMACY, 1, 1, 1, PHARMACY]
    pharmacy.scene.run("UPDATE indkald SET state = 'excused' WHERE person_id = %s", person)
    assert {pharmacy.holder(person, n) for n in range(9, 14)} == {PHARMACY}


# Two at once


def test_clinic_and_pharmacy_contest_a_dose_and_one_wins_always(pharmacy: Supplied) -> None:
    """H01, H02: both press in the same moment, twenty times: the pharmacy, which has the day."""
    for _ in range(20):
        person = pharmacy.sent()
        with ThreadPoolExecutor(2) as both:
            answers = list(
                both.map(
                    lambda counter: counter.reserve(person),  # noqa: B023
                    (pharmacy.nurse, pharmacy.pharmacist),
                )
            )
        assert [answer.status_code for answer in answers] == [409, 201]


def test_a_dose_and_the_end_at_once_one_wins(pharmacy: Supplied) -> None:
    """H02: handed out and the day stays, or ended and the clinic has it; never both."""
    for _ in range(10):
        person = pharmacy.sent()
        with ThreadPoolExecutor(2) as both:
            dose = both.submit(pharmacy.pharmacist.reserve, person)
            end = both.submit(pharmacy.step_back, person)
        assert end.result().status_code == 201
        if dose.result().status_code == 201:
            assert pharmacy.holder(person) == PHARMACY
            assert pharmacy.nurse.reserve(person).status_code == 409
        else:
            assert pharmacy.holder(person) == 1
            assert pharmacy.nurse.reserve(person).status_code == 201


def test_the_table_refuses_what_no_doctor_may(pharmacy: Supplied, scene: Scene) -> None:
    """H02: a second place for a day, a taken day, a day that is over."""
    import psycopg

    person = pharmacy.sent()
    with pytest.raises(psycopg.errors.UniqueViolation):
        scene.run(
            "INSERT INTO supply_day (supply_id, person_id, day, from_unit_id, unit_id, decided_by,"
            " decided_at) VALUES (1, %s, %s, 1, %s, 11, now())",
            person,
            pharmacy.day(1),
            PHARMACY,
        )
    assert pharmacy.day(1) - pharmacy.day() == timedelta(days=1)
