"""Injections by day and methadone for the night in the projection: each by what was had of it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from dosing_rules import Change, DoseAsked, Patient, check_dispensing, load_book
from dosing_rules.change import before_unknown
from dosing_rules.history import Held
from dosing_rules.ordered import NIGHT_PART
from dosing_rules.person_history import PersonHistory
from tests.rules.test_history import at, on
from tests.rules.test_person_history import CARE, SUPERVISED, facts
from tests.spec.standard import BASES, HEROIN, METHADONE, prescription

BOOK = load_book("dk-crk-2026")


def ordered(version: int, *, night: bool) -> Any:
    made = prescription(
        prescription_id=version, version=version, product=METHADONE if night else HEROIN,
        daily_ug=60_000 if night else 400_000, valid_from=on(-50), valid_to=on(50),
        parts_ug=(60_000,) if night else (200_000, 200_000),
    )  # fmt: skip
    return replace(made, night=night)


def paired() -> PersonHistory:
    """Injects by day; methadone for the night."""
    history = PersonHistory()
    history.enrolled(1)
    history.prescribed(ordered(1, night=False))
    history.prescribed(ordered(2, night=True))
    history.arranged(on(-50), SUPERVISED)
    history.found(CARE | {"taper_state": "none", "sedatives_low_ug": 0, "sedatives_high_ug": 0})
    history.found({"night_first_dose_on": None})
    return history


def session(history: PersonHistory, number: int, day: int) -> None:
    asked = (DoseAsked(on(day), 1, 200_000, "supervised"),)
    history.reserved(number, Held(at(day), on(day), 1, "diacetylmorphine", asked))
    history.given(number, at(day, 8), [(1, 200_000)], None)


def night(history: PersonHistory, number: int, day: int, begins: date | None = None) -> None:
    asked = (DoseAsked(on(day), NIGHT_PART, 60_000, "supervised"),)
    history.reserved(number, Held(at(day, 14), on(day), 1, "methadone", asked))
    history.given(number, at(day, 15), [(NIGHT_PART, 60_000)], begins)


def test_each_is_told_by_what_was_had_of_it() -> None:
    """H10: a night covers no session, a session no night; who swallowed last is told of both."""
    history = paired()
    session(history, 1, -2)
    night(history, 2, -1, begins=on(-1))
    found = facts(history, 0)
    assert (found.last_swallowed_ug, found.last_covered_on) == (200_000, on(-2))
    assert found.planned_pickup_on == on(-1)
    assert found.last_swallowed_at == at(-1, 15)
    assert found.beside is not None
    assert (found.beside.had_ug, found.beside.had_on) == (60_000, on(-1))
    assert found.beside.last_covered_on == on(-1)
    assert found.beside.planned_pickup_on == on(0)
    assert found.beside.first_dose_on == on(-1)


def test_only_nights_had_is_no_session_had() -> None:
    history = paired()
    night(history, 1, -1)
    found = facts(history, 0)
    assert found.last_swallowed_ug is None
    assert found.last_covered_on is None and found.planned_pickup_on is None


def test_only_sessions_had_is_no_night_had() -> None:
    history = paired()
    session(history, 1, -1)
    found = facts(history, 0)
    assert found.beside is not None
    assert found.beside.had_on is None and found.beside.last_covered_on is None
    assert found.beside.planned_pickup_on is None


def test_the_doses_say_which_order_they_are_of() -> None:
    history = paired()
    for part, version in ((1, 1), (NIGHT_PART, 2)):
        order = history.order_of((DoseAsked(on(0), part, 60_000, "supervised"),), on(0))
        assert order is not None and order.version == version
        assert part in order.parts()
    assert list(ordered(1, night=False).parts()) == [1, 2]


def test_a_stop_holds_for_both_from_its_day() -> None:
    """H21: the projection knows a stop as the counter does."""
    history = paired()
    history.order_stopped(3, on(1))
    assert facts(history, 0).prescription is not None
    after = facts(history, 1)
    assert after.prescription is None and after.beside is None


def test_what_cannot_be_true_of_the_order_beside_stops_everything() -> None:
    """H23: a day before any record, or an order that ends in no calendar, is no fact."""
    _, person = BASES["night"]()
    assert person.beside is not None and person.impossible is None
    assert replace(person, beside=replace(person.beside, had_on=date.min)).impossible == "beside"


def both(history: PersonHistory, day: int) -> tuple[Patient, Patient]:
    """The facts with each of the two orders in front, each held against those kept up to date."""
    asked = DoseAsked(on(day), NIGHT_PART, 60_000, "supervised")
    return facts(history, day), facts(history, day, (asked,))


def test_two_orders_kept_up_to_date_say_the_same_as_built_anew() -> None:
    """H10: three doses a day for weeks, with nights carried home, left out and taken back."""
    history = paired()
    both(history, -2)
    number = 0
    for day in range(-1, 40):
        if day not in (5, 6, 30):
            number += 1
            session(history, number, day)
            both(history, day)
        if day % 10 == 3:
            number += 1
            home = [DoseAsked(on(day + n), NIGHT_PART, 60_000, "take_home") for n in range(3)]
            history.reserved(number, Held(at(day, 14), on(day), 1, "methadone", home))
            history.given(number, at(day, 14), [], None)
        elif day % 10 not in (4, 5, 9):
            number += 1
            night(history, number, day, begins=on(day) if day == -1 else None)
        main, of_night = both(history, day)
        assert main.night and not main.at_night and of_night.at_night
        assert all(part < NIGHT_PART for _, part in parts_of(main))
        assert all(part == NIGHT_PART for _, part in parts_of(of_night))
        if day == 20:
            history.taken_back(number, None)
            both(history, day)
        if day == 25:
            history.found({"night_first_dose_on": on(10), "ecg_on": on(24)})
        if day == 33:
            history.prescribed(replace(ordered(3, night=True), valid_from=on(34)))


def parts_of(found: Patient) -> list[tuple[date, int]]:
    return [(day, one.part) for day, claims in found.claims_by_day.items() for one in claims]


def test_nights_that_are_no_longer_ordered_stay_in_sight_for_a_fortnight() -> None:
    """H10: without its order nothing stands beside; what was had of it is still known."""
    history = paired()
    session(history, 1, -1)
    night(history, 2, -1)
    both(history, 0)
    history.prescribed(replace(ordered(3, night=True), valid_from=on(0), valid_to=on(0)))
    history.order_stopped(4, on(1))
    history.prescribed(replace(ordered(5, night=False), valid_from=on(1)))
    for day in (1, 2, 13, 14, 20):
        main, of_night = both(history, day)
        assert main.beside is None and of_night.prescription is None
        assert main.night is (day <= 13)


def test_nights_count_as_had_of_an_order_of_methadone() -> None:
    """H01: whoever changes from injections to methadone by day has had the nights of it."""
    history = paired()
    night(history, 1, -1)
    both(history, 0)
    history.order_stopped(3, on(0))
    history.prescribed(replace(ordered(4, night=True), night=False, valid_from=on(0)))
    main, _ = both(history, 0)
    assert main.last_claim_on == on(-1) and main.night
    history.order_stopped(5, on(1))
    main, _ = both(history, 1)
    assert main.prescription is None and main.last_claim_on == on(-1)


def test_the_orders_are_told_as_they_were_kept() -> None:
    """H21: which order a dose is of is found the same way before and after the facts are asked."""
    history = paired()
    nights = (DoseAsked(on(0), NIGHT_PART, 60_000, "supervised"),)
    before = history.order(on(0)), history.order_of(nights, on(0)), history.order_of((), on(0))
    both(history, 0)
    after = history.order(on(0)), history.order_of(nights, on(0)), history.order_of((), on(0))
    assert before == after == (ordered(1, night=False), ordered(2, night=True), before[0])
    alone = PersonHistory()
    alone.enrolled(1)
    alone.prescribed(ordered(1, night=False))
    both(alone, 0)
    assert alone.order_of(nights, on(0)) is None


def test_a_doctors_extra_of_today_is_not_of_the_night() -> None:
    """H01: more than the injections' order, allowed this morning, shortens no night's interval."""
    asked, person = BASES["night"]()
    doses = (replace(asked.doses[0], how="supervised"),)
    soon = replace(
        person, extra_ug_allowed_today=60_000, last_swallowed_at=asked.at - timedelta(minutes=30)
    )
    verdict = check_dispensing(replace(asked, doses=doses), soon, BOOK)
    assert "too-soon" in [finding.rule_id for finding in verdict.findings]


def test_a_first_night_beside_injections_is_no_dose_that_is_unknown() -> None:
    """Nothing was had of the night, so its order cannot be ten times an unknown dose."""
    asked, person = BASES["night"]()
    never = replace(person, prescription=None, last_swallowed_ug=None)
    methadone = replace(never, last_swallowed_substance="methadone")
    night = Change(asked.at, asked.on, ordered(1, night=True), None)
    day = replace(night, new=replace(ordered(1, night=True), night=False))
    assert not before_unknown(night, methadone)
    assert before_unknown(day, methadone)
