"""The same facts as one flat dictionary, as a rule engine would be fed.

Everything that needs a loop or a calendar (days since, sums, the largest of several) is worked out
here, outside the timed part: the engine is given the easier question.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from dosing_rules import NO_DEPOT, Patient, Prescription, Request, RuleBook
from dosing_rules.beginning import last_dose_at_home, may_be_change
from dosing_rules.days import last_open_before, minutes_between, months_later
from dosing_rules.depots import last_was_depot
from dosing_rules.gap import days_without
from dosing_rules.rules.missed_days import dose_before_ug

FAR = 10**9


def flat_facts(request: Request, patient: Patient, book: RuleBook) -> dict[str, Any]:
    """Scalars and short lists only; None is *not recorded*."""
    order = patient.prescription
    return (
        _asked(request, patient, order, book)
        | _order(request, order)
        | _scanned(request)
        | _taken(request, patient, order, book)
        | _course(request, patient, book)
        | _going_home(request, patient)
        | _indkald(request, patient, order)
        | _body(request, patient)
    )


def _days(later: date | None, earlier: date | None) -> int | None:
    return None if later is None or earlier is None else (later - earlier).days


def _months_since(day: date | None, today: date) -> int | None:
    if day is None:
        return None
    index = (today.year - day.year) * 12 + today.month - day.month
    return index if today <= months_later(day, index) else index + 1


def _times(one_ug: int, other_ug: int) -> float:
    """How many times the larger holds the smaller; nothing or less counts as far apart."""
    if one_ug <= 0 or other_ug <= 0:
        return FAR
    return max(one_ug / other_ug, other_ug / one_ug)


def _most(values: Iterable[float]) -> float | None:
    return max(values, default=None)


def _extra(request: Request, patient: Patient, dose: Any, parts: int) -> int:
    if dose.how == "take_home" or dose.for_on != request.on or dose.part <= parts:
        return 0
    return patient.extra_ug_allowed_today or 0


def _asked(
    request: Request, patient: Patient, order: Prescription | None, book: RuleBook
) -> dict[str, Any]:
    doses, today = request.doses, request.on
    keys = [(dose.for_on, dose.part) for dose in doses]
    facts: dict[str, Any] = {
        "unit_id": request.unit_id,
        "doses_count": len(doses),
        "supervised_count": len(request.supervised),
        "take_home_count": len(request.take_home),
        "identifiers_count": len(request.identifiers),
        "affected": request.observed.affected,
        "declined": request.observed.declined,
        "sedation_poss": request.observed.sedation_poss,
        "breaths_per_minute": request.observed.breaths_per_minute,
        "alcohol_permille_milli": request.observed.alcohol_permille_milli,
        "doses_not_positive": sum(dose.amount_ug <= 0 for dose in doses),
        "doses_asked_twice": len(keys) - len(set(keys)),
        "supervised_for_another_day": sum(dose.for_on != today for dose in request.supervised),
        "take_home_for_past_day": sum(dose.for_on < today for dose in request.take_home),
        "largest_dose_ug": max([dose.amount_ug for dose in doses], default=0),
        "largest_day_asked_ug": max(
            [request.asked_ug(d.for_on) + patient.claimed_ug(d.for_on) for d in doses], default=0
        ),
    }
    return facts if order is None else facts | _beside_order(request, patient, order, book)


def _beside_order(
    request: Request, patient: Patient, order: Prescription, book: RuleBook
) -> dict[str, Any]:
    """What is asked against what is ordered, the worst of all doses each."""
    doses, today, extra = request.doses, request.on, patient.extra_ug_allowed_today or 0
    parts = len(order.parts_ug)
    above, below, day_above = [], [], []
    for dose in doses:
        ordered = order.dose_ug(dose)
        above.append(dose.amount_ug - ordered)
        if dose.amount_ug > ordered:
            above[-1] -= _extra(request, patient, dose, parts)
        if dose.how == "take_home" and dose.amount_ug < ordered:
            taken = patient.claimed_ug(dose.for_on)
            below.append(ordered - request.asked_ug(dose.for_on) - taken)
        else:
            below.append(ordered - dose.amount_ug)
        had = request.asked_ug(dose.for_on) + patient.claimed_ug(dose.for_on)
        day_above.append(had - order.day_ug(dose.for_on) - (extra if dose.for_on == today else 0))
    strength = order.product.strength_ug
    last = patient.last_swallowed_ug
    before, depot = patient.last_swallowed_substance, patient.last_depot
    same = before in (None, order.product.substance)
    if None not in (before, depot, patient.last_swallowed_on) and depot is not None:
        was_depot = depot.on == patient.last_swallowed_on
        same = same and was_depot == (order.product.form == "depot")
    compared = [
        _times(dose.amount_ug, last)
        for dose in request.supervised
        if last is not None
        and same
        and dose.amount_ug != last
        and not (dose.amount_ug in order.parts_ug and last in order.parts_ug)
    ]
    return {
        "most_above_ordered_ug": _most(above),
        "most_below_ordered_ug": _most(below),
        "most_day_above_ordered_ug": _most(day_above),
        "times_off_ordered": _most(
            _times(d.amount_ug, order.dose_ug(d))
            for d in doses
            if order.dose_ug(d) and d.amount_ug != order.dose_ug(d)
        ),
        "times_off_last": _most(compared),
        "supervised_below_ordered_ug": _most(
            order.part_ug(d.for_on, d.part) - d.amount_ug for d in request.supervised
        ),
        "parts_beyond_order": sum(
            not 0 < d.part <= parts
            and not (extra and d.part > 0 and d.how == "supervised" and d.for_on == today)
            for d in doses
        ),
        "unmeasurable_doses": sum(
            bool(d.amount_ug * 1000 % (strength * book.measurable_step_ul)) for d in doses
        )
        if order.product.per == "ml" and strength > 0
        else 0,
    }  # fmt: skip


def _order(request: Request, order: Prescription | None) -> dict[str, Any]:
    if order is None:
        return {"has_order": False, "substance": None, "form": None}
    product = order.product
    licence = "diacetylmorphine" if product.substance == "diacetylmorphine" else None
    injected = product.route != "oral" or product.form == "injection"
    if product.substance == "methadone" and injected:
        licence = "methadone_injection"
    days = [order.daily_ug, *(order.weekday_ug or ())]
    return {
        "has_order": True,
        "substance": product.substance,
        "form": product.form,
        "route": product.route,
        "code": product.code,
        "strength_ug": product.strength_ug,
        "per": product.per,
        "licence_needed": licence,
        "prescription_id": order.prescription_id,
        "prescription_version": order.version,
        "shown_prescription_id": request.prescription_id,
        "shown_version": request.prescription_version,
        "daily_ug": order.daily_ug,
        "parts_total_ug": sum(order.parts_ug),
        "parts_count": len(order.parts_ug),
        "largest_day_ug": max(days),
        "has_weekday_pattern": order.weekday_ug is not None,
        "high_dose_reason": order.high_dose_reason,
        "depot_interval_days": order.depot_interval_days,
        "valid_since_days": _days(
            min([request.on, *[dose.for_on for dose in request.doses]]), order.valid_from
        ),
        "valid_days_left": _days(order.valid_to, request.last_day),
    }


def _scanned(request: Request) -> dict[str, Any]:
    product = request.product
    if product is None:
        return {"scanned": False}
    return {
        "scanned": True,
        "scanned_substance": product.substance,
        "scanned_form": product.form,
        "scanned_route": product.route,
        "scanned_strength_ug": product.strength_ug,
        "scanned_per": product.per,
        "scanned_code": product.code,
    }


def _taken(
    request: Request, patient: Patient, order: Prescription | None, book: RuleBook
) -> dict[str, Any]:
    claims = patient.claims or ()
    asked = {(dose.for_on, dose.part) for dose in request.doses}
    ours = [claim for claim in claims if (claim.for_on, claim.part) in asked]
    in_the_way = [
        claim
        for claim in claims
        if claim.state == "reserved" and (claim in ours or claim.unit_id != request.unit_id)
    ]
    extra, parts = patient.extra_ug_allowed_today, len(order.parts_ug) if order else 0
    within_extra = (
        bool(extra)
        and all(dose.part > parts and dose.for_on == request.on for dose in request.supervised)
        and sum(dose.amount_ug for dose in request.supervised) <= (extra or 0)
    )
    unit, last_at = patient.unit, patient.last_swallowed_at
    given = [claim.how for claim in ours if claim.state == "given"]
    return {
        "claims_known": patient.claims is not None,
        "uncertain_claims": sum(claim.state == "uncertain" for claim in claims),
        "reserved_in_the_way": len(in_the_way),
        "given_here_already": given.count("supervised"),
        "covered_already": given.count("take_home"),
        "claims_today": len(patient.claims_on(request.on)),
        "day_total_ug": _largest_total_ug(request, patient),
        "minutes_since_last": None if last_at is None else minutes_between(last_at, request.at),
        "last_swallowed_ug": patient.last_swallowed_ug,
        "last_swallowed_substance": patient.last_swallowed_substance,
        "within_extra": within_extra,
        "is_new": patient.is_new(),
        "right_holder_unit_id": patient.right_holder_unit_id,
        "recorded_unit_id": unit.unit_id if unit else None,
        "licences": sorted(unit.licences) if unit else [],
        "closed_today": unit is not None and request.on in unit.closed_on,
        "vomits_known": patient.vomits is not None,
        "vomited_minutes_ago": min(
            [minutes_between(vomit.at, request.at) for vomit in patient.vomits or ()], default=None
        ),
    }


def _largest_total_ug(request: Request, patient: Patient) -> int:
    """The most that any day asked for, or today, would hold."""
    days = {request.on, *[dose.for_on for dose in request.doses]}
    return max(request.asked_ug(day) + patient.claimed_ug(day) for day in days)


def _largest_beginning_ug(request: Request, patient: Patient) -> int:
    """The same without what a doctor allowed today beyond the order."""
    extra_ug = max(patient.extra_ug_allowed_today or 0, 0)
    days = {request.on, *[dose.for_on for dose in request.doses]}
    totals = {day: request.asked_ug(day) + patient.claimed_ug(day) for day in days}
    return max(total - (extra_ug if day == request.on else 0) for day, total in totals.items())


def _course(request: Request, patient: Patient, book: RuleBook) -> dict[str, Any]:
    on, first = request.on, patient.first_dose_on
    without, order = days_without(on, patient, book), patient.prescription
    missed = without or 0
    floor, window = book.methadone_first_day_doctor_ug, book.increase_window_days
    rises = [
        (step.on, max(step.to_ug - (step.from_ug if step.from_ug > 0 else floor), 0))
        for step in patient.steps or ()
        if (on - step.on).days < window and step.on <= request.last_day
    ]
    cuts = [
        step.from_ug - step.to_ug
        for step in patient.steps or ()
        if (on - step.on).days <= book.pregnancy_step_days and step.on <= request.last_day
    ]
    return {
        "last_covered_days_ago": _days(on, patient.last_covered_on),
        **_last_depot(on, patient),
        "started_today": patient.new_to_treatment is True and first == on,
        "missed_days": missed,
        "may_restart": order is not None
        and (without is None or without >= book.restart_days(order.product.substance)),
        "dose_before_ug": dose_before_ug(order, patient) if order is not None else 0,
        "is_first_day": first is None or first >= on or may_be_change(patient),
        "first_day_ug": _largest_beginning_ug(request, patient),
        "last_dose_at_home": may_be_change(patient) and last_dose_at_home(patient, on),
        "days_since_first": 0 if may_be_change(patient) else _days(on, first),
        "steps_known": patient.steps is not None,
        "largest_rise_ug": max([rise for _, rise in rises], default=0),
        "rises_ug": max(
            sum(rise for began, rise in rises if 0 <= (end - began).days < window)
            for end in {on, *[began for began, _ in rises if began > on]}
        ),
        "recent_cut_ug": max(cuts, default=0),
    }


def _last_depot(on: date, patient: Patient) -> dict[str, Any]:
    depot = patient.last_depot
    kind = "unknown" if depot is None or depot.interval_days is None else "known"
    known = kind == "known" and depot is not None and depot != NO_DEPOT
    interval = depot.interval_days if depot is not None and known else None
    return {
        "last_depot": "none" if depot == NO_DEPOT else kind,
        "last_depot_interval": interval,
        "last_depot_late_days": (on - depot.on).days - interval if depot and interval else None,
        "within_depots": patient.prescription is not None
        and patient.prescription.product.form == "depot"
        and last_was_depot(patient) is True,
        "depot_was_followed": last_was_depot(patient) is False,
    }


def _going_home(request: Request, patient: Patient) -> dict[str, Any]:
    arranged, unit, on = patient.arrangement, patient.unit, request.on
    closed = unit.closed_on if unit else frozenset[date]()
    held = {
        claim.for_on
        for claim in patient.claims or ()
        if claim.for_on >= on and claim.how == "take_home"
    }
    in_hand = len(held | {dose.for_on for dose in request.take_home})
    exception = arranged.exception if arranged else None
    supervised = arranged.supervised_weekdays if arranged else None
    pickup = arranged.pickup_weekdays if arranged else None
    planned = patient.planned_pickup_on
    until = patient.diversion_supervised_until_on
    return {
        "self_administration": arranged.self_administration if arranged else None,
        "thrice_weekly": arranged.thrice_weekly if arranged else None,
        "arranged_days": arranged.take_home_days if arranged else None,
        "in_hand_days": in_hand,
        "exception_covers": exception is not None
        and exception.covers(request.take_home, in_hand),
        "for_supervised_days": sum(
            (supervised is None or dose.for_on.isoweekday() in supervised)
            and dose.for_on not in closed
            for dose in request.take_home
        ),
        "days_to_pickup": _days(planned, on),
        "is_pickup_weekday": pickup is not None and on.isoweekday() in pickup,
        "last_open_before_pickup": planned is not None
        and planned in closed
        and last_open_before(planned, closed, not_before=on) == on,
        "days_after_measure": None
        if until is None
        else min([(dose.for_on - until).days for dose in request.take_home], default=1),
    }  # fmt: skip


def _indkald(request: Request, patient: Patient, order: Prescription | None) -> dict[str, Any]:
    running, on = patient.indkald, request.on
    left = running.days_left(on) if running is not None else []
    return {
        "indkald_known": running is not None,
        "indkald_due_in_days": _days(patient.indkald_due_on, on),
        "indkald_days_left": len(left),
        "indkald_day": None if running is None else on in running.days,
        "indkald_left_today": None if running is None else on in left,
        "home_on_indkald_days": sum(dose.for_on in left for dose in request.take_home),
    }


def _body(request: Request, patient: Patient) -> dict[str, Any]:
    sedatives = patient.sedatives
    return {
        "qtc_ms": patient.qtc_ms,
        "ecg_months": _months_since(patient.ecg_on, request.on),
        "pregnant": patient.pregnant,
        "sedatives_known": sedatives is not None,
        "diazepam_high_ug": sedatives.diazepam_high_ug if sedatives else None,
        "taper_plan": sedatives.plan if sedatives else None,
        "taper_plan_days": _days(request.on, sedatives.plan_on) if sedatives else None,
        "reviewed_months": _months_since(patient.reviewed_on, request.on),
    }
