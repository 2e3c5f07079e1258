"""What is measured at the counter and what it holds: millilitres or pieces, and micrograms.

A person who counts a bottle reads a volume, not milligrams; which product it is, and so how strong,
is known from the batch that was scanned. Exact both ways: never a float, never rounded silently.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from dispensing.errors import Unprocessable
from dosing_rules.amounts import UL_PER_ML, AmountError, mg_text, parse_mg

THOUSANDTHS = 1000
LARGEST_MEASURE = 1_000_000


@dataclass(frozen=True, slots=True)
class Measure:
    """How a product is measured: ``per`` "ml" or "unit", and the micrograms in one of it."""

    per: str
    strength_ug: int


def held_ug(text: str, measure: Measure, field: str = "amount") -> int:
    """Micrograms in so many ml or pieces, written with at most three decimals.

    Raises Unprocessable for what is no measure, or holds no whole number of micrograms.
    """
    try:
        thousandths = parse_mg(text)
    except AmountError as wrong:
        raise Unprocessable(
            "write digits with at most three decimals", field=field, slug="not-a-measure"
        ) from wrong
    if thousandths > LARGEST_MEASURE * THOUSANDTHS:
        raise Unprocessable("that is more than any package", field=field, slug="not-a-measure")
    exact = Fraction(thousandths * measure.strength_ug, THOUSANDTHS)
    if exact.denominator != 1:
        raise Unprocessable("that is no whole number of micrograms", field=field)
    return int(exact)


def measured_text(amount_ug: int, measure: Measure, *, comma: bool = True) -> str:
    """``412,5 ml`` or ``3 stk.``; a fraction that three decimals cannot hold is marked ``≈``."""
    exact = Fraction(abs(amount_ug), measure.strength_ug)
    thousandths = round(exact * THOUSANDTHS)
    mark = "" if Fraction(thousandths, THOUSANDTHS) == exact else "≈ "
    number = Decimal(thousandths) / THOUSANDTHS
    written = format(number.normalize(), "f")
    sign = "-" if amount_ug < 0 else ""
    unit = "ml" if measure.per == "ml" else "stk."
    return f"{mark}{sign}{written.replace('.', ',') if comma else written} {unit}"


def signed_mg(amount_ug: int) -> str:
    """Milligrams in Danish with their sign: ``-2,5``."""
    return f"-{mg_text(-amount_ug)}" if amount_ug < 0 else mg_text(amount_ug)


def tolerance_ug(volume_ul: int, measure: Measure) -> int:
    """What a measuring uncertainty in microlitres is worth; pieces are counted exactly."""
    return volume_ul * measure.strength_ug // UL_PER_ML if measure.per == "ml" else 0
