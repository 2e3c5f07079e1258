"""Once per key: the stored answer of an act, and the retry that a barrier or a crowd asks for.

Every act that writes carries an idempotency key, the client's own name for the request. Its answer
is stored in the act's transaction; whoever repeats the key gets that answer again. The roads that
write (``counter/act.py`` for a person, ``unit_acts.py`` for a unit) share what stands here.
"""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from psycopg import AsyncConnection, errors

from audit.ledger.append import APPEND_SQL, CLOCK_WENT_BACK, append_parameters
from audit.ledger.entry import Sealed
from dispensing.errors import CannotDecide, KeyReused, Unprocessable
from dispensing.sealing import seal_of
from dispensing.wiring import Wiring

log = logging.getLogger("dispensing.acts")

MOST_TRIES = 5
SHORTEST_KEY, LONGEST_KEY = 8, 200

LOAD_ANSWER = """
SELECT actor_id, request_hash, answer, status, chain_id, entry_seq, entry_hash, answered_at
FROM idempotency WHERE key = %(key)s
"""
# A repeated answer ends with a write too, so that its commit waits until the first one is durable.
BARRIER_WRITE = "SELECT pg_logical_emit_message(true, 'answer-repeated', '')"
KEEP_ANSWER = f"""
WITH entry AS MATERIALIZED ({APPEND_SQL.strip()})
INSERT INTO idempotency (key, actor_id, request_hash, status, answer, chain_id, entry_seq,
    entry_hash, answered_at)
SELECT %(idempotency_key)s, %(answer_actor)s, %(request_hash)s, %(status)s, %(answer)s,
    %(chain_id)s::smallint, entry.seq, entry.hash, entry.recorded_at FROM entry
RETURNING chain_id, entry_seq, entry_hash, answered_at
"""

Answered = TypeVar("Answered")
Statement = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where an act stands in the ledger; whoever keeps it can prove the entry later.

    ``seal`` is the service's own word on it: an entry that is gone then was there.
    """

    chain: int
    seq: int
    hash: str
    seal: str


def receipt_of(wiring: Wiring, row: Sequence[Any]) -> Receipt:
    """The sealed receipt of an answer kept: chain, number and hash of its entry, and its moment."""
    chain, seq, digest, at = row
    entry = (chain, seq, bytes(digest).hex())
    return Receipt(*entry, seal_of(wiring.secret, entry, at))


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a key was answered the first time."""

    body: bytes
    status: int
    receipt: Receipt


class Barred(Exception):
    """The database refused again and again; ``barrier`` is the constraint that did.

    ``taken``: a record of this kind stands there already, which no fresh facts explain.
    """

    def __init__(self, barrier: str | None, *, taken: bool = False) -> None:
        super().__init__(barrier)
        self.barrier = barrier
        self.taken = taken


def recorded_meanwhile(error: psycopg.Error) -> bool:
    """Whether a unique index refused a record; the ledger's and the keys' speak of the crowd."""
    table = error.diag.table_name or ""
    return isinstance(error, errors.UniqueViolation) and not table.startswith(
        ("ledger", "idempotency")
    )


def request_hash(verb: str, body: bytes) -> bytes:
    """What makes two requests the same: the verb with its target, and the body's bytes."""
    return hashlib.sha256(verb.encode() + b"\0" + body).digest()


def checked_key(key: str) -> str:
    """The key, if it is one. Raises Unprocessable."""
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise Unprocessable("an idempotency key has 8 to 200 printable characters")
    return key


async def answered_before(
    wiring: Wiring,
    connection: AsyncConnection[Any],
    staff_id: int,
    request: bytes,
    row: Sequence[Any],
) -> StoredAnswer:
    """The first answer of a repeated key (a row of LOAD_ANSWER); commits with a barrier write.

    Raises KeyReused when the key belongs to somebody else or to another request.
    """
    actor_id, first_request, answer, status, *entry = row
    if actor_id != staff_id or bytes(first_request) != request:
        raise KeyReused("this idempotency key belongs to another request")
    await connection.execute(BARRIER_WRITE)
    await connection.commit()
    return StoredAnswer(bytes(answer), status, receipt_of(wiring, entry))


def keep_parameters(
    sealed: Sealed, chain_id: int, key: str, staff_id: int, request: bytes, status: int, body: bytes
) -> dict[str, Any]:
    """Parameters of KEEP_ANSWER: the act's last entry, and its answer beside it."""
    return append_parameters(sealed, chain_id) | {
        "idempotency_key": key,
        "answer_actor": staff_id,
        "request_hash": request,
        "status": status,
        "answer": body,
    }


async def until_it_fits(
    wiring: Wiring,
    once: Callable[[AsyncConnection[Any]], Awaitable[Answered]],
    *,
    also: frozenset[str] = frozenset(),
) -> Answered:
    """Run ``once`` with a connection, again with fresh facts when a barrier or deadlock refuses.

    ``also`` are SQLSTATEs of our own that send us round again too. A lost connection is never
    answered with a guess. Raises CannotDecide when the database is out of reach or its clock went
    back, and Barred after ``MOST_TRIES``.
    """
    barrier, taken = None, False
    for _ in range(MOST_TRIES):
        try:
            async with wiring.pool.connection() as connection:
                return await once(connection)
        except (errors.IntegrityError, errors.TransactionRollback) as error:
            log.info("barrier %s, again", error.diag.constraint_name or error.sqlstate)
            barrier, taken = error.diag.constraint_name, recorded_meanwhile(error)
        except psycopg.OperationalError as error:
            raise CannotDecide("the database is out of reach; repeat with the same key") from error
        except psycopg.Error as error:
            if error.sqlstate == CLOCK_WENT_BACK:
                raise CannotDecide("the database's clock went back: hand nothing out") from error
            if error.sqlstate not in also:
                raise
            barrier, taken = error.diag.constraint_name, False
    raise Barred(barrier, taken=taken)
