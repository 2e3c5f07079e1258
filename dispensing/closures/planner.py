"""Everyone whose doses meet closed days: what is planned, proposed, and whose limit it breaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from psycopg import AsyncConnection
from starlette.concurrency import run_in_threadpool

from dispensing.clock import local_moment
from dispensing.closures.elsewhere import (
    Elsewhere,
    OtherUnit,
    elsewhere,
    open_for_guests,
    stopped_there,
)
from dispensing.closures.other_units import load_other_units
from dispensing.closures.proposals import (
    LONGEST_AHEAD,
    RUN_OUT,
    RUN_UP,
    Ask,
    Closure,
    Look,
    closures,
    look,
)
from dispensing.closures.store import ClosureDecision, GuestDay, PersonRow, load_people
from dispensing.counter.loading import PATIENT
from dispensing.counter.plan import pair_holds, planned_doses
from dispensing.counter.planned_days import DAY, OPENED, Decided, Visit, as_if_kept
from dispensing.counter.today import ASSUMED, NOT_AFFECTED
from dispensing.errors import CannotDecide, NotFound
from dispensing.looks import look_at_list
from dispensing.people.sessions import Actor, load_actor
from dispensing.units.calendar import MOST_AHEAD, load_closed
from dispensing.web import formats
from dispensing.wiring import Wiring
from dosing_rules import Patient, Request, RuleBook, Verdict, check_dispensing

SEES = ("nurse", "doctor")
State = Literal["open", "decided", "changed", "called", "planned"]


@dataclass(frozen=True, slots=True)
class Affected:
    """A person a closure meets. ``state``: without plan, decided, decided for another order,
    the doctor calls, or covered by the usual plan. The last three are information only."""

    person_id: int
    event_seq: int
    given_name: str
    family_name: str
    born_on: date
    seen: Look
    decision: ClosureDecision | None
    state: State
    arrangement_version: int
    prescription_version: int
    pregnant: bool
    sedatives: bool
    naloxone: bool
    #: Which other unit could hand out; None for who has a plan.
    elsewhere: Elsewhere | None
    #: Days at other units that are decided, and those of them that can no longer be.
    guests: tuple[GuestDay, ...]
    broken: tuple[GuestDay, ...]
    #: How the closed days meet the dose for the night, of whoever has one beside injections.
    night: Look | None = None

    @property
    def initials(self) -> str:
        """For a screen that faces the room."""
        return f"{self.given_name[:1]}.{self.family_name[:1]}."


@dataclass(frozen=True, slots=True)
class ClosurePlan:
    """A closure with its names and everyone it meets, those without plan first."""

    closure: Closure
    names: tuple[str, ...]
    people: tuple[Affected, ...]
    today: date
    units: Mapping[int, OtherUnit]

    def in_state(self, *states: State) -> tuple[Affected, ...]:
        """Those of these states."""
        return tuple(one for one in self.people if one.state in states)


async def closures_of(
    connection: AsyncConnection[Any], unit_id: int, today: date
) -> tuple[Closure, ...]:
    """The unit's coming closures (one that began already among them), in order."""
    closed = await load_closed(connection, unit_id, today - RUN_UP, today + MOST_AHEAD)
    return tuple(one for one in closures(day.day for day in closed) if one.last >= today)


async def load_plan(wiring: Wiring, token: str, first: date) -> tuple[Actor, ClosurePlan]:
    """The closure of the actor's unit that holds ``first``, with everyone it meets.

    Raises Forbidden, and NotFound where no coming closure holds the day.
    """
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*SEES)
        today = formats.local_day(actor.now, actor.zone)
        plan = await plan_of(wiring, connection, actor, today, first, only_read=True)
    await look_at_list(wiring, actor, "closure", [one.person_id for one in plan.people])
    return actor, plan


async def plan_of(
    wiring: Wiring,
    connection: AsyncConnection[Any],
    actor: Actor,
    today: date,
    first: date,
    people: Sequence[int] | None = None,
    *,
    look_elsewhere: bool = True,
    only_read: bool = False,
) -> ClosurePlan:
    """As ``load_plan``, in a transaction that runs; ``people`` chooses some.

    ``look_elsewhere``: also work out for everyone without plan which other unit could hand out.
    ``only_read``: end the transaction before people are looked at. That may take seconds where a
    unit has many, and a transaction that waits so long is broken off.
    """
    closed = await load_closed(connection, actor.unit_id, today - RUN_UP, today + MOST_AHEAD)
    names = {one.day: one.name for one in closed}
    found = [one for one in closures(names) if one.last >= today and first in one.days]
    if not found:
        raise NotFound("no coming closure holds that day")
    closure = found[0]
    day = max(today, closure.first - DAY)
    rows = await load_people(connection, actor.unit_id, day, closure.first, actor.zone, people)
    books = {row.book_id: wiring.book(row.book_id) for row in rows if row.book_id is not None}
    begins = max(today, closure.first - RUN_UP)
    near = frozenset(
        one for one in names if begins - RUN_UP <= one <= closure.last + RUN_OUT + RUN_UP * 2
    )

    units = await load_other_units(
        connection, actor.unit_id, begins - RUN_UP, closure.last + LONGEST_AHEAD
    )
    frame = Frame(closure, near, begins, today, actor, units, look_elsewhere)

    def looked_at() -> list[Affected]:
        seen = [
            affected_of(row, frame, books[row.book_id]) for row in rows if row.book_id is not None
        ]
        return [one for one in seen if one is not None]

    if any(row.book_id is None for row in rows):
        raise CannotDecide("no rule book is in force on that day")
    if only_read:
        await connection.commit()
    affected = await run_in_threadpool(looked_at)
    affected.sort(key=lambda one: _ORDER[one.state])
    called = tuple(dict.fromkeys(names[one] for one in closure.days))
    return ClosurePlan(closure, called, tuple(affected), today, units)


_ORDER = {"open": 0, "changed": 1, "called": 2, "decided": 3, "planned": 4}


@dataclass(frozen=True, slots=True)
class Frame:
    """What all who are looked at have in common: the closure, the days, the units."""

    closure: Closure
    closed_on: frozenset[date]
    begins: date
    today: date
    actor: Actor
    units: Mapping[int, OtherUnit]
    look_elsewhere: bool


def affected_of(row: PersonRow, frame: Frame, book: RuleBook) -> Affected | None:
    """The person before the closure; None for one whom it does not meet."""
    closure, zone = frame.closure, frame.actor.zone
    patient = _facts(row, frame.closed_on, frame.begins, frame.today, zone)
    order = patient.prescription
    if order is None:
        return None
    decided = tuple((one.valid_from, one.arrangement) for one in row.arranged)

    def ask(visit: Visit) -> Verdict:
        return rules_say(visit, book)

    def seen_with(guests: Sequence[GuestDay]) -> Look | None:
        at = {one.day: frame.units[one.unit_id].on(one.day) for one in guests}
        return look(
            open_for_guests(patient, tuple(at)),
            decided,
            closure,
            frame.closed_on,
            frame.begins,
            book.take_home_days,
            ask,
            zone,
            at,
        )

    guests = tuple(one for one in row.guests if closure.first <= one.day <= closure.last)
    broken = _broken(guests, patient, frame, ask)
    sound = tuple(one for one in guests if one not in broken)
    seen = seen_with(sound)
    decision = row.last_decision
    if seen is None and decision is None:
        return None
    state = _state(seen, decision, order.version, closure)
    if guests and state in ("open", "changed"):
        # Decided anew, a day at another unit is withdrawn first, unless a dose of it is taken.
        # What a pharmacy supplies stays as it is.
        seen = seen_with([one for one in sound if one.taken or one.guest_id is None])
    begins = (frame.begins, frame.today)
    offered = None
    if frame.look_elsewhere and state in ("open", "changed", "called"):
        units = tuple(frame.units.values())
        offered = elsewhere(patient, decided, closure, frame.closed_on, begins, units, ask, zone)
    return Affected(
        row.person_id,
        row.event_seq,
        row.given_name,
        row.family_name,
        row.born_on,
        seen or Look("planned", (), None, 0, None, (), ()),
        decision,
        state,
        max([one.version for one in row.arranged], default=0),
        order.version,
        patient.pregnant is True,
        patient.sedatives is not None and patient.sedatives.diazepam_high_ug > 0,
        row.naloxone,
        offered,
        guests,
        broken,
        _nights(row, frame, book, decided),
    )


def _nights(row: PersonRow, frame: Frame, book: RuleBook, decided: Decided) -> Look | None:
    """The same look at the dose for the night: it goes home before the closed days by itself."""
    zone = frame.actor.zone
    facts: Patient = PATIENT.decode(row.facts)
    patient = _as_kept(facts.for_night(), frame.closed_on, frame.begins, frame.today, zone)
    if facts.beside is None or not pair_holds(patient, frame.begins):
        return None
    return look(
        patient,
        decided,
        frame.closure,
        frame.closed_on,
        frame.begins,
        book.take_home_days,
        lambda visit: rules_say(visit, book),
        zone,
    )


def _broken(
    guests: Sequence[GuestDay], patient: Patient, frame: Frame, ask: Ask
) -> tuple[GuestDay, ...]:
    """The decided days at other units that can no longer be.

    It is closed there, the preparation has run out, or the rules stop it.
    """
    order = patient.prescription

    def cannot(one: GuestDay) -> bool:
        unit = frame.units[one.unit_id]
        if one.day in unit.closed_on:
            return True
        # What a pharmacy has in stock is in its own register.
        stocked = one.guest_id is None or order is None or order.product.code in unit.products
        if not stocked:
            return True
        there = replace(patient, unit=unit.on(one.day), right_holder_unit_id=unit.unit_id)
        at = local_moment(one.day, OPENED, frame.actor.zone)
        doses = planned_doses(there, one.day)[:1]
        return bool(doses) and bool(
            stopped_there(Visit(one.day, at, doses, there), patient.unit, ask)
        )

    return tuple(one for one in guests if not one.taken and cannot(one))


def _state(
    seen: Look | None, decision: ClosureDecision | None, version: int, closure: Closure
) -> State:
    if seen is None:
        # The doses of these days are in the person's hands.
        return "decided"
    if decision is None:
        return "planned" if seen.proposal == "planned" else "open"
    if decision.prescription_version != version or decision.last != closure.last:
        return "changed"
    if decision.choice == "called":
        return "called"
    return "decided" if seen.proposal == "planned" else "changed"


def _facts(
    row: PersonRow, closed_on: frozenset[date], begins: date, today: date, zone: str
) -> Patient:
    """What will be known on the day the plan is run from, if all is kept until then."""
    return _as_kept(PATIENT.decode(row.facts), closed_on, begins, today, zone)


def _as_kept(
    patient: Patient, closed_on: frozenset[date], begins: date, today: date, zone: str
) -> Patient:
    if patient.unit is not None:
        patient = replace(patient, unit=replace(patient.unit, closed_on=closed_on))
    return as_if_kept(patient, begins, zone) if begins > today else patient


def rules_say(visit: Visit, book: RuleBook) -> Verdict:
    """The rules' answer to a visit of a person who is the right one and not affected."""
    order, unit = visit.patient.prescription, visit.patient.unit
    request = Request(
        at=visit.at,
        on=visit.on,
        unit_id=unit.unit_id if unit is not None else 0,
        doses=visit.doses,
        product=order.product if order is not None else None,
        prescription_id=order.prescription_id if order is not None else None,
        prescription_version=order.version if order is not None else None,
        identifiers=ASSUMED,
        observed=NOT_AFFECTED,
    )
    return check_dispensing(request, visit.patient, book)
