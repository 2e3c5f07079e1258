"""What a machine client's token must allow: declared by each route such a client may call.

Scopes are named as SMART backend services name them, ``system/<resource>.<c r u d s>``. A route
without one is closed to machines; sessions of people are not asked.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import Depends

# create, read, update, delete, search; several of them in this order.
_FORM = re.compile(r"system/(\*|[A-Z][A-Za-z]{1,40})\.(c?r?u?d?s?)")
# What a client can be registered for, widest: nothing is updated or deleted here, ever.
OFFERED = {
    "Patient": "rs",
    "Practitioner": "rs",
    "Organization": "rs",
    "Medication": "rs",
    "MedicationRequest": "rs",
    "MedicationDispense": "crs",
    "MedicationAdministration": "crs",
    "DetectedIssue": "rs",
    "AuditEvent": "rs",
    "Provenance": "rs",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Letters of one resource; ``*`` is every resource."""

    resource: str
    letters: frozenset[str]

    def __str__(self) -> str:
        return f"system/{self.resource}.{''.join(one for one in 'cruds' if one in self.letters)}"


def parse(text: str) -> Scope | None:
    """The scope, or None for what is none of ours: other contexts, parameters, other letters."""
    found = _FORM.fullmatch(text)
    if found is None or not found[2]:
        return None
    return Scope(found[1], frozenset(found[2]))


def parse_all(texts: Iterable[str]) -> tuple[Scope, ...]:
    """Those that are scopes of ours."""
    return tuple(scope for one in texts if (scope := parse(one)) is not None)


def covers(held: Iterable[Scope], wanted: Scope) -> bool:
    """Whether the scopes held allow every letter of one wanted; ``*`` held is every resource."""
    has: set[str] = set()
    for one in held:
        if one.resource in (wanted.resource, "*"):
            has |= one.letters
    return wanted.letters <= has


def narrowed(registered: Iterable[Scope], requested: Iterable[Scope]) -> tuple[Scope, ...]:
    """What is granted: of what was requested, the letters that are registered, by resource.

    ``system/*.rs`` requested is every resource registered. Nothing is granted that was not asked.
    """
    mine: dict[str, set[str]] = {}
    for one in registered:
        mine.setdefault(one.resource, set()).update(one.letters)
    granted: dict[str, set[str]] = {}
    for one in requested:
        for resource, letters in mine.items():
            if one.resource in (resource, "*"):
                granted.setdefault(resource, set()).update(letters & one.letters)
    return tuple(
        Scope(resource, frozenset(letters))
        for resource, letters in sorted(granted.items())
        if letters
    )


@dataclass(frozen=True)
class Scoped:
    """A route that machine clients may call whose token has all of ``names``."""

    names: tuple[str, ...]
    wanted: tuple[Scope, ...]

    async def __call__(self) -> None:
        """Enforced where the token is read: ``clients/calls.py``, before anything else."""


def scope(*names: str) -> Any:
    """The route's dependency: ``dependencies=[scope("system/MedicationDispense.c")]``.

    Raises ValueError, when the route is declared, for what is no scope.
    """
    wanted = parse_all(names)
    if not names or len(wanted) != len(names):
        raise ValueError(f"no scope: {names}")
    return Depends(Scoped(names, wanted))
