"""The same hand-out with ten thousand rows of history behind it, and with ten million."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import psycopg

from benchmarks.bars import Bar, Result
from benchmarks.counter import pgbench
from benchmarks.counter.client import Visit, apart, one_by_one
from benchmarks.counter.clinic import (
    FIRST_PERSON,
    GIVING,
    ROWS_PER_DOSE,
    Clinic,
    build,
    history_rows,
    keep_signed_in,
)
from benchmarks.counter.server import served
from benchmarks.counter.statements import PLAIN, frozen
from dispensing.embedded import Cluster

TIMES = 1.3
SMALL_ROWS, FORTNIGHT, PEOPLE = 10_000, 14, 2_000
# Both clinics are asked for the same people: those that the small one has.
MEASURED = SMALL_ROWS // ROWS_PER_DOSE // FORTNIGHT
OVER_HTTP = 30
FIRST_FREE_ID = 900_000_000

# What today's hand-outs left, so that the same people can be handed out to again.
RESET = (
    "DELETE FROM stock_movement WHERE reservation_id > %(last)s",
    "DELETE FROM claim WHERE reservation_id > %(last)s",
    "DELETE FROM handover WHERE reservation_id > %(last)s",
    "DELETE FROM administration WHERE reservation_id > %(last)s",
    "DELETE FROM resolution WHERE reservation_id > %(last)s",
    "DELETE FROM reservation WHERE reservation_id > %(last)s",
    "DELETE FROM person_day WHERE day = %(today)s AND person_id BETWEEN %(first)s"
    " AND %(first)s + 1000",
    "DELETE FROM idempotency WHERE key LIKE 'bench-%%'",
)


def growing(cluster: Cluster, template: str, rows: int, rounds: int) -> Result:
    """One client, the small and the large history in turns; medians of single hand-outs.

    The small one is a unit's first fortnight (55 people), the large one a year or more of 2,000;
    the people measured have a fortnight of claims in the window in both, so that the facts loaded
    are equally large and only what lies behind differs.
    """
    days = max(FORTNIGHT, round(rows / ROWS_PER_DOSE / PEOPLE))
    start = time.monotonic()
    clinics = {
        "small": build(cluster, template, people=MEASURED, days=FORTNIGHT, full=True),
        "large": build(cluster, template, people=PEOPLE, days=days, full=True),
    }
    loading_s = time.monotonic() - start
    counts = {name: history_rows(clinic.database) for name, clinic in clinics.items()}
    http, database = _measure(cluster, clinics, rounds)
    total = sum(counts["large"].values())
    return Result(
        "growth",
        [
            Bar(f"{how} at {total:.1e} rows beside 10^4", _times(taken), TIMES, "times", False)
            for how, taken in (
                ("a hand-out over HTTP", http),
                ("its statements in the database", database),
            )
        ],
        {
            "rows": {name: sum(tables.values()) for name, tables in counts.items()},
            "rows_by_table": counts,
            "days": {"small": FORTNIGHT, "large": days},
            "people": {"small": MEASURED, "large": PEOPLE},
            "loading_seconds": round(loading_s),
            "ms_reserve_and_give_over_http": _medians(http),
            "ms_reserve_statements_in_database": _medians(database),
        },
    )


def _times(taken: dict[str, list[float]]) -> float:
    return statistics.median(taken["large"]) / statistics.median(taken["small"])


def _medians(taken: dict[str, list[float]]) -> dict[str, float]:
    return {name: round(statistics.median(values) * 1000, 3) for name, values in taken.items()}


def _measure(
    cluster: Cluster, clinics: dict[str, Clinic], rounds: int
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    http: dict[str, list[float]] = {name: [] for name in clinics}
    database: dict[str, list[float]] = {name: [] for name in clinics}
    program = pgbench.program(cluster)
    small, large = clinics["small"], clinics["large"]
    folder = Path(tempfile.mkdtemp(prefix="dispensing-bench-"))
    script = asyncio.run(frozen(small, 0, folder))[PLAIN]
    with (
        served(small.database.app_url, 1) as small_port,
        served(large.database.app_url, 1) as large_port,
    ):
        ports = {"small": small_port, "large": large_port}
        for number in range(-1, rounds):
            for name, clinic in clinics.items():
                reset(clinic)
                measured = apart(
                    one_by_one, ports[name], _visits(clinic), GIVING, f"bench-{number}-{name}"
                )
                given = measured.statuses.get("give", {})
                if given != {200: OVER_HTTP}:
                    raise SystemExit(f"{name}: not all were given: {measured.statuses}")
                transactions = pgbench.latencies(
                    program,
                    clinic.database.app_url,
                    script,
                    transactions=MEASURED - OVER_HTTP,
                    first=OVER_HTTP,
                    reservation=FIRST_FREE_ID,
                    # Their entries of earlier turns stay: the ledger takes nothing back.
                    person_seq=2 * clinic.days + number + 2,
                )
                if number >= 0:  # The first turn warms caches and prepared statements.
                    http[name] += measured.latencies["hand-out"]
                    database[name] += transactions[1:]
    return http, database


def _visits(clinic: Clinic) -> list[Visit]:
    return [
        Visit(0.0, clinic.token_of(number), clinic.order(number), FIRST_PERSON + number)
        for number in range(OVER_HTTP)
    ]


def reset(clinic: Clinic) -> None:
    """Take today's hand-outs away again, as nobody but a superuser could."""
    keep_signed_in(clinic.database)
    with psycopg.connect(clinic.database.superuser_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        last = connection.execute(
            "SELECT coalesce(max(reservation_id), 0) FROM reservation"
            " WHERE person_id BETWEEN %(first)s AND %(first)s + %(people)s AND day < %(today)s",
            {"first": FIRST_PERSON, "people": clinic.people, "today": clinic.today},
        ).fetchone()
        values = {"last": last[0] if last else 0, "today": clinic.today, "first": FIRST_PERSON}
        for statement in RESET:
            connection.execute(statement, values)
