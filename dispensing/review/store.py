"""The rows of the review: reports, drafts, what doctors said, who read and signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import class_row

from audit.medicinsk.report.remarks import Adjustment, Carried, Comment, Remarks, Signed
from dispensing.errors import NotFound

NAMED = "left(s.given_name, 1) || '. ' || s.family_name"
# How far a report is; the newest draft that came to something, and the one being made.
REPORTS = f"""
SELECT r.report_id, r.unit_id, u.name AS unit_name, r.first_on, r.last_on,
    n.draft_id, n.ended_at AS drafted_at, encode(n.pdf_sha256, 'hex') AS pdf_sha256,
    o.asked_at, o.begun_at, coalesce(o.done, 0) AS done, coalesce(o.total, 0) AS total,
    coalesce(f.failed, '') AS failed,
    g.reading_id, g.draft_id AS read_draft_id, g.read_by, g.read_at,
    {NAMED.replace("s.", "rs.")} AS reader,
    x.signed_at, {NAMED.replace("s.", "xs.")} AS signer,
    coalesce(encode(x.pdf_sha256, 'hex'), '') AS signed_sha256
FROM audit_report r JOIN unit u USING (unit_id)
LEFT JOIN LATERAL (SELECT * FROM audit_draft d WHERE d.report_id = r.report_id
    AND d.pdf_sha256 IS NOT NULL ORDER BY d.draft_id DESC LIMIT 1) n ON true
LEFT JOIN LATERAL (SELECT * FROM audit_draft d WHERE d.report_id = r.report_id
    AND d.ended_at IS NULL) o ON true
LEFT JOIN LATERAL (SELECT d.failed FROM audit_draft d WHERE d.report_id = r.report_id
    ORDER BY d.draft_id DESC LIMIT 1) f ON true
LEFT JOIN LATERAL (SELECT * FROM audit_reading g WHERE g.report_id = r.report_id
    ORDER BY g.reading_id DESC LIMIT 1) g ON true
LEFT JOIN staff rs ON rs.staff_id = g.read_by
LEFT JOIN audit_signature x ON x.report_id = r.report_id
LEFT JOIN staff xs ON xs.staff_id = x.signed_by
"""
OF_UNIT = f"{REPORTS} WHERE r.unit_id = %(unit_id)s ORDER BY r.last_on DESC, r.first_on DESC"
OF_ALL = f"{REPORTS} ORDER BY u.name, r.last_on DESC, r.first_on DESC"
ONE = f"{REPORTS} WHERE r.report_id = %(report_id)s AND r.unit_id = %(unit_id)s"
LOCK = "SELECT pg_advisory_xact_lock(hashtext('audit report'), %(report_id)s::integer)"
OURS = "SELECT 1 FROM audit_report WHERE report_id = %(report_id)s AND unit_id = %(unit_id)s"
FIND_REPORT = """
SELECT report_id FROM audit_report
WHERE unit_id = %(unit_id)s AND first_on = %(first_on)s AND last_on = %(last_on)s
"""
OPEN_REPORT = """
INSERT INTO audit_report (unit_id, first_on, last_on)
VALUES (%(unit_id)s, %(first_on)s, %(last_on)s)
ON CONFLICT (unit_id, first_on, last_on) DO NOTHING
"""
FIGURES = """
SELECT f.figures FROM audit_figures f
WHERE f.draft_id = %(draft_id)s AND f.unit_id = %(unit_id)s
"""
FILE = "SELECT pdf FROM audit_file WHERE report_id = %(report_id)s AND unit_id = %(unit_id)s"
COMMENTS = f"""
SELECT c.comment_id, c.indicator, c.comment, {NAMED} AS by,
    (c.written_at AT TIME ZONE u.zone)::date AS on_day, c.written_at AS at
FROM audit_comment c JOIN staff s ON s.staff_id = c.written_by JOIN unit u ON u.unit_id = c.unit_id
WHERE c.report_id = %(report_id)s AND c.unit_id = %(unit_id)s ORDER BY c.comment_id
"""
ADJUSTMENTS = f"""
SELECT a.adjustment_id, a.indicator, a.what, {NAMED} AS owner, a.due_on, a.decided_at AS at
FROM audit_adjustment a JOIN staff s ON s.staff_id = a.owner_id
WHERE a.report_id = %(report_id)s AND a.unit_id = %(unit_id)s ORDER BY a.adjustment_id
"""
# What the last signed report before this one decided, with what was answered here.
CARRIED = f"""
SELECT a.adjustment_id, a.indicator, a.what, {NAMED} AS owner, a.due_on, w.done,
    coalesce(w.note, '') AS note, w.answered_at AS at
FROM audit_adjustment a JOIN staff s ON s.staff_id = a.owner_id
LEFT JOIN audit_answer w ON w.adjustment_id = a.adjustment_id AND w.report_id = %(report_id)s
WHERE a.unit_id = %(unit_id)s AND a.report_id = (
    SELECT p.report_id FROM audit_report p JOIN audit_signature x USING (report_id), audit_report t
    WHERE t.report_id = %(report_id)s AND p.unit_id = t.unit_id AND p.last_on < t.last_on
    ORDER BY p.last_on DESC, p.report_id DESC LIMIT 1)
ORDER BY a.adjustment_id
"""
STAFF = f"""
SELECT s.staff_id, {NAMED} AS name FROM staff s
WHERE s.unit_id = %(unit_id)s AND s.ended_at IS NULL AND s.role IN ('doctor', 'nurse')
    AND NOT s.machine
ORDER BY s.role, s.family_name, s.given_name, s.staff_id
"""
PEOPLE = """
SELECT p.person_id, p.given_name || ' ' || p.family_name AS name,
    left(p.given_name, 1) || '.' || left(p.family_name, 1) || '.' AS initials, p.born_on
FROM person p WHERE p.person_id = ANY (%(ids)s) AND p.unit_id = %(unit_id)s
ORDER BY p.family_name, p.given_name, p.person_id
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A report and how far it is. ``failed``: why the newest draft came to nothing."""

    report_id: int
    unit_id: int
    unit_name: str
    first_on: date
    last_on: date
    draft_id: int | None
    drafted_at: datetime | None
    pdf_sha256: str | None
    asked_at: datetime | None
    begun_at: datetime | None
    done: int
    total: int
    failed: str
    reading_id: int | None
    read_draft_id: int | None
    read_by: int | None
    read_at: datetime | None
    reader: str | None
    signed_at: datetime | None
    signer: str | None
    signed_sha256: str

    @property
    def running(self) -> bool:
        """Whether a draft is asked for or being made."""
        return self.asked_at is not None

    @property
    def percent(self) -> int:
        """How far the draft being made is."""
        return 0 if self.total == 0 else min(100 * self.done // self.total, 100)

    @property
    def signed(self) -> bool:
        """Whether nothing is said to it any more."""
        return self.signed_at is not None


@dataclass(frozen=True, slots=True)
class CommentRow:
    """A comment as it was written."""

    comment_id: int
    indicator: str
    comment: str
    by: str
    on_day: date
    at: datetime


@dataclass(frozen=True, slots=True)
class AdjustmentRow:
    """An adjustment as it was decided."""

    adjustment_id: int
    indicator: str
    what: str
    owner: str
    due_on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class CarriedRow:
    """An adjustment of the last signed report; ``done`` None: not answered here yet."""

    adjustment_id: int
    indicator: str
    what: str
    owner: str
    due_on: date
    done: bool | None
    note: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Member:
    """Whoever may own an adjustment."""

    staff_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Behind:
    """Somebody behind a number."""

    person_id: int
    name: str
    initials: str
    born_on: date


@dataclass(frozen=True, slots=True)
class Said:
    """All that doctors have said to a report."""

    comments: tuple[CommentRow, ...]
    adjustments: tuple[AdjustmentRow, ...]
    carried: tuple[CarriedRow, ...]

    @property
    def last_at(self) -> datetime | None:
        """When the last word was said; None for no word."""
        moments = [one.at for one in (*self.comments, *self.adjustments)]
        moments += [one.at for one in self.carried if one.at is not None]
        return max(moments, default=None)

    def remarks(self, second: Signed | None, signed: Signed | None) -> Remarks:
        """As the paper prints it."""
        return Remarks(
            tuple(Comment(it.indicator, it.comment, it.by, it.on_day) for it in self.comments),
            tuple(
                Adjustment(it.indicator, it.what, it.owner, it.due_on) for it in self.adjustments
            ),
            tuple(Carried(it.what, it.owner, it.due_on, it.done, it.note) for it in self.carried),
            second,
            signed,
        )


async def _rows(
    connection: AsyncConnection[Any], of: type[Any], sql: LiteralString, values: dict[str, Any]
) -> tuple[Any, ...]:
    async with connection.cursor(row_factory=class_row(of)) as cursor:
        await cursor.execute(sql, values)
        return tuple(await cursor.fetchall())


async def load_standing(connection: AsyncConnection[Any], unit_id: int, report_id: int) -> Standing:
    """One report of the unit. Raises NotFound, also for another unit's."""
    asked = {"unit_id": unit_id, "report_id": report_id}
    found: tuple[Standing, ...] = await _rows(connection, Standing, ONE, asked)
    if not found:
        raise NotFound("no such report here")
    return found[0]


async def lock_report(connection: AsyncConnection[Any], unit_id: int, report_id: int) -> None:
    """Nobody else writes to the report until the commit. Raises NotFound."""
    asked = {"unit_id": unit_id, "report_id": report_id}
    if await (await connection.execute(OURS, asked)).fetchone() is None:
        raise NotFound("no such report here")
    await connection.execute(LOCK, asked)


async def load_standings(
    connection: AsyncConnection[Any], unit_id: int | None
) -> Sequence[Standing]:
    """The reports of a unit, or of all; the newest period first."""
    if unit_id is None:
        return await _rows(connection, Standing, OF_ALL, {})
    return await _rows(connection, Standing, OF_UNIT, {"unit_id": unit_id})


async def load_said(connection: AsyncConnection[Any], unit_id: int, report_id: int) -> Said:
    """What doctors have said to a report of the unit."""
    asked = {"unit_id": unit_id, "report_id": report_id}
    return Said(
        await _rows(connection, CommentRow, COMMENTS, asked),
        await _rows(connection, AdjustmentRow, ADJUSTMENTS, asked),
        await _rows(connection, CarriedRow, CARRIED, asked),
    )


async def load_staff(connection: AsyncConnection[Any], unit_id: int) -> tuple[Member, ...]:
    """Doctors and nurses of the unit."""
    return await _rows(connection, Member, STAFF, {"unit_id": unit_id})


async def load_people(
    connection: AsyncConnection[Any], unit_id: int, ids: Sequence[int]
) -> tuple[Behind, ...]:
    """Those of ``ids`` whom the unit treats, by name; others are told as a number elsewhere."""
    return await _rows(connection, Behind, PEOPLE, {"unit_id": unit_id, "ids": list(ids)})


async def load_figures(
    connection: AsyncConnection[Any], unit_id: int, draft_id: int
) -> bytes | None:
    """The figures of a draft as they are kept."""
    asked = {"unit_id": unit_id, "draft_id": draft_id}
    row = await (await connection.execute(FIGURES, asked)).fetchone()
    return None if row is None else bytes(row[0])


async def load_file(connection: AsyncConnection[Any], unit_id: int, report_id: int) -> bytes | None:
    """The signed file."""
    asked = {"unit_id": unit_id, "report_id": report_id}
    row = await (await connection.execute(FILE, asked)).fetchone()
    return None if row is None else bytes(row[0])
