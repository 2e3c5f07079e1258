"""Amounts, days and moments as a person reads them, in Danish or English.

Milligrams come first and are exact: a decimal comma in Danish, never a trailing zero (2,50 is
misread as 250).
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from babel.dates import format_date
from babel.numbers import format_decimal

from dispensing.clock import HOME_ZONE, local_time_text, zone_named
from dosing_rules.amounts import UG_PER_MG, UL_PER_ML, volume

NO_BREAK = "\u00a0"


def milligrams(amount_ug: int, language: str) -> str:
    """``80 mg``, ``2,5 mg``; exact for every whole microgram."""
    exact = Decimal(amount_ug) / UG_PER_MG
    text = format_decimal(exact, format="#,##0.###", locale=language)
    return f"{text}{NO_BREAK}mg"


def drawn_up(amount_ug: int, strength_ug: int, step_ul: int, language: str) -> str:
    """The millilitres to draw up, in whole steps of ``step_ul``: never more than the amount."""
    drawn = volume(amount_ug, strength_ug, step_ul)
    exact = Decimal(drawn.measured_ul) / UL_PER_ML
    return f"{format_decimal(exact, format='#,##0.###', locale=language)}{NO_BREAK}ml"


def pieces(amount_ug: int, strength_ug: int, language: str) -> str:
    """How many tablets or ampoules: ``2``, ``1½``; other fractions as a decimal with ``≈``."""
    exact = Fraction(amount_ug, strength_ug)
    whole, rest = divmod(exact, 1)
    if rest == 0:
        return str(whole)
    if rest == Fraction(1, 2):
        return f"{whole or ''}½"
    hundredths = Decimal(round(exact * 100)) / 100
    return f"≈ {format_decimal(hundredths, format='0.##', locale=language)}"


def clock_time(at: datetime, zone: str = HOME_ZONE) -> str:
    """``08:14`` on the unit's wall clock."""
    return local_time_text(at, zone)


def day_and_date(day: date, language: str) -> str:
    """``man. 23. nov.``"""
    pattern = "EEE d. MMM" if language == "da" else "EEE d MMM"
    return format_date(day, pattern, locale=language)


def weekday(day: date, language: str) -> str:
    """``mandag``"""
    return format_date(day, "EEEE", locale=language)


def next_day(day: date) -> date:
    """The day after."""
    return day + timedelta(days=1)


def month_name(day: date, language: str) -> str:
    """``november``"""
    return format_date(day, "LLLL", locale=language)


def short_weekday(day: date, language: str) -> str:
    """``man``, ``tir``: three letters, as in the lines of the findings."""
    return format_date(day, "EEE", locale=language)[:3]


def birth_date(day: date, language: str) -> str:
    """Written out, so that day and month cannot be swapped: ``2. januar 1960``."""
    return format_date(day, "d. MMMM y" if language == "da" else "d MMMM y", locale=language)


def short_date(day: date, language: str) -> str:
    """A birth date where room is short: ``2. jan. 1960``."""
    return format_date(day, "d. MMM y" if language == "da" else "d MMM y", locale=language)


def age_years(born_on: date, on: date) -> int:
    """Whole years; born on 29 February counts from 1 March in other years."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def local_day(at: datetime, zone: str = HOME_ZONE) -> date:
    """The calendar day of a moment on the unit's wall."""
    return at.astimezone(zone_named(zone)).date()
