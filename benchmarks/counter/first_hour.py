"""The first hour of all units at once: everyone who swallows here today comes within the hour.

The people are the synthetic Copenhagen's, with their own orders, arrangements and troubles: each is
looked up, the plan is reserved and given, as at the counter; refusals are part of the morning. The
hour's rate is kept for a minute, then ten times that rate, then sixty times: the hour in a minute.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from datetime import date

import psycopg

from benchmarks.bars import Bar, Result
from benchmarks.counter.client import Visit, apart, open_loop
from benchmarks.counter.clinic import GIVING, keep_signed_in
from benchmarks.counter.handing_out import arrivals, figures
from benchmarks.counter.server import served
from benchmarks.timing import percentile
from dispensing.embedded import Cluster
from tests.clusters import Database, clone_database

SEED, HOUR_S, WORKERS, BAR_MS = 13, 3_600.0, 2, 50.0
DEMO_SEED = 7

# Who swallows here today: the arrangement supervises this weekday and no dose of today is in hand.
# The place is the one that may dispense to the person today; the counter one where the ordered
# product stands open.
EXPECTED = """
SELECT DISTINCT ON (p.person_id) p.person_id, b.counter_id, b.scan_code
FROM person p
JOIN LATERAL (SELECT a.supervised_weekdays FROM arrangement a
    WHERE a.person_id = p.person_id AND a.valid_from <= %(today)s
    ORDER BY a.version DESC LIMIT 1) a ON true
JOIN LATERAL (SELECT r.product_code FROM prescription r
    WHERE r.person_id = p.person_id AND r.valid_from <= %(today)s
    ORDER BY r.version DESC LIMIT 1) r ON true
LEFT JOIN person_day d ON d.person_id = p.person_id AND d.day = %(today)s
LEFT JOIN counter n ON n.unit_id = coalesce(d.right_holder_unit_id, p.right_holder_unit_id)
LEFT JOIN bottle b ON b.counter_id = n.counter_id AND b.product_code = r.product_code
    AND b.closed_at IS NULL AND EXISTS (SELECT 1 FROM batch t
        WHERE t.batch_id = b.batch_id AND t.expires_on >= %(today)s)
WHERE p.ended_on IS NULL
    AND extract(isodow FROM %(today)s::date)::int = ANY (a.supervised_weekdays)
    AND NOT EXISTS (SELECT 1 FROM claim c
        WHERE c.person_id = p.person_id AND c.for_day = %(today)s)
ORDER BY p.person_id, b.counter_id, b.balance_ug DESC
"""
NURSES = """
SELECT DISTINCT ON (c.counter_id) c.counter_id, s.staff_id
FROM counter c JOIN staff s USING (unit_id)
WHERE s.role IN ('nurse', 'doctor')
ORDER BY c.counter_id, s.role = 'nurse' DESC, s.staff_id
"""


@dataclass(frozen=True, slots=True)
class Copenhagen:
    """The demonstration of today, with somebody signed in at every counter."""

    database: Database
    today: date
    tokens: dict[int, str]
    #: (person, counter, bottle's code) of everyone expected to swallow here today.
    expected: list[tuple[int, int | None, str | None]]


def first_hour(cluster: Cluster, template: str, *, people: int, days: int, seconds: int) -> Result:
    """The rate of the hour, ten times that rate, and then whoever is left at sixty times."""
    city = copenhagen(cluster, template, people, days)
    chance = random.Random(SEED)
    waiting = [one for one in city.expected if one[1] in city.tokens]
    chance.shuffle(waiting)
    rate = len(waiting) / HOUR_S
    found: dict[str, dict[str, object]] = {}
    bars = []
    with served(city.database.app_url, WORKERS) as port:
        keep_signed_in(city.database)
        warm, waiting = waiting[:40], waiting[40:]
        apart(open_loop, port, _visits(city, warm, arrivals(chance, 20, 10)), GIVING, "warm")
        for name, times in (("the hour's rate", 1), ("ten times", 10), ("sixty times", 60)):
            moments = arrivals(chance, rate * times, seconds)
            come, waiting = waiting[: len(moments)], waiting[len(moments) :]
            visits = _visits(city, come, moments)
            measured = apart(open_loop, port, visits, GIVING, f"rate-{times}")
            every = [
                one
                for kind in ("view", "reserve", "give")
                for one in measured.latencies.get(kind, ())
            ]
            found[name] = {
                "arrivals_per_second": round(rate * times, 2),
                "arrivals": len(come),
                **figures(measured),
            }
            bars.append(
                Bar(
                    f"p99 of a request, first hour of all units at {name}",
                    percentile(every, 0.99) * 1000,
                    BAR_MS,
                    "ms",
                    at_least=False,
                )
            )
    about = {"expected_today": len(city.expected), "people": people, "seconds_each": seconds}
    return Result("first-hour", bars, about | found)


def _visits(
    city: Copenhagen, come: list[tuple[int, int | None, str | None]], moments: list[float]
) -> list[Visit]:
    return [
        Visit(at, city.tokens[counter_id or 0], None, person_id, bottle_code=code)
        for (person_id, counter_id, code), at in zip(come, moments, strict=False)
    ]


def copenhagen(cluster: Cluster, template: str, people: int, days: int) -> Copenhagen:
    """Load the demonstration as it stands this morning and sign somebody in everywhere."""
    from dispensing.demo.loading import load_demo

    database = clone_database(cluster, template)
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        row = connection.execute("SELECT (now() AT TIME ZONE 'Europe/Copenhagen')::date").fetchone()
        assert row is not None
        today: date = row[0]
    load_demo(database.owner_url, people=people, days=days, until=today, seed=DEMO_SEED)
    tokens: dict[int, str] = {}
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        for counter_id, staff_id in connection.execute(NURSES).fetchall():
            tokens[counter_id] = f"bench-{counter_id}"
            connection.execute(
                "INSERT INTO staff_session (session_hash, staff_id, counter_id, started_at,"
                " seen_at) VALUES (%s, %s, %s, now(), now())",
                (hashlib.sha256(tokens[counter_id].encode()).digest(), staff_id, counter_id),
            )
        expected = connection.execute(EXPECTED, {"today": today}).fetchall()
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    return Copenhagen(database, today, tokens, [tuple(row) for row in expected])
