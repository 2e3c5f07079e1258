"""What is signed ahead ends what holds today: no dose is carried home past a change or a stop."""

from datetime import date, timedelta
from typing import Any

import pytest

from dispensing.counter.plan import planned_doses
from tests.api.client import Counter, findings, problem
from tests.api.matrix.ground import Ground
from tests.api.matrix.treatment import ordered
from tests.api.test_page_relations import Browser
from tests.api.test_replay import loaded_and_told
from tests.night import paired
from tests.scene import Scene


@pytest.fixture
def ground(scene: Scene, nurse: Counter) -> Ground:
    return Ground(scene, nurse)


def fetching(scene: Scene) -> int:
    """Somebody who carries doses home for days."""
    return scene.person(take_home=True, supervised_weekdays=[], take_home_days=6)


def in_days(doctor: Counter, days: int) -> str:
    return (doctor.today + timedelta(days=days)).isoformat()


def stop(doctor: Counter, person: int, first: int, last: int | None = None) -> None:
    body = {"from_on": in_days(doctor, first), "reason": "indlagt"}
    if last is not None:
        body["until_on"] = in_days(doctor, last)
    answer = doctor.send("POST", f"/people/{person}/orders/stops", body)
    assert answer.status_code == 201, answer.text


def held(doctor: Counter, person: int) -> list[tuple[int, int | None]]:
    """From how many days ahead which daily dose holds, in mg."""
    spans = doctor.get(f"/people/{person}/orders").json()["days"]
    first = [(date.fromisoformat(one["first"]) - doctor.today).days for one in spans]
    mg = [one["daily_ug"] and one["daily_ug"] // 1000 for one in spans]
    return list(zip(first, mg, strict=True))


def taken_along(nurse: Counter, person: int, days: int) -> Any:
    doses = [nurse.dose(), *nurse.home(*range(1, days + 1))]
    return nurse.reserve(person, doses=doses)


@pytest.mark.parametrize("last", [None, 9])
def test_nothing_goes_home_for_days_after_a_stop_signed_ahead(
    scene: Scene, nurse: Counter, doctor: Counter, last: int | None
) -> None:
    """H21: who is admitted the day after tomorrow has no dose at home for those days."""
    person = fetching(scene)
    stop(doctor, person, 2, last)
    assert "prescription-expired" in findings(taken_along(nurse, person, 2))
    assert taken_along(nurse, person, 1).status_code == 201
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told


def test_nothing_goes_home_by_an_order_that_another_one_ends(
    scene: Scene, nurse: Counter, doctor: Counter, ground: Ground
) -> None:
    """H04 H21: a lower dose from a day on is not undercut by what went home before it began."""
    person = fetching(scene)
    begins = in_days(doctor, 2)
    body = ordered(ground) | {"daily_mg": "75", "valid_from": begins}
    assert doctor.send("POST", f"/people/{person}/orders", body).status_code == 201
    assert "prescription-expired" in findings(taken_along(nurse, person, 2))
    assert taken_along(nurse, person, 1).status_code == 201
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told


def test_the_night_goes_home_only_while_the_injections_hold(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H25: a stop signed ahead ends both orders of the pair, for what is carried home as well."""
    person = paired(scene)
    stop(doctor, person, 2)
    night = [nurse.dose("60", part=90, days=ahead, how="take_home") for ahead in (0, 1, 2)]
    by = {"prescription_id": person * 10 + 5, "prescription_version": 2}
    assert "prescription-expired" in findings(nurse.reserve(person, doses=night, **by))
    answer = nurse.reserve(person, doses=night[:2], **by)
    assert answer.status_code == 201, answer.text


def test_a_pause_takes_back_no_stop_that_lies_behind_it(scene: Scene, doctor: Counter) -> None:
    """H21: what a pause brings back ends where it would have ended."""
    person = scene.person()
    stop(doctor, person, 20)
    stop(doctor, person, 2, 5)
    assert held(doctor, person) == [(0, 80), (2, None), (6, 80), (20, None)]


def test_two_pauses_are_two(scene: Scene, doctor: Counter) -> None:
    """H21: the pause of later days stays, whichever of them was signed first."""
    person = scene.person()
    stop(doctor, person, 20, 25)
    stop(doctor, person, 2, 5)
    assert held(doctor, person)[:5] == [(0, 80), (2, None), (6, 80), (20, None), (26, 80)]
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told


def test_no_day_beyond_all_reach(
    scene: Scene, doctor: Counter, ground: Ground, unchanged: None
) -> None:
    person = scene.one("SELECT min(person_id) FROM person")
    pause = {"from_on": in_days(doctor, 0), "until_on": "9999-12-31", "reason": "indlagt"}
    answer = doctor.send("POST", f"/people/{person}/orders/stops", pause)
    assert problem(answer, 422)["field"] == "until_on"
    body = ordered(ground) | {"valid_to": "9999-12-31"}
    answer = doctor.send("POST", f"/people/{person}/orders", body)
    assert problem(answer, 422)["field"] == "valid_to"


def test_a_draft_is_measured_by_the_order_it_takes_the_place_of(
    scene: Scene, doctor: Counter, ground: Ground
) -> None:
    """H04: 60 mg from a fortnight on, and 80 after that again, is a rise of 20 mg, not the same."""
    person = scene.person()
    path = f"/people/{person}/orders"
    lower = ordered(ground) | {"daily_mg": "60", "valid_from": in_days(doctor, 14)}
    tried = doctor.send("POST", f"{path}/tries", lower).json()
    why = dict.fromkeys(tried["asks_reason"], "ønsker selv ned")
    signed = doctor.send("POST", path, lower | {"reasons": why, "retyped_mg": "60"})
    assert signed.status_code == 201, signed.text

    def asks(days: int) -> set[str]:
        back = ordered(ground) | {"valid_from": in_days(doctor, days)}
        return set(doctor.send("POST", f"{path}/tries", back).json()["asks_reason"])

    assert "order-step-too-large" not in asks(14)
    assert "order-step-too-large" in asks(28)
    assert "order-gap" not in asks(28)
    stop(doctor, person, 20)
    assert "order-gap" in asks(28)


def test_a_night_order_signed_ahead_stands_beside_a_new_main_one(
    scene: Scene, doctor: Counter, ground: Ground
) -> None:
    """H25: methadone by day is not ordered beside a night dose that only begins later."""
    person = paired(scene)
    path = f"/people/{person}/orders"
    ahead = ordered(ground) | {"daily_mg": "60", "night": True, "valid_from": in_days(doctor, 4)}
    assert doctor.send("POST", path, ahead).status_code == 201
    main = ordered(ground) | {"daily_mg": "60", "valid_from": in_days(doctor, 10)}
    tried = doctor.send("POST", f"{path}/tries", main).json()
    assert "order-beside-night-dose" in tried["cannot_be_lifted"]


def test_the_plan_ends_where_the_next_order_begins(
    scene: Scene, nurse: Counter, doctor: Counter, ground: Ground
) -> None:
    """Days of a coming step are fetched on its day: what would be refused is not proposed."""
    weekday = [scene.today.isoweekday()]
    weekly = {"supervised_weekdays": weekday, "pickup_weekdays": weekday}
    person = scene.person(take_home=True, take_home_days=6, **weekly)
    before = planned(scene, person)
    assert len(before) > 3
    step = {"from_on": in_days(doctor, 3), "daily_mg": "75"}
    body = ordered(ground) | {"steps": [step]}
    answer = doctor.send("POST", f"/people/{person}/orders", body)
    assert answer.status_code == 201, answer.text
    assert planned(scene, person) == [in_days(doctor, day) for day in range(3)]


def planned(scene: Scene, person: int) -> list[str]:
    """The days the counter proposes doses for."""
    loaded, _ = loaded_and_told(scene, person)
    return [dose.for_on.isoformat() for dose in planned_doses(loaded, scene.today)]


def test_what_is_out_is_said_where_it_is_decided(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H15 H20: doses at home and rows on paper are seen by who stops or changes the order."""
    person, other = fetching(scene), scene.person()
    nurse.given(person, doses=[nurse.dose(), *nurse.home(1, 2)])
    serial = nurse.send("POST", "/emergency-lists", {}).json()["serial"]
    out = doctor.get(f"/people/{person}/orders").json()
    assert (out["home_doses"], out["home_until"]) == (2, in_days(doctor, 2))
    stop(doctor, other, 0)
    out = doctor.get(f"/people/{other}/orders").json()
    assert (out["home_doses"], out["home_until"]) == (0, None)
    ((on_list, row),) = out["on_paper"]
    assert on_list == serial
    browser = Browser(doctor.http, doctor.token)
    way = "GET /behandling/person/{person_id}/ordination"
    assert "2 doser er derhjemme" in browser.send(way, {"person_id": person}).text
    assert f"Liste {serial}, række {row}" in browser.send(way, {"person_id": other}).text


def test_a_lower_order_ends_what_was_allowed_beyond_the_old_one(
    scene: Scene, nurse: Counter, doctor: Counter, ground: Ground
) -> None:
    """H04: 40 mg more was allowed beyond 80 this morning, and is no 40 mg beyond 75."""
    person = scene.person()
    doctor.decide(person, "vomited-today", extra_mg="40")
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told and loaded.extra_ug_allowed_today == 40_000
    ahead = ordered(ground) | {"daily_mg": "75", "valid_from": in_days(doctor, 1)}
    assert doctor.send("POST", f"/people/{person}/orders", ahead).status_code == 201
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told and loaded.extra_ug_allowed_today == 40_000
    why = {"reasons": {"order-drops-orders-ahead": "allerede i dag"}, "retyped_mg": "75"}
    now = ordered(ground) | {"daily_mg": "75"} | why
    answer = doctor.send("POST", f"/people/{person}/orders", now)
    assert answer.status_code == 201, answer.text
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told and loaded.extra_ug_allowed_today == 0
    doctor.decide(person, "vomited-today", extra_mg="20")
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told and loaded.extra_ug_allowed_today == 20_000
