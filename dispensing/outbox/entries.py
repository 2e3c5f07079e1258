"""What deciding about endpoints writes in the unit's ledger. No secret and no path stands in it."""

from urllib.parse import urlsplit

from audit.ledger.entry import Entry
from dispensing.people.sessions import Actor
from dispensing.unit_acts import Place, unit_entry


def registered(actor: Actor, place: Place, endpoint_id: int, url: str, own_acts: bool) -> Entry:
    """From now on another system is told; of the address the host alone."""
    facts = {"endpoint": endpoint_id, "host": urlsplit(url).hostname or "", "own_acts": own_acts}
    return unit_entry("webhook-registered", actor, place, facts)


def changed(
    actor: Actor, place: Place, endpoint_id: int, what: str, messages: int | None = None
) -> Entry:
    """``what``: rotated, disabled, enabled or replayed (and how many messages)."""
    facts: dict[str, object] = {"endpoint": endpoint_id, "what": what}
    if messages is not None:
        facts["messages"] = messages
    return unit_entry("webhook-changed", actor, place, facts)
