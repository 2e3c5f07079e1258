"""Amounts: whole micrograms inside, decimal strings outside, volumes exact.

Nothing here ever touches a float: 0.1 mg is 100 micrograms, or it is an error.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

_DECIMAL = re.compile(r"(?P<whole>[0-9]{1,9})(?:[.,](?P<part>[0-9]{1,3}))?", re.ASCII)
UG_PER_MG = 1000
UL_PER_ML = 1000
_WHOLE = 100  # percent


class AmountError(ValueError):
    """What was written is not an amount; the message says why and repeats nothing personal."""


def parse_mg(text: object) -> int:
    """Micrograms from milligrams written as ``"80"``, ``"1.50"`` or ``"1,50"``.

    Only text is read, with at most three decimals, one separator and no sign, exponent or
    thousands mark: ``1.500`` is one and a half, never fifteen hundred. Raises ``AmountError``.
    """
    if not isinstance(text, str):
        raise AmountError("an amount is written as text, so that no digit is lost")
    match = _DECIMAL.fullmatch(text.strip())
    if match is None:
        raise AmountError(
            "an amount is digits with at most three decimals after one comma or point"
        )
    part = match["part"] or ""
    return int(match["whole"]) * UG_PER_MG + int(part.ljust(3, "0"))


def mg_text(amount_ug: int, *, comma: bool = True) -> str:
    """Milligrams as text without trailing zeros: 80000 is ``80``, 1500 is ``1,5``."""
    whole, part = divmod(amount_ug, UG_PER_MG)
    return _joined(whole, part, comma)


def ml_text(volume_ul: int, *, comma: bool = True) -> str:
    """Millilitres as text from whole microlitres: 16000 is ``16``, 50 is ``0,05``."""
    whole, part = divmod(volume_ul, UL_PER_ML)
    return _joined(whole, part, comma)


def _joined(whole: int, part: int, comma: bool) -> str:
    if whole < 0:
        raise AmountError("an amount is never negative")
    decimals = f"{part:03d}".rstrip("0")
    return f"{whole}{',' if comma else '.'}{decimals}" if decimals else str(whole)


@dataclass(frozen=True, slots=True)
class Volume:
    """An exact volume and what can be drawn up: the measurable volume is never more."""

    exact_ul: Fraction
    measured_ul: int
    measured_ug: Fraction

    @property
    def is_exact(self) -> bool:
        """Whether the measurable volume holds the amount to the last microgram."""
        return self.exact_ul == self.measured_ul


def volume(amount_ug: int, strength_ug_per_ml: int, step_ul: int) -> Volume:
    """The volume of an amount at a strength: exact, and rounded *down* to the measurable step.

    ``measured_ug`` is what the measurable volume holds: never above the amount, and short of it
    by less than one step. Raises ``AmountError`` for a strength or step that is not positive.
    """
    if strength_ug_per_ml <= 0 or step_ul <= 0:
        raise AmountError("strength and step are positive")
    if amount_ug < 0:
        raise AmountError("an amount is never negative")
    exact_ul = Fraction(amount_ug * UL_PER_ML, strength_ug_per_ml)
    measured_ul = int(exact_ul // step_ul) * step_ul
    return Volume(exact_ul, measured_ul, Fraction(measured_ul * strength_ug_per_ml, UL_PER_ML))


def is_measurable(amount_ug: int, strength_ug_per_ml: int, step_ul: int) -> bool:
    """Whether whole steps of the measure hold the amount exactly."""
    return amount_ug * UL_PER_ML % (strength_ug_per_ml * step_ul) == 0


def is_above_percent(part: int, percent: int, whole: int) -> bool:
    """Whether a part is more than so many percent of the whole, exactly."""
    return part * _WHOLE > whole * percent


def reaches_percent(part: int, percent: int, whole: int) -> bool:
    """Whether a part is so many percent of the whole or more, exactly."""
    return part * _WHOLE >= whole * percent
