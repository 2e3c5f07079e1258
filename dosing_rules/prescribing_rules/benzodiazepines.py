"""Benzodiazepines and kin as a doctor writes them, in diazepam equivalents."""

from dosing_rules.amounts import is_above_percent
from dosing_rules.change import Change, SedativeChange
from dosing_rules.facts import Patient
from dosing_rules.rule import Objection, ask_prescriber, doctor, rule
from dosing_rules.rulebook import RuleBook


def _falls(sedative: SedativeChange) -> bool:
    """Whether less is written than is known to be taken."""
    return sedative.from_ug is not None and sedative.to_ug < sedative.from_ug


def _plan_holds(change: Change, sedative: SedativeChange, book: RuleBook) -> bool:
    """An agreed plan that somebody looked at within the book's time."""
    return (
        sedative.plan in ("agreed", "tapering")
        and sedative.plan_on is not None
        and 0 <= (change.on - sedative.plan_on).days <= book.taper_plan_days
    )


def _most_in_window_ug(change: Change, sedative: SedativeChange, book: RuleBook) -> int | None:
    """The most that was taken a day within the window; ``None``: not recorded."""
    if sedative.from_ug is None or sedative.steps is None:
        return None
    window = [s for s in sedative.steps if (change.on - s.on).days < book.taper_window_days]
    return max([sedative.from_ug, *[step.from_ug for step in window]])


@rule(
    id="benzodiazepine-taper-fast",
    asks="Does a benzodiazepine fall faster than the body follows?",
    source="DK-23, US-08: all steps of two weeks together; the last part by the original dose",
)
def benzodiazepine_taper_fast(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    sedative = change.sedative
    if sedative is None or (sedative.from_ug is not None and not _falls(sedative)):
        return None
    before_ug, to_ug = _most_in_window_ug(change, sedative, book), sedative.to_ug
    if before_ug is None:
        limits = ("taper_doctor_percent", "taper_window_days")
        return doctor(limits=limits, from_ug=None, to_ug=to_ug)
    cut_ug, first_ug = before_ug - to_ug, sedative.original_ug
    # Towards the end a step is small beside what the body once had, and large beside the rest.
    if (
        first_ug is not None
        and _plan_holds(change, sedative, book)
        and not is_above_percent(cut_ug, book.taper_last_percent, first_ug)
    ):
        return None
    if is_above_percent(cut_ug, book.taper_doctor_percent, before_ug):
        limits = ("taper_doctor_percent", "taper_window_days", "taper_last_percent")
        return doctor(limits=limits, from_ug=before_ug, to_ug=to_ug, first_ug=first_ug)
    if is_above_percent(cut_ug, book.taper_confirm_percent, before_ug):
        limits = ("taper_confirm_percent", "taper_window_days", "taper_last_percent")
        return ask_prescriber(limits=limits, from_ug=before_ug, to_ug=to_ug, first_ug=first_ug)
    return None


@rule(
    id="benzodiazepine-stopped-at-once",
    asks="Is a benzodiazepine stopped at once after long use?",
    source="US-08, US-11: dependence is expected after three months",
)
def benzodiazepine_stopped_at_once(
    change: Change, patient: Patient, book: RuleBook
) -> Objection | None:
    sedative = change.sedative
    if sedative is None or sedative.to_ug > 0:
        return None
    if sedative.from_ug is not None and sedative.from_ug <= 0:
        return None
    if sedative.taken_days is not None and sedative.taken_days < book.dependence_days:
        return None
    if sedative.plan == "tapering" and _plan_holds(change, sedative, book) and _falls(sedative):
        return None
    return doctor(
        limits=("dependence_days",), taken_days=sedative.taken_days, from_ug=sedative.from_ug
    )


@rule(
    id="benzodiazepine-taper-stalled",
    asks="Has an agreed taper stood still for too long?",
    source="DK-23: no step in more than eight weeks, design proposal",
)
def benzodiazepine_taper_stalled(
    change: Change, patient: Patient, book: RuleBook
) -> Objection | None:
    sedative = change.sedative
    if sedative is None or sedative.plan != "tapering" or _falls(sedative):
        return None
    last_on = sedative.last_step_on
    if last_on is not None and (change.on - last_on).days <= book.taper_stalled_days:
        return None
    return ask_prescriber(limits=("taper_stalled_days",), step_on=last_on)


@rule(
    id="benzodiazepine-raised-in-taper",
    asks="Is a benzodiazepine raised again during a taper?",
    source="DK-23: never raised again",
)
def benzodiazepine_raised_in_taper(
    change: Change, patient: Patient, book: RuleBook
) -> Objection | None:
    sedative = change.sedative
    if sedative is None or sedative.plan not in ("agreed", "tapering"):
        return None
    if sedative.to_ug <= (sedative.from_ug or 0):
        return None
    return doctor(from_ug=sedative.from_ug, to_ug=sedative.to_ug)


@rule(
    id="benzodiazepine-second",
    asks="Is it the only benzodiazepine?",
    source="UK-11: one at a time",
)
def benzodiazepine_second(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    sedative = change.sedative
    if sedative is None or sedative.to_ug <= 0:
        return None
    others = sedative.others
    if others is not None and others < book.benzodiazepine_count:
        return None
    return doctor(limits=("benzodiazepine_count",), others=others)


@rule(
    id="benzodiazepine-above-cap",
    asks="Is the load of benzodiazepines within the cap?",
    source="UK-11, start set: 30 mg diazepam equivalents",
)
def benzodiazepine_above_cap(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    sedative = change.sedative
    if sedative is None or sedative.to_ug <= book.diazepam_load_ug:
        return None
    return doctor(limits=("diazepam_load_ug",), diazepam_ug=sedative.to_ug)


@rule(
    id="new-benzodiazepine-without-plan",
    asks="Does a benzodiazepine beside the opioid have a plan with an end, looked at lately?",
    source="DK-25: start, steps, end, doctor; no older than three months (US-09)",
)
def new_benzodiazepine_without_plan(
    change: Change, patient: Patient, book: RuleBook
) -> Objection | None:
    sedative = change.sedative
    if sedative is None or sedative.to_ug <= 0 or _plan_holds(change, sedative, book):
        return None
    return doctor(
        limits=("taper_plan_days",),
        plan=sedative.plan,
        plan_on=sedative.plan_on,
        to_ug=sedative.to_ug,
    )


@rule(
    id="benzodiazepine-too-long",
    asks="Is a benzodiazepine meant for no longer than it helps?",
    source="DK-22: for sleep two weeks, for anxiety four, then reassess",
)
def benzodiazepine_too_long(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    sedative = change.sedative
    if sedative is None or sedative.to_ug <= 0 or sedative.plan == "tapering":
        return None
    anxiety = sedative.purpose == "anxiety"
    limit = "anxiolytic_days" if anxiety else "hypnotic_days"
    days = book.anxiolytic_days if anxiety else book.hypnotic_days
    if sedative.planned_days is not None and sedative.planned_days <= days:
        return None
    return ask_prescriber(limits=(limit,), planned_days=sedative.planned_days)
