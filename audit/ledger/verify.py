"""Reads a ledger again from the beginning and says everything that does not fit.

Every hash is computed anew, every payload is held against its commitment, and the columns beside a
payload against the payload. What this cannot see, because a chain alone cannot show it: a superuser
who edits old entries *and* computes the whole chain and its head anew, or who cuts off the newest
entries and sets the head back. Signed checkpoints and receipts are for that.

Chains are read in stretches under one snapshot: verifying is right while others append, uses every
core, and holds a bounded number of rows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from time import perf_counter
from typing import Any, Literal

import psycopg
from psycopg.rows import tuple_row

from audit.ledger.chain import genesis
from audit.ledger.holding import Found, Trouble
from audit.ledger.stretch import Stretch, verify_stretch

#: Entries in one stretch.
STRETCH_ENTRIES = 50_000
#: With fewer entries than this, starting other processes costs more than it gives.
WORTH_PROCESSES = 100_000

Connection = psycopg.Connection[Any]
What = Trouble | Literal["head", "person-order", "unknown-chain", "erasure"]

#: Called with the entries verified so far and the entries in all.
Progress = Callable[[int, int], None]

_HEADS = """
SELECT chain_id, institution, purpose, seq, hash,
       (extract(epoch FROM last_at) * 1000000)::bigint,
       (SELECT count(*) FROM ledger_entry e WHERE e.chain_id = h.chain_id)
  FROM ledger_head h ORDER BY chain_id
"""
_UNKNOWN_CHAINS = """
SELECT chain_id, seq FROM ledger_entry WHERE chain_id <> ALL (%(known)s::smallint[])
UNION
SELECT chain_id, seq FROM ledger_payload WHERE chain_id <> ALL (%(known)s::smallint[])
ORDER BY 1, 2 LIMIT 1000
"""
_PERSON_ORDER = """
SELECT person_id FROM ledger_payload WHERE person_seq IS NOT NULL GROUP BY person_id
HAVING min(person_seq) <> 1 OR max(person_seq) <> count(*)
    OR count(DISTINCT person_seq) <> count(*)
ORDER BY person_id NULLS FIRST LIMIT 1000
"""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not fit, where, and of which kind.

    `seq` is None where it concerns a whole chain; both are None for "person-order", where
    `person_id` says whose. `what` is one of:
    gap, repeated (numbers are not consecutive) · hash · time-order (a moment before its
    predecessor's) · kind (differs between body, entry and payload row) · commitment (payload or
    key is not what was committed to) · columns (not what the payload says) · missing-payload,
    orphan-payload (entry or payload without the other) · erasure (erased, and no entry names it) ·
    head (not the last entry) · person-order (a person's numbers are not 1, 2, 3 ...) ·
    unknown-chain (entries of a chain that was never opened).
    """

    chain_id: int | None
    seq: int | None
    what: What
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What verifying found; `problems` holds at most a thousand of each kind and stretch."""

    entries: int
    erased: int
    chains: int
    seconds: float
    problems: tuple[Problem, ...]

    @property
    def sound(self) -> bool:
        """Whether everything fits."""
        return not self.problems

    @property
    def entries_per_second(self) -> float:
        """The rate at which the entries were verified."""
        return self.entries / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class _Head:
    chain_id: int
    institution: str
    purpose: str
    seq: int
    hash: bytes
    last_us: int | None
    entries: int


def verify_database(url: str, progress: Progress | None = None) -> Report:
    """Verify every chain of the database at `url`, as any role that may read the ledger.

    Raises psycopg.Error where the database cannot be read: unread is never sound.
    """
    with closing(psycopg.connect(url)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        return _verify(connection, progress, url)


def verify_connection(connection: Connection, progress: Progress | None = None) -> Report:
    """The same over an open connection, in its transaction (which must be or begin one)."""
    return _verify(connection, progress, None)


def _verify(connection: Connection, progress: Progress | None, url: str | None) -> Report:
    started = perf_counter()
    heads = [_Head(*row) for row in _rows(connection, _HEADS)]
    total = sum(head.entries for head in heads)
    stretches = [one for head in heads for one in _stretches(head)]
    found: list[Found] = []
    done = 0
    for one in _read(connection, stretches, url if total >= WORTH_PROCESSES else None):
        found.append(one)
        done += one.entries
        if progress is not None:
            progress(done, total)
    found.sort(key=lambda one: (one.chain_id, one.last_seq))
    problems = [Problem(one.chain_id, seq, what) for one in found for seq, what in one.troubles]
    for head in heads:
        problems += _head_problems(head, [one for one in found if one.chain_id == head.chain_id])
    known = [head.chain_id for head in heads]
    for chain_id, seq in _rows(connection, _UNKNOWN_CHAINS, {"known": known}):
        problems.append(Problem(chain_id, seq, "unknown-chain"))
    for (person_id,) in _rows(connection, _PERSON_ORDER):
        problems.append(Problem(None, None, "person-order", person_id))
    return Report(
        entries=done,
        erased=sum(len(one.erased) for one in found),
        chains=len(heads),
        seconds=perf_counter() - started,
        problems=tuple(problems),
    )


def _stretches(head: _Head) -> list[Stretch]:
    """Cut a chain into stretches; by what is there, not by numbers a tamperer could inflate."""
    before = genesis(head.institution, head.purpose)
    starts = range(0, max(head.entries, 1), STRETCH_ENTRIES)
    return [
        Stretch(
            head.chain_id,
            start,
            None if start == starts[-1] else start + STRETCH_ENTRIES,
            before,
        )
        for start in starts
    ]


def _read(connection: Connection, stretches: Sequence[Stretch], url: str | None) -> Iterator[Found]:
    """Verify the stretches, in other processes under this connection's snapshot if given a URL."""
    if url is None:
        yield from (verify_stretch(connection, one) for one in stretches)
        return
    ((snapshot,),) = _rows(connection, "SELECT pg_export_snapshot()")
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(_verify_apart, url, snapshot, one) for one in stretches]
        for job in as_completed(jobs):
            yield job.result()


def _verify_apart(url: str, snapshot: str, stretch: Stretch) -> Found:
    with closing(psycopg.connect(url)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")  # pyright: ignore[reportArgumentType, reportCallIssue]
        return verify_stretch(connection, stretch)


def _head_problems(head: _Head, found: Sequence[Found]) -> list[Problem]:
    """The head against the chain's last entry, and each erasure against the entry naming it."""
    last = found[-1]
    problems: list[Problem] = []
    if (head.seq, head.hash, head.last_us) != (last.last_seq, last.last_hash, last.last_us):
        problems.append(Problem(head.chain_id, None, "head"))
    named: dict[int, frozenset[int]] = {}
    for one in found:
        named.update(one.erasures)
    for one in found:
        for seq, by_seq in one.erased:
            if by_seq is None or seq not in named.get(by_seq, frozenset()):
                problems.append(Problem(head.chain_id, seq, "erasure"))
    return problems


def _rows(
    connection: Connection, sql: str, parameters: dict[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    with connection.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(sql, parameters).fetchall()  # pyright: ignore[reportArgumentType, reportCallIssue]
