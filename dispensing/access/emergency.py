"""Emergency access: a nurse or doctor opens one person of another unit, to read, for an hour.

Whoever has the person's card or number and writes why is let in; the person's unit hears of it at
once and reviews it within three days. Nothing is handed out through it: acts on a person stay with
the places the person belongs to, and the right to dispense moves by being asked for.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.access import entries
from dispensing.acts import Act
from dispensing.counter.entries import doctor_told
from dispensing.counter.loading import OPENED_NOW
from dispensing.counter.notices import TELL
from dispensing.counter.preview import Preview, preview
from dispensing.errors import Conflict, NotFound, TooManyRequests, Unprocessable
from dispensing.looks import look_at_list, record_view
from dispensing.once_per_key import checked_key
from dispensing.people.sessions import Actor, load_actor
from dispensing.persons.merging import record_behind
from dispensing.persons.register import reason_in, unguessable
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit
from dispensing.wiring import Wiring

OPENS, REVIEWS = ("nurse", "doctor"), ("doctor", "administrator")
OPEN_FOR = timedelta(minutes=60)
REVIEW_WITHIN = timedelta(days=3)
# Tries of one member of staff in a day and night, whether they found somebody or not.
MOST_TRIES_A_DAY = 5
Outcome = Literal["justified", "unjustified"]

COUNT_TRY = """
INSERT INTO emergency_try (key, staff_id, tried_at) VALUES (%(key)s, %(staff_id)s, %(at)s)
ON CONFLICT DO NOTHING
"""
TRIES = """
SELECT count(*) FROM emergency_try WHERE staff_id = %(staff_id)s
    AND tried_at > clock_timestamp() - interval '24 hours' AND key <> %(key)s
"""
LOCK = """
SELECT event_seq, unit_id, right_holder_unit_id FROM person WHERE person_id = %(person_id)s
    AND merged_into_id IS NULL FOR UPDATE
"""
RECORD = """
INSERT INTO emergency_access (person_id, person_unit_id, staff_id, unit_id, reason, opened_at,
    until_at, review_due_at)
VALUES (%(person_id)s, %(person_unit_id)s, %(staff_id)s, %(unit_id)s, %(reason)s, %(at)s,
    %(until)s, %(due)s)
RETURNING access_id
"""
ADVANCE = "UPDATE person SET event_seq = event_seq + %(count)s WHERE person_id = %(person_id)s"
LISTED = """
SELECT a.access_id, a.person_id, p.given_name, p.family_name, a.reason, a.opened_at, a.until_at,
    a.review_due_at, left(s.given_name, 1) || '. ' || s.family_name AS opened_by, s.role,
    u.name AS unit_name, a.reviewed_at, a.outcome, a.review_note,
    left(r.given_name, 1) || '. ' || r.family_name AS reviewed_by,
    a.reviewed_at IS NULL AND a.review_due_at < clock_timestamp() AS overdue
FROM emergency_access a JOIN person p USING (person_id) JOIN staff s ON s.staff_id = a.staff_id
JOIN unit u ON u.unit_id = a.unit_id LEFT JOIN staff r ON r.staff_id = a.reviewed_by
WHERE a.person_unit_id = %(unit_id)s
    AND (a.reviewed_at IS NULL OR a.opened_at > clock_timestamp() - interval '90 days')
ORDER BY a.reviewed_at IS NOT NULL, a.opened_at
"""
FIND = """
SELECT staff_id, reviewed_at FROM emergency_access
WHERE access_id = %(access_id)s AND person_unit_id = %(unit_id)s FOR UPDATE
"""
REVIEW = """
UPDATE emergency_access SET reviewed_by = %(staff_id)s, reviewed_at = %(at)s,
    outcome = %(outcome)s, review_note = %(note)s WHERE access_id = %(access_id)s
"""


@dataclass(frozen=True, slots=True)
class Access:
    """One emergency access as its review shows it. ``overdue``: three days have passed."""

    access_id: int
    person_id: int
    given_name: str
    family_name: str
    reason: str
    opened_at: datetime
    until_at: datetime
    review_due_at: datetime
    opened_by: str
    role: str
    unit_name: str
    reviewed_at: datetime | None
    outcome: Outcome | None
    review_note: str | None
    reviewed_by: str | None
    overdue: bool

    @property
    def initials(self) -> str:
        """For a screen that faces the room, and for who has no patients."""
        return f"{self.given_name[:1]}.{self.family_name[:1]}."


async def open_person(
    wiring: Wiring, token: str | None, code: str, reason: str, key: str
) -> UnitAnswer:
    """Open the person behind a card code or number of another unit, once per ``key``.

    The answer holds ``person_id`` and ``until``. Raises NotFound for a card or number nobody has,
    Conflict (``at-this-unit``) for a person of the own unit, TooManyRequests after five tries in a
    day, Unprocessable without a reason. See ``act_at_unit`` for the rest.
    """
    why = reason_in(reason)
    asked = [unguessable(wiring, code), why]
    person_id = await _try(wiring, token, code, checked_key(key))

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        row = await (await connection.execute(LOCK, {"person_id": person_id})).fetchone()
        if row is None:
            raise NotFound("no such person")
        seq, unit_id, holder = row
        if actor.unit_id in (unit_id, holder):
            raise Conflict("the person comes here: open them at the counter", slug="at-this-unit")
        return await _opening(
            wiring, connection, actor, place, person_id, seq, [unit_id, holder or unit_id], why
        )

    return await act_at_unit(
        wiring, token, key, "open person in emergency", asked, build, roles=OPENS
    )


def _checked(tries: int) -> None:
    if tries >= MOST_TRIES_A_DAY:
        raise TooManyRequests(
            "five people of other units in a day is the most; call the unit", slug="emergency-limit"
        )


async def _try(wiring: Wiring, token: str | None, code: str, key: str) -> int:
    """The person behind a code; that it was tried is committed before the answer is known."""
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*OPENS)
        shared = {"staff_id": actor.staff_id, "key": key, "at": actor.now}
        # One after the other: tries sent side by side are counted, too.
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtext('emergency tries'), %(staff_id)s::int)", shared
        )
        row = await (await connection.execute(TRIES, shared)).fetchone()
        _checked(row[0] if row else MOST_TRIES_A_DAY)
        found: int | None = None
        missing: NotFound | None = None
        try:
            found = await record_behind(wiring, connection, actor, code)
        except NotFound as nobody:
            missing = nobody
        await connection.execute(COUNT_TRY, shared)
        told = entries.tried(actor, found=[found] if found is not None else [])
        await record_view(wiring, connection, actor, told)
        await connection.commit()
    if found is None:
        raise missing or NotFound("no record with that card or number")
    return found


async def _opening(
    wiring: Wiring,
    connection: AsyncConnection[Any],
    actor: Actor,
    place: Place,
    person_id: int,
    seq: int,
    units: list[int],
    why: str,
) -> UnitWriting:
    """Records the access; says what else is written: the notices and the person's own entries."""
    until = place.at + OPEN_FOR
    told = list(dict.fromkeys(units))
    shared = {
        "person_id": person_id,
        "person_unit_id": told[0],
        "staff_id": actor.staff_id,
        "unit_id": actor.unit_id,
        "reason": why,
        "at": place.at,
        "until": until,
        "due": place.at + REVIEW_WITHIN,
        "count": 1 + len(told),
    }
    row = await (await connection.execute(RECORD, shared)).fetchone()
    assert row is not None
    (access_id,) = row
    # Both chains: that somebody looked, among the views; and in the person's own order.
    view = entries.seen(actor, person_id=person_id, access_id=access_id, reason=why)
    await record_view(wiring, connection, actor, view)
    facts = {"note": why, "access": access_id, "unit": actor.unit_name}
    notices = [
        (
            TELL,
            shared
            | {
                "unit_id": unit_id,
                "kind": "emergency-access",
                "facts": msgspec.json.encode(facts).decode(),
            },
        )
        for unit_id in told
    ]

    def act(further: int) -> Act:
        return Act(person_id, seq + 1 + further, actor.unit_id, actor.staff_id, place.on, place.at)

    opened = entries.opened(act(0), access_id=access_id, reason=why, until=until, told=told)
    of_notices = [
        doctor_told(act(number), notice="emergency-access", facts=facts)
        for number in range(1, len(told) + 1)
    ]
    return UnitWriting(
        {"access_id": access_id, "person_id": person_id, "until": until.isoformat()},
        ((ADVANCE, shared), *notices),
        (opened, *of_notices),
        201,
    )


async def see(wiring: Wiring, token: str, person_id: int) -> tuple[Preview, datetime]:
    """The person opened, as the counter shows them, and until when. Nothing can be pressed.

    Raises NotFound for a person the actor has not opened, or not within the hour.
    """
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*OPENS)
        asked = {"staff_id": actor.staff_id, "person_id": person_id}
        row = await (await connection.execute(OPENED_NOW, asked)).fetchone()
        await connection.commit()
    if row is None:
        raise NotFound("no such person here")
    shown = await preview(wiring, token, person_id, in_emergency=True)
    return shown, row[1]


async def accesses(wiring: Wiring, token: str | None) -> tuple[Actor, list[Access]]:
    """Emergency accesses to people of the actor's unit: those to review first, oldest first.

    For doctor and administrator. That the list was seen is a view.
    """
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*REVIEWS)
        async with connection.cursor(row_factory=class_row(Access)) as cursor:
            await cursor.execute(LISTED, {"unit_id": actor.unit_id})
            found = await cursor.fetchall()
        await connection.commit()
    await look_at_list(wiring, actor, "emergency-reviews", [one.person_id for one in found])
    return actor, found


async def review(
    wiring: Wiring, token: str | None, access_id: int, outcome: str, note: str, key: str
) -> UnitAnswer:
    """Judge an access to one of the unit's people, in writing; never one's own.

    Raises NotFound for another unit's, Conflict (``already-reviewed``), Unprocessable without
    outcome or note.
    """
    said = reason_in(note)
    if outcome not in ("justified", "unjustified"):
        raise Unprocessable("justified or unjustified", field="outcome")

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        shared = {
            "access_id": access_id,
            "unit_id": actor.unit_id,
            "staff_id": actor.staff_id,
            "at": place.at,
            "outcome": outcome,
            "note": said,
        }
        row = await (await connection.execute(FIND, shared)).fetchone()
        if row is None:
            raise NotFound("no such access here")
        if row[0] == actor.staff_id:
            raise Conflict("somebody else reviews it", slug="own-access")
        if row[1] is not None:
            raise Conflict("it was reviewed already", slug="already-reviewed")
        told = entries.reviewed(actor, place, access_id=access_id, outcome=outcome, note=said)
        return UnitWriting(
            {"access_id": access_id, "outcome": outcome}, ((REVIEW, shared),), (told,)
        )

    asked = [access_id, outcome, said]
    return await act_at_unit(
        wiring, token, key, "review emergency access", asked, build, roles=REVIEWS
    )
