"""The small clinic of the API's tests, for what doctors decide."""

from tests.api.conftest import (  # noqa: F401
    closed_now,
    doctor,
    http,
    later,
    measured,
    neighbour,
    next_door,
    nurse,
    scene,
    unchanged,
)
