"""What happens around a supply order: closed days, guests, moves, midnight, an outage."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, findings, problem, sign_in
from tests.api.closed_days import Closed
from tests.api.test_midnight import to_yesterday_late
from tests.api.test_replay import loaded_and_told
from tests.scene import Scene
from tests.treatment.moves import answer, offered, the_offer
from tests.treatment.supply import PHARMACY, Supplied, supplied

MOVES_DAYS = True


@pytest.fixture(scope="module")
def pharmacy(http: TestClient, scene: Scene, nurse: Counter, doctor: Counter) -> Supplied:
    return supplied(http, scene, nurse, doctor)


@pytest.fixture(scope="module")
def keeper(pharmacy: Supplied, http: TestClient, scene: Scene) -> Counter:
    """Who decides about the pharmacy's calendar."""
    return sign_in(http, scene, f"administrator{PHARMACY}", None)


# Closed days


def test_a_day_the_pharmacy_closes_later_falls_back(
    pharmacy: Supplied, keeper: Counter, scene: Scene
) -> None:
    """H15, H02: at once, with an entry of each person; both histories say the same."""
    person = pharmacy.sent(valid_to_days=20)
    closing = {"closed": [{"day": str(pharmacy.day(15)), "name": "Status"}]}
    closed = keeper.send("POST", "/calendar/days", closing)
    assert closed.status_code == 200, closed.text
    found = [pharmacy.holder(person, n) for n in (14, 15, 16)]
    assert found == [PHARMACY, 1, PHARMACY]
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told


def test_a_guests_day_goes_before_the_pharmacys(
    pharmacy: Supplied, later: Closed, next_door: Counter, scene: Scene
) -> None:
    """H02: decided for a closure it wins; withdrawn, the day is the pharmacy's again."""
    ahead = (later.first - scene.today).days
    person = pharmacy.sent(valid_to_days=600)
    assert pharmacy.holder(person, ahead) == PHARMACY
    scene.run(
        "INSERT INTO guest_right (person_id, day, from_unit_id, unit_id, reason, decided_by,"
        " decided_at) VALUES (%s, %s, 1, 2, 'påsken', 11, now())",
        *(person, later.first),
    )
    assert pharmacy.holder(person, ahead) == 2
    scene.run(
        "UPDATE guest_right SET withdrawn_at = now(), withdrawn_by = 11, withdrawn_reason = 'nej'"
        " WHERE person_id = %s",
        person,
    )
    assert pharmacy.holder(person, ahead) == PHARMACY
    # The planner leaves the pharmacy's day as it is.
    assert later.plan().get(person, {}).get("guest_days", []) is not None


# Moves


def test_a_move_to_another_unit_ends_the_coming_days(
    pharmacy: Supplied, scene: Scene, neighbour: Counter, next_door: Counter
) -> None:
    """H02: with the acceptance, in its transaction; what was had stays told."""
    person = pharmacy.sent()
    pharmacy.pharmacist.given(person)
    assert offered(pharmacy.doctor, person).status_code == 201
    accepted = answer(next_door, the_offer(pharmacy.doctor, person))
    assert accepted.status_code == 201, accepted.text
    assert pharmacy.holder(person, 1) == 2
    assert all(day <= scene.today for day in pharmacy.days(person))
    assert pharmacy.order(person)["state"] == "over"
    loaded, told = loaded_and_told(scene, person)
    assert loaded.claims == told.claims
    assert loaded.right_holder_unit_id == told.right_holder_unit_id


def test_a_death_leaves_nothing_to_hand_out(pharmacy: Supplied) -> None:
    """H02, H24: the next question says that it is over, and nothing else of the person."""
    person = pharmacy.sent()
    cursor = pharmacy.pharmacist.get("/supply-orders").json()["cursor"]
    told = {"status": "dead", "home_doses": 0, "note": "politiet har ringet"}
    over = pharmacy.doctor.send("POST", f"/people/{person}/course-ends", told)
    assert over.status_code == 201, over.text
    assert pharmacy.order(person)["state"] == "over"
    news = pharmacy.pharmacist.get(f"/supply-orders/changes?after={cursor}").json()["changes"]
    assert "course-ended" in {one["what"] for one in news}
    assert pharmacy.pharmacist.reserve(person).status_code in (404, 409)


# Midnight


def test_poured_at_the_pharmacy_before_midnight_it_is_given_after_it(
    pharmacy: Supplied, scene: Scene
) -> None:
    """H03: a dose is of its own day, also where the supply ends the day after."""
    person = pharmacy.sent(last_covered_days_ago=2)
    reservation = pharmacy.pharmacist.reserved(person)
    scene.run("ALTER TABLE supply_day DISABLE TRIGGER supply_day_decided")
    scene.run(
        "UPDATE supply_day SET ended_at = now(), ended_by = 11, ended_reason = 'slut'"
        " WHERE person_id = %s AND day > %s",
        *(person, scene.today),
    )
    scene.run(
        "UPDATE supply_day SET day = day - 1 WHERE person_id = %s AND ended_at IS NULL", person
    )
    scene.run("ALTER TABLE supply_day ENABLE TRIGGER supply_day_decided")
    to_yesterday_late(scene, reservation)
    assert pharmacy.holder(person) == 1
    assert problem(pharmacy.nurse.reserve(person), 409)
    given = pharmacy.pharmacist.give(reservation)
    assert given.status_code == 200, given.text


def test_every_day_over_a_change_of_the_clock(pharmacy: Supplied, scene: Scene) -> None:
    """H03: days are days, not spans of hours: none is lost or doubled at the end of March."""
    person = pharmacy.sent(valid_to_days=200)
    days = pharmacy.days(person)
    closed = pharmacy.day(15)
    asked = [scene.today + timedelta(days=n) for n in range(201)]
    assert days == [day for day in asked if day != closed]


# An outage


def ended(scene: Scene, downtime: int) -> None:
    scene.run("DELETE FROM paper_hold")
    scene.run("DELETE FROM downtime WHERE downtime_id = %s", downtime)


def test_while_the_pharmacy_hands_out_from_paper_its_days_stay(
    pharmacy: Supplied, scene: Scene
) -> None:
    """H20, H02: its paper holds for today and tomorrow; from the day after, the clinic has it."""
    person = pharmacy.sent()
    begun = scene.one(
        "INSERT INTO downtime (unit_id, found_by, started_at, told_at, told_by, reason)"
        " VALUES (%s, 'person', now(), now(), %s, 'strøm') RETURNING downtime_id",
        *(PHARMACY, 10 * PHARMACY),
    )
    refused = pharmacy.doctor.send(
        "POST", f"/people/{person}/supply-order/end", {"reason": "kommer hjem igen"}
    )
    problem(refused, 409, "paper-in-use")
    assert pharmacy.step_back(person).status_code == 201
    assert [pharmacy.holder(person, n) for n in range(3)] == [PHARMACY, PHARMACY, 1]
    assert "right-elsewhere" in findings(pharmacy.nurse.reserve(person))
    problem(pharmacy.pharmacist.reserve(person), 409, "down")
    ended(scene, begun)


def test_while_the_clinic_hands_out_from_paper_its_days_stay(
    pharmacy: Supplied, scene: Scene
) -> None:
    """H20, H02: the pharmacy begins the day after tomorrow: until then the clinic's list gives."""
    person = scene.person()
    begun = scene.one(
        "INSERT INTO downtime (unit_id, found_by, started_at, told_at, told_by, reason)"
        " VALUES (1, 'person', now(), now(), 10, 'strøm') RETURNING downtime_id"
    )
    assert pharmacy.arrange(person).status_code == 201
    assert [pharmacy.holder(person, n) for n in range(3)] == [1, 1, PHARMACY]
    ended(scene, begun)


def test_a_printed_list_of_the_pharmacy_is_struck_out_first(
    pharmacy: Supplied, scene: Scene
) -> None:
    """H20, H02: paper in somebody's hand goes on saying that the person may be given."""
    person = pharmacy.sent()
    made = pharmacy.pharmacist.send("POST", "/emergency-lists", {})
    assert made.status_code == 201, made.text
    path, why = f"/people/{person}/supply-order/end", {"reason": "kommer hjem igen"}
    refused = problem(pharmacy.doctor.send("POST", path, why), 409, "supply-on-paper")
    wrong = pharmacy.doctor.send("POST", path, why | {"struck_out": [[1, 999]]})
    assert problem(wrong, 422)["field"] == "struck_out"
    done = pharmacy.doctor.send("POST", path, why | {"struck_out": refused["rows"]})
    assert done.status_code == 201, done.text
    assert pharmacy.holder(person) == 1
    pharmacy.nurse.given(person)


# The day's end


def test_closing_the_day_misses_each_where_the_day_was(
    pharmacy: Supplied, scene: Scene, http: TestClient
) -> None:
    """H11: who did not come to the pharmacy is missed there and nowhere else, once."""
    scene.run("UPDATE emergency_list SET valid_until = now()")
    person, told = pharmacy.sent(), pharmacy.sent()
    path = f"/supply-orders/{pharmacy.order(told)['supply_id']}/missed"
    day = str(scene.today)
    assert pharmacy.pharmacist.send("POST", path, {"day": day}).status_code == 201
    for counter in (pharmacy.pharmacist, pharmacy.nurse):
        closed = counter.send("POST", f"/days/{day}/close")
        assert closed.status_code == 200, closed.text
    for one in (person, told):
        rows = scene.run("SELECT unit_id FROM missed_dose WHERE person_id = %s", one).fetchall()
        assert rows == [(PHARMACY,)]
    again = pharmacy.pharmacist.send("POST", path, {"day": day})
    assert again.status_code == 200
