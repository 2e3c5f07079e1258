"""What is looked after in a treatment, and when each is due again. Pure.

The rule book says how long a review and an ECG hold; everything else is due on the day that was
agreed when it was last answered, or at once where nobody ever asked. Nothing leaves the list but
by a record: a no, or putting off, carries its reason and the day it is asked again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from dosing_rules import Patient, RuleBook
from dosing_rules.days import months_later

Kind = Literal[
    "review",
    "ecg",
    "liver",
    "hepatitis",
    "hiv",
    "urine",
    "pregnancy",
    "naloxone",
    "driving",
    "health",
    "locked_box",
]
Answer = Literal["done", "yes", "no", "not_relevant", "declined", "put_off"]
#: What may be answered to each, by whom; the first of its answers is the ordinary one.
ANSWERS: Mapping[Kind, tuple[Answer, ...]] = {
    "review": ("done", "put_off"),
    "ecg": ("done", "declined", "put_off"),
    "pregnancy": ("no", "yes", "not_relevant", "declined", "put_off"),
    "health": ("done", "declined", "put_off"),
    "liver": ("done", "declined", "put_off"),
    "hepatitis": ("done", "declined", "put_off"),
    "hiv": ("done", "declined", "put_off"),
    "urine": ("done", "declined", "put_off"),
    "naloxone": ("done", "declined", "put_off"),
    "locked_box": ("yes", "no", "declined", "put_off"),
    "driving": ("done", "put_off"),
}
BY_DOCTOR: frozenset[Kind] = frozenset({"review", "ecg", "pregnancy", "health"})
#: Signed as it stands today, whenever it was measured.
OF_TODAY: frozenset[Kind] = frozenset({"review", "health", "locked_box"})
#: Asked of everybody at least once, though no book says how often.
ONCE_AT_LEAST: tuple[Kind, ...] = ("hepatitis", "hiv", "liver", "driving")


@dataclass(frozen=True, slots=True)
class Kept:
    """The newest record of a kind."""

    kind: Kind
    answer: Answer
    found_on: date
    next_on: date | None
    qtc_ms: int | None = None
    goal: str | None = None
    note: str | None = None
    recorded_by: str = ""
    filtration_ml_per_minute: int | None = None
    breathing_disease: bool | None = None
    drinks_daily: bool | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to see to. ``on`` None: nobody ever recorded it, so it is due now.

    ``late``: the book's longest time has passed, or a fact is missing that the counter asks a
    doctor about. ``limits``: the numbers of the book that say so; ``()`` where it was agreed.
    """

    kind: Kind
    on: date | None
    late: bool
    limits: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[bool, date]:
        """Late ones first, then the longest waiting."""
        return not self.late, self.on or date.min


def due(
    patient: Patient, kept: Mapping[Kind, Kept], book: RuleBook, today: date
) -> tuple[Due, ...]:
    """What is due on ``today``, late first."""
    found = [_review(patient, kept, book, today), _ecg(patient, kept, book, today)]
    found.append(_naloxone(patient, kept, today))
    for kind in ANSWERS:
        if kind in ("review", "ecg", "naloxone"):
            continue
        record = kept.get(kind)
        if record is not None and record.next_on is not None and record.next_on <= today:
            found.append(Due(kind, record.next_on, False))
        elif _never_said(kind, patient, book, record is not None) and not _put_off(
            kept, kind, today
        ):
            found.append(Due(kind, None, False, _ASKED_BY.get(kind, ())))
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.order))


#: The switches of the book by which a group of facts is asked of everybody it concerns.
_ASKED_BY: Mapping[Kind, tuple[str, ...]] = {
    "health": ("requires_health",),
    "locked_box": ("requires_home_safety",),
}


def _never_said(kind: Kind, patient: Patient, book: RuleBook, recorded: bool) -> bool:
    """Whether something is asked of everybody it concerns, and the rules know no answer.

    Whether somebody is pregnant, the counter asks until it is known, whoever it is. The groups of
    facts it asks about only where the book says so; a locked box, of whom doses go home with.
    """
    if kind == "pregnancy":
        return patient.pregnant is None
    if kind == "health":
        return book.requires_health and patient.health is None
    if kind == "locked_box":
        arranged = patient.arrangement
        home = arranged is None or arranged.self_administration is not False
        return book.requires_home_safety and home and patient.home_safety is None
    return kind in ONCE_AT_LEAST and not recorded


def _put_off(kept: Mapping[Kind, Kept], kind: Kind, today: date) -> bool:
    """Whether the newest word on it is a no with a later day: the list waits, the rules do not."""
    record = kept.get(kind)
    if record is None or record.answer not in ("declined", "put_off"):
        return False
    return record.next_on is not None and record.next_on > today


def _review(patient: Patient, kept: Mapping[Kind, Kept], book: RuleBook, today: date) -> Due | None:
    if _put_off(kept, "review", today):
        return None
    limits = ("review_confirm_months", "review_doctor_months")
    reviewed_on = patient.reviewed_on
    if reviewed_on is None:
        return Due("review", None, True, limits)
    record = kept.get("review")
    on = months_later(reviewed_on, book.review_confirm_months)
    if record is not None and record.answer == "done" and record.next_on is not None:
        on = min(on, record.next_on)
    if on > today:
        return None
    return Due("review", on, months_later(reviewed_on, book.review_doctor_months) < today, limits)


def _ecg(patient: Patient, kept: Mapping[Kind, Kept], book: RuleBook, today: date) -> Due | None:
    """Before methadone, and as often as the book says above its dose; agreed days beside it."""
    if _put_off(kept, "ecg", today):
        return None
    record = kept.get("ecg")
    agreed = record.next_on if record is not None else None
    order = patient.prescription
    if order is not None and order.product.substance == "methadone":
        if patient.qtc_ms is None or patient.ecg_on is None:
            return Due("ecg", None, True, ("qtc_doctor_ms",))
        if order.largest_day_ug() > book.ecg_methadone_ug:
            on = months_later(patient.ecg_on, book.ecg_months)
            if on < today:
                return Due("ecg", on, True, ("ecg_methadone_ug", "ecg_months"))
    return None if agreed is None or agreed > today else Due("ecg", agreed, False)


def _naloxone(patient: Patient, kept: Mapping[Kind, Kept], today: date) -> Due | None:
    if _put_off(kept, "naloxone", today):
        return None
    record = kept.get("naloxone")
    if patient.naloxone_on is None:
        return Due("naloxone", None, False)
    agreed = record.next_on if record is not None else None
    return None if agreed is None or agreed > today else Due("naloxone", agreed, False)
