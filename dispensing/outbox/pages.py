"""Messages to other systems as a page: who is told, what has not arrived, sending again."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from dispensing.errors import DispensingError
from dispensing.outbox import endpoints
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.unit_acts import UnitAnswer
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, beside, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

#: Sent again by one press: what happened since yesterday at this time.
LATELY = timedelta(days=1)


@router.get("/beskeder")
async def messages_page(request: Request) -> Response:
    """Everybody who is told, with what waits."""
    return await _page(request, await signed_in(request, *endpoints.DECIDES))


async def _page(
    request: Request,
    actor: Actor,
    notice: Notice | None = None,
    status: int = 200,
    *,
    secret: str | None = None,
    typed: FormData | None = None,
) -> Response:
    token, wiring = forms.session_token(request), wiring_of(request)
    _, found = await endpoints.endpoints(wiring, token)
    messages = {
        one.endpoint_id: (await endpoints.messages(wiring, token, one.endpoint_id))[:10]
        for one in found
    }
    return work_page(
        request,
        actor,
        "outbox/messages.html",
        status,
        found=found,
        messages=messages,
        secret=secret,
        notice=notice,
        typed={name: str(value) for name, value in (typed or {}).items()},
    )


async def _done(
    request: Request,
    press: Callable[[FormData], Awaitable[UnitAnswer]],
    said: str,
    *,
    shows_secret: bool = False,
) -> Response:
    """One press: the page again, with what was done or why not."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *endpoints.DECIDES)
    try:
        answer = await press(form)
    except DispensingError as error:
        return await _page(request, actor, beside(error, request), error.status, typed=form)
    secret = None
    if shows_secret:
        secret = endpoints.with_secret(wiring_of(request), answer)["secret"]
    return await _page(request, actor, Notice("done", translate(request)(said)), secret=secret)


def _key(form: FormData) -> str:
    return forms.text(form, "key", 200)


@router.post("/beskeder", dependencies=[PAGE_STEP])
async def press_register(request: Request) -> Response:
    """Tell an address from now on; its secret is shown this once."""
    wiring, token = wiring_of(request), forms.session_token(request)
    loopback = request.app.state.settings.webhook_loopback

    async def press(form: FormData) -> UnitAnswer:
        url, own = forms.text(form, "url"), form.get("own_acts") == "yes"
        return await endpoints.register(
            wiring, token, url, _key(form), own_acts=own, loopback=loopback
        )

    _ = _marked
    return await _done(request, press, _("Adressen får beskeder fra nu af."), shows_secret=True)


@router.post("/beskeder/{endpoint_id}/noegle", dependencies=[PAGE_STEP])
async def press_rotate(request: Request, endpoint_id: forms.IdInPath) -> Response:
    """A new secret; the one before is good for a day."""
    wiring, token = wiring_of(request), forms.session_token(request)

    async def press(form: FormData) -> UnitAnswer:
        return await endpoints.rotate(wiring, token, _small(endpoint_id), _key(form))

    _ = _marked
    return await _done(
        request, press, _("Ny nøgle. Den gamle gælder et døgn endnu."), shows_secret=True
    )


@router.post("/beskeder/{endpoint_id}/stop", dependencies=[PAGE_STEP])
async def press_stop(request: Request, endpoint_id: forms.IdInPath) -> Response:
    """Tell the address no more."""
    return await _switched(request, endpoint_id, False)


@router.post("/beskeder/{endpoint_id}/start", dependencies=[PAGE_STEP])
async def press_start(request: Request, endpoint_id: forms.IdInPath) -> Response:
    """Tell the address again."""
    return await _switched(request, endpoint_id, True)


async def _switched(request: Request, endpoint_id: int, enabled: bool) -> Response:
    wiring, token = wiring_of(request), forms.session_token(request)

    async def press(form: FormData) -> UnitAnswer:
        return await endpoints.switch(wiring, token, _small(endpoint_id), enabled, _key(form))

    _ = _marked
    on, off = _("Adressen får beskeder igen."), _("Adressen får ikke flere beskeder.")
    return await _done(request, press, on if enabled else off)


@router.post("/beskeder/{endpoint_id}/igen", dependencies=[PAGE_STEP])
async def press_again(request: Request, endpoint_id: forms.IdInPath) -> Response:
    """Send everything of the last day again."""
    wiring, token = wiring_of(request), forms.session_token(request)
    now = (await signed_in(request, *endpoints.DECIDES)).now

    async def press(form: FormData) -> UnitAnswer:
        # To the hour, so that a form sent twice asks the same.
        since = _since(now) - LATELY
        return await endpoints.replay(wiring, token, _small(endpoint_id), _key(form), since=since)

    _ = _marked
    return await _done(request, press, _("Det seneste døgns beskeder sendes igen."))


def _since(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def _small(endpoint_id: int) -> int:
    """A number no endpoint has stays one that none has."""
    return min(endpoint_id, 2**31 - 1)


def _marked(text: str) -> str:
    """Marks a text for translation where it stands; it is translated when shown."""
    return text
