"""The last depot as the counter loads it: from weekly to monthly, and back to tablets."""

import pytest

from dispensing.counter.closing import PLANNED_BUT_NOT_FETCHED
from tests.api.client import Counter, findings
from tests.scene import Scene

WEEK, MONTH = 7, 28


def on_depots(scene: Scene, every: int | None, *days_ago: int) -> int:
    """16 mg every so many days, the last ones given so many days ago."""
    person = scene.person(
        product="depot-16",
        daily_ug=16_000,
        depot_interval_days=every,
        last_covered_days_ago=None,
    )
    for days in days_ago:
        scene.covered(person, 1, days, 16_000)
    return person


def ask(scene: Scene, nurse: Counter, person: int, version: int, code: str) -> list[str]:
    """What the counter says to 16 mg of it today; the dose is handed out if it may."""
    bottle = scene.bottle(1, code)
    scan = scene.one("SELECT scan_code FROM bottle WHERE bottle_id = %s", bottle)
    answer = nurse.reserve(
        person, prescription_version=version, doses=[nurse.dose("16")], bottle_code=scan
    )
    if answer.status_code == 201:
        assert nurse.give(answer.json()["reservation_id"]).status_code == 200
    return [one for one in findings(answer) if "depot" in one or "missed" in one]


def ordered_now(scene: Scene, person: int, product: str, every: int | None) -> int:
    """A further version from today on."""
    return scene.prescribe(
        person,
        product=product,
        daily_ug=16_000,
        parts_ug=None,
        valid_to_days=60,
        high_dose_reason=None,
        from_days_ago=0,
        depot_interval_days=every,
    )


@pytest.mark.parametrize(
    ("had", "days_ago", "product", "every", "said"),
    [
        (WEEK, 7, "depot-16", MONTH, []),
        (MONTH, 28, "depot-16", WEEK, []),
        (MONTH, 20, "depot-16", WEEK, ["depot-outside-window"]),
        (MONTH, 28, "bupre-8", None, []),
        (MONTH, 27, "bupre-8", None, ["depot-still-works"]),
        (MONTH, 37, "bupre-8", None, ["missed-days"]),
        (None, 27, "bupre-8", None, ["missed-days", "depot-still-works"]),
        (None, 28, "bupre-8", None, ["missed-days"]),
    ],
)
def test_the_last_depot_counts_whatever_is_ordered_now(
    scene: Scene,
    nurse: Counter,
    had: int | None,
    days_ago: int,
    product: str,
    every: int | None,
    said: list[str],
) -> None:
    """H11: loaded from the order under which it was given."""
    person = on_depots(scene, had, days_ago)
    version = ordered_now(scene, person, product, every)
    assert ask(scene, nurse, person, version, product) == said


def test_the_first_one_after_tablets_has_no_window(scene: Scene, nurse: Counter) -> None:
    """H11: nobody is asked needlessly."""
    person = scene.person(product="bupre-8", daily_ug=16_000)
    version = ordered_now(scene, person, "depot-16", WEEK)
    assert ask(scene, nurse, person, version, "depot-16") == []
    # And a tablet on top of it the same evening is the doctor's.
    version = ordered_now(scene, person, "bupre-8", None)
    assert "depot-still-works" in ask(scene, nurse, person, version, "bupre-8")


def test_the_day_closes_without_a_missed_dose_while_the_last_depot_lasts(
    scene: Scene,
) -> None:
    """A weekly order does not make a monthly depot overdue; on its day it is missed."""
    lasting, due = on_depots(scene, MONTH, 20), on_depots(scene, MONTH, 28)
    for person in (lasting, due):
        ordered_now(scene, person, "depot-16", WEEK)
    asked = {"day": scene.today, "unit_id": 1}
    found = scene.connection.execute(PLANNED_BUT_NOT_FETCHED, asked).fetchall()
    assert {row[0] for row in found} & {lasting, due} == {due}
