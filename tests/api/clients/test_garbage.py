"""Whatever is sent to the token endpoint is answered with an OAuth error, never a fault of ours."""

import base64
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import MARK
from tests.api.clients.machine import ASSERTION_TYPE, Machine

FORM = "application/x-www-form-urlencoded"


def part(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


HEAD = part({"alg": "ES384", "kid": "k1", "typ": "JWT"})
ME = {"iss": "apotek-elmen", "sub": "apotek-elmen"}
ASSERTIONS: dict[str, str] = {
    "empty": "",
    "a word": MARK,
    "one dot": "a.b",
    "three dots": "a.b.c.d",
    "dots alone": "..",
    "no base64": "!!.??.##",
    "not ascii": "æ.ø.å",
    "header no json": f"{part('{')}.{part(ME)}.AA",
    "header a list": f"{part([])}.{part(ME)}.AA",
    "header a number": f"{part(7)}.{part(ME)}.AA",
    "header deep": f"{part('[' * 10_000)}.{part(ME)}.AA",
    "no algorithm": f"{part({'kid': 'k1'})}.{part(ME)}.AA",
    "algorithm a list": f"{part({'alg': ['ES384'], 'kid': 'k1'})}.{part(ME)}.AA",
    "kid a number": f"{part({'alg': 'ES384', 'kid': 7})}.{part(ME)}.AA",
    "no kid": f"{part({'alg': 'ES384'})}.{part(ME)}.AA",
    "unknown header": f"{part({'alg': 'ES384', 'kid': 'k1', 'x5u': 'http://a'})}.{part(ME)}.AA",
    "b64 false": f"{part({'alg': 'ES384', 'kid': 'k1', 'b64': False})}.{part(ME)}.AA",
    "claims no json": f"{HEAD}.{part('{')}.AA",
    "claims a list": f"{HEAD}.{part([1])}.AA",
    "claims null": f"{HEAD}.{part(None)}.AA",
    "issuer a number": f"{HEAD}.{part({'iss': 7})}.AA",
    "issuer endless": f"{HEAD}.{part({'iss': 'x' * 5000})}.AA",
    "issuer with a null": f"{HEAD}.{part({'iss': 'a' + chr(0)})}.AA",
    "issuer with quotes": f"{HEAD}.{part({'iss': chr(39) + '; DROP TABLE staff; --'})}.AA",
    "no signature": f"{HEAD}.{part(ME)}.",
    "signature too short": f"{HEAD}.{part(ME)}.AA",
    "signature of noughts": f"{HEAD}.{part(ME)}.{part(chr(1) * 96)}",
    "signature no base64": f"{HEAD}.{part(ME)}.!!!!",
    "far too long": "x" * 40_000,
    "nan": f"{HEAD}.{part('{' + chr(34) + 'iss' + chr(34) + ': NaN}')}.AA",
}
BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", FORM),
    "json": (b'{"grant_type": "client_credentials"}', "application/json"),
    "json said to be a form": (b'{"grant_type": 1}', FORM),
    "no type": (b"grant_type=client_credentials", ""),
    "multipart": (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    "broken percent": (b"grant_type=%zz%", FORM),
    "not utf-8": (b"grant_type=%ff%fe", FORM),
    "raw bytes": (bytes(range(128, 256)), FORM),
    "a null": (b"grant_type=%00", FORM),
    "the same twice": (b"grant_type=client_credentials&grant_type=client_credentials", FORM),
    "many fields": (b"&".join(b"a%d=1" % number for number in range(500)), FORM),
    "another grant": (b"grant_type=password&username=a&password=b", FORM),
    "a code": (b"grant_type=authorization_code&code=x", FORM),
    "no assertion": (b"grant_type=client_credentials&scope=system%2FPatient.rs", FORM),
    "a secret": (b"grant_type=client_credentials&client_id=a&client_secret=b", FORM),
    "ampersands": (b"&&&&", FORM),
}


def an_error(answer: Any, *statuses: int) -> None:
    assert answer.status_code in statuses, answer.text
    assert set(answer.json()) == {"error"}
    assert answer.headers["cache-control"] == "no-store"
    assert MARK not in answer.text


@pytest.mark.parametrize("name", ASSERTIONS)
def test_an_assertion_that_is_none(http: TestClient, pharmacy: Machine, name: str) -> None:
    form = {
        "grant_type": "client_credentials",
        "scope": "system/Patient.rs",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": ASSERTIONS[name],
    }
    an_error(http.post("/oauth2/token", data=form), 401)


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_none(http: TestClient, name: str) -> None:
    body, kind = BODIES[name]
    headers = {"Content-Type": kind} if kind else {}
    an_error(http.post("/oauth2/token", content=body, headers=headers), 400, 401)


def test_another_kind_of_assertion(pharmacy: Machine) -> None:
    saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
    an_error(pharmacy.ask(client_assertion_type=saml), 401)
    an_error(pharmacy.ask(client_id="somebody-else"), 401)


def test_a_body_too_large_is_refused_unread(http: TestClient) -> None:
    headers = {"Content-Type": FORM}
    answer = http.post("/oauth2/token", content=b"a=" + b"x" * 70_000, headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize("token", ["mc_", "mc_x", "mc_" + "é" * 9, "mc_" + "x" * 5000, "mc_ x y"])
def test_a_token_of_nobody(http: TestClient, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode()}
    assert http.get("/api/v1/today", headers=headers).status_code == 401
