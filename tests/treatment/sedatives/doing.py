"""What the tests of a taper do and look at: the list, the plan, a step, and what is known of it."""

from typing import Any

from tests.api.client import Counter
from tests.scene import Scene

DIAZEPAM = {"atc": "N05BA01", "daily_mg": "20", "source": "ordered-here", "since_on": "2025-01-01"}
CARE = "SELECT sedatives_low_ug, sedatives_high_ug, taper_state, taper_plan_on FROM care"


def write(by: Counter, person: int, *items: dict[str, Any], **more: Any) -> Any:
    return by.send("POST", f"/people/{person}/sedatives", {"items": list(items)} | more)


def plan(by: Counter, **changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "atc": "N05BA01",
        "goal_mg": "0",
        "first_on": by.today.isoformat(),
        "percent": 10,
        "percent_of": "original",
        "every_days": 14,
        "strengths_mg": ["1"],
        "halves": False,
        "last_from_mg": "10",
        "last_percent": 5,
        "last_every_days": 14,
        "on_medication_card": True,
        "agreed_with_patient": True,
    }
    return usual | changes


def agreed(by: Counter, person: int, **changes: Any) -> Any:
    return by.send("POST", f"/people/{person}/taper/plans", plan(by, **changes))


def step(by: Counter, person: int, dose_mg: str, **more: Any) -> Any:
    body = {"dose_mg": dose_mg, "on_medication_card": True} | more
    return by.send("POST", f"/people/{person}/taper/steps", body)


def told(by: Counter, person: int) -> dict[str, Any]:
    return by.get(f"/people/{person}/sedatives").json()


def care(scene: Scene, person: int) -> tuple[Any, ...]:
    found = scene.connection.execute(f"{CARE} WHERE person_id = %s", (person,)).fetchone()
    assert found is not None
    return tuple(found)


def rows(scene: Scene, table: str, person: int) -> int:
    return int(scene.one(f"SELECT count(*) FROM {table} WHERE person_id = %s", person))


def on_plan(scene: Scene, doctor: Counter, **changes: Any) -> int:
    """Somebody with 20 mg of diazepam and a plan that begins today."""
    person = scene.person()
    assert write(doctor, person, DIAZEPAM).status_code == 201
    done = agreed(doctor, person, **changes)
    assert done.status_code == 201, done.text
    return person


def back_to(scene: Scene, person: int, days: int) -> None:
    """The plan was agreed so many days ago."""
    scene.run(
        "UPDATE taper_plan SET agreed_on = agreed_on - %s, step_on = (SELECT array_agg(d - %s"
        " ORDER BY d) FROM unnest(step_on) d) WHERE person_id = %s",
        *(days, days, person),
    )
