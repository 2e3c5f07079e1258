"""What an act at the counter answers, and what it writes.

An ``Outcome`` is the answer of a use case: pages show it, the API encodes it, and the idempotency
row keeps it, so that a repeated key gets the same answer again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from audit.ledger.entry import Entry
from dispensing.once_per_key import Receipt, Statement

State = Literal[
    "reserved",
    "refused_by_rules",
    "given",
    "returned",
    "refused",
    "declined",
    "spilled",
    "uncertain",
    "reversed",
    "vomited",
    "observation_signed",
    "question_asked",
    "question_answered",
    "sedation_checked",
    "withdrawal_measured",
    "home_dose_returned",
    "home_dose_lost",
    "home_doses_counted",
    "collector_authorised",
    "collector_withdrawn",
    "labels_printed",
    "label_scanned",
    "adverse_event_drafted",
    "decision_recorded",
]

# Acts that made something new.
MADE = frozenset(
    {
        "reserved",
        "question_asked",
        "question_answered",
        "labels_printed",
        "decision_recorded",
        "withdrawal_measured",
    }
)


@dataclass(frozen=True, slots=True)
class DoseAnswer:
    """A dose as answered: amount in micrograms, and the volume of the bottle's strength in ml."""

    for_on: date
    part: int
    amount_ug: int
    how: str
    volume_ml: str | None = None


@dataclass(frozen=True, slots=True)
class LabelAnswer:
    """A label as printed: its dose and the code on it."""

    for_on: date
    part: int
    code: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of one act. ``blocking`` names the findings that nobody has lifted."""

    state: State
    person_id: int
    at: datetime
    reservation_id: int | None = None
    doses: tuple[DoseAnswer, ...] = ()
    verdict: Mapping[str, Any] | None = None
    blocking: tuple[str, ...] = ()
    lifts: tuple[Mapping[str, Any], ...] = ()
    observation_due_at: datetime | None = None
    receipt: Receipt | None = None
    labels: tuple[LabelAnswer, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the act was done; a refusal by the rules was recorded but nothing handed out."""
        return self.state != "refused_by_rules"

    @property
    def status(self) -> int:
        """The HTTP status: 201 for what is new, 409 for a refusal, else 200."""
        if not self.allowed:
            return 409
        return 201 if self.state in MADE else 200

    def with_receipt(self, receipt: Receipt) -> "Outcome":
        return replace(self, receipt=receipt)


@dataclass(frozen=True, slots=True)
class Writing:
    """What an act writes in its one transaction, in this order, before the answer leaves."""

    outcome: Outcome
    statements: tuple[Statement, ...]
    entries: tuple[Entry, ...]


_DECODER = msgspec.json.Decoder(Outcome)
_ENCODER = msgspec.json.Encoder()


def encode(outcome: Outcome) -> bytes:
    """The outcome as JSON."""
    return _ENCODER.encode(outcome)


def decode(answer: bytes) -> Outcome:
    """The outcome that ``encode`` wrote."""
    return _DECODER.decode(answer)
