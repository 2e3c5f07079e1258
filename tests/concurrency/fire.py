"""The fire: service and PostgreSQL under contest, cuts and kills, and then the checker.

Two service processes before one cluster with fsync on, as two counters of a clinic and a pharmacy
would use them; at least sixteen client processes that want the same doses in the same moment; doors
that cut lines; kills of services, backends and the whole server inside open transactions; clients
that die and go on from their own journal. ``python -m tests.concurrency --help`` runs it at length.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psycopg

from dispensing.database import migrate
from tests.clusters import end_cluster, new_cluster
from tests.concurrency.chaos import Chaos, Kill
from tests.concurrency.checker import Report, check
from tests.concurrency.client import Queue
from tests.concurrency.final import read_before
from tests.concurrency.history import Operation, read_history
from tests.concurrency.linear import TAKEN
from tests.concurrency.processes import Service, free_port, start, wait_for_port
from tests.scene import PASSWORD, Scene

CLINIC, PHARMACY = 1, 2
#: Who sits where: user name, unit. Clients are dealt round; a name may have several sessions.
SEATS = (
    ("nurse1", CLINIC),
    ("nurse1b", CLINIC),
    ("pharmacist2", PHARMACY),
    ("doctor1", CLINIC),
)
# Every kind once before any comes again.
KILLS = (
    "service",
    "backend-ended",
    "postgres-all",
    "client",
    "backend",
    "postgres-immediate",
    "postgres-parent",
    "service",
    "backend-ended",
    "client",
    "service",
    "backend-ended",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How big a fire. It lasts as long as the doses take; after ``limit_s`` clients give up."""

    doses: int = 60
    clients: int = 16
    limit_s: float = 150.0
    kills: int = len(KILLS)
    seed: int = 7
    cut_chance: float = 0.03
    hang_up: float = 0.02
    give_up: float = 0.15


@dataclass(frozen=True, slots=True)
class Burnt:
    """What is left after a fire."""

    plan: Plan
    seconds: float
    kills: tuple[Kill, ...]
    client_crashes: int
    cuts: Counter[str]
    history: Mapping[str, Operation]
    report: Report

    @property
    def kills_inside(self) -> int:
        """Kills that hit at least one open transaction."""
        return sum(kill.open_transactions > 0 for kill in self.kills)

    def attempts(self) -> Counter[int]:
        """How often somebody tried to reserve each dose."""
        return Counter(
            one.person_id
            for one in self.history.values()
            for _ in range(max(one.sent, 1))
            if one.verb == "reserve"
        )

    def refusals(self) -> Counter[int]:
        """How often somebody was told that the dose is taken."""
        return Counter(
            one.person_id
            for one in self.history.values()
            if one.verb == "reserve" and TAKEN & set(one.answer.get("blocking", ()))
        )

    def __str__(self) -> str:
        attempts, refusals = self.attempts(), self.refusals()
        inside = [kill for kill in self.kills if kill.open_transactions]
        doses = {one.person_id for one in self.history.values()}
        statuses = Counter(one.status for one in self.history.values())
        unclear = Counter(code for one in self.history.values() for code in one.unclear)
        lines = [
            f"plan: {json.dumps(asdict(self.plan))}",
            f"{self.seconds:9.1f}  seconds",
            f"{len(self.kills):>9,}  kills {dict(Counter(kill.what for kill in self.kills))}",
            f"{len(inside):>9,}  of them inside open transactions",
            f"{sum(kill.open_transactions for kill in inside):>9,}  transactions open when killed",
            f"{sum(kill.with_writes for kill in inside):>9,}  of them had written already",
            f"{self.client_crashes:>9,}  client processes killed and started again",
            f"{self.cuts.total():>9,}  lines cut by the doors {dict(self.cuts)}",
            f"{attempts.total():>9,}  tries to reserve, at least"
            f" {min((attempts[one] for one in doses), default=0)} for each dose",
            f"{refusals.total():>9,}  told that the dose is taken, at least"
            f" {min((refusals[one] for one in doses), default=0)} for each dose",
            f"           statuses {_sorted(statuses)}; to be repeated {_sorted(unclear)}",
            str(self.report),
        ]
        return "\n".join(lines)


def _sorted(counter: Counter[Any]) -> dict[str, int]:
    return {str(key): count for key, count in sorted(counter.items(), key=str)}


def burn(plan: Plan, folder: Path, kept: Path | None = None) -> Burnt:
    """Run one fire in ``folder`` and check what is left; ``kept`` gets journals and the log."""
    began = time.monotonic()
    cluster = new_cluster()
    chaos: Chaos | None = None
    running: list[subprocess.Popen[bytes]] = []
    services = [Service(cluster.app_url, folder) for _ in range(2)]
    try:
        migrate(cluster.owner_url)
        for service in services:
            service.start()
        people, today = _scene(cluster.owner_url, plan)
        url = cluster.url("postgres", "dispensing")
        with psycopg.connect(url) as connection:
            before = read_before(connection)
        for service in services:
            service.wait()
        doors = [("127.0.0.1", service.port) for service in services]
        doors += [_door(service.port, plan, folder, running) for service in services]
        crowd = Crowd(plan, folder, people, today, doors)
        chaos = Chaos(cluster, services, random.Random(plan.seed), folder / "kills.jsonl")
        running += crowd.processes
        crashes = _rage(plan, chaos, crowd)
        running += crowd.processes
        history = read_history(folder)
        with psycopg.connect(url) as connection:
            report = check(connection, history, before)
        cuts = folder / "cuts.log"
        return Burnt(
            plan,
            round(time.monotonic() - began, 1),
            tuple(chaos.kills),
            crashes,
            Counter(cuts.read_text().split() if cuts.exists() else []),
            history,
            report,
        )
    finally:
        for process in [*running, *(one.process for one in services if one.process)]:
            process.kill()
            process.wait()
        end_cluster(chaos.cluster if chaos is not None else cluster)
        if kept is not None:
            shutil.copytree(folder, kept, dirs_exist_ok=True)


def _scene(owner_url: str, plan: Plan) -> tuple[list[int], str]:
    """A clinic and a pharmacy; every third person may get the dose at the pharmacy only.

    Of those every second one by a supply order: the right lies at the clinic, the day there.
    """
    scene = Scene(owner_url)
    try:
        with scene.connection.transaction():
            scene.unit(PHARMACY, "Prøveapoteket", "pharmacy")
            people = [
                scene.person(
                    right_holder=PHARMACY if number % 6 == 2 else CLINIC, last_covered_days_ago=2
                )
                for number in range(plan.doses)
            ]
            for person in people[5::6]:
                scene.run(
                    "INSERT INTO supply_day (supply_id, person_id, day, from_unit_id, unit_id,"
                    " decided_by, decided_at) SELECT 1, %s, %s::date + n, %s, %s, 11, now()"
                    " FROM generate_series(-1, 1) AS n",
                    *(person, scene.today, CLINIC, PHARMACY),
                )
        return people, scene.today.isoformat()
    finally:
        scene.close()


def _door(
    port: int, plan: Plan, folder: Path, running: list[subprocess.Popen[bytes]]
) -> tuple[str, int]:
    own = free_port()
    log = str(folder / "cuts.log")
    process = start("proxy", str(own), str(port), str(plan.seed), str(plan.cut_chance), log)
    running.append(process)
    wait_for_port(own, process)
    return "127.0.0.1", own


def sign_in(port: int, username: str, counter_id: int) -> str:
    """A session token from the service."""
    body = {"username": username, "password": PASSWORD, "counter_id": counter_id}
    request = Request(
        f"http://127.0.0.1:{port}/api/v1/sessions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=30) as answer:
        return str(json.load(answer)["token"])


class Crowd:
    """The client processes."""

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        people: list[int],
        today: str,
        doors: list[tuple[str, int]],
    ) -> None:
        self.folder = folder
        tokens = [sign_in(doors[0][1], *seat) for seat in SEATS]
        self.until = time.monotonic() + plan.limit_s
        self.queue = Queue.make(folder, plan.clients)
        for number in range(plan.clients):
            (staff, unit), token = SEATS[number % len(SEATS)], tokens[number % len(SEATS)]
            turned = doors[number % len(doors) :] + doors[: number % len(doors)]
            config = {
                "number": number,
                "folder": str(folder),
                "token": token,
                "staff": staff,
                "unit": unit,
                "doors": turned,
                "clients": plan.clients,
                "doses": people,
                "today": today,
                "seed": plan.seed,
                "hang_up": plan.hang_up,
                "give_up": plan.give_up,
                "until": self.until,
            }
            self._config(number).write_text(json.dumps(config))
        self.processes = [self._start(number) for number in range(plan.clients)]

    def _config(self, number: int) -> Path:
        return self.folder / f"config-{number}.json"

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        with (self.folder / f"client-{number}.log").open("ab") as log:
            return start("client", str(self._config(number)), log=log)

    def running(self) -> list[int]:
        return [n for n, process in enumerate(self.processes) if process.poll() is None]

    def progress(self) -> float:
        """The mean number of doses that clients have behind them."""
        return sum(self.queue.places()) / self.queue.clients

    def crash(self, chance: random.Random) -> None:
        """Kill one client and start it again; it knows only what it wrote down."""
        number = chance.choice(self.running())
        self.processes[number].kill()
        self.processes[number].wait()
        self.processes[number] = self._start(number)

    def failed(self) -> list[str]:
        """What clients said that ended in an error of their own."""
        return [
            (self.folder / f"client-{number}.log").read_text()[-2_000:]
            for number, process in enumerate(self.processes)
            if process.returncode != 0
        ]


def _rage(plan: Plan, chaos: Chaos, crowd: Crowd) -> int:
    """Kill by plan while clients run, and wait for them; returns how many clients were killed."""
    order = [KILLS[number % len(KILLS)] for number in range(plan.kills)]
    crashes = 0
    for number, what in enumerate(order):
        # All within the first half: the last one, too, must find the doses contested, and the
        # clients get on while what was killed before comes back.
        due = (number + 0.3) * plan.doses / 2 / len(order)
        while crowd.progress() < due and time.monotonic() < crowd.until and crowd.running():
            time.sleep(0.02)
        if not crowd.running():
            break
        if what == "client":
            crowd.crash(chaos.chance)
            crashes += 1
        else:
            chaos.kill(what)
            chaos.ready()
    for process in crowd.processes:
        process.wait(timeout=max(1.0, crowd.until + 30 - time.monotonic()))
    if crowd.failed():
        raise RuntimeError("a client ended in an error:\n" + "\n".join(crowd.failed()))
    return crashes
