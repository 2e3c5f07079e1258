"""Signing in with the organisation's identity provider, beside the passwords.

Who the provider vouches for must be known here already: nobody is made staff by signing in.
"""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from psycopg.rows import class_row

from dispensing.errors import CannotDecide, DispensingError, NotFound, TooManyRequests
from dispensing.people import sessions
from dispensing.people.oidc import Refused, RelyingParty
from dispensing.people.pages import device_of, sign_in_page_saying, signed_in_answer
from dispensing.web import forms, render
from dispensing.web.routes import PageRoute, error_text, translate, wiring_of

log = logging.getLogger("dispensing.oidc")

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH = "/log-ind/ekstern"
COOKIE = "ekstern"
GOOD_FOR_S = 600
# Begun and not older than that, all together: whoever begins without end fills no disk. Passwords
# go on working meanwhile.
MOST_BEGUN = 500

ASK = """
INSERT INTO oidc_request (state_hash, browser_hash, nonce, verifier, counter_id, place, asked_at)
SELECT %(state)s, %(browser)s, %(nonce)s, %(verifier)s,
    (SELECT counter_id FROM counter WHERE counter_id = %(counter_id)s), '', clock_timestamp()
WHERE (SELECT count(*) FROM oidc_request) < %(most)s
"""
FORGET = """
DELETE FROM oidc_request WHERE asked_at < clock_timestamp() - make_interval(secs => %(good_for)s)
"""
ONE_BY_ONE = "SELECT pg_advisory_xact_lock(hashtext('sign-in by the provider'))"
# Once, soon, and only for the browser that began it.
USE = """
UPDATE oidc_request SET used_at = clock_timestamp()
WHERE state_hash = %(state)s AND browser_hash = %(browser)s AND used_at IS NULL
    AND asked_at > clock_timestamp() - make_interval(secs => %(good_for)s)
RETURNING nonce, verifier, counter_id, clock_timestamp() AS now
"""
WHO = """
SELECT x.staff_id, s.role FROM staff_subject x JOIN staff s USING (staff_id)
WHERE x.issuer = %(issuer)s AND x.subject = %(subject)s AND x.ended_at IS NULL
    AND s.ended_at IS NULL
"""
Asked = Annotated[str, Query(max_length=4_000)]


@dataclass(frozen=True, slots=True)
class _Begun:
    nonce: str
    verifier: str
    counter_id: int | None
    now: datetime


def relying_party(request: Request) -> RelyingParty:
    """The provider of this service. Raises NotFound where there is none."""
    party: RelyingParty | None = request.app.state.relying_party
    if party is None:
        raise NotFound("no identity provider here")
    return party


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@router.get(PATH)
async def begin(request: Request, skranke: Annotated[str, Query(max_length=5)] = "") -> Response:
    """To the provider, which asks for the person anew."""
    party, house = relying_party(request), wiring_of(request)
    async with house.pool.connection() as connection:
        row = await (await connection.execute("SELECT clock_timestamp()")).fetchone()
        await connection.commit()
    asked, address = await party.begin(row[0])
    values = {
        "state": _hash(asked.state),
        "browser": _hash(asked.browser),
        "nonce": asked.nonce,
        "verifier": asked.verifier,
        "counter_id": int(skranke) if skranke.isascii() and skranke.isdigit() else None,
        "good_for": GOOD_FOR_S,
        "most": MOST_BEGUN,
    }
    async with house.pool.connection() as connection:
        await connection.execute(ONE_BY_ONE)
        await connection.execute(FORGET, values)
        begun = await connection.execute(ASK, values)
        await connection.commit()
    if not begun.rowcount:
        raise TooManyRequests("too many sign-ins begun at once; try again in ten minutes")
    answer = RedirectResponse(address, 303)
    # Lax: the provider's redirect comes from another site and must bring it along.
    rules = forms.cookie_rules(request) | {"samesite": "lax", "path": PATH}
    answer.set_cookie(COOKIE, asked.browser, max_age=GOOD_FOR_S, **rules)
    return answer


@router.get(f"{PATH}/svar")
async def finish(request: Request) -> Response:
    """Back from the provider: who it vouches for is signed in, if known here."""
    try:
        answer = await _finish(request)
    except DispensingError as error:
        why = error.why if isinstance(error, Refused) else error.type_slug
        log.warning("sign-in by the identity provider refused: %s", why)
        said = error_text(error, request)
        answer = await sign_in_page_saying(request, said, error.status)
    answer.delete_cookie(COOKIE, path=PATH)
    return answer


async def _finish(request: Request) -> Response:
    party, house = relying_party(request), wiring_of(request)
    query = request.query_params
    if any(len(query.getlist(name)) > 1 for name in query):
        raise Refused("parameter-twice")
    browser = request.cookies.get(COOKIE, "")
    values = {
        "state": _hash(query.get("state", "")),
        "browser": _hash(browser),
        "good_for": GOOD_FOR_S,
    }
    async with house.pool.connection() as connection:
        async with connection.cursor(row_factory=class_row(_Begun)) as cursor:
            await cursor.execute(USE, values)
            begun = await cursor.fetchone()
        await connection.commit()
    if begun is None or not browser:
        raise Refused("state")
    subject = await party.subject(dict(query), begun.nonce, begun.verifier, begun.now)
    async with house.pool.connection() as connection:
        found = await connection.execute(WHO, {"issuer": party.settings.issuer, "subject": subject})
        row = await found.fetchone()
        await connection.commit()
    if row is None:
        raise Refused("nobody-known", slug="oidc-unknown-person")
    staff_id, role = row
    _ = translate(request)
    if role == "nurse" and begun.counter_id is None:
        return await sign_in_page_saying(request, _("Vælg den skranke, du står ved."), 422)
    token = secrets.token_urlsafe(32)
    opened = await sessions.open_session(
        house, staff_id, begun.counter_id, token, "oidc", device=device_of(request)
    )
    return await signed_in_answer(request, opened, token, from_elsewhere=True)


async def logout_address(request: Request) -> str | None:
    """Where the provider's own session ends; None without one, or while it is out of reach."""
    party: RelyingParty | None = request.app.state.relying_party
    if party is None:
        return None
    async with wiring_of(request).pool.connection() as connection:
        row = await (await connection.execute("SELECT clock_timestamp()")).fetchone()
        await connection.commit()
    try:
        return await party.logout_address(row[0])
    except (CannotDecide, Refused):
        return None


@router.get("/log-ud/ekstern")
async def signed_out_page(request: Request) -> Response:
    """Signed out here; the way to sign out at the provider too."""
    address = await logout_address(request)
    if address is None:
        return RedirectResponse("/log-ind", 303)
    return render.page(request, "people/signed_out.html", address=address)
