"""The routes of the unit's calendar and of closures."""

from datetime import timedelta
from itertools import count

from tests.api.matrix.ground import ROLES, Ground, Route, Sent

EVERYBODY = " ".join(role for role in ROLES if role != "nobody")
_ahead = count(40)


def _days(ground: Ground) -> Sent:
    day = ground.nurse.today + timedelta(days=next(_ahead))
    return "/calendar/days", {"closed": [{"day": day.isoformat(), "name": "Personaledag"}]}


ROUTES: dict[str, Route] = {
    "GET /calendar": (EVERYBODY, 403, lambda g: ("/calendar", None)),
    "POST /calendar/days": ("doctor administrator", 403, _days),
}
