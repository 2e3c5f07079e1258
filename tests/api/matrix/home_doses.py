"""The routes of doses carried home."""

from datetime import timedelta
from typing import Any

from tests.api.matrix.ground import HANDS_OUT, Ground, Route, Sent
from tests.scene import PASSWORD


def _about(ground: Ground, what: str, **body: Any) -> Sent:
    weekday = ground.nurse.today.isoweekday()
    person = ground.person(
        take_home=True,
        supervised_weekdays=[weekday],
        pickup_weekdays=[weekday],
        take_home_days=6,
    )
    ground.nurse.given(person, doses=[ground.nurse.dose(), *ground.nurse.home(1, 2)])
    for_on = (ground.nurse.today + timedelta(days=1)).isoformat()
    if what != "counts":
        body |= {"for_on": for_on}
    return f"/people/{person}/home-doses/{what}", body


def _return_text(ground: Ground) -> Sent:
    path, body = _about(ground, "returns", unopened=True)
    return f"{path}/text", body


def _returned(ground: Ground) -> Sent:
    path, body = _about(ground, "returns", unopened=True)
    seen = ground.nurse.send("POST", f"{path}/text", body).json()["sha256"]
    witness = {"username": "nurse1b", "password": PASSWORD}
    return path, {"returned": body, "seen_sha256": seen, "witness": witness}


ROUTES: dict[str, Route] = {
    "GET /people/{person_id}/home-doses": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/home-doses", None),
    ),
    "POST /people/{person_id}/home-doses/returns": (
        HANDS_OUT,
        403,
        lambda g: _returned(g),
    ),
    "POST /people/{person_id}/home-doses/returns/text": (
        HANDS_OUT,
        403,
        lambda g: _return_text(g),
    ),
    "POST /people/{person_id}/home-doses/losses": (
        HANDS_OUT,
        403,
        lambda g: _about(g, "losses", how="lost", verified=False, note="left on a bus"),
    ),
    "POST /people/{person_id}/home-doses/counts": (
        HANDS_OUT,
        403,
        lambda g: _about(g, "counts", counted=2),
    ),
}
