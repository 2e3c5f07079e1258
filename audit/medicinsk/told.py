"""The entries that the indicators read, as values: one type per kind, only the facts they ask for.

Other facts of a payload are passed over, and so are kinds that no indicator reads. A payload that
was erased comes as ``Erased``: what it said is unknown, never nothing.
"""

from datetime import date

import msgspec
from msgspec import Struct

from dosing_rules.ordered import Form, Substance

#: Code, substance, form, way in, strength and what it is per.
ProductRow = tuple[str, Substance, Form, str, int, str]


class _Of(Struct, tag_field="kind", gc=False):
    """What every entry of a person has: its clinic day and the unit that wrote it."""

    on: date
    unit_id: int


# A person in treatment


class _Enrolled(Struct, gc=False):
    enrolled_on: date
    right_holder: int | None = None
    born_on: date | None = None


class Enrolled(_Of, tag="person-enrolled"):
    facts: _Enrolled


class _Ended(Struct, gc=False):
    ended_on: date
    status: str
    died_on: date | None = None


class Ended(_Of, tag="person-ended"):
    facts: _Ended


class _Begun(Struct, gc=False):
    before: str


class CourseBegun(_Of, tag="course-begun"):
    facts: _Begun


class _Contact(Struct, gc=False):
    contact_on: date


class ContactMade(_Of, tag="contact-made"):
    facts: _Contact


class _Moved(Struct, gc=False):
    right_holder: int | None = None


class RightMoved(_Of, tag="right-moved"):
    facts: _Moved


class _Offer(Struct, gc=False):
    accepted: bool
    answer: str | None = None


class Offered(_Of, tag="substance-offered"):
    facts: _Offer


class _Plan(Struct, gc=False):
    review_on: date


class PlanSigned(_Of, tag="plan-signed"):
    facts: _Plan


class _Nothing(Struct, gc=False):
    pass


class _Assessed(Struct, gc=False):
    diagnosis: str | None = None


class AssessmentSigned(_Of, tag="assessment-signed"):
    facts: _Assessed


# Orders


class OrderFacts(Struct, gc=False):
    prescription: tuple[int, int]
    product: ProductRow
    valid_from: date
    valid_to: date | None = None
    weekday_ug: tuple[int, ...] | None = None
    high_dose_reason: str | None = None
    depot_interval_days: int | None = None
    night: bool = False


class OrderSigned(_Of, tag="prescription-signed"):
    amount_ug: int
    facts: OrderFacts


class _Stopped(Struct, gc=False):
    version: int
    from_on: date


class OrderStopped(_Of, tag="prescription-stopped"):
    facts: _Stopped


class ArrangedFacts(Struct, gc=False):
    valid_from: date
    self_administration: bool = False
    take_home_days: int = 0
    pharmacy: int | None = None
    #: So many days at once, from and until when, and why.
    exception: tuple[int, date, date, str | None] | None = None


class Arranged(_Of, tag="arrangement-decided"):
    facts: ArrangedFacts


class CareFacts(Struct, omit_defaults=True, gc=False):
    """What was told; the rest is unset and stays as it was."""

    new_to_treatment: bool | msgspec.UnsetType | None = msgspec.UNSET
    sedatives_high_ug: int | msgspec.UnsetType | None = msgspec.UNSET
    taper_state: str | msgspec.UnsetType | None = msgspec.UNSET
    ecg_on: date | msgspec.UnsetType | None = msgspec.UNSET
    qtc_ms: int | msgspec.UnsetType | None = msgspec.UNSET
    reviewed_on: date | msgspec.UnsetType | None = msgspec.UNSET
    indkald_due_on: date | msgspec.UnsetType | None = msgspec.UNSET


class Care(_Of, tag="care-recorded"):
    facts: CareFacts


# Indkald


class _Planned(Struct, gc=False):
    indkald: int
    days: tuple[date, ...]


class IndkaldPlanned(_Of, tag="indkald-planned"):
    facts: _Planned


class _Changed(Struct, gc=False):
    indkald: int
    state: str
    days: tuple[date, ...] | None = None


class IndkaldChanged(_Of, tag="indkald-changed"):
    facts: _Changed


class _Concluded(Struct, gc=False):
    indkald: int
    result: str


class IndkaldConcluded(_Of, tag="indkald-concluded"):
    facts: _Concluded


class _Observed(Struct, gc=False):
    state: str
    affected: bool | None = None
    indkald_day: date | None = None


class ObservationSigned(_Of, tag="observation-signed"):
    facts: _Observed


# Benzodiazepines


class TaperAgreedFacts(Struct, gc=False):
    version: int
    from_ug: int
    steps: tuple[tuple[date, int], ...]


class TaperAgreed(_Of, tag="taper-agreed"):
    facts: TaperAgreedFacts


class _TaperStep(Struct, gc=False):
    plan: int
    dose_ug: int
    reached: bool = False


class TaperStepTaken(_Of, tag="taper-step-taken"):
    facts: _TaperStep


class _Found(Struct, gc=False):
    dose_ug: int
    plan: int


class _Listed(Struct, gc=False):
    #: The tapered medicine was taken otherwise than by the plan.
    found: _Found | None = None


class SedativesRecorded(_Of, tag="sedatives-recorded"):
    facts: _Listed


class TaperStopped(_Of, tag="taper-stopped"):
    facts: _Nothing


class _Diversion(Struct, gc=False):
    step: str
    happened_on: date


class DiversionRecorded(_Of, tag="diversion-recorded"):
    facts: _Diversion


# Doses


class Lift(Struct, gc=False):
    rule: str
    role: str
    reason: str


class _Finding(Struct, gc=False):
    rule_id: str
    severity: str


class _Verdict(Struct, gc=False):
    findings: tuple[_Finding, ...] = ()


class _Reserved(Struct, gc=False):
    reservation: int
    lifts: tuple[Lift, ...] = ()
    verdict: _Verdict = msgspec.field(default_factory=_Verdict)


class Reserved(_Of, tag="handout-reserved"):
    """A hand-out with findings that were lifted; the others are not read."""

    facts: _Reserved


class GivenFacts(Struct, gc=False):
    reservation: int
    swallowed: tuple[tuple[int, int], ...] = ()
    taken_home: tuple[tuple[date, int, int], ...] = ()
    swallowed_at: str = ""
    course_starts_on: date | None = None


class Given(_Of, tag="handout-given"):
    facts: GivenFacts


class _Reversed(Struct, gc=False):
    reservation: int


class Reversed(_Of, tag="handout-reversed"):
    facts: _Reversed


class _TakenOver(Struct, gc=False):
    reservation: int
    doses: tuple[tuple[date, int, int, str], ...] = ()


class TakenOver(_Of, tag="doses-taken-over"):
    facts: _TakenOver


class _Back(Struct, gc=False):
    for_on: date
    reservation: int
    unopened: bool = False


class HomeDoseReturned(_Of, tag="home-dose-returned"):
    facts: _Back


class _Missed(Struct, gc=False):
    night: bool = False


class Missed(_Of, tag="dose-missed"):
    facts: _Missed


class _Answered(Struct, gc=False):
    allow: bool
    rules: tuple[str, ...] = ()


class Answered(_Of, tag="question-answered"):
    facts: _Answered


# Two records of one human


class _Merge(Struct, gc=False):
    merge: int


class Absorbed(_Of, tag="person-absorbed"):
    facts: _Merge


class Released(_Of, tag="person-released"):
    facts: _Merge


class Erased(Struct, tag_field="kind", tag="erased", gc=False):
    """A payload that was erased: its kind and its chain stay."""

    was: str
    chain: int


Told = (
    Given
    | Missed
    | Reserved
    | Care
    | OrderSigned
    | OrderStopped
    | Arranged
    | Enrolled
    | Ended
    | CourseBegun
    | ContactMade
    | RightMoved
    | Offered
    | PlanSigned
    | AssessmentSigned
    | IndkaldPlanned
    | IndkaldChanged
    | IndkaldConcluded
    | ObservationSigned
    | TaperAgreed
    | TaperStepTaken
    | SedativesRecorded
    | TaperStopped
    | DiversionRecorded
    | Reversed
    | TakenOver
    | HomeDoseReturned
    | Answered
    | Absorbed
    | Released
    | Erased
)
#: The kinds of a person's entries that some indicator reads.
KINDS = tuple(str(one.__struct_config__.tag) for one in Told.__args__ if one is not Erased)
TOLD = msgspec.json.Decoder(Told)
