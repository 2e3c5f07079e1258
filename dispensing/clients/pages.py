"""Machine clients as pages, for administrators: who calls, register, change, disable."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from dispensing.clients import registering, store
from dispensing.clients.calls import Machines
from dispensing.clients.store import Client
from dispensing.clients.terms import NewClient, Terms
from dispensing.errors import DispensingError, NotFound
from dispensing.looks import look_at_list, see_as
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.scopes import OFFERED, covers, parse, parse_all
from dispensing.people.sessions import Actor
from dispensing.people.working import role_text, signed_in, work_page
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, field_of, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

LONGEST_KEYS, LONGEST_CARDS = 20_000, 10_000
TYPED = ("client_id", "name", "kind", "role", "acts_at", "keys", "people", "cards", "thumbprint")
# What a pharmacy needs to hand out for a clinic; more is chosen on purpose.
USUAL = ("MedicationRequest.rs", "MedicationDispense.crs", "Patient.rs")


@dataclass(frozen=True, slots=True)
class Choice:
    """One box of the scopes."""

    value: str
    chosen: bool


def _choices(chosen: list[str]) -> list[Choice]:
    held = parse_all(chosen)
    offered: list[Choice] = []
    for resource, letters in OFFERED.items():
        for part in ("c", "rs"):
            scope = parse(f"system/{resource}.{part}")
            if scope is not None and scope.letters <= set(letters):
                offered.append(Choice(str(scope), covers(held, scope)))
    return offered


def _terms(form: FormData) -> Terms:
    cards = forms.text(form, "cards", LONGEST_CARDS).replace(",", " ").split()
    return Terms(
        forms.text(form, "keys", LONGEST_KEYS),
        tuple(str(one) for one in form.getlist("scopes")),
        forms.text(form, "people", 10),  # type: ignore[arg-type]
        tuple(cards),
        forms.text(form, "thumbprint", 200) or None,
    )


def _said_no(request: Request, error: DispensingError) -> Notice:
    """What cannot be, above the page and beside its field. Raises what is no matter of a form."""
    if error.status not in (409, 422):
        raise error
    field = "client_id" if error.type_slug == "client-known" else field_of(error)
    kind = "refused" if error.status == 409 else "error"
    return Notice(kind, error_text(error, request), field)


def _typed(form: FormData | None) -> dict[str, str]:
    """What stands in the form again after a no."""
    return {name: str((form or {}).get(name, "")) for name in TYPED}


async def _list(
    request: Request,
    actor: Actor,
    notice: Notice | None = None,
    status: int = 200,
    form: FormData | None = None,
) -> Response:
    await _written(request)
    async with wiring_of(request).pool.connection() as connection:
        await see_as(connection, actor.unit_id)
        clients = await store.clients_of(connection, actor.unit_id)
        places = await store.places(connection, actor.unit_id)
        await connection.commit()
    usual = [f"system/{one}" for one in USUAL]
    chosen = [str(one) for one in form.getlist("scopes")] if form is not None else usual
    return work_page(
        request,
        actor,
        "clients/list.html",
        status,
        clients=clients,
        places=places,
        choices=_choices(chosen),
        typed=_typed(form),
        roles=[(one, role_text(request, one)) for one in ("nurse", "auditor")],
        notice=notice,
    )


async def _written(request: Request) -> None:
    """What this worker has not written of the calls yet."""
    ours: Machines = request.app.state.machines
    await ours.calls.write(wiring_of(request))


@router.get("/klienter")
async def list_page(request: Request) -> Response:
    """The unit's clients, and the form that registers another."""
    return await _list(request, await signed_in(request, *registering.KEEPS))


@router.post("/klienter", dependencies=[PAGE_STEP])
async def press_register(request: Request) -> Response:
    """A client is registered; on to its page."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *registering.KEEPS)
    try:
        kind = forms.text(form, "kind", 20)
        new = NewClient(
            forms.text(form, "client_id", 64).lower(),
            forms.text(form, "name", 100),
            kind,  # type: ignore[arg-type]
            "pharmacist" if kind == "pharmacy" else forms.text(form, "role", 20),  # type: ignore[arg-type]
            forms.whole(form, "acts_at", 1, 32_000) or actor.unit_id,
            _terms(form),
        )
        token, key = forms.session_token(request), forms.text(form, "key", 200)
        await registering.register(wiring_of(request), token, new, key)
    except DispensingError as error:
        return await _list(request, actor, _said_no(request, error), error.status, form)
    return RedirectResponse(f"/klienter/{new.client_id}", 303)


async def _client(
    request: Request,
    actor: Actor,
    client_id: str,
    notice: Notice | None = None,
    status: int = 200,
    form: FormData | None = None,
) -> Response:
    await _written(request)
    async with wiring_of(request).pool.connection() as connection:
        # Calls and lists stand behind the second wall.
        await see_as(connection, actor.unit_id)
        found = {one.client_id: one for one in await store.clients_of(connection, actor.unit_id)}
        client = found.get(client_id)
        if client is None:
            raise NotFound("no such client here")
        named = await store.named_people(connection, client)
        calls = await store.recent_calls(connection, client_id)
        await connection.commit()
    await look_at_list(wiring_of(request), actor, "client", [one for one, _ in named])
    cards = [card for _, card in named]
    chosen = [str(one) for one in form.getlist("scopes")] if form is not None else client.scopes
    return work_page(
        request,
        actor,
        "clients/client.html",
        status,
        client=client,
        role=role_text(request, client.role),
        choices=_choices(list(chosen)),
        typed=_typed(form) if form is not None else _held(client, cards),
        calls=calls,
        notice=notice,
    )


def _held(client: Client, cards: list[str]) -> dict[str, str]:
    """What holds, as the form shows it. Keys are typed anew where they change."""
    return dict.fromkeys(TYPED, "") | {
        "people": client.people,
        "cards": " ".join(cards),
        "thumbprint": client.thumbprint or "",
    }


@router.get("/klienter/{client_id}")
async def client_page(request: Request, client_id: str) -> Response:
    """What holds for a client, and its last calls."""
    return await _client(request, await signed_in(request, *registering.KEEPS), client_id)


@router.post("/klienter/{client_id}", dependencies=[PAGE_STEP])
async def press_change(request: Request, client_id: str) -> Response:
    """Other keys, scopes, people or certificate."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *registering.KEEPS)
    _ = translate(request)
    try:
        await registering.change(
            wiring_of(request),
            forms.session_token(request),
            client_id,
            forms.needed(form, "version", 1, 1_000_000),
            _terms(form),
            forms.text(form, "key", 200),
        )
    except DispensingError as error:
        said = _said_no(request, error)
        return await _client(request, actor, client_id, said, error.status, form)
    said = _("Det gælder fra nu. Klienten beder om adgang igen.")
    return await _client(request, actor, client_id, Notice("done", said))


@router.post("/klienter/{client_id}/adgang", dependencies=[PAGE_STEP])
async def press_open(request: Request, client_id: str) -> Response:
    """The client is disabled, or let in again."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *registering.KEEPS)
    _ = translate(request)
    enabled = forms.text(form, "open", 10) == "ja"
    try:
        await registering.set_open(
            wiring_of(request),
            forms.session_token(request),
            client_id,
            forms.needed(form, "version", 1, 1_000_000),
            forms.text(form, "reason"),
            forms.text(form, "key", 200),
            enabled=enabled,
        )
    except DispensingError as error:
        return await _client(request, actor, client_id, _said_no(request, error), error.status)
    said = _("Klienten er lukket ind igen.") if enabled else _("Klienten er lukket ude fra nu.")
    return await _client(request, actor, client_id, Notice("done", said))
