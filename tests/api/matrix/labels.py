"""The routes of labels: printed, printed again, scanned back."""

from datetime import timedelta
from typing import Any

from tests.api.matrix.ground import HANDS_OUT, Ground, Route, Sent, about


def _poured(ground: Ground) -> int:
    weekday = ground.nurse.today.isoweekday()
    person = ground.person(
        take_home=True,
        supervised_weekdays=[weekday],
        pickup_weekdays=[weekday],
        take_home_days=6,
    )
    return ground.nurse.reserved(person, doses=[ground.nurse.dose(), *ground.nurse.home(1)])


def printed_label(ground: Ground) -> tuple[int, str]:
    reservation = _poured(ground)
    answer: Any = ground.nurse.tell(reservation, "labels")
    return reservation, answer.json()["labels"][0]["code"]


def _again(ground: Ground) -> Sent:
    reservation, _ = printed_label(ground)
    for_on = (ground.nurse.today + timedelta(days=1)).isoformat()
    return about(ground, reservation, "labels/reprints", for_on=for_on, reason="torn in two")


def _scanned(ground: Ground) -> Sent:
    reservation, code = printed_label(ground)
    return about(ground, reservation, "labels/scans", code=code)


ROUTES: dict[str, Route] = {
    "POST /reservations/{reservation_id}/labels": (
        HANDS_OUT,
        403,
        lambda g: about(g, _poured(g), "labels"),
    ),
    "POST /reservations/{reservation_id}/labels/reprints": (HANDS_OUT, 403, _again),
    "POST /reservations/{reservation_id}/labels/scans": (HANDS_OUT, 403, _scanned),
    "GET /people/{person_id}/slip": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/slip?language=en", None),
    ),
    "POST /package-traces": (
        "doctor administrator",
        403,
        lambda g: (
            "/package-traces",
            {"code": printed_label(g)[1], "reason": "handed in by the police"},
        ),
    ),
}
