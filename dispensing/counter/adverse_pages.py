"""Adverse events as pages: one press drafts, one form writes, one press exports."""

import json
from typing import get_args

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from dispensing.counter import adverse_events
from dispensing.counter.adverse_events import WRITERS, AdverseEvent, Kind, Text
from dispensing.counter.pages import key_in
from dispensing.errors import NotFound, Unprocessable
from dispensing.looks import look_at, look_at_list
from dispensing.people.act_steps import DRAFTS, READS
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.web import forms, render
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

KINDS: tuple[Kind, ...] = get_args(Kind)


@router.post("/skranke/person/{person_id}/uth", dependencies=[DRAFTS])
async def press_draft(request: Request, person_id: forms.IdInPath) -> Response:
    """One press at the counter: the draft holds the day, and its page opens."""
    form = await forms.read_form(request)
    kind = forms.text(form, "kind", 30)
    if kind not in KINDS:
        raise Unprocessable("no such kind", field="kind")
    token = forms.session_token(request)
    _, event_id = await adverse_events.draft(
        wiring_of(request), token, person_id, kind, key_in(form)
    )
    if render.is_fragment(request):
        return Response(status_code=200, headers={"HX-Redirect": f"/uth/{event_id}"})
    return RedirectResponse(f"/uth/{event_id}", 303)


@router.get("/uth")
async def events_page(request: Request) -> Response:
    """The unit's adverse events, those not exported first."""
    actor = await signed_in(request, *WRITERS)
    events = await adverse_events.load_events(wiring_of(request), actor.unit_id)
    people = [one.person_id for one in events]
    await look_at_list(wiring_of(request), actor, "adverse-events", people)
    return work_page(request, actor, "counter/adverse_events.html", events=events)


@router.get("/uth/{event_id}")
async def event_page(request: Request, event_id: forms.IdInPath) -> Response:
    """One adverse event, to be written."""
    actor = await signed_in(request, *WRITERS)
    return await _page(request, actor, event_id)


async def _event(request: Request, actor: Actor, event_id: int) -> AdverseEvent:
    found = await adverse_events.load_events(wiring_of(request), actor.unit_id, event_id)
    if not found:
        raise NotFound("no such adverse event here")
    await look_at(wiring_of(request), actor, found[0].person_id, "adverse-events")
    return found[0]


async def _page(
    request: Request, actor: Actor, event_id: int, notice: Notice | None = None
) -> Response:
    event = await _event(request, actor, event_id)
    await look_at(wiring_of(request), actor, event.person_id, "adverse-events")
    return work_page(request, actor, "counter/adverse_event.html", event=event, notice=notice)


@router.post("/uth/{event_id}", dependencies=[DRAFTS])
async def press_write(request: Request, event_id: forms.IdInPath) -> Response:
    """A new version of the text."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *WRITERS)
    names = ("what", "consequence", "cause", "prevention")
    text = Text(*[forms.text(form, name, adverse_events.LONGEST) for name in names])
    await adverse_events.write(
        wiring_of(request), forms.session_token(request), event_id, text, key_in(form)
    )
    _ = translate(request)
    return await _page(request, actor, event_id, Notice("done", _("Skrevet ned.")))


@router.post("/uth/{event_id}/eksport", dependencies=[READS])
async def press_export(request: Request, event_id: forms.IdInPath) -> Response:
    """The document as a file; its name says nothing about anybody."""
    form = await forms.read_form(request)
    await signed_in(request, *WRITERS)
    answer = await adverse_events.export(
        wiring_of(request), forms.session_token(request), event_id, key_in(form)
    )
    text = json.dumps(answer.body["document"], ensure_ascii=False, indent=2)
    headers = {
        "Content-Disposition": f'attachment; filename="uth-{event_id}.json"',
        "Cache-Control": "no-store",
    }
    return Response(text, media_type="application/json; charset=utf-8", headers=headers)
