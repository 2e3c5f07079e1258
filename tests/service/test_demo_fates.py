"""What else becomes of a dose in the synthetic year, made frequent here: the checker agrees."""

import json
from collections import Counter
from datetime import date
from typing import Any

import psycopg
import pytest

from audit.ledger.verify import verify_database
from dispensing.demo import courses, fates, observation, year
from dispensing.demo.loading import load_demo
from tests.clusters import Database
from tests.concurrency.checker import i1_no_double
from tests.concurrency.final import Final, read_final
from tests.concurrency.replay import replay
from tests.concurrency.tables import i5_stock, i6_tables_are_the_ledger

UNTIL = date(2026, 4, 20)
STATUSES = {
    "completed",
    "dead",
    "prison",
    "hospital_or_own_doctor",
    "moved",
    "expelled",
    "left_early",
    "unknown",
}
# The most that may be had on any one day, by the order's pattern and a doctor's extra.
MOST_OF_A_DAY = """
SELECT p.person_id, max(greatest(p.daily_ug, (SELECT max(w) FROM unnest(p.weekday_ug) w)))
    + coalesce((SELECT max(d.extra_ug) FROM doctor_decision d
        WHERE d.person_id = p.person_id), 0)::bigint
FROM prescription p GROUP BY p.person_id
"""


@pytest.fixture(scope="module")
def eventful(shared_database: Database) -> Database:
    """People to whom in six weeks happens what otherwise takes years."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fates, "CHANCES", dict.fromkeys(fates.CHANCES, 0.02))
        patch.setattr(year, "_UNUSUAL", 0.13)
        patch.setattr(courses, "_LEAVE", 0.03)
        patch.setattr(observation, "_LEAVES_EARLY", 0.5)
        load_demo(shared_database.owner_url, people=150, days=42, until=UNTIL, seed=11, processes=1)
    return shared_database


@pytest.fixture(scope="module")
def final(eventful: Database):
    with psycopg.connect(eventful.owner_url) as owner:
        found = read_final(owner, frozenset())
        most = dict(owner.execute(MOST_OF_A_DAY).fetchall())
        found.replayed = replay(found.entries, most, frozenset())
        yield found


def test_every_fate_happens(final: Final) -> None:
    """Swallowed, taken home, declined, returned, spilled, in part, vomited, reversed."""
    kinds = Counter(told.kind for told in final.entries)
    for kind in ("returned", "declined", "spilled", "reversed", "given", "uncertain"):
        assert kinds[f"handout-{kind}"] > 0, kind
    assert kinds["vomited"] > 1
    extra = final.rows("SELECT count(*) FROM doctor_decision WHERE extra_ug > 0")
    assert extra[0][0] > 0
    part = final.rows(
        "SELECT count(*) FROM handover h JOIN reservation r USING (reservation_id)"
        " WHERE h.amount_ug < (r.doses -> 0 ->> 2)::bigint AND jsonb_array_length(r.doses) = 1"
    )
    assert part[0][0] > 0
    states = dict(final.rows("SELECT state, count(*) FROM observation GROUP BY 1"))
    assert {"completed", "left_early"} <= states.keys()


def test_the_checker_finds_nothing(final: Final) -> None:
    """I1, I5, I6: no double dose, stock adds up, and the tables are the ledger's replay."""
    assert i1_no_double(final, {}) == []
    assert i5_stock(final, {}) == []
    assert i6_tables_are_the_ledger(final, {}) == []


def test_the_ledger_verifies(eventful: Database) -> None:
    report = verify_database(eventful.app_url)
    assert report.sound, report.problems[:5]


def test_who_leaves_leaves_with_a_status_and_gets_nothing_more(final: Final) -> None:
    told = {one.person_id: one for one in final.entries if one.kind == "person-ended"}
    ended = dict(final.rows("SELECT person_id, ended_on FROM person WHERE ended_on IS NOT NULL"))
    assert ended
    assert {person: one.facts["ended_on"] for person, one in told.items()} == {
        person: on.isoformat() for person, on in ended.items()
    }
    assert {one.facts["status"] for one in told.values()} <= STATUSES
    later = final.rows(
        "SELECT count(*) FROM reservation r JOIN person p USING (person_id) WHERE r.day >="
        " p.ended_on"
    )
    assert later == [(0,)]


def test_the_new_are_offered_buprenorphine_first(final: Final) -> None:
    """Contact, offer and answer stand in the ledger before the first order."""
    by_person: dict[int, dict[str, Any]] = {}
    for told in final.entries:
        if told.kind in ("contact-made", "substance-offered", "person-enrolled"):
            by_person.setdefault(told.person_id, {})[told.kind] = told
    new = [
        found for found in by_person.values() if {"substance-offered", "contact-made"} <= set(found)
    ]
    assert new
    for found in new:
        offer, contact = found["substance-offered"].facts, found["contact-made"].facts
        assert offer["substance"] == "buprenorphine"
        assert offer["accepted"] == (offer["reason"] is None)
        assert contact["contact_on"] <= found["person-enrolled"].facts["enrolled_on"]


def test_a_depot_order_says_in_the_ledger_how_many_days_lie_between(final: Final) -> None:
    rows = final.rows(
        "SELECT person_id, version, depot_interval_days FROM prescription"
        " WHERE product_code = 'bup-depot-w16'"
    )
    assert rows
    payloads = final.rows("SELECT payload FROM ledger_payload WHERE kind = 'prescription-signed'")
    told = {}
    for (payload,) in payloads:
        entry = json.loads(bytes(payload))
        facts = entry["facts"]
        told[entry["person_id"], facts["prescription"][1]] = facts["depot_interval_days"]
    assert all(told[person, version] == days for person, version, days in rows)
