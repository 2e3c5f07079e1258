"""Kills, each inside an open transaction where one can be caught.

To be sure, the victim is stopped first (SIGSTOP), then looked at from another connection, and
killed only then: what was open when it stopped is still open when it dies.
"""

from __future__ import annotations

import json
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from dispensing.embedded import Cluster, ensure_cluster
from tests.concurrency.processes import Service, children_of, signal_all

LOOK_FOR_S = 0.6
# The transactions of the service that are open; with an xid they have written already.
OPEN = """
SELECT pid, client_port, backend_xid IS NOT NULL FROM pg_stat_activity
WHERE application_name = 'dispensing' AND xact_start IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: ``open_transactions`` were open in the victim, ``with_writes`` had written."""

    what: str
    at_s: float
    open_transactions: int
    with_writes: int


@dataclass(slots=True)
class Chaos:
    """Kills services, backends and the whole server, and starts them again."""

    cluster: Cluster
    services: list[Service]
    chance: random.Random
    log: Path
    began: float = field(default_factory=time.monotonic)
    kills: list[Kill] = field(default_factory=list)
    _watch: psycopg.Connection[Any] | None = None

    def kill(self, what: str) -> None:
        """Do one kill by name and bring the victim back."""
        {
            "service": self.service,
            "backend": self.backend,
            "backend-ended": self.backend_ended,
            "postgres-all": self.postgres_all,
            "postgres-parent": self.postgres_parent,
            "postgres-immediate": self.postgres_immediate,
        }[what]()

    def ready(self) -> None:
        """Wait until every service listens again: a kill shall meet work, not a start."""
        for service in self.services:
            service.wait()

    def service(self) -> None:
        """kill -9 of a service process while its transactions are open."""
        victim = self.chance.choice(self.services)
        assert victim.process is not None
        pid = victim.process.pid
        found: list[tuple[int, int, bool]] = []
        until = time.monotonic() + LOOK_FOR_S
        while not found and time.monotonic() < until:
            signal_all([pid], signal.SIGSTOP)
            time.sleep(0.005)  # What was on its way to the server arrives.
            ports = _ports_of(pid)
            found = [row for row in self._open() if row[1] in ports]
            if not found:
                signal_all([pid], signal.SIGCONT)
                time.sleep(0.01)
        victim.kill()
        self._note("service", found)
        victim.start()

    def backend(self) -> None:
        """SIGKILL of one backend inside a transaction: the server ends them all and recovers."""
        found = self._stopped_backends(one=True)
        signal_all([row[0] for row in found] or self._some_backend(), signal.SIGKILL)
        self._note("backend", found)
        self._back()

    def backend_ended(self) -> None:
        """pg_terminate_backend inside a transaction: one line dies, the server stays."""
        found: list[tuple[int, int, bool]] = []
        until = time.monotonic() + LOOK_FOR_S
        while not found and time.monotonic() < until:
            found = self._open()[:1]
        if found:
            self._ask("SELECT pg_terminate_backend(%s)", found[0][0])
        self._note("backend-ended", found)

    def postgres_all(self) -> None:
        """SIGKILL of the server and all its children, as when the machine stops."""
        parent = self.cluster.postmaster_pid
        assert parent is not None
        found = self._stopped_backends()
        children = children_of(parent)
        signal_all([parent], signal.SIGKILL)
        signal_all(children, signal.SIGKILL)
        self._note("postgres-all", found)
        self._restart()

    def postgres_parent(self) -> None:
        """SIGKILL of the server's parent process only; the children notice and end."""
        parent = self.cluster.postmaster_pid
        assert parent is not None
        found = self._stopped_backends()
        signal_all([parent], signal.SIGKILL)
        signal_all([row[0] for row in found], signal.SIGCONT)
        self._note("postgres-parent", found)
        self._restart()

    def postgres_immediate(self) -> None:
        """SIGQUIT: the server's own immediate shutdown, with recovery at the next start."""
        parent = self.cluster.postmaster_pid
        assert parent is not None
        found = self._stopped_backends()
        signal_all([parent], signal.SIGQUIT)
        signal_all([row[0] for row in found], signal.SIGCONT)
        self._note("postgres-immediate", found)
        self._restart()

    def _stopped_backends(self, one: bool = False) -> list[tuple[int, int, bool]]:
        """Backends stopped inside a transaction; those stopped between two go on again."""
        until = time.monotonic() + LOOK_FOR_S
        while time.monotonic() < until:
            open_before = self._open()
            if not open_before:
                continue
            chosen = sorted(open_before, key=lambda row: not row[2])[: 1 if one else None]
            pids = {row[0] for row in chosen}
            # A stopped backend may hold an inner lock that looking needs: then it must go on.
            rescue = threading.Timer(1.5, signal_all, [list(pids), signal.SIGCONT])
            rescue.start()
            signal_all(list(pids), signal.SIGSTOP)
            still = [row for row in self._open() if row[0] in pids]
            rescue.cancel()
            signal_all(list(pids - {row[0] for row in still}), signal.SIGCONT)
            if still:
                return still
        return []

    def _some_backend(self) -> list[int]:
        rows = self._ask(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'dispensing' LIMIT 1"
        )
        return [row[0] for row in rows]

    def _open(self) -> list[tuple[int, int, bool]]:
        return [(row[0], row[1], row[2]) for row in self._ask(OPEN)]

    def _ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask from a connection of our own. A stopped backend may hold what the answer needs."""
        for _ in range(2):
            try:
                if self._watch is None or self._watch.closed:
                    self._watch = psycopg.connect(
                        self.cluster.superuser_url,
                        autocommit=True,
                        connect_timeout=3,
                        tcp_user_timeout=2_000,
                        options="-c statement_timeout=1000",
                    )
                return self._watch.execute(sql, values).fetchall()  # type: ignore[arg-type]
            except psycopg.Error:
                self._watch = None
        return []

    def _note(self, what: str, found: list[tuple[int, int, bool]]) -> None:
        at_s = round(time.monotonic() - self.began, 2)
        kill = Kill(what, at_s, len(found), sum(row[2] for row in found))
        self.kills.append(kill)
        with self.log.open("a") as log:
            log.write(json.dumps(asdict(kill)) + "\n")

    def _back(self) -> None:
        """Wait until the server has recovered by itself."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                psycopg.connect(self.cluster.superuser_url, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise RuntimeError("PostgreSQL did not come back")

    def _restart(self) -> None:
        """Start the cluster again through the embedded launcher, as the service itself does."""
        before = self.cluster
        self.cluster = ensure_cluster(before.data_dir)
        before.release()
        self._back()

    def counted(self) -> Counter[str]:
        """How many kills of each kind there were."""
        return Counter(kill.what for kill in self.kills)


def _ports_of(pid: int) -> set[int]:
    """The local TCP ports of a process, from /proc."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = link.readlink().name
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    ports = set()
    for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[9] in inodes:
            ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports
