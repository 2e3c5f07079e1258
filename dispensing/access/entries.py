"""What emergency access writes in the ledger."""

from datetime import datetime

from audit.ledger.entry import Entry
from dispensing.acts import Act, entry_of
from dispensing.people.sessions import Actor
from dispensing.unit_acts import Place, unit_entry


def opened(act: Act, *, access_id: int, reason: str, until: datetime, told: list[int]) -> Entry:
    """A person of another unit was opened; ``told`` are the units whose doctors hear of it."""
    facts = {"access": access_id, "reason": reason, "until": until.isoformat(), "told": told}
    return entry_of(act, "emergency-access-opened", facts)


def tried(actor: Actor, *, found: list[int]) -> Entry:
    """Somebody asked for a person of another unit by card or number; kept is only who it was."""
    return Entry(
        kind="emergency-access-tried",
        unit_id=actor.unit_id,
        actor_id=actor.staff_id,
        facts={"at": actor.now.isoformat(), "found": found},
    )


def seen(actor: Actor, *, person_id: int, access_id: int, reason: str) -> Entry:
    """The opening, in the chain of views."""
    return Entry(
        kind="emergency-access-opened",
        person_id=person_id,
        unit_id=actor.unit_id,
        actor_id=actor.staff_id,
        facts={"at": actor.now.isoformat(), "access": access_id, "reason": reason},
    )


def reviewed(actor: Actor, place: Place, *, access_id: int, outcome: str, note: str) -> Entry:
    """Somebody of the person's unit has judged the access."""
    facts = {"access": access_id, "outcome": outcome, "note": note}
    return unit_entry("emergency-access-reviewed", actor, place, facts)
