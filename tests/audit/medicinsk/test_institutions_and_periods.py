"""Institutions that open or close, people in two units, two records of one human, last year."""

from audit.medicinsk.model import Period
from audit.medicinsk.year import report
from tests.audit.medicinsk.by_hand import (
    CHEMIST,
    NORTH,
    SOUTH,
    YEAR,
    Ledger,
    counts,
    day,
    grid,
    mg,
)

LAST_YEAR = YEAR.year_before()


def moved() -> Ledger:
    """Person 1: north until 1 June with 60 mg, then south with 80 mg; ten doses in each."""
    ledger = Ledger()
    ledger.unit(NORTH)
    ledger.unit(SOUTH)
    person = ledger.person(1)
    person.order(day(1, 2, 2025), 60)
    person.daily(day(5, 1), day(5, 10), 60)
    person.end(day(6, 1), "moved")
    ledger.person(1, day(6, 1), SOUTH).order(day(6, 1), 80)
    person.daily(day(6, 1), day(6, 10))
    return ledger


def test_a_person_in_two_units_is_in_each_with_the_days_there_and_once_in_all() -> None:
    ledger = moved()
    doses = {unit: ledger.of("M3", unit).share("m3.supervised") for unit in (NORTH, SOUTH, None)}
    assert [counts(one) for one in doses.values()] == [(10, 0, 0), (10, 0, 0), (20, 0, 0)]
    levels = [ledger.of("M1", unit).distribution("m1.methadone") for unit in (NORTH, SOUTH, None)]
    assert [mg(one) for one in levels] == [[], [80], [80]]
    assert grid(ledger.of("M17", None).table("m17.ever")) == {"in-treatment": {"n": 1}}
    assert grid(ledger.of("M17", NORTH).table("m17.ever")) == {"moved": {"n": 1}}


def test_days_in_treatment_add_up_over_the_units() -> None:
    ledger = moved()
    days = [ledger.of("M19", unit).rate("m19.rate").person_days for unit in (NORTH, SOUTH, None)]
    # 1 January to 31 May, 1 June to 31 December.
    assert days == [151, 214, 365]


def test_a_unit_that_opened_during_the_year_says_so_and_counts_its_own_days() -> None:
    ledger = Ledger()
    ledger.unit(NORTH)
    ledger.unit(SOUTH, on=day(9, 1))
    ledger.person(1, day(9, 1), SOUTH)
    assert ledger.figures(SOUTH).institution.opened_on == day(9, 1)
    assert ledger.figures(NORTH).institution.opened_on is None
    assert ledger.of("M19", SOUTH).rate("m19.rate").person_days == 122


def test_a_unit_that_closed_during_the_year_says_so() -> None:
    ledger = Ledger()
    ledger.unit(NORTH)
    ledger.person(1).end(day(3, 31), "moved")
    ledger.of_unit("day-closed", day(3, 31), missed=0)
    assert ledger.figures().institution.closed_on == day(3, 31)
    # One in treatment: somebody forgot to close days, the unit is open.
    ledger.person(2)
    assert ledger.figures().institution.closed_on is None


def test_last_year_is_as_it_was_known_then() -> None:
    ledger = Ledger()
    ledger.unit(NORTH)
    person = ledger.person(1)
    person.order(day(1, 2, 2025), 60)
    person.order(day(2, 1), 90)
    person.care(day(2, 1), sedatives_high_ug=5_000, taper_state="informed")
    all_of_it = ledger.counted(YEAR, LAST_YEAR)
    now, then = (all_of_it.figures[NORTH, one] for one in (YEAR, LAST_YEAR))
    assert mg(now.indicator("M1").distribution("m1.methadone")) == [90]
    assert mg(then.indicator("M1").distribution("m1.methadone")) == [60]
    assert counts(then.indicator("M10").share("m10.any")) == (0, 0, 1)


def test_the_report_has_last_year_only_where_the_ledger_tells_of_it() -> None:
    ledger = Ledger()
    ledger.unit(NORTH)
    ledger.unit(SOUTH, on=day(2, 1))
    ledger.unit(CHEMIST)
    counted = ledger.counted(YEAR, LAST_YEAR)
    north, south = (report(counted, one, YEAR, ()) for one in (NORTH, SOUTH))
    assert north.before is not None and north.before.period == LAST_YEAR
    assert south.before is None
    assert [one.institution.code for one in north.others] == ["syd"]
    assert north.whole.institution.unit_id is None


def test_any_period_may_be_asked_and_a_leap_day_has_a_year_before() -> None:
    assert Period(day(2, 29, 2028), day(2, 29, 2028)).year_before().first == day(2, 28, 2027)
    ledger = moved()
    may = Period(day(5, 1), day(5, 5))
    assert counts(ledger.of("M3", NORTH, may).share("m3.supervised")) == (5, 0, 0)


def test_two_records_of_one_human_are_one_person() -> None:
    ledger = Ledger()
    ledger.unit(NORTH)
    ledger.person(1).order(day(1, 2, 2025), 60)
    ledger.people[1].give(day(3, 1))
    ledger.person(2, day(2, 1)).order(day(2, 1), 80)
    ledger.people[2].give(day(3, 2))
    ledger.people[2].tell("person-absorbed", day(4, 1), merge=1, survivor=1, ended_on=day(4, 1))
    ledger.absorbed = {2: 1}
    assert mg(ledger.of("M1").distribution("m1.methadone")) == [60]
    assert counts(ledger.of("M3").share("m3.supervised")) == (2, 0, 0)
    assert grid(ledger.of("M17").table("m17.ever")) == {"in-treatment": {"n": 1}}


def test_from_a_merge_on_what_either_record_knew_counts() -> None:
    """Of two findings the one that asks for more care, as the service; nothing before the day."""
    ledger = Ledger()
    ledger.unit(NORTH)
    ledger.person(1).order(day(1, 2), 120)
    ledger.people[1].care(day(1, 5), ecg_on=day(1, 5), qtc_ms=430, sedatives_high_ug=0)
    ledger.person(2, day(1, 2)).order(day(1, 2), 20)
    ledger.people[2].care(day(1, 5), ecg_on=day(1, 3), qtc_ms=510, sedatives_high_ug=40_000)
    ledger.people[2].tell("person-absorbed", day(6, 1), merge=1, survivor=1, ended_on=day(6, 1))
    ledger.absorbed = {2: 1}
    found = ledger.of("M13")
    assert found.distribution("m13.qtc").values == (510,)
    assert counts(ledger.of("M10").share("m10.any")) == (1, 0, 0)
    before = Period(day(1, 1), day(5, 31))
    assert ledger.of("M13", period=before).distribution("m13.qtc").values == (430,)
    # What is found after the merge is newer than what came along.
    ledger.people[1].care(day(7, 1), qtc_ms=440)
    assert ledger.of("M13").distribution("m13.qtc").values == (440,)


def test_a_person_all_of_whose_payloads_are_erased_is_counted_as_unknown() -> None:
    ledger = Ledger()
    ledger.unit(NORTH)
    ledger.person(1)
    ledger.person(2).order(day(1, 2, 2025), 60)
    for place, entry in enumerate(ledger.entries):
        if entry.person_id == 2:
            ledger.erase(place)
    figures = ledger.figures()
    assert figures.erased == 2
    ever = figures.indicator("M17").table("m17.ever")
    assert grid(ever) == {"in-treatment": {"n": 1}, "unknown": {"n": 1}}


def test_an_entry_after_the_audit_date_changes_nothing_before_it() -> None:
    ledger = moved()
    before = ledger.figures(SOUTH)
    ledger.people[1].order(day(1, 2, 2027), 200)
    ledger.people[1].end(day(1, 3, 2027), "dead")
    assert ledger.figures(SOUTH).indicators == before.indicators
