"""A pharmacy's system as the tests drive it: keys of its own, assertions, tokens, calls."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from dispensing.clients import by_command
from dispensing.clients.terms import NewClient, Terms
from tests.api.client import Counter
from tests.scene import Scene

AUDIENCE = "http://testserver/oauth2/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALL = (
    "system/MedicationRequest.rs",
    "system/MedicationDispense.crs",
    "system/Patient.rs",
)
PHARMACY = 3


@dataclass
class Machine:
    """A registered client and how it asks for tokens; ``key`` is its private one."""

    http: TestClient
    client_id: str
    key: Any = field(default_factory=lambda: ECKey.generate_key("P-384", {"kid": "k1"}))
    algorithm: str = "ES384"

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        told = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": AUDIENCE,
            "jti": secrets.token_hex(12),
            "iat": now,
            "exp": now + 240,
        } | changes
        return {name: value for name, value in told.items() if value is not None}

    def assertion(self, header: dict[str, Any] | None = None, **changes: Any) -> str:
        head = {"alg": self.algorithm, "typ": "JWT", "kid": self.key.kid} | (header or {})
        return jwt.encode(head, self.claims(**changes), self.key, algorithms=[head["alg"]])

    def ask(
        self,
        scope: str = " ".join(ALL),
        assertion: str | None = None,
        headers: dict[str, str] | None = None,
        **changes: str,
    ) -> Any:
        form = {
            "grant_type": "client_credentials",
            "scope": scope,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion if assertion is not None else self.assertion(),
        } | changes
        return self.http.post("/oauth2/token", data=form, headers=headers)

    def token(self, scope: str = " ".join(ALL), **more: Any) -> str:
        answer = self.ask(scope, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]


def registered(
    http: TestClient,
    scene: Scene,
    client_id: str,
    *,
    acts_at: int = PHARMACY,
    scopes: tuple[str, ...] = ALL,
    cards: tuple[str, ...] = (),
    thumbprint: str | None = None,
    rsa: bool = False,
) -> Machine:
    """A client whose public key was uploaded; of a pharmacy unless it acts at unit 1."""
    machine = Machine(http, client_id)
    if rsa:
        machine.key, machine.algorithm = RSAKey.generate_key(2048, {"kid": "r1"}), "RS384"
    import json

    terms = Terms(
        json.dumps(machine.key.as_dict(private=False)),
        scopes,
        "named" if cards else "unit",
        cards,
        thumbprint,
    )
    pharmacy = acts_at != 1
    new = NewClient(
        client_id,
        "Apotekets system",
        "pharmacy" if pharmacy else "system",
        "pharmacist" if pharmacy else "nurse",
        acts_at,
        terms,
    )
    by_command.register(scene.connection, "administrator1", new, acts_at)
    return machine


def calling(http: TestClient, scene: Scene, token: str) -> Counter:
    """Speaks in the counter's verbs with a machine's token."""
    return Counter(http, token, scene.today)
