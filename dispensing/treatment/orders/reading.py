"""A draft read from a page's form. Whatever cannot be read is named by its field."""

from datetime import date, timedelta
from typing import Any, get_args

from starlette.datastructures import FormData

from dispensing.counter.pages import amount_in
from dispensing.errors import Unprocessable
from dispensing.treatment.orders.drafting import MOST_STEPS, Draft, StepAhead, Told
from dispensing.web import forms
from dosing_rules.amounts import AmountError, parse_mg
from dosing_rules.change import FoundBy, Preparation
from dosing_rules.plausible import MOST_COWS

WHY = "why:"
_YES_NO = {"": None, "1": True, "0": False}


def draft_in(form: FormData) -> Draft:
    """The draft as typed. Raises Unprocessable."""
    daily_ug = amount_in(form, "daily_mg")
    if daily_ug is None:
        raise Unprocessable("an amount in mg", field="daily_mg")
    first, last = day_in(form, "valid_from"), day_in(form, "valid_to")
    if first is None:
        raise Unprocessable("no such day", field="valid_from")
    if last is None:
        raise Unprocessable("no such day", field="valid_to")
    return Draft(
        product_code=forms.text(form, "product_code", 40),
        daily_ug=daily_ug,
        valid_from=first,
        valid_to=last,
        parts_ug=_parts(form),
        weekday_ug=_weekdays(form),
        depot_interval_days=forms.whole(form, "depot_interval_days", 1, 366),
        high_dose_reason=forms.text(form, "high_dose_reason") or None,
        steps=_steps(form, daily_ug, first, last),
        told=_told(form),
        reasons=tuple(
            (name.removeprefix(WHY), forms.text(form, name))
            for name in dict.fromkeys(form.keys())
            if name.startswith(WHY) and forms.text(form, name)
        ),
        retyped_ug=amount_in(form, "retyped_mg"),
        night=forms.text(form, "night", 1) == "1",
        after_version=forms.whole(form, "after_version", 0, 2**31 - 1),
    )


def day_in(form: FormData, name: str) -> date | None:
    """A day, None when empty. Raises Unprocessable."""
    typed = forms.text(form, name, 10)
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise Unprocessable("no such day", field=name) from None


def _parts(form: FormData) -> tuple[int, ...]:
    """Parts as ``40 + 40``; empty for one part."""
    typed = forms.text(form, "parts_mg", 60)
    try:
        return tuple(parse_mg(part) for part in typed.split("+")) if typed else ()
    except AmountError as error:
        raise Unprocessable("parts in mg, such as 40 + 40", field="parts_mg") from error


def _weekdays(form: FormData) -> tuple[int, ...] | None:
    """A dose for each weekday, Monday first; None where no day is written."""
    typed = [forms.text(form, f"weekday_{day}", 12) for day in range(1, 8)]
    if not any(typed):
        return None
    try:
        return tuple(parse_mg(one) if one else 0 for one in typed)
    except AmountError as error:
        raise Unprocessable("an amount in mg", field="weekday_1") from error


def _steps(form: FormData, daily_ug: int, first: date, last: date) -> tuple[StepAhead, ...]:
    """Even steps to a goal: by so much, every so many days, up or down."""
    by_ug, goal_ug = amount_in(form, "step_mg"), amount_in(form, "step_goal_mg")
    every = forms.whole(form, "step_days", 1, 180)
    if by_ug is None and goal_ug is None and every is None:
        return ()
    for name, value in (("step_mg", by_ug), ("step_goal_mg", goal_ug), ("step_days", every)):
        if value is None:
            raise Unprocessable("steps need size, days between and goal", field=name)
    assert by_ug and goal_ug and every, "asked above"
    steps: list[StepAhead] = []
    ug, on, up = daily_ug, first, goal_ug > daily_ug
    while ug != goal_ug:
        ug = min(ug + by_ug, goal_ug) if up else max(ug - by_ug, goal_ug)
        if (last - on).days < every:
            raise Unprocessable("the order ends before the goal", field="valid_to")
        on += timedelta(days=every)
        if len(steps) >= MOST_STEPS:
            raise Unprocessable(f"at most {MOST_STEPS} steps ahead", field="step_mg")
        steps.append(StepAhead(on, ug))
    return tuple(steps)


def _told(form: FormData) -> Told:
    return Told(
        reason_not_buprenorphine=forms.text(form, "reason_not_buprenorphine") or None,
        low_tolerance=_answer(form, "low_tolerance"),
        withdrawal_cows=forms.whole(form, "cows", 0, MOST_COWS),
        preparation=_word(form, "preparation", get_args(Preparation)),
        previous_preparation=_word(form, "previous_preparation", get_args(Preparation)),
        dose_found_by=_word(form, "dose_found_by", get_args(FoundBy)),
        agreed_with_patient=_answer(form, "agreed_with_patient"),
        night_dose=_answer(form, "night_dose"),
        driving_told=_answer(form, "driving_told"),
        on_medication_card=_answer(form, "on_medication_card"),
    )


def _answer(form: FormData, name: str) -> bool | None:
    typed = forms.text(form, name, 1)
    if typed not in _YES_NO:
        raise Unprocessable("yes or no", field=name)
    return _YES_NO[typed]


def _word(form: FormData, name: str, known: tuple[str, ...]) -> Any:
    typed = forms.text(form, name, 20)
    if typed and typed not in known:
        raise Unprocessable("one of the choices", field=name)
    return typed or None
