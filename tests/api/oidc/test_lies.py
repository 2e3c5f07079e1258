"""More than forty ways in which an identity provider's answer is not for us: nobody is let in."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import ECKey

from tests.api.oidc.desk import (
    ANNE,
    at_now,
    nobody_signed_in,
    signed_in,
)
from tests.oidc_provider import (
    CLIENT,
    LOW,
    SUBSTANTIAL,
    Provider,
    signed_with_public_key,
    unsigned,
)
from tests.scene import Scene

GONE = object()
LIES: dict[str, dict[str, Any]] = {
    "issuer of another": {"iss": "https://other.example"},
    "issuer with a slash": {"iss": "SLASH"},
    "issuer missing": {"iss": GONE},
    "audience of another": {"aud": "another"},
    "audience a list of others": {"aud": ["another", "third"]},
    "audience missing": {"aud": GONE},
    "audience empty": {"aud": []},
    "audience a part of ours": {"aud": CLIENT[:-1]},
    "several audiences, no party": {"aud": [CLIENT, "another"]},
    "several audiences, another party": {"aud": [CLIENT, "another"], "azp": "another"},
    "one audience, another party": {"azp": "another"},
    "nonce of another": {"nonce": "another"},
    "nonce missing": {"nonce": GONE},
    "nonce empty": {"nonce": ""},
    "expired": {"exp": -31},
    "expiry missing": {"exp": GONE},
    "expiry a text": {"exp": "9999999999"[:9] + "8"},
    "expiry true": {"exp": True},
    "issued in the future": {"iat": 90, "exp": 300},
    "issued long ago": {"iat": -400, "exp": 300},
    "issue missing": {"iat": GONE},
    "not yet": {"nbf": 90},
    "not yet a text": {"nbf": "soon"},
    "login long ago": {"auth_time": -700},
    "login missing": {"auth_time": GONE},
    "login in the future": {"auth_time": 90},
    "subject missing": {"sub": GONE},
    "subject empty": {"sub": ""},
    "subject a number": {"sub": 42},
    "subject endless": {"sub": "x" * 256},
    "subject a list": {"sub": [ANNE]},
    "level low": {"acr": LOW},
    "level missing": {"acr": GONE},
    "level a list": {"acr": [SUBSTANTIAL]},
    "level beginning alike": {"acr": SUBSTANTIAL + "ly-less"},
    "level in other letters": {"acr": SUBSTANTIAL.lower()},
    "access token of another": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("lie", LIES)
def test_claims_that_are_not_ours_let_nobody_in(
    http: TestClient, provider: Provider, scene: Scene, lie: str
) -> None:
    """H22, H24: well signed, and still not for us, not now, or not strong enough."""

    def change(claims: dict[str, Any]) -> dict[str, Any]:
        made = claims | at_now(LIES[lie])
        if made.get("iss") == "SLASH":
            made["iss"] = provider.issuer + "/"
        return {name: value for name, value in made.items() if value is not GONE}

    provider.change = change
    nobody_signed_in(scene, signed_in(http, provider))


Sign = Callable[[Provider, dict[str, Any]], str]
STRANGE_EC = ECKey.generate_key("P-256", {"kid": "second"})


def _cut(token: str, part: int, text: str) -> str:
    parts = token.split(".")
    parts[part] = text
    return ".".join(parts)


FORGERIES: dict[str, Sign] = {
    "no signature": lambda p, c: unsigned(c),
    "no signature, in other letters": lambda p, c: unsigned(c).replace(
        unsigned(c).split(".")[0], "eyJhbGciOiJOb25lIn0"
    ),
    "key of another": lambda p, c: p.signed_by(p.foreign, c, "RS256", kid="first"),
    "curve key of another": lambda p, c: p.signed_by(STRANGE_EC, c, "ES256", kid="second"),
    "public key as shared secret": signed_with_public_key,
    "another algorithm": lambda p, c: p.signed(c, "RS512"),
    "another key's id": lambda p, c: p.signed(c, "RS256", kid="second"),
    "unknown key's id": lambda p, c: p.signed(c, "RS256", kid="nobody"),
    "key in the header": lambda p, c: p.signed_by(
        p.foreign, c, "RS256", kid="first", jwk=p.foreign.as_dict(private=False)
    ),
    "key's address in the header": lambda p, c: p.signed_by(
        p.foreign, c, "RS256", kid="first", jku="http://127.0.0.1/keys"
    ),
    "a token for something else": lambda p, c: p.signed(c, typ="at+jwt"),
    "a logout token": lambda p, c: p.signed(c, typ="logout+jwt"),
    "claims changed after signing": lambda p, c: _cut(
        p.signed(c), 1, unsigned(c | {"sub": "somebody"}).split(".")[1]
    ),
    "signature cut": lambda p, c: p.signed(c)[:-8],
    "signature of another token": lambda p, c: _cut(
        p.signed(c), 2, p.signed(c | {"sub": "x"}).split(".")[2]
    ),
    "header changed": lambda p, c: _cut(p.signed(c), 0, unsigned(c).split(".")[0]),
    "four parts": lambda p, c: p.signed(c) + ".x",
    "no token": lambda p, c: "",
    "no JSON": lambda p, c: "e30.e30.e30",
    "claims a list": lambda p, c: _cut(p.signed(c), 1, "W10"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_tokens_let_nobody_in(
    http: TestClient, provider: Provider, scene: Scene, forgery: str
) -> None:
    """H22, H24"""
    provider.sign = lambda claims: FORGERIES[forgery](provider, claims)
    nobody_signed_in(scene, signed_in(http, provider))


def test_there_are_forty_and_more_ways_of_lying() -> None:
    assert len(LIES) + len(FORGERIES) >= 40
