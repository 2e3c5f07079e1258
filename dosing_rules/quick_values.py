"""Frozen values made quickly, for whoever makes millions of them: the replay.

A frozen value fills its fields one by one through ``object.__setattr__``, which takes several times
as long as a plain assignment. Each class here is the value with plain assignment: its ``__init__``
fills the fields and then gives the instance the frozen class. What comes out is a ``DoseAsked``,
``Claim`` or ``Request`` like any other, equal to one made the ordinary way and as unchangeable.
"""

# The class of an instance is changed on purpose, from plain to frozen; the fields are the same.
# pyright: reportAttributeAccessIssue=false, reportIncompatibleVariableOverride=false

from datetime import date, datetime
from typing import Any

from dosing_rules.asked_doses import sorted_out
from dosing_rules.facts import (
    Claim,
    ClaimState,
    DoseAsked,
    How,
    Identifier,
    Observed,
    Patient,
    Product,
    Request,
)

_DoseAsked: Any = DoseAsked
_Claim: Any = Claim
_Request: Any = Request


class QuickDose(DoseAsked):
    """A ``DoseAsked``."""

    __slots__ = ()
    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__

    def __init__(self, for_on: date, part: int, amount_ug: int, how: How) -> None:
        self.for_on, self.part = for_on, part
        self.amount_ug, self.how = amount_ug, how
        self.__class__ = _DoseAsked


class QuickClaim(Claim):
    """A ``Claim``."""

    __slots__ = ()
    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__

    def __init__(
        self,
        for_on: date,
        part: int,
        amount_ug: int,
        how: How,
        state: ClaimState,
        unit_id: int,
        at: datetime,
    ) -> None:
        self.for_on, self.part = for_on, part
        self.amount_ug, self.how, self.state = amount_ug, how, state
        self.unit_id, self.at = unit_id, at
        self.__class__ = _Claim


class QuickRequest(Request):
    """A ``Request``, with what it derives of the doses and of what was seen."""

    __slots__ = ()
    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__

    def __init__(
        self,
        at: datetime,
        on: date,
        unit_id: int,
        doses: tuple[DoseAsked, ...],
        product: Product | None,
        prescription_id: int | None,
        prescription_version: int | None,
        identifiers: frozenset[Identifier],
        observed: Observed,
    ) -> None:
        self.at, self.on, self.unit_id = at, on, unit_id
        self.doses, self.product = doses, product
        self.prescription_id, self.prescription_version = prescription_id, prescription_version
        self.identifiers, self.observed = identifiers, observed
        home, here, weighed, by_day, first, last = sorted_out(doses, on)
        self.take_home, self.supervised, self.weighed = home, here, weighed
        self.asked_by_day, self.first_day, self.last_day = by_day, first, last
        self.seen_well = observed.well()
        self.__class__ = _Request


class OpenPatient(Patient):
    """A ``Patient`` while somebody who owns it changes it: see ``facts_in_place``."""

    __slots__ = ()
    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__
