"""The day after a guest's day: what is open there is told there, and the right is at home again."""

import pytest

from tests.api.client import Counter, findings, problem
from tests.api.closed_days import Closed, Measured, sent
from tests.api.test_midnight import to_yesterday_late
from tests.scene import Scene

MOVES_DAYS = True


def a_day_earlier(scene: Scene, person: int, days: int = 1) -> None:
    scene.run("ALTER TABLE guest_right DISABLE TRIGGER guest_decided")
    scene.run("DELETE FROM guest_right WHERE person_id = %s AND day > %s", person, scene.today)
    scene.run("UPDATE guest_right SET day = day - %s WHERE person_id = %s", days, person)
    scene.run("ALTER TABLE guest_right ENABLE TRIGGER guest_decided")


@pytest.fixture
def poured(scene: Scene, neighbour: Counter, measured: Measured, closed_now: Closed) -> list[int]:
    """A guest's dose, poured two minutes to midnight of the closed day; person and reservation."""
    person = measured(last_covered_days_ago=2)
    assert closed_now.decide(sent(closed_now, person)).status_code == 201
    reservation = neighbour.reserved(person)
    a_day_earlier(scene, person)
    to_yesterday_late(scene, reservation)
    return [person, reservation]


def test_poured_before_midnight_it_is_given_after_it(
    neighbour: Counter, nurse: Counter, poured: list[int]
) -> None:
    """H03: the dose is of its own day, on which the other unit held the right."""
    person, reservation = poured
    assert problem(nurse.reserve(person), 409)
    given = neighbour.give(reservation)
    assert given.status_code == 200, given.text
    assert neighbour.get(f"/people/{person}").status_code == 200


def test_a_forgotten_dose_is_told_where_it_was_poured_however_late(
    scene: Scene, neighbour: Counter, poured: list[int]
) -> None:
    """H06: it blocks at home until the other unit has said what became of it; then it is gone."""
    person, reservation = poured
    a_day_earlier(scene, person, 5)
    ended = neighbour.tell(reservation, "returned")
    assert ended.status_code == 200, ended.text
    assert problem(neighbour.get(f"/people/{person}"), 404)


def test_the_next_day_a_new_dose_is_handed_out_at_home(
    scene: Scene, nurse: Counter, neighbour: Counter, poured: list[int], doctor: Counter
) -> None:
    """H02: without anybody's doing: at home the right lies here, elsewhere it does not."""
    person, reservation = poured
    neighbour.tell(reservation, "returned")
    assert "right-elsewhere" in findings(neighbour.reserve(person))
    assert "right-elsewhere" not in findings(nurse.reserve(person))
