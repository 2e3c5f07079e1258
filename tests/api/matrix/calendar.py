"""The routes of the unit's calendar and of closures."""

from datetime import timedelta
from itertools import count

from tests.api.matrix.ground import HANDS_OUT, ROLES, Ground, Route, Sent

EVERYBODY = " ".join(role for role in ROLES if role != "nobody")
# No two of them in a row: each stays a closure of its own.
_ahead, _further = count(200, 2), count(3, 2)


def _days(ground: Ground) -> Sent:
    day = ground.nurse.today + timedelta(days=next(_ahead))
    return "/calendar/days", {"closed": [{"day": day.isoformat(), "name": "Personaledag"}]}


def _closed(ground: Ground) -> str:
    """A single closed day to come."""
    days = next(_further)
    ground.scene.close_unit_on(1, days, "Personaledag")
    return (ground.nurse.today + timedelta(days=days)).isoformat()


def _decision(ground: Ground) -> Sent:
    person = ground.person()
    day = _closed(ground)
    chosen = {
        "person_id": person,
        "choice": "called",
        "arrangement_version": 1,
        "prescription_version": 1,
    }
    body = {"last": day, "reason": "ringer selv", "people": [chosen]}
    return f"/closures/{day}/decisions", body


ROUTES: dict[str, Route] = {
    "GET /calendar": (EVERYBODY, 403, lambda g: ("/calendar", None)),
    "POST /calendar/days": ("doctor administrator", 403, _days),
    "GET /closures": (HANDS_OUT, 403, lambda g: ("/closures", None)),
    "GET /closures/{first}": (HANDS_OUT, 403, lambda g: (f"/closures/{_closed(g)}", None)),
    "POST /closures/{first}/decisions": ("doctor", 403, _decision),
}
