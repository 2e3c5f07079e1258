"""Sign in, sign out, language and the private screen, as pages."""

import re
import secrets
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from dispensing.errors import Forbidden, NotSignedIn
from dispensing.people import sessions
from dispensing.people.places import counters
from dispensing.web import forms, render
from dispensing.web.routes import PageRoute, error_text, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

A_YEAR_S = 365 * 24 * 3600
COUNTER_COOKIE = "skranke"
COUNTER_TEXT = re.compile("[0-9]{1,5}")


@router.get("/")
async def home(request: Request) -> Response:
    """Doctors to their questions, everybody else to the counter."""
    async with wiring_of(request).pool.connection() as connection:
        token = forms.session_token(request)
        actor = await sessions.load_actor(connection, token, wiring_of(request).limits)
    return RedirectResponse("/laege" if actor.role == "doctor" else "/skranke", 303)


@router.get("/log-ind")
async def sign_in_page(request: Request) -> Response:
    """The sign-in page."""
    return await _sign_in_page(request, "", "", 200)


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
        demo="",
    )
    answer.set_cookie(forms.VISIT_COOKIE, visit, **forms.cookie_rules(request))
    return answer


@router.post("/log-ind")
async def sign_in(request: Request) -> Response:
    """Open a session; a wrong password says so and keeps the name."""
    form = await forms.read_form(request)
    username = forms.text(form, "username", 60)
    counter_id = forms.whole(form, "counter", 1, 32_767)
    token = secrets.token_urlsafe(32)
    pool = wiring_of(request).pool
    try:
        password = forms.text(form, "password", 200)
        actor = await sessions.sign_in(pool, username, password, counter_id, token)
    except Forbidden:
        _ = translate(request)
        said = _("Den skranke hører til en anden enhed end din.")
        return await _sign_in_page(request, said, username, 403)
    except NotSignedIn as error:
        return await _sign_in_page(request, error_text(error, request), username, 401)
    if actor.role == "nurse" and counter_id is None:
        _ = translate(request)
        said = _("Vælg den skranke, du står ved.")
        async with pool.connection() as connection:
            await sessions.sign_out(connection, token)
        return await _sign_in_page(request, said, username, 422)
    before = forms.session_token(request)
    if before:
        # The colleague who forgot to sign out here must not stay signed in unseen.
        async with pool.connection() as connection:
            await sessions.sign_out(connection, before)
    answer = RedirectResponse("/laege" if actor.role == "doctor" else "/skranke", 303)
    rules = forms.cookie_rules(request)
    answer.set_cookie(forms.SESSION_COOKIE, token, **rules)
    if counter_id is not None:
        answer.set_cookie(COUNTER_COOKIE, str(counter_id), max_age=A_YEAR_S, **rules)
    return answer


@router.post("/log-ud")
async def sign_out(request: Request) -> Response:
    """End the session here and on the server."""
    await forms.read_form(request)
    async with wiring_of(request).pool.connection() as connection:
        await sessions.sign_out(connection, forms.session_token(request))
    answer = RedirectResponse("/log-ind", 303)
    answer.delete_cookie(forms.SESSION_COOKIE, path="/")
    return answer


@router.post("/sprog")
async def choose_language(request: Request) -> Response:
    """Danish or English, remembered on this machine."""
    form = await forms.read_form(request)
    answer = RedirectResponse(_back(form), 303)
    chosen = "en" if forms.text(form, "sprog", 5) == "en" else "da"
    rules = forms.cookie_rules(request)
    answer.set_cookie(render.LANGUAGE_COOKIE, chosen, max_age=A_YEAR_S, **rules)
    return answer


@router.post("/skaerm")
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
