"""The shared screen: locking, opening again, switching, and choosing one's own PIN.

The presses are sent by ``screen.js`` and answered in JSON, so that the page under them stays as it
is, every typed word with it.
"""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from dispensing.errors import DispensingError, Unprocessable
from dispensing.people import pins, switching
from dispensing.people.act_steps import OWN_SIGN_IN, SCREEN
from dispensing.people.api import machine_of
from dispensing.people.sessions import Actor
from dispensing.people.working import role_text, signed_in, work_page
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, translate, wiring_of


class ScreenRoute(APIRoute):
    """A route whose errors are one sentence, for the dialog that asked."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:
        handle = super().get_route_handler()

        async def handle_press(request: Request) -> Response:
            try:
                return await handle(request)
            except DispensingError as error:
                said = {"problem": error.type_slug, "said": error_text(error, request)}
                return JSONResponse(said, error.status)

        return handle_press


router = APIRouter(route_class=ScreenRoute, include_in_schema=False)
own_pin = APIRouter(route_class=PageRoute, include_in_schema=False)
# Beside which field of one's own PIN a no is said.
WRONG_OF = {
    "wrong-password": "password",
    "pin-not-six-digits": "new_pin",
    "pin-too-easy": "new_pin",
    "pin-not-repeated": "again",
}


@router.post("/her", dependencies=[SCREEN])
async def still_here(request: Request) -> Response:
    """Somebody types or points: the lock waits from now."""
    await forms.read_form(request)
    await switching.still_here(wiring_of(request), forms.session_token(request))
    return JSONResponse({})


@router.post("/laas", dependencies=[SCREEN])
async def lock(request: Request) -> Response:
    """Lock: by the button, after inactivity, or by the own card tapped once more."""
    form = await forms.read_form(request)
    card = forms.text(form, "card", 60) or None
    await switching.lock(wiring_of(request), forms.session_token(request), card)
    return JSONResponse({"locked": True})


@router.post("/laas-op", dependencies=[OWN_SIGN_IN])
async def unlock(request: Request) -> Response:
    """Open the own screen by PIN or password."""
    form = await forms.read_form(request)
    actor = await switching.unlock(
        wiring_of(request),
        forms.session_token(request),
        pin=forms.text(form, "pin", 6) or None,
        password=forms.text(form, "password", 200) or None,
        machine=machine_of(request),
    )
    return JSONResponse(_shown(request, actor, forms.csrf_token(request), ()))


@router.post("/skift", dependencies=[OWN_SIGN_IN])
async def switch(request: Request) -> Response:
    """Another person takes the screen over; the page stays, with new tokens for its forms."""
    form = await forms.read_form(request)
    token = secrets.token_urlsafe(32)
    opened = await switching.switch(
        wiring_of(request),
        forms.session_token(request),
        token,
        forms.text(form, "pin", 6),
        card=forms.text(form, "card", 60) or None,
        staff_id=forms.whole(form, "staff_id", 1, 2**31 - 1),
    )
    csrf = forms.csrf_token_for(request, token)
    answer = JSONResponse(_shown(request, opened.actor, csrf, opened.also_at))
    answer.set_cookie(forms.SESSION_COOKIE, token, **forms.cookie_rules(request))
    return answer


def _shown(request: Request, actor: Actor, csrf: str, also_at: tuple[str, ...]) -> dict[str, Any]:
    _ = translate(request)
    also = _("Din skærm er også åben her: %s. Lås den der.") % ", ".join(
        name or _("en anden maskine") for name in also_at
    )
    return {
        "csrf": csrf,
        "staff_id": actor.staff_id,
        "name": f"{role_text(request, actor.role)} {actor.short_name}".strip(),
        "role": actor.role,
        "also": also if also_at else "",
    }


@router.get("/kolleger")
async def colleagues(request: Request) -> Response:
    """Those whose shift is open, for the dialog."""
    found = await switching.colleagues(wiring_of(request), forms.session_token(request))
    said = [
        {"staff_id": one.staff_id, "name": f"{role_text(request, one.role)} {one.name}".strip()}
        for one in found
    ]
    return JSONResponse(said)


@own_pin.get("/min-pin")
async def own_pin_page(request: Request) -> Response:
    """One's own PIN: chosen with the password."""
    actor = await signed_in(request)
    return work_page(
        request,
        actor,
        "people/own_pin.html",
        vouched=actor.how == "oidc",
        problem="",
        wrong="",
        notice=None,
    )


@own_pin.post("/min-pin", dependencies=[OWN_SIGN_IN])
async def choose_pin(request: Request) -> Response:
    """Choose a PIN. What is guessed first is refused beside the field."""
    form = await forms.read_form(request)
    actor = await signed_in(request)
    house = wiring_of(request)
    _ = translate(request)
    pin = forms.text(form, "new_pin", 20)
    try:
        pins.refuse_weak(pin)
        if pin != forms.text(form, "again", 20):
            raise Unprocessable("the two are not the same", field="again", slug="pin-not-repeated")
        password = forms.text(form, "password", 200)
        await switching.prove(house, actor, password, machine_of(request))
        await pins.set_pin(house, actor.staff_id, pin)
    except DispensingError as error:
        said = error_text(error, request)
        return work_page(
            request,
            actor,
            "people/own_pin.html",
            error.status,
            vouched=actor.how == "oidc",
            problem=said,
            wrong=WRONG_OF.get(error.type_slug, ""),
            notice=None,
        )
    notice = Notice("done", _("Din nye PIN gælder fra nu."))
    return work_page(
        request, actor, "people/own_pin.html", vouched=False, problem="", wrong="", notice=notice
    )
