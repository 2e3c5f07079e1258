"""Runs random outage stories, in one process or in two, and tells what they met."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from unittest import mock

from dispensing.database import open_pool
from dispensing.downtime import lists
from dispensing.people.sessions import SessionLimits
from dispensing.wiring import Wiring
from dosing_rules import load_book
from tests.clusters import Database
from tests.downtime.checker import check
from tests.downtime.stories import Place, Story, place
from tests.scene import Scene

PAIRS = 4


@dataclass
class Report:
    """What a run of stories met and what it found wrong, with the seeds."""

    stories: int = 0
    seconds: float = 0.0
    met: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def text(self) -> str:
        lines = [f"{self.stories} stories in {self.seconds:.0f} s, {len(self.wrong)} found wrong"]
        lines += [f"{count:8}  {name}" for name, count in sorted(self.met.items())]
        return "\n".join(lines + self.wrong[:20])

    def __add__(self, other: Report) -> Report:
        return Report(
            self.stories + other.stories,
            max(self.seconds, other.seconds),
            self.met + other.met,
            self.wrong + other.wrong,
        )


def run_stories(database: Database, first_seed: int, count: int) -> Report:
    """Run ``count`` stories from ``first_seed`` on, a few at a time."""
    # What stands on the paper is the rows; how they look when printed, test_lists asks.
    with mock.patch.object(lists, "sheet_pdf", return_value=b"%PDF of a story"):
        return asyncio.run(_run(database, first_seed, count))


def run_apart(databases: Sequence[Database], first_seed: int, count: int) -> Report:
    """The same stories shared out: a process for each database, which nobody else uses."""
    shares = len(databases)
    begins = [first_seed + count * share // shares for share in range(shares + 1)]
    with ProcessPoolExecutor(shares, mp_context=get_context("spawn")) as processes:
        parts = [
            processes.submit(run_stories, database, begin, end - begin)
            for database, begin, end in zip(databases, begins, begins[1:], strict=False)
        ]
        return sum((part.result() for part in parts), Report())


async def _run(database: Database, first_seed: int, count: int) -> Report:
    scene = Scene(database.owner_url)
    # The stories ask what is recorded, not whether it outlasts a power cut.
    scene.run(f"ALTER DATABASE {database.name} SET synchronous_commit = off")
    pool = await open_pool(database.app_url, min_size=PAIRS, max_size=3 * PAIRS)
    wiring = Wiring(pool, SessionLimits(), partial(load_book), secrets.token_bytes)
    report = Report()
    seeds = iter(range(first_seed, first_seed + count))
    began = time.monotonic()
    pairs = [
        (
            place(scene, 2 + pair, f"Klinik {pair}", "clinic"),
            place(scene, 102 + pair, f"Apotek {pair}", "pharmacy"),
        )
        for pair in range(PAIRS)
    ]

    async def work(clinic: Place, pharmacy: Place) -> None:
        for seed in seeds:
            await _one(Story(seed, wiring, scene, clinic, pharmacy), report)

    try:
        await asyncio.gather(*(work(*pair) for pair in pairs))
    finally:
        report.seconds = time.monotonic() - began
        await pool.close()
        scene.close()
    return report


async def _one(story: Story, report: Report) -> None:
    try:
        await story.run()
        found = check(story)
    except Exception as trouble:
        found = [f"{type(trouble).__name__}: {trouble}"]
        if report.stories < 8:
            raise
    report.stories += 1
    report.met += story.met
    report.wrong += [f"seed {story.seed}: {one}" for one in found]
    _clear(story)


def _clear(story: Story) -> None:
    """The next story of this clinic begins with nobody and no downtime."""
    scene, unit = story.scene, story.clinic.unit_id
    people = list(story.people)
    scene.run("UPDATE person SET ended_on = %s WHERE person_id = ANY (%s)", story.today, people)
    scene.run("DELETE FROM paper_hold WHERE person_id = ANY (%s)", people)
    scene.run(
        "UPDATE downtime SET over_at = coalesce(over_at, now()), left_at = now()"
        " WHERE unit_id = %s AND left_at IS NULL",
        unit,
    )
    scene.run("DELETE FROM day_close WHERE unit_id = %s", unit)
