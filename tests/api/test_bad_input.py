"""What cannot be read or used: a clear problem, nothing changed, nothing of it repeated."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.client import MADE_UP_NUMBER, MARK, Counter, silent
from tests.scene import Scene

pytestmark = pytest.mark.usefixtures("unchanged", "quiet_log")


@pytest.fixture(scope="module")
def person(scene: Scene) -> int:
    return scene.person()


@pytest.fixture(scope="module")
def reservation(scene: Scene, nurse: Counter) -> int:
    return nurse.reserved(scene.person())


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

    @pytest.mark.parametrize("part", [0, -1, 91, 1.5, "1", True])
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
