"""Sessions and screens: whoever is signed in may lock, open again, switch and choose a PIN."""

from typing import Any

from tests.api.matrix.ground import ROLES, Ground, Route
from tests.scene import PASSWORD
from tests.scene_staff import PIN

SIGNED_IN = " ".join(ROLES[:-1])


def takes_over(ground: Ground) -> dict[str, Any]:
    """The unit's second nurse, in a shift of today."""
    ground.scene.shift(14)
    return {"staff_id": 14, "pin": PIN}


ROUTES: dict[str, Route] = {
    "POST /sessions/lock": (SIGNED_IN, 401, lambda g: ("/sessions/lock", {})),
    "POST /sessions/unlock": (
        SIGNED_IN,
        401,
        lambda g: ("/sessions/unlock", {"password": PASSWORD}),
    ),
    "POST /sessions/switch": (SIGNED_IN, 401, lambda g: ("/sessions/switch", takes_over(g))),
    "GET /me": (SIGNED_IN, 401, lambda g: ("/me", None)),
    "GET /colleagues": (SIGNED_IN, 401, lambda g: ("/colleagues", None)),
    "PUT /me/pin": (
        SIGNED_IN,
        401,
        lambda g: ("/me/pin", {"password": PASSWORD, "pin": PIN}),
    ),
}
