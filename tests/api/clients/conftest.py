"""A clinic that sends people to a pharmacy, and the pharmacy's own system."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from dispensing.app import create_app
from dispensing.clients.limits import Buckets
from dispensing.settings import load_settings
from tests.api.clients.machine import PHARMACY, Machine, registered
from tests.clusters import Database
from tests.scene import Scene
from tests.scene_staff import SECRET


@pytest.fixture(scope="module")
def http(
    shared_database: Database, scene: Scene, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("service")
    (folder / "secret.key").write_bytes(SECRET)
    settings = load_settings(
        {"DISPENSING_DATA_DIR": str(folder), "DISPENSING_CLIENT_CERT_HEADER": "X-Client-Cert"}
    )
    scene.unit(PHARMACY, "Apoteket", "pharmacy")
    app = create_app(replace(settings, database_url=shared_database.app_url))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(autouse=True)
def patient(http: TestClient) -> None:
    """Full buckets before each test; what they hold is tried where it is meant."""
    limits = http.app.state.machines.limits  # type: ignore[attr-defined]
    limits.calls, limits.tokens = Buckets(60_000, 10_000), Buckets(60_000, 10_000)
    http.cookies.clear()


@pytest.fixture(scope="module")
def pharmacy(http: TestClient, scene: Scene) -> Machine:
    """The pharmacy's system, with every scope there is for it."""
    return registered(http, scene, "apotek-elmen")
