"""Requests that cannot be met, as exceptions with a stable problem type (RFC 9457).

Three kinds of trouble are kept apart in this project: a clinical objection is a value (a verdict),
a request that cannot be met is one of these exceptions, and a broken promise of our own code is any
other exception and hands nothing over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

PROBLEM_MEDIA_TYPE = "application/problem+json"

# What we send out may end in a log or on a screen facing the room.
_LIKE_A_CPR_NUMBER = re.compile(r"(?<!\d)\d{6}[- ]?\d{4}(?!\d)")


class DispensingError(Exception):
    """A request that cannot be met. Subclasses fix type, status and title.

    `detail` is one English sentence for the caller; `facts` are further members of the problem
    document (JSON values). Neither may carry a CPR number, a name or a dose history; whatever looks
    like a CPR number is struck out here as a last guard. `slug` may be narrowed per raise, so that
    one status can tell several situations apart; a published slug is never reused.
    """

    slug: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "The service broke a promise of its own"

    def __init__(self, detail: str = "", *, slug: str | None = None, **facts: object) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.type_slug = slug or self.slug
        self.facts: Mapping[str, object] = facts

    def problem(self, instance: str | None = None) -> dict[str, object]:
        """The problem document. `instance` is the request's own id or path, where there is one."""
        document: dict[str, object] = dict(self.facts)
        document |= {
            "type": f"/problems/{self.type_slug}",
            "title": self.title,
            "status": self.status,
        }
        if self.detail:
            document["detail"] = without_cpr(self.detail)
        if instance:
            document["instance"] = without_cpr(instance)
        return document


class BadRequest(DispensingError):
    """The request cannot be read at all: malformed JSON, a missing header."""

    slug = "bad-request"
    status = 400
    title = "The request cannot be read"


class NotSignedIn(DispensingError):
    slug = "not-signed-in"
    status = 401
    title = "Sign in first"


class SessionExpired(NotSignedIn):
    slug = "session-expired"
    title = "The session has expired; sign in again"


class SessionLocked(DispensingError):
    """The screen is locked: nothing was done, and the person's PIN or password opens it."""

    slug = "session-locked"
    status = 423
    title = "The screen is locked; open it with the PIN"


class StepNeeded(DispensingError):
    """The unit asks that this act carries the PIN or card of the person signed in."""

    slug = "step-needed"
    status = 428
    title = "This act needs the PIN or card of the person signed in"


class Forbidden(DispensingError):
    slug = "forbidden"
    status = 403
    title = "This is not allowed with your role here"


class NotFound(DispensingError):
    """Unknown, or not yours to see: the two are not told apart on purpose."""

    slug = "not-found"
    status = 404
    title = "Not found"


class Conflict(DispensingError):
    """The request was understood, but the state it builds on is another by now."""

    slug = "conflict"
    status = 409
    title = "The state is another than the request expects"


class StalePage(Conflict):
    slug = "stale-page"
    title = "The page is older than the truth; reload it"


class Gone(DispensingError):
    slug = "gone"
    status = 410
    title = "No longer available"


class TooLarge(DispensingError):
    slug = "too-large"
    status = 413
    title = "The request is too large"


class NotJson(DispensingError):
    slug = "not-json"
    status = 415
    title = "The API reads JSON"


class Unprocessable(DispensingError):
    """Readable, but a value is none we accept. `facts["errors"]` may list fields."""

    slug = "unprocessable"
    status = 422
    title = "A value in the request cannot be used"


class KeyReused(Unprocessable):
    slug = "idempotency-key-reused"
    title = "This idempotency key was used for another request"


class TooManyRequests(DispensingError):
    slug = "too-many-requests"
    status = 429
    title = "Too many requests; wait a moment"


class CannotDecide(DispensingError):
    """A fact, a book or the ledger is missing. Fail closed: nothing is handed out on a guess."""

    slug = "cannot-decide"
    status = 503
    title = "We cannot decide this now; hand nothing out on a guess"


def has_cpr(text: str) -> bool:
    """Whether something in ``text`` looks like a CPR number."""
    return _LIKE_A_CPR_NUMBER.search(text) is not None


def without_cpr(text: str) -> str:
    """`text` with everything that looks like a CPR number struck out."""
    return _LIKE_A_CPR_NUMBER.sub("••••••-••••", text)


def taken_meanwhile(barrier: str | None) -> Conflict:
    """What somebody is told whose record another one stands in the way of."""
    return Conflict(
        "somebody has recorded this meanwhile; load it again, nothing was written",
        slug="recorded-meanwhile",
        barrier=barrier,
    )


def problem_types() -> dict[str, type[DispensingError]]:
    """Every published slug with its exception, for documentation and tests."""
    found: dict[str, type[DispensingError]] = {}
    waiting = [DispensingError]
    while waiting:
        kind = waiting.pop()
        found[kind.slug] = kind
        waiting.extend(kind.__subclasses__())
    return found
