"""`make bench`: run every benchmark, or those named, and compare with the bars.

Names: check, morning, ledger-verify, replay, audit-year, reserve, hand-out, first-hour, growth;
only when named: compiled, which fetches a compiler of Python, and audit-growth, which makes ledgers
of 10^5 to 10^7 entries. `--short` takes small sizes, to see that everything works; its figures
mean little. GROWTH=10000000 measures growth in full.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks import bars, report
from benchmarks.bars import Result
from dispensing.embedded import Cluster

NAMES = (
    *("check", "morning", "ledger-verify", "replay", "audit-year"),
    *("reserve", "hand-out", "first-hour", "growth"),
)
WHEN_NAMED = ("compiled", "audit-growth")


def main() -> int:
    """Run what was asked for; 1 when one could not be measured or, with --strict, was missed."""
    asked = _arguments()
    about = bars.machine() | {"short": asked.short}
    if about["load_before"] > 0.7:
        print(f"the machine is busy (load {about['load_before']}): figures will be noisy")
    results: list[Result] = []
    runs = _in_memory(asked) | _served(asked)
    broken: list[str] = []
    for name in asked.names or NAMES:
        print(f"--- {name}", flush=True)
        began = time.monotonic()
        try:
            result = runs[name]()
        except SystemExit as trouble:
            # One that cannot be measured says why, and the others still are.
            print(f"{name} could not be measured: {trouble}", file=sys.stderr)
            broken.append(name)
            continue
        result.seconds = time.monotonic() - began
        bars.write(result)
        results.append(result)
    all_met = bars.show(results)
    if not asked.short:
        bars.write_summary(about, results)
        report.render()
    return 1 if broken or (asked.strict and not all_met) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, *WHEN_NAMED, []], metavar="NAME")
    parser.add_argument("--short", action="store_true", help="small sizes, nothing is kept")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a bar is missed")
    parser.add_argument(
        "--growth",
        type=int,
        default=int(os.environ.get("GROWTH") or 1_000_000),
        help="rows of history in the large database (also GROWTH=...)",
    )
    return parser.parse_args()


def _in_memory(asked: argparse.Namespace) -> dict[str, Callable[[], Result]]:
    def check() -> Result:
        from benchmarks.check.compare import compare

        return compare(2_000 if asked.short else 12_000)

    def morning() -> Result:
        from benchmarks.morning import morning as run

        return run()

    def compiled() -> Result:
        from benchmarks.check.compiled import compiled as run

        return run(2_000 if asked.short else 100_000)

    def ledger_verify() -> Result:
        from benchmarks.ledger_verify import ledger_verify as run

        return run(50_000 if asked.short else 1_000_000)

    runs = {"check": check, "morning": morning, "compiled": compiled}
    return runs | {"ledger-verify": ledger_verify}


def _served(asked: argparse.Namespace) -> dict[str, Callable[[], Result]]:
    """Each on a cluster of its own: what one leaves behind costs the next nothing."""
    short = asked.short

    def reserve() -> Result:
        from benchmarks.counter.reserving import reserving

        with _cluster() as (cluster, template):
            return reserving(cluster, template, *((1, 800) if short else (3, 2_400)))

    def hand_out() -> Result:
        from benchmarks.counter.handing_out import handing_out

        with _cluster() as (cluster, template):
            return handing_out(cluster, template, 8 if short else 60)

    def first_hour() -> Result:
        from benchmarks.counter.first_hour import first_hour as run

        with _cluster() as (cluster, template):
            people, days = (300, 40) if short else (1_500, 365)
            return run(cluster, template, people=people, days=days, seconds=15 if short else 60)

    def growth() -> Result:
        from benchmarks.counter.growing import growing

        with _cluster() as (cluster, template):
            rows = min(asked.growth, 400_000) if short else asked.growth
            return growing(cluster, template, rows, 2 if short else 15)

    def replay() -> Result:
        from benchmarks.replay import replay as run

        with _cluster() as (cluster, template):
            return run(cluster, template, *((120, 60) if short else (1_500, 365)))

    def audit_year() -> Result:
        from benchmarks.audit_year import audit_year as run

        with _cluster() as (cluster, template):
            return run(cluster, template, *((120, 60, 2) if short else (1_500, 365, 5)))

    def audit_growth() -> Result:
        from benchmarks.audit_year import audit_growth as run

        sizes = [("10^5", 1), ("10^6", 2 if short else 10), ("10^7", 2 if short else 10)]
        with _cluster() as (cluster, template):
            return run(cluster, template, sizes)

    runs = {"replay": replay, "audit-year": audit_year, "reserve": reserve, "hand-out": hand_out}
    return runs | {"first-hour": first_hour, "growth": growth, "audit-growth": audit_growth}


@contextmanager
def _cluster() -> Iterator[tuple[Cluster, str]]:
    from dispensing.database import migrate
    from tests.clusters import end_cluster, new_cluster

    cluster = new_cluster()
    try:
        migrate(cluster.owner_url)
        yield cluster, "dispensing"
    finally:
        end_cluster(cluster)


if __name__ == "__main__":
    sys.exit(main())
