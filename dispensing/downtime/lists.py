"""Making an emergency list: load the unit's people, freeze the rows, print, store, tell the ledger.

People, verdicts and the ledger's head are read in one statement, so that the checkpoint printed on
a list says exactly how much of the record went into it. A list is for one clinic day.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import anyio.to_thread
import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from audit.ledger.entry import Entry
from dispensing import clock
from dispensing.counter.facts_sql import BOOK_JSON, DECISIONS_JSON, FACTS_FROM, FACTS_SQL
from dispensing.counter.loading import PATIENT, DoctorDecision
from dispensing.counter.ordered import NOT_STOPPED, OF_THIS_COURSE
from dispensing.downtime import entries
from dispensing.downtime.rows import Listed, ListPlace, PaperRow, paper_rows
from dispensing.downtime.sheet import SheetHead, sheet_pdf
from dispensing.errors import CannotDecide, NotFound
from dispensing.looks import record_view, see_as
from dispensing.once_per_key import Statement
from dispensing.people.sessions import HANDS_OUT, Actor, load_actor
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit, lock_lists
from dispensing.wiring import Wiring

VALID_FOR = timedelta(hours=24)
HEX_PRINTED = 16

# The moment of a list for a later day is when the unit opens then.
MOMENT = """
WITH now AS (SELECT clock_timestamp() AS at),
moment AS (
    SELECT CASE WHEN %(for_day)s::date = (n.at AT TIME ZONE u.zone)::date THEN n.at
            ELSE (%(for_day)s::date + u.opens) AT TIME ZONE u.zone END AS at,
        %(for_day)s::date AS today, u.unit_id, u.zone, u.clinical_chain
    FROM unit u, now n WHERE u.unit_id = %(unit_id)s)
"""
OF_THE_UNIT = """p.ended_on IS NULL
    AND (p.unit_id = m.unit_id OR p.right_holder_unit_id = m.unit_id
        OR EXISTS (SELECT FROM guest_in_force e WHERE e.person_id = p.person_id
            AND e.unit_id = m.unit_id AND e.day = m.today))"""
LOAD = f"""
{MOMENT}
SELECT p.person_id, p.given_name, p.family_name, p.born_on, {BOOK_JSON} AS book_id,
    (SELECT d.name FROM prescription r JOIN product d ON d.code = r.product_code
        WHERE r.person_id = p.person_id AND r.valid_from <= m.today AND NOT r.night
        AND {NOT_STOPPED.format(day="m.today")}
        AND {OF_THIS_COURSE}
        ORDER BY r.version DESC LIMIT 1) AS product_name,
    (SELECT d.name FROM prescription r JOIN product d ON d.code = r.product_code
        WHERE r.person_id = p.person_id AND r.valid_from <= m.today AND r.night
        AND {NOT_STOPPED.format(day="m.today")}
        AND {OF_THIS_COURSE}
        ORDER BY r.version DESC LIMIT 1) AS night_name,
    {DECISIONS_JSON} AS decisions,
    CASE WHEN gr.unit_id = m.unit_id THEN gr.from_unit_id END AS guest_of,
    {FACTS_SQL}, h.seq AS head_seq, h.hash AS head_hash
{FACTS_FROM.format(people=OF_THE_UNIT)}
JOIN ledger_head h ON h.chain_id = m.clinical_chain
"""
UNIT = """
SELECT u.unit_id, u.name, u.phone, u.zone, u.opens, u.closes, u.clinical_chain,
    clock_timestamp() AS at, (clock_timestamp() AT TIME ZONE u.zone)::date AS today,
    h.seq AS head_seq, h.hash AS head_hash
FROM unit u JOIN ledger_head h ON h.chain_id = u.clinical_chain WHERE u.unit_id = %(unit_id)s
"""
UNITS = "SELECT unit_id, name || coalesce(', tlf. ' || phone, '') FROM unit"
NEXT_SERIAL = "SELECT nextval('emergency_serial_seq')"
RECORD_LIST = """
INSERT INTO emergency_list (serial, unit_id, for_day, made_at, valid_from, valid_until, row_count,
    paper_count, rows_sha256, pdf_sha256, chain_id, chain_seq, chain_hash, made_by)
VALUES (%(serial)s, %(unit_id)s, %(for_day)s, %(made_at)s, %(valid_from)s, %(valid_until)s,
    %(row_count)s, %(paper_count)s, %(rows_sha256)s, %(pdf_sha256)s, %(chain_id)s, %(chain_seq)s,
    %(chain_hash)s, %(made_by)s)
"""
RECORD_ROWS = "INSERT INTO emergency_list_rows (serial, rows) VALUES (%(serial)s, %(rows)s)"
LOAD_LIST = """
SELECT l.*, u.name AS unit_name, u.phone, u.zone, r.rows::text AS rows
FROM emergency_list l JOIN unit u USING (unit_id) LEFT JOIN emergency_list_rows r USING (serial)
WHERE l.serial = %(serial)s AND l.unit_id = %(unit_id)s
"""
RECENT = """
SELECT serial, for_day, made_at, valid_from, valid_until, row_count, paper_count, chain_seq,
    encode(substring(chain_hash FROM 1 FOR 8), 'hex') AS chain_hash,
    made_by IS NULL AS by_service, valid_until > clock_timestamp() AS valid
FROM emergency_list WHERE unit_id = %(unit_id)s ORDER BY made_at DESC, serial DESC LIMIT %(most)s
"""
_DECISIONS = msgspec.json.Decoder(tuple[DoctorDecision, ...])
_ROWS = msgspec.json.Decoder(tuple[PaperRow, ...])


@dataclass(frozen=True, slots=True)
class EmergencyList:
    """A list as stored and printed."""

    head: SheetHead
    unit_id: int
    rows: tuple[PaperRow, ...]
    pdf: bytes


@dataclass(frozen=True, slots=True)
class _Loaded:
    person_id: int
    given_name: str
    family_name: str
    born_on: date
    book_id: str | None
    product_name: str | None
    night_name: str | None
    decisions: str | None
    guest_of: int | None
    facts: str
    head_seq: int
    head_hash: bytes


async def prepare(
    connection: AsyncConnection[Any],
    wiring: Wiring,
    unit_id: int,
    for_day: date | None,
    made_by: int | None,
) -> tuple[EmergencyList, tuple[Statement, ...], Entry]:
    """A fresh list with what must be written for it; nothing is written here, but ``lock_lists``.

    ``for_day`` is today's clinic day when None. Raises CannotDecide for a unit that is gone.
    """
    await lock_lists(connection, unit_id)
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(UNIT, {"unit_id": unit_id})
        unit = await cursor.fetchone()
        if unit is None:
            raise CannotDecide("the unit is gone")
        day = for_day or unit["today"]
        units = dict(await (await connection.execute(UNITS)).fetchall())
        (serial,) = await (await connection.execute(NEXT_SERIAL)).fetchone() or (0,)
    async with connection.cursor(row_factory=class_row(_Loaded)) as people:
        await people.execute(LOAD, {"unit_id": unit_id, "for_day": day})
        loaded = await people.fetchall()
    seq, digest = (
        (loaded[0].head_seq, loaded[0].head_hash)
        if loaded
        else (unit["head_seq"], unit["head_hash"])
    )
    place = ListPlace(unit_id, day, _moment(unit, day), unit["zone"], units)
    rows = paper_rows(serial, place, [_listed(row, wiring) for row in loaded])
    head = SheetHead(
        serial=serial,
        unit_name=unit["name"],
        phone=unit["phone"],
        for_day=day,
        made_at=unit["at"],
        valid_from=max(unit["at"], clock.day_begins(day, unit["zone"])),
        valid_until=min(
            unit["at"] + VALID_FOR, clock.day_begins(day + timedelta(days=1), unit["zone"])
        ),
        zone=unit["zone"],
        checkpoint=(seq, bytes(digest).hex()[:HEX_PRINTED]),
    )
    pdf = await anyio.to_thread.run_sync(sheet_pdf, head, rows)
    made = EmergencyList(head, unit_id, rows, pdf)
    return made, *_writing(made, (unit["clinical_chain"], seq, bytes(digest)), made_by)


def _writing(
    made: EmergencyList, chain: tuple[int, int, bytes], made_by: int | None
) -> tuple[tuple[Statement, ...], Entry]:
    """What is stored of a list, and its entry. ``chain`` is the checkpoint with its chain."""
    head, rows = made.head, made.rows
    document = msgspec.json.encode(rows)
    hashes = (hashlib.sha256(document).digest(), hashlib.sha256(made.pdf).digest())
    giving = sum(row.may_give for row in rows)
    shared = {
        "serial": head.serial,
        "unit_id": made.unit_id,
        "for_day": head.for_day,
        "made_at": head.made_at,
        "valid_from": head.valid_from,
        "valid_until": head.valid_until,
        "row_count": len(rows),
        "paper_count": giving,
        "rows_sha256": hashes[0],
        "pdf_sha256": hashes[1],
        "chain_id": chain[0],
        "chain_seq": chain[1],
        "chain_hash": chain[2],
        "made_by": made_by,
        "rows": document.decode(),
    }
    told = entries.list_made(
        unit_id=made.unit_id,
        actor_id=made_by,
        on=head.for_day,
        at=head.made_at,
        serial=head.serial,
        valid=(head.valid_from, head.valid_until),
        counts=(len(rows), giving),
        hashes=hashes,
        checkpoint=chain,
    )
    return ((RECORD_LIST, shared), (RECORD_ROWS, shared)), told


def _moment(unit: dict[str, Any], day: date) -> datetime:
    if day == unit["today"]:
        return unit["at"]
    return clock.local_moment(day, unit["opens"], unit["zone"])


def _listed(row: _Loaded, wiring: Wiring) -> Listed:
    return Listed(
        person_id=row.person_id,
        given_name=row.given_name,
        family_name=row.family_name,
        born_on=row.born_on,
        product_name=row.product_name,
        patient=PATIENT.decode(row.facts),
        decisions=_DECISIONS.decode(row.decisions) if row.decisions else (),
        book=wiring.book(row.book_id) if row.book_id is not None else None,
        guest_of=row.guest_of,
        night_name=row.night_name,
    )


async def make_list(wiring: Wiring, token: str | None, days_ahead: int, key: str) -> UnitAnswer:
    """Make a list now, for today or tomorrow (``days_ahead`` 0 or 1), once per ``key``.

    The answer names the serial number; ``load_list`` gives the PDF. Nurses and doctors. See
    ``act_at_unit`` for errors.
    """

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        day = place.on + timedelta(days=days_ahead)
        made, statements, told = await prepare(
            connection, wiring, actor.unit_id, day, actor.staff_id
        )
        return UnitWriting(answer_of(made), statements, (told,), 201)

    asked = {"days_ahead": days_ahead}
    return await act_at_unit(
        wiring, token, key, "make emergency list", asked, build, roles=HANDS_OUT
    )


def answer_of(made: EmergencyList) -> dict[str, Any]:
    """A list as the API tells it; no names."""
    head = made.head
    return {
        "serial": head.serial,
        "for_day": head.for_day,
        "made_at": head.made_at,
        "valid_from": head.valid_from,
        "valid_until": head.valid_until,
        "rows": len(made.rows),
        "to_give": sum(row.may_give for row in made.rows),
        "checkpoint": {"seq": head.checkpoint[0], "hash": head.checkpoint[1]},
        "pdf_sha256": hashlib.sha256(made.pdf).hexdigest(),
    }


async def load_list(
    connection: AsyncConnection[Any], unit_id: int, serial: int, *, render: bool = True
) -> EmergencyList:
    """A stored list of the unit. Raises NotFound, also when its rows are no longer kept.

    ``render`` prints it anew, byte for byte as it was made; raises RuntimeError if it is not.
    """
    await see_as(connection, unit_id)
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(LOAD_LIST, {"serial": serial, "unit_id": unit_id})
        row = await cursor.fetchone()
    if row is None or row["rows"] is None:
        raise NotFound("no such list here")
    rows = _ROWS.decode(row["rows"])
    head = SheetHead(
        serial=serial,
        unit_name=row["unit_name"],
        phone=row["phone"],
        for_day=row["for_day"],
        made_at=row["made_at"],
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        zone=row["zone"],
        checkpoint=(row["chain_seq"], bytes(row["chain_hash"]).hex()[:HEX_PRINTED]),
    )
    pdf = await anyio.to_thread.run_sync(sheet_pdf, head, rows) if render else b""
    return EmergencyList(head, unit_id, rows, pdf)


async def recent_lists(
    connection: AsyncConnection[Any], unit_id: int, most: int = 40
) -> Sequence[dict[str, Any]]:
    """The unit's newest lists, newest first."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(RECENT, {"unit_id": unit_id, "most": most})
        return await cursor.fetchall()


async def read_list(wiring: Wiring, token: str | None, serial: int) -> EmergencyList:
    """A stored list for somebody at the unit; that it was looked at is an entry of the views.

    Raises NotFound for another unit's, and for one whose rows are no longer kept.
    """
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*HANDS_OUT)
        found = await load_list(connection, actor.unit_id, serial)
        viewed = Entry(
            kind="emergency-list-viewed",
            unit_id=actor.unit_id,
            actor_id=actor.staff_id,
            facts={
                "at": actor.now.isoformat(),
                "serial": serial,
                "found": sorted({row.person_id for row in found.rows}),
            },
        )
        await record_view(wiring, connection, actor, viewed)
        await connection.commit()
    return found
