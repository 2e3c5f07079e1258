"""An order as a prescriber writes it, and the versions it becomes. Pure.

A taper or a titration written ahead is one draft with steps; each step becomes a version that ends
the day before the next begins, so that there is neither a gap nor an overlap between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dispensing.errors import Unprocessable
from dosing_rules import Prescription, Product
from dosing_rules.change import FoundBy, Preparation

#: A year of weekly steps.
MOST_STEPS = 52
MOST_PARTS = 6
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StepAhead:
    """From which day which daily dose, written now."""

    from_on: date
    daily_ug: int


@dataclass(frozen=True, slots=True)
class Told:
    """What the prescriber says besides the order; None: not said, which is never taken for yes."""

    reason_not_buprenorphine: str | None = None
    low_tolerance: bool | None = None
    withdrawal_cows: int | None = None
    preparation: Preparation | None = None
    previous_preparation: Preparation | None = None
    dose_found_by: FoundBy | None = None
    depot_test_at: datetime | None = None
    depot_test_ug: int | None = None
    agreed_with_patient: bool | None = None
    night_dose: bool | None = None
    driving_told: bool | None = None
    on_medication_card: bool | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """The order as written: amounts in whole micrograms, days of the unit's zone.

    ``night``: it is the dose for the night, beside injections. ``parts_ug`` empty: the day's dose
    in one part. ``reasons`` are what the prescriber writes per
    rule that asks for it; ``retyped_ug`` the daily dose once more, where a rule asked.
    """

    product_code: str
    daily_ug: int
    valid_from: date
    valid_to: date
    parts_ug: tuple[int, ...] = ()
    weekday_ug: tuple[int, ...] | None = None
    depot_interval_days: int | None = None
    high_dose_reason: str | None = None
    steps: tuple[StepAhead, ...] = ()
    told: Told = Told()
    reasons: tuple[tuple[str, str], ...] = ()
    retyped_ug: int | None = None
    night: bool = False
    #: The newest version (of orders and stops) the prescriber has seen; None: not said.
    after_version: int | None = None


def versions(
    draft: Draft, product: Product, prescription_id: int, version: int
) -> tuple[Prescription, ...]:
    """The orders a draft becomes, numbered from ``version``. Raises Unprocessable."""
    if len(draft.parts_ug) > MOST_PARTS:
        raise Unprocessable("no day has so many parts", field="parts_mg")
    days = _days(draft)
    ends = [first - _DAY for first, _ in days[1:]] + [draft.valid_to]
    return tuple(
        Prescription(
            prescription_id=prescription_id,
            version=version + place,
            product=product,
            daily_ug=daily_ug,
            parts_ug=_parts(draft, daily_ug),
            valid_from=first,
            valid_to=last,
            weekday_ug=draft.weekday_ug,
            high_dose_reason=True if draft.high_dose_reason else None,
            depot_interval_days=draft.depot_interval_days,
            night=draft.night,
        )
        for place, ((first, daily_ug), last) in enumerate(zip(days, ends, strict=True))
    )


def _days(draft: Draft) -> Sequence[tuple[date, int]]:
    """The first day and daily dose of every version, in order."""
    if len(draft.steps) > MOST_STEPS:
        raise Unprocessable(f"at most {MOST_STEPS} steps ahead", field="steps")
    if draft.steps and draft.weekday_ug is not None:
        raise Unprocessable("steps ahead are for the same dose every day", field="steps")
    days = [(draft.valid_from, draft.daily_ug)]
    for step in draft.steps:
        if not days[-1][0] < step.from_on <= draft.valid_to:
            raise Unprocessable("steps lie one after the other, within the order", field="steps")
        if step.daily_ug <= 0:
            raise Unprocessable("to end is to stop, not a step to nothing", field="steps")
        days.append((step.from_on, step.daily_ug))
    return days


def _parts(draft: Draft, daily_ug: int) -> tuple[int, ...]:
    """The parts of a day's dose; of a step, evenly as those that were written."""
    parts = draft.parts_ug or (draft.daily_ug,)
    if daily_ug == draft.daily_ug or len(parts) == 1:
        return parts if daily_ug == draft.daily_ug else (daily_ug,)
    if len(set(parts)) > 1 or daily_ug % len(parts):
        raise Unprocessable("a step of a split dose splits evenly", field="steps")
    return (daily_ug // len(parts),) * len(parts)
