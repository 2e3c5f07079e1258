"""What registering a client, changing and disabling it writes in the unit's chain of views."""

from collections.abc import Sequence
from typing import Any

from dispensing.clients.terms import Checked


def terms_facts(terms: Checked, person_ids: Sequence[int]) -> dict[str, Any]:
    """What was decided, without the keys themselves: their ids, or where they are published."""
    return {
        "keys": [str(one["kid"]) for one in terms.jwks or ()] or terms.jwks_url,
        "scopes": terms.scopes,
        "people": list(person_ids) if terms.people == "named" else "unit",
        "certificate": terms.thumbprint,
    }


def registered(
    client_id: str, *, name: str, kind: str, role: str, acts_at: int, staff_id: int
) -> dict[str, Any]:
    """A client was registered; ``staff_id`` is the row it acts through."""
    return {
        "client": client_id,
        "name": name,
        "kind": kind,
        "role": role,
        "acts_at": acts_at,
        "staff": staff_id,
    }
