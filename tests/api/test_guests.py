"""A day at another unit: proposed, decided by a doctor, handed out there and not at home."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.api.client import Counter, problem
from tests.api.closed_days import Closed, Measured, guests, listed, sent
from tests.scene import Scene

# What is proposed


def test_another_unit_is_proposed_where_nothing_may_go_home(
    measured: Measured, later: Closed
) -> None:
    """H15: a concrete unit, with its hours, the days, and what the rules say of the visit there."""
    person = measured()
    row = later.plan()[person]
    assert (row["proposal"], row["state"]) == ("call", "open")
    (offer,) = row["other_units"]
    assert (offer["unit_id"], offer["name"], offer["days"]) == (2, "Nabohuset", [str(later.first)])
    assert (offer["opens"], offer["closes"]) == ("08:00:00", "14:00:00")
    assert [one["on"] for one in offer["visits"]] == [str(later.first)]
    assert row["open_nowhere"] == []


def test_why_no_unit_can_is_said_unit_by_unit(
    scene: Scene, measured: Measured, later: Closed
) -> None:
    """H15: closed there, too, the preparation not in stock: said plainly, left to the doctor."""
    days = (later.first - scene.today).days
    person, other = measured(), measured(product="bupre-8", daily_ug=16_000)
    scene.run("UPDATE bottle SET closed_at = now() WHERE unit_id = 2 AND product_code = 'bupre-8'")
    row = later.plan()[other]
    assert row["other_units"] == []
    assert [(one["unit_id"], one["why"]) for one in row["not_there"]] == [(2, "no-stock")]
    scene.bottle(2, "bupre-8")
    scene.close_unit_on(2, days, "Lukket også her")
    row = later.plan()[person]
    assert (row["other_units"], row["open_nowhere"]) == ([], [str(later.first)])
    assert row["not_there"][0]["why"] == "closed"
    assert row["not_there"][0]["days"] == [str(later.first)]
    refused = later.decide(sent(later, person))
    assert problem(refused, 409)["type"].endswith("not-proposed")


def test_a_licence_is_asked_of_the_other_unit(
    scene: Scene, measured: Measured, later: Closed
) -> None:
    """H25: methadone to inject goes to an approved place only, on the day it is approved."""
    scene.run(
        "INSERT INTO unit_licence VALUES (1, 'methadone_injection', %s, NULL)",
        scene.today - timedelta(days=50),
    )
    person = measured(product="metadon-inj-10")
    row = later.plan()[person]
    assert row["other_units"] == []
    assert row["not_there"][0]["rules"] == ["unit-not-licensed"]
    scene.run("INSERT INTO unit_licence VALUES (2, 'methadone_injection', %s, NULL)", later.first)
    assert [one["unit_id"] for one in later.plan()[person]["other_units"]] == [2]


def test_the_same_facts_propose_the_same_unit_places_like_ours_first(
    scene: Scene, measured: Measured, later: Closed
) -> None:
    """A pharmacy comes after a clinic, a clinic that is full after one with room."""
    scene.unit(3, "Apoteket", "pharmacy")
    scene.unit(4, "Klinik Fire")
    person = measured()
    for full, order in ((None, [2, 4, 3]), (0, [4, 2, 3])):
        scene.run("UPDATE unit SET places = %s WHERE unit_id = 2", full)
        offers = later.plan()[person]["other_units"]
        assert [one["unit_id"] for one in offers] == order
    scene.run("UPDATE unit SET places = NULL WHERE unit_id = 2")


def test_who_takes_it_home_may_go_elsewhere_too(scene: Scene, later: Closed) -> None:
    """The doctor may choose otherwise for each person; home within the limit is the proposal."""
    person = scene.person(valid_to_days=600)
    row = later.plan()[person]
    assert row["proposal"] == "home" and row["other_units"]
    assert later.decide(sent(later, person)).status_code == 201
    row = later.plan()[person]
    assert row["state"] == "decided"
    assert [one["unit_id"] for one in row["guest_days"]] == [2]


# What it does


def test_on_the_day_the_other_unit_hands_out_and_the_own_one_cannot(
    scene: Scene, nurse: Counter, neighbour: Counter, measured: Measured, closed_now: Closed
) -> None:
    """H02: the right lies in one place; a dose of the day is had once, there."""
    person = measured()
    assert problem(neighbour.get(f"/people/{person}"), 404)
    assert closed_now.decide(sent(closed_now, person)).status_code == 201
    assert listed(neighbour)[person]["guest_of"] == scene.one("SELECT name FROM unit LIMIT 1")
    assert person not in listed(nurse)
    refused = nurse.reserve(person)
    findings = refused.json()["verdict"]["findings"]
    assert "right-elsewhere" in {one["rule_id"] for one in findings}
    neighbour.given(person)
    assert listed(neighbour)[person]["state"] == "given"
    assert neighbour.reserve(person).status_code == 409
    assert nurse.reserve(person).status_code == 409


def test_the_right_goes_back_by_itself(
    scene: Scene, nurse: Counter, neighbour: Counter, measured: Measured, closed_now: Closed
) -> None:
    """H02: for every day but those decided it lies at home, also where doses were handed out."""
    person = measured()
    closed_now.decide(sent(closed_now, person))
    neighbour.given(person)
    holders = "SELECT right_holder_unit_id FROM person_day WHERE person_id = %s"
    assert {row[0] for row in scene.run(holders, person).fetchall()} == {1}
    assert scene.one("SELECT right_holder_unit_id FROM person WHERE person_id = %s", person) == 1
    days = scene.run("SELECT day, unit_id FROM guest_in_force WHERE person_id = %s", person)
    tomorrow = scene.today + timedelta(days=1)
    assert days.fetchall() == [(scene.today, 2), (tomorrow, 2)]


def test_home_and_other_unit_at_once_one_dose(
    nurse: Counter, neighbour: Counter, measured: Measured, closed_now: Closed
) -> None:
    """H01, H02: both press in the same moment, eight times: one reservation, always there."""
    for _ in range(8):
        person = measured()
        closed_now.decide(sent(closed_now, person))
        with ThreadPoolExecutor(2) as both:
            answers = list(both.map(lambda counter: counter.reserve(person), (nurse, neighbour)))  # noqa: B023
        assert [answer.status_code for answer in answers] == [409, 201]


def test_a_dose_and_a_withdrawal_at_once_one_wins(
    doctor: Counter, neighbour: Counter, measured: Measured, closed_now: Closed
) -> None:
    """H02: handed out as a guest and not withdrawn, or withdrawn and not handed out."""
    for _ in range(6):
        person = measured()
        closed_now.decide(sent(closed_now, person))
        guest = guests(doctor, "going")[person][0]["guest_id"]
        path = f"/guests/{guest}/withdrawals"
        with ThreadPoolExecutor(2) as both:
            dose = both.submit(neighbour.reserve, person)
            end = both.submit(doctor.send, "POST", path, {"reason": "kommer ikke"})
        # Withdrawn first, the person is unknown there.
        codes = (dose.result().status_code, end.result().status_code)
        assert codes in ((201, 409), (404, 200), (409, 200))


def test_two_doctors_send_to_two_units_one_wins(
    scene: Scene, measured: Measured, later: Closed
) -> None:
    """H02, H15: a person-day has one place, whoever decides."""
    if scene.one("SELECT 1 FROM unit WHERE unit_id = 4") is None:
        scene.unit(4, "Klinik Fire")
    person = measured()
    asked = [sent(later, person, unit) for unit in (2, 4)]
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(later.decide, asked))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    rows = "SELECT count(*) FROM guest_right WHERE person_id = %s AND withdrawn_at IS NULL"
    assert scene.one(rows, person) == 1


def test_what_is_decided_stands_in_the_ledger_and_is_told_to_the_other_unit(
    scene: Scene, measured: Measured, later: Closed
) -> None:
    """H23: the person's own entry; and to the other unit how many come, which wakes its lists."""
    person = measured()
    before = scene.one("SELECT seq FROM ledger_head WHERE chain_id = 3")
    later.decide(sent(later, person))
    kind, facts = scene.events(person)[-1]
    assert kind == "guest-right-decided"
    assert facts["days"] == [str(later.first)]
    assert (facts["holder"], facts["unit"], facts["reason"]) == (1, 2, "påsken")
    told = (
        "SELECT convert_from(payload, 'UTF8')::jsonb FROM ledger_payload"
        " WHERE chain_id = 3 AND seq > %s AND kind = 'guests-changed'"
    )
    assert scene.one(told, before)["facts"]["days"] == {str(later.first): 1}


# What becomes of it


def test_a_doctor_of_either_unit_withdraws(
    scene: Scene, doctor: Counter, next_door: Counter, measured: Measured, later: Closed
) -> None:
    """H23: with a reason; the person is listed again, and may be sent again."""
    for who, way in ((doctor, "going"), (next_door, "coming")):
        person = measured()
        later.decide(sent(later, person))
        guest = guests(who, way)[person][0]["guest_id"]
        path = f"/guests/{guest}/withdrawals"
        assert problem(who.send("POST", path, {"reason": " "}), 422)
        assert who.send("POST", path, {"reason": "kan ikke alligevel"}).status_code == 200
        assert person not in guests(who, way)
        assert scene.kinds(person)[-1] == "guest-right-withdrawn"
        row = later.plan()[person]
        assert (row["state"], row["guest_days"]) == ("changed", [])
        assert later.decide(sent(later, person)).status_code == 201


def test_once_a_dose_is_taken_it_is_not_withdrawn(
    doctor: Counter, neighbour: Counter, measured: Measured, closed_now: Closed
) -> None:
    """H02: what was handed out to a guest is no dose of another place afterwards."""
    person = measured()
    closed_now.decide(sent(closed_now, person))
    guest = guests(doctor, "going")[person][0]["guest_id"]
    neighbour.reserved(person)
    refused = doctor.send("POST", f"/guests/{guest}/withdrawals", {"reason": "fortrudt"})
    assert problem(refused, 409, "guest-was-here")


def test_the_other_unit_closes_too(
    scene: Scene, doctor: Counter, neighbour: Counter, measured: Measured, later: Closed
) -> None:
    """H15: shown at both places, listed again for the home doctor, decided anew in one act."""
    person = measured()
    later.decide(sent(later, person))
    scene.close_unit_on(2, (later.first - scene.today).days, "Vandskade")
    assert guests(doctor, "going")[person][0]["problem"] == "closed"
    assert guests(neighbour)[person][0]["problem"] == "closed"
    row = later.plan()[person]
    assert (row["state"], [one["broken"] for one in row["guest_days"]]) == ("changed", [True])
    assert later.decide(later.chosen(person, "called")).status_code == 201
    assert scene.kinds(person)[-1] == "guest-right-withdrawn"
    assert (later.plan()[person]["state"], guests(neighbour).get(person)) == ("called", None)


@pytest.mark.parametrize("fate", ["ended", "open"])
def test_what_can_no_longer_be_is_shown_and_never_dropped(
    scene: Scene, doctor: Counter, neighbour: Counter, measured: Measured, later: Closed, fate: str
) -> None:
    """H02, H15: the course ended, the own unit open again after all."""
    person = measured()
    later.decide(sent(later, person))
    if fate == "ended":
        scene.run("UPDATE person SET ended_on = %s WHERE person_id = %s", scene.today, person)
    else:
        opened = {"closed": [], "opened": [str(later.first)]}
        assert doctor.send("POST", "/calendar/days", opened).status_code == 200
    assert guests(doctor, "going")[person][0]["problem"] == fate
    assert guests(neighbour)[person][0]["problem"] == fate
    if fate == "ended":
        scene.run("UPDATE person SET ended_on = NULL WHERE person_id = %s", person)


def test_another_order_since_is_decided_again(
    scene: Scene, measured: Measured, later: Closed
) -> None:
    """H10: the day was decided for one order; for another the doctor looks again."""
    person = measured()
    later.decide(sent(later, person))
    scene.prescribe(
        person,
        product="metadon-1",
        daily_ug=75_000,
        parts_ug=None,
        valid_to_days=600,
        high_dose_reason=None,
        from_days_ago=0,
    )
    assert later.plan()[person]["state"] == "changed"
    assert later.decide(sent(later, person)).status_code == 201
    assert later.plan()[person]["state"] == "decided"
    assert len(later.plan()[person]["guest_days"]) == 1
