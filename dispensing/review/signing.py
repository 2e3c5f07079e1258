"""The second reader and the signature, each in a doctor's own name.

Another doctor reads the newest draft with every word said to it; who then signs fixes the file:
those bytes are the report for ever. A word or a draft after the reading asks for a new reading.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
from psycopg import AsyncConnection

from audit.medicinsk.report.document import report_pdf
from audit.medicinsk.report.remarks import Remarks, Signed
from dispensing.clock import clinic_day
from dispensing.errors import CannotDecide, Conflict
from dispensing.people.sessions import Actor, load_actor
from dispensing.review import entries, figures, store
from dispensing.review.drafting import FONTS
from dispensing.review.saying import unsigned
from dispensing.treatment.deciding import DOCTOR
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit
from dispensing.wiring import Wiring

READ = """
INSERT INTO audit_reading (report_id, draft_id, unit_id, read_by, read_at)
VALUES (%(report_id)s, %(draft_id)s, %(unit_id)s, %(staff_id)s, %(at)s)
"""
SIGN = """
INSERT INTO audit_signature (report_id, draft_id, reading_id, unit_id, pdf_sha256, signed_by,
    signed_at)
VALUES (%(report_id)s, %(draft_id)s, %(reading_id)s, %(unit_id)s, %(pdf_sha256)s, %(staff_id)s,
    %(at)s)
"""
FILE = (
    "INSERT INTO audit_file (report_id, unit_id, pdf) VALUES (%(report_id)s, %(unit_id)s, %(pdf)s)"
)


async def read_through(wiring: Wiring, token: str, report_id: int, key: str) -> UnitAnswer:
    """A doctor has read the report with everything said to it. Raises NotFound, Conflict."""

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        standing = await unsigned(connection, actor, report_id)
        row = {
            "report_id": report_id,
            "draft_id": standing.draft_id,
            "unit_id": actor.unit_id,
            "staff_id": actor.staff_id,
            "at": place.at,
        }
        told = entries.read_through(actor, place, report_id, standing.draft_id or 0)
        return UnitWriting({"report_id": report_id}, ((READ, row),), (told,), 201)

    return await act_at_unit(wiring, token, key, "audit read", report_id, build, roles=DOCTOR)


@dataclass(frozen=True, slots=True)
class _Paper:
    """What was printed to be signed: the state it shows, and the file."""

    standing: store.Standing
    remarks: Remarks
    pdf: bytes


def reading_holds(standing: store.Standing, said: store.Said) -> bool:
    """Whether what stands now is what the second reader has read."""
    return (
        standing.read_at is not None
        and standing.read_draft_id == standing.draft_id
        and (said.last_at is None or said.last_at <= standing.read_at)
    )


def _may_sign(actor: Actor, standing: store.Standing, said: store.Said) -> None:
    """Raise Conflict unless another doctor has read what stands, and last year is answered."""
    if any(one.done is None for one in said.carried):
        raise Conflict("last year's adjustments are to be answered", slug="adjustments-open")
    if not reading_holds(standing, said):
        raise Conflict("another doctor is to read what stands now", slug="not-read-through")
    if standing.read_by == actor.staff_id:
        raise Conflict("the second reader is somebody else", slug="second-reader-signs")


def remarks_of(actor: Actor, standing: store.Standing, said: store.Said) -> Remarks:
    """What the signed paper says, if ``actor`` signs it now."""
    second = None
    if standing.reader is not None and standing.read_at is not None:
        second = Signed(standing.reader, clinic_day(standing.read_at, actor.zone))
    signer = Signed(
        actor.short_name, clinic_day(actor.now, actor.zone), actor.authorisation_id or ""
    )
    return said.remarks(second, signer)


async def sign(wiring: Wiring, token: str, report_id: int, key: str) -> UnitAnswer:
    """Sign the newest draft as it stands, with every word; the file is fixed.

    Raises NotFound, Conflict (``report-signed``, ``no-draft``, ``adjustments-open``,
    ``not-read-through``, ``second-reader-signs``, ``report-changed``).
    """
    paper: list[_Paper] = []

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        standing = await unsigned(connection, actor, report_id)
        said = await store.load_said(connection, actor.unit_id, report_id)
        _may_sign(actor, standing, said)
        ready = paper[0] if paper else None
        if ready is None or (ready.standing, ready.remarks) != (
            standing,
            remarks_of(actor, standing, said),
        ):
            raise Conflict("something was said meanwhile", slug="report-changed")
        digest = hashlib.sha256(ready.pdf).digest()
        row = {
            "report_id": report_id,
            "draft_id": standing.draft_id,
            "reading_id": standing.reading_id,
            "unit_id": actor.unit_id,
            "pdf_sha256": digest,
            "staff_id": actor.staff_id,
            "at": place.at,
            "pdf": ready.pdf,
        }
        told = entries.signed(actor, place, report_id, standing.draft_id or 0, digest.hex())
        answer = {"report_id": report_id, "pdf_sha256": digest.hex()}
        return UnitWriting(answer, ((SIGN, row), (FILE, row)), (told,), 201)

    printed = await _print(wiring, token, report_id)
    if printed is not None:
        paper.append(printed)
    return await act_at_unit(wiring, token, key, "audit sign", report_id, build, roles=DOCTOR)


async def _print(wiring: Wiring, token: str, report_id: int) -> _Paper | None:
    """The paper as it would be signed, printed before anything is locked; None where it cannot be.

    Why not is said by the act itself.
    """
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*DOCTOR)
        standing = await store.load_standing(connection, actor.unit_id, report_id)
        said = await store.load_said(connection, actor.unit_id, report_id)
        packed = None
        if standing.draft_id is not None and not standing.signed:
            packed = await store.load_figures(connection, actor.unit_id, standing.draft_id)
        await connection.commit()
    if standing.draft_id is None or standing.signed or not reading_holds(standing, said):
        return None
    if packed is None:
        raise CannotDecide("the figures of the draft are gone: ask for a new draft")
    remarks = remarks_of(actor, standing, said)
    report = figures.unpacked(packed)
    pdf = await anyio.to_thread.run_sync(report_pdf, report, FONTS, remarks)
    return _Paper(standing, remarks, pdf)
