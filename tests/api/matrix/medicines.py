"""The routes of other medicine."""

from tests.api.client import sign_in
from tests.api.matrix.ground import HANDS_OUT, Ground, Route

QUETIAPINE = {
    "atc": "N05AH04",
    "name": "Quetiapin",
    "dose": "100 mg til natten",
    "source": "medication-card",
    "since_on": "2025-01-01",
}
WRITTEN = {"after_version": 0, "items": [QUETIAPINE]}


def written(ground: Ground) -> int:
    """Somebody whose list a doctor of the unit has written."""
    person = ground.person()
    doctor = sign_in(ground.nurse.http, ground.scene, f"doctor{ground.unit_id}", None)
    done = doctor.send("POST", f"/people/{person}/medicines", WRITTEN)
    assert done.status_code == 201, done.text
    return person


ROUTES: dict[str, Route] = {
    "GET /people/{person_id}/medicines": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/medicines", None),
    ),
    "POST /people/{person_id}/medicines": (
        "doctor",
        403,
        lambda g: (f"/people/{g.person()}/medicines", WRITTEN),
    ),
}
