"""Indkald in JSON bodies and answers."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from dispensing.counter.api_models import Day
from dispensing.treatment.indkald.agreeing import MOST_AWAY
from dispensing.treatment.indkald.places import MOST_PLACES
from dispensing.treatment.indkald.proposal import Obstacle
from dispensing.treatment.indkald.store import Choice, Result, State
from dispensing.web.json_api import Flag, Id, Strict, Text

Hour = Annotated[
    str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", strict=True, description="HH:MM, local")
]
Spoken = Literal["da", "en"]


class ReceiptModel(BaseModel):
    """Where the act stands in the ledger."""

    chain: int
    seq: int
    hash: str


class PlacesModel(Strict):
    """How many the unit can have under observation at once."""

    places: Annotated[int, Field(ge=1, le=MOST_PLACES, strict=True)]


class PlacesAnswer(BaseModel):
    places: int
    receipt: ReceiptModel


class AwayModel(Strict):
    """Days on which the person is away, both included."""

    first: Day
    last: Day


class WishModel(Strict):
    """What the person says cannot be; it replaces what was said before."""

    not_weekdays: list[Annotated[int, Field(ge=1, le=7, strict=True)]] = Field(
        default_factory=list, max_length=6, description="ISO weekdays, Monday 1"
    )
    away: list[AwayModel] = Field(default_factory=list, max_length=MOST_AWAY)
    earliest: Hour | None = None
    latest: Hour | None = None
    note: Text | None = None


class AgreeingModel(Strict):
    """The first of the book's days in a row, and the hour of each."""

    first: Day
    come_at: Hour
    moves: Annotated[Id | None, Field(description="The period these days are instead of")] = None


class InvitingModel(Strict):
    """How the person was invited: the slip was handed over, or the text passed on."""

    how: Literal["slip", "text"]
    language: Spoken = "da"


class FindingModel(Strict):
    """What was seen on a day of the period."""

    day: Day
    note: Text


class MissedChoiceModel(Strict):
    """What the doctor decides about a day that was not held; see ``GET`` for those that wait."""

    day: Day
    choice: Choice
    reason: Text
    further: Annotated[Flag, Field(description="continue: the next open day is added")] = True
    first: Annotated[Day | None, Field(description="restart: the first of the new days")] = None
    come_at: Hour | None = None
    next_due_on: Annotated[Day | None, Field(description="excuse: when the next is due")] = None


class ConcludingModel(Strict):
    """The doctor's conclusion: the dose is right, or is to be changed."""

    result: Result
    note: Text
    next_due_on: Annotated[Day | None, Field(description="Earlier than the book's interval")] = None


class MissedModel(BaseModel):
    """A day that was not held; ``choice`` null: it waits for a doctor."""

    day: date
    why: Literal["no-dose", "not-observed", "away"]
    choice: Choice | None
    reason: str | None
    decided_by: str | None


class NotedModel(BaseModel):
    day: date
    note: str
    noted_at: datetime
    noted_by: str


class HeldModel(BaseModel):
    """A dose swallowed on a day, and its observation."""

    day: date
    amount_ug: int
    swallowed_at: datetime
    reservation_id: int | None
    state: str | None
    affected: bool | None


class ConclusionModel(BaseModel):
    result: Result
    note: str
    next_due_on: date | None
    noted_by: str


class PeriodModel(BaseModel):
    """A period; ``text`` is what a message would say (nothing sends it)."""

    indkald_id: int
    state: State
    days: list[date]
    completed: list[date]
    come_at: str | None
    observation_minutes: int
    planned_by: str
    missed: list[MissedModel]
    waiting: list[date]
    findings: list[NotedModel]
    held: list[HeldModel]
    conclusion: ConclusionModel | None
    text: str


class ProposedModel(BaseModel):
    """What is proposed for somebody due: days and hour, or what alone would help."""

    days: list[date]
    at: str | None
    helps: list[Obstacle]


class PersonModel(BaseModel):
    due_on: date | None
    wish: WishModel
    proposed: ProposedModel | None
    periods: list[PeriodModel]


class DueModel(BaseModel):
    """Somebody due, with the proposal."""

    person_id: int
    name: str
    born_on: date
    due_on: date | None
    overdue: bool
    at_pharmacy: bool
    proposed: ProposedModel


class StandingModel(BaseModel):
    """Somebody with a period."""

    person_id: int
    name: str
    born_on: date
    indkald_id: int
    days: list[date]
    completed: list[date]
    come_at: str | None
    waits: list[date]


class WeekModel(BaseModel):
    """``visits`` are people's days; ``fullest`` the most people in any hour of the week."""

    monday: date
    open_days: int
    visits: int
    fullest: int
    agreed_visits: int


class YearModel(BaseModel):
    """The unit's coming year. Without ``places`` nothing is proposed."""

    today: date
    places: int | None
    in_a_row: int
    interval_months: int
    waiting: list[StandingModel]
    running: list[StandingModel]
    agreed: list[StandingModel]
    to_conclude: list[StandingModel]
    due: list[DueModel]
    weeks: list[WeekModel]
