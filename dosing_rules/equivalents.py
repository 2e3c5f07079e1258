"""Diazepam equivalents: benzodiazepines and kin in milligrams of diazepam, low and high.

The published tables differ up to two-fold, so every substance has a pair. The *larger* equivalent
serves limits, the *smaller* one serves dosing at a cross-over. Keyed by ATC code; each row gives
how many micrograms equal 10 mg of diazepam by mouth, smallest and largest published figure. The
figures are data with their sources (``tables/substances.toml``), approximate by their own word.
"""

from dataclasses import dataclass
from types import MappingProxyType

from dosing_rules.substance_tables import SUBSTANCE_TABLES

DIAZEPAM_UG: int = SUBSTANCE_TABLES["diazepam"]["ug"]


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Micrograms equal to 10 mg diazepam: the smallest and the largest published figure."""

    name: str
    least_ug: int
    most_ug: int


_TABLE = {
    atc: Equivalent(row["name"], row["least_ug"], row["most_ug"])
    for atc, row in SUBSTANCE_TABLES["equivalents"].items()
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
