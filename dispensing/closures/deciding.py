"""A doctor decides a closure in one go: one act, entries for each person and one of the unit.

Under the locks of everyone chosen the plan is worked out again; whoever has another arrangement or
order than the doctor saw stops the whole act, so that of two doctors one wins and the other reads
what was decided. Days at another unit are guest rights (``guests``), decided in the same act.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from psycopg import AsyncConnection

from audit.ledger.entry import Entry
from dispensing.acts import Act
from dispensing.closures import store
from dispensing.closures.elsewhere import Offer
from dispensing.closures.guests import Changes
from dispensing.closures.planner import Affected, plan_of
from dispensing.closures.proposals import Closure
from dispensing.counter.ending import written
from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.once_per_key import Statement
from dispensing.people.sessions import Actor
from dispensing.treatment.entries import arrangement_decided
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit, unit_entry
from dispensing.wiring import Wiring

Choice = Literal["home", "called", "guest"]
DECIDES = ("doctor",)
MOST_PEOPLE = 1_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the doctor chose for a person, and which arrangement and order the page showed.

    ``unit_id`` is the other unit where that is the choice.
    """

    person_id: int
    choice: Choice
    arrangement_version: int
    prescription_version: int
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """What is written of one person."""

    statements: tuple[Statement, ...]
    entries: tuple[Entry, ...]


async def decide_closure(
    wiring: Wiring,
    token: str | None,
    first: date,
    last: date,
    chosen: Sequence[Chosen],
    reason: str,
    key: str,
) -> UnitAnswer:
    """Decide for everyone named; whoever is left out stays without plan.

    Raises NotFound for a closure or person that is none here, Unprocessable without people or a
    reason, Conflict: ``closure-changed`` when its days are others by now, ``decided-meanwhile``
    when somebody's arrangement or order is another than shown, ``not-proposed`` when the rules
    would stop the hand-out whatever is arranged or the other unit cannot hand it out,
    ``guest-on-paper`` while a printed list of this unit says that a guest may be given here, and
    ``paper-in-use`` while one of the two units hands out from paper.
    """
    why = written(reason)
    if not 0 < len(chosen) <= MOST_PEOPLE:
        raise Unprocessable("choose at least one person", field="people")
    if len({one.person_id for one in chosen}) != len(chosen):
        raise Unprocessable("a person is named once", field="people")

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        people = [one.person_id for one in chosen]
        await connection.execute(store.LOCK_PEOPLE, {"people": people})
        plan = await plan_of(wiring, connection, actor, place.on, first, people)
        closure = plan.closure
        if (closure.first, closure.last) != (first, last):
            raise Conflict("the closed days are others by now", slug="closure-changed")
        known = {one.person_id: one for one in plan.people}
        if known.keys() != set(people):
            raise NotFound("a person this closure does not meet")
        arranged = await _arranged(connection, actor, place, closure, people)
        changes = Changes(actor, place, why)
        statements: list[Statement] = []
        entries: list[Entry] = []
        told: list[list[object]] = []
        for one in sorted(chosen, key=lambda one: one.person_id):
            person = known[one.person_id]
            _as_shown(one, person)
            told.append(_told(one, person))
            changes.add(person, offered(one, person))
            written_of = _write(one, person, arranged[one.person_id], changes, closure)
            statements += written_of.statements
            entries += written_of.entries
        await changes.write(connection)
        facts: dict[str, object] = {
            "first": first.isoformat(),
            "last": last.isoformat(),
            "reason": why,
            "people": told,
        }
        entries.append(unit_entry("closure-decided", actor, place, facts))
        told_to = changes.told_to()
        answer = {"first": first, "last": last, "decided": people}
        return UnitWriting(answer, tuple(statements), tuple(entries), 201, told_to)

    asked = (first, last, sorted(chosen, key=lambda one: one.person_id), why)
    return await act_at_unit(wiring, token, key, "closure", asked, build, roles=DECIDES)


async def _arranged(
    connection: AsyncConnection[Any],
    actor: Actor,
    place: Place,
    closure: Closure,
    people: Sequence[int],
) -> dict[int, tuple[store.Arranged, ...]]:
    rows = await store.load_people(
        connection, actor.unit_id, place.on, closure.first, actor.zone, people
    )
    return {row.person_id: row.arranged for row in rows}


def _as_shown(one: Chosen, person: Affected) -> None:
    """Raises Conflict when the doctor saw something else, or nothing of it can be."""
    shown = (one.arrangement_version, one.prescription_version)
    if shown != (person.arrangement_version, person.prescription_version):
        raise Conflict(
            "an arrangement or order is another than shown; load the page again",
            slug="decided-meanwhile",
            person_id=person.person_id,
        )
    if person.state in ("decided", "planned"):
        raise Conflict(
            "there is a plan already", slug="decided-meanwhile", person_id=person.person_id
        )
    if one.choice == "home" and person.seen.proposal == "call":
        raise Conflict(
            "the rules would stop it whatever is arranged",
            slug="not-proposed",
            person_id=person.person_id,
        )


def offered(one: Chosen, person: Affected) -> Offer | None:
    """The other unit that is chosen, as it was offered. Raises Conflict where it cannot be."""
    if one.choice != "guest":
        return None
    offers = person.elsewhere.offers if person.elsewhere is not None else ()
    found = next((offer for offer in offers if offer.unit.unit_id == one.unit_id), None)
    if found is None:
        raise Conflict(
            "that unit cannot hand out to the person on these days",
            slug="not-proposed",
            person_id=person.person_id,
        )
    return found


def _told(one: Chosen, person: Affected) -> list[object]:
    pickup_on = _pickup_on(one, person)
    return [
        one.person_id,
        one.choice,
        pickup_on.isoformat() if pickup_on else None,
        person.prescription_version,
        1 + (person.decision.version if person.decision else 0),
        one.unit_id if one.choice == "guest" else None,
    ]


def _pickup_on(one: Chosen, person: Affected) -> date | None:
    return person.seen.pickup_on if one.choice == "home" else None


def _write(
    one: Chosen,
    person: Affected,
    arranged: tuple[store.Arranged, ...],
    changes: Changes,
    closure: Closure,
) -> Planned:
    """The further arrangements with their entries, and the decision's own row."""
    actor, place, why = changes.actor, changes.place, changes.why
    statements: list[Statement] = []
    entries: list[Entry] = []
    # What is said again keeps its own reason and pharmacy.
    reasons = {kept.arrangement.exception: kept.reason for kept in arranged}
    pharmacy = arranged[-1].pharmacy if arranged else None
    further = person.seen.decided if one.choice == "home" else ()
    for number, (valid_from, how) in enumerate(further, start=1):
        version = person.arrangement_version + number
        kept = store.Arranged(version, valid_from, pharmacy, reasons.get(how.exception, why), how)
        statements.append(store.arrange(kept, one.person_id, actor.staff_id, place.at))
        act = Act(
            one.person_id,
            person.event_seq + number,
            actor.unit_id,
            actor.staff_id,
            place.on,
            place.at,
        )
        entries.append(
            arrangement_decided(
                act,
                version=version,
                valid_from=valid_from,
                self_administration=how.self_administration is True,
                supervised_weekdays=sorted(how.supervised_weekdays or ()),
                pickup_weekdays=sorted(how.pickup_weekdays or ()),
                take_home_days=how.take_home_days or 0,
                thrice_weekly=how.thrice_weekly is True,
                pharmacy_unit_id=pharmacy,
                exception=how.exception,
                exception_reason=kept.reason if how.exception else None,
            )
        )
    entries += changes.entries_of(person, after=len(entries))
    if entries:
        count = {"count": len(entries), "person_id": one.person_id}
        statements.insert(0, (store.ADVANCE, count))
    row = {
        "unit_id": actor.unit_id,
        "first": closure.first,
        "last": closure.last,
        "person_id": one.person_id,
        "version": 1 + (person.decision.version if person.decision else 0),
        "choice": one.choice,
        "pickup_on": _pickup_on(one, person),
        "guest_unit_id": one.unit_id if one.choice == "guest" else None,
        "prescription_version": person.prescription_version,
        "reason": why,
        "staff_id": actor.staff_id,
        "at": place.at,
    }
    statements.append((store.DECIDE, row))
    return Planned(tuple(statements), tuple(entries))
