"""The facts of one person kept up to date in place, for whoever asks very many times in a row.

A ``Patient`` is a value that never changes, and to build one costs more than to ask all rules. From
one dose to the next only a dozen of its facts differ. ``PersonHistory.now`` therefore owns one
``Patient`` and brings those facts up to date; whoever keeps a ``Patient`` uses ``facts`` instead.
The tests hold the two against each other on every decision of a year.
"""

from datetime import date
from typing import TYPE_CHECKING, Any

from dosing_rules.facts import Claim, Patient, Substance, Unit
from dosing_rules.ordered import Line
from dosing_rules.quick_values import OpenPatient
from dosing_rules.recorded import NO_DEPOT

if TYPE_CHECKING:
    from dosing_rules.history import DoseHistory


#: What was had of one order, in the order of ``Line``: micrograms, day and substance of the last
#: dose, the last day covered before today, and the day the person is expected next.
Had = tuple[int | None, date | None, Substance | None, date | None, date | None]


NEVER: Had = (None, None, None, None, None)


class Near:
    """Given doses round a day, in order, and by the day they are for: those for the night apart."""

    __slots__ = ("by_day", "by_night", "claims")

    def __init__(self) -> None:
        self.claims: tuple[Claim, ...] = ()
        self.by_day: dict[date, list[Claim]] = {}
        self.by_night: dict[date, list[Claim]] = {}


def renew_main(
    current: Patient,
    doses: "DoseHistory",
    near: Near,
    on: date,
    unit: Unit,
    holder: int | None,
    extra_ug: int,
) -> None:
    """Bring everything up to date that a dose, a place or a day changes, the main order in front.

    Only for facts that are possible, with nothing reserved or uncertain and nothing vomited: then
    no other derived fact depends on them. What was had for the night must be apart: of an order of
    injections, or there is nothing.
    """
    _renew(current, doses, near.claims, near.by_day, doses.had_of_main(on), unit, holder, extra_ug)
    beside = current.beside is not None
    if beside or near.by_night or current.night:
        night = beside or bool(near.by_night)
        _had_beside(current, doses.had_of_night(on, on) if beside else NEVER, night)


def renew_night(
    night: Patient, doses: "DoseHistory", near: Near, on: date, unit: Unit, holder: int | None
) -> None:
    """The same with the order of the night in front, as ``Patient.for_night`` puts it there."""
    had, main = doses.had_of_night(on, on), doses.had_of_main(on)
    if had[1] is None:
        had = main
    _renew(night, doses, near.claims, near.by_night, had, unit, holder, 0)
    _had_beside(night, main, night=True)


def _renew(
    patient: Patient,
    doses: "DoseHistory",
    claims: tuple[Claim, ...],
    by_day: dict[date, list[Claim]],
    had: Had,
    unit: Unit,
    holder: int | None,
    extra_ug: int,
) -> None:
    """``by_day`` are the claims of the order in front, day after day."""
    last, last_depot = doses.last_swallowed(), doses.last_depot()
    opened: Any = patient
    object.__setattr__(patient, "__class__", OpenPatient)
    opened.unit = unit
    opened.right_holder_unit_id = holder
    opened.claims = claims
    opened.claims_by_day = by_day
    opened.last_claim_on = next(reversed(by_day), date.min)
    opened.unsettled_claims = ()
    opened.last_swallowed_at = last[0] if last is not None else None
    (
        opened.last_swallowed_ug,
        opened.last_swallowed_on,
        opened.last_swallowed_substance,
        opened.last_covered_on,
        opened.planned_pickup_on,
    ) = had
    opened.extra_ug_allowed_today = extra_ug
    if opened.last_depot is not last_depot:
        opened.last_depot, opened.depot_before = last_depot, last_depot != NO_DEPOT
    opened.__class__ = Patient


def _had_beside(patient: Patient, had: Had, night: bool) -> None:
    """What was had of the order beside, and whether any dose is for the night."""
    line = patient.beside
    opened: Any = patient
    object.__setattr__(patient, "__class__", OpenPatient)
    opened.night = night
    if line is not None:
        opened.beside = Line(line.prescription, *had, line.first_dose_on, line.steps, line.losses)
    opened.__class__ = Patient


def injects(patient: Patient) -> bool:
    """Whether the order in front is of injections."""
    order = patient.prescription
    return order is not None and order.product.substance == "diacetylmorphine"
