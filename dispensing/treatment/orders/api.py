"""Orders as JSON: what holds when, a draft asked of the rules, signing, stopping."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter import api_answers
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import AmountMg, AmountOrNoneMg, Day
from dispensing.people.act_steps import READS, STEP
from dispensing.problem_answers import DOCUMENTED
from dispensing.treatment.deciding import Deciding, treated
from dispensing.treatment.in_hand import load_out
from dispensing.treatment.orders import signing
from dispensing.treatment.orders.asking import needs_reason
from dispensing.treatment.orders.drafting import MOST_PARTS, MOST_STEPS, Draft, StepAhead, Told
from dispensing.treatment.orders.store import load_orders
from dispensing.treatment.orders.timeline import Span, timeline
from dispensing.web.json_api import Flag, Key, Strict, Text, Word, bearer, json_answer
from dosing_rules.change import FoundBy, Preparation
from dosing_rules.plausible import MOST_COWS

router = APIRouter(
    prefix="/api/v1",
    tags=["orders"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)


class StepModel(Strict):
    """From which day which daily dose."""

    from_on: Day
    daily_mg: AmountMg


class DraftModel(Strict):
    """An order as written. What is left out was not said, and is never taken for yes."""

    product_code: Word
    daily_mg: AmountMg
    valid_from: Day
    valid_to: Day
    parts_mg: Annotated[list[AmountMg], Field(default_factory=list, max_length=MOST_PARTS)]
    weekday_mg: Annotated[
        list[AmountOrNoneMg] | None,
        Field(min_length=7, max_length=7, description="Monday first; 0 for none"),
    ] = None
    depot_interval_days: Annotated[int | None, Field(ge=1, le=366, strict=True)] = None
    high_dose_reason: Text | None = None
    steps: Annotated[list[StepModel], Field(default_factory=list, max_length=MOST_STEPS)]
    reason_not_buprenorphine: Text | None = None
    low_tolerance: Flag | None = None
    withdrawal_cows: Annotated[int | None, Field(ge=0, le=MOST_COWS, strict=True)] = None
    preparation: Preparation | None = None
    previous_preparation: Preparation | None = None
    dose_found_by: FoundBy | None = None
    depot_test_at: datetime | None = None
    depot_test_mg: AmountMg | None = None
    agreed_with_patient: Flag | None = None
    night_dose: Flag | None = None
    driving_told: Flag | None = None
    on_medication_card: Flag | None = None
    reasons: Annotated[
        dict[Word, Text],
        Field(default_factory=dict, max_length=40, description="Why, by the rule that asks"),
    ]
    night: Annotated[
        Flag, Field(description="The dose for the night beside injections: methadone by mouth")
    ] = False
    retyped_mg: Annotated[
        AmountMg | None, Field(description="The daily dose again, where a rule asked for a reason")
    ] = None

    after_version: Annotated[
        int | None,
        Field(ge=0, strict=True, description="Newest version seen; signed since: orders-changed"),
    ] = None

    def draft(self) -> Draft:
        """The draft as the use case knows it. Amounts were read into micrograms."""
        return Draft(
            product_code=self.product_code,
            daily_ug=self.daily_mg,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            parts_ug=tuple(self.parts_mg),
            weekday_ug=tuple(self.weekday_mg) if self.weekday_mg is not None else None,
            depot_interval_days=self.depot_interval_days,
            high_dose_reason=self.high_dose_reason,
            steps=tuple(StepAhead(one.from_on, one.daily_mg) for one in self.steps),
            told=Told(
                reason_not_buprenorphine=self.reason_not_buprenorphine,
                low_tolerance=self.low_tolerance,
                withdrawal_cows=self.withdrawal_cows,
                preparation=self.preparation,
                previous_preparation=self.previous_preparation,
                dose_found_by=self.dose_found_by,
                depot_test_at=self.depot_test_at,
                depot_test_ug=self.depot_test_mg,
                agreed_with_patient=self.agreed_with_patient,
                night_dose=self.night_dose,
                driving_told=self.driving_told,
                on_medication_card=self.on_medication_card,
            ),
            reasons=tuple(self.reasons.items()),
            retyped_ug=self.retyped_mg,
            night=self.night,
            after_version=self.after_version,
        )


class StoppingModel(Strict):
    """From which day, why, and until when; without ``until_on`` it is a stop."""

    from_on: Day
    reason: Text
    until_on: Day | None = None


class SpanModel(BaseModel):
    """Days on which one order holds; ``product_code`` null: none does, nothing is handed out."""

    first: date
    last: date | None
    version: int | None
    product_code: str | None
    daily_ug: int | None
    parts_ug: list[int]
    weekday_ug: list[int] | None
    drafted: bool


class OrdersModel(BaseModel):
    days: list[SpanModel]
    version: Annotated[int, Field(description="The newest order or stop, to sign after")]
    home_doses: Annotated[int, Field(description="Doses that may be in the person's hands")]
    home_until: Annotated[date | None, Field(description="The day the last of them is for")]
    on_paper: Annotated[
        list[tuple[int, int]],
        Field(description="(list, row) of printed lists that say there is a dose"),
    ]


class TriedModel(BaseModel):
    """What the rules say of a draft, and what would hold when if it were signed."""

    verdict: dict[str, Any]
    asks_reason: list[str]
    cannot_be_lifted: list[str]
    days: list[SpanModel]


def _spans(spans: tuple[Span, ...]) -> list[dict[str, Any]]:
    return [
        {
            "first": one.first,
            "last": one.last,
            "version": one.order.version if one.order else None,
            "product_code": one.order.product.code if one.order else None,
            "daily_ug": one.order.daily_ug if one.order else None,
            "parts_ug": one.order.parts_ug if one.order else (),
            "weekday_ug": one.order.weekday_ug if one.order else None,
            "drafted": one.new,
        }
        for one in spans
    ]


@router.get("/people/{person_id}/orders", response_model=OrdersModel, responses=DOCUMENTED)
async def get_orders(person_id: IdInPath, request: Request) -> Response:
    """What is ordered from today on, days without an order included."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        seen = await treated(
            wiring, connection, bearer(request), person_id, "orders", for_guests=True
        )
        orders = await load_orders(connection, person_id)
        is_out = await load_out(connection, person_id, seen.desk.on)
        await connection.commit()
    return json_answer(
        {
            "days": _spans(timeline(orders, seen.desk.on)),
            "version": orders.next_version - 1,
            "home_doses": is_out.at_home,
            "home_until": is_out.until_on,
            "on_paper": is_out.rows,
        }
    )


@router.post(
    "/people/{person_id}/orders/tries",
    response_model=TriedModel,
    responses=DOCUMENTED,
    dependencies=[READS],
)
async def post_try(person_id: IdInPath, body: DraftModel, request: Request) -> Response:
    """Ask the rules about a draft; nothing is written."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        seen = await treated(wiring, connection, bearer(request), person_id, "orders")
        seen.actor.must_be("doctor")
        orders = await load_orders(connection, person_id)
        await connection.commit()
    case = signing.case_of(Deciding(seen.actor, seen.desk, None), orders, wiring)
    asked = signing.asked_of(body.draft(), orders, case, person_id)
    verdict = signing.joined(asked)
    weighed = [one for one in verdict.findings if one.severity.word != "inform"]
    drafted = [one.order for one in asked]
    return json_answer(
        {
            "verdict": verdict.as_dict(),
            "asks_reason": [one.rule_id for one in weighed if needs_reason(one)],
            "cannot_be_lifted": [one.rule_id for one in weighed if not needs_reason(one)],
            "days": _spans(timeline(orders, seen.desk.on, drafted)),
        }
    )


@router.post(
    "/people/{person_id}/orders",
    response_model=api_answers.Outcome,
    status_code=201,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_order(person_id: IdInPath, body: DraftModel, request: Request, key: Key) -> Response:
    """Sign an order; the counter knows it at the next check. A no of the rules is recorded."""
    signed = await signing.sign(wiring_of(request), bearer(request), person_id, body.draft(), key)
    return answered(signed, "Not to be signed as it stands")


@router.post(
    "/people/{person_id}/orders/stops",
    response_model=api_answers.Outcome,
    status_code=201,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_stop(
    person_id: IdInPath, body: StoppingModel, request: Request, key: Key
) -> Response:
    """Stop what is ordered, or pause it: from that day on nothing is handed out."""
    asked = signing.Stopping(body.from_on, body.reason, body.until_on)
    return answered(await signing.stop(wiring_of(request), bearer(request), person_id, asked, key))
