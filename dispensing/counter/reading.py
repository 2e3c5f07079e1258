"""What was measured today, as the checks of the day read it.

No rule book says how long measured withdrawal holds: it is told with its moment, ends with the
clinic day, and says nothing any more once a dose was swallowed after it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from dosing_rules import Observed, Patient

# Of a merged record, too. In a statement that knows the moment (m) and the person (p).
READING_JSON = """(SELECT json_build_object('cows', w.cows, 'at', w.measured_at,
        'by', left(s.given_name, 1) || '. ' || s.family_name)::text
    FROM withdrawal_reading w JOIN staff s ON s.staff_id = w.measured_by
    WHERE w.person_id = ANY (p.person_id || p.also_ids) AND w.day = m.today
    ORDER BY w.measured_at DESC, w.reading_id DESC LIMIT 1)"""


@dataclass(frozen=True, slots=True)
class Reading:
    """Points on the COWS scale, when and by whom they were measured."""

    cows: int
    at: datetime
    by: str

    def counts_for(self, patient: Patient) -> bool:
        """Whether it still tells how the person is: nothing was swallowed since."""
        swallowed_at = patient.last_swallowed_at
        return swallowed_at is None or swallowed_at < self.at


_READING = msgspec.json.Decoder(Reading)


def reading_of(document: str | None) -> Reading | None:
    """The reading as ``READING_JSON`` tells it."""
    return _READING.decode(document) if document else None


def with_reading(seen: Observed, reading: Reading | None, patient: Patient) -> Observed:
    """What is seen now, with the withdrawal measured earlier today where none is told now."""
    if seen.withdrawal_cows is not None or reading is None or not reading.counts_for(patient):
        return seen
    return replace(seen, withdrawal_cows=reading.cows)
