"""Signing an order: asked of the rules, in force at the counter at once, never backwards."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.client import Counter, findings, problem
from tests.api.matrix.ground import Ground
from tests.api.matrix.treatment import ordered
from tests.night import paired
from tests.scene import Scene


@pytest.fixture
def ground(scene: Scene, nurse: Counter) -> Ground:
    return Ground(scene, nurse)


def sign(doctor: Counter, ground: Ground, person: int, **changes: Any) -> Any:
    body = {name: value for name, value in (ordered(ground) | changes).items() if value is not None}
    return doctor.send("POST", f"/people/{person}/orders", body)


def days(by: Counter, person: int) -> list[tuple[str, int | None]]:
    found = by.get(f"/people/{person}/orders").json()["days"]
    return [(one["first"], one["daily_ug"]) for one in found]


def test_what_is_signed_is_handed_out_at_once(
    scene: Scene, nurse: Counter, doctor: Counter, ground: Ground
) -> None:
    """H21: the counter asks by the new order at its very next check."""
    person = scene.person()
    assert sign(doctor, ground, person, daily_mg="75").status_code == 201
    assert "prescription-changed" in findings(nurse.reserve(person))
    assert nurse.reserved(person, amount_mg="75", prescription_version=2)
    assert "order-asked" in scene.kinds(person)


def test_a_taper_written_ahead_holds_day_by_day(
    scene: Scene, doctor: Counter, ground: Ground
) -> None:
    person = scene.person()
    today = doctor.today
    ahead = [
        {"from_on": (today + timedelta(days=28)).isoformat(), "daily_mg": "75"},
        {"from_on": (today + timedelta(days=56)).isoformat(), "daily_mg": "70"},
    ]
    answer = sign(doctor, ground, person, steps=ahead)
    assert answer.status_code == 201, answer.text
    assert [ug for _, ug in days(doctor, person)] == [80_000, 75_000, 70_000, None]


def test_a_step_that_is_too_large_needs_a_reason_and_the_dose_again(
    scene: Scene, doctor: Counter, ground: Ground
) -> None:
    """H04: a slip of a key is not typed twice; the refusal is recorded and says by which rule."""
    person = scene.person()
    refused = sign(doctor, ground, person, daily_mg="95")
    assert refused.status_code == 409
    blocking = refused.json()["blocking"]
    assert blocking, refused.text
    assert scene.kinds(person)[-1] == "order-refused-by-rules"
    before = days(doctor, person)
    tried = doctor.send(
        "POST", f"/people/{person}/orders/tries", ordered(ground) | {"daily_mg": "95"}
    ).json()
    assert days(doctor, person) == before, "a try writes nothing"
    if tried["cannot_be_lifted"]:
        pytest.fail(f"no reason lifts {tried['cannot_be_lifted']}")
    why = {rule: "konference med overlæge i dag" for rule in tried["asks_reason"]}
    assert (
        problem(sign(doctor, ground, person, daily_mg="95", reasons=why, retyped_mg="59"), 422)[
            "field"
        ]
        == "retyped_mg"
    )
    answer = sign(doctor, ground, person, daily_mg="95", reasons=why, retyped_mg="95")
    assert answer.status_code == 201, answer.text
    kept = scene.run("SELECT rule_id, reason FROM prescription_reason WHERE person_id = %s", person)
    assert dict(kept.fetchall()) == why


def test_only_a_specialist_begins(scene: Scene, doctor: Counter, ground: Ground) -> None:
    person = scene.person(new_to_treatment=True, first_dose_on=None, last_covered_days_ago=None)
    scene.run("DELETE FROM prescription WHERE person_id = %s", person)
    scene.run("UPDATE staff SET specialist = false WHERE staff_id = 11")
    refused = sign(doctor, ground, person, daily_mg="20", withdrawal_cows=12, low_tolerance=False)
    scene.run("UPDATE staff SET specialist = true WHERE staff_id = 11")
    assert refused.status_code == 409
    assert "start-by-non-specialist" in refused.json()["blocking"]


def test_nothing_is_ordered_backwards(
    scene: Scene, doctor: Counter, ground: Ground, unchanged: None
) -> None:
    person = scene.one("SELECT min(person_id) FROM person")
    yesterday = (doctor.today - timedelta(days=1)).isoformat()
    assert problem(sign(doctor, ground, person, valid_from=yesterday), 422)["field"] == "valid_from"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("product_code", {"product_code": "morfin"}),
        ("valid_to", {"valid_to": "2026-01-01"}),
        ("steps", {"steps": [{"from_on": "2026-01-01", "daily_mg": "70"}]}),
        ("high_dose_reason", {"high_dose_reason": "x"}),
        ("why:order-gap", {"reasons": {"order-gap": "x"}}),
    ],
)
def test_what_cannot_be_used_is_named(
    scene: Scene,
    doctor: Counter,
    ground: Ground,
    unchanged: None,
    field: str,
    changes: dict[str, Any],
) -> None:
    person = scene.one("SELECT min(person_id) FROM person")
    assert problem(sign(doctor, ground, person, **changes), 422)["field"] == field


def test_a_stop_holds_at_the_counter_at_once(scene: Scene, nurse: Counter, doctor: Counter) -> None:
    """H21: nothing is handed out by a stopped order, also not what was reserved before."""
    person = scene.person()
    reserved = nurse.reserved(person)
    body = {"from_on": doctor.today.isoformat(), "reason": "indlagt på Bispebjerg"}
    assert doctor.send("POST", f"/people/{person}/orders/stops", body).status_code == 201
    assert "prescription-missing" in findings(nurse.give(reserved))
    assert days(doctor, person) == [(doctor.today.isoformat(), None)]
    again = doctor.send("POST", f"/people/{person}/orders/stops", body)
    assert problem(again, 409, "no-order")


def test_a_pause_ends_with_the_order_as_it_would_have_stood(
    scene: Scene, doctor: Counter, ground: Ground
) -> None:
    person, today = scene.person(), doctor.today
    step = {"from_on": (today + timedelta(days=28)).isoformat(), "daily_mg": "75"}
    assert sign(doctor, ground, person, steps=[step]).status_code == 201
    body = {
        "from_on": (today + timedelta(days=2)).isoformat(),
        "until_on": (today + timedelta(days=10)).isoformat(),
        "reason": "indlagt",
    }
    assert doctor.send("POST", f"/people/{person}/orders/stops", body).status_code == 201
    shown = [ug for _, ug in days(doctor, person)]
    assert shown == [80_000, None, 80_000, 75_000, None]


def test_the_same_signature_twice_is_one_order(
    scene: Scene, doctor: Counter, ground: Ground
) -> None:
    person = scene.person()
    count = "SELECT count(*) FROM prescription WHERE person_id = %s"
    before = scene.one(count, person)
    for _ in range(2):
        answer = doctor.send(
            "POST", f"/people/{person}/orders", ordered(ground), key="sign-once-only"
        )
        assert answer.status_code == 201, answer.text
    assert scene.one(count, person) == before + 1


def test_a_dose_for_the_night_is_an_order_beside_the_injections(
    scene: Scene, nurse: Counter, doctor: Counter, ground: Ground
) -> None:
    """H01 H25: signed as one it takes nothing's place; a pause stops both, and both come back."""
    person = paired(scene)
    beside = days(doctor, person)
    assert [ug for _, ug in beside] == [400_000, None, 60_000, None]
    answer = sign(doctor, ground, person, daily_mg="60", night=True)
    assert answer.status_code == 201, answer.text
    rows = "SELECT prescription_id, version, night FROM prescription WHERE person_id = %s"
    assert scene.run(f"{rows} AND version > 2", person).fetchall() == [(person * 10 + 5, 3, True)]
    shown = nurse.get(f"/people/{person}").json()
    assert shown["prescription"] == [person * 10, 1]
    assert shown["night"]["prescription"] == [person * 10 + 5, 3]
    alone = sign(doctor, ground, scene.person(), daily_mg="60", night=True)
    assert "night-order-alone" in alone.json()["blocking"]
    pause = {"from_on": str(doctor.today), "until_on": str(doctor.today), "reason": "indlagt i dag"}
    stopped = doctor.send("POST", f"/people/{person}/orders/stops", pause)
    assert stopped.status_code in (200, 201), stopped.text
    seen = nurse.get(f"/people/{person}").json()
    assert seen["plan"] == [] and seen["night"] is None
    again = scene.run(f"{rows} AND version > 4 ORDER BY version", person).fetchall()
    assert again == [(person * 10, 5, False), (person * 10 + 5, 6, True)]
