"""The API of downtime against a real database, and a clinic whose paper is told in few words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, sign_in
from tests.api.conftest import colleague, doctor, http, nurse, scene, unchanged  # noqa: F401
from tests.scene import Scene

UNITS = iter(range(11, 2_000))


@dataclass(frozen=True)
class Clinic:
    """A unit of its own with a nurse, a doctor and people; what is done on paper, as verbs."""

    unit: int
    scene: Scene
    nurse: Counter
    doctor: Counter

    @property
    def nurse_id(self) -> int:
        return 10 * self.unit

    def person(self, **changes: Any) -> int:
        return self.scene.person(self.unit, **changes)

    def printed(self) -> int:
        """A list for today, made now; its serial number."""
        answer = self.nurse.send("POST", "/emergency-lists", {})
        assert answer.status_code == 201, answer.text
        return int(answer.json()["serial"])

    def rows(self, serial: int) -> dict[int, dict[str, Any]]:
        """The rows as frozen, by person."""
        kept = self.scene.one("SELECT rows FROM emergency_list_rows WHERE serial = %s", serial)
        return {row["person_id"]: row for row in kept}

    def row(self, serial: int, person: int) -> int:
        return int(self.rows(serial)[person]["row_no"])

    def down(self, minutes: int = 90) -> None:
        """The unit has handed out from paper for so long."""
        since = self.now() - timedelta(minutes=minutes)
        body = {"started_at": since.isoformat(), "reason": "strømmen er gået"}
        answer = self.nurse.send("POST", "/downtime", body)
        assert answer.status_code == 201, answer.text

    def over(self, *serials: int) -> Any:
        answer = self.nurse.send("POST", "/downtime/over", {"serials": list(serials)})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def now(self) -> datetime:
        return self.scene.one("SELECT clock_timestamp()")

    def tell(self, serial: int, person: int, **changes: Any) -> Any:
        """The person's row, given as listed, at the last moment on paper, unless said otherwise."""
        if "row_no" not in changes:
            changes["row_no"] = self.row(serial, person)
        body = {"happened": "given"} | changes
        if body["happened"] in ("given", "partial"):
            at = self.scene.one("SELECT max(over_at) FROM downtime WHERE unit_id = %s", self.unit)
            body = {"happened_at": at.isoformat(), "given_by": self.nurse_id} | body
        return self.nurse.send("POST", f"/emergency-lists/{serial}/rows", body)

    def told(self, serial: int, person: int, **changes: Any) -> dict[str, Any]:
        answer = self.tell(serial, person, **changes)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def earlier(self, minutes: int) -> str:
        return (self.now() - timedelta(minutes=minutes)).isoformat()

    def conflicts(self) -> list[dict[str, Any]]:
        return self.nurse.get("/paper-conflicts").json()

    def decide(self, event_id: int, **changes: Any) -> Any:
        body = {"decision": "talt med personen"} | changes
        return self.doctor.send("POST", f"/paper-conflicts/{event_id}/decision", body)


@pytest.fixture
def clinic(http: TestClient, scene: Scene) -> Iterator[Clinic]:  # noqa: F811
    """A unit that no other test shares."""
    number = next(UNITS)
    scene.unit(number, f"Enhed {number}")
    yield Clinic(
        number,
        scene,
        sign_in(http, scene, f"nurse{number}", number),
        sign_in(http, scene, f"doctor{number}", number),
    )
