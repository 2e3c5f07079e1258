"""Two supervised parts a day, and doses carried home, each for the day it is for."""

import pytest

from tests.api.client import Counter, findings, problem
from tests.scene import Scene

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


@pytest.fixture
def split(scene: Scene) -> int:
    """80 mg in two parts, both swallowed here."""
    return scene.person(parts_ug=[40_000, 40_000])


@pytest.fixture
def at_home(scene: Scene) -> int:
    """Swallows today's dose here and may carry the next six home."""
    today = scene.today.isoweekday()
    return scene.person(
        take_home=True, supervised_weekdays=[today], pickup_weekdays=[today], take_home_days=6
    )


def part(nurse: Counter, number: int, amount_mg: str = "40") -> list[dict]:
    return [nurse.dose(amount_mg, part=number)]


def test_the_second_part_waits_for_its_interval(scene: Scene, nurse: Counter, split: int) -> None:
    """H03: one part in the morning, the other no sooner than eight hours later."""
    first = nurse.given(split, doses=part(nurse, 1))
    assert nurse.reserve(split, doses=part(nurse, 2)).json()["blocking"] == ["too-soon"]
    scene.hours_earlier(first, 7)
    assert nurse.reserve(split, doses=part(nurse, 2)).json()["blocking"] == ["too-soon"]
    scene.hours_earlier(first, 2)
    nurse.given(split, doses=part(nurse, 2))
    assert scene.used(split) == 80_000


def test_each_part_is_had_once(scene: Scene, nurse: Counter, split: int) -> None:
    """H01: part 1 again is not part 2."""
    scene.hours_earlier(nurse.given(split, doses=part(nurse, 1)), 9)
    again = nurse.reserve(split, doses=part(nurse, 1))
    assert again.json()["blocking"] == ["already-given"]


def test_the_whole_day_is_not_one_part(nurse: Counter, split: int) -> None:
    """H09: the day's total as one part."""
    blocked = nurse.reserve(split, doses=part(nurse, 1, "80")).json()["blocking"]
    assert blocked == ["amount-above-ordered"]


def test_there_is_no_third_part(scene: Scene, nurse: Counter, split: int) -> None:
    blocked = nurse.reserve(split, doses=part(nurse, 3)).json()["blocking"]
    assert "part-does-not-exist" in blocked


def test_two_parts_are_not_swallowed_at_once(scene: Scene, nurse: Counter, split: int) -> None:
    """H03: the second waits for its interval; nothing is taken."""
    both = part(nurse, 1) + part(nurse, 2)
    problem(nurse.reserve(split, doses=both), 422)
    assert scene.used(split) == 0


def test_a_doctor_sets_a_shorter_interval(
    scene: Scene, nurse: Counter, doctor: Counter, split: int
) -> None:
    """The way on from too-soon: the doctor's five hours count, once they have passed."""
    first = nurse.given(split, doses=part(nurse, 1))
    doctor.decide(split, "too-soon", interval_minutes=300)
    scene.hours_earlier(first, 4)
    early = nurse.reserve(split, doses=part(nurse, 2))
    assert early.json()["blocking"] == ["too-soon"]
    scene.hours_earlier(first, 1)
    nurse.given(split, doses=part(nurse, 2))


def test_evening_and_morning_fourteen_hours_apart(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H03: yesterday's dose in the evening, today's in the morning, on a doctor's decision."""
    person = scene.person()
    scene.run(
        "UPDATE claim SET swallowed_at = clock_timestamp() - interval '14 hours', swallow_during ="
        " tstzrange(clock_timestamp() - interval '14 hours',"
        " clock_timestamp() + interval '6 hours') WHERE person_id = %s",
        person,
    )
    assert nurse.reserve(person).json()["blocking"] == ["too-soon"]
    doctor.decide(person, "too-soon", interval_minutes=14 * 60)
    nurse.given(person)


def test_doses_go_home_each_for_its_day(scene: Scene, nurse: Counter, at_home: int) -> None:
    """H15: today's swallowed, six carried home, every day covered exactly once."""
    reservation = nurse.given(at_home, doses=[nurse.dose(), *nurse.home(1, 2, 3, 4, 5, 6)])
    rows = scene.run(
        "SELECT for_day - %s, how, amount_ug FROM handover WHERE reservation_id = %s ORDER BY 1",
        scene.today,
        reservation,
    ).fetchall()
    assert rows == [(0, "supervised", 80_000)] + [
        (days, "take_home", 80_000) for days in range(1, 7)
    ]
    assert [scene.used(at_home, days) for days in range(8)] == [80_000] * 7 + [0]
    administrations = "SELECT count(*) FROM administration WHERE reservation_id = %s"
    assert scene.one(administrations, reservation) == 1


def test_a_day_in_the_persons_hands_is_covered(scene: Scene, nurse: Counter, at_home: int) -> None:
    """H15, H02: tomorrow's bottle is at home; nobody hands out tomorrow's dose again."""
    nurse.given(at_home, doses=[nurse.dose(), *nurse.home(1)])
    again = nurse.reserve(at_home, doses=nurse.home(1))
    assert "covered-by-take-home" in again.json()["blocking"]


def test_more_days_than_arranged_ask_the_doctor(nurse: Counter, at_home: int) -> None:
    """H15: one day too many; the general limit of seven is not passed."""
    doses = [nurse.dose(), *nurse.home(1, 2, 3, 4, 5, 6, 7)]
    blocked = nurse.reserve(at_home, doses=doses).json()["blocking"]
    assert "take-home-above-own-limit" in blocked
    assert "take-home-above-limit" not in blocked


def test_nothing_goes_home_without_a_doctors_decision(scene: Scene, nurse: Counter) -> None:
    """H17: swallowing here is what holds where nobody decided otherwise."""
    answer = nurse.reserve(scene.person(), doses=[nurse.dose(), *nurse.home(1)])
    assert "take-home-without-decision" in findings(answer)


def test_no_dose_goes_home_for_a_day_of_the_indkald(
    scene: Scene, nurse: Counter, at_home: int
) -> None:
    """H18: those doses are swallowed here."""
    scene.indkald(at_home, first_days=0)
    answer = nurse.reserve(at_home, doses=[nurse.dose(), *nurse.home(1)])
    assert "take-home-during-indkald" in answer.json()["blocking"]


def test_take_home_in_two_parts_counts_as_the_day(scene: Scene, nurse: Counter) -> None:
    """H15: both of tomorrow's bottles, and the day is full."""
    today = scene.today.isoweekday()
    person = scene.person(
        parts_ug=[40_000, 40_000],
        take_home=True,
        supervised_weekdays=[today],
        pickup_weekdays=[today],
        take_home_days=6,
    )
    home = [nurse.dose("40", part=number, days=1, how="take_home") for number in (1, 2)]
    nurse.given(person, doses=part(nurse, 1) + home)
    assert (scene.used(person), scene.used(person, 1)) == (40_000, 80_000)


def test_only_the_swallowed_dose_can_be_less(scene: Scene, nurse: Counter, at_home: int) -> None:
    """H06: half of today's was swallowed; tomorrow's bottle is full."""
    reservation = nurse.reserved(at_home, doses=[nurse.dose(), *nurse.home(1)])
    nurse.give(reservation, swallowed_mg="40")
    assert (scene.used(at_home), scene.used(at_home, 1)) == (40_000, 80_000)


def test_what_only_goes_home_cannot_be_swallowed_in_part(
    nurse: Counter, doctor: Counter, at_home: int
) -> None:
    nurse.given(at_home)
    doctor.decide(at_home, "early-pickup")
    reservation = nurse.reserved(at_home, doses=nurse.home(1))
    problem(nurse.give(reservation, swallowed_mg="40"), 422)
    assert nurse.give(reservation).status_code == 200


def test_returned_take_home_is_free_again(scene: Scene, nurse: Counter, at_home: int) -> None:
    reservation = nurse.reserved(at_home, doses=[nurse.dose(), *nurse.home(1, 2)])
    nurse.tell(reservation, "returned")
    assert [scene.used(at_home, days) for days in range(3)] == [0, 0, 0]
