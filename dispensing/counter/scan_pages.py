"""Whatever a scanner read on the counter page: a card, a bottle, or the label of a package."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from dispensing import clock
from dispensing.counter.labels import scan_label
from dispensing.counter.pages import (
    acting,
    changed_doses_in,
    found_people,
    person_panel,
    respond,
    seen_in,
)
from dispensing.errors import DispensingError
from dispensing.labels.codes import is_label_scan
from dispensing.people.act_steps import OF_HAND_OUT
from dispensing.people.sessions import Actor
from dispensing.web import forms, render
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.post("/skranke/scan", dependencies=[OF_HAND_OUT])
async def scan(request: Request) -> Response:
    """What a scanner typed: a card opens its person, a bottle or a label is the open person's."""
    form = await forms.read_form(request)
    actor = await acting(request)
    code = forms.text(form, "code", 80).upper()
    if is_label_scan(code) or forms.text(form, "label_meant", 1):
        return await _label(request, actor, form, code)
    if code.isdecimal() and forms.text(form, "bottle_meant", 1):
        code = f"B-{code}"
    if not code.startswith("B-"):
        return await found_people(request, actor, code, scanned=True)
    _ = translate(request)
    person_id = forms.whole(form, "person", 1, forms.LARGEST_ID)
    if person_id is None:
        return _noticed(request, Notice("error", _("Scan først personens kort, så flasken.")))
    # What was seen and changed on the page stays as it is: a scan only says which bottle.
    shown = await person_panel(
        request,
        actor,
        person_id,
        seen=seen_in(form),
        bottle_code=code,
        doses=changed_doses_in(form),
    )
    if shown.product is None or shown.product.bottle is None:
        # An unknown or wrong bottle is no reason to lose the one that fits.
        said = Notice(
            "error",
            _(
                "Flasken er ikke åben ved denne skranke, den er for gammel, eller dens batch er"
                " spærret."
            ),
        )
        shown = replace(shown, notice=said)
    return await respond(request, actor, shown)


def _noticed(request: Request, notice: Notice) -> Response:
    headers = {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"}
    return render.page(request, "counter/notice.html", 200, headers, notice=notice)


async def _label(request: Request, actor: Actor, form: FormData, code: str) -> Response:
    """A package's label is read back into the hand-out of the person open now."""
    _ = translate(request)
    person_id = forms.whole(form, "person", 1, forms.LARGEST_ID)
    if person_id is None:
        said = _("Scan først personens kort, så etiketten.")
        return _noticed(request, Notice("error", said))
    shown = await person_panel(request, actor, person_id, seen=seen_in(form))
    # Also for a hand-out that was forgotten for a while: the packages still stand there.
    if shown.reservation_id is None or shown.labels is None:
        said = _("Personen har ingen pakker stående nu. Etiketten er ikke skrevet ned.")
        return await respond(request, actor, replace(shown, notice=Notice("error", said)))
    token = forms.session_token(request)
    try:
        await scan_label(wiring_of(request), token, shown.reservation_id, code, str(clock.new_id()))
    except DispensingError as error:
        if error.status not in (409, 422):
            raise
        notice = Notice("refused", error_text(error, request))
        shown = await person_panel(request, actor, person_id, seen=seen_in(form), notice=notice)
        return await respond(request, actor, shown, error.status)
    shown = await person_panel(request, actor, person_id, seen=seen_in(form))
    return await respond(request, actor, shown)
