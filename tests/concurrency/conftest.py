"""A place to contest doses without kills: one database, services with chosen faults, threads."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dispensing.embedded import Cluster
from tests.clusters import Database, clone_database, drop_database
from tests.concurrency.calling import Caller, MemoryJournal
from tests.concurrency.checker import Report, check
from tests.concurrency.final import read_before
from tests.concurrency.fire import CLINIC, PHARMACY, sign_in
from tests.concurrency.history import Operation, fold
from tests.concurrency.processes import Service
from tests.scene import Scene

THREADS = 16
LONGEST_S = 60.0
Act = Callable[[Caller, int], None]


class Place:
    """A clinic and a pharmacy in a database of their own, and what clients wrote down there."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.scene = Scene(database.owner_url)
        self.scene.unit(PHARMACY, "Prøveapoteket", "pharmacy")
        self.today = self.scene.today.isoformat()
        self.superuser = psycopg.connect(database.superuser_url, autocommit=True)
        for connection in (self.superuser, self.scene.connection):
            # A test that waits for ever says nothing: rather an error that names the lock.
            connection.execute("SET lock_timeout = '10s'; SET statement_timeout = '30s'")
        self.before = read_before(self.superuser)
        self.journal = MemoryJournal()
        self.services: dict[tuple[str, ...], Service] = {}
        self._tokens: dict[str, str] = {}
        self._keys = 0

    def open(self, *faults: str) -> Service:
        """The service with these faults, started if need be; it may not listen yet."""
        if faults not in self.services:
            made = Service(self.database.app_url, self.folder, *faults)
            self.services[faults] = made
            made.start()
        return self.services[faults]

    def port(self, *faults: str) -> int:
        service = self.open(*faults)
        service.wait()
        return service.port

    def person(self, **changes: Any) -> int:
        """An ordinary patient, whose dose nobody has taken at any hour of today."""
        with self.scene.connection.transaction():
            person_id = self.scene.person(**{"last_covered_days_ago": 2} | changes)
        earlier = "SELECT reservation_id FROM reservation WHERE person_id = %s"
        self.before |= {row[0] for row in self.superuser.execute(earlier, [person_id])}
        return person_id

    def key(self) -> str:
        self._keys += 1
        return f"{self.database.name}-{self._keys}"

    def caller(
        self,
        *faults: str,
        user: str = "nurse1",
        unit: int = CLINIC,
        port: int | None = None,
        patience_s: float = 30.0,
    ) -> Caller:
        """A client of its own line; ``port`` is another door than the service's own."""
        own = self.port(*faults)
        if user not in self._tokens:
            self._tokens[user] = sign_in(own, user, unit)
        door = ("127.0.0.1", port or own)
        return Caller(
            self._tokens[user],
            unit,
            [door],
            self.journal,
            random.Random(self._keys),
            until=time.monotonic() + patience_s,
        )

    def at_once(self, callers: list[Caller], act: Act) -> None:
        """Let every client do ``act(caller, its number)`` in the same moment."""
        gate = threading.Barrier(len(callers))
        troubles: list[BaseException] = []

        def run(number: int) -> None:
            gate.wait()
            try:
                act(callers[number], number)
            except BaseException as trouble:
                troubles.append(trouble)

        threads = [
            threading.Thread(target=run, args=(number,), daemon=True)
            for number in range(len(callers))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LONGEST_S)
            assert not thread.is_alive(), "a client hangs"
        if troubles:
            raise troubles[0]

    def contest(self, people: list[int], *faults: str) -> None:
        """Sixteen clients of two nurses reserve each dose at once; who gets it gives it."""
        users = ("nurse1", "nurse1b")
        callers = [self.caller(*faults, user=users[n % 2]) for n in range(THREADS)]
        for person in people:
            keys = [(self.key(), self.key()) for _ in callers]

            def act(
                caller: Caller, number: int, person: int = person, keys: list[Any] = keys
            ) -> None:
                told = caller.reserve(keys[number][0], person, self.today)
                if told is not None and told["status"] == 201:
                    reservation_id = told["answer"]["reservation_id"]
                    caller.tell(keys[number][1], "given", person, reservation_id)

            self.at_once(callers, act)

    @property
    def history(self) -> dict[str, Operation]:
        return fold(self.journal.lines)

    def check(self, history: Mapping[str, Operation] | None = None) -> Report:
        """Hold all that was done here so far against every invariant."""
        with self.superuser.transaction():
            return check(self.superuser, history or self.history, self.before)

    def take_out(self, *barriers: str) -> None:
        """Take barriers out of the database for good, as its superuser."""
        for barrier in barriers:
            for statement in BARRIERS[barrier][0]:
                self.superuser.execute(statement)  # type: ignore[call-overload]

    @contextmanager
    def without(self, *barriers: str) -> Iterator[None]:
        """The same for a while."""
        self.take_out(*barriers)
        try:
            yield
        finally:
            for barrier in barriers:
                for statement in BARRIERS[barrier][1]:
                    self.superuser.execute(statement)  # type: ignore[call-overload]

    def close(self) -> None:
        for service in self.services.values():
            service.kill()
        self.scene.close()
        self.superuser.close()


#: How each barrier is taken out, and put back.
BARRIERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "claim": (
        (
            "ALTER TABLE claim DROP CONSTRAINT claim_once",
            "CREATE INDEX claim_plain ON claim (person_id, for_day, part)",
        ),
        (
            "DROP INDEX claim_plain",
            "ALTER TABLE claim ADD CONSTRAINT claim_once PRIMARY KEY (person_id, for_day, part)",
        ),
    ),
    "limit": (
        ("ALTER TABLE person_day DROP CONSTRAINT person_day_limit",),
        ("ALTER TABLE person_day ADD CONSTRAINT person_day_limit CHECK (used_ug <= limit_ug)",),
    ),
    "interval": (
        ("ALTER TABLE claim DROP CONSTRAINT claim_interval",),
        (
            "ALTER TABLE claim ADD CONSTRAINT claim_interval EXCLUDE USING gist"
            " (person_id WITH =, swallow_during WITH &&) WHERE (swallow_during IS NOT NULL)",
        ),
    ),
    "order": (
        ("DROP INDEX ledger_payload_person_order",),
        (
            "CREATE UNIQUE INDEX ledger_payload_person_order ON ledger_payload"
            " (person_id, person_seq) WHERE person_id IS NOT NULL",
        ),
    ),
    "key": (
        ("ALTER TABLE idempotency DROP CONSTRAINT idempotency_pkey",),
        ("ALTER TABLE idempotency ADD PRIMARY KEY (key)",),
    ),
}


@contextmanager
def place_in(cluster: Cluster, template: str, folder: Path) -> Iterator[Place]:
    """A place in a fresh database; its services are killed and the database dropped."""
    database = clone_database(cluster, template)
    made = Place(database, folder)
    try:
        yield made
    finally:
        made.close()
        drop_database(cluster, database)


@pytest.fixture(scope="module")
def place(
    cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """One place for a module."""
    with place_in(cluster, migrated_template, tmp_path_factory.mktemp("place")) as made:
        yield made


@pytest.fixture
def own_place(cluster: Cluster, migrated_template: str, tmp_path: Path) -> Iterator[Place]:
    """A place for one test, which may leave it broken."""
    with place_in(cluster, migrated_template, tmp_path) as made:
        yield made
