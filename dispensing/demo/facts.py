"""The facts of a check, built from a simulated person with the meaning the service's query has."""

from __future__ import annotations

from datetime import date, timedelta

from dispensing.demo.state import DAYS_BACK, Person
from dosing_rules import NO_INDKALD, NO_MEASURE, Patient, Sedatives, Unit
from dosing_rules.facts import OUTSIDE
from dosing_rules.ordered import Line
from dosing_rules.recorded import Health, HomeSafety

_DAY = timedelta(days=1)


def facts_of(person: Person, on: date, unit: Unit) -> Patient:
    """Everything recorded about the person, as the check at ``unit`` sees it on a clinic day."""
    care = person.care
    period = person.period_ahead(on)
    sedatives = None
    if care.taper_state is not None:
        sedatives = Sedatives(
            care.sedatives_low_ug or 0,
            care.sedatives_high_ug or 0,
            care.taper_state,  # type: ignore[arg-type]
            care.taper_plan_on,
        )
    covered, counted = person.covered_through, person.days.get(on)
    first = on - DAYS_BACK * _DAY
    return Patient(
        prescription=person.prescription,
        unit=unit,
        claims=tuple([claim for claim in person.claims if claim.for_on >= first]),
        right_holder_unit_id=_holder(person, counted),
        last_swallowed_at=person.last_swallowed_at,
        last_swallowed_ug=person.last_swallowed_ug,
        last_covered_on=person.last_covered_before(on),
        planned_pickup_on=None if covered is None else covered + _DAY,
        first_dose_on=care.first_dose_on,
        steps=tuple([step for step in person.steps if step.on > first]),
        arrangement=person.arrangement,
        indkald=period.facts() if period is not None else NO_INDKALD,
        indkald_due_on=care.indkald_due_on,
        sedatives=sedatives,
        vomits=tuple(person.vomits),
        ecg_on=care.ecg_on,
        qtc_ms=care.qtc_ms,
        pregnant=care.pregnant,
        diversion_supervised_until_on=care.diversion_supervised_until_on or NO_MEASURE,
        reviewed_on=care.reviewed_on,
        new_to_treatment=care.new_to_treatment,
        last_swallowed_on=person.last_swallowed_on,
        last_swallowed_substance=person.last_swallowed_substance,  # type: ignore[arg-type]
        medicines=care.medicines,
        home_safety=None if care.locked_box is None else HomeSafety(None, care.locked_box),
        health=None
        if care.health_on is None
        else Health(care.filtration_ml_per_minute, care.breathing_disease, care.drinks_daily),
        urine_on=care.urine_on,
        naloxone_on=care.naloxone_on,
        last_depot=person.last_depot,
        beside=_night(person, on) if person.night is not None else None,
    )


def _night(person: Person, on: date) -> Line | None:
    """The order of the dose for the night, and what was had of it."""
    order = person.night
    if order is None or order.valid_from > on:
        return None
    nights = person.nights()
    had = next((one for one in reversed(nights) if one.for_on <= on), None)
    return Line(
        prescription=order,
        had_ug=had.amount_ug if had is not None else None,
        had_on=had.for_on if had is not None else None,
        had_substance="methadone" if had is not None else None,
        last_covered_on=max([one.for_on for one in nights if one.for_on < on], default=None),
        planned_pickup_on=nights[-1].for_on + _DAY if nights else None,
        first_dose_on=person.care.night_first_dose_on,
        steps=(),
    )


def _holder(person: Person, counted: list[object] | None) -> int:
    if person.away is not None:
        return OUTSIDE
    return person.holder if counted is None else counted[3]  # type: ignore[return-value]
