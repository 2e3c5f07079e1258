"""Who may fetch for a person, as a page: nurses see it, doctors decide it."""

from datetime import date

from fastapi import APIRouter, Request, Response

from dispensing.counter import collectors
from dispensing.counter.loading import load_desk
from dispensing.counter.page_store import name_of
from dispensing.counter.pages import key_in
from dispensing.errors import Unprocessable
from dispensing.looks import record_look
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)


async def _page(
    request: Request, actor: Actor, person_id: int, notice: Notice | None = None
) -> Response:
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        seen_by, desk, _ = await load_desk(
            connection,
            forms.session_token(request),
            wiring.limits,
            person_id=person_id,
            lock=False,
        )
        who = await name_of(connection, person_id)
        await record_look(wiring, connection, seen_by, person_id, "collectors")
        await connection.commit()
    return work_page(
        request,
        actor,
        "counter/collectors.html",
        person_id=person_id,
        who=who,
        today=desk.on,
        collectors=await collectors.load_collectors(wiring, actor.unit_id, person_id),
        notice=notice,
    )


@router.get("/skranke/person/{person_id}/hentere")
async def collectors_page(request: Request, person_id: forms.IdInPath) -> Response:
    """Who may fetch, and for how long."""
    return await _page(request, await signed_in(request, "nurse", "doctor"), person_id)


@router.post("/skranke/person/{person_id}/hentere", dependencies=[PAGE_STEP])
async def press_authorise(request: Request, person_id: forms.IdInPath) -> Response:
    """A doctor lets somebody fetch."""
    form = await forms.read_form(request)
    actor = await signed_in(request, "doctor")
    try:
        first = date.fromisoformat(forms.text(form, "from_on", 10))
        last = date.fromisoformat(forms.text(form, "until_on", 10))
    except ValueError:
        raise Unprocessable("no such day", field="until_on") from None
    asked = collectors.Authorising(
        forms.text(form, "name", collectors.LONGEST_NAME),
        forms.text(form, "relation", collectors.LONGEST_NAME),
        first,
        last,
        forms.text(form, "reason"),
    )
    token = forms.session_token(request)
    await collectors.authorise(wiring_of(request), token, person_id, asked, key_in(form))
    _ = translate(request)
    return await _page(request, actor, person_id, Notice("done", _("Skrevet ned.")))


@router.post("/skranke/person/{person_id}/hentere/{collector_id}/slut", dependencies=[PAGE_STEP])
async def press_withdraw(
    request: Request, person_id: forms.IdInPath, collector_id: forms.IdInPath
) -> Response:
    """A doctor takes it back."""
    form = await forms.read_form(request)
    actor = await signed_in(request, "doctor")
    await collectors.withdraw(
        wiring_of(request),
        forms.session_token(request),
        person_id,
        collector_id,
        forms.text(form, "reason"),
        key_in(form),
    )
    _ = translate(request)
    return await _page(request, actor, person_id, Notice("done", _("Skrevet ned.")))
