"""One number of a book: which unit its name asks for, and what the written one becomes."""

from datetime import date

import pytest

from dosing_rules.book_numbers import LARGER_IS_STRICTER, RuleBookError, limit_of, more_permissive

# The end of a name, the unit as written, a value as written, the value in the base unit.
WRITTEN = [
    ("dose_ug", "mg", 2, 2_000, "ug"),
    ("dose_ug", "mg", "0.001", 1, "ug"),
    ("dose_ug", "ug", 7, 7, "ug"),
    ("step_ul", "ml", "0.05", 50, "ul"),
    ("step_ul", "ul", 7, 7, "ul"),
    ("alcohol_permille_milli", "permille", "0.5", 500, "permille_milli"),
    ("stop_breaths_per_minute", "breaths per minute", 10, 10, "breaths_per_minute"),
    ("wait_minutes", "minutes", 7, 7, "minutes"),
    ("wait_minutes", "hours", 2, 120, "minutes"),
    ("window_days", "days", 7, 7, "days"),
    ("ecg_months", "months", 12, 12, "months"),
    ("qtc_ms", "ms", 450, 450, "ms"),
    ("sign_poss", "POSS", 2, 2, "poss"),
    ("rise_percent", "percent", 50, 50, "percent"),
    ("sessions_count", "count", 2, 2, "count"),
    ("alarm_factor", "factor", 10, 10, "factor"),
    ("marked_cows", "COWS", 13, 13, "cows"),
    ("renal_ml_per_minute", "ml/min", 50, 50, "ml_per_minute"),
]
POLICIES = [
    ("missed_days_anchor", "last_covered", "anchor"),
    ("missed_days_anchor", "last_swallowed", "anchor"),
    ("missed_days_anchor", "planned_pickup", "anchor"),
    ("missed_days_inclusive", True, "yes/no"),
    ("medicine_table", "substances", "table"),
    ("missed_days_count_closed", False, "yes/no"),
    ("other_day_stops", True, "yes/no"),
    ("methadone_first_day_inclusive", True, "yes/no"),
    ("requires_medicine_list", True, "yes/no"),
    ("requires_home_safety", True, "yes/no"),
    ("requires_health", True, "yes/no"),
    ("requires_session_record", True, "yes/no"),
    ("requires_loss_record", True, "yes/no"),
]


def entry(value: object, unit: str, **more: object) -> dict[str, object]:
    """A number's table as the file holds it."""
    lines = {"value": value, "unit": unit, "source": "a test"}
    return lines | {"confirmed_on": "never", "confirmed_by": "nobody yet"} | more


@pytest.mark.parametrize(("name", "unit", "value", "wanted", "base"), WRITTEN)
def test_units(name: str, unit: str, value: object, wanted: int, base: str) -> None:
    """H08 H09: milligrams, hours and per mille become whole base units, and nothing else does."""
    limit = limit_of(name, entry(value, unit))
    assert (limit.value, limit.unit, limit.source) == (wanted, base, "a test")
    for other in {written for _, written, *_ in WRITTEN} | {"", "g", "MG", base}:
        if other not in {written for one, written, *_ in WRITTEN if one == name}:
            with pytest.raises(RuleBookError, match=name):
                limit_of(name, entry(value, other))


@pytest.mark.parametrize(("name", "value", "unit"), POLICIES)
def test_policies(name: str, value: object, unit: str) -> None:
    """A policy is one of its words, or yes or no; never a number."""
    limit = limit_of(name, entry(value, unit))
    assert (limit.value, limit.unit) == (value, unit)
    for wrong in ("whenever", 1, 0, None):
        with pytest.raises(RuleBookError, match=name):
            limit_of(name, entry(wrong, unit))
    with pytest.raises(RuleBookError, match=name):
        limit_of(name, entry(value, "days"))


LARGER = """
    breathing_confirm_breaths_per_minute
    breathing_stop_breaths_per_minute
    buprenorphine_after_agonist_minutes
    depot_test_minutes
    diacetylmorphine_attempt_observation_minutes
    dissolve_minutes
    identifiers_count
    increase_window_days
    indkald_days
    indkald_notice_days
    indkald_observation_minutes
    interaction_change_days
    interval_daily_minutes
    interval_diacetylmorphine_minutes
    interval_split_minutes
    lost_replacement_minutes
    maoi_days
    methadone_first_day_inclusive
    methadone_usual_ug
    other_day_stops
    oxygen_confirm_percent
    oxygen_stop_percent
    pregnancy_step_days
    raised_dose_observation_minutes
    reduction_interval_days
    renal_confirm_ml_per_minute
    renal_severe_ml_per_minute
    requires_health
    requires_home_safety
    requires_loss_record
    requires_medicine_list
    requires_session_record
    restart_observation_minutes
    step_interval_days
    take_home_supervised_until_days
    taper_window_days
    titration_days
    vomit_same_day_minutes
    withdrawal_first_buprenorphine_cows
"""


def test_which_way_is_stricter() -> None:
    """Of most numbers the smaller is the stricter; of these the larger. Equal permits no more."""
    assert set(LARGER.split()) == LARGER_IS_STRICTER
    for name in LARGER.split():
        assert more_permissive(name, 1, 2)
        assert not more_permissive(name, 2, 2)
        assert not more_permissive(name, 3, 2)
    assert more_permissive("take_home_days", 3, 2)
    assert not more_permissive("take_home_days", 2, 2)
    assert not more_permissive("take_home_days", 1, 2)


def test_policies_cannot_be_compared() -> None:
    """Another word is more permissive, whichever; so is a word beside a number."""
    anchor = "missed_days_anchor"
    assert more_permissive(anchor, "last_covered", "last_swallowed")
    assert more_permissive(anchor, "last_swallowed", "last_covered")
    assert not more_permissive(anchor, "last_covered", "last_covered")
    assert more_permissive(anchor, "last_covered", 1)
    assert more_permissive(anchor, 1, "last_covered")


def test_weak_is_true_or_false() -> None:
    """Left out it is neither; anything else is an error."""
    for weak in (True, False):
        assert limit_of("qtc_ms", entry(1, "ms", weak=weak)).value == 1
    for weak in ("true", 1, None):
        with pytest.raises(RuleBookError, match="weak"):
            limit_of("qtc_ms", entry(1, "ms", weak=weak))


@pytest.mark.parametrize("nobody", ["", "nobody yet"])
def test_nobody_has_not_confirmed(nobody: str) -> None:
    """An empty name is nobody's; a date beside it is half a confirmation."""
    unsigned = entry(1, "ms", confirmed_by=nobody)
    assert limit_of("qtc_ms", unsigned).confirmed is False
    with pytest.raises(RuleBookError, match="qtc_ms"):
        limit_of("qtc_ms", unsigned | {"confirmed_on": date(2026, 11, 20)})


@pytest.mark.parametrize("value", ["0.0001", "0.5000000001", "1e-9"])
def test_less_than_a_whole_base_unit_is_an_error(value: str) -> None:
    """H08: nothing is rounded."""
    with pytest.raises(RuleBookError, match="whole"):
        limit_of("dose_ug", entry(value, "mg"))
