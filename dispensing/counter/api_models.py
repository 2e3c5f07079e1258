"""What the JSON API of the counter reads: strict, bounded, amounts as decimal text in mg."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from dispensing.counter.decide import Reason
from dispensing.counter.questions import LARGEST_UG, Answer
from dispensing.counter.reserve import MOST_DOSES, Order
from dispensing.people.steps import Step
from dispensing.web.json_api import Flag, Id, Strict, Text, Word
from dosing_rules import DoseAsked, Observed
from dosing_rules.amounts import AmountError, parse_mg
from dosing_rules.facts import How, Identifier
from dosing_rules.ordered import NIGHT_PART
from dosing_rules.plausible import MOST_COWS


def _amount_ug(text: object) -> int:
    """Micrograms from a decimal text in mg with a decimal point, more than nothing."""
    if not isinstance(text, str) or "," in text:
        raise ValueError('an amount is text in mg with a decimal point, as "80" or "1.5"')
    try:
        amount_ug = parse_mg(text)
    except AmountError as wrong:
        raise ValueError(str(wrong)) from None
    if not 0 < amount_ug <= LARGEST_UG:
        raise ValueError("an amount is more than nothing and at most 10000 mg")
    return amount_ug


def _amount_or_none_ug(text: object) -> int:
    return 0 if text == "0" else _amount_ug(text)


def _day(text: object) -> object:
    """Only a plain ISO date: a number or a moment would be read as a day it is not."""
    if not isinstance(text, str) or len(text) != len("2026-11-23"):
        raise ValueError("a day is written YYYY-MM-DD")
    return text


AmountText = Annotated[
    str, Field(pattern=r"^[0-9]{1,5}([.][0-9]{1,3})?$", examples=["80", "1.5"], description="mg")
]
DayText = Annotated[str, Field(json_schema_extra={"format": "date"}, examples=["2026-11-23"])]
AmountMg = Annotated[
    int, BeforeValidator(_amount_ug, json_schema_input_type=AmountText), Field(strict=True)
]
AmountOrNoneMg = Annotated[
    int, BeforeValidator(_amount_or_none_ug, json_schema_input_type=AmountText), Field(strict=True)
]
Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=DayText)]


class DoseModel(Strict):
    """One dose: the day it is for, which part of that day, how much, and how it is taken."""

    for_on: Day
    part: Annotated[
        int,
        Field(
            ge=1,
            le=NIGHT_PART,
            strict=True,
            description=f"From 1; {NIGHT_PART} is the dose for the night beside injections",
        ),
    ] = 1
    amount_mg: AmountMg
    how: How

    def asked(self) -> DoseAsked:
        return DoseAsked(self.for_on, self.part, self.amount_mg, self.how)


class ObservedModel(Strict):
    """What the nurse saw just now. Left out means nobody looked."""

    affected: Flag | None = None
    declined: Flag | None = False
    sedation_poss: Annotated[int, Field(ge=0, le=4, strict=True)] | None = None
    breaths_per_minute: Annotated[int, Field(ge=0, le=99, strict=True)] | None = None
    alcohol_permille_milli: Annotated[int, Field(ge=0, le=9_999, strict=True)] | None = None
    withdrawal_cows: Annotated[int, Field(ge=0, le=MOST_COWS, strict=True)] | None = None

    def facts(self) -> Observed:
        return Observed(
            self.affected,
            self.declined,
            self.sedation_poss,
            self.breaths_per_minute,
            self.alcohol_permille_milli,
            withdrawal_cows=self.withdrawal_cows,
        )


class ReasonModel(Strict):
    """Why a finding that asks for confirmation does not hold the hand-out back."""

    rule_id: Word
    reason: Text


CardText = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\x21-\x7e]+$")]


class StepModel(Strict):
    """The PIN or staff card of the person signed in, where the unit asks for it with each act."""

    pin: Annotated[str, Field(pattern=r"^[0-9]{6}$", strict=True)] | None = None
    card: CardText | None = None

    def shown(self) -> Step:
        return Step(self.pin, self.card)


class OrderModel(Strict):
    """What is asked to be handed out to one person, as the client showed it."""

    person_id: Id
    prescription_id: Id | None
    prescription_version: Id | None
    doses: Annotated[list[DoseModel], Field(min_length=1, max_length=MOST_DOSES)]
    identifiers: frozenset[Identifier] = frozenset()
    observed: ObservedModel = ObservedModel()
    reasons: list[ReasonModel] = Field(default_factory=list, max_length=50)
    bottle_code: Word | None = None

    def order(self) -> Order:
        return Order(
            person_id=self.person_id,
            prescription_id=self.prescription_id,
            prescription_version=self.prescription_version,
            doses=tuple(dose.asked() for dose in self.doses),
            identifiers=self.identifiers,
            observed=self.observed.facts(),
            reasons=tuple(Reason(one.rule_id, one.reason) for one in self.reasons),
            bottle_code=self.bottle_code,
        )


class ReservingModel(OrderModel):
    """An order to reserve, with the step where the unit asks for one."""

    step: StepModel | None = None


class GivingModel(Strict):
    """The hand-out is done. ``swallowed_mg`` only when less was swallowed than reserved."""

    identifiers: frozenset[Identifier]
    observed: ObservedModel
    swallowed_mg: AmountMg | None = None
    observe: Flag = False
    reasons: list[ReasonModel] = Field(default_factory=list, max_length=50)
    step: StepModel | None = None
    card_code: Word | None = Field(None, description="The card scanned at the hand-out")
    without_card: Annotated[str, Field(min_length=3, max_length=500, strict=True)] | None = Field(
        None, description="Why the dose is given without the person's own card"
    )
    collector_id: Id | None = Field(None, description="Who fetches take-home doses instead")
    identity_shown: Word | None = Field(None, description="The collector's proof of identity")
    label_codes: list[Word] = Field(
        default_factory=list, max_length=100, description="Labels scanned back with this act"
    )
    without_labels: Annotated[str, Field(min_length=3, max_length=500, strict=True)] | None = Field(
        None, description="Why doses are carried home although a label is missing"
    )


class CardDemandModel(Strict):
    """Whether the unit demands the person's card when a dose is given."""

    demanded: Flag


class SearchModel(Strict):
    """What somebody searches by: card code, name, birth date, or a CPR or replacement number."""

    text: Word


class NoteModel(Strict):
    """A note in free words."""

    note: Text | None = None


class ReversalModel(Strict):
    """Why a recorded hand-out never happened."""

    reason: Text


class VomitModel(Strict):
    """Vomiting after the dose: how many minutes after, and whether staff saw it."""

    minutes_after: Annotated[int, Field(ge=0, le=1_440, strict=True)]
    witnessed: Flag


class SignatureModel(Strict):
    """The end of an observation."""

    state: Literal["completed", "left_early"]
    affected: Flag
    note: Text | None = None


class QuestionModel(Strict):
    """A question to the doctor about an order."""

    order: OrderModel
    note: Text | None = None


class AnswerModel(Strict):
    """A doctor's decision for one person and today."""

    allow: Flag
    rule_ids: Annotated[frozenset[Word], Field(min_length=1, max_length=100)]
    reason: Text
    max_mg: AmountMg | None = None
    extra_mg: AmountOrNoneMg = 0
    interval_minutes: Annotated[int, Field(ge=1, le=10_080, strict=True)] | None = None
    night: Flag = False

    def answer(self) -> Answer:
        return Answer(
            allow=self.allow,
            rule_ids=self.rule_ids,
            reason=self.reason,
            max_ug=self.max_mg,
            extra_ug=self.extra_mg,
            interval_minutes=self.interval_minutes,
            night=self.night,
        )
