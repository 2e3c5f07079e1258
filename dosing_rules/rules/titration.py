"""Is the person still being set on a dose, and does the dose rise slowly enough?"""

from collections.abc import Sequence
from datetime import date, timedelta

from dosing_rules.beginning import is_known_change, last_dose_at_home, may_be_change
from dosing_rules.days import minutes_between
from dosing_rules.facts import DoseStep, Patient, Request
from dosing_rules.gap import days_without
from dosing_rules.rule import Objection, doctor, rule, stop
from dosing_rules.rulebook import RuleBook


def _is_first_day(request: Request, patient: Patient) -> bool:
    """An unknown beginning might be today, and one said to lie ahead has not been yet.

    The first day of another substance is one as well, however long the treatment has run.
    """
    first_on = patient.first_dose_on
    return first_on is None or first_on >= request.on or may_be_change(patient)


@rule(
    id="take-home-in-titration",
    asks="Is a dose to take home asked for while every dose should be supervised?",
    source="Sector plan 2006-08 on dosisindstilling; Danish start set; DK-11, CA-06 a restart",
    only="take_home",
)
def take_home_in_titration(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if not request.take_home:
        return None
    first_on = patient.first_dose_on
    if first_on is not None and (request.on - first_on).days >= book.titration_days:
        if not may_be_change(patient) and not _may_restart(request, patient, book):
            return None
        first_on = request.on
    return doctor(limits=("titration_days",), first_dose_on=first_on)


def _may_restart(request: Request, patient: Patient, book: RuleBook) -> bool:
    """So long without that the course begins anew, or nobody knows how long."""
    order = patient.prescription
    if order is None:
        return False
    missed = days_without(request.on, patient, book)
    return missed is None or missed >= book.restart_days(order.product.substance)


def _beginning_ug(request: Request, patient: Patient, day: date) -> int:
    """A day's dose, without what a doctor allowed today beyond the order (after vomiting)."""
    day_ug, extra_ug = request.asked_ug(day) + patient.claimed_ug(day), 0
    if day == request.on and patient.extra_ug_allowed_today is not None:
        extra_ug = max(patient.extra_ug_allowed_today, 0)
    return day_ug - extra_ug


@rule(
    id="first-day-above-limit",
    asks="Is the first day's dose one that an unknown tolerance can bear?",
    source="DK-16 methadone; SP-10 buprenorphine",
)
def first_day_above_limit(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or not _is_first_day(request, patient) or order.product.form == "depot":
        return None
    substance = order.product.substance
    if substance == "methadone":
        doctor_name, stop_name = "methadone_first_day_doctor_ug", "methadone_first_day_stop_ug"
        doctor_ug, stop_ug = book.methadone_first_day_doctor_ug, book.methadone_first_day_stop_ug
    elif substance == "buprenorphine":
        doctor_name = "buprenorphine_first_day_doctor_ug"
        stop_name = "buprenorphine_first_day_stop_ug"
        doctor_ug = book.buprenorphine_first_day_doctor_ug
        stop_ug = book.buprenorphine_first_day_stop_ug
    else:
        return None
    days = {request.on, *request.asked_by_day}
    largest_ug = max([_beginning_ug(request, patient, day) for day in days])
    if largest_ug > stop_ug:
        return stop(
            "new-prescription",
            limits=(stop_name,),
            day_ug=largest_ug,
            first_dose_on=patient.first_dose_on,
        )
    at_it = substance == "methadone" and book.methadone_first_day_inclusive
    if largest_ug > doctor_ug or (at_it and largest_ug == doctor_ug):
        return doctor(limits=(doctor_name,), day_ug=largest_ug, first_dose_on=patient.first_dose_on)
    return None


def _increase_ug(step: DoseStep, book: RuleBook) -> int:
    """How far a step rises; a beginning from nothing is judged by the first-day limit instead."""
    from_ug = step.from_ug if step.from_ug > 0 else book.methadone_first_day_doctor_ug
    return max(step.to_ug - from_ug, 0)


def _recent_increases(
    request: Request, steps: Sequence[DoseStep], book: RuleBook
) -> list[tuple[date, int]]:
    """Increases that hold on a day asked for and began within the window before today."""
    first_day = request.on - timedelta(days=book.increase_window_days)
    return [
        (step.on, rise)
        for step in steps
        if first_day < step.on <= request.last_day and (rise := _increase_ug(step, book)) > 0
    ]


def _largest_week_ug(request: Request, rises: Sequence[tuple[date, int]], book: RuleBook) -> int:
    """The most the dose rises within any window that ends today or with a later rise."""
    largest_ug = 0
    for end in {request.on, *[on for on, _ in rises if on > request.on]}:
        begin = end - timedelta(days=book.increase_window_days)
        largest_ug = max(largest_ug, sum([rise for on, rise in rises if begin < on <= end]))
    return largest_ug


@rule(
    id="step-too-large",
    asks="Did the dose rise by more than one safe step?",
    source="DK-10 Novavi, NO-01; methadone builds up for days after a step",
    only="raised",
)
def step_too_large(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.substance != "methadone":
        return None
    if patient.steps is None:
        return stop(
            "doctor-decision", limits=("methadone_step_ug",), lifted_by="doctor", rise_ug=None
        )
    if not patient.steps:
        return None
    for step_on, rise_ug in _recent_increases(request, patient.steps, book):
        if rise_ug > book.methadone_step_ug:
            return stop(
                "doctor-decision",
                limits=("methadone_step_ug", "increase_window_days"),
                lifted_by="doctor",
                rise_ug=rise_ug,
                step_on=step_on,
            )
    return None


@rule(
    id="week-increase-too-large",
    asks="Did the dose rise too much within a week?",
    source="DK-10 Novavi: at most 20 mg a week",
    only="raised",
)
def week_increase_too_large(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if not patient.steps or order is None or order.product.substance != "methadone":
        return None
    rises = _recent_increases(request, patient.steps, book)
    rise_ug = _largest_week_ug(request, rises, book)
    if rise_ug <= book.methadone_week_increase_ug:
        return None
    return stop(
        "doctor-decision",
        limits=("methadone_week_increase_ug", "increase_window_days"),
        lifted_by="doctor",
        rise_ug=rise_ug,
        step_on=max([step_on for step_on, _ in rises]),
    )


def _had_ug(patient: Patient, day: date) -> int:
    """What was really had for a day, all parts together, swallowed here or carried home."""
    had_ug = 0
    for claim in patient.claims_by_day.get(day, ()):
        if claim.state == "given":
            had_ug += claim.amount_ug
    return had_ug


def _days_since_gap(request: Request, patient: Patient, gap_days: int) -> tuple[list[date], bool]:
    """The days before today with a dose, latest first, back to such a gap; and whether one shows.

    After one for which the book asks a doctor the dose is being set again, whatever is recorded as
    the first day and however little was had since.
    """
    days: list[date] = []
    for day in sorted(patient.claims_by_day, reverse=True):
        if day >= request.on or not _had_ug(patient, day):
            continue
        if days and (days[-1] - day).days > gap_days:
            return days, True
        days.append(day)
    return days, False


def _is_first_day_back(request: Request, patient: Patient, book: RuleBook) -> bool:
    """The first day of a course, of a substance or after too long without has its own ceiling."""
    first_on = patient.first_dose_on
    if (first_on is not None and first_on >= request.on) or patient.is_new():
        return True
    missed = days_without(request.on, patient, book)
    anew = missed is not None and missed >= book.restart_days("methadone")
    return anew or is_known_change(patient)


@rule(
    id="rise-since-last-dose",
    asks="While the dose is being set, is today's more than one step above what was had last?",
    source="DK-10, NO-01, UK-03 steps; DK-11, CA-03: after a restart from 30 mg in such steps",
    only="methadone",
)
def rise_since_last_dose(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    """Orders tell what was written, not what was had: after a restart the old order often stands.

    No more than was had last is never a rise, and a stable person's day of less takes no tolerance
    away. While the dose is set it may: the doctor is asked once, the day after.
    """
    order, covered_on = patient.prescription, patient.last_covered_on
    if order is None or order.product.substance != "methadone":
        return None
    asked_ug = _largest_asked_ug(request, patient)
    had_ug = _had_ug(patient, covered_on) if covered_on is not None else 0
    if asked_ug <= had_ug or _is_first_day_back(request, patient, book):
        return None
    days, after_gap = _days_since_gap(request, patient, book.gap_days("methadone"))
    first_on = patient.first_dose_on
    set_before = first_on is not None and (request.on - first_on).days >= book.titration_days
    if set_before and not after_gap:
        return None
    if covered_on is None or not had_ug:
        return _stop_rise("methadone_step_ug", asked_ug, None, None)
    if asked_ug - had_ug > book.methadone_step_ug:
        return _stop_rise("methadone_step_ug", asked_ug, had_ug, covered_on)
    # A gap shorter than one that begins the course anew does not lift what was low before it.
    longer, _ = _days_since_gap(request, patient, book.restart_days("methadone"))
    begun: list[date] = []
    for run in (days, longer):
        week = [
            day
            for day in run
            if (request.on - day).days <= book.increase_window_days
            and (first_on is None or set_before or day >= first_on)
        ]
        begun.append(min(week, default=covered_on))
    week_ug, begun_on = min([(_had_ug(patient, day), day) for day in begun])
    if asked_ug - week_ug > book.methadone_week_increase_ug:
        return _stop_rise("methadone_week_increase_ug", asked_ug, week_ug, begun_on)
    return None


def _largest_asked_ug(request: Request, patient: Patient) -> int:
    """The most any day asked for would hold; today without what a doctor allowed beyond the order.

    What was already taken for the day is part of it.
    """
    taken = patient.last_claim_on >= request.first_day
    extra_ug, largest_ug = patient.extra_ug_allowed_today, 0
    for day, day_ug in request.asked_by_day.items():
        if taken:
            day_ug += patient.claimed_ug(day)
        if extra_ug and extra_ug > 0 and day == request.on:
            day_ug -= extra_ug
        if day_ug > largest_ug:
            largest_ug = day_ug
    return largest_ug


def _stop_rise(limit: str, asked_ug: int, had_ug: int | None, had_on: date | None) -> Objection:
    return stop(
        "doctor-decision",
        limits=(limit, "titration_days"),
        lifted_by="doctor",
        asked_ug=asked_ug,
        had_ug=had_ug,
        had_on=had_on,
    )


@rule(
    id="buprenorphine-too-soon",
    asks="Is a full agonist far enough back before buprenorphine?",
    source="SP-10, US-07: precipitated withdrawal within 24 hours of methadone",
    only="buprenorphine",
)
def buprenorphine_too_soon(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.substance != "buprenorphine" or not request.doses:
        return None
    last_at, last = patient.last_swallowed_at, patient.last_swallowed_substance
    limits = ("buprenorphine_after_agonist_minutes",)
    passed = None if last_at is None else minutes_between(last_at, request.at)
    if last == "buprenorphine":
        return None
    if passed is not None and passed < book.buprenorphine_after_agonist_minutes:
        return stop(
            "wait-until",
            limits=limits,
            lifted_by="doctor",
            last_substance=last,
            last_at=last_at,
            passed_minutes=passed,
        )
    if not may_be_change(patient) or not last_dose_at_home(patient, request.on):
        return None
    return doctor(limits=limits, last_substance=last, last_at=None, passed_minutes=None)


@rule(
    id="buprenorphine-after-high-methadone",
    asks="Was the full agonist's dose low enough before changing to buprenorphine?",
    source="SP-03, US-07: from at most 30 mg methadone a day",
    only="buprenorphine",
)
def buprenorphine_after_high_methadone(
    request: Request, patient: Patient, book: RuleBook
) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.substance != "buprenorphine":
        return None
    last_ug = patient.last_swallowed_ug
    if patient.last_swallowed_substance == "buprenorphine" or last_ug is None:
        return None
    if 0 <= last_ug <= book.buprenorphine_after_methadone_ug:
        return None
    return doctor(
        limits=("buprenorphine_after_methadone_ug",),
        last_substance=patient.last_swallowed_substance,
        last_ug=last_ug,
    )
