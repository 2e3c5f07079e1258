"""The service that relies on the simulated provider, and the provider, honest before each test."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from dispensing.app import create_app
from dispensing.settings import load_settings
from tests.api.oidc.desk import ANNE, BACK, NURSE, known
from tests.clusters import Database
from tests.oidc_provider import CLIENT, CLIENT_SECRET, Provider, start_provider
from tests.scene import Scene
from tests.scene_staff import SECRET


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made, stop = start_provider()
    yield made
    stop()


@pytest.fixture(scope="module")
def http(
    shared_database: Database,
    scene: Scene,
    provider: Provider,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("service")
    (folder / "secret.key").write_bytes(SECRET)
    (folder / "oidc").write_text(CLIENT_SECRET)
    settings = load_settings(
        {
            "DISPENSING_DATA_DIR": str(folder),
            "DISPENSING_OIDC_ISSUER": provider.issuer,
            "DISPENSING_OIDC_CLIENT_ID": CLIENT,
            "DISPENSING_OIDC_CLIENT_SECRET_FILE": str(folder / "oidc"),
            "DISPENSING_OIDC_REDIRECT_URI": f"http://testserver{BACK}",
        }
    )
    app = create_app(replace(settings, database_url=shared_database.app_url))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(autouse=True)
def fresh(http: TestClient, provider: Provider, scene: Scene) -> None:
    """An honest provider, nothing known of it yet, Anne known here, nobody signed in."""
    provider.reset()
    party = http.app.state.relying_party  # type: ignore[attr-defined]
    party._discovered, party._keys_at = None, None
    http.cookies.clear()
    scene.run("DELETE FROM staff_session")
    scene.run("DELETE FROM staff_subject")
    known(scene, provider.issuer, ANNE, NURSE)
