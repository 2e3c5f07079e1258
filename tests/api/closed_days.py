"""Closed days of a unit in the tests, what the planner says of them, and guests elsewhere."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.api.client import Counter
from tests.scene import Scene


class Closed:
    """A closure of the unit, and what the planner says of it."""

    def __init__(self, scene: Scene, doctor: Counter, ahead: int, days: int) -> None:
        self.doctor, self.first = doctor, scene.today + timedelta(days=ahead)
        self.last = self.first + timedelta(days=days - 1)
        for day in range(ahead, ahead + days):
            scene.close_unit_on(1, day, "Påske")

    def plan(self) -> dict[int, Any]:
        people = self.doctor.get(f"/closures/{self.first}").json()["people"]
        return {one["person_id"]: one for one in people}

    def chosen(self, person: int, choice: str = "home") -> dict[str, Any]:
        row = self.plan()[person]
        versions = ("arrangement_version", "prescription_version")
        return {"person_id": person, "choice": choice} | {name: row[name] for name in versions}

    def decide(self, *chosen: dict[str, Any], key: str | None = None, by: Any = None) -> Any:
        body = {"last": str(self.last), "reason": "påsken", "people": list(chosen)}
        path = f"/closures/{self.first}/decisions"
        return (by or self.doctor).send("POST", path, body, key)


#: Makes somebody of whom nothing may go home.
Measured = Callable[..., int]


def sent(closed: Closed, person: int, unit: int = 2) -> dict[str, Any]:
    return closed.chosen(person, "guest") | {"unit_id": unit}


def guests(counter: Counter, way: str = "coming") -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for one in counter.get("/guests").json()[way]:
        found.setdefault(one["person_id"], []).append(one)
    return found


def listed(counter: Counter) -> dict[int, Any]:
    return {one["person_id"]: one for one in counter.get("/today").json()["rows"]}
