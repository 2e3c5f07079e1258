"""H20, H21: random outages with paper. No dose doubled, merged or lost without a doctor being told.

Five hundred stories here; `make outages STORIES=10000` for more. The same checker is shown faults
planted in the service, so that its silence means something.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from dispensing.downtime import back_entry, periods
from dispensing.embedded import Cluster
from tests.clusters import Database, clone_database, drop_database
from tests.downtime.outages import Report, run_apart, run_stories

STORIES = 500
# What a run of this size must have met, or it proves little.
MET = (
    "a contradicting account",
    "a counter reserves before anybody told",
    "a dose shortly before midnight",
    "a dose to somebody, written nowhere on the list",
    "a list is named only later",
    "a watch an hour off",
    "a wrong digit typed",
    "on paper: lost",
    "on paper: more",
    "swallowed twice in truth",
    "the order changed after printing",
    "the pharmacy hands out meanwhile",
    "the right moved after printing",
    "the same person served from two lists",
    "two people type the same row at once",
)


@pytest.fixture
def two(cluster: Cluster, migrated_template: str, database: Database) -> Iterator[list[Database]]:
    """A database for each process."""
    other = clone_database(cluster, migrated_template)
    yield [database, other]
    drop_database(cluster, other)


@pytest.mark.slow
def test_nothing_is_doubled_merged_or_lost(two: list[Database]) -> None:
    """H02, H03, H10, H21"""
    report = run_apart(two, first_seed=1, count=STORIES)
    print(report.text())
    assert report.stories == STORIES
    assert report.wrong == []
    assert [name for name in MET if not report.met[name]] == []


def planted(database: Database) -> Report:
    return run_stories(database, first_seed=1, count=24)


def test_the_checker_sees_a_silent_merge(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H21: a service that shows no conflict is found out."""
    monkeypatch.setattr(back_entry, "disagreements", lambda paper, record: ([], {}))
    found = " ".join(planted(database).wrong)
    assert "no doctor knows" in found and "not shown" in found


def test_the_checker_sees_people_who_are_not_held(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H21: rows that hold nobody are rows that can be lost."""

    async def none(*asked: Any) -> tuple[list[Any], list[Any]]:
        statements, _ = await held(*asked)
        connection = asked[0]
        await connection.execute("DELETE FROM paper_hold WHERE kind = 'row'")
        return statements, []

    held = periods.hold_rows
    monkeypatch.setattr(periods, "hold_rows", none)
    assert planted(database).wrong != []


def test_the_checker_sees_a_day_that_is_not_claimed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H01: a paper dose that claims nothing would be handed out again."""
    monkeypatch.setattr(back_entry, "free_doses", lambda doses, patient: ())
    assert "got a second dose" in " ".join(planted(database).wrong)
