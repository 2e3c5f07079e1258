"""The routes of sign-in and the counter."""

from datetime import timedelta

from tests.api.matrix.ground import HANDS_OUT, ROLES, Route, about
from tests.scene import PASSWORD

SEEN = {"identifiers": ["photo", "card"], "observed": {"affected": False}}
ANSWER = {"allow": True, "rule_ids": ["missed-days"], "reason": "seen"}

ROUTES: dict[str, Route] = {
    "POST /sessions": (
        " ".join(ROLES),
        401,
        lambda g: ("/sessions", {"username": "nurse1b", "password": PASSWORD}),
    ),
    # Signing out twice, or with a token that is none, leaves nobody signed in either way.
    "DELETE /sessions": (
        " ".join(ROLES),
        401,
        lambda g: ("/sessions", None),
    ),
    "POST /reservations": (
        HANDS_OUT,
        403,
        lambda g: ("/reservations", g.nurse.order(g.person())),
    ),
    "POST /checks": (HANDS_OUT, 403, lambda g: ("/checks", g.nurse.order(g.person()))),
    "POST /reservations/{reservation_id}/given": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.reserved(), "given", **SEEN),
    ),
    "POST /reservations/{reservation_id}/returned": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.reserved(), "returned"),
    ),
    "POST /reservations/{reservation_id}/refused": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.reserved(), "refused"),
    ),
    "POST /reservations/{reservation_id}/spilled": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.reserved(), "spilled", note="dropped"),
    ),
    "POST /reservations/{reservation_id}/doubts": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.reserved(), "doubts"),
    ),
    "POST /reservations/{reservation_id}/reversals": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.given(), "reversals", reason="mistake"),
    ),
    "POST /reservations/{reservation_id}/vomits": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.given(), "vomits", minutes_after=0, witnessed=True),
    ),
    "POST /reservations/{reservation_id}/observations": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.observed(), "observations", state="completed", affected=False),
    ),
    "POST /people/{person_id}/declines": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/declines", {}),
    ),
    "POST /people/{person_id}/withdrawal-readings": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/withdrawal-readings", {"cows": 9}),
    ),
    "POST /questions": (
        HANDS_OUT,
        403,
        lambda g: ("/questions", {"order": g.nurse.order(g.person(last_covered_days_ago=4))}),
    ),
    "GET /questions": ("doctor", 403, lambda g: ("/questions", None)),
    "POST /people/{person_id}/decisions": (
        "doctor",
        403,
        lambda g: (f"/people/{g.person()}/decisions", ANSWER),
    ),
    "POST /unit/card-at-given": (
        "administrator",
        403,
        lambda g: ("/unit/card-at-given", {"demanded": False}),
    ),
    "GET /people": (HANDS_OUT, 403, lambda g: ("/people?text=Person", None)),
    # Not told apart from an unknown person.
    "GET /people/{person_id}": (HANDS_OUT, 403, lambda g: (f"/people/{g.person()}", None)),
    "GET /today": (HANDS_OUT, 403, lambda g: ("/today", None)),
    "POST /days/{day}/close": (
        HANDS_OUT,
        403,
        lambda g: (f"/days/{g.nurse.today - timedelta(days=30)}/close", None),
    ),
}
