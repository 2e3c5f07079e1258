"""Asking for a draft: which unit and which days. Whoever makes it is told by the row."""

from datetime import date
from typing import Any

from psycopg import AsyncConnection

from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.people.sessions import Actor
from dispensing.review import entries, store
from dispensing.treatment.deciding import DOCTOR
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit
from dispensing.wiring import Wiring
from dosing_rules.rulebook import installed_books

LONGEST_DAYS = 366
FIRST_DAY = date(2000, 1, 1)

ASK = """
INSERT INTO audit_draft (report_id, unit_id, asked_by, asked_at, proposed)
VALUES (%(report_id)s, %(unit_id)s, %(staff_id)s, %(at)s, %(proposed)s)
"""


async def ask(
    wiring: Wiring,
    token: str,
    first_on: date,
    last_on: date,
    key: str,
    proposed: str | None = None,
) -> UnitAnswer:
    """Ask for a draft of the actor's unit for these days; answers the report's id.

    ``proposed``: an installed rule book, under which the period's decisions are asked again. Raises
    Unprocessable for days that are none, or not over yet, and for a book that is none, Conflict
    (``draft-running``, ``report-signed``).
    """

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        checked_days(first_on, last_on, place.on)
        checked_book(proposed)
        asked = {"unit_id": actor.unit_id, "first_on": first_on, "last_on": last_on}
        await connection.execute(store.OPEN_REPORT, asked)
        row = await (await connection.execute(store.FIND_REPORT, asked)).fetchone()
        assert row is not None
        report_id: int = row[0]
        await store.lock_report(connection, actor.unit_id, report_id)
        standing = await store.load_standing(connection, actor.unit_id, report_id)
        if standing.signed:
            raise Conflict("this report is signed", slug="report-signed")
        if standing.running:
            raise Conflict("a draft is being made already", slug="draft-running")
        values = {
            "report_id": report_id,
            "unit_id": actor.unit_id,
            "staff_id": actor.staff_id,
            "at": place.at,
            "proposed": proposed,
        }
        told = entries.asked(actor, place, report_id, first_on, last_on, proposed)
        return UnitWriting({"report_id": report_id}, ((ASK, values),), (told,), 201)

    same = [first_on, last_on, proposed]
    return await act_at_unit(wiring, token, key, "audit draft", same, build, roles=DOCTOR)


def checked_days(first_on: date, last_on: date, today: date) -> None:
    """Raise Unprocessable unless the days are over, at most a year, and begin before they end."""
    if first_on < FIRST_DAY or first_on > last_on:
        raise Unprocessable("the first day comes before the last", field="first_on")
    if (last_on - first_on).days >= LONGEST_DAYS:
        raise Unprocessable("at most a year", field="first_on")
    if last_on >= today:
        raise Unprocessable("only days that are over", field="last_on")


def checked_book(proposed: str | None) -> None:
    """Raise Unprocessable for a rule book that is not installed."""
    if proposed is not None and proposed not in installed_books():
        raise Unprocessable("no rule book of that name is installed", field="proposed")


UNITS = """
SELECT unit_id, (clock_timestamp() AT TIME ZONE zone)::date AS today FROM unit
WHERE kind = 'clinic' AND (%(code)s::text IS NULL OR code = %(code)s) ORDER BY unit_id
"""
ASK_BY_COMMAND = """
INSERT INTO audit_draft (report_id, unit_id, asked_at, proposed)
SELECT r.report_id, r.unit_id, clock_timestamp(), %(proposed)s FROM audit_report r
WHERE r.unit_id = %(unit_id)s AND r.first_on = %(first_on)s AND r.last_on = %(last_on)s
    AND NOT EXISTS (SELECT FROM audit_signature x WHERE x.report_id = r.report_id)
ON CONFLICT (report_id) WHERE ended_at IS NULL DO NOTHING
"""


async def ask_by_command(
    wiring: Wiring, code: str | None, first_on: date, last_on: date, proposed: str | None = None
) -> int:
    """Ask for a draft of one clinic, or of all; those signed, or being made, are left alone.

    Answers for how many. Raises Unprocessable for days or a book that are none, NotFound for
    the unit.
    """
    checked_book(proposed)
    asked = 0
    async with wiring.pool.connection() as connection:
        units = await (await connection.execute(UNITS, {"code": code})).fetchall()
        if not units:
            raise NotFound("no clinic of this code")
        for unit_id, today in units:
            checked_days(first_on, last_on, today)
            values = {"unit_id": unit_id, "first_on": first_on, "last_on": last_on}
            await connection.execute(store.OPEN_REPORT, values)
            values["proposed"] = proposed
            asked += (await connection.execute(ASK_BY_COMMAND, values)).rowcount
        await connection.commit()
    return asked
