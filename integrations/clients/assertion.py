"""The signed assertion by which a client says who it is (``private_key_jwt``).

Nothing is believed that the client's own key did not sign for this very endpoint and these very
minutes. RFC 7523 section 3, SMART App Launch 2.2 "client authentication: asymmetric".
"""

import base64
import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard, cast

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

from integrations.clients.keys import fits
from integrations.clients.ports import Jwk

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("ES384", "RS384")
LONGEST = timedelta(minutes=5)
# Clocks differ; what has expired has expired.
SKEW = timedelta(seconds=10)
LONGEST_TEXT = 16 * 1024
LONGEST_ID = 256
# The header names the key and nothing else: a key or an address inside would be the sender's own.
HEADER = frozenset({"alg", "kid", "typ", "jku"})


class Refused(Exception):
    """The assertion is not believed. ``why`` is a word for the log; the client hears less."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Claimed:
    """What an assertion says before its signature is looked at: enough to find the key."""

    client_id: str
    kid: str
    algorithm: str
    jku: str | None


@dataclass(frozen=True, slots=True)
class Asserted:
    """An assertion that is believed; ``jti`` must not have been seen before ``expires_at``."""

    client_id: str
    jti: str
    expires_at: datetime


def claimed(assertion: str) -> Claimed:
    """Who the assertion says signed it, and with which key. Raises Refused."""
    parts = assertion.split(".")
    if len(parts) != 3 or len(assertion) > LONGEST_TEXT or not assertion.isascii():
        raise Refused("not-a-signed-token")
    header, claims = _object(parts[0]), _object(parts[1])
    if header.get("alg") not in ALGORITHMS:
        raise Refused("algorithm")
    if header.keys() - HEADER or header.get("typ") not in (None, "JWT"):
        raise Refused("header")
    kid, jku = header.get("kid"), header.get("jku")
    if not _short(kid) or not (jku is None or _short(jku)):
        raise Refused("header")
    issuer = claims.get("iss")
    if not _short(issuer):
        raise Refused("issuer")
    return Claimed(issuer, kid, header["alg"], jku)


def verified(
    assertion: str, keys: Sequence[Jwk], audiences: Collection[str], now: datetime
) -> Asserted:
    """The assertion, signed by one of the client's ``keys`` for one of ``audiences``, now.

    ``keys`` are those registered for the client of ``claimed(assertion)``; ``now`` is aware.
    Raises Refused.
    """
    said = claimed(assertion)
    fitting = [one for one in keys if one.get("kid") == said.kid and fits(one, said.algorithm)]
    if len(fitting) != 1:
        raise Refused("unknown-key")
    try:
        key = JWKRegistry.import_key(cast(Any, dict(fitting[0])))
        claims = jwt.decode(assertion, key, algorithms=[said.algorithm]).claims
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise Refused("signature") from None
    return _believed(claims, said.client_id, audiences, now)


def _believed(
    claims: Mapping[str, Any], client_id: str, audiences: Collection[str], now: datetime
) -> Asserted:
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise Refused("subject")
    audience = claims.get("aud")
    among = audience if isinstance(audience, list) else [audience]
    # For us alone: what is meant for several could be used by each of them at the others.
    if len(among) != 1 or not isinstance(among[0], str) or among[0] not in audiences:
        raise Refused("audience")
    moment, skew = now.timestamp(), SKEW.total_seconds()
    expires = _seconds(claims, "exp")
    if expires <= moment:
        raise Refused("expired")
    if expires > moment + LONGEST.total_seconds() + skew:
        raise Refused("lives-too-long")
    if "nbf" in claims and _seconds(claims, "nbf") > moment + skew:
        raise Refused("not-yet")
    if "iat" in claims:
        issued = _seconds(claims, "iat")
        if issued > moment + skew:
            raise Refused("issued-in-the-future")
        if expires - issued > LONGEST.total_seconds() + skew:
            raise Refused("lives-too-long")
    jti = claims.get("jti")
    if not _short(jti):
        raise Refused("jti")
    return Asserted(client_id, jti, datetime.fromtimestamp(expires, UTC))


def _short(value: Any) -> TypeGuard[str]:
    """Text of a sensible length that can be kept."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= LONGEST_ID
        and value.isprintable()
        and value.isascii()
    )


def _object(part: str) -> dict[str, Any]:
    try:
        read = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        raise Refused("not-a-signed-token") from None
    if not isinstance(read, dict):
        raise Refused("not-a-signed-token")
    return cast(dict[str, Any], read)


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e11:
        raise Refused(f"{name}-missing")
    if not math.isfinite(value):
        raise Refused(f"{name}-missing")
    return float(value)
