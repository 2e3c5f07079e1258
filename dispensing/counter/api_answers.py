"""What the JSON API of the counter answers, described for its readers.

The answers are encoded from the use cases' own values; these models only document them.
"""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from dispensing.counter.away import Place
from dispensing.counter.outcome import State
from dispensing.problem_answers import DOCUMENTED, Problem, documented

SeverityWord = Literal["allow", "inform", "confirm", "doctor", "stop"]


class Limit(BaseModel):
    """A number of the rule book that took part, in its base unit."""

    name: str
    value: int | str | bool
    unit: str
    source: str
    confirmed: bool = Field(description="Whether somebody has signed the number off")


class Finding(BaseModel):
    """One rule's objection: what was compared, and the way on."""

    rule_id: str
    severity: SeverityWord
    facts: dict[str, int | str | bool | list[str] | None]
    limits: list[Limit]
    liftable_by: Literal["nurse", "doctor"] | None
    way_on: str


class Verdict(BaseModel):
    """What the rules say; the most severe finding first, and it decides."""

    severity: SeverityWord
    findings: list[Finding]


class Receipt(BaseModel):
    """Where the act stands in the ledger: keep it, with its seal, to prove the entry later."""

    chain: int
    seq: int
    hash: str = Field(pattern="^[0-9a-f]{64}$")
    seal: str = Field(pattern="^[0-9]{1,18}-[0-9a-f]{64}$")


class Dose(BaseModel):
    """One dose: whole micrograms, and the volume to draw up of the open bottle's strength."""

    for_on: date
    part: int
    amount_ug: int
    how: Literal["supervised", "take_home"]
    volume_ml: str | None


class Label(BaseModel):
    """A label as printed; the code is what its QR code holds."""

    for_on: date
    part: int
    code: str


class Outcome(BaseModel):
    """The answer of one act. A repeated idempotency key gets the same answer again."""

    state: State
    person_id: int
    at: datetime
    reservation_id: int | None
    doses: list[Dose]
    verdict: Verdict | None
    blocking: list[str] = Field(description="Findings that nobody has lifted")
    lifts: list[dict[str, Any]] = Field(description="Findings that were lifted: by whom and why")
    observation_due_at: datetime | None
    receipt: Receipt | None
    labels: list[Label] = Field(description="Labels that this act printed")


class Book(BaseModel):
    """The rule book that was asked."""

    id: str
    sha256: str


class Checked(BaseModel):
    """The verdict of an order that nobody reserved."""

    person_id: int
    at: datetime
    book: Book
    verdict: Verdict
    blocking: list[str]
    doses: list[Dose]


class FoundPerson(BaseModel):
    """A person found by card code, name or birth date."""

    person_id: int
    given_name: str
    family_name: str
    born_on: date
    card_code: str


class CardDemand(BaseModel):
    """Whether the unit demands the card when a dose is given."""

    demanded: bool


class LookAlike(BaseModel):
    """Somebody of the unit who could be taken for the person, and what they share."""

    person_id: int
    given_name: str
    family_name: str
    born_on: date
    same: list[Literal["name", "birth_date"]]


class PersonLine(FoundPerson):
    """Who a person is, and who of the unit could be mistaken for this one."""

    sex: Literal["f", "m", "x"]
    unit_id: int
    away_place: Place | None
    away_name: str | None
    away_since: datetime | None
    look_alikes: list[LookAlike]


class NightDose(BaseModel):
    """What is planned of the dose for the night, with its own order."""

    prescription: list[int]
    plan: list[Dose]


class Person(BaseModel):
    """A person at the counter now: recorded facts, the plan, and what the rules say of it."""

    person: PersonLine
    at: datetime
    on: date
    facts: dict[str, Any] = Field(description="In the words of `dispensing check`")
    plan: list[Dose]
    prescription: list[int | None] = Field(description="Id and version, as a reservation sends it")
    verdict: Verdict
    unresolved: list[int] = Field(description="Reservations nobody has told the end of")
    night: NightDose | None = Field(
        description="The dose for the night beside injections; `?night=true` asks about it"
    )


class ListRow(BaseModel):
    """One person on today's list; ``word`` is the verdict's while something is left today."""

    person_id: int
    given_name: str
    family_name: str
    born_on: date
    state: str
    word: SeverityWord | None
    rule_id: str | None
    planned_ug: int
    moment_at: datetime | None
    due_at: datetime | None
    reservation_id: int | None
    refused_at: datetime | None
    affected_at: datetime | None
    question_at: datetime | None
    guest_of: str | None
    night_ug: int = Field(description="What is planned of the dose for the night")
    night: str = Field(description="`due` or `had`; empty for whoever has no such dose")


class Today(BaseModel):
    """A unit's list with the moment at which it was true."""

    on: date
    at: datetime
    rows: list[ListRow]


class Reading(BaseModel):
    """Withdrawal measured today: points on the COWS scale, when, by whom."""

    cows: int
    at: datetime
    by: str


class Question(BaseModel):
    """A question that waits for a doctor of the unit."""

    question_id: int
    person_id: int
    day: date
    verdict: Verdict
    note: str | None
    withdrawal: Reading | None = None
    night: bool = Field(description="Asked of the dose for the night beside injections")
    asked_at: datetime
    asked_by_given_name: str
    asked_by_family_name: str


class ClosedDay(BaseModel):
    """A closed day and how many planned doses nobody fetched; closing again answers the same."""

    unit_id: int
    day: date
    missed: int
    repeated: bool


class Refused(Problem):
    """Refused by the rules: recorded, nothing handed out. Other conflicts have no verdict."""

    state: Literal["refused_by_rules"] | None = None
    reservation_id: int | None = None
    verdict: Verdict | None = None
    blocking: list[str] | None = None


REFUSED: dict[int | str, dict[str, Any]] = DOCUMENTED | {
    409: documented(Refused, "Refused by the rules (with the verdict), or another state")
}
