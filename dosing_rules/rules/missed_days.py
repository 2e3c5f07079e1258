"""How long has the person been without, and may the full dose still be safe?"""

from datetime import date
from typing import Any

from dosing_rules.days import missed_days
from dosing_rules.facts import Patient, Request
from dosing_rules.rule import Objection, doctor, rule, stop
from dosing_rules.rulebook import RuleBook

# From how many days the doctor is asked, and from how many it is a stop. Diacetylmorphine has one
# number, and a substance nobody knows is judged as strictly.
_STRICTEST = ("diacetylmorphine_missed_stop_days", "diacetylmorphine_missed_stop_days")
_THRESHOLDS = {
    "methadone": ("methadone_missed_doctor_days", "methadone_missed_stop_days"),
    "buprenorphine": ("buprenorphine_missed_doctor_days", "buprenorphine_missed_stop_days"),
}


def _anchor_on(patient: Patient, book: RuleBook) -> date | None:
    if book.missed_days_anchor == "last_covered":
        return patient.last_covered_on
    if book.missed_days_anchor == "last_swallowed":
        return patient.last_swallowed_on
    return patient.planned_pickup_on


def _missed(request: Request, patient: Patient, book: RuleBook) -> int:
    """Days without a dose; nothing when the anchor is unknown, which is its own objection."""
    anchor = book.missed_days_anchor
    anchor_on = patient.last_covered_on if anchor == "last_covered" else _anchor_on(patient, book)
    if anchor_on is None:
        return 0
    return missed_days(
        anchor,
        anchor_on,
        request.on,
        book.missed_days_inclusive,
        book.missed_days_count_closed,
        patient.unit.closed_on if patient.unit is not None else (),
    )


@rule(
    id="coverage-unknown",
    asks="Is it known through which day the person last had a dose?",
    source="Unknown dose history counts as missed days without number",
)
def coverage_unknown(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    anchor_on = _anchor_on(patient, book)
    if anchor_on is not None and (
        anchor_on < request.on or book.missed_days_anchor != "last_covered"
    ):
        return None
    if anchor_on is None:
        started_today = patient.new_to_treatment is True and patient.first_dose_on == request.on
        if started_today or patient.is_new():
            return None
    return stop("doctor-decision", lifted_by="doctor", last_covered_on=anchor_on)


@rule(
    id="missed-days",
    asks="How many days in a row has the person been without?",
    source="DK-11, DK-12, DK-13, CA-06, DK-34; counted as the book says",
)
def missed_days_in_a_row(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.form == "depot":
        return None
    missed = _missed(request, patient, book)
    if missed <= 0:
        return None
    doctor_name, stop_name = _THRESHOLDS.get(order.product.substance, _STRICTEST)
    facts: dict[str, Any] = {
        "missed_days": missed,
        "anchor": book.missed_days_anchor,
        "anchor_on": _anchor_on(patient, book),
    }
    if missed >= int(book.limits[stop_name].value):
        return stop("doctor-decision", limits=(stop_name,), lifted_by="doctor", **facts)
    if missed >= int(book.limits[doctor_name].value):
        return doctor(limits=(doctor_name,), **facts)
    return None


@rule(
    id="restart-above-ceiling",
    asks="After so many days without, is more asked than a safe first day?",
    source="DK-11 at most 30 mg methadone; CA-06 buprenorphine by days missed",
)
def restart_above_ceiling(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.form == "depot":
        return None
    missed = _missed(request, patient, book)
    if missed <= 0:
        return None
    names = _restart_ceiling(order.product.substance, missed, book)
    if names is None:
        return None
    ceiling_ug = book.limits[names[1]].value
    largest_ug = max([request.asked_ug(dose.for_on) for dose in request.doses], default=0)
    if largest_ug <= int(ceiling_ug):
        return None
    return stop(
        "doctor-decision", limits=names, lifted_by="doctor", missed_days=missed, asked_ug=largest_ug
    )


def _restart_ceiling(substance: str, missed: int, book: RuleBook) -> tuple[str, str] | None:
    """The names of the numbers that apply: from how many days, and the ceiling."""
    if substance == "methadone" and missed >= book.methadone_restart_days:
        return "methadone_restart_days", "methadone_restart_ug"
    if substance == "buprenorphine":
        if missed >= book.buprenorphine_restart_long_days:
            return "buprenorphine_restart_long_days", "buprenorphine_restart_long_ug"
        if missed >= book.buprenorphine_restart_days:
            return "buprenorphine_restart_days", "buprenorphine_restart_ug"
    return None
