"""Diazepam equivalents: benzodiazepines and kin in milligrams of diazepam, low and high.

The published tables differ up to two-fold, so every substance has a pair. The *larger* equivalent
serves limits, the *smaller* one serves dosing at a cross-over. Keyed by ATC code; each row gives
how many micrograms equal 10 mg of diazepam by mouth, smallest and largest figure of the tables
named in ``SOURCE``. All of them call themselves approximate.
"""

from dataclasses import dataclass
from types import MappingProxyType

DIAZEPAM_UG = 10_000
SOURCE = (
    "Ashton manual; VA/DoD 2021; NHS Scotland; metodebok.no; Medscape ranges; ClinCalc. "
    "Approximate by their own word; nobody has confirmed them for this clinic yet"
)


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Micrograms equal to 10 mg diazepam: the smallest and the largest published figure."""

    name: str
    least_ug: int
    most_ug: int


_TABLE: dict[str, Equivalent] = {
    "N05BA01": Equivalent("diazepam", 10_000, 10_000),
    "N05BA02": Equivalent("chlordiazepoxide", 10_000, 25_000),
    "N05BA04": Equivalent("oxazepam", 15_000, 30_000),
    "N05BA05": Equivalent("clorazepate", 7_500, 15_000),
    "N05BA06": Equivalent("lorazepam", 1_000, 2_000),
    "N05BA08": Equivalent("bromazepam", 3_000, 6_000),
    "N05BA09": Equivalent("clobazam", 20_000, 20_000),
    "N05BA12": Equivalent("alprazolam", 500, 1_000),
    "N03AE01": Equivalent("clonazepam", 500, 1_000),
    "N05CD02": Equivalent("nitrazepam", 2_500, 10_000),
    "N05CD03": Equivalent("flunitrazepam", 1_000, 1_000),
    "N05CD05": Equivalent("triazolam", 250, 500),
    "N05CD06": Equivalent("lormetazepam", 1_000, 2_000),
    "N05CD07": Equivalent("temazepam", 15_000, 30_000),
    "N05CD08": Equivalent("midazolam", 5_000, 10_000),
    "N05CF01": Equivalent("zopiclone", 15_000, 15_000),
    "N05CF02": Equivalent("zolpidem", 20_000, 20_000),
    "N05CF03": Equivalent("zaleplon", 20_000, 20_000),
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
