"""Rule books: the numbers, each with unit, source and standing, and nothing in them is code.

A book is one TOML file. Every number a rule may ask for is a field of ``RuleBook``; its name ends
in its unit. Loading fails when a number is missing, unknown, of another unit or not whole in its
base unit, so a rule can never meet a hole. Published files are never edited: a change is a new
file with a new id. ``sha256`` is that of the file's bytes.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from dosing_rules.verdict import Limit

NOBODY_YET = "nobody yet"
ANCHORS = ("last_covered", "last_swallowed", "planned_pickup")

# How a field's last word fixes its base unit, and which written units lead there, times what.
_UNITS: dict[str, tuple[str, dict[str, int]]] = {
    "ug": ("ug", {"mg": 1000, "ug": 1}),
    "ul": ("ul", {"ml": 1000, "ul": 1}),
    "permille_milli": ("permille_milli", {"permille": 1000}),
    "breaths_per_minute": ("breaths_per_minute", {"breaths per minute": 1}),
    "minutes": ("minutes", {"minutes": 1, "hours": 60}),
    "days": ("days", {"days": 1}),
    "months": ("months", {"months": 1}),
    "ms": ("ms", {"ms": 1}),
    "poss": ("poss", {"POSS": 1}),
    "percent": ("percent", {"percent": 1}),
    "count": ("count", {"count": 1}),
    "factor": ("factor", {"factor": 1}),
}
_POLICIES: dict[str, tuple[type, str]] = {
    "missed_days_anchor": (str, "anchor"),
    "missed_days_inclusive": (bool, "yes/no"),
    "missed_days_count_closed": (bool, "yes/no"),
}


class RuleBookError(ValueError):
    """The file cannot serve as a rule book; the message names the number and what is wrong."""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Every number the rules compare with, in base units, and the full account of each."""

    id: str
    title: str
    jurisdiction: str
    valid_from: date
    sha256: str
    limits: Mapping[str, Limit]

    identifiers_count: int
    alarm_factor: int
    measurable_step_ul: int

    interval_daily_minutes: int
    interval_split_minutes: int

    missed_days_anchor: str
    missed_days_inclusive: bool
    missed_days_count_closed: bool
    methadone_missed_doctor_days: int
    methadone_missed_stop_days: int
    methadone_restart_days: int
    methadone_restart_ug: int
    buprenorphine_missed_doctor_days: int
    buprenorphine_missed_stop_days: int
    buprenorphine_restart_days: int
    buprenorphine_restart_ug: int
    buprenorphine_restart_long_days: int
    buprenorphine_restart_long_ug: int
    diacetylmorphine_missed_stop_days: int

    titration_days: int
    methadone_first_day_doctor_ug: int
    methadone_first_day_stop_ug: int
    buprenorphine_first_day_doctor_ug: int
    buprenorphine_first_day_stop_ug: int
    methadone_step_ug: int
    methadone_week_increase_ug: int
    increase_window_days: int
    buprenorphine_after_agonist_minutes: int
    buprenorphine_after_methadone_ug: int

    take_home_days: int

    indkald_days: int
    indkald_observation_minutes: int
    indkald_interval_months: int
    indkald_notice_days: int

    sedation_stop_poss: int
    sedation_emergency_poss: int
    sedation_sign_poss: int
    breathing_stop_breaths_per_minute: int
    breathing_confirm_breaths_per_minute: int
    alcohol_doctor_permille_milli: int
    alcohol_stop_permille_milli: int
    vomit_same_day_minutes: int
    vomit_replace_minutes: int
    vomit_replace_percent: int

    diazepam_load_ug: int
    taper_plan_days: int

    ecg_methadone_ug: int
    ecg_months: int
    qtc_confirm_ms: int
    qtc_doctor_ms: int

    methadone_high_ug: int
    buprenorphine_high_ug: int
    buprenorphine_never_above_ug: int
    thrice_weekly_day_ug: int
    diacetylmorphine_dose_ug: int
    diacetylmorphine_day_ug: int
    diacetylmorphine_sessions_count: int

    depot_weekly_days: int
    depot_weekly_window_days: int
    depot_monthly_window_days: int
    depot_weekly_ug: int
    depot_monthly_ug: int

    pregnancy_step_days: int
    review_inform_months: int
    review_confirm_months: int

    def restart_days(self, substance: str) -> int:
        """After so many days without, the next dose begins the course anew."""
        if substance == "methadone":
            return self.methadone_restart_days
        if substance == "buprenorphine":
            return self.buprenorphine_restart_days
        return self.diacetylmorphine_missed_stop_days


_HEADER = ("id", "title", "jurisdiction", "valid_from")
NUMBER_NAMES = tuple(
    field.name for field in fields(RuleBook) if field.name not in (*_HEADER, "sha256", "limits")
)


@lru_cache(maxsize=64)
def load_book(book_id: str) -> RuleBook:
    """The packaged book of that id. Raises ``RuleBookError`` when there is none or it is broken."""
    if not book_id.replace("-", "").isalnum():
        raise RuleBookError(f"not a rule book id: {book_id!r}")
    path = files("dosing_rules") / "rulebooks" / f"{book_id}.toml"
    if not path.is_file():
        raise RuleBookError(f"no rule book {book_id!r}")
    book = parse_book(path.read_bytes())
    if book.id != book_id:
        raise RuleBookError(f"the file of {book_id!r} says it is {book.id!r}")
    return book


def parse_book(content: bytes) -> RuleBook:
    """A book from the bytes of its file. Raises ``RuleBookError`` naming what is wrong."""
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RuleBookError(f"not a TOML file: {error}") from error
    header = {name: table.get(name) for name in _HEADER}
    if missing := [name for name, value in header.items() if not value]:
        raise RuleBookError(f"the book lacks {', '.join(missing)}")
    if type(header["valid_from"]) is not date:
        raise RuleBookError("valid_from must be a date")
    limits = _limits(table.get("numbers", {}))
    values = {name: limit.value for name, limit in limits.items()}
    return RuleBook(**header, sha256=sha256(content).hexdigest(), limits=limits, **values)  # type: ignore[reportArgumentType]


def _limits(numbers: Any) -> dict[str, Limit]:
    if not isinstance(numbers, dict):
        raise RuleBookError("numbers must be a table")
    given = set[str](numbers)  # type: ignore[reportUnknownArgumentType]
    if missing := sorted(set(NUMBER_NAMES) - given):
        raise RuleBookError(f"the book lacks {', '.join(missing)}")
    if unknown := sorted(given - set(NUMBER_NAMES)):
        raise RuleBookError(f"no rule asks for {', '.join(unknown)}")
    return {name: _limit(name, numbers[name]) for name in NUMBER_NAMES}


def _limit(name: str, entry: Any) -> Limit:
    wanted = {"value", "unit", "source", "confirmed_on", "confirmed_by"}
    if not isinstance(entry, dict) or set[str](entry) != wanted:  # type: ignore[reportUnknownArgumentType]
        raise RuleBookError(f"{name} needs exactly {', '.join(sorted(wanted))}")
    row: dict[str, Any] = entry  # type: ignore[reportUnknownVariableType]
    if not row["source"]:
        raise RuleBookError(f"{name} has no source")
    value, unit = _value(name, row["value"], row["unit"])
    return Limit(
        name=name, value=value, unit=unit, source=row["source"], confirmed=_confirmed(name, row)
    )


def _confirmed(name: str, row: Mapping[str, Any]) -> bool:
    """Confirmed needs a name and a date; half of it is an error, not a confirmation."""
    signed = row["confirmed_by"] not in ("", NOBODY_YET)
    dated = type(row["confirmed_on"]) is date
    if signed != dated or not (dated or row["confirmed_on"] == "never"):
        raise RuleBookError(f"{name}: a confirmation needs both a name and a date")
    return signed


def _value(name: str, value: Any, unit: Any) -> tuple[int | str | bool, str]:
    if name in _POLICIES:
        kind, base = _POLICIES[name]
        if type(value) is not kind or unit != base:
            raise RuleBookError(f"{name} must be {kind.__name__} with unit {base!r}")
        if base == "anchor" and value not in ANCHORS:
            raise RuleBookError(f"{name} must be one of {', '.join(ANCHORS)}")
        return value, base
    suffix = next(suffix for suffix in _UNITS if name.endswith(f"_{suffix}"))
    base, written = _UNITS[suffix]
    if unit not in written:
        raise RuleBookError(f"{name} must be written in {' or '.join(written)}, not {unit!r}")
    return _whole(name, value, written[unit]), base


def _whole(name: str, value: Any, times: int) -> int:
    """Whole base units from an int or a decimal string; a float has already lost its value."""
    if type(value) not in (int, str):
        raise RuleBookError(f"{name} must be a whole number or a decimal string")
    try:
        scaled = Decimal(value) * times
    except InvalidOperation as error:
        raise RuleBookError(f"{name}: {value!r} is not a number") from error
    if not scaled.is_finite() or scaled < 0 or scaled != scaled.to_integral_value():
        raise RuleBookError(f"{name}: {value!r} is not a whole, non-negative amount")
    return int(scaled)
