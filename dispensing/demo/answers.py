"""Refusals, the nurse's question and the doctor's answer, as rows and entries."""

from __future__ import annotations

from datetime import timedelta

from dispensing.counter import entries
from dispensing.counter.decide import Decided
from dispensing.counter.loading import DoctorDecision
from dispensing.demo.clinic import Clinic
from dispensing.demo.decisions import Decider, arrange, only_supervised, record_care, sign
from dispensing.demo.restart import order_at, restart_order
from dispensing.demo.state import Person, Visit
from dosing_rules import Request, Verdict

_TAKEN_OVER = "Overtaget fra tidligere journal; seneste dosis er bekræftet."
_TALKED = "Talt med personen, vurderet ved fremmødet; dosis kan gives."
_RESTART = "restart-above-ceiling"
#: Answered by a new prescription.
_SIGNED_ANEW = ("prescription-expired",)


def worth_asking(decided: Decided) -> bool:
    """Whether this demo's doctors would lift all of it: never an interval that is really short."""
    for finding in decided.blocking:
        if finding.liftable_by != "doctor" and finding.rule_id not in _SIGNED_ANEW:
            return False
        if finding.rule_id == "too-soon" and finding.facts["last_at"] is not None:
            return False
    return True


def refuse(
    clinic: Clinic, person: Person, visit: Visit, request: Request, verdict: Verdict
) -> None:
    answered = verdict.as_dict()
    clinic.rows.add(
        "refusal",
        clinic.number("refusal"),
        person.person_id,
        visit.unit_id,
        visit.on,
        answered,
        visit.nurse,
        visit.at,
    )
    act = clinic.act(person, visit.unit_id, visit.nurse, visit.on, visit.at)
    book = (clinic.book.id, clinic.book.sha256)
    order = person.order_of(request.doses)
    entry = entries.refused_by_rules(
        act,
        request=request,
        ordered=order.product if order is not None else None,
        verdict=answered,
        book=book,
    )
    clinic.note(visit.unit_id, visit.at, entry)


def ask_doctor(
    clinic: Clinic,
    person: Person,
    visit: Visit,
    decided: Decided,
    verdict: Verdict,
    *,
    night: bool = False,
) -> DoctorDecision:
    """The nurse asks, the doctor answers; after a long absence with a lower order and a restart.

    ``night``: about the dose for the night, which is low enough to begin again with.
    """
    ids = [finding.rule_id for finding in decided.blocking]
    by = Decider(
        visit.unit_id, clinic.doctor(visit.unit_id), visit.on, visit.at + timedelta(seconds=10)
    )
    asked = _question(clinic, person, visit, verdict, ids, by, night)
    if night:
        return _decision(clinic, person, by, asked, ids, _TALKED, 0, night)
    if _RESTART in ids:
        _restart(clinic, person, by, verdict)
    elif person.prescription is not None and any(rule in ids for rule in _SIGNED_ANEW):
        sign(clinic, person, by, order_at(person, person.prescription.daily_ug, visit.on))
    reason = _TAKEN_OVER if "coverage-unknown" in ids else _TALKED
    return _decision(clinic, person, by, asked, ids, reason, 0)


def answer(
    clinic: Clinic,
    person: Person,
    visit: Visit,
    verdict: Verdict,
    ids: list[str],
    reason: str,
    *,
    extra_ug: int,
) -> DoctorDecision:
    """The nurse asks, and the doctor allows something beyond today's order."""
    by = Decider(
        visit.unit_id, clinic.doctor(visit.unit_id), visit.on, visit.at + timedelta(seconds=50)
    )
    asked = _question(clinic, person, visit, verdict, ids, by)
    return _decision(clinic, person, by, asked, ids, reason, extra_ug)


def _question(
    clinic: Clinic,
    person: Person,
    visit: Visit,
    verdict: Verdict,
    ids: list[str],
    by: Decider,
    night: bool = False,
) -> int:
    question = clinic.number("doctor_question")
    clinic.rows.add(
        "doctor_question",
        question,
        person.person_id,
        visit.unit_id,
        visit.on,
        verdict.as_dict(),
        None,
        night,
        visit.nurse,
        visit.at,
        by.at,
    )
    act = clinic.act(person, visit.unit_id, visit.nurse, visit.on, visit.at)
    clinic.note(visit.unit_id, visit.at, entries.question_asked(act, finding_ids=ids, note=None))
    return question


def _decision(
    clinic: Clinic,
    person: Person,
    by: Decider,
    question: int,
    ids: list[str],
    reason: str,
    extra_ug: int,
    night: bool = False,
) -> DoctorDecision:
    clinic.rows.add(
        "doctor_decision",
        clinic.number("doctor_decision"),
        question,
        person.person_id,
        by.on,
        True,
        ids,
        None,
        extra_ug,
        None,
        reason,
        night,
        by.actor_id,
        by.at,
    )
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    entry = entries.question_answered(
        act,
        allow=True,
        rule_ids=ids,
        max_ug=None,
        extra_ug=extra_ug,
        interval_minutes=None,
        reason=reason,
        night=night,
    )
    clinic.note(by.unit_id, by.at, entry)
    return DoctorDecision(frozenset(ids), True, None, None, reason, by.actor_id, night)


def _restart(clinic: Clinic, person: Person, by: Decider, verdict: Verdict) -> None:
    missed = next(f.facts["missed_days"] for f in verdict.findings if f.rule_id == _RESTART)
    order = restart_order(clinic, person, by.on, int(str(missed)))
    if order is None:
        return
    sign(clinic, person, by, order)
    arrange(clinic, person, by, only_supervised())
    record_care(clinic, person, by, {"first_dose_on": by.on})
