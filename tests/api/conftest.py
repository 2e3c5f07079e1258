"""The API against a real database: the application in this process, one small clinic per module."""

import logging
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from audit.ledger.verify import verify_database
from dispensing.app import create_app
from dispensing.commands.numbers import keys_of
from dispensing.persons.rotation import begin_keys
from dispensing.settings import load_settings
from tests.api.books import books_agree
from tests.api.client import MADE_UP_NUMBER, MARK, Counter, sign_in
from tests.api.closed_days import Closed, Measured
from tests.clusters import Database
from tests.scene import Scene
from tests.scene_staff import SECRET

# Closed days of their own for each test that asks, never two in a row.
_ahead = count(10, 3)


@pytest.fixture(scope="module")
def scene(shared_database: Database, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A small clinic; whatever a module did to it, its books must agree at the end.

    A module that moves rows to another day behind the ledger's back says ``MOVES_DAYS = True``;
    of it only the chains are verified.
    """
    made = Scene(shared_database.owner_url)
    yield made
    if getattr(request.module, "MOVES_DAYS", False):
        assert verify_database(shared_database.auditor_url).sound
    else:
        books_agree(made, shared_database)
    made.close()


def _fingerprint(scene: Scene) -> dict[str, str]:
    """Every table's rows as one hash; sign-ins aside, and sessions, seen by each request."""
    tables = scene.run(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        " AND tablename NOT IN ('staff_session', 'sign_in_attempt')"
    ).fetchall()
    signing_in = {
        "ledger_entry": "WHERE NOT starts_with(kind, 'staff-')",
        "ledger_payload": "WHERE NOT starts_with(kind, 'staff-')",
        "ledger_head": "WHERE purpose = 'clinical'",
    }
    return {
        table: scene.one(
            f"SELECT md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), ''))"
            f" FROM {table} t {signing_in.get(table, '')}"
        )
        for (table,) in tables
    }


@pytest.fixture
def unchanged(scene: Scene) -> Iterator[None]:
    """After the test every table of the database must be as it was before."""
    before = _fingerprint(scene)
    yield
    assert _fingerprint(scene) == before


@pytest.fixture(scope="module")
def http(
    shared_database: Database, scene: Scene, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("service")
    (folder / "secret.key").write_bytes(SECRET)
    settings = load_settings({"DISPENSING_DATA_DIR": str(folder)})
    begin_keys(scene.connection, keys_of(settings), secrets.token_bytes)
    app = create_app(replace(settings, database_url=shared_database.app_url))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def nurse(http: TestClient, scene: Scene) -> Counter:
    return sign_in(http, scene, "nurse1")


@pytest.fixture(scope="module")
def doctor(http: TestClient, scene: Scene) -> Counter:
    return sign_in(http, scene, "doctor1")


@pytest.fixture(scope="module")
def colleague(http: TestClient, scene: Scene) -> Counter:
    """Another nurse of the same unit."""
    return sign_in(http, scene, "nurse1b")


@pytest.fixture(scope="module")
def neighbour(http: TestClient, scene: Scene) -> Counter:
    """A nurse of another unit."""
    if scene.one("SELECT 1 FROM unit WHERE unit_id = 2") is None:
        scene.unit(2, "Nabohuset")
    return sign_in(http, scene, "nurse2", 2)


@pytest.fixture(scope="module")
def next_door(http: TestClient, scene: Scene, neighbour: Counter) -> Counter:
    """The doctor of the other unit."""
    return sign_in(http, scene, "doctor2", 2)


@pytest.fixture(scope="module")
def closed_now(scene: Scene, doctor: Counter, neighbour: Counter) -> Closed:
    """Unit 1 is closed today and tomorrow; unit 2 is open."""
    return Closed(scene, doctor, 0, 2)


@pytest.fixture
def later(scene: Scene, doctor: Counter, neighbour: Counter) -> Closed:
    """One closed day to come, another one for each test."""
    return Closed(scene, doctor, next(_ahead), 1)


@pytest.fixture
def measured(scene: Scene) -> Measured:
    """Somebody of whom nothing goes home: a measure after diversion, until after the closure."""

    def make(**changes: Any) -> int:
        until = scene.today + timedelta(days=500)
        return scene.person(diversion_supervised_until_on=until, valid_to_days=600, **changes)

    return make


@pytest.fixture
def quiet_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """H24: whatever was sent, the log repeats none of it."""
    with caplog.at_level(logging.DEBUG):
        yield
    assert MARK not in caplog.text
    assert MADE_UP_NUMBER not in caplog.text
