"""Small ledgers written by hand with the service's entry builders, counted in memory.

A ledger is told in the order it is written; a person's entries keep their own order. Amounts are
whole milligrams here, for the reader; the entries hold micrograms.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from audit.ledger.entry import Entry, payload_bytes
from audit.medicinsk.model import Distribution, Figures, Indicator, Period, Share, Table
from audit.medicinsk.places import Places
from audit.medicinsk.told import KINDS, TOLD
from audit.medicinsk.told_units import UNIT_KINDS, UNIT_TOLD
from audit.medicinsk.year import Counted as AllFigures
from audit.medicinsk.year import count
from dispensing.acts import Act, entry_of
from dispensing.counter import entries as counter
from dispensing.treatment import entries as treatment
from dispensing.treatment.courses import entries as courses
from dispensing.treatment.indkald import entries as indkald
from dispensing.units.entries import rule_book_adopted
from dosing_rules import Product, RuleBook, TakeHomeException, load_book

BOOK = load_book("dk-crk-2026")
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
MG = 1000
NORTH, SOUTH, DOCTOR, CHEMIST = 1, 2, 3, 4
NAMES = {NORTH: "nord", SOUTH: "syd", DOCTOR: "praksis", CHEMIST: "apotek"}
KIND = {DOCTOR: "practice", CHEMIST: "pharmacy"}
PRODUCTS = {
    "methadone": Product("met", "methadone", "oral_solution", "oral", 1000, "ml"),
    "buprenorphine": Product(
        "bup", "buprenorphine", "sublingual_tablet", "sublingual", 8000, "unit"
    ),
    "depot": Product("dep", "buprenorphine", "depot", "subcutaneous", 128_000, "unit"),
    "heroin": Product("dam", "diacetylmorphine", "injection", "intravenous", 10_000, "unit"),
}


def day(month: int, number: int, year: int = 2026) -> date:
    return date(year, month, number)


OPENED, BEFORE, BORN = day(1, 1, 2024), day(1, 1, 2025), day(6, 15, 1980)


def book_of(book_id: str, sha256: str) -> RuleBook | None:
    """The default book, and books of a test by their id: the hash is the id's."""
    if (book_id, sha256) == (BOOK.id, BOOK.sha256):
        return BOOK
    return OTHERS.get((book_id, sha256))


#: Other books of a test, by id and hash.
OTHERS: dict[tuple[str, str], RuleBook] = {}


def other_book(name: str, **values: object) -> tuple[str, str]:
    """A book that differs from the default one in some numbers; its id and hash."""
    changed = replace(BOOK, id=name, sha256=name * 3, **values)  # type: ignore[arg-type]
    OTHERS[name, changed.sha256] = changed
    return name, changed.sha256


@dataclass
class Ledger:
    """Entries as they were written."""

    entries: list[Entry] = field(default_factory=list[Entry])
    #: Places (in ``entries``) of payloads that were erased.
    erased: set[int] = field(default_factory=set[int])
    people: dict[int, Person] = field(default_factory=dict[int, "Person"])
    absorbed: dict[int, int] = field(default_factory=dict[int, int])
    reservations: int = 0

    def add(self, entry: Entry) -> int:
        self.entries.append(entry)
        return len(self.entries) - 1

    def unit(
        self,
        unit_id: int = NORTH,
        on: date = OPENED,
        places: int | None = 100,
        book: tuple[str, str] | None = (BOOK.id, BOOK.sha256),
    ) -> None:
        at = _at(on)
        self.add(
            treatment.unit_opened(
                unit_id,
                None,
                on,
                at,
                code=NAMES[unit_id],
                name=NAMES[unit_id].title(),
                kind=KIND.get(unit_id, "clinic"),
                hours=(time(8), time(16)),
                places=places,
                licences=(),
            )
        )
        if book is not None:
            self.adopt(book, on, unit_id)

    def adopt(self, book: tuple[str, str], on: date, unit_id: int = NORTH) -> None:
        self.add(rule_book_adopted(unit_id, None, on, _at(on), from_on=on, book=book))

    def of_unit(self, kind: str, on: date, unit_id: int = NORTH, **facts: object) -> int:
        return self.add(Entry(kind, unit_id=unit_id, actor_id=7, on=on, facts=facts))

    def person(
        self,
        number: int,
        on: date = BEFORE,
        unit_id: int = NORTH,
        *,
        contact: date | None = None,
        before: str | None = None,
        born: date = BORN,
    ) -> Person:
        """Enrols somebody; the same number again goes on on the same record."""
        person = self.people.setdefault(number, Person(self, number))
        person.unit_id = unit_id
        if contact is not None:
            self.add(treatment.contact_made(person.act(on), contact_on=contact, by="self"))
        enrolled = treatment.person_enrolled(
            person.act(on),
            card_code="K-1",
            names=("Test", "Testesen"),
            born_on=born,
            sex="f",
            right_holder_unit_id=unit_id,
            enrolled_on=on,
        )
        self.add(enrolled)
        if before is not None:
            begun = courses.course_begun(
                person.act(on), enrolled_on=on, before=before, note=None, again=False
            )
            self.add(begun)
        return person

    def erase(self, place: int) -> None:
        self.erased.add(place)

    def told(self) -> dict[int | None, list[bytes]]:
        """Each person's payloads (None: the units') as the feed sends them."""
        found: dict[int | None, list[bytes]] = {None: []}
        for place, entry in enumerate(self.entries):
            if entry.kind not in (KINDS if entry.person_id is not None else UNIT_KINDS):
                continue
            if place in self.erased:
                gone = {"kind": "erased", "was": entry.kind, "chain": entry.unit_id}
                line = json.dumps(gone).encode()
            else:
                line = f'{{"kind":"{entry.kind}",'.encode() + payload_bytes(entry)[1:]
            found.setdefault(entry.person_id, []).append(line)
        return found

    def counted(self, *periods: Period) -> AllFigures:
        told = self.told()
        places = Places(book_of, list(NAMES.items()))
        places.tell([UNIT_TOLD.decode(one) for one in told.pop(None)])
        people = [
            (who, [TOLD.decode(one) for one in told[who]])
            for who in sorted(one for one in told if one is not None)
        ]
        return count(people, places, periods or (YEAR,), self.absorbed)

    def figures(self, unit_id: int | None = NORTH, period: Period = YEAR) -> Figures:
        return self.counted(period).figures[unit_id, period]

    def of(self, id_: str, unit_id: int | None = NORTH, period: Period = YEAR) -> Indicator:
        return self.figures(unit_id, period).indicator(id_)


@dataclass
class Person:
    """Somebody in treatment; each method writes one entry, and says where it stands."""

    ledger: Ledger
    number: int
    unit_id: int = NORTH
    seq: int = 0
    version: int = 0
    arrangement: int = 0

    def act(self, on: date, unit_id: int | None = None) -> Act:
        self.seq += 1
        return Act(self.number, self.seq, unit_id or self.unit_id, 7, on, _at(on))

    def order(
        self,
        on: date,
        mg: int = 80,
        what: str = "methadone",
        *,
        until: date | None = None,
        from_on: date | None = None,
        reason: str | None = None,
        weekday_mg: Sequence[int] | None = None,
        night: bool = False,
    ) -> int:
        self.version += 1
        return self.ledger.add(
            treatment.prescription_signed(
                self.act(on),
                prescription=(1, self.version),
                product=PRODUCTS[what],
                daily_ug=mg * MG,
                parts_ug=[mg * MG],
                weekday_ug=None if weekday_mg is None else [one * MG for one in weekday_mg],
                valid_from=from_on or on,
                valid_to=until,
                high_dose_reason=reason,
                night=night,
            )
        )

    def stop(self, on: date) -> int:
        self.version += 1
        facts = {"version": self.version, "from_on": on.isoformat()}
        return self.ledger.add(entry_of(self.act(on), "prescription-stopped", facts))

    def arrange(
        self,
        on: date,
        home_days: int = 6,
        pharmacy: int | None = None,
        exception: tuple[int, date, date] | None = None,
    ) -> int:
        self.arrangement += 1
        return self.ledger.add(
            treatment.arrangement_decided(
                self.act(on),
                version=self.arrangement,
                valid_from=on,
                self_administration=home_days > 0,
                supervised_weekdays=[1],
                pickup_weekdays=[1],
                take_home_days=home_days,
                thrice_weekly=False,
                pharmacy_unit_id=pharmacy,
                exception=None if exception is None else TakeHomeException(*exception),
                exception_reason="rejse",
            )
        )

    def care(self, on: date, **values: object) -> int:
        return self.ledger.add(treatment.care_recorded(self.act(on), values))

    def give(
        self,
        on: date,
        mg: int | None = 80,
        home: Sequence[date] = (),
        *,
        unit_id: int | None = None,
        begins: bool = False,
        home_mg: int = 80,
    ) -> int:
        """Swallowed here (None: nothing), and taken home for each of these days."""
        self.ledger.reservations += 1
        return self.ledger.add(
            counter.given(
                self.act(on, unit_id),
                reservation_id=self.ledger.reservations,
                swallowed=[] if mg is None else [(1, mg * MG)],
                taken_home=[(one, 1, home_mg * MG) for one in home],
                interval_minutes=None,
                swallowed_at=_at(on),
                course_starts_on=on if begins else None,
            )
        )

    def daily(self, first: date, last: date, mg: int = 80) -> None:
        """Swallowed here on every day."""
        for ahead in range((last - first).days + 1):
            self.give(first + timedelta(days=ahead), mg)

    def take_back(self, reservation: int, on: date) -> int:
        entry = counter.reversed_(self.act(on), reservation_id=reservation, reason="forkert")
        return self.ledger.add(entry)

    def miss(self, on: date, mg: int = 80) -> int:
        return self.ledger.add(counter.missed(self.act(on), planned_ug=mg * MG))

    def lift(self, on: date, rule: str, severity: str, role: str, reason: str = "set an") -> int:
        facts = {
            "reservation": 9_000 + self.seq,
            "lifts": [{"rule": rule, "role": role, "staff": 7, "reason": reason}],
            "verdict": {"findings": [{"rule_id": rule, "severity": severity}]},
        }
        return self.ledger.add(entry_of(self.act(on), "handout-reserved", facts))

    def allow(self, on: date, *rules: str) -> int:
        return self.ledger.add(
            counter.question_answered(
                self.act(on),
                allow=True,
                rule_ids=rules,
                max_ug=None,
                extra_ug=0,
                interval_minutes=None,
                reason="set",
            )
        )

    def offer(self, on: date, answer: str) -> int:
        return self.ledger.add(
            treatment.substance_offered(
                self.act(on),
                substance="buprenorphine",
                accepted=answer == "accepted",
                reason=None,
                answer=answer,
            )
        )

    def plan(self, on: date, review_on: date) -> int:
        entry = courses.plan_signed(self.act(on), aim="ro", agreements="ja", review_on=review_on)
        return self.ledger.add(entry)

    def assess(self, on: date, diagnosis: str = "F11.2") -> int:
        return self.ledger.add(courses.assessment_signed(self.act(on), {"diagnosis": diagnosis}))

    def call_in(self, number: int, on: date, days: Sequence[date], state: str | None = None) -> int:
        """An indkald agreed on a day; with a state it has come to by its last day."""
        place = self.ledger.add(
            treatment.indkald_planned(
                self.act(on), indkald_id=number, days=days, observation_minutes=60
            )
        )
        if state is not None:
            changed = treatment.indkald_changed(
                self.act(days[-1]), indkald_id=number, state=state, completed=()
            )
            self.ledger.add(changed)
        return place

    def observed(self, on: date, state: str = "completed", affected: bool = False) -> int:
        return self.ledger.add(
            counter.observation_signed(
                self.act(on),
                reservation_id=1,
                state=state,
                affected=affected,
                note=None,
                indkald_day=on,
            )
        )

    def conclude(self, number: int, on: date, result: str) -> int:
        entry = indkald.concluded(
            self.act(on), indkald_id=number, result=result, note="", next_due_on=None
        )
        return self.ledger.add(entry)

    def tell(self, kind: str, on: date, **facts: object) -> int:
        """Any other kind, by its facts."""
        return self.ledger.add(entry_of(self.act(on), kind, facts))

    def end(self, on: date, status: str, died_on: date | None = None) -> int:
        told: Mapping[str, Any] = {} if died_on is None else {"died_on": died_on.isoformat()}
        return self.ledger.add(
            treatment.person_ended(self.act(on), ended_on=on, status=status, **told)
        )


def _at(on: date) -> datetime:
    return datetime.combine(on, time(9), UTC)


def counts(share: Share) -> tuple[int, int, int]:
    """Yes, no, unknown."""
    return share.yes.count, share.no.count, share.unknown.count


def mg(one: Distribution) -> list[int]:
    """A distribution's values in milligrams."""
    return [value // MG for value in one.values]


def grid(table: Table) -> dict[str, dict[str, int]]:
    """The cells that are not zero, by row and column."""
    found = {
        row: {
            column: cell.count
            for column, cell in zip(table.columns, cells, strict=True)
            if cell.count
        }
        for row, cells in zip(table.rows, table.cells, strict=True)
    }
    return {row: cells for row, cells in found.items() if cells}
