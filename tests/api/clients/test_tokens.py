"""How a machine gets a token, and everything that gets none (H22: who acts is known).

Every claim is wrong in turn; an assertion is good once, also when it is sent many times at once.
"""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey

from dispensing.clients import by_command
from tests.api.clients.machine import ALL, AUDIENCE, Machine, calling, registered
from tests.scene import Scene


def refused(answer: Any, error: str = "invalid_client", status: int = 401) -> None:
    """An OAuth error that says no more than its word, and is kept nowhere."""
    assert (answer.status_code, answer.json()) == (status, {"error": error}), answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_signed_assertion_gets_a_token_for_five_minutes(pharmacy: Machine, scene: Scene) -> None:
    """With the entry of a sign-in, as everybody's."""
    before = scene.one("SELECT count(*) FROM ledger_payload WHERE kind = 'staff-signed-in'")
    answer = pharmacy.ask("system/Patient.rs system/MedicationDispense.c")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["access_token"].startswith("mc_")
    assert (told["token_type"], told["expires_in"]) == ("bearer", 300)
    assert told["scope"] == "system/MedicationDispense.c system/Patient.rs"
    assert answer.headers["cache-control"] == "no-store"
    after = scene.one("SELECT count(*) FROM ledger_payload WHERE kind = 'staff-signed-in'")
    assert after == before + 1


def test_rsa_signs_too(http: TestClient, scene: Scene) -> None:
    assert registered(http, scene, "med-rsa", rsa=True).token()


def wrong_claims(now: int) -> dict[str, dict[str, Any]]:
    """Claims that are wrong in one way, at a moment: a file is read long before it is run."""
    return {
        "issuer": {"iss": "somebody-else"},
        "no issuer": {"iss": None},
        "subject": {"sub": "somebody-else"},
        "no subject": {"sub": None},
        "audience": {"aud": "https://elsewhere.example/token"},
        "no audience": {"aud": None},
        "audience with a slash": {"aud": AUDIENCE + "/"},
        "two audiences": {"aud": [AUDIENCE, "https://elsewhere.example/token"]},
        "audience is no text": {"aud": {"a": 1}},
        "expired": {"iat": now - 400, "exp": now - 100},
        "expired a second ago": {"exp": now - 1},
        "no expiry": {"exp": None},
        "expiry is text": {"exp": str(now + 100)},
        "expiry is true": {"exp": True},
        "expiry beyond time": {"exp": 10**30},
        "lives too long": {"exp": now + 3600},
        "issued long before": {"iat": now - 3600},
        "issued ahead": {"iat": now + 120},
        "issued is text": {"iat": "now"},
        "not yet": {"nbf": now + 120},
        "not before is text": {"nbf": "x"},
        "no id": {"jti": None},
        "empty id": {"jti": ""},
        "id is a number": {"jti": 7},
        "endless id": {"jti": "x" * 300},
    }


@pytest.mark.parametrize("wrong", list(wrong_claims(0)))
def test_each_claim_wrong_in_turn(pharmacy: Machine, wrong: str) -> None:
    refused(pharmacy.ask(assertion=pharmacy.assertion(**wrong_claims(int(time.time()))[wrong])))


def test_only_es384_and_rs384_by_a_key_that_is_registered(pharmacy: Machine) -> None:
    """No unsigned token, none signed with the public key as a secret, no other curve or key."""
    head = {"typ": "JWT", "kid": "k1"}
    body = {**pharmacy.claims()}

    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    unsigned = f"{part(head | {'alg': 'none'})}.{part(body)}."
    public = json.dumps(pharmacy.key.as_dict(private=False))
    shared = jwt.encode(
        head | {"alg": "HS256"}, body, OctKey.import_key(public), algorithms=["HS256"]
    )
    small = ECKey.generate_key("P-256", {"kid": "k1"})
    es256 = jwt.encode(head | {"alg": "ES256"}, body, small, algorithms=["ES256"])
    foreign = ECKey.generate_key("P-384", {"kid": "k1"})
    other = jwt.encode(head | {"alg": "ES384"}, body, foreign, algorithms=["ES384"])
    for one in (unsigned, shared, es256, other):
        refused(pharmacy.ask(assertion=one))
    for header in (
        {"kid": "unknown"},
        {"jwk": foreign.as_dict(private=False)},
        {"jku": "https://elsewhere.example/keys"},
        {"crit": ["exp"]},
        {"typ": "at+jwt"},
    ):
        registry = jws.JWSRegistry(algorithms=["ES384"], strict_check_header=False)
        told = head | {"alg": "ES384"} | header
        payload = json.dumps(pharmacy.claims()).encode()
        if header.get("crit"):
            signed = f"{part(told)}.{part(pharmacy.claims())}.AAAA"
        else:
            signed = jws.serialize_compact(told, payload, pharmacy.key, registry=registry)
        refused(pharmacy.ask(assertion=signed))


def test_an_assertion_is_good_once_also_at_once(pharmacy: Machine, scene: Scene) -> None:
    """H22: of eight who send the same assertion one gets a token."""
    assertion = pharmacy.assertion()
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda _: pharmacy.ask(assertion=assertion), range(8)))
    assert sorted(one.status_code for one in answers) == [200] + [401] * 7
    refused(pharmacy.ask(assertion=assertion))


def test_many_at_once_each_get_their_own(pharmacy: Machine) -> None:
    with ThreadPoolExecutor(8) as crowd:
        tokens = list(crowd.map(lambda _: pharmacy.token(), range(16)))
    assert len(set(tokens)) == 16


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ("system/Patient.r", "system/Patient.r"),
        ("system/Patient.cruds", "system/Patient.rs"),
        ("system/*.r", "system/MedicationDispense.r system/MedicationRequest.r system/Patient.r"),
        ("system/MedicationDispense.c launch openid", "system/MedicationDispense.c"),
    ],
)
def test_less_is_granted_as_asked_and_never_more(
    pharmacy: Machine, asked: str, granted: str
) -> None:
    assert pharmacy.ask(asked).json()["scope"] == granted


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "  ",
        "openid",
        "user/Patient.rs",
        "system/Patient.read",
        "system/Patient.sr",
        "system/Patient.",
        "system/Observation.rs",
        "system/MedicationDispense.u",
        "system/Patient.rs?_id=1",
        "system/Patient.rs " * 60,
    ],
)
def test_no_scope_no_token(pharmacy: Machine, asked: str) -> None:
    refused(pharmacy.ask(asked), "invalid_scope", 400)


def test_a_disabled_client_gets_none_and_loses_those_it_has(http: TestClient, scene: Scene) -> None:
    machine = registered(http, scene, "lukkes-snart")
    mine = calling(http, scene, machine.token())
    assert mine.get("/today").status_code == 200
    by_command.disable(scene.connection, "administrator1", "lukkes-snart", "aftalen er ophørt")
    assert mine.get("/today").status_code == 401
    refused(machine.ask())


def test_an_expired_token_opens_nothing(pharmacy: Machine, http: TestClient, scene: Scene) -> None:
    mine = calling(http, scene, pharmacy.token())
    scene.run(
        "UPDATE staff_session SET started_at = started_at - interval '6 minutes', expires_at ="
        " expires_at - interval '6 minutes' WHERE how = 'client' AND ended_at IS NULL"
    )
    answer = mine.get("/today")
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/session-expired")


def test_no_password_opens_a_clients_row_of_staff(
    pharmacy: Machine, http: TestClient, scene: Scene
) -> None:
    for password in ("", "no password", " "):
        sent = {"username": "client:apotek-elmen", "password": password}
        assert http.post("/api/v1/sessions", json=sent).status_code in (401, 422)
    staff_id = scene.one("SELECT staff_id FROM staff WHERE username = 'client:apotek-elmen'")
    assert staff_id > 1_000_000


THUMB = base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode()


def test_a_client_with_a_certificate_needs_it_for_the_token_and_for_each_call(
    http: TestClient, scene: Scene
) -> None:
    """RFC 8705: a token that was stolen is no good without the certificate."""
    machine = registered(http, scene, "med-certifikat", thumbprint=bytes(range(32)).hex(":"))
    refused(machine.ask())
    refused(machine.ask(headers={"X-Client-Cert": "AB" * 32}))
    shown = {"X-Client-Cert": bytes(range(32)).hex().upper()}
    token = machine.token(headers=shown)
    bearer = {"Authorization": f"Bearer {token}"}
    assert http.get("/api/v1/today", headers=bearer).status_code == 401
    assert http.get("/api/v1/today", headers=bearer | {"X-Client-Cert": "x"}).status_code == 401
    assert http.get("/api/v1/today", headers=bearer | {"X-Client-Cert": THUMB}).status_code == 200


def test_what_is_published_leads_to_the_endpoint(http: TestClient) -> None:
    for path in ("/.well-known/smart-configuration", "/fhir/.well-known/smart-configuration"):
        told = http.get(path).json()
        assert told["token_endpoint"] == AUDIENCE
        assert set(told["token_endpoint_auth_signing_alg_values_supported"]) == {"ES384", "RS384"}
        assert "client-confidential-asymmetric" in told["capabilities"]
    told = http.get("/.well-known/oauth-authorization-server").json()
    assert told["grant_types_supported"] == ["client_credentials"]
    assert told["tls_client_certificate_bound_access_tokens"] is True
    spoofed = http.get("/.well-known/smart-configuration", headers={"Host": "evil.example"})
    assert spoofed.json()["token_endpoint"] == AUDIENCE


def test_the_scopes_of_the_tests_are_those_offered(http: TestClient) -> None:
    offered = http.get("/.well-known/smart-configuration").json()["scopes_supported"]
    assert set(ALL) <= set(offered)
