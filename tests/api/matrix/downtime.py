"""The routes of emergency lists, downtime, paper rows and the right to dispense."""

from typing import Any

from tests.api.client import Counter, sign_in
from tests.api.matrix.ground import HANDS_OUT, Ground, Route, Sent

HOLDS_RIGHTS = "nurse doctor pharmacist"
SEES_RESTORES = "nurse doctor pharmacist administrator"
# Would leave the whole unit on paper, or needs a restored one: who may is tried in tests/downtime,
# who may not here.
UPSETS = frozenset(
    {
        "POST /downtime",
        "POST /downtime/over",
        "POST /downtime/lists",
        "POST /downtime/left",
        "POST /emergency-lists/{serial}/rows",
        "POST /paper-conflicts/{event_id}/decision",
        "GET /restoration/comparison",
        "POST /restoration/resolved",
    }
)
NO_ROW = {"row_no": 1, "happened": "not_come"}


def printed(ground: Ground) -> int:
    """The serial number of a list made just now."""
    done = ground.nurse.send("POST", "/emergency-lists", {})
    return int(done.json()["serial"])


def elsewhere(ground: Ground) -> tuple[Counter, int]:
    """A nurse of the other unit, and the number of the other unit."""
    other = 2 if ground.unit_id == 1 else 1
    if ground.scene.one("SELECT 1 FROM unit WHERE unit_id = %s", other) is None:
        ground.scene.unit(other, "Nabohuset")
    return sign_in(ground.nurse.http, ground.scene, f"nurse{other}", None), other


def _wanted(ground: Ground) -> Sent:
    _, other = elsewhere(ground)
    person = ground.scene.person(other)
    return "/right-requests", {"card": f"K-{person:04d}", "reason": "stands here"}


def requested(ground: Ground) -> int:
    """Another unit asks for the right to one of the unit's people."""
    other, _ = elsewhere(ground)
    body: dict[str, Any] = {"card": f"K-{ground.person():04d}", "reason": "stands here"}
    return int(other.send("POST", "/right-requests", body).json()["request_id"])


ROUTES: dict[str, Route] = {
    "POST /emergency-lists": (HANDS_OUT, 403, lambda g: ("/emergency-lists", {})),
    "GET /emergency-lists": (HANDS_OUT, 403, lambda g: ("/emergency-lists", None)),
    "GET /emergency-lists/{serial}": (
        HANDS_OUT,
        403,
        lambda g: (f"/emergency-lists/{printed(g)}", None),
    ),
    "POST /emergency-lists/{serial}/rows": (
        HANDS_OUT,
        403,
        lambda g: (f"/emergency-lists/{printed(g)}/rows", NO_ROW),
    ),
    "GET /downtime": (HANDS_OUT, 403, lambda g: ("/downtime", None)),
    "POST /downtime": (HANDS_OUT, 403, lambda g: ("/downtime", {"reason": "dark"})),
    "POST /downtime/over": (HANDS_OUT, 403, lambda g: ("/downtime/over", {"serials": []})),
    "POST /downtime/lists": (
        HANDS_OUT,
        403,
        lambda g: ("/downtime/lists", {"serial": printed(g)}),
    ),
    "POST /downtime/left": (HANDS_OUT, 403, lambda g: ("/downtime/left", None)),
    "GET /paper-rows": (HANDS_OUT, 403, lambda g: ("/paper-rows", None)),
    "GET /paper-conflicts": (HANDS_OUT, 403, lambda g: ("/paper-conflicts", None)),
    "POST /paper-conflicts/{event_id}/decision": (
        "doctor",
        403,
        lambda g: ("/paper-conflicts/1/decision", {"decision": "wait"}),
    ),
    "GET /restoration": (SEES_RESTORES, 403, lambda g: ("/restoration", None)),
    "GET /restoration/comparison": (
        SEES_RESTORES,
        403,
        lambda g: (f"/restoration/comparison?entry=1&hash={'0' * 16}", None),
    ),
    "POST /receipts": (
        SEES_RESTORES,
        403,
        lambda g: ("/receipts", {"receipts": [{"chain": 1, "seq": 1, "hash": "0" * 64}]}),
    ),
    "POST /restoration/resolved": (
        "doctor administrator",
        403,
        lambda g: ("/restoration/resolved", {"reason": "nothing is missing"}),
    ),
    "POST /right-requests": (HOLDS_RIGHTS, 403, _wanted),
    "GET /right-requests": (HOLDS_RIGHTS, 403, lambda g: ("/right-requests", None)),
    "POST /right-requests/{request_id}/answer": (
        HOLDS_RIGHTS,
        403,
        lambda g: (f"/right-requests/{requested(g)}/answer", {"grant": False}),
    ),
}
