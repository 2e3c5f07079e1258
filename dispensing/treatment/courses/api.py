"""People and their courses as JSON. A number travels in bodies only, never in an address."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter import api_answers
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import Day
from dispensing.people.act_steps import STEP
from dispensing.persons.api import WRITTEN, NumberText
from dispensing.persons.api import answered as registered
from dispensing.problem_answers import DOCUMENTED
from dispensing.treatment.courses import assessing, correcting, ending, registering
from dispensing.treatment.courses.assessing import Allergies, Pregnancy, Tolerance
from dispensing.treatment.courses.ending import Status
from dispensing.treatment.courses.registering import Before, CameBy, Sex
from dispensing.treatment.courses.store import load_course
from dispensing.treatment.deciding import treated
from dispensing.web.json_api import Flag, Key, Strict, Text, Word, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["courses"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)


class ContactModel(Strict):
    """How a course came about: the day first asked, by whom, whether ever treated before."""

    contact_on: Day
    came_by: CameBy
    before: Before
    note: Text | None = None


class NewcomerModel(Strict):
    """Who asks for treatment. ``card``: a blank one as scanned; absent, one is made.

    ``again``: enrol on the record that holds the number; ``other_than``: the ``look_alikes`` of a
    refusal, once somebody has looked and says that it is another human.
    """

    given_name: Word
    family_name: Word
    born_on: Day
    sex: Sex
    contact: ContactModel
    number: NumberText | None = None
    card: Word | None = None
    address: Text | None = None
    address_protected: Flag = False
    birth_date_checked: Flag = False
    again: Flag = False
    other_than: Annotated[str, Field(max_length=16, strict=True)] = ""


class AssessmentModel(Strict):
    """A doctor's assessment; ``diagnosis`` as in F11.2."""

    diagnosis: Word
    wish: Text
    tried: Text
    tolerance: Tolerance
    allergies: Allergies
    pregnancy: Pregnancy
    tolerance_note: Text | None = None
    allergies_note: Text | None = None
    risks: Text | None = None


class PlanModel(Strict):
    """A doctor's plan, and the day it is looked at again."""

    aim: Text
    agreements: Text
    review_on: Day


class AddressModel(Strict):
    """An address; where it is protected, none."""

    address: Text | None = None
    address_protected: Flag


class EndingModel(Strict):
    """Why a course ends; ``home_doses``: how many at home were seen (``GET .../course``)."""

    status: Status
    home_doses: Annotated[int, Field(ge=0, le=200, strict=True)]
    note: Annotated[Text | None, Field(description="Of a death: who told of it")] = None
    died_on: Annotated[Day | None, Field(description="Of a death; absent: not known")] = None


class RegisteredModel(BaseModel):
    """A course has begun. ``again``: on a record known before."""

    person_id: int
    card: str
    again: bool
    warnings: list[str]
    receipt: dict[str, Any]


class ClockModel(BaseModel):
    """Days waited so far or until the first dose; ``left`` below zero is over the guarantee."""

    waited: int
    left: int
    stopped: bool


class CourseModel(BaseModel):
    """A course as it stands; null where nothing is recorded."""

    enrolled_on: date
    ended_on: date | None
    dead: bool
    card: str
    course: dict[str, Any] | None
    clock: ClockModel | None
    assessment: dict[str, Any] | None
    plan: dict[str, Any] | None
    address: dict[str, Any] | None
    ends: list[dict[str, Any]]
    given_name: str
    family_name: str
    born_on: date
    corrections: Annotated[
        list[dict[str, Any]], Field(description="What stood there before, newest first")
    ]
    home_doses: int


class CorrectionModel(Strict):
    """Name and birth date as they should be. ``after``: the newest correction seen, 0 for none.

    ``other_than``: the ``look_alikes`` of a refusal, once somebody has looked and says that it is
    another human.
    """

    given_name: Word
    family_name: Word
    born_on: Day
    reason: Text
    after: Annotated[int, Field(ge=0, strict=True)] = 0
    other_than: Annotated[str, Field(max_length=16, strict=True)] = ""


class CorrectedModel(BaseModel):
    """What is printed with the old name or birth date, to be made anew by hand."""

    person_id: int
    labels: Annotated[int, Field(description="Labels on doses for today or later")]
    on_paper: Annotated[list[tuple[int, int]], Field(description="(list, row) of valid lists")]
    receipt: dict[str, Any]


@router.post(
    "/people",
    status_code=201,
    response_model=RegisteredModel,
    responses=WRITTEN,
    dependencies=[STEP],
)
async def post_person(body: NewcomerModel, request: Request, key: Key) -> Response:
    """Register and enrol a newcomer; refused while they may have a record already."""
    told = body.model_dump()
    newcomer = registering.Newcomer(**told | {"contact": registering.Contact(**told["contact"])})
    return registered(
        await registering.register_newcomer(wiring_of(request), bearer(request), newcomer, key)
    )


@router.post(
    "/people/{person_id}/courses",
    status_code=201,
    response_model=RegisteredModel,
    responses=WRITTEN,
    dependencies=[STEP],
)
async def post_course(
    person_id: IdInPath, body: ContactModel, request: Request, key: Key
) -> Response:
    """A further course on the record of somebody whose course here has ended."""
    contact = registering.Contact(**body.model_dump())
    return registered(
        await registering.enrol_again(wiring_of(request), bearer(request), person_id, contact, key)
    )


@router.get("/people/{person_id}/course", response_model=CourseModel, responses=DOCUMENTED)
async def get_course(person_id: IdInPath, request: Request) -> Response:
    """The course with its guarantee, assessment, plan, address and earlier ends."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        seen = await treated(wiring, connection, bearer(request), person_id, "course")
        course = await load_course(connection, seen)
        await connection.commit()
    today = seen.desk.on
    return json_answer(
        {
            "enrolled_on": course.enrolled_on,
            "ended_on": course.ended_on,
            "dead": course.dead,
            "card": course.card,
            "course": course.course,
            "clock": course.clock(seen.desk.patient.first_dose_on, today),
            "assessment": course.assessment,
            "plan": course.plan,
            "address": course.address,
            "ends": course.ends,
            "given_name": course.given_name,
            "family_name": course.family_name,
            "born_on": course.born_on,
            "corrections": course.corrections,
            "home_doses": course.at_home(today),
        }
    )


@router.post(
    "/people/{person_id}/corrections",
    status_code=201,
    response_model=CorrectedModel,
    responses=WRITTEN,
    dependencies=[STEP],
)
async def post_correction(
    person_id: IdInPath, body: CorrectionModel, request: Request, key: Key
) -> Response:
    """Correct a name or birth date that was written down wrong; the old one is kept."""
    asked = correcting.Correction(**body.model_dump())
    return registered(
        await correcting.correct(wiring_of(request), bearer(request), person_id, asked, key)
    )


@router.post(
    "/people/{person_id}/assessments",
    status_code=201,
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_assessment(
    person_id: IdInPath, body: AssessmentModel, request: Request, key: Key
) -> Response:
    """Sign an assessment."""
    found = assessing.Assessment(**body.model_dump())
    return answered(
        await assessing.assess(wiring_of(request), bearer(request), person_id, found, key)
    )


@router.post(
    "/people/{person_id}/plans",
    status_code=201,
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_plan(person_id: IdInPath, body: PlanModel, request: Request, key: Key) -> Response:
    """Sign a treatment plan."""
    asked = assessing.Plan(**body.model_dump())
    return answered(
        await assessing.plan(wiring_of(request), bearer(request), person_id, asked, key)
    )


@router.post(
    "/people/{person_id}/address",
    status_code=201,
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_address(
    person_id: IdInPath, body: AddressModel, request: Request, key: Key
) -> Response:
    """Keep an address, or from now on none."""
    return answered(
        await assessing.write_address(
            wiring_of(request),
            bearer(request),
            person_id,
            body.address,
            body.address_protected,
            key,
        )
    )


@router.post(
    "/people/{person_id}/course-ends",
    status_code=201,
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_end(person_id: IdInPath, body: EndingModel, request: Request, key: Key) -> Response:
    """The course ends today: a doctor discharges, or a death is recorded."""
    asked = ending.Ending(**body.model_dump())
    return answered(
        await ending.end_course(wiring_of(request), bearer(request), person_id, asked, key)
    )
