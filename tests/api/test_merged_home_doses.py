"""Doses carried home under a record that was merged away are the survivor's to answer for."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from tests.api.client import Counter, findings, problem
from tests.api.test_merging import merge, unmerge
from tests.scene import Scene

# The replay of the books knows no records that move from one person to another.
MOVES_DAYS = True
DAYS = (1, 2)


def carrier(scene: Scene, unit_id: int = 1) -> int:
    """Somebody who may carry six days home from today."""
    today = scene.today.isoweekday()
    return scene.person(
        unit_id,
        take_home=True,
        supervised_weekdays=[today],
        pickup_weekdays=[today],
        take_home_days=6,
    )


def carried(nurse: Counter, person: int, *, labelled: bool = False) -> list[str]:
    """Two doses go home; answers the codes of their labels."""
    reservation = nurse.reserved(person, doses=[nurse.dose(), *nurse.home(*DAYS)])
    codes: list[str] = []
    if labelled:
        printed = nurse.tell(reservation, "labels").json()["labels"]
        codes = [label["code"] for label in printed]
    given = nurse.give(reservation, label_codes=codes)
    assert given.status_code == 200, given.text
    return codes


@pytest.fixture
def two(scene: Scene) -> tuple[int, int]:
    """A survivor, and a record that will be merged into it."""
    return carrier(scene), carrier(scene)


def on(nurse: Counter, days: int) -> str:
    return (nurse.today + timedelta(days=days)).isoformat()


def home(nurse: Counter, person: int) -> dict[str, Any]:
    answer = nurse.get(f"/people/{person}/home-doses")
    assert answer.status_code == 200, answer.text
    return answer.json()


def lose(nurse: Counter, person: int, days: int, part: int) -> Any:
    body = {"for_on": on(nurse, days), "part": part, "how": "lost", "verified": False}
    path = f"/people/{person}/home-doses/losses"
    return nurse.send("POST", path, body | {"note": "glemt i bussen"})


def expected(nurse: Counter, person: int) -> int:
    return int(home(nurse, person)["expected_most"])


def test_both_records_doses_are_expected_in_the_survivors_hands(
    nurse: Counter, doctor: Counter, two: tuple[int, int]
) -> None:
    """H15: two days of each record are four bottles; each knows its own label."""
    survivor, absorbed = two
    carried(nurse, survivor)
    carried(nurse, absorbed, labelled=True)
    assert merge(doctor, survivor, absorbed).status_code == 201
    found = home(nurse, survivor)
    assert (found["expected_least"], found["expected_most"]) == (4, 4)
    told = [(dose["for_on"], dose["part"], dose["labelled"]) for dose in found["doses"]]
    assert told == [(on(nurse, days), part, part == 2) for days in DAYS for part in (1, 2)]
    counted = {"counted": 4}
    answer = nurse.send("POST", f"/people/{survivor}/home-doses/counts", counted)
    assert answer.status_code == 200, answer.text
    problem(nurse.send("POST", f"/people/{absorbed}/home-doses/counts", counted), 409)


def test_a_loss_is_told_of_the_dose_it_was(
    nurse: Counter, doctor: Counter, two: tuple[int, int]
) -> None:
    """H15, H17: its own bottle is gone, and no other one."""
    survivor, absorbed = two
    carried(nurse, survivor)
    carried(nurse, absorbed)
    merge(doctor, survivor, absorbed)
    assert lose(nurse, survivor, 1, part=2).status_code == 200
    lost = [(dose["for_on"], dose["part"]) for dose in home(nurse, survivor)["doses"]
            if dose["lost"]]  # fmt: skip
    assert lost == [(on(nurse, 1), 2)]
    assert expected(nurse, survivor) == 3
    problem(lose(nurse, survivor, 1, part=2), 409, "already-recorded")
    assert lose(nurse, survivor, 1, part=1).status_code == 200


@pytest.mark.parametrize("own", [True, False], ids=["a day of both", "a day of the absorbed"])
def test_a_loss_of_before_the_merge_is_known_after_it(
    nurse: Counter, doctor: Counter, two: tuple[int, int], own: bool
) -> None:
    """H15, H17: neither shown as in hand again, nor hidden from the rules."""
    survivor, absorbed = two
    if own:
        carried(nurse, survivor)
    carried(nurse, absorbed)
    assert lose(nurse, absorbed, 1, part=1).status_code == 200
    merge(doctor, survivor, absorbed)
    assert expected(nurse, survivor) == (3 if own else 1)
    facts = nurse.get(f"/people/{survivor}").json()["facts"]
    assert facts["losses"] == [{"for_on": on(nurse, 1), "verified": False}]
    assert "lost-dose-replaced" in findings(nurse.reserve(survivor, doses=nurse.home(1)))


def test_the_very_label_comes_back_and_frees_its_day(
    scene: Scene, nurse: Counter, doctor: Counter, two: tuple[int, int]
) -> None:
    """H15, H16: the label of the absorbed record's dose reads back; the survivor's does not."""
    survivor, absorbed = two
    ours = carried(nurse, survivor, labelled=True)
    theirs = carried(nurse, absorbed, labelled=True)
    merge(doctor, survivor, absorbed)
    problem(nurse.bring_back(survivor, 1, part=2), 409, "label-needed-back")
    problem(nurse.bring_back(survivor, 1, part=2, label_code=ours[0]), 409, "label-of-another")
    back = nurse.bring_back(survivor, 1, part=2, label_code=theirs[0])
    assert back.status_code == 200, back.text
    assert expected(nurse, survivor) == 3
    claimed = "SELECT part FROM claim WHERE person_id = %s AND for_day = %s"
    day = scene.today + timedelta(days=1)
    assert scene.run(claimed, survivor, day).fetchall() == [(1,)]
    assert scene.kinds(survivor)[-1] == "home-dose-returned"
    assert nurse.bring_back(survivor, 1, label_code=ours[0]).status_code == 200


def test_an_opened_one_of_before_the_merge_is_not_in_hand_again(
    nurse: Counter, doctor: Counter, two: tuple[int, int]
) -> None:
    """H15"""
    survivor, absorbed = two
    carried(nurse, survivor)
    carried(nurse, absorbed)
    opened = nurse.bring_back(absorbed, 2, unopened=False, note="halv flaske")
    assert opened.status_code == 200, opened.text
    merge(doctor, survivor, absorbed)
    assert expected(nurse, survivor) == 3


def test_taken_back_the_merge_leaves_each_what_is_theirs(
    nurse: Counter, doctor: Counter, two: tuple[int, int]
) -> None:
    """H15: also a loss that was told while the two counted as one."""
    survivor, absorbed = two
    carried(nurse, survivor)
    carried(nurse, absorbed, labelled=True)
    number = merge(doctor, survivor, absorbed).json()["merge_id"]
    lose(nurse, survivor, 2, part=2)
    assert unmerge(doctor, number).status_code == 200
    assert (expected(nurse, survivor), expected(nurse, absorbed)) == (2, 1)
    told = [nurse.get(f"/people/{one}").json()["facts"].get("losses") for one in two]
    assert told == [None, [{"for_on": on(nurse, 2), "verified": False}]]


def test_a_record_merged_twice_still_leads_to_its_bottles(
    scene: Scene, nurse: Counter, doctor: Counter, two: tuple[int, int]
) -> None:
    """H15, H16: three records of one human; the first one's label still reads back."""
    last, middle = two
    first = carrier(scene)
    for person in (last, middle):
        carried(nurse, person)
    codes = carried(nurse, first, labelled=True)
    merge(doctor, middle, first)
    merge(doctor, last, middle)
    assert expected(nurse, last) == 6
    labelled = [dose for dose in home(nurse, last)["doses"] if dose["labelled"]]
    assert [dose["for_on"] for dose in labelled] == [on(nurse, days) for days in DAYS]
    part = labelled[0]["part"]
    back = nurse.bring_back(last, 1, part=part, label_code=codes[0])
    assert back.status_code == 200, back.text


def test_what_was_merged_before_this_was_kept_is_found_again(
    scene: Scene, nurse: Counter, doctor: Counter, two: tuple[int, int]
) -> None:
    """H15, H16: the migration reads it from the merges, also through two of them."""
    last, middle = two
    first = carrier(scene)
    for person in (last, middle, first):
        carried(nurse, person, labelled=True)
    merge(doctor, middle, first)
    merge(doctor, last, middle)
    kept = "SELECT for_day, part, coalesce(handed_part, part) FROM claim WHERE person_id = %s"
    before = sorted(scene.run(kept, last).fetchall())
    scene.run("UPDATE claim SET handed_part = NULL WHERE person_id = %s", last)
    scene.run(import_module("dispensing.migrations.2026-11-30-2020_handed_part").OF_BEFORE)
    assert sorted(scene.run(kept, last).fetchall()) == before
    assert {part for _, part, _ in before} == {1, 2, 3} and {row[2] for row in before} == {1}


def test_another_units_bottles_come_along(
    scene: Scene, nurse: Counter, doctor: Counter, neighbour: Counter
) -> None:
    """H15, H16: what was handed out elsewhere is in the survivor's hands all the same."""
    survivor, absorbed = carrier(scene), carrier(scene, 2)
    codes = carried(neighbour, absorbed, labelled=True)
    assert merge(doctor, survivor, absorbed).status_code == 201
    assert expected(nurse, survivor) == 2
    assert nurse.bring_back(survivor, 1, label_code=codes[0]).status_code == 200


def test_a_found_package_and_the_slip_lead_to_the_survivor(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H16: a name that nobody has any more helps nobody who found a bottle."""
    survivor, absorbed = carrier(scene), carrier(scene)
    scene.run("UPDATE person SET family_name = 'Overlever' WHERE person_id = %s", survivor)
    codes = carried(nurse, absorbed, labelled=True)
    merge(doctor, survivor, absorbed)
    asked = {"code": codes[0], "reason": "fundet på trappen"}
    found = doctor.send("POST", "/package-traces", asked).json()["package"]
    assert found["person_id"] == survivor and found["person_name"].endswith("Overlever")
    problem(nurse.get(f"/people/{absorbed}/slip"), 409, "merged-person")
    assert nurse.get(f"/people/{survivor}/slip").status_code == 200


def test_no_slip_tells_somebody_to_take_two_doses_of_one_day(
    nurse: Counter, doctor: Counter, two: tuple[int, int]
) -> None:
    """H02, H15: both bottles stand at home; the slip waits until one of each day came back."""
    survivor, absorbed = two
    carried(nurse, survivor)
    carried(nurse, absorbed)
    merge(doctor, survivor, absorbed)
    problem(nurse.get(f"/people/{survivor}/slip"), 409, "two-doses-of-one-day")
    for days in DAYS:
        assert nurse.bring_back(survivor, days, part=2).status_code == 200
    assert nurse.get(f"/people/{survivor}/slip").status_code == 200


def test_medicine_is_booked_in_from_the_survivor_alone(
    nurse: Counter, doctor: Counter, two: tuple[int, int]
) -> None:
    """H23: what comes back without a dose of its own is not a merged record's either."""
    survivor, absorbed = two
    merge(doctor, survivor, absorbed)
    asked = {"kind": "brought-back", "product_code": "metadon-1", "amount": "5"}
    path = "/stock/disposals/text"
    refused = nurse.send("POST", path, asked | {"person_id": absorbed})
    problem(refused, 409, "merged-person")
    assert nurse.send("POST", path, asked | {"person_id": survivor}).status_code == 200
