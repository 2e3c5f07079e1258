"""Closures as JSON: the coming ones, everyone they meet, and a doctor's decision in one go."""

from datetime import date, time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.closures.calendar_api import ACTS, ReceiptModel, done
from dispensing.closures.deciding import MOST_PEOPLE, Chosen, decide_closure
from dispensing.closures.elsewhere import Elsewhere
from dispensing.closures.planner import SEES, Affected, closures_of, load_plan
from dispensing.closures.proposals import Asked, Closure, Look
from dispensing.counter.api_models import Day
from dispensing.people.act_steps import STEP
from dispensing.people.sessions import load_actor
from dispensing.problem_answers import DOCUMENTED
from dispensing.web import formats
from dispensing.web.json_api import Id, Key, Strict, Text, bearer, json_answer
from dispensing.web.routes import wiring_of

UnitId = Annotated[int, Field(ge=1, le=32_767, strict=True)]
router = APIRouter(
    prefix="/api/v1",
    tags=["closures"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)


class ClosureModel(BaseModel):
    """Closed days in a row."""

    first: date
    last: date


class ClosuresModel(BaseModel):
    """The unit's coming closures, in order."""

    closures: list[ClosureModel]


class VisitModel(BaseModel):
    """A visit as it would be, with what the rules say of it."""

    on: date
    doses: list[dict[str, Any]]
    verdict: dict[str, Any]


class OtherUnitModel(BaseModel):
    """A unit that can hand out on all of ``days``; the first one of a list is the proposal.

    ``guests`` are those expected there already, on the fullest of the days.
    """

    unit_id: int
    name: str
    phone: str | None
    opens: time
    closes: time
    days: list[date]
    guests: int
    full: bool
    visits: list[VisitModel]


class NotThereModel(BaseModel):
    """A unit that cannot, and why: closed on ``days``, no counter, no stock, or ``rules``."""

    unit_id: int
    name: str
    why: Literal["closed", "no-counter", "no-stock", "rules"]
    days: list[date]
    rules: list[str]


class GuestDayModel(BaseModel):
    """A day at another unit that is decided; ``broken`` when it can no longer be."""

    guest_id: Annotated[int | None, Field(description="None: at a pharmacy, by a supply order")]
    day: date
    unit_id: int
    broken: bool


class NightModel(BaseModel):
    """How the closed days meet a dose for the night: when it is fetched, for how many days."""

    lacking: list[date]
    pickup_on: date | None
    days_home: int


class AffectedModel(BaseModel):
    """A person whose doses meet the closure.

    ``other_units`` can hand out on the days on which the person would come here, best first;
    ``not_there`` cannot, and on the days of ``open_nowhere`` no other unit is open.
    """

    person_id: int
    state: Literal["open", "changed", "called", "decided", "planned"]
    proposal: Literal["planned", "home", "extended", "call"]
    lacking: list[date]
    pickup_on: date | None
    days_home: int
    now: VisitModel | None
    then: list[VisitModel]
    night: NightModel | None = Field(
        description="The dose for the night beside injections, where one is ordered"
    )
    other_units: list[OtherUnitModel]
    not_there: list[NotThereModel]
    open_nowhere: list[date]
    guest_days: list[GuestDayModel]
    arrangement_version: int
    prescription_version: int
    pregnant: bool
    sedatives: bool
    naloxone: bool


class PlanModel(BaseModel):
    """A closure and everyone it meets; those without plan come first."""

    first: date
    last: date
    names: list[str]
    people: list[AffectedModel]


class ChosenModel(Strict):
    """What is chosen for a person, with the versions that were shown.

    ``unit_id`` names the other unit where the choice is ``guest``.
    """

    person_id: Id
    choice: Literal["home", "called", "guest"]
    unit_id: UnitId | None = None
    arrangement_version: int = Field(ge=0, le=1_000_000, strict=True)
    prescription_version: int = Field(ge=0, le=1_000_000, strict=True)


class DecisionModel(Strict):
    """A doctor's decision for everyone named; who is left out stays without plan."""

    last: Day
    reason: Text
    people: list[ChosenModel] = Field(min_length=1, max_length=MOST_PEOPLE)


class DecidedModel(BaseModel):
    """For whom it was decided."""

    first: date
    last: date
    decided: list[int]
    receipt: ReceiptModel


@router.get("/closures", response_model=ClosuresModel, responses=DOCUMENTED)
async def get_closures(request: Request) -> Response:
    """The coming closures of the session's unit."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, bearer(request), wiring.limits)
        actor.must_be(*SEES)
        today = formats.local_day(actor.now, actor.zone)
        found = await closures_of(connection, actor.unit_id, today)
        await connection.commit()
    return json_answer({"closures": [_closure(one) for one in found]})


@router.get("/closures/{first}", response_model=PlanModel, responses=DOCUMENTED)
async def get_closure(first: Day, request: Request) -> Response:
    """The closure that holds a day, and everyone it meets."""
    _, plan = await load_plan(wiring_of(request), bearer(request), first)
    answer = _closure(plan.closure) | {
        "names": plan.names,
        "people": [_person(one) for one in plan.people],
    }
    return json_answer(answer)


@router.post(
    "/closures/{first}/decisions",
    status_code=201,
    response_model=DecidedModel,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_decision(first: Day, body: DecisionModel, request: Request, key: Key) -> Response:
    """Decide for everyone named, in one go; by a doctor of the unit."""
    chosen = [
        Chosen(
            one.person_id,
            one.choice,
            one.arrangement_version,
            one.prescription_version,
            one.unit_id if one.choice == "guest" else None,
        )
        for one in body.people
    ]
    return done(
        await decide_closure(
            wiring_of(request), bearer(request), first, body.last, chosen, body.reason, key
        )
    )


def _closure(one: Closure) -> dict[str, Any]:
    return {"first": one.first, "last": one.last}


def _visit(asked: Asked) -> dict[str, Any]:
    return {
        "on": asked.visit.on,
        "doses": [
            {"for_on": dose.for_on, "part": dose.part, "amount_ug": dose.amount_ug, "how": dose.how}
            for dose in asked.visit.doses
        ],
        "verdict": asked.verdict.as_dict(),
    }


def _elsewhere(found: Elsewhere | None) -> dict[str, Any]:
    if found is None:
        return {"other_units": [], "not_there": [], "open_nowhere": []}
    offers = [
        {
            "unit_id": offer.unit.unit_id,
            "name": offer.unit.name,
            "phone": offer.unit.phone,
            "opens": offer.unit.opens,
            "closes": offer.unit.closes,
            "days": offer.days,
            "guests": offer.unit.expected(offer.days),
            "full": offer.unit.full(offer.days),
            "visits": [_visit(asked) for asked in offer.visits],
        }
        for offer in found.offers
    ]
    none = [
        {
            "unit_id": one.unit.unit_id,
            "name": one.unit.name,
            "why": one.why,
            "days": one.days,
            "rules": one.rules,
        }
        for one in found.not_there
    ]
    return {"other_units": offers, "not_there": none, "open_nowhere": found.open_nowhere}


def _night(seen: Look | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    return {"lacking": seen.lacking, "pickup_on": seen.pickup_on, "days_home": seen.days_home}


def _person(one: Affected) -> dict[str, Any]:
    seen = one.seen
    return {
        "person_id": one.person_id,
        "state": one.state,
        "proposal": seen.proposal,
        "lacking": seen.lacking,
        "pickup_on": seen.pickup_on,
        "days_home": seen.days_home,
        "now": _visit(seen.now) if seen.now is not None else None,
        "then": [_visit(asked) for asked in seen.then],
        "night": _night(one.night),
        **_elsewhere(one.elsewhere),
        "guest_days": [
            {
                "guest_id": day.guest_id,
                "day": day.day,
                "unit_id": day.unit_id,
                "broken": day in one.broken,
            }
            for day in one.guests
        ],
        "arrangement_version": one.arrangement_version,
        "prescription_version": one.prescription_version,
        "pregnant": one.pregnant,
        "sedatives": one.sedatives,
        "naloxone": one.naloxone,
    }
