"""The routes of benzodiazepines and the way down."""

from typing import Any

from tests.api.client import Counter, sign_in
from tests.api.matrix.ground import HANDS_OUT, Ground, Route, Sent

TAKEN = {"atc": "N05BA01", "daily_mg": "20", "source": "ordered-here"}


def plan_body(by: Counter) -> dict[str, Any]:
    return {
        "atc": "N05BA01",
        "goal_mg": "0",
        "first_on": by.today.isoformat(),
        "percent": 10,
        "percent_of": "original",
        "every_days": 14,
        "strengths_mg": ["1"],
        "halves": False,
        "on_medication_card": True,
        "agreed_with_patient": True,
        "reason": "aftalt",
    }


def listed(ground: Ground) -> int:
    """Somebody whose list a doctor of the unit has written."""
    person = ground.person()
    done = _doctor(ground).send("POST", f"/people/{person}/sedatives", {"items": [TAKEN]})
    assert done.status_code == 201, done.text
    return person


def planned(ground: Ground) -> int:
    """Somebody with a taper in force, whose first step is due today."""
    person, doctor = listed(ground), _doctor(ground)
    done = doctor.send("POST", f"/people/{person}/taper/plans", plan_body(doctor))
    assert done.status_code == 201, done.text
    return person


def _doctor(ground: Ground) -> Counter:
    return sign_in(ground.nurse.http, ground.scene, f"doctor{ground.unit_id}", None)


def _pause(ground: Ground) -> Sent:
    day = ground.nurse.today.isoformat()
    body = {"from_on": day, "until_on": day, "reason": "ferie"}
    return f"/people/{planned(ground)}/taper/pauses", body


ROUTES: dict[str, Route] = {
    "GET /people/{person_id}/sedatives": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/sedatives", None),
    ),
    "POST /people/{person_id}/sedatives": (
        "doctor",
        403,
        lambda g: (f"/people/{g.person()}/sedatives", {"items": [TAKEN]}),
    ),
    "POST /people/{person_id}/sedatives/told": (
        "doctor",
        403,
        lambda g: (f"/people/{listed(g)}/sedatives/told", {"note": "talt om faren"}),
    ),
    "POST /people/{person_id}/taper/drafts": (
        "doctor",
        403,
        lambda g: (f"/people/{listed(g)}/taper/drafts", plan_body(g.nurse)),
    ),
    "POST /people/{person_id}/taper/plans": (
        "doctor",
        403,
        lambda g: (f"/people/{listed(g)}/taper/plans", plan_body(g.nurse)),
    ),
    "POST /people/{person_id}/taper/steps": (
        "doctor",
        403,
        lambda g: (
            f"/people/{planned(g)}/taper/steps",
            {"dose_mg": "18", "on_medication_card": True},
        ),
    ),
    "POST /people/{person_id}/taper/pauses": ("doctor", 403, _pause),
    "POST /people/{person_id}/taper/looked-at": (
        "doctor",
        403,
        lambda g: (f"/people/{planned(g)}/taper/looked-at", {"note": "går videre"}),
    ),
    "POST /people/{person_id}/taper/stopped": (
        "doctor",
        403,
        lambda g: (f"/people/{planned(g)}/taper/stopped", {"reason": "for syg"}),
    ),
    "GET /tapers": (HANDS_OUT, 403, lambda g: ("/tapers", None)),
}
