"""The routes of moves: away and back, the letter, the treatment at another unit."""

from datetime import timedelta
from typing import Any

from tests.api.client import Counter, sign_in
from tests.api.matrix.calendar import GUESTS_GO_TO
from tests.api.matrix.ground import HANDS_OUT, Ground, Route, Sent

DOCTOR = "doctor"
#: What the forms of a move ask for.
MOVED = {
    "place": "hospital",
    "told_by": "sygeplejersken dér",
    "since_at": "00:00",
    "gives": "unknown",
    "coverage": "none",
    "to_name": "Afdeling K",
    "to_unit_id": str(GUESTS_GO_TO),
}


def _going(ground: Ground) -> dict[str, Any]:
    at = ground.scene.one("SELECT clock_timestamp()")
    return {
        "place": "hospital",
        "name": "Afdeling K",
        "told_by": "sygeplejersken dér",
        "since_at": (at - timedelta(seconds=1)).isoformat(),
    }


def away(ground: Ground) -> int:
    """Somebody in hospital."""
    person = ground.person()
    done = ground.nurse.send("POST", f"/people/{person}/moves", _going(ground))
    assert done.status_code == 201, done.text
    return person


def doctor_of(ground: Ground, unit_id: int) -> Counter:
    return sign_in(ground.nurse.http, ground.scene, f"doctor{unit_id}", None)


def _of(ground: Ground, person: int, what: str) -> dict[str, Any]:
    return ground.nurse.get(f"/people/{person}/moves").json()[what][0]


def third(ground: Ground) -> int:
    """A unit that nobody of the other requests belongs to."""
    if ground.scene.one("SELECT 1 FROM unit WHERE unit_id = %s", GUESTS_GO_TO) is None:
        ground.scene.unit(GUESTS_GO_TO, "Det tredje hus")
    return GUESTS_GO_TO


def offered(ground: Ground, to_unit: int | None = None, **changes: Any) -> tuple[int, int]:
    """Somebody whose treatment the unit offers to another one; the offer."""
    person = ground.person(**changes)
    body = {"to_unit_id": to_unit or third(ground), "reason": "flytter"}
    doctor = doctor_of(ground, ground.unit_id)
    done = doctor.send("POST", f"/people/{person}/moves/offers", body)
    assert done.status_code == 201, done.text
    return person, _of(ground, person, "offers")["offer_id"]


def offered_here(ground: Ground, **changes: Any) -> tuple[int, int]:
    """Somebody whose treatment another unit offers to this one; the offer."""
    other = third(ground)
    nurse = sign_in(ground.nurse.http, ground.scene, f"nurse{other}", None)
    return offered(Ground(ground.scene, nurse, other), ground.unit_id, **changes)


def written(ground: Ground, person: int | None = None) -> int:
    """A letter of the unit, about that person or another."""
    person = person or ground.person()
    ground.nurse.send("POST", f"/people/{person}/moves/letters", {"to_name": "Afdeling K"})
    return _of(ground, person, "letters")["letter_id"]


def _withdrawal(ground: Ground) -> Sent:
    person, offer_id = offered(ground)
    path = f"/people/{person}/moves/offers/{offer_id}/withdrawals"
    return path, {"reason": "bliver her"}


ROUTES: dict[str, Route] = {
    "GET /people/{person_id}/moves": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/moves", None),
    ),
    "POST /people/{person_id}/moves": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/moves", _going(g)),
    ),
    "POST /people/{person_id}/moves/returns": (
        HANDS_OUT,
        403,
        lambda g: (
            f"/people/{away(g)}/moves/returns",
            {"told_by": "udskrivningsbrev", "coverage": "unknown"},
        ),
    ),
    "POST /people/{person_id}/moves/letters": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/moves/letters", {"to_name": "Afdeling K"}),
    ),
    "GET /move-letters/{letter_id}": (
        HANDS_OUT,
        403,
        lambda g: (f"/move-letters/{written(g)}", None),
    ),
    "POST /people/{person_id}/moves/offers": (
        DOCTOR,
        403,
        lambda g: (
            f"/people/{g.person()}/moves/offers",
            {"to_unit_id": third(g), "reason": "flytter"},
        ),
    ),
    "POST /people/{person_id}/moves/offers/{offer_id}/withdrawals": (DOCTOR, 403, _withdrawal),
    "GET /move-offers": (DOCTOR, 403, lambda g: ("/move-offers", None)),
    "POST /move-offers/{offer_id}/answers": (
        DOCTOR,
        403,
        lambda g: (
            f"/move-offers/{offered_here(g)[1]}/answers",
            {"accept": False, "reason": "fuldt hus"},
        ),
    ),
}
