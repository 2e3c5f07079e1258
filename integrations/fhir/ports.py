"""What FHIR needs of the service, and the values both sides speak in. Amounts are micrograms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

How = Literal["supervised", "take_home"]
Told = Literal["reserved", "given", "returned", "refused", "spilled", "uncertain", "reversed"]
End = Literal["returned", "refused", "spilled", "uncertain", "reversed"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as a pharmacy must know them: no number, no address."""

    person_id: int
    given_name: str
    family_name: str
    born_on: date
    sex: Literal["f", "m", "x"]
    card_code: str
    unit_id: int
    active: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Product:
    """A preparation; ``strength_ug`` per ml or per tablet."""

    code: str
    name: str
    substance: str
    form: str
    route: str
    strength_ug: int
    per: Literal["ml", "unit"]


@dataclass(frozen=True, slots=True)
class OrderVersion:
    """A version of a prescription. ``weekday_ug``: Monday first, where days differ."""

    prescription_id: int
    version: int
    person_id: int
    product: Product
    parts_ug: Sequence[int]
    weekday_ug: Sequence[int] | None
    valid_from: date
    valid_to: date
    signed_by: int
    signed_at: datetime
    state: Literal["active", "stopped", "replaced", "ended", "coming"]


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose: the day it is for, which part of it, how much, and how it is taken."""

    for_on: date
    part: int
    amount_ug: int
    how: How


@dataclass(frozen=True, slots=True)
class Dispense:
    """A hand-out as far as it has come."""

    reservation_id: int
    person_id: int
    unit_id: int
    order: tuple[int, int]
    product: Product
    doses: Sequence[Dose]
    told: Told
    reserved_by: int
    reserved_at: datetime
    told_by: int | None
    told_at: datetime | None
    note: str | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Swallowed:
    """A dose swallowed before somebody's eyes."""

    reservation_id: int
    part: int
    person_id: int
    unit_id: int
    product: Product
    amount_ug: int
    witnessed_by: int
    swallowed_at: datetime
    reversed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked to be handed out."""

    person_id: int
    order: tuple[int, int] | None
    doses: Sequence[Dose]
    identified_by: frozenset[str]
    affected: bool | None
    bottle_code: str | None
    reasons: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Finding:
    """An objection in words. ``lifted_by``: who may lift it, if anybody."""

    rule_id: str
    severity: Literal["inform", "confirm", "doctor", "stop"]
    text: str
    why: str
    lifted_by: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an act, or of asking the rules."""

    allowed: bool
    reservation_id: int | None
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who signs. ``authorisation_id`` where there is one."""

    staff_id: int
    given_name: str
    family_name: str
    role: str
    unit_id: int
    authorisation_id: str | None


@dataclass(frozen=True, slots=True)
class Unit:
    """A place: clinic or pharmacy."""

    unit_id: int
    code: str
    name: str
    kind: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a hand-out stands in the ledger: chain, number, hash as hex, moment."""

    chain: int
    seq: int
    hash: str
    at: datetime


class Counter(Protocol):
    """The service. Every method asks for whom the token speaks, and records what is shown.

    Each raises the service's own errors, which the route answers as OperationOutcome.
    """

    async def moment(self, token: str) -> tuple[datetime, date, int]: ...
    async def person(self, token: str, person_id: int) -> Person: ...
    async def find(self, token: str, text: str) -> Sequence[Person]: ...
    async def orders(
        self, token: str, person_id: int, only: tuple[int, int] | None = None
    ) -> Sequence[OrderVersion]: ...
    async def order_of(self, token: str, prescription_id: int, version: int) -> OrderVersion: ...
    async def dispenses(self, token: str, person_id: int) -> Sequence[Dispense]: ...
    async def dispense(self, token: str, reservation_id: int) -> Dispense: ...
    async def swallows(self, token: str, person_id: int) -> Sequence[Swallowed]: ...
    async def swallow(self, token: str, reservation_id: int, part: int) -> Swallowed: ...
    async def entry(self, token: str, reservation_id: int) -> Entry: ...
    async def product(self, token: str, code: str) -> Product: ...
    async def staff(self, token: str, staff_id: int) -> Staff: ...
    async def unit(self, token: str, unit_id: int) -> Unit: ...
    async def check(self, token: str, wanted: Wanted, language: str) -> Answer: ...
    async def reserve(self, token: str, wanted: Wanted, key: str, language: str) -> Answer: ...
    async def give(
        self, token: str, reservation_id: int, wanted: Wanted, key: str, language: str
    ) -> Answer: ...
    async def end(
        self, token: str, reservation_id: int, how: End, note: str, key: str
    ) -> Answer: ...


Json = dict[str, Any]
