"""What a prescriber is about to write, as facts. ``None`` always means *not recorded*.

The order in force that the change follows is ``Patient.prescription``; there ``None`` means that no
order is in force, which the service looks up.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from dosing_rules.facts import Patient, Prescription, TaperState
from dosing_rules.gap import days_without
from dosing_rules.rulebook import RuleBook

Preparation = Literal["ordinary", "espranor", "zubsolv"]
FoundBy = Literal["clinical", "table", "ratio"]
Purpose = Literal["sleep", "anxiety", "other"]


@dataclass(frozen=True, slots=True)
class Prescriber:
    """Who writes: entitled to this treatment here, a specialist, approved for which preparations.

    ``approved_for`` uses the words of ``Unit.licences``.
    """

    entitled: bool | None
    specialist: bool | None
    approved_for: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SedativeChange:
    """A benzodiazepine or kin as it is written: diazepam equivalents a day, the larger figure.

    ``from_ug`` is what was taken before (0: none), ``taken_days`` for how long, ``last_step_on``
    the last change, ``others`` how many more of the kind go on beside it.
    """

    from_ug: int | None
    to_ug: int
    taken_days: int | None
    last_step_on: date | None
    purpose: Purpose | None
    planned_days: int | None
    others: int | None
    plan: TaperState = "none"


@dataclass(frozen=True, slots=True)
class Change:
    """A prescriber's draft on a clinic day: a new order, a sedative, or both.

    ``new`` ``None``: the opioid's order is not touched. ``replaces``: the order in force ends when
    the new one begins. ``reason_not_buprenorphine``: why methadone, on file. ``dose_found_by``: by
    assessment, by the product's table, or by a ratio. ``depot_test_at``/``_ug``: the dose under the
    tongue before a first depot. ``night_dose``: oral medicine for the night beside injections.
    """

    at: datetime
    on: date
    new: Prescription | None
    prescriber: Prescriber | None
    replaces: bool | None = None
    reason_not_buprenorphine: bool | None = None
    low_tolerance: bool | None = None
    withdrawal_cows: int | None = None
    preparation: Preparation | None = None
    previous_preparation: Preparation | None = None
    dose_found_by: FoundBy | None = None
    depot_test_at: datetime | None = None
    depot_test_ug: int | None = None
    agreed_with_patient: bool | None = None
    night_dose: bool | None = None
    driving_told: bool | None = None
    sedative: SedativeChange | None = None


def begins(change: Change, patient: Patient, book: RuleBook) -> bool:
    """Whether the new order begins a course: first, after too long without, another substance.

    A history that is not recorded might be none, so it counts as a beginning.
    """
    if change.new is None:
        return False
    substance = change.new.product.substance
    if patient.first_dose_on is None or patient.last_swallowed_substance != substance:
        return True
    order = patient.prescription
    if order is None and patient.last_swallowed_ug is None:
        return True
    if order is not None and order.product.form == "depot":
        return False
    missed = days_without(change.new.valid_from, patient, book)
    return missed is None or missed >= book.restart_days(substance)


def before_ug(change: Change, patient: Patient) -> int | None:
    """The daily dose so far, of the same substance and way of giving; ``None`` for none known.

    Without an order in force (it ran out) the last swallowed dose stands for it.
    """
    order, new = patient.prescription, change.new
    if new is None:
        return None
    substance = new.product.substance
    if order is None:
        same = patient.last_swallowed_substance == substance and new.product.form != "depot"
        return patient.last_swallowed_ug if same else None
    if order.product.substance != substance:
        return None
    if (order.product.form == "depot") != (new.product.form == "depot"):
        return None
    return order.largest_day_ug()
