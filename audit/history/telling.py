"""A person's entries, told in order to the projection; decisions are built as they were asked."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from audit.history import payloads as told
from audit.history.units import Units
from audit.history.verbs import VERBS, product_of
from dosing_rules import Depot, DoseAsked, Observed, Patient, Prescription, Product, Request
from dosing_rules.facts import Identifier
from dosing_rules.history import Held, UnknownReservation
from dosing_rules.person_history import PersonHistory
from dosing_rules.quick_values import QuickDose, QuickRequest


@dataclass(slots=True)
class Decision:
    """A past hand-out or refusal with its facts. ``verdict`` and ``book`` are the recorded bytes.

    ``request`` and ``patient`` are None where a fact it stood on is erased or missing.
    """

    person_id: int
    seq: int
    kind: str
    on: date
    unit_id: int
    request: Request | None
    patient: Patient | None
    verdict: bytes
    book: bytes


@dataclass(slots=True)
class ErasedDecision:
    """A hand-out or refusal whose payload is erased: nobody can ask it again."""

    person_id: int
    seq: int
    kind: str


Asked = Decision | ErasedDecision


class Telling:
    """One person while the entries are told. A gap in the history makes what follows unknown."""

    def __init__(self, person_id: int, units: Units, first: date, last: date) -> None:
        self.person_id = person_id
        self.history = PersonHistory()
        self.broken = False
        #: What may stand on paper just now; its doses are told to a check in no form known here.
        self._on_paper: set[tuple[str, int, int]] = set()
        self._no_dose_before = date.min
        self._units = units
        self._first, self._last = first, last

    def tell(self, entries: Iterable[told.PersonEntry]) -> Iterator[Asked]:
        """Tell the next entries in order; yields the decisions of the period asked for.

        A decision is to be asked before the next is taken: its facts are the history's own.
        """
        first, last = self._first, self._last
        for entry in entries:
            if type(entry) is told.HandoutReserved:
                doses = tuple([QuickDose(*row) for row in entry.facts.doses])
                # What was given from paper was asked by nobody: no rule refuses the past.
                if first <= entry.on <= last and entry.facts.paper is None:
                    yield self._decision(entry, "handout-reserved", doses, None)
                self._reserved(entry, doses)
            elif (verb := VERBS.get(type(entry))) is not None:
                try:
                    verb(self.history, entry)
                except (UnknownReservation, KeyError):
                    self.broken = True
            elif isinstance(entry, told.HandoutRefusedByRules):
                if first <= entry.on <= last:
                    doses = tuple([QuickDose(*row) for row in entry.facts.doses])
                    about = entry.facts.reservation
                    yield self._decision(entry, "handout-refused-by-rules", doses, about)
            elif isinstance(entry, told.Erased):
                if entry.was in told.DECISION_KINDS:
                    yield ErasedDecision(self.person_id, entry.seq, entry.was)
                if entry.was != "handout-refused-by-rules":
                    self.broken = True
            else:
                self._not_followed(entry)

    def _not_followed(self, entry: told.PersonEntry) -> None:
        """Until the projection knows paper holds and merged records, what they touch is unknown."""
        if isinstance(entry, told.PaperRowHeld):
            self._on_paper.add(("row", entry.facts.serial, entry.facts.row))
        elif isinstance(entry, told.PaperRowTold):
            self._on_paper.discard(("row", entry.facts.serial, entry.facts.row))
        elif isinstance(entry, told.PaperConflictOpened):
            self._on_paper.add(("event", entry.facts.event, 0))
        elif isinstance(entry, told.PaperConflictClosed):
            self._on_paper.discard(("event", entry.facts.event, 0))
            before = entry.facts.no_dose_before_on or date.min
            self._no_dose_before = max(self._no_dose_before, before)
        else:
            self.broken = True

    def _decision(
        self,
        entry: told.HandoutReserved | told.HandoutRefusedByRules,
        kind: str,
        doses: tuple[DoseAsked, ...],
        about: int | None,
    ) -> Decision:
        asked, on, unit_id = entry.facts, entry.on, entry.unit_id
        request = patient = None
        if not self.broken and not self._on_paper and on >= self._no_dose_before:
            try:
                unit = self._units.facts(unit_id, entry.seq, on)
                patient = self.history.now(asked.at, on, unit, about=about, doses=doses)
                request = QuickRequest(
                    asked.at,
                    on if about is None else self.history.doses.held(about).on,
                    unit_id,
                    doses,
                    _scanned(asked, patient.prescription),
                    asked.shown[0],
                    asked.shown[1],
                    _identifiers(bytes(asked.identifiers)),
                    _observed(bytes(asked.observed)),
                )
            except UnknownReservation:
                self.broken = True
        return Decision(
            self.person_id,
            entry.seq,
            kind,
            on,
            unit_id,
            request,
            patient,
            bytes(asked.verdict),
            bytes(asked.book),
        )

    def _reserved(self, entry: told.HandoutReserved, doses: tuple[DoseAsked, ...]) -> None:
        asked, order = entry.facts, self.history.order_of(doses, entry.on)
        if asked.reservation is None or order is None:
            self.broken = True
            return
        substance = order.product.substance
        if asked.other_product is not None:
            substance = asked.other_product[1]
        held = Held(asked.at, entry.on, entry.unit_id, substance, doses)
        if order.product.form == "depot" and doses:
            held.depot = Depot(doses[0].for_on, order.depot_interval_days)
        self.history.reserved(asked.reservation, held)


def _scanned(asked: told.Asked, order: Prescription | None) -> Product | None:
    """What was scanned: the ordered preparation as it was signed, unless it is written out."""
    if asked.other_product is not None:
        return product_of(asked.other_product)
    return order.product if asked.product is not None and order is not None else None


@lru_cache(maxsize=4096)
def _identifiers(text: bytes) -> frozenset[Identifier]:
    return frozenset(json.loads(text))


@lru_cache(maxsize=4096)
def _observed(text: bytes) -> Observed:
    return Observed(*json.loads(text))
