"""A unit of its own with observation places, and indkald said in the API's words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from fastapi.testclient import TestClient

from tests.api.client import Counter, sign_in
from tests.scene import Scene

_units: Iterator[int] = count(40)


@dataclass(frozen=True)
class Clinic:
    """A unit with its nurse and doctor."""

    scene: Scene
    unit: int
    nurse: Counter
    doctor: Counter

    @classmethod
    def opened(cls, http: TestClient, scene: Scene, places: int | None = 2) -> "Clinic":
        """A new unit, closed at no day; ``places`` None: nobody has said how many."""
        unit = next(_units)
        scene.unit(unit, f"Enhed {unit}")
        staff = [sign_in(http, scene, f"{role}{unit}", unit) for role in ("nurse", "doctor")]
        made = cls(scene, unit, staff[0], staff[1])
        if places is not None:
            done = made.doctor.send("POST", "/indkald/places", {"places": places})
            assert done.status_code == 201, done.text
        return made

    def person(self, **changes: Any) -> int:
        """Somebody who fetches for a week on today's weekday."""
        weekday = self.scene.today.isoweekday()
        usual = {
            "take_home": True,
            "supervised_weekdays": [weekday],
            "pickup_weekdays": [weekday],
            "take_home_days": 6,
            "valid_to_days": 500,
        }
        return self.scene.person(self.unit, **(usual | changes))

    def day(self, ahead: int) -> date:
        return self.scene.today + timedelta(days=ahead)

    def agree(
        self, person: int, ahead: int, at: str = "10:00", by: Counter | None = None, **more: Any
    ) -> Any:
        body = {"first": self.day(ahead).isoformat(), "come_at": at} | more
        return (by or self.nurse).send("POST", f"/people/{person}/indkald", body)

    def agreed(self, person: int, ahead: int, at: str = "10:00", **more: Any) -> int:
        """Agree; answers the period's number."""
        done = self.agree(person, ahead, at, **more)
        assert done.status_code == 201, done.text
        return self.period(person)["indkald_id"]

    def of(self, person: int) -> Any:
        return self.nurse.get(f"/people/{person}/indkald").json()

    def period(self, person: int) -> Any:
        """The newest period."""
        return self.of(person)["periods"][0]

    def year(self) -> Any:
        return self.nurse.get("/indkald").json()

    def close_today(self) -> Any:
        done = self.nurse.send("POST", f"/days/{self.nurse.today}/close")
        assert done.status_code == 200, done.text
        return done

    def tell(
        self, person: int, period: int, what: str, by: Counter | None = None, **body: Any
    ) -> Any:
        path = f"/people/{person}/indkald/{period}/{what}"
        return (by or self.doctor).send("POST", path, body)

    def hold_today(self, person: int) -> int:
        """Today's dose swallowed and the hour after it signed off; the hand-out's number."""
        reservation = self.nurse.given(person)
        self.scene.run(
            "UPDATE observation SET started_at = started_at - interval '2 hours',"
            " due_at = due_at - interval '2 hours' WHERE reservation_id = %s",
            reservation,
        )
        done = self.nurse.tell(reservation, "observations", state="completed", affected=False)
        assert done.status_code == 200, done.text
        return reservation
