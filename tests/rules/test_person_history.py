"""The projection of a person: decisions and findings as they hold on a day (H03, H13, H17, H23)."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import pytest

from dosing_rules import (
    NO_DEPOT,
    NO_INDKALD,
    NO_MEASURE,
    Arrangement,
    Depot,
    DoseAsked,
    DoseStep,
    Patient,
    Sedatives,
    Unit,
)
from dosing_rules.history import Held
from dosing_rules.person_history import PersonHistory
from dosing_rules.recorded import Loss
from dosing_rules.unit_history import UnitHistory
from tests.rules.test_history import at, home, on
from tests.spec.standard import METHADONE, prescription

UNIT = Unit(1, frozenset(), frozenset())
EVERY_DAY = frozenset(range(1, 8))
SUPERVISED = Arrangement(False, EVERY_DAY, EVERY_DAY, 0)
CARE = {"new_to_treatment": False, "first_dose_on": on(-300), "pregnant": False, "qtc_ms": 420}


def order(version: int = 1, day: int = -100, ug: int = 80_000) -> Any:
    return prescription(
        prescription_id=1, version=version, product=METHADONE, daily_ug=ug, parts_ug=(ug,),
        valid_from=on(day),
    )  # fmt: skip


def person() -> PersonHistory:
    """Enrolled at unit 1, ordered 80 mg, everything supervised, everything recorded."""
    history = PersonHistory()
    history.enrolled(1)
    history.prescribed(order())
    history.arranged(on(-100), SUPERVISED)
    history.found(CARE | {"taper_state": "none", "sedatives_low_ug": 0, "sedatives_high_ug": 0})
    return history


def dose(history: PersonHistory, number: int, *doses: DoseAsked, day: int | None = None) -> None:
    """Reserved and given."""
    day = number if day is None else day
    asked = doses or (DoseAsked(on(day), 1, 80_000, "supervised"),)
    history.reserved(number, Held(at(day), on(day), 1, "methadone", asked))
    history.given(number, at(day, 8), [(1, 80_000)], None)


def facts(history: PersonHistory, day: int, doses: Sequence[DoseAsked] = ()) -> Patient:
    """Built, and at the same time held against the facts that are kept up to date.

    With that order in front which the doses are of.
    """
    built = history.facts(at(day, 9), on(day), UNIT).asked_of(doses)
    kept = history.now(at(day, 9), on(day), UNIT, doses=doses)
    for field in fields(Patient):
        assert getattr(kept, field.name) == (
            getattr(built, field.name)
            if field.name != "unsettled_claims"
            else type(kept.unsettled_claims)(built.unsettled_claims)
        ), field.name
    return built


def test_nobody_ever_told_of_is_not_recorded_rather_than_in_order() -> None:
    """What was never looked up is unknown, not "none"."""
    empty = facts(PersonHistory(), 0)
    assert empty.prescription is None and empty.arrangement is None
    assert empty.right_holder_unit_id is None
    assert empty.sedatives is None and empty.pregnant is None
    assert empty.diversion_supervised_until_on is None
    assert empty.indkald == NO_INDKALD and empty.vomits == () and empty.steps == ()


def test_an_order_holds_from_its_first_day_and_until_the_course_ends() -> None:
    """The order signed in the evening is tomorrow's; whose course ended has none."""
    history = person()
    history.prescribed(order(2, day=1, ug=90_000))
    assert [facts(history, day).prescription.version for day in (0, 1)] == [1, 2]  # type: ignore[union-attr]
    assert facts(history, 1).steps == (DoseStep(on(1), 80_000, 90_000),)
    assert facts(history, 14).steps and not facts(history, 15).steps
    history.ended(on(3))
    assert facts(history, 2).prescription is not None
    assert facts(history, 3).prescription is None
    history.enrolled(2)
    again = facts(history, 4)
    assert again.right_holder_unit_id == 2
    # Of the earlier course nothing comes back: no order, no step, no arrangement.
    assert (again.prescription, again.steps, again.arrangement) == (None, (), None)
    history.prescribed(order(3, day=4, ug=30_000))
    assert facts(history, 4).prescription is not None and not facts(history, 4).steps


def test_steps_lie_between_orders_whose_milligrams_compare() -> None:
    """H10: another substance, a depot after tablets, or another interval is no step."""

    def ordered(version: int, ug: int, substance: str, form: str, interval: int | None) -> None:
        one = order(version, day=version - 1, ug=ug)
        product = replace(one.product, substance=substance, form=form)
        history.prescribed(replace(one, product=product, depot_interval_days=interval))

    history = person()
    ordered(2, 16_000, "buprenorphine", "sublingual_tablet", None)
    ordered(3, 24_000, "buprenorphine", "depot", 7)
    ordered(4, 32_000, "buprenorphine", "depot", 7)
    ordered(5, 96_000, "buprenorphine", "depot", 28)
    ordered(6, 30_000, "methadone", "oral_solution", None)
    ordered(7, 40_000, "methadone", "tablet", None)
    assert facts(history, 9).steps == (
        DoseStep(on(3), 24_000, 32_000),
        DoseStep(on(6), 30_000, 40_000),
    )


def test_an_arrangement_holds_from_its_day_and_care_until_told_anew() -> None:
    history = person()
    later = replace(SUPERVISED, self_administration=True, take_home_days=6)
    history.arranged(on(2), later)
    assert [facts(history, day).arrangement for day in (1, 2)] == [SUPERVISED, later]
    history.found({"diversion_supervised_until_on": on(9)})
    assert facts(history, 2).diversion_supervised_until_on == on(9)
    assert facts(history, 2).qtc_ms == 420
    history.found({"diversion_supervised_until_on": None, "taper_state": None})
    assert facts(history, 2).diversion_supervised_until_on == NO_MEASURE
    assert facts(history, 2).sedatives is None
    assert facts(person(), 2).sedatives == Sedatives(0, 0, "none", None)


def test_the_right_to_a_day_stays_where_its_first_dose_was_reserved() -> None:
    """H03: whoever moves at noon is still today's of the place that handed out."""
    history = person()
    dose(history, 0, DoseAsked(on(0), 1, 80_000, "supervised"), *home(1))
    history.moved(2)
    assert [facts(history, day).right_holder_unit_id for day in (0, 1, 2)] == [1, 1, 2]


def test_on_a_guests_days_the_right_lies_at_the_other_place() -> None:
    """H02: on these days alone, whatever was handed out there, and while the holder is the same."""
    history = person()
    history.elsewhere.guest_decided([on(1), on(2)], 1, 4)
    dose(history, 1, DoseAsked(on(1), 1, 80_000, "supervised"), *home(3))
    holders = [facts(history, day).right_holder_unit_id for day in (0, 1, 2, 3)]
    assert holders == [1, 4, 4, 1]
    history.elsewhere.guest_withdrawn([on(2), on(9)])
    assert [facts(history, day).right_holder_unit_id for day in (1, 2)] == [4, 1]
    history.elsewhere.guest_decided([on(2)], 1, 4)
    history.ended(on(2))
    assert [facts(history, day).right_holder_unit_id for day in (1, 2)] == [4, 1]
    history.ended(on(3))
    assert facts(history, 2).right_holder_unit_id == 4
    history.moved(2)
    assert [facts(history, day).right_holder_unit_id for day in (1, 2)] == [1, 2]


def test_a_guests_dose_poured_before_midnight_is_still_of_its_day() -> None:
    """H03: asked about after midnight, the right lies where the dose was poured."""
    history = person()
    history.elsewhere.guest_decided([on(1)], 1, 4)
    history.reserved(
        50, Held(at(1, 23), on(1), 4, "methadone", (DoseAsked(on(1), 1, 80_000, "supervised"),))
    )
    there = Unit(4, frozenset(), frozenset())
    assert history.facts(at(2, 0), on(2), there, about=50).right_holder_unit_id == 4
    assert history.facts(at(2, 0), on(2), there).right_holder_unit_id == 1


def test_a_guests_day_is_no_closed_day_of_theirs() -> None:
    """H15: at home; at the other place its own closed days stay, that day's included."""
    history, closed = person(), frozenset({on(1), on(2)})
    history.elsewhere.guest_decided([on(1)], 1, 4)
    for unit_id, left in ((1, {on(2)}), (4, {on(1), on(2)})):
        unit = Unit(unit_id, frozenset(), closed)
        for built in (history.facts(at(0, 9), on(0), unit), history.now(at(0, 9), on(0), unit)):
            assert built.unit is not None and built.unit.closed_on == left
    assert facts(history, 0).unit is UNIT


def test_a_period_counts_its_days_and_tells_when_the_next_is_due() -> None:
    """H17: an indkald ends with the last day completed."""
    history = person()
    history.indkald_planned(7, [on(1), on(2)])
    assert facts(history, 1).indkald.days == (on(1), on(2))  # type: ignore[union-attr]
    dose(history, 1)
    history.indkald_day_completed(on(1), None)
    history.indkald_day_completed(on(1), None)
    assert facts(history, 2).indkald.completed == (on(1),)  # type: ignore[union-attr]
    dose(history, 2)
    history.indkald_day_completed(on(2), on(367))
    assert facts(history, 2).indkald == NO_INDKALD
    assert facts(history, 2).indkald_due_on == on(367)
    # H23: the last day never was: the period runs again, and nobody knows when the next is due.
    history.taken_back(2, on(2))
    assert facts(history, 2).indkald.completed == (on(1),)  # type: ignore[union-attr]
    assert facts(history, 2).indkald_due_on is None
    history.indkald_changed(7, "broken", [on(1)])
    assert facts(history, 2).indkald == NO_INDKALD


def test_a_period_agreed_on_counts_as_far_ahead_as_doses_are_handed_out() -> None:
    """H01, H18: a supply fetched before it begins must leave out its days."""
    history = person()
    history.indkald_planned(7, [on(36), on(37)])
    history.indkald_planned(8, [on(50)])
    assert facts(history, 0).indkald == NO_INDKALD
    assert facts(history, 1).indkald.days == (on(36), on(37))  # type: ignore[union-attr]
    # Other days are agreed on: they hold at once.
    history.indkald_changed(7, "running", [], [on(3), on(4)])
    assert facts(history, 1).indkald.days == (on(3), on(4))  # type: ignore[union-attr]
    history.indkald_changed(7, "moved", [])
    assert facts(history, 1).indkald == NO_INDKALD
    assert facts(history, 15).indkald.days == (on(50),)  # type: ignore[union-attr]


def test_the_latest_no_of_a_doctor_takes_back_what_was_allowed() -> None:
    """The most that was allowed since the last "no", for that day only."""
    history = person()
    for allow, extra_ug, left_ug in (
        (True, 40_000, 40_000),
        (True, 20_000, 40_000),
        (False, 0, 0),
        (True, 10_000, 10_000),
    ):
        history.doctor_decided(on(0), allow, extra_ug)
        assert facts(history, 0).extra_ug_allowed_today == left_ug
    assert facts(history, 1).extra_ug_allowed_today == 0


def test_a_dose_of_before_midnight_is_asked_about_as_of_its_own_day() -> None:
    """H03: coverage and a doctor's word of the day it was poured, without its own claims."""
    history = person()
    dose(history, 0)
    history.doctor_decided(on(1), True, 5_000)
    asked = (DoseAsked(on(1), 1, 80_000, "supervised"),)
    history.reserved(1, Held(at(1), on(1), 1, "methadone", asked))
    about = history.now(at(2, 0), on(2), UNIT, about=1)
    assert about.last_covered_on == on(0) and about.extra_ug_allowed_today == 5_000
    assert [claim.for_on for claim in about.claims or ()] == [on(0)]


def test_vomiting_is_told_for_a_day_and_a_night() -> None:
    history = person()
    dose(history, 0)
    history.vomited(at(0, 10), 30, True)
    asked = [history.now(at(0, 10) + timedelta(hours=h), on(1), UNIT).vomits for h in (23, 24)]
    assert [len(vomits or ()) for vomits in asked] == [1, 0]
    assert facts(history, 3).vomits == ()


def test_a_first_dose_that_never_was_begins_nothing() -> None:
    """H23: the course begins with a dose, and without one its beginning is unknown."""
    history = person()
    history.found({"new_to_treatment": True, "first_dose_on": None})
    asked = (DoseAsked(on(0), 1, 30_000, "supervised"),)
    history.reserved(1, Held(at(0), on(0), 1, "methadone", asked))
    history.given(1, at(0, 8), [(1, 30_000)], on(0))
    begun = facts(history, 0)
    assert (begun.new_to_treatment, begun.first_dose_on) == (False, on(0))
    history.taken_back(1, None)
    assert facts(history, 0).first_dose_on is None


def test_facts_that_are_kept_up_to_date_stay_right_through_many_days() -> None:
    """Built and kept are compared on every day, over orders, periods and reversals."""
    history = person()
    history.prescribed(order(2, day=10, ug=90_000))
    history.indkald_planned(1, [on(20), on(21)])
    for day in range(45):
        facts(history, day)
        if day == 31:
            history.moved(2)
        dose(history, day)
        if day in (20, 21):
            history.indkald_day_completed(on(day), on(386) if day == 21 else None)
        facts(history, day)
        if day == 40:
            history.taken_back(day, None)


def test_a_place_is_as_it_was_decided_before() -> None:
    """Licences from and to a day, closed days in sight, open again; all by place in the chain."""
    unit = UnitHistory(1)
    assert unit.facts(1, on(0)) == Unit(1, frozenset(), frozenset())
    unit.licensed(10, [("methadone_injection", on(0), None), ("diacetylmorphine", on(0), on(5))])
    unit.calendar(20, [on(1), on(40)])
    unit.calendar(30, [on(2)], [on(1)])
    assert unit.facts(10, on(0)).licences == frozenset()
    assert unit.facts(15, on(0)).licences == {"methadone_injection", "diacetylmorphine"}
    assert unit.facts(15, on(6)).licences == {"methadone_injection"}
    assert unit.facts(25, on(0)).closed_on == {on(1)}
    assert unit.facts(31, on(0)).closed_on == {on(2)}
    assert unit.facts(31, on(20)).closed_on == {on(40)}
    assert unit.facts(15, on(0)).licences == {"methadone_injection", "diacetylmorphine"}
    assert isinstance(on(0), date)


def test_a_dose_at_home_told_lost_is_told_until_its_day_has_passed() -> None:
    """H15: in order of their days, and nothing where none is in sight."""
    history = person()
    dose(history, 0, DoseAsked(on(0), 1, 80_000, "supervised"), *home(1, 2, 3))
    history.lost(Loss(on(3), True))
    history.lost(Loss(on(2), False))
    assert facts(history, 1).losses == (Loss(on(2), False), Loss(on(3), True))
    assert facts(history, 3).losses == (Loss(on(3), True),)
    assert facts(history, 4).losses is None


def test_only_the_period_that_a_reversed_day_belongs_to_runs_again() -> None:
    """H17, H23: two periods, and one whose plan names no day."""
    history = person()
    history.indkald_planned(1, [on(0)])
    history.indkald_planned(2, [on(5), on(6)])
    history.indkald_planned(3, [])
    for day in (0, 5):
        dose(history, day)
        history.indkald_day_completed(on(day), on(365) if day == 0 else None)
    # Running, not completed: when the next is due stays as it was told.
    history.taken_back(5, on(5))
    left = facts(history, 5)
    assert left.indkald is not None and left.indkald.completed == ()
    assert left.indkald_due_on == on(365)
    assert facts(history, 0).indkald == left.indkald


def test_whose_right_a_day_is_is_remembered_no_longer_than_it_can_be_asked() -> None:
    """H03: a year of doses keeps the days of the last fortnight and those ahead."""
    history = person()
    for day in range(200):
        dose(history, day)
    history.moved(2)
    assert facts(history, 199).right_holder_unit_id == 1
    assert facts(history, 200).right_holder_unit_id == 2


def test_what_is_kept_of_a_place_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgotten and built anew, it says the same."""
    monkeypatch.setattr("dosing_rules.unit_history._MOST_KEPT", 2)
    unit = UnitHistory(1)
    unit.calendar(1, [on(3)])
    for day in (0, 1, 2, 0):
        assert unit.facts(5, on(day)).closed_on == {on(3)}


def test_a_dose_taken_and_not_given_is_seen_and_so_are_two_parts_of_a_day() -> None:
    """H06, H11: kept and built agree while something is open, and after the day's second part."""
    history = person()
    dose(history, 0)
    facts(history, 0)
    parts = [DoseAsked(on(1), part, 40_000, "supervised") for part in (1, 2)]
    history.reserved(1, Held(at(1), on(1), 1, "methadone", parts))
    assert [claim.state for claim in facts(history, 1).unsettled_claims] == ["reserved"] * 2
    history.given(1, at(1, 8), [(1, 40_000), (2, 40_000)], None)
    assert len(facts(history, 1).claims_on(on(1))) == 2


def test_the_last_depot_is_a_fact_and_none_is_known_to_be_none() -> None:
    """H03: built and kept alike; tablets after it leave it where it was."""
    history = person()
    assert facts(history, 0).last_depot == NO_DEPOT
    asked = (DoseAsked(on(1), 1, 64_000, "supervised"),)
    given = Depot(on(1), 28)
    history.reserved(1, Held(at(1), on(1), 1, "buprenorphine", asked, depot=given))
    assert facts(history, 1).last_depot == NO_DEPOT
    history.given(1, at(1, 8), [(1, 64_000)], None)
    assert facts(history, 1).last_depot == given and facts(history, 1).depot_before
    dose(history, 2)
    assert facts(history, 3).last_depot == given
    history.taken_back(1, None)
    assert facts(history, 3).last_depot == NO_DEPOT and not facts(history, 3).depot_before


def test_a_dose_that_begins_no_course_leaves_its_first_day_as_it_was() -> None:
    """H01: else every dose would be judged as a first day, or none of a new course."""
    history = person()
    dose(history, 1)
    begun = facts(history, 2)
    assert (begun.first_dose_on, begun.new_to_treatment) == (on(-300), False)
    unknown = PersonHistory()
    unknown.enrolled(1)
    unknown.reserved(1, Held(at(1), on(1), 1, "methadone", (DoseAsked(on(1), 1, 1, "supervised"),)))
    unknown.given(1, at(1, 8), [(1, 1)], on(1))
    assert facts(unknown, 2).first_dose_on is None
