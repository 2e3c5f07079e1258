"""What the counter's pages show, as typed values; templates get these and nothing else.

Amounts are whole micrograms, days are clinic days, moments aware UTC. Text that a person wrote and
text of rules arrives ready in the reader's language. A template decides nothing: which actions
exist and which one Enter presses is said here.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from dispensing.counter.card import CardState, PouredFor
from dispensing.counter.label_view import LabelsView
from dispensing.counter.notices import DoctorNotice
from dispensing.counter.store import Collector
from dispensing.people.working import Header
from dispensing.persons.look_alikes import LookAlike
from dispensing.web.notices import Notice

RowState = Literal[
    "expected", "reserved", "given", "missed", "observing", "uncertain", "stopped", "asked", "ended"
]
# "scan": nothing stands in the way but that no bottle was scanned yet.
Word = Literal["allow", "inform", "confirm", "scan", "doctor", "stop", "unknown"]
NightState = Literal["", "due", "had"]
Stage = Literal["check", "reserved", "uncertain", "given", "nothing_due", "ended"]
DayMark = Literal[
    "swallowed", "taken_home", "missed", "refused", "indkald", "reserved", "planned", "none"
]

# What needs a person now comes first, what is done comes last.
ATTENTION: tuple[RowState, ...] = ("uncertain", "stopped", "asked")
HERE: tuple[RowState, ...] = ("reserved", "observing")
DONE: tuple[RowState, ...] = ("given", "missed", "ended")


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One person of today's list. ``due_at`` is the end of an observation, kept by the server."""

    person_id: int
    state: RowState
    at: datetime | None
    name: str
    initials: str
    note: str = ""
    due_at: datetime | None = None
    overdue: bool = False
    answered: bool = False
    word: Word | None = None
    later: bool = False
    born: date | None = None
    alike: bool = False
    # The unit whose person comes here today as a guest.
    guest_of: str | None = None
    # How it stands with the dose for the night, of whoever has one.
    night: NightState = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that stays on the page until a person acts."""

    kind: Literal["observation", "uncertain", "answer"]
    person_id: int
    who: str
    initials: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """Today's list with its own age."""

    rows: tuple[QueueRow, ...]
    alarms: tuple[Alarm, ...]
    as_of: datetime
    closed: bool = False
    query: str = ""

    def of(self, *states: RowState) -> tuple[QueueRow, ...]:
        return tuple(row for row in self.rows if row.state in states)

    @property
    def attention(self) -> tuple[QueueRow, ...]:
        overdue = tuple(row for row in self.of("observing") if row.overdue)
        return overdue + self.of(*ATTENTION)

    @property
    def here(self) -> tuple[QueueRow, ...]:
        return tuple(row for row in self.of(*HERE) if not row.overdue)

    @property
    def expected(self) -> tuple[QueueRow, ...]:
        return self.of("expected")

    @property
    def done(self) -> tuple[QueueRow, ...]:
        return self.of(*DONE)


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding in words: what, why, the way on, and where rule and numbers stand."""

    rule_id: str
    word: Word
    text: str
    way_on: str
    liftable_by: Literal["nurse", "doctor"] | None
    why: str = ""
    source: str = ""
    lifted_reason: str | None = None
    unconfirmed: bool = False
    by_scan: bool = False
    #: What a nurse writes to lift it, where that is something else than why.
    asks: str | None = None


@dataclass(frozen=True, slots=True)
class DoseView:
    """A dose of this hand-out; ``of_parts`` > 1 means the day is split."""

    for_on: date
    part: int
    of_parts: int
    amount_ug: int
    supervised: bool


@dataclass(frozen=True, slots=True)
class ProductView:
    """The preparation as it stands on the bottle in front of the nurse."""

    name: str
    strength_ug: int
    per: Literal["ml", "unit"]
    form: str
    bottle: str | None = None
    step_ul: int = 100
    step_unconfirmed: bool = False
    # Strengths of this liquid that stand open: once poured nobody can tell them apart.
    open_strengths_ug: tuple[int, ...] = ()
    ordered_name: str = ""
    ordered_strength_ug: int = 0

    def rounded(self, amount_ug: int) -> bool:
        """Whether the millilitres shown rest on the book's smallest step."""
        return self.per == "ml" and bool(amount_ug * 1000 % (self.strength_ug * self.step_ul))


@dataclass(frozen=True, slots=True)
class StripDay:
    """One of the fourteen marks."""

    day: date
    mark: DayMark
    time: str = ""


@dataclass(frozen=True, slots=True)
class LastDose:
    """A line of "last": when, how much, how."""

    for_on: date
    at: datetime | None
    amount_ug: int | None
    mark: DayMark


@dataclass(frozen=True, slots=True)
class QuestionView:
    """What was asked of the doctor today and what came back."""

    question_id: int | None
    asked_at: datetime | None
    answered_at: datetime | None = None
    allow: bool | None = None
    reason: str = ""
    doctor: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawalView:
    """Withdrawal measured today; ``counts`` until a dose is swallowed after it."""

    cows: int
    at: datetime
    by: str
    minutes_ago: int
    counts: bool


@dataclass(frozen=True, slots=True)
class ObservationView:
    """An observation with the end the server keeps."""

    reservation_id: int
    due_at: datetime
    reason: str
    overdue: bool
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What the nurse observed and typed on this page; carried along, never lost by a refusal."""

    affected: bool = False
    poss: int | None = None
    breaths: int | None = None
    part_mg: str = ""
    reasons: dict[str, str] = field(default_factory=dict)
    doctor_username: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class TaperView:
    """The taper of benzodiazepines: what is tapered, how it stands, and the next step."""

    what: str
    word: Literal["behind", "step-today", "later"]
    days_behind: int
    next_on: date
    next_ug: int
    pregnant: bool


@dataclass(frozen=True, slots=True)
class NightView:
    """Injections by day and methadone for the night: both in one glance.

    ``in_front``: the night's order is the one shown. ``main_had`` counts today's sessions.
    """

    in_front: bool
    main_name: str
    main_parts_ug: tuple[int, ...]
    main_had: int
    night_name: str
    night_ug: int
    night_had: bool


@dataclass(frozen=True, slots=True)
class PatientPanel:
    """The right-hand column: one person, one answer, the next press."""

    person_id: int
    name: str
    initials: str
    born_on: date
    age_years: int
    card_code: str
    stage: Stage
    word: Word
    doses: tuple[DoseView, ...]
    product: ProductView | None
    findings: tuple[FindingView, ...]
    key: str
    prescription: tuple[int, int] | None
    plan_lines: tuple[str, ...] = ()
    strip: tuple[StripDay, ...] = ()
    last_doses: tuple[LastDose, ...] = ()
    reservation_id: int | None = None
    reserved_by: str = ""
    reserved_where: str = ""
    doubted: bool = False
    affected_at: datetime | None = None
    declined_at: datetime | None = None
    reserved_at: datetime | None = None
    given_at: datetime | None = None
    question: QuestionView | None = None
    observation: ObservationView | None = None
    seen: Seen = field(default_factory=Seen)
    notice: Notice | None = None
    book_id: str = ""
    book_unconfirmed: bool = False
    bottle_code: str | None = None
    look_alikes: tuple[LookAlike, ...] = ()
    card: CardState = ""
    poured_here: tuple[PouredFor, ...] = ()
    nothing_reason: str = ""
    as_of: datetime | None = None
    customised: bool = False
    doses_at_home: int = 0
    taper: TaperView | None = None
    labels: LabelsView | None = None
    collectors: tuple[Collector, ...] = ()
    withdrawal: WithdrawalView | None = None
    night: NightView | None = None

    @property
    def supervised(self) -> tuple[DoseView, ...]:
        return tuple(dose for dose in self.doses if dose.supervised)

    @property
    def take_home(self) -> tuple[DoseView, ...]:
        return tuple(dose for dose in self.doses if not dose.supervised)

    @property
    def to_write(self) -> tuple[FindingView, ...]:
        """Findings a nurse lifts by writing why."""
        return tuple(f for f in self.findings if f.word == "confirm" and f.lifted_reason is None)

    @property
    def may_reserve(self) -> bool:
        return self.stage == "check" and self.word in ("allow", "inform", "confirm")

    @property
    def needs_scan(self) -> bool:
        """Whether the right bottle, scanned, is all that is wanting."""
        standing = [
            f for f in self.findings if f.word in ("doctor", "stop") and f.lifted_reason is None
        ]
        return self.stage == "check" and bool(standing) and all(f.by_scan for f in standing)


@dataclass(frozen=True, slots=True)
class CounterView:
    """The whole counter page."""

    header: Header
    queue: Queue
    panel: PatientPanel | None = None
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A question that waits for the doctor."""

    question_id: int
    name: str
    initials: str
    word: Word
    asked_at: datetime
    asked_by: str
    summary: str
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything needed to decide one question."""

    row: CaseRow
    note: str
    panel: PatientPanel
    key: str


@dataclass(frozen=True, slots=True)
class DoctorView:
    """The doctor's morning: what waits, most dangerous first, and the open case beside it."""

    header: Header
    rows: tuple[CaseRow, ...]
    as_of: datetime
    case: CaseView | None = None
    notice: Notice | None = None
    told: tuple[DoctorNotice, ...] = ()
    # Conflicts between paper and record that wait for a doctor's decision.
    paper_conflicts: int = 0
