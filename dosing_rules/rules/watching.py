"""What to watch for, or to have done, around a dose that is new to the body."""

from dosing_rules.beginning import may_be_change
from dosing_rules.facts import Patient, Request
from dosing_rules.gap import days_without
from dosing_rules.rule import Objection, confirm, inform, rule
from dosing_rules.rulebook import RuleBook


@rule(
    id="raised-dose-observed",
    asks="Is today the first day of a raised methadone dose?",
    source="DK-10 Novavi: full dose, then one hour on site",
    only="raised",
)
def raised_dose_observed(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if not patient.steps or order is None or order.product.substance != "methadone":
        return None
    if not request.supervised:
        return None
    for step in patient.steps:
        if step.on == request.on and step.to_ug > step.from_ug:
            return inform(
                "observe-after",
                limits=("raised_dose_observation_minutes",),
                from_ug=step.from_ug,
                to_ug=step.to_ug,
            )
    return None


@rule(
    id="restart-observed",
    asks="Is this the first day back after so long that the course begins anew?",
    source="DK-13 Novavi: supervised, then one hour on site",
    only="without",
)
def restart_observed(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.form == "depot" or not request.supervised:
        return None
    missed = days_without(request.on, patient, book)
    if not missed or missed < book.restart_days(order.product.substance):
        return None
    return inform("observe-after", limits=("restart_observation_minutes",), missed_days=missed)


@rule(
    id="urine-before-restart",
    asks="Was a urine sample taken before beginning again after missed days?",
    source="DK-29, DK-11 Novavi: a control for safety, never a punishment",
    only="without",
)
def urine_before_restart(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.form == "depot" or not request.doses:
        return None
    missed = days_without(request.on, patient, book)
    if not missed or missed < book.urine_after_missed_days:
        return None
    since = (request.on - patient.urine_on).days if patient.urine_on is not None else None
    if since is not None and 0 <= since < missed:
        return None
    return confirm(
        limits=("urine_after_missed_days",), missed_days=missed, urine_on=patient.urine_on
    )


@rule(
    id="hold-until-dissolved",
    asks="Is the person new to a tablet that must dissolve under the tongue?",
    source="SP-11, UK-10, CT-16: not swallowed, not crushed, watched until dissolved",
    only="buprenorphine",
)
def hold_until_dissolved(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.form != "sublingual_tablet" or not request.supervised:
        return None
    first_on = patient.first_dose_on
    if first_on is not None and (request.on - first_on).days >= book.titration_days:
        if not may_be_change(patient):
            return None
        first_on = request.on
    return confirm("observe-after", limits=("dissolve_minutes",), first_dose_on=first_on)
