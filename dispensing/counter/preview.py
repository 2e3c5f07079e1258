"""What the counter shows before anything is pressed: the plan, the verdict, the last days.

Reads without a lock: what counts is asked again, under the lock, when somebody reserves. Looking a
person up is an entry in the unit's chain of views.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from audit.ledger.entry import Entry
from dispensing.counter.away import Place
from dispensing.counter.loading import Desk, load_desk
from dispensing.counter.page_store import ASKED_FROM, WAITS_HERE
from dispensing.counter.plan import pair_holds, planned_doses, planned_night
from dispensing.counter.reading import READING_JSON, reading_of
from dispensing.counter.reserve import Checked, Order, answers, check
from dispensing.counter.store import LOAD_RESERVATION, Reservation, reservation_from
from dispensing.counter.tapers import Taper, taper_of
from dispensing.counter.today import ASSUMED, NOT_AFFECTED
from dispensing.errors import NotFound
from dispensing.looks import look_at_list, record_look, record_view
from dispensing.people.allowed_people import allowed
from dispensing.people.sessions import HANDS_OUT, Actor, load_actor
from dispensing.persons.look_alikes import LookAlike, Named, look_alikes
from dispensing.persons.number import may_be_number
from dispensing.persons.register import person_with_number, record_search
from dispensing.wiring import Wiring
from dosing_rules import DoseAsked, Observed, Patient
from dosing_rules.facts import Identifier

PERSON = """
SELECT p.person_id, p.given_name, p.family_name, p.born_on, p.sex, p.card_code, p.unit_id,
    w.place AS away_place, w.name AS away_name, w.since_at AS away_since
FROM person p LEFT JOIN away w ON w.away_id = (SELECT min(o.away_id) FROM person o
    WHERE o.person_id = ANY (p.person_id || p.also_ids))
WHERE p.person_id = %(person_id)s
"""
OPEN_RESERVATIONS = """
SELECT DISTINCT c.reservation_id FROM claim c
WHERE c.person_id = %(person_id)s AND c.state <> 'given' ORDER BY 1
"""
RECENT_RESERVATIONS = """
SELECT r.reservation_id FROM reservation r
WHERE r.person_id IN (SELECT unnest(o.person_id || o.also_ids) FROM person o
    WHERE o.person_id = %(person_id)s) AND r.day >= %(since)s ORDER BY 1 DESC LIMIT 10
"""
HISTORY = """
SELECT 'missed' AS what, d.day, NULL::timestamptz AS at, d.planned_ug AS amount_ug
FROM missed_dose d WHERE d.person_id IN (SELECT unnest(o.person_id || o.also_ids) FROM person o
    WHERE o.person_id = %(person_id)s) AND d.day >= %(since)s
UNION ALL
SELECT x.outcome, r.day, x.resolved_at, NULL FROM reservation r JOIN resolution x
    USING (reservation_id)
WHERE r.person_id IN (SELECT unnest(o.person_id || o.also_ids) FROM person o
    WHERE o.person_id = %(person_id)s) AND r.day >= %(since)s AND x.outcome <> 'given'
ORDER BY 2, 3
"""
FIND = """
SELECT p.person_id, p.given_name, p.family_name, p.born_on, p.card_code
FROM person p
WHERE (p.unit_id = %(unit_id)s OR p.right_holder_unit_id = %(unit_id)s
        OR p.person_id IN (SELECT v.person_id FROM guest_here v WHERE v.unit_id = %(unit_id)s))
    AND p.ended_on IS NULL
    AND (p.card_code = upper(%(text)s)
        -- The card of a record that was merged into this one.
        OR p.person_id = (SELECT o.merged_into_id FROM person o WHERE o.card_code = upper(%(text)s))
        OR lower(p.family_name) LIKE %(prefix)s OR lower(p.given_name) LIKE %(prefix)s
        OR lower(p.given_name || ' ' || p.family_name) LIKE %(prefix)s
        OR to_char(p.born_on, 'DDMMYY') = %(digits)s)
ORDER BY p.family_name, p.given_name, p.person_id LIMIT 20
"""
# The day's latest reading, also one that raised no finding.
OPEN_QUESTIONS = f"""
SELECT q.question_id, p.person_id, q.day, q.verdict, q.note, q.night,
    {READING_JSON} AS withdrawal,
    q.asked_at, s.given_name AS asked_by_given_name, s.family_name AS asked_by_family_name
{ASKED_FROM}
CROSS JOIN LATERAL (SELECT q.day AS today) m
WHERE {WAITS_HERE} ORDER BY q.asked_at
"""
COME_HERE = """
SELECT person_id, given_name, family_name, born_on FROM person
WHERE (unit_id = %(unit_id)s OR right_holder_unit_id = %(unit_id)s
        OR person_id IN (SELECT v.person_id FROM guest_here v WHERE v.unit_id = %(unit_id)s))
    AND ended_on IS NULL
ORDER BY person_id
"""
FIND_BY_ID = """
SELECT p.person_id, p.given_name, p.family_name, p.born_on, p.card_code
FROM person p
WHERE p.person_id = %(person_id)s
    AND (p.unit_id = %(unit_id)s OR p.right_holder_unit_id = %(unit_id)s
        OR p.person_id IN (SELECT v.person_id FROM guest_here v WHERE v.unit_id = %(unit_id)s))
    AND p.ended_on IS NULL
"""


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Who a person is, for the counter: name, birth date, card."""

    person_id: int
    given_name: str
    family_name: str
    born_on: date
    sex: str
    card_code: str
    unit_id: int
    # Where the person is, while the right to dispense lies at a place outside the service.
    away_place: Place | None = None
    away_name: str | None = None
    away_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class PastMark:
    """Something of the last fortnight that left no claim: missed, returned, refused, spilled."""

    what: str
    day: date
    at: datetime | None
    amount_ug: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """A person before the nurse: facts, the order as planned, its verdict, what is unresolved."""

    actor: Actor
    desk: Desk
    person: PersonLine
    order: Order
    checked: Checked
    unresolved: tuple[Reservation, ...]
    recent: tuple[Reservation, ...]
    marks: tuple[PastMark, ...]
    look_alikes: tuple[LookAlike, ...] = ()
    taper: Taper | None = None
    # With the main order in front, whichever is shown; the other stands beside it.
    both: Patient | None = None


async def preview(
    wiring: Wiring,
    token: str,
    person_id: int,
    *,
    bottle_code: str | None = None,
    observed: Observed = NOT_AFFECTED,
    identifiers: frozenset[Identifier] = ASSUMED,
    doses: tuple[DoseAsked, ...] | None = None,
    night: bool | None = None,
    in_emergency: bool = False,
) -> Preview:
    """A person's plan and verdict now, assuming the right person who is not affected.

    ``doses`` asks about another hand-out than the planned one, ``night`` for the dose for the night
    (or the main order) where a person has both; ``in_emergency`` as in ``load_desk``. The look-up
    is logged. Raises NotFound for a person unknown or of another unit, and for roles without
    patients.
    """
    async with wiring.pool.connection() as connection:
        actor, desk, _ = await load_desk(
            connection,
            token,
            wiring.limits,
            person_id=person_id,
            lock=False,
            in_emergency=in_emergency,
        )
        parameters = {"person_id": person_id, "since": fortnight_before(desk.on)}
        unresolved = await _reservations(connection, OPEN_RESERVATIONS, parameters)
        recent = await _reservations(connection, RECENT_RESERVATIONS, parameters)
        both = desk.patient
        if doses is not None:
            desk = desk.asked_of(doses)
        elif _at_night(desk, bottle_code, unresolved, recent, night):
            desk = desk.at_the_night()
        prescription = desk.patient.prescription
        order = Order(
            person_id=person_id,
            prescription_id=prescription.prescription_id if prescription else None,
            prescription_version=prescription.version if prescription else None,
            doses=planned_doses(desk.patient, desk.on) if doses is None else doses,
            identifiers=identifiers,
            observed=observed,
            bottle_code=bottle_code,
        )
        checked = check(order, actor, desk, wiring)
        person, past = await _person_and_past(connection, parameters)
        alike = await look_alikes_of(connection, actor.unit_id, person_id)
        may_see = await allowed(connection, actor, (one.person_id for one in alike))
        alike = tuple(one for one in alike if one.person_id in may_see)
        taper = await taper_of(connection, person_id)
        page = "emergency-access" if in_emergency else "counter"
        await record_look(wiring, connection, actor, person_id, page)
        await connection.commit()
    return Preview(
        actor,
        desk,
        person,
        order,
        checked,
        tuple(unresolved),
        tuple(recent),
        past,
        alike,
        taper,
        both,
    )


async def _person_and_past(
    connection: AsyncConnection[Any], parameters: Mapping[str, Any]
) -> tuple[PersonLine, tuple[PastMark, ...]]:
    person_row = connection.cursor(row_factory=class_row(PersonLine))
    await person_row.execute(PERSON, parameters)
    person = await person_row.fetchone()
    if person is None:
        raise NotFound("no such person here")
    marks = connection.cursor(row_factory=class_row(PastMark))
    await marks.execute(HISTORY, parameters)
    return person, tuple(await marks.fetchall())


def _at_night(
    desk: Desk,
    bottle_code: str | None,
    unresolved: Sequence[Reservation],
    recent: Sequence[Reservation],
    night: bool | None,
) -> bool:
    """Which of two orders is shown: what stands poured, what was asked for, what was scanned.

    Otherwise what is planned next; and when nothing is, what was handed out last.
    """
    if desk.patient.beside is None:
        return False
    if unresolved:
        return unresolved[0].of_the_night
    if night is not None:
        return night
    scanned = next((one for one in desk.bottles if one.scan_code == bottle_code), None)
    ordered = desk.patient.beside.prescription
    if scanned is not None and ordered is not None:
        return scanned.product.substance == ordered.product.substance
    if planned_doses(desk.patient, desk.on):
        return False
    if planned_night(desk.patient, desk.on):
        return True
    today = [one for one in recent if one.day == desk.on and one.outcome == "given"]
    return bool(today) and today[0].of_the_night


async def look_alikes_of(
    connection: AsyncConnection[Any], unit_id: int, person_id: int
) -> tuple[LookAlike, ...]:
    """Who of the people who come here could be taken for the person, by name or birth date."""
    cursor = connection.cursor(row_factory=class_row(Named))
    await cursor.execute(COME_HERE, {"unit_id": unit_id})
    here = tuple(await cursor.fetchall())
    return look_alikes(here).get(person_id, ())


def fortnight_before(day: date) -> date:
    """The first day of the strip of fourteen that ends with ``day``."""
    return date.fromordinal(day.toordinal() - 13)


async def _reservations(connection: Any, sql: str, parameters: Any) -> list[Reservation]:
    ids = await (await connection.execute(sql, parameters)).fetchall()
    found: list[Reservation] = []
    for (reservation_id,) in ids:
        row = await (
            await connection.execute(LOAD_RESERVATION, {"reservation_id": reservation_id})
        ).fetchone()
        found.append(reservation_from(row[0]))
    return found


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person found by typing or by card."""

    person_id: int
    given_name: str
    family_name: str
    born_on: date
    card_code: str


async def find_people(wiring: Wiring, token: str, text: str) -> list[FoundPerson]:
    """People of the actor's unit by card code, beginning of a name, birth date DDMMYY, or number.

    A number (CPR or replacement) is looked up by its keyed hash; without the keys it raises
    CannotDecide, and the person is found by card or name.
    """
    text = text.strip()
    if not text:
        return []
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*HANDS_OUT)
        if may_be_number(text):
            found = await _by_number(wiring, connection, actor, text)
            await connection.commit()
            return found
        cursor = connection.cursor(row_factory=class_row(FoundPerson))
        escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        await cursor.execute(
            FIND,
            {
                "unit_id": actor.unit_id,
                "text": text,
                "prefix": f"{escaped}%",
                "digits": text.replace("-", "").replace("/", "").replace(".", ""),
            },
        )
        found = await _allowed_of(connection, actor, await cursor.fetchall())
        # That somebody searched is kept, and how many it showed; what was typed may be a name.
        searched = Entry(
            kind="people-searched",
            unit_id=actor.unit_id,
            actor_id=actor.staff_id,
            facts={"at": actor.now.isoformat(), "found": [one.person_id for one in found]},
        )
        await record_view(wiring, connection, actor, searched)
        await connection.commit()
        return found


async def _allowed_of(
    connection: AsyncConnection[Any], actor: Actor, found: list[FoundPerson]
) -> list[FoundPerson]:
    may_see = await allowed(connection, actor, (one.person_id for one in found))
    return [one for one in found if one.person_id in may_see]


async def _by_number(
    wiring: Wiring, connection: AsyncConnection[Any], actor: Actor, text: str
) -> list[FoundPerson]:
    """The person of the actor's unit who holds a number; that it was asked is a view."""
    person_id = await person_with_number(wiring, connection, actor, text)
    cursor = connection.cursor(row_factory=class_row(FoundPerson))
    await cursor.execute(FIND_BY_ID, {"unit_id": actor.unit_id, "person_id": person_id})
    found = await _allowed_of(connection, actor, await cursor.fetchall())
    await record_search(wiring, connection, actor, [one.person_id for one in found])
    return found


async def open_questions(wiring: Wiring, token: str) -> list[dict[str, Any]]:
    """The questions of the doctor's own unit that wait for an answer, oldest first."""
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be("doctor")
        cursor = connection.cursor(row_factory=dict_row)
        await cursor.execute(
            OPEN_QUESTIONS,
            {"unit_id": actor.unit_id},
        )
        rows = await cursor.fetchall()
        for row in rows:
            row["withdrawal"] = reading_of(row["withdrawal"])
        await connection.commit()
    await look_at_list(wiring, actor, "doctor-questions", [row["person_id"] for row in rows])
    return rows


def night_document(seen: Preview) -> dict[str, Any] | None:
    """What is planned of the dose for the night, of whoever has one in force today."""
    patient = seen.both.for_night() if seen.both is not None else None
    order = patient.prescription if patient is not None else None
    if patient is None or order is None or not pair_holds(patient, seen.desk.on):
        return None
    doses = planned_doses(patient, seen.desk.on)
    return {
        "prescription": [order.prescription_id, order.version],
        "plan": answers(doses, None, seen.checked.book.measurable_step_ul),
    }


def facts_document(desk: Desk) -> dict[str, Any]:
    """The facts as JSON values, in the words of the scenario files."""
    document = msgspec.to_builtins(desk.patient)
    document.pop("claims_by_day", None)
    document.pop("unsettled_claims", None)
    if document["beside"] is None:
        del document["beside"]
    return document
