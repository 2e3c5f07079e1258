"""Closures as JSON: the coming ones, everyone they meet, and a doctor's decision in one go."""

from datetime import date
from typing import Any, Literal

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.closures.calendar_api import ACTS, ReceiptModel, done
from dispensing.closures.deciding import MOST_PEOPLE, Chosen, decide_closure
from dispensing.closures.planner import SEES, Affected, closures_of, load_plan
from dispensing.closures.proposals import Asked, Closure
from dispensing.counter.api_models import Day
from dispensing.people.act_steps import STEP
from dispensing.people.sessions import load_actor
from dispensing.problem_answers import DOCUMENTED
from dispensing.web import formats
from dispensing.web.json_api import Id, Key, Strict, Text, bearer, json_answer
from dispensing.web.routes import wiring_of

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


class AffectedModel(BaseModel):
    """A person whose doses meet the closure."""

    person_id: int
    state: Literal["open", "changed", "called", "decided", "planned"]
    proposal: Literal["planned", "home", "extended", "call"]
    lacking: list[date]
    pickup_on: date | None
    days_home: int
    now: VisitModel | None
    then: list[VisitModel]
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
    """What is chosen for a person, with the versions that were shown."""

    person_id: Id
    choice: Literal["home", "called"]
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
        Chosen(one.person_id, one.choice, one.arrangement_version, one.prescription_version)
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
        "arrangement_version": one.arrangement_version,
        "prescription_version": one.prescription_version,
        "pregnant": one.pregnant,
        "sedatives": one.sedatives,
        "naloxone": one.naloxone,
    }
