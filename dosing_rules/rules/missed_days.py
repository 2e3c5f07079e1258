"""How long has the person been without, and may the full dose still be safe?"""

from collections.abc import Callable
from functools import partial
from typing import Any

from dosing_rules.book_tables import Band, Ceiling
from dosing_rules.depots import last_was_depot
from dosing_rules.facts import Patient, Prescription, Request
from dosing_rules.gap import anchor_on, days_without
from dosing_rules.rule import Objection, confirm, doctor, inform, rule, stop
from dosing_rules.rulebook import RuleBook
from dosing_rules.verdict import Severity

_ANSWERS: dict[Severity, Callable[..., Objection]] = {
    Severity.INFORM: inform,
    Severity.CONFIRM: confirm,
    Severity.DOCTOR: doctor,
    Severity.STOP: partial(stop, "doctor-decision", lifted_by="doctor"),
}


@rule(
    id="coverage-unknown",
    asks="Is it known through which day the person last had a dose?",
    source="Unknown dose history counts as missed days without number",
)
def coverage_unknown(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    anchored_on = anchor_on(patient, book)
    if anchored_on is not None and (
        anchored_on < request.on or book.missed_days_anchor != "last_covered"
    ):
        return None
    if anchored_on is None:
        started_today = patient.new_to_treatment is True and patient.first_dose_on == request.on
        if started_today or patient.is_new():
            return None
    return stop("doctor-decision", lifted_by="doctor", last_covered_on=anchored_on)


@rule(
    id="missed-days",
    asks="How many days in a row has the person been without?",
    source="DK-11, DK-12, DK-13, CA-06, DK-34; SP-05 a depot covers its days; as the book counts",
    only="without",
)
def missed_days_in_a_row(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    # From one depot to the next their own windows count.
    if order is None or (order.product.form == "depot" and last_was_depot(patient)):
        return None
    missed = days_without(request.on, patient, book)
    if not missed:
        return None
    band = _band(order.product.substance, missed, request, patient, book)
    if band is None:
        return None
    facts: dict[str, Any] = {
        "missed_days": missed,
        "anchor": book.missed_days_anchor,
        "anchor_on": anchor_on(patient, book),
    }
    if band.supervised_days:
        facts["supervised_days"] = band.supervised_days
    return _ANSWERS[band.severity](limits=band.limits, **facts)


def _band(
    substance: str, missed: int, request: Request, patient: Patient, book: RuleBook
) -> Band | None:
    """The most severe row reached; a substance nobody knows is judged by the strictest table."""
    tables = book.missed.get(substance) or book.missed["diacetylmorphine"]
    reached = [
        band
        for rows in tables
        for band in rows
        if missed >= band.days and (not band.titration or _is_titrating(request, patient, book))
    ]
    return max(reached, key=_severity_and_days, default=None)


def _severity_and_days(band: Band) -> tuple[int, int]:
    return band.severity, band.days


def _is_titrating(request: Request, patient: Patient, book: RuleBook) -> bool:
    """An unknown beginning might be today."""
    first_on = patient.first_dose_on
    return first_on is None or (request.on - first_on).days < book.titration_days


@rule(
    id="restart-above-ceiling",
    asks="After so many days without, is more asked than a safe first day?",
    source="DK-11 at most 30 mg methadone; CA-06 buprenorphine by days missed",
    only="without",
)
def restart_above_ceiling(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.form == "depot":
        return None
    missed = days_without(request.on, patient, book)
    if not missed:
        return None
    before_ug = dose_before_ug(order, patient)
    found = restart_ceiling(order.product.substance, missed, before_ug, book)
    if found is None:
        return None
    ceiling_ug, names = found
    # What was already taken of the first day back is part of it.
    days = request.asked_by_day
    largest_ug = max(
        [asked_ug + patient.claimed_ug(day) for day, asked_ug in days.items()], default=0
    )
    if largest_ug <= ceiling_ug:
        return None
    return stop(
        "doctor-decision", limits=names, lifted_by="doctor", missed_days=missed, asked_ug=largest_ug
    )


def dose_before_ug(order: Prescription, patient: Patient) -> int:
    """The day's dose before the days without: the order's, or more where more was had last.

    A doctor who lowers the order for the first day back has gone down already. What was had counts
    where it is known to be a day's: of the order's substance, no depot, and no dose for several
    days of a weekly pattern.
    """
    last_ug, last_on, depot = (
        patient.last_swallowed_ug,
        patient.last_swallowed_on,
        patient.last_depot,
    )
    if last_ug is None or last_on is None or depot is None or depot.on == last_on:
        return order.daily_ug
    if patient.last_swallowed_substance != order.product.substance or order.weekday_ug is not None:
        return order.daily_ug
    return max(order.daily_ug, last_ug)


def restart_ceiling(
    substance: str, missed: int, before_ug: int, book: RuleBook
) -> tuple[int, tuple[str, ...]] | None:
    """The most for the first day back after so many days, and the names of the numbers it rests on.

    ``before_ug`` is the day's dose before them. In each table the last row reached counts, of
    several tables the lowest answer.
    """
    lowest: tuple[int, tuple[str, ...]] | None = None
    for rows in book.restart.get(substance, ()):
        reached = [row for row in rows if _reaches(row, missed, before_ug)]
        if reached:
            most_ug = reached[-1].most_ug(before_ug)
            if lowest is None or most_ug < lowest[0]:
                lowest = most_ug, reached[-1].limits
    return lowest


def _reaches(row: Ceiling, missed: int, before_ug: int) -> bool:
    return missed >= row.days and (row.above_ug is None or before_ug > row.above_ug)
