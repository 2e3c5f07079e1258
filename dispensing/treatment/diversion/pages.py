"""Suspected diversion, as a page for doctors; everybody else sees only the measure in force."""

from typing import Any, get_args

from fastapi import APIRouter, Request, Response
from psycopg import AsyncConnection

from dispensing.counter.pages import key_in
from dispensing.errors import Conflict, Unprocessable
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.treatment.deciding import Treated, treated
from dispensing.treatment.diversion import recording
from dispensing.treatment.orders.reading import day_in
from dispensing.treatment.sections import Line, Say, Section
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, beside, translate, wiring_of
from dispensing.wiring import Wiring
from dosing_rules import NO_MEASURE

router = APIRouter(route_class=PageRoute, include_in_schema=False)


async def section(
    wiring: Wiring, connection: AsyncConnection[Any], seen: Treated, _: Say
) -> Section:
    """Whether a measure is in force; why stands on the doctors' page."""
    until_on = seen.desk.patient.diversion_supervised_until_on
    if until_on is None:
        line = Line(_("Ikke skrevet ned, om der er en foranstaltning."), "due")
    elif until_on == NO_MEASURE or until_on < seen.desk.on:
        line = Line(_("Ingen foranstaltning."))
    else:
        line = Line(_("Alt indtages her til og med"), day=until_on)
    href = f"/behandling/person/{seen.desk.person_id}/videregivelse"
    return Section(_("Videregivelse"), href if recording.may_read(seen) else "", (line,))


async def _page(
    request: Request, actor: Actor, person_id: int, notice: Notice | None = None, status: int = 200
) -> Response:
    wiring, _ = wiring_of(request), translate(request)
    async with wiring.pool.connection() as connection:
        token = forms.session_token(request)
        seen = await treated(wiring, connection, token, person_id, "diversion")
        steps = await recording.load_steps(connection, seen)
        await connection.commit()
    return work_page(
        request,
        actor,
        "treatment/diversion.html",
        status,
        person_id=person_id,
        who=seen.who,
        today=seen.desk.on,
        steps=steps,
        names={
            "report": _("Indberetning"),
            "talk": _("Samtale"),
            "decision": _("Lægens beslutning"),
        },
        sources={
            "police": _("politiet"),
            "pharmacy": _("apotek"),
            "staff": _("personale"),
            "relative": _("pårørende"),
            "other": _("andre"),
        },
        notice=notice,
    )


@router.get("/behandling/person/{person_id}/videregivelse")
async def diversion_page(request: Request, person_id: forms.IdInPath) -> Response:
    """The case, and the form of its next step."""
    return await _page(request, await signed_in(request, "doctor"), person_id)


@router.post("/behandling/person/{person_id}/videregivelse", dependencies=[PAGE_STEP])
async def press_record(request: Request, person_id: forms.IdInPath) -> Response:
    """A step of the case is written down."""
    form = await forms.read_form(request)
    actor = await signed_in(request, "doctor")
    _ = translate(request)
    step, source = forms.text(form, "step", 20), forms.text(form, "source", 20)
    try:
        if step not in get_args(recording.Step):
            raise Unprocessable("no such step", field="step")
        if source and source not in get_args(recording.Source):
            raise Unprocessable("no such source", field="source")
        asked = recording.Told(
            step,  # type: ignore[arg-type]
            forms.text(form, "told"),
            day_in(form, "happened_on"),
            (source or None) if step == "report" else None,  # type: ignore[arg-type]
            day_in(form, "supervised_until_on"),
        )
        token = forms.session_token(request)
        await recording.record(wiring_of(request), token, person_id, asked, key_in(form))
    except (Unprocessable, Conflict) as error:
        said = beside(error, request)
        return await _page(request, actor, person_id, said, error.status)
    return await _page(request, actor, person_id, Notice("done", _("Skrevet ned.")))
