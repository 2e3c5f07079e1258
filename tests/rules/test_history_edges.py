"""The projection at its edges: told out of order, garbled, long, and kept only so far."""

from datetime import UTC, date, datetime

import pytest

from dosing_rules import DoseAsked, Loss, Severity, Unit, person_history, unit_history
from dosing_rules.history import DoseHistory, Held, UnknownReservation
from dosing_rules.person_history import PersonHistory
from dosing_rules.replay import RuleChange
from dosing_rules.unit_history import UnitHistory
from tests.rules.test_history import at, home, on
from tests.rules.test_person_history import dose, facts, person


def held(day: int, *doses: DoseAsked) -> Held:
    """A reservation of one day."""
    asked = doses or (DoseAsked(on(day), 1, 80_000, "supervised"),)
    return Held(at(day), on(day), 1, "methadone", asked)


def test_a_dose_told_late_takes_its_place_in_time() -> None:
    """H23: the latest swallowed dose is the latest in time, not the last one told of."""
    history = DoseHistory()
    for number, day in enumerate((5, 3, 4, 1)):
        history.reserved(number, held(day))
        history.given(number, at(day, 8), [(1, 80_000)])
    assert history.last_swallowed()[0] == at(5, 8)
    assert history.covered_through() == on(5)


def test_what_was_really_swallowed_counts_part_by_part() -> None:
    """H01: only the part that was told of differs from what was reserved."""
    history = DoseHistory()
    parts = [DoseAsked(on(1), part, 40_000, "supervised") for part in (1, 2)]
    history.reserved(1, held(1, *parts))
    history.given(1, at(1, 8), [(2, 30_000)])
    near = history.near(on(1))
    assert near is not None
    amounts = {claim.part: claim.amount_ug for claim in near.claims}
    assert amounts == {1: 40_000, 2: 30_000}


def test_a_moment_that_cannot_be_true_is_not_kept_up_to_date() -> None:
    """H06: then every check builds its facts anew, and the record stops."""
    history = person()
    dose(history, 1)
    history.reserved(2, held(2))
    history.given(2, datetime(1970, 1, 1, tzinfo=UTC), [(1, 80_000)], None)
    assert history.doses.near(on(2)) is None
    assert facts(history, 2).claims


def test_a_dose_that_cannot_be_true_is_not_kept_up_to_date() -> None:
    """H06: less than nothing, a part there is not, a day of another century."""
    for impossible in (
        DoseAsked(on(1), 1, 0, "take_home"),
        DoseAsked(on(1), 0, 80_000, "take_home"),
        DoseAsked(date(1970, 1, 1), 1, 80_000, "take_home"),
    ):
        history = DoseHistory()
        history.reserved(1, held(1, impossible))
        history.given(1, at(1, 8), [])
        assert history.near(on(1)) is None


def test_a_dose_brought_back_frees_its_day_and_no_other() -> None:
    """H23: unopened and returned; what never was handed out cannot come back."""
    history = DoseHistory()
    home = [DoseAsked(on(day), 1, 80_000, "take_home") for day in (1, 2)]
    history.reserved(1, held(0, *home))
    with pytest.raises(UnknownReservation):
        history.brought_back(1, on(1), 1)
    history.given(1, at(0, 8), [])
    history.brought_back(1, on(1), 1)
    assert [claim.for_on for claim in history.claims(on(0))] == [on(2)]
    for day, part in ((1, 1), (2, 2), (3, 1)):
        with pytest.raises(UnknownReservation):
            history.brought_back(1, on(day), part)
    history.freed(1)
    assert history.claims(on(0)) == ()


def test_lost_doses_are_told_in_order_of_their_days() -> None:
    """H01: a lost dose's day stays taken."""
    history = person()
    for day in (3, 1):
        history.lost(Loss(on(day), False))
    assert facts(history, 1).losses == (Loss(on(1), False), Loss(on(3), False))


def test_periods_are_each_for_themselves() -> None:
    """H17: a day of one counts in no other; taken back while it runs, it runs on."""
    history = person()
    history.indkald_planned(1, [on(1), on(2), on(3)])
    history.indkald_planned(2, [on(20)])
    history.indkald_planned(3, [])
    dose(history, 1)
    history.indkald_day_completed(on(1), None)
    history.taken_back(1, on(1))
    period = facts(history, 1).indkald
    assert period is not None
    assert (period.days, period.completed) == ((on(1), on(2), on(3)), ())


def test_the_right_to_days_long_gone_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """H03: as far back as the claims reach it is kept."""
    monkeypatch.setattr(person_history, "_MOST_HOLDERS", 2)
    history = person()
    for day in (0, 1, 30, 31):
        dose(history, day)
    history.moved(2)
    assert [facts(history, day).right_holder_unit_id for day in (30, 31, 32)] == [1, 1, 2]
    assert facts(history, 0).right_holder_unit_id == 2


def test_places_are_remembered_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is forgotten is worked out again, and says the same."""
    monkeypatch.setattr(unit_history, "_MOST_KEPT", 1)
    place = UnitHistory(1)
    place.licensed(1, [("diacetylmorphine", on(0), None)])
    told = [place.facts(9, on(day)) for day in (-1, 0, -1)]
    assert told[0] == told[2] == Unit(1, frozenset(), frozenset())
    assert told[1].licences == {"diacetylmorphine"}


def test_a_rule_that_answers_as_before_is_as_severe() -> None:
    """Another way of saying it is neither stricter nor milder; silence is the mildest."""
    stop, inform = Severity.STOP, Severity.INFORM
    assert RuleChange("a-rule", stop, stop).direction == "as severe"
    assert RuleChange("a-rule", None, inform).direction == "stricter"
    assert RuleChange("a-rule", inform, None).direction == "milder"


def test_what_was_never_told_is_not_recorded() -> None:
    """H11: one thing found says nothing about the others."""
    history = PersonHistory()
    history.enrolled(1)
    history.found({"reviewed_on": on(-5)})
    known = facts(history, 0)
    assert known.reviewed_on == on(-5)
    for name in ("first_dose_on", "ecg_on", "qtc_ms", "pregnant", "indkald_due_on", "sedatives"):
        assert getattr(known, name) is None, name


def test_the_day_after_what_is_covered_is_the_next_planned() -> None:
    """H15: supply until the third, expected on the fourth."""
    history = person()
    dose(history, 1, DoseAsked(on(1), 1, 80_000, "supervised"), *home(2, 3))
    assert facts(history, 1).planned_pickup_on == on(4)
