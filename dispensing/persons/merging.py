"""Two records are one human: seen side by side, decided by a doctor or administrator, in one act.

Doses, days and what calls for care move to the survivor under both locks; from the commit on every
check sees them. A record with a dose nobody has told the end of cannot be merged. Taking a merge
back is a decision of its own; nothing is deleted.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import AsyncConnection

from dispensing.errors import Conflict, NotFound, StalePage, Unprocessable
from dispensing.looks import record_look, record_view, see_as
from dispensing.people.sessions import Actor, load_actor
from dispensing.persons import entries, store
from dispensing.persons import merge_store as merges
from dispensing.persons.joining import Held, Joined, join
from dispensing.persons.merge_store import MergeRow, Record
from dispensing.persons.merge_writing import merged, unmerged
from dispensing.persons.number import may_be_number
from dispensing.persons.register import (
    Shown,
    numbers_of,
    person_with_number,
    reason_in,
    record_search,
    unguessable,
)
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit
from dispensing.wiring import Wiring

ROLES = ("doctor", "administrator")
DAYS_SHOWN = 14


@dataclass(frozen=True, slots=True)
class Ordered:
    """The last order of a record: substance, micrograms a day, last day."""

    substance: str
    daily_ug: int
    valid_to: date


@dataclass(frozen=True, slots=True)
class Side:
    """One record as it is compared: who, where, what is ordered, the last doses."""

    record: Record
    numbers: tuple[Shown, ...]
    ordered: Ordered | None
    doses: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """Two records side by side, and what merging them would find."""

    at: datetime
    survivor: Side
    absorbed: Side
    joined: Joined


async def look(wiring: Wiring, token: str | None, survivor_id: int, other: str) -> Look:
    """Both records: the survivor of the actor's unit, the other by card code or number.

    Having the other's card or number is what entitles to it, whichever unit it is of. Both views
    are recorded. Raises NotFound and Unprocessable.
    """
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*ROLES)
        absorbed_id = await _other(wiring, connection, actor, survivor_id, other)
        found = await _both(connection, actor, survivor_id, absorbed_id, lock=False)
        sides = [await _side(wiring, connection, record) for record in found]
        # All of a year is joined; shown are the last days.
        joined = join(sides[0].doses, sides[1].doses)
        for one, two in ((survivor_id, absorbed_id), (absorbed_id, survivor_id)):
            seen = entries.person_compared(actor, person_id=one, other_id=two)
            await record_view(wiring, connection, actor, seen)
        await connection.commit()
    return Look(actor.now, sides[0], sides[1], joined)


async def merge(
    wiring: Wiring,
    token: str | None,
    survivor_id: int,
    other: str,
    seen: tuple[int, int],
    reason: str,
    key: str,
) -> UnitAnswer:
    """Merge the record behind ``other`` into the survivor.

    ``seen`` are both records' event numbers as the look showed them. Raises StalePage when either
    has changed since; Conflict with ``unresolved-reservations``, ``paper-in-use``,
    ``two-cpr-numbers``, ``merged-person``; NotFound; Unprocessable for the same record or
    without a reason.
    """
    why = reason_in(reason)
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*ROLES)
        absorbed_id = await _other(wiring, connection, actor, survivor_id, other)
        await connection.commit()

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        survivor, absorbed = await _both(connection, actor, survivor_id, absorbed_id, lock=True)
        await _must_be_free(connection, survivor, absorbed)
        if seen != (survivor.event_seq, absorbed.event_seq):
            raise StalePage("one of the two records has changed; look at both again")
        joined = join(
            await merges.held_by(connection, survivor_id),
            await merges.held_by(connection, absorbed_id),
        )
        found = await (await connection.execute(merges.NEXT_MERGE_ID)).fetchone()
        assert found is not None
        return merged(wiring, actor, place, found[0], survivor, absorbed, joined, why)

    asked = [survivor_id, unguessable(wiring, other), list(seen), why]
    return await act_at_unit(wiring, token, key, "merge people", asked, build, roles=ROLES)


async def unmerge(
    wiring: Wiring, token: str | None, merge_id: int, reason: str, key: str
) -> UnitAnswer:
    """Take a merge back: the doses that came along go back, later ones stay with the survivor.

    Raises NotFound; Conflict with ``already-unmerged``, ``merged-again`` (take the later one back
    first), ``unresolved-reservations`` or ``paper-in-use``; Unprocessable without a reason.
    """
    why = reason_in(reason)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        rows = await merges.load_merges(connection, merges.MERGE, merge_id=merge_id)
        if not rows:
            raise NotFound("no such merge here")
        row = rows[0]
        locked = await merges.load_records(
            connection, sorted((row.survivor_id, row.absorbed_id)), lock=True
        )
        survivor, absorbed = locked[row.survivor_id], locked[row.absorbed_id]
        if actor.unit_id not in (survivor.unit_id, survivor.right_holder_unit_id):
            raise NotFound("no such merge here")
        row = (await merges.load_merges(connection, merges.MERGE, merge_id=merge_id))[0]
        if row.unmerged_at is not None:
            raise Conflict("the merge was taken back already", slug="already-unmerged")
        later = await merges.load_merges(connection, merges.MERGES_OF, person_id=row.survivor_id)
        newest = [one.merge_id for one in later if one.unmerged_at is None][-1:]
        if survivor.merged_into_id is not None or newest != [merge_id]:
            raise Conflict("a later merge comes first", slug="merged-again")
        await _must_be_settled(connection, survivor, absorbed)
        return unmerged(wiring, actor, place, row, survivor, absorbed, why)

    asked = [merge_id, why]
    return await act_at_unit(wiring, token, key, "unmerge people", asked, build, roles=ROLES)


async def merges_of(wiring: Wiring, token: str | None, person_id: int) -> list[MergeRow]:
    """The merges into a person of the actor's unit, with what they found, oldest first."""
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be("nurse", *ROLES)
        await store.load_person(connection, actor, person_id, lock=False)
        await record_look(wiring, connection, actor, person_id, "merges")
        found = await merges.load_merges(connection, merges.MERGES_OF, person_id=person_id)
        await connection.commit()
    return found


async def record_behind(
    wiring: Wiring, connection: AsyncConnection[Any], actor: Actor, code: str
) -> int:
    """The record a card code or number leads to, whichever unit it is of. Raises NotFound."""
    if may_be_number(code):
        found = await person_with_number(wiring, connection, actor, code)
    else:
        row = await (await connection.execute(merges.BY_CARD, {"code": code.strip()})).fetchone()
        found = row[0] if row else None
    if found is None:
        raise NotFound("no record with that card or number", field="other")
    return found


async def _other(
    wiring: Wiring, connection: AsyncConnection[Any], actor: Actor, survivor_id: int, other: str
) -> int:
    """The record to compare with, asked only for a survivor of the actor's own; commits.

    That a number was searched is recorded before it is said whether anybody holds it. Raises
    NotFound.
    """
    await store.load_person(connection, actor, survivor_id, lock=False)
    found: int | None = None
    missing: NotFound | None = None
    try:
        found = await record_behind(wiring, connection, actor, other)
    except NotFound as nobody:
        missing = nobody
    if may_be_number(other):
        await record_search(wiring, connection, actor, [] if found is None else [found])
        await connection.commit()
        # What the transaction may see went with it.
        await see_as(connection, actor.unit_id)
    if found is None:
        raise missing or NotFound("no record with that card or number", field="other")
    return found


async def _both(
    connection: AsyncConnection[Any],
    actor: Actor,
    survivor_id: int,
    absorbed_id: int,
    *,
    lock: bool,
) -> tuple[Record, Record]:
    if survivor_id == absorbed_id:
        raise Unprocessable("that card or number leads to this same record", field="other")
    found = await merges.load_records(connection, sorted((survivor_id, absorbed_id)), lock=lock)
    also = {"people": f"{survivor_id},{absorbed_id}"}
    await connection.execute("SELECT set_config('app.also_people', %(people)s, true)", also)
    survivor, absorbed = found.get(survivor_id), found.get(absorbed_id)
    if survivor is None or absorbed is None:
        raise NotFound("no such person here")
    if actor.unit_id not in (survivor.unit_id, survivor.right_holder_unit_id):
        raise NotFound("no such person here")
    if survivor.merged_into_id is not None or absorbed.merged_into_id is not None:
        raise Conflict("one of the two is merged already; look again", slug="merged-person")
    return survivor, absorbed


async def _must_be_free(
    connection: AsyncConnection[Any], survivor: Record, absorbed: Record
) -> None:
    await _must_be_settled(connection, survivor, absorbed)
    people = {"people": [survivor.person_id, absorbed.person_id]}
    row = await (await connection.execute(merges.CPR_NUMBERS, people)).fetchone()
    if row is not None and row[0] > 1:
        raise Conflict(
            "each has a CPR number of its own: two humans, or a number that must be withdrawn",
            slug="two-cpr-numbers",
        )


async def _must_be_settled(connection: AsyncConnection[Any], *records: Record) -> None:
    """Raises Conflict while a dose of either is open, or a paper list may still be used."""
    people = {"people": [record.person_id for record in records]}
    row = await (await connection.execute(merges.UNSETTLED, people)).fetchone()
    if row is None or row[0]:
        raise Conflict(
            "a dose is reserved or uncertain; tell first what became of it",
            slug="unresolved-reservations",
        )
    row = await (await connection.execute(merges.ON_PAPER, people)).fetchone()
    if row is None or row[0]:
        raise Conflict(
            "a place of theirs hands out from paper, or rows are not typed in yet",
            slug="paper-in-use",
        )


async def _side(wiring: Wiring, connection: AsyncConnection[Any], record: Record) -> Side:
    ordered = await (
        await connection.execute(merges.ORDERED, {"person_id": record.person_id})
    ).fetchone()
    return Side(
        record,
        await numbers_of(wiring, connection, record.person_id),
        Ordered(*ordered) if ordered else None,
        tuple(await merges.held_by(connection, record.person_id)),
    )
