"""Making drafts: computed from the ledger beside the service, told of step by step.

Whoever makes a draft holds a lock of the database while they do: one who dies lets go of it, and
the next finds the draft and makes it. What is kept are the ledger's heads, the figures as a copy,
and the hash of the paper without anybody's words.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Literal

import anyio.to_thread
import psycopg
from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from audit.history.replay import BookDiffers
from audit.ledger.append import append
from audit.medicinsk.feed import LedgerChanged
from audit.medicinsk.model import Period, Report
from audit.medicinsk.report.document import report_pdf
from audit.medicinsk.year import UnknownUnit
from dispensing.looks import see_as
from dispensing.review import entries, figures
from dispensing.review.computing import Compute, Wanted, compute
from dispensing.web import render
from dispensing.wiring import Wiring
from dosing_rules.rulebook import RuleBookError

#: What became of making a draft: by this process, by another one, or not.
Made = Literal["made", "elsewhere", "failed"]

log = logging.getLogger("dispensing.review")

FONTS = Path(render.__file__).parent / "fonts"
# Advisory locks: (this, draft).
MAKING = 7_250_700

WAITING = """
SELECT d.draft_id, d.report_id, d.unit_id, u.code, r.first_on, r.last_on, d.proposed
FROM audit_draft d JOIN audit_report r USING (report_id) JOIN unit u ON u.unit_id = d.unit_id
WHERE d.ended_at IS NULL ORDER BY d.draft_id
"""
TRY_LOCK = "SELECT pg_try_advisory_lock(%s, %s)"
UNLOCK = "SELECT pg_advisory_unlock(%s, %s)"
STILL = "SELECT 1 FROM audit_draft WHERE draft_id = %s AND ended_at IS NULL"
BEGIN = "UPDATE audit_draft SET begun_at = clock_timestamp(), done = 0 WHERE draft_id = %s"
PROGRESS = "UPDATE audit_draft SET done = %s, total = %s WHERE draft_id = %s AND ended_at IS NULL"
FAIL = """
UPDATE audit_draft SET ended_at = clock_timestamp(), failed = %(failed)s
WHERE draft_id = %(draft_id)s AND ended_at IS NULL
"""
END = """
UPDATE audit_draft SET ended_at = clock_timestamp(), heads = %(heads)s, done = total,
    figures_sha256 = %(figures_sha256)s, pdf_sha256 = %(pdf_sha256)s
WHERE draft_id = %(draft_id)s AND ended_at IS NULL
"""
KEEP = """
INSERT INTO audit_figures (draft_id, unit_id, figures)
VALUES (%(draft_id)s, %(unit_id)s, %(figures)s)
"""
PLACE = """
SELECT clinical_chain, clock_timestamp() AS at, (clock_timestamp() AT TIME ZONE zone)::date AS today
FROM unit WHERE unit_id = %(unit_id)s
"""
# The last calendar year of every clinic, until it is signed; once a week while it is not.
OVERNIGHT = """
WITH years AS (SELECT u.unit_id,
        make_date(extract(year FROM (clock_timestamp() AT TIME ZONE u.zone))::int - 1, 1, 1) AS f,
        make_date(extract(year FROM (clock_timestamp() AT TIME ZONE u.zone))::int - 1, 12, 31) AS l
    FROM unit u WHERE u.kind = 'clinic'
        AND (clock_timestamp() AT TIME ZONE u.zone)::time < u.opens)
SELECT y.unit_id, y.f, y.l FROM years y
LEFT JOIN audit_report r ON r.unit_id = y.unit_id AND r.first_on = y.f AND r.last_on = y.l
WHERE NOT EXISTS (SELECT FROM audit_signature x WHERE x.report_id = r.report_id)
    AND NOT EXISTS (SELECT FROM audit_draft d WHERE d.report_id = r.report_id
        AND d.asked_at > clock_timestamp() - interval '7 days')
ORDER BY y.unit_id
"""
OPEN_REPORT = """
INSERT INTO audit_report (unit_id, first_on, last_on) VALUES (%(unit_id)s, %(f)s, %(l)s)
ON CONFLICT (unit_id, first_on, last_on) DO NOTHING
"""
ASK_OVERNIGHT = """
INSERT INTO audit_draft (report_id, unit_id, asked_at)
SELECT report_id, unit_id, clock_timestamp() FROM audit_report
WHERE unit_id = %(unit_id)s AND first_on = %(f)s AND last_on = %(l)s
ON CONFLICT (report_id) WHERE ended_at IS NULL DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft that waits to be made."""

    draft_id: int
    report_id: int
    unit_id: int
    code: str
    first_on: date
    last_on: date
    proposed: str | None = None


@dataclass(frozen=True, slots=True)
class Machinery:
    """What making needs: the database, signatures, and the calculation (tests give their own)."""

    url: str
    signatures: Path
    compute: Compute = compute


async def waiting(connection: AsyncConnection[Any]) -> list[Draft]:
    """The drafts asked for and not made, in order."""
    async with connection.cursor(row_factory=class_row(Draft)) as cursor:
        return await (await cursor.execute(WAITING)).fetchall()


async def ask_overnight(wiring: Wiring) -> int:
    """Ask for what is due before the units open; answers for how many."""
    async with wiring.pool.connection() as connection:
        due = await (await connection.execute(OVERNIGHT)).fetchall()
        for unit_id, first_on, last_on in due:
            asked = {"unit_id": unit_id, "f": first_on, "l": last_on}
            await connection.execute(OPEN_REPORT, asked)
            await connection.execute(ASK_OVERNIGHT, asked)
        await connection.commit()
    return len(due)


async def make_waiting(wiring: Wiring, machinery: Machinery) -> int:
    """Make every draft that waits and nobody else is making; answers how many were made."""
    async with wiring.pool.connection() as connection:
        drafts = await waiting(connection)
        await connection.commit()
    made = 0
    for draft in drafts:
        made += await make(wiring, machinery, draft) == "made"
    return made


async def make(wiring: Wiring, machinery: Machinery, draft: Draft) -> Made:
    """Make one draft, unless another process does or did. Whatever goes wrong ends it."""
    try:
        found = await anyio.to_thread.run_sync(partial(_computed, machinery, draft))
    except Exception as trouble:
        # The type alone: a message may hold what a log must not.
        log.error("audit draft %s: %s", draft.draft_id, type(trouble).__name__)
        async with wiring.pool.connection() as connection:
            why = {"draft_id": draft.draft_id, "failed": _why(trouble)}
            await connection.execute(FAIL, why)
            await connection.commit()
        return "failed"
    if found is None:
        return "elsewhere"
    await _keep(wiring, draft, *found)
    return "made"


def _why(trouble: Exception) -> str:
    if isinstance(trouble, LedgerChanged):
        return "ledger-changed"
    if isinstance(trouble, BookDiffers | RuleBookError):
        return "book-missing"
    return "unknown-unit" if isinstance(trouble, UnknownUnit) else "could-not-compute"


def _computed(machinery: Machinery, draft: Draft) -> tuple[Report, bytes, bytes] | None:
    """The report, its figures packed, and the hash of its paper; None where it is not ours."""
    with psycopg.connect(machinery.url, autocommit=True) as telling:
        held = telling.execute(TRY_LOCK, (MAKING, draft.draft_id)).fetchone()
        if held is None or not held[0]:
            return None
        if telling.execute(STILL, (draft.draft_id,)).fetchone() is None:
            return None
        telling.execute(BEGIN, (draft.draft_id,))

        def progress(done: int, total: int) -> None:
            telling.execute(PROGRESS, (done, total, draft.draft_id))

        period = Period(draft.first_on, draft.last_on)
        wanted = Wanted(machinery.url, draft.code, period, machinery.signatures, draft.proposed)
        report = machinery.compute(wanted, progress)
        packed = figures.kept(report)
        # The paper of what is kept, so that it can be made again from there, too.
        pdf = report_pdf(figures.unpacked(packed), FONTS)
        return report, packed, hashlib.sha256(pdf).digest()


async def _keep(
    wiring: Wiring, draft: Draft, report: Report, packed: bytes, pdf_sha256: bytes
) -> None:
    heads = [(one.chain_id, one.last_seq, one.head_hash) for one in report.ledger]
    values: dict[str, Any] = {
        "draft_id": draft.draft_id,
        "unit_id": draft.unit_id,
        "heads": Jsonb([list(one) for one in heads]),
        "figures_sha256": figures.digest(packed),
        "pdf_sha256": pdf_sha256,
        "figures": packed,
    }
    async with wiring.pool.connection() as connection:
        await see_as(connection, draft.unit_id)
        if (await connection.execute(END, values)).rowcount != 1:
            # Another has ended it meanwhile: one draft, one ending.
            await connection.rollback()
            return
        await connection.execute(KEEP, values)
        row = await (await connection.execute(PLACE, values)).fetchone()
        assert row is not None
        told = entries.drafted(
            unit_id=draft.unit_id,
            on=row[2],
            at=row[1],
            report_id=draft.report_id,
            draft_id=draft.draft_id,
            heads=heads,
            figures_sha256=values["figures_sha256"].hex(),
            pdf_sha256=pdf_sha256.hex(),
            proposed=draft.proposed,
        )
        await append(connection, wiring.seal(told), row[0])
        await connection.commit()
