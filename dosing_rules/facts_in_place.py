"""The facts of one person kept up to date in place, for whoever asks very many times in a row.

A ``Patient`` is a value that never changes, and to build one costs more than to ask all rules. From
one dose to the next only a dozen of its facts differ. ``PersonHistory.now`` therefore owns one
``Patient`` and brings those facts up to date; whoever keeps a ``Patient`` uses ``facts`` instead.
The tests hold the two against each other on every decision of a year.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dosing_rules.facts import Claim, Patient, Substance, Unit
from dosing_rules.quick_values import OpenPatient
from dosing_rules.recorded import NO_DEPOT, Depot

_NEVER = (None, None, None, None)


@dataclass(slots=True)
class Near:
    """Given doses round a day, in order, and by the day they are for."""

    claims: tuple[Claim, ...]
    by_day: Mapping[date, Sequence[Claim]]
    last_claim_on: date


def renew(
    patient: Patient,
    unit: Unit,
    holder: int | None,
    near: Near,
    had: tuple[datetime, int, date, Substance] | None,
    last_covered_on: date | None,
    planned_pickup_on: date | None,
    extra_ug: int,
    last_depot: Depot,
) -> None:
    """Bring everything up to date that a dose, a place or a day changes.

    Only for facts that are possible, with nothing reserved or uncertain and nothing vomited: then
    no other derived fact depends on them.
    """
    opened: Any = patient
    object.__setattr__(patient, "__class__", OpenPatient)
    opened.unit = unit
    opened.right_holder_unit_id = holder
    opened.claims = near.claims
    opened.claims_by_day = near.by_day
    opened.last_claim_on = near.last_claim_on
    opened.unsettled_claims = ()
    at, amount_ug, on, substance = had if had is not None else _NEVER
    opened.last_swallowed_at = at
    opened.last_swallowed_ug = amount_ug
    opened.last_swallowed_on = on
    opened.last_swallowed_substance = substance
    opened.last_covered_on = last_covered_on
    opened.planned_pickup_on = planned_pickup_on
    opened.extra_ug_allowed_today = extra_ug
    if opened.last_depot is not last_depot:
        opened.last_depot, opened.depot_before = last_depot, last_depot != NO_DEPOT
    opened.__class__ = Patient
