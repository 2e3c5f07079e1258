"""What is looked after in a treatment, as JSON."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter import api_answers
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import Day
from dispensing.people.act_steps import STEP
from dispensing.problem_answers import DOCUMENTED
from dispensing.treatment import monitoring
from dispensing.treatment.deciding import treated
from dispensing.treatment.due import Answer, Kind, due
from dispensing.treatment.overview import load_due
from dispensing.web.json_api import Flag, Key, Strict, Text, bearer, json_answer
from dosing_rules.plausible import MOST_FILTRATION_ML_PER_MINUTE

router = APIRouter(
    prefix="/api/v1",
    tags=["treatment"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)


Filtration = Annotated[
    int,
    Field(ge=1, le=MOST_FILTRATION_ML_PER_MINUTE, strict=True, description="eGFR; null: not known"),
]


class FindingModel(Strict):
    """What was found, offered or reviewed; a no and a putting off say why and until when."""

    kind: Kind
    answer: Answer
    found_on: Annotated[Day | None, Field(description="Day of the finding; today where absent")] = (
        None
    )
    qtc_ms: Annotated[int | None, Field(ge=1, le=9_999, strict=True)] = None
    goal: Annotated[Text | None, Field(description="What a urine test is for")] = None
    note: Text | None = None
    next_on: Annotated[Day | None, Field(description="When it is asked about again")] = None
    filtration_ml_per_minute: Filtration | None = None
    breathing_disease: Annotated[Flag | None, Field(description="Severe; null: not known")] = None
    drinks_daily: Annotated[Flag | None, Field(description="Alcohol; null: not known")] = None


class KeptModel(BaseModel):
    """The newest record of a kind."""

    kind: Kind
    answer: Answer
    found_on: date
    next_on: date | None
    qtc_ms: int | None
    goal: str | None
    note: str | None
    recorded_by: str
    filtration_ml_per_minute: int | None
    breathing_disease: bool | None
    drinks_daily: bool | None


class DueModel(BaseModel):
    """Something due: since when (null: nobody ever recorded it), and by which numbers."""

    kind: Kind
    on: date | None
    late: bool
    limits: list[str]


class MonitoringModel(BaseModel):
    kept: dict[Kind, KeptModel]
    due: list[DueModel]


class WaitingModel(BaseModel):
    """Somebody with something due."""

    person_id: int
    name: str
    born_on: date
    due: list[DueModel]


class AllDueModel(BaseModel):
    people: list[WaitingModel]


@router.get("/people/{person_id}/monitoring", response_model=MonitoringModel, responses=DOCUMENTED)
async def get_monitoring(person_id: IdInPath, request: Request) -> Response:
    """What is known and what is due for a person."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        seen = await treated(wiring, connection, bearer(request), person_id, "monitoring")
        kept = await monitoring.newest(connection, person_id)
        await connection.commit()
    waits = ()
    if seen.desk.book_id is not None:
        waits = due(seen.desk.patient, kept, wiring.book(seen.desk.book_id), seen.desk.on)
    return json_answer({"kept": kept, "due": waits})


@router.post(
    "/people/{person_id}/monitoring",
    response_model=api_answers.Outcome,
    status_code=201,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_monitoring(
    person_id: IdInPath, body: FindingModel, request: Request, key: Key
) -> Response:
    """Record a finding; what the rules ask of it holds at the next check."""
    finding = monitoring.Finding(**body.model_dump())
    return answered(
        await monitoring.record(wiring_of(request), bearer(request), person_id, finding, key)
    )


@router.get("/monitoring/due", response_model=AllDueModel, responses=DOCUMENTED)
async def get_due(request: Request) -> Response:
    """Everybody of the unit with something due, late first."""
    people = await load_due(wiring_of(request), bearer(request))
    return json_answer(
        {
            "people": [
                {
                    "person_id": one.person_id,
                    "name": one.name,
                    "born_on": one.born_on,
                    "due": one.due,
                }
                for one in people
            ]
        }
    )
