"""One row of a paper list as somebody read it, with everything that is known beside it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from audit.ledger.entry import Entry
from dispensing.acts import Act
from dispensing.counter.loading import Desk
from dispensing.downtime import entries
from dispensing.downtime.lists import EmergencyList
from dispensing.downtime.paper_store import PaperFacts
from dispensing.downtime.rows import DoseLine, PaperRow
from dispensing.downtime.weighing import Happened
from dispensing.errors import Unprocessable
from dispensing.people.sessions import Actor
from dispensing.unit_acts import Place
from dosing_rules import Patient, Prescription, Request, RuleBook, Verdict

NOT_LISTED = 0
HAD = frozenset({"given", "partial"})


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody read on a row. Amounts in micrograms, moments aware.

    ``row_no`` 0 is a person who is not on the list, found by ``card``. ``swallowed_ug`` is what was
    swallowed where it is not what the row says (always for ``partial`` and off the list);
    ``took_home`` tells whether the row's home doses were handed over.
    """

    serial: int
    row_no: int
    happened: Happened
    happened_at: datetime | None = None
    swallowed_ug: int | None = None
    took_home: bool = True
    given_by: int | None = None
    witnessed_by: int | None = None
    note: str | None = None
    card: str | None = None
    bottle_code: str | None = None


@dataclass(frozen=True, slots=True)
class Weighed:
    """The row's doses before the rules: what they would have said, and what lies too near."""

    order: Prescription
    book: RuleBook
    request: Request
    verdict: Verdict
    near: Sequence[dict[str, Any]]
    minutes: int


@dataclass(frozen=True, slots=True)
class Account:
    """One row being entered: what is told, what was printed, what is recorded of the person."""

    actor: Actor
    place: Place
    told: Told
    printed: EmergencyList
    row: PaperRow | None
    facts: PaperFacts
    downtime: dict[str, Any]
    earlier: int

    @property
    def at_night(self) -> bool:
        """Whether the row is of the dose for the night, beside injections."""
        return self.row is not None and self.row.night

    @property
    def patient(self) -> Patient:
        """The person as recorded, with that order in front which the row is of."""
        return self.facts.patient.for_night() if self.at_night else self.facts.patient

    @property
    def for_day(self) -> date:
        return self.printed.head.for_day

    @property
    def happened_at(self) -> datetime | None:
        return self.told.happened_at if self.told.happened in HAD else None

    @property
    def listed(self) -> tuple[DoseLine, ...]:
        return self.row.doses if self.row is not None else ()

    def had(self) -> tuple[DoseLine, ...]:
        """What was swallowed and carried home, as (day, part, micrograms, how).

        Raises Unprocessable where neither paper nor list says how much.
        """
        told = self.told
        if told.happened not in HAD:
            return ()
        here = [dose for dose in self.listed if dose[3] == "supervised"]
        home = [dose for dose in self.listed if dose[3] == "take_home"] if told.took_home else []
        if told.swallowed_ug is not None:
            part = here[0][1] if here else 1
            here = [(self.for_day, part, told.swallowed_ug, "supervised")]
            # A dose of the same day that went home cannot have been swallowed, too.
            home = [dose for dose in home if dose[:2] != (self.for_day, part)]
        if not here and not home:
            raise Unprocessable("how much was swallowed", field="swallowed_mg")
        return (*here, *home)

    def poured(self, doses: Sequence[DoseLine]) -> list[DoseLine]:
        """The doses as they left the bottle: what the row says, where less was swallowed."""
        listed = {(dose[0], dose[1]): dose[2] for dose in self.listed}
        return [
            (day, part, max(ug, listed.get((day, part), 0)), how) for day, part, ug, how in doses
        ]

    def act(self, further: int) -> Act:
        """Who types it in, now."""
        return self._act(further, self.actor.staff_id, self.place.at)

    def act_then(self, further: int) -> Act:
        """Who gave it, when it was given."""
        by, at = self.told.given_by, self.told.happened_at
        return self._act(further, by or self.actor.staff_id, at or self.place.at)

    def _act(self, further: int, by: int, at: datetime) -> Act:
        seq = self.facts.event_seq + 1 + further
        return Act(self.facts.person_id, seq, self.actor.unit_id, by, self.for_day, at)

    def desk(self) -> Desk:
        """The facts as the counter's own functions ask for them."""
        facts = self.facts
        return Desk(
            at=self.place.at,
            on=self.for_day,
            chain_id=facts.chain_id,
            person_id=facts.person_id,
            event_seq=facts.event_seq,
            book_id=facts.book_id,
            decisions=(),
            bottles=(),
            patient=self.patient,
        )

    def shared(
        self,
        ids: Sequence[int],
        content: bytes,
        doses: Sequence[DoseLine],
        weighed: Weighed | None,
        recorded: bool,
    ) -> dict[str, Any]:
        """The parameters that the statements of an entry share."""
        told, given = self.told, self.told.happened in HAD
        verdict = json.dumps(weighed.verdict.as_dict()) if weighed else None
        return {
            "event_id": ids[0],
            "reservation_id": ids[1],
            "recorded": ids[1] if recorded else None,
            "downtime_id": self.downtime["downtime_id"],
            "serial": told.serial,
            "row_no": told.row_no,
            "person_id": self.facts.person_id,
            "unit_id": self.actor.unit_id,
            "for_day": self.for_day,
            "day": self.for_day,
            "happened": told.happened,
            "happened_at": self.happened_at,
            "at": self.happened_at,
            "doses": json.dumps(dose_rows(doses)),
            "given_by": told.given_by if given else None,
            "witnessed_by": told.witnessed_by if given else None,
            "staff_id": told.given_by,
            "note": told.note,
            "entered_by": self.actor.staff_id,
            "entered_at": self.place.at,
            "content": content,
            "verdict": verdict,
            "total_ug": sum(dose[2] for dose in doses),
        }

    def told_entry(
        self,
        shared: dict[str, Any],
        doses: Sequence[DoseLine],
        weighed: Weighed | None,
        further: int,
    ) -> Entry:
        """The ledger's entry of the row; after those of the hand-out, if there are any."""
        return entries.row_told(
            self.act(further),
            event_id=shared["event_id"],
            downtime_id=shared["downtime_id"],
            serial=self.told.serial,
            row_no=self.told.row_no,
            happened=self.told.happened,
            happened_at=shared["happened_at"],
            doses=dose_rows(doses),
            given_by=shared["given_by"],
            witnessed_by=shared["witnessed_by"],
            note=self.told.note,
            for_day=self.for_day,
            reservation_id=shared["recorded"],
            verdict=weighed.verdict.as_dict() if weighed else None,
        )


def dose_rows(doses: Sequence[DoseLine]) -> list[list[object]]:
    """Doses as JSON rows: day they are for, part, micrograms, how."""
    return [[dose[0].isoformat(), *dose[1:]] for dose in doses]
