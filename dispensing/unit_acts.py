"""One act at a unit that is not one person's dose: stock, counts, the calendar, lists, labels.

The sibling of ``counter/act.py``: the actor, an idempotency key stored with its answer, whatever
is locked in the fixed order (person, stock, ledger), the records, the ledger's entries and the
commit in one transaction; a repeated key gets the first answer. Also a no is an entry.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import msgspec
from psycopg import AsyncConnection

from audit.ledger.append import append, append_many
from audit.ledger.entry import Entry
from dispensing.errors import CannotDecide, Conflict, DispensingError, taken_meanwhile
from dispensing.once_per_key import (
    KEEP_ANSWER,
    LOAD_ANSWER,
    Barred,
    Receipt,
    Statement,
    answered_before,
    checked_key,
    keep_parameters,
    receipt_of,
    request_hash,
    until_it_fits,
)
from dispensing.people.sessions import Actor, load_actor
from dispensing.wiring import Wiring

PLACE = """
SELECT clock_timestamp(), (clock_timestamp() AT TIME ZONE zone)::date, clinical_chain, views_chain
FROM unit WHERE unit_id = %(unit_id)s
"""

LISTS = "SELECT pg_advisory_xact_lock(hashtext('emergency lists'), %(unit_id)s)"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when the act happens: the moment, the clinic day, and the unit's chain."""

    at: datetime
    on: date
    unit_id: int
    chain_id: int


@dataclass(frozen=True, slots=True)
class UnitWriting:
    """What an act writes, in this order: statements, then entries (one at least).

    ``answer`` is the JSON answer of the act; amounts in whole micrograms, days and moments ISO.
    ``elsewhere`` are entries in the chains of other units, (unit, entry), that the act is told to:
    their open lists hear of it, too.
    """

    answer: Mapping[str, Any]
    statements: tuple[Statement, ...]
    entries: tuple[Entry, ...]
    status: int = 200
    elsewhere: tuple[tuple[int, Entry], ...] = ()


@dataclass(frozen=True, slots=True)
class UnitAnswer:
    """The answer of an act with its receipt; ``repeated`` when the key had been answered before."""

    body: Mapping[str, Any]
    status: int
    receipt: Receipt
    repeated: bool = False


Chain = Literal["clinical", "views"]
# Loads what it needs (locking it), decides, and says what to write; raises a domain error else.
Build = Callable[[AsyncConnection[Any], Actor, Place], Awaitable[UnitWriting]]


def unit_entry(
    kind: str,
    actor: Actor,
    place: Place,
    facts: Mapping[str, object],
    amount_ug: int | None = None,
) -> Entry:
    """The entry of an act that concerns no person. ``facts`` as in ``acts.entry_of``."""
    return Entry(
        kind=kind,
        unit_id=place.unit_id,
        actor_id=actor.staff_id,
        on=place.on,
        amount_ug=amount_ug,
        facts={"at": place.at.isoformat(), **facts},
    )


async def lock_lists(connection: AsyncConnection[Any], *units: int) -> None:
    """Until the commit no emergency list of these units is made, but by this transaction.

    Taken before a list reads its facts, and before whoever changes whose a person's day is looks at
    the lists: one of the two sees what the other wrote. After people's locks, before the ledger's.
    """
    for unit_id in sorted(set(units)):
        await connection.execute(LISTS, {"unit_id": unit_id})


async def act_at_unit(
    wiring: Wiring,
    token: str | None,
    key: str,
    verb: str,
    asked: object,
    build: Build,
    *,
    roles: tuple[str, ...],
    chain: Chain = "clinical",
) -> UnitAnswer:
    """Do one act at the actor's unit, once per ``key``.

    Its entries stand in the unit's ``chain``: of what happens, or of who may look and has.

    ``verb`` with its target and ``asked`` (a value msgspec can encode) make the request: the same
    key with another request raises KeyReused. Raises NotSignedIn, Forbidden for another role, the
    domain errors of ``build`` (a Conflict is recorded), and CannotDecide when the database keeps
    refusing.
    """
    checked_key(key)
    request = request_hash(verb, msgspec.json.encode(asked, order="deterministic"))

    async def once(connection: AsyncConnection[Any]) -> UnitAnswer:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*roles)
        row = await (await connection.execute(LOAD_ANSWER, {"key": key})).fetchone()
        if row is not None:
            first = await answered_before(wiring, connection, actor.staff_id, request, row)
            return UnitAnswer(
                msgspec.json.decode(first.body), first.status, first.receipt, repeated=True
            )
        place = await _place(connection, actor, chain)
        try:
            writing = await build(connection, actor, place)
        except Conflict as conflict:
            await _record_no(wiring, connection, actor, place, verb, conflict.type_slug)
            raise
        except DispensingError:
            await connection.rollback()
            raise
        return await _write(wiring, connection, actor, place, key, request, writing)

    try:
        return await until_it_fits(wiring, once)
    except Barred as trouble:
        if not trouble.taken:
            raise CannotDecide("too many act at once; repeat with the same key") from trouble
        barrier = trouble.barrier
    held = taken_meanwhile(barrier)
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        place = await _place(connection, actor, chain)
        await _record_no(wiring, connection, actor, place, verb, held.type_slug)
    raise held


async def _place(connection: AsyncConnection[Any], actor: Actor, chain: Chain) -> Place:
    row = await (await connection.execute(PLACE, {"unit_id": actor.unit_id})).fetchone()
    if row is None:
        raise CannotDecide("the unit is gone")
    return Place(row[0], row[1], actor.unit_id, row[2] if chain == "clinical" else row[3])


async def _record_no(
    wiring: Wiring,
    connection: AsyncConnection[Any],
    actor: Actor,
    place: Place,
    verb: str,
    slug: str,
) -> None:
    """Whatever ``build`` had written is undone; that it could not be met is an entry."""
    await connection.rollback()
    told = unit_entry("unit-act-refused", actor, place, {"verb": verb, "problem": slug})
    await append(connection, wiring.seal(told), place.chain_id)
    await connection.commit()


async def _write(
    wiring: Wiring,
    connection: AsyncConnection[Any],
    actor: Actor,
    place: Place,
    key: str,
    request: bytes,
    writing: UnitWriting,
) -> UnitAnswer:
    for sql, parameters in writing.statements:
        await connection.execute(sql, parameters)
    sealed = [wiring.seal(entry) for entry in writing.entries]
    for unit_id, told in sorted(writing.elsewhere, key=lambda one: one[0]):
        row = await (await connection.execute(PLACE, {"unit_id": unit_id})).fetchone()
        if row is None:
            raise CannotDecide("the unit is gone")
        await append(connection, wiring.seal(told), row[2])
    # The ledger comes last: from here to the commit the whole institution waits for us.
    if len(sealed) > 1:
        await append_many(connection, sealed[:-1], place.chain_id)
    body = msgspec.json.encode(writing.answer)
    kept = keep_parameters(
        sealed[-1], place.chain_id, key, actor.staff_id, request, writing.status, body
    )
    row = await (await connection.execute(KEEP_ANSWER, kept)).fetchone()
    await connection.commit()
    if row is None:
        raise RuntimeError("the ledger answered nothing")
    receipt = receipt_of(wiring, row)
    return UnitAnswer(msgspec.json.decode(body), writing.status, receipt)
