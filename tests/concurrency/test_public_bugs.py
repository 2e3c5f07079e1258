"""Bugs that dispensing and record systems in public repositories had, played against this service.

Each test names the kind of bug: submitted twice, stale stock, lost updates, cancelled twice, a
delivery reported as failed that had happened, search and create in a race, a stale order.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.concurrency.calling import Caller
from tests.concurrency.conftest import Place
from tests.concurrency.fire import PHARMACY
from tests.concurrency.linear import TAKEN
from tests.concurrency.processes import free_port, start, wait_for_port

Told = dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def service(place: Place) -> Iterator[None]:
    place.port()
    yield
    report = place.check()
    assert report.sound, f"\n{report}"


def all_at_once(place: Place, callers: list[Caller], act: Any) -> list[Told]:
    """What every client was told by ``act(caller, number)``, done in the same moment."""
    told: dict[int, Told] = {}

    def keep(caller: Caller, number: int) -> None:
        answer = act(caller, number)
        assert answer is not None, "no definite answer"
        told[number] = answer

    place.at_once(callers, keep)
    return [told[number] for number in range(len(callers))]


def reserved(place: Place, person: int, **changes: Any) -> int:
    told = place.caller().reserve(place.key(), person, place.today, **changes)
    assert told is not None and told["status"] == 201, told
    return int(told["answer"]["reservation_id"])


def tell(place: Place, verb: str, person: int, reservation_id: int, user: str = "nurse1") -> Told:
    told = place.caller(user=user).tell(place.key(), verb, person, reservation_id)
    assert told is not None
    return told


def slug(told: Told) -> str:
    return str(told["answer"].get("type", "")).rpartition("/")[2]


def test_submitted_fifty_times_with_one_key(place: Place) -> None:
    """H04: one hand-out and fifty equal answers, whatever the button did."""
    person, key = place.person(), place.key()
    callers = [place.caller() for _ in range(50)]
    told = all_at_once(place, callers, lambda one, _: one.reserve(key, person, place.today))
    assert {one["status"] for one in told} == {201}
    assert all(one["answer"] == told[0]["answer"] for one in told)
    made = place.scene.one(
        "SELECT count(*) FROM claim WHERE person_id = %s AND state <> 'given'", person
    )
    assert made == 1


def test_submitted_with_fifty_keys(place: Place) -> None:
    """H01: one success; the others are told that the dose is taken, and why."""
    person = place.person()
    keys = [place.key() for _ in range(50)]
    callers = [place.caller(user=("nurse1", "nurse1b")[number % 2]) for number in range(50)]
    told = all_at_once(
        place, callers, lambda one, number: one.reserve(keys[number], person, place.today)
    )
    assert Counter(one["status"] for one in told) == {201: 1, 409: 49}
    refused = [one["answer"]["blocking"] for one in told if one["status"] == 409]
    assert all(TAKEN & set(blocking) for blocking in refused)


def test_one_key_for_two_people(place: Place) -> None:
    """H04, H07: a key that belongs to another request gives nothing, also in the same moment."""
    people, key = [place.person(), place.person()], place.key()
    callers = [place.caller() for _ in range(10)]
    told = all_at_once(
        place, callers, lambda one, number: one.reserve(key, people[number % 2], place.today)
    )
    assert Counter(one["status"] for one in told) == {201: 5, 422: 5}
    # The journal knows one person for a key: what it says of the other is not this test's matter.
    lost = people[1] if told[0]["status"] == 201 else people[0]
    assert place.scene.one("SELECT count(*) FROM refusal WHERE person_id = %s", lost) == 0
    place.journal.lines = [
        line
        for line in place.journal.lines
        if line.get("key") != key
        or (line.get("person", people[0]) != lost and line.get("status", 201) == 201)
    ]


def test_two_counters_drain_one_bottle(place: Place) -> None:
    """Stale stock: three doses are left and twelve people stand there. Never below zero, no 500."""
    superuser = place.superuser
    superuser.execute(
        "UPDATE bottle SET closed_at = now() WHERE unit_id = 1 AND product_code = 'metadon-1'"
    )
    bottle = place.scene.bottle(1, "metadon-1", opening_ug=3 * 80_000 + 79_999)
    try:
        people = [place.person() for _ in range(12)]
        keys = [place.key() for _ in people]
        callers = [place.caller(user=("nurse1", "nurse1b")[n % 2]) for n in range(12)]
        told = all_at_once(
            place, callers, lambda one, n: one.reserve(keys[n], people[n], place.today)
        )
    finally:
        superuser.execute("UPDATE bottle SET closed_at = now() WHERE bottle_id = %s", [bottle])
        superuser.execute("UPDATE bottle SET closed_at = NULL WHERE bottle_id <> %s", [bottle])
    assert Counter(one["status"] for one in told) == {201: 3, 409: 9}
    assert {slug(one) for one in told if one["status"] == 409} == {"bottle-too-low"}
    assert place.scene.one("SELECT balance_ug FROM bottle WHERE bottle_id = %s", bottle) == 79_999
    forget(place, people, told)


def forget(place: Place, people: list[int], told: list[Told]) -> None:
    """Leave refusals that speak of stock and not of the dose out of the doses' histories."""
    gone = {one["key"] for one in told if one["status"] == 409}
    place.journal.lines = [line for line in place.journal.lines if line["key"] not in gone]


def test_balance_after_every_step(place: Place) -> None:
    """Lost updates: hand-outs, returns, spills and reversals; the balance is the sum each time."""
    chance = random.Random(11)
    person = place.person()
    for _ in range(12):
        number = reserved(place, person)
        verb = chance.choice(["given", "returned", "refused", "spilled"])
        assert tell(place, verb, person, number)["status"] == 200
        if verb == "given":
            assert not place.check().broken
            assert tell(place, "reversals", person, number)["status"] == 200
        report = place.check()
        assert report.sound, f"\n{report}"


def test_updates_of_one_reservation_at_once(place: Place) -> None:
    """H06: given, returned, spilled and refused in one moment: one of them happened."""
    person = place.person()
    number = reserved(place, person)
    verbs = ["given", "returned", "spilled", "refused"] * 4
    keys = [place.key() for _ in verbs]
    callers = [place.caller(user=("nurse1", "nurse1b")[n % 2]) for n in range(len(verbs))]
    told = all_at_once(place, callers, lambda one, n: one.tell(keys[n], verbs[n], person, number))
    assert Counter(one["status"] for one in told) == {200: 1, 409: 15}
    assert {slug(one) for one in told if one["status"] == 409} == {"already-resolved"}


def test_cancelled_twice_in_parallel(place: Place) -> None:
    """A hand-out is reversed once, its stock returns once; a reversal is not reversed."""
    person = place.person()
    number = reserved(place, person)
    assert tell(place, "given", person, number)["status"] == 200
    keys = [place.key() for _ in range(8)]
    callers = [place.caller(user=("nurse1", "nurse1b")[n % 2]) for n in range(8)]
    told = all_at_once(
        place, callers, lambda one, n: one.tell(keys[n], "reversals", person, number)
    )
    assert Counter(one["status"] for one in told) == {200: 1, 409: 7}
    assert {slug(one) for one in told if one["status"] == 409} == {"already-reversed"}
    assert slug(tell(place, "reversals", person, number)) == "already-reversed"
    back = "SELECT sum(delta_ug)::bigint FROM stock_movement WHERE reservation_id = %s"
    assert place.scene.one(back, number) == 0
    # The dose is free again, and the old hand-out's reversal does not touch the new one.
    again = reserved(place, person)
    assert tell(place, "given", person, again)["status"] == 200
    assert slug(tell(place, "reversals", person, number)) == "already-reversed"
    assert place.scene.one("SELECT state FROM claim WHERE reservation_id = %s", again) == "given"


def test_yesterdays_dose_cancelled_after_todays(place: Place) -> None:
    """A doctor reverses an earlier day once, in parallel; today's dose stays as it is."""
    person = place.person()
    day_before = "SELECT max(reservation_id) FROM reservation WHERE person_id = %s"
    earlier = place.scene.one(day_before, person)
    number = reserved(place, person)
    assert tell(place, "given", person, number)["status"] == 200
    assert tell(place, "reversals", person, earlier)["status"] == 403
    keys = [place.key() for _ in range(6)]
    callers = [place.caller(user="doctor1") for _ in range(6)]
    told = all_at_once(
        place, callers, lambda one, n: one.tell(keys[n], "reversals", person, earlier)
    )
    assert Counter(one["status"] for one in told) == {200: 1, 409: 5}
    assert place.scene.one("SELECT state FROM claim WHERE reservation_id = %s", number) == "given"


@pytest.mark.parametrize("cut", ["before-request", "before-answer", "within-answer"])
def test_a_delivery_reported_as_failed_had_happened(place: Place, cut: str, tmp_path: Path) -> None:
    """H04: the line is cut round the commit; the repeat gets the first answer, one dose is out."""
    person, key, door = place.person(), place.key(), free_port()
    log = tmp_path / "cuts"
    proxy = start("proxy", str(door), str(place.port()), "1", "1", str(log), cut)
    try:
        wait_for_port(door, proxy)
        lost = place.caller(port=door)
        lost.give_up = 1.0
        assert lost.reserve(key, person, place.today) is None
        assert log.read_text().split() == [cut]
    finally:
        proxy.kill()
        proxy.wait()
    told = place.caller().reserve(key, person, place.today)
    again = place.caller().reserve(key, person, place.today)
    assert told is not None and again is not None
    assert (told["status"], again["answer"]) == (201, told["answer"])
    made = place.scene.one("SELECT count(*) FROM reservation WHERE person_id = %s", person)
    assert made == 2  # the scene's own of an earlier day, and this one


def test_an_unknown_outcome_blocks_until_a_person_tells(place: Place) -> None:
    """H04, H06: nobody knows whether it was swallowed: no dose anywhere, until somebody knows."""
    person = place.person()
    number = reserved(place, person)
    assert tell(place, "doubts", person, number)["status"] == 200
    refused = place.caller(user="nurse1b").reserve(place.key(), person, place.today)
    assert refused is not None and "outcome-uncertain" in refused["answer"]["blocking"]
    assert tell(place, "given", person, number, user="nurse1b")["status"] == 200
    late = place.caller().reserve(place.key(), person, place.today)
    assert late is not None and "already-given" in late["answer"]["blocking"]


def test_search_then_create_in_eight_threads(place: Place) -> None:
    """H01, H02: eight pharmacy clients look, all see it free, all create: one gets the dose."""
    person = place.person(right_holder=PHARMACY)
    callers = [place.caller(user="nurse2", unit=PHARMACY) for _ in range(8)]
    clinic = place.caller()
    keys = [place.key() for _ in range(9)]

    def look_then_create(one: Caller, number: int) -> Told | None:
        line = HTTPConnection(*one.doors[0], timeout=30)
        headers = {"Authorization": f"Bearer {one.token}"}
        line.request("GET", f"/api/v1/people/{person}", headers=headers)
        seen = line.getresponse()
        seen.read()
        line.close()
        assert seen.status == 200
        return one.reserve(keys[number], person, place.today)

    told = all_at_once(place, [*callers, clinic], look_then_create)
    assert Counter(one["status"] for one in told) == {201: 1, 409: 8}
    assert "right-elsewhere" in told[8]["answer"]["blocking"]


def test_the_order_changes_while_it_is_being_reserved(place: Place) -> None:
    """H10: the version is checked under the lock; no dose of an old order after a new one.

    A doctor's new version (70 mg) is committed under the person's lock between the attempts.
    """
    for _ in range(6):
        person = place.person()
        keys = [place.key() for _ in range(8)]
        callers = [place.caller(user=("nurse1", "nurse1b")[n % 2]) for n in range(8)]
        changed: list[Any] = []

        def act(
            one: Caller,
            n: int,
            person: int = person,
            keys: list[str] = keys,
            changed: list[Any] = changed,
        ) -> None:
            if n == 4:
                with place.scene.connection.transaction():
                    lock = "SELECT 1 FROM person WHERE person_id = %s FOR UPDATE"
                    place.scene.run(lock, person)
                    place.scene.prescribe(
                        person,
                        product="metadon-1",
                        daily_ug=70_000,
                        parts_ug=None,
                        valid_to_days=60,
                        high_dose_reason=None,
                        from_days_ago=0,
                    )
                    changed.append(place.scene.one("SELECT clock_timestamp()"))
                return
            told = one.reserve(keys[n], person, place.today)
            assert told is not None
            if told["status"] == 201:
                one.tell(keys[n] + "-back", "returned", person, told["answer"]["reservation_id"])

        place.at_once(callers, act)
        stale = (
            "SELECT count(*) FROM reservation WHERE person_id = %s AND prescription_version = 1"
            " AND reserved_at > %s"
        )
        assert place.scene.one(stale, person, changed[0]) == 0
        late = place.caller().reserve(place.key(), person, place.today)
        assert late is not None and late["status"] == 409
        assert "prescription-changed" in late["answer"]["blocking"]
