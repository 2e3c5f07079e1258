"""A restored unit hands out nothing until a named person has resolved what the backup forgot.

What can be compared: the last printed emergency list says how many entries the unit's ledger had
and how the hash of the last one began; receipts of the counters say the same of single entries. A
number beyond the backup means that entries are missing. They are typed in like doses from paper.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from dispensing.counter.decide import written
from dispensing.errors import Conflict, Forbidden, Unprocessable
from dispensing.people.sessions import Actor
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit, unit_entry
from dispensing.wiring import Wiring

READS = ("nurse", "doctor", "pharmacist", "administrator")
RESOLVES = ("doctor", "administrator")
HEX_PRINTED = re.compile(r"[0-9a-f]{16,64}")
MOST_ENTRIES = 10**12

Reached = Literal["reached", "missing", "differs"]

STANDING = """
SELECT s.restoration_id, s.restored_at, s.uncertain_since, s.chain_id, s.chain_seq,
    encode(s.chain_hash, 'hex') AS chain_hash,
    (SELECT d.over_at IS NULL FROM downtime d WHERE d.unit_id = s.unit_id AND d.left_at IS NULL)
        AS downtime_runs,
    (SELECT count(*) FROM paper_hold h WHERE h.unit_id = s.unit_id AND h.kind = 'row') AS missing,
    (SELECT json_build_object('serial', l.serial, 'for_day', l.for_day, 'made_at', l.made_at,
        'entry', l.chain_seq, 'hash', left(encode(l.chain_hash, 'hex'), 16))
        FROM emergency_list l WHERE l.unit_id = s.unit_id AND l.made_at < s.restored_at
        ORDER BY l.serial DESC LIMIT 1) AS newest_list
FROM restoration s WHERE s.unit_id = %(unit_id)s AND s.closed_at IS NULL
"""
ENTRY = """
SELECT encode(e.hash, 'hex') FROM ledger_entry e
WHERE e.chain_id = %(chain_id)s AND e.seq = %(entry)s AND e.seq <= %(chain_seq)s
"""
HAS_DOCTOR = """
SELECT 1 FROM staff WHERE unit_id = %(unit_id)s AND role = 'doctor' AND ended_at IS NULL LIMIT 1
"""
CLOSE = """
UPDATE restoration SET closed_at = %(at)s, closed_by = %(staff_id)s, reason = %(reason)s
WHERE restoration_id = %(restoration_id)s AND closed_at IS NULL
"""
# Restorations of one unit are resolved one after the other.
RESOLVING = 7_270_000


@dataclass(frozen=True, slots=True)
class Printed:
    """What a paper says of the ledger: how many entries, and how the last one's hash begins."""

    entry: int
    hash: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether the backup reaches as far as a paper says; at least ``missing`` entries lack.

    ``differs``: an entry of that number is there and is another one.
    """

    state: Reached
    missing: int


async def standing(connection: AsyncConnection[Any], unit_id: int) -> dict[str, Any] | None:
    """What is open of the unit's last restore, or None; with the newest list in the backup."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(STANDING, {"unit_id": unit_id})
        return await cursor.fetchone()


async def open_restoration(connection: AsyncConnection[Any], unit_id: int) -> dict[str, Any]:
    """What is open of the unit's last restore. Raises Conflict when nothing is."""
    found = await standing(connection, unit_id)
    if found is None:
        raise Conflict("nothing was restored here that is not resolved", slug="not-restored")
    return found


async def compare(
    connection: AsyncConnection[Any], found: Mapping[str, Any], printed: Printed
) -> Comparison:
    """Hold a printed checkpoint against the backup. Raises Unprocessable for what is none."""
    digest = printed.hash.strip().lower().replace(" ", "")
    if not 0 < printed.entry < MOST_ENTRIES:
        raise Unprocessable("the number of entries as printed", field="printed_entry")
    if not HEX_PRINTED.fullmatch(digest):
        raise Unprocessable("the sixteen signs as printed", field="printed_hash")
    if printed.entry > found["chain_seq"]:
        return Comparison("missing", printed.entry - found["chain_seq"])
    asked = {
        "chain_id": found["chain_id"],
        "entry": printed.entry,
        "chain_seq": found["chain_seq"],
    }
    row = await (await connection.execute(ENTRY, asked)).fetchone()
    if row is None or not row[0].startswith(digest):
        return Comparison("differs", 0)
    return Comparison("reached", 0)


async def resolve(
    wiring: Wiring, token: str | None, reason: str, printed: Printed | None, key: str
) -> UnitAnswer:
    """A named doctor answers for the unit handing out again; see ``act_at_unit`` for errors.

    ``printed`` is the newest paper that was found, or None where there is none; what the comparison
    says is kept with the reason. An administrator may where the unit has no doctor (Forbidden
    else). Raises Conflict while nobody has told what was handed out since (``downtime-runs``).
    """
    text = written(reason)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (RESOLVING + actor.unit_id,))
        found = await open_restoration(connection, actor.unit_id)
        if actor.role != "doctor":
            asked = {"unit_id": actor.unit_id}
            if await (await connection.execute(HAS_DOCTOR, asked)).fetchone() is not None:
                raise Forbidden("a doctor of this unit resolves it")
        if found["downtime_runs"]:
            raise Conflict("say first what was handed out since", slug="downtime-runs")
        said = await compare(connection, found, printed) if printed is not None else None
        compared: dict[str, object] | None = None
        if printed is not None and said is not None:
            compared = {
                "entry": printed.entry,
                "hash": printed.hash.strip().lower(),
                "found": said.state,
                "missing": said.missing,
            }
        shared = found | {"at": place.at, "staff_id": actor.staff_id, "reason": text}
        facts = {
            "restored_at": found["restored_at"].isoformat(),
            "uncertain_since": found["uncertain_since"].isoformat(),
            "compared": compared,
            "rows_missing": found["missing"],
            "reason": text,
        }
        told = unit_entry("restoration-resolved", actor, place, facts)
        answer: dict[str, datetime | object] = {"closed_at": place.at, "compared": compared}
        return UnitWriting(answer, ((CLOSE, shared),), (told,))

    asked = {"reason": text, "printed": printed}
    return await act_at_unit(
        wiring, token, key, "resolve restoration", asked, build, roles=RESOLVES
    )
