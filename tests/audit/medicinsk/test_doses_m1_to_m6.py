"""M1-M6 from small ledgers: each result worked out by hand, each with an error that changes it."""

from datetime import date, timedelta

import pytest

from tests.audit.medicinsk.by_hand import (
    BOOK,
    CHEMIST,
    NORTH,
    SOUTH,
    Ledger,
    counts,
    day,
    grid,
    mg,
    other_book,
)


def two_units() -> Ledger:
    ledger = Ledger()
    ledger.unit(NORTH)
    ledger.unit(SOUTH)
    return ledger


# M1


def dose_levels() -> Ledger:
    """On 31 December: 60, 80 and 100 mg methadone, 16 mg buprenorphine, one without an order."""
    ledger = two_units()
    for number, dose in ((1, 60), (2, 80), (3, 90)):
        ledger.person(number).order(day(1, 2, 2025), dose)
    ledger.people[3].order(day(3, 1), 100)
    ledger.person(4).order(day(5, 1), 16, "buprenorphine")
    ledger.person(5).order(day(1, 2, 2025), 70, until=day(6, 30))
    ledger.person(6, unit_id=SOUTH).order(day(5, 1), 40)
    ledger.person(7).order(day(5, 1), 200)
    ledger.people[7].end(day(12, 1), "moved")
    return ledger


def test_m1_each_preparation_has_its_doses_of_the_audit_date() -> None:
    found = dose_levels().of("M1")
    methadone = found.distribution("m1.methadone")
    assert mg(methadone) == [60, 80, 100]
    assert methadone.people == (1, 2, 3)
    assert (methadone.median, methadone.quartiles) == (80_000, (60_000, 100_000))
    assert mg(found.distribution("m1.buprenorphine")) == [16]
    assert methadone.unknown.people == (5,)


def test_m1_the_change_is_of_those_who_had_it_the_day_before_the_period() -> None:
    change = dose_levels().of("M1").distribution("m1.change.methadone")
    assert list(zip(change.people, mg(change), strict=True)) == [(1, 0), (2, 0), (3, 10)]


def test_m1_the_histogram_has_every_value_once() -> None:
    methadone = dose_levels().of("M1").distribution("m1.methadone")
    assert methadone.edges[:5] == (20_000, 40_000, 60_000, 80_000, 100_000)
    assert methadone.histogram() == (0, 0, 1, 1, 1, 0, 0, 0, 0, 0)


def test_m1_all_together_has_every_institution() -> None:
    assert mg(dose_levels().of("M1", None).distribution("m1.methadone")) == [40, 60, 80, 100]


def test_m1_error_a_dose_ten_times_too_large_moves_the_median() -> None:
    ledger = dose_levels()
    ledger.people[1].order(day(12, 30), 600)
    assert ledger.of("M1").distribution("m1.methadone").median == 100_000


def test_m1_error_an_erased_order_is_unknown_and_never_the_one_before() -> None:
    ledger = dose_levels()
    ledger.erase(ledger.people[2].order(day(12, 1), 10))
    methadone = ledger.of("M1").distribution("m1.methadone")
    assert mg(methadone) == [60, 100]
    assert methadone.unknown.people == (2, 5)


# M2


def high_doses() -> Ledger:
    """The limit itself is not above it; 1 mg more is; a reason is one or is none."""
    limit = BOOK.methadone_high_ug // 1000
    ledger = two_units()
    ledger.person(1).order(day(2, 1), limit)
    ledger.person(2).order(day(2, 1), limit + 1, reason="Konference")
    ledger.person(3).order(day(2, 1), limit + 1)
    ledger.person(4).order(day(2, 1), BOOK.buprenorphine_high_ug // 1000 + 2, "buprenorphine")
    ledger.person(5).order(day(2, 1), 160, "depot")
    return ledger


def test_m2_counts_who_is_above_and_of_them_who_has_a_reason() -> None:
    found = high_doses().of("M2")
    assert counts(found.share("m2.methadone")) == (2, 1, 0)
    assert counts(found.share("m2.methadone.reason")) == (1, 1, 0)
    assert counts(found.share("m2.buprenorphine")) == (1, 0, 0)
    assert counts(found.share("m2.buprenorphine.reason")) == (0, 1, 0)


def test_m2_error_a_reason_left_out() -> None:
    ledger = high_doses()
    ledger.people[2].order(day(3, 1), 130)
    assert counts(ledger.of("M2").share("m2.methadone.reason")) == (0, 2, 0)


def test_m2_error_a_book_that_is_not_at_hand_makes_it_unknown() -> None:
    ledger = high_doses()
    ledger.adopt(("somebody-elses", "00"), day(6, 1))
    assert counts(ledger.of("M2").share("m2.methadone")) == (0, 0, 3)


# M3


def a_week(ledger: Ledger) -> None:
    """Person 1: three days here, two at home. Person 2: the pharmacy. Person 3: unit south."""
    one = ledger.person(1)
    for number in (1, 2):
        one.give(day(2, number))
    one.give(day(2, 3), home=[day(2, 4), day(2, 5)])
    ledger.person(2).give(day(2, 2), home=[day(2, 3)], unit_id=CHEMIST)
    ledger.person(3, unit_id=SOUTH).give(day(2, 2))


def practice() -> Ledger:
    ledger = two_units()
    ledger.unit(CHEMIST)
    a_week(ledger)
    return ledger


def test_m3_a_dose_day_counts_once_by_how_it_was_had() -> None:
    found = practice().of("M3")
    assert grid(found.table("m3.dose-days")) == {
        "supervised": {"n": 3},
        "take-home": {"n": 2},
        "pharmacy": {"n": 2},
    }
    assert counts(found.share("m3.supervised")) == (3, 4, 0)
    assert found.distribution("m3.supervised-days").values == (0, 3)


def test_m3_two_parts_of_a_day_are_one_dose_day_and_supervised_if_any_of_it_is() -> None:
    ledger = practice()
    ledger.people[1].give(day(2, 4), 40)
    assert grid(ledger.of("M3").table("m3.dose-days"))["supervised"] == {"n": 4}
    assert grid(ledger.of("M3").table("m3.dose-days"))["take-home"] == {"n": 1}


def test_m3_error_a_hand_out_recorded_twice_and_taken_back() -> None:
    ledger = practice()
    ledger.people[1].give(day(2, 6))
    assert ledger.of("M3").share("m3.supervised").yes.count == 4
    ledger.people[1].take_back(ledger.reservations, day(2, 6))
    assert ledger.of("M3").share("m3.supervised").yes.count == 3


def test_m3_error_a_dose_brought_back_unopened_was_not_had() -> None:
    ledger = practice()
    ledger.people[1].tell(
        "home-dose-returned", day(2, 6), reservation=3, for_on=day(2, 5), part=1, unopened=True
    )
    assert ledger.of("M3").share("m3.take-home").yes.count == 1


def test_m3_error_an_erased_hand_out_is_unknown() -> None:
    ledger = practice()
    ledger.erase(ledger.people[1].give(day(2, 7)))
    assert counts(ledger.of("M3").share("m3.supervised")) == (3, 4, 1)
    assert ledger.figures().erased == 1


# M4


def supplies() -> Ledger:
    """Home for 2 days, for the limit, for one more with an exception, for one more without."""
    limit, ledger = BOOK.take_home_days, two_units()

    def home(first: date, days: int) -> list[date]:
        return [first + timedelta(days=ahead) for ahead in range(1, days + 1)]

    one = ledger.person(1)
    one.arrange(day(1, 5))
    one.give(day(2, 1), home=home(day(2, 1), 2))
    one.give(day(3, 1), home=home(day(3, 1), limit))
    one.arrange(day(4, 1), exception=(limit + 1, day(4, 1), day(4, 20)))
    one.give(day(4, 2), home=home(day(4, 2), limit + 1))
    one.give(day(5, 1), home=home(day(5, 1), limit + 1))
    return ledger


def test_m4_supplies_by_length_and_who_is_over_the_limit() -> None:
    found, limit = supplies().of("M4"), BOOK.take_home_days
    assert grid(found.table("m4.days")) == {
        "02": {"n": 1},
        f"{limit:02d}": {"n": 1},
        f"{limit + 1:02d}": {"n": 2},
    }
    assert counts(found.share("m4.over")) == (2, 2, 0)
    assert counts(found.share("m4.excepted")) == (1, 1, 0)


def test_m4_error_an_exception_that_had_ended_excuses_nothing() -> None:
    ledger = supplies()
    ledger.people[1].arrange(day(4, 1), exception=(BOOK.take_home_days + 1, day(4, 1), day(4, 1)))
    assert counts(ledger.of("M4").share("m4.excepted")) == (0, 2, 0)


def test_m4_a_changed_rule_book_counts_from_its_day_on() -> None:
    ledger = supplies()
    ledger.adopt(other_book("longer", take_home_days=BOOK.take_home_days + 1), day(5, 1))
    assert counts(ledger.of("M4").share("m4.over")) == (1, 3, 0)


# M5


def titrations() -> Ledger:
    """The whole window; one day short of it; begun so late that it is not over; a depot."""
    window, ledger = BOOK.titration_days, two_units()
    for number in (1, 2):
        person = ledger.person(number, day(3, 1))
        person.order(day(3, 1))
        person.give(day(3, 1), 20, begins=True)
    ledger.people[1].daily(day(3, 2), day(3, 1) + timedelta(days=window - 1))
    ledger.people[2].daily(day(3, 2), day(3, 1) + timedelta(days=window - 2))
    late = ledger.person(3, day(12, 29))
    late.order(day(12, 29))
    late.give(day(12, 29), 20, begins=True)
    late.daily(day(12, 30), day(12, 31))
    ledger.person(4, day(3, 1)).order(day(3, 1), 16, "depot")
    ledger.people[4].give(day(3, 1), 16, begins=True)
    return ledger


def test_m5_watched_on_every_day_of_the_window() -> None:
    window, found = BOOK.titration_days, titrations().of("M5")
    share = found.share("m5.daily")
    assert (share.yes.people, share.no.people, share.unknown.people) == ((1,), (2,), (3,))
    assert found.distribution("m5.length").values == (3, window - 1, window)


def test_m5_error_one_day_at_home_in_the_window() -> None:
    ledger = titrations()
    ledger.people[1].take_back(6, day(3, 5))
    assert counts(ledger.of("M5").share("m5.daily")) == (0, 2, 1)


# M6

FOUR = [day(4, number) for number in (13, 14, 15, 16)]


def call_ins() -> Ledger:
    """Held whole; one hour short on one day; broken; agreed and not begun. And one overdue."""
    ledger = two_units()
    for number in (1, 2, 3, 4, 5):
        person = ledger.person(number)
        person.arrange(day(1, 2))
        person.care(day(1, 2), indkald_due_on=day(4, 20))
    for number in (1, 2):
        person = ledger.people[number]
        person.call_in(number, day(3, 1), FOUR)
        for one in FOUR:
            person.observed(one, "left_early" if number == 2 and one == FOUR[2] else "completed")
        person.tell("indkald-changed", FOUR[3], indkald=number, state="completed", completed=[])
        person.care(FOUR[3], indkald_due_on=day(4, 16, 2027))
    ledger.people[1].conclude(1, day(4, 17), "changed")
    ledger.people[3].call_in(3, day(3, 1), FOUR, "broken")
    ledger.people[4].call_in(4, day(12, 1), [day(12, 28)])
    ledger.people[4].care(day(12, 1), indkald_due_on=day(12, 31))
    return ledger


def test_m6_held_is_all_days_with_the_whole_observation() -> None:
    found = call_ins().of("M6")
    assert grid(found.table("m6.periods")) == {
        "planned": {"n": 1},
        "completed": {"n": 2},
        "broken": {"n": 1},
    }
    held = found.share("m6.held")
    assert (held.yes.people, held.no.people, held.unknown.people) == ((1,), (2, 3), (4,))


def test_m6_changed_as_a_result_and_overdue() -> None:
    found = call_ins().of("M6")
    assert counts(found.share("m6.changed")) == (1, 0, 1)
    overdue = found.share("m6.overdue")
    assert (overdue.yes.people, overdue.no.people) == ((3, 5), (1, 2, 4))
    assert found.table("m6.due").cell("due", "n").count == 6


def test_m6_who_takes_nothing_home_is_never_overdue() -> None:
    ledger = call_ins()
    ledger.people[5].arrange(day(5, 1), home_days=0)
    assert ledger.of("M6").share("m6.overdue").yes.people == (3,)


def test_m6_error_a_person_found_affected_breaks_the_whole() -> None:
    ledger = Ledger()
    ledger.unit()
    person = ledger.person(1)
    person.call_in(1, day(3, 1), FOUR)
    for one in FOUR:
        person.observed(one, affected=one == FOUR[0])
    person.tell("indkald-changed", FOUR[3], indkald=1, state="completed", completed=[])
    assert counts(ledger.of("M6").share("m6.held")) == (0, 1, 0)


def test_m6_error_a_due_day_nobody_recorded_is_unknown() -> None:
    ledger = Ledger()
    ledger.unit()
    ledger.person(1).arrange(day(1, 2))
    assert counts(ledger.of("M6").share("m6.overdue")) == (0, 0, 1)


@pytest.mark.parametrize("id_", ["M1", "M2", "M3", "M4", "M5", "M6"])
def test_a_unit_without_people_has_figures_of_nobody(id_: str) -> None:
    ledger = Ledger()
    ledger.unit()
    found = ledger.counted().figures[None, next(iter(ledger.counted().figures))[1]].indicator(id_)
    assert all(one.n == 0 for one in found.shares)
