"""A person's CPR number: recorded, masked, found, shown with a reason, taken back."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, problem, sign_in
from tests.api.numbers import a_number, cpr_like
from tests.scene import Scene


def record(nurse: Counter, person: int, number: str, key: str | None = None, **more: Any) -> Any:
    body = {"number": number} | more
    return nurse.send("POST", f"/people/{person}/identifiers", body, key)


def search(nurse: Counter, text: str) -> list[int]:
    answer = nurse.send("POST", "/people/searches", {"text": text})
    assert answer.status_code == 200, answer.text
    return [one["person_id"] for one in answer.json()]


def facts(scene: Scene, kind: str) -> Any:
    return scene.one(
        "SELECT convert_from(payload, 'UTF8')::json->'facts' FROM ledger_payload WHERE kind = %s"
        " ORDER BY chain_id, seq DESC LIMIT 1",
        kind,
    )


class TestRecording:
    def test_a_number_is_recorded_and_shown_masked(self, scene: Scene, nurse: Counter) -> None:
        """H24"""
        person, number = scene.person(), a_number()
        answer = record(nurse, person, f"{number[:6]}-{number[6:]}")
        assert answer.status_code == 201, answer.text
        assert answer.json()["masked"] == f"{number[:6]}-••••"
        assert number[6:] not in answer.text
        listed = nurse.get(f"/people/{person}/identifiers").json()
        assert [(one["kind"], one["masked"]) for one in listed] == [
            ("replacement_cpr", f"{number[:6]}-••••")
        ]
        told = facts(scene, "identifier-recorded")
        assert told["identifier"] == listed[0]["identifier_id"] and number not in str(told)

    def test_a_key_repeated_answers_the_same(self, scene: Scene, nurse: Counter) -> None:
        """H04"""
        person, number = scene.person(), a_number()
        first = record(nurse, person, number, "key-of-a-number")
        again = record(nurse, person, number, "key-of-a-number")
        assert (again.status_code, again.json()) == (201, first.json())
        other = record(nurse, person, a_number(), "key-of-a-number")
        problem(other, 422, "idempotency-key-reused")

    def test_a_number_belongs_to_one_human(self, scene: Scene, nurse: Counter) -> None:
        """H02: the same number again means that two records are one human; nothing is recorded."""
        first, second, number = scene.person(), scene.person(), a_number()
        record(nurse, first, number)
        problem(record(nurse, second, number), 409, "number-taken")
        problem(record(nurse, first, number), 409, "number-known")
        assert nurse.get(f"/people/{second}/identifiers").json() == []

    def test_also_across_units(self, scene: Scene, nurse: Counter, neighbour: Counter) -> None:
        """H02: clinic and clinic; the no tells nothing of whose it is."""
        theirs, ours, number = scene.person(2), scene.person(), a_number()
        record(neighbour, theirs, number)
        answer = record(nurse, ours, number)
        problem(answer, 409, "number-taken")
        assert str(theirs) not in answer.text

    def test_a_cpr_number_takes_over_from_a_replacement(self, scene: Scene, nurse: Counter) -> None:
        """H02: the old number still finds the person."""
        person, before, after = scene.person(), a_number(), cpr_like()
        record(nurse, person, before)
        assert record(nurse, person, after).status_code == 201
        listed = nurse.get(f"/people/{person}/identifiers").json()
        assert [(one["kind"], one["valid_to"] is None) for one in listed] == [
            ("replacement_cpr", False),
            ("cpr", True),
        ]
        assert search(nurse, before) == search(nurse, after) == [person]
        problem(record(nurse, person, cpr_like()), 409, "has-cpr")

    def test_another_birth_date_must_be_looked_at(self, scene: Scene, nurse: Counter) -> None:
        """H07: the commonest slip is the number of the person before."""
        person, number = scene.person(), a_number(date(1980, 1, 2))
        problem(record(nurse, person, number), 422, "birth-date-differs")
        answer = record(nurse, person, number, birth_date_checked=True)
        assert answer.json()["warnings"] == ["birth-date-differs"]

    @pytest.mark.parametrize(
        "number", ["", "x" * 101, "000000-0000", "K-0101", "١" * 10, "15057500"]
    )
    def test_what_is_none_changes_nothing(
        self, scene: Scene, nurse: Counter, number: str, unchanged: None
    ) -> None:
        answer = record(nurse, 101, number)
        assert answer.status_code == 422 and (not number or number not in answer.text)

    def test_of_another_units_person_nobody_learns(
        self, scene: Scene, nurse: Counter, neighbour: Counter
    ) -> None:
        """H24"""
        theirs = scene.person(2)
        known = record(neighbour, theirs, a_number()).json()["identifier_id"]
        for answer in (
            record(nurse, theirs, a_number()),
            nurse.get(f"/people/{theirs}/identifiers"),
            nurse.send("POST", f"/people/{theirs}/identifiers/{known}/shown", {"reason": "look"}),
            nurse.send("POST", f"/people/{theirs}/identifiers/{known}/withdrawn", {"reason": "no"}),
        ):
            assert answer.status_code in (404, 422)


class TestFinding:
    def test_the_number_is_refused_in_an_address(
        self, scene: Scene, nurse: Counter, unchanged: None
    ) -> None:
        """H24: an address ends in logs of machines we do not know."""
        number = a_number()
        answer = nurse.get(f"/people?text={number}")
        problem(answer, 422)
        assert number not in answer.text

    def test_a_search_by_number_is_a_view_without_the_number(
        self, scene: Scene, nurse: Counter
    ) -> None:
        """H24"""
        person, number = scene.person(), a_number()
        record(nurse, person, number)
        assert search(nurse, f" {number[:6]} {number[6:]}") == [person]
        told = facts(scene, "number-searched")
        assert told["found"] == [person] and number[:6] not in str(told)
        assert search(nurse, a_number()) == []

    def test_another_units_person_is_not_found(
        self, scene: Scene, nurse: Counter, neighbour: Counter
    ) -> None:
        """H24"""
        person, number = scene.person(2), a_number()
        record(neighbour, person, number)
        assert search(nurse, number) == []
        assert search(neighbour, number) == [person]

    def test_names_and_cards_are_found_the_same_way(self, scene: Scene, nurse: Counter) -> None:
        person = scene.person(name=("Yrsa", "Nummersen"))
        assert search(nurse, "yrsa") == search(nurse, f"K-{person:04d}") == [person]


class TestShowing:
    def test_a_full_number_costs_a_reason_that_is_kept(self, scene: Scene, nurse: Counter) -> None:
        """H24: who had it shown, and why; in the chain of views, which does not hold it."""
        person, number = scene.person(), a_number()
        one = record(nurse, person, number).json()["identifier_id"]
        path = f"/people/{person}/identifiers/{one}/shown"
        problem(nurse.send("POST", path, {"reason": "  "}), 422)
        answer = nurse.send("POST", path, {"reason": "referral to the hospital"})
        assert answer.json() == {"number": f"{number[:6]}-{number[6:]}"}
        assert answer.headers["cache-control"] == "no-store"
        told = facts(scene, "number-shown")
        assert told["reason"] == "referral to the hospital" and number[6:] not in str(told)

    def test_a_withdrawn_number_finds_nobody_and_is_not_kept(
        self, scene: Scene, nurse: Counter
    ) -> None:
        """H07: somebody else's number; the right person can have it at once."""
        person, right, number = scene.person(), scene.person(), a_number()
        one = record(nurse, person, number).json()["identifier_id"]
        path = f"/people/{person}/identifiers/{one}"
        done = nurse.send("POST", f"{path}/withdrawn", {"reason": "the next one's card"})
        assert done.json()["withdrawn"] is True
        problem(nurse.send("POST", f"{path}/withdrawn", {"reason": "again"}), 409)
        problem(nurse.send("POST", f"{path}/shown", {"reason": "look"}), 404)
        assert search(nurse, number) == []
        assert scene.one(
            "SELECT ciphertext FROM person_identifier WHERE identifier_id=%s", one
        ) is (None)
        assert record(nurse, right, number).status_code == 201
        assert nurse.get(f"/people/{person}/identifiers").json()[0]["withdrawn"] is True


class TestWithoutTheKeys:
    @pytest.fixture
    def no_keys(self, http: TestClient) -> Any:
        pepper = http.app.state.settings.cpr_pepper_file
        aside = pepper.with_suffix(".aside")
        pepper.rename(aside)
        yield
        aside.rename(pepper)

    def test_no_number_is_looked_up_and_handing_out_goes_on(
        self, scene: Scene, nurse: Counter, no_keys: None
    ) -> None:
        """H20, H24: fail closed for numbers, not for doses."""
        person = scene.person()
        problem(record(nurse, person, a_number()), 503, "number-keys-missing")
        searched = nurse.send("POST", "/people/searches", {"text": a_number()})
        problem(searched, 503, "number-keys-missing")
        assert search(nurse, f"K-{person:04d}") == [person]
        nurse.given(person)

    @pytest.mark.parametrize("spoilt", [b"", b"{}", b"[]", b'{"1": "00"}', b'{"1": "zz"}'])
    def test_a_spoilt_file_is_no_file(
        self, http: TestClient, nurse: Counter, spoilt: bytes
    ) -> None:
        for file in (
            http.app.state.settings.cpr_pepper_file,
            http.app.state.settings.cpr_key_file,
        ):
            kept = file.read_bytes()
            try:
                file.write_bytes(spoilt)
                problem(record(nurse, 101, a_number()), 503, "number-keys-missing")
            finally:
                file.write_bytes(kept)

    def test_a_file_open_to_others_is_no_file(self, http: TestClient, nurse: Counter) -> None:
        """H24"""
        file = http.app.state.settings.cpr_key_file
        file.chmod(0o640)
        try:
            problem(record(nurse, 101, a_number()), 503, "number-keys-missing")
        finally:
            file.chmod(0o600)

    def test_another_databases_keys_record_nothing(
        self, http: TestClient, nurse: Counter, unchanged: None
    ) -> None:
        """H02: a number under a key the database does not know would never be found again."""
        file = http.app.state.settings.cpr_pepper_file
        kept = file.read_bytes()
        try:
            file.write_text('{"1": "%s"}' % ("ab" * 32))
            problem(record(nurse, 101, a_number()), 503, "number-keys-missing")
        finally:
            file.write_bytes(kept)


def test_only_nurses_and_doctors(http: TestClient, scene: Scene) -> None:
    """H24"""
    for role in ("administrator1", "auditor1", "pharmacist1"):
        other = sign_in(http, scene, role)
        problem(record(other, 101, a_number()), 403)
        problem(other.get("/people/101/identifiers"), 403)
