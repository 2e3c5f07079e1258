"""The plan run ahead: which visits would follow if everybody came and got what is planned.

Pure. The same ``planned_doses`` that the counter shows today is asked day after day, each time with
the facts as they would be by then, so that a closure can be looked at before it comes.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from dispensing.clock import HOME_ZONE, local_moment
from dispensing.counter.plan import ordered_parts, planned_doses
from dosing_rules import Arrangement, Claim, Depot, DoseAsked, Patient, Prescription, Unit
from dosing_rules.arranged import begun_later
from dosing_rules.beginning import is_known_change
from dosing_rules.facts import OUTSIDE

DAY = timedelta(days=1)
# How far back claims are kept, as the counter's own facts.
BACK = timedelta(days=14)
OPENED = time(9)
# The next part of a split dose is thought so much later: in the evening.
BETWEEN_PARTS = timedelta(hours=9)
MOST_VISITS_A_DAY = 6
NOBODYS_GUEST: Mapping[date, Unit] = MappingProxyType({})

#: Decisions about how the medicine is taken, in the order they were made: from which day, and how.
Decided = tuple[tuple[date, Arrangement], ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """What is planned of one visit, with the facts as they would be when the person comes."""

    on: date
    at: datetime
    doses: tuple[DoseAsked, ...]
    patient: Patient


def arrangement_on(decided: Decided, day: date) -> Arrangement | None:
    """The arrangement in force on a day: of those that have begun, the one decided last."""
    return next((how for begins, how in reversed(decided) if begins <= day), None)


def walk(
    patient: Patient,
    decided: Decided,
    first: date,
    last: date,
    closed_on: Container[date],
    zone: str = HOME_ZONE,
    guest_on: Mapping[date, Unit] = NOBODYS_GUEST,
) -> tuple[Visit, ...]:
    """The visits from ``first`` to ``last``, as if each was kept.

    Nobody comes on a closed day, but on a day of ``guest_on`` to the unit that hands out then; and
    whoever is away comes on none until the return is told.
    """
    visits: list[Visit] = []
    now = patient
    if patient.right_holder_unit_id == OUTSIDE:
        return ()
    day = first
    while day <= last:
        if day not in closed_on or day in guest_on:
            now = _at_place(now, patient.unit, guest_on.get(day))
            arrangement = arrangement_on(decided, day)
            ahead = begun_later(decided, day)
            if arrangement is not now.arrangement or ahead != now.arranged_ahead:
                now = replace(now, arrangement=arrangement, arranged_ahead=ahead)
            for _ in range(MOST_VISITS_A_DAY):
                doses = planned_doses(now, day)
                if not doses:
                    break
                earlier = sum(visit.on == day for visit in visits[-MOST_VISITS_A_DAY:])
                at = local_moment(day, OPENED, zone) + earlier * BETWEEN_PARTS
                now = _covered(now, day)
                visits.append(Visit(day, at, doses, now))
                now = after(now, doses, day, at)
        day += DAY
    return tuple(visits)


def _at_place(now: Patient, home: Unit | None, guest_at: Unit | None) -> Patient:
    """With the unit that hands out that day, which holds the right then."""
    unit = guest_at or home
    if unit is None or now.unit is unit:
        return now
    return replace(now, unit=unit, right_holder_unit_id=unit.unit_id)


def after(patient: Patient, doses: Sequence[DoseAsked], on: date, at: datetime) -> Patient:
    """The facts once these doses were handed out."""
    unit_id = patient.unit.unit_id if patient.unit is not None else 0
    handed = tuple(
        Claim(dose.for_on, dose.part, dose.amount_ug, dose.how, "given", unit_id, at)
        for dose in doses
    )
    kept = tuple(claim for claim in patient.claims or () if claim.for_on >= on - BACK)
    claims = kept + handed
    days = _days_had(replace(patient, claims=claims))
    began_on = None if is_known_change(patient) else patient.first_dose_on
    facts: dict[str, object] = {
        "claims": claims,
        "planned_pickup_on": max(days) + DAY,
        "first_dose_on": began_on or on,
        "new_to_treatment": False,
    }
    here = [dose for dose in doses if dose.how == "supervised"]
    if patient.prescription is not None and patient.prescription.night:
        # What is carried home for the night of the day counts as had, as the record counts it.
        here = here or [dose for dose in doses if dose.for_on == on]
    if here and patient.prescription is not None:
        facts |= {
            "last_swallowed_at": at if here[-1].how == "supervised" else patient.last_swallowed_at,
            "last_swallowed_ug": here[-1].amount_ug,
            "last_swallowed_on": on,
            "last_swallowed_substance": patient.prescription.product.substance,
        }
        if patient.prescription.product.form == "depot":
            facts["last_depot"] = Depot(on, patient.prescription.depot_interval_days)
    return replace(patient, **facts)


def _days_had(patient: Patient) -> list[date]:
    """The days that a given dose of the order in front was for."""
    claims = [claim for day in patient.claims_by_day.values() for claim in day]
    return [claim.for_on for claim in claims if claim.state == "given"]


def _covered(patient: Patient, day: date) -> Patient:
    """With the latest day before ``day`` that a dose was for, carried home or swallowed."""
    before = _days_had(patient)
    covered_on = max([one for one in before if one < day], default=patient.last_covered_on)
    if covered_on == patient.last_covered_on:
        return patient
    return replace(patient, last_covered_on=covered_on)


def as_if_kept(patient: Patient, before: date, zone: str = HOME_ZONE) -> Patient:
    """The facts on a day to come, as if everything until then had been had as ordered.

    A depot's rhythm goes on from the last one.
    """
    order = patient.prescription
    if order is None:
        return patient
    had_on = before - DAY
    interval = order.depot_interval_days
    if interval is not None and patient.last_swallowed_on is not None:
        had_on = patient.last_swallowed_on
        while had_on + timedelta(days=interval) < before:
            had_on += timedelta(days=interval)
    else:
        for ago in range(8):
            had_on = before - DAY * (ago + 1)
            if order.day_ug(had_on) > 0:
                break
    had_to = max([had_on, *_days_had(patient)])
    return replace(
        patient,
        claims=_with_day_had(patient, order, had_on, zone),
        last_covered_on=had_on,
        planned_pickup_on=had_to + DAY,
        last_swallowed_at=local_moment(had_on, OPENED, zone),
        last_swallowed_ug=order.day_ug(had_on),
        last_swallowed_on=had_on,
        last_swallowed_substance=order.product.substance,
        first_dose_on=patient.first_dose_on or had_on,
        last_depot=Depot(had_on, interval) if order.product.form == "depot" else patient.last_depot,
    )


def _with_day_had(
    patient: Patient, order: Prescription, day: date, zone: str
) -> tuple[Claim, ...] | None:
    """The claims with that day's dose, where none stands for it yet."""
    claims, day_ug = patient.claims, order.day_ug(day)
    if claims is None or day_ug <= 0 or patient.claims_on(day):
        return claims
    unit_id = patient.unit.unit_id if patient.unit is not None else 0
    at = local_moment(day, OPENED, zone)
    how = "take_home" if order.night else "supervised"
    return (*claims, Claim(day, order.parts()[0], day_ug, how, "given", unit_id, at))


def planned_for(visits: Sequence[Visit]) -> dict[tuple[date, int], int]:
    """How often each dose (day and part) is planned; more than once would be a second dose."""
    found: dict[tuple[date, int], int] = {}
    for visit in visits:
        for dose in visit.doses:
            found[dose.for_on, dose.part] = found.get((dose.for_on, dose.part), 0) + 1
    return found


def without_plan(
    patient: Patient, visits: Sequence[Visit], days: Sequence[date]
) -> tuple[date, ...]:
    """Those of the days that have an ordered dose which no visit covers and nobody holds yet.

    A depot covers its whole interval, so that a closed day lacks none.
    """
    order = patient.prescription
    if order is None or order.depot_interval_days is not None:
        return ()
    had = {(claim.for_on, claim.part) for claim in patient.claims or ()} | planned_for(
        visits
    ).keys()
    return tuple(
        day
        for day in days
        if order.valid_from <= day
        and any((day, part) not in had for part, _ in ordered_parts(order, day))
    )
