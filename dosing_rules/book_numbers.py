"""One number of a rule book: from its line in the file to a ``Limit`` in base units.

The last word of a number's name fixes its base unit. ``weak = true`` marks a number that is only
weakly remembered: it may make the check stricter and never more permissive.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from dosing_rules.verdict import Limit

NOBODY_YET = "nobody yet"
ANCHORS = ("last_covered", "last_swallowed", "planned_pickup")
TABLES = ("substances",)

_LINES = frozenset({"value", "unit", "source", "confirmed_on", "confirmed_by"})

# How a name's last word fixes its base unit, and which written units lead there, times what.
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
    "cows": ("cows", {"COWS": 1}),
    "ml_per_minute": ("ml_per_minute", {"ml/min": 1}),
}
_POLICIES: dict[str, tuple[type, str]] = {
    "missed_days_anchor": (str, "anchor"),
    "missed_days_inclusive": (bool, "yes/no"),
    "medicine_table": (str, "table"),
    "missed_days_count_closed": (bool, "yes/no"),
    "other_day_stops": (bool, "yes/no"),
    "methadone_first_day_inclusive": (bool, "yes/no"),
    "requires_medicine_list": (bool, "yes/no"),
    "requires_home_safety": (bool, "yes/no"),
    "requires_health": (bool, "yes/no"),
    "requires_session_record": (bool, "yes/no"),
    "requires_loss_record": (bool, "yes/no"),
}
# Of most numbers the smaller is the stricter; of these the larger.
LARGER_IS_STRICTER = frozenset(
    {
        "identifiers_count",
        "interval_daily_minutes",
        "interval_split_minutes",
        "interval_diacetylmorphine_minutes",
        "titration_days",
        "increase_window_days",
        "buprenorphine_after_agonist_minutes",
        "indkald_days",
        "indkald_observation_minutes",
        "indkald_notice_days",
        "breathing_stop_breaths_per_minute",
        "breathing_confirm_breaths_per_minute",
        "vomit_same_day_minutes",
        "pregnancy_step_days",
        "take_home_supervised_until_days",
        "other_day_stops",
        "methadone_first_day_inclusive",
        "requires_medicine_list",
        "requires_home_safety",
        "requires_health",
        "requires_session_record",
        "requires_loss_record",
        "oxygen_confirm_percent",
        "oxygen_stop_percent",
        "withdrawal_first_buprenorphine_cows",
        "raised_dose_observation_minutes",
        "restart_observation_minutes",
        "dissolve_minutes",
        "lost_replacement_minutes",
        "interaction_change_days",
        "maoi_days",
        "renal_confirm_ml_per_minute",
        "renal_severe_ml_per_minute",
        "diacetylmorphine_attempt_observation_minutes",
        "depot_test_minutes",
        "step_interval_days",
        "reduction_interval_days",
        "methadone_usual_ug",
        "taper_window_days",
    }
)


class RuleBookError(ValueError):
    """The file cannot serve as a rule book; the message names the number and what is wrong."""


def more_permissive(name: str, value: int | str | bool, than: int | str | bool) -> bool:
    """Whether one value of a number permits more than another. Policies cannot be compared."""
    if isinstance(value, str) or isinstance(than, str):
        return value != than
    return value < than if name in LARGER_IS_STRICTER else value > than


def limit_of(name: str, entry: Any) -> Limit:
    """A number from its table in the file. Raises ``RuleBookError`` naming it."""
    if not isinstance(entry, dict) or set[str](entry) - {"weak"} != _LINES:  # type: ignore[reportUnknownArgumentType]
        raise RuleBookError(f"{name} needs exactly {', '.join(sorted(_LINES))}")
    row: dict[str, Any] = entry  # type: ignore[reportUnknownVariableType]
    if not row["source"]:
        raise RuleBookError(f"{name} has no source")
    if type(row.get("weak", True)) is not bool:
        raise RuleBookError(f"{name}: weak must be true or false")
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
        if base == "table" and value not in TABLES:
            raise RuleBookError(f"{name} must be one of {', '.join(TABLES)}")
        return value, base
    suffix = next((suffix for suffix in _UNITS if name.endswith(f"_{suffix}")), None)
    if suffix is None:
        raise RuleBookError(f"{name} does not end in a unit")
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
