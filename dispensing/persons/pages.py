"""A person's numbers as a page: masked, typed or scanned, shown in full for a reason."""

from fastapi import APIRouter, Request, Response

from dispensing.errors import DispensingError, NotFound
from dispensing.looks import record_look
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor, load_actor
from dispensing.people.working import signed_in, work_page
from dispensing.persons import register, store
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

LONGEST_NUMBER = 100


@router.get("/person/{person_id}/numre")
async def numbers_page(request: Request, person_id: forms.IdInPath) -> Response:
    """A person's numbers, masked."""
    return await _page(request, await _acting(request), person_id)


@router.post("/person/{person_id}/numre", dependencies=[PAGE_STEP])
async def press_record(request: Request, person_id: forms.IdInPath) -> Response:
    """Record a number, typed or scanned from the health card."""
    form = await forms.read_form(request)
    actor = await _acting(request)
    _ = translate(request)
    try:
        done = await register.record_number(
            wiring_of(request),
            forms.session_token(request),
            person_id,
            forms.text(form, "number", LONGEST_NUMBER),
            forms.text(form, "key", 200),
            birth_date_checked=forms.text(form, "birth_date_checked", 1) == "1",
        )
    except NotFound:
        raise
    except DispensingError as error:
        said = Notice("error", error_text(error, request))
        differs = error.type_slug == "birth-date-differs"
        return await _page(request, actor, person_id, said, differs=differs, status=error.status)
    said = _("Nummeret er skrevet ned.")
    if "mod-11" in done.body["warnings"]:
        said = _("Nummeret er skrevet ned. Det består ikke modulus 11: se på kortet igen.")
    return await _page(request, actor, person_id, Notice("done", said))


@router.post("/person/{person_id}/numre/{identifier_id}/vis", dependencies=[PAGE_STEP])
async def press_show(
    request: Request, person_id: forms.IdInPath, identifier_id: forms.IdInPath
) -> Response:
    """Show one number in full, once; the reason is recorded first."""
    form = await forms.read_form(request)
    actor = await _acting(request)
    full = await register.show_number(
        wiring_of(request),
        forms.session_token(request),
        person_id,
        identifier_id,
        forms.text(form, "reason"),
    )
    return await _page(request, actor, person_id, full=(identifier_id, full))


@router.post("/person/{person_id}/numre/{identifier_id}/tilbage", dependencies=[PAGE_STEP])
async def press_withdraw(
    request: Request, person_id: forms.IdInPath, identifier_id: forms.IdInPath
) -> Response:
    """Take back a number that was somebody else's."""
    form = await forms.read_form(request)
    actor = await _acting(request)
    await register.withdraw_number(
        wiring_of(request),
        forms.session_token(request),
        person_id,
        identifier_id,
        forms.text(form, "reason"),
        forms.text(form, "key", 200),
    )
    _ = translate(request)
    said = _("Nummeret er trukket tilbage og finder ikke længere personen.")
    return await _page(request, actor, person_id, Notice("done", said))


async def _acting(request: Request) -> Actor:
    return await signed_in(request, *register.ROLES)


async def _page(
    request: Request,
    actor: Actor,
    person_id: int,
    notice: Notice | None = None,
    *,
    full: tuple[int, str] | None = None,
    differs: bool = False,
    status: int = 200,
) -> Response:
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        await load_actor(connection, forms.session_token(request), wiring.limits)
        person = await store.load_person(connection, actor, person_id, lock=False)
        await record_look(wiring, connection, actor, person_id, "numbers")
        numbers = await register.numbers_of(wiring, connection, person_id)
        await connection.commit()
    return work_page(
        request,
        actor,
        "persons/numbers.html",
        status,
        person=person,
        numbers=numbers,
        full=full,
        differs=differs,
        notice=notice,
    )
