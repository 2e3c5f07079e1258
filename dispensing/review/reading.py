"""Reading a report: its figures, what was said, the people behind a number, and the papers.

Every look is recorded before anything is shown. The people behind a number are for the doctors of
the unit; an auditor reads the figures without anybody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import anyio.to_thread

from audit.medicinsk.model import Report
from audit.medicinsk.report.document import report_pdf
from audit.medicinsk.report.remarks import Signed
from audit.medicinsk.report.short import mortality_pdf, tables_pdf
from dispensing.clock import clinic_day
from dispensing.errors import CannotDecide, Conflict, NotFound
from dispensing.looks import record_view
from dispensing.people.sessions import Actor, load_actor
from dispensing.review import entries, figures, store
from dispensing.review.behind import figure_of, people_behind
from dispensing.review.drafting import FONTS
from dispensing.wiring import Wiring

READERS = ("doctor", "auditor")
PEOPLE = ("doctor",)
MOST_PEOPLE = 500

SHORT: dict[str, Callable[[Report, Path], bytes]] = {
    "doedelighed": mortality_pdf,
    "tabeller": tables_pdf,
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A report to read. ``report`` None: no draft has been made yet."""

    actor: Actor
    today: date
    standing: store.Standing
    report: Report | None
    said: store.Said
    staff: tuple[store.Member, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The people behind one figure; ``elsewhere`` so many whom the unit does not treat now."""

    actor: Actor
    standing: store.Standing
    indicator: str
    figure: str
    part: str
    people: tuple[store.Behind, ...]
    elsewhere: int


async def statuses(wiring: Wiring, token: str) -> tuple[Actor, date, tuple[store.Standing, ...]]:
    """How far each report is: a doctor's own unit's, for the auditor those of all institutions.

    Raises NotSignedIn, Forbidden.
    """
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*READERS)
        of = None if actor.role == "auditor" else actor.unit_id
        found = await store.load_standings(connection, of)
        await connection.commit()
    return actor, clinic_day(actor.now, actor.zone), tuple(found)


async def open_report(wiring: Wiring, token: str, report_id: int) -> Opened:
    """A report of the actor's unit. Raises NotSignedIn, Forbidden, NotFound."""
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*READERS)
        standing = await store.load_standing(connection, actor.unit_id, report_id)
        said = await store.load_said(connection, actor.unit_id, report_id)
        staff = await store.load_staff(connection, actor.unit_id)
        packed = None
        if standing.draft_id is not None:
            packed = await store.load_figures(connection, actor.unit_id, standing.draft_id)
        await record_view(wiring, connection, actor, entries.viewed(actor, report_id, "report"))
        await connection.commit()
    report = None if packed is None else figures.unpacked(packed)
    return Opened(actor, clinic_day(actor.now, actor.zone), standing, report, said, staff)


async def open_people(
    wiring: Wiring, token: str, report_id: int, indicator: str, figure: str, part: str
) -> Shown:
    """The people behind one figure, for a doctor of the unit; the look is recorded first.

    Raises NotSignedIn, Forbidden, NotFound for a figure that is none.
    """
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*PEOPLE)
        standing = await store.load_standing(connection, actor.unit_id, report_id)
        if standing.draft_id is None:
            raise NotFound("no draft here")
        packed = await store.load_figures(connection, actor.unit_id, standing.draft_id)
        if packed is None:
            raise CannotDecide("the figures of the draft are gone: ask for a new draft")
        ids = people_behind(figures.unpacked(packed), indicator, figure, part)
        people = await store.load_people(connection, actor.unit_id, ids[:MOST_PEOPLE])
        shown = [one.person_id for one in people]
        told = entries.people_viewed(actor, report_id, indicator, figure_of(figure, part), shown)
        await record_view(wiring, connection, actor, told)
        await connection.commit()
    return Shown(actor, standing, indicator, figure, part, people, len(ids) - len(people))


async def printed(wiring: Wiring, token: str, report_id: int) -> tuple[store.Standing, bytes]:
    """The report as PDF: the signed file where it is signed, else a draft with what was said.

    Raises NotSignedIn, Forbidden, NotFound, Conflict (``no-draft``).
    """
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*READERS)
        standing = await store.load_standing(connection, actor.unit_id, report_id)
        said = await store.load_said(connection, actor.unit_id, report_id)
        content, packed = None, None
        if standing.signed:
            content = await store.load_file(connection, actor.unit_id, report_id)
        elif standing.draft_id is not None:
            packed = await store.load_figures(connection, actor.unit_id, standing.draft_id)
        told = entries.viewed(actor, report_id, "audit.pdf")
        await record_view(wiring, connection, actor, told)
        await connection.commit()
    if content is not None:
        return standing, content
    if packed is None:
        raise Conflict("there is no draft to print", slug="no-draft")
    second = None
    if standing.reader is not None and standing.read_at is not None:
        second = Signed(standing.reader, clinic_day(standing.read_at, actor.zone))
    remarks = said.remarks(second, None)
    report = figures.unpacked(packed)
    return standing, await anyio.to_thread.run_sync(report_pdf, report, FONTS, remarks)


async def printed_short(
    wiring: Wiring, token: str, report_id: int, name: str
) -> tuple[store.Standing, bytes]:
    """One of the short reports, small cells suppressed. Raises as ``printed``."""
    make = SHORT.get(name)
    if make is None:
        raise NotFound("no such paper")
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*READERS)
        standing = await store.load_standing(connection, actor.unit_id, report_id)
        packed = None
        if standing.draft_id is not None:
            packed = await store.load_figures(connection, actor.unit_id, standing.draft_id)
        told = entries.viewed(actor, report_id, f"{name}.pdf")
        await record_view(wiring, connection, actor, told)
        await connection.commit()
    if packed is None:
        raise Conflict("there is no draft to print", slug="no-draft")
    report = figures.unpacked(packed)
    return standing, await anyio.to_thread.run_sync(make, report, FONTS)
