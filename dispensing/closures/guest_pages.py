"""The page of guests: who comes here from other units, who goes to them, and ending such a day."""

from fastapi import APIRouter, Request, Response

from dispensing.closures.guests import DECIDES, load_guest_page, withdraw_guest
from dispensing.counter.pages import key_in
from dispensing.errors import DispensingError, Unprocessable
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.working import signed_in, work_page
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)


async def _page(request: Request, notice: Notice | None = None, status: int = 200) -> Response:
    wiring, token = wiring_of(request), forms.session_token(request)
    actor, found, on_paper = await load_guest_page(wiring, token)
    return work_page(
        request,
        actor,
        "closures/guests.html",
        status,
        coming=[one for one in found if one.unit_id == actor.unit_id],
        going=[one for one in found if one.from_unit_id == actor.unit_id],
        on_paper=on_paper,
        decides=actor.role in DECIDES,
        notice=notice,
    )


@router.get("/gaester")
async def show_guests(request: Request) -> Response:
    """From today on."""
    return await _page(request)


@router.post("/gaester/{guest_id}", dependencies=[PAGE_STEP])
async def press_withdraw(request: Request, guest_id: forms.IdInPath) -> Response:
    """A doctor of either unit ends the day."""
    form = await forms.read_form(request)
    await signed_in(request, *DECIDES)
    _ = translate(request)
    rows: list[tuple[int, int]] = []
    for row in form.getlist("struck"):
        serial, _dot, row_no = str(row).partition(".")
        if not all(one.isascii() and one.isdigit() and len(one) < 12 for one in (serial, row_no)):
            raise Unprocessable("no such row", field="struck")
        rows.append((int(serial), int(row_no)))
    try:
        await withdraw_guest(
            wiring_of(request),
            forms.session_token(request),
            guest_id,
            forms.text(form, "reason"),
            key_in(form),
            rows,
        )
    except DispensingError as error:
        if error.status not in (409, 422):
            raise
        kind = "refused" if error.status == 409 else "error"
        return await _page(request, Notice(kind, _no(error, request)), error.status)
    said = _("Trukket tilbage. Retten til at udlevere ligger igen, hvor den plejer.")
    return await _page(request, Notice("done", said))


def _no(error: DispensingError, request: Request) -> str:
    _ = translate(request)
    return {
        "guest-was-here": _("En dosis til den dag er taget. Intet er skrevet."),
        "guest-on-paper": _("Stryg rækken på den trykte nødliste, og sæt mærket ved den."),
        "paper-in-use": _(
            "Der udleveres fra papir lige nu, eller rækker er ikke skrevet ind. Intet er skrevet."
        ),
        "decided-meanwhile": _("Den er trukket tilbage imens."),
    }.get(error.type_slug) or (
        _("Skriv hvorfor, mindst tre bogstaver.")
        if error.facts.get("field") == "reason"
        else error_text(error, request)
    )
