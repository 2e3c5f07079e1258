"""The routes of messages to other systems."""

from itertools import count

from tests.api.matrix.ground import Ground, Route

RUNS = "administrator"
_names = count(1)


def endpoint(ground: Ground, *, disabled: bool = False) -> int:
    """An address that the unit tells; its number."""
    return ground.scene.one(
        "INSERT INTO webhook_endpoint (unit_id, url, own_acts, registered_by, registered_at,"
        " disabled_at, disabled_why) VALUES (%s, %s, false, %s, now(),"
        " CASE WHEN %s THEN now() END, CASE WHEN %s THEN 'asked' END) RETURNING endpoint_id",
        *(ground.unit_id, f"https://ehr.example/{next(_names)}", 10 * ground.unit_id),
        *(disabled, disabled),
    )


#: Its pages.
MESSAGES = (
    *("GET /beskeder", "POST /beskeder"),
    *(f"POST /beskeder/{{endpoint_id}}/{one}" for one in ("noegle", "stop", "start", "igen")),
)
ROUTES: dict[str, Route] = {
    "GET /webhooks": (RUNS, 403, lambda g: ("/webhooks", None)),
    "POST /webhooks": (
        RUNS,
        403,
        lambda g: ("/webhooks", {"url": f"https://apotek.example/{next(_names)}"}),
    ),
    "POST /webhooks/{endpoint_id}/rotations": (
        RUNS,
        403,
        lambda g: (f"/webhooks/{endpoint(g)}/rotations", {}),
    ),
    "POST /webhooks/{endpoint_id}/switch": (
        RUNS,
        403,
        lambda g: (f"/webhooks/{endpoint(g, disabled=True)}/switch", {"enabled": True}),
    ),
    "GET /webhooks/{endpoint_id}/messages": (
        RUNS,
        403,
        lambda g: (f"/webhooks/{endpoint(g)}/messages", None),
    ),
    "POST /webhooks/{endpoint_id}/replays": (
        RUNS,
        403,
        lambda g: (f"/webhooks/{endpoint(g)}/replays", {"since": "2026-01-01T00:00:00Z"}),
    ),
}
