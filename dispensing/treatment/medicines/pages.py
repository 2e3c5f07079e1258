"""Other medicine as a page: nurses read it, a doctor writes the list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from psycopg import AsyncConnection
from starlette.datastructures import FormData

from dispensing.counter.pages import key_in
from dispensing.errors import Conflict, Unprocessable
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.treatment.deciding import READERS, Treated, treated
from dispensing.treatment.medicines import listing, store
from dispensing.treatment.medicines.listing import MOST_LISTED
from dispensing.treatment.medicines.meaning import Meaning, meanings, own_substances
from dispensing.treatment.medicines.names import NAMES
from dispensing.treatment.medicines.reading_forms import MOST_ROWS, list_in, never_in
from dispensing.treatment.medicines.store import Item
from dispensing.treatment.sections import Line, Say, Section
from dispensing.treatment.sedatives import pages as sedatives_pages
from dispensing.treatment.sedatives.store import kept_of as sedatives_of
from dispensing.web import forms
from dispensing.web.medicine_words import meanings_said
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, beside, translate, wiring_of
from dispensing.web.sedative_words import sources, substances
from dispensing.wiring import Wiring

router = APIRouter(route_class=PageRoute, include_in_schema=False)
#: Rows for what is not on the list yet.
SPARE_ROWS = 3
PATH = "/behandling/person/{person_id}/medicin"
#: What a row of the form is refused as, and the name of its field without the row's number.
ROW_FIELDS = {
    "medicine_atc": "atc",
    "medicine_name": "name",
    "medicine_dose": "dose",
    "medicine_source": "source",
    "medicine_since": "since",
    "medicine_stopped": "stopped",
}
#: Said as a warning, not as a word beside.
GRAVE: frozenset[Meaning] = frozenset({"unread", "antagonist", "maoi", "other-substitution"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A medicine with what it means here."""

    item: Item
    means: tuple[Meaning, ...]


def _shown(items: Sequence[Item], own: Sequence[str]) -> tuple[Shown, ...]:
    """The gravest first, then in the order of the list."""
    said = [Shown(one, meanings(one.atc, own, stopped=one.stopped_on is not None)) for one in items]
    return tuple(sorted(said, key=lambda one: (GRAVE.isdisjoint(one.means), not one.means)))


async def section(
    wiring: Wiring, connection: AsyncConnection[Any], seen: Treated, _: Say
) -> Section:
    """What is taken, what it means first; the rest is counted."""
    kept, patient = await store.kept_of(connection, seen.desk.person_id), seen.desk.patient
    words, lines = meanings_said(_), []
    if patient.medicines is None:
        lines.append(Line(_("Det vides ikke, hvilken anden medicin personen tager."), "due"))
    elif not kept.taken:
        lines.append(Line(_("Ingen anden medicin.")))
    shown = _shown(kept.taken, own_substances(patient))
    for one in [one for one in shown if one.means]:
        mark = "" if GRAVE.isdisjoint(one.means) else "late"
        said = ", ".join([words[mean] for mean in one.means])
        lines.append(Line(f"{one.item.name}: {said}", mark))  # type: ignore[arg-type]
    rest = [one.item.name for one in shown if not one.means]
    if rest:
        lines.append(Line(_("I øvrigt: %(names)s") % {"names": ", ".join(rest)}))
    href = PATH.format(person_id=seen.desk.person_id)
    return Section(_("Anden medicin"), href, tuple(lines))


async def _page(
    request: Request,
    actor: Actor,
    person_id: int,
    notice: Notice | None = None,
    status: int = 200,
    typed: FormData | None = None,
) -> Response:
    """The whole page; ``typed`` fills the form again."""
    wiring, _ = wiring_of(request), translate(request)
    async with wiring.pool.connection() as connection:
        token = forms.session_token(request)
        seen = await treated(wiring, connection, token, person_id, "medicines")
        kept = await store.kept_of(connection, person_id)
        past = await store.before(connection, person_id)
        sedatives = await sedatives_of(connection, person_id)
        beside_it = await sedatives_pages.section(wiring, connection, seen, _)
        await connection.commit()
    own = own_substances(seen.desk.patient)
    return work_page(
        request,
        actor,
        "medicines/person.html",
        status,
        person_id=person_id,
        who=seen.who,
        today=seen.desk.on,
        kept=kept,
        taken=_shown(kept.taken, own),
        stopped=_shown(kept.stopped, own),
        unlisted=_unlisted(seen, kept.items),
        past=past[1:] if len(kept.lists) <= 1 else past,
        sedatives=sedatives.listed,
        # Without a list, what the counter knows of them: the same words as on the overview.
        sedative_lines=() if sedatives.listed else beside_it.lines,
        load=sedatives.load,
        words=meanings_said(_),
        grave=GRAVE,
        sources=sources(_),
        substances=substances(_),
        names=NAMES,
        rows=_typed_rows(typed) if typed is not None else _rows(kept.taken),
        never=never_in(typed) if typed is not None else frozenset(),
        typed=typed is not None,
        note=forms.text(typed, "note") if typed is not None else "",
        writes=actor.role == "doctor" and seen.desk.enrolled_unit_id == actor.unit_id,
        notice=notice,
    )


def _unlisted(seen: Treated, items: Sequence[Item] | None) -> tuple[str, ...]:
    """What the counter knows though no list says so: an older record, or a merge taken back."""
    listed = {one.atc or "" for one in items or ()}
    known = seen.desk.patient.medicines or ()
    return tuple([NAMES.get(one.atc, one.atc) for one in known if one.atc not in listed])


def _rows(taken: Sequence[Item]) -> list[Mapping[str, str]]:
    rows = [
        {
            "atc": one.atc or "",
            "name": one.name,
            "dose": one.dose or "",
            "source": one.source,
            "since": one.since_on.isoformat() if one.since_on else "",
            "stopped": "",
            "mark": one.mark,
        }
        for one in taken
    ]
    spare = min(SPARE_ROWS, MOST_LISTED - len(rows))
    return [*rows, *[{"source": "medication-card"} for _ in range(max(spare, 0))]]


def _typed_rows(typed: FormData) -> list[Mapping[str, str]]:
    """The rows of the form as they were typed; a row that was on the list says which it was."""
    names = (*ROW_FIELDS.values(), "mark")
    rows = [
        {name: str(typed.get(f"{name}{number}") or "") for name in names}
        for number in range(1, MOST_ROWS + 1)
        if f"source{number}" in typed
    ]
    return list(rows)


@router.get(PATH)
async def medicines_page(request: Request, person_id: forms.IdInPath) -> Response:
    """What is taken, what it means, and the lists of before."""
    return await _page(request, await signed_in(request, *READERS), person_id)


@router.post(PATH, dependencies=[PAGE_STEP])
async def press_list(request: Request, person_id: forms.IdInPath) -> Response:
    """A doctor writes the list, all of it; what cannot be used is said beside its field."""
    form = await forms.read_form(request)
    actor = await signed_in(request, "doctor")
    wiring, _ = wiring_of(request), translate(request)
    numbers: tuple[int, ...] = ()
    try:
        items, numbers = list_in(form)
        await listing.record_list(
            wiring,
            forms.session_token(request),
            person_id,
            items,
            forms.text(form, "note") or None,
            key_in(form),
            after_version=forms.needed(form, "after_version", 0, 2**31 - 1),
            never_taken=never_in(form),
        )
    except (Unprocessable, Conflict) as error:
        said = _beside_row(error, request, numbers or _numbers(form))
        return await _page(request, actor, person_id, said, error.status, form)
    return await _page(request, actor, person_id, Notice("done", _("Skrevet ned.")))


def _numbers(form: FormData) -> tuple[int, ...]:
    """The rows of the form with something in them, where reading them came to no end."""
    return tuple(
        [
            number
            for number in range(1, MOST_ROWS + 1)
            if form.get(f"name{number}") or form.get(f"atc{number}")
        ]
    )


def _beside_row(
    error: Unprocessable | Conflict, request: Request, numbers: Sequence[int]
) -> Notice:
    """What is said beside the field of its own row."""
    said = beside(error, request)
    name, row = ROW_FIELDS.get(said.field), error.facts.get("row")
    if name is None or not isinstance(row, int) or row > len(numbers):
        return said
    return Notice(said.kind, said.text, f"{name}{numbers[row - 1]}")
