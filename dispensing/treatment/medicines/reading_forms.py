"""What the form of a list of medicine sends, read strictly."""

from datetime import date

from starlette.datastructures import FormData

from dispensing.errors import Unprocessable
from dispensing.treatment.medicines.listing import MOST_LISTED
from dispensing.treatment.medicines.names import code_of
from dispensing.treatment.medicines.store import Item
from dispensing.treatment.sedatives.load import SOURCES, Source
from dispensing.web import forms

#: More than a list may have: two records that were merged may fill the form with more, and what is
#: not read would be written down as stopped.
MOST_ROWS = 4 * MOST_LISTED


def list_in(form: FormData) -> tuple[tuple[Item, ...], tuple[int, ...]]:
    """The rows with a name or a code, and the number of each row of the form.

    A known name without a code is given its code; a row marked as never taken is left out. Raises
    Unprocessable (``row``: which of the medicines read so far, from 1).
    """
    items: list[Item] = []
    numbers: list[int] = []
    never = never_in(form)
    for number in range(1, MOST_ROWS + 1):
        name = forms.text(form, f"name{number}", 100)
        atc = forms.text(form, f"atc{number}", 7).upper() or code_of(name)
        if not name and not atc:
            continue
        if {atc, name.casefold()} & never:
            continue
        numbers.append(number)
        row = len(numbers)
        items.append(
            Item(
                atc,
                name,
                forms.text(form, f"dose{number}", 100) or None,
                _source(form, number, row),
                _day(form, f"since{number}", "medicine_since", row),
                _day(form, f"stopped{number}", "medicine_stopped", row),
            )
        )
    return tuple(items), tuple(numbers)


def never_in(form: FormData) -> frozenset[str]:
    """Codes, or names of what has none, that were written by mistake."""
    return frozenset([str(one) for one in form.getlist("never") if str(one)])


def _source(form: FormData, number: int, row: int) -> Source:
    told = forms.text(form, f"source{number}", 20)
    for source in SOURCES:
        if source == told:
            return source
    raise Unprocessable("say where it is known from", field="medicine_source", row=row)


def _day(form: FormData, name: str, field: str, row: int) -> date | None:
    text = forms.text(form, name, 10)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unprocessable("no such day", field=field, row=row) from None
