"""The page of a restored unit: what to compare, what is to be typed in, and the doctor's word."""

from datetime import date

from fastapi import APIRouter, Request, Response

from dispensing.downtime import restoration
from dispensing.downtime.codes import serial_text
from dispensing.downtime.restoration import Comparison, Printed
from dispensing.errors import DispensingError, Unprocessable
from dispensing.people.act_steps import PAGE_STEP, READS
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.web import forms
from dispensing.web.formats import local_day
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)
# The fields of the form and how long each may be.
TYPED = {"printed_entry": 20, "printed_hash": 80, "reason": 500}


async def _page(
    request: Request,
    actor: Actor,
    notice: Notice | None = None,
    status: int = 200,
    said: Comparison | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    async with wiring_of(request).pool.connection() as connection:
        found = await restoration.standing(connection, actor.unit_id)
        await connection.commit()
    days: dict[str, date | None] = {}
    if found is not None:
        newest = found["newest_list"]
        days = {
            "restored_on": local_day(found["restored_at"], actor.zone),
            "since_on": local_day(found["uncertain_since"], actor.zone),
            "list_for": date.fromisoformat(newest["for_day"]) if newest else None,
        }
    return work_page(
        request,
        actor,
        "downtime/restoration.html",
        status,
        found=found,
        days=days,
        said=said,
        typed=typed or dict.fromkeys(TYPED, ""),
        serial_text=serial_text,
        notice=notice,
    )


@router.get("/gendannelse")
async def restoration_page(request: Request) -> Response:
    """What is open of the last restore."""
    return await _page(request, await signed_in(request, *restoration.READS))


def _typed(form: object) -> dict[str, str]:
    return {name: forms.text(form, name, most) for name, most in TYPED.items()}  # type: ignore[arg-type]


def _printed(typed: dict[str, str]) -> Printed | None:
    """The paper's two values, or None where neither was typed. Raises Unprocessable."""
    if not typed["printed_entry"] and not typed["printed_hash"]:
        return None
    number = typed["printed_entry"].replace(".", "").replace(" ", "")
    if not number.isascii() or not number.isdigit():
        raise Unprocessable("the number as printed", field="printed_entry")
    return Printed(int(number), typed["printed_hash"])


@router.post("/gendannelse/sammenlign", dependencies=[READS])
async def press_compare(request: Request) -> Response:
    """Hold a paper against the backup."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *restoration.READS)
    typed = _typed(form)
    try:
        printed = _printed(typed) or Printed(0, "")
        async with wiring_of(request).pool.connection() as connection:
            found = await restoration.open_restoration(connection, actor.unit_id)
            said = await restoration.compare(connection, found, printed)
            await connection.commit()
    except DispensingError as error:
        notice = Notice("error", error_text(error, request))
        return await _page(request, actor, notice, error.status, typed=typed)
    return await _page(request, actor, said=said, typed=typed)


@router.post("/gendannelse", dependencies=[PAGE_STEP])
async def press_resolve(request: Request) -> Response:
    """The doctor's word."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *restoration.RESOLVES)
    typed = _typed(form)
    _ = translate(request)
    try:
        await restoration.resolve(
            wiring_of(request),
            forms.session_token(request),
            typed["reason"],
            _printed(typed),
            forms.text(form, "key", 200),
        )
    except DispensingError as error:
        notice = Notice("error", error_text(error, request))
        return await _page(request, actor, notice, error.status, typed=typed)
    said = _("Skrevet ned under dit navn. Skrankerne udleverer igen.")
    return await _page(request, actor, Notice("done", said))
