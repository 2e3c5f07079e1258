"""The unit's year on one page: what is closed, what is proposed, own closures, opening again."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import FormData

from dispensing.closures.guest_store import GuestsCounted, count_guests
from dispensing.closures.planner import closures_of, plan_of
from dispensing.closures.proposals import Closure
from dispensing.counter.pages import key_in
from dispensing.errors import DispensingError, Unprocessable
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.units.calendar import (
    DECIDES,
    LONGEST_NAME,
    MOST_DAYS,
    SEES,
    Calendar,
    DaysAsked,
    decide_days,
    load_calendar,
)
from dispensing.web import formats, forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)
# Further ahead orders and arrangements will be others.
PLANNED_AHEAD = timedelta(days=90)
YearAsked = Annotated[int | None, Query(ge=1900, le=9999)]


@dataclass(frozen=True, slots=True)
class Week:
    """A week's number and its days; None for those of another month."""

    number: int
    days: tuple[date | None, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """A month by weeks, Monday first."""

    first: date
    weeks: tuple[Week, ...]


def months(year: int) -> tuple[Month, ...]:
    """The year's months, each by ISO weeks."""
    by_weeks = calendar.Calendar(firstweekday=0)
    return tuple(
        Month(
            date(year, month, 1),
            tuple(
                Week(
                    days[0].isocalendar().week,
                    tuple(day if day.month == month else None for day in days),
                )
                for days in by_weeks.monthdatescalendar(year, month)
            ),
        )
        for month in range(1, 13)
    )


def today_of(actor: Actor) -> date:
    """The clinic day of the request."""
    return formats.local_day(actor.now, actor.zone)


async def calendar_page(
    request: Request,
    actor: Actor,
    year: int | None,
    notice: Notice | None = None,
    status: int = 200,
    typed: FormData | None = None,
) -> Response:
    """The whole page; ``typed`` is what a refused form said."""
    today = today_of(actor)
    runs, guests = await _coming(request, actor, today)
    found: Calendar = await load_calendar(wiring_of(request), actor, year or today.year, today)
    shown, names = months(found.year), {one.day: one.name for one in found.closed}
    if year is None:
        # Opened without a year: twelve months from this one, wherever the year ends.
        after = await load_calendar(wiring_of(request), actor, today.year + 1, today)
        names |= {one.day: one.name for one in after.closed}
        shown = shown[today.month - 1 :] + months(today.year + 1)[: today.month - 1]
    return work_page(
        request,
        actor,
        "closures/calendar.html",
        status,
        found=found,
        names=names,
        months=shown,
        from_now=year is None,
        coming=[one for one in found.closed if one.day >= today],
        runs=runs,
        guests=guests,
        today=today,
        decides=actor.role in DECIDES,
        plans=actor.role in ("doctor", "nurse"),
        notice=notice,
        typed={name: str(value) for name, value in (typed or {}).items()},
    )


async def _coming(
    request: Request, actor: Actor, today: date
) -> tuple[tuple[Closure, ...], list[GuestsCounted]]:
    """The closures of the next months, that can be planned, and how many guests come when."""
    async with wiring_of(request).pool.connection() as connection:
        found = await closures_of(connection, actor.unit_id, today)
        guests = await count_guests(connection, actor.unit_id, today)
        await connection.commit()
    return tuple(one for one in found if one.first <= today + PLANNED_AHEAD), guests


async def _met(request: Request, actor: Actor, closed: Sequence[date], today: date) -> int:
    """How many people the closed days meet who have no plan; far days are not looked at yet."""
    near = [day for day in closed if day <= today + PLANNED_AHEAD]
    wiring = wiring_of(request)
    met: set[int] = set()
    async with wiring.pool.connection() as connection:
        for one in await closures_of(connection, actor.unit_id, today):
            if any(day in one.days for day in near):
                plan = await plan_of(
                    wiring, connection, actor, today, one.first, look_elsewhere=False
                )
                met |= {person.person_id for person in plan.in_state("open", "changed")}
        await connection.commit()
    return len(met)


@router.get("/kalender")
async def show_calendar(request: Request, aar: YearAsked = None) -> Response:
    """The year."""
    return await calendar_page(request, await signed_in(request, *SEES), aar)


def _day(form: FormData, name: str) -> date:
    try:
        return date.fromisoformat(forms.text(form, name, 10))
    except ValueError:
        raise Unprocessable("no such day", field=name) from None


def _asked(form: FormData) -> DaysAsked:
    """What a form closes or opens. Raises Unprocessable."""
    reason = forms.text(form, "reason") or None
    if forms.text(form, "opened", 10):
        return DaysAsked({}, (_day(form, "opened"),), reason)
    if forms.text(form, "from", 10):
        first = _day(form, "from")
        last = _day(form, "until") if forms.text(form, "until", 10) else first
        if not 0 <= (last - first).days < MOST_DAYS:
            raise Unprocessable("the last day is the first one or later", field="until")
        name = forms.text(form, "name", LONGEST_NAME)
        days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
        return DaysAsked(dict.fromkeys(days, name), (), reason)
    closed: dict[date, str] = {}
    for chosen in form.getlist("proposed"):
        day, _, name = str(chosen).partition(" ")
        try:
            closed[date.fromisoformat(day)] = name
        except ValueError:
            raise Unprocessable("no such day", field="proposed") from None
    return DaysAsked(closed, (), reason)


@router.post("/kalender", dependencies=[PAGE_STEP])
async def press_decide(request: Request, aar: YearAsked = None) -> Response:
    """Days are closed, or opened again."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *SEES)
    _ = translate(request)
    try:
        asked = _asked(form)
        token = forms.session_token(request)
        answer = await decide_days(wiring_of(request), token, asked, key_in(form))
    except DispensingError as error:
        if error.status not in (403, 409, 422):
            raise
        said = _said_no(error, request)
        kind = "refused" if error.status == 409 else "error"
        return await calendar_page(request, actor, aar, Notice(kind, said), error.status, form)
    today = today_of(actor)
    closed = [date.fromisoformat(str(day)) for day in answer.body["closed"]]
    said = _("Skrevet i kalenderen.")
    if today in closed:
        said = _("Skrevet. Enheden er lukket i dag: sig det til alle, der var ventet.")
    met = await _met(request, actor, closed, today)
    if met:
        without = _("%(count)s personer er uden plan på lukkedagene: planlæg dem nedenfor.")
        said = f"{said} {without % {'count': met}}"
    return await calendar_page(request, actor, aar, Notice("done", said))


def _said_no(error: DispensingError, request: Request) -> str:
    """The no in the reader's words, with the way on."""
    _ = translate(request)
    field = error.facts.get("field")
    if error.type_slug == "already-so":
        return _("Kalenderen siger det allerede.")
    if field == "reason":
        return _("Det er i dag: skriv hvorfor, mindst tre bogstaver.")
    if "day" in error.facts:
        return _("En dag, der er gået, bliver, som den var.")
    if field == "days":
        return _("Vælg mindst én kommende dag, højst 60 ad gangen og højst tre år frem.")
    if field == "name":
        return _("Giv lukningen et navn, fx Personaledag.")
    if field == "until":
        return _("Sidste dag er den første eller senere.")
    return error_text(error, request)
