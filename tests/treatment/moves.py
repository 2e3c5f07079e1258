"""What a nurse is told by telephone, as the API hears it."""

from datetime import date, datetime, time, timedelta
from typing import Any

from dispensing.clock import HOME_ZONE, local_moment
from tests.api.client import Counter
from tests.scene import Scene

WARD = "Bispebjerg Hospital, afd. K"


def now(scene: Scene) -> datetime:
    return scene.one("SELECT clock_timestamp()")


def midnight(day: date) -> datetime:
    return local_moment(day, time(0), HOME_ZONE)


def away(
    counter: Counter, scene: Scene, person: int, key: str | None = None, days: int = 0, **told: Any
) -> Any:
    """Away since a moment ago, or since midnight so many days ago."""
    since = now(scene) - timedelta(seconds=1)
    if days:
        since = midnight(counter.today - timedelta(days=days))
    body = {
        "place": "hospital",
        "name": WARD,
        "told_by": "sygeplejerske Berg, afd. K",
        "since_at": since.isoformat(),
    }
    return counter.send("POST", f"/people/{person}/moves", body | told, key)


def back(counter: Counter, person: int, key: str | None = None, **told: Any) -> Any:
    """Back, with what the ward told; ``had`` days are given as days before today."""
    body: dict[str, Any] = {"told_by": "udskrivningsbrev", "coverage": "unknown"} | told
    for name in ("had_from_on", "had_until_on"):
        if isinstance(body.get(name), int):
            body[name] = (counter.today - timedelta(days=body[name])).isoformat()
    return counter.send("POST", f"/people/{person}/moves/returns", body, key)


def had(first: int, last: int, daily_mg: str | None = "80", **told: Any) -> dict[str, Any]:
    """Doses from so many days ago until so many days ago."""
    body = {"coverage": "had", "had_from_on": first, "had_until_on": last} | told
    if daily_mg is not None:
        body |= {"daily_mg": daily_mg, "product_code": "metadon-1"}
    return body


def moves(counter: Counter, person: int) -> dict[str, Any]:
    answer = counter.get(f"/people/{person}/moves")
    assert answer.status_code == 200, answer.text
    return answer.json()


def letter(counter: Counter, person: int, **told: Any) -> int:
    """Write a letter; its number."""
    body = {"to_name": WARD} | told
    done = counter.send("POST", f"/people/{person}/moves/letters", body)
    assert done.status_code == 201, done.text
    return moves(counter, person)["letters"][0]["letter_id"]


def offered(counter: Counter, person: int, to_unit: int = 2, **told: Any) -> Any:
    body = {"to_unit_id": to_unit, "reason": "flytter til Nørrebro"} | told
    return counter.send("POST", f"/people/{person}/moves/offers", body)


def the_offer(counter: Counter, person: int) -> int:
    """The number of the newest offer."""
    return moves(counter, person)["offers"][0]["offer_id"]


def answer(counter: Counter, offer_id: int, accept: bool = True, **told: Any) -> Any:
    key = told.pop("key", None)
    return counter.send("POST", f"/move-offers/{offer_id}/answers", {"accept": accept} | told, key)
