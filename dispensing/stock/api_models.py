"""What the JSON API of stock reads and answers. What is measured travels as decimal text."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

from dispensing.people.witness import Credentials
from dispensing.stock.batches import BatchNotice
from dispensing.stock.counting import Count, Explanation
from dispensing.stock.packages import MOST_PACKAGES, Opening, Receipt, Relocation
from dispensing.stock.scan import LONGEST_CODE
from dispensing.stock.transfer import Arrival, Missing, Sending
from dispensing.stock.waste import MOST_LINES, BroughtBack, Rest, Waste, WasteLine
from dispensing.web.json_api import Flag, Id, Strict, Text, Word

Code = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_CODE,
        strict=True,
        pattern=r"^[^\x00]*$",
        description="The package's GS1 code as scanned; a visible sign may stand for GS",
    ),
]
Packages = Annotated[int, Field(ge=1, le=MOST_PACKAGES, strict=True)]
Place = Annotated[int, Field(ge=1, le=32_767, strict=True)]
Measured = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{1,7}([.][0-9]{1,3})?$",
        examples=["412.5"],
        description="ml of a liquid, pieces of anything else, whole packages of a cabinet",
    ),
]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ReceiptModel(Strict):
    """Packages from a supplier, put into a cabinet."""

    code: Code
    packages: Packages = 1
    cabinet_id: Place
    supplier: Word
    delivery_note: Word | None = None
    expected_product: Word | None = Field(default=None, description="Another product then stops")

    def asked(self) -> Receipt:
        return Receipt(
            self.code,
            self.packages,
            self.cabinet_id,
            self.supplier,
            self.delivery_note,
            self.expected_product,
        )


class OpeningModel(Strict):
    """A package opened at the session's counter."""

    code: Code
    cabinet_id: Place | None = None
    expected_product: Word | None = None

    def asked(self) -> Opening:
        return Opening(self.code, self.cabinet_id, self.expected_product)


class RelocationModel(Strict):
    """Packages from one cabinet to another of the unit."""

    holding_id: Id
    packages: Packages
    to_cabinet_id: Place

    def asked(self) -> Relocation:
        return Relocation(self.holding_id, self.packages, self.to_cabinet_id)


class SendingModel(Strict):
    """Packages to another unit."""

    holding_id: Id
    packages: Packages
    to_unit_id: Place

    def asked(self) -> Sending:
        return Sending(self.holding_id, self.packages, self.to_unit_id)


class ArrivalModel(Strict):
    """What arrived of a transfer."""

    packages: Packages
    cabinet_id: Place

    def asked(self, transfer_id: int) -> Arrival:
        return Arrival(transfer_id, self.packages, self.cabinet_id)


class MissingModel(Strict):
    """Why something never arrived."""

    reason: Text

    def asked(self, transfer_id: int) -> Missing:
        return Missing(transfer_id, self.reason)


class WasteLineModel(Strict):
    """So much of one bottle or holding."""

    place: Literal["bottle", "holding"]
    number: Id
    amount: Measured


class WasteModel(Strict):
    """Destroyed on purpose, or broken by accident."""

    kind: Literal["destroyed", "broken"]
    lines: Annotated[list[WasteLineModel], Field(min_length=1, max_length=MOST_LINES)]
    reason: Text

    def asked(self) -> Waste:
        lines = tuple(WasteLine(one.place, one.number, one.amount) for one in self.lines)
        return Waste(self.kind, lines, self.reason)


class BroughtBackModel(Strict):
    """Medicine that a person brings back."""

    kind: Literal["brought-back"]
    person_id: Id
    product_code: Word
    amount: Measured
    reason: Text | None = None

    def asked(self) -> BroughtBack:
        return BroughtBack(self.person_id, self.product_code, self.amount, self.reason)


class RestModel(Strict):
    """What was left of a hand-out: so much wasted, the rest poured back."""

    kind: Literal["rest"]
    reservation_id: Id
    wasted: Measured
    reason: Text

    def asked(self) -> Rest:
        return Rest(self.reservation_id, self.wasted, self.reason)


DisposalModel = Annotated[WasteModel | BroughtBackModel | RestModel, Field(discriminator="kind")]


class WitnessModel(Strict):
    """A second person's own name and password, or staff card and PIN."""

    username: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\w.\-]+$")] = ""
    password: Annotated[str, Field(min_length=1, max_length=500)] = ""
    card: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\x21-\x7e]+$")] = ""
    pin: Annotated[str, Field(pattern=r"^[0-9]{6}$")] = ""

    @model_validator(mode="after")
    def _one_of_two_ways(self) -> "WitnessModel":
        by_name, by_card = (self.username, self.password), (self.card, self.pin)
        if (all(by_name) and not any(by_card)) or (all(by_card) and not any(by_name)):
            return self
        raise ValueError("a witness signs with name and password, or with card and PIN")

    def credentials(self, machine: str) -> Credentials:
        return Credentials(self.username, self.password, self.card, self.pin, machine)


class SignedDisposalModel(Strict):
    """A disposal with its witness and the hash of the text both have read."""

    disposal: DisposalModel
    seen_sha256: Sha256
    witness: WitnessModel | None = None


class SignedMissingModel(Strict):
    """An explanation of what is missing, with its witness."""

    missing: MissingModel
    seen_sha256: Sha256
    witness: WitnessModel | None = None


class CountLineModel(Strict):
    """What was counted of one bottle (counter) or holding (cabinet)."""

    number: Id
    counted: Measured


class CountModel(Strict):
    """A blind count of everything at a counter or in a cabinet."""

    place: Literal["counter", "cabinet"]
    number: Place
    shift: Literal["start", "end"]
    lines: Annotated[list[CountLineModel], Field(max_length=1_000)]

    def asked(self) -> Count:
        counted = {line.number: line.counted for line in self.lines}
        return Count(self.place, self.number, self.shift, counted)


class ExplanationModel(Strict):
    """Why a count differs; ``adjust``: the records follow the count."""

    reason: Text
    adjust: Flag

    def asked(self, count_id: int, line: int) -> Explanation:
        return Explanation(count_id, line, self.reason, self.adjust)


class SignedExplanationModel(Strict):
    """An explanation, signed by a witness where the difference asks for one."""

    explanation: ExplanationModel
    seen_sha256: Sha256
    witness: WitnessModel | None = None


class BatchNoticeModel(Strict):
    """What is said about a batch."""

    state: Literal["quarantined", "recalled", "released"]
    reason: Text

    def asked(self, batch_id: int) -> BatchNotice:
        return BatchNotice(batch_id, self.state, self.reason)


class ReceiptOfEntry(BaseModel):
    """Where the act stands in the ledger."""

    chain: int
    seq: int
    hash: str


class Done(BaseModel):
    """An act on stock that was done; members that do not belong to its kind are absent."""

    act_id: int | None = None
    kind: str | None = None
    text: str | None = None
    witnessed_by: int | None = None
    product_code: str | None = None
    product_name: str | None = None
    batch_id: int | None = None
    lot: str | None = None
    expires_on: str | None = None
    state: str | None = None
    amount_ug: int | None = None
    holding_id: int | None = None
    transfer_id: int | None = None
    missing_packages: int | None = None
    bottle_id: int | None = None
    scan_code: str | None = None
    other_strengths_open: list[str] | None = None
    receipt: ReceiptOfEntry


class CountedLine(BaseModel):
    """One line of a count, now with what the records say."""

    line: int
    bottle_id: int | None
    holding_id: int | None
    counted_ug: int
    book_ug: int
    difference_ug: int
    needs_witness: bool


class Counted(BaseModel):
    """A count that was recorded."""

    count_id: int
    lines: list[CountedLine]
    receipt: ReceiptOfEntry


class TextToSign(BaseModel):
    """What an act will say; both persons read it, and its hash comes back with the act."""

    text: str
    sha256: str
