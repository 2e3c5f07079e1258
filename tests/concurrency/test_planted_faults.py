"""Barriers taken out on purpose, and records falsified: what must still hold, and what is caught.

Five barriers keep a dose from being given twice: the lock on the person, the unique claim, the
day's limit, the interval between swallowed doses, and the person's own order in the ledger. The
idempotency key keeps an act from being done twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta

import psycopg
import pytest

from tests.concurrency.calling import Caller
from tests.concurrency.conftest import Place
from tests.concurrency.history import Operation

IN_THE_DATABASE = ("claim", "limit", "interval", "order")
PEOPLE = 3
# Of sixteen at once some always read before the first one commits; a few people make it sure.
PEOPLE_UNTIL_DOUBLE = 10


@pytest.fixture(scope="module", autouse=True)
def services(place: Place) -> Iterator[None]:
    """Both services start beside each other."""
    place.open()
    place.open("no-lock")
    yield


def contested(place: Place, *faults: str) -> None:
    people = [place.person() for _ in range(PEOPLE)]
    place.contest(people, *faults)
    report = place.check()
    assert report.sound, f"\n{report}"
    given = {one.person_id for one in place.history.values() if one.verb == "given"}
    assert given >= set(people)


def test_the_row_lock_off(place: Place) -> None:
    """H01: the barriers of the database alone."""
    contested(place, "no-lock")


@pytest.mark.parametrize(
    "barriers",
    [("claim",), ("limit",), ("claim", "limit"), ("interval",), ("order",), IN_THE_DATABASE],
    ids="+".join,
)
def test_barriers_of_the_database_off(place: Place, barriers: tuple[str, ...]) -> None:
    """H01, H03: one barrier out, or all of the database's out with the lock alone on guard."""
    with place.without(*barriers):
        contested(place)


def test_ten_to_midnight_and_ten_past(place: Place) -> None:
    """H03: yesterday's dose ten minutes ago: the rule refuses today's, and so does the barrier."""
    person = place.person()
    earlier = place.scene.one("SELECT reservation_id FROM reservation WHERE person_id = %s", person)
    place.scene.run(
        "INSERT INTO claim (person_id, for_day, part, reservation_id, unit_id, amount_ug, how,"
        " state, claimed_at, swallowed_at, swallow_during) SELECT %s, %s, 1, %s, 1, 80000,"
        " 'supervised', 'given', at, at, tstzrange(at, at + interval '20 hours')"
        " FROM (SELECT now() - interval '10 minutes' AS at) AS swallowed",
        person,
        place.scene.today - timedelta(days=1),
        earlier,
    )
    place.contest([person], "no-lock")
    told = [one for one in place.history.values() if one.person_id == person]
    assert {one.status for one in told} == {409}
    assert all("too-soon" in one.answer["blocking"] for one in told)
    with (
        pytest.raises(psycopg.errors.ExclusionViolation, match="claim_interval"),
        psycopg.connect(place.database.app_url) as application,
    ):
        application.execute(
            "INSERT INTO claim (person_id, for_day, part, reservation_id, unit_id, amount_ug,"
            " how, state, claimed_at, swallow_during) VALUES (%s, %s, 1, %s, 1, 80000,"
            " 'supervised', 'reserved', now(), tstzrange(now(), now() + interval '20 hours'))",
            [person, place.scene.today, earlier],
        )
    report = place.check()
    assert report.sound, f"\n{report}"


def test_the_persons_order_in_the_ledger_alone(place: Place) -> None:
    """H01: two acts of one person can never have the same number."""
    with place.without("claim", "limit", "interval"):
        contested(place, "no-lock")


def test_one_barrier_alone_and_then_none(own_place: Place) -> None:
    """H01: one of three alone still gives no double; none at all, and the checker says I1.

    The second half is the proof that the fire can fail. Without lock and order two refusals may
    bear the same number (I4), which is untidy but gives nobody a dose.
    """
    place = own_place
    place.take_out("order")
    for alone in ("claim", "limit", "interval"):
        with place.without(*(one for one in ("claim", "limit", "interval") if one != alone)):
            place.contest([place.person() for _ in range(PEOPLE)], "no-lock")
        report = place.check()
        assert report.broken <= {"I4"}, f"{alone} alone\n{report}"
    place.take_out("claim", "limit", "interval")
    for _ in range(PEOPLE_UNTIL_DOUBLE):
        place.contest([place.person()], "no-lock")
        report = place.check()
        if "I1" in report.broken:
            break
    assert {"I1", "I7"} <= report.broken, f"\n{report}"
    assert any("is live" in problem for problem in report.problems["I1"])


def same_key(place: Place, *faults: str) -> list[int]:
    """Sixteen clients send one key at once; the definite answers they got."""
    person, key = place.person(), place.key()
    place.port(*faults)
    callers = [place.caller(*faults) for _ in range(16)]
    statuses: list[int] = []

    def act(caller: Caller, number: int) -> None:
        caller.until = time.monotonic() + 2
        told = caller.reserve(key, person, place.today)
        if told is not None:
            statuses.append(told["status"])

    place.at_once(callers, act)
    return statuses


def test_a_key_that_is_never_found_again(own_place: Place) -> None:
    """H04: the key's own uniqueness, and behind it every other barrier, hold."""
    assert same_key(own_place, "blind-key") == [201]
    assert len(own_place.superuser.execute("SELECT FROM idempotency").fetchall()) == 1
    report = own_place.check()
    assert report.sound, f"\n{report}"


def test_no_idempotency_at_all(own_place: Place) -> None:
    """H04: repeats are executed as new acts; none of them gets a dose, and the checker sees it."""
    own_place.take_out("key")
    assert same_key(own_place, "blind-key").count(201) == 1
    report = own_place.check()
    assert "I1" not in report.broken, f"\n{report}"
    assert "I3" in report.broken, f"\n{report}"


FALSIFIED = {
    "a bottle's balance": ("I5", "UPDATE bottle SET balance_ug = balance_ug - 80000"),
    "a pouring without a movement": (
        "I5",
        "DELETE FROM stock_movement WHERE kind = 'poured' AND reservation_id = {given}",
    ),
    "a claim gone": ("I6", "DELETE FROM claim WHERE reservation_id = {given}"),
    "a handover's amount": (
        "I6",
        "UPDATE handover SET amount_ug = 70000 WHERE reservation_id = {given}",
    ),
    "a swallowed dose's moment": (
        "I6",
        "UPDATE administration SET swallowed_at = swallowed_at - interval '1 hour'"
        " WHERE reservation_id = {given}",
    ),
    "the day's use": ("I6", "UPDATE person_day SET used_ug = 0 WHERE person_id = {person}"),
    "another outcome": (
        "I6",
        "UPDATE resolution SET outcome = 'returned' WHERE reservation_id = {given}",
    ),
    "a second handover of the dose": (
        "I1",
        "UPDATE handover SET person_id = {person} WHERE reservation_id = {other}",
    ),
    "the newest entry gone": (
        "I4",
        "ALTER TABLE ledger_entry DISABLE TRIGGER ALL; ALTER TABLE ledger_payload DISABLE TRIGGER"
        " ALL; DELETE FROM ledger_payload WHERE (chain_id, seq) IN (SELECT 1, max(seq) FROM"
        " ledger_entry WHERE chain_id = 1); DELETE FROM ledger_entry WHERE (chain_id, seq) IN"
        " (SELECT 1, max(seq) FROM ledger_entry WHERE chain_id = 1)",
    ),
    "an acknowledged entry's hash": (
        "I2",
        "ALTER TABLE ledger_entry DISABLE TRIGGER ALL; UPDATE ledger_entry SET hash ="
        " sha256(hash) WHERE (chain_id, seq) = (SELECT chain_id, max(entry_seq) FROM idempotency"
        " WHERE chain_id = 1 GROUP BY 1)",
    ),
    "an answer forgotten": (
        "I3",
        "DELETE FROM idempotency WHERE convert_from(answer, 'UTF8')::json->>'state' = 'given'",
    ),
    "an answer without its entry": (
        "I9",
        "UPDATE idempotency SET entry_seq = entry_seq + 100000 WHERE status = 200",
    ),
}


@pytest.mark.parametrize("what", FALSIFIED)
def test_a_falsified_record_is_caught(place: Place, what: str) -> None:
    """H05, H06: a superuser with every trigger off changes one thing; it is seen."""
    invariant, sql = FALSIFIED[what]
    if not any(one.verb == "given" and one.status == 200 for one in place.history.values()):
        place.contest([place.person(), place.person()])
    told = [one for one in place.history.values() if one.verb == "given" and one.status == 200]
    values = {
        "given": told[0].reservation_id,
        "person": told[0].person_id,
        "other": told[-1].reservation_id,
    }
    with place.superuser.transaction():
        place.superuser.execute(sql.format(**values))
        report = place.check()
        raise psycopg.Rollback
    assert invariant in report.broken, f"\n{report}"
    assert place.check().sound


def falsify(history: dict[str, Operation], what: str) -> None:
    """Change what the clients say they were told."""
    reserved = next(one for one in history.values() if one.verb == "reserve" and one.status == 201)
    refused = next(one for one in history.values() if "already-given" in _blocking(one))
    status, answer = reserved.answers[0]
    if what == "another receipt":
        answer["receipt"]["hash"] = "00" * 32
    elif what == "an acknowledged reservation that is nowhere":
        answer["reservation_id"] += 10**6
    elif what == "another answer to the repeat":
        reserved.answers.append((status, answer | {"at": "2026-01-01T00:00:00Z"}))
    elif what == "a refusal before anybody asked":
        refused.started, refused.ended = -2.0, -1.0
    elif what == "a success for two":
        refused.answers = [(201, deepcopy(answer))]


def _blocking(operation: Operation) -> list[str]:
    return operation.answer.get("blocking", [])


@pytest.mark.parametrize(
    ("what", "invariant"),
    [
        ("another receipt", "I2"),
        ("an acknowledged reservation that is nowhere", "I2"),
        ("another answer to the repeat", "I3"),
        ("a refusal before anybody asked", "I7"),
        ("a success for two", "I7"),
    ],
)
def test_a_falsified_history_is_caught(place: Place, what: str, invariant: str) -> None:
    """H04, H05: what clients were told does not agree with what is there."""
    place.contest([place.person()])
    person = place.scene.one("SELECT max(person_id) FROM person")
    late = place.caller().reserve(place.key(), person, place.today)
    assert late is not None and late["status"] == 409
    history = deepcopy(place.history)
    falsify(history, what)
    report = place.check(history)
    assert invariant in report.broken, f"\n{report}"
