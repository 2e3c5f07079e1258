"""A thousand numbers through everything that takes one: none comes out in the clear."""

import base64
import itertools
import logging
import re
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from dispensing.commands.backup import back_up
from dispensing.commands.numbers import keys_of
from dispensing.embedded import Cluster
from dispensing.persons.rotation import rotate
from dispensing.postgres_programs import find_programs
from dispensing.settings import child_environment
from tests.api.client import Counter
from tests.api.numbers import a_number
from tests.api.test_merging import card, merge
from tests.api.test_person_pages import Browser
from tests.canaries import CANARIES
from tests.clusters import Database
from tests.scene import Scene

MOVES_DAYS = True
PEOPLE, EACH = 40, 25
_turns = itertools.count()


class Recorded:
    """Sends, and keeps all that came back: address, headers, body."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter

    def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.counter.send(method, path, body)
        self.keep(answer)
        return answer

    @staticmethod
    def keep(answer: Any) -> None:
        CANARIES.look("addresses", str(answer.request.url))
        CANARIES.look("headers", repr(dict(answer.headers)))
        CANARIES.look("answers", answer.content)


@pytest.fixture(scope="module")
def sent(nurse: Counter, scene: Scene, http: TestClient) -> Iterator[dict[int, list[str]]]:
    """Every number recorded, searched and spoilt, at the most talkative log level."""
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    by_person: dict[int, list[str]] = {}
    recorded = Recorded(nurse)
    for _ in range(PEOPLE):
        person = scene.person()
        by_person[person] = [a_number() for _ in range(EACH)]
        for number in by_person[person]:
            path = f"/people/{person}/identifiers"
            assert recorded.send("POST", path, {"number": number}).status_code == 201
            assert recorded.send("POST", "/people/searches", {"text": number}).json()
            spoil(recorded, person, number)
    yield by_person
    logging.getLogger().setLevel(level)


def spoil(recorded: Recorded, person: int, number: str) -> None:
    """The number where it does not belong: errors must not repeat it."""
    path = f"/people/{person}/identifiers"
    wrong = (
        ("POST", path, {"number": number}),
        ("POST", path, {"number": f"{number}1"}),
        ("POST", path, {"number": [number]}),
        ("POST", path, {number: number}),
        ("POST", "/people/searches", {"text": {"number": number}}),
        ("POST", f"{path}/1/shown", {"reason": "no", "number": number}),
        ("POST", f"/people/{person}/merges/looks", {"other": number}),
        ("POST", "/reservations", {"person_id": number}),
    )
    # Each number in one wrong place, all places in turn.
    method, where, body = wrong[next(_turns) % len(wrong)]
    assert recorded.send(method, where, body).status_code >= 400


def test_nothing_that_was_answered_or_logged_holds_one(sent: dict[int, list[str]]) -> None:
    """H24: 1,000 numbers; addresses, headers, answers, errors, every log at DEBUG."""
    assert sum(len(numbers) for numbers in sent.values()) == 1_000
    assert CANARIES.found == []
    assert CANARIES.looked_at["answers"] > 300_000
    assert any(name.startswith("log ") for name in CANARIES.looked_at)


def test_pages_show_them_masked(sent: dict[int, list[str]], http: TestClient) -> None:
    """H24"""
    page = Browser(http, "nurse1b")
    for person, numbers in list(sent.items())[:8]:
        for answer in (
            page.get(f"/person/{person}/numre"),
            page.get(f"/skranke?person={person}"),
            page.post("/skranke/find", q=numbers[0]),
            page.post("/skranke/liste", q=numbers[0]),
            page.post("/skranke/scan", code=numbers[1]),
            page.post(f"/person/{person}/numre", number=numbers[2], key="page-of-canaries"),
            page.post(f"/person/{person}/numre", number=f"{numbers[2]}9", key="page-of-canary2"),
        ):
            Recorded.keep(answer)
            assert "••••" in answer.text or answer.status_code >= 400 or "panel" in answer.text
    http.cookies.clear()
    assert CANARIES.found == []


def test_the_database_holds_none_in_the_clear(
    sent: dict[int, list[str]],
    doctor: Counter,
    scene: Scene,
    shared_database: Database,
    cluster: Cluster,
    http: TestClient,
    tmp_path: Path,
) -> None:
    """H24: after merge, hand-out and both rotations: dump, backup, data files, WAL, server log."""
    one, two = scene.person(), scene.person()
    merge(doctor, one, two)
    keys = keys_of(http.app.state.settings)
    with psycopg.connect(shared_database.owner_url) as owner:
        for purpose in ("pepper", "cipher"):
            assert rotate(owner, keys, purpose, secrets.token_bytes).rewritten >= 1_000
    CANARIES.look("dump", dumped(shared_database))
    back_up(shared_database.owner_url, tmp_path / "canaries.dump", find_programs(None))
    CANARIES.look_through("backup", tmp_path)
    with psycopg.connect(cluster.superuser_url, autocommit=True) as superuser:
        superuser.execute("CHECKPOINT")
        oid = superuser.execute(
            "SELECT oid FROM pg_database WHERE datname = %s", (shared_database.name,)
        ).fetchone()
    assert oid is not None
    data = cluster.data_dir / "server" / "data"
    CANARIES.look_through("data files", data / "base" / str(oid[0]))
    CANARIES.look_through("write-ahead log", data / "pg_wal")
    CANARIES.look("server log", cluster.log_file.read_bytes())
    CANARIES.look_through("key files", http.app.state.settings.data_dir)
    assert CANARIES.found == []
    assert CANARIES.looked_at["data files"] > 1_000_000
    assert card(one)


def dumped(database: Database) -> bytes:
    """The whole database as plain SQL, bytea as it is."""
    info = psycopg.conninfo.conninfo_to_dict(database.superuser_url)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    environment = child_environment(**{names[key]: str(info[key]) for key in names})
    done = subprocess.run(
        [find_programs(None).path("pg_dump"), "--format=plain", database.name],
        env=environment,
        capture_output=True,
        check=True,
    )
    assert b"person_identifier" in done.stdout
    # Payloads of the ledger are bytea, which a dump spells in hex.
    spelled = re.findall(rb"\\\\x((?:[0-9a-f]{2})+)", done.stdout)
    assert len(spelled) > 1_000
    return done.stdout + b"\n".join(bytes.fromhex(text.decode()) for text in spelled)


def test_the_emergency_list_holds_none(sent: dict[int, list[str]], nurse: Counter) -> None:
    """H24: paper, its text and its metadata, for the very people whose numbers were sent."""
    made = nurse.send("POST", "/emergency-lists", {})
    serial = made.json()["serial"]
    listed = nurse.get(f"/emergency-lists/{serial}").json()
    pdf = base64.b64decode(listed["pdf_base64"])
    assert pdf.startswith(b"%PDF") and listed["rows"] >= PEOPLE
    CANARIES.look("emergency list", pdf)
    assert CANARIES.found == []


def test_the_scanner_finds_one_wherever_it_hides() -> None:
    """A test of the test: planted in each form, a number is found."""
    number = a_number()
    planted = {
        "plain": number.encode(),
        "hyphen": f"x{number[:6]}-{number[6:]}y".encode(),
        "between digits": f"00{number}00".encode(),
        "wide": number.encode("utf-16-le"),
    }
    assert all(CANARIES.in_bytes(data) == {number.encode()} for data in planted.values())
    assert not CANARIES.in_bytes(f"{number[:6]}-••••".encode())
