"""The routes of the unit's calendar and of closures."""

from datetime import timedelta
from itertools import count

from tests.api.matrix.ground import HANDS_OUT, ROLES, Ground, Route, Sent
from tests.scene import Scene

EVERYBODY = " ".join(role for role in ROLES if role != "nobody")
# No two of them in a row: each stays a closure of its own.
_ahead, _further = count(200, 2), count(3, 2)
GUESTS_GO_TO = 3


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


def guest(ground: Ground) -> int:
    """Somebody of the unit whose day at another unit is decided; the decision's number."""
    scene, home = ground.scene, ground.unit_id
    if scene.one("SELECT 1 FROM unit WHERE unit_id = %s", GUESTS_GO_TO) is None:
        scene.unit(GUESTS_GO_TO, "Det tredje hus")
    days = next(_further)
    scene.close_unit_on(home, days, "Personaledag")
    return goes_to(scene, ground.person(), days, GUESTS_GO_TO)


def goes_to(scene: Scene, person: int, days: int, unit: int) -> int:
    """So many days from today the person, whose right lies elsewhere, is the unit's guest."""
    day = scene.today + timedelta(days=days)
    guest_id, holder = scene.run(
        "INSERT INTO guest_right (person_id, day, from_unit_id, unit_id, reason, decided_by,"
        " decided_at) SELECT person_id, %s, right_holder_unit_id, %s, 'lukkedag',"
        " 10 * right_holder_unit_id + 1, now() FROM person WHERE person_id = %s"
        " RETURNING guest_id, from_unit_id",
        day,
        unit,
        person,
    ).fetchone()
    scene.ledger.guest(person, holder, unit, day)
    return int(guest_id)


ROUTES: dict[str, Route] = {
    "GET /calendar": (EVERYBODY, 403, lambda g: ("/calendar", None)),
    "POST /calendar/days": ("doctor administrator", 403, _days),
    "GET /closures": (HANDS_OUT, 403, lambda g: ("/closures", None)),
    "GET /closures/{first}": (HANDS_OUT, 403, lambda g: (f"/closures/{_closed(g)}", None)),
    "POST /closures/{first}/decisions": ("doctor", 403, _decision),
    "GET /guests": (HANDS_OUT, 403, lambda g: ("/guests", None)),
    "POST /guests/{guest_id}/withdrawals": (
        "doctor",
        403,
        lambda g: (f"/guests/{guest(g)}/withdrawals", {"reason": "bliver hjemme"}),
    ),
}
