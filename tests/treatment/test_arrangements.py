"""How the medicine is taken: decided by a doctor, from today on, known to the counter at once."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.client import Counter, findings, problem
from tests.api.matrix.ground import Ground
from tests.api.matrix.treatment import at_home, journey
from tests.scene import Scene

WEEK = [1, 2, 3, 4, 5, 6, 7]


@pytest.fixture
def ground(scene: Scene, nurse: Counter) -> Ground:
    return Ground(scene, nurse)


def arrange(doctor: Counter, person: int, **changes: Any) -> Any:
    body = {name: value for name, value in (at_home() | changes).items() if value is not None}
    return doctor.send("POST", f"/people/{person}/arrangements", body)


def decided(by: Counter, person: int) -> list[dict[str, Any]]:
    return by.get(f"/people/{person}/arrangements").json()["decided"]


def test_doses_go_home_only_when_a_doctor_has_decided_it(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H08: before the decision the counter refuses; after it, it does not for that reason."""
    person, today = scene.person(), doctor.today.isoweekday()
    home = nurse.home(1)
    before = findings(nurse.reserve(person, doses=home))
    answer = arrange(doctor, person, pickup_weekdays=[today], supervised_weekdays=[today])
    assert answer.status_code == 201, answer.text
    after = findings(nurse.reserve(person, doses=home))
    assert "take-home-without-decision" in before
    assert "take-home-without-decision" not in after


def test_what_is_missing_stands_with_the_decision(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    person = scene.person(naloxone_on=None, reviewed_on=None)
    assert arrange(doctor, person, ticked=["locked_away"]).status_code == 201
    assert set(decided(nurse, person)[0]["missing"]) == {"informed", "naloxone", "reviewed"}


def test_one_press_brings_everything_back_to_the_counter(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H08: at once, with the reason; the history stays."""
    person = scene.person(take_home=True)
    body = {"reason": "fundet påvirket to gange"}
    answer = doctor.send("POST", f"/people/{person}/arrangements/supervised", body)
    assert answer.status_code == 201, answer.text
    now, before = decided(nurse, person)[:2]
    assert now["arrangement"]["self_administration"] is False
    assert (now["reason"], before["arrangement"]["self_administration"]) == (body["reason"], True)
    refused = nurse.reserve(person, doses=nurse.home(1))
    assert refused.status_code == 409


def test_a_measure_after_diversion_keeps_doses_here(scene: Scene, doctor: Counter) -> None:
    """H17: until it ends, no arrangement sends doses home; the no is an entry."""
    person = scene.person(diversion_supervised_until_on=scene.today + timedelta(days=30))
    assert problem(arrange(doctor, person), 409, "measure-in-force")
    assert scene.kinds(person)[-1] == "act-refused"
    body = {"kind": "supervised", "reason": "foranstaltning"}
    assert doctor.send("POST", f"/people/{person}/arrangements", body).status_code == 201


def test_a_journey_has_its_certificate(
    scene: Scene, nurse: Counter, doctor: Counter, ground: Ground
) -> None:
    person = scene.person(take_home=True)
    asked = journey(ground)
    answer = doctor.send("POST", f"/people/{person}/arrangements/exceptions", asked)
    assert answer.status_code == 201, answer.text
    now = decided(nurse, person)[0]
    assert (now["country"], now["certificate"]) == ("Sverige", "S-2026-118")
    assert now["arrangement"]["exception"]["days"] == 10
    assert (
        now["arrangement"]["pickup_weekdays"]
        == decided(nurse, person)[1]["arrangement"]["pickup_weekdays"]
    )


def test_an_exception_needs_doses_that_go_home(
    scene: Scene, doctor: Counter, ground: Ground
) -> None:
    asked = journey(ground)
    answer = doctor.send("POST", f"/people/{scene.person()}/arrangements/exceptions", asked)
    assert problem(answer, 409, "nothing-at-home")


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("take_home_days", {"take_home_days": 8}),
        ("take_home_days", {"take_home_days": 0}),
        ("take_home_days", {"kind": "supervised"}),
        ("pickup_weekdays", {"pickup_weekdays": [], "supervised_weekdays": []}),
        ("supervised_weekdays", {"supervised_weekdays": [2]}),
        ("pharmacy_unit_id", {"kind": "pharmacy"}),
        ("pharmacy_unit_id", {"pharmacy_unit_id": 1}),
        ("pharmacy_unit_id", {"kind": "pharmacy", "pharmacy_unit_id": 1}),
        ("valid_from", {"valid_from": "2026-01-01"}),
        ("reason", {"reason": " "}),
    ],
)
def test_what_does_not_fit_together_is_named(
    scene: Scene, doctor: Counter, unchanged: None, field: str, changes: dict[str, Any]
) -> None:
    person = scene.one("SELECT min(person_id) FROM person")
    assert problem(arrange(doctor, person, **changes), 422)["field"] == field


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("from_on", {"from_on": "2026-01-01"}),
        ("until_on", {"until_on": "2026-01-01"}),
        ("days", {"days": 11}),
        ("certificate", {"certificate": None}),
        ("certificate", {"country": None}),
    ],
)
def test_an_exception_that_does_not_fit_is_named(
    scene: Scene,
    doctor: Counter,
    ground: Ground,
    unchanged: None,
    field: str,
    changes: dict[str, Any],
) -> None:
    person = scene.one("SELECT min(person_id) FROM person")
    body = journey(ground) | changes
    answer = doctor.send("POST", f"/people/{person}/arrangements/exceptions", body)
    assert problem(answer, 422)["field"] == field
