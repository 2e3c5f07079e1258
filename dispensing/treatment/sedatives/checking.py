"""A plan asked of the rule book, step by step, before anybody signs it.

Each step is a draft of its own day, in diazepam equivalents by the larger figure, with the steps of
the window before it. The plan counts as looked at again whenever the book's time for that is up
(``reviews_of``): until then it holds, and whoever forgets it hears so at the counter. Where two
steps lie far apart, the day before the later one is asked as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from dispensing.treatment.sedatives.plan import Step
from dosing_rules import Finding, Patient, RuleBook, Severity, Verdict, check_prescription
from dosing_rules.change import Change, Prescriber, Purpose, SedativeChange
from dosing_rules.equivalents import diazepam_ug
from dosing_rules.facts import DoseStep

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Basis:
    """What the steps are judged by: who signs when, and what is known of the medicine.

    Amounts are micrograms of the medicine a day; ``before`` are the changes already made, the
    oldest first. ``others``: how many more of the kind are taken beside it. ``plan_on``: the day
    the plan is agreed, or was last looked at.
    """

    atc: str
    at: datetime
    prescriber: Prescriber
    from_ug: int
    original_ug: int
    plan_on: date
    before: tuple[DoseStep, ...] = ()
    taken_days: int | None = None
    others: int | None = None
    purpose: Purpose | None = None
    on_medication_card: bool | None = None
    agreed_with_patient: bool | None = None
    driving_told: bool | None = None


class Asked(NamedTuple):
    """A step by its number (from 1), with what the book says of it."""

    number: int
    on: date
    verdict: Verdict


class Said(NamedTuple):
    """One finding, as it stands at the first of the steps it concerns, by their numbers."""

    finding: Finding
    steps: tuple[int, ...]


def check_steps(
    basis: Basis, steps: Sequence[Step], patient: Patient, book: RuleBook
) -> tuple[Asked, ...]:
    """Every step's verdict, and that of a day before it on which the taper stands still too long.

    Raises UnknownSubstance where no figure says what the medicine is in diazepam: then nothing can
    be checked.
    """
    asked: list[Asked] = []
    changes, dose_ug = list(basis.before), basis.from_ug
    for number, step in enumerate(steps, 1):
        last_on = changes[-1].on if changes else None
        if last_on is not None and (step.on - last_on).days > book.taper_stalled_days + 1:
            still = _draft(basis, step.on - _DAY, dose_ug, dose_ug, changes, book)
            verdict = check_prescription(still, patient, book)
            asked.append(Asked(number, step.on - _DAY, _only_of_standing_still(verdict)))
        draft = _draft(basis, step.on, dose_ug, step.dose_ug, changes, book)
        asked.append(Asked(number, step.on, check_prescription(draft, patient, book)))
        changes.append(DoseStep(step.on, dose_ug, step.dose_ug))
        dose_ug = step.dose_ug
    return tuple(asked)


def _only_of_standing_still(verdict: Verdict) -> Verdict:
    """That a dose goes on is asked for its standing still alone; the rest is the steps' own."""
    kept = tuple(one for one in verdict.findings if one.rule_id == "benzodiazepine-taper-stalled")
    severity = max([one.severity for one in kept], default=Severity.ALLOW)
    return Verdict(severity, kept)


def check_one(basis: Basis, step: Step, patient: Patient, book: RuleBook) -> Verdict:
    """What the book says of one step by itself; a plan nobody looked at in time is none."""
    draft = _draft(basis, step.on, basis.from_ug, step.dose_ug, basis.before, book)
    assert draft.sedative is not None
    as_it_is = replace(draft.sedative, plan_on=basis.plan_on)
    return check_prescription(replace(draft, sedative=as_it_is), patient, book)


def _draft(
    basis: Basis,
    on: date,
    from_ug: int,
    to_ug: int,
    changes: Sequence[DoseStep],
    book: RuleBook,
) -> Change:
    def diazepam(amount_ug: int) -> int:
        return diazepam_ug(basis.atc, amount_ug)[1]

    window = [one for one in changes if 0 <= (on - one.on).days < book.taper_window_days]
    signed_on = basis.at.date()
    return Change(
        at=basis.at + timedelta(days=max((on - signed_on).days, 0)),
        on=on,
        new=None,
        prescriber=basis.prescriber,
        agreed_with_patient=basis.agreed_with_patient,
        driving_told=basis.driving_told,
        on_medication_card=basis.on_medication_card,
        sedative=SedativeChange(
            from_ug=diazepam(from_ug),
            to_ug=diazepam(to_ug),
            taken_days=basis.taken_days,
            last_step_on=changes[-1].on if changes else None,
            purpose=basis.purpose,
            planned_days=None,
            others=basis.others,
            plan="tapering",
            steps=tuple(
                [
                    replace(one, from_ug=diazepam(one.from_ug), to_ug=diazepam(one.to_ug))
                    for one in window
                ]
            ),
            original_ug=diazepam(basis.original_ug),
            plan_on=plan_looked_at(basis.plan_on, on, book),
        ),
    )


def reviews_of(plan_on: date, until: date, book: RuleBook) -> tuple[date, ...]:
    """The days by which the plan is to be looked at again, through ``until``."""
    every = timedelta(days=book.taper_plan_days)
    days: list[date] = []
    due = plan_on + every
    while due <= until:
        days.append(due)
        due += every
    return tuple(days)


def plan_looked_at(plan_on: date, on: date, book: RuleBook) -> date:
    """The last day up to ``on`` on which the plan is looked at, when it is so in time."""
    return max([plan_on, *reviews_of(plan_on, on, book)])


def said_of(asked: Sequence[Asked]) -> tuple[Said, ...]:
    """Each rule that objects, once and at its most severe, the gravest first; with its steps."""
    first: dict[str, Finding] = {}
    steps: dict[str, list[int]] = {}
    for one in asked:
        for finding in one.verdict.findings:
            known = first.get(finding.rule_id)
            if known is None or finding.severity > known.severity:
                first[finding.rule_id] = finding
            numbers = steps.setdefault(finding.rule_id, [])
            if one.number not in numbers:
                numbers.append(one.number)
    found = [Said(finding, tuple(steps[rule_id])) for rule_id, finding in first.items()]
    return tuple(sorted(found, key=lambda one: -one.finding.severity))


def needs_reason(findings: Sequence[Finding]) -> bool:
    """Whether whoever signs writes why: something asks for more than being read."""
    return any([one.severity > Severity.INFORM for one in findings])


def cannot_be_signed(findings: Sequence[Finding]) -> list[Finding]:
    """What no reason lifts."""
    return [
        one for one in findings if one.severity == Severity.STOP and one.liftable_by != "doctor"
    ]
