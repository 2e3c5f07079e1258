"""Attacks on who is who: lock-outs, PIN guesses, stolen cards, self-witness."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dispensing.errors import Conflict, DispensingError
from dispensing.people import passwords, pins, switching
from dispensing.people.witness import Credentials, Witness, prove, text_sha256, witnessed_by
from tests.api.client import MARK, Counter, sign_in, silent
from tests.scene import PASSWORD, Scene
from tests.scene_staff import PIN

SESSIONS = "/api/v1/sessions"
NURSE, COLLEAGUE = 10, 14
CARD, OTHER_CARD = "M-7QK2XW49", "M-ZR84TT01"
TEXT = "Spild 5 mg, B-1001"


@pytest.fixture(autouse=True)
def fresh(scene: Scene) -> None:
    for table in ("staff_card", "staff_subject", "sign_in_attempt"):
        scene.run(f"DELETE FROM {table}")
    for staff_id, code in ((NURSE, CARD), (COLLEAGUE, OTHER_CARD)):
        scene.pin(staff_id)
        scene.card(staff_id, code)


@contextmanager
def at_machine(http: TestClient, address: str) -> Iterator[TestClient]:
    """The same service as another machine on the network sees it."""
    transport = http._transport  # type: ignore[attr-defined]
    before = transport.client
    transport.client = (address, 50_000)
    try:
        yield http
    finally:
        transport.client = before


def guess(http: TestClient, username: str, address: str, password: str = MARK) -> Any:
    with at_machine(http, address):
        return http.post(SESSIONS, json={"username": username, "password": password})


class TestLockOut:
    def test_five_wrong_ones_at_one_machine_keep_nobody_out_elsewhere(
        self, http: TestClient
    ) -> None:
        """H20: one machine cannot keep a nurse from her work at all the others."""
        for _ in range(8):
            guess(http, "nurse1", "10.0.0.66")
        silent(guess(http, "nurse1", "10.0.0.66", PASSWORD), 401, "locked")
        assert guess(http, "nurse1", "10.0.0.1", PASSWORD).status_code == 201

    def test_a_name_tried_everywhere_waits_but_not_where_it_is_known(
        self, http: TestClient, scene: Scene
    ) -> None:
        """H22, H20: many machines get thirty tries an hour between them, not five each."""
        assert guess(http, "nurse1", "10.0.0.1", PASSWORD).status_code == 201
        told = [
            guess(http, "nurse1", f"10.0.1.{number}").json()["type"].removeprefix("/problems/")
            for number in range(10)
            for _ in range(4)
        ]
        assert told.count("wrong-password") == passwords.MOST_TRIES_EVERYWHERE
        assert set(told[passwords.MOST_TRIES_EVERYWHERE :]) == {"locked"}
        silent(guess(http, "nurse1", "10.0.2.9", PASSWORD), 401, "locked")
        assert guess(http, "nurse1", "10.0.0.1", PASSWORD).status_code == 201
        scene.run("UPDATE sign_in_attempt SET locked_until = now()")
        assert guess(http, "nurse1", "10.0.2.9", PASSWORD).status_code == 201

    def test_a_machine_that_tries_every_name_waits(
        self, http: TestClient, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """H22: one password for everybody is no way round the count of each name."""
        monkeypatch.setattr(passwords, "MOST_TRIES_OF_A_PLACE", 12)
        for number in range(12):
            silent(guess(http, f"name{number}", "10.0.0.66"), 401, "wrong-password")
        silent(guess(http, "nurse1b", "10.0.0.66", PASSWORD), 401, "locked")
        assert guess(http, "nurse1b", "10.0.0.1", PASSWORD).status_code == 201

    def test_names_known_and_unknown_wait_alike(self, http: TestClient) -> None:
        """H24: waiting does not tell who works here."""
        told = {
            name: [guess(http, name, "10.0.0.66").json()["type"] for _ in range(7)]
            for name in ("nurse1", "nobody1")
        }
        assert told["nurse1"] == told["nobody1"]

    def test_old_counts_are_forgotten(self, http: TestClient, scene: Scene) -> None:
        """H20: a flood of made-up names does not fill the table for ever."""
        for number in range(5):
            guess(http, f"name{number}", "10.0.0.66")
        scene.run("UPDATE sign_in_attempt SET last_at = last_at - interval '2 days'")
        guess(http, "another", "10.0.0.67")
        assert scene.one("SELECT count(*) FROM sign_in_attempt") == 3


class TestPinGuesses:
    def test_a_hundred_guesses_get_five_answers(self, http: TestClient, scene: Scene) -> None:
        """H22: sent at once or one by one; then even the right one opens nothing."""
        scene.shift(COLLEAGUE)
        nurse = sign_in(http, scene, "nurse1")
        tries = [f"{number * 7919 % 10**6:06}" for number in range(1, 101)]

        def one(pin: str) -> str:
            body = {"staff_id": COLLEAGUE, "pin": pin}
            return nurse.send("POST", "/sessions/switch", body).json()["type"]

        with ThreadPoolExecutor(10) as crowd:
            told = list(crowd.map(one, tries))
        assert told.count("/problems/wrong-pin") == pins.MOST_TRIES
        assert set(told) <= {
            "/problems/wrong-pin",
            "/problems/pin-blocked",
            "/problems/too-many-requests",
        }
        silent(
            nurse.send("POST", "/sessions/switch", {"card": OTHER_CARD, "pin": PIN}),
            401,
            "pin-blocked",
        )
        # The way on: a full sign-in.
        sign_in(http, scene, "nurse1b", None)
        again = nurse.send("POST", "/sessions/switch", {"card": OTHER_CARD, "pin": PIN})
        assert again.status_code == 201

    def test_the_owners_presses_give_no_tries_back(self, http: TestClient, scene: Scene) -> None:
        """H22: four wrong ones after each right one, all day, end at ten; the password helps."""
        blocked = "SELECT count(*) FROM ledger_entry WHERE kind = 'staff-pin-blocked'"
        before = scene.one(blocked)
        nurse = sign_in(http, scene, "nurse1")
        told = []
        for number in range(1, 16):
            wrong = nurse.send("POST", "/sessions/unlock", {"pin": f"{number * 7919:06}"})
            told.append(wrong.json()["type"].removeprefix("/problems/"))
            if number % 4 == 0:
                nurse.send("POST", "/sessions/unlock", {"pin": PIN})
        assert told == ["wrong-pin"] * 10 + ["pin-blocked"] * 5
        assert scene.one(blocked) == before + 1
        silent(nurse.send("POST", "/sessions/unlock", {"pin": PIN}), 401, "pin-blocked")
        assert nurse.send("POST", "/sessions/unlock", {"password": PASSWORD}).status_code == 204
        assert nurse.send("POST", "/sessions/unlock", {"pin": PIN}).status_code == 204

    def test_a_stolen_database_gives_no_pin_without_the_services_key(self, scene: Scene) -> None:
        """H24: the same PIN under another key, or of another person, has another hash."""
        made = pins.pin_hash(b"k" * 32, NURSE, PIN)
        assert pins._hasher().verify(pins._keyed(b"k" * 32, NURSE, PIN), made)
        for secret, staff_id in ((b"x" * 32, NURSE), (b"k" * 32, COLLEAGUE)):
            assert not pins._hasher().verify(pins._keyed(secret, staff_id, PIN), made)
        assert not pins._hasher().verify(PIN, made)

    def test_of_a_hundred_thousand_pins_few_are_too_easy(self) -> None:
        """The rule against weak PINs leaves nine tenths of them."""
        refused = 0
        for number in range(0, 10**6, 10):
            try:
                pins.refuse_weak(f"{(number * 999_983) % 10**6:06}")
            except DispensingError:
                refused += 1
        assert 1_000 < refused < 15_000


@pytest.fixture
def witness(http: TestClient, scene: Scene) -> Callable[..., Witness]:
    """Asks for a second person for what the first nurse does."""

    def run(**second: str) -> Witness:
        nurse = sign_in(http, scene, "nurse1")
        house = http.app.state.wiring  # type: ignore[attr-defined]

        async def asking() -> Witness:
            actor = await switching.whose_screen(house, nurse.token)
            proof = await prove(house, Credentials(machine="10.0.0.1", **second))
            async with house.pool.connection() as connection:
                return await witnessed_by(connection, actor, proof, TEXT, text_sha256(TEXT))

        assert http.portal is not None
        return http.portal.call(asking)

    return run


class TestWitness:
    def test_another_person_by_password_or_card_and_pin(
        self, witness: Callable[..., Witness]
    ) -> None:
        """H23: a second person's own sign-in, tied to the words both saw."""
        by_password = witness(username="nurse1b", password=PASSWORD)
        by_card = witness(card=OTHER_CARD, pin=PIN)
        assert (by_password.staff_id, by_password.by) == (COLLEAGUE, "password")
        assert (by_card.staff_id, by_card.by) == (COLLEAGUE, "card")
        assert PIN not in repr(Credentials(card=OTHER_CARD, pin=PIN))

    @pytest.mark.parametrize(
        "second",
        [
            {"username": "nurse1", "password": PASSWORD},
            {"username": " NURSE1 ", "password": PASSWORD},
            {"card": CARD, "pin": PIN},
            {"card": CARD.lower(), "pin": PIN},
        ],
        ids=str,
    )
    def test_nobody_witnesses_themselves(
        self, witness: Callable[..., Witness], second: dict[str, str]
    ) -> None:
        """H23"""
        with pytest.raises(Conflict) as told:
            witness(**second)
        assert told.value.type_slug == "witness-is-oneself"

    @pytest.mark.parametrize("shared", ["authorisation", "subject", "card"])
    def test_two_accounts_of_one_employee_are_one_person(
        self, witness: Callable[..., Witness], scene: Scene, shared: str
    ) -> None:
        """H23: the human being is compared, not the account."""
        if shared == "authorisation":
            for staff_id, text in ((NURSE, "0A1B2"), (COLLEAGUE, " 0a1b2 ")):
                scene.run(
                    "UPDATE staff SET authorisation_id = %s WHERE staff_id = %s", text, staff_id
                )
        if shared == "subject":
            for staff_id, ended_at in ((NURSE, "2026-01-01"), (COLLEAGUE, None)):
                scene.run(
                    "INSERT INTO staff_subject (issuer, subject, staff_id, added_at, ended_at)"
                    " VALUES ('https://idp', 'anne', %s, '2025-01-01', %s)",
                    staff_id,
                    ended_at,
                )
        if shared == "card":
            # Handed on: the card that once was the one's is now the other's.
            scene.run("UPDATE staff_card SET ended_at = now() WHERE staff_id = %s", NURSE)
            scene.card(COLLEAGUE, CARD)
        with pytest.raises(Conflict) as told:
            witness(username="nurse1b", password=PASSWORD)
        assert told.value.type_slug == "witness-is-oneself"
        scene.run("UPDATE staff SET authorisation_id = NULL")

    @pytest.mark.parametrize(
        ("second", "slug"),
        [
            ({"username": "nurse2", "password": PASSWORD}, "witness-of-another-unit"),
            ({"username": "administrator1", "password": PASSWORD}, "witness-may-not"),
            ({"username": "auditor1", "password": PASSWORD}, "witness-may-not"),
            ({"username": "nurse1b", "password": PIN}, "witness-wrong-password"),
            ({"username": "nobody1", "password": PASSWORD}, "witness-wrong-password"),
            ({"card": OTHER_CARD, "pin": "730281"}, "witness-wrong-pin"),
            ({"card": OTHER_CARD}, "witness-wrong-pin"),
            ({"card": "M-NOBODYS00", "pin": PIN}, "witness-unknown-card"),
            ({"username": "nurse1b"}, "witness-absent"),
            ({}, "witness-absent"),
        ],
        ids=str,
    )
    def test_whoever_may_not_or_keys_it_wrong_is_no_witness(
        self,
        witness: Callable[..., Witness],
        neighbour: Counter,
        second: dict[str, str],
        slug: str,
    ) -> None:
        """H23"""
        with pytest.raises(Conflict) as told:
            witness(**second)
        assert told.value.type_slug == slug

    def test_whoever_has_left_is_no_witness(
        self, witness: Callable[..., Witness], scene: Scene
    ) -> None:
        """H23"""
        scene.run("UPDATE staff SET ended_at = now() WHERE staff_id = %s", COLLEAGUE)
        for second in (
            {"username": "nurse1b", "password": PASSWORD},
            {"card": OTHER_CARD, "pin": PIN},
        ):
            with pytest.raises(Conflict):
                witness(**second)
        scene.run("UPDATE staff SET ended_at = NULL WHERE staff_id = %s", COLLEAGUE)


def test_the_loop_runs_while_a_pin_is_hashed() -> None:
    """H20: hashing is off the event loop."""

    async def both() -> int:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        beside = asyncio.create_task(tick())
        await pins._fits("keyed", pins.pin_hash(b"k", 1, PIN))
        beside.cancel()
        return ticks

    assert asyncio.run(both()) > 3
