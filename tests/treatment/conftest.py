"""The small clinic of the API's tests, for what doctors decide."""

from tests.api.conftest import (  # noqa: F401
    doctor,
    http,
    neighbour,
    next_door,
    nurse,
    scene,
    unchanged,
)
