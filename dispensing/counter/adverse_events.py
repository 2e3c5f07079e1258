"""Adverse events: drafted in one press from what is recorded, written out, exported for reporting.

The draft holds what the ledger says of the person's day, so that nobody has to remember times and
amounts. What is exported names nobody: age and sex only. A later version of the text is a new row;
what was exported stays as it was.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.acts import entry_of
from dispensing.counter.act import act
from dispensing.counter.loading import Desk
from dispensing.counter.outcome import Outcome, Writing
from dispensing.counter.reserve import acting
from dispensing.errors import Conflict, NotFound, Unprocessable, has_cpr
from dispensing.looks import see_as
from dispensing.once_per_key import request_hash
from dispensing.people.sessions import Actor
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit, unit_entry
from dispensing.wiring import Wiring

WRITERS = ("nurse", "doctor")
Kind = Literal[
    "wrong-person", "wrong-amount", "double-dose", "unclear-outcome", "spilled", "sedated", "other"
]
LONGEST = 4_000

# What happened to the person today, as the ledger holds it, without reasons and free words.
TODAY = """
SELECT nextval(pg_get_serial_sequence('adverse_event', 'event_id')) AS event_id,
    p.born_on, p.sex, coalesce((SELECT json_agg(json_build_array(e.at, e.kind, e.amount_ug)
        ORDER BY e.person_seq) FROM (
    SELECT l.kind, l.amount_ug, l.person_seq, (convert_from(l.payload, 'UTF8')::jsonb
            -> 'facts' ->> 'at') AS at
        FROM ledger_payload l JOIN unit u ON u.unit_id = p.unit_id
        WHERE l.person_id = p.person_id AND l.person_seq IS NOT NULL AND l.payload IS NOT NULL
        AND l.on_day = (clock_timestamp() AT TIME ZONE u.zone)::date
        ORDER BY l.person_seq DESC LIMIT 40) e), '[]')::text AS happened
FROM person p WHERE p.person_id = %(person_id)s
"""
DRAFT = """
INSERT INTO adverse_event (event_id, unit_id, person_id, day, kind, facts, drafted_by, drafted_at)
OVERRIDING SYSTEM VALUE
VALUES (%(event_id)s, %(unit_id)s, %(person_id)s, %(day)s, %(kind)s, %(facts)s, %(staff_id)s,
    %(at)s)
"""
EVENTS = """
SELECT e.event_id, e.person_id, e.day, e.kind, e.facts, e.drafted_at, t.version, t.what,
    t.consequence, t.cause, t.prevention, x.version AS exported_version, x.exported_at
FROM adverse_event e
LEFT JOIN LATERAL (SELECT * FROM adverse_event_text t WHERE t.event_id = e.event_id
    ORDER BY t.version DESC LIMIT 1) t ON true
LEFT JOIN LATERAL (SELECT * FROM adverse_event_export x WHERE x.event_id = e.event_id
    ORDER BY x.version DESC LIMIT 1) x ON true
WHERE e.unit_id = %(unit_id)s
    AND (%(event_id)s::bigint IS NULL OR e.event_id = %(event_id)s)
ORDER BY x.version IS NOT NULL, e.event_id DESC LIMIT 200
"""
WRITE = """
INSERT INTO adverse_event_text (event_id, version, what, consequence, cause, prevention,
    written_by, written_at)
VALUES (%(event_id)s, %(version)s, %(what)s, %(consequence)s, %(cause)s, %(prevention)s,
    %(staff_id)s, %(at)s)
"""
EXPORT = """
INSERT INTO adverse_event_export (event_id, version, sha256, exported_by, exported_at)
VALUES (%(event_id)s, %(version)s, %(sha256)s, %(staff_id)s, %(at)s)
"""


@dataclass(frozen=True, slots=True)
class AdverseEvent:
    """An adverse event of a unit with the newest text (None before one is written)."""

    event_id: int
    person_id: int
    day: date
    kind: str
    facts: dict[str, Any]
    drafted_at: datetime
    version: int | None
    what: str | None
    consequence: str | None
    cause: str | None
    prevention: str | None
    exported_version: int | None
    exported_at: datetime | None

    @property
    def exported(self) -> bool:
        """Whether the newest text has been exported."""
        return self.version is not None and self.exported_version == self.version


@dataclass(frozen=True, slots=True)
class Text:
    """What happened, what it led to, why, and what would prevent it. No names."""

    what: str
    consequence: str = ""
    cause: str = ""
    prevention: str = ""


async def draft(
    wiring: Wiring, token: str, person_id: int, kind: Kind, key: str
) -> tuple[Outcome, int]:
    """One press: an adverse event about a person today, with what the ledger holds of the day.

    Answers the outcome and the event's number. See ``act`` for keys and errors.
    """

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be(*WRITERS)
        event_id, born_on, sex, happened = more
        order = desk.patient.prescription
        facts = {
            "event_id": event_id,
            "event": kind,
            "age_years": (desk.on - born_on).days * 100 // 36525,
            "sex": sex,
            "product": order.product.code if order is not None else None,
            "happened": msgspec.json.decode(happened),
        }
        shared = {
            "event_id": event_id,
            "unit_id": actor.unit_id,
            "person_id": desk.person_id,
            "day": desk.on,
            "kind": kind,
            "facts": msgspec.json.encode(facts).decode(),
            "staff_id": actor.staff_id,
            "at": desk.at,
        }
        entry = entry_of(acting(actor, desk), "adverse-event-drafted", facts)
        outcome = Outcome("adverse_event_drafted", desk.person_id, desk.at, reservation_id=event_id)
        return Writing(outcome, ((DRAFT, shared),), (entry,))

    request = request_hash(f"adverse-event {person_id} {kind}", b"")
    also = (TODAY, {"person_id": person_id})
    outcome = await act(wiring, token, key, request, build, person_id=person_id, also=also)
    return outcome, outcome.reservation_id or 0


async def load_events(
    wiring: Wiring, unit_id: int, event_id: int | None = None
) -> list[AdverseEvent]:
    """A unit's adverse events, those not exported first. The caller has asked who may see them."""
    async with wiring.pool.connection() as connection:
        await see_as(connection, unit_id)
        found = await _events(connection, unit_id, event_id)
        await connection.commit()
    return found


async def _events(
    connection: AsyncConnection[Any], unit_id: int, event_id: int | None
) -> list[AdverseEvent]:
    async with connection.cursor(row_factory=class_row(AdverseEvent)) as cursor:
        await cursor.execute(EVENTS, {"unit_id": unit_id, "event_id": event_id})
        return await cursor.fetchall()


async def _one(connection: AsyncConnection[Any], unit_id: int, event_id: int) -> AdverseEvent:
    # Two who write at once: the second one's version is taken, and it is tried again.
    found = await _events(connection, unit_id, event_id)
    if not found:
        raise NotFound("no such adverse event here")
    return found[0]


async def write(wiring: Wiring, token: str, event_id: int, text: Text, key: str) -> UnitAnswer:
    """A new version of the text. Raises NotFound, and Unprocessable for an empty or endless one."""
    if not text.what.strip():
        raise Unprocessable("write what happened", field="what")
    parts = (text.what, text.consequence, text.cause, text.prevention)
    if any(has_cpr(part) for part in parts):
        raise Unprocessable("write no CPR number: the report names nobody", field="what")
    if max(len(part) for part in parts) > LONGEST:
        raise Unprocessable(f"at most {LONGEST} characters", field="what")

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        event = await _one(connection, actor.unit_id, event_id)
        version = (event.version or 0) + 1
        facts = {"event_id": event_id, "version": version, **_spelled(text)}
        who = {"staff_id": actor.staff_id, "at": place.at}
        entry = unit_entry("adverse-event-written", actor, place, facts)
        answer = {"event_id": event_id, "version": version}
        return UnitWriting(answer, ((WRITE, facts | who),), (entry,))

    verb = f"write-adverse-event {event_id}"
    return await act_at_unit(wiring, token, key, verb, text, build, roles=WRITERS)


async def export(wiring: Wiring, token: str, event_id: int, key: str) -> UnitAnswer:
    """The newest text with its facts as a document for reporting: nobody is named in it.

    Raises Conflict before a text is written. Exported again, it is the same document.
    """

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        event = await _one(connection, actor.unit_id, event_id)
        if event.version is None:
            raise Conflict("write what happened first", slug="nothing-written")
        document = document_of(event, actor.unit_name)
        sha256 = hashlib.sha256(msgspec.json.encode(document, order="deterministic")).hexdigest()
        facts = {"event_id": event_id, "version": event.version, "sha256": sha256}
        who = {"staff_id": actor.staff_id, "at": place.at}
        statements = () if event.exported else ((EXPORT, facts | who),)
        entry = unit_entry("adverse-event-exported", actor, place, facts)
        return UnitWriting({"sha256": sha256, "document": document}, statements, (entry,))

    verb = f"export-adverse-event {event_id}"
    return await act_at_unit(wiring, token, key, verb, event_id, build, roles=WRITERS)


def document_of(event: AdverseEvent, unit_name: str) -> dict[str, Any]:
    """What leaves the clinic: place, day, what happened and to somebody of which age and sex."""
    return {
        "form": "utilsigtet-haendelse",
        "number": event.event_id,
        "version": event.version,
        "unit": unit_name,
        "day": event.day.isoformat(),
        "kind": event.kind,
        "age_years": event.facts.get("age_years"),
        "sex": event.facts.get("sex"),
        "product": event.facts.get("product"),
        "happened": [
            {"at": at, "kind": kind, "amount_ug": amount_ug}
            for at, kind, amount_ug in event.facts.get("happened", ())
        ],
        "what": event.what,
        "consequence": event.consequence,
        "cause": event.cause,
        "prevention": event.prevention,
    }


def _spelled(text: Text) -> Mapping[str, str]:
    return {
        "what": text.what.strip(),
        "consequence": text.consequence.strip(),
        "cause": text.cause.strip(),
        "prevention": text.prevention.strip(),
    }
