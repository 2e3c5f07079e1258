"""What a medicine means beside the ordered opioid, by the rules' own table. Pure."""

from collections.abc import Sequence
from typing import Literal

from dosing_rules import Patient
from dosing_rules.medicines import MedicineKind, kinds_of

#: In the order in which they are said, the gravest first.
Meaning = Literal[
    "unread", "antagonist", "maoi", "other-substitution", "sedating", "inhibitor", "inducer", "qt"
]
_OF_KIND: dict[MedicineKind, Meaning] = {
    "antagonist": "antagonist",
    "maoi": "maoi",
    "substitution": "other-substitution",
    "sedating": "sedating",
    "gabapentinoid": "sedating",
    "inhibitor": "inhibitor",
    "inducer": "inducer",
    "qt": "qt",
}
#: What a medicine still does for some time after it was stopped.
AFTERWARDS: frozenset[Meaning] = frozenset({"maoi", "inhibitor", "inducer"})
_METHADONE_ALONE: frozenset[Meaning] = frozenset({"inhibitor", "inducer", "qt"})


def own_substances(patient: Patient) -> tuple[str, ...]:
    """The substances ordered here: they are not counted beside themselves."""
    orders = [patient.prescription, patient.beside.prescription if patient.beside else None]
    return tuple([one.product.substance for one in orders if one is not None])


def meanings(
    atc: str | None, own: Sequence[str] = (), *, stopped: bool = False
) -> tuple[Meaning, ...]:
    """What a medicine does beside what is ordered, the gravest first; ``()``: nothing known.

    Beside another substance than methadone nothing is said of what raises it, lowers it or
    prolongs QT with it. Without an order everything is said.
    """
    kinds = kinds_of(atc or "")
    if kinds is None:
        return () if stopped else ("unread",)
    said = {_OF_KIND[kind] for kind in kinds if kind in _OF_KIND}
    if not kinds.isdisjoint(own):
        said.discard("other-substitution")
    if own and "methadone" not in own:
        said -= _METHADONE_ALONE
    if stopped:
        said &= AFTERWARDS
    return tuple([one for one in Meaning.__args__ if one in said])
