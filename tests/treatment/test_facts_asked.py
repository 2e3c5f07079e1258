"""Kidneys, lungs, alcohol, a locked box, urine, pregnancy: recorded, told to the counter, due."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from dispensing.treatment.due import Kept, due
from dosing_rules import Health, HomeSafety, load_book
from tests.api.client import Counter, findings, problem
from tests.api.matrix.treatment import at_home
from tests.api.test_page_relations import Browser
from tests.api.test_replay import loaded_and_told
from tests.scene import Scene
from tests.spec.standard import patient as ordinary
from tests.treatment.test_due import ALL_ASKED, TODAY
from tests.treatment.test_monitoring import due as due_of
from tests.treatment.test_monitoring import record

HEALTHY = {"filtration_ml_per_minute": 95, "breathing_disease": False, "drinks_daily": False}
BOOK = load_book("dk-crk-2026")
ASKS_ALL = replace(BOOK, requires_health=True, requires_home_safety=True)


def rules(nurse: Counter, person: int, **changes: Any) -> list[str]:
    return findings(nurse.send("POST", "/checks", nurse.order(person, **changes)))


@pytest.mark.parametrize(
    ("health", "said"),
    [
        (HEALTHY, set()),
        (HEALTHY | {"filtration_ml_per_minute": 20}, {"weak-kidneys"}),
        (HEALTHY | {"breathing_disease": True}, {"breathing-disease"}),
        (HEALTHY | {"drinks_daily": True}, {"sedating-medicines"}),
        # Written as a whole: what nobody knows of it counts as what asks for more care.
        (
            {"filtration_ml_per_minute": 95},
            {"breathing-disease", "sedating-medicines"},
        ),
        ({"breathing_disease": False, "drinks_daily": False}, {"weak-kidneys"}),
    ],
)
def test_kidneys_lungs_and_alcohol_reach_the_counter_as_a_whole(
    scene: Scene, nurse: Counter, doctor: Counter, health: dict[str, Any], said: set[str]
) -> None:
    """H13: unknown is not harmless, and the ledger says what the tables say."""
    person = scene.person()
    about = {"weak-kidneys", "breathing-disease", "sedating-medicines"}
    assert not about & set(rules(nurse, person))
    assert record(doctor, person, "health", **health).status_code == 201
    assert about & set(rules(nurse, person)) == said
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told and loaded.health is not None


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("filtration_ml_per_minute", {"kind": "health", "answer": "done"}),
        ("filtration_ml_per_minute", {"kind": "liver", "answer": "done", "drinks_daily": True}),
        ("found_on", {"kind": "health", "answer": "done", "found_on": "2026-01-05"} | HEALTHY),
        ("found_on", {"kind": "locked_box", "answer": "yes", "found_on": "2026-01-05"}),
        ("answer", {"kind": "liver", "answer": "not_relevant", "note": "hvorfor ikke"}),
        ("note", {"kind": "pregnancy", "answer": "not_relevant"}),
    ],
)
def test_what_cannot_be_kept_is_named(
    scene: Scene, doctor: Counter, unchanged: None, field: str, body: dict[str, Any]
) -> None:
    person = scene.one("SELECT min(person_id) FROM person")
    answer = doctor.send("POST", f"/people/{person}/monitoring", body)
    assert problem(answer, 422)["field"] == field


def test_kidneys_and_lungs_are_the_doctors_a_locked_box_is_the_nurses_as_well(
    scene: Scene, nurse: Counter
) -> None:
    person = scene.person()
    assert problem(record(nurse, person, "health", **HEALTHY), 403)
    assert record(nurse, person, "locked_box", "yes").status_code == 201


def home_person(scene: Scene) -> int:
    weekday = scene.today.isoweekday()
    days = {"supervised_weekdays": [weekday], "pickup_weekdays": [weekday], "take_home_days": 6}
    return scene.person(take_home=True, **days)


def test_no_locked_box_is_said_when_a_dose_goes_home(scene: Scene, nurse: Counter) -> None:
    """H17: 40 mg may kill a child."""
    person = home_person(scene)
    doses = [nurse.dose(), *nurse.home(1)]
    assert "home-without-locked-box" not in rules(nurse, person, doses=doses)
    assert record(nurse, person, "locked_box", "no").status_code == 201
    assert "home-without-locked-box" in rules(nurse, person, doses=doses)
    assert record(nurse, person, "locked_box", "yes").status_code == 201
    assert "home-without-locked-box" not in rules(nurse, person, doses=doses)


def test_what_the_doctor_ticks_with_an_arrangement_is_on_record_and_asked_no_more(
    scene: Scene, doctor: Counter
) -> None:
    """One act says it: the precondition of doses at home is the counter's fact as well."""
    person = scene.person()
    answer = doctor.send("POST", f"/people/{person}/arrangements", at_home())
    assert answer.status_code == 201, answer.text
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told and loaded.home_safety == HomeSafety(None, locked_box=True)
    unticked = at_home() | {"ticked": ["informed"]}
    assert doctor.send("POST", f"/people/{person}/arrangements", unticked).status_code == 201
    missing = "SELECT missing FROM arrangement_basis WHERE person_id = %s AND version = %s"
    assert "locked_away" not in scene.run(missing, person, 3).fetchone()[0]


def test_a_box_nobody_ticked_is_not_said_to_be_there(scene: Scene, doctor: Counter) -> None:
    person = scene.person()
    unticked = at_home() | {"ticked": ["informed"]}
    assert doctor.send("POST", f"/people/{person}/arrangements", unticked).status_code == 201
    assert loaded_and_told(scene, person)[0].home_safety is None


def test_a_urine_sample_is_known_to_the_restart(scene: Scene, nurse: Counter) -> None:
    """The rule at a restart asked for what was recorded and never told."""
    person = scene.person(last_covered_days_ago=9)
    assert "urine-before-restart" in rules(nurse, person)
    assert record(nurse, person, "urine", goal="før genstart").status_code == 201
    assert "urine-before-restart" not in rules(nurse, person)
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told and loaded.urine_on == scene.today
    older = (scene.today - timedelta(days=3)).isoformat()
    record(nurse, person, "urine", goal="tidligere", found_on=older)
    assert loaded_and_told(scene, person)[0].urine_on == scene.today


def test_whether_somebody_is_pregnant_is_due_until_it_is_known(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H13: the counter asks at every dose of whoever was never asked; the list says so at last."""
    person = scene.person(pregnant=None, sex="m")
    assert "pregnant" in rules(nurse, person)
    assert "pregnancy" in due_of(nurse, person)
    done = record(doctor, person, "pregnancy", "not_relevant", note="kan ikke blive gravid: mand")
    assert done.status_code == 201
    assert "pregnancy" not in due_of(nurse, person)
    assert "pregnant" not in rules(nurse, person)
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told and loaded.pregnant is False


def test_not_relevant_is_one_press_with_its_reason(
    scene: Scene, doctor: Counter, http: Any
) -> None:
    person = scene.person(pregnant=None)
    browser, way = Browser(http, doctor.token), "/behandling/person/{person_id}/opfoelgning"
    ids = {"person_id": person}
    why = "Kan ikke blive gravid: efter overgangsalderen"
    assert f'<button class="button button-secondary act" name="note" value="{why}">' in (
        browser.send(f"GET {way}", ids).text
    )
    fields = {"key": "not-relevant-1", "finding": "pregnancy", "found": "not_relevant"}
    answer = browser.send(f"POST {way}", ids, fields | {"note": why})
    assert answer.status_code == 200 and "Ikke relevant" in answer.text
    asked = "SELECT note FROM monitoring WHERE person_id = %s AND kind = 'pregnancy'"
    assert scene.one(asked, person) == why


def test_the_form_of_kidneys_and_lungs_says_it_all_at_once(
    scene: Scene, doctor: Counter, http: Any
) -> None:
    person = scene.person()
    browser, way = Browser(http, doctor.token), "/behandling/person/{person_id}/opfoelgning"
    fields = {
        "key": "health-of-somebody",
        "finding": "health",
        "found": "done",
        "filtration_ml_per_minute": "38",
        "breathing_disease": "no",
        "drinks_daily": "",
    }
    answer = browser.send(f"POST {way}", {"person_id": person}, fields)
    assert answer.status_code == 200
    assert "eGFR 38 · svær lungesygdom: nej · drikker dagligt: ukendt" in answer.text
    assert loaded_and_told(scene, person)[0].health == Health(38, False, None)


@pytest.mark.parametrize(("days", "waiting"), [(1, False), (0, True)])
def test_a_pregnancy_that_was_put_off_comes_back_on_its_day(days: int, waiting: bool) -> None:
    put_off = Kept("pregnancy", "put_off", TODAY, TODAY + timedelta(days=days))
    patient = replace(ordinary(), pregnant=None)
    found = due(patient, ALL_ASKED | {"pregnancy": put_off}, BOOK, TODAY)
    assert ("pregnancy" in {one.kind for one in found}) is waiting


@pytest.mark.parametrize(
    ("changes", "waiting"),
    [
        ({}, {"health", "locked_box"}),
        ({"health": Health(None, None, None)}, {"locked_box"}),
        ({"home_safety": HomeSafety(None, False)}, {"health"}),
    ],
)
def test_what_the_book_asks_of_everybody_is_due_until_it_is_known(
    changes: dict[str, Any], waiting: set[str]
) -> None:
    """By the book's own switches: while they are off, the lists do not fill with everybody."""
    at_home = replace(ordinary().arrangement, self_administration=True)  # type: ignore[type-var]
    unknown = {"health": None, "home_safety": None, "arrangement": at_home}
    patient = replace(ordinary(), **(unknown | changes))

    def kinds(book: Any) -> set[str]:
        found = due(patient, ALL_ASKED, book, date(2026, 11, 24))
        return {one.kind for one in found} & {"health", "locked_box"}

    assert kinds(ASKS_ALL) == waiting
    assert kinds(BOOK) == set()
