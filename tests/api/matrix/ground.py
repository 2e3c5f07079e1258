"""What the requests of the matrix are made of. Each area lists its routes in a file of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.api.client import Counter
from tests.scene import Scene

HANDS_OUT = "nurse doctor"
ROLES = ("nurse", "doctor", "pharmacist", "auditor", "administrator", "nobody")


@dataclass(frozen=True)
class Ground:
    """What a request is made of: the clinic, and a nurse who prepares what it is about."""

    scene: Scene
    nurse: Counter
    unit_id: int = 1

    def person(self, **changes: Any) -> int:
        return self.scene.person(self.unit_id, **changes)

    def reserved(self) -> int:
        return self.nurse.reserved(self.person())

    def given(self) -> int:
        return self.nurse.given(self.person())

    def observed(self) -> int:
        """A hand-out whose observation is over."""
        person = self.person()
        self.scene.indkald(person)
        reservation = self.nurse.given(person)
        self.scene.run(
            "UPDATE observation SET started_at = started_at - interval '2 hours',"
            " due_at = due_at - interval '2 hours' WHERE reservation_id = %s",
            reservation,
        )
        return reservation


Sent = tuple[str, Any]
Make = Callable[[Ground], Sent]
# The roles that may, what is answered to the others, and a request that would be met.
Route = tuple[str, int, Make]


def about(ground: Ground, reservation: int, what: str, **body: Any) -> Sent:
    return f"/reservations/{reservation}/{what}", body
