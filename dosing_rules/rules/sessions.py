"""Injections of diacetylmorphine under supervision."""

from dosing_rules.days import minutes_between
from dosing_rules.facts import Patient, Request
from dosing_rules.recorded import NO_SESSION, Session, counted
from dosing_rules.rule import Objection, rule, stop
from dosing_rules.rulebook import RuleBook


def _session(patient: Patient, book: RuleBook) -> Session | None:
    order = patient.prescription
    if order is None or order.product.substance != "diacetylmorphine":
        return None
    return counted(patient.session, NO_SESSION, book.requires_session_record)


@rule(
    id="too-many-attempts",
    asks="Has the vein been missed too often today?",
    source="DK-32: then stop, and decide on another way",
    only="more",
)
def too_many_attempts(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    session = _session(patient, book)
    if session is None:
        return None
    attempts = session.failed_attempts
    if attempts is not None and attempts < book.diacetylmorphine_attempts_count:
        return None
    return stop(
        "doctor-decision",
        limits=("diacetylmorphine_attempts_count",),
        lifted_by="doctor",
        attempts=attempts,
    )


@rule(
    id="observed-after-attempt",
    asks="Has the person been watched long enough after a failed attempt?",
    source="DK-32: after the last attempt thirty minutes before anything is decided anew",
    only="more",
)
def observed_after_attempt(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    session = _session(patient, book)
    if session is None:
        return None
    # A vein missed once or twice is tried again: the wait stands after the last attempt.
    attempts = session.failed_attempts
    if attempts is not None and attempts < book.diacetylmorphine_attempts_count:
        return None
    last_at = session.last_attempt_at
    passed = minutes_between(last_at, request.at) if last_at is not None else None
    if passed is not None and passed >= book.diacetylmorphine_attempt_observation_minutes:
        return None
    return stop(
        "wait-until",
        limits=("diacetylmorphine_attempt_observation_minutes",),
        lifted_by="doctor",
        last_at=last_at,
        passed_minutes=passed,
    )


@rule(
    id="session-not-followed-up",
    asks="Was the person looked at after the last injection?",
    source="CA-14: before and after every injection",
    only="more",
)
def session_not_followed_up(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    session = _session(patient, book)
    if session is None or session.assessed_after is True:
        return None
    return stop("observe-first", assessed_after=session.assessed_after)
