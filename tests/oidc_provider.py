"""A simulated identity provider for the tests: a small real HTTP server with keys of its own.

It keeps the rules of the code flow (one use of a code, PKCE, the client's secret, the redirect
address) and lies in whatever way a test asks for.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, CLIENT_SECRET = "dispensing-test", "a secret of the tests"
SUBSTANTIAL = "https://data.gov.dk/concept/core/nsis/Substantial"
LOW = "https://data.gov.dk/concept/core/nsis/Low"

Claims = dict[str, Any]


@dataclass
class Grant:
    """What a code stands for."""

    asked: Mapping[str, str]
    subject: str


@dataclass
class Provider:
    """The provider and its lies. ``reset`` makes it honest again."""

    issuer: str = ""
    keys: list[Any] = field(default_factory=list)
    grants: dict[str, Grant] = field(default_factory=dict)
    change: Callable[[Claims], Claims] = field(default=lambda claims: claims)
    sign: Callable[[Claims], str] | None = None
    discovery: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    asked_for_keys: int = 0

    def __post_init__(self) -> None:
        self.rsa = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.ec = ECKey.generate_key("P-256", {"kid": "second", "use": "sig"})
        self.foreign = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.reset()

    def reset(self) -> None:
        self.keys = [self.rsa, self.ec]
        self.change, self.sign = lambda claims: claims, None
        self.discovery, self.tokens, self.status = {}, {}, 200
        self.grants.clear()

    def claims(self, grant: Grant) -> Claims:
        now = int(time.time())
        return {
            "iss": self.issuer,
            "sub": grant.subject,
            "aud": CLIENT,
            "nonce": grant.asked["nonce"],
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "acr": SUBSTANTIAL,
        }

    def signed(self, claims: Claims, algorithm: str = "RS256", **header: Any) -> str:
        key = self.ec if algorithm == "ES256" else self.rsa
        return self.signed_by(key, claims, algorithm, **{"kid": key.kid} | header)

    def signed_by(self, key: Any, claims: Claims, algorithm: str, **header: Any) -> str:
        head = {"alg": algorithm, "typ": "JWT"} | header
        head = {name: value for name, value in head.items() if value is not None}
        return jwt.encode(head, claims, key, algorithms=[algorithm])

    def authorize(self, address: str, subject: str) -> str:
        """What the browser does at the provider: answers the address it is sent back to."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = secrets.token_urlsafe(16)
        self.grants[code] = Grant(asked, subject)
        back = {"code": code, "state": asked["state"], "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def token(self, sent: Mapping[str, str], authorization: str) -> tuple[int, Any]:
        grant = self.grants.pop(sent.get("code", ""), None)
        told = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            grant is None
            or authorization != f"Basic {told}"
            or grant.asked["code_challenge"] != challenge
            or grant.asked["code_challenge_method"] != "S256"
            or grant.asked["redirect_uri"] != sent.get("redirect_uri")
        ):
            return 400, {"error": "invalid_grant"}
        claims = self.change(self.claims(grant))
        made = self.sign(claims) if self.sign is not None else self.signed(claims)
        answer = {"access_token": "opaque", "token_type": "Bearer", "id_token": made}
        return self.status, answer | self.tokens

    def described(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/logout",
            "authorization_response_iss_parameter_supported": True,
        } | self.discovery


def unsigned(claims: Claims) -> str:
    """A token of the algorithm "none"."""
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    text = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts]
    return ".".join([*text, ""])


def signed_with_public_key(provider: Provider, claims: Claims) -> str:
    """The confusion of RSA and HMAC: the public key, known to all, used as a shared secret."""
    from joserfc.jwk import OctKey

    public = provider.rsa.as_pem(private=False)
    return jws.serialize_compact(
        {"alg": "HS256", "kid": "first"},
        json.dumps(claims).encode(),
        OctKey.import_key(base64.b64encode(public).decode()),
        algorithms=["HS256"],
    )


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.endswith("/.well-known/openid-configuration"):
            self._answer(200, self.provider.described())
        elif path.endswith("/keys"):
            self.provider.asked_for_keys += 1
            self._answer(200, {"keys": [key.as_dict(private=False) for key in self.provider.keys]})
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        sent = {name: one[0] for name, one in parse_qs(self.rfile.read(length).decode()).items()}
        self._answer(*self.provider.token(sent, self.headers.get("authorization", "")))

    def _answer(self, status: int, body: Any) -> None:
        told = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def start_provider() -> tuple[Provider, Callable[[], None]]:
    """A provider on a free port of this machine, and how to stop it."""
    provider = Provider()
    handler = type("Handler", (_Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def stop() -> None:
        server.shutdown()
        server.server_close()

    return provider, stop
