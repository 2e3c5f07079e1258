"""`make outages STORIES=10000`: random outages, fresh databases, what they met, 1 when wrong."""

from __future__ import annotations

import argparse
import random
import sys

from dispensing.database import migrate
from tests.clusters import clone_database, end_cluster, new_cluster
from tests.downtime.outages import run_apart

PROCESSES = 2
AT_ONCE = 4_000


def main() -> int:
    """Run as many stories as asked for; the seed is printed and can be given again."""
    parser = argparse.ArgumentParser(prog="python -m tests.downtime", description=__doc__)
    parser.add_argument("--stories", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    cluster = new_cluster()
    migrate(cluster.owner_url)
    wrong = 0
    try:
        for first in range(0, asked.stories, AT_ONCE):
            count = min(AT_ONCE, asked.stories - first)
            databases = [clone_database(cluster, "dispensing") for _ in range(PROCESSES)]
            report = run_apart(databases, asked.seed + first, count)
            print(report.text(), flush=True)
            wrong += len(report.wrong)
    finally:
        end_cluster(cluster)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
