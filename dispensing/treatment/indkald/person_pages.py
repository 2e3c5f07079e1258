"""One person's indkald day by day, with the forms of what is agreed, seen and decided."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from dispensing.counter.pages import key_in
from dispensing.errors import DispensingError, Unprocessable
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.treatment.deciding import DOCTOR, READERS
from dispensing.treatment.indkald import agreeing, running
from dispensing.treatment.indkald.api import as_pdf
from dispensing.treatment.indkald.pages import agreed_in, day_in, hour_in, in_words, refused
from dispensing.treatment.indkald.person import PersonsIndkald, invitation_for, load_person
from dispensing.treatment.indkald.proposal import Wish
from dispensing.treatment.indkald.store import Choice, How, Missed, Noted, Period, Result
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PERSON = "/behandling/person/{person_id}/indkald"
Spoken = Literal["da", "en"]
# A form has room for so many absences more than are written down.
BLANK_AWAY = 2

DayState = Literal[
    "to-come", "today", "observing", "held", "given", "missed", "waits", "not-closed"
]


@dataclass(frozen=True, slots=True)
class ShownDay:
    """A day of a period: how it stands, the dose and its observation, what was seen."""

    day: date
    state: DayState
    swallowed_at: datetime | None
    amount_ug: int | None
    reservation_id: int | None
    observed_until: datetime | None
    affected: bool | None
    missed: Missed | None
    findings: tuple[Noted, ...]


def days_of(period: Period, today: date) -> tuple[ShownDay, ...]:
    """The days as they stand. Also a day that is no longer the period's, where it was missed."""
    missed = {one.day: one for one in period.missed}
    shown = sorted({*period.days, *missed})
    return tuple(_shown(period, day, today, missed.get(day)) for day in shown)


def _shown(period: Period, day: date, today: date, missed: Missed | None) -> ShownDay:
    held = next((one for one in reversed(period.held) if one.day == day), None)
    state: DayState
    if day in period.completed:
        state = "held"
    elif missed is not None:
        state = "waits" if missed in period.waiting else "missed"
    elif held is not None and held.state == "running":
        state = "observing"
    elif held is not None:
        state = "given"
    elif day == today:
        state = "today"
    else:
        state = "to-come" if day > today else "not-closed"
    return ShownDay(
        day,
        state,
        held.swallowed_at if held else None,
        held.amount_ug if held else None,
        held.reservation_id if held else None,
        held.due_at if held else None,
        held.affected if held else None,
        missed,
        tuple(one for one in period.findings if one.day == day),
    )


async def _page(
    request: Request,
    actor: Actor,
    person_id: int,
    notice: Notice | None = None,
    status: int = 200,
    typed: FormData | None = None,
) -> Response:
    """The whole page; ``typed`` is what a refused form said, so that nothing is lost."""
    _ = translate(request)
    shown = await load_person(wiring_of(request), forms.session_token(request), person_id)
    today, standing = shown.seen.desk.on, shown.open_period
    closing = standing or next((one for one in shown.periods if one.state == "completed"), None)
    here = actor.unit_id == shown.seen.desk.enrolled_unit_id
    wiring, book_id = wiring_of(request), shown.seen.desk.book_id
    return work_page(
        request,
        actor,
        "treatment/indkald/person.html",
        status,
        person_id=person_id,
        who=shown.seen.who,
        shown=shown,
        today=today,
        due_on=shown.seen.desk.patient.indkald_due_on,
        book=None if book_id is None else wiring.book(book_id),
        standing=standing,
        days=days_of(standing, today) if standing else (),
        messages=_messages(shown, standing),
        concludes=closing if closing is not None and _concluding(closing) else None,
        past=[(one, days_of(one, today)) for one in shown.periods if not one.open],
        helps=in_words(_),
        blank_away=range(BLANK_AWAY),
        treats=here,
        may_decide=here and actor.role in DOCTOR,
        notice=notice,
        typed={} if typed is None else {name: str(value) for name, value in typed.items()},
        ruled_out=_ruled_out(shown, typed),
        sent_to=request.url.path if typed is not None else "",
    )


def _ruled_out(shown: PersonsIndkald, typed: FormData | None) -> set[str]:
    """The weekdays that are ticked: as typed, else as they are written down."""
    if typed is not None and "earliest" in typed:
        return {str(one) for one in typed.getlist("not_weekdays")}
    return {str(one) for one in shown.wish.not_weekdays}


def _messages(shown: PersonsIndkald, standing: Period | None) -> list[tuple[str, str]]:
    if standing is None or shown.invitation(standing) is None:
        return []
    return [("da", shown.message(standing, "da")), ("en", shown.message(standing, "en"))]


def _concluding(period: Period) -> bool:
    """Whether there is something to conclude: held, or a day of it, and nobody has yet."""
    return period.conclusion is None and (period.state == "completed" or bool(period.completed))


Act = Callable[[Any, str, FormData, str], Awaitable[object]]


async def _press(
    request: Request, person_id: int, roles: tuple[str, ...], act: Act, done: str
) -> Response:
    """Do what a form asks for, and show the page as it stands then."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *roles)
    try:
        await act(wiring_of(request), forms.session_token(request), form, key_in(form))
    except DispensingError as error:
        said = refused(request, error)
        return await _page(request, actor, person_id, said, error.status, form)
    return await _page(request, actor, person_id, Notice("done", done))


@router.get(PERSON)
async def person_page(request: Request, person_id: forms.IdInPath) -> Response:
    """The person's period day by day."""
    return await _page(request, await signed_in(request, *READERS), person_id)


@router.post(PERSON + "/aftal", dependencies=[PAGE_STEP])
async def press_agree(request: Request, person_id: forms.IdInPath) -> Response:
    """Days and hour are agreed with the person."""
    _ = translate(request)

    async def act(wiring: Any, token: str, form: FormData, key: str) -> None:
        await agreeing.agree(wiring, token, person_id, agreed_in(form), key)

    done = _("Aftalt. Doser med hjem til de dage er i bero.")
    return await _press(request, person_id, READERS, act, done)


@router.post(PERSON + "/oensker", dependencies=[PAGE_STEP])
async def press_wish(request: Request, person_id: forms.IdInPath) -> Response:
    """What the person says cannot be is written down."""
    _ = translate(request)

    async def act(wiring: Any, token: str, form: FormData, key: str) -> None:
        note = forms.text(form, "note") or None
        await agreeing.wish(wiring, token, person_id, _wish_in(form), note, key)

    return await _press(request, person_id, READERS, act, _("Skrevet ned."))


def _wish_in(form: FormData) -> Wish:
    weekdays = {value for name, value in form.multi_items() if name == "not_weekdays"}
    if not weekdays <= set("1234567"):
        raise Unprocessable("no such weekday", field="not_weekdays")
    away: list[tuple[date, date]] = []
    for number in range(agreeing.MOST_AWAY + BLANK_AWAY):
        first, last = day_in(form, f"away_first_{number}"), day_in(form, f"away_last_{number}")
        if (first is None) != (last is None):
            raise Unprocessable("both days are needed", field="away")
        if first is not None and last is not None:
            away.append((first, last))
    return Wish(
        frozenset(int(str(one)) for one in weekdays),
        tuple(away),
        hour_in(form, "earliest"),
        hour_in(form, "latest"),
    )


@router.post(PERSON + "/{indkald_id}/indbydelse", dependencies=[PAGE_STEP])
async def press_invite(
    request: Request, person_id: forms.IdInPath, indkald_id: forms.IdInPath
) -> Response:
    """The person was invited, on paper or by a text somebody passed on."""
    _ = translate(request)

    async def act(wiring: Any, token: str, form: FormData, key: str) -> None:
        how, language = forms.text(form, "how", 10), forms.text(form, "language", 2) or "da"
        if how not in get_args(How) or language not in get_args(Spoken):
            raise Unprocessable("no such invitation", field="how")
        await agreeing.invite(wiring, token, person_id, indkald_id, how, language, key)

    return await _press(request, person_id, READERS, act, _("Skrevet ned."))


@router.get(PERSON + "/{indkald_id}/indbydelse.pdf")
async def invitation_page(
    request: Request, person_id: forms.IdInPath, indkald_id: forms.IdInPath, sprog: Spoken = "da"
) -> Response:
    """The invitation on paper."""
    await signed_in(request, *READERS)
    token = forms.session_token(request)
    return as_pdf(await invitation_for(wiring_of(request), token, person_id, indkald_id, sprog))


@router.post(PERSON + "/{indkald_id}/fund", dependencies=[PAGE_STEP])
async def press_finding(
    request: Request, person_id: forms.IdInPath, indkald_id: forms.IdInPath
) -> Response:
    """What was seen on a day is written down."""
    _ = translate(request)

    async def act(wiring: Any, token: str, form: FormData, key: str) -> None:
        day = _needed_day(form)
        note = forms.text(form, "note")
        await running.note_finding(wiring, token, person_id, indkald_id, day, note, key)

    return await _press(request, person_id, READERS, act, _("Skrevet ned."))


@router.post(PERSON + "/{indkald_id}/udeblevet", dependencies=[PAGE_STEP])
async def press_missed(
    request: Request, person_id: forms.IdInPath, indkald_id: forms.IdInPath
) -> Response:
    """The doctor decides about a day that was not held."""
    _ = translate(request)

    async def act(wiring: Any, token: str, form: FormData, key: str) -> None:
        choice = forms.text(form, "choice", 10)
        if choice not in get_args(Choice):
            raise Unprocessable("no such choice", field="choice")
        asked = running.MissedChoice(
            _needed_day(form),
            choice,  # type: ignore[arg-type]
            forms.text(form, "reason"),
            forms.text(form, "further", 1) == "1",
            day_in(form, "first") if choice == "restart" else None,
            hour_in(form, "come_at") if choice == "restart" else None,
            day_in(form, "next_due_on") if choice == "excuse" else None,
        )
        await running.decide_missed(wiring, token, person_id, indkald_id, asked, key)

    return await _press(request, person_id, DOCTOR, act, _("Besluttet og skrevet ned."))


@router.post(PERSON + "/{indkald_id}/konklusion", dependencies=[PAGE_STEP])
async def press_conclude(
    request: Request, person_id: forms.IdInPath, indkald_id: forms.IdInPath
) -> Response:
    """The doctor concludes."""
    _ = translate(request)

    async def act(wiring: Any, token: str, form: FormData, key: str) -> None:
        result = forms.text(form, "result", 10)
        if result not in get_args(Result):
            raise Unprocessable("no such conclusion", field="result")
        asked = running.Concluding(
            result,  # type: ignore[arg-type]
            forms.text(form, "note"),
            day_in(form, "next_due_on"),
        )
        await running.conclude(wiring, token, person_id, indkald_id, asked, key)

    return await _press(request, person_id, DOCTOR, act, _("Besluttet og skrevet ned."))


def _needed_day(form: FormData) -> date:
    day = day_in(form, "day")
    if day is None:
        raise Unprocessable("a day is needed", field="day")
    return day
