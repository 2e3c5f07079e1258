"""What cannot be true in a draft, or in the record it is judged by."""

from datetime import date, datetime
from typing import get_args

from dosing_rules.change import Change, FoundBy, Preparation, Purpose, SedativeChange
from dosing_rules.facts import Patient, TaperState
from dosing_rules.ordered import DoseStep, Form, Prescription, Product, Route, Substance
from dosing_rules.plausible import (
    LONGEST_DAYS,
    LONGEST_TAKEN_DAYS,
    MOST_COWS,
    is_day,
    order_possible,
)
from dosing_rules.rule import Objection, rule, stop
from dosing_rules.rulebook import RuleBook

_FORMS, _ROUTES, _SUBSTANCES = set(get_args(Form)), set(get_args(Route)), set(get_args(Substance))
_PREPARATIONS, _FOUND_BY = {None, *get_args(Preparation)}, {None, *get_args(FoundBy)}
_PURPOSES, _PLANS = {None, *get_args(Purpose)}, set(get_args(TaperState))


def _is_moment(at: datetime | None) -> bool:
    return at is None or is_day(at.date())


def _count_possible(number: int | None, most: int) -> bool:
    return number is None or 0 <= number <= most


def _product_possible(product: Product) -> bool:
    return (
        product.substance in _SUBSTANCES
        and product.form in _FORMS
        and product.route in _ROUTES
        and product.per in ("ml", "unit")
        and product.strength_ug > 0
        and bool(product.code)
    )


def _new_possible(new: Prescription) -> bool:
    interval = new.depot_interval_days
    return (
        order_possible(new)
        and _product_possible(new.product)
        and (interval is None or interval > 0)
    )


def _step_possible(step: DoseStep) -> bool:
    return step.from_ug >= 0 and step.to_ug >= 0 and is_day(step.on)


def _sedative_possible(one: SedativeChange) -> bool:
    return (
        one.to_ug >= 0
        and (one.from_ug or 0) >= 0
        and _count_possible(one.taken_days, LONGEST_TAKEN_DAYS)
        and _count_possible(one.planned_days, LONGEST_DAYS)
        and (one.others or 0) >= 0
        and is_day(one.last_step_on)
        and is_day(one.plan_on)
        and (one.original_ug or 0) >= 0
        and all([_step_possible(step) for step in one.steps or ()])
        and one.purpose in _PURPOSES
        and one.plan in _PLANS
    )


def _first_impossible(change: Change, on: date) -> str | None:
    """The name of the first fact of a draft that cannot be true, or ``None``."""
    if change.new is not None and not _new_possible(change.new):
        return "new"
    if not _count_possible(change.withdrawal_cows, MOST_COWS):
        return "withdrawal_cows"
    kinds = {change.preparation, change.previous_preparation}
    if not kinds <= _PREPARATIONS:
        return "preparation"
    if change.dose_found_by not in _FOUND_BY:
        return "dose_found_by"
    if not _is_moment(change.depot_test_at) or (change.depot_test_ug or 0) < 0:
        return "depot_test"
    sedative = change.sedative
    if sedative is not None and not _sedative_possible(sedative):
        return "sedative"
    if sedative is not None and any([day > on for day in _days_behind(sedative)]):
        return "sedative"
    return None


def _days_behind(sedative: SedativeChange) -> list[date]:
    """What has happened; the day it is written is the last it can be."""
    known = [sedative.last_step_on] if sedative.last_step_on is not None else []
    return [*known, *[step.on for step in sedative.steps or ()]]


@rule(
    id="draft-impossible",
    asks="Does the draft, or the record, hold anything that cannot be true?",
    source="A lost or garbled fact must never write an order",
)
def draft_impossible(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    in_draft = _first_impossible(change, change.on)
    if in_draft is not None:
        return stop("correct-order", fact=in_draft)
    if patient.impossible is not None:
        return stop("doctor-decision", lifted_by="doctor", fact=patient.impossible)
    return None
