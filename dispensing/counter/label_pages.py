"""Labels from the counter page: each press opens the PDF beside the page, which then asks to scan.

There is no address from which a label could be fetched again: what comes out came from a press.
"""

from datetime import date

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from dispensing.counter import labels
from dispensing.counter.pages import acting, key_in
from dispensing.errors import Unprocessable
from dispensing.people.act_steps import OF_HAND_OUT, PAGE_STEP
from dispensing.web import forms
from dispensing.web.routes import PageRoute, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)


def as_document(printed: labels.Printed) -> Response:
    """The document as the browser shows it; nothing on the way may keep it."""
    headers = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": 'inline; filename="etiketter.pdf"',
    }
    return Response(printed.document, 200, headers, printed.media_type)


@router.post("/skranke/udlevering/{reservation_id}/etiketter", dependencies=[OF_HAND_OUT])
async def press_print(request: Request, reservation_id: forms.IdInPath) -> Response:
    """A label for each dose that goes home."""
    form = await forms.read_form(request)
    await acting(request)
    token, key = forms.session_token(request), f"{key_in(form)}e"
    return as_document(
        await labels.print_labels(wiring_of(request), token, reservation_id, "pdf", key)
    )


@router.post("/skranke/udlevering/{reservation_id}/etiketter/om", dependencies=[PAGE_STEP])
async def press_reprint(request: Request, reservation_id: forms.IdInPath) -> Response:
    """One label again; the one before is void."""
    form = await forms.read_form(request)
    await acting(request)
    for_on, part = _dose_in(form)
    return as_document(
        await labels.reprint_label(
            wiring_of(request),
            forms.session_token(request),
            reservation_id,
            for_on,
            part,
            forms.text(form, "reason"),
            "pdf",
            f"{key_in(form)}r",
        )
    )


def _dose_in(form: FormData) -> tuple[date, int]:
    """Which label a form means. Raises Unprocessable."""
    day, _, part = forms.text(form, "label", 13).partition("/")
    try:
        return date.fromisoformat(day), int(part)
    except ValueError:
        raise Unprocessable("say which label", field="label") from None
