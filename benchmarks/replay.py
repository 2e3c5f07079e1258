"""Past decisions asked again: a year of 1,500 people from the ledger, on one core.

The floors beside it in the same run: the rules alone on facts that are built already, and the
payloads decoded and nothing else.
"""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg

from audit.history.reading import Wanted, read_people, read_units
from audit.history.replay import Replay, decisions, replay_ledger
from audit.history.telling import Decision
from benchmarks.bars import Bar, Result
from dispensing.demo.loading import load_demo
from dispensing.embedded import Cluster
from dosing_rules import RuleBook, check_dispensing, load_book
from tests.clusters import clone_database

UNTIL = date(2026, 4, 20)
ALL_DAYS = Wanted(date.min, date.max)
BAR, AIM = 50_000, 100_000
ROUNDS, SAMPLE = 3, 20_000


def replay(cluster: Cluster, template: str, people: int, days: int) -> Result:
    """Load, then ask every decision again: under its own book, and under another beside it."""
    database = clone_database(cluster, template)
    load_demo(database.owner_url, people=people, days=days, until=UNTIL, seed=1)
    book, other = load_book("dk-crk-2026"), load_book("dk-novavi")
    with psycopg.connect(database.auditor_url) as connection:
        own_s, found = _best(lambda: _replayed(connection, None))
        both_s, both = _best(lambda: _replayed(connection, other))
        if found.agreed != found.decisions:
            raise SystemExit(f"{found.differing} decisions differ, {found.unknown} are unknown")
        decode_s, entries = _best(lambda: _decoded(connection))
        alone_us = _rules_alone_us(connection, book)
    own_rate, both_rate = found.agreed / own_s, 2 * both.agreed / both_s
    resident_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Result(
        "replay",
        [
            Bar("checks a second, own and another book", both_rate, BAR, "1/s", at_least=True),
            Bar("the same, to aim at", both_rate, AIM, "1/s", at_least=True),
            Bar("checks a second, own book alone", own_rate, BAR, "1/s", at_least=True),
        ],
        {
            "people": people,
            "days": days,
            "decisions": found.decisions,
            "entries_told": entries,
            "agree_byte_for_byte": found.agreed,
            "checks_per_second": {
                "own book": round(own_rate),
                "own book and another": round(both_rate),
                "rules alone, facts built": round(1e6 / alone_us),
            },
            "us_per_decision": {
                "read, told, asked": round(own_s / found.agreed * 1e6, 1),
                "floor, reading and decoding": round(decode_s / found.agreed * 1e6, 1),
                "floor, rules alone": round(alone_us, 1),
            },
            "resident_mb_at_most": round(resident_kb / 1024),
        },
    )


def _replayed(connection: psycopg.Connection[Any], other: RuleBook | None) -> Any:
    asking = Replay(lambda book_id: (load_book(book_id),), other)
    with connection.transaction():
        return replay_ledger(connection, ALL_DAYS, asking)


def _decoded(connection: psycopg.Connection[Any]) -> int:
    with connection.transaction():
        return sum(len(entries) for _, entries in read_people(connection, ALL_DAYS))


def _rules_alone_us(connection: psycopg.Connection[Any], book: RuleBook) -> float:
    """Every rule on the facts where they stand: the clock runs round the check alone."""
    clock, spent, asked = time.process_time_ns, 0, 0
    with connection.transaction():
        units = read_units(connection)
        for one in decisions(read_people(connection, ALL_DAYS), units, ALL_DAYS):
            if not isinstance(one, Decision) or one.request is None or one.patient is None:
                continue
            began = clock()
            check_dispensing(one.request, one.patient, book)
            spent += clock() - began
            asked += 1
            if asked >= SAMPLE:
                break
    return spent / asked / 1000


def _best(run: Callable[[], Any]) -> tuple[float, Any]:
    """The quickest of some rounds, in seconds of this process's own core, and what it answered."""
    gc.collect()
    taken: list[float] = []
    answer: Any = None
    for _ in range(ROUNDS):
        began = time.process_time()
        answer = run()
        taken.append(time.process_time() - began)
    return min(taken), answer
