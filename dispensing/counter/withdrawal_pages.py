"""The press that writes measured withdrawal down, at the counter."""

from fastapi import APIRouter, Request, Response

from dispensing.counter.pages import (
    acting,
    changed_doses_in,
    key_in,
    person_panel,
    respond,
    seen_in,
)
from dispensing.counter.withdrawal import measure
from dispensing.people.act_steps import PAGE_STEP
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, translate, wiring_of
from dosing_rules.plausible import MOST_COWS

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.post("/skranke/person/{person_id}/abstinenser", dependencies=[PAGE_STEP])
async def press_measured(request: Request, person_id: forms.IdInPath) -> Response:
    """Withdrawal was measured: written down, and the rules are asked again."""
    form = await forms.read_form(request)
    actor = await acting(request)
    seen = seen_in(form)
    cows = forms.needed(form, "cows", 0, MOST_COWS)
    token = forms.session_token(request)
    await measure(wiring_of(request), token, person_id, cows, key_in(form))
    _ = translate(request)
    said = _("Skrevet ned: %s point på COWS.") % cows
    shown = await person_panel(
        request,
        actor,
        person_id,
        seen=seen,
        notice=Notice("done", said),
        bottle_code=forms.text(form, "bottle", 40) or None,
        doses=changed_doses_in(form),
    )
    return await respond(request, actor, shown)
