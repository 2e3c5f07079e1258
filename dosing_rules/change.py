"""What a prescriber is about to write, as facts. ``None`` always means *not recorded*.

The order in force that the change follows is ``Patient.prescription``; there ``None`` means that no
order is in force, which the service looks up.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from dosing_rules.days import day_after
from dosing_rules.depots import far_late, last_was_depot, lasts_until
from dosing_rules.facts import DoseStep, Patient, Prescription, Product, TaperState
from dosing_rules.gap import days_without
from dosing_rules.rulebook import RuleBook

Preparation = Literal["ordinary", "espranor", "zubsolv"]
FoundBy = Literal["clinical", "table", "ratio"]
Purpose = Literal["sleep", "anxiety", "other"]
_DAY = timedelta(days=1)


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
    the last change, ``others`` how many more of the kind go on beside it. ``steps`` are the changes
    within the book's ``taper_window_days``, in the same figure; ``()``: looked up, and there is
    none. ``original_ug`` is what was taken when the taper began, ``plan_on`` the day of the plan.
    """

    from_ug: int | None
    to_ug: int
    taken_days: int | None
    last_step_on: date | None
    purpose: Purpose | None
    planned_days: int | None
    others: int | None
    plan: TaperState = "none"
    steps: tuple[DoseStep, ...] | None = None
    original_ug: int | None = None
    plan_on: date | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A prescriber's draft on a clinic day: a new order, a sedative, or both.

    ``new`` ``None``: the opioid's order is not touched. ``replaces``: the order in force ends when
    the new one begins. ``reason_not_buprenorphine``: why methadone, on file. ``dose_found_by``: by
    assessment, by the product's table, or by a ratio. ``depot_test_at``/``_ug``: the dose under the
    tongue before a first depot. ``night_dose``: oral medicine for the night beside injections.
    ``on_medication_card``: written in the shared medication card as well. ``stops_lifted`` and
    ``orders_dropped``: from which days stops and pauses, orders and steps were to hold that are
    signed already, and will not once this is; ``()``: looked up, and there are none.
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
    on_medication_card: bool | None = None
    sedative: SedativeChange | None = None
    stops_lifted: tuple[date, ...] | None = None
    orders_dropped: tuple[date, ...] | None = None


def course_is_over(change: Change, patient: Patient, book: RuleBook) -> bool | None:
    """Whether too many days pass without a dose until the new order begins; ``None``: not known.

    Behind lie the days without up to today; ahead those on which the order in force no longer
    holds. From depot to depot the last one lasts its interval and as long as it may be late; a
    depot before other doses says nothing of the days after them.
    """
    new, depot = change.new, patient.last_depot
    assert new is not None, "asked only where an order is written"
    if depot is not None and new.product.form == "depot" and last_was_depot(patient):
        if depot.interval_days is None:
            return None
        gap_days = _days_ahead_without(change, patient, book, patient.last_covered_on)
        late_days = far_late(depot.interval_days, book)[1]
        return (change.on - depot.on).days + gap_days > depot.interval_days + late_days
    missed = days_without(change.on, patient, book)
    if missed is None:
        return None
    due = lasts_until(patient)
    covered_on = max(
        [one for one in (patient.last_covered_on, due and due - _DAY) if one is not None],
        default=None,
    )
    gap_days = _days_ahead_without(change, patient, book, covered_on)
    over = missed + gap_days >= book.restart_days(new.product.substance)
    # A depot nobody recorded, or nobody knows the interval of, might cover those days.
    return None if over and (depot is None or depot.interval_days is None) else over


def _days_ahead_without(
    change: Change, patient: Patient, book: RuleBook, covered_on: date | None
) -> int:
    """Days from today until the new order begins that no order and no dose covers."""
    order = patient.prescription
    assert change.new is not None
    first = day_after(change.on) if book.missed_days_inclusive else change.on
    if order is not None and order.valid_to is not None:
        first = max(first, day_after(order.valid_to))
    if covered_on is not None:
        first = max(first, day_after(covered_on))
    return max((change.new.valid_from - first).days, 0)


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
    ordered = order is not None and order.product.substance == substance
    if not ordered and patient.last_swallowed_ug is None:
        return True
    return course_is_over(change, patient, book) is not False


def runs_on(change: Change, patient: Patient) -> bool:
    """Whether a course of the new order's substance runs today, whatever days were missed in it.

    It was begun, and its order holds. Beginning anew after days without is then to go on with it.
    """
    new, order = change.new, patient.prescription
    if new is None or order is None or order.product.substance != new.product.substance:
        return False
    if patient.first_dose_on is None or order.valid_to is None:
        return False
    same = patient.last_swallowed_substance == new.product.substance
    return same and order.valid_from <= change.on <= order.valid_to


def before_ug(change: Change, patient: Patient) -> int | None:
    """The daily dose so far, of the same substance and way of giving; ``None`` for none known.

    Without an order in force for it (it ran out) the last swallowed dose stands for it.
    """
    order, new = patient.prescription, change.new
    if new is None or (new.night and order is None):
        return None  # nothing was ever ordered for the night: what was had is of the injections
    substance = new.product.substance
    if order is None or order.product.substance != substance:
        same = patient.last_swallowed_substance in (None, substance)
        return patient.last_swallowed_ug if same and new.product.form != "depot" else None
    if (order.product.form == "depot") != (new.product.form == "depot"):
        return None
    return order.largest_day_ug()


def before_unknown(change: Change, patient: Patient) -> bool:
    """Whether there may be a dose so far of the same substance, and nobody recorded how much."""
    order, new = patient.prescription, change.new
    if new is None or new.product.form == "depot" or patient.last_swallowed_ug is not None:
        return False
    if new.night and order is None:
        return False
    substance = new.product.substance
    if order is not None and order.product.substance == substance:
        return False
    return patient.last_swallowed_substance in (None, substance) and not patient.is_new()


def is_injected(product: Product) -> bool:
    """Methadone by needle, whichever of form and route says so."""
    return product.substance == "methadone" and (
        product.form == "injection" or product.route != "oral"
    )
