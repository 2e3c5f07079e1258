"""The routes of emergency access and of who has looked at a person."""

from tests.api.matrix.downtime import elsewhere
from tests.api.matrix.ground import HANDS_OUT, Ground, Route, Sent

REVIEWS = "doctor administrator"


def open_elsewhere(ground: Ground) -> Sent:
    """A request to open somebody of another unit; yesterday's tries count no more."""
    _, other = elsewhere(ground)
    ground.scene.run("UPDATE emergency_try SET tried_at = tried_at - interval '2 days'")
    code = f"K-{ground.scene.person(other):04d}"
    return "/emergency-accesses", {"code": code, "reason": "unconscious at our door"}


def opened(ground: Ground) -> int:
    """Somebody of another unit, opened by the nurse of the ground."""
    return ground.nurse.send("POST", *open_elsewhere(ground)).json()["person_id"]


def to_review(ground: Ground) -> int:
    """One of the unit's people was opened by a nurse of another unit."""
    other, _ = elsewhere(ground)
    ground.scene.run("UPDATE emergency_try SET tried_at = tried_at - interval '2 days'")
    body = {"code": f"K-{ground.person():04d}", "reason": "unconscious at our door"}
    return other.send("POST", "/emergency-accesses", body).json()["access_id"]


def _read(ground: Ground) -> Sent:
    """The nurse and the doctor of the unit have it open."""
    person = opened(ground)
    ground.scene.run(
        "INSERT INTO emergency_access (person_id, person_unit_id, staff_id, unit_id, reason,"
        " opened_at, until_at, review_due_at) SELECT person_id, person_unit_id, unit_id * 10 + 1,"
        " unit_id, reason, opened_at, until_at, review_due_at FROM emergency_access"
        " WHERE person_id = %s",
        person,
    )
    return f"/emergency-accesses/people/{person}", None


ROUTES: dict[str, Route] = {
    "POST /emergency-accesses": (HANDS_OUT, 403, open_elsewhere),
    "GET /emergency-accesses": (REVIEWS, 403, lambda g: ("/emergency-accesses", None)),
    "POST /emergency-accesses/{access_id}/review": (
        REVIEWS,
        403,
        lambda g: (
            f"/emergency-accesses/{to_review(g)}/review",
            {"outcome": "justified", "note": "it was needed"},
        ),
    ),
    "GET /emergency-accesses/people/{person_id}": (HANDS_OUT, 403, _read),
    **{
        f"GET /people/{{person_id}}/views{kind}": (
            REVIEWS,
            403,
            lambda g, kind=kind: (f"/people/{g.person()}/views{kind}", None),
        )
        for kind in ("", ".csv", ".pdf")
    },
}
