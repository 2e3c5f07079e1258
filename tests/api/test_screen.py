"""The shared screen: PINs, staff cards, switching, locking, one session per person and place."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, sign_in, silent
from tests.scene import PASSWORD, Scene
from tests.scene_staff import PIN

NURSE, COLLEAGUE, ELSEWHERE = 10, 14, 20
CARD, OTHER_CARD = "M-7QK2XW49", "M-ZR84TT01"
SECOND_COUNTER = 5


@pytest.fixture(autouse=True)
def fresh(scene: Scene) -> Iterator[None]:
    """Both nurses have a PIN and a card; nobody is signed in."""
    scene.run("DELETE FROM staff_session")
    scene.run("DELETE FROM staff_card")
    scene.run("DELETE FROM sign_in_attempt")
    scene.run(
        "INSERT INTO counter VALUES (%s, 1, 'Skranke 5') ON CONFLICT DO NOTHING", SECOND_COUNTER
    )
    for staff_id, code in ((NURSE, CARD), (COLLEAGUE, OTHER_CARD)):
        scene.pin(staff_id)
        scene.card(staff_id, code)
    yield
    scene.policy(1)


def told(scene: Scene, kind: str) -> list[dict[str, Any]]:
    """The facts of the entries of a kind, from the chain of views."""
    rows = scene.run(
        "SELECT actor_id, convert_from(payload, 'UTF8')::json->'facts' FROM ledger_payload"
        " WHERE kind = %s AND chain_id = 2 ORDER BY seq",
        kind,
    )
    return [facts | {"actor": actor_id} for actor_id, facts in rows]


def switched(counter: Counter, **who: Any) -> Any:
    return counter.send("POST", "/sessions/switch", {"pin": PIN} | who)


class TestSwitching:
    @pytest.mark.parametrize("who", [{"card": OTHER_CARD}, {"staff_id": COLLEAGUE}], ids=str)
    def test_a_colleague_takes_the_screen_over(
        self, http: TestClient, scene: Scene, who: dict[str, Any]
    ) -> None:
        """H22: by card or name, with the PIN; the session before is parked, not left open."""
        scene.shift(COLLEAGUE)
        first = sign_in(http, scene, "nurse1")
        answer = switched(first, **who)
        assert answer.status_code == 201, answer.text
        after = Counter(http, answer.json()["token"], scene.today)
        assert (after.get("/me").json()["staff_id"], after.get("/today").status_code) == (14, 200)
        silent(first.get("/today"), 423, "session-locked")
        assert first.get("/me").json()["locked"] is True
        facts = told(scene, "staff-switched")[-1]
        assert facts["actor"] == COLLEAGUE and facts["from"] == NURSE
        assert facts["how"] == ("card" if "card" in who else "pin")

    def test_what_is_done_then_is_the_colleagues(self, http: TestClient, scene: Scene) -> None:
        """H22"""
        scene.shift(COLLEAGUE)
        person = scene.person()
        first = sign_in(http, scene, "nurse1")
        after = Counter(http, switched(first, card=OTHER_CARD).json()["token"], scene.today)
        silent(first.reserve(person), 423, "session-locked")
        reservation = after.reserved(person)
        by = "SELECT reserved_by FROM reservation WHERE reservation_id = %s"
        assert scene.one(by, reservation) == COLLEAGUE

    def test_back_again_replaces_what_was_parked(self, http: TestClient, scene: Scene) -> None:
        """One live session per person and place; the shift is still the full sign-in's."""
        scene.shift(COLLEAGUE)
        first = sign_in(http, scene, "nurse1")
        second = Counter(http, switched(first, card=OTHER_CARD).json()["token"], scene.today)
        back = switched(second, card=CARD)
        assert back.status_code == 201, back.text
        silent(first.get("/me"), 401, "not-signed-in")
        live = scene.run(
            "SELECT staff_id, count(*) FROM staff_session WHERE ended_at IS NULL"
            " AND place = 'counter:1' GROUP BY 1 ORDER BY 1"
        ).fetchall()
        assert live == [(NURSE, 1), (COLLEAGUE, 1)]

    def test_without_a_shift_begun_today_a_card_opens_nothing(
        self, http: TestClient, scene: Scene
    ) -> None:
        """H22: the card re-identifies inside a shift; it never begins one."""
        first = sign_in(http, scene, "nurse1")
        silent(switched(first, card=OTHER_CARD), 401, "no-shift")
        scene.shift(COLLEAGUE)
        scene.run(
            "UPDATE staff_session SET started_at = started_at - interval '1 day'"
            " WHERE staff_id = %s",
            COLLEAGUE,
        )
        silent(switched(first, card=OTHER_CARD), 401, "no-shift")
        # A switch is no full sign-in: nobody prolongs a shift by switching.
        scene.run("UPDATE staff_session SET started_at = now(), how = 'card' WHERE staff_id = 14")
        silent(switched(first, card=OTHER_CARD), 401, "no-shift")

    def test_signing_out_ends_the_shift(self, http: TestClient, scene: Scene) -> None:
        first = sign_in(http, scene, "nurse1")
        colleague = sign_in(http, scene, "nurse1b", SECOND_COUNTER)
        assert colleague.send("DELETE", "/sessions").status_code == 204
        silent(switched(first, card=OTHER_CARD), 401, "no-shift")

    def test_signing_out_ends_what_only_idleness_had_locked(
        self, http: TestClient, scene: Scene
    ) -> None:
        """H22: nobody touched the other counter's screen, and now no PIN opens it."""
        scene.policy(1, lock_seconds=60, hide_seconds=20)
        idle = sign_in(http, scene, "nurse1")
        here = sign_in(http, scene, "nurse1", SECOND_COUNTER)
        scene.run(
            "UPDATE staff_session SET seen_at = now() - interval '10 minutes' WHERE counter_id = 1"
        )
        assert idle.get("/me").json()["locked"] is True
        assert here.send("DELETE", "/sessions").status_code == 204
        assert idle.send("POST", "/sessions/unlock", {"pin": PIN}).status_code == 401

    def test_a_card_alone_an_unknown_one_and_another_units_open_nothing(
        self, http: TestClient, scene: Scene, neighbour: Counter
    ) -> None:
        """H22"""
        scene.shift(COLLEAGUE)
        scene.shift(ELSEWHERE)
        first = sign_in(http, scene, "nurse1")
        without_pin = first.send("POST", "/sessions/switch", {"card": OTHER_CARD})
        assert without_pin.status_code == 422
        silent(switched(first, card="M-NOBODYS00"), 401, "unknown-card")
        silent(switched(first, card="K-0101"), 401, "unknown-card")
        silent(switched(first, staff_id=ELSEWHERE), 401, "no-shift")
        silent(switched(first), 422)
        scene.run("UPDATE staff_card SET ended_at = now() WHERE staff_id = %s", COLLEAGUE)
        silent(switched(first, card=OTHER_CARD), 401, "unknown-card")

    def test_who_is_on_shift(self, http: TestClient, scene: Scene) -> None:
        first = sign_in(http, scene, "nurse1")
        scene.shift(COLLEAGUE)
        found = first.get("/colleagues").json()
        assert [one["staff_id"] for one in found] == [COLLEAGUE, NURSE]


class TestLocking:
    def test_locked_nothing_is_done_and_nothing_is_lost(
        self, http: TestClient, scene: Scene
    ) -> None:
        """H22: the same key works once the screen is open again."""
        person = scene.person()
        nurse = sign_in(http, scene, "nurse1")
        assert nurse.send("POST", "/sessions/lock", {}).status_code == 204
        silent(nurse.reserve(person, key="typed-before-the-lock"), 423, "session-locked")
        silent(nurse.get(f"/people/{person}"), 423, "session-locked")
        silent(nurse.get("/today"), 423, "session-locked")
        assert nurse.send("POST", "/sessions/unlock", {"pin": PIN}).status_code == 204
        assert nurse.reserve(person, key="typed-before-the-lock").status_code == 201

    def test_the_own_card_tapped_once_more_locks(self, http: TestClient, scene: Scene) -> None:
        nurse = sign_in(http, scene, "nurse1")
        answer = nurse.send("POST", "/sessions/lock", {"card": OTHER_CARD})
        silent(answer, 403, "card-of-another")
        assert nurse.get("/today").status_code == 200
        assert nurse.send("POST", "/sessions/lock", {"card": CARD}).status_code == 204
        silent(nurse.get("/today"), 423, "session-locked")
        assert nurse.send("POST", "/sessions/unlock", {"password": PASSWORD}).status_code == 204
        assert nurse.get("/today").status_code == 200

    def test_the_unit_decides_after_how_long(self, http: TestClient, scene: Scene) -> None:
        """The newest policy that holds counts, with fifteen seconds for input not yet told."""
        nurse = sign_in(http, scene, "nurse1")
        idle = "UPDATE staff_session SET seen_at = now() - make_interval(secs => %s)"
        scene.policy(1, lock_seconds=40, hide_seconds=20)
        scene.run(idle, 50)
        assert nurse.get("/today").status_code == 200
        scene.run(idle, 60)
        silent(nurse.get("/today"), 423, "session-locked")
        scene.run(
            "UPDATE unit_policy SET from_on = from_on + 1 WHERE unit_id = 1 AND version ="
            " (SELECT max(version) FROM unit_policy WHERE unit_id = 1)"
        )
        assert nurse.get("/today").status_code == 200

    def test_a_machine_without_a_place_is_never_locked(
        self, http: TestClient, scene: Scene
    ) -> None:
        """Nobody could open it again; it expires instead."""
        machine = sign_in(http, scene, "pharmacist1", None)
        scene.policy(1, lock_seconds=20, hide_seconds=20, idle_minutes=60)
        scene.run("UPDATE staff_session SET seen_at = now() - interval '30 minutes'")
        assert machine.get("/me").json()["locked"] is False


class TestOnePlace:
    def test_signing_in_again_here_ends_the_first_with_a_word(
        self, http: TestClient, scene: Scene
    ) -> None:
        """H22: one live session per person and place."""
        first, second = sign_in(http, scene, "nurse1"), sign_in(http, scene, "nurse1")
        silent(first.get("/today"), 401, "signed-in-again")
        assert second.get("/today").status_code == 200

    def test_two_places_are_told(self, http: TestClient, scene: Scene) -> None:
        sign_in(http, scene, "nurse1")
        body = {"username": "nurse1", "password": PASSWORD, "counter_id": SECOND_COUNTER}
        answer = http.post("/api/v1/sessions", json=body)
        assert answer.json()["also_at"] == ["Prøveenheden · Skranke 1"]

    def test_the_database_keeps_it_too(self, http: TestClient, scene: Scene) -> None:
        nurse = sign_in(http, scene, "nurse1")
        import psycopg

        with pytest.raises(psycopg.errors.UniqueViolation):
            scene.run(
                "INSERT INTO staff_session (session_hash, staff_id, started_at, seen_at, place)"
                " VALUES ('x', %s, now(), now(), 'counter:1')",
                NURSE,
            )
        assert nurse.get("/today").status_code == 200

    def test_whoever_leaves_or_changes_role_is_stopped_at_once(
        self, http: TestClient, scene: Scene
    ) -> None:
        """H24: rights are asked with every request."""
        person = scene.person()
        nurse = sign_in(http, scene, "nurse1")
        scene.run("UPDATE staff SET role = 'auditor' WHERE staff_id = %s", NURSE)
        silent(nurse.reserve(person), 403, "forbidden")
        scene.run("UPDATE staff SET role = 'nurse', ended_at = now() WHERE staff_id = %s", NURSE)
        silent(nurse.reserve(person), 401, "not-signed-in")
        body = {"username": "nurse1", "password": PASSWORD}
        silent(http.post("/api/v1/sessions", json=body), 401, "wrong-password")
        scene.run("UPDATE staff SET ended_at = NULL WHERE staff_id = %s", NURSE)


class TestPin:
    @pytest.mark.parametrize(
        "pin",
        [
            *("111111", "121212", "112211", "123123", "123321", "123456", "654321", "890123"),
            *("135791", "198512", "121985", "120199", "010203", "851231", "020267", "192070"),
        ],
    )
    def test_what_is_guessed_first_is_refused(
        self, http: TestClient, scene: Scene, pin: str
    ) -> None:
        nurse = sign_in(http, scene, "nurse1")
        answer = nurse.send("PUT", "/me/pin", {"password": PASSWORD, "pin": pin})
        silent(answer, 422, "pin-too-easy")

    @pytest.mark.parametrize("pin", ["48162", "4816270", "48a627", "٤٨١٦٢٧", ""])
    def test_a_pin_has_six_digits(self, http: TestClient, scene: Scene, pin: str) -> None:
        nurse = sign_in(http, scene, "nurse1")
        assert nurse.send("PUT", "/me/pin", {"password": PASSWORD, "pin": pin}).status_code == 422

    def test_a_new_pin_needs_the_password_and_counts_at_once(
        self, http: TestClient, scene: Scene
    ) -> None:
        """H22"""
        nurse = sign_in(http, scene, "nurse1")
        new = {"password": PASSWORD, "pin": "730281"}
        silent(nurse.send("PUT", "/me/pin", new | {"password": PIN}), 401, "wrong-password")
        assert nurse.send("PUT", "/me/pin", new).status_code == 204
        silent(nurse.send("POST", "/sessions/unlock", {"pin": PIN}), 401, "wrong-pin")
        assert nurse.send("POST", "/sessions/unlock", {"pin": "730281"}).status_code == 204
        assert told(scene, "staff-pin-set")[-1]["actor"] == NURSE
        kept = scene.one("SELECT pin_hash FROM staff_pin WHERE staff_id = %s", NURSE)
        assert kept.startswith("$argon2id$") and "730281" not in kept

    def test_somebody_without_one_uses_the_password(self, http: TestClient, scene: Scene) -> None:
        scene.run("DELETE FROM staff_pin WHERE staff_id = %s", NURSE)
        nurse = sign_in(http, scene, "nurse1")
        silent(nurse.send("POST", "/sessions/unlock", {"pin": PIN}), 401, "pin-not-set")
        assert nurse.send("POST", "/sessions/unlock", {"password": PASSWORD}).status_code == 204
