"""An entry in another unit's chain, with an act at a person: its open lists wake by it."""

from datetime import date, datetime

from audit.ledger.append import APPEND_SQL, append_parameters
from audit.ledger.entry import Entry
from dispensing.counter.outcome import Statement
from dispensing.wiring import Wiring

_CHAIN = "(SELECT clinical_chain FROM unit WHERE unit_id = %(told_unit)s)"
TELL = APPEND_SQL.replace("%(chain_id)s", _CHAIN)


def told_at(wiring: Wiring, unit_id: int, entry: Entry) -> Statement:
    """The statement that writes ``entry`` in the unit's chain; it names nobody."""
    return TELL, append_parameters(wiring.seal(entry), 0) | {"told_unit": unit_id}


def pharmacy_told(
    unit_id: int, actor_id: int, on: date, at: datetime, *, by_unit: int, what: str
) -> Entry:
    """To the unit that treats: a pharmacy asks its doctors, or tells them; of whom stands there.

    ``what``: question, missed or oddity.
    """
    facts = {"at": at.isoformat(), "by_unit": by_unit, "what": what}
    return Entry(kind="pharmacy-told", unit_id=unit_id, actor_id=actor_id, on=on, facts=facts)
