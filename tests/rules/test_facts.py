"""What is derived from facts once: what is asked and claimed by day, and which rules to ask."""

from dataclasses import MISSING, fields, replace
from datetime import date, timedelta
from typing import Any

import pytest

from dosing_rules import (
    Claim,
    DoseAsked,
    Health,
    HomeSafety,
    Indkald,
    Observed,
    Patient,
    SedativeChange,
    Sedatives,
    Session,
    Vomit,
)
from tests.spec.standard import NOW, TODAY, patient, request

TOMORROW = TODAY + timedelta(days=1)


def claim(on: date, amount_ug: int = 80_000, state: str = "given") -> Claim:
    """A dose of one day."""
    return Claim(on, 1, amount_ug, "supervised", state, 1, NOW)  # type: ignore[arg-type]


def test_asked_by_day() -> None:
    """The parts of a day together; nothing for a day that is not asked for."""
    home = DoseAsked(TOMORROW, 1, 30_000, "take_home")
    doses = (*request().doses, home, replace(home, part=2, amount_ug=1))
    asked = request(doses=doses)
    assert (asked.asked_ug(TODAY), asked.asked_ug(TOMORROW)) == (80_000, 30_001)
    assert asked.asked_ug(TODAY - timedelta(days=1)) == 0
    assert (asked.first_day, asked.last_day) == (TODAY, TOMORROW)
    assert (len(asked.take_home), len(asked.supervised)) == (2, 1)


def test_nothing_asked_is_today() -> None:
    """Without a dose both ends are today."""
    asked = request(doses=())
    assert (asked.first_day, asked.last_day, asked.weighed) == (TODAY, TODAY, ())


def test_one_dose_of_each_kind_is_weighed() -> None:
    """The same kind, part and amount on other days is like the first."""
    home = DoseAsked(TOMORROW, 1, 30_000, "take_home")
    doses = (home, replace(home, for_on=TODAY), replace(home, part=2), replace(home, amount_ug=1))
    assert request(doses=doses).weighed == (home, doses[2], doses[3])


@pytest.mark.parametrize(
    "seen",
    [
        {"affected": None},
        {"affected": True},
        {"declined": None},
        {"declined": True},
        {"sedation_poss": 0},
        {"breaths_per_minute": 14},
        {"alcohol_permille_milli": 0},
        {"oxygen_percent": 98},
        {"pupils_pinpoint": False},
        {"withdrawal_cows": 0},
    ],
)
def test_seen_well_is_only_not_affected(seen: dict[str, Any]) -> None:
    """Anything more that was seen, or not answered, is looked at."""
    assert request(observed=Observed(affected=False)).seen_well
    assert not request(observed=Observed(**{"affected": False} | seen)).seen_well


def test_claims_by_day() -> None:
    """All of a day, the latest day, and those whose end is not known."""
    two = (claim(TODAY, 1), claim(TOMORROW, 2), claim(TODAY, 4, "reserved"))
    person = patient(claims=two)
    assert (person.claimed_ug(TODAY), person.claimed_ug(TOMORROW)) == (5, 2)
    assert person.claimed_ug(TODAY - timedelta(days=1)) == 0
    assert person.last_claim_on == TOMORROW
    assert list(person.unsettled_claims) == [two[2]]
    assert patient(claims=()).last_claim_on == patient(claims=None).last_claim_on == date.min


@pytest.mark.parametrize(
    "facts",
    [
        {"pregnant": True},
        {"pregnant": None},
        {"vomits": None},
        {"vomits": (Vomit(NOW, 10, True),)},
        {"indkald": None},
        {"indkald": Indkald((TODAY,), ())},
        {"sedatives": None},
        {"sedatives": Sedatives(0, 1, "none")},
    ],
)
def test_watched(facts: dict[str, Any]) -> None:
    """There is one of them, or nobody recorded it."""
    assert not patient().watched
    assert patient(**facts).watched


@pytest.mark.parametrize(
    "facts",
    [
        {"medicines": ()},
        {"home_safety": HomeSafety(True, True)},
        {"health": Health(90, False)},
        {"session": Session(0, None, True)},
        {"losses": ()},
    ],
)
def test_more_is_recorded(facts: dict[str, Any]) -> None:
    """Any of the groups few services keep."""
    assert not patient().more_recorded
    assert patient(**facts).more_recorded


def test_what_a_trailing_fact_means_when_it_is_left_out() -> None:
    """Not new, no extra, nothing decided ahead; everything else not recorded."""
    needed = {one.name: None for one in fields(Patient) if one.init and one.default is MISSING}
    person = Patient(**needed)
    left_out = {one.name: getattr(person, one.name) for one in fields(Patient) if one.init}
    told = {name: value for name, value in left_out.items() if value is not None}
    nothing = {"new_to_treatment": False, "extra_ug_allowed_today": 0, "at_night": False}
    assert told == nothing | {"arranged_ahead": ()}
    taper = SedativeChange(1, 1, None, None, None, None, None)
    assert taper.plan == "none"
    seen = Observed()
    assert {one.name for one in fields(seen) if getattr(seen, one.name) is not None} == {"declined"}
    assert seen.declined is False
