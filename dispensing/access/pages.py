"""Emergency access, its review, and who has looked at a person, as pages."""

from datetime import date
from typing import Annotated, Literal

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from dispensing import clock
from dispensing.access import emergency, extract, extract_files
from dispensing.access.api import file_answer
from dispensing.counter.pages import reader_of
from dispensing.counter.panels import panel
from dispensing.counter.views import Seen
from dispensing.errors import DispensingError, NotFound
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor
from dispensing.people.working import role_text, signed_in, work_page
from dispensing.web import forms, render
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

LONGEST_CODE = 100
DayAsked = Annotated[date | None, Query()]


@router.get("/noedadgang")
async def emergency_page(request: Request) -> Response:
    """Open somebody of another unit; review who opened the own unit's people."""
    return await _page(request, await _staff(request))


async def _staff(request: Request) -> Actor:
    return await signed_in(request, "nurse", "doctor", "administrator")


@router.post("/noedadgang", dependencies=[PAGE_STEP])
async def press_open(request: Request) -> Response:
    """Open one person, with the reason."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *emergency.OPENS)
    _ = translate(request)
    try:
        done = await emergency.open_person(
            wiring_of(request),
            forms.session_token(request),
            forms.text(form, "code", LONGEST_CODE),
            forms.text(form, "reason"),
            forms.text(form, "key", 200),
        )
    except NotFound:
        said = Notice("error", _("Ingen har det kort eller nummer. Forsøget er skrevet ned."))
        return await _page(request, actor, said, 404)
    except DispensingError as error:
        said = Notice("error", error_text(error, request))
        return await _page(request, actor, said, error.status)
    return RedirectResponse(f"/noedadgang/person/{done.body['person_id']}", 303)


@router.get("/noedadgang/person/{person_id}")
async def opened_page(request: Request, person_id: forms.IdInPath) -> Response:
    """The person opened, to read; the banner says until when."""
    actor = await signed_in(request, *emergency.OPENS)
    shown, until = await emergency.see(wiring_of(request), forms.session_token(request), person_id)
    reader = await reader_of(request, actor)
    return work_page(
        request,
        actor,
        "access/person.html",
        panel=panel(shown, None, reader, str(clock.new_id()), Seen()),
        until=until,
    )


@router.post("/noedadgang/{access_id}/gennemgang", dependencies=[PAGE_STEP])
async def press_review(request: Request, access_id: forms.IdInPath) -> Response:
    """Judge an access to one of the unit's people."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *emergency.REVIEWS)
    await emergency.review(
        wiring_of(request),
        forms.session_token(request),
        access_id,
        forms.text(form, "outcome", 20),
        forms.text(form, "note"),
        forms.text(form, "key", 200),
    )
    _ = translate(request)
    return await _page(request, actor, Notice("done", _("Gennemgangen er skrevet ned.")))


async def _page(
    request: Request, actor: Actor, notice: Notice | None = None, status: int = 200
) -> Response:
    found: list[emergency.Access] = []
    if actor.role in emergency.REVIEWS:
        _, found = await emergency.accesses(wiring_of(request), forms.session_token(request))
    return work_page(
        request,
        actor,
        "access/emergency.html",
        status,
        opens=actor.role in emergency.OPENS,
        reviews=actor.role in emergency.REVIEWS,
        rows=[(one, role_text(request, one.role)) for one in found],
        names=actor.role == "doctor" and not render.private_screen(request),
        notice=notice,
    )


@router.get("/person/{person_id}/opslag")
async def views_page(
    request: Request,
    person_id: forms.IdInPath,
    fra: DayAsked = None,
    til: DayAsked = None,
) -> Response:
    """Who has looked at the person."""
    token = forms.session_token(request)
    await signed_in(request, *extract.ROLES)
    actor, made = await extract.who_looked(wiring_of(request), token, person_id, fra, til)
    _ = translate(request)
    rows = []
    for look in reversed(made.looks):
        day, at, _who, unit, what, in_emergency = extract_files.cells(look, made.zone)
        who = f"{role_text(request, look.role) or _('Medarbejder')} {look.viewer}"
        rows.append((day, at, who, unit, _(what), _(in_emergency) if in_emergency else ""))
    return work_page(request, actor, "access/views.html", extract=made, rows=rows)


@router.get("/person/{person_id}/opslag.{kind}")
async def views_file(
    request: Request,
    person_id: forms.IdInPath,
    kind: Literal["csv", "pdf"],
    fra: DayAsked = None,
    til: DayAsked = None,
) -> Response:
    """The extract as a file, in Danish, for the patient."""
    token = forms.session_token(request)
    await signed_in(request, *extract.ROLES)
    _, made = await extract.who_looked(wiring_of(request), token, person_id, fra, til)
    if kind == "csv":
        return file_answer(extract_files.extract_csv(made), "csv")
    return file_answer(await anyio.to_thread.run_sync(extract_files.extract_pdf, made), "pdf")
