"""An access token for a client: an ordinary session for five minutes, with scopes.

The client says who it is with a signed assertion (``integrations/clients``); each is good once.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg import AsyncConnection

from audit.ledger.append import append
from dispensing.clients import store
from dispensing.clients.calls import PREFIX, Machines
from dispensing.clients.store import Client
from dispensing.people.entries import signed_in
from dispensing.people.scopes import Scope, narrowed, parse_all
from dispensing.people.sessions import token_hash
from dispensing.wiring import Wiring
from integrations.clients.assertion import (
    ASSERTION_TYPE,
    Asserted,
    Claimed,
    Refused,
    claimed,
    verified,
)
from integrations.clients.keys import fits
from integrations.clients.ports import Jwk, OutOfReach

GOOD_FOR = timedelta(minutes=5)
TOKEN_BYTES = 32
MOST_SCOPES = 50
# The same id in the same minutes is the same assertion; who is second gets nothing.
ONCE = """
INSERT INTO machine_client_jti (client_id, jti_hash, expires_at)
VALUES (%(client_id)s, %(jti_hash)s, %(expires_at)s) ON CONFLICT DO NOTHING RETURNING 1
"""
FORGET = """
DELETE FROM machine_client_jti WHERE ctid IN (SELECT ctid FROM machine_client_jti
    WHERE expires_at < clock_timestamp() - interval '1 minute' LIMIT 100)
"""
OPEN = """
INSERT INTO staff_session (session_hash, staff_id, counter_id, started_at, seen_at, opened_at, how,
    client_id, scopes, expires_at, bound_to)
SELECT %(session_hash)s, %(staff_id)s, %(counter_id)s, m.now, m.now, m.now, 'client',
    %(client_id)s, %(scopes)s, m.now + %(good_for)s, %(bound_to)s
FROM (SELECT clock_timestamp() AS now) m
"""
CHAIN = """
SELECT views_chain, clock_timestamp(), (clock_timestamp() AT TIME ZONE zone)::date FROM unit
WHERE unit_id = %(unit_id)s
"""


class NoToken(Exception):
    """An OAuth error: ``error`` is RFC 6749's word, ``why`` one for our log alone."""

    def __init__(self, error: str, why: str, client: Client | None = None) -> None:
        super().__init__(error)
        self.error, self.why, self.client = error, why, client

    @property
    def status(self) -> int:
        """401 where the client was not believed, else 400."""
        return 401 if self.error == "invalid_client" else 400


@dataclass(frozen=True, slots=True)
class Token:
    """What the client gets, and whose it is."""

    access_token: str
    scopes: tuple[Scope, ...]
    client: Client

    def answer(self) -> dict[str, Any]:
        """RFC 6749 section 5.1."""
        return {
            "access_token": self.access_token,
            "token_type": "bearer",
            "expires_in": int(GOOD_FOR.total_seconds()),
            "scope": " ".join(str(one) for one in self.scopes),
        }


def said_by(form: Mapping[str, str]) -> tuple[str, Claimed]:
    """The assertion of a token request, and who it says it is of. Raises NoToken."""
    if "grant_type" not in form:
        raise NoToken("invalid_request", "grant-type")
    if form["grant_type"] != "client_credentials":
        raise NoToken("unsupported_grant_type", "grant-type")
    if "client_secret" in form or form.get("client_assertion_type") != ASSERTION_TYPE:
        raise NoToken("invalid_client", "not-asserted")
    assertion = form.get("client_assertion", "")
    try:
        said = claimed(assertion)
    except Refused as no:
        raise NoToken("invalid_client", no.why) from None
    if form.get("client_id", said.client_id) != said.client_id:
        raise NoToken("invalid_client", "client-id")
    return assertion, said


async def issue(
    wiring: Wiring,
    ours: Machines,
    form: Mapping[str, str],
    audience: str,
    thumbprint: str | None,
) -> Token:
    """A token for a request whose assertion is believed; commits, with its entry.

    ``audience`` is the token endpoint as the client must name it, ``thumbprint`` that of the
    certificate the client presented. Raises NoToken.
    """
    assertion, said = said_by(form)
    async with wiring.pool.connection() as connection:
        client = await store.client_of(connection, said.client_id)
        await connection.commit()
    if client is None:
        raise NoToken("invalid_client", "unknown-client")
    if client.disabled_why is not None:
        raise NoToken("invalid_client", "disabled", client)
    try:
        keys = await _keys(ours, client, said)
        asserted = verified(assertion, keys, {audience}, client.now)
    except (Refused, OutOfReach) as no:
        raise NoToken("invalid_client", no.why, client) from None
    if client.thumbprint is not None and client.thumbprint != thumbprint:
        raise NoToken("invalid_client", "certificate", client)
    scopes = _scopes(form, client)
    access_token = PREFIX + _drawn(wiring)
    async with wiring.pool.connection() as connection:
        await _open(wiring, connection, client, asserted, scopes, access_token)
        await connection.commit()
    return Token(access_token, scopes, client)


def _drawn(wiring: Wiring) -> str:
    return urlsafe_b64encode(wiring.draw_bytes(TOKEN_BYTES)).rstrip(b"=").decode()


async def _keys(ours: Machines, client: Client, said: Claimed) -> list[Jwk]:
    """The client's registered keys. An address in the assertion must be the registered one."""
    if said.jku is not None and said.jku != client.jwks_url:
        raise Refused("jku")
    if client.jwks_url is None:
        return list(client.jwks or ())
    known = await ours.published.keys_at(
        client.jwks_url,
        client.now,
        lambda key: key.get("kid") == said.kid and fits(key, said.algorithm),
    )
    return list(known)


def _scopes(form: Mapping[str, str], client: Client) -> tuple[Scope, ...]:
    """What is granted of what was asked for; what is no scope of ours is not granted."""
    asked = form.get("scope", "").split()
    if not asked or len(asked) > MOST_SCOPES:
        raise NoToken("invalid_scope", "scope", client)
    granted = narrowed(parse_all(client.scopes), parse_all(asked))
    if not granted:
        raise NoToken("invalid_scope", "scope", client)
    return granted


async def _open(
    wiring: Wiring,
    connection: AsyncConnection[Any],
    client: Client,
    asserted: Asserted,
    scopes: tuple[Scope, ...],
    access_token: str,
) -> None:
    jti = {
        "client_id": client.client_id,
        "jti_hash": hashlib.sha256(asserted.jti.encode()).digest(),
        "expires_at": asserted.expires_at,
    }
    if await (await connection.execute(ONCE, jti)).fetchone() is None:
        raise NoToken("invalid_client", "replayed", client)
    await connection.execute(FORGET)
    values = {
        "session_hash": token_hash(access_token),
        "staff_id": client.staff_id,
        "counter_id": client.counter_id,
        "client_id": client.client_id,
        "scopes": [str(one) for one in scopes],
        "good_for": GOOD_FOR,
        "bound_to": client.thumbprint,
    }
    await connection.execute(OPEN, values)
    row = await (await connection.execute(CHAIN, {"unit_id": client.acts_at})).fetchone()
    if row is None:
        raise NoToken("invalid_client", "unit-gone", client)
    entry = signed_in(
        client.acts_at, client.staff_id, row[2], row[1], how="client", counter_id=client.counter_id
    )
    await append(connection, wiring.seal(entry), row[0])
