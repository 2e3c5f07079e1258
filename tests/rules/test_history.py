"""The projection of doses: what was told, as the facts a check needs (H03, H06, H11, H15)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dosing_rules import NO_DEPOT, Depot, DoseAsked
from dosing_rules.history import DoseHistory, Held, UnknownReservation, taken_over

START = date(2026, 10, 1)


def on(day: int) -> date:
    """Day ``n``."""
    return START + timedelta(days=day)


def at(day: int, hour: int = 7) -> datetime:
    """A moment of day ``n``."""
    day_ = on(day)
    return datetime(day_.year, day_.month, day_.day, hour, tzinfo=UTC)


class Told:
    """A history told in short: 80 mg methadone at unit 1, reservation ``n`` on day ``n``."""

    def __init__(self) -> None:
        self.doses = DoseHistory()

    def reserved(self, number: int, *doses: DoseAsked, day: int | None = None) -> "Told":
        day = number if day is None else day
        asked = doses or (DoseAsked(on(day), 1, 80_000, "supervised"),)
        self.doses.reserved(number, Held(at(day), on(day), 1, "methadone", asked))
        return self

    def given(self, number: int, *doses: DoseAsked, day: int | None = None, ug: int = 80_000):
        """Reserved and, unless it was before, given an hour later."""
        day = number if day is None else day
        self.reserved(number, *doses, day=day)
        parts = [(dose.part, ug) for dose in doses if dose.how == "supervised"] or [(1, ug)]
        self.doses.given(number, at(day, 8), parts)
        return self

    def seen(self, day: int) -> tuple[object, ...]:
        """All that is known on a day."""
        doses = self.doses
        return (
            doses.claims(on(day)),
            doses.last_swallowed(),
            doses.last_covered_on(on(day)),
            doses.covered_through(),
            doses.any_given(),
        )


def home(*days: int, ug: int = 80_000) -> list[DoseAsked]:
    return [DoseAsked(on(day), 1, ug, "take_home") for day in days]


def test_nothing_happened_is_nothing_known() -> None:
    assert Told().seen(0) == ((), None, None, None, False)


def test_a_given_dose_is_claimed_swallowed_and_covers_its_day() -> None:
    """One claim in the later state, with the amount and the moment really swallowed."""
    told = Told().given(0, ug=60_000)
    (claim,) = told.doses.claims(on(1))
    assert (claim.for_on, claim.state, claim.amount_ug, claim.at) == (
        on(0),
        "given",
        60_000,
        at(0, 8),
    )
    assert told.doses.last_swallowed() == (at(0, 8), 60_000, on(0), "methadone")
    assert told.doses.last_covered_on(on(1)) == told.doses.covered_through() == on(0)


def test_a_dose_nobody_had_frees_its_claim() -> None:
    """H06: poured back, refused or spilled covers nothing and was not swallowed."""
    told = Told().reserved(0)
    told.doses.freed(0)
    assert told.seen(1) == Told().seen(1)


@pytest.mark.parametrize("state", ["reserved", "uncertain"])
def test_an_unsettled_dose_is_claimed_but_covers_nothing(state: str) -> None:
    """H06: unknown is not given, and is not free either, however old it grows."""
    told = Told().reserved(0)
    if state == "uncertain":
        told.doses.uncertain(0)
    assert [claim.state for claim in told.doses.claims(on(90))] == [state]
    assert told.doses.last_covered_on(on(90)) is None and told.doses.last_swallowed() is None
    assert told.doses.near(on(90)) is None


def test_an_open_dose_asked_about_once_more_does_not_see_itself() -> None:
    """Before it is given the rules are asked without its own claims, but with all others."""
    told = Told().given(0).reserved(1)
    assert [claim.for_on for claim in told.doses.claims(on(1), but=1)] == [on(0)]
    assert [claim.for_on for claim in told.doses.claims(on(1))] == [on(0), on(1)]


@pytest.mark.parametrize("back", [1, 300])
def test_a_reversal_restores_what_was_before(back: int) -> None:
    """H23: a mirror entry: the facts are those of the history without the dose, however late."""
    told = Told().given(0).given(1).given(2)
    told.doses.freed(2)
    assert told.seen(2 + back) == Told().given(0).given(1).seen(2 + back)


def test_take_home_covers_each_of_its_days_and_is_not_swallowed_here() -> None:
    """H15: a week's supply covers seven days; the last covered day is the one before today."""
    today = DoseAsked(on(0), 1, 80_000, "supervised")
    told = Told().given(0, today, *home(*range(1, 7)))
    assert told.doses.last_covered_on(on(3)) == on(2)
    assert told.doses.last_covered_on(on(10)) == told.doses.covered_through() == on(6)
    assert told.doses.last_swallowed() == (at(0, 8), 80_000, on(0), "methadone")
    # Carried home at the moment it was packed, not at the swallow's.
    assert [claim.at for claim in told.doses.claims(on(3))] == [at(0, 8), *[at(0)] * 6]
    told.doses.freed(0)
    assert told.seen(3) == Told().seen(3)


def test_two_parts_of_a_day_are_two_claims_and_the_later_one_is_the_last() -> None:
    """H11: today itself is not covered before today even after this morning's first part."""
    first, second = (DoseAsked(on(1), part, 40_000, "supervised") for part in (1, 2))
    told = Told().given(0).given(1, first, ug=40_000)
    told.reserved(2, second, day=1)
    told.doses.given(2, at(1, 16), [(2, 40_000)])
    assert [claim.part for claim in told.doses.claims(on(1))] == [1, 1, 2]
    assert told.doses.last_covered_on(on(1)) == on(0)
    assert told.doses.last_swallowed() == (at(1, 16), 40_000, on(1), "methadone")


def test_claims_reach_a_fortnight_back_and_five_weeks_ahead() -> None:
    """Outside the window only what is unsettled stays in sight."""
    told = Told().given(0).given(1).reserved(-30)
    told.given(16, DoseAsked(on(16), 1, 80_000, "supervised"), *home(51, 52))
    days = [claim.for_on for claim in told.doses.claims(on(16))]
    assert days == [on(-30), on(16), on(51)]
    assert [claim.for_on for claim in told.doses.claims(on(15))] == [on(-30), on(1), on(16)]


def test_what_is_told_late_finds_its_place() -> None:
    """An uncertain dose told of afterwards is neither the last nor out of order."""
    told = Told().given(0).reserved(1)
    told.doses.uncertain(1)
    told.given(2)
    told.doses.given(1, at(1), [(1, 80_000)])
    assert [claim.for_on for claim in told.doses.claims(on(2))] == [on(0), on(1), on(2)]
    assert told.doses.last_swallowed() == (at(2, 8), 80_000, on(2), "methadone")


def test_doses_taken_over_are_had_without_a_reservation_of_ours() -> None:
    """What an older record tells counts as any other dose, at the moment it was had."""
    doses = DoseHistory()
    asked = (DoseAsked(on(0), 1, 80_000, "supervised"),)
    taken_over(doses, 5, Held(at(0), on(0), 1, "methadone", asked), at(0))
    assert doses.last_swallowed() == (at(0), 80_000, on(0), "methadone")
    assert [claim.state for claim in doses.claims(on(1))] == ["given"]


def test_what_was_never_reserved_is_a_hole_and_not_a_dose() -> None:
    """H11: a history with a hole is not silently read as one without a dose."""
    doses = DoseHistory()
    for tell in (
        lambda: doses.given(9, at(0), [(1, 80_000)]),
        lambda: doses.freed(9),
        lambda: doses.uncertain(9),
        lambda: doses.held(9),
    ):
        with pytest.raises(UnknownReservation):
            tell()


def test_kept_up_to_date_it_says_the_same_as_built_anew() -> None:
    """Day by day, with a take-home week, a reversal and a late word in between."""
    told = Told()
    for day in range(60):
        if day == 20:
            told.given(day, DoseAsked(on(20), 1, 80_000, "supervised"), *home(21, 22))
        elif day == 35:
            told.given(day)
            assert told.doses.near(on(35)) is not None
            told.doses.freed(35)
        elif day not in (21, 22):
            told.given(day)
        near = told.doses.near(on(day))
        assert near is not None
        claims = told.doses.claims(on(day))
        assert near.claims == claims
        by_day = {
            claim.for_on: [one for one in claims if one.for_on == claim.for_on] for claim in claims
        }
        assert near.by_day == by_day
        assert list(near.by_day)[-1] == max(by_day)
    earlier = told.doses.near(on(50))
    assert earlier is None or earlier.claims == told.doses.claims(on(50))


def test_a_dose_just_after_midnight_keeps_the_day_it_is_for() -> None:
    """H03: 31 December's dose at 00:10 covers 31 December."""
    told = Told().reserved(91)
    told.doses.given(91, datetime(2026, 12, 31, 23, 10, tzinfo=UTC), [(1, 80_000)])
    assert told.doses.last_covered_on(on(92)) == on(91) == date(2026, 12, 31)


def test_a_home_dose_brought_back_unopened_frees_its_day() -> None:
    """H15: the day is free again; the same dose cannot come back twice, nor one never carried."""
    told = Told().given(0, DoseAsked(on(0), 1, 80_000, "supervised"), *home(1, 2))
    assert told.doses.near(on(2)) is not None
    told.doses.brought_back(0, on(2), 1)
    assert [claim.for_on for claim in told.doses.claims(on(2))] == [on(0), on(1)]
    near = told.doses.near(on(2))
    assert near is not None and [*near.by_day][-1] == told.doses.covered_through() == on(1)
    for again in (on(2), on(9)):
        with pytest.raises(UnknownReservation):
            told.doses.brought_back(0, again, 1)
    told.doses.freed(0)
    assert told.seen(3) == Told().seen(3)


def test_each_part_swallowed_has_the_amount_told_of_it() -> None:
    """H12: of two parts before the nurse's eyes the second was swallowed in part."""
    told = Told()
    parts = [DoseAsked(on(0), part, 40_000, "supervised") for part in (1, 2)]
    told.reserved(0, *parts)
    told.doses.given(0, at(0, 8), [(1, 40_000), (2, 15_000)])
    assert [claim.amount_ug for claim in told.doses.claims(on(0))] == [40_000, 15_000]


@pytest.mark.parametrize("what", ["amount", "moment"])
def test_what_cannot_be_true_is_built_anew_so_that_the_rules_see_it(what: str) -> None:
    """An amount of nothing or a moment before there were clinics: no shortcut hides it."""
    told = Told().reserved(0)
    had_at = at(0, 8) if what == "amount" else datetime(1, 1, 2, tzinfo=UTC)
    told.doses.given(0, had_at, [(1, 0 if what == "amount" else 80_000)])
    assert told.doses.near(on(1)) is None
    assert len(told.doses.claims(on(1))) == 1


def depot(number: int, day: int, interval: int | None, doses: DoseHistory) -> None:
    """A depot reserved as number ``n`` and given on a day."""
    asked = (DoseAsked(on(day), 1, 64_000, "supervised"),)
    held = Held(at(day), on(day), 1, "buprenorphine", asked, depot=Depot(on(day), interval))
    doses.reserved(number, held)
    doses.given(number, at(day), [(1, 64_000)])


def test_the_last_depot_is_remembered_whatever_comes_after() -> None:
    """H03: a tablet after it does not make it undone; taken back it never was."""
    doses = DoseHistory()
    assert doses.last_depot() == NO_DEPOT
    depot(1, 0, 28, doses)
    assert doses.last_depot() == Depot(on(0), 28)
    depot(3, 35, None, doses)
    depot(2, 28, 7, doses)  # told later than it was
    assert doses.last_depot() == Depot(on(35), None)
    tablet = (DoseAsked(on(36), 1, 8_000, "supervised"),)
    doses.reserved(4, Held(at(36), on(36), 1, "buprenorphine", tablet))
    assert doses.last_depot() == Depot(on(35), None)
    doses.given(4, at(36), [(1, 8_000)])
    assert doses.last_depot() == Depot(on(35), None)
    doses.freed(3)
    assert doses.last_depot() == Depot(on(28), 7)
    doses.freed(2)
    doses.freed(1)
    assert doses.last_depot() == NO_DEPOT


def test_a_depot_reserved_and_returned_never_was() -> None:
    """Only what was given counts."""
    doses = DoseHistory()
    asked = (DoseAsked(on(0), 1, 64_000, "supervised"),)
    doses.reserved(1, Held(at(0), on(0), 1, "buprenorphine", asked, depot=Depot(on(0), 28)))
    assert doses.last_depot() == NO_DEPOT
    doses.freed(1)
    assert doses.last_depot() == NO_DEPOT
