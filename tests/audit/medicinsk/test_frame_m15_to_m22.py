"""M15-M22 from small ledgers: results worked out by hand, each with an error that changes it."""

from decimal import Decimal, localcontext

import pytest

from audit.medicinsk.indicators.m21_places import month_ends
from audit.medicinsk.model import Period
from audit.medicinsk.poisson import exact_interval
from tests.audit.medicinsk.by_hand import (
    BOOK,
    CHEMIST,
    DOCTOR,
    MG,
    NORTH,
    SOUTH,
    YEAR,
    Ledger,
    counts,
    day,
    grid,
    other_book,
)


def two_units() -> Ledger:
    ledger = Ledger()
    ledger.unit(NORTH)
    ledger.unit(SOUTH)
    return ledger


# M15


def register() -> Ledger:
    """Three lines: right, within the tolerance, 8 mg short. Waste: one seen by two, one not."""
    ledger = two_units()
    lines = [
        [1, "bottle", 11, 500 * MG, 500 * MG, 2 * MG],
        [2, "bottle", 12, 498 * MG, 500 * MG, 2 * MG],
        [3, "holding", 13, 492 * MG, 500 * MG, 0],
    ]
    ledger.of_unit("stock-counted", day(3, 1), count=1, place=["counter", 1], lines=lines)
    moves = [["bottle", 11, -50 * MG]]
    ledger.of_unit("stock-destroyed", day(3, 1), act=1, moves=moves, witness=8)
    ledger.of_unit("stock-rest", day(3, 2), act=2, moves=[], wasted_ug=10 * MG)
    return ledger


def test_m15_counted_against_booked_and_waste_of_two() -> None:
    found = register().of("M15")
    assert counts(found.share("m15.agrees")) == (2, 1, 0)
    assert counts(found.share("m15.settled")) == (0, 1, 0)
    assert counts(found.share("m15.witnessed")) == (1, 1, 0)
    assert [found.amount(f"m15.{name}").value for name in ("net", "gross", "wasted")] == [
        -10 * MG,
        10 * MG,
        60 * MG,
    ]


def test_m15_a_difference_explained_by_two_is_settled() -> None:
    ledger = register()
    ledger.of_unit("stock-explained", day(3, 2), act=3, moves=[], count=1, line=3, witness=8)
    assert counts(ledger.of("M15").share("m15.settled")) == (1, 0, 0)


def test_m15_error_a_witness_who_is_the_actor_is_none() -> None:
    ledger = register()
    ledger.of_unit("stock-broken", day(3, 3), act=4, moves=[["bottle", 11, -MG]], witness=7)
    assert counts(ledger.of("M15").share("m15.witnessed")) == (1, 2, 0)


def test_m15_error_an_erased_count_is_unknown() -> None:
    ledger = register()
    ledger.erase(ledger.of_unit("stock-counted", day(4, 1), count=2, lines=[]))
    assert counts(ledger.of("M15").share("m15.agrees")) == (2, 1, 1)


def test_m15_of_the_other_unit_is_its_own() -> None:
    assert register().of("M15", None).share("m15.agrees").n == 3


# M16


def cases() -> Ledger:
    """Report, talk and decision; a report alone."""
    ledger = two_units()
    for number, steps in ((1, ("report", "talk", "decision")), (2, ("report",))):
        person = ledger.person(number)
        for place, step in enumerate(steps):
            on = day(5, 1 + place)
            person.tell("diversion-recorded", on, step=step, happened_on=on)
    ledger.of_unit("package-traced", day(5, 9), label="L-1")
    ledger.of_unit("package-traced", day(5, 9), label=None)
    return ledger


def test_m16_cases_with_a_talk_and_a_decision_and_packages_traced() -> None:
    found = cases().of("M16")
    assert counts(found.share("m16.talk")) == (1, 1, 0)
    assert counts(found.share("m16.decision")) == (1, 1, 0)
    assert counts(found.share("m16.traced")) == (1, 1, 0)


def test_m16_error_a_talk_before_the_report_is_not_about_it() -> None:
    ledger = cases()
    person = ledger.person(3)
    for on, step in ((day(4, 1), "talk"), (day(5, 1), "report")):
        person.tell("diversion-recorded", on, step=step, happened_on=on)
    assert counts(ledger.of("M16").share("m16.talk")) == (1, 2, 0)


# M17


def statuses() -> Ledger:
    ledger = two_units()
    ledger.person(1)
    for number, status in ((2, "completed"), (3, "dead"), (4, "left_early")):
        ledger.person(number).end(day(5, number), status)
    ledger.person(5, day(3, 1, 2025)).end(day(4, 1, 2025), "moved")
    ledger.person(6, day(7, 1))
    return ledger


def test_m17_the_latest_status_of_everybody_ever_enrolled() -> None:
    found = statuses().of("M17")
    assert grid(found.table("m17.ever")) == {
        "in-treatment": {"n": 2},
        "completed": {"n": 1},
        "dead": {"n": 1},
        "moved": {"n": 1},
        "left_early": {"n": 1},
    }
    assert found.table("m17.period").total("n") == 5
    assert counts(found.share("m17.kept")) == (1, 3, 0)


def test_m17_who_was_enrolled_again_is_in_treatment() -> None:
    ledger = statuses()
    ledger.person(5, day(2, 1))
    assert ledger.of("M17").table("m17.ever").cell("in-treatment", "n").count == 3


def test_m17_error_a_discharge_typed_for_the_wrong_person() -> None:
    ledger = statuses()
    ledger.people[1].end(day(9, 1), "expelled")
    assert counts(ledger.of("M17").share("m17.kept")) == (0, 4, 0)


def test_m17_error_an_erased_discharge_is_unknown() -> None:
    ledger = statuses()
    ledger.erase(ledger.people[1].end(day(9, 1), "expelled"))
    assert counts(ledger.of("M17").share("m17.kept")) == (0, 3, 1)


# M18


def visitations() -> Ledger:
    ledger = two_units()
    ledger.person(1, day(2, 1, 2025)).order(day(2, 1, 2025))
    ledger.person(2, day(2, 1)).order(day(2, 3), 8, "buprenorphine")
    ledger.person(3, day(2, 1)).assess(day(2, 1))
    ledger.people[3].plan(day(2, 1), day(8, 1))
    ledger.person(4, day(2, 1))
    return ledger


def test_m18_by_year_and_the_first_preparation() -> None:
    assert grid(visitations().of("M18").table("m18.years")) == {
        "2025": {"methadone": 1},
        "2026": {"buprenorphine": 1, "drug-free": 1, "unknown": 1},
    }


def test_m18_an_order_later_in_the_course_makes_it_that_preparation() -> None:
    ledger = visitations()
    ledger.people[3].order(day(9, 1))
    assert grid(ledger.of("M18").table("m18.years"))["2026"] == {
        "methadone": 1,
        "buprenorphine": 1,
        "unknown": 1,
    }


# M19


def deaths() -> Ledger:
    """One person all year, one dead on 11 April at 45, one dead a year before."""
    ledger = two_units()
    ledger.person(1)
    ledger.person(2, born=day(4, 12, 1980)).end(day(4, 11), "dead", day(4, 11))
    ledger.person(3).end(day(4, 11, 2025), "dead")
    return ledger


def test_m19_deaths_by_age_and_affiliation() -> None:
    table = deaths().of("M19").table("m19.deaths")
    assert grid(table) == {"45-54": {"nord": 1}}
    assert table.rows == ("-24", "25-34", "35-44", "45-54", "55-64", "65-", "unknown")


def test_m19_per_100_patient_years_with_the_exact_interval() -> None:
    rate = deaths().of("M19").rate("m19.rate")
    # 365 days, and 100 before the day of the death (1 January to 10 April).
    assert rate.person_days == 465
    # 1 / (465 / 365.2425) * 100 = 78.547; the interval of one event is 0.0253 to 5.5716.
    assert (rate.per_100_years_milli, rate.low_milli, rate.high_milli) == (78547, 1964, 437663)


def test_m19_the_day_of_the_death_decides_not_the_day_it_was_told() -> None:
    ledger = two_units()
    ledger.person(1).end(day(1, 3), "dead", day(12, 30, 2025))
    assert ledger.of("M19").rate("m19.rate").events.count == 0


def test_m19_error_a_birthday_a_day_earlier_moves_the_band() -> None:
    ledger = two_units()
    ledger.person(2, born=day(4, 11, 1971)).end(day(4, 11), "dead")
    assert grid(ledger.of("M19").table("m19.deaths")) == {"55-64": {"nord": 1}}


@pytest.mark.parametrize(
    ("events", "low", "high"),
    # Garwood's table for 95 per cent, as every textbook prints it (0.1 per cent of a mean).
    [
        (0, 0, 3689),
        (1, 25, 5572),
        (2, 242, 7225),
        (5, 1623, 11668),
        (10, 4795, 18390),
        (100, 81364, 121627),
    ],
)
def test_the_exact_interval(events: int, low: int, high: int) -> None:
    found = exact_interval(events)
    assert found == (low, high)


@pytest.mark.parametrize("events", [1, 7, 533, 2_000])
def test_the_ends_are_where_half_the_remaining_probability_lies(events: int) -> None:
    """Against the Poisson sum itself, in decimals that do not round."""

    def at_most(number: int, mean_milli: int) -> Decimal:
        mean = Decimal(mean_milli) / 1000
        term = total = (-mean).exp()
        for one in range(1, number + 1):
            term = term * mean / one
            total += term
        return total

    with localcontext() as exactly:
        exactly.prec = 60
        low, high = exact_interval(events)
        half = Decimal("0.025")
        assert 1 - at_most(events - 1, low - 1) < half < 1 - at_most(events - 1, low + 1)
        assert at_most(events, high + 1) < half < at_most(events, high - 1)


def test_the_interval_grows_with_the_certainty_and_refuses_nonsense() -> None:
    assert exact_interval(10, 99)[0] < exact_interval(10)[0] < exact_interval(10, 90)[0]
    with pytest.raises(ValueError):
        exact_interval(-1)


# M20


def waits() -> Ledger:
    """Days from contact to first dose: 0, 14, 15; one waits 20 days in vain, one 3; one unknown."""
    ledger = two_units()
    for number, dose_after in ((1, 0), (2, 14), (3, 15)):
        person = ledger.person(number, day(3, 1), contact=day(3, 1))
        person.give(day(3, 1 + dose_after), 20)
    ledger.person(4, day(12, 11), contact=day(12, 11))
    ledger.person(5, day(12, 28), contact=day(12, 28))
    ledger.person(6, day(3, 1)).give(day(3, 1), 20)
    return ledger


def test_m20_within_the_guarantee_and_the_same_or_next_day() -> None:
    found = waits().of("M20")
    within = found.share("m20.within")
    assert (within.yes.people, within.no.people, within.unknown.people) == ((1, 2), (3, 4), (5, 6))
    assert counts(found.share("m20.next-day")) == (1, 4, 1)
    assert found.distribution("m20.first-dose").values == (0, 14, 15)
    assert found.distribution("m20.start").values == (0, 0, 0, 0, 0)


def test_m20_error_a_contact_written_a_week_late() -> None:
    ledger = two_units()
    ledger.person(1, day(3, 8), contact=day(3, 1)).give(day(3, 16), 20)
    late = ledger.of("M20").share("m20.within")
    assert counts(late) == (0, 1, 0)


# M21


def places() -> Ledger:
    ledger = two_units()
    ledger.unit(DOCTOR, places=None)
    ledger.person(1)
    ledger.person(2, day(2, 1)).end(day(3, 31), "moved")
    ledger.person(3, unit_id=DOCTOR)
    ledger.person(4, day(6, 1)).tell("right-moved", day(6, 2), right_holder=DOCTOR)
    return ledger


def test_m21_people_and_places_at_the_end_of_each_month() -> None:
    table = places().of("M21").table("m21.months")
    patients = [row[0].count for row in table.cells]
    assert patients == [1, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2]
    assert {row[1].count for row in table.cells} == {100}


def test_m21_delegated_is_a_practice_that_treats_or_holds_the_right() -> None:
    ledger = places()
    assert ledger.of("M21").share("m21.delegated").yes.people == (4,)
    assert ledger.of("M21", None).share("m21.delegated").yes.people == (3, 4)


def test_m21_error_the_right_that_came_back() -> None:
    ledger = places()
    ledger.people[4].tell("right-moved", day(12, 31), right_holder=NORTH)
    assert ledger.of("M21").share("m21.delegated").yes.people == ()


def test_months_end_on_their_last_day_and_a_period_on_its_own() -> None:
    ends = month_ends(day(1, 31), day(4, 15))
    assert ends == [day(1, 31), day(2, 28), day(3, 31), day(4, 15)]


# M22


def test_m22_books_in_force_and_numbers_nobody_confirmed() -> None:
    ledger = two_units()
    new = other_book("next", take_home_days=3)
    ledger.adopt(new, day(7, 1))
    found = ledger.of("M22")
    assert [found.amount(f"m22.{name}").value for name in ("books", "changes")] == [2, 1]
    unconfirmed = sum(not one.confirmed for one in BOOK.limits.values())
    assert found.amount("m22.unconfirmed").value == 2 * unconfirmed
    assert found.table("m22.units").rows == (
        f"{BOOK.id} {BOOK.sha256[:12]}",
        f"next {new[1][:12]}",
    )


def test_m22_error_a_book_with_other_bytes_has_unknown_numbers() -> None:
    ledger = two_units()
    ledger.adopt((BOOK.id, "0" * 64), day(7, 1))
    assert ledger.of("M22").amount("m22.unconfirmed").value is None


def test_m22_the_first_book_of_a_unit_that_opened_is_no_change() -> None:
    ledger = Ledger()
    ledger.unit(CHEMIST, on=day(5, 1))
    assert ledger.of("M22", None, Period(YEAR.first, YEAR.last)).amount("m22.changes").value == 0
