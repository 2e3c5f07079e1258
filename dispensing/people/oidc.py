"""OpenID Connect, the part of the one who relies: discovery, code flow with PKCE, what is believed.

Nothing is believed that the provider did not sign for this client, this request and this moment, at
the level of assurance the service demands. Refusals name their reason for the log (no claim, no
code); the person reads one sentence. OpenID Connect Core 1.0 section 3.1, RFC 7636, RFC 9207.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

from dispensing.errors import CannotDecide, NotSignedIn
from dispensing.settings import OidcSettings

# Signatures only, no keys shared with the provider; the key's kind must be the algorithm's.
ALGORITHMS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
SKEW = timedelta(seconds=30)
# An ID token is used at once: an old one is a stolen one.
OLDEST_TOKEN = timedelta(minutes=5)
# The provider asks for the person anew: at a shared machine its own session is somebody else's.
LONGEST_SINCE_LOGIN = timedelta(minutes=10)
KEPT = timedelta(hours=1)
KEYS_ASKED_AGAIN = timedelta(seconds=60)
MOST_BYTES = 256 * 1024
TIMEOUT_S = 5.0


class Refused(NotSignedIn):
    """What the provider said is not believed. ``why`` is a word for the log."""

    slug = "oidc-refused"

    def __init__(self, why: str, slug: str | None = None) -> None:
        super().__init__("the identity provider's answer is not accepted", slug=slug)
        self.why = why


@dataclass(frozen=True, slots=True)
class Discovered:
    """The provider's own description of itself."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    names_itself: bool


@dataclass(frozen=True, slots=True)
class Request:
    """What one sign-in was begun with; the browser keeps nothing of it but a cookie's value."""

    state: str
    nonce: str
    verifier: str
    browser: str


@dataclass(slots=True)
class RelyingParty:
    """One provider, its description and keys kept for an hour. ``client`` sends its requests."""

    settings: OidcSettings
    client: httpx2.AsyncClient
    _discovered: Discovered | None = None
    _discovered_at: datetime | None = None
    _keys: list[Any] = field(default_factory=list)
    _keys_at: datetime | None = None

    async def begin(self, now: datetime) -> tuple[Request, str]:
        """A fresh request and the address the browser is sent to. Raises CannotDecide."""
        found = await self._discover(now)
        request = Request(*(secrets.token_urlsafe(32) for _ in range(4)))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(request.verifier.encode()).digest())
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.settings.redirect_uri,
            "scope": self.settings.scope,
            "state": request.state,
            "nonce": request.nonce,
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "prompt": "login",
            "max_age": str(int(LONGEST_SINCE_LOGIN.total_seconds())),
        }
        if self.settings.assurance_claim == "acr":
            asked["acr_values"] = " ".join(self.settings.assurance)
        join = "&" if urlsplit(found.authorization_endpoint).query else "?"
        return request, f"{found.authorization_endpoint}{join}{urlencode(asked)}"

    async def subject(
        self, answer: Mapping[str, str], nonce: str, verifier: str, now: datetime
    ) -> str:
        """The subject the provider vouches for, from the query of its redirect.

        ``nonce`` and ``verifier`` are the request's whose state the answer carried; ``now`` is the
        database's moment. Raises Refused, and CannotDecide when the provider is out of reach.
        """
        found = await self._discover(now)
        # RFC 9207: an answer of one provider must not be taken for another's.
        said = answer.get("iss")
        if said != self.settings.issuer and (said is not None or found.names_itself):
            raise Refused("issuer-mixed-up")
        if "error" in answer or not answer.get("code"):
            raise Refused("provider-said-no")
        tokens = await self._exchange(found, answer["code"], verifier)
        id_token = tokens.get("id_token")
        if not isinstance(id_token, str):
            raise Refused("no-id-token")
        claims, algorithm = await self._verified(id_token, found, now)
        self._check(claims, nonce, now)
        _check_access_token(claims, algorithm, tokens.get("access_token"))
        return str(claims["sub"])

    async def logout_address(self, now: datetime) -> str | None:
        """Where the person ends the provider's own session, if it has such a place."""
        found = await self._discover(now)
        if found.end_session_endpoint is None:
            return None
        back = self.settings.redirect_uri.removesuffix("/ekstern/svar")
        asked = {"client_id": self.settings.client_id, "post_logout_redirect_uri": back}
        return f"{found.end_session_endpoint}?{urlencode(asked)}"

    async def _discover(self, now: datetime) -> Discovered:
        if (
            self._discovered is not None
            and self._discovered_at is not None
            and now - self._discovered_at < KEPT
        ):
            return self._discovered
        issuer = self.settings.issuer
        told = await self._get_json(issuer.rstrip("/") + "/.well-known/openid-configuration")
        if told.get("issuer") != issuer:
            raise Refused("discovery-of-another-issuer")
        addresses = [
            told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        ]
        if not all(isinstance(one, str) and self._may_be_asked(one) for one in addresses):
            raise Refused("discovery-without-endpoints")
        ends = told.get("end_session_endpoint")
        self._discovered = Discovered(
            *(str(one) for one in addresses),
            ends if isinstance(ends, str) and self._may_be_asked(ends) else None,
            told.get("authorization_response_iss_parameter_supported") is True,
        )
        self._discovered_at = now
        return self._discovered

    def _may_be_asked(self, address: str) -> bool:
        """TLS, except where the provider itself is a simulated one on this machine."""
        scheme = urlsplit(address).scheme
        return scheme == "https" or (scheme == "http" and self.settings.local)

    async def _exchange(self, found: Discovered, code: str, verifier: str) -> Mapping[str, Any]:
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.settings.redirect_uri,
            "code_verifier": verifier,
            "client_id": self.settings.client_id,
        }
        secret = self.settings.client_secret
        auth = (self.settings.client_id, secret) if secret is not None else None
        return await self._json("POST", found.token_endpoint, data=sent, auth=auth)

    async def _get_json(self, address: str) -> Mapping[str, Any]:
        return await self._json("GET", address)

    async def _json(self, method: str, address: str, **sent: Any) -> Mapping[str, Any]:
        read = bytearray()
        try:
            async with self.client.stream(method, address, **sent) as answer:
                async for part in answer.aiter_bytes():
                    read += part
                    if len(read) > MOST_BYTES:
                        raise Refused("answer-too-large")
        except httpx2.HTTPError as error:
            raise CannotDecide(
                "the identity provider is out of reach; sign in with the password",
                slug="oidc-unavailable",
            ) from error
        if answer.status_code >= 500:
            raise CannotDecide("the identity provider is in trouble", slug="oidc-unavailable")
        if answer.status_code != 200:
            raise Refused("provider-refused")
        try:
            said = json.loads(bytes(read))
        except ValueError:
            raise Refused("answer-not-json") from None
        if not isinstance(said, dict):
            raise Refused("answer-not-json")
        return said

    async def _verified(
        self, id_token: str, found: Discovered, now: datetime
    ) -> tuple[dict[str, Any], str]:
        """The claims under a good signature, and its algorithm."""
        header = _header(id_token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise Refused("algorithm")
        if header.get("typ") not in (None, "JWT") or "crit" in header or "b64" in header:
            raise Refused("header")
        key = await self._key(header.get("kid"), algorithm, found, now)
        try:
            token = jwt.decode(id_token, key, algorithms=[algorithm])
        except (JoseError, ValueError, TypeError):
            raise Refused("signature") from None
        return token.claims, algorithm

    async def _key(self, kid: Any, algorithm: str, found: Discovered, now: datetime) -> Any:
        """The provider's key of that id; asked for anew when unknown, at most once a minute."""
        stale = self._keys_at is None or now - self._keys_at >= KEPT
        key = None if stale else self._known(kid, algorithm)
        if key is None and (
            self._keys_at is None or stale or now - self._keys_at >= KEYS_ASKED_AGAIN
        ):
            told = await self._get_json(found.jwks_uri)
            listed = told.get("keys")
            self._keys = list(listed) if isinstance(listed, list) else []
            self._keys_at = now
            key = self._known(kid, algorithm)
        if key is None:
            raise Refused("unknown-key")
        return key

    def _known(self, kid: Any, algorithm: str) -> Any:
        fitting = [
            one
            for one in self._keys
            if isinstance(one, dict)
            and one.get("kty") == ALGORITHMS[algorithm]
            and one.get("use") in (None, "sig")
            and one.get("alg") in (None, algorithm)
            and (kid is None or one.get("kid") == kid)
        ]
        # Without an id only a single key can be meant.
        if len(fitting) != 1:
            return None
        try:
            return JWKRegistry.import_key(fitting[0])
        except (JoseError, ValueError, TypeError, KeyError):
            return None

    def _check(self, claims: Mapping[str, Any], nonce: str, now: datetime) -> None:
        ours = self.settings
        audience = claims.get("aud")
        among = audience if isinstance(audience, list) else [audience]
        if claims.get("iss") != ours.issuer:
            raise Refused("issuer")
        if ours.client_id not in among:
            raise Refused("audience")
        if (len(among) > 1 or "azp" in claims) and claims.get("azp") != ours.client_id:
            raise Refused("authorised-party")
        if not secrets.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()):
            raise Refused("nonce")
        _check_times(claims, now)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise Refused("subject")
        if claims.get(ours.assurance_claim) not in ours.assurance:
            raise Refused("assurance", slug="oidc-too-weak")


def relying_party(settings: OidcSettings | None) -> RelyingParty | None:
    """The provider of the settings, if there is one. Its client is closed by whoever asked."""
    if settings is None:
        return None
    # No redirects: whoever answers elsewhere is another.
    client = httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)
    return RelyingParty(settings, client)


def _header(token: str) -> Mapping[str, Any]:
    parts = token.split(".")
    if len(parts) != 3 or len(token) > MOST_BYTES:
        raise Refused("not-a-signed-token")
    try:
        header = json.loads(base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except ValueError:
        raise Refused("not-a-signed-token") from None
    if not isinstance(header, dict):
        raise Refused("not-a-signed-token")
    return header


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(f"{name}-missing")
    return float(value)


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    moment, skew = now.timestamp(), SKEW.total_seconds()
    issued = _seconds(claims, "iat")
    if not _seconds(claims, "exp") + skew > moment:
        raise Refused("expired")
    if not issued <= moment + skew:
        raise Refused("issued-in-the-future")
    if not issued > moment - OLDEST_TOKEN.total_seconds() - skew:
        raise Refused("issued-long-ago")
    if "nbf" in claims and not _seconds(claims, "nbf") <= moment + skew:
        raise Refused("not-yet")
    login = _seconds(claims, "auth_time")
    oldest = moment - LONGEST_SINCE_LOGIN.total_seconds() - skew
    if not oldest < login <= moment + skew:
        raise Refused("login-not-fresh")


def _check_access_token(claims: Mapping[str, Any], algorithm: str, access_token: Any) -> None:
    """Where the provider binds the two together, they must belong together."""
    if "at_hash" not in claims:
        return
    if not isinstance(access_token, str):
        raise Refused("access-token")
    # Every algorithm here hashes with SHA-256 but EdDSA, whose curve hashes with SHA-512.
    digest = hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256
    made = digest(access_token.encode()).digest()
    half = base64.urlsafe_b64encode(made[: len(made) // 2]).rstrip(b"=").decode()
    if not secrets.compare_digest(half.encode(), str(claims["at_hash"]).encode()):
        raise Refused("access-token")
