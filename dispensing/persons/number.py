"""A person's number, CPR or replacement CPR: read from typing or a health card, masked for screens.

The modulus-11 check is only a warning: numbers without it have been given out since 2007. Which
numbers may be is documented by the CPR office; arithmetic comes from python-stdnum.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from stdnum.dk import cpr
from stdnum.exceptions import ValidationError

Kind = Literal["cpr", "replacement_cpr"]
Warned = Literal["mod-11", "birth-date-differs"]

# Health cards and scanners put other signs round the digits, never other digits.
_ON_A_CARD = re.compile(r"(?:^|[^0-9])([0-9]{6})[- ]?([0-9]{4})(?![0-9])")
_WITH_LETTERS = re.compile(r"[0-9]{6}(?=[0-9A-Z]*[A-Z])[0-9A-Z]{4}")
# A replacement number of digits has the day of birth raised by so much; no CPR number has.
DAY_RAISED = 60


class NotANumber(ValueError):
    """The text is no number of a person. The message says why and repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number in its one spelling: ten signs, no hyphen. Never printed: ``repr`` hides it."""

    kind: Kind
    text: str

    def __repr__(self) -> str:
        return f"Number({self.kind})"

    @property
    def masked(self) -> str:
        """The day of birth, and four dots: ``ddmmåå-••••``."""
        return f"{self.text[:6]}-••••"

    @property
    def full(self) -> str:
        """As people write it: ``ddmmåå-xxxx``."""
        return f"{self.text[:6]}-{self.text[6:]}"

    @property
    def born(self) -> tuple[int, int, int]:
        """Day, month and two-digit year of birth in the number."""
        day = int(self.text[:2])
        return (
            day - DAY_RAISED if day > DAY_RAISED else day,
            int(self.text[2:4]),
            int(self.text[4:6]),
        )

    def warnings(self, born_on: date) -> tuple[Warned, ...]:
        """What a person should look at again; none of it makes the number impossible."""
        found: list[Warned] = []
        if self.kind == "cpr" and cpr.checksum(self.text) != 0:
            found.append("mod-11")
        if self.born != (born_on.day, born_on.month, born_on.year % 100):
            found.append("birth-date-differs")
        return tuple(found)


def parse_number(text: str) -> Number:
    """A number as typed, or as a health card's barcode or stripe says it. Raises NotANumber."""
    compact = text.strip().upper().replace("-", "").replace(" ", "")
    if _WITH_LETTERS.fullmatch(compact):
        _must_be_a_date(compact[:6])
        return Number("replacement_cpr", compact)
    groups = _ON_A_CARD.findall(text)
    if len(groups) != 1:
        raise NotANumber("a number has ten digits, or six digits and four signs")
    digits = "".join(groups[0])
    if int(digits[:2]) > DAY_RAISED:
        _must_be_a_date(f"{int(digits[:2]) - DAY_RAISED:02}{digits[2:6]}")
        return Number("replacement_cpr", digits)
    try:
        cpr.get_birth_date(digits)
    except ValidationError:
        raise NotANumber("the first six digits are no day of birth") from None
    return Number("cpr", digits)


def _must_be_a_date(digits: str) -> None:
    # A leap year stands for the century that the number does not tell.
    day, month, year = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    for century in (1900, 2000):
        try:
            date(century + year, month, day)
        except ValueError:
            continue
        return
    raise NotANumber("the first six signs are no day of birth")


def may_be_number(text: str) -> bool:
    """Whether a search means a number: ten signs that could be one."""
    try:
        parse_number(text)
    except NotANumber:
        return False
    return True


def synthetic_number(born_on: date, running: int) -> Number:
    """A number that looks right to us and belongs to nobody: the day raised by sixty.

    For demonstrations and tests only; ``running`` from 0 to 9999 tells people of one birth date
    apart.
    """
    day = f"{born_on.day + DAY_RAISED:02}{born_on:%m%y}"
    return Number("replacement_cpr", f"{day}{running:04}")
