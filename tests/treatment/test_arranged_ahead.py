"""What is decided from a day on holds for that day's dose today already, and falls away seen."""

from datetime import date, timedelta
from typing import Any

import pytest

from dispensing.counter.plan import planned_doses
from dosing_rules import ArrangedAhead
from tests.api.client import Counter, findings, problem
from tests.api.matrix.ground import Ground
from tests.api.matrix.treatment import at_home, ordered
from tests.api.test_replay import loaded_and_told
from tests.scene import Scene

OTHERWISE = "take-home-arranged-otherwise"


@pytest.fixture
def ground(scene: Scene, nurse: Counter) -> Ground:
    return Ground(scene, nurse)


def fetching(scene: Scene) -> int:
    """Somebody who carries six days home."""
    return scene.person(take_home=True, supervised_weekdays=[], take_home_days=6)


def in_days(doctor: Counter, days: int) -> str:
    return (doctor.today + timedelta(days=days)).isoformat()


def arrange(doctor: Counter, person: int, **changes: Any) -> None:
    answer = doctor.send("POST", f"/people/{person}/arrangements", at_home() | changes)
    assert answer.status_code == 201, answer.text


def here_from(doctor: Counter, person: int, days: int) -> None:
    """All doses at the counter from a day on."""
    body = {"kind": "supervised", "reason": "fundet påvirket", "valid_from": in_days(doctor, days)}
    answer = doctor.send("POST", f"/people/{person}/arrangements", body)
    assert answer.status_code == 201, answer.text


def taken_along(nurse: Counter, person: int, days: int) -> Any:
    doses = [nurse.dose(), *nurse.home(*range(1, days + 1))]
    return nurse.reserve(person, doses=doses)


def begins(ahead: tuple[ArrangedAhead, ...] | None) -> list[date]:
    return [one.from_on for one in ahead or ()]


def test_nothing_goes_home_for_days_that_are_decided_to_be_here(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H08 H17: everything here from the day after tomorrow; today sends home only tomorrow's."""
    person = fetching(scene)
    here_from(doctor, person, 2)
    assert OTHERWISE in findings(taken_along(nurse, person, 2))
    answer = taken_along(nurse, person, 1)
    assert answer.status_code == 201, answer.text
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told
    assert begins(loaded.arranged_ahead) == [scene.today + timedelta(days=2)]


def test_a_day_that_will_be_swallowed_here_is_asked_about(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H08: a pick-up day decided ahead, whose dose is swallowed here, is no dose for home today."""
    person = fetching(scene)
    weekday = [(doctor.today + timedelta(days=3)).isoweekday()]
    first = in_days(doctor, 2)
    arrange(doctor, person, valid_from=first, supervised_weekdays=weekday, pickup_weekdays=weekday)
    assert OTHERWISE in findings(taken_along(nurse, person, 3))
    assert taken_along(nurse, person, 2).status_code == 201


def test_a_later_decision_takes_the_place_of_one_that_has_not_begun(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H21: what the counter loads and what the ledger tells is the same, whichever came first."""
    person, today = fetching(scene), doctor.today.isoweekday()
    here_from(doctor, person, 3)
    here_from(doctor, person, 8)
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told
    assert begins(loaded.arranged_ahead) == [scene.today + timedelta(days=n) for n in (3, 8)]
    here_from(doctor, person, 5)
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told
    assert begins(loaded.arranged_ahead) == [scene.today + timedelta(days=n) for n in (3, 5)]
    # One that holds from today on leaves nothing of what was decided before it.
    arrange(doctor, person, supervised_weekdays=[today], pickup_weekdays=[today], take_home_days=6)
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told and loaded.arranged_ahead == ()
    assert taken_along(nurse, person, 5).status_code == 201


def test_the_counter_proposes_nothing_that_is_decided_otherwise(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """The plan ends where everything is here again, or on the first pick-up day by then."""
    weekday = [scene.today.isoweekday()]
    weekly = {"supervised_weekdays": weekday, "pickup_weekdays": weekday}
    person, other = (scene.person(take_home=True, take_home_days=6, **weekly) for _ in range(2))
    assert len(planned(scene, person)) == 7
    here_from(doctor, person, 3)
    assert planned(scene, person) == [0, 1, 2]
    comes = [(scene.today + timedelta(days=4)).isoweekday()]
    arrange(
        doctor,
        other,
        valid_from=in_days(doctor, 2),
        supervised_weekdays=comes,
        pickup_weekdays=comes,
    )
    assert planned(scene, other) == [0, 1, 2, 3]
    answer = nurse.reserve(other, doses=[nurse.dose(), *nurse.home(1, 2, 3)])
    assert answer.status_code == 201, answer.text


def planned(scene: Scene, person: int) -> list[int]:
    """How many days ahead the counter proposes doses for."""
    loaded, _ = loaded_and_told(scene, person)
    return [(dose.for_on - scene.today).days for dose in planned_doses(loaded, scene.today)]


def test_an_order_that_lifts_a_stop_says_so(scene: Scene, doctor: Counter, ground: Ground) -> None:
    """H09: a stop from a day on does not fall away unseen: its day is named, and a reason asked."""
    person = scene.person()
    path = f"/people/{person}/orders"
    stopped = {"from_on": in_days(doctor, 9), "reason": "rejser hjem"}
    assert doctor.send("POST", f"{path}/stops", stopped).status_code == 201
    before = doctor.send("POST", f"{path}/tries", ordered(ground)).json()
    found = {one["rule_id"]: one for one in before["verdict"]["findings"]}
    assert found["order-lifts-stop"]["severity"] == "confirm"
    assert found["order-lifts-stop"]["facts"]["days"] == [in_days(doctor, 9)]
    assert "order-lifts-stop" in before["asks_reason"]
    refused = doctor.send("POST", path, ordered(ground))
    assert problem(refused, 409)["blocking"] == ["order-lifts-stop"]
    why = {"reasons": {"order-lifts-stop": "bliver alligevel"}, "retyped_mg": "80"}
    assert doctor.send("POST", path, ordered(ground) | why).status_code == 201
    again = doctor.send("POST", f"{path}/tries", ordered(ground)).json()
    assert "order-lifts-stop" not in again["asks_reason"]


def test_an_order_that_drops_steps_or_the_end_of_a_pause_says_so(
    scene: Scene, doctor: Counter, ground: Ground
) -> None:
    """H09: what begins later falls away; what holds only until the new order begins does not."""
    person = scene.person()
    path = f"/people/{person}/orders"
    pause = {"from_on": in_days(doctor, 4), "until_on": in_days(doctor, 6), "reason": "indlagt"}
    assert doctor.send("POST", f"{path}/stops", pause).status_code == 201

    def falls_away(first: int) -> dict[str, list[str]]:
        body = ordered(ground) | {"valid_from": in_days(doctor, first)}
        tried = doctor.send("POST", f"{path}/tries", body).json()
        names = ("order-lifts-stop", "order-drops-orders-ahead")
        found = {one["rule_id"]: one["facts"] for one in tried["verdict"]["findings"]}
        return {name: found[name]["days"] for name in names if name in found}

    paused, again = [in_days(doctor, 4)], [in_days(doctor, 7)]
    assert falls_away(0) == {"order-lifts-stop": paused, "order-drops-orders-ahead": again}
    assert falls_away(4) == {"order-lifts-stop": paused, "order-drops-orders-ahead": again}
    assert falls_away(5) == {"order-lifts-stop": paused, "order-drops-orders-ahead": again}
    assert falls_away(7) == {"order-drops-orders-ahead": again}
    assert falls_away(8) == {}
