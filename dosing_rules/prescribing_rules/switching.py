"""From one medicine or preparation to another."""

from datetime import datetime, timedelta

from dosing_rules.beginning import last_dose_at_home
from dosing_rules.change import Change, begins, course_is_over, is_injected
from dosing_rules.conversions import first_depot_row
from dosing_rules.days import minutes_between
from dosing_rules.facts import Patient
from dosing_rules.rule import Objection, ask_prescriber, doctor, rule, stop
from dosing_rules.rulebook import RuleBook

_MINUTES_A_DAY = minutes_between(datetime.min, datetime.min + timedelta(days=1))


def _to_buprenorphine(change: Change, patient: Patient) -> bool:
    """A new buprenorphine order for somebody not known to take it already."""
    new = change.new
    if new is None or new.product.substance != "buprenorphine":
        return False
    return patient.last_swallowed_substance != "buprenorphine"


@rule(
    id="switch-from-high-methadone",
    asks="Is the full agonist low enough to change to buprenorphine?",
    source="SP-03, US-07: from at most 30 mg a day; more as an inpatient (NO-02)",
)
def switch_from_high_methadone(
    change: Change, patient: Patient, book: RuleBook
) -> Objection | None:
    last_ug, order = patient.last_swallowed_ug, patient.prescription
    if not _to_buprenorphine(change, patient) or patient.is_new():
        return None
    # A day of two parts is more than the last one swallowed.
    if last_ug is not None and order is not None and order.product.substance != "buprenorphine":
        last_ug = max(last_ug, order.largest_day_ug())
    if last_ug is not None and last_ug <= book.buprenorphine_after_methadone_ug:
        return None
    return doctor(limits=("buprenorphine_after_methadone_ug",), last_ug=last_ug)


@rule(
    id="switch-to-buprenorphine-too-soon",
    asks="Does buprenorphine begin long enough after the last full agonist?",
    source="SP-10, SP-03, US-07: 24 hours after methadone",
)
def switch_to_buprenorphine_too_soon(
    change: Change, patient: Patient, book: RuleBook
) -> Objection | None:
    new, last_at = change.new, patient.last_swallowed_at
    if new is None or not _to_buprenorphine(change, patient) or patient.is_new():
        return None
    # Its first day at this hour; the counter asks again with the real moment.
    waits = (new.valid_from - change.on).days * _MINUTES_A_DAY
    passed = None if last_at is None else minutes_between(last_at, change.at) + max(waits, 0)
    limits = ("buprenorphine_after_agonist_minutes",)
    if passed is not None and passed >= book.buprenorphine_after_agonist_minutes:
        if not last_dose_at_home(patient, max(change.on, new.valid_from)):
            return None
        return doctor(limits=limits, last_at=None, passed_minutes=None)
    return stop(
        "wait-until",
        limits=limits,
        lifted_by="doctor",
        last_at=last_at,
        passed_minutes=passed,
    )


@rule(
    id="switch-before-withdrawal",
    asks="Is withdrawal visible where buprenorphine begins today?",
    source="SP-10, SP-03: buprenorphine too early throws a person into withdrawal",
)
def switch_before_withdrawal(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new, cows = change.new, change.withdrawal_cows
    if new is None or not _to_buprenorphine(change, patient) or new.valid_from > change.on:
        return None  # for a later day the counter asks
    limits = ("withdrawal_first_buprenorphine_cows",)
    if cows is None:
        return doctor("measure-withdrawal", limits=limits, cows=None)
    if cows >= book.withdrawal_first_buprenorphine_cows:
        return None
    return stop("wait-until", limits=limits, lifted_by="doctor", cows=cows)


@rule(
    id="switch-to-methadone-same-day",
    asks="Does methadone begin on a day after the last buprenorphine?",
    source="9b: the next day, by tolerance",
)
def switch_to_methadone_same_day(
    change: Change, patient: Patient, book: RuleBook
) -> Objection | None:
    new = change.new
    if new is None or new.product.substance != "methadone":
        return None
    if patient.last_swallowed_substance in ("methadone", "diacetylmorphine"):
        return None
    last_on = patient.last_swallowed_on
    if patient.is_new() or (last_on is not None and last_on < new.valid_from):
        return None
    return stop("wait-until", lifted_by="doctor", last_on=last_on, begins_on=new.valid_from)


@rule(
    id="dose-found-by-ratio",
    asks="Was the first dose of another substance found by assessment, not by a factor?",
    source="9b: never convert methadone to buprenorphine by ratio",
)
def dose_found_by_ratio(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    order, new, last = patient.prescription, change.new, patient.last_swallowed_substance
    if new is None:
        return None
    substance = new.product.substance
    ordered_other = order is not None and order.product.substance != substance
    taken_other = last != substance and not patient.is_new()
    if not ordered_other and not taken_other:
        return None
    if change.dose_found_by == "clinical":
        return None
    return stop("correct-order", lifted_by="doctor", found_by=change.dose_found_by)


@rule(
    id="preparations-not-equal",
    asks="Is one kind of buprenorphine tablet changed for another at the same milligrams?",
    source="UK-14 Espranor, section 10 Zubsolv: not equal milligram for milligram",
)
def preparations_not_equal(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    order, new = patient.prescription, change.new
    if order is None or new is None or order.product == new.product:
        return None
    forms = {order.product.form, new.product.form}
    if forms != {"sublingual_tablet"} or order.product.substance != new.product.substance:
        return None
    if change.preparation is not None and change.preparation == change.previous_preparation:
        return None
    if order.largest_day_ug() != new.largest_day_ug() and change.preparation is not None:
        return None
    return stop("correct-order", lifted_by="doctor", preparation=change.preparation)


@rule(
    id="route-changed-at-same-dose",
    asks="Is methadone moved from the mouth to the vein at the same dose?",
    source="DK-35: what is injected acts in full",
)
def route_changed_at_same_dose(
    change: Change, patient: Patient, book: RuleBook
) -> Objection | None:
    order, new = patient.prescription, change.new
    if order is None or new is None or order.product.substance != "methadone":
        return None
    if not is_injected(new.product) or is_injected(order.product):
        return None
    if new.largest_day_ug() < order.largest_day_ug():
        return None
    return doctor(from_ug=order.largest_day_ug(), to_ug=new.largest_day_ug())


def _new_to_depots(change: Change, patient: Patient, book: RuleBook) -> bool:
    """A depot for somebody not known to take buprenorphine without a break."""
    new = change.new
    return new is not None and new.product.form == "depot" and begins(change, patient, book)


@rule(
    id="first-depot-unmatched",
    asks="Does the first depot match the dose under the tongue?",
    source="SP-04 table from SL to weekly and monthly",
)
def first_depot_unmatched(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new, daily_ug = change.new, _under_the_tongue_ug(patient)
    if new is None or new.product.form != "depot" or new.depot_interval_days is None:
        return None
    # Somebody known to begin anew takes the test dose and the first weekly depot instead.
    known_other = patient.last_swallowed_substance not in (None, "buprenorphine")
    if daily_ug is None or known_other or course_is_over(change, patient, book):
        return None
    weekly = new.depot_interval_days <= book.depot_weekly_days
    row, depot_ug = first_depot_row(daily_ug, book), new.largest_day_ug()
    expected_ug = None
    if row is not None:
        expected_ug = row.weekly_ug if weekly else row.monthly_ug
    if expected_ug == depot_ug:
        return None
    limits = row.limits if row is not None else ()
    return ask_prescriber(
        limits=limits, daily_ug=daily_ug, depot_ug=depot_ug, expected_ug=expected_ug
    )


def _under_the_tongue_ug(patient: Patient) -> int | None:
    """Buprenorphine a day; where the order ran out, the last dose. ``None`` for none or a depot."""
    order = patient.prescription
    if order is None:
        last = patient.last_swallowed_substance
        return patient.last_swallowed_ug if last == "buprenorphine" else None
    product = order.product
    under = product.substance == "buprenorphine" and product.form != "depot"
    return order.daily_ug if under else None


@rule(
    id="first-depot-without-test",
    asks="Did somebody new to buprenorphine bear a test dose under the tongue first?",
    source="SP-02: 4 mg, then one hour",
)
def first_depot_without_test(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    if not _new_to_depots(change, patient, book):
        return None
    test_at, test_ug = change.depot_test_at, change.depot_test_ug
    passed = minutes_between(test_at, change.at) if test_at is not None else None
    if test_ug == book.depot_test_ug and passed is not None and passed >= book.depot_test_minutes:
        return None
    return stop(
        "observe-first",
        limits=("depot_test_ug", "depot_test_minutes"),
        lifted_by="doctor",
        test_ug=test_ug,
        passed_minutes=passed,
    )


@rule(
    id="first-depot-sequence",
    asks="Does somebody new to buprenorphine begin with the first weekly depot?",
    source="SP-02: 16 mg weekly, then more in steps",
)
def first_depot_sequence(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = change.new
    if new is None or not _new_to_depots(change, patient, book):
        return None
    interval_days = new.depot_interval_days
    weekly = interval_days is not None and interval_days <= book.depot_weekly_days
    if weekly and new.largest_day_ug() == book.depot_first_weekly_ug:
        return None
    return stop(
        "correct-order",
        limits=("depot_first_weekly_ug", "depot_weekly_days"),
        lifted_by="doctor",
        depot_ug=new.largest_day_ug(),
        interval_days=interval_days,
    )
