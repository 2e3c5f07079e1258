"""A pharmacy in the tests: people sent to it by a doctor's arrangement, and what it asks."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from fastapi.testclient import TestClient

from tests.api.client import Counter, sign_in
from tests.scene import Scene

PHARMACY = 41
WEEK = [1, 2, 3, 4, 5, 6, 7]
HOLDER = """
SELECT coalesce((SELECT e.unit_id FROM guest_in_force e WHERE e.person_id = p.person_id
    AND e.day = %s), p.right_holder_unit_id) FROM person p WHERE p.person_id = %s
"""


@dataclass
class Supplied:
    """The clinic (unit 1) and a pharmacy with its pharmacist at its counter."""

    scene: Scene
    nurse: Counter
    doctor: Counter
    pharmacist: Counter
    unit_id: int = PHARMACY

    def arrange(self, person: int, key: str | None = None, **changes: Any) -> Any:
        """The doctor sends a person to the pharmacy, supervised every day unless said."""
        body: dict[str, Any] = {
            "kind": "pharmacy",
            "reason": "stabil, bor ved apoteket",
            "supervised_weekdays": WEEK,
            "pickup_weekdays": WEEK,
            "take_home_days": 1,
            "pharmacy_unit_id": self.unit_id,
            "ticked": ["locked_away", "informed"],
        } | changes
        return self.doctor.send("POST", f"/people/{person}/arrangements", body, key)

    def sent(self, **changes: Any) -> int:
        """A new person, sent to the pharmacy."""
        person = self.scene.person(**changes)
        answer = self.arrange(person)
        assert answer.status_code == 201, answer.text
        return person

    def order(self, person: int, by: Counter | None = None) -> dict[str, Any]:
        """The person's supply order as the pharmacy reads it."""
        number = self.scene.one(
            "SELECT max(supply_id) FROM supply_order WHERE person_id = %s", person
        )
        answer = (by or self.pharmacist).get(f"/supply-orders/{number}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def day(self, ahead: int = 0) -> date:
        return self.scene.today + timedelta(days=ahead)

    def holder(self, person: int, ahead: int = 0) -> int:
        """Whose a coming day is, stays outside aside."""
        return int(self.scene.one(HOLDER, self.day(ahead), person))

    def days(self, person: int) -> list[date]:
        rows = self.scene.run(
            "SELECT day FROM supply_day WHERE person_id = %s AND ended_at IS NULL ORDER BY day",
            person,
        )
        return [row[0] for row in rows.fetchall()]

    def step_back(self, person: int) -> Any:
        path = f"/people/{person}/arrangements/supervised"
        return self.doctor.send("POST", path, {"reason": "kommer hjem igen"})


def supplied(http: TestClient, scene: Scene, nurse: Counter, doctor: Counter) -> Supplied:
    """The pharmacy, made once in a scene."""
    if scene.one("SELECT 1 FROM unit WHERE unit_id = %s", PHARMACY) is None:
        scene.unit(PHARMACY, "Svaneapoteket", "pharmacy")
    pharmacist = sign_in(http, scene, f"pharmacist{PHARMACY}", PHARMACY)
    return Supplied(scene, nurse, doctor, pharmacist)
