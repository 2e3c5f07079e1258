"""Diazepam equivalents: benzodiazepines and kin in milligrams of diazepam, low and high.

The published tables differ up to two-fold, so every substance has a pair. The *larger* equivalent
serves limits, the *smaller* one serves dosing at a cross-over. Keyed by ATC code; each row gives
how many micrograms equal 10 mg of diazepam by mouth, smallest and largest published figure. The
figures are data with their sources (``tables/substances.toml``), approximate by their own word.
"""

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from dosing_rules.substance_tables import substance_tables

_UG_PER_MG = 1000


def _ug(mg: str) -> int:
    return int(Decimal(mg) * _UG_PER_MG)


DIAZEPAM_UG = _ug(substance_tables()["diazepam"]["mg"])


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Micrograms equal to 10 mg diazepam: the smallest and the largest published figure."""

    name: str
    least_ug: int
    most_ug: int


_TABLE = {
    atc: Equivalent(row["name"], _ug(row["least_mg"]), _ug(row["most_mg"]))
    for atc, row in substance_tables()["equivalents"].items()
}
EQUIVALENTS = MappingProxyType(_TABLE)


class UnknownSubstance(LookupError):
    """No equivalent is known for the ATC code; the load is then not recorded, never zero."""


def diazepam_ug(atc: str, amount_ug: int) -> tuple[int, int]:
    """The (low, high) diazepam equivalent of an amount, in micrograms: low down, high up.

    Raises ``UnknownSubstance`` for a code without an equivalent.
    """
    row = EQUIVALENTS.get(atc)
    if row is None:
        raise UnknownSubstance(atc)
    low = amount_ug * DIAZEPAM_UG // row.most_ug
    high = -(-amount_ug * DIAZEPAM_UG // row.least_ug)
    return low, high
