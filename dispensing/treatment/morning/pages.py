"""The doctor's morning as a page: one list, what is chosen opens beside it.

A question and a notice open as on the doctor's other page, with the same presses; the rest opens as
the person with everything that waits about them, and leads to where it is decided.
"""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from dispensing import clock
from dispensing.counter import preview
from dispensing.counter.page_store import acting_quietly
from dispensing.counter.pages import reader_of
from dispensing.counter.panels import Reader, panel
from dispensing.counter.views import PatientPanel, Seen
from dispensing.people.sessions import Actor
from dispensing.people.working import header, signed_in
from dispensing.treatment.deciding import DOCTOR, treated
from dispensing.treatment.morning import words
from dispensing.treatment.morning.overview import Morning, load_morning
from dispensing.treatment.morning.waits import KINDS, URGENT, Waits, counted
from dispensing.treatment.pages import SECTIONS
from dispensing.treatment.sections import Section
from dispensing.web import forms, render
from dispensing.web.routes import PageRoute, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class RowView:
    """A row as it is read: its line, since when, what it opens beside the list, its page.

    ``href`` is what it opens without a script: a whole page.
    """

    one: Waits
    text: str
    since: str
    opens: str
    href: str
    decided_at: str
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person beside the list: the counter's panel, what waits (the chosen first), and how the
    parts of the treatment stand."""

    panel: PatientPanel
    rows: tuple[RowView, ...]
    chosen: str
    parts: tuple[Section, ...]


def _row(one: Waits, morning: Morning, reader: Reader) -> RowView:
    text, unconfirmed = words.line(one, reader), False
    decided_at = words.decided_at(one)
    opens = href = f"/laege/morgen/person/{one.person_id}?hvad={one.key}"
    if one.kind == "question":
        text, unconfirmed = words.question_line(morning.questions[one.number], reader)
        opens, href = f"/laege/sag/{one.number}", decided_at
    elif one.kind == "told" or one.what == "offered":
        # Whose treatment is offered here is another unit's person still: no card opens.
        opens = href = decided_at
    since = words.since(one, reader, morning.today)
    return RowView(one, text, since, opens, href, decided_at, unconfirmed)


async def _list(request: Request, actor: Actor, vis: str) -> dict[str, Any]:
    """What the list shows: rows of one kind or all, and the counts of all rows."""
    morning = await load_morning(wiring_of(request), actor, request.app.state.due_lately)
    reader, _ = await reader_of(request, actor), translate(request)
    chosen = vis if vis in KINDS else ""
    return {
        "rows": [
            _row(one, morning, reader) for one in morning.rows if not chosen or one.kind == chosen
        ],
        "morning": morning,
        "counts": counted(morning.rows),
        "urgent": sum(one.kind in URGENT for one in morning.rows),
        "everything": len(morning.rows),
        "chosen": chosen,
        "names": words.kinds(_),
        "letters": words.LETTERS,
    }


async def _page(
    request: Request, actor: Actor, listed: dict[str, Any], person: PersonView | None = None
) -> Response:
    return render.page(
        request,
        "treatment/morning/page.html",
        header=header(actor),
        csrf=forms.csrf_token(request),
        person=person,
        ways=words.ways(translate(request)),
        **listed,
    )


@router.get("/laege/morgen")
async def morning_page(request: Request, vis: str = "") -> Response:
    """Everything that waits for a doctor of the unit; ``vis`` shows one kind."""
    actor = await signed_in(request, *DOCTOR)
    return await _page(request, actor, await _list(request, actor, vis))


@router.get("/laege/morgen/liste")
async def morning_list(request: Request, vis: str = "") -> Response:
    """The list alone. It refreshes by itself, so it does not count as use of the session."""
    actor = await acting_quietly(wiring_of(request), forms.session_token(request))
    actor.must_be(*DOCTOR)
    listed = await _list(request, actor, vis)
    return render.page(request, "treatment/morning/list.html", **listed)


async def _parts(request: Request, person_id: int) -> tuple[Section, ...]:
    """The parts of a person's treatment, as the person's own page lists them."""
    wiring, _ = wiring_of(request), translate(request)
    token = forms.session_token(request)
    async with wiring.pool.connection() as connection:
        seen = await treated(wiring, connection, token, person_id, "doctor-morning")
        parts = [await part(wiring, connection, seen, _) for part in SECTIONS]
        await connection.commit()
    return tuple(parts)


@router.get("/laege/morgen/person/{person_id}")
async def person_beside(
    request: Request, person_id: forms.IdInPath, hvad: str = "", vis: str = ""
) -> Response:
    """A person with everything that waits about them; ``hvad`` names the row that was chosen."""
    actor = await signed_in(request, *DOCTOR)
    wiring, reader = wiring_of(request), await reader_of(request, actor)
    shown = await preview.preview(wiring, forms.session_token(request), person_id)
    listed = await _list(request, actor, vis)
    morning: Morning = listed["morning"]
    mine = [one for one in morning.rows if one.person_id == person_id]
    mine.sort(key=lambda one: one.key != hvad)
    rows = tuple(_row(one, morning, reader) for one in mine)
    made = panel(shown, None, reader, str(clock.new_id()), Seen())
    parts = await _parts(request, person_id)
    person = PersonView(made, rows, rows[0].one.key if rows else "", parts)
    if not render.is_fragment(request):
        return await _page(request, actor, listed, person)
    return render.page(
        request,
        "treatment/morning/person.html",
        person=person,
        ways=words.ways(translate(request)),
    )
