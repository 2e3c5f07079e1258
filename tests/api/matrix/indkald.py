"""The routes of indkald: the unit's year, agreeing, findings, missed days, conclusions."""

from datetime import timedelta
from typing import Any

from tests.api.client import sign_in
from tests.api.matrix.ground import HANDS_OUT, Ground, Route, Sent
from tests.scene import Scene


def places(scene: Scene, unit_id: int, count: int = 40) -> None:
    """So many observation places; nothing where there are some already."""
    known = "SELECT 1 FROM indkald_places WHERE unit_id = %s"
    if scene.one(known, unit_id) is None:
        scene.run(
            "INSERT INTO indkald_places VALUES (%s, 1, %s, %s, now())",
            unit_id,
            count,
            10 * unit_id + 1,
        )


def missed(ground: Ground) -> tuple[int, int]:
    """A person who did not come on the first day of an indkald, as the day's closing records it."""
    person = ground.person()
    period = ground.scene.indkald(person)
    ground.scene.run(
        "INSERT INTO indkald_missed VALUES (%s, %s, %s, %s, 'no-dose', %s, now())",
        *(period, ground.scene.today, person, ground.unit_id, 10 * ground.unit_id),
    )
    return person, period


def held(ground: Ground) -> tuple[int, int]:
    """A person whose indkald of one day is held, and nobody has concluded."""
    person = ground.person()
    period = ground.scene.indkald(person, days=1)
    ground.scene.run(
        "UPDATE indkald SET completed = days, state = 'completed' WHERE indkald_id = %s", period
    )
    return person, period


def agreed(ground: Ground) -> tuple[int, int]:
    """A person whose indkald begins in a few days."""
    person = ground.person()
    return person, ground.scene.indkald(person, first_days=5)


def _of(made: tuple[int, int], what: str, body: Any) -> Sent:
    person, period = made
    return f"/people/{person}/indkald/{period}/{what}", body


def _places(ground: Ground) -> Sent:
    standing = ground.scene.one(
        "SELECT max(places) FROM indkald_places WHERE unit_id = %s", ground.unit_id
    )
    return "/indkald/places", {"places": (standing or 40) + 1}


def _agree(ground: Ground) -> Sent:
    places(ground.scene, ground.unit_id)
    # Other routes of the matrix close days.
    last = ground.scene.one(
        "SELECT max(day) FROM unit_closed_day WHERE unit_id = %s AND day < %s",
        *(ground.unit_id, ground.nurse.today + timedelta(days=300)),
    )
    first = max(last or ground.nurse.today, ground.nurse.today) + timedelta(days=20)
    return f"/people/{ground.person()}/indkald", {"first": str(first), "come_at": "11:00"}


def every_record(ground: Ground) -> None:
    """A row in each of the tables of indkald that stand behind the second wall."""
    doctor = sign_in(ground.nurse.http, ground.scene, f"doctor{ground.unit_id}", None)
    today = ground.nurse.today.isoformat()
    for path, body in (
        (f"/people/{ground.person()}/indkald/wishes", {"not_weekdays": [1]}),
        _of(agreed(ground), "invitations", {"how": "slip"}),
        _of(missed(ground), "findings", {"day": today, "note": "kom ikke"}),
        _of(missed(ground), "missed", {"day": today, "choice": "excuse", "reason": "syg"}),
        _of(held(ground), "conclusion", {"result": "right", "note": "som ventet"}),
    ):
        done = doctor.send("POST", path, body)
        assert done.status_code == 201, done.text


ROUTES: dict[str, Route] = {
    "GET /indkald": (HANDS_OUT, 403, lambda g: ("/indkald", None)),
    "POST /indkald/places": ("doctor", 403, _places),
    "GET /people/{person_id}/indkald": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/indkald", None),
    ),
    "POST /people/{person_id}/indkald/wishes": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/indkald/wishes", {"not_weekdays": [1]}),
    ),
    "POST /people/{person_id}/indkald": (HANDS_OUT, 403, _agree),
    "POST /people/{person_id}/indkald/{indkald_id}/invitations": (
        HANDS_OUT,
        403,
        lambda g: _of(agreed(g), "invitations", {"how": "slip"}),
    ),
    "GET /people/{person_id}/indkald/{indkald_id}/invitation": (
        HANDS_OUT,
        403,
        lambda g: _of(agreed(g), "invitation?language=en", None),
    ),
    "POST /people/{person_id}/indkald/{indkald_id}/findings": (
        HANDS_OUT,
        403,
        lambda g: _of(missed(g), "findings", {"day": g.nurse.today.isoformat(), "note": "set"}),
    ),
    "POST /people/{person_id}/indkald/{indkald_id}/missed": (
        "doctor",
        403,
        lambda g: _of(
            missed(g),
            "missed",
            {"day": g.nurse.today.isoformat(), "choice": "excuse", "reason": "syg"},
        ),
    ),
    "POST /people/{person_id}/indkald/{indkald_id}/conclusion": (
        "doctor",
        403,
        lambda g: _of(held(g), "conclusion", {"result": "right", "note": "som ventet"}),
    ),
}
