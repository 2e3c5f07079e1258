"""The routes of FHIR: reading, searching, asking the rules, and telling what was handed out."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from integrations.fhir import ports, reading, resources, searching, systems
from integrations.fhir.capability import MEDIA_TYPE, UNDERSTOOD, statement
from integrations.fhir.exact import Refused, read_json, write_json
from integrations.fhir.ports import Json

PREFIX = "/fhir"
MOST_BODY = 64 * 1024
READS, TELLS = "system/{}.rs", "system/MedicationDispense.c"
Scope = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class House:
    """What the service hands in: its counter, whose token a request carries, and its routes' class.

    ``reads`` and ``tells`` are dependencies that a route of that sort declares.
    """

    counter: Callable[[Request], ports.Counter]
    token: Callable[[Request], str]
    language: Callable[[Request], str]
    route_class: type[APIRoute]
    scope: Scope
    reads: Any
    tells: Any


def answer(resource: Json, status: int = 200, **headers: str) -> Response:
    """A resource as it leaves."""
    kept = {"Cache-Control": "no-store", **headers}
    return Response(write_json(resource), status, kept, MEDIA_TYPE)


def base_of(request: Request) -> str:
    """Where this face lies, as the client sees it."""
    return f"{str(request.base_url).rstrip('/')}{PREFIX}"


def fhir_router(house: House) -> APIRouter:
    """Every route of the face."""
    router = APIRouter(prefix=PREFIX, tags=["fhir"], route_class=house.route_class)
    _describe(router)
    _read(router, house)
    _search(router, house)
    _tell(router, house)
    _nothing_else(router, house)
    return router


def _describe(router: APIRouter) -> None:
    @router.get("/metadata", include_in_schema=False)
    async def metadata(request: Request) -> Response:
        """What this face understands."""
        return answer(statement(base_of(request)))


def _number(text: str) -> int:
    """A resource's number. Raises Refused for what none has."""
    if not text.isascii() or not text.isdigit() or len(text) > 15 or int(text) == 0:
        raise Refused(404, "not-found", "no such resource here")
    return int(text)


def _pair(text: str) -> tuple[int, int]:
    first, dash, second = text.partition("-")
    if not dash:
        raise Refused(404, "not-found", "no such resource here")
    return _number(first), _number(second)


def _read(router: APIRouter, house: House) -> None:
    async def found(kind: str, id_: str, request: Request) -> Json:
        counter, token = house.counter(request), house.token(request)
        if kind == "Patient":
            return resources.patient(await counter.person(token, _number(id_)))
        if kind == "Practitioner":
            return resources.practitioner(await counter.staff(token, _number(id_)))
        if kind == "Organization":
            return resources.organization(await counter.unit(token, _number(id_)))
        if kind == "Medication":
            return resources.medication(await counter.product(token, id_))
        if kind == "MedicationRequest":
            return resources.request(await counter.order_of(token, *_pair(id_)))
        if kind == "MedicationDispense":
            return resources.dispense(await counter.dispense(token, _number(id_)))
        if kind == "Provenance":
            entry = await counter.entry(token, _number(id_))
            return resources.provenance(await counter.dispense(token, _number(id_)), entry)
        return resources.administration(await counter.swallow(token, *_pair(id_)))

    for kind in UNDERSTOOD:

        async def read(request: Request, id_: str, kind: str = kind) -> Response:
            return answer(await found(kind, id_, request))

        read.__doc__ = f"One {kind}."
        router.add_api_route(
            f"/{kind}/{{id_}}",
            _of_kind(read),
            methods=["GET"],
            name=f"read {kind}",
            include_in_schema=False,
            dependencies=[house.scope(READS.format(kind))],
        )


def _of_kind(read: Callable[..., Any]) -> Callable[..., Any]:
    """The route's function with its kind bound: a query parameter must not choose another."""
    kind = read.__defaults__[0] if read.__defaults__ else ""

    async def bound(request: Request, id_: str) -> Response:
        return await read(request, id_, kind)

    bound.__doc__ = read.__doc__
    return bound


def _search(router: APIRouter, house: House) -> None:
    async def found(search: searching.Asked, request: Request) -> Sequence[Json]:
        counter, token = house.counter(request), house.token(request)
        if search.kind == "Patient":
            return await _patients(counter, token, search)
        person_id = searching.patient_of(search)
        if search.kind == "MedicationRequest":
            rows = [
                resources.request(one)
                for one in await counter.orders(token, person_id)
                if searching.within(one.signed_at, search, "authoredon")
            ]
        elif search.kind == "MedicationDispense":
            rows = [
                resources.dispense(one)
                for one in await counter.dispenses(token, person_id)
                if search.get("whenhandedover") is None
                or (
                    one.told == "given"
                    and one.told_at is not None
                    and searching.within(one.told_at, search, "whenhandedover")
                )
            ]
        else:
            rows = [
                resources.administration(one)
                for one in await counter.swallows(token, person_id)
                if searching.within(one.swallowed_at, search, "effective-time")
            ]
        return searching.chosen(rows, lambda one: searching.status_is(one["status"], search))

    async def searched(kind: str, pairs: Sequence[tuple[str, str]], request: Request) -> Response:
        known = frozenset(UNDERSTOOD[kind][1]) | {"subject"}
        search = searching.asked(kind, pairs, known, request.headers.get("prefer", ""))
        return answer(searching.bundle(search, base_of(request), await found(search, request)))

    def add(kind: str) -> None:
        async def by_get(request: Request) -> Response:
            pairs = request.query_params.multi_items()
            if any(name == "identifier" and _is_number(value) for name, value in pairs):
                text = "a number of a person never travels in an address: POST Patient/_search"
                raise Refused(400, "security", text, "identifier")
            return await searched(kind, pairs, request)

        async def by_post(request: Request) -> Response:
            form = await request.form(max_fields=50, max_files=0)
            pairs = [(name, str(value)) for name, value in form.multi_items()]
            return await searched(kind, [*pairs, *request.query_params.multi_items()], request)

        by_get.__doc__ = by_post.__doc__ = f"Search {kind}."
        scope = house.scope(READS.format(kind))
        router.add_api_route(
            *(f"/{kind}", by_get),
            methods=["GET"],
            name=f"search {kind}",
            include_in_schema=False,
            dependencies=[scope],
        )
        router.add_api_route(
            *(f"/{kind}/_search", by_post),
            methods=["POST"],
            name=f"post search {kind}",
            include_in_schema=False,
            dependencies=[scope, house.reads],
        )

    for kind, (interactions, _) in UNDERSTOOD.items():
        if "search-type" in interactions:
            add(kind)


def _is_number(value: str) -> bool:
    system, _, text = value.rpartition("|")
    return system in (systems.CPR, systems.REPLACEMENT_CPR) or (
        sum(sign.isdigit() for sign in text) >= 8
    )


async def _patients(counter: ports.Counter, token: str, search: searching.Asked) -> Sequence[Json]:
    """By id, card or number; nobody is listed who was not asked for."""
    if (wanted := search.get("_id")) is not None:
        return [resources.patient(await counter.person(token, _number(wanted)))]
    text = (search.get("identifier") or "").rpartition("|")[2].strip()
    if not text:
        raise Refused(
            400, "required", "name an identifier: a card, or by POST a number", "identifier"
        )
    return [resources.patient(one) for one in await counter.find(token, text)]


def _tell(router: APIRouter, house: House) -> None:
    async def body_of(request: Request) -> Any:
        said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if said not in (MEDIA_TYPE, "application/json", "text/json"):
            raise Refused(415, "not-supported", f"send {MEDIA_TYPE}")
        return read_json(await request.body())

    @router.post(
        "/MedicationDispense",
        include_in_schema=False,
        dependencies=[house.scope(TELLS), house.tells],
    )
    async def create(request: Request) -> Response:
        """Reserve, give, or tell what became of a hand-out, by the status of what is sent."""
        counter, token = house.counter(request), house.token(request)
        now, today, who = await counter.moment(token)
        sent = reading.dispense_sent(await body_of(request), today)
        key = _key(request, sent, who)
        reading.must_be_now(sent, now)
        done = await _done(counter, token, sent, key, house.language(request))
        if not done.allowed or done.reservation_id is None:
            refusal = resources.verdict(done.findings, sent.wanted.person_id)
            if done.reservation_id is not None:
                refusal["issue"].append(resources.still_reserved(done.reservation_id))
            return answer(refusal, 409)
        made = resources.dispense(await counter.dispense(token, done.reservation_id))
        where = f"{base_of(request)}/MedicationDispense/{done.reservation_id}"
        return answer(made, 201, Location=where)

    @router.post(
        "/MedicationDispense/$check",
        include_in_schema=False,
        dependencies=[house.scope(READS.format("MedicationDispense")), house.reads],
    )
    async def check(request: Request) -> Response:
        """What the rules say of it; nothing is reserved."""
        counter, token = house.counter(request), house.token(request)
        _, today, _ = await counter.moment(token)
        sent = reading.dispense_sent(await body_of(request), today)
        said = await counter.check(token, sent.wanted, house.language(request))
        return answer(resources.verdict(said.findings, sent.wanted.person_id))


async def _done(
    counter: ports.Counter, token: str, sent: reading.Sent, key: str, language: str
) -> ports.Answer:
    """The act that a status asks for; both halves where a hand-out is told as a whole."""
    if sent.end is not None:
        assert sent.of is not None, "read so"
        return await counter.end(token, sent.of, sent.end, sent.note, key)
    reservation_id = sent.of
    if reservation_id is None:
        if sent.status == "completed" and any(it.how == "take_home" for it in sent.wanted.doses):
            # The giving would be refused for want of labels, and leave the doses reserved.
            text = "doses to carry home are reserved first: their labels are printed from that"
            raise Refused(422, "business-rule", text, f"{reading.KIND}.status")
        half = f"{key}:1" if sent.status == "completed" else key
        reserved = await counter.reserve(token, sent.wanted, half, language)
        if sent.status != "completed" or not reserved.allowed:
            return reserved
        reservation_id = reserved.reservation_id
    elif sent.status != "completed":
        raise Refused(422, "value", "it is reserved already", f"{reading.KIND}.status")
    assert reservation_id is not None, "an allowed reservation has a number"
    return await counter.give(token, reservation_id, sent.wanted, f"{key}:2", language)


def _key(request: Request, sent: reading.Sent, who: int) -> str:
    """What makes a repeated request the same one. Raises Refused where nothing does."""
    keys = request.headers.getlist("idempotency-key")
    if len(keys) > 1:
        raise Refused(400, "value", "one Idempotency-Key")
    if keys:
        if not 8 <= len(keys[0]) <= 180 or not keys[0].isprintable():
            raise Refused(400, "value", "an Idempotency-Key has 8 to 180 printable signs")
        named = keys[0]
        return f"fhir:{hashlib.sha256(f'{who} key {named}'.encode()).hexdigest()}"
    condition = request.headers.get("if-none-exist", "")
    named = condition.partition("identifier=")[2].partition("&")[0] if condition else ""
    if condition and not named:
        raise Refused(412, "not-supported", "create is conditional on an identifier alone")
    if not named and sent.identifier is not None:
        named = "|".join(sent.identifier)
    if not named:
        text = "an identifier, If-None-Exist or Idempotency-Key tells a repeated request from a new"
        raise Refused(422, "required", text, f"{reading.KIND}.identifier")
    return f"fhir:{hashlib.sha256(f'{who} {named}'.encode()).hexdigest()}"


def _nothing_else(router: APIRouter, house: House) -> None:
    async def unknown(request: Request, rest: str) -> Response:
        """Nothing of that name, or not to be done with it."""
        kind, _, more = rest.partition("/")
        known = kind in UNDERSTOOD or kind == "metadata"
        if known and (not more or "/" not in more):
            raise Refused(405, "not-supported", "this is not done here: see metadata")
        raise Refused(404, "not-supported", "nothing of that name is understood: see metadata")

    router.add_api_route(
        "/{rest:path}",
        unknown,
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        name="nothing else",
        include_in_schema=False,
        dependencies=[house.reads],
    )
