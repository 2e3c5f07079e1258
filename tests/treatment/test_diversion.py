"""Suspected diversion: written down by doctors, a measure at once, never another dose."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.client import Counter, findings, problem
from tests.scene import Scene


def tell(by: Counter, person: int, step: str, **more: Any) -> Any:
    return by.send("POST", f"/people/{person}/diversion", {"step": step, "told": "set"} | more)


def test_a_decision_keeps_doses_here_at_once_and_changes_no_dose(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H17: report, talk, decision; the counter refuses take-home, the order stays as it was."""
    person = scene.person(take_home=True)
    orders = nurse.get(f"/people/{person}/orders").json()
    assert tell(doctor, person, "report", source="police").status_code == 201
    assert tell(doctor, person, "talk").status_code == 201
    until = (doctor.today + timedelta(days=28)).isoformat()
    assert tell(doctor, person, "decision", supervised_until_on=until).status_code == 201
    assert "diversion-measure" in findings(nurse.reserve(person, doses=nurse.home(1)))
    assert nurse.get(f"/people/{person}/orders").json() == orders
    assert scene.kinds(person).count("diversion-recorded") == 3


def test_a_later_decision_lifts_it(scene: Scene, nurse: Counter, doctor: Counter) -> None:
    person = scene.person(take_home=True)
    until = (doctor.today + timedelta(days=28)).isoformat()
    tell(doctor, person, "decision", supervised_until_on=until)
    assert tell(doctor, person, "decision").status_code == 201
    assert "diversion-measure" not in findings(nurse.reserve(person, doses=nurse.home(1)))


def test_only_doctors_read_it(scene: Scene, nurse: Counter, doctor: Counter) -> None:
    """H24: a police report is not for the counter; a nurse learns neither text nor that it is."""
    person = scene.person()
    tell(doctor, person, "report", source="police", told="set sælge på Vesterbro")
    assert problem(nurse.get(f"/people/{person}/diversion"), 403)
    assert doctor.get(f"/people/{person}/diversion").json()["steps"][0]["source"] == "police"
    page = nurse.http.get(
        f"/behandling/person/{person}", headers={"Cookie": f"session={nurse.token}"}
    )
    assert page.status_code == 200
    assert "Vesterbro" not in page.text and "videregivelse" not in page.text


@pytest.mark.parametrize(
    ("field", "step", "more"),
    [
        ("told", "talk", {"told": " "}),
        ("source", "report", {}),
        ("source", "talk", {"source": "police"}),
        ("supervised_until_on", "talk", {"supervised_until_on": "2999-01-01"}),
        ("supervised_until_on", "decision", {"supervised_until_on": "2999-01-01"}),
        ("supervised_until_on", "decision", {"supervised_until_on": "2026-01-01"}),
        ("happened_on", "talk", {"happened_on": "2999-01-01"}),
        ("happened_on", "decision", {"happened_on": "2026-01-01"}),
    ],
)
def test_what_cannot_be_is_named(
    scene: Scene, doctor: Counter, unchanged: None, field: str, step: str, more: dict[str, Any]
) -> None:
    person = scene.one("SELECT min(person_id) FROM person")
    assert problem(tell(doctor, person, step, **more), 422)["field"] == field
