"""The planner's page of a unit, and the section of one person's treatment."""

from datetime import date, time, timedelta

from babel.numbers import format_decimal
from fastapi import APIRouter, Request, Response
from psycopg import AsyncConnection
from starlette.datastructures import FormData

from dispensing.counter.pages import key_in
from dispensing.errors import DispensingError, Unprocessable
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.working import signed_in, work_page
from dispensing.treatment.deciding import DOCTOR, READERS, Treated
from dispensing.treatment.indkald import store
from dispensing.treatment.indkald.agreeing import Agreed, agree
from dispensing.treatment.indkald.chart import chart
from dispensing.treatment.indkald.places import MOST_PLACES, decide_places
from dispensing.treatment.indkald.proposal import Obstacle
from dispensing.treatment.indkald.year import Person, load_year
from dispensing.treatment.sections import Line, Say, Section
from dispensing.web import forms, render
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, field_of, translate, wiring_of
from dispensing.wiring import Wiring

router = APIRouter(route_class=PageRoute, include_in_schema=False)
# Whoever comes in these weeks is agreed with now; of the rest the list is enough.
AGREED_AHEAD = timedelta(weeks=8)
MOST_FORMS = 40


def in_words(_: Say) -> dict[Obstacle, str]:
    """What alone would make room for somebody."""
    return {
        "places": _("flere observationspladser"),
        "weekdays": _("en af de ugedage, der ikke kan"),
        "away": _("andre ferie- eller bortrejsedage"),
        "hours": _("et andet tidspunkt på dagen"),
        "dose-at-home": _("dage, hvor dosis ikke allerede er hentet"),
        "window": _("at komme tidligere, end der bliver mindet om"),
    }


def day_in(form: FormData, name: str) -> date | None:
    """A day of a form; None when empty. Raises Unprocessable."""
    text = forms.text(form, name, 10)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unprocessable("no such day", field=name) from None


def hour_in(form: FormData, name: str) -> time | None:
    """An hour of a form; None when empty. Raises Unprocessable."""
    text = forms.text(form, name, 5)
    if not text:
        return None
    try:
        at = time.fromisoformat(text)
    except ValueError:
        raise Unprocessable("no such hour", field=name) from None
    if at.tzinfo is not None:
        raise Unprocessable("no such hour", field=name)
    return at


def agreed_in(form: FormData) -> Agreed:
    """The days and hour of a form. Raises Unprocessable."""
    first, come_at = day_in(form, "first"), hour_in(form, "come_at")
    if first is None:
        raise Unprocessable("a day is needed", field="first")
    if come_at is None:
        raise Unprocessable("an hour is needed", field="come_at")
    return Agreed(first, come_at, forms.whole(form, "moves", 1, forms.LARGEST_ID))


def refused(request: Request, error: DispensingError) -> Notice:
    """What cannot be, above the page as it stands. Raises what is no matter of the form."""
    if error.status not in (409, 422):
        raise error
    kind = "refused" if error.status == 409 else "error"
    return Notice(kind, error_text(error, request), field_of(error))


def soon(one: Person, until: date) -> bool:
    """Whether somebody is to be agreed with now: overdue, without room, or proposed before long."""
    return one.overdue or one.proposed is None or one.proposed.days[0] <= until


async def _page(request: Request, notice: Notice | None = None, status: int = 200) -> Response:
    _ = translate(request)
    actor, year = await load_year(wiring_of(request), forms.session_token(request))
    until, language = year.today + AGREED_AHEAD, render.language_of(request)
    drawn = chart(year.weeks, year.agreed_weeks)
    now = [one for one in year.due if soon(one, until)]
    now.sort(key=lambda one: (one.proposed.days if one.proposed else (), one.row.name))
    return work_page(
        request,
        actor,
        "treatment/indkald/unit.html",
        status,
        year=year,
        now=now[:MOST_FORMS],
        more=max(0, len(now) - MOST_FORMS),
        rest=[one for one in year.due if not soon(one, until)],
        overdue=sum(one.overdue for one in year.due),
        unplaced=sum(one.unplaced is not None for one in year.due),
        chart=drawn,
        mean=format_decimal(drawn.mean, "0.0", locale=language),
        most=format_decimal(drawn.most, "0.0", locale=language),
        helps=in_words(_),
        may_decide=actor.role in DOCTOR,
        most_places=MOST_PLACES,
        notice=notice,
    )


@router.get("/behandling/indkald")
async def unit_page(request: Request) -> Response:
    """Who is due, what is proposed, and how full the weeks are."""
    await signed_in(request, *READERS)
    return await _page(request)


@router.post("/behandling/indkald/pladser", dependencies=[PAGE_STEP])
async def press_places(request: Request) -> Response:
    """A doctor says how many can be observed at once."""
    form = await forms.read_form(request)
    await signed_in(request, *DOCTOR)
    _ = translate(request)
    try:
        places = forms.needed(form, "places", 1, MOST_PLACES)
        token = forms.session_token(request)
        await decide_places(wiring_of(request), token, places, key_in(form))
    except DispensingError as error:
        return await _page(request, refused(request, error), error.status)
    return await _page(request, Notice("done", _("Skrevet ned. Forslaget er lavet igen.")))


@router.post("/behandling/indkald/aftal", dependencies=[PAGE_STEP])
async def press_agree(request: Request) -> Response:
    """The days proposed are agreed with the person."""
    form = await forms.read_form(request)
    await signed_in(request, *READERS)
    _ = translate(request)
    try:
        person_id = forms.needed(form, "person", 1, forms.LARGEST_ID)
        wiring, token = wiring_of(request), forms.session_token(request)
        await agree(wiring, token, person_id, agreed_in(form), key_in(form))
    except DispensingError as error:
        return await _page(request, refused(request, error), error.status)
    return await _page(request, Notice("done", _("Aftalt. Doser med hjem til de dage er i bero.")))


async def section(wiring: Wiring, connection: AsyncConnection, seen: Treated, _: Say) -> Section:
    """How the person's indkald stands."""
    person_id, desk = seen.desk.person_id, seen.desk
    href = f"/behandling/person/{person_id}/indkald"
    periods = await store.load_periods(connection, person_id)
    standing = next((one for one in periods if one.open), None)
    lines: list[Line] = []
    if standing is not None:
        lines += [Line(_("Ikke holdt, venter på lægen:"), "late", w.day) for w in standing.waiting]
        held = len(standing.completed)
        said = _("%(held)s af %(days)s dage holdt; første dag") % {
            "held": held,
            "days": len(standing.days),
        }
        lines.append(Line(said, "", standing.days[0]))
    elif periods and periods[0].state == "completed" and periods[0].conclusion is None:
        lines.append(Line(_("Holdt: lægen mangler at konkludere."), "due"))
    due_on, arrangement = desk.patient.indkald_due_on, desk.patient.arrangement
    if due_on is not None:
        late = due_on < desk.on and standing is None
        lines.append(Line(_("Næste skal være holdt inden"), "late" if late else "", due_on))
    elif arrangement is not None and arrangement.self_administration and standing is None:
        lines.append(Line(_("Ingen har skrevet, hvornår det næste skal være."), "late"))
    return Section(_("Indkald"), href, tuple(lines) or (Line(_("Intet aftalt.")),))
