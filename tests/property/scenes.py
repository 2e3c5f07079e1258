"""Random but consistent people: a base patient with a few cells of the spec tables applied.

The cells of the tables sit on every boundary of every rule, so combinations of them do too.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from hypothesis import strategies as st

from dosing_rules import NO_DEPOT, Arrangement, Observed, Patient, Prescription, Request
from tests.spec.columns import Scene, apply, scene
from tests.spec.standard import BASES
from tests.spec.table import Case, cases

# Contradictions, not histories: somebody with doses behind them is not new to treatment, a person
# too sedated, short of breath or drunk is affected, and a weekly pattern belongs to an arrangement.
_CONTRADICTORY = {"new_to_treatment"}
# The whole history moved to another day; other cells are offsets from the ordinary one.
_MOVED = {"at", "last_at"}
READINGS = (
    "sedation_poss",
    "breaths_per_minute",
    "alcohol_permille_milli",
    "oxygen_percent",
    "pupils_pinpoint",
    "withdrawal_cows",
)


def possible_cases() -> list[Case]:
    """Every row but those about records that cannot be true: to lose one of those may be milder."""
    return [case for case in cases() if case.rule_id != "record-impossible"]


def _cells() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for case in possible_cases():
        for column, text in case.cells:
            if column not in _CONTRADICTORY | _MOVED:
                found[case.base].add((column, text))
    return {base: sorted(cells) for base, cells in found.items()}


CELLS = _cells()


def made(base: str, cells: list[tuple[str, str]]) -> Scene:
    """The base patient with the cells applied, what is removed whole last, made consistent."""
    row = scene(base)
    for column, text in sorted(cells, key=_removes_whole):
        apply(row, column, text)
    history = ("last_swallowed_at", "last_swallowed_ug", "last_covered_on", "first_dose_on")
    depot = row.patient["last_depot"] not in (None, NO_DEPOT)
    if depot or any(row.patient[name] is not None for name in history):
        row.patient["new_to_treatment"] = False
    if any(row.observed[reading] is not None for reading in READINGS):
        row.observed["affected"] = True
    order, arranged = row.prescription, row.arrangement
    if order is not None and arranged is not None and order["weekday_ug"] is not None:
        arranged["thrice_weekly"] = True
    return row


def _removes_whole(cell: tuple[str, str]) -> bool:
    return cell in (("ordered", "none"), ("arrangement", "?"))


def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.init)


@st.composite
def scenes(draw: st.DrawFn, most: int = 3) -> Scene:
    """A person with up to ``most`` facts away from the base patient."""
    base = draw(st.sampled_from(sorted(BASES)))
    cells = draw(st.lists(st.sampled_from(CELLS[base]), max_size=most, unique_by=lambda c: c[0]))
    return made(base, cells)


def _removed(place: str, name: str, to: Any = None) -> Callable[[Scene], bool]:
    def remove(row: Scene) -> bool:
        facts = row.__dict__[place]
        if facts is None or facts[name] is None:
            return False
        facts[name] = to
        return True

    return remove


def _prescription_gone(row: Scene) -> bool:
    row.prescription = None
    return True


def _arrangement_gone(row: Scene) -> bool:
    row.arrangement = None
    return True


def _pattern_gone(row: Scene) -> bool:
    """Only a thrice-weekly order must have a pattern; elsewhere its absence is the daily dose."""
    if row.prescription is None or row.prescription["weekday_ug"] is None:
        return False
    product = row.prescription["product"]
    row.prescription["weekday_ug"] = None
    return product.substance == "buprenorphine" and product.form != "depot"


REMOVALS: dict[str, Callable[[Scene], bool]] = {
    "prescription": _prescription_gone,
    "arrangement": _arrangement_gone,
    "prescription.weekday_ug": _pattern_gone,
    "request.identifiers": _removed("request", "identifiers", frozenset()),
    "request.product": _removed("request", "product"),
    "request.prescription_id": _removed("request", "prescription_id"),
    "request.prescription_version": _removed("request", "prescription_version"),
} | {
    f"{place}.{name}": _removed(place, name)
    for place, names in {
        "patient": [
            n for n in _names(Patient) if n not in ("prescription", "arrangement", "at_night")
        ],
        "prescription": ["valid_to", "high_dose_reason", "depot_interval_days"],
        "arrangement": list(_names(Arrangement)),
        "observed": list(_names(Observed)),
    }.items()
    for name in names
}

assert {"doses", "observed"} <= set(_names(Request))
assert {"valid_to"} <= set(_names(Prescription))
