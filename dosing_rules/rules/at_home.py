"""What guards a dose at home, and what happens when one is lost."""

from dosing_rules.days import minutes_between
from dosing_rules.facts import Patient, Request
from dosing_rules.recorded import NO_HOME_SAFETY, Loss, counted
from dosing_rules.rule import Objection, confirm, inform, rule, stop
from dosing_rules.rulebook import RuleBook


@rule(
    id="home-without-naloxone",
    asks="Does somebody who takes doses home have naloxone and know how to use it?",
    source="DK-28, CT-14: whoever takes doses home; nothing recorded is none",
    only="take_home",
)
def home_without_naloxone(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    home, given_on = patient.home_safety, patient.naloxone_on
    kit = home.naloxone_kit if home is not None else None
    if not request.take_home or kit is True:
        return None
    if given_on is not None and given_on <= request.on:
        return None
    return confirm(naloxone_kit=kit)


@rule(
    id="home-without-locked-box",
    asks="Can doses be locked away at home?",
    source="CT-14: 40 mg may kill an adult who is not used to it, less a child",
    only="more",
)
def home_without_locked_box(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    home = counted(patient.home_safety, NO_HOME_SAFETY, book.requires_home_safety)
    if not request.take_home or home is None or home.locked_box is True:
        return None
    return confirm(locked_box=home.locked_box)


@rule(
    id="supply-needs-certificate",
    asks="Is the supply longer than a travel certificate covers?",
    source="DK-06 Schengen certificate",
    only="take_home",
)
def supply_needs_certificate(
    request: Request, patient: Patient, book: RuleBook
) -> Objection | None:
    if len(request.take_home) <= book.certificate_days:
        return None
    days = len({dose.for_on for dose in request.take_home})
    if days <= book.certificate_days:
        return None
    return inform(limits=("certificate_days",), supply_days=days)


@rule(
    id="lost-dose-replaced",
    asks="Is a dose asked for a day whose dose was reported lost, stolen or spilt?",
    source="NZ-03: not replaced; only if verified, and 48 hours after the last dose",
    only="more",
)
def lost_dose_replaced(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if patient.losses is None:
        if not book.requires_loss_record:
            return None
        return _not_replaced(None, ("requires_loss_record",))
    asked = {dose.for_on for dose in request.doses}
    for loss in patient.losses:
        if loss.for_on in asked and not _may_replace(loss, request, patient, book):
            return _not_replaced(loss, ("lost_replacement_minutes",))
    return None


def _may_replace(loss: Loss, request: Request, patient: Patient, book: RuleBook) -> bool:
    last_at = patient.last_swallowed_at
    if loss.verified is not True or last_at is None:
        return False
    return minutes_between(last_at, request.at) >= book.lost_replacement_minutes


def _not_replaced(loss: Loss | None, limits: tuple[str, ...]) -> Objection:
    return stop(
        "doctor-decision",
        limits=limits,
        lifted_by="doctor",
        for_on=loss.for_on if loss is not None else None,
        verified=loss.verified if loss is not None else None,
    )
