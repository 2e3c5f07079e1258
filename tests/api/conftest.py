"""The API against a real database: the application in this process, one small clinic per module."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dispensing.app import create_app
from dispensing.settings import load_settings
from tests.clusters import Database
from tests.scene import PASSWORD, Scene

_keys = itertools.count(1)
SEEN = ["birth_date", "photo"]


@dataclass(frozen=True)
class Counter:
    """A signed-in client of the API that speaks in the counter's verbs."""

    http: TestClient
    token: str = field(repr=False)
    today: date

    def send(self, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        if method == "POST":
            headers["Idempotency-Key"] = key or f"test-key-{next(_keys)}"
        return self.http.request(method, f"/api/v1{path}", json=body, headers=headers)

    def order(self, person_id: int, amount_mg: str = "80", **changes: Any) -> dict[str, Any]:
        """Today's whole dose, swallowed here, the right person, not affected."""
        dose = {
            "for_on": self.today.isoformat(),
            "part": 1,
            "amount_mg": amount_mg,
            "how": "supervised",
        }
        return {
            "person_id": person_id,
            "prescription_id": person_id * 10,
            "prescription_version": 1,
            "doses": [dose],
            "identifiers": SEEN,
            "observed": {"affected": False},
        } | changes

    def reserve(self, person_id: int, key: str | None = None, **changes: Any) -> Any:
        return self.send("POST", "/reservations", self.order(person_id, **changes), key)

    def give(self, reservation_id: int, key: str | None = None, **changes: Any) -> Any:
        body = {"identifiers": SEEN, "observed": {"affected": False}} | changes
        return self.send("POST", f"/reservations/{reservation_id}/given", body, key)

    def tell(self, reservation_id: int, what: str, key: str | None = None, **body: Any) -> Any:
        return self.send("POST", f"/reservations/{reservation_id}/{what}", body, key)

    def given(self, person_id: int, **changes: Any) -> int:
        """Reserve and give; answers the reservation's id."""
        reserved = self.reserve(person_id, **changes)
        assert reserved.status_code == 201, reserved.text
        reservation_id = reserved.json()["reservation_id"]
        done = self.give(reservation_id)
        assert done.status_code == 200, done.text
        return reservation_id


@pytest.fixture(scope="module")
def scene(shared_database: Database) -> Iterator[Scene]:
    made = Scene(shared_database.owner_url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def http(
    shared_database: Database, scene: Scene, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("service")
    settings = load_settings({"DISPENSING_DATA_DIR": str(folder)})
    app = create_app(replace(settings, database_url=shared_database.app_url))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def sign_in(http: TestClient, scene: Scene, username: str, counter_id: int | None = 1) -> Counter:
    """A session for one of the scene's staff."""
    body = {"username": username, "password": PASSWORD, "counter_id": counter_id}
    answer = http.post("/api/v1/sessions", json=body)
    assert answer.status_code == 201, answer.text
    return Counter(http, answer.json()["token"], scene.today)


@pytest.fixture(scope="module")
def nurse(http: TestClient, scene: Scene) -> Counter:
    return sign_in(http, scene, "nurse1")


@pytest.fixture(scope="module")
def doctor(http: TestClient, scene: Scene) -> Counter:
    return sign_in(http, scene, "doctor1")
