"""Who asks, where and with which key: a clear problem, nothing changed, nothing of it repeated."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import MARK, Counter, sign_in, silent
from tests.scene import PASSWORD, Scene

pytestmark = pytest.mark.usefixtures("unchanged", "quiet_log")


@pytest.fixture(scope="module")
def person(scene: Scene) -> int:
    return scene.person()


@pytest.fixture(scope="module")
def elsewhere(scene: Scene, neighbour: Counter) -> int:
    """A person of another unit."""
    return scene.person(2)


@pytest.fixture(scope="module")
def theirs(neighbour: Counter, scene: Scene) -> int:
    """A reservation of another unit."""
    return neighbour.reserved(scene.person(2))


class TestKeys:
    @pytest.mark.parametrize("key", ["", "1234567", "x" * 201, "tab\tinside-key", "null\x7finside"])
    def test_a_key_that_is_none(self, nurse: Counter, person: int, key: str) -> None:
        """H04"""
        headers = {
            "Authorization": f"Bearer {nurse.token}",
            "Idempotency-Key": key.encode("latin-1"),
        }
        answer = nurse.http.post("/api/v1/reservations", json=nurse.order(person), headers=headers)
        silent(answer, 422)

    def test_a_missing_key(self, nurse: Counter, person: int) -> None:
        headers = {"Authorization": f"Bearer {nurse.token}"}
        answer = nurse.http.post("/api/v1/reservations", json=nurse.order(person), headers=headers)
        assert silent(answer, 422)["errors"][0]["field"] == "Idempotency-Key"

    def test_two_keys(self, nurse: Counter, person: int) -> None:
        """H04: which of the two would a retry repeat?"""
        headers = [
            ("Authorization", f"Bearer {nurse.token}"),
            ("Idempotency-Key", "first-key-of-two"),
            ("Idempotency-Key", "second-key-of-two"),
        ]
        answer = nurse.http.post("/api/v1/reservations", json=nurse.order(person), headers=headers)
        silent(answer, 400, "bad-request")


class TestWhoAndWhere:
    def test_an_unknown_person_and_another_units_are_not_told_apart(
        self, nurse: Counter, elsewhere: int
    ) -> None:
        """H24: nobody learns by asking who is in treatment where."""
        for send in (
            lambda person: nurse.reserve(person),
            lambda person: nurse.get(f"/people/{person}"),
            lambda person: nurse.send("POST", "/checks", nurse.order(person)),
            lambda person: nurse.send("POST", "/questions", {"order": nurse.order(person)}),
            lambda person: nurse.decide(person, "missed-days"),
        ):
            unknown, theirs = silent(send(999_999), 404), silent(send(elsewhere), 404)
            assert unknown == theirs

    def test_an_unknown_reservation_and_another_units_are_not_told_apart(
        self, nurse: Counter, theirs: int
    ) -> None:
        """H24"""
        for send in (
            lambda number: nurse.give(number),
            lambda number: nurse.tell(number, "returned"),
            lambda number: nurse.tell(number, "doubts"),
            lambda number: nurse.tell(number, "reversals", reason="mistake"),
            lambda number: nurse.tell(number, "vomits", minutes_after=1, witnessed=True),
            lambda number: nurse.tell(number, "observations", state="completed", affected=False),
        ):
            unknown, found = silent(send(999_999), 404), silent(send(theirs), 404)
            assert unknown["type"] == found["type"]

    @pytest.mark.parametrize("number", ["0", "-1", "1.5", "x", str(2**64), "1%00", "²"])
    def test_an_id_that_is_none(self, nurse: Counter, number: str) -> None:
        answer = nurse.get(f"/people/{number}")
        assert answer.status_code in (404, 422)
        silent(answer, answer.status_code)

    @pytest.mark.parametrize("path", ["/", "/no-such", "/reservations/1", "/reservations/1/eaten"])
    def test_an_unknown_path(self, nurse: Counter, path: str) -> None:
        silent(nurse.tell("1", "eaten") if "eaten" in path else nurse.get(path), 404)

    @pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
    def test_a_wrong_method(self, nurse: Counter, method: str) -> None:
        answer = nurse.send(method, "/reservations")
        silent(answer, 405)
        assert answer.headers["allow"] == "POST"

    @pytest.mark.parametrize("text", ["", "x" * 101, "%00", "a%00b"])
    def test_a_search_that_is_none(self, nurse: Counter, text: str) -> None:
        silent(nurse.get(f"/people?text={text}"), 422)


class TestSessions:
    @pytest.fixture
    def session(self, http: TestClient, scene: Scene) -> Iterator[Counter]:
        """A session of its own, to be spoilt."""
        yield sign_in(http, scene, "nurse1b")

    @pytest.mark.parametrize(
        "header", [None, "", "Bearer", "Bearer ", "Basic abc", f"Bearer {MARK}", "Bearer ÿ"]
    )
    def test_no_session(self, nurse: Counter, person: int, header: str | None) -> None:
        headers = {"Idempotency-Key": "bad-input-key"}
        if header is not None:
            headers["Authorization"] = header.encode("latin-1")  # type: ignore[assignment]
        answer = nurse.http.post("/api/v1/reservations", json=nurse.order(person), headers=headers)
        silent(answer, 401, "not-signed-in")
        assert answer.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize(
        "change",
        [
            "started_at = started_at - interval '13 hours'",
            "place = NULL, seen_at = seen_at - interval '2 hours'",
        ],
        ids=["old", "idle without a place"],
    )
    def test_an_expired_session(
        self, scene: Scene, session: Counter, person: int, change: str
    ) -> None:
        """H22: a counter left open acts in nobody's name."""
        scene.run(
            f"UPDATE staff_session SET {change} WHERE session_hash = sha256(%s::bytea)",
            session.token,
        )
        silent(session.reserve(person), 401, "session-expired")

    def test_a_screen_left_alone_is_locked(
        self, scene: Scene, session: Counter, person: int
    ) -> None:
        """H22: the server locks by itself, whatever the page does."""
        scene.run(
            "UPDATE staff_session SET seen_at = seen_at - interval '2 hours'"
            " WHERE session_hash = sha256(%s::bytea)",
            session.token,
        )
        silent(session.reserve(person), 423, "session-locked")

    def test_a_session_that_was_signed_out(self, session: Counter, person: int) -> None:
        """H22"""
        assert session.send("DELETE", "/sessions").status_code == 204
        silent(session.reserve(person), 401, "not-signed-in")

    def test_a_counter_of_another_unit(
        self, http: TestClient, scene: Scene, neighbour: Counter
    ) -> None:
        """H22: a nurse of one unit does not stand at another's counter."""
        body = {"username": "nurse1", "password": PASSWORD, "counter_id": 2}
        silent(http.post("/api/v1/sessions", json=body), 403, "forbidden")

    def test_a_wrong_name_and_a_wrong_password_are_not_told_apart(
        self, http: TestClient, scene: Scene
    ) -> None:
        """H24"""
        known = http.post("/api/v1/sessions", json={"username": "nurse1b", "password": MARK})
        unknown = http.post("/api/v1/sessions", json={"username": "nobody1", "password": MARK})
        assert silent(known, 401) == silent(unknown, 401)

    def test_five_wrong_passwords_make_the_name_wait(self, http: TestClient, scene: Scene) -> None:
        """H22: the right one does not open it either, until the wait is over."""
        wrong = {"username": "pharmacist1", "password": MARK}
        right = wrong | {"password": PASSWORD}
        for _ in range(5):
            silent(http.post("/api/v1/sessions", json=wrong), 401, "wrong-password")
        silent(http.post("/api/v1/sessions", json=right), 401, "locked")
        scene.run("UPDATE sign_in_attempt SET locked_until = now()")
        assert http.post("/api/v1/sessions", json=right).status_code == 201
        count = "SELECT failed FROM sign_in_attempt WHERE username = 'pharmacist1' AND place <> ''"
        assert scene.one(count) == 0

    @pytest.mark.parametrize(
        "changes",
        [
            {"username": ""},
            {"username": "x" * 101},
            {"username": "a\0b"},
            {"username": "a b'--"},
            {"password": ""},
            {"password": "x" * 501},
            {"counter_id": 0},
            {"counter_id": 40_000},
            {"counter_id": "1"},
            {"counter_id": 1.5},
            {"role": "doctor"},
        ],
        ids=str,
    )
    def test_a_sign_in_that_cannot_be_used(self, http: TestClient, changes: dict[str, Any]) -> None:
        body = {"username": "nurse1", "password": PASSWORD} | changes
        silent(http.post("/api/v1/sessions", json=body), 422)

    def test_a_password_with_half_a_character(self, http: TestClient) -> None:
        body = b'{"username": "nurse1", "password": "\\ud800"}'
        answer = http.post(
            "/api/v1/sessions", content=body, headers={"Content-Type": "application/json"}
        )
        silent(answer, 422)


def test_the_role_is_asked_before_anything_is_told(
    http: TestClient, scene: Scene, person: int
) -> None:
    """H24: an administrator sees no patients."""
    administrator = sign_in(http, scene, "administrator1")
    silent(administrator.reserve(person), 403, "forbidden")
    silent(administrator.get(f"/people/{person}"), 403, "forbidden")
    silent(administrator.get("/people/999999"), 403, "forbidden")
    silent(administrator.get("/people?text=P"), 403, "forbidden")
    silent(administrator.get("/today"), 403, "forbidden")
