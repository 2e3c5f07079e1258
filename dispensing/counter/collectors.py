"""Who fetches take-home doses in a person's stead: only by a doctor's dated decision.

Whoever stands at the counter is the one who is looked at and must not be affected; nobody can
swallow for another. The identity that was shown is recorded with the hand-out. See decision 0017.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from dispensing.acts import entry_of
from dispensing.counter.act import act
from dispensing.counter.decide import written
from dispensing.counter.loading import Desk
from dispensing.counter.outcome import Outcome, Statement, Writing
from dispensing.counter.reserve import acting
from dispensing.counter.store import Collector, Reservation
from dispensing.errors import Conflict, NotFound, Unprocessable, has_cpr
from dispensing.looks import see_as
from dispensing.once_per_key import request_hash
from dispensing.people.sessions import Actor
from dispensing.wiring import Wiring

LONGEST_NAME = 120
# A longer absence is a new arrangement, not an errand.
LONGEST_DAYS = 366

COLLECTORS = """
SELECT coalesce(json_agg(json_build_object('collector_id', c.collector_id, 'name', c.name,
    'relation', c.relation, 'from_on', c.from_on, 'until_on', c.until_on)
    ORDER BY c.until_on DESC, c.collector_id), '[]')::text
FROM collector c LEFT JOIN collector_withdrawn w USING (collector_id)
WHERE c.person_id = %(person_id)s AND w.collector_id IS NULL
    AND c.until_on >= (SELECT (clock_timestamp() AT TIME ZONE u.zone)::date FROM person p
        JOIN unit u USING (unit_id) WHERE p.person_id = c.person_id)
"""
AUTHORISE = """
INSERT INTO collector (person_id, name, relation, from_on, until_on, reason, decided_by,
    decided_at)
VALUES (%(person_id)s, %(name)s, %(relation)s, %(from_on)s, %(until_on)s, %(reason)s,
    %(staff_id)s, %(at)s)
"""
WITHDRAW = """
INSERT INTO collector_withdrawn (collector_id, reason, withdrawn_by, withdrawn_at)
VALUES (%(collector_id)s, %(reason)s, %(staff_id)s, %(at)s)
"""
RECORD_COLLECTION = """
INSERT INTO collection (reservation_id, collector_id, identity_shown, recorded_by, recorded_at)
VALUES (%(reservation_id)s, %(collector_id)s, %(identity_shown)s, %(staff_id)s, %(at)s)
"""


@dataclass(frozen=True, slots=True)
class Authorising:
    """A doctor's decision: who may fetch, in what relation, on which days, and why."""

    name: str
    relation: str
    from_on: date
    until_on: date
    reason: str


_COLLECTORS = msgspec.json.Decoder(tuple[Collector, ...])


async def authorise(
    wiring: Wiring, token: str, person_id: int, asked: Authorising, key: str
) -> Outcome:
    """A doctor lets somebody fetch take-home doses. See ``act`` for keys and errors."""
    written(asked.reason)
    for field, value in (("name", asked.name), ("relation", asked.relation)):
        if not 0 < len(value.strip()) <= LONGEST_NAME:
            raise Unprocessable("say who it is", field=field)
    if not 0 <= (asked.until_on - asked.from_on).days <= LONGEST_DAYS:
        raise Unprocessable("the last day lies after the first, within a year", field="until_on")

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be("doctor")
        if asked.until_on < desk.on:
            raise Unprocessable("these days are over", field="until_on")
        facts = {
            "name": asked.name.strip(),
            "relation": asked.relation.strip(),
            "from_on": asked.from_on.isoformat(),
            "until_on": asked.until_on.isoformat(),
            "reason": asked.reason,
        }
        who = {"person_id": desk.person_id, "staff_id": actor.staff_id, "at": desk.at}
        entry = entry_of(acting(actor, desk), "collector-authorised", facts)
        outcome = Outcome("collector_authorised", desk.person_id, desk.at)
        return Writing(outcome, ((AUTHORISE, facts | who),), (entry,))

    body = msgspec.json.encode(asked, order="deterministic")
    request = request_hash(f"authorise-collector {person_id}", body)
    return await act(wiring, token, key, request, build, person_id=person_id)


async def withdraw(
    wiring: Wiring, token: str, person_id: int, collector_id: int, reason: str, key: str
) -> Outcome:
    """A doctor takes the permission back, at once. Raises NotFound for one not in force."""
    written(reason)

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be("doctor")
        known = {one.collector_id for one in _COLLECTORS.decode(more[0])}
        if collector_id not in known:
            raise NotFound("no such permission in force")
        facts = {"collector_id": collector_id, "reason": reason}
        who = {"staff_id": actor.staff_id, "at": desk.at}
        entry = entry_of(acting(actor, desk), "collector-withdrawn", facts)
        outcome = Outcome("collector_withdrawn", desk.person_id, desk.at)
        return Writing(outcome, ((WITHDRAW, facts | who),), (entry,))

    request = request_hash(f"withdraw-collector {collector_id}", reason.encode())
    also = (COLLECTORS, {"person_id": person_id})
    return await act(wiring, token, key, request, build, person_id=person_id, also=also)


async def load_collectors(wiring: Wiring, unit_id: int, person_id: int) -> tuple[Collector, ...]:
    """Who may fetch now or later. The caller has asked who may see it."""
    async with wiring.pool.connection() as connection:
        await see_as(connection, unit_id)
        row = await (await connection.execute(COLLECTORS, {"person_id": person_id})).fetchone()
        await connection.commit()
    return _COLLECTORS.decode(row[0]) if row else ()


def collection(
    actor: Actor,
    desk: Desk,
    reservation: Reservation,
    collector_id: int | None,
    identity_shown: str | None,
) -> tuple[Mapping[str, object], tuple[Statement, ...]]:
    """What a hand-out to somebody else says in its entry, and its record; nothing for the person.

    Raises Conflict where no doctor allowed it today or a dose is to be swallowed here, and
    Unprocessable without the identity that was shown.
    """
    if collector_id is None:
        return {}, ()
    if any(how == "supervised" for _, _, _, how in reservation.doses):
        raise Conflict("nobody swallows for another person", slug="collector-cannot-swallow")
    if not any(
        one.collector_id == collector_id and one.from_on <= desk.on <= one.until_on
        for one in reservation.collectors
    ):
        raise Conflict(
            "no doctor has allowed this person to fetch today", slug="collector-not-authorised"
        )
    shown = (identity_shown or "").strip()
    if not shown:
        raise Unprocessable("write which identity was shown", field="identity_shown")
    if has_cpr(shown):
        raise Unprocessable("write what was shown, not a CPR number", field="identity_shown")
    facts = {"collector_id": collector_id, "identity_shown": shown}
    record = facts | {
        "reservation_id": reservation.reservation_id,
        "staff_id": actor.staff_id,
        "at": desk.at,
    }
    return {"collector": facts}, ((RECORD_COLLECTION, record),)
