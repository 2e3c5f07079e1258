"""What cannot be read or used: a clear problem, nothing changed, nothing of it repeated."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, problem, sign_in
from tests.scene import PASSWORD, Scene

pytestmark = pytest.mark.usefixtures("unchanged", "quiet_log")

LIKE_A_CPR_NUMBER = re.compile(r"(?<!\d)\d{6}[- ]?\d{4}(?!\d)")
MADE_UP_NUMBER = "123456-7890"
MARK = "SENT-BY-THE-CLIENT"


@pytest.fixture
def quiet_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """H24: whatever was sent, the log repeats none of it."""
    with caplog.at_level(logging.DEBUG):
        yield
    assert MARK not in caplog.text
    assert MADE_UP_NUMBER not in caplog.text


@pytest.fixture(scope="module")
def person(scene: Scene) -> int:
    return scene.person()


@pytest.fixture(scope="module")
def reservation(scene: Scene, nurse: Counter) -> int:
    return nurse.reserved(scene.person())


def silent(answer: Any, status: int, slug: str | None = None) -> dict[str, Any]:
    """The problem, which repeats nothing of what was sent."""
    document = problem(answer, status, slug)
    assert MARK not in answer.text
    assert not LIKE_A_CPR_NUMBER.search(answer.text)
    assert "Traceback" not in answer.text and 'File "' not in answer.text
    return document


def post(nurse: Counter, content: bytes, path: str = "/api/v1/reservations", **headers: str) -> Any:
    sent = {
        "Authorization": f"Bearer {nurse.token}",
        "Idempotency-Key": "bad-input-key",
        "Content-Type": "application/json",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return nurse.http.post(path, content=content, headers=sent)


def valid(nurse: Counter, person: int) -> bytes:
    return json.dumps(nurse.order(person)).encode()


class TestWhatIsNotJson:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{",
            b'{"person_id": 1,}',
            b"{'person_id': 1}",
            b"\x00",
            b'"\xff\xfe"',
            b'{"person_id": 1} trailing',
            b"[" * 30_000,
            b'{"a":' * 10_000,
            b"1" * 10_000,
        ],
        ids=lambda content: f"{content[:12]!r}x{len(content)}",
    )
    def test_malformed(self, nurse: Counter, content: bytes) -> None:
        """Including nesting deeper than anybody means, and a number without end."""
        answer = post(nurse, content)
        assert answer.status_code in (400, 422)
        silent(answer, answer.status_code)

    @pytest.mark.parametrize("content", [b"[]", b"null", b"1", b'"x"', b"true"])
    def test_json_but_no_object(self, nurse: Counter, content: bytes) -> None:
        silent(post(nurse, content), 422)

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded"]
    )
    def test_another_kind_of_body(self, nurse: Counter, person: int, kind: str) -> None:
        silent(post(nurse, valid(nurse, person), Content_Type=kind), 415, "not-json")

    def test_a_body_above_64_kb(self, nurse: Counter) -> None:
        silent(post(nurse, b'"' + b"x" * 70_000 + b'"'), 413, "too-large")

    def test_a_body_above_64_kb_that_does_not_say_its_length(self, nurse: Counter) -> None:
        def pieces() -> Iterator[bytes]:
            for _ in range(70):
                yield b"x" * 1_000

        answer = nurse.http.post(
            "/api/v1/reservations",
            content=pieces(),
            headers={
                "Authorization": f"Bearer {nurse.token}",
                "Idempotency-Key": "bad-input-key",
                "Content-Type": "application/json",
            },
        )
        silent(answer, 413, "too-large")


class TestAmounts:
    @pytest.mark.parametrize(
        "amount",
        [
            "-80",
            "0",
            "0.000",
            "80,5",
            "80 ml",
            "80 mg",
            "80ml",
            "1e3",
            "NaN",
            "Infinity",
            "0x50",
            "٨٠",
            "8 0",
            "80.0001",
            "10000.001",
            "999999999",
            "9" * 400,
            "",
            " ",
            "+80",
            "80.",
            ".5",
            "1,500",
            f"80{MARK}",
        ],
    )
    def test_text_that_is_no_amount_in_mg(self, nurse: Counter, person: int, amount: str) -> None:
        """H08, H09: a comma, a unit, an exponent: refused, never read kindly."""
        answer = nurse.reserve(person, doses=[nurse.dose(amount)])
        errors = silent(answer, 422)["errors"]
        assert [error["field"] for error in errors] == ["doses.0.amount_mg"]

    @pytest.mark.parametrize(
        "amount",
        ["80", "80.0", "-1", "true", "null", "NaN", "Infinity", "-Infinity", "[80]", "1e400"],
    )
    def test_a_number_is_no_amount(self, nurse: Counter, person: int, amount: str) -> None:
        """H09: amounts are text, so that no digit is lost on the way."""
        body = json.dumps(nurse.order(person)).replace('"80"', amount)
        silent(post(nurse, body.encode()), 422)

    @pytest.mark.parametrize("swallowed", ["0", "-1", "40,5", "40 ml", "NaN"])
    def test_what_was_swallowed_is_an_amount_too(
        self, nurse: Counter, reservation: int, swallowed: str
    ) -> None:
        silent(nurse.give(reservation, swallowed_mg=swallowed), 422)


class TestDays:
    @pytest.mark.parametrize(
        "day",
        [
            "2026-02-30",
            "2025-02-29",
            "2026-13-01",
            "2026-00-10",
            "0000-01-01",
            "23-11-2026",
            "2026-11-23T10:00:00Z",
            "20261123",
            "2026-W48-1",
            "today",
            "1764000000",
            1_764_000_000,
            None,
            "99999-01-01",
            f"{MARK:.10}",
        ],
    )
    def test_a_day_that_does_not_exist(self, nurse: Counter, person: int, day: object) -> None:
        dose = nurse.dose() | {"for_on": day}
        errors = silent(nurse.reserve(person, doses=[dose]), 422)["errors"]
        assert errors[0]["field"] == "doses.0.for_on"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("how", ["supervised", "take_home"])
def test_a_day_at_the_end_of_time_is_stopped_by_the_rules(
    nurse: Counter, person: int, day: str, how: str
) -> None:
    """H19: a check, so nothing is recorded; the answer is a verdict and no crash."""
    dose = nurse.dose(how=how) | {"for_on": day}
    answer = nurse.send("POST", "/checks", nurse.order(person, doses=[dose]))
    assert answer.status_code == 200, answer.text
    assert answer.json()["verdict"]["severity"] == "stop"


class TestMembers:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("person_id", 0),
            ("person_id", -1),
            ("person_id", 2**53 + 1),
            ("person_id", 10**30),
            ("person_id", "101"),
            ("person_id", 101.5),
            ("person_id", True),
            ("person_id", None),
            ("prescription_version", 2**70),
            ("prescription_id", -5),
            ("doses", []),
            ("doses", {}),
            ("doses", None),
            ("identifiers", ["face"]),
            ("identifiers", "photo"),
            ("identifiers", [["photo"]]),
            ("observed", None),
            ("observed", {"affected": "no"}),
            ("observed", {"sedation_poss": 5}),
            ("observed", {"breaths_per_minute": -1}),
            ("observed", {"alcohol_permille_milli": 10**9}),
            ("observed", {"afected": False}),
            ("bottle_code", ""),
            ("bottle_code", "x" * 101),
            ("reasons", [{"rule_id": "x"}]),
            ("reasons", [{"rule_id": "x", "reason": MARK * 1000}]),
            (MARK, 1),
            (MADE_UP_NUMBER, 1),
        ],
        ids=str,
    )
    def test_a_member_that_cannot_be_used(
        self, nurse: Counter, person: int, name: str, value: object
    ) -> None:
        """H24: the name of an unknown member was sent by the client, and is not repeated either."""
        silent(nurse.send("POST", "/reservations", nurse.order(person) | {name: value}), 422)

    def test_a_member_left_out(self, nurse: Counter, person: int) -> None:
        body = nurse.order(person)
        del body["prescription_version"]
        errors = silent(nurse.send("POST", "/reservations", body), 422)["errors"]
        assert errors == [{"field": "prescription_version", "message": "Field required"}]

    def test_more_doses_than_anybody_hands_out(self, nurse: Counter, person: int) -> None:
        silent(nurse.reserve(person, doses=[nurse.dose()] * 101), 422)

    @pytest.mark.parametrize("part", [0, -1, 25, 1.5, "1", True])
    def test_a_part_that_does_not_exist(self, nurse: Counter, person: int, part: object) -> None:
        silent(nurse.reserve(person, doses=[nurse.dose() | {"part": part}]), 422)

    @pytest.mark.parametrize(
        "written", ["\\ud800", "\\udfff\\ud800", "a\\u0000b"], ids=["lone", "pair", "null"]
    )
    @pytest.mark.parametrize("place", ["bottle_code", "reason", "member"])
    def test_text_that_cannot_be_stored(
        self, nurse: Counter, person: int, written: str, place: str
    ) -> None:
        """Half a character and the null character: refused before the database sees them."""
        text = f'"{written}"'
        extra = {
            "bottle_code": f'"bottle_code": {text}',
            "reason": f'"reasons": [{{"rule_id": "x", "reason": {text}}}]',
            "member": f"{text}: 1",
        }[place]
        body = valid(nurse, person)[:-1] + f", {extra}}}".encode()
        silent(post(nurse, body), 422)

    @pytest.mark.parametrize("what", ["returned", "refused", "spilled", "doubts"])
    @pytest.mark.parametrize("note", [MARK * 600, 5, ["x"], "\0"], ids=["long", "5", "[]", "0"])
    def test_a_note_that_cannot_be_kept(
        self, nurse: Counter, reservation: int, what: str, note: object
    ) -> None:
        """Ten thousand characters are a novel; a list is no note."""
        silent(nurse.tell(reservation, what, note=note), 422)


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

    @pytest.fixture(scope="class")
    def elsewhere(self, scene: Scene, neighbour: Counter) -> int:
        return scene.person(2)

    @pytest.fixture(scope="class")
    def theirs(self, neighbour: Counter, scene: Scene) -> int:
        return neighbour.reserved(scene.person(2))

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

    @pytest.mark.parametrize("text", ["%25", "_", "\\", "'", "--", "Ærø", "%C3%98", "%FF"])
    def test_a_search_is_text_and_nothing_else(self, nurse: Counter, text: str) -> None:
        """H24: no sign in it means anything to the database."""
        answer = nurse.get(f"/people?text={text}")
        assert (answer.status_code, answer.json()) == (200, [])


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
            "seen_at = seen_at - interval '2 hours'",
        ],
        ids=["old", "idle"],
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
        scene.run("UPDATE staff SET failed_attempts = 0")
        unknown = http.post("/api/v1/sessions", json={"username": "nobody1", "password": MARK})
        assert silent(known, 401) == silent(unknown, 401)

    def test_five_wrong_passwords_lock_the_account(self, http: TestClient, scene: Scene) -> None:
        """H22: the right one does not open it either, until the wait is over."""
        wrong = {"username": "pharmacist1", "password": MARK}
        right = wrong | {"password": PASSWORD}
        for _ in range(5):
            silent(http.post("/api/v1/sessions", json=wrong), 401, "wrong-password")
        silent(http.post("/api/v1/sessions", json=right), 401, "locked")
        scene.run("UPDATE staff SET locked_until = now() WHERE username = 'pharmacist1'")
        assert http.post("/api/v1/sessions", json=right).status_code == 201
        count = "SELECT failed_attempts FROM staff WHERE username = 'pharmacist1'"
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
    silent(administrator.get(f"/people/{person}"), 404, "not-found")
    silent(administrator.get("/people?text=P"), 403, "forbidden")
    silent(administrator.get("/today"), 403, "forbidden")
