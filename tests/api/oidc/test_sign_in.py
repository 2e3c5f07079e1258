"""Sign-in with an identity provider: what is believed, replays, who is known here, and trouble.

The provider is a simulated one (tests/oidc_provider.py), with a real HTTP server and real keys.
"""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey

from dispensing.people.oidc_pages import MOST_BEGUN
from tests.api.oidc.desk import (
    ANNE,
    NURSE,
    at_now,
    back,
    begun,
    known,
    nobody_signed_in,
    replaced,
    signed_in,
)
from tests.oidc_provider import CLIENT, LOW, SUBSTANTIAL, Provider
from tests.scene import Scene

DOCTOR = 11


class TestBelieved:
    def test_whoever_the_provider_vouches_for_is_signed_in(
        self, http: TestClient, provider: Provider, scene: Scene
    ) -> None:
        answer = signed_in(http, provider)
        assert answer.status_code == 200 and "/skranke" in answer.text
        rows = scene.run("SELECT staff_id, how, counter_id, place FROM staff_session").fetchall()
        assert rows == [(NURSE, "oidc", 1, "counter:1")]
        headers = {"Authorization": f"Bearer {http.cookies['session']}"}
        assert http.get("/api/v1/today", headers=headers).status_code == 200
        kinds = "SELECT count(*) FROM ledger_payload WHERE kind = 'staff-signed-in'"
        assert scene.one(kinds) >= 1

    def test_a_browser_that_keeps_no_name_still_has_a_screen(
        self, http: TestClient, provider: Provider, scene: Scene
    ) -> None:
        """H22: at no counter either, so that it locks."""
        known(scene, provider.issuer, "a-doctor", DOCTOR)
        answer = back(http, provider.authorize(begun(http, ""), "a-doctor"))
        assert answer.status_code == 200 and answer.cookies["maskine"]
        place = scene.one("SELECT place FROM staff_session WHERE staff_id = %s", DOCTOR)
        assert place is not None and place.startswith("device:")

    def test_what_is_asked_of_the_provider(self, http: TestClient, provider: Provider) -> None:
        asked = dict(parse_qsl(urlsplit(begun(http)).query))
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
        assert asked["prompt"] == "login" and SUBSTANTIAL in asked["acr_values"].split()
        assert len(asked["state"]) >= 43 and len(asked["nonce"]) >= 43
        again = dict(parse_qsl(urlsplit(begun(http)).query))
        for name in ("state", "nonce", "code_challenge"):
            assert asked[name] != again[name]

    @pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
    def test_each_algorithm_allowed(
        self, http: TestClient, provider: Provider, algorithm: str
    ) -> None:
        provider.sign = lambda claims: provider.signed(claims, algorithm)
        assert signed_in(http, provider).status_code == 200

    @pytest.mark.parametrize(
        "change",
        [
            {"aud": [CLIENT]},
            {"aud": [CLIENT, "another"], "azp": CLIENT},
            {"acr": SUBSTANTIAL.replace("Substantial", "High")},
            {"iat": -290, "exp": -20},
            {"nbf": 20},
        ],
        ids=str,
    )
    def test_the_edges_of_what_is_allowed(
        self, http: TestClient, provider: Provider, change: dict[str, Any]
    ) -> None:
        provider.change = lambda claims: claims | at_now(change)
        assert signed_in(http, provider).status_code == 200

    def test_keys_may_be_renewed(self, http: TestClient, provider: Provider) -> None:
        """A key not seen before is asked for, at most once a minute."""
        assert signed_in(http, provider).status_code == 200
        party = http.app.state.relying_party  # type: ignore[attr-defined]
        new = RSAKey.generate_key(2048, {"kid": "third", "use": "sig"})
        provider.keys = [new]
        provider.sign = lambda claims: provider.signed_by(new, claims, "RS256", kid="third")
        asked = provider.asked_for_keys
        assert signed_in(http, provider).status_code == 401
        assert provider.asked_for_keys == asked
        party._keys_at -= party_minute()
        assert signed_in(http, provider).status_code == 200
        assert provider.asked_for_keys == asked + 1

    def test_signing_out_names_the_providers_place(
        self, http: TestClient, provider: Provider
    ) -> None:
        signed_in(http, provider)
        page = http.get("/skranke").text
        csrf = page.split('data-csrf="')[1].split('"')[0]
        answer = http.post("/log-ud", data={"csrf": csrf}, follow_redirects=False)
        assert answer.headers["location"] == "/log-ud/ekstern"
        assert f"{provider.issuer}/logout?client_id={CLIENT}" in http.get("/log-ud/ekstern").text

    def test_the_first_minutes_choose_a_pin_without_a_password(
        self, http: TestClient, provider: Provider, scene: Scene
    ) -> None:
        signed_in(http, provider)
        headers = {"Authorization": f"Bearer {http.cookies['session']}"}
        assert http.put("/api/v1/me/pin", json={"pin": "730281"}, headers=headers).is_success
        scene.run("UPDATE staff_session SET opened_at = now() - interval '11 minutes'")
        later = http.put("/api/v1/me/pin", json={"pin": "730281"}, headers=headers)
        assert later.status_code == 401


def party_minute() -> Any:
    from dispensing.people.oidc import KEYS_ASKED_AGAIN

    return KEYS_ASKED_AGAIN


class TestReplays:
    def test_an_answer_works_once(self, http: TestClient, provider: Provider, scene: Scene) -> None:
        """H22: a replayed code and state."""
        address = provider.authorize(begun(http), ANNE)
        assert back(http, address).status_code == 200
        scene.run("DELETE FROM staff_session")
        nobody_signed_in(scene, back(http, address))

    @pytest.mark.parametrize(
        "changes",
        [
            {"state": "another"},
            {"state": None},
            {"state": ""},
            {"code": "another"},
            {"code": None},
            {"code": None, "error": "access_denied"},
            {"error": "access_denied"},
            {"iss": "https://other.example"},
            {"iss": None},
        ],
        ids=str,
    )
    def test_an_answer_that_was_changed(
        self, http: TestClient, provider: Provider, scene: Scene, changes: dict[str, str | None]
    ) -> None:
        """H22: forged state, stolen code, another issuer's answer (mix-up)."""
        address = provider.authorize(begun(http), ANNE)
        nobody_signed_in(scene, back(http, replaced(address, **changes)))

    def test_another_browsers_answer(
        self, http: TestClient, provider: Provider, scene: Scene
    ) -> None:
        """H22: who lures a colleague to an address signs nobody in as somebody else."""
        address = provider.authorize(begun(http), ANNE)
        http.cookies.clear()
        nobody_signed_in(scene, back(http, address))
        other = provider.authorize(begun(http), ANNE)
        begun(http)
        nobody_signed_in(scene, back(http, other))

    def test_a_code_of_another_sign_in(
        self, http: TestClient, provider: Provider, scene: Scene
    ) -> None:
        """H22: a stolen code fits neither the verifier nor the nonce of this sign-in."""
        stolen = dict(parse_qsl(urlsplit(provider.authorize(begun(http), ANNE)).query))["code"]
        mine = provider.authorize(begun(http), "somebody else")
        nobody_signed_in(scene, back(http, replaced(mine, code=stolen)))

    def test_a_token_of_another_sign_in(
        self, http: TestClient, provider: Provider, scene: Scene
    ) -> None:
        """H22: a well-signed token caught elsewhere carries another nonce."""
        caught: list[str] = []
        provider.sign = lambda claims: caught.append(provider.signed(claims)) or caught[0]
        assert signed_in(http, provider).status_code == 200
        scene.run("DELETE FROM staff_session")
        nobody_signed_in(scene, signed_in(http, provider))

    def test_a_sign_in_left_lying(self, http: TestClient, provider: Provider, scene: Scene) -> None:
        address = provider.authorize(begun(http), ANNE)
        scene.run("UPDATE oidc_request SET asked_at = asked_at - interval '11 minutes'")
        nobody_signed_in(scene, back(http, address))

    def test_a_parameter_twice(self, http: TestClient, provider: Provider, scene: Scene) -> None:
        address = provider.authorize(begun(http), ANNE)
        nobody_signed_in(scene, back(http, address + "&state=another"))


class TestWho:
    def test_nobody_is_made_staff_by_signing_in(
        self, http: TestClient, provider: Provider, scene: Scene
    ) -> None:
        """H24"""
        before = scene.one("SELECT count(*) FROM staff")
        nobody_signed_in(scene, signed_in(http, provider, "somebody"))
        assert scene.one("SELECT count(*) FROM staff") == before

    @pytest.mark.parametrize("subject", [ANNE.upper(), ANNE + " ", ANNE[:-1], "nurse1", "10"])
    def test_a_subject_is_compared_letter_by_letter(
        self, http: TestClient, provider: Provider, scene: Scene, subject: str
    ) -> None:
        """H22: swapped subjects, and names that only look alike."""
        nobody_signed_in(scene, signed_in(http, provider, subject))

    def test_the_same_subject_of_another_issuer(
        self, http: TestClient, provider: Provider, scene: Scene
    ) -> None:
        """H22"""
        scene.run("DELETE FROM staff_subject")
        known(scene, "https://other.example", ANNE, NURSE)
        nobody_signed_in(scene, signed_in(http, provider))

    def test_an_ended_subject_and_an_ended_employment(
        self, http: TestClient, provider: Provider, scene: Scene
    ) -> None:
        """H24"""
        scene.run("UPDATE staff_subject SET ended_at = now()")
        nobody_signed_in(scene, signed_in(http, provider))
        known(scene, provider.issuer, ANNE, NURSE)
        scene.run("UPDATE staff SET ended_at = now() WHERE staff_id = %s", NURSE)
        nobody_signed_in(scene, signed_in(http, provider))
        scene.run("UPDATE staff SET ended_at = NULL WHERE staff_id = %s", NURSE)

    def test_another_units_counter(
        self, http: TestClient, provider: Provider, scene: Scene
    ) -> None:
        """H22"""
        scene.unit(2, "Nabohuset")
        address = provider.authorize(begun(http, "2"), ANNE)
        nobody_signed_in(scene, back(http, address), 403)
        nobody_signed_in(scene, back(http, provider.authorize(begun(http, ""), ANNE)), 422)


class TestProviderInTrouble:
    @pytest.mark.parametrize(
        "lie",
        [
            {"issuer": "https://other.example"},
            {"token_endpoint": None},
            {"jwks_uri": "ftp://127.0.0.1/keys"},
            {"authorization_endpoint": "javascript:alert(1)"},
        ],
        ids=str,
    )
    def test_a_description_that_is_not_the_issuers(
        self, http: TestClient, provider: Provider, lie: dict[str, Any]
    ) -> None:
        """H22: mixed-up discovery."""
        provider.discovery = lie
        answer = http.get("/log-ind/ekstern?skranke=1", follow_redirects=False)
        assert answer.status_code == 401

    @pytest.mark.parametrize(
        ("status", "tokens", "answered"),
        [
            (500, {}, 503),
            (302, {}, 401),
            (400, {}, 401),
            (200, {"id_token": None}, 401),
            (200, {"id_token": ["x"]}, 401),
            (200, {"access_token": "x" * 300_000}, 401),
        ],
    )
    def test_a_token_endpoint_that_answers_nonsense(
        self,
        http: TestClient,
        provider: Provider,
        scene: Scene,
        status: int,
        tokens: dict[str, Any],
        answered: int,
    ) -> None:
        provider.status, provider.tokens = status, tokens
        nobody_signed_in(scene, signed_in(http, provider), answered)

    def test_out_of_reach_the_passwords_still_work(
        self, http: TestClient, provider: Provider, scene: Scene
    ) -> None:
        """H20"""
        address = provider.authorize(begun(http), ANNE)
        party = http.app.state.relying_party  # type: ignore[attr-defined]
        known_before = party._discovered
        party._discovered = replace(known_before, token_endpoint="http://127.0.0.1:1/token")
        answer = back(http, address)
        nobody_signed_in(scene, answer, 503)
        assert "adgangskoden" in answer.text

    def test_the_log_repeats_neither_code_nor_claims(
        self, http: TestClient, provider: Provider, caplog: pytest.LogCaptureFixture
    ) -> None:
        """H24"""
        provider.change = lambda claims: claims | {"acr": LOW}
        address = provider.authorize(begun(http), ANNE)
        code = dict(parse_qsl(urlsplit(address).query))["code"]
        with caplog.at_level("WARNING", "dispensing"):
            back(http, address)
        told = [record.getMessage() for record in caplog.records if "dispensing" in record.name]
        assert told == ["sign-in by the identity provider refused: assurance"]
        assert code not in json.dumps(told)


def test_beginning_without_end_fills_no_disk(
    http: TestClient, provider: Provider, scene: Scene
) -> None:
    """Before anybody is signed in a browser may write only so much; passwords go on working."""
    scene.run("DELETE FROM oidc_request")
    scene.run(
        "INSERT INTO oidc_request (state_hash, browser_hash, nonce, verifier, place, asked_at)"
        " SELECT sha256(n::text::bytea), sha256(n::text::bytea), '', '', '', clock_timestamp()"
        " FROM generate_series(1, %s) n",
        MOST_BEGUN,
    )
    answer = http.get("/log-ind/ekstern", follow_redirects=False)
    assert answer.status_code == 429
    assert scene.one("SELECT count(*) FROM oidc_request") == MOST_BEGUN
    assert http.get("/log-ind").status_code == 200
    scene.run("UPDATE oidc_request SET asked_at = asked_at - interval '11 minutes'")
    assert http.get("/log-ind/ekstern", follow_redirects=False).status_code == 303
    assert scene.one("SELECT count(*) FROM oidc_request") == 1
