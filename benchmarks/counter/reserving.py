"""Reserve over HTTP, beside pgbench running the same statements with as many clients."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path

from benchmarks.bars import Bar, Result
from benchmarks.counter import pgbench
from benchmarks.counter.client import apart, closed_loop, post
from benchmarks.counter.clinic import Clinic, build, keep_signed_in
from benchmarks.counter.server import served
from benchmarks.counter.statements import PIPELINED, PLAIN, frozen
from benchmarks.timing import percentile, ratio
from dispensing.embedded import Cluster

SHARE = 0.40
CLIENTS = (8, 32)
WORKERS = 2
# The peer runs longer, so that preparing its statements counts for little.
PEER_TIMES = 2
# The claims of a fortnight, which is what the facts of one person hold.
HISTORY_DAYS = 14
FIRST_FREE_ID = 500_000_000


class People:
    """Hands out ranges of people nobody has used, so that no reservation is ever refused."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic, self._next = clinic, 0

    def take(self, count: int) -> int:
        """The first of ``count`` fresh people."""
        first, self._next = self._next, self._next + count
        if self._next > self._clinic.people:
            raise SystemExit("the clinic has too few people for this benchmark")
        return first


def reserving(cluster: Cluster, template: str, rounds: int, each: int) -> Result:
    """``rounds`` turns of each way at each number of clients, ``each`` reservations a turn."""
    needed = 2000 + rounds * len(CLIENTS) * (1 + 2 * PEER_TIMES) * each
    clinic = build(cluster, template, people=needed, days=HISTORY_DAYS)
    people = People(clinic)
    folder = Path(tempfile.mkdtemp(prefix="dispensing-bench-"))
    scripts = asyncio.run(frozen(clinic, people.take(1), folder))
    program = pgbench.program(cluster)
    http: dict[int, list[float]] = {clients: [] for clients in CLIENTS}
    plain: dict[int, list[float]] = {clients: [] for clients in CLIENTS}
    piped: dict[int, list[float]] = {clients: [] for clients in CLIENTS}
    latencies: dict[int, list[float]] = {clients: [] for clients in CLIENTS}
    cpu = 0.0
    with served(clinic.database.app_url, WORKERS) as port:
        keep_signed_in(clinic.database)
        _warm(port, clinic, people)
        for _ in range(rounds):
            for clients in CLIENTS:
                measured = apart(
                    closed_loop, port, clients, _requests(clinic, people.take(each), each)
                )
                if set(measured.statuses["request"]) != {201}:
                    raise SystemExit(f"not all were reserved: {measured.statuses}")
                http[clients].append(each / measured.seconds)
                latencies[clients] += measured.latencies["request"]
                cpu += measured.client_cpu / measured.seconds
                for rates, name in ((plain, PLAIN), (piped, PIPELINED)):
                    rate = pgbench.run(
                        program,
                        clinic.database.app_url,
                        scripts[name],
                        clients=clients,
                        transactions=PEER_TIMES * each,
                        first=people.take(PEER_TIMES * each),
                        reservation=FIRST_FREE_ID,
                    )
                    rates[clients].append(rate.per_second)
    return _result(http, plain, piped, latencies, cpu / (rounds * len(CLIENTS)))


def _warm(port: int, clinic: Clinic, people: People) -> None:
    """Both workers have loaded the book and prepared their statements."""
    apart(closed_loop, port, 32, _requests(clinic, people.take(1000), 1000))


def _requests(clinic: Clinic, first: int, count: int) -> list[bytes]:
    return [
        post(
            b"/api/v1/reservations",
            clinic.token_of(number),
            f"reserve-{number}",
            clinic.order(number),
        )
        for number in range(first, first + count)
    ]


def _result(
    http: dict[int, list[float]],
    plain: dict[int, list[float]],
    piped: dict[int, list[float]],
    latencies: dict[int, list[float]],
    cpu: float,
) -> Result:
    bars = [
        Bar(
            f"reserve over HTTP, {clients} clients, beside pgbench",
            100 * ratio(http[clients], plain[clients]),
            100 * SHARE,
            "% of pgbench",
            at_least=True,
        )
        for clients in CLIENTS
    ]
    figures = {
        f"{clients} clients": {
            "http_per_second": round(statistics.median(http[clients])),
            "pgbench_per_second": round(statistics.median(plain[clients])),
            "pgbench_pipelined_per_second": round(statistics.median(piped[clients])),
            "share_of_pipelined": round(ratio(http[clients], piped[clients]), 3),
            "http_p50_ms": round(percentile(latencies[clients], 0.5) * 1000, 1),
            "http_p99_ms": round(percentile(latencies[clients], 0.99) * 1000, 1),
        }
        for clients in CLIENTS
    }
    return Result("reserve", bars, figures | {"client_cpu_share": round(cpu, 2)})
