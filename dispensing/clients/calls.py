"""A call with a machine's token: whose it is, whether it may, how fast, and its line in the log.

``ClientCalls`` wraps the whole application and does nothing for people. ``gate`` is asked by every
route before anything else: a machine's token opens the routes that declare a scope it has, and no
other (default deny, pages and public routes included).
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime

import psycopg
from fastapi import Request
from psycopg import AsyncConnection
from psycopg.rows import class_row
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispensing.clients.call_log import CallLog
from dispensing.clients.limits import Limits, SlowDown, limits_of
from dispensing.clients.terms import normal_thumbprint
from dispensing.errors import CannotDecide, DispensingError, Forbidden, NotSignedIn, SessionExpired
from dispensing.people.calling import CALL, Call
from dispensing.people.scopes import Scoped, covers, parse_all
from dispensing.people.sessions import token_hash
from dispensing.problem_answers import problem_answer
from dispensing.settings import Settings
from dispensing.wiring import Wiring
from integrations.clients.fetching import Https, https
from integrations.clients.keys import Published

log = logging.getLogger("dispensing.clients")

PREFIX = "mc_"
# Newest terms: a client disabled or bound to a certificate a moment ago is so for open tokens, too.
CALLER = """
SELECT c.client_id, c.unit_id, c.kind, ss.scopes, ss.bound_to, ss.expires_at,
    coalesce(ss.ended_at, s.ended_at) AS ended_at, t.disabled_why, clock_timestamp() AS now
FROM staff_session ss JOIN machine_client c USING (client_id)
JOIN staff s ON s.staff_id = c.staff_id
JOIN LATERAL (SELECT q.disabled_why FROM machine_client_terms q WHERE q.client_id = c.client_id
    ORDER BY q.version DESC LIMIT 1) t ON true
WHERE ss.session_hash = %(session_hash)s
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token it is."""

    client_id: str
    unit_id: int
    kind: str
    scopes: list[str]
    bound_to: str | None
    expires_at: datetime
    ended_at: datetime | None
    disabled_why: str | None
    now: datetime


@dataclass(slots=True)
class Machines:
    """What one worker keeps about machine clients."""

    limits: Limits
    calls: CallLog
    fetch: Https
    published: Published
    public_url: str | None
    cert_header: str | None

    def presented(self, headers: Headers) -> str | None:
        """The thumbprint of the client certificate that the proxy has verified, if there is one."""
        if self.cert_header is None:
            return None
        told = headers.getlist(self.cert_header)
        return normal_thumbprint(told[0]) if len(told) == 1 else None


def machines(settings: Settings) -> Machines:
    """For one worker; ``fetch.client`` is closed by whoever asked."""
    ours, fetch = settings.clients, https()
    limits = limits_of(
        ours.calls_per_minute, ours.calls_at_once, ours.calls_waiting, settings.workers
    )
    return Machines(limits, CallLog(), fetch, Published(fetch), ours.public_url, ours.cert_header)


async def gate(request: Request) -> None:
    """A machine's call goes on only where the route declares scopes and the token has them all."""
    call = CALL.get()
    if call is None:
        return
    declared = [one.dependency for one in getattr(request.scope.get("route"), "dependencies", ())]
    wanted = [scope for one in declared if isinstance(one, Scoped) for scope in one.wanted]
    if not wanted:
        raise Forbidden("no machine may call this", slug="scope-needed", needs=[])
    missing = [str(one) for one in wanted if not covers(call.scopes, one)]
    if missing:
        raise Forbidden("the token lacks a scope", slug="scope-needed", needs=missing)
    call.allowed = True


class ClientCalls:
    """Let in, limit and log the calls of machines."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = _token(scope)
        if token is None:
            await self.app(scope, receive, send)
            return
        state = scope["app"].state
        try:
            caller = await _caller(state.machines, state.wiring, token)
        except DispensingError as no:
            await _answer(no)(scope, receive, send)
            return
        if caller is None:
            # Nobody's: the routes say so themselves.
            await self.app(scope, receive, send)
            return
        await self._called(state.machines, caller, scope, receive, send)

    async def _called(
        self, ours: Machines, caller: Caller, scope: Scope, receive: Receive, send: Send
    ) -> None:
        call = Call(caller.client_id, parse_all(caller.scopes))
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        current = CALL.set(call)
        try:
            _good(caller, ours.presented(Headers(scope=scope)))
            ours.limits.calls.take(caller.client_id, time.monotonic())
            async with ours.limits.turns_of(caller.kind).turn():
                await self.app(scope, receive, noted)
        except (NotSignedIn, SlowDown) as no:
            await _answer(no)(scope, receive, noted)
        finally:
            CALL.reset(current)
            route = getattr(scope.get("route"), "path", "-")
            ours.calls.note(
                caller.client_id,
                caller.unit_id,
                caller.now,
                scope["method"],
                route,
                status,
                call.person_id,
            )


def _token(scope: Scope) -> str | None:
    """The machine's token of a request; None for everything else."""
    if scope["type"] != "http":
        return None
    kind, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    return token if kind.lower() == "bearer" and token.startswith(PREFIX) else None


async def _caller(ours: Machines, wiring: Wiring, token: str) -> Caller | None:
    """Raises SlowDown, and CannotDecide when the database is out of reach."""
    try:
        async with ours.limits.lookups.turn(), wiring.pool.connection() as connection:
            found = await _load(connection, token)
            await connection.commit()
            return found
    except psycopg.OperationalError as trouble:
        log.error("database: %s", type(trouble).__name__)
        raise CannotDecide("the database is out of reach") from None


async def _load(connection: AsyncConnection[object], token: str) -> Caller | None:
    async with connection.cursor(row_factory=class_row(Caller)) as cursor:
        await cursor.execute(CALLER, {"session_hash": token_hash(token)})
        return await cursor.fetchone()


def _good(caller: Caller, thumbprint: str | None) -> None:
    if caller.ended_at is not None or caller.disabled_why is not None:
        raise NotSignedIn("this token is no longer good")
    if caller.now >= caller.expires_at:
        raise SessionExpired("the token has expired; ask for another, nothing was changed")
    if caller.bound_to is not None and caller.bound_to != thumbprint:
        raise NotSignedIn("this token is good with the client's certificate alone")


def _answer(no: DispensingError) -> ASGIApp:
    answer = problem_answer(no)
    if isinstance(no, SlowDown):
        answer.headers["Retry-After"] = str(no.after_s)
    return answer
