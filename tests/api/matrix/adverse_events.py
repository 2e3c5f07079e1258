"""The routes of adverse events."""

from tests.api.matrix.ground import HANDS_OUT, Ground, Route

EVENT_PAGES = (
    "POST /skranke/person/{person_id}/uth",
    "GET /uth/{event_id}",
    "POST /uth/{event_id}",
    "POST /uth/{event_id}/eksport",
)


def drafted(ground: Ground) -> int:
    """An adverse event with a text."""
    path = f"/people/{ground.person()}/adverse-events"
    event = ground.nurse.send("POST", path, {"kind": "other"}).json()["event_id"]
    ground.nurse.send("POST", f"/adverse-events/{event}/texts", {"what": "glasset væltede"})
    return int(event)


ROUTES: dict[str, Route] = {
    "POST /people/{person_id}/adverse-events": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/adverse-events", {"kind": "spilled"}),
    ),
    "GET /adverse-events": (HANDS_OUT, 403, lambda g: ("/adverse-events", None)),
    "POST /adverse-events/{event_id}/texts": (
        HANDS_OUT,
        403,
        lambda g: (f"/adverse-events/{drafted(g)}/texts", {"what": "noget andet"}),
    ),
    "POST /adverse-events/{event_id}/exports": (
        HANDS_OUT,
        403,
        lambda g: (f"/adverse-events/{drafted(g)}/exports", None),
    ),
}
