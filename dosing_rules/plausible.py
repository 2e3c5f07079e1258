"""What cannot be true is not guessed: a record that is garbled stops, and says which fact.

Only what no person and no clock could have recorded counts here: a day before substitution
treatment existed or in the next century, less than nothing, a word nobody uses. Whether a possible
value is a safe one is each rule's own question.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dosing_rules.facts import Arrangement, Claim, Depot, Patient, Prescription

# Catches the beginnings of calendars as programs write them: year 1, 1900, 1 January 1970.
EARLIEST_ON = date(1971, 1, 1)
LATEST_ON = date(2099, 12, 31)
LONGEST_DAYS = 366
LONGEST_TAKEN_DAYS = 100 * LONGEST_DAYS  # a medicine may have been taken for decades
SHORTEST_QTC_MS = 200
MOST_BREATHS_PER_MINUTE = 100
MOST_PERCENT = 100
MOST_COWS = 48  # every one of the scale's eleven signs at its highest
MOST_FILTRATION_ML_PER_MINUTE = 300
_NO_MEASURE = date.min
_HOW = frozenset({"supervised", "take_home"})
_STATES = frozenset({"reserved", "uncertain", "given"})
_SUBSTANCES = frozenset({None, "methadone", "buprenorphine", "diacetylmorphine"})
_WEEKDAYS = frozenset(range(1, 8))


def is_day(day: date | None) -> bool:
    """Not recorded, or a day somebody could have recorded."""
    return day is None or EARLIEST_ON <= day <= LATEST_ON


def _are_days(days: Iterable[date]) -> bool:
    return all([EARLIEST_ON <= day <= LATEST_ON for day in days])


def first_impossible(patient: "Patient") -> str | None:
    """The name of the first recorded fact that cannot be true, or ``None``."""
    days = (
        ("last_covered_on", patient.last_covered_on),
        ("planned_pickup_on", patient.planned_pickup_on),
        ("first_dose_on", patient.first_dose_on),
        ("indkald_due_on", patient.indkald_due_on),
        ("ecg_on", patient.ecg_on),
        ("reviewed_on", patient.reviewed_on),
        ("last_swallowed_on", patient.last_swallowed_on),
        ("urine_on", patient.urine_on),
        ("naloxone_on", patient.naloxone_on),
    )
    for name, day in days:
        if day is not None and not EARLIEST_ON <= day <= LATEST_ON:
            return name
    until_on = patient.diversion_supervised_until_on
    if until_on is not None and until_on != _NO_MEASURE and not is_day(until_on):
        return "diversion_supervised_until_on"
    if patient.last_swallowed_at is not None and not is_day(patient.last_swallowed_at.date()):
        return "last_swallowed_at"
    if patient.last_swallowed_ug is not None and patient.last_swallowed_ug < 0:
        return "last_swallowed_ug"
    if patient.last_swallowed_substance not in _SUBSTANCES:
        return "last_swallowed_substance"
    if (patient.extra_ug_allowed_today or 0) < 0:
        return "extra_ug_allowed_today"
    if patient.claims and not _claims_possible(patient.claims):
        return "claims"
    return _in_parts(patient)


def _claims_possible(claims: Sequence["Claim"]) -> bool:
    for claim in claims:
        if (
            claim.amount_ug <= 0
            or claim.part < 1
            or claim.how not in _HOW
            or claim.state not in _STATES
            or not EARLIEST_ON <= claim.for_on <= LATEST_ON
        ):
            return False
    return True


def _in_parts(patient: "Patient") -> str | None:
    for step in patient.steps or ():
        if step.from_ug < 0 or step.to_ug < 0 or not is_day(step.on):
            return "steps"
    for vomit in patient.vomits or ():
        if not is_day(vomit.at.date()):
            return "vomits"
    indkald = patient.indkald
    if indkald is not None and not (_are_days(indkald.days) and _are_days(indkald.completed)):
        return "indkald"
    taken = patient.sedatives
    if taken is not None and (
        taken.diazepam_low_ug < 0
        or taken.diazepam_high_ug < taken.diazepam_low_ug
        or not is_day(taken.plan_on)
    ):
        return "sedatives"
    if patient.arrangement is not None and not _arrangement_possible(patient.arrangement):
        return "arrangement"
    for ahead in patient.arranged_ahead or ():
        if not is_day(ahead.from_on) or not _arrangement_possible(ahead.arrangement):
            return "arranged_ahead"
    if patient.prescription is not None and not order_possible(patient.prescription):
        return "prescription"
    beside = patient.beside
    if beside is not None and not (
        is_day(beside.had_on)
        and (beside.prescription is None or order_possible(beside.prescription))
    ):
        return "beside"
    depot = patient.last_depot
    if depot is not None and not depot_possible(depot):
        return "last_depot"
    return _in_groups(patient)


def _in_groups(patient: "Patient") -> str | None:
    """The facts few people have; a day of 1970 must not end a medicine that is still taken."""
    for one in patient.medicines or ():
        if not is_day(one.started_on) or not is_day(one.stopped_on):
            return "medicines"
    health, session = patient.health, patient.session
    if health is not None and not (
        0 <= (health.filtration_ml_per_minute or 0) <= MOST_FILTRATION_ML_PER_MINUTE
    ):
        return "health"
    if session is not None and (
        (session.failed_attempts or 0) < 0
        or (session.last_attempt_at is not None and not is_day(session.last_attempt_at.date()))
    ):
        return "session"
    for loss in patient.losses or ():
        if not is_day(loss.for_on):
            return "losses"
    return None


def _arrangement_possible(arranged: "Arrangement") -> bool:
    if not 0 <= (arranged.take_home_days or 0) <= LONGEST_DAYS:
        return False
    if arranged.supervised_weekdays and not arranged.supervised_weekdays <= _WEEKDAYS:
        return False
    if arranged.pickup_weekdays and not arranged.pickup_weekdays <= _WEEKDAYS:
        return False
    granted = arranged.exception
    return granted is None or (
        0 <= granted.days <= LONGEST_DAYS and is_day(granted.from_on) and is_day(granted.until_on)
    )


def depot_possible(depot: "Depot") -> bool:
    """Whether a depot can have been given like that; year 1 and no interval say there was none."""
    if depot.on == date.min and depot.interval_days == 0:
        return True
    interval = depot.interval_days
    return is_day(depot.on) and (interval is None or 0 < interval <= LONGEST_DAYS)


def order_possible(order: "Prescription") -> bool:
    """Whether an order's days, interval and pattern can be true."""
    return (
        EARLIEST_ON <= order.valid_from <= LATEST_ON
        and is_day(order.valid_to)
        and (order.depot_interval_days or 0) <= LONGEST_DAYS
        and (order.weekday_ug is None or min(order.weekday_ug, default=-1) >= 0)
    )
