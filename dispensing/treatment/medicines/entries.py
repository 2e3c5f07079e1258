"""What a list of medicine is in the ledger: the fields of its record, and what the rules know."""

from collections.abc import Sequence

import msgspec

from audit.ledger.entry import Entry
from dispensing.acts import Act, entry_of
from dispensing.treatment.medicines.store import Item


def medicines_recorded(
    act: Act, version: int, items: Sequence[Item], note: str | None, never_taken: Sequence[str]
) -> Entry:
    """A whole list; ``never_taken`` were written by mistake before."""
    facts = {
        "version": version,
        "items": [msgspec.to_builtins(one) for one in items],
        "note": note,
        "never_taken": list(never_taken),
    }
    return entry_of(act, "medicines-recorded", facts)


def as_rules_know(items: Sequence[Item]) -> list[dict[str, object]]:
    """The list as ``care`` and the ledger hold it for a check (``dosing_rules.Medicine``).

    A medicine nobody knows has an empty code, which the rules cannot read: they ask a doctor.
    """
    return [
        {
            "atc": one.atc or "",
            "started_on": one.since_on and one.since_on.isoformat(),
            "stopped_on": one.stopped_on and one.stopped_on.isoformat(),
        }
        for one in items
    ]
