"""Each fact of a record: the last value that may be true, the first that cannot (H06, H11)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dosing_rules import (
    NO_MEASURE,
    ArrangedAhead,
    Claim,
    DoseStep,
    Health,
    Indkald,
    Loss,
    Medicine,
    Patient,
    Sedatives,
    Session,
    TakeHomeException,
    Vomit,
)
from dosing_rules.plausible import first_impossible
from tests.spec.standard import NOW, arrangement, patient, prescription

FIRST, LAST = date(1971, 1, 1), date(2099, 12, 31)
DAY = timedelta(days=1)
CLAIM = Claim(date(2026, 11, 23), 1, 80_000, "supervised", "given", 1, NOW)
STEP = DoseStep(date(2026, 11, 1), 70_000, 80_000)
DAYS = (
    *("last_covered_on", "planned_pickup_on", "first_dose_on", "indkald_due_on", "ecg_on"),
    *("reviewed_on", "last_swallowed_on", "urine_on", "naloxone_on"),
    "diversion_supervised_until_on",
)


def moment(day: date) -> datetime:
    """Noon of a day."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def named(name: str, value: Any) -> str | None:
    """The first fact that cannot be true of the standard patient with one fact changed."""
    return first_impossible(replace(patient(), **{name: value}))


@pytest.mark.parametrize("name", DAYS)
def test_days(name: str) -> None:
    """What programs write for nothing is no day: 1 January 1970, the year 1, 9999."""
    assert named(name, FIRST) is None
    assert named(name, LAST) is None
    assert named(name, None) is None
    assert named(name, FIRST - DAY) == name
    assert named(name, LAST + DAY) == name


def test_no_measure_is_none_and_no_garbled_day() -> None:
    """``NO_MEASURE`` says that none is in force; nowhere else is that day one."""
    assert named("diversion_supervised_until_on", NO_MEASURE) is None
    assert named("ecg_on", NO_MEASURE) == "ecg_on"


# For each place: how one day stands in it.
def _steps(day: date) -> Any:
    return (replace(STEP, on=day),)


PLACES: dict[str, Any] = {
    "arranged_ahead": lambda day: (ArrangedAhead(day, arrangement()),),
    "steps": _steps,
    "vomits": lambda day: (Vomit(moment(day), 10, True),),
    "claims": lambda day: (replace(CLAIM, for_on=day),),
    "sedatives": lambda day: Sedatives(1, 1, "agreed", day),
    "last_swallowed_at": moment,
    "losses": lambda day: (Loss(day, True),),
    "session": lambda day: Session(0, moment(day), True),
}
PAIRS: dict[str, Any] = {
    "indkald": lambda one, other: Indkald((one,), (other,)),
    "medicines": lambda one, other: (Medicine("C09AA02", one, other),),
    "prescription": lambda one, other: prescription(valid_from=one, valid_to=other),
    "arrangement": lambda one, other: arrangement(exception=TakeHomeException(14, one, other)),
}


@pytest.mark.parametrize("name", list(PLACES))
def test_days_within_parts(name: str) -> None:
    """The same wherever a day or moment stands."""
    made = PLACES[name]
    for day, wanted in ((FIRST, None), (LAST, None), (FIRST - DAY, name), (LAST + DAY, name)):
        assert named(name, made(day)) == wanted


@pytest.mark.parametrize("name", list(PAIRS))
def test_pairs_of_days_within_parts(name: str) -> None:
    """Each of the two days for itself."""
    made = PAIRS[name]
    assert named(name, made(FIRST, LAST)) is None
    assert named(name, made(LAST, FIRST)) is None
    for gone in (FIRST - DAY, LAST + DAY):
        assert named(name, made(gone, LAST)) == name
        assert named(name, made(FIRST, gone)) == name


def _order(**changes: Any) -> Any:
    return prescription(**changes)


# Fact, value, whether it can be true.
VALUES: list[tuple[str, Any, bool]] = [
    ("last_swallowed_ug", 0, True),
    ("last_swallowed_ug", -1, False),
    ("last_swallowed_substance", None, True),
    *[("last_swallowed_substance", one, True) for one in ("methadone", "buprenorphine")],
    ("last_swallowed_substance", "diacetylmorphine", True),
    ("last_swallowed_substance", "", False),
    ("extra_ug_allowed_today", 0, True),
    ("extra_ug_allowed_today", None, True),
    ("extra_ug_allowed_today", -1, False),
    ("claims", (replace(CLAIM, amount_ug=1),), True),
    ("claims", (replace(CLAIM, amount_ug=0),), False),
    ("claims", (CLAIM, replace(CLAIM, amount_ug=-1)), False),
    ("claims", (replace(CLAIM, part=0),), False),
    *[("claims", (replace(CLAIM, state=one),), True) for one in ("reserved", "uncertain")],
    ("claims", (replace(CLAIM, how="take_home"),), True),
    ("claims", (replace(CLAIM, how="?"),), False),
    ("claims", (replace(CLAIM, state="?"),), False),
    ("steps", (replace(STEP, from_ug=0, to_ug=0),), True),
    ("steps", (replace(STEP, from_ug=-1),), False),
    ("steps", (STEP, replace(STEP, to_ug=-1)), False),
    ("sedatives", Sedatives(0, 0, "none"), True),
    ("sedatives", Sedatives(5, 5, "none"), True),
    ("sedatives", Sedatives(-1, 5, "none"), False),
    ("sedatives", Sedatives(6, 5, "none"), False),
    *[("health", Health(one, False), True) for one in (None, 0, 300)],
    *[("health", Health(one, False), False) for one in (-1, 301)],
    *[("session", Session(one, None, True), True) for one in (None, 0)],
    ("session", Session(-1, None, True), False),
    *[("arrangement", arrangement(take_home_days=one), True) for one in (None, 0, 366)],
    *[("arrangement", arrangement(take_home_days=one), False) for one in (-1, 367)],
    *[
        ("arrangement", arrangement(**{name: frozenset(days)}), possible)
        for name in ("supervised_weekdays", "pickup_weekdays")
        for days, possible in (({1, 7}, True), ((), True), ({0}, False), ({8}, False))
    ],
    ("arrangement", arrangement(supervised_weekdays=frozenset(range(1, 8))), True),
    ("arrangement", arrangement(pickup_weekdays=frozenset(range(1, 8))), True),
    *[
        ("arrangement", arrangement(exception=TakeHomeException(days, FIRST, LAST)), possible)
        for days, possible in ((0, True), (366, True), (-1, False), (367, False))
    ],
    *[("prescription", _order(depot_interval_days=one), True) for one in (None, 366)],
    ("prescription", _order(depot_interval_days=367), False),
    ("prescription", _order(weekday_ug=(0,) * 7), True),
    ("prescription", _order(weekday_ug=(-1, 0, 0, 0, 0, 0, 0)), False),
    ("prescription", _order(weekday_ug=()), False),
]


@pytest.mark.parametrize(("name", "value", "possible"), VALUES)
def test_values(name: str, value: Any, possible: bool) -> None:
    """Less than nothing, words nobody uses, more days than a year has."""
    assert named(name, value) == (None if possible else name)


def test_nothing_recorded_is_not_impossible() -> None:
    """Not recorded is each rule's own question."""
    person = patient()
    for one in Patient.__dataclass_fields__.values():
        if one.init:
            assert first_impossible(replace(person, **{one.name: None})) is None
