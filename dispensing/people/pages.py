"""Sign in, sign out, language and the private screen, as pages."""

import re
import secrets
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from dispensing.errors import Forbidden, NotSignedIn
from dispensing.people import sessions, switching
from dispensing.people.act_steps import OWN_SIGN_IN, SCREEN
from dispensing.people.api import machine_of
from dispensing.people.places import counters
from dispensing.web import forms, render
from dispensing.web.routes import PageRoute, error_text, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

A_YEAR_S = 365 * 24 * 3600
COUNTER_COOKIE = "skranke"
COUNTER_TEXT = re.compile("[0-9]{1,5}")
# Which browser this is: a place of its own where nobody stands at a counter.
DEVICE_COOKIE = "maskine"
START = {
    "doctor": "/laege/morgen",
    "pharmacist": "/lager",
    "auditor": "/lager/regnskab",
    "administrator": "/kalender",
}

ReasonAsked = Annotated[str, Query(max_length=10)]

PARK_BEFORE = """
UPDATE staff_session SET
    locked_at = CASE WHEN staff_id = %(staff_id)s THEN locked_at
        ELSE coalesce(locked_at, clock_timestamp()) END,
    ended_at = CASE WHEN staff_id = %(staff_id)s THEN clock_timestamp() END,
    end_reason = CASE WHEN staff_id = %(staff_id)s THEN 'replaced' END
WHERE session_hash = %(session_hash)s AND ended_at IS NULL
"""


def device_of(request: Request) -> str:
    """The name this browser was given; a new one where it keeps none, so that each has a place.

    Only a place locks and asks for the step (``Actor.acts_ask``): no page is without.
    """
    kept: str = request.cookies.get(DEVICE_COOKIE) or getattr(request.state, "device", "")
    request.state.device = kept or forms.new_visit()
    return str(request.state.device)


def _name_device(request: Request, answer: Response) -> None:
    """Give the browser its name to keep, unless it has one."""
    if not request.cookies.get(DEVICE_COOKIE):
        rules = forms.cookie_rules(request)
        answer.set_cookie(DEVICE_COOKIE, device_of(request), max_age=A_YEAR_S, **rules)


def start_of(actor: sessions.Actor) -> str:
    """Where somebody's work begins: at a pharmacy its pharmacists hand out."""
    at_pharmacy = actor.role == "pharmacist" and actor.unit_kind == "pharmacy"
    return "/skranke" if at_pharmacy else START.get(actor.role, "/skranke")


@router.get("/")
async def home(request: Request) -> Response:
    """Doctors to what waits for them, everybody else to where their work begins."""
    actor = await switching.whose_screen(wiring_of(request), forms.session_token(request))
    return RedirectResponse(start_of(actor), 303)


@router.get("/log-ind")
async def sign_in_page(request: Request, hvorfor: ReasonAsked = "") -> Response:
    """The sign-in page; ``hvorfor`` says why somebody finds themselves here."""
    _ = translate(request)
    why = {
        "igen": _("Du er logget ind igen på denne plads, i et andet vindue. Intet er ændret."),
    }
    return await _sign_in_page(request, why.get(hvorfor, ""), "", 200)


async def sign_in_page_saying(request: Request, message: str, status: int) -> Response:
    """The sign-in page with a sentence above the form."""
    return await _sign_in_page(request, message, "", status)


async def _sign_in_page(request: Request, message: str, username: str, status: int) -> Response:
    visit = request.cookies.get(forms.VISIT_COOKIE) or forms.new_visit()
    async with wiring_of(request).pool.connection() as connection:
        places = await counters(connection)
    remembered = request.cookies.get(COUNTER_COOKIE, "")
    answer = render.page(
        request,
        "people/sign_in.html",
        status,
        message=message,
        username=username,
        places=places,
        counter_id=int(remembered) if COUNTER_TEXT.fullmatch(remembered) else None,
        csrf=forms.csrf_token(request, visit),
        external=request.app.state.relying_party is not None,
        demo="",
    )
    rules = forms.cookie_rules(request)
    answer.set_cookie(forms.VISIT_COOKIE, visit, **rules)
    _name_device(request, answer)
    return answer


@router.post("/log-ind", dependencies=[OWN_SIGN_IN])
async def sign_in(request: Request) -> Response:
    """Open a session; a wrong password says so and keeps the name."""
    form = await forms.read_form(request)
    username = forms.text(form, "username", 60)
    counter_id = forms.whole(form, "counter", 1, 32_767)
    token = secrets.token_urlsafe(32)
    house = wiring_of(request)
    _ = translate(request)
    try:
        opened = await _opened(request, form, username, counter_id, token)
    except Forbidden:
        said = _("Den skranke hører til en anden enhed end din.")
        return await _sign_in_page(request, said, username, 403)
    except NotSignedIn as error:
        return await _sign_in_page(request, error_text(error, request), username, 401)
    if opened.actor.role == "nurse" and counter_id is None:
        said = _("Vælg den skranke, du står ved.")
        async with house.pool.connection() as connection:
            await sessions.end_session(connection, token)
        return await _sign_in_page(request, said, username, 422)
    return await signed_in_answer(request, opened, token)


async def _opened(
    request: Request, form: FormData, username: str, counter_id: int | None, token: str
) -> sessions.Opened:
    """By name and password, or by card and PIN within a shift begun elsewhere."""
    house, device = wiring_of(request), device_of(request)
    card = forms.text(form, "card", 60)
    if card and counter_id is not None:
        pin = forms.text(form, "pin", 6)
        return await switching.open_by_card(house, token, card, pin, counter_id, device)
    password = forms.text(form, "password", 200)
    machine = machine_of(request)
    return await sessions.sign_in(
        house, username, password, counter_id, token, machine=machine, device=device
    )


async def signed_in_answer(
    request: Request, opened: sessions.Opened, token: str, *, from_elsewhere: bool = False
) -> Response:
    """Where the person goes after signing in; first told where else their screen is open.

    The colleague who forgot to sign out in this browser is parked. ``from_elsewhere``: the browser
    comes from another site.
    """
    before = forms.session_token(request)
    if before:
        values = {
            "session_hash": sessions.token_hash(before),
            "staff_id": opened.actor.staff_id,
        }
        async with wiring_of(request).pool.connection() as connection:
            await connection.execute(PARK_BEFORE, values)
            await connection.commit()
    start = start_of(opened.actor)
    answer: Response = RedirectResponse(start, 303)
    if from_elsewhere:
        answer = render.page(request, "people/signed_in.html", start=start)
    if opened.also_at:
        also_at = list(opened.also_at)
        answer = render.page(request, "people/elsewhere.html", also_at=also_at, start=start)
    rules = forms.cookie_rules(request)
    answer.set_cookie(forms.SESSION_COOKIE, token, **rules)
    _name_device(request, answer)
    if opened.actor.counter_id is not None:
        kept = str(opened.actor.counter_id)
        answer.set_cookie(COUNTER_COOKIE, kept, max_age=A_YEAR_S, **rules)
    return answer


@router.post("/log-ud", dependencies=[SCREEN])
async def sign_out(request: Request) -> Response:
    """End the session here and on the server."""
    await forms.read_form(request)
    house, token = wiring_of(request), forms.session_token(request)
    try:
        external = (await switching.whose_screen(house, token)).how == "oidc"
    except NotSignedIn:
        external = False
    async with house.pool.connection() as connection:
        await sessions.sign_out(connection, token)
    answer = RedirectResponse("/log-ud/ekstern" if external else "/log-ind", 303)
    answer.delete_cookie(forms.SESSION_COOKIE, path="/")
    return answer


@router.post("/sprog", dependencies=[SCREEN])
async def choose_language(request: Request) -> Response:
    """Danish or English, remembered on this machine."""
    form = await forms.read_form(request)
    answer = RedirectResponse(_back(form), 303)
    chosen = "en" if forms.text(form, "sprog", 5) == "en" else "da"
    rules = forms.cookie_rules(request)
    answer.set_cookie(render.LANGUAGE_COOKIE, chosen, max_age=A_YEAR_S, **rules)
    return answer


@router.post("/skaerm", dependencies=[SCREEN])
async def choose_screen(request: Request) -> Response:
    """Whether this screen faces the room."""
    form = await forms.read_form(request)
    answer = RedirectResponse(_back(form), 303)
    value = "privat" if forms.text(form, "privat", 5) else "aaben"
    rules = forms.cookie_rules(request)
    answer.set_cookie(render.PRIVACY_COOKIE, value, max_age=A_YEAR_S, **rules)
    return answer


def _back(form: object) -> str:
    """Where the person was, on this site only."""
    sent = form.get("back", "/")  # type: ignore[attr-defined]
    try:
        parts = urlsplit(sent if isinstance(sent, str) else "/")
    except ValueError:
        return "/"
    inside = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    return parts.path if inside and not parts.path.startswith("//") else "/"
