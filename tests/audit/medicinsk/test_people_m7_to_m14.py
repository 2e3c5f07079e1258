"""M7-M14 from small ledgers: each result worked out by hand, each with an error that changes it."""

from datetime import date, timedelta

import pytest

from tests.audit.medicinsk.by_hand import (
    BOOK,
    MG,
    NORTH,
    SOUTH,
    Ledger,
    Person,
    counts,
    day,
    grid,
    other_book,
)


def one_unit() -> Ledger:
    ledger = Ledger()
    ledger.unit(NORTH)
    return ledger


# M7 and M8

NEW = (
    # before, first answer, first order
    ("never", "accepted", "buprenorphine"),
    ("never", "accepted", "methadone"),
    ("never", "declined", "methadone"),
    ("never", "not_offered", None),
    ("never", None, "methadone"),
    ("before", "not_offered", "methadone"),
    ("unknown", None, None),
)


def newcomers() -> Ledger:
    ledger = one_unit()
    for number, (before, answer, ordered) in enumerate(NEW, 1):
        person = ledger.person(number, day(3, number), before=before)
        person.assess(day(3, number))
        if answer is not None:
            person.offer(day(3, number), answer)
        if ordered is not None:
            person.order(day(3, number), 8, ordered)
    return ledger


def test_m7_a_declined_offer_is_an_offer_and_no_record_is_unknown() -> None:
    found = newcomers().of("M7")
    assert counts(found.share("m7.offered")) == (3, 1, 1)
    assert found.share("m7.offered").standing == "missed"
    assert found.amount("m7.unplaced").people == (7,)


@pytest.mark.parametrize(
    ("diagnosis", "expected", "without"),
    [
        ("F11.22", (4, 1, 1), ()),
        # An opioid without dependence named, and several drugs, do not say it.
        ("F11.1", (3, 1, 2), ()),
        ("F19.2", (3, 1, 2), ()),
        ("F10.2", (3, 1, 1), (9,)),
    ],
)
def test_m7_is_of_those_with_an_indication(
    diagnosis: str, expected: tuple[int, int, int], without: tuple[int, ...]
) -> None:
    """The sector plan asks for every new patient with an indication, not for every new one."""
    ledger = newcomers()
    ledger.person(9, day(3, 9), before="never").assess(day(3, 9), diagnosis)
    ledger.people[9].offer(day(3, 9), "accepted")
    found = ledger.of("M7")
    assert counts(found.share("m7.offered")) == expected
    assert found.amount("m7.no-indication").people == without


def test_m7_without_an_assessment_of_the_course_it_is_unknown() -> None:
    ledger = newcomers()
    ledger.person(9, day(3, 9), before="never").offer(day(3, 9), "accepted")
    assert counts(ledger.of("M7").share("m7.offered")) == (3, 1, 2)
    # The newest assessment counts, as it was known on the audit date.
    ledger.people[9].assess(day(3, 10), "F10.2")
    ledger.people[9].assess(day(3, 11))
    ledger.people[9].assess(day(1, 2, 2027), "F10.2")
    assert counts(ledger.of("M7").share("m7.offered")) == (4, 1, 1)


def test_m8_the_first_order_of_the_course_counts() -> None:
    ledger = newcomers()
    assert counts(ledger.of("M8").share("m8.started")) == (1, 3, 1)
    ledger.people[2].order(day(6, 1), 8, "buprenorphine")
    assert counts(ledger.of("M8").share("m8.started")) == (1, 3, 1)


def test_m7_and_m8_of_another_year_have_none_of_them() -> None:
    ledger = newcomers()
    last = ledger.figures().period.year_before()
    assert ledger.of("M7", period=last).share("m7.offered").n == 0


def test_m7_error_an_offer_to_somebody_else_and_an_erased_one() -> None:
    ledger = newcomers()
    ledger.people[5].offer(day(3, 6), "accepted")
    assert counts(ledger.of("M7").share("m7.offered")) == (4, 1, 0)
    ledger.erase(ledger.people[1].offer(day(3, 9), "accepted"))
    assert counts(ledger.of("M7").share("m7.offered")) == (3, 1, 1)


def test_m8_error_the_wrong_preparation_signed_first() -> None:
    ledger = newcomers()
    ledger.people[4].order(day(3, 4), 8, "buprenorphine")
    assert counts(ledger.of("M8").share("m8.started")) == (2, 3, 0)


# M9


def on_the_date() -> Ledger:
    ledger = one_unit()
    for number, what in enumerate(("buprenorphine", "depot", "methadone", "heroin"), 1):
        ledger.person(number).order(day(2, 1), 16, what)
    ledger.person(5)
    ledger.person(6).order(day(2, 1), 8, "buprenorphine")
    ledger.people[6].end(day(12, 31), "completed")
    return ledger


def test_m9_of_those_in_treatment_at_the_end_of_the_audit_date() -> None:
    assert counts(on_the_date().of("M9").share("m9.on")) == (2, 2, 1)


def test_m9_error_a_stop_that_was_forgotten() -> None:
    ledger = on_the_date()
    ledger.people[1].stop(day(12, 31))
    assert counts(ledger.of("M9").share("m9.on")) == (1, 2, 2)


# M10


def sedatives() -> Ledger:
    """None; some, told; above guidance, tapering; not asked; a dose nobody knows."""
    ledger = one_unit()
    for number, load_mg, state in (
        (1, 0, "none"),
        (2, 10, "informed"),
        (3, BOOK.diazepam_load_ug // MG + 1, "tapering"),
    ):
        ledger.person(number).care(day(2, 1), sedatives_high_ug=load_mg * MG, taper_state=state)
    ledger.person(4)
    ledger.person(5).care(day(2, 1), sedatives_high_ug=None, taper_state=None)
    return ledger


def test_m10_any_above_informed_and_planned() -> None:
    found = sedatives().of("M10")
    assert counts(found.share("m10.any")) == (2, 1, 2)
    assert counts(found.share("m10.above")) == (1, 1, 0)
    assert counts(found.share("m10.informed")) == (2, 0, 0)
    assert counts(found.share("m10.planned")) == (1, 1, 0)
    assert found.distribution("m10.load").histogram() == (0, 1, 0, 0, 1, 0, 0)


def test_m10_the_change_over_the_year_of_those_known_at_both_ends() -> None:
    ledger = sedatives()
    early = ledger.person(6)
    early.care(day(6, 1, 2025), sedatives_high_ug=40 * MG, taper_state="tapering")
    early.care(day(6, 1), sedatives_high_ug=15 * MG)
    change = ledger.of("M10").distribution("m10.change")
    assert (change.values, change.people) == ((-25 * MG,), (6,))


STEPS = [(day(9, 1), 20 * MG), (day(10, 1), 10 * MG), (day(12, 1), 5 * MG)]


@pytest.mark.parametrize(
    ("had_mg", "word"),
    [
        # On 31 December the plan has come to 5 mg.
        (5, "on-plan"),
        (10, "behind"),
        (4, "ahead"),
    ],
)
def test_m10_a_taper_is_behind_when_a_step_below_what_is_had_has_passed(
    had_mg: int, word: str
) -> None:
    ledger = one_unit()
    person = ledger.person(1)
    person.care(day(8, 1), sedatives_high_ug=30 * MG, taper_state="tapering")
    person.tell("taper-agreed", day(8, 1), version=1, from_ug=30 * MG, steps=STEPS)
    person.tell("taper-step-taken", day(12, 2), plan=1, dose_ug=had_mg * MG, reached=False)
    assert grid(ledger.of("M10").table("m10.tapers")) == {word: {"n": 1}}


def test_m10_error_a_stopped_taper_is_none() -> None:
    ledger = one_unit()
    person = ledger.person(1)
    person.care(day(8, 1), sedatives_high_ug=30 * MG, taper_state="tapering")
    person.tell("taper-agreed", day(8, 1), version=1, from_ug=30 * MG, steps=STEPS)
    person.tell("taper-stopped", day(9, 1), plan=1)
    assert grid(ledger.of("M10").table("m10.tapers")) == {}


# M11

GAP = BOOK.gap_days("methadone")


def returned(after_days: int) -> tuple[Ledger, Person, date]:
    """Ten days with 80 mg, so many days without, then 80 mg again."""
    ledger = one_unit()
    person = ledger.person(1)
    person.order(day(1, 2, 2025))
    person.daily(day(3, 1), day(3, 10))
    for ahead in range(after_days):
        person.miss(day(3, 11) + timedelta(days=ahead))
    back = day(3, 11) + timedelta(days=after_days)
    person.give(back)
    return ledger, person, back


def test_m11_days_missed_of_days_planned() -> None:
    ledger, _, _ = returned(2)
    assert counts(ledger.of("M11").share("m11.missed")) == (2, 11, 0)


def test_m11_a_day_that_was_had_after_it_was_closed_is_not_missed() -> None:
    ledger, person, _ = returned(2)
    person.give(day(3, 11))
    assert counts(ledger.of("M11").share("m11.missed")) == (1, 12, 0)


@pytest.mark.parametrize(
    ("without", "past", "never"),
    [
        (GAP - 1, (0, 1, 0), (0, 0, 0)),
        (GAP, (1, 0, 0), (1, 0, 0)),
    ],
)
def test_m11_the_full_dose_after_a_gap_past_the_limit_is_a_never_event(
    without: int, past: tuple[int, int, int], never: tuple[int, int, int]
) -> None:
    ledger, _, _ = returned(without)
    found = ledger.of("M11")
    assert counts(found.share("m11.gaps")) == past
    assert counts(found.share("m11.full-after-gap")) == never
    assert found.share("m11.full-after-gap").standing == ("missed" if never[0] else None)


def test_m11_a_doctor_who_allowed_it_that_day_or_signed_anew_makes_it_none() -> None:
    ledger, person, back = returned(GAP)
    person.allow(back, "missed-days")
    found = ledger.of("M11").share("m11.full-after-gap")
    assert (counts(found), found.standing) == ((0, 1, 0), "met")
    ledger, person, back = returned(GAP)
    person.order(back)
    assert counts(ledger.of("M11").share("m11.full-after-gap")) == (0, 1, 0)


def test_m11_error_a_doctor_who_allowed_something_else_allowed_nothing_of_this() -> None:
    ledger, person, back = returned(GAP)
    person.allow(back, "too-soon")
    assert counts(ledger.of("M11").share("m11.full-after-gap")) == (1, 0, 0)


def test_m11_less_than_the_dose_before_is_no_full_dose() -> None:
    ledger = one_unit()
    person = ledger.person(1)
    person.order(day(1, 2, 2025))
    person.daily(day(3, 1), day(3, 10))
    person.give(day(3, 20), 30)
    assert counts(ledger.of("M11").share("m11.full-after-gap")) == (0, 1, 0)


def test_m11_doses_at_home_cover_their_days() -> None:
    ledger = one_unit()
    person = ledger.person(1)
    person.order(day(1, 2, 2025))
    person.give(day(3, 1), home=[day(3, number) for number in range(2, 8)])
    person.give(day(3, 8))
    assert counts(ledger.of("M11").share("m11.gaps")) == (0, 0, 0)


def test_m11_error_an_erased_answer_leaves_it_open() -> None:
    ledger, person, back = returned(GAP)
    ledger.erase(person.allow(back, "missed-days"))
    found = ledger.of("M11").share("m11.full-after-gap")
    assert (counts(found), found.standing) == ((0, 0, 1), "open")


# M12


def reviews() -> Ledger:
    """In time; a day late; nobody wrote of one. A plan to the very day; one that is over."""
    ledger = one_unit()
    limit = BOOK.review_confirm_months
    assert limit == 6
    ledger.person(1).care(day(7, 1), reviewed_on=day(7, 1))
    ledger.person(2).care(day(6, 30), reviewed_on=day(6, 30))
    ledger.person(3)
    ledger.people[1].plan(day(2, 1), day(12, 31))
    ledger.people[2].plan(day(2, 1), day(12, 30))
    return ledger


def test_m12_reviewed_in_time_and_with_a_plan() -> None:
    found = reviews().of("M12")
    reviewed = found.share("m12.reviewed")
    assert reviewed.unknown.people == (3,)
    assert reviewed.yes.people == (1,)
    planned = found.share("m12.plan")
    assert (planned.yes.people, planned.no.people) == ((1,), (2, 3))


def test_m12_error_a_plan_of_an_earlier_course_is_none() -> None:
    ledger = reviews()
    ledger.people[1].end(day(7, 1), "left_early")
    ledger.person(1, day(8, 1))
    assert counts(ledger.of("M12").share("m12.plan")) == (0, 3, 0)


# M13


def hearts() -> Ledger:
    """Above the limit: in time, too old, none. Below it: nobody asks when, but QTc counts."""
    ledger, above = one_unit(), BOOK.ecg_methadone_ug // MG + 5
    for number, ecg_on, qtc in (
        (1, day(6, 1), 430),
        (2, day(6, 1, 2025), 460),
        (3, None, None),
    ):
        person = ledger.person(number)
        person.order(day(1, 2, 2025), above)
        if ecg_on is not None:
            person.care(ecg_on, ecg_on=ecg_on, qtc_ms=qtc)
    ledger.person(4).order(day(2, 1), 40)
    ledger.people[4].care(day(2, 1), ecg_on=day(2, 1), qtc_ms=501)
    ledger.person(5).order(day(2, 1), 16, "buprenorphine")
    return ledger


def test_m13_in_time_of_those_above_the_limit_and_qtc_of_all_on_methadone() -> None:
    found = hearts().of("M13")
    assert counts(found.share("m13.in-time")) == (1, 1, 1)
    qtc = found.distribution("m13.qtc")
    assert qtc.edges == (449, 500)
    assert qtc.histogram() == (1, 1, 1)
    assert qtc.unknown.people == (3,)


def test_m13_error_the_dose_of_somebody_else_typed_in() -> None:
    ledger = hearts()
    ledger.people[4].order(day(12, 30), 140)
    assert counts(ledger.of("M13").share("m13.in-time")) == (2, 1, 1)


def test_m13_a_changed_rule_book_asks_at_another_dose() -> None:
    ledger = hearts()
    ledger.adopt(other_book("ecg-low", ecg_methadone_ug=30 * MG), day(12, 1))
    assert counts(ledger.of("M13").share("m13.in-time")) == (2, 1, 1)


# M14


def overrides() -> Ledger:
    ledger = one_unit()
    for number in range(1, 7):
        person = ledger.person(number)
        person.lift(day(3, number), "benzodiazepine-load", "confirm", "nurse", "talt med")
    ledger.people[1].lift(day(4, 1), "missed-days", "stop", "doctor", "set ved fremmøde")
    return ledger


def test_m14_lifts_by_rule_and_role_and_by_reason() -> None:
    found = overrides().of("M14")
    assert grid(found.table("m14.rules")) == {
        "benzodiazepine-load": {"nurse": 6},
        "missed-days": {"doctor": 1},
    }
    assert grid(found.table("m14.reasons")) == {
        "m14.other-reason": {"n": 1},
        "talt med": {"n": 6},
    }
    never = found.share("m14.stop-by-other")
    assert (counts(never), never.standing) == ((0, 1, 0), "met")


def test_m14_error_a_stop_lifted_by_a_nurse_is_a_never_event() -> None:
    ledger = overrides()
    ledger.people[2].lift(day(5, 1), "too-soon", "stop", "nurse")
    never = ledger.of("M14").share("m14.stop-by-other")
    assert (counts(never), never.yes.people, never.standing) == ((1, 1, 0), (2,), "missed")


def test_m14_error_an_erased_reservation_leaves_it_open() -> None:
    ledger = overrides()
    ledger.erase(ledger.people[2].lift(day(5, 1), "too-soon", "stop", "nurse"))
    assert ledger.of("M14").share("m14.stop-by-other").standing == "open"


def test_lifts_of_another_unit_are_its_own() -> None:
    ledger = overrides()
    ledger.unit(SOUTH)
    ledger.person(8, unit_id=SOUTH).lift(day(3, 1), "too-soon", "stop", "nurse")
    assert ledger.of("M14").share("m14.stop-by-other").yes.count == 0
    assert ledger.of("M14", SOUTH).share("m14.stop-by-other").yes.count == 1
    assert ledger.of("M14", None).share("m14.stop-by-other").yes.count == 1
