"""What doctors say to a report: a comment, an adjustment decided, last year's answered.

Nothing is taken back: who sees it otherwise writes again. To a signed report nothing is said.
"""

from datetime import date, timedelta
from typing import Any

from psycopg import AsyncConnection

from audit.medicinsk.report.chapters import INDICATORS
from dispensing.errors import Conflict, Unprocessable
from dispensing.people.sessions import Actor
from dispensing.review import entries, store
from dispensing.treatment.deciding import DOCTOR, words
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit
from dispensing.wiring import Wiring

FARTHEST = timedelta(days=3 * 366)

COMMENT = """
INSERT INTO audit_comment (report_id, unit_id, indicator, comment, written_by, written_at)
VALUES (%(report_id)s, %(unit_id)s, %(indicator)s, %(text)s, %(staff_id)s, %(at)s)
"""
ADJUST = """
INSERT INTO audit_adjustment (report_id, unit_id, indicator, what, owner_id, due_on, decided_by,
    decided_at)
VALUES (%(report_id)s, %(unit_id)s, %(indicator)s, %(text)s, %(owner_id)s, %(due_on)s,
    %(staff_id)s, %(at)s)
"""
ANSWER = """
INSERT INTO audit_answer (adjustment_id, report_id, unit_id, done, note, answered_by, answered_at)
VALUES (%(adjustment_id)s, %(report_id)s, %(unit_id)s, %(done)s, %(note)s, %(staff_id)s, %(at)s)
"""


async def unsigned(
    connection: AsyncConnection[Any], actor: Actor, report_id: int
) -> store.Standing:
    """The report under its lock. Raises NotFound, Conflict (``report-signed``, ``no-draft``)."""
    await store.lock_report(connection, actor.unit_id, report_id)
    standing = await store.load_standing(connection, actor.unit_id, report_id)
    if standing.signed:
        raise Conflict("nothing is said to a signed report", slug="report-signed")
    if standing.draft_id is None:
        raise Conflict("there is no draft to speak to", slug="no-draft")
    return standing


def _signed(actor: Actor, place: Place, report_id: int) -> dict[str, Any]:
    return {
        "report_id": report_id,
        "unit_id": actor.unit_id,
        "staff_id": actor.staff_id,
        "at": place.at,
    }


def known(indicator: str) -> str:
    """The id of an indicator. Raises Unprocessable for one that is none."""
    if indicator not in INDICATORS:
        raise Unprocessable("no such indicator", field="indicator")
    return indicator


async def comment(
    wiring: Wiring, token: str, report_id: int, indicator: str, text: str, key: str
) -> UnitAnswer:
    """Say something to an indicator. Raises NotFound, Unprocessable (``comment``), Conflict."""
    written, named = words(text, "comment"), known(indicator)
    assert written is not None

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        await unsigned(connection, actor, report_id)
        row = _signed(actor, place, report_id) | {"indicator": named, "text": written}
        told = entries.commented(actor, place, report_id, named, written)
        return UnitWriting({"report_id": report_id}, ((COMMENT, row),), (told,), 201)

    same = [report_id, named, written]
    return await act_at_unit(wiring, token, key, "audit comment", same, build, roles=DOCTOR)


async def adjust(
    wiring: Wiring,
    token: str,
    report_id: int,
    indicator: str,
    what: str,
    owner_id: int,
    due_on: date,
    key: str,
) -> UnitAnswer:
    """Decide an adjustment: what, who of the unit sees to it, and by when.

    Raises NotFound, Unprocessable (``what``, ``owner_id``, ``due_on``), Conflict.
    """
    written, named = words(what, "what"), known(indicator)
    assert written is not None

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        await unsigned(connection, actor, report_id)
        if not place.on < due_on <= place.on + FARTHEST:
            raise Unprocessable("a day to come, within three years", field="due_on")
        staff = await store.load_staff(connection, actor.unit_id)
        if owner_id not in {one.staff_id for one in staff}:
            raise Unprocessable("somebody of the unit", field="owner_id")
        row = _signed(actor, place, report_id) | {
            "indicator": named,
            "text": written,
            "owner_id": owner_id,
            "due_on": due_on,
        }
        told = entries.adjusted(
            actor,
            place,
            report_id,
            indicator=named,
            what=written,
            owner_id=owner_id,
            due_on=due_on,
        )
        return UnitWriting({"report_id": report_id}, ((ADJUST, row),), (told,), 201)

    same = [report_id, named, written, owner_id, due_on]
    return await act_at_unit(wiring, token, key, "audit adjust", same, build, roles=DOCTOR)


async def answer(
    wiring: Wiring,
    token: str,
    report_id: int,
    adjustment_id: int,
    done: bool,
    note: str | None,
    key: str,
) -> UnitAnswer:
    """Say whether last year's adjustment was done; not done says why.

    Raises NotFound, Unprocessable (``note``, ``adjustment``), Conflict (``already-answered``).
    """
    written = words(note, "note", needed=not done)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        await unsigned(connection, actor, report_id)
        said = await store.load_said(connection, actor.unit_id, report_id)
        asked = {one.adjustment_id: one for one in said.carried}
        if adjustment_id not in asked:
            raise Unprocessable("none of last year's", field="adjustment")
        if asked[adjustment_id].done is not None:
            raise Conflict("somebody has answered", slug="already-answered")
        row = _signed(actor, place, report_id) | {
            "adjustment_id": adjustment_id,
            "done": done,
            "note": written,
        }
        told = entries.answered(
            actor, place, report_id, adjustment_id=adjustment_id, done=done, note=written
        )
        return UnitWriting({"report_id": report_id}, ((ANSWER, row),), (told,), 201)

    same = [report_id, adjustment_id, done, written]
    return await act_at_unit(wiring, token, key, "audit answer", same, build, roles=DOCTOR)
