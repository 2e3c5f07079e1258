"""What an arrangement with doses at home stands on: what the record shows, and what is asked. Pure.

A precondition that is not met does not forbid; the doctor writes why all the same, and that stands
with the decision. What nobody recorded is not met.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from dosing_rules import NO_MEASURE, Patient, RuleBook
from dosing_rules.days import within_months

Kind = Literal[
    "supervised", "part_take_home", "pharmacy", "thrice_weekly", "depot", "home_visit", "practice"
]
#: Doses leave the room with these.
AT_HOME: frozenset[Kind] = frozenset(
    {"part_take_home", "pharmacy", "thrice_weekly", "home_visit", "practice"}
)
Precondition = Literal["locked_away", "informed", "naloxone", "reviewed", "coming", "no_diversion"]
#: What only the doctor can say, having asked; a locked box, until it is on record.
ASKED: tuple[Precondition, ...] = ("locked_away", "informed")


@dataclass(frozen=True, slots=True)
class Stands:
    """One precondition, and whether the record shows it; ``asked``: the doctor ticks it."""

    name: Precondition
    met: bool
    asked: bool = False


def preconditions(
    patient: Patient, book: RuleBook, today: date, ticked: Collection[str] = ()
) -> tuple[Stands, ...]:
    """All of them as they stand on ``today``, what is asked first."""
    reviewed_on, measure = patient.reviewed_on, patient.diversion_supervised_until_on
    months, home = book.review_confirm_months, patient.home_safety
    locked = home is not None and home.locked_box is True
    return (
        Stands("locked_away", locked or "locked_away" in ticked, asked=not locked),
        Stands("informed", "informed" in ticked, asked=True),
        Stands("naloxone", patient.naloxone_on is not None),
        Stands(
            "reviewed",
            reviewed_on is not None and within_months(reviewed_on, months, today),
        ),
        Stands("coming", _comes(patient, today)),
        # A measure nobody looked up may be in force.
        Stands("no_diversion", measure == NO_MEASURE or (measure is not None and measure < today)),
    )


def _comes(patient: Patient, today: date) -> bool:
    """Whether yesterday was covered; a first day, or unknown, shows nothing yet."""
    covered_on = patient.last_covered_on
    return covered_on is not None and covered_on >= today - timedelta(days=1)
