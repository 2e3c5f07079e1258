"""What the forms of a course send, read strictly: an unknown choice is never a guess."""

from collections.abc import Collection
from datetime import date
from typing import Any, get_args

from starlette.datastructures import FormData

from dispensing.errors import Unprocessable
from dispensing.treatment.courses.assessing import (
    Allergies,
    Assessment,
    Plan,
    Pregnancy,
    Tolerance,
)
from dispensing.treatment.courses.correcting import Correction
from dispensing.treatment.courses.ending import Ending, Status
from dispensing.treatment.courses.registering import Before, CameBy, Contact, Newcomer, Sex
from dispensing.web import forms

LONGEST_NUMBER = 100


def day_in(form: FormData, name: str) -> date | None:
    """A day, None when empty. Raises Unprocessable."""
    text = forms.text(form, name, 10)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unprocessable("no such day", field=name) from None


def day_needed(form: FormData, name: str) -> date:
    """A day that must be there. Raises Unprocessable."""
    day = day_in(form, name)
    if day is None:
        raise Unprocessable("this is needed", field=name)
    return day


def one_of(form: FormData, name: str, choices: Collection[str]) -> Any:
    """One of the choices. Raises Unprocessable."""
    chosen = forms.text(form, name, 40)
    if chosen not in choices:
        raise Unprocessable("choose one", field=name)
    return chosen


def ticked(form: FormData, name: str) -> bool:
    """Whether a box is ticked."""
    return forms.text(form, name, 1) == "1"


def contact_in(form: FormData) -> Contact:
    """How a course came about. Raises Unprocessable."""
    return Contact(
        day_needed(form, "contact_on"),
        one_of(form, "came_by", get_args(CameBy)),
        one_of(form, "before", get_args(Before)),
        forms.text(form, "note") or None,
    )


def newcomer_in(form: FormData) -> Newcomer:
    """Who asks for treatment. Raises Unprocessable."""
    return Newcomer(
        forms.text(form, "given_name", 100),
        forms.text(form, "family_name", 100),
        day_needed(form, "born_on"),
        one_of(form, "sex", get_args(Sex)),
        contact_in(form),
        forms.text(form, "number", LONGEST_NUMBER) or None,
        forms.text(form, "card", 20) or None,
        forms.text(form, "address") or None,
        ticked(form, "address_protected"),
        ticked(form, "birth_date_checked"),
        ticked(form, "again"),
        forms.text(form, "other_than", 16),
    )


def assessment_in(form: FormData) -> Assessment:
    """A doctor's assessment. Raises Unprocessable."""
    return Assessment(
        forms.text(form, "diagnosis", 10),
        forms.text(form, "wish"),
        forms.text(form, "tried"),
        one_of(form, "tolerance", get_args(Tolerance)),
        one_of(form, "allergies", get_args(Allergies)),
        one_of(form, "pregnancy", get_args(Pregnancy)),
        forms.text(form, "tolerance_note") or None,
        forms.text(form, "allergies_note") or None,
        forms.text(form, "risks") or None,
    )


def plan_in(form: FormData) -> Plan:
    """A doctor's plan. Raises Unprocessable."""
    return Plan(
        forms.text(form, "aim"), forms.text(form, "agreements"), day_needed(form, "review_on")
    )


def correction_in(form: FormData) -> Correction:
    """Name and birth date as they should be. Raises Unprocessable."""
    return Correction(
        forms.text(form, "given_name", 100),
        forms.text(form, "family_name", 100),
        day_needed(form, "born_on"),
        forms.text(form, "correction_reason"),
        forms.whole(form, "after", 0, 2**31 - 1) or 0,
        forms.text(form, "other_than", 16),
    )


def ending_in(form: FormData) -> Ending:
    """Why a course ends. Raises Unprocessable."""
    return Ending(
        one_of(form, "status", get_args(Status)),
        forms.whole(form, "home_doses", 0, 200) or 0,
        forms.text(form, "ending_note") or None,
        day_in(form, "died_on"),
    )
