"""One hand-out of the simulated year: asked of the rules, then written as the service writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dispensing.counter import entries
from dispensing.counter.decide import Decided, Reason, decide
from dispensing.counter.plan import planned_doses, planned_night
from dispensing.demo.answers import ask_doctor, refuse, worth_asking
from dispensing.demo.clinic import Clinic
from dispensing.demo.facts import facts_of
from dispensing.demo.observation import observe
from dispensing.demo.rows import json_text
from dispensing.demo.state import Person, Visit
from dosing_rules import (
    Claim,
    Depot,
    DoseAsked,
    Observed,
    Patient,
    Prescription,
    Request,
    Severity,
    Verdict,
    check_dispensing,
)
from dosing_rules.rules.taken import least_interval

_DAY = timedelta(days=1)
#: Older swallowed doses need no interval: closing the day retires it.
INTERVAL_DAYS = 3
IDENTIFIED = frozenset({"birth_date", "photo"})
NOT_AFFECTED = Observed(affected=False)
AFFECTED = Observed(affected=True)
_NO_FINDINGS = '{"severity":"allow","findings":[]}'
_NURSE = "Drøftet med personen, aftalt opfølgning."


def doses_for(
    clinic: Clinic, person: Person, facts: Patient, visit: Visit
) -> tuple[DoseAsked, ...]:
    """What the counter asks for: the plan, and what falls on closed days for who has no supply."""
    on, arrangement = visit.on, person.arrangement
    if arrangement is None:
        return ()
    if arrangement.self_administration:
        if on.isoweekday() not in (arrangement.pickup_weekdays or ()):
            # Come late: today's dose is swallowed here, the supply waits for the pick-up day.
            planned = planned_doses(facts, on)
            return tuple([replace(d, how="supervised") for d in planned if d.for_on == on][:1])
        return planned_doses(facts, on)
    order = person.prescription
    if order is None or order.product.form in ("injection", "depot"):
        return planned_doses(facts, on)
    next_on = on + _DAY
    while order.day_ug(next_on) == 0:
        next_on += _DAY
    if clinic.is_open(visit.unit_id, next_on):
        return planned_doses(facts, on)
    home = replace(arrangement, self_administration=True)
    return planned_doses(replace(facts, arrangement=home), on)


def ask(
    clinic: Clinic, person: Person, visit: Visit, *, affected: bool = False, night: bool = False
) -> tuple[Request, Verdict]:
    """What the plan makes of a visit, and what the rules say of it.

    ``night``: of the dose for the night, beside injections.
    """
    facts = facts_of(person, visit.on, clinic.unit_facts(visit.unit_id, visit.on))
    planned = planned_night(facts, visit.on) if night else doses_for(clinic, person, facts, visit)
    request = request_for(person, visit, planned, affected)
    return request, check_dispensing(request, facts, clinic.book)


def hand_out(
    clinic: Clinic, person: Person, visit: Visit, *, affected: bool = False, night: bool = False
) -> bool:
    """Ask, lift what is lifted, reserve and give. False when the person leaves without."""
    request, verdict = ask(clinic, person, visit, affected=affected, night=night)
    if not request.doses:
        return False
    if verdict.severity <= Severity.INFORM:
        _reserve_and_give(clinic, person, visit, request, verdict, ())
        return True
    reasons = [Reason(f.rule_id, _NURSE) for f in verdict.findings]
    decided = decide(request, verdict, reasons, (), visit.nurse)
    if decided.allowed:
        _reserve_and_give(clinic, person, visit, request, verdict, lifts_of(decided))
        return True
    refuse(clinic, person, visit, request, verdict)
    if not worth_asking(decided):
        return False
    visit = replace(visit, at=visit.at + timedelta(seconds=10))
    decision = ask_doctor(clinic, person, visit, decided, verdict, night=night)
    visit = replace(visit, at=visit.at + timedelta(seconds=15))
    request, verdict = ask(clinic, person, visit, affected=affected, night=night)
    decided = decide(request, verdict, reasons, (decision,), visit.nurse)
    if not decided.allowed:
        refuse(clinic, person, visit, request, verdict)
        return False
    _reserve_and_give(clinic, person, visit, request, verdict, lifts_of(decided))
    return True


def request_for(
    person: Person, visit: Visit, doses: tuple[DoseAsked, ...], affected: bool
) -> Request:
    """A hand-out asked for with the ordered product and two identifiers."""
    order = person.order_of(doses)
    return Request(
        visit.at,
        visit.on,
        visit.unit_id,
        doses,
        order.product if order is not None else None,
        order.prescription_id if order is not None else None,
        order.version if order is not None else None,
        IDENTIFIED,  # type: ignore[arg-type]
        AFFECTED if affected else NOT_AFFECTED,
    )


def lifts_of(decided: Decided) -> Sequence[dict[str, object]]:
    """What was lifted, as the rows and entries keep it."""
    return [lift.as_dict() for lift in decided.lifts]


def leave_uncertain(clinic: Clinic, person: Person, visit: Visit) -> None:
    """Reserved and poured, then interrupted: nobody knows whether it was swallowed."""
    facts = facts_of(person, visit.on, clinic.unit_facts(visit.unit_id, visit.on))
    request = request_for(person, visit, doses_for(clinic, person, facts, visit)[:1], False)
    verdict = check_dispensing(request, facts, clinic.book)
    order = person.prescription
    if verdict.severity > Severity.INFORM or order is None or not request.doses:
        return
    reservation_id = reserve_doses(clinic, person, visit, request, verdict, ())
    dose, at = request.doses[0], visit.at
    until = at + timedelta(minutes=interval_minutes(clinic, order))
    clinic.rows.lines["claim"].append(
        f"{person.person_id}\t{dose.for_on}\t{dose.part}\t{reservation_id}\t{visit.unit_id}\t"
        f"{dose.amount_ug}\t{dose.how}\tuncertain\t{at.isoformat()}\t\\N\t"
        f'["{at.isoformat()}","{until.isoformat()}")\n'
    )
    claim = Claim(dose.for_on, dose.part, dose.amount_ug, dose.how, "uncertain", visit.unit_id, at)
    person.claims.append(claim)
    person.use_day(dose.for_on, order, dose.amount_ug, visit.unit_id)
    at += timedelta(minutes=10)
    act = clinic.act(person, visit.unit_id, visit.nurse, visit.on, at)
    note = "Alarm i venteværelset; glasset blev fundet tomt."
    clinic.note(visit.unit_id, at, entries.uncertain(act, reservation_id=reservation_id, note=note))


def interval_minutes(clinic: Clinic, order: Prescription | None) -> int:
    """The least time to the next swallowed dose, as the service chooses it from the book.

    What is handed out here for the night goes home: no interval is claimed for it.
    """
    if order is None:
        return clinic.book.interval_daily_minutes
    return least_interval(order, clinic.book)[1]


def reserve_doses(
    clinic: Clinic,
    person: Person,
    visit: Visit,
    request: Request,
    verdict: Verdict,
    lifts: Sequence[dict[str, object]],
) -> int:
    """Pour, and write the reservation with its entry; returns its number."""
    order = person.order_of(request.doses)
    assert order is not None
    unit_id, on, at, nurse = visit.unit_id, visit.on, visit.at, visit.nurse
    reservation_id = clinic.number("reservation")
    doses, code = request.doses, order.product.code
    total_ug = sum([dose.amount_ug for dose in doses])
    bottle_id = clinic.cupboards[unit_id][visit.counter].pour(
        clinic.number("stock_movement"), code, total_ug, reservation_id, nurse, at
    )
    reserved = entries.reserved(
        clinic.act(person, unit_id, nurse, on, at),
        request=request,
        ordered=order.product,
        reservation_id=reservation_id,
        prescription=(order.prescription_id, order.version),
        bottle_id=bottle_id,
        verdict=verdict,
        lifts=lifts,
        book=(clinic.book.id, clinic.book.sha256),
    )
    clinic.note(unit_id, at, reserved)
    counter_id = clinic.frame.counters[unit_id][visit.counter]
    asked = ",".join([f'["{d.for_on}",{d.part},{d.amount_ug},"{d.how}"]' for d in doses])
    answered = _NO_FINDINGS if not verdict.findings else json_text(verdict.as_dict())
    clinic.rows.lines["reservation"].append(
        f"{reservation_id}\t{person.person_id}\t{unit_id}\t{counter_id}\t{on}\t"
        f"{order.prescription_id}\t{order.version}\t{code}\t{bottle_id}\t[{asked}]\t"
        f"{answered}\t{json_text(lifts) if lifts else '[]'}\t{clinic.book.id}\t{nurse}\t"
        f"{at.isoformat()}\n"
    )
    return reservation_id


def _reserve_and_give(
    clinic: Clinic,
    person: Person,
    visit: Visit,
    request: Request,
    verdict: Verdict,
    lifts: Sequence[dict[str, object]],
) -> None:
    reservation_id = reserve_doses(clinic, person, visit, request, verdict, lifts)
    give_doses(clinic, person, visit, reservation_id, request.doses, verdict)


def give_doses(
    clinic: Clinic,
    person: Person,
    visit: Visit,
    reservation_id: int,
    doses: Sequence[DoseAsked],
    verdict: Verdict,
    *,
    extra_ug: int = 0,
) -> None:
    """What was reserved is swallowed or carried home; ``extra_ug`` a doctor allowed beyond it."""
    unit_id, on, nurse = visit.unit_id, visit.on, visit.nurse
    given_at = visit.at + timedelta(seconds=visit.seconds)
    order, care = person.order_of(doses), person.care
    minutes = interval_minutes(clinic, order)
    night = order is not None and order.night
    began_on = care.night_first_dose_on if night else care.first_dose_on
    starts_on = on if care.new_to_treatment or began_on is None else None
    given = entries.given(
        clinic.act(person, unit_id, nurse, on, given_at),
        reservation_id=reservation_id,
        swallowed=[(d.part, d.amount_ug) for d in doses if d.how == "supervised"],
        taken_home=[(d.for_on, d.part, d.amount_ug) for d in doses if d.how == "take_home"],
        interval_minutes=minutes,
        swallowed_at=given_at,
        course_starts_on=starts_on,
    )
    clinic.note(unit_id, given_at, given)
    _write(clinic, person, visit, reservation_id, doses, given_at.isoformat())
    _remember(clinic, person, visit, doses, given_at, minutes, reservation_id, extra_ug)
    observe(clinic, person, visit, reservation_id, given_at, doses, verdict)
    person.last_reservation_id = reservation_id
    if starts_on is not None and night:
        care.night_first_dose_on = starts_on
    elif starts_on is not None:
        care.new_to_treatment, care.first_dose_on = False, starts_on


def _write(
    clinic: Clinic,
    person: Person,
    visit: Visit,
    reservation_id: int,
    doses: Sequence[DoseAsked],
    given_at: str,
) -> None:
    """The resolution, and one handover (and administration) per dose."""
    lines, person_id, unit_id = clinic.rows.lines, person.person_id, visit.unit_id
    lines["resolution"].append(f"{reservation_id}\tgiven\t\\N\t{visit.nurse}\t{given_at}\n")
    for dose in doses:
        lines["handover"].append(
            f"{reservation_id}\t{dose.for_on}\t{dose.part}\t{person_id}\t{unit_id}\t{dose.how}\t"
            f"{dose.amount_ug}\t{visit.nurse}\t{given_at}\n"
        )
        if dose.how == "supervised":
            lines["administration"].append(
                f"{reservation_id}\t{dose.part}\t{person_id}\t{unit_id}\t{visit.on}\t"
                f"{dose.amount_ug}\t{visit.nurse}\t{given_at}\n"
            )


def _remember(
    clinic: Clinic,
    person: Person,
    visit: Visit,
    doses: Sequence[DoseAsked],
    given_at: datetime,
    minutes: int,
    reservation_id: int,
    extra_ug: int,
) -> None:
    """Claims and the day's account; both change, so they are written with their last state."""
    order = person.order_of(doses)
    assert order is not None
    claims, unit_id = clinic.rows.lines["claim"], visit.unit_id
    reserved_at, moment = visit.at.isoformat(), given_at.isoformat()
    during = "\\N"
    if visit.on >= clinic.frame.until - INTERVAL_DAYS * _DAY:
        during = f'["{moment}","{(given_at + timedelta(minutes=minutes)).isoformat()}")'
    for dose in doses:
        here = dose.how == "supervised"
        claims.append(
            f"{person.person_id}\t{dose.for_on}\t{dose.part}\t{reservation_id}\t{unit_id}\t"
            f"{dose.amount_ug}\t{dose.how}\tgiven\t{reserved_at}\t"
            f"{moment if here else chr(92) + 'N'}\t{during if here else chr(92) + 'N'}\n"
        )
        if here:
            person.last_swallowed_at = given_at
            person.last_swallowed_ug = dose.amount_ug
            person.last_swallowed_on = dose.for_on
            person.last_swallowed_substance = order.product.substance
            if order.product.form == "depot":
                person.last_depot = Depot(dose.for_on, order.depot_interval_days)
        at = given_at if here else visit.at
        person.claims.append(
            Claim(dose.for_on, dose.part, dose.amount_ug, dose.how, "given", unit_id, at)
        )
        counts = not order.night and (
            person.covered_through is None or dose.for_on > person.covered_through
        )
        if counts:
            person.covered_through = dose.for_on
        person.use_day(dose.for_on, order, dose.amount_ug, unit_id, extra_ug)
