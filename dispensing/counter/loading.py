"""Facts about one person, read under that person's lock in one statement.

``LOCK_PERSON`` waits for everyone else who acts on the person; ``LOAD`` then sees what they
committed. Both travel in one round trip. The facts come as one JSON document that decodes straight
into the values the rules ask; windows are bounded, so a long history costs nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.counter.facts_sql import (
    BOOK_JSON,
    DECISIONS_JSON,
    FACTS_FROM,
    FACTS_SQL,
    KEPT_HOLDER,
    MOMENT,
    PRODUCT_JSON,
)
from dispensing.counter.reading import READING_JSON, Reading, reading_of
from dispensing.errors import Conflict, NotFound
from dispensing.people.allowed_people import is_allowed
from dispensing.people.sessions import (
    ACTOR_SQL,
    HANDS_OUT,
    Actor,
    SessionLimits,
    accept,
    token_hash,
)
from dosing_rules import DoseAsked, Patient, Product
from dosing_rules.facts import OUTSIDE

LOCK_PERSON = "SELECT person_id FROM person WHERE person_id = %(person_id)s FOR UPDATE"
# The person of a reservation; of a merged record the survivor, who holds its doses now.
PERSON_OF_RESERVATION = """
(SELECT coalesce(o.merged_into_id, o.person_id) FROM reservation v JOIN person o USING (person_id)
    WHERE v.reservation_id = %(reservation_id)s)"""
LOCK_PERSON_OF_RESERVATION = f"""
SELECT person_id FROM person WHERE person_id = {PERSON_OF_RESERVATION} FOR UPDATE
"""

UNIT_OF_SESSION = """(SELECT s.unit_id FROM staff_session ss JOIN staff s USING (staff_id)
    WHERE ss.session_hash = %(session_hash)s AND ss.ended_at IS NULL)"""

COUNTER_OF_SESSION = """(SELECT counter_id FROM staff_session
    WHERE session_hash = %(session_hash)s)"""
LOAD = f"""
{MOMENT.format(unit=UNIT_OF_SESSION)}
SELECT m.at, m.today, m.clinical_chain AS chain_id, p.person_id, p.event_seq,
    exists (SELECT 1 FROM downtime w WHERE w.unit_id = m.unit_id AND w.over_at IS NULL)
        AS in_downtime,
    exists (SELECT 1 FROM restoration w WHERE w.unit_id = m.unit_id AND w.closed_at IS NULL)
        AS restored,
    p.unit_id AS enrolled_unit_id, coalesce(p.ended_on <= m.today, false) AS course_over,
    p.merged_into_id, {BOOK_JSON} AS book_id, m.card_at_given,
    {KEPT_HOLDER} AS kept_holder,
    exists (SELECT 1 FROM guest_here v WHERE v.person_id = p.person_id AND v.unit_id = m.unit_id)
        AS guest_here,
    CASE WHEN p.also_ids = '{{}}' THEN ARRAY[p.card_code] ELSE (SELECT array_agg(o.card_code)
        FROM person o WHERE o.person_id = ANY (p.person_id || p.also_ids)) END AS card_codes,
    {DECISIONS_JSON} AS decisions, {READING_JSON} AS reading,
    (SELECT json_agg(json_build_object('bottle_id', b.bottle_id, 'scan_code', b.scan_code,
        'balance_ug', b.balance_ug, 'counted', b.counted, 'expires_on', t.expires_on, 'lot', t.lot,
        'product', {PRODUCT_JSON}))::text
        FROM bottle b JOIN batch t USING (batch_id) JOIN product d ON d.code = b.product_code
        WHERE b.counter_id = {COUNTER_OF_SESSION} AND b.closed_at IS NULL
            AND t.state = 'released') AS bottles,
    {FACTS_SQL}
{FACTS_FROM.format(people="p.person_id = %(person_id)s")}
"""
# Emergency access lets its opener read one person for an hour; who acts belongs to the person.
OPENED_NOW = """
SELECT access_id, until_at FROM emergency_access
WHERE staff_id = %(staff_id)s AND person_id = %(person_id)s AND until_at > clock_timestamp()
ORDER BY until_at DESC LIMIT 1
"""
RESERVED_ON = "(SELECT day FROM reservation WHERE reservation_id = %(reservation_id)s)"
GUEST_THEN = """exists (SELECT 1 FROM reservation v
    WHERE v.reservation_id = %(reservation_id)s AND v.unit_id = m.unit_id
        AND (exists (SELECT 1 FROM guest_right g WHERE g.person_id = v.person_id
                AND g.day = v.day AND g.unit_id = v.unit_id AND g.withdrawn_at IS NULL)
            OR exists (SELECT 1 FROM supply_day g WHERE g.person_id = v.person_id
                AND g.day = v.day AND g.unit_id = v.unit_id AND g.ended_at IS NULL)))"""
# What was poured before midnight is judged as of its own day: the doctor's extra of that day, and
# coverage before it (its own first part is no earlier day).
LOAD_OF_RESERVATION = (
    LOAD.replace(
        "p.person_id = %(person_id)s",
        f"p.person_id = {PERSON_OF_RESERVATION}",
    )
    .replace("e.day = m.today AND e.allow", f"e.day = {RESERVED_ON} AND e.allow")
    .replace("c.for_day < m.today AND c.state", f"c.for_day < {RESERVED_ON} AND c.state")
    # Nor does a guest's dose become another unit's at midnight, or when its record is merged away.
    .replace("gr.day = m.today", f"gr.day = {RESERVED_ON}")
    .replace("AS guest_here", f"OR {GUEST_THEN} AS guest_here")
)


@dataclass(frozen=True, slots=True)
class Bottle:
    """An open bottle or package at the counter, as scanned.

    One that is not ``counted`` is a pharmacy's, whose own register tells what is left in it.
    """

    bottle_id: int
    scan_code: str
    balance_ug: int
    expires_on: date
    lot: str
    product: Product
    counted: bool = True

    def holds(self, amount_ug: int) -> bool:
        """Whether so much can be poured from it, as far as it is counted here."""
        return not self.counted or amount_ug <= self.balance_ug


@dataclass(frozen=True, slots=True)
class DoctorDecision:
    """What a doctor decided for this person and day."""

    rule_ids: frozenset[str]
    allow: bool
    max_ug: int | None
    interval_minutes: int | None
    reason: str
    decided_by: int
    # Of the dose for the night, or of the main order: a yes is said of one of them.
    night: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """All that one act at the counter needs: moment, person, facts, decisions, open bottles.

    ``in_downtime``: the unit hands out from paper just now, so nothing is reserved here.
    ``restored``: from a backup, and nobody has resolved what it forgot; nothing is handed out.
    """

    at: datetime
    on: date
    chain_id: int
    person_id: int
    event_seq: int
    book_id: str | None
    decisions: tuple[DoctorDecision, ...]
    bottles: tuple[Bottle, ...]
    patient: Patient
    in_downtime: bool = False
    restored: bool = False
    # Also those of records merged into this one.
    card_codes: tuple[str, ...] = ()
    card_at_given: bool = False
    # Who holds the right on other days, where the person is a guest here today.
    kept_holder: int | None = None
    # Whose doctors decide the treatment, wherever it is handed out.
    enrolled_unit_id: int | None = None
    course_over: bool = False
    # The latest withdrawal measured today.
    reading: Reading | None = None

    def asked_of(self, doses: Sequence[DoseAsked]) -> "Desk":
        """The same desk with that order in front which the doses are of.

        A doctor's yes is heard where it was said of that order; a no holds for both.
        """
        return self._with(self.patient.asked_of(doses))

    def at_the_night(self) -> "Desk":
        """The same desk with the order of the dose for the night in front."""
        return self._with(self.patient.for_night())

    def _with(self, patient: Patient) -> "Desk":
        night = patient.at_night
        heard = [one for one in self.decisions if not one.allow or one.night is night]
        return replace(self, patient=patient, decisions=tuple(heard))

    @property
    def at_night(self) -> bool:
        """Whether the order of the dose for the night stands in front."""
        return self.patient.at_night


@dataclass(frozen=True, slots=True)
class _Row:
    at: datetime
    today: date
    chain_id: int
    person_id: int
    event_seq: int
    enrolled_unit_id: int
    course_over: bool
    merged_into_id: int | None
    card_at_given: bool
    card_codes: list[str]
    book_id: str | None
    decisions: str | None
    reading: str | None
    bottles: str | None
    facts: str
    in_downtime: bool
    restored: bool
    kept_holder: int | None
    guest_here: bool

    def desk(self) -> Desk:
        return Desk(
            at=self.at,
            on=self.today,
            chain_id=self.chain_id,
            person_id=self.person_id,
            event_seq=self.event_seq,
            book_id=self.book_id,
            decisions=_DECISIONS.decode(self.decisions) if self.decisions else (),
            bottles=_BOTTLES.decode(self.bottles) if self.bottles else (),
            patient=PATIENT.decode(self.facts),
            in_downtime=self.in_downtime,
            restored=self.restored,
            card_codes=tuple(self.card_codes),
            card_at_given=self.card_at_given,
            kept_holder=self.kept_holder,
            enrolled_unit_id=self.enrolled_unit_id,
            course_over=self.course_over,
            reading=reading_of(self.reading),
        )


PATIENT = msgspec.json.Decoder(Patient)
_DECISIONS = msgspec.json.Decoder(tuple[DoctorDecision, ...])
_BOTTLES = msgspec.json.Decoder(tuple[Bottle, ...])


def at_this_unit(actor: Actor, row: _Row, patient: Patient) -> bool:
    """A person is seen where enrolled, where the right lies today, and where just now a guest."""
    at = [row.enrolled_unit_id, patient.right_holder_unit_id]
    if patient.right_holder_unit_id == OUTSIDE:
        # Away: where the right lies else is where the person comes and is told so.
        at.append(row.kept_holder)
    return actor.unit_id in at or row.guest_here


async def _opened(connection: AsyncConnection[Any], actor: Actor, person_id: int) -> bool:
    """Whether the actor has the person open by emergency access just now."""
    asked = {"staff_id": actor.staff_id, "person_id": person_id}
    return await (await connection.execute(OPENED_NOW, asked)).fetchone() is not None


async def load_desk(
    connection: AsyncConnection[Any],
    token: str,
    limits: SessionLimits,
    *,
    person_id: int | None = None,
    reservation_id: int | None = None,
    lock: bool = True,
    in_emergency: bool = False,
    and_also: Sequence[tuple[str, Mapping[str, Any]]] = (),
) -> tuple[Actor, Desk, list[Any]]:
    """Lock the person (by id or by reservation) and load everything, in one round trip.

    ``and_also`` are further statements of the same round trip; their first rows come back in
    order. Raises NotSignedIn, SessionExpired, Conflict (``merged-person``) for a record merged
    with another, and NotFound for a person unknown or not of the actor's unit: the two are not
    told apart. ``in_emergency``: also one whom the actor has opened by emergency access, to read.
    """
    found = {"person_id": person_id, "reservation_id": reservation_id}
    by_person = reservation_id is None
    lock_sql = LOCK_PERSON if by_person else LOCK_PERSON_OF_RESERVATION
    load_sql = LOAD if by_person else LOAD_OF_RESERVATION
    parameters = found | {"session_hash": token_hash(token)}
    async with connection.pipeline():
        session = connection.cursor(row_factory=class_row(Actor))
        await session.execute(ACTOR_SQL, parameters)
        locked = connection.cursor()
        if lock:
            await locked.execute(lock_sql, found)
        facts = connection.cursor(row_factory=class_row(_Row))
        await facts.execute(load_sql, parameters)
        others = [connection.cursor() for _ in and_also]
        for cursor, (sql, values) in zip(others, and_also, strict=True):
            await cursor.execute(sql, values)
        actor = accept(await session.fetchone(), limits)
        # Before anything is looked up: who has no patients learns nothing about who is one.
        actor.must_be(*HANDS_OUT)
        owner = await locked.fetchone() if lock else None
        row = await facts.fetchone()
        more = [await cursor.fetchone() for cursor in others]
    if row is None:
        raise NotFound("no such person here")
    # Merged with another record just now: its doses are the survivor's, whom nobody has locked.
    if row.merged_into_id is not None or (owner is not None and owner[0] != row.person_id):
        raise Conflict("this record was merged with another one", slug="merged-person")
    desk = row.desk()
    opened = in_emergency and not lock and await _opened(connection, actor, row.person_id)
    if not (opened or at_this_unit(actor, row, desk.patient)):
        raise NotFound("no such person here")
    if not await is_allowed(connection, actor, row.person_id):
        raise NotFound("no such person here")
    return actor, desk, more
