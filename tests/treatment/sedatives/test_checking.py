"""Each step of a plan is asked of the rule book; every limit below, at and above (H13)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dispensing.treatment.sedatives.checking import (
    Basis,
    cannot_be_signed,
    check_one,
    check_steps,
    needs_reason,
    plan_looked_at,
    reviews_of,
    said_of,
)
from dispensing.treatment.sedatives.plan import LastPart, Outline, Pace, Pause, Step, steps_of
from dosing_rules import Finding, Prescriber, load_book
from dosing_rules.equivalents import UnknownSubstance
from dosing_rules.facts import DoseStep
from tests.spec import standard

BOOK = load_book("dk-crk-2026")
AT = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
FIRST = date(2027, 1, 4)
PATIENT = standard.patient()
FAST, STALLED = "benzodiazepine-taper-fast", "benzodiazepine-taper-stalled"


def basis(from_mg: int = 20, **changed: object) -> Basis:
    usual: dict[str, object] = {
        "atc": "N05BA01",
        "at": AT,
        "prescriber": Prescriber(entitled=True, specialist=None),
        "from_ug": from_mg * 1_000,
        "original_ug": from_mg * 1_000,
        "plan_on": FIRST,
        "taken_days": 400,
        "others": 0,
        "on_medication_card": True,
        "agreed_with_patient": True,
    }
    return Basis(**(usual | changed))  # type: ignore[arg-type]


def found(basis_of: Basis, *steps: Step) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Rule: severity and steps, of the rules about benzodiazepines."""
    said = said_of(check_steps(basis_of, steps, PATIENT, BOOK))
    return {
        one.finding.rule_id: (one.finding.severity.word, one.steps)
        for one in said
        if one.finding.rule_id.startswith("benzodiazepine")
    }


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


@pytest.mark.parametrize(
    ("to_ug", "word"), [(16_001, None), (16_000, None), (15_999, "confirm"), (15_001, "confirm"),
                        (15_000, "confirm"), (14_999, "doctor")],
)  # fmt: skip
def test_one_step(to_ug: int, word: str | None) -> None:
    """H13: 20 per cent is read over, above it is confirmed, above 25 the doctor is asked."""
    assert found(basis(), Step(FIRST, to_ug)).get(FAST, (None,))[0] == word


@pytest.mark.parametrize(("days", "word"), [(13, "doctor"), (14, None), (15, None)])
def test_steps_of_one_window_count_together(days: int, word: str | None) -> None:
    """H13: two steps of 15 per cent, thirteen days apart, are one of 28."""
    told = found(basis(), Step(FIRST, 17_000), Step(day(days), 14_450))
    assert told.get(FAST, (None, ()))[0] == word
    assert told.get(FAST, (None, (2,)))[1] == (2,)


def test_what_went_before_the_plan_counts_in_its_first_step() -> None:
    """H13: a plan made anew the day after a step does not forget it."""
    before = (DoseStep(day(-13), 20_000, 17_000),)
    assert found(basis(17, before=before), Step(FIRST, 14_450))[FAST] == ("doctor", (1,))
    before = (DoseStep(day(-14), 20_000, 17_000),)
    assert FAST not in found(basis(17, before=before), Step(FIRST, 14_450))


@pytest.mark.parametrize(("to_ug", "word"), [(1_001, None), (1_000, None), (999, "doctor")])
def test_the_last_part_goes_by_the_first_dose(to_ug: int, word: str | None) -> None:
    """H13: 5 per cent of 20 mg is 1 mg, which is half of the 2 mg that are left."""
    last = basis(2, original_ug=20_000)
    assert found(last, Step(FIRST, to_ug)).get(FAST, (None,))[0] == word


@pytest.mark.parametrize(("days", "word"), [(56, None), (57, None), (58, "confirm")])
def test_standing_still(days: int, word: str | None) -> None:
    """H13: more than eight weeks without a step, asked on the day before the next one."""
    told = found(basis(), Step(FIRST, 18_000), Step(day(days), 16_000))
    assert told.get(STALLED, (None,))[0] == word


def test_a_plan_holds_when_it_is_looked_at_in_time() -> None:
    """H13: the ninetieth day is in time; the days by which are told beforehand."""
    assert reviews_of(FIRST, day(89), BOOK) == ()
    assert reviews_of(FIRST, day(180), BOOK) == (day(90), day(180))
    assert plan_looked_at(FIRST, day(89), BOOK) == FIRST
    assert plan_looked_at(FIRST, day(90), BOOK) == day(90)
    told = found(basis(), Step(day(200), 19_000))
    assert "benzodiazepine-without-plan" not in told
    assert "new-benzodiazepine-without-plan" not in [
        one.finding.rule_id
        for one in said_of(check_steps(basis(), [Step(day(200), 19_000)], PATIENT, BOOK))
    ]


@pytest.mark.parametrize(("ago", "missing"), [(89, False), (90, False), (91, True)])
def test_a_step_that_is_taken_asks_for_a_plan_that_holds(ago: int, missing: bool) -> None:
    """H13: what was only promised when the plan was signed is asked for on the day."""
    late = check_one(basis(plan_on=day(-ago)), Step(FIRST, 19_000), PATIENT, BOOK)
    assert ("new-benzodiazepine-without-plan" in rules(late.findings)) is missing


def rules(findings: tuple[Finding, ...]) -> set[str]:
    return {one.rule_id for one in findings}


@pytest.mark.parametrize(("to_ug", "word"), [(30_001, "doctor"), (30_000, None), (29_999, None)])
def test_the_cap(to_ug: int, word: str | None) -> None:
    """H13: above 30 mg of diazepam the doctor writes why, step by step."""
    told = found(basis(32), Step(FIRST, to_ug))
    assert told.get("benzodiazepine-above-cap", (None,))[0] == word


@pytest.mark.parametrize(("others", "word"), [(0, None), (1, "doctor"), (None, "doctor")])
def test_one_at_a_time(others: int | None, word: str | None) -> None:
    """H13: a second one, or nobody knows."""
    told = found(basis(others=others), Step(FIRST, 18_000))
    assert told.get("benzodiazepine-second", (None,))[0] == word


def test_the_larger_figure_counts() -> None:
    """H13: 2 mg of alprazolam may be 40 mg of diazepam."""
    told = found(basis(2, atc="N05BA12"), Step(FIRST, 1_750))
    assert told["benzodiazepine-above-cap"] == ("doctor", (1,))
    with pytest.raises(UnknownSubstance):
        check_steps(basis(atc="N05BA03"), [Step(FIRST, 18_000)], PATIENT, BOOK)


def test_a_whole_slow_plan_has_nothing_to_object() -> None:
    """H13: 28 mg down to none over the leap day, 10 per cent a fortnight, then 5 of the first."""
    outline = Outline(
        28_000, 28_000, 0, date(2028, 1, 3), Pace(10, "current", 14), LastPart(14_000, 5, 28),
        (200, 1_000, 5_000), False, (Pause(date(2028, 7, 1), date(2028, 7, 31), "ferie"),),
    )  # fmt: skip
    steps = steps_of(outline)
    assert steps[-1].dose_ug == 0 and len(steps) > 15
    asked = check_steps(
        basis(28, at=datetime(2028, 1, 3, 9, tzinfo=UTC), plan_on=date(2028, 1, 3)),
        steps, PATIENT, BOOK,
    )  # fmt: skip
    # Only that no list of other medicines is kept is said.
    assert {one.finding.rule_id for one in said_of(asked)} <= {"medicine-list-missing"}


def test_stopping_at_once_is_a_taper_of_one_step() -> None:
    """H13: never at once: the fall is too fast, and a doctor writes why."""
    said = said_of(check_steps(basis(), [Step(FIRST, 0)], PATIENT, BOOK))
    assert said[0].finding.rule_id == FAST
    findings = [one.finding for one in said]
    assert needs_reason(findings) and not cannot_be_signed(findings)


def test_who_may_not_write_signs_nothing() -> None:
    """No reason lifts it."""
    nobody = basis(prescriber=Prescriber(entitled=False, specialist=None))
    findings = check_one(nobody, Step(FIRST, 18_000), PATIENT, BOOK).findings
    assert [one.rule_id for one in cannot_be_signed(findings)] == ["prescriber-not-entitled"]
