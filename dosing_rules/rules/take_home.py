"""May these doses go home?"""

from collections.abc import Sequence
from datetime import date

from dosing_rules.arranged import ArrangedAhead, Arrangement, arranged_for
from dosing_rules.days import last_open_before
from dosing_rules.facts import Patient, Request
from dosing_rules.rule import Objection, doctor, rule, stop
from dosing_rules.rulebook import RuleBook


def _days_in_hand(request: Request, patient: Patient) -> int:
    """Take-home days the person would hold: those asked for and those from today still out."""
    if patient.last_claim_on < request.on:
        return len({dose.for_on for dose in request.take_home})
    asked = {dose.for_on for dose in request.take_home}
    held = {
        day
        for day, claims in patient.claims_by_day.items()
        if day >= request.on and any([claim.how == "take_home" for claim in claims])
    }
    return len(asked | held)


def _exception_covers(request: Request, patient: Patient) -> bool:
    if patient.arrangement is None or patient.arrangement.exception is None:
        return False
    in_hand = _days_in_hand(request, patient)
    return patient.arrangement.exception.covers(request.take_home, in_hand)


@rule(
    id="take-home-without-decision",
    asks="Has a doctor decided that doses may go home?",
    source="DK-04 supervised intake is the default",
    only="take_home",
)
def take_home_without_decision(
    request: Request, patient: Patient, book: RuleBook
) -> Objection | None:
    if not request.take_home:
        return None
    arrangement = patient.arrangement
    if arrangement is not None and arrangement.self_administration is True:
        return None
    return stop(
        "doctor-decision",
        lifted_by="doctor",
        decided=arrangement.self_administration if arrangement is not None else None,
    )


@rule(
    id="take-home-above-own-limit",
    asks="Would the person hold more days than arranged?",
    source="DK-05 the person's own arrangement",
    only="take_home",
)
def take_home_above_own_limit(
    request: Request, patient: Patient, book: RuleBook
) -> Objection | None:
    if not request.take_home:
        return None
    own_days = patient.arrangement.take_home_days if patient.arrangement is not None else None
    in_hand = _days_in_hand(request, patient)
    if own_days is not None and in_hand <= own_days:
        return None
    if _exception_covers(request, patient):
        return None
    return doctor(in_hand_days=in_hand, arranged_days=own_days)


@rule(
    id="take-home-above-limit",
    asks="Would the person hold more than the general limit, without an exception that covers it?",
    source="DK-05 one week; DK-06 holiday exception is a doctor's entry",
    only="take_home",
)
def take_home_above_limit(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if not request.take_home:
        return None
    limit_days = book.take_home_days
    limits: tuple[str, ...] = ("take_home_days",)
    if book.take_home:
        limit_days, limits = _limit_by_time(request, patient, book)
    if patient.last_claim_on < request.on and len(request.take_home) <= limit_days:
        return None
    in_hand = _days_in_hand(request, patient)
    if in_hand <= limit_days or _exception_covers(request, patient):
        return None
    exception = patient.arrangement.exception if patient.arrangement is not None else None
    return stop(
        "doctor-decision",
        limits=limits,
        lifted_by="doctor",
        in_hand_days=in_hand,
        exception_days=exception.days if exception is not None else None,
        exception_until_on=exception.until_on if exception is not None else None,
    )


def _limit_by_time(
    request: Request, patient: Patient, book: RuleBook
) -> tuple[int, tuple[str, ...]]:
    """The lowest limit for so long in treatment; an unknown beginning might be today."""
    first_on = patient.first_dose_on
    passed = (request.on - first_on).days if first_on is not None else 0
    lowest = book.take_home_days, ("take_home_days",)
    return min(
        [lowest, *[(row.days, row.limits) for row in book.take_home if passed < row.before_days]]
    )


@rule(
    id="take-home-for-supervised-day",
    asks="Is a dose to take home meant for a day that should be supervised?",
    source="DK-05 the pick-up day's dose is observed; closed days and exceptions apart",
    only="take_home",
)
def take_home_for_supervised_day(
    request: Request, patient: Patient, book: RuleBook
) -> Objection | None:
    if not request.take_home:
        return None
    weekdays = patient.arrangement.supervised_weekdays if patient.arrangement is not None else None
    closed_on = patient.unit.closed_on if patient.unit is not None else frozenset[date]()
    days = [
        dose.for_on
        for dose in request.take_home
        if (weekdays is None or dose.for_on.isoweekday() in weekdays)
        and dose.for_on not in closed_on
    ]
    if not days or _exception_covers(request, patient):
        return None
    return doctor(days=days)


@rule(
    id="take-home-arranged-otherwise",
    asks="Is a dose to take home meant for a day for which a doctor has decided otherwise ahead?",
    source="DK-04, DK-05: what is decided from a day on holds for that day's dose",
    only="take_home",
)
def take_home_arranged_otherwise(
    request: Request, patient: Patient, book: RuleBook
) -> Objection | None:
    if not request.take_home or patient.arranged_ahead == ():
        return None
    ahead = patient.arranged_ahead
    if ahead is None:
        return stop("doctor-decision", lifted_by="doctor", from_on=None, days=None)
    here, otherwise = set[date](), set[date]()
    for dose in request.take_home:
        how = arranged_for(ahead, dose.for_on)
        if how is None:
            continue
        if how.self_administration is not True:
            here.add(dose.for_on)
        elif _supervised_then(how, dose.for_on, patient):
            otherwise.add(dose.for_on)
    begins = ahead[0].from_on
    if here:
        return stop("doctor-decision", lifted_by="doctor", from_on=begins, days=here)
    otherwise |= _more_than_then(request, patient, ahead)
    return doctor(from_on=begins, days=otherwise) if otherwise else None


def _supervised_then(how: Arrangement, day: date, patient: Patient) -> bool:
    """Whether the day is one to swallow here, neither closed nor excepted."""
    if how.exception is not None and how.exception.from_on <= day <= how.exception.until_on:
        return False
    if patient.unit is not None and day in patient.unit.closed_on:
        return False
    return how.supervised_weekdays is None or day.isoweekday() in how.supervised_weekdays


def _more_than_then(
    request: Request, patient: Patient, ahead: Sequence[ArrangedAhead]
) -> set[date]:
    """The days asked for, where the person would begin an arrangement with more than it allows."""
    asked = {dose.for_on for dose in request.take_home}
    held = {
        day
        for day, claims in patient.claims_by_day.items()
        if any([claim.how == "take_home" for claim in claims])
    }
    for one in ahead:
        how, then = one.arrangement, {day for day in asked | held if day >= one.from_on}
        most = how.take_home_days
        if how.exception is not None:
            most = max(how.exception.days, most or 0)
        if then & asked and (most is None or len(then) > most):
            return then & asked
    return set()


@rule(
    id="not-a-pickup-day",
    asks="Is today one of the person's pick-up days?",
    source="DK-05 fixed days, UK-09; the planned day counts where a closed day moved it",
    only="take_home",
)
def not_a_pickup_day(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if not request.take_home or patient.planned_pickup_on == request.on:
        return None
    weekdays = patient.arrangement.pickup_weekdays if patient.arrangement is not None else None
    if weekdays is not None and request.on.isoweekday() in weekdays:
        return None
    if _last_open_before_planned(request, patient) or _exception_covers(request, patient):
        return None
    return _on_another_day(request, patient, book)


@rule(
    id="early-pickup",
    asks="Is it before the planned pick-up day?",
    source="DK-07 early pick-up must be planned; UK-09 not before the day on the prescription",
    only="take_home",
)
def early_pickup(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if not request.take_home:
        return None
    planned_on = patient.planned_pickup_on
    if planned_on is not None and request.on >= planned_on:
        return None
    if _last_open_before_planned(request, patient) or _exception_covers(request, patient):
        return None
    return _on_another_day(request, patient, book)


def _on_another_day(request: Request, patient: Patient, book: RuleBook) -> Objection:
    """A doctor may decide it, or, where the book says so, only another order may."""
    limits, planned_on = ("other_day_stops",), patient.planned_pickup_on
    if book.other_day_stops:
        return stop(
            "new-prescription", limits=limits, today_on=request.on, planned_pickup_on=planned_on
        )
    return doctor(limits=limits, today_on=request.on, planned_pickup_on=planned_on)


def _last_open_before_planned(request: Request, patient: Patient) -> bool:
    """The planned day is closed, and today is the last open day before it."""
    planned_on = patient.planned_pickup_on
    if planned_on is None or patient.unit is None or planned_on not in patient.unit.closed_on:
        return False
    closed_on = patient.unit.closed_on
    return last_open_before(planned_on, closed_on, not_before=request.on) == request.on


@rule(
    id="diversion-measure",
    asks="Is a dose to take home meant for a day supervised because of resale?",
    source="Sector plan 2006-08 on videresalg: the prescriber decides",
    only="take_home",
)
def diversion_measure(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if not request.take_home:
        return None
    until_on = patient.diversion_supervised_until_on
    if until_on is not None and (
        until_on < request.first_day or all([dose.for_on > until_on for dose in request.take_home])
    ):
        return None
    return stop("doctor-decision", lifted_by="doctor", supervised_until_on=until_on)


@rule(
    id="injectable-never-home",
    asks="Is a preparation asked to go home that is only given here?",
    source="DK-31 diacetylmorphine, DK-35 injections, SP-01 depot: never take-home",
    only="take_home",
)
def injectable_never_home(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if not request.take_home or patient.prescription is None:
        return None
    product = patient.prescription.product
    if product.form not in ("injection", "depot") and product.substance != "diacetylmorphine":
        return None
    return stop("supervised-here", ordered_form=product.form, ordered_substance=product.substance)
