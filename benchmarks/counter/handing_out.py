"""Hand-outs at a given rate, whether or not the service keeps up: p99 at a hundred a second."""

from __future__ import annotations

import random

from benchmarks.bars import Bar, Result
from benchmarks.counter.client import Measured, Visit, apart, open_loop
from benchmarks.counter.clinic import FIRST_PERSON, GIVING, Clinic, build, keep_signed_in
from benchmarks.counter.server import served
from benchmarks.timing import percentile
from dispensing.embedded import Cluster

PER_SECOND, BAR_MS, SEED = 100, 50.0, 11
WORKERS, HISTORY_DAYS, WARM = 2, 14, 300


def handing_out(cluster: Cluster, template: str, seconds: int) -> Result:
    """``seconds`` of a hundred hand-outs a second (reserve and give), arriving at random."""
    clinic = build(cluster, template, people=WARM + PER_SECOND * (seconds + 2), days=HISTORY_DAYS)
    chance = random.Random(SEED)
    with served(clinic.database.app_url, WORKERS) as port:
        keep_signed_in(clinic.database)
        apart(open_loop, port, visits(clinic, 0, arrivals(chance, 60, WARM / 60)), GIVING, "warm")
        moments = arrivals(chance, PER_SECOND, seconds)
        measured = apart(open_loop, port, visits(clinic, WARM, moments), GIVING, "run")
    requests = measured.latencies["reserve"] + measured.latencies["give"]
    p99_ms = percentile(requests, 0.99) * 1000
    return Result(
        "hand-out",
        [
            Bar(
                "p99 of a request at 100 hand-outs a second",
                p99_ms,
                BAR_MS,
                "ms",
                at_least=False,
            )
        ],
        {
            "seconds": seconds,
            "hand_outs_per_second": round(len(measured.latencies["give"]) / measured.seconds, 1),
            "client_cpu_share": round(measured.client_cpu / measured.seconds, 2),
        }
        | figures(measured),
    )


def arrivals(chance: random.Random, per_second: float, seconds: float) -> list[float]:
    """Moments of a Poisson process, in seconds from the start."""
    moments, at = [], chance.expovariate(per_second)
    while at < seconds:
        moments.append(at)
        at += chance.expovariate(per_second)
    return moments


def visits(clinic: Clinic, first: int, moments: list[float]) -> list[Visit]:
    """One fresh person for each moment."""
    if first + len(moments) > clinic.people:
        moments = moments[: clinic.people - first]
    return [
        Visit(at, clinic.token_of(number), clinic.order(number), FIRST_PERSON + number)
        for number, at in enumerate(moments, first)
    ]


def figures(measured: Measured) -> dict[str, object]:
    """Latencies in ms by kind of request, and what was answered."""
    return {
        "ms": {
            kind: {
                "p50": round(percentile(taken, 0.5) * 1000, 1),
                "p99": round(percentile(taken, 0.99) * 1000, 1),
                "max": round(max(taken) * 1000, 1),
            }
            for kind, taken in measured.latencies.items()
        },
        "answers": {
            kind: {str(status): count for status, count in sorted(statuses.items())}
            for kind, statuses in measured.statuses.items()
        },
        "refused_for": dict(measured.refused_for.most_common()),
    }
