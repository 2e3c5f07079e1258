"""The clinical entries of a person as values: one type per kind, decoded straight from a payload.

Only what the projection needs is named; other fields are passed over. A kind that is not here says
nothing about the facts of a check. An erased payload comes as ``Erased``.
"""

from datetime import date, datetime
from typing import Literal

import msgspec
from msgspec import Raw, Struct

from audit.history.payloads_elsewhere import (
    GuestRightDecided,
    GuestRightWithdrawn,
    PersonAway,
    PersonBack,
    SupplyOrderChanged,
    SupplyOrderEnded,
    SupplyOrderIssued,
    Told,
)
from dosing_rules.facts import How, TaperState
from dosing_rules.medicines import Medicine
from dosing_rules.ordered import Form, Route, Substance

DoseRow = tuple[date, int, int, How]
ProductRow = tuple[str, Substance, Form, Route, int, Literal["ml", "unit"]]


class _Enrolled(Struct, gc=False):
    right_holder: int | None


class PersonEnrolled(Told, tag="person-enrolled"):
    on: date
    facts: _Enrolled


class RightMoved(Told, tag="right-moved"):
    facts: _Enrolled


class _Ended(Struct, gc=False):
    ended_on: date


class PersonEnded(Told, tag="person-ended"):
    facts: _Ended


class _Order(Struct):
    prescription: tuple[int, int]
    product: ProductRow
    parts_ug: tuple[int, ...]
    weekday_ug: tuple[int, ...] | None
    valid_from: date
    valid_to: date | None
    high_dose_reason: str | None
    depot_interval_days: int | None
    night: bool = False


class _Stopped(Struct):
    version: int
    from_on: date


class PrescriptionStopped(Told, tag="prescription-stopped"):
    facts: _Stopped


class PrescriptionSigned(Told, tag="prescription-signed"):
    amount_ug: int
    facts: _Order


class _Arranged(Struct):
    version: int
    valid_from: date
    self_administration: bool
    supervised_weekdays: frozenset[int]
    pickup_weekdays: frozenset[int]
    take_home_days: int
    thrice_weekly: bool
    exception: tuple[int, date, date, str | None] | None


class ArrangementDecided(Told, tag="arrangement-decided"):
    facts: _Arranged


class _Care(Struct, omit_defaults=True):
    """What was told; the rest is unset and stays as it was."""

    new_to_treatment: bool | msgspec.UnsetType = msgspec.UNSET
    first_dose_on: date | msgspec.UnsetType | None = msgspec.UNSET
    sedatives_low_ug: int | msgspec.UnsetType | None = msgspec.UNSET
    sedatives_high_ug: int | msgspec.UnsetType | None = msgspec.UNSET
    taper_state: TaperState | msgspec.UnsetType | None = msgspec.UNSET
    taper_plan_on: date | msgspec.UnsetType | None = msgspec.UNSET
    ecg_on: date | msgspec.UnsetType | None = msgspec.UNSET
    qtc_ms: int | msgspec.UnsetType | None = msgspec.UNSET
    pregnant: bool | msgspec.UnsetType | None = msgspec.UNSET
    diversion_supervised_until_on: date | msgspec.UnsetType | None = msgspec.UNSET
    reviewed_on: date | msgspec.UnsetType | None = msgspec.UNSET
    indkald_due_on: date | msgspec.UnsetType | None = msgspec.UNSET
    naloxone_on: date | msgspec.UnsetType | None = msgspec.UNSET
    night_first_dose_on: date | msgspec.UnsetType | None = msgspec.UNSET
    medicines: tuple[Medicine, ...] | msgspec.UnsetType | None = msgspec.UNSET
    health_on: date | msgspec.UnsetType | None = msgspec.UNSET
    filtration_ml_per_minute: int | msgspec.UnsetType | None = msgspec.UNSET
    breathing_disease: bool | msgspec.UnsetType | None = msgspec.UNSET
    drinks_daily: bool | msgspec.UnsetType | None = msgspec.UNSET
    locked_box: bool | msgspec.UnsetType | None = msgspec.UNSET
    urine_on: date | msgspec.UnsetType | None = msgspec.UNSET


class CareRecorded(Told, tag="care-recorded"):
    facts: _Care


class _Planned(Struct):
    indkald: int
    days: tuple[date, ...]


class IndkaldPlanned(Told, tag="indkald-planned"):
    facts: _Planned


class _Changed(Struct):
    indkald: int
    state: str
    completed: tuple[date, ...]
    days: tuple[date, ...] | None = None


class IndkaldChanged(Told, tag="indkald-changed"):
    facts: _Changed


class _Answered(Struct, gc=False):
    allow: bool
    extra_ug: int
    night: bool = False


class QuestionAnswered(Told, tag="question-answered"):
    on: date
    facts: _Answered


class Asked(Struct):
    """What was asked at the counter, what was seen, and what the rules answered.

    ``observed``, ``identifiers`` and ``book`` are few different texts and stay as they are, to be
    looked up; the verdict stays as its bytes, to be compared with.
    """

    at: datetime
    doses: tuple[DoseRow, ...]
    product: str | None
    shown: tuple[int | None, int | None]
    identifiers: Raw
    observed: Raw
    verdict: Raw
    book: Raw
    reservation: int | None = None
    other_product: ProductRow | None = None
    #: List and row where it was given from paper and told afterwards: no decision of the service.
    paper: tuple[int, int] | None = None


class HandoutReserved(Told, tag="handout-reserved"):
    on: date
    unit_id: int
    facts: Asked


class HandoutRefusedByRules(Told, tag="handout-refused-by-rules"):
    on: date
    unit_id: int
    facts: Asked


class _Given(Struct):
    reservation: int
    swallowed: tuple[tuple[int, int], ...]
    swallowed_at: datetime
    course_starts_on: date | None


class HandoutGiven(Told, tag="handout-given"):
    facts: _Given


class _OfReservation(Struct, gc=False):
    reservation: int


class HandoutReturned(Told, tag="handout-returned"):
    facts: _OfReservation


class HandoutDeclined(Told, tag="handout-declined"):
    facts: _OfReservation


class HandoutSpilled(Told, tag="handout-spilled"):
    facts: _OfReservation


class HandoutUncertain(Told, tag="handout-uncertain"):
    facts: _OfReservation


class _Reversed(Struct, gc=False):
    reservation: int
    indkald_day: date | None


class HandoutReversed(Told, tag="handout-reversed"):
    facts: _Reversed


class _TakenOver(Struct):
    reservation: int
    product: ProductRow
    doses: tuple[DoseRow, ...]
    had_at: datetime
    # Whose the day is from then on, where the doses count in the day's use.
    holder: int | None = None


class DosesTakenOver(Told, tag="doses-taken-over"):
    on: date
    unit_id: int
    facts: _TakenOver


class _Signed(Struct, gc=False):
    indkald_day: date | None
    next_indkald_on: date | None


class ObservationSigned(Told, tag="observation-signed"):
    facts: _Signed


class _Vomited(Struct, gc=False):
    happened_at: datetime
    minutes_after: int
    witnessed: bool


class Vomited(Told, tag="vomited"):
    facts: _Vomited


class _HomeDose(Struct, gc=False):
    reservation: int
    for_on: date
    part: int
    unopened: bool = False
    verified: bool | None = None


class HomeDoseReturned(Told, tag="home-dose-returned"):
    facts: _HomeDose


class HomeDoseLost(Told, tag="home-dose-lost"):
    facts: _HomeDose


class _PaperRow(Struct, gc=False):
    serial: int
    row: int


class PaperRowHeld(Told, tag="paper-row-held"):
    facts: _PaperRow


class PaperRowTold(Told, tag="paper-row-told"):
    facts: _PaperRow


class _Conflict(Struct, gc=False):
    event: int
    no_dose_before_on: date | None = None


class PaperConflictOpened(Told, tag="paper-conflict-opened"):
    facts: _Conflict


class PaperConflictClosed(Told, tag="paper-conflict-closed"):
    facts: _Conflict


class PersonMerged(Told, tag="person-merged"):
    """Doses of another record are this person's from now on: what follows is not followed yet."""


class PersonAbsorbed(Told, tag="person-absorbed"):
    """This record's doses are another person's from now on."""


class PersonUnmerged(Told, tag="person-unmerged"):
    """Two records again."""


class PersonReleased(Told, tag="person-released"):
    """A record of its own again."""


class Erased(Told, tag="erased"):
    """A payload that was erased; ``was`` is the entry's kind, which stays."""

    was: str


PersonEntry = (
    HandoutReserved
    | HandoutGiven
    | HandoutRefusedByRules
    | HandoutReturned
    | HandoutDeclined
    | HandoutSpilled
    | HandoutUncertain
    | HandoutReversed
    | DosesTakenOver
    | ObservationSigned
    | Vomited
    | HomeDoseReturned
    | HomeDoseLost
    | QuestionAnswered
    | PersonEnrolled
    | RightMoved
    | PersonAway
    | PersonBack
    | GuestRightDecided
    | GuestRightWithdrawn
    | SupplyOrderIssued
    | SupplyOrderChanged
    | SupplyOrderEnded
    | PersonEnded
    | PrescriptionSigned
    | PrescriptionStopped
    | ArrangementDecided
    | CareRecorded
    | IndkaldPlanned
    | IndkaldChanged
    | PaperRowHeld
    | PaperRowTold
    | PaperConflictOpened
    | PaperConflictClosed
    | PersonMerged
    | PersonAbsorbed
    | PersonUnmerged
    | PersonReleased
    | Erased
)
#: The kinds whose payload says something about the facts of a check.
PERSON_KINDS = tuple(
    str(one.__struct_config__.tag) for one in PersonEntry.__args__ if one is not Erased
)
DECISION_KINDS = ("handout-reserved", "handout-refused-by-rules")
ENTRIES = msgspec.json.Decoder(PersonEntry)
