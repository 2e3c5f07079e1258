"""How a person takes the medicine, as a page: what holds, checklist, exceptions, step back."""

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from fastapi import APIRouter, Request, Response
from psycopg import AsyncConnection
from starlette.datastructures import FormData

from dispensing.counter.pages import key_in
from dispensing.errors import CannotDecide, Conflict, Unprocessable
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.treatment.arrangements import deciding
from dispensing.treatment.arrangements.preconditions import (
    AT_HOME,
    Kind,
    Precondition,
    preconditions,
)
from dispensing.treatment.arrangements.store import DecidedOnce, History, load_history
from dispensing.treatment.deciding import READERS, Treated, treated
from dispensing.treatment.orders.reading import day_in
from dispensing.treatment.sections import Line, Say, Section
from dispensing.treatment.supply.reading import load_versions
from dispensing.treatment.supply.withdrawing import withdraw_supply
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, beside, translate, wiring_of
from dispensing.wiring import Wiring

router = APIRouter(route_class=PageRoute, include_in_schema=False)
WEEKDAYS = ("pickup_weekdays", "supervised_weekdays", "pharmacy_weekdays")
WAY = "/behandling/person/{person_id}/udlevering"


def kinds(_: Say) -> Mapping[str, str]:
    """Each arrangement in words."""
    return {
        "supervised": _("Alt indtages her"),
        "part_take_home": _("Noget med hjem"),
        "pharmacy": _("Apotek udleverer"),
        "thrice_weekly": _("Tre gange om ugen"),
        "depot": _("Depot"),
        "home_visit": _("Hjemmebesøg"),
        "practice": _("Egen læge"),
    }


def stands_for(_: Say) -> Mapping[Precondition, str]:
    """Each precondition in words."""
    return {
        "locked_away": _("Låst opbevaring hjemme, ingen børn kan nå det"),
        "informed": _("Oplyst om opbevaring, dosis og overdosis"),
        "naloxone": _("Naloxon og oplæring"),
        "reviewed": _("Lægens gennemgang er ny nok"),
        "coming": _("Kommer til de aftalte dage"),
        "no_diversion": _("Ingen foranstaltning efter videregivelse"),
    }


def name_of_kind(history: History, today: date, _: Say) -> str:
    """What holds today, in words; one decided before kinds were kept is told by its days."""
    now = history.in_force(today)
    if now is None:
        return _("Intet besluttet: alt indtages her")
    home = now.arrangement.self_administration
    return kinds(_)[now.kind or ("part_take_home" if home else "supervised")]


async def section(
    wiring: Wiring, connection: AsyncConnection[Any], seen: Treated, _: Say
) -> Section:
    """What holds today, and an exception that runs."""
    history = await load_history(connection, seen.desk.person_id)
    lines = [Line(name_of_kind(history, seen.desk.on, _))]
    now = history.in_force(seen.desk.on)
    exception = now.arrangement.exception if now is not None else None
    if exception is not None and exception.until_on >= seen.desk.on:
        text = _("Undtagelse: op til %(days)s dage, til og med") % {"days": exception.days}
        lines.append(Line(text, day=exception.until_on))
    return Section(_("Udlevering"), WAY.format(person_id=seen.desk.person_id), tuple(lines))


async def _page(
    request: Request,
    actor: Actor,
    person_id: int,
    notice: Notice | None = None,
    status: int = 200,
    typed: FormData | None = None,
) -> Response:
    wiring, _ = wiring_of(request), translate(request)
    async with wiring.pool.connection() as connection:
        token = forms.session_token(request)
        seen = await treated(wiring, connection, token, person_id, "arrangement", for_guests=True)
        history = await load_history(connection, person_id)
        versions, at_pharmacy = await load_versions(connection, person_id)
        await connection.commit()
    if seen.desk.book_id is None:
        raise CannotDecide("no rule book is in force for this unit")
    book, today = wiring.book(seen.desk.book_id), seen.desk.on
    return work_page(
        request,
        actor,
        "treatment/arrangement.html",
        status,
        person_id=person_id,
        who=seen.who,
        today=today,
        history=history,
        now=history.in_force(today),
        name=name_of_kind(history, today, _),
        kinds=kinds(_),
        at_home=AT_HOME,
        stands=preconditions(seen.desk.patient, book, today),
        stands_for=stands_for(_),
        most_days=book.take_home_days,
        supply=versions[0] if versions else None,
        at_pharmacy=at_pharmacy,
        writes=actor.role == "doctor" and seen.desk.enrolled_unit_id == actor.unit_id,
        **_filled(typed, history.in_force(today)),
        notice=notice,
    )


def _filled(typed: FormData | None, now: DecidedOnce | None) -> Mapping[str, Any]:
    """What the form holds: what was typed, else what is in force: mostly one thing changes."""
    if typed is not None:
        ticked = {
            name: [int(str(one)) for one in typed.getlist(name) if str(one).isdecimal()]
            for name in WEEKDAYS
        }
        values = {name: str(value) for name, value in typed.items()}
        return {"values": values} | {
            name.removesuffix("_weekdays"): chosen for name, chosen in ticked.items()
        }
    if now is None or not now.arrangement.self_administration:
        return {"values": {}, "pickup": (), "supervised": (), "pharmacy": deciding.WEEK}
    how = now.arrangement
    return {
        "values": {
            "arrangement": now.kind or "part_take_home",
            "take_home_days": str(how.take_home_days or ""),
            "pharmacy_unit_id": str(now.pharmacy_unit_id or ""),
        },
        "pickup": how.pickup_weekdays or (),
        "supervised": how.supervised_weekdays or (),
        "pharmacy": deciding.WEEK,
    }


@router.get("/behandling/person/{person_id}/udlevering")
async def arrangement_page(request: Request, person_id: forms.IdInPath) -> Response:
    """What holds, and what was decided before."""
    return await _page(request, await signed_in(request, *READERS), person_id)


def _weekdays(form: FormData, name: str) -> frozenset[int]:
    """The ticked weekdays. Raises Unprocessable."""
    ticked = form.getlist(name)
    if any(one not in {"1", "2", "3", "4", "5", "6", "7"} for one in ticked):
        raise Unprocessable("weekdays are numbers from 1 to 7", field=name)
    return frozenset(int(str(one)) for one in ticked)


def _arranging(form: FormData) -> deciding.Arranging:
    kind = forms.text(form, "arrangement", 20)
    if kind not in get_args(Kind):
        raise Unprocessable("no such arrangement", field="arrangement")
    home = kind in AT_HOME
    ticked = {name for name in get_args(Precondition) if forms.text(form, name, 1) == "1"}
    return deciding.Arranging(
        kind,  # type: ignore[arg-type]
        forms.text(form, "reason"),
        day_in(form, "valid_from"),
        _weekdays(form, "supervised_weekdays") if home else deciding.WEEK,
        _weekdays(form, "pickup_weekdays") if home else frozenset(),
        (forms.whole(form, "take_home_days", 1, 366) or 0) if home else 0,
        forms.whole(form, "pharmacy_unit_id", 1, 32_767) if kind == "pharmacy" else None,
        frozenset(ticked),
        # Nothing ticked says nothing: every day.
        _weekdays(form, "pharmacy_weekdays") or deciding.WEEK,
        day_in(form, "pharmacy_until") if kind == "pharmacy" else None,
    )


async def _pressed(request: Request, person_id: int, act: Any) -> Response:
    """One decision of a form; what cannot be used is said beside its field."""
    form = await forms.read_form(request)
    actor = await signed_in(request, "doctor")
    _ = translate(request)
    try:
        await act(form, wiring_of(request), forms.session_token(request), key_in(form))
    except (Unprocessable, Conflict) as error:
        said = beside(error, request)
        return await _page(request, actor, person_id, said, error.status, form)
    return await _page(request, actor, person_id, Notice("done", _("Skrevet ned.")))


@router.post("/behandling/person/{person_id}/udlevering", dependencies=[PAGE_STEP])
async def press_arrange(request: Request, person_id: forms.IdInPath) -> Response:
    """A doctor decides how the medicine is taken."""

    async def act(form: FormData, wiring: Wiring, token: str, key: str) -> None:
        await deciding.arrange(wiring, token, person_id, _arranging(form), key)

    return await _pressed(request, person_id, act)


@router.post("/behandling/person/{person_id}/udlevering/overvaaget", dependencies=[PAGE_STEP])
async def press_step_back(request: Request, person_id: forms.IdInPath) -> Response:
    """Everything is taken here from today on."""

    async def act(form: FormData, wiring: Wiring, token: str, key: str) -> None:
        await deciding.step_back(wiring, token, person_id, forms.text(form, "reason"), key)

    return await _pressed(request, person_id, act)


@router.post("/behandling/person/{person_id}/udlevering/apotek", dependencies=[PAGE_STEP])
async def press_end_supply(request: Request, person_id: forms.IdInPath) -> Response:
    """The pharmacy's days end; the row of its list is named as list/row where one still gives."""

    async def act(form: FormData, wiring: Wiring, token: str, key: str) -> None:
        row = forms.text(form, "struck_out", 30)
        serial, _, number = row.partition("/")
        if row and not (serial.strip().isdecimal() and number.strip().isdecimal()):
            raise Unprocessable("no such row on a list that still gives", field="struck_out")
        rows = [(int(serial), int(number))] if row else []
        reason = forms.text(form, "reason")
        await withdraw_supply(wiring, token, person_id, reason, key, rows)

    return await _pressed(request, person_id, act)


@router.post("/behandling/person/{person_id}/udlevering/undtagelse", dependencies=[PAGE_STEP])
async def press_except(request: Request, person_id: forms.IdInPath) -> Response:
    """A longer supply for some days."""

    async def act(form: FormData, wiring: Wiring, token: str, key: str) -> None:
        first, last = day_in(form, "from_on"), day_in(form, "until_on")
        if first is None or last is None:
            raise Unprocessable("no such day", field="until_on" if first else "from_on")
        asked = deciding.Excepting(
            forms.needed(form, "days", 1, 366),
            first,
            last,
            forms.text(form, "reason"),
            forms.text(form, "country", 60) or None,
            forms.text(form, "certificate", 60) or None,
            day_in(form, "certificate_on"),
        )
        await deciding.make_exception(wiring, token, person_id, asked, key)

    return await _pressed(request, person_id, act)
