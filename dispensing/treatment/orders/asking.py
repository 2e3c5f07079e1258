"""A draft asked of the prescribing rules, version by version, as it will stand on each one's day.

Pure. A later version is asked as if every dose before it was had as ordered: what goes otherwise is
asked again at the counter, where it happens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from dispensing.errors import Unprocessable
from dispensing.treatment.orders.drafting import Draft, Told
from dosing_rules import (
    Change,
    DoseStep,
    Finding,
    Patient,
    Prescriber,
    Prescription,
    RuleBook,
    Severity,
    Verdict,
    check_prescription,
)

SHORTEST_REASON = 3
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Case:
    """What a draft is judged by: the moment, the person as they stand, and who writes."""

    at: datetime
    on: date
    patient: Patient
    prescriber: Prescriber
    book: RuleBook


@dataclass(frozen=True, slots=True)
class Undone:
    """What is signed ahead and will not hold: from which days stops and pauses, and orders."""

    stops: tuple[date, ...] = ()
    orders: tuple[date, ...] = ()


NOTHING_UNDONE = Undone()


@dataclass(frozen=True, slots=True)
class Asked:
    """One version with what the rules say of it."""

    order: Prescription
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Weighed:
    """What is left of all verdicts: what cannot be signed, and what a reason lifted."""

    blocking: tuple[Finding, ...]
    lifted: tuple[tuple[str, str], ...]


def ask(
    draft: Draft,
    orders: Sequence[Prescription],
    case: Case,
    held: Sequence[Prescription] = (),
    undone: Undone = NOTHING_UNDONE,
) -> tuple[Asked, ...]:
    """Every version with its verdict, in order; ``held`` what holds until the first begins.

    ``undone``: what the first takes the place of; the later ones replace only what is drafted.
    """
    asked: list[Asked] = []
    patient, at, on = case.patient, case.at, case.on
    if draft.night:
        patient = patient.for_night()
    patient = by_then(patient, held)
    for place, order in enumerate(orders):
        if place:
            before = orders[place - 1]
            at += order.valid_from - on
            on = order.valid_from
            patient = as_ordered(patient, before, on, at)
        told = draft.told if not place else later(draft.told)
        change = change_of(told, order, at, on, case.prescriber)
        change = replace(
            change,
            stops_lifted=undone.stops if not place else (),
            orders_dropped=undone.orders if not place else (),
        )
        asked.append(Asked(order, check_prescription(change, patient, case.book)))
    return tuple(asked)


def change_of(
    told: Told, order: Prescription, at: datetime, on: date, prescriber: Prescriber
) -> Change:
    """The draft of one version, as the rules know one."""
    return Change(
        at=at,
        on=on,
        new=order,
        prescriber=prescriber,
        # The newest version that has begun is the order in force: there are never two of a kind.
        replaces=True,
        reason_not_buprenorphine=True if told.reason_not_buprenorphine else None,
        low_tolerance=told.low_tolerance,
        withdrawal_cows=told.withdrawal_cows,
        preparation=told.preparation,
        previous_preparation=told.previous_preparation,
        dose_found_by=told.dose_found_by,
        depot_test_at=told.depot_test_at,
        depot_test_ug=told.depot_test_ug,
        agreed_with_patient=told.agreed_with_patient,
        night_dose=told.night_dose,
        driving_told=told.driving_told,
        on_medication_card=told.on_medication_card,
    )


def later(told: Told) -> Told:
    """What still holds of later versions: what was measured for the first says nothing of them."""
    return replace(
        told, withdrawal_cows=None, previous_preparation=told.preparation, depot_test_at=None
    )


def by_then(patient: Patient, held: Sequence[Prescription]) -> Patient:
    """The person by the order that the draft takes the place of: what was signed ahead has begun.

    What was had stays as it is today: nobody knows more.
    """
    now = patient.prescription
    if now is None or len(held) < 2:
        return patient
    steps = [
        DoseStep(after.valid_from, before.largest_day_ug(), after.largest_day_ug())
        for before, after in pairwise(held)
        if before.compares_with(after) and before.largest_day_ug() != after.largest_day_ug()
    ]
    order = replace(held[-1], valid_from=min(now.valid_from, held[-1].valid_from))
    return replace(patient, prescription=order, steps=(*(patient.steps or ()), *steps))


def as_ordered(patient: Patient, before: Prescription, on: date, at: datetime) -> Patient:
    """The person on ``on``, when every dose of ``before`` was had as ordered until then."""
    yesterday = on - _DAY
    earlier = patient.prescription
    steps = tuple(patient.steps or ())
    if earlier is not None and earlier.product.substance == before.product.substance:
        was, now = earlier.largest_day_ug(), before.largest_day_ug()
        if was != now:
            steps = (*steps, DoseStep(before.valid_from, was, now))
    had_on = max(before.valid_from, yesterday)
    return replace(
        patient,
        prescription=before,
        claims=(),
        steps=steps,
        first_dose_on=patient.first_dose_on or before.valid_from,
        new_to_treatment=False,
        last_swallowed_at=at - _DAY,
        last_swallowed_ug=before.day_ug(had_on) or before.largest_day_ug(),
        last_swallowed_on=had_on,
        last_swallowed_substance=before.product.substance,
        last_covered_on=had_on,
        planned_pickup_on=on,
    )


def needs_reason(finding: Finding) -> bool:
    """Whether the prescriber may write it after saying why."""
    if finding.severity is Severity.STOP:
        return finding.liftable_by == "doctor"
    return finding.severity > Severity.INFORM


def weigh(draft: Draft, asked: Sequence[Asked]) -> Weighed:
    """What blocks and what is lifted. Raises Unprocessable where the dose must be typed again.

    A change beyond what the rules let pass is typed twice: a slip of a key is not typed twice.
    """
    written = {rule_id: reason.strip() for rule_id, reason in draft.reasons}
    blocking: list[Finding] = []
    lifted: dict[str, str] = {}
    for finding in (one for each in asked for one in each.verdict.findings):
        if finding.severity <= Severity.INFORM:
            continue
        reason = written.get(finding.rule_id, "")
        if needs_reason(finding) and len(reason) >= SHORTEST_REASON:
            lifted[finding.rule_id] = reason
        else:
            blocking.append(finding)
    if lifted and not blocking and draft.retyped_ug != draft.daily_ug:
        raise Unprocessable("type the daily dose once more", field="retyped_mg")
    return Weighed(tuple(blocking), tuple(lifted.items()))


def in_force(orders: Sequence[Prescription], stops: Mapping[int, date], day: date) -> int | None:
    """Which version is in force on a day, None for none: the newest that has begun, unless stopped.

    ``orders`` are the main ones, or those of the dose for the night; ``stops`` the versions of
    stops, which are of both, with the day each begins.
    """
    begun = [(one.version, True) for one in orders if one.valid_from <= day]
    begun += [(version, False) for version, from_on in stops.items() if from_on <= day]
    if not begun:
        return None
    version, is_order = max(begun)
    return version if is_order else None
