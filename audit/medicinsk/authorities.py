"""What authorities ask for, as CSV: every hand-out for an inspection, every course for the month.

Both name people by their number in the service, never by name or CPR: the ledger holds no CPR, and
whoever passes a file on adds what the law asks for. Semicolons, UTF-8, CRLF; whole micrograms.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from audit.medicinsk.doses import Doses
from audit.medicinsk.life import Life
from audit.medicinsk.model import Period
from audit.medicinsk.places import Places
from audit.medicinsk.recorded import Course

#: Times, kinds, amounts, indications (BEK 1281/2025 asks to be able to show them).
INSPECTION = (
    "unit",
    "person",
    "at",
    "how",
    "for_day",
    "preparation",
    "amount_ug",
    "indication",
)
#: A start set for the monthly report to Stofmisbrugsdatabasen; its form is to be confirmed.
MONTHLY = (
    "unit",
    "person",
    "contact_on",
    "enrolled_on",
    "first_dose_on",
    "preparation",
    "daily_ug",
    "ended_on",
    "status",
)
Row = tuple[str | int | date | None, ...]


def inspection(
    lives: Iterable[Life], places: Places, period: Period, unit_id: int | None = None
) -> Iterator[Row]:
    """Every dose that left a cabinet in the period, one row for each day it was for.

    ``unit_id``: of this unit's cabinets alone. Preparation and indication are those in force on the
    day; None where none was recorded.
    """
    for life in lives:
        for entry in life.given.values():
            on, facts = entry.on, entry.facts
            if not period.holds(on) or unit_id not in (None, entry.unit_id):
                continue
            order = life.order(on)
            about = (order.preparation if order is not None else None, life.diagnosis(on))
            start = (places.place(entry.unit_id).code, life.person_id, facts.swallowed_at)
            for _, ug in facts.swallowed:
                yield (*start, "supervised", on, about[0], ug, about[1])
            for day, _, ug in facts.taken_home:
                yield (*start, "take-home", day, about[0], ug, about[1])


def monthly(
    lives: Iterable[Life], places: Places, month: Period, unit_id: int | None = None
) -> Iterator[Row]:
    """Every course that ran on some day of the month, as it stood on the month's last day."""
    for life in lives:
        doses: Doses | None = None
        for course in life.courses:
            if unit_id not in (None, course.unit_id) or not _ran(course, month):
                continue
            doses = doses or Doses(life, places.is_pharmacy)
            yield _course(life, course, doses, places, month.last)


def _ran(course: Course, month: Period) -> bool:
    over = course.ended_on is not None and course.ended_on < month.first
    return course.first <= month.last and not over and course.status != "absorbed"


def _course(life: Life, course: Course, doses: Doses, places: Places, on: date) -> Row:
    ended = course.ended_on is not None and course.ended_on <= on
    order = None if ended else life.order(on)
    return (
        places.place(course.unit_id).code,
        life.person_id,
        course.contact_on,
        course.enrolled_on,
        doses.first(course.enrolled_on, on),
        order.preparation if order is not None else None,
        order.daily_ug if order is not None else None,
        course.ended_on if ended else None,
        course.status if ended else "in-treatment",
    )


def to_csv(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """The file in pieces of a few thousand rows: memory does not grow with the year."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    for number, row in enumerate(rows, 1):
        writer.writerow(["" if one is None else one for one in row])
        if number % 5_000 == 0:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()
