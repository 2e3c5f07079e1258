"""The routes of the treatment: what is looked after, and orders."""

from datetime import timedelta
from typing import Any

from tests.api.matrix.ground import HANDS_OUT, Ground, Route

DOCTOR = "doctor"


def ordered(ground: Ground) -> dict[str, Any]:
    """A draft that the rules let pass for the ordinary patient: the same dose for half a year."""
    today = ground.nurse.today
    return {
        "product_code": "metadon-1",
        "daily_mg": "80",
        "valid_from": today.isoformat(),
        "valid_to": (today + timedelta(days=100)).isoformat(),
        "reason_not_buprenorphine": "god virkning af metadon i ti år",
        "agreed_with_patient": True,
        "on_medication_card": True,
        "driving_told": True,
    }


def at_home() -> dict[str, Any]:
    """Comes on Mondays and Thursdays, swallows here, the rest goes home."""
    return {
        "kind": "part_take_home",
        "reason": "arbejde hver dag",
        "supervised_weekdays": [1, 4],
        "pickup_weekdays": [1, 4],
        "take_home_days": 3,
        "ticked": ["locked_away", "informed"],
    }


def journey(ground: Ground) -> dict[str, Any]:
    """Ten days in Sweden, with a certificate."""
    today = ground.nurse.today
    return {
        "days": 10,
        "from_on": (today + timedelta(days=5)).isoformat(),
        "until_on": (today + timedelta(days=14)).isoformat(),
        "reason": "begravelse i familien",
        "country": "Sverige",
        "certificate": "S-2026-118",
        "certificate_on": today.isoformat(),
    }


ROUTES: dict[str, Route] = {
    "GET /people/{person_id}/monitoring": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/monitoring", None),
    ),
    "POST /people/{person_id}/monitoring": (
        HANDS_OUT,
        403,
        lambda g: (
            f"/people/{g.person()}/monitoring",
            {"kind": "naloxone", "answer": "done"},
        ),
    ),
    "GET /people/{person_id}/orders": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/orders", None),
    ),
    "POST /people/{person_id}/orders/tries": (
        DOCTOR,
        403,
        lambda g: (f"/people/{g.person()}/orders/tries", ordered(g)),
    ),
    "POST /people/{person_id}/orders": (
        DOCTOR,
        403,
        lambda g: (f"/people/{g.person()}/orders", ordered(g)),
    ),
    "POST /people/{person_id}/orders/stops": (
        DOCTOR,
        403,
        lambda g: (
            f"/people/{g.person()}/orders/stops",
            {"from_on": g.nurse.today.isoformat(), "reason": "indlagt"},
        ),
    ),
    "GET /people/{person_id}/arrangements": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/arrangements", None),
    ),
    "POST /people/{person_id}/arrangements": (
        DOCTOR,
        403,
        lambda g: (f"/people/{g.person()}/arrangements", at_home()),
    ),
    "POST /people/{person_id}/arrangements/supervised": (
        DOCTOR,
        403,
        lambda g: (f"/people/{g.person()}/arrangements/supervised", {"reason": "mistede en dosis"}),
    ),
    "POST /people/{person_id}/arrangements/exceptions": (
        DOCTOR,
        403,
        lambda g: (
            f"/people/{g.person(take_home=True)}/arrangements/exceptions",
            journey(g),
        ),
    ),
    "GET /people/{person_id}/diversion": (
        DOCTOR,
        403,
        lambda g: (f"/people/{g.person()}/diversion", None),
    ),
    "POST /people/{person_id}/diversion": (
        DOCTOR,
        403,
        lambda g: (f"/people/{g.person()}/diversion", {"step": "talk", "told": "talt sammen"}),
    ),
    "GET /doctor/morning": (DOCTOR, 403, lambda g: ("/doctor/morning", None)),
    "GET /monitoring/due": (HANDS_OUT, 403, lambda g: ("/monitoring/due", None)),
}
