"""Supply orders as JSON: what a pharmacy is sent, tells back, and asks again."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter import api_answers
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import Day
from dispensing.errors import NotFound
from dispensing.looks import look_at_list, record_look
from dispensing.people.act_steps import STEP
from dispensing.people.scopes import scope
from dispensing.people.sessions import HANDS_OUT, load_actor
from dispensing.problem_answers import DOCUMENTED
from dispensing.treatment.deciding import treated
from dispensing.treatment.supply.changes import load_changes
from dispensing.treatment.supply.reading import (
    SupplyOrder,
    load_supply_orders,
    load_versions,
)
from dispensing.treatment.supply.reporting import report_missed, report_oddity
from dispensing.treatment.supply.withdrawing import withdraw_supply
from dispensing.unit_acts import UnitAnswer
from dispensing.web.json_api import Id, Key, Strict, Text, bearer, json_answer, plain

READS_IT = scope("system/MedicationDispense.r")
WRITES_IT = scope("system/MedicationDispense.c")
MOST_ROWS = 20
ACTS = REFUSED

router = APIRouter(
    prefix="/api/v1",
    tags=["supply orders"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)


class StopRule(BaseModel):
    """When nothing is handed out and the clinic is asked; ``days`` in a row without a dose."""

    rule: Literal["missed-days", "affected-now", "indkald", "away"]
    days: int | None = None


class ProductModel(BaseModel):
    """A preparation; ``strength_ug`` is micrograms ``per`` ml or unit."""

    code: str
    substance: str
    form: str
    route: str
    strength_ug: int
    per: str


class OrderedModel(BaseModel):
    """The medicine's order in force today; amounts are whole micrograms."""

    prescription_id: int
    version: int
    product: ProductModel
    daily_ug: int
    parts_ug: list[int]
    weekday_ug: list[int] | None
    valid_from: date
    valid_to: date | None


class TodayModel(BaseModel):
    """A dose of today that is taken: where, and when; ``here``: at this pharmacy."""

    state: Literal["reserved", "uncertain", "given"]
    unit: str
    at: datetime
    here: bool


class SupplyOrderModel(BaseModel):
    """A supply order in its latest version; of one that is over, nothing of the person."""

    supply_id: int
    version: int
    state: Literal["running", "over"]
    in_force_now: Annotated[bool, Field(description="Whether the pharmacy holds the right today")]
    clinic: str
    clinic_phone: str | None
    from_on: date
    until_on: date
    weekdays: list[int]
    supervised_weekdays: list[int]
    pickup_weekdays: list[int]
    take_home_days: int
    stop_rules: list[StopRule]
    book_id: str
    signed_by: str
    signed_at: datetime
    person_id: int | None
    given_name: str | None
    family_name: str | None
    born_on: date | None
    card_code: str | None
    away: bool | None
    days: Annotated[list[date], Field(description="The coming days at the pharmacy")]
    ordered: OrderedModel | None
    dosed_today: TodayModel | None


class SupplyOrdersModel(BaseModel):
    orders: Annotated[list[SupplyOrderModel], Field(description="By name; none that is over")]
    cursor: Annotated[str, Field(description="For /supply-orders/changes: what comes after this")]


class ChangedModel(BaseModel):
    """Something of a supply order changed: read it again."""

    supply_id: int
    what: Literal[
        "issued",
        "changed",
        "ended",
        "dose",
        "stopped",
        "indkald",
        "away",
        "back",
        "elsewhere",
        "course-ended",
        "merged",
        "arrangement",
    ]
    at: datetime


class ChangesModel(BaseModel):
    changes: Annotated[list[ChangedModel], Field(description="In the order they happened")]
    cursor: str


class MissedModel(Strict):
    """A day on which somebody did not come."""

    day: Day


class OddityModel(Strict):
    """What the clinic's doctors should know of."""

    text: Text


class EndingModel(Strict):
    """Why it ends. ``struck_out`` names the row struck out on the pharmacy's printed list."""

    reason: Text
    struck_out: list[tuple[Id, Id]] = Field(default=[], max_length=MOST_ROWS)


class ReceiptModel(BaseModel):
    """Where the act stands in the ledger."""

    chain: int
    seq: int
    hash: str


class MissedAnswer(BaseModel):
    supply_id: int
    day: date
    missed: bool
    receipt: ReceiptModel


class OddityAnswer(BaseModel):
    supply_id: int
    receipt: ReceiptModel


class VersionModel(BaseModel):
    """One version as the unit that treats reads it, with the reason."""

    supply_id: int
    version: int
    change: Literal["issued", "changed", "ended"]
    pharmacy_unit_id: int
    pharmacy: str
    from_on: date
    wanted_until: date | None
    until_on: date
    weekdays: list[int]
    reason: str
    signed_by: str
    signed_at: datetime


class PersonSupplyModel(BaseModel):
    versions: Annotated[list[VersionModel], Field(description="Newest first")]
    days: Annotated[list[date], Field(description="The coming days at a pharmacy")]


def told(one: SupplyOrder) -> dict[str, Any]:
    """An order as JSON; of one that is over, nothing of the person."""
    of_order = [
        "supply_id",
        "version",
        "in_force_now",
        "clinic",
        "clinic_phone",
        "from_on",
        "until_on",
        "weekdays",
        "supervised_weekdays",
        "pickup_weekdays",
        "take_home_days",
        "stop_rules",
        "book_id",
        "signed_by",
        "signed_at",
    ]
    of_person = ["person_id", "given_name", "family_name", "born_on", "card_code", "away"]
    seen = {name: getattr(one, name) for name in of_order}
    person = {name: None if one.over else getattr(one, name) for name in of_person}
    ordered = one.order
    if ordered is not None:
        names = ("high_dose_reason", "depot_interval_days", "night")
        ordered = {name: value for name, value in ordered.items() if name not in names}
    return (
        seen
        | person
        | {
            "state": "over" if one.over else "running",
            "days": [] if one.over else one.days,
            "ordered": None if one.over else ordered,
            "dosed_today": None if one.over else one.dosed_today,
        }
    )


def _acted(answer: UnitAnswer) -> Response:
    receipt = answer.receipt
    where = {"chain": receipt.chain, "seq": receipt.seq, "hash": receipt.hash}
    return json_answer(dict(answer.body) | {"receipt": where}, answer.status)


@router.get(
    "/supply-orders",
    response_model=SupplyOrdersModel,
    responses=DOCUMENTED,
    dependencies=[READS_IT],
)
async def get_supply_orders(request: Request) -> Response:
    """Whom this pharmacy supplies: only what handing out needs."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, bearer(request), wiring.limits)
        actor.must_be(*HANDS_OUT)
        # First where to go on: what changes from here on is told twice, never not at all.
        changes = await load_changes(connection, actor.unit_id, None)
        found = await load_supply_orders(connection, actor.unit_id)
        await connection.commit()
    await look_at_list(wiring, actor, "supply-orders", [one.person_id for one in found])
    return json_answer({"orders": [told(one) for one in found], "cursor": changes.cursor})


@router.get(
    "/supply-orders/changes",
    response_model=ChangesModel,
    responses=ACTS,
    dependencies=[READS_IT],
)
async def get_changes(
    request: Request, after: Annotated[str | None, Query(max_length=2_000)] = None
) -> Response:
    """What changed since the cursor; without one, the cursor to begin with. Names nobody."""
    wiring = wiring_of(request)
    if after is not None:
        plain(after)
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, bearer(request), wiring.limits)
        actor.must_be(*HANDS_OUT)
        found = await load_changes(connection, actor.unit_id, after)
        await connection.commit()
    return json_answer(found)


@router.get(
    "/supply-orders/{supply_id}",
    response_model=SupplyOrderModel,
    responses=DOCUMENTED,
    dependencies=[READS_IT],
)
async def get_supply_order(supply_id: IdInPath, request: Request) -> Response:
    """One supply order: doses, days, when to ask, and whether the right lies here now."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, bearer(request), wiring.limits)
        actor.must_be(*HANDS_OUT)
        found = await load_supply_orders(connection, actor.unit_id, supply_id)
        if not found:
            raise NotFound("no such supply order here")
        await record_look(wiring, connection, actor, found[0].person_id, "supply-order")
        await connection.commit()
    return json_answer(told(found[0]))


@router.post(
    "/supply-orders/{supply_id}/missed",
    status_code=201,
    response_model=MissedAnswer,
    responses=ACTS | {200: {"model": MissedAnswer, "description": "It was told before"}},
    dependencies=[STEP, WRITES_IT],
)
async def post_missed(
    supply_id: IdInPath, body: MissedModel, request: Request, key: Key
) -> Response:
    """Somebody did not come that day; told again it is no second missed day."""
    wiring, token = wiring_of(request), bearer(request)
    return _acted(await report_missed(wiring, token, supply_id, body.day, key))


@router.post(
    "/supply-orders/{supply_id}/oddities",
    status_code=201,
    response_model=OddityAnswer,
    responses=ACTS,
    dependencies=[STEP, WRITES_IT],
)
async def post_oddity(
    supply_id: IdInPath, body: OddityModel, request: Request, key: Key
) -> Response:
    """Something the doctors of the clinic should know of; it stands until one has read it."""
    wiring, token = wiring_of(request), bearer(request)
    return _acted(await report_oddity(wiring, token, supply_id, body.text, key))


@router.get(
    "/people/{person_id}/supply-order", response_model=PersonSupplyModel, responses=DOCUMENTED
)
async def get_of_person(person_id: IdInPath, request: Request) -> Response:
    """What pharmacies were sent for a person, as the unit that treats reads it."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        await treated(wiring, connection, bearer(request), person_id, "supply-order")
        versions, days = await load_versions(connection, person_id)
        await connection.commit()
    return json_answer({"versions": versions, "days": days})


@router.post(
    "/people/{person_id}/supply-order/end",
    response_model=api_answers.Outcome,
    status_code=201,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_end(person_id: IdInPath, body: EndingModel, request: Request, key: Key) -> Response:
    """A doctor ends the supply order: the coming days are the unit's again."""
    return answered(
        await withdraw_supply(
            wiring_of(request), bearer(request), person_id, body.reason, key, body.struck_out
        )
    )
