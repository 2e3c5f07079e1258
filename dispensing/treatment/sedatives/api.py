"""Benzodiazepines and the way down, as JSON: amounts in as mg text, out as whole micrograms."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter import api_answers
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import AmountMg, AmountOrNoneMg, Day
from dispensing.people.act_steps import READS, STEP
from dispensing.problem_answers import DOCUMENTED
from dispensing.treatment.sedatives import drafting, listing, tapering
from dispensing.treatment.sedatives.load import Source, Taken
from dispensing.treatment.sedatives.overview import counted, load_tapers
from dispensing.treatment.sedatives.plan import MOST_DAYS_BETWEEN, Of, Pause
from dispensing.treatment.sedatives.proposing import PlanAsked
from dispensing.treatment.sedatives.tablets import MOST_STRENGTHS
from dispensing.web.json_api import Flag, Key, Strict, Text, bearer, json_answer
from dosing_rules.facts import TaperState

router = APIRouter(
    prefix="/api/v1",
    tags=["sedatives"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
Atc = Annotated[str, Field(pattern=r"^[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}$", examples=["N05BA01"])]
Percent = Annotated[int, Field(ge=1, le=100, strict=True)]
Days = Annotated[int, Field(ge=1, le=MOST_DAYS_BETWEEN, strict=True)]
MOST_LISTED, MOST_PAUSES = 20, 20


class TakenModel(Strict):
    """One medicine of the list; no dose where nobody knows how much."""

    atc: Atc
    daily_mg: AmountMg | None = None
    source: Source
    since_on: Day | None = None


class ListModel(Strict):
    """All benzodiazepines and kin that are taken; an empty list: asked, and none."""

    items: Annotated[list[TakenModel], Field(max_length=MOST_LISTED)]
    note: Text | None = None


class NoteModel(Strict):
    note: Text


class NoteOrNoneModel(Strict):
    note: Text | None = None


class ReasonModel(Strict):
    reason: Text


class PauseModel(Strict):
    """Days on which nothing changes, both included."""

    from_on: Day
    until_on: Day
    reason: Text


class PlanModel(Strict):
    """A plan to lay out. The three of the last part come together or not at all."""

    atc: Atc
    goal_mg: AmountOrNoneMg
    first_on: Day
    percent: Percent
    percent_of: Of
    every_days: Days
    strengths_mg: Annotated[list[AmountMg], Field(min_length=1, max_length=MOST_STRENGTHS)]
    halves: Flag
    last_from_mg: AmountMg | None = None
    last_percent: Percent | None = None
    last_every_days: Days | None = None
    pauses: Annotated[list[PauseModel], Field(max_length=MOST_PAUSES)] = Field(default_factory=list)
    on_medication_card: Flag = False
    agreed_with_patient: Flag = False
    reason: Text | None = None

    def asked(self) -> PlanAsked:
        return PlanAsked(
            atc=self.atc,
            goal_ug=self.goal_mg,
            first_on=self.first_on,
            percent=self.percent,
            percent_of=self.percent_of,
            every_days=self.every_days,
            strengths_ug=tuple(self.strengths_mg),
            halves=self.halves,
            last_from_ug=self.last_from_mg,
            last_percent=self.last_percent,
            last_every_days=self.last_every_days,
            pauses=tuple([Pause(p.from_on, p.until_on, p.reason) for p in self.pauses]),
            on_medication_card=self.on_medication_card,
            agreed_with_patient=self.agreed_with_patient,
            reason=self.reason,
        )


class StepModel(Strict):
    """A step taken today: the dose a day from now on."""

    dose_mg: AmountOrNoneMg
    on_medication_card: Flag = False
    reason: Text | None = None


class StepShown(BaseModel):
    on: date
    dose_ug: int
    last_part: bool
    coarse: bool


class SaidModel(BaseModel):
    """What a rule says, and of which steps (from 1)."""

    finding: dict[str, Any]
    steps: list[int]


class DraftModel(BaseModel):
    """A plan laid out and asked of the book; nothing is signed by that."""

    from_ug: int
    original_ug: int
    steps: list[StepShown]
    said: list[SaidModel]
    needs_reason: bool


class StandingModel(BaseModel):
    word: Literal["on-plan", "step-today", "behind", "ahead", "done"]
    planned_ug: int
    actual_ug: int
    days: int
    next_on: date | None
    next_ug: int | None
    steps_left: int
    paused_until: date | None


class SedativesModel(BaseModel):
    """What is known: the list in diazepam, the state the counter knows, the plan and its steps."""

    state: TaperState | None
    guidance_ug: int | None
    low_ug: int | None
    high_ug: int | None
    listed: dict[str, Any] | None
    told_on: date | None
    plan: dict[str, Any] | None
    standing: StandingModel | None
    went: list[dict[str, Any]]


class OnTheWayModel(BaseModel):
    person_id: int
    name: str
    born_on: date
    where: str
    state: TaperState | None
    low_ug: int | None
    high_ug: int | None
    standing: StandingModel | None


class TapersModel(BaseModel):
    counts: dict[str, int]
    people: list[OnTheWayModel]


@router.get("/people/{person_id}/sedatives", response_model=SedativesModel, responses=DOCUMENTED)
async def get_sedatives(person_id: IdInPath, request: Request) -> Response:
    """What a person takes of benzodiazepines and kin, and how the taper stands."""
    found = await drafting.load(wiring_of(request), bearer(request), person_id)
    kept, sedatives, load = found.kept, found.seen.desk.patient.sedatives, found.kept.load
    return json_answer(
        {
            "state": sedatives.plan if sedatives is not None else None,
            "guidance_ug": found.book.diazepam_load_ug if found.book is not None else None,
            "low_ug": load.low_ug if load is not None else None,
            "high_ug": load.high_ug if load is not None else None,
            "listed": kept.listed,
            "told_on": kept.told_on,
            "plan": kept.plan,
            "standing": _standing(kept.stands(found.seen.desk.on)),
            "went": kept.went,
        }
    )


def _standing(stands: Any) -> dict[str, Any] | None:
    if stands is None:
        return None
    ahead = stands.next_step
    return {
        "word": stands.word,
        "planned_ug": stands.planned_ug,
        "actual_ug": stands.actual_ug,
        "days": stands.days,
        "next_on": None if ahead is None else ahead.on,
        "next_ug": None if ahead is None else ahead.dose_ug,
        "steps_left": stands.steps_left,
        "paused_until": stands.paused_until,
    }


_MADE: dict[str, Any] = {
    "response_model": api_answers.Outcome,
    "status_code": 201,
    "responses": REFUSED,
    "dependencies": [STEP],
}


@router.post("/people/{person_id}/sedatives", **_MADE)
async def post_list(person_id: IdInPath, body: ListModel, request: Request, key: Key) -> Response:
    """A doctor writes what is taken, all of it; the counter's rules know it at once."""
    items = [Taken(one.atc, one.daily_mg, one.source, one.since_on) for one in body.items]
    wiring, token = wiring_of(request), bearer(request)
    return answered(await listing.record_list(wiring, token, person_id, items, body.note, key))


@router.post("/people/{person_id}/sedatives/told", **_MADE)
async def post_told(person_id: IdInPath, body: NoteModel, request: Request, key: Key) -> Response:
    """The person was told, before anything is planned."""
    wiring, token = wiring_of(request), bearer(request)
    return answered(await listing.tell(wiring, token, person_id, body.note, key))


@router.post(
    "/people/{person_id}/taper/drafts",
    response_model=DraftModel,
    responses=DOCUMENTED,
    dependencies=[READS],
)
async def post_draft(person_id: IdInPath, body: PlanModel, request: Request) -> Response:
    """Lay a plan out and ask the book about every step. Nothing is written but the look."""
    wiring, token = wiring_of(request), bearer(request)
    drafted = (await drafting.draft(wiring, token, person_id, body.asked())).proposal
    return json_answer(
        {
            "from_ug": drafted.outline.from_ug,
            "original_ug": drafted.outline.original_ug,
            "steps": drafted.steps,
            "said": [
                {"finding": one.finding.as_dict(), "steps": one.steps} for one in drafted.said
            ],
            "needs_reason": drafted.needs_reason,
        }
    )


@router.post("/people/{person_id}/taper/plans", **_MADE)
async def post_plan(person_id: IdInPath, body: PlanModel, request: Request, key: Key) -> Response:
    """A doctor signs a plan agreed with the person, or a new version of the one in force."""
    wiring, token = wiring_of(request), bearer(request)
    return answered(await tapering.agree(wiring, token, person_id, body.asked(), key))


@router.post("/people/{person_id}/taper/steps", **_MADE)
async def post_step(person_id: IdInPath, body: StepModel, request: Request, key: Key) -> Response:
    """A doctor takes the dose down today."""
    asked = tapering.StepAsked(body.dose_mg, body.on_medication_card, body.reason)
    wiring, token = wiring_of(request), bearer(request)
    return answered(await tapering.take_step(wiring, token, person_id, asked, key))


@router.post("/people/{person_id}/taper/pauses", **_MADE)
async def post_pause(person_id: IdInPath, body: PauseModel, request: Request, key: Key) -> Response:
    """Nothing changes on these days; the steps that are left wait."""
    asked = Pause(body.from_on, body.until_on, body.reason)
    wiring, token = wiring_of(request), bearer(request)
    return answered(await tapering.pause(wiring, token, person_id, asked, key))


@router.post("/people/{person_id}/taper/looked-at", **_MADE)
async def post_looked_at(
    person_id: IdInPath, body: NoteOrNoneModel, request: Request, key: Key
) -> Response:
    """The plan was looked at again and goes on."""
    wiring, token = wiring_of(request), bearer(request)
    return answered(await tapering.look_again(wiring, token, person_id, body.note, key))


@router.post("/people/{person_id}/taper/stopped", **_MADE)
async def post_stopped(
    person_id: IdInPath, body: ReasonModel, request: Request, key: Key
) -> Response:
    """The plan ends here, for a reason; what is taken stays as it is."""
    wiring, token = wiring_of(request), bearer(request)
    return answered(await tapering.stop(wiring, token, person_id, body.reason, key))


@router.get("/tapers", response_model=TapersModel, responses=DOCUMENTED)
async def get_tapers(request: Request) -> Response:
    """Everybody of the unit who takes benzodiazepines, or of whom nobody knows; behind first."""
    people = await load_tapers(wiring_of(request), bearer(request))
    rows = [
        {
            "person_id": one.person_id,
            "name": one.name,
            "born_on": one.born_on,
            "where": one.where,
            "state": one.state,
            "low_ug": one.low_ug,
            "high_ug": one.high_ug,
            "standing": _standing(one.stands),
        }
        for one in people
    ]
    return json_answer({"counts": counted(people), "people": rows})
