"""What lifts a finding, and what is planned for a person: pure functions of the counter."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from dispensing.counter.decide import Reason, decide
from dispensing.counter.loading import DoctorDecision
from dispensing.counter.plan import ordered_parts, planned_doses, supervised_today, within_depot
from dosing_rules import (
    NO_DEPOT,
    Arrangement,
    Depot,
    DoseAsked,
    Finding,
    Patient,
    Prescription,
    Product,
    Request,
    Severity,
    Verdict,
)
from dosing_rules.facts import NO_INDKALD, NO_MEASURE, Claim, Indkald, TakeHomeException, Unit

MONDAY = date(2026, 11, 23)
METHADONE = Product("metadon-1", "methadone", "oral_solution", "oral", 1_000, "ml")
DEPOT = Product("bup-depot-m64", "buprenorphine", "depot", "subcutaneous", 64_000, "unit")
ORDER = Prescription(1, 1, METHADONE, 80_000, (80_000,), MONDAY, MONDAY + timedelta(days=30))
NURSE, DOCTOR = 10, 11


def finding(severity: Severity, liftable_by=None, rule_id: str = "missed-days", **facts):
    return Finding(rule_id, severity, facts, (), liftable_by, "doctor-decision")


def asked(*amounts_ug: int) -> Request:
    doses = tuple(
        DoseAsked(MONDAY, part, ug, "supervised") for part, ug in enumerate(amounts_ug, start=1)
    )
    return Request(datetime(2026, 11, 23, 9, tzinfo=UTC), MONDAY, 1, doses, METHADONE, 1, 1)


def said(allow: bool = True, *rule_ids: str, max_ug=None, minutes=None) -> DoctorDecision:
    rules = frozenset(rule_ids or ("missed-days",))
    return DoctorDecision(rules, allow, max_ug, minutes, "spoken to", DOCTOR)


def blocked(found: Finding, reasons=(), decisions=(), *, taken_ug: int = 0, request=None) -> bool:
    verdict = Verdict(found.severity, (found,))
    decided = decide(request or asked(80_000), verdict, reasons, decisions, NURSE, taken_ug)
    return not decided.allowed


class TestLifting:
    def test_information_blocks_nothing(self) -> None:
        assert not blocked(finding(Severity.INFORM))

    @pytest.mark.parametrize("severity", [Severity.CONFIRM, Severity.DOCTOR, Severity.STOP])
    def test_everything_above_blocks_until_lifted(self, severity: Severity) -> None:
        assert blocked(finding(severity, "doctor"))

    @pytest.mark.parametrize(
        ("severity", "lifted"),
        [(Severity.CONFIRM, True), (Severity.DOCTOR, False), (Severity.STOP, False)],
    )
    def test_a_nurses_reason_lifts_a_confirmation_only(
        self, severity: Severity, lifted: bool
    ) -> None:
        reason = Reason("missed-days", "because of the snow")
        assert blocked(finding(severity, "doctor"), [reason]) is not lifted

    def test_a_reason_lifts_the_finding_it_names(self) -> None:
        reason = Reason("another-rule", "because of the snow")
        assert blocked(finding(Severity.CONFIRM), [reason])

    @pytest.mark.parametrize("severity", [Severity.DOCTOR, Severity.STOP])
    def test_a_doctor_lifts_what_a_doctor_may(self, severity: Severity) -> None:
        assert not blocked(finding(severity, "doctor"), (), [said()])

    def test_what_nobody_may_lift_no_doctor_lifts(self) -> None:
        assert blocked(finding(Severity.STOP, None), (), [said()])

    @pytest.mark.parametrize(("words", "lifted"), [((True, False), False), ((False, True), True)])
    def test_the_doctors_last_word_counts(self, words: tuple[bool, ...], lifted: bool) -> None:
        decisions = [said(word) for word in words]
        assert blocked(finding(Severity.DOCTOR, "doctor"), (), decisions) is not lifted

    def test_a_word_about_another_finding_is_no_last_word(self) -> None:
        decisions = [said(True), said(False, "too-soon")]
        assert not blocked(finding(Severity.DOCTOR, "doctor"), (), decisions)

    @pytest.mark.parametrize(
        ("asked_ug", "taken_ug", "lifted"),
        [(40_000, 0, True), (40_001, 0, False), (20_000, 20_000, True), (20_000, 20_001, False)],
    )
    def test_the_doctors_most_is_of_the_whole_day(
        self, asked_ug: int, taken_ug: int, lifted: bool
    ) -> None:
        """H11"""
        held = blocked(
            finding(Severity.DOCTOR, "doctor"),
            (),
            [said(max_ug=40_000)],
            taken_ug=taken_ug,
            request=asked(asked_ug),
        )
        assert held is not lifted

    @pytest.mark.parametrize(("home_ug", "lifted"), [(40_000, True), (40_001, False)])
    def test_the_doctors_most_is_of_every_day_asked_for(self, home_ug: int, lifted: bool) -> None:
        """H11: what goes home is no way around it, and today's part is not counted with it."""
        tomorrow = DoseAsked(MONDAY + timedelta(days=1), 1, home_ug, "take_home")
        request = replace(asked(20_000), doses=(*asked(20_000).doses, tomorrow))
        held = blocked(
            finding(Severity.DOCTOR, "doctor"),
            (),
            [said(max_ug=40_000)],
            taken_ug=20_000,
            request=request,
        )
        assert held is not lifted

    @pytest.mark.parametrize(("passed", "lifted"), [(299, False), (300, True), (None, False)])
    def test_a_doctors_interval_must_have_passed(self, passed: int | None, lifted: bool) -> None:
        """H03"""
        early = finding(Severity.STOP, "doctor", "too-soon", passed_minutes=passed)
        held = blocked(early, (), [said(True, "too-soon", minutes=300)])
        assert held is not lifted

    def test_without_an_interval_the_doctors_yes_is_for_now(self) -> None:
        early = finding(Severity.STOP, "doctor", "too-soon", passed_minutes=1)
        assert not blocked(early, (), [said(True, "too-soon")])


UNIT = Unit(1, frozenset(), frozenset())
DAILY = Arrangement(False, frozenset(range(1, 8)), frozenset(range(1, 8)), 0)
WEEKLY = Arrangement(True, frozenset({1}), frozenset({1}), 7)
ORDINARY = Patient(
    prescription=ORDER,
    unit=UNIT,
    claims=(),
    right_holder_unit_id=1,
    last_swallowed_at=None,
    last_swallowed_ug=80_000,
    last_covered_on=MONDAY - timedelta(days=1),
    planned_pickup_on=MONDAY,
    first_dose_on=MONDAY - timedelta(days=800),
    steps=(),
    arrangement=DAILY,
    indkald=NO_INDKALD,
    indkald_due_on=MONDAY + timedelta(days=200),
    sedatives=None,
    vomits=(),
    ecg_on=MONDAY,
    qtc_ms=420,
    pregnant=False,
    diversion_supervised_until_on=NO_MEASURE,
    reviewed_on=MONDAY,
)


def plan(patient: Patient, on: date = MONDAY) -> list[tuple[int, int, int, str]]:
    """The planned doses as (days from Monday, part, mg, how)."""
    return [
        ((dose.for_on - MONDAY).days, dose.part, dose.amount_ug // 1000, dose.how)
        for dose in planned_doses(patient, on)
    ]


def taken(days: int, part: int = 1, ug: int = 80_000) -> Claim:
    at = datetime(2026, 11, 22, 9, tzinfo=UTC)
    return Claim(MONDAY + timedelta(days=days), part, ug, "supervised", "given", 1, at)


class TestThePlan:
    def test_of_daily_supervision_is_todays_dose(self) -> None:
        assert plan(ORDINARY) == [(0, 1, 80, "supervised")]

    def test_of_what_is_taken_is_nothing(self) -> None:
        assert plan(replace(ORDINARY, claims=(taken(0),))) == []

    def test_of_two_parts_is_the_next_one(self) -> None:
        split = replace(ORDINARY, prescription=replace(ORDER, parts_ug=(50_000, 30_000)))
        assert plan(split) == [(0, 1, 50, "supervised")]
        later = replace(split, claims=(taken(0, 1, 50_000),))
        assert plan(later) == [(0, 2, 30, "supervised")]

    def test_of_a_weekly_pick_up_covers_each_day_once(self) -> None:
        """H15: today here, six days home, and the next pick-up day is not among them."""
        assert plan(replace(ORDINARY, arrangement=WEEKLY)) == [(0, 1, 80, "supervised")] + [
            (days, 1, 80, "take_home") for days in range(1, 7)
        ]

    @pytest.mark.parametrize("first", range(1, 8))
    @pytest.mark.parametrize("second", range(1, 8))
    @pytest.mark.parametrize("closed", [(), (7,), (6, 7, 8)])
    def test_of_any_two_pick_up_days_leaves_no_day_out(
        self, first: int, second: int, closed: tuple[int, ...]
    ) -> None:
        """H15: eight weeks of visits, each taking home what reaches to the next one."""
        arrangement = Arrangement(True, frozenset({first, second}), frozenset({first, second}), 14)
        shut = frozenset(MONDAY + timedelta(days=days) for days in closed)
        patient = replace(
            ORDINARY,
            arrangement=arrangement,
            unit=replace(UNIT, closed_on=shut),
            prescription=replace(ORDER, valid_to=MONDAY + timedelta(days=400)),
        )
        start = MONDAY + timedelta(days=first - 1 if first not in closed else 0)
        had: list[date] = []
        for ahead in range(56):
            day = start + timedelta(days=ahead)
            if day in shut or day.isoweekday() not in arrangement.pickup_weekdays:
                continue
            claims = tuple(taken((one - MONDAY).days) for one in had)
            had += [dose.for_on for dose in planned_doses(replace(patient, claims=claims), day)]
        assert len(had) == len(set(had))
        span = (max(had) - min(had)).days + 1
        assert len(had) == span

    def test_of_a_day_of_the_indkald_is_supervised(self) -> None:
        """H18: nothing of its days goes home."""
        days = tuple(MONDAY + timedelta(days=ahead) for ahead in range(1, 5))
        patient = replace(ORDINARY, arrangement=WEEKLY, indkald=Indkald(days, ()))
        assert plan(patient) == [
            (0, 1, 80, "supervised"),
            (5, 1, 80, "take_home"),
            (6, 1, 80, "take_home"),
        ]
        assert supervised_today(patient, days[0])

    def test_under_a_measure_against_resale_is_supervised(self) -> None:
        """H17"""
        sunday = MONDAY + timedelta(days=6)
        measured = replace(ORDINARY, arrangement=WEEKLY, diversion_supervised_until_on=sunday)
        assert supervised_today(measured, sunday)
        assert not supervised_today(
            replace(measured, diversion_supervised_until_on=NO_MEASURE), sunday
        )

    def test_of_a_journey_reaches_to_its_end(self) -> None:
        away = TakeHomeException(14, MONDAY, MONDAY + timedelta(days=14))
        patient = replace(ORDINARY, arrangement=replace(WEEKLY, exception=away))
        assert [days for days, *_ in plan(patient)] == list(range(15))

    def test_without_an_order_is_nothing(self) -> None:
        assert plan(replace(ORDINARY, prescription=None)) == []

    def test_of_a_day_without_a_dose_is_nothing(self) -> None:
        thrice = replace(ORDER, weekday_ug=(16_000, 0, 16_000, 0, 24_000, 0, 0))
        assert ordered_parts(thrice, MONDAY + timedelta(days=1)) == ()


def test_a_depot_is_planned_when_its_interval_is_over() -> None:
    """A monthly depot is no weekly one: in between nobody is expected, whatever is ordered now."""
    month = replace(ORDER, product=DEPOT, depot_interval_days=28)
    given = Depot(date(2026, 11, 2), 28)
    assert within_depot(month, given, date(2026, 11, 29))
    assert not within_depot(month, given, date(2026, 11, 30))
    assert within_depot(replace(month, depot_interval_days=7), given, date(2026, 11, 29))
    assert not within_depot(month, None, date(2026, 11, 3))
    assert not within_depot(month, NO_DEPOT, date(2026, 11, 3))
    assert not within_depot(month, replace(given, interval_days=None), date(2026, 11, 3))
    assert not within_depot(ORDER, given, date(2026, 11, 3))
