"""The right to dispense for single days at another unit, decided with a closure, and withdrawn.

The right itself does not move: on the decided days the other unit holds it, and on all others the
own one, without anybody doing anything. What a printed list says has to be struck out first.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from psycopg import AsyncConnection
from psycopg import errors as database_errors

from audit.ledger.entry import Entry
from dispensing.acts import Act
from dispensing.closures import guest_store, store
from dispensing.closures.elsewhere import Offer
from dispensing.closures.planner import SEES, Affected
from dispensing.closures.store import GuestDay
from dispensing.counter import guest_entries
from dispensing.counter.ending import written
from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.looks import look_at_list
from dispensing.once_per_key import Statement
from dispensing.people.sessions import Actor, load_actor
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit, lock_lists
from dispensing.web import formats
from dispensing.wiring import Wiring

DECIDES = ("doctor",)


@dataclass(slots=True)
class Changes:
    """Guest rights that a decision about a closure ends and begins, person by person."""

    actor: Actor
    place: Place
    why: str
    _ended: dict[int, list[GuestDay]] = field(default_factory=dict[int, list[GuestDay]])
    _begun: dict[int, Offer] = field(default_factory=dict[int, Offer])

    def add(self, person: Affected, offer: Offer | None) -> None:
        """Days decided before end, but for those of which a dose is taken; the offer begins."""
        over = [
            one
            for one in person.guests
            if one.guest_id is not None and one.day >= self.place.on and not one.taken
        ]
        if over:
            self._ended[person.person_id] = over
        if offer is not None:
            self._begun[person.person_id] = offer

    async def write(self, connection: AsyncConnection[Any]) -> None:
        """Written at once, so that what cannot be is a Conflict: by the database, or on paper."""
        by = (self.actor.staff_id, self.place.at, self.why)
        there = [one.unit_id for over in self._ended.values() for one in over]
        there += [offer.unit.unit_id for offer in self._begun.values()]
        if there:
            await lock_lists(connection, self.place.unit_id, *there)
        with _told_cleanly():
            for person_id, over in self._ended.items():
                for unit_id, days in _by_unit(over).items():
                    await _not_in_use(connection, person_id, self.place.unit_id, unit_id)
                    await _not_on_paper(connection, person_id, unit_id, days)
                await connection.execute(
                    *guest_store.withdraw(
                        [one.guest_id for one in over if one.guest_id is not None], by
                    )
                )
            for person_id, offer in self._begun.items():
                holder, there = self.place.unit_id, offer.unit.unit_id
                await _not_in_use(connection, person_id, holder, there)
                await _not_on_paper(connection, person_id, holder, offer.days)
                await connection.execute(
                    *guest_store.decide(person_id, offer.days, holder, there, by)
                )
        changed = self._changed()
        units = [self.place.unit_id, *(unit for unit, _ in changed)]
        days = [day for _, of_unit in changed for day in of_unit]
        for statement in guest_store.lists_due(units, days, self.place.on):
            await connection.execute(*statement)

    def entries_of(self, person: Affected, *, after: int) -> list[Entry]:
        """The person's entries, after so many others of the same act."""
        entries: list[Entry] = []

        def act() -> Act:
            seq = person.event_seq + after + len(entries) + 1
            place, unit_id = self.place, self.place.unit_id
            staff_id = self.actor.staff_id
            return Act(person.person_id, seq, unit_id, staff_id, place.on, place.at)

        shared: dict[str, Any] = {"holder": self.place.unit_id, "reason": self.why}
        for unit_id, days in _by_unit(self._ended.get(person.person_id, ())).items():
            entries.append(
                guest_entries.guest_withdrawn(act(), days=days, unit_id=unit_id, **shared)
            )
        offer = self._begun.get(person.person_id)
        if offer is not None:
            unit_id = offer.unit.unit_id
            entries.append(
                guest_entries.guest_decided(act(), days=offer.days, unit_id=unit_id, **shared)
            )
        return entries

    def told_to(self) -> tuple[tuple[int, Entry], ...]:
        """What the other units are told: how many come more, or fewer, on which day."""
        own = self.place.unit_id
        return tuple(
            (
                unit,
                guest_entries.guests_changed(unit, self.actor, self.place, by_unit=own, days=days),
            )
            for unit, days in self._changed()
        )

    def _changed(self) -> list[tuple[int, dict[date, int]]]:
        changed: dict[int, Counter[date]] = {}
        for over in self._ended.values():
            for one in over:
                changed.setdefault(one.unit_id, Counter())[one.day] -= 1
        for offer in self._begun.values():
            changed.setdefault(offer.unit.unit_id, Counter()).update(offer.days)
        return sorted((unit, dict(days)) for unit, days in changed.items())


def _by_unit(guests: Sequence[GuestDay]) -> dict[int, list[date]]:
    found: dict[int, list[date]] = {}
    for one in guests:
        found.setdefault(one.unit_id, []).append(one.day)
    return found


@contextmanager
def _told_cleanly() -> Iterator[None]:
    """What the database's barriers refuse is a Conflict."""
    try:
        yield
    except database_errors.Error as refused:
        if refused.sqlstate not in guest_store.REFUSED:
            raise
        raise Conflict(
            "something of these days changed meanwhile; load the page again",
            slug="decided-meanwhile",
        ) from refused


async def _not_in_use(connection: AsyncConnection[Any], person_id: int, *units: int) -> None:
    """Raises Conflict while one of the two units hands out from paper, whatever it says."""
    if await guest_store.paper_in_use(connection, person_id, units):
        raise Conflict(
            "a unit hands out from paper, or rows are not typed in yet",
            slug="paper-in-use",
            person_id=person_id,
        )


async def _not_on_paper(
    connection: AsyncConnection[Any], person_id: int, unit_id: int, days: Sequence[date]
) -> None:
    """Raises Conflict while a list of the unit says that the person may be given from it."""
    rows = await guest_store.still_on_paper(connection, person_id, unit_id, days)
    if rows:
        raise Conflict(
            "a printed list says that the person may be given from it",
            slug="guest-on-paper",
            person_id=person_id,
            rows=rows,
        )


async def load_guest_page(
    wiring: Wiring, token: str
) -> tuple[Actor, list[guest_store.GuestRight], dict[int, list[tuple[int, int]]]]:
    """Who comes as a guest and who goes, from today on, and the newest row of paper that says so.

    Raises Forbidden for who does not hand out.
    """
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*SEES)
        today = formats.local_day(actor.now, actor.zone)
        found = await guest_store.load_guests(connection, actor.unit_id, today)
        on_paper = {
            one.guest_id: rows[-1:]
            for one in found
            if one.day <= today + guest_store.LISTED_AHEAD
            and (
                rows := await guest_store.still_on_paper(
                    connection, one.person_id, one.unit_id, [one.day]
                )
            )
        }
        await connection.commit()
    await look_at_list(wiring, actor, "guests", [one.person_id for one in found])
    return actor, found, on_paper


async def withdraw_guest(
    wiring: Wiring,
    token: str | None,
    guest_id: int,
    reason: str,
    key: str,
    struck_out: Sequence[tuple[int, int]] = (),
) -> UnitAnswer:
    """A doctor of either unit ends a guest's day: the right lies where it lies otherwise.

    A printed list of the other unit goes on saying that the person may be given from it: its row,
    as (serial, row), has to be struck out and named, on one list at least; new ones are due at
    once. Raises NotFound for a day that is none of the
    unit's, over or withdrawn, Conflict (``guest-was-here``) once a dose of it is taken and
    (``guest-on-paper``) while no row that still gives is named, or (``paper-in-use``) either
    unit hands out from paper; Unprocessable without a reason.
    """
    why = written(reason)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        asked = (connection, actor.unit_id, place.on, guest_id)
        found = await guest_store.load_guests(*asked)
        if not found:
            raise NotFound("no such day of a guest here")
        await connection.execute(store.LOCK_PEOPLE, {"people": [found[0].person_id]})
        found = await guest_store.load_guests(*asked)
        if not found:
            raise Conflict("it is withdrawn already", slug="decided-meanwhile")
        guest = found[0]
        if guest.taken:
            raise Conflict("a dose of that day is taken", slug="guest-was-here")
        await lock_lists(connection, guest.from_unit_id, guest.unit_id)
        await _not_in_use(connection, guest.person_id, guest.from_unit_id, guest.unit_id)
        rows = await guest_store.still_on_paper(
            connection, guest.person_id, guest.unit_id, [guest.day]
        )
        _struck(rows, struck_out)
        return await _withdrawn(connection, actor, place, guest, why, sorted(set(struck_out)))

    verb = {"guest": guest_id, "reason": why, "struck_out": sorted(set(struck_out))}
    return await act_at_unit(wiring, token, key, "withdraw guest", verb, build, roles=DECIDES)


def _struck(rows: Sequence[tuple[int, int]], struck_out: Sequence[tuple[int, int]]) -> None:
    """One row for the day is enough: of many lists in a day one is in somebody's hand."""
    if set(struck_out) - set(rows):
        raise Unprocessable("no such row on a list that still gives", field="struck_out")
    if rows and not struck_out:
        raise Conflict(
            "strike out the row on the printed list first", slug="guest-on-paper", rows=rows[-1:]
        )


async def _withdrawn(
    connection: AsyncConnection[Any],
    actor: Actor,
    place: Place,
    guest: guest_store.GuestRight,
    why: str,
    struck_out: Sequence[tuple[int, int]],
) -> UnitWriting:
    asked = {"person_id": guest.person_id}
    seq = await (await connection.execute(store.EVENT_SEQ, asked)).fetchone()
    act = Act(
        guest.person_id, (seq or (0,))[0] + 1, actor.unit_id, actor.staff_id, place.on, place.at
    )
    entry = guest_entries.guest_withdrawn(
        act,
        days=[guest.day],
        holder=guest.from_unit_id,
        unit_id=guest.unit_id,
        reason=why,
        struck_out=struck_out,
    )
    with _told_cleanly():
        ended = guest_store.withdraw([guest.guest_id], (actor.staff_id, place.at, why))
        await connection.execute(*ended)
    statements: tuple[Statement, ...] = (
        (store.ADVANCE, {"count": 1, "person_id": guest.person_id}),
        *guest_store.lists_due([guest.from_unit_id, guest.unit_id], [guest.day], place.on),
    )
    other = guest.from_unit_id if actor.unit_id == guest.unit_id else guest.unit_id
    told = guest_entries.guests_changed(
        other, actor, place, by_unit=actor.unit_id, days={guest.day: -1}
    )
    answer = {"guest_id": guest.guest_id, "withdrawn": True}
    return UnitWriting(answer, statements, (entry,), elsewhere=((other, told),))
