"""What every test may use: a cluster of its own, databases cloned from a migrated one, Chromium.

`database` gives a test a database of its own (about 50 ms); `shared_database` gives a module one
for all its tests, which is cheaper where they do not disturb each other.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator

import hypothesis
import pytest

from dispensing.database import migrate
from dispensing.embedded import Cluster
from tests.canaries import CANARIES, Canaries, Listening
from tests.clusters import Database, clone_database, drop_database, end_cluster, new_cluster

hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("night", deadline=None, max_examples=2_000)
hypothesis.settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "default")
)

CHROMIUM_PLACES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session", autouse=True)
def canaries() -> Iterator[Canaries]:
    """H24: no number that a test sent comes out in a log or in anything registered."""
    listening = Listening(logging.DEBUG)
    logging.getLogger().addHandler(listening)
    yield CANARIES
    logging.getLogger().removeHandler(listening)
    assert CANARIES.found == []


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The cluster of this test run."""
    made = new_cluster()
    yield made
    end_cluster(made)


@pytest.fixture(scope="session")
def migrated_template(cluster: Cluster) -> str:
    """The name of a database at the newest migration, empty, to be cloned."""
    migrate(cluster.owner_url)
    return "dispensing"


@pytest.fixture
def database(cluster: Cluster, migrated_template: str) -> Iterator[Database]:
    """A migrated, empty database for one test."""
    made = clone_database(cluster, migrated_template)
    yield made
    drop_database(cluster, made)


@pytest.fixture(scope="module")
def shared_database(cluster: Cluster, migrated_template: str) -> Iterator[Database]:
    """A migrated, empty database for all tests of a module."""
    made = clone_database(cluster, migrated_template)
    yield made
    drop_database(cluster, made)


def chromium_path() -> str | None:
    """The machine's own Chromium; none is downloaded."""
    chosen = os.environ.get("DISPENSING_CHROMIUM")
    if chosen:
        return chosen
    return next((found for name in CHROMIUM_PLACES if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Chromium, for `playwright.chromium.launch(executable_path=...)`."""
    found = chromium_path()
    assert found is not None, "browser tests need Chromium (.ci/run installs it)"
    return found


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without Chromium the browser tests fail in CI, and elsewhere are skipped, said loudly."""
    # Last: Playwright keeps an event loop running in this thread, and other tests run their own.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    browser_tests = [item for item in items if item.get_closest_marker("browser")]
    if not browser_tests or chromium_path() is not None:
        return
    config.stash[_without_browser] = len(browser_tests)
    if os.environ.get("CI"):
        return  # They run and fail on the fixture `chromium`.
    for item in browser_tests:
        item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


_without_browser = pytest.StashKey[int]()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    count = config.stash.get(_without_browser, 0)
    if count:
        terminalreporter.section("BROWSER TESTS DID NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line(
            f"{count} tests need Chromium, which this machine does not have. The pages are"
            " UNTESTED in this run. Install Chromium (package `chromium`), or set"
            " DISPENSING_CHROMIUM to its path."
        )
