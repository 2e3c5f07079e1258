"""A unit changes its rule book from a day on; what was decided before stays as it was decided."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from dispensing.__main__ import app
from dispensing.app import create_app
from dispensing.database import connect
from dispensing.errors import Conflict, DispensingError, NotFound, Unprocessable
from dispensing.settings import load_settings
from dispensing.units.adopt import Adopted, adopt_book
from dispensing.units.signing import write_signature
from dosing_rules import load_book
from dosing_rules.rulebook import Signature, parse_book
from tests.api.client import Counter, findings, sign_in
from tests.clusters import Database
from tests.rules.books import content, local
from tests.scene import Scene

UK = load_book("uk")


@pytest.fixture
def as_application(shared_database: Database) -> Iterator[psycopg.Connection[Any]]:
    """The application's own role: it may add a book, and never change or delete one."""
    with connect(shared_database.app_url) as connection:
        yield connection


def adopted(connection: psycopg.Connection[Any], from_on: date, **changes: Any) -> Adopted:
    asked: dict[str, Any] = {"unit": "u1", "book": UK, "key": secrets.token_bytes(32)}
    return adopt_book(connection, from_on=from_on, **asked | changes)


def rows(scene: Scene) -> list[Any]:
    return scene.run("SELECT * FROM unit_rule_book ORDER BY unit_id, from_on").fetchall()


def test_nothing_before_tomorrow_nothing_unknown_nothing_twice(
    scene: Scene, nurse: Counter, as_application: psycopg.Connection[Any]
) -> None:
    """H10: each refusal leaves books and ledger as they were."""
    before, tomorrow = rows(scene), scene.today + timedelta(days=1)
    edited = parse_book(content() + b"\n# an edit\n")
    refusals: list[tuple[type[DispensingError], date, dict[str, Any]]] = [
        (Unprocessable, scene.today, {}),
        (Unprocessable, scene.today - timedelta(days=30), {}),
        (Unprocessable, tomorrow, {"book": parse_book(local().replace(b"2026-01", b"2096-01"))}),
        (NotFound, tomorrow, {"unit": "nowhere"}),
        (NotFound, tomorrow, {"by": "nobody"}),
        (NotFound, tomorrow, {"by": "nurse1"}),
        (Conflict, tomorrow, {"book": load_book("dk-crk-2026")}),
        (Conflict, tomorrow, {"book": edited}),
    ]
    for error, from_on, changes in refusals:
        with pytest.raises(error):
            adopted(as_application, from_on, **changes)
    assert rows(scene) == before
    assert scene.one("SELECT count(*) FROM ledger_payload WHERE kind = 'rule-book-adopted'") == 0


def test_the_book_changes_with_the_day_and_the_past_stays(
    scene: Scene, nurse: Counter, as_application: psycopg.Connection[Any]
) -> None:
    """H11: three days missed is the doctor's question today and, under the UK's book, a stop."""
    tomorrow = scene.today + timedelta(days=1)
    done = adopted(as_application, tomorrow, by="doctor1")
    assert (done.book_id, done.before_id, done.from_on) == ("uk", "dk-crk-2026", tomorrow)
    payload = scene.one("SELECT payload FROM ledger_payload WHERE kind = 'rule-book-adopted'")
    assert json.loads(bytes(payload))["facts"]["book"] == ["uk", UK.sha256]
    with pytest.raises(Conflict, match="another book is planned"):
        adopted(as_application, tomorrow, book=load_book("nz"))

    early = scene.person(last_covered_days_ago=1)
    nurse.given(early)
    gone = scene.person(last_covered_days_ago=4)
    asked = nurse.reserve(gone)
    assert (asked.json()["verdict"]["severity"], findings(asked)[0]) == ("doctor", "missed-days")

    # The day comes.
    scene.run("UPDATE unit_rule_book SET from_on = %s WHERE book_id = 'uk'", scene.today)
    asked = nurse.reserve(gone)
    assert asked.json()["verdict"]["severity"] == "stop"
    assert "missed-days" in asked.json()["blocking"]
    told = [facts["book"] for kind, facts in scene.events(early) if kind == "handout-reserved"]
    told += [facts["book"] for _, facts in scene.events(gone) if "book" in facts]
    dk = load_book("dk-crk-2026")
    assert told == [["dk-crk-2026", dk.sha256], ["dk-crk-2026", dk.sha256], ["uk", UK.sha256]]


def test_the_command_adopts_and_refuses(
    scene: Scene, shared_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the owner's or the application's role, and a reason when it cannot be."""
    monkeypatch.setenv("DATABASE_URL", shared_database.app_url)
    monkeypatch.setenv("COLUMNS", "200")
    day = (scene.today + timedelta(days=40)).isoformat()

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["rulebook", "adopt", *arguments])
        return done.exit_code, done.output

    code, told = run("u1", "nz", "--from", day)
    assert code == 0, told
    assert f"decides by nz from {day}" in told and "not confirmed by a doctor yet" in told
    assert run("u1", "nz", "--from", "2020-01-01")[0] == 1
    assert run("u1", "nowhere", "--from", day)[0] == 1
    code, told = run("nowhere", "nz", "--from", day)
    assert (code, "no unit of that code" in told) == (1, True)


def test_a_signed_book_answers_with_confirmed_numbers(
    scene: Scene, shared_database: Database, tmp_path: Path
) -> None:
    """H10: under the doctor's signature the answer's limits show as confirmed, and only then."""
    scene.run("DELETE FROM unit_rule_book WHERE from_on >= %s", scene.today)
    book = load_book("dk-crk-2026")
    gone = scene.person(last_covered_days_ago=4)
    for signed_sha256, confirmed in (("0" * 64, False), (book.sha256, True)):
        signatures = tmp_path / signed_sha256
        write_signature(
            signatures, Signature(book.id, signed_sha256, "Dr. Eksempel", "0ABC1", scene.today)
        )
        settings = load_settings({"DISPENSING_SIGNATURES_DIR": str(signatures)})
        service = create_app(replace(settings, database_url=shared_database.app_url))
        with TestClient(service) as http:
            nurse = sign_in(http, scene, "nurse1")
            answer = nurse.send("POST", "/checks", nurse.order(gone))
        limits = answer.json()["verdict"]["findings"][0]["limits"]
        assert [limit["confirmed"] for limit in limits] == [confirmed]
