"""What a machine client's token must allow: declared by each route such a client may call.

Scopes are named as SMART backend services name them: ``system/<resource>.<c r u d s>``.
"""

from dataclasses import dataclass
from typing import Any

from fastapi import Depends


@dataclass(frozen=True)
class Scoped:
    """A route that machine clients may call whose token has all of ``names``."""

    names: tuple[str, ...]

    async def __call__(self) -> None:
        """Enforced where the token is read."""


def scope(*names: str) -> Any:
    """The route's dependency: ``dependencies=[scope("system/MedicationDispense.c")]``."""
    return Depends(Scoped(names))
