"""Which number of a book may not stand above which other.

Where two numbers part a scale into "warn" and "stop", a pair the wrong way round leaves a stretch
of it about which nothing is said. Such a book is refused, whoever said which half of the pair.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import cast

from dosing_rules.book_tables import Band, Ceiling
from dosing_rules.verdict import Limit

# The first is at most the second.
RISING: tuple[tuple[str, str], ...] = (
    ("interval_split_minutes", "interval_daily_minutes"),
    ("interval_diacetylmorphine_minutes", "interval_daily_minutes"),
    ("methadone_first_day_doctor_ug", "methadone_first_day_stop_ug"),
    ("buprenorphine_first_day_doctor_ug", "buprenorphine_first_day_stop_ug"),
    ("methadone_step_ug", "methadone_week_increase_ug"),
    ("sedation_sign_poss", "sedation_stop_poss"),
    ("sedation_stop_poss", "sedation_emergency_poss"),
    ("breathing_stop_breaths_per_minute", "breathing_confirm_breaths_per_minute"),
    ("oxygen_stop_percent", "oxygen_confirm_percent"),
    ("alcohol_doctor_permille_milli", "alcohol_stop_permille_milli"),
    ("qtc_confirm_ms", "qtc_doctor_ms"),
    ("buprenorphine_high_ug", "buprenorphine_never_above_ug"),
    ("diacetylmorphine_dose_ug", "diacetylmorphine_day_ug"),
    ("depot_weekly_days", "depot_monthly_days"),
    ("depot_first_weekly_ug", "depot_weekly_ug"),
    ("depot_weekly_ug", "depot_monthly_ug"),
    ("depot_weekly_window_days", "depot_weekly_days"),
    ("depot_monthly_window_days", "depot_monthly_days"),
    ("depot_weekly_window_days", "depot_weekly_late_days"),
    ("depot_monthly_window_days", "depot_monthly_late_days"),
    ("review_confirm_months", "review_doctor_months"),
    ("sedating_confirm_count", "sedating_doctor_count"),
    ("renal_severe_ml_per_minute", "renal_confirm_ml_per_minute"),
    ("taper_confirm_percent", "taper_doctor_percent"),
)


def inverted(
    limits: Mapping[str, Limit],
    missed: Mapping[str, tuple[tuple[Band, ...], ...]],
    restart: Mapping[str, tuple[tuple[Ceiling, ...], ...]],
) -> Iterator[str]:
    """What is wrong with each pair that stands the wrong way round."""
    for low, high in RISING:
        if limits[low].value > limits[high].value:  # type: ignore[reportOperatorIssue]
            yield f"{low} is above {high}"
    for tables in missed.values():
        for rows in tables:
            yield from _milder_later(rows)
    for tables in restart.values():
        for rows in tables:
            yield from _more_later(rows)


def _milder_later(rows: tuple[Band, ...]) -> Iterator[str]:
    """A row nobody reaches: from fewer days on the same table already says something graver."""
    for row in rows:
        for other in rows:
            graver = other.severity > row.severity and other.titration <= row.titration
            if graver and other.days < row.days:
                yield f"{row.limits[0]} is above {other.limits[0]}, which is the graver"


def _more_later(rows: tuple[Ceiling, ...]) -> Iterator[str]:
    """After more days without, a larger first dose."""
    plain = [row for row in rows if row.percent is None and row.above_ug is None]
    for before, after in pairwise(plain):
        # A row without a share of the dose before says an amount.
        if cast(int, after.ug) > cast(int, before.ug):
            yield f"{after.limits[-1]} is above {before.limits[-1]}, which is of fewer days"
