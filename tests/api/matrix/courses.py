"""The routes of people's courses and of buprenorphine first."""

from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any

from tests.api.client import sign_in
from tests.api.matrix.ground import HANDS_OUT, Ground, Route, Sent

SOUNDS = ("ba", "do", "fu", "gi", "ke", "lu", "mo", "na", "pi", "ro", "su", "te", "va")
_numbers = count()
CONTACT = {"came_by": "self", "before": "before"}


def like_nobody(today: date) -> dict[str, Any]:
    """Somebody whom nobody is like: another birth date, a name of another sound."""
    number = next(_numbers)
    given, family = ("".join(Random(f"{part}{number}").choices(SOUNDS, k=6)) for part in "gf")
    return {
        "given_name": given.title(),
        "family_name": family.title(),
        "born_on": (date(1931, 1, 1) + timedelta(days=number)).isoformat(),
        "sex": "x",
        "contact": CONTACT | {"contact_on": today.isoformat()},
    }


def newcomer(ground: Ground) -> dict[str, Any]:
    """Somebody who comes to the unit."""
    return like_nobody(ground.nurse.today)


def _registered(ground: Ground) -> Sent:
    return "/people", newcomer(ground)


def left(ground: Ground) -> int:
    """Somebody whose course here has ended."""
    person = ground.person()
    doctor = sign_in(ground.nurse.http, ground.scene, f"doctor{ground.unit_id}", None)
    done = doctor.send(
        "POST", f"/people/{person}/course-ends", {"status": "moved", "home_doses": 0}
    )
    assert done.status_code == 201, done.text
    return person


def _again(ground: Ground) -> Sent:
    contact = CONTACT | {"contact_on": ground.nurse.today.isoformat()}
    return f"/people/{left(ground)}/courses", contact


def _later(ground: Ground) -> str:
    return (ground.nurse.today + timedelta(days=60)).isoformat()


def corrected(ground: Ground) -> dict[str, Any]:
    """Another name and birth date, of nobody else."""
    called = {n: newcomer(ground)[n] for n in ("given_name", "family_name", "born_on")}
    return called | {"reason": "læst forkert af kortet"}


ASSESSMENT = {
    "diagnosis": "F11.2",
    "wish": "ro i hverdagen",
    "tried": "alt andet",
    "tolerance": "daily",
    "allergies": "none",
    "pregnancy": "not_asked",
}
ROUTES: dict[str, Route] = {
    "POST /people": (HANDS_OUT, 403, _registered),
    "POST /people/{person_id}/courses": (HANDS_OUT, 403, _again),
    "GET /people/{person_id}/course": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/course", None),
    ),
    "POST /people/{person_id}/corrections": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/corrections", corrected(g)),
    ),
    "POST /people/{person_id}/assessments": (
        "doctor",
        403,
        lambda g: (f"/people/{g.person()}/assessments", ASSESSMENT),
    ),
    "POST /people/{person_id}/plans": (
        "doctor",
        403,
        lambda g: (
            f"/people/{g.person()}/plans",
            {"aim": "stabil", "agreements": "ugentlig", "review_on": _later(g)},
        ),
    ),
    "POST /people/{person_id}/address": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/address", {"address_protected": True}),
    ),
    "POST /people/{person_id}/course-ends": (
        HANDS_OUT,
        403,
        lambda g: (
            f"/people/{g.person()}/course-ends",
            {"status": "dead", "home_doses": 0, "note": "politiet ringede"},
        ),
    ),
    "GET /people/{person_id}/first-line": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/first-line", None),
    ),
    "POST /people/{person_id}/first-line": (
        "doctor",
        403,
        lambda g: (f"/people/{g.person()}/first-line", {"answer": "accepted"}),
    ),
    "GET /first-line": ("doctor", 403, lambda g: ("/first-line", None)),
}
