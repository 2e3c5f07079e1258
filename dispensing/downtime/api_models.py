"""What the JSON API of downtime reads and answers."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

from dispensing.counter.api_answers import Receipt
from dispensing.counter.api_models import AmountMg, Day
from dispensing.downtime.account import Told
from dispensing.downtime.weighing import Happened, Kind
from dispensing.web.json_api import Flag, Strict, Text, Word


def _moment(text: object) -> object:
    """Only an ISO moment of this century: a number would be read as one it is not."""
    if not isinstance(text, str) or not text.startswith("20") or len(text) > LONGEST_MOMENT:
        raise ValueError("a moment is written 2026-11-23T08:14:00+01:00")
    return text


LONGEST_MOMENT = 40
MomentText = Annotated[
    str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-23T08:14:00+01:00"])
]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment, json_schema_input_type=MomentText)]
SerialNumber = Annotated[int, Field(ge=1, le=10**11, strict=True)]
StaffId = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]


class ListModel(Strict):
    """For which day a list is made: 0 today, 1 tomorrow."""

    days_ahead: Literal[0, 1] = 0


class BeginModel(Strict):
    """A downtime begins, or began."""

    started_at: Moment | None = None
    reason: Text


class EndModel(Strict):
    """A downtime is over; ``serials`` are the lists used, none when no paper was."""

    serials: Annotated[list[SerialNumber], Field(max_length=12)]
    started_at: Moment | None = None
    over_at: Moment | None = None


class NamedModel(Strict):
    """Another list that was in use."""

    serial: SerialNumber


class RowModel(Strict):
    """What the paper says of one row. ``row_no`` 0 with ``card``: somebody not on the list."""

    row_no: Annotated[int, Field(ge=0, le=999, strict=True)]
    check_digit: Annotated[int, Field(ge=0, le=9, strict=True)] | None = None
    happened: Happened
    happened_at: Moment | None = None
    swallowed_mg: AmountMg | None = None
    took_home: Flag = True
    given_by: StaffId | None = None
    witnessed_by: StaffId | None = None
    note: Text | None = None
    card: Word | None = None
    bottle_code: Word | None = None

    def told(self, serial: int) -> Told:
        return Told(
            serial=serial,
            row_no=self.row_no,
            happened=self.happened,
            happened_at=self.happened_at,
            swallowed_ug=self.swallowed_mg,
            took_home=self.took_home,
            given_by=self.given_by,
            witnessed_by=self.witnessed_by,
            note=self.note,
            card=self.card,
            bottle_code=self.bottle_code,
        )


class DecisionModel(Strict):
    """A doctor's written decision about a conflict."""

    decision: Text
    no_dose_before_on: Day | None = None


class RightModel(Strict):
    """The person's card, and why the right is asked for."""

    card: Word
    reason: Text


class StruckRow(Strict):
    """A row that is struck out on the paper."""

    serial: SerialNumber
    row_no: Annotated[int, Field(ge=1, le=999, strict=True)]


class RightAnswerModel(Strict):
    """Let the right go, or keep it.

    ``struck_out``: the person's row on a valid printed list of each day, struck out on the paper.
    """

    grant: Flag
    struck_out: Annotated[list[StruckRow], Field(max_length=24)] = Field(default_factory=list)


class Acted(BaseModel):
    """What every act answers beside its own members: its receipt, and whether it was known."""

    receipt: Receipt
    repeated: bool


class Checkpoint(BaseModel):
    """How far the ledger reached when the list was made: entries, first 16 hex of the hash."""

    seq: int
    hash: str


class FullList(BaseModel):
    """A list with its PDF, printed anew byte for byte as it was made."""

    serial: int
    for_day: date
    made_at: datetime
    valid_from: datetime
    valid_until: datetime
    rows: int
    to_give: int
    checkpoint: Checkpoint
    pdf_sha256: str
    pdf_base64: str


class MadeList(Acted):
    """A list just made."""

    serial: int
    for_day: date
    made_at: datetime
    valid_from: datetime
    valid_until: datetime
    rows: int
    to_give: int
    checkpoint: Checkpoint
    pdf_sha256: str


class KnownList(BaseModel):
    """A list in short."""

    serial: int
    for_day: date
    made_at: datetime
    valid_from: datetime
    valid_until: datetime
    row_count: int
    paper_count: int
    chain_seq: int
    chain_hash: str
    by_service: bool
    valid: bool


class Standing(BaseModel):
    """Where the unit stands."""

    running: bool
    started_at: datetime | None
    over_at: datetime | None
    found_by: Literal["person", "service"] | None
    serials: list[int]
    missing: int
    conflicts: int
    list_overdue: bool | None
    list_made_at: datetime | None


class Began(Acted):
    started_at: datetime


class Ended(Acted):
    over_at: datetime
    rows_to_tell: int


class Named(Acted):
    rows_to_tell: int


class Left(Acted):
    left_at: datetime


class MissingRow(BaseModel):
    """A row that nobody has told of."""

    serial: int
    row_no: int
    person_id: int
    given_name: str
    family_name: str
    born_on: date
    for_day: date
    amount_ug: int


class RowTold(Acted):
    """One row told. ``known``: it had been told with the same content before."""

    event_id: int
    known: bool
    conflicts: list[Kind]


class OpenConflict(BaseModel):
    """A conflict with both sides; ``unit`` is whose paper it was."""

    event_id: int
    unit: str
    person_id: int
    given_name: str
    family_name: str
    born_on: date
    for_day: date
    kinds: list[Kind]
    facts: dict[str, Any]
    opened_at: datetime
    serial: int
    row_no: int
    happened: Happened
    happened_at: datetime | None
    doses: list[list[int | str]]
    note: str | None
    reservation_id: int | None
    given_by: str | None
    entered_by: str
    others: list[dict[str, Any]]


class Closed(Acted):
    event_id: int
    no_dose_before_on: date | None


class RightAsked(Acted):
    request_id: int
    good_until: datetime


class RightAnswered(Acted):
    """``lists`` are the serial numbers of the lists made anew, where the right has moved."""

    granted: bool
    lists: list[int]


class PaperPlace(BaseModel):
    serial: int
    row_no: int


class RightRequest(BaseModel):
    """Another place asks for a person's right."""

    request_id: int
    person_id: int
    given_name: str
    family_name: str
    born_on: date
    to_unit: str
    reason: str
    asked_at: datetime
    good_until: datetime
    newest_serial: int | None
    on_paper: list[PaperPlace]
