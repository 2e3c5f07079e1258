"""What is no list, no plan and no step: refused by name or by the rules, and nothing changes."""

from typing import Any

import pytest

from tests.api.client import MADE_UP_NUMBER, Counter, problem
from tests.scene import Scene
from tests.treatment.sedatives.doing import (
    DIAZEPAM,
    agreed,
    on_plan,
    rows,
    step,
    write,
)


@pytest.mark.parametrize(
    ("mg", "rule"),
    [("16", None), ("15.999", "benzodiazepine-taper-fast"), ("14", "benzodiazepine-taper-fast")],
)
def test_too_fast_a_step_is_refused_with_what_the_rules_say(
    scene: Scene, doctor: Counter, mg: str, rule: str | None
) -> None:
    """H13: without a reason; with one the doctor signs it."""
    person = on_plan(scene, doctor)
    refused = step(doctor, person, mg)
    assert refused.status_code == 409
    if rule is not None:
        assert refused.json()["blocking"] == [rule]
        assert scene.kinds(person)[-1] == "taper-step-refused-by-rules"
    assert rows(scene, "taper_step", person) == 0
    assert step(doctor, person, mg, reason="indlagt, aftalt med afdelingen").status_code == 201


@pytest.mark.parametrize("mg", ["20", "20.001", "25"])
def test_a_step_never_goes_up(scene: Scene, doctor: Counter, mg: str) -> None:
    """H13: never raised again, with whatever reason."""
    person = on_plan(scene, doctor)
    assert problem(step(doctor, person, mg, reason="vil gerne"), 422)["field"] == "sedative_dose"
    assert rows(scene, "taper_step", person) == 0


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("goal_dose", {"goal_mg": "20"}),
        ("goal_dose", {"goal_mg": "0.5"}),
        ("first_on", {"first_on": "2026-01-05"}),
        ("first_on", {"first_on": "2999-01-05"}),
        ("last_from", {"last_percent": None}),
        ("last_every_days", {"last_every_days": 7}),
        ("agreed", {"agreed_with_patient": False}),
        ("reason", {"reason": f"nr. {MADE_UP_NUMBER}"}),
    ],
)
def test_what_is_no_plan_is_named_and_changes_nothing(
    scene: Scene, doctor: Counter, field: str, changes: dict[str, Any]
) -> None:
    person = scene.person()
    write(doctor, person, DIAZEPAM)
    before = scene.kinds(person)
    assert problem(agreed(doctor, person, **changes), 422)["field"] == field
    assert scene.kinds(person) == before and rows(scene, "taper_plan", person) == 0


@pytest.mark.parametrize(
    ("slug", "items", "changes"),
    [
        ("sedative-not-listed", [], {}),
        ("sedative-not-listed", [{"atc": "N05BA01", "source": "own-words"}], {}),
        ("sedative-without-figure", [DIAZEPAM | {"atc": "N05BA03"}], {"atc": "N05BA03"}),
    ],
)
def test_where_no_plan_can_begin(
    scene: Scene, doctor: Counter, slug: str, items: list[dict[str, Any]], changes: dict[str, Any]
) -> None:
    """H13: nothing known to come down from, or no figure to check by."""
    person = scene.person()
    write(doctor, person, *items)
    assert problem(agreed(doctor, person, **changes), 409)["type"] == f"/problems/{slug}"


def test_one_taper_at_a_time(scene: Scene, doctor: Counter) -> None:
    """UK-11: the other one waits."""
    person = on_plan(scene, doctor)
    oxazepam = {"atc": "N05BA04", "daily_mg": "15", "source": "other-doctor"}
    write(doctor, person, DIAZEPAM, oxazepam)
    refused = agreed(doctor, person, atc="N05BA04", reason="begge")
    assert problem(refused, 409)["type"] == "/problems/taper-runs"


@pytest.mark.parametrize(
    ("field", "items"),
    [
        ("atc", [DIAZEPAM | {"atc": "N02BF02"}]),
        ("atc", [DIAZEPAM, DIAZEPAM]),
        ("since_on", [DIAZEPAM | {"since_on": "2999-01-01"}]),
    ],
)
def test_what_is_no_list(
    scene: Scene, doctor: Counter, unchanged: None, field: str, items: list[dict[str, Any]]
) -> None:
    person = scene.one("SELECT min(person_id) FROM person")
    assert problem(write(doctor, person, *items), 422)["field"] == field


def test_who_has_no_authorisation_signs_no_plan(scene: Scene, doctor: Counter) -> None:
    """H13: no reason lifts it; the refusal with its verdict is an entry."""
    person = scene.person()
    write(doctor, person, DIAZEPAM)
    name = "UPDATE staff SET authorisation_id = %s WHERE username = 'doctor1'"
    known = scene.one("SELECT authorisation_id FROM staff WHERE username = 'doctor1'")
    scene.run(name, None)
    refused = agreed(doctor, person, reason="haster")
    scene.run(name, known)
    assert refused.status_code == 409
    assert refused.json()["blocking"] == ["prescriber-not-entitled"]
    assert scene.kinds(person)[-1] == "taper-plan-refused-by-rules"
    assert rows(scene, "taper_plan", person) == 0
