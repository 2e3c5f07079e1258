"""The call of a machine's client under way, and whether its token may be used in it.

The composition puts a ``Call`` here before a route is entered (``clients/calls.py``); the gate of
every route marks it when the token's scopes allow that route. A token of a client that turns up
anywhere else, in a cookie say, opens nothing: whoever loads its session asks here.
"""

from contextvars import ContextVar
from dataclasses import dataclass

from dispensing.errors import Forbidden
from dispensing.people.scopes import Scope


@dataclass(slots=True)
class Call:
    """One call: whose, and with which scopes. ``person_id`` is told by whatever loads a person."""

    client_id: str
    scopes: tuple[Scope, ...]
    allowed: bool = False
    person_id: int | None = None


CALL: ContextVar[Call | None] = ContextVar("call of a machine's client", default=None)


def let_through(client_id: str) -> None:
    """Raise Forbidden unless this is a call of that client, of a route its token allows."""
    call = CALL.get()
    if call is None or not call.allowed or call.client_id != client_id:
        raise Forbidden("a machine's token opens nothing here", slug="scope-needed")


def about(person_id: int) -> None:
    """Whom the call under way is about, for its line in the log."""
    call = CALL.get()
    if call is not None:
        call.person_id = person_id
