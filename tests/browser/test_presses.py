"""What a nurse with a queue pays for each kind of patient: presses counted, seconds printed (-s).

The presses are promises and asserted; the seconds are the machine's of today and only printed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.browser.desk import SETTLED_MS, Desk
from tests.scene import Scene


@dataclass
class Ledger:
    """What each kind of patient took."""

    rows: list[tuple[str, int, float]] = field(default_factory=list)

    def told(self) -> str:
        lines = [f"{'patient':<42} presses  seconds of system time"]
        lines += [f"{who:<42} {presses:>7}  {seconds:.2f}" for who, presses, seconds in self.rows]
        return "\n".join(lines)


@pytest.fixture(scope="module")
def paid() -> Iterator[Ledger]:
    kept = Ledger()
    yield kept
    print("\n" + kept.told())


@pytest.fixture
def count(desk: Desk, paid: Ledger) -> Callable[[str, Callable[[], None]], int]:
    """Runs one patient from the scan on; answers the presses, keeps the seconds.

    System time leaves out the half second in which a fresh button takes no press.
    """

    def run(who: str, patient: Callable[[], None]) -> int:
        desk.presses, began = 0, time.perf_counter()
        patient()
        waited = desk.presses * SETTLED_MS / 1000
        paid.rows.append((who, desk.presses, time.perf_counter() - began - waited))
        return desk.presses

    return run


@pytest.fixture(autouse=True)
def at_the_counter(desk: Desk) -> None:
    desk.sign_in()
    desk.page.goto("/skranke")


def test_the_ordinary_patient_is_one_scan_and_two_presses(
    desk: Desk, scene: Scene, count: Callable[[str, Callable[[], None]], int]
) -> None:
    person = scene.person()

    def patient() -> None:
        desk.open(person)
        desk.enter("reserved")
        desk.enter("given")

    assert count("ordinary, swallowed here", patient) == 2


def test_an_indkald_day_is_two_presses_and_the_hour_starts_by_itself(
    desk: Desk, scene: Scene, count: Callable[[str, Callable[[], None]], int]
) -> None:
    person = scene.person()
    scene.indkald(person)

    def patient() -> None:
        desk.open(person)
        desk.enter("reserved")
        desk.enter("given")

    assert count("indkald day with its hour", patient) == 2


def test_somebody_affected_is_two_presses(
    desk: Desk, scene: Scene, count: Callable[[str, Callable[[], None]], int]
) -> None:
    """H12: the letter, and what was seen."""
    person = scene.person()

    def patient() -> None:
        desk.open(person)
        desk.letter("p")
        desk.drawer.locator("button").first.click()
        desk.presses += 1
        desk.page.wait_for_selector("#panel .notice")

    assert count("affected, nothing handed out", patient) == 2


def test_the_doctor_is_asked_with_one_press(
    desk: Desk, scene: Scene, count: Callable[[str, Callable[[], None]], int]
) -> None:
    """H11: missed days; Enter asks, and the answer comes by itself."""
    person = scene.person(last_covered_days_ago=4)

    def patient() -> None:
        desk.open(person)
        desk.enter()
        desk.page.wait_for_selector("#panel .question")

    assert count("missed days, doctor asked", patient) == 1
