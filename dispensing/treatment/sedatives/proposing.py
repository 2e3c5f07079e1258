"""What a doctor proposes, laid out and asked of the book, before anything is signed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from dispensing.counter.loading import Desk
from dispensing.errors import Conflict, Unprocessable
from dispensing.treatment.deciding import within_reach
from dispensing.treatment.sedatives.checking import (
    Basis,
    Said,
    check_one,
    check_steps,
    needs_reason,
    said_of,
)
from dispensing.treatment.sedatives.following import planned_on
from dispensing.treatment.sedatives.load import Taken, is_sedative
from dispensing.treatment.sedatives.plan import (
    LastPart,
    Of,
    Outline,
    Pace,
    Pause,
    PlanError,
    Step,
    steps_of,
)
from dispensing.treatment.sedatives.store import Kept, PlanKept
from dosing_rules import Finding, Prescriber, RuleBook
from dosing_rules.equivalents import UnknownSubstance


@dataclass(frozen=True, slots=True)
class PlanAsked:
    """A plan as a doctor asks for it; doses in micrograms a day of the one medicine.

    The three of the last part are given together or not at all.
    """

    atc: str
    goal_ug: int
    first_on: date
    percent: int
    percent_of: Of
    every_days: int
    strengths_ug: tuple[int, ...]
    halves: bool
    last_from_ug: int | None = None
    last_percent: int | None = None
    last_every_days: int | None = None
    pauses: tuple[Pause, ...] = ()
    on_medication_card: bool = False
    agreed_with_patient: bool = False
    reason: str | None = None

    @property
    def last_part(self) -> LastPart | None:
        """The last part. Raises Unprocessable where only some of it is said."""
        parts = (self.last_from_ug, self.last_percent, self.last_every_days)
        if parts == (None, None, None):
            return None
        if self.last_from_ug is None or self.last_percent is None or self.last_every_days is None:
            raise Unprocessable("the last part needs all three of its figures", field="last_from")
        return LastPart(self.last_from_ug, self.last_percent, self.last_every_days)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan laid out: its steps, what the book says of them, and whether a reason is needed."""

    atc: str
    outline: Outline
    steps: tuple[Step, ...]
    said: tuple[Said, ...]
    needs_reason: bool

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Each rule that objects, at its most severe."""
        return tuple([one.finding for one in self.said])


def propose(
    asked: PlanAsked, kept: Kept, desk: Desk, book: RuleBook, prescriber: Prescriber
) -> Proposal:
    """Lay the plan out from what is taken today and ask the book about every step.

    Raises Unprocessable (the field says which) for what is no plan, and Conflict where no plan can
    begin: nothing on the list to begin from, no figure to check by, or another plan in force.
    """
    running = kept.running
    if running is not None and running.atc != asked.atc:
        raise Conflict("another taper runs: end it first", slug="taper-runs")
    from_ug = dose_listed(kept, asked.atc)
    if asked.first_on < desk.on:
        raise Unprocessable("a decision holds from today on, never before", field="first_on")
    within_reach(asked.first_on, desk.on, "first_on")
    original_ug = max(running.original_ug, from_ug) if running is not None else from_ug
    outline = Outline(
        from_ug,
        original_ug,
        asked.goal_ug,
        asked.first_on,
        Pace(asked.percent, asked.percent_of, asked.every_days),
        asked.last_part,
        asked.strengths_ug,
        asked.halves,
        asked.pauses,
    )
    try:
        steps = steps_of(outline)
    except PlanError as error:
        raise Unprocessable(str(error), field=error.field) from error
    basis = replace(
        basis_of(kept, desk, asked.atc, prescriber),
        from_ug=from_ug,
        original_ug=original_ug,
        on_medication_card=asked.on_medication_card,
        agreed_with_patient=asked.agreed_with_patient,
    )
    try:
        said = said_of(check_steps(basis, steps, desk.patient, book))
    except UnknownSubstance as unknown:
        raise Conflict(
            "no figure says what this medicine is in diazepam, so no step can be checked",
            slug="sedative-without-figure",
        ) from unknown
    findings = [one.finding for one in said]
    # A pregnant person's taper is nobody's but the doctor's, and never a matter of course.
    reason = needs_reason(findings) or desk.patient.pregnant is True
    return Proposal(asked.atc, outline, steps, said, reason)


def dose_listed(kept: Kept, atc: str) -> int:
    """What the newest list says is taken of a medicine. Raises Conflict where it says nothing."""
    items = kept.listed.items if kept.listed is not None else ()
    found = next((one for one in items if one.atc == atc), None)
    if found is None or found.daily_ug is None:
        raise Conflict(
            "the list says no dose of this medicine: write the list first",
            slug="sedative-not-listed",
        )
    return found.daily_ug


def basis_of(kept: Kept, desk: Desk, atc: str, prescriber: Prescriber) -> Basis:
    """What every step of a medicine is judged by today, as far as it is recorded."""
    items: Sequence[Taken] = kept.listed.items if kept.listed is not None else ()
    own = next((one for one in items if one.atc == atc), None)
    since_on = own.since_on if own is not None else None
    dose_ug = (own.daily_ug if own is not None else None) or 0
    return Basis(
        atc=atc,
        at=desk.at,
        prescriber=prescriber,
        from_ug=dose_ug,
        original_ug=dose_ug,
        plan_on=desk.on,
        before=kept.changes(atc),
        taken_days=(desk.on - since_on).days if since_on is not None else None,
        others=len(items) - 1 if kept.listed is not None else None,
    )


@dataclass(frozen=True, slots=True)
class StepWeighed:
    """A step as it would be taken today, and why it needs a written reason."""

    before_ug: int
    dose_ug: int
    findings: tuple[Finding, ...]
    off_plan: bool
    needs_reason: bool


def weigh_step(
    dose_ug: int,
    on_medication_card: bool,
    kept: Kept,
    plan: PlanKept,
    desk: Desk,
    book: RuleBook,
    prescriber: Prescriber,
) -> StepWeighed:
    """Ask the book about going down to a dose today. Raises Unprocessable for one no lower."""
    stands = kept.stands(desk.on)
    assert stands is not None, "a plan in force stands somewhere"
    if not 0 <= dose_ug < stands.actual_ug:
        raise Unprocessable(
            "a step goes down: write the list where more is taken", field="sedative_dose"
        )
    basis = replace(
        basis_of(kept, desk, plan.atc, prescriber),
        from_ug=stands.actual_ug,
        original_ug=plan.original_ug,
        plan_on=plan.looked_at_on,
        on_medication_card=on_medication_card,
        agreed_with_patient=True,
    )
    findings = check_one(basis, Step(desk.on, dose_ug), desk.patient, book).findings
    planned_ug = planned_on(plan.from_ug, plan.steps, desk.on)
    off_plan = dose_ug != planned_ug or stands.paused_until is not None
    reason = off_plan or needs_reason(findings) or desk.patient.pregnant is True
    return StepWeighed(stands.actual_ug, dose_ug, findings, off_plan, reason)


def checked_list(items: Sequence[Taken], today: date) -> tuple[Taken, ...]:
    """A list as it may be kept. Raises Unprocessable."""
    for one in items:
        if not is_sedative(one.atc):
            raise Unprocessable("only benzodiazepines and kin stand on this list", field="atc")
        if one.daily_ug is not None and not 0 < one.daily_ug <= MOST_DAILY_UG:
            raise Unprocessable(
                "a daily dose above zero, or none where not known", field="sedative_dose"
            )
        if one.since_on is not None and one.since_on > today:
            raise Unprocessable("it is taken since then", field="since_on")
    if len({one.atc for one in items}) < len(items):
        raise Unprocessable("each medicine stands once, with its whole daily dose", field="atc")
    return tuple(items)


#: Ten grams a day of anything is a slip of the key.
MOST_DAILY_UG = 10_000_000
