"""Typing the paper in: row, Enter, time, Enter. List, giver and witness stay from row to row."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from psycopg.rows import dict_row

from dispensing.counter.pages import amount_in
from dispensing.downtime import periods
from dispensing.downtime.account import HAD, NOT_LISTED, Told
from dispensing.downtime.back_entry import tell_blank, tell_row
from dispensing.downtime.codes import row_from, row_text, serial_from, serial_text
from dispensing.downtime.lists import EmergencyList, load_list
from dispensing.downtime.pages import STAFF, kind_words, wall_time
from dispensing.downtime.rows import PaperRow
from dispensing.errors import DispensingError, Unprocessable
from dispensing.looks import look_at_list
from dispensing.people.act_steps import PAGE_STEP, READS
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

COLLEAGUES = """
SELECT staff_id, left(given_name, 1) || '. ' || family_name AS name FROM staff
WHERE unit_id = %(unit_id)s AND role IN ('nurse', 'doctor') AND NOT machine
ORDER BY family_name, staff_id
"""
BLANKS_AT_ONCE = 20
TYPED = ("row", "happened", "swallowed_mg", "note", "card")


@dataclass(frozen=True, slots=True)
class Sticky:
    """What stays from one row to the next."""

    serial: str = ""
    at: str = ""
    given_by: str = ""
    witnessed_by: str = ""


async def _page(
    request: Request,
    actor: Actor,
    sticky: Sticky,
    row: PaperRow | None = None,
    notice: Notice | None = None,
    status: int = 200,
    typed: dict[str, str] | None = None,
) -> Response:
    async with wiring_of(request).pool.connection() as connection:
        standing = await periods.state(connection, actor.unit_id)
        missing = await periods.missing_rows(connection, actor.unit_id)
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(COLLEAGUES, {"unit_id": actor.unit_id})
            colleagues = await cursor.fetchall()
        await connection.commit()
    people = [one["person_id"] for one in missing] + ([row.person_id] if row else [])
    await look_at_list(wiring_of(request), actor, "paper-rows", people)
    if not sticky.serial and standing.serials:
        sticky = Sticky(
            serial_text(standing.serials[0]), sticky.at, str(actor.staff_id), sticky.witnessed_by
        )
    return work_page(
        request,
        actor,
        "downtime/typing.html",
        status,
        standing=standing,
        missing=missing,
        colleagues=colleagues,
        sticky=sticky,
        row=row,
        row_text=row_text,
        serial_text=serial_text,
        typed=dict.fromkeys(TYPED, "") | (typed or {}),
        notice=notice,
        blanks=BLANKS_AT_ONCE,
    )


async def _printed(request: Request, actor: Actor, serial: str) -> EmergencyList:
    number = serial_from(serial)
    if number is None:
        raise Unprocessable("the digits do not fit", field="serial")
    async with wiring_of(request).pool.connection() as connection:
        printed = await load_list(connection, actor.unit_id, number, render=False)
        await connection.commit()
    return printed


def _row_of(printed: EmergencyList, typed: str) -> PaperRow:
    row_no = row_from(printed.head.serial, typed)
    if row_no is None or row_no > len(printed.rows):
        raise Unprocessable("row and check digit do not belong together", field="row")
    return printed.rows[row_no - 1]


def _sticky(form: Any) -> Sticky:
    return Sticky(
        forms.text(form, "serial", 20),
        forms.text(form, "at", 8),
        forms.text(form, "given_by", 12),
        forms.text(form, "witnessed_by", 12),
    )


@router.get("/noedliste/indtast")
async def typing_page(request: Request) -> Response:
    """Which list and row."""
    return await _page(request, await signed_in(request, *STAFF), Sticky())


@router.post("/noedliste/indtast/raekke", dependencies=[READS])
async def find_row(request: Request) -> Response:
    """The row before it is told: whose it is, and what was printed. Writes nothing."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *STAFF)
    sticky = _sticky(form)
    typed = {"row": forms.text(form, "row", 8)}
    try:
        printed = await _printed(request, actor, sticky.serial)
        row = _row_of(printed, typed["row"])
    except DispensingError as error:
        said = Notice("error", error_text(error, request))
        return await _page(request, actor, sticky, None, said, error.status, typed)
    return await _page(request, actor, sticky, row, None, 200, typed)


@router.post("/noedliste/indtast", dependencies=[PAGE_STEP])
async def press_told(request: Request) -> Response:
    """Tell the row (or a person off the list); then the next one."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *STAFF)
    sticky = _sticky(form)
    typed = {name: forms.text(form, name) for name in TYPED}
    row = None
    try:
        printed = await _printed(request, actor, sticky.serial)
        row = _row_of(printed, typed["row"]) if typed["row"] else None
        told = _told(form, printed, row, typed["happened"], actor)
        answer = await tell_row(
            wiring_of(request),
            forms.session_token(request),
            told,
            forms.text(form, "key", 200),
        )
    except DispensingError as error:
        said = Notice("error", error_text(error, request))
        return await _page(request, actor, sticky, row, said, error.status, typed)
    return await _page(request, actor, sticky, None, _after(request, answer.body, typed))


def _told(
    form: Any, printed: EmergencyList, row: PaperRow | None, happened: str, actor: Actor
) -> Told:
    if happened not in ("given", "partial", "refused", "not_come", "lost"):
        raise Unprocessable("what happened", field="happened")
    had = happened in HAD
    amount_ug = amount_in(form, "swallowed_mg") if had else None
    at: datetime | None = None
    if had:
        zone = printed.head.zone
        day = printed.head.for_day
        at = wall_time(forms.text(form, "at", 8), day, zone, actor.now, "happened_at")
    listed_ug = row.supervised_ug if row is not None else 0
    return Told(
        serial=printed.head.serial,
        row_no=row.row_no if row is not None else NOT_LISTED,
        happened=happened,  # type: ignore[arg-type]
        happened_at=at,
        swallowed_ug=None if amount_ug == listed_ug else amount_ug,
        took_home=not had or row is None or forms.text(form, "home", 1) == "1",
        given_by=forms.whole(form, "given_by", 1, 2**31 - 1) if had else None,
        witnessed_by=forms.whole(form, "witnessed_by", 1, 2**31 - 1) if had else None,
        note=forms.text(form, "note") or None,
        card=forms.text(form, "card", 40) or None,
    )


def _after(request: Request, answer: Any, typed: dict[str, str]) -> Notice:
    _ = translate(request)
    where = typed["row"] or typed["card"]
    if answer["known"]:
        return Notice("told", _("Rækken var indtastet med det samme indhold før."))
    if answer["conflicts"]:
        words = kind_words(request)
        said = " ".join(words[kind] for kind in answer["conflicts"])
        return Notice(
            "refused",
            _("Skrevet ned, og en læge skal afgøre det: %(what)s") % {"what": said},
        )
    return Notice("done", _("Række %(row)s er skrevet ned.") % {"row": where})


@router.post("/noedliste/indtast/tomme", dependencies=[PAGE_STEP])
async def press_blank(request: Request) -> Response:
    """The next rows that nobody has told of carry no mark on the paper."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *STAFF)
    sticky = _sticky(form)
    _ = translate(request)
    try:
        printed = await _printed(request, actor, sticky.serial)
        rows = [_row_of(printed, str(typed)).row_no for typed in form.getlist("blank")]
        done = await tell_blank(
            wiring_of(request),
            forms.session_token(request),
            printed.head.serial,
            rows,
            forms.text(form, "key", 150),
        )
    except DispensingError as error:
        said = Notice("error", error_text(error, request))
        return await _page(request, actor, sticky, None, said, error.status)
    said = Notice("done", _("%(n)s tomme rækker er skrevet ned.") % {"n": done})
    return await _page(request, actor, sticky, None, said)
