"""`python -m benchmarks.emergency_list`: a list of 250 people, from the first query to the PDF.

Loads facts, asks the rules for everybody, freezes the rows, prints. The bar is two seconds.
"""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from functools import partial

from dispensing.database import migrate, open_pool
from dispensing.downtime.lists import prepare
from dispensing.people.sessions import SessionLimits
from dispensing.wiring import Wiring
from dosing_rules import load_book
from tests.clusters import end_cluster, new_cluster
from tests.scene import Scene

PEOPLE, RUNS, BAR_S = 250, 9, 2.0


def main() -> None:
    """Print the median and the longest of nine lists, and the size of one."""
    cluster = new_cluster()
    try:
        migrate(cluster.owner_url)
        scene = Scene(cluster.owner_url)
        for number in range(PEOPLE):
            missed = 3 if number % 10 == 0 else 1
            scene.person(1, name=("P", f"Ærø-Holm {number}"), last_covered_days_ago=missed)
        scene.close()
        seconds, size, pages = asyncio.run(_lists(cluster.app_url))
    finally:
        end_cluster(cluster)
    print(
        f"{PEOPLE} people: median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s"
        f" (bar {BAR_S} s), {size / 1000:.0f} kB, {pages} rows"
    )


async def _lists(url: str) -> tuple[list[float], int, int]:
    pool = await open_pool(url)
    wiring = Wiring(pool, SessionLimits(), partial(load_book), secrets.token_bytes)
    seconds: list[float] = []
    async with pool.connection() as connection:
        for _ in range(RUNS):
            began = time.perf_counter()
            made, _, _ = await prepare(connection, wiring, 1, None, None)
            seconds.append(time.perf_counter() - began)
            await connection.commit()
    await pool.close()
    return seconds, len(made.pdf), len(made.rows)


if __name__ == "__main__":
    main()
