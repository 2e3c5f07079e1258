"""Which ledger entries another system is told of, and as which event.

A message is thin: what kind of thing, when, whose number here, and which entry. Whoever gets it
asks for the rest with its own token, and sees what it may see. No name, no CPR number and no amount
leaves.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

#: Ledger kind to event type. What stands in neither table fails ``tests/integrations/outbox``.
EVENTS: Mapping[str, str] = {
    "handout-reserved": "dose.reserved",
    "handout-given": "dose.given",
    "handout-returned": "dose.ended",
    "handout-refused": "dose.ended",
    "handout-spilled": "dose.ended",
    "handout-uncertain": "dose.uncertain",
    "handout-reversed": "dose.reversed",
    "handout-refused-by-rules": "dose.refused",
    "dose-missed": "day.missed",
    "vomited": "dose.vomited",
    "home-dose-returned": "dose.returned-from-home",
    "home-dose-lost": "dose.lost",
    "handout-declined": "dose.refused",
    "dose-declined": "dose.refused",
    "double-dose-found": "dose.doubled",
    "doses-taken-over": "person.changed",
    "prescription-signed": "order.changed",
    "prescription-stopped": "order.stopped",
    "arrangement-decided": "arrangement.changed",
    "supply-order-issued": "supply.changed",
    "supply-order-changed": "supply.changed",
    "supply-order-ended": "supply.changed",
    "indkald-planned": "indkald.changed",
    "indkald-changed": "indkald.changed",
    "indkald-concluded": "indkald.changed",
    "indkald-day-missed": "indkald.changed",
    "indkald-missed-decided": "indkald.changed",
    "guest-right-decided": "right.changed",
    "guest-right-withdrawn": "right.changed",
    "right-moved": "right.changed",
    "treatment-moved": "right.changed",
    "person-away": "right.changed",
    "person-back": "right.changed",
    "person-enrolled": "person.changed",
    "person-ended": "person.changed",
    "person-merged": "person.changed",
    "person-absorbed": "person.changed",
    "person-released": "person.changed",
    "person-unmerged": "person.changed",
    "person-corrected": "person.changed",
    "question-answered": "question.answered",
    "question-asked": "question.asked",
    "paper-row-held": "dose.uncertain",
    "paper-row-told": "dose.told-from-paper",
    "paper-conflict-opened": "dose.uncertain",
    "paper-conflict-closed": "dose.told-from-paper",
}
#: Of a person, and told to nobody, with the reason.
QUIET: Mapping[str, str] = dict.fromkeys(
    (
        *("address-written", "assessment-signed", "care-recorded", "contact-made", "course-begun"),
        *("identifier-recorded", "identifier-withdrawn", "medicines-recorded"),
        *("monitoring-recorded", "plan-signed", "sedatives-recorded", "substance-offered"),
        *("taper-agreed", "taper-step-taken", "indkald-finding", "indkald-wished"),
    ),
    "the treatment's own, of no consequence for who hands out what",
) | dict.fromkeys(
    (
        *("act-refused", "doctor-told", "emergency-access-opened", "label-printed"),
        *("label-voided", "observation-signed", "observation-started", "sedation-checked"),
        *("withdrawal-measured", "right-asked-for", "indkald-invited", "move-offered"),
        *("move-answered", "move-letter-written"),
    ),
    "the work of one place, until it comes to something that is told",
)


@dataclass(frozen=True, slots=True)
class Event:
    """One message. ``entry``: chain and number of the ledger entry it tells of."""

    id: str
    type: str
    at: datetime
    person_id: int
    unit_id: int | None
    entry: tuple[int, int]

    def body(self) -> str:
        """The message as it is signed and sent: JSON, keys in order."""
        return json.dumps(
            {
                "type": self.type,
                "timestamp": self.at.isoformat(),
                "data": {
                    "person_id": self.person_id,
                    "unit_id": self.unit_id,
                    "entry": f"{self.entry[0]}-{self.entry[1]}",
                },
            },
            sort_keys=True,
        )
