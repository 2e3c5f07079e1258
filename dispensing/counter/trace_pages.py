"""Tracing a found package as a page, ``/spor``: code and reason in, the hand-out out."""

from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from dispensing.counter.pages import key_in
from dispensing.counter.tracing import ROLES, trace_package
from dispensing.errors import DispensingError
from dispensing.people.act_steps import READS
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)
DAYS, MOMENTS = ("for_on", "born_on"), ("printed_at", "handed_over_at")


def _page(
    request: Request,
    actor: Actor,
    package: dict[str, Any] | None = None,
    notice: Notice | None = None,
    status: int = 200,
) -> Response:
    return work_page(request, actor, "counter/trace.html", status, package=package, notice=notice)


@router.get("/spor")
async def trace_page(request: Request) -> Response:
    """The empty form."""
    return _page(request, await signed_in(request, *ROLES))


@router.post("/spor", dependencies=[READS])
async def press_trace(request: Request) -> Response:
    """Look one package up."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *ROLES)
    _ = translate(request)
    try:
        answer = await trace_package(
            wiring_of(request),
            forms.session_token(request),
            forms.text(form, "code", 60),
            forms.text(form, "reason"),
            key_in(form),
        )
    except DispensingError as error:
        if error.status not in (422, 429):
            raise
        known = error_text(error, request)
        return _page(request, actor, None, Notice("error", known), error.status)
    if not answer.body["found"]:
        said = _("Koden står på ingen af vores etiketter. Opslaget er skrevet ned.")
        return _page(request, actor, None, Notice("told", said))
    return _page(request, actor, _read(answer.body["package"]))


def _read(package: dict[str, Any]) -> dict[str, Any]:
    """The answer with its days and moments as such."""
    read = dict(package)
    for name in DAYS:
        read[name] = date.fromisoformat(read[name]) if read.get(name) else None
    for name in MOMENTS:
        read[name] = datetime.fromisoformat(read[name]) if read.get(name) else None
    return read
