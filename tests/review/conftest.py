"""The small clinic of the API's tests, for the review of the audit."""

from tests.api.conftest import (  # noqa: F401
    doctor,
    http,
    neighbour,
    next_door,
    nurse,
    scene,
    unchanged,
)
