"""What the forms about benzodiazepines send, read strictly: days, doses, lists, a plan."""

from datetime import date

from starlette.datastructures import FormData

from dispensing.errors import Unprocessable
from dispensing.treatment.sedatives.load import SOURCES, Source, Taken
from dispensing.treatment.sedatives.plan import MOST_DAYS_BETWEEN, Pace, Pause, usual_last_part_ug
from dispensing.treatment.sedatives.proposing import PlanAsked, dose_listed
from dispensing.treatment.sedatives.store import Kept
from dispensing.web import forms
from dosing_rules import RuleBook
from dosing_rules.amounts import AmountError, parse_mg

MOST_ROWS = 20


def day_in(form: FormData, name: str) -> date | None:
    """A day, or None when empty. Raises Unprocessable."""
    value = forms.text(form, name, 10)
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Unprocessable("no such day", field=name) from None


def needed_day(form: FormData, name: str) -> date:
    """A day that must be there. Raises Unprocessable."""
    day = day_in(form, name)
    if day is None:
        raise Unprocessable("this day is needed", field=name)
    return day


def dose_in(form: FormData, name: str, field: str) -> int | None:
    """A dose in mg as whole micrograms, or None when empty. Raises Unprocessable."""
    value = forms.text(form, name, 20)
    if not value:
        return None
    try:
        return parse_mg(value)
    except AmountError as wrong:
        raise Unprocessable(str(wrong), field=field) from None


def needed_dose(form: FormData, name: str, field: str) -> int:
    """A dose that must be there. Raises Unprocessable."""
    dose_ug = dose_in(form, name, field)
    if dose_ug is None:
        raise Unprocessable("this dose is needed", field=field)
    return dose_ug


def list_in(form: FormData) -> tuple[Taken, ...]:
    """The rows of the list whose medicine is chosen or whose code is typed."""
    items: list[Taken] = []
    for number in range(1, MOST_ROWS + 1):
        atc = forms.text(form, f"code{number}", 7).upper() or forms.text(form, f"atc{number}", 7)
        if not atc:
            continue
        dose_ug = dose_in(form, f"dose{number}", "sedative_dose")
        since_on = day_in(form, f"since{number}")
        items.append(Taken(atc, dose_ug, _source(form, f"source{number}"), since_on))
    return tuple(items)


def _source(form: FormData, name: str) -> Source:
    told = forms.text(form, name, 20)
    found = next((one for one in SOURCES if one == told), None)
    if found is None:
        raise Unprocessable("say where it is known from", field=name)
    return found


def pause_in(form: FormData) -> Pause | None:
    """A pause, or None where none is told. Raises Unprocessable."""
    first, last = day_in(form, "pause_from"), day_in(form, "pause_until")
    reason = forms.text(form, "pause_reason")
    if first is None and last is None and not reason:
        return None
    if first is None or last is None:
        raise Unprocessable("a pause has two days", field="pause_until")
    return Pause(first, last, reason)


def plan_in(form: FormData, kept: Kept, book: RuleBook) -> PlanAsked:
    """The plan as typed. The last part begins at its usual dose where none is written."""
    of = forms.text(form, "of", 10)
    if of not in ("current", "original"):
        raise Unprocessable("per cent of what", field="percent")
    atc = forms.text(form, "atc", 7)
    percent = forms.needed(form, "percent", 1, 100)
    every_days = forms.needed(form, "every_days", 1, MOST_DAYS_BETWEEN)
    last_percent = forms.whole(form, "last_percent", 1, 100)
    last_days = forms.whole(form, "last_every_days", 1, MOST_DAYS_BETWEEN)
    last_from_ug = dose_in(form, "last_from", "last_from")
    if last_percent is not None and last_from_ug is None:
        running = kept.running
        original_ug = running.original_ug if running is not None else dose_listed(kept, atc)
        pace = Pace(percent, of, every_days)
        last_from_ug = usual_last_part_ug(
            original_ug, pace, last_percent, book.taper_confirm_percent
        )
    pauses = kept.running.pauses if kept.running is not None else ()
    pause = pause_in(form)
    return PlanAsked(
        atc=atc,
        goal_ug=needed_dose(form, "goal_dose", "goal_dose"),
        first_on=needed_day(form, "first_on"),
        percent=percent,
        percent_of=of,
        every_days=every_days,
        strengths_ug=_strengths(form),
        halves=forms.text(form, "halves", 3) == "1",
        last_from_ug=last_from_ug,
        last_percent=last_percent,
        last_every_days=last_days,
        pauses=pauses if pause is None else (*pauses, pause),
        on_medication_card=forms.text(form, "on_card", 3) == "1",
        agreed_with_patient=forms.text(form, "agreed", 3) == "1",
        reason=forms.text(form, "reason") or None,
    )


def _strengths(form: FormData) -> tuple[int, ...]:
    typed = forms.text(form, "tablets", 60).replace(" og ", ";").replace(" and ", ";")
    try:
        return tuple([parse_mg(one) for one in typed.replace(" ", ";").split(";") if one])
    except AmountError as wrong:
        raise Unprocessable(str(wrong), field="tablets") from None
