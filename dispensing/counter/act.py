"""One act at the counter, from lock to commit: the only road by which the counter writes.

Lock the person, load, let a pure function decide what to write, write it all with its ledger
entries and the stored answer, commit, and only then answer. Two round trips to the database. A
barrier that refuses (somebody was faster in spite of the lock) or a deadlock sends us round again
with fresh facts; a lost connection is never answered with a guess.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection

from audit.ledger.append import APPEND_SQL, append_parameters
from dispensing.acts import Act
from dispensing.counter import entries
from dispensing.counter import outcome as outcomes
from dispensing.counter.loading import Desk, load_desk
from dispensing.counter.outcome import Outcome, Statement, Writing
from dispensing.counter.store import LOAD_RESERVATION, NEXT_RESERVATION_ID
from dispensing.errors import CannotDecide, Conflict, DispensingError, taken_meanwhile
from dispensing.once_per_key import (
    KEEP_ANSWER,
    LOAD_ANSWER,
    Barred,
    answered_before,
    checked_key,
    keep_parameters,
    receipt_of,
    until_it_fits,
)
from dispensing.people.sessions import MARK_SEEN, Actor, token_hash
from dispensing.wiring import Wiring

# SQLSTATE of the trigger on person_day: another opioid agonist was had that day.
SECOND_AGONIST = "DS010"
# SQLSTATE of the trigger on claim: the dose may have been had from a paper list.
ON_PAPER = "DS011"
# Barriers that refuse because of the dose itself; fresh facts will not change their mind.
OF_THE_DOSE = frozenset(
    {
        "claim_once",
        "claim_interval",
        "person_day_limit",
        "person_day_night_limit",
        "person_day_one_substance",
        "person_day_only_pair",
        "claim_night_of_night_order",
        "bottle_balance_ug_check",
        "claim_not_on_paper",
    }
)

ADVANCE_PERSON = """
UPDATE person SET event_seq = event_seq + %(count)s WHERE person_id = %(person_id)s
"""
Build = Callable[[Actor, Desk, Sequence[Any]], Writing]


async def act(
    wiring: Wiring,
    token: str,
    key: str,
    request: bytes,
    build: Build,
    *,
    person_id: int | None = None,
    reservation_id: int | None = None,
    also: Statement | None = None,
) -> Outcome:
    """Do one act for a person, found by id or by reservation, once per ``key``.

    ``request`` is the ``request_hash`` of what was asked; ``build`` decides from the facts what is
    written and raises a domain error when the act cannot be met; its third argument is the row of
    the reservation, of the query ``also``, or of the next reservation's number. A repeated key
    gets its first answer; with another request it raises KeyReused. Raises CannotDecide when the
    database keeps refusing or its clock went back: nothing was handed out.
    """
    checked_key(key)
    found = {"person_id": person_id, "reservation_id": reservation_id}
    row = also or (NEXT_RESERVATION_ID, {})
    if reservation_id is not None:
        row = (LOAD_RESERVATION, {"reservation_id": reservation_id})

    async def once(connection: AsyncConnection[Any]) -> Outcome:
        return await _once(wiring, connection, token, key, request, build, found, row)

    try:
        return await until_it_fits(wiring, once, also=frozenset({SECOND_AGONIST, ON_PAPER}))
    except Barred as trouble:
        barrier, taken = trouble.barrier, trouble.taken
    if barrier not in OF_THE_DOSE and not taken:
        # Only the crowd stood in the way (a deadlock, the ledger's order): that says nothing about
        # the dose, and a definite "no" would not be true.
        raise CannotDecide("too many act at once; repeat with the same key")
    held = Conflict("something else holds this dose; load the person again", barrier=barrier)
    if barrier not in OF_THE_DOSE:
        held = taken_meanwhile(barrier)
    async with wiring.pool.connection() as connection:
        actor, desk, _ = await load_desk(connection, token, wiring.limits, **found)
        await _record_refusal(wiring, connection, actor, desk, held)
    raise held


async def _record_refusal(
    wiring: Wiring,
    connection: AsyncConnection[Any],
    actor: Actor,
    desk: Desk,
    conflict: Conflict,
) -> None:
    """Also a no that no rule said is an entry: a barrier, an empty bottle, a dose told of."""
    here = Act(desk.person_id, desk.event_seq + 1, actor.unit_id, actor.staff_id, desk.on, desk.at)
    sealed = wiring.seal(entries.act_refused(here, slug=conflict.type_slug))
    async with connection.pipeline():
        await connection.execute(ADVANCE_PERSON, {"count": 1, "person_id": desk.person_id})
        await connection.execute(APPEND_SQL, append_parameters(sealed, desk.chain_id))
        await connection.commit()


async def _once(
    wiring: Wiring,
    connection: AsyncConnection[Any],
    token: str,
    key: str,
    request: bytes,
    build: Build,
    found: Mapping[str, int | None],
    row: Statement,
) -> Outcome:
    actor, desk, more = await load_desk(
        connection,
        token,
        wiring.limits,
        **found,
        and_also=((LOAD_ANSWER, {"key": key}), row),
    )
    if more[0] is not None:
        first = await answered_before(wiring, connection, actor.staff_id, request, more[0])
        return outcomes.decode(first.body).with_receipt(first.receipt)
    try:
        writing = build(actor, desk, more[1])
    except Conflict as conflict:
        await _record_refusal(wiring, connection, actor, desk, conflict)
        raise
    except DispensingError:
        # Nothing was written. A rollback would make the driver forget its prepared statements.
        await connection.commit()
        raise
    return await _write(wiring, connection, token, actor, desk, key, request, writing)


async def _write(
    wiring: Wiring,
    connection: AsyncConnection[Any],
    token: str,
    actor: Actor,
    desk: Desk,
    key: str,
    request: bytes,
    writing: Writing,
) -> Outcome:
    """All statements, the ledger entries and the stored answer, committed in one round trip.

    The ledger comes last: from there to the commit the whole unit waits for us.
    """
    sealed = [wiring.seal(entry) for entry in writing.entries]
    of_person = sum(entry.person_id is not None for entry in writing.entries)
    kept = keep_parameters(
        sealed[-1],
        desk.chain_id,
        key,
        actor.staff_id,
        request,
        writing.outcome.status,
        outcomes.encode(writing.outcome),
    )
    async with connection.pipeline():
        # Each statement leaves as it is written, and other requests run in between: what many wait
        # for comes last. First the person's own rows, then the bottle (the last of the writing's
        # statements), then the ledger. One cursor for all: making one costs more than a statement.
        last = connection.cursor()
        await last.execute(ADVANCE_PERSON, {"count": of_person, "person_id": desk.person_id})
        if actor.seen_long_ago:
            await last.execute(MARK_SEEN, {"session_hash": token_hash(token)})
        for sql, parameters in writing.statements:
            await last.execute(sql, parameters)
        for earlier in sealed[:-1]:
            await last.execute(APPEND_SQL, append_parameters(earlier, desk.chain_id))
        await last.execute(KEEP_ANSWER, kept)
        await connection.commit()
        row = await last.fetchone()
    if row is None:
        raise RuntimeError("the ledger answered nothing")
    return writing.outcome.with_receipt(receipt_of(wiring, row))


def statement(sql: str, **parameters: Any) -> Statement:
    """A statement with its parameters."""
    return sql, parameters
