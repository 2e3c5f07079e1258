"""Pages of downtime: the lists, the downtime itself, conflicts, requests for the right."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from dispensing import clock
from dispensing.counter.page_store import acting_quietly
from dispensing.downtime import conflicts, lists, periods, right
from dispensing.downtime.codes import row_text, serial_from, serial_text
from dispensing.errors import DispensingError, Unprocessable
from dispensing.looks import look_at_list
from dispensing.people.act_steps import ASKS_OTHERS, PAGE_STEP, PRINTS
from dispensing.people.sessions import HANDS_OUT, Actor
from dispensing.people.working import signed_in, work_page
from dispensing.web import forms, render
from dispensing.web.formats import local_day
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)
STAFF = HANDS_OUT
SerialInPath = Annotated[int, Path(ge=1, le=10**11)]


def wall_time(text: str, day: date, zone: str, now: datetime, field: str) -> datetime | None:
    """The moment of ``08:14`` on a day, or None for an empty text.

    In the hour that comes twice the later one that is past: the next dose then waits longer.
    Raises Unprocessable for a time that is none, or that the clocks skip on that day.
    """
    if not text:
        return None
    try:
        wall = time.fromisoformat(text if len(text) != len("8:14") else f"0{text}")
    except ValueError:
        raise Unprocessable("a time such as 08:14", field=field) from None
    if wall.tzinfo is not None:
        raise Unprocessable("a time such as 08:14", field=field)
    first = clock.local_moment(day, wall, zone)
    later = clock.local_moment(day, wall.replace(fold=1), zone)
    there = [
        at
        for at in (later, first)
        if at.astimezone(clock.zone_named(zone)).time().replace(fold=0) == wall
    ]
    if not there:
        raise Unprocessable("the clocks skip that time", field=field)
    return next((at for at in there if at <= now), there[-1])


async def _lists_page(
    request: Request, actor: Actor, notice: Notice | None = None, status: int = 200
) -> Response:
    async with wiring_of(request).pool.connection() as connection:
        standing = await periods.state(connection, actor.unit_id)
        recent = await lists.recent_lists(connection, actor.unit_id, 12)
        asked = await right.waiting_requests(connection, actor.unit_id)
        await connection.commit()
    people = [one["person_id"] for one in asked]
    await look_at_list(wiring_of(request), actor, "right-requests", people)
    return work_page(
        request,
        actor,
        "downtime/lists.html",
        status,
        standing=standing,
        lists=recent,
        requests=asked,
        serial_text=serial_text,
        row_text=row_text,
        notice=notice,
    )


async def _said(request: Request, actor: Actor, error: DispensingError) -> Response:
    return await _lists_page(
        request, actor, Notice("error", error_text(error, request)), error.status
    )


@router.get("/noedliste")
async def lists_page(request: Request) -> Response:
    """Lists, the downtime that is open, and requests for the right."""
    return await _lists_page(request, await signed_in(request, *STAFF))


@router.post("/noedliste", dependencies=[PRINTS])
async def press_list(request: Request) -> Response:
    """Make a list now."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *STAFF)
    ahead = forms.needed(form, "ahead", 0, 1)
    made = await lists.make_list(
        wiring_of(request), forms.session_token(request), ahead, forms.text(form, "key", 200)
    )
    _ = translate(request)
    serial = serial_text(int(made.body["serial"]))
    said = _("Nødliste %(serial)s er lavet. Print den, og læg den i skabet.") % {"serial": serial}
    return await _lists_page(request, actor, Notice("done", said))


@router.get("/noedliste/{serial}.pdf")
async def list_pdf(request: Request, serial: SerialInPath) -> Response:
    """The list as PDF; the look is logged."""
    found = await lists.read_list(wiring_of(request), forms.session_token(request), serial)
    name = f"noedliste-{serial_text(serial)}.pdf"
    headers = {
        **render.PAGE_HEADERS,
        "Content-Disposition": f'inline; filename="{name}"',
    }
    return Response(found.pdf, 200, headers, "application/pdf")


@router.post("/noedliste/nedetid", dependencies=[PAGE_STEP])
async def press_begin(request: Request) -> Response:
    """The unit hands out from paper."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *STAFF)
    _ = translate(request)
    try:
        since = _moment(form, "started", actor)
        await periods.begin(
            wiring_of(request),
            forms.session_token(request),
            since,
            forms.text(form, "reason"),
            forms.text(form, "key", 200),
        )
    except DispensingError as error:
        return await _said(request, actor, error)
    said = _("Nedetid er meldt. Skærmen udleverer intet, til den er meldt slut.")
    return await _lists_page(request, actor, Notice("told", said))


def _moment(form: object, name: str, actor: Actor) -> datetime | None:
    """A day and a time of the form; a time alone is of today."""
    day_text = forms.text(form, f"{name}_on", 10)  # type: ignore[arg-type]
    text = forms.text(form, f"{name}_at", 8)  # type: ignore[arg-type]
    today = actor.now.astimezone(clock.zone_named(actor.zone)).date()
    try:
        day = date.fromisoformat(day_text) if day_text else today
    except ValueError:
        raise Unprocessable("a day", field=f"{name}_at") from None
    return wall_time(text, day, actor.zone, actor.now, f"{name}_at")


@router.post("/noedliste/slut", dependencies=[PAGE_STEP])
async def press_over(request: Request) -> Response:
    """The paper is put away; which lists were used."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *STAFF)
    _ = translate(request)
    try:
        serials = _serials(forms.text(form, "serials", 200))
        if not serials and not forms.text(form, "no_paper", 1):
            raise Unprocessable("which lists", field="serial")
        ending = periods.Ending(
            serials, _moment(form, "started", actor), _moment(form, "over", actor)
        )
        await periods.end(
            wiring_of(request), forms.session_token(request), ending, forms.text(form, "key", 200)
        )
    except DispensingError as error:
        return await _said(request, actor, error)
    said = (
        _("Nedetiden er slut. Indtast nu hver række fra papiret.")
        if serials
        else _("Nedetiden er slut. Der blev ikke udleveret fra papir.")
    )
    return await _lists_page(request, actor, Notice("done", said))


def _serials(typed: str) -> tuple[int, ...]:
    """The lists typed or scanned, one after the other. Raises Unprocessable for a wrong digit."""
    found: list[int] = []
    for word in typed.replace(",", " ").split():
        serial = serial_from(word)
        if serial is None:
            raise Unprocessable("the digits do not fit", field="serial")
        found.append(serial)
    return tuple(found)


@router.post("/noedliste/ogsaa", dependencies=[PAGE_STEP])
async def press_named(request: Request) -> Response:
    """Another list was in use."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *STAFF)
    _ = translate(request)
    try:
        serials = _serials(forms.text(form, "serials", 40))
        if len(serials) != 1:
            raise Unprocessable("one list", field="serial")
        await periods.name_list(
            wiring_of(request),
            forms.session_token(request),
            serials[0],
            forms.text(form, "key", 200),
        )
    except DispensingError as error:
        return await _said(request, actor, error)
    said = _("Listen er taget med. Dens rækker skal også indtastes.")
    return await _lists_page(request, actor, Notice("done", said))


@router.post("/noedliste/forlad", dependencies=[PAGE_STEP])
async def press_left(request: Request) -> Response:
    """Every row is told, the stock is counted."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *STAFF)
    _ = translate(request)
    try:
        await periods.leave(
            wiring_of(request), forms.session_token(request), forms.text(form, "key", 200)
        )
    except DispensingError as error:
        return await _said(request, actor, error)
    return await _lists_page(request, actor, Notice("done", _("Nedetiden er forladt.")))


@router.post("/noedliste/ret/{request_id}", dependencies=[PAGE_STEP])
async def press_right(request: Request, request_id: forms.IdInPath) -> Response:
    """Let the right go, or keep it."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *STAFF)
    _ = translate(request)
    grant = forms.needed(form, "grant", 0, 1) == 1
    try:
        answer = await right.answer_request(
            wiring_of(request),
            forms.session_token(request),
            request_id,
            grant,
            forms.text(form, "key", 200),
            _struck_out(form) if grant else (),
        )
    except DispensingError as error:
        return await _said(request, actor, error)
    made = ", ".join(serial_text(serial) for serial in answer.body["lists"])
    said = (
        _("Retten er flyttet. Tryk den nye liste: %(serial)s.") % {"serial": made}
        if grant
        else _("Retten bliver.")
    )
    return await _lists_page(request, actor, Notice("done", said))


def _struck_out(form: Any) -> list[tuple[int, int]]:
    """The rows of the box that is ticked, as ``serial:row`` for each day."""
    rows: list[tuple[int, int]] = []
    for said in str(form.get("struck_out") or "")[:400].split():
        serial, _, row_no = said.partition(":")
        if not (serial + row_no).isascii() or not (serial.isdigit() and row_no.isdigit()):
            raise Unprocessable("no row of a list", field="struck_out")
        rows.append((int(serial), int(row_no)))
    return rows


@router.post("/noedliste/bed-om-ret", dependencies=[ASKS_OTHERS])
async def press_ask(request: Request) -> Response:
    """Ask for the right to a person who stands here."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *STAFF)
    _ = translate(request)
    try:
        await right.ask_for_right(
            wiring_of(request),
            forms.session_token(request),
            forms.text(form, "card", 40),
            forms.text(form, "reason"),
            forms.text(form, "key", 200),
        )
    except DispensingError as error:
        return await _said(request, actor, error)
    said = _("Stedet med retten ser anmodningen nu. Den gælder et kvarter.")
    return await _lists_page(request, actor, Notice("done", said))


@router.get("/noedliste/banner")
async def banner(request: Request) -> Response:
    """What everybody at the unit must know; refreshes by itself, so it counts as no use."""
    actor = await acting_quietly(wiring_of(request), forms.session_token(request))
    async with wiring_of(request).pool.connection() as connection:
        standing = await periods.state(connection, actor.unit_id)
        await connection.commit()
    since = standing.uncertain_since
    since_on = local_day(since, actor.zone) if since is not None else None
    return render.page(
        request, "downtime/banner.html", standing=standing, zone=actor.zone, since_on=since_on
    )


async def _conflicts_page(
    request: Request, actor: Actor, notice: Notice | None = None, status: int = 200
) -> Response:
    async with wiring_of(request).pool.connection() as connection:
        waiting = await conflicts.open_conflicts(connection, actor.unit_id)
        await connection.commit()
    people = [one["person_id"] for one in waiting]
    await look_at_list(wiring_of(request), actor, "paper-conflicts", people)
    today = actor.now.astimezone(clock.zone_named(actor.zone)).date()
    return work_page(
        request,
        actor,
        "downtime/conflicts.html",
        status,
        conflicts=waiting,
        words=kind_words(request),
        row_text=row_text,
        serial_text=serial_text,
        tomorrow=today + timedelta(days=1),
        notice=notice,
    )


def kind_words(request: Request) -> dict[str, str]:
    """What each kind of conflict says, in the reader's language."""
    _ = translate(request)
    return {
        "already-given": _("Dosis til dagen står allerede et andet sted i journalen."),
        "too-soon": _("Der er drukket en anden dosis tættere på end mindsteafstanden."),
        "second-agonist": _("Et andet opioid er givet samme dag."),
        "no-order": _("Ingen ordination den dag."),
        "dose-differs": _("Mængden er en anden end på listen."),
        "order-changed": _("Ordinationen var ændret, efter listen blev lavet."),
        "not-on-list": _("Personen stod ikke på listen."),
        "not-from-paper": _("Listen sagde: ikke fra papir."),
        "outside-validity": _("Klokkeslættet ligger uden for listens gyldighed."),
        "outside-downtime": _("Givet efter at nedetiden var slut."),
        "right-elsewhere": _("Retten lå et andet sted."),
        "stock-short": _("Ingen åben flaske har haft så meget."),
        "contradicts": _("Rækken er indtastet to gange med forskelligt indhold."),
        "recorded-missed": _("Dagen var allerede skrevet som udeblevet."),
        "row-lost": _("Siden er væk: ingen ved, om der blev givet."),
    }


@router.get("/noedliste/konflikter")
async def conflicts_page(request: Request) -> Response:
    """Conflicts that wait for a doctor."""
    return await _conflicts_page(request, await signed_in(request, *STAFF))


@router.post("/noedliste/konflikter/{event_id}", dependencies=[PAGE_STEP])
async def press_decision(request: Request, event_id: forms.IdInPath) -> Response:
    """A doctor's written decision."""
    form = await forms.read_form(request)
    actor = await signed_in(request, "doctor")
    _ = translate(request)
    before = forms.text(form, "before", 10)
    try:
        try:
            day = date.fromisoformat(before) if before else None
        except ValueError:
            raise Unprocessable("a day", field="no_dose_before_on") from None
        await conflicts.close(
            wiring_of(request),
            forms.session_token(request),
            event_id,
            forms.text(form, "decision"),
            day,
            forms.text(form, "key", 200),
        )
    except DispensingError as error:
        said = Notice("error", error_text(error, request))
        return await _conflicts_page(request, actor, said, error.status)
    return await _conflicts_page(request, actor, Notice("done", _("Beslutningen er skrevet ned.")))
