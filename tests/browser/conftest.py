"""The real service and a real Chromium: uvicorn in a process of its own, one clinic per module."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from dispensing.commands.numbers import keys_of
from dispensing.persons.rotation import begin_keys
from dispensing.settings import load_settings
from tests.browser.desk import Desk
from tests.clusters import Database
from tests.scene import Scene
from tests.scene_staff import SECRET

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 8_000
START_PATIENCE_S = 90


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def scene(shared_database: Database) -> Iterator[Scene]:
    made = Scene(shared_database.owner_url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def service(
    shared_database: Database, scene: Scene, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a running service on the module's database."""
    folder = tmp_path_factory.mktemp("service")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "secret.key").write_bytes(SECRET)
    settings = load_settings({"DISPENSING_DATA_DIR": str(folder)})
    begin_keys(scene.connection, keys_of(settings), secrets.token_bytes)
    environment = os.environ | {
        "DATABASE_URL": shared_database.app_url,
        "DISPENSING_DATA_DIR": str(folder),
    }
    command = ["uvicorn", "dispensing.app:create_app", "--factory", "--port", str(port)]
    command += ["--log-level", "warning", "--timeout-graceful-shutdown", "1"]
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", *command], cwd=ROOT, env=environment, stdout=log, stderr=log
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process, folder / "log")
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    # A start costs seconds of CPU, and other tests run beside it.
    until = time.monotonic() + START_PATIENCE_S
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{address}/log-ind", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Of one module: while Playwright runs, no other file of this process may run an event loop."""
    with sync_playwright() as playwright:
        # A container's root may not use Chromium's own sandbox.
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, service: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=service)
    context.set_default_timeout(PATIENCE_MS)
    made = context.new_page()
    wrong: list[str] = []
    made.on("pageerror", lambda error: wrong.append(str(error)))
    # What the strict content policy refuses appears here and nowhere else.
    made.on(
        "console",
        lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None,
    )
    yield made
    context.close()
    assert not wrong, wrong


@pytest.fixture
def desk(page: Page, service: str) -> Desk:
    return Desk(page, service)
