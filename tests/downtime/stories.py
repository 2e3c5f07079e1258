"""Random outages: a clinic and a pharmacy, paper of different ages, slips of every kind.

A story is drawn from its seed, driven through the real use cases, and kept beside what truly
happened, so that ``checker`` can ask whether anything was doubled, merged or lost without a doctor
being told. ``TROUBLES`` are the kinds of trouble; each story counts those it met.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from dispensing.counter.closing import close_day
from dispensing.counter.give import Giving, give
from dispensing.counter.reserve import Order, reserve
from dispensing.downtime import codes, conflicts, periods, right
from dispensing.downtime.account import Told
from dispensing.downtime.back_entry import tell_blank, tell_row
from dispensing.downtime.lists import make_list
from dispensing.errors import Conflict, DispensingError
from dispensing.wiring import Wiring
from dosing_rules import DoseAsked, Observed
from tests.scene import Scene

SEEN = frozenset({"birth_date", "photo"})
WELL = Observed(affected=False, declined=False)
ORDERED_UG = 80_000


@dataclass(frozen=True)
class Place:
    """A unit of the stories, with the sessions of its staff."""

    unit_id: int
    nurse: str
    second: str
    doctor: str
    pharmacist: str
    nurse_id: int


@dataclass
class Truth:
    """What really happened to one person, whoever knows of it."""

    person: int
    swallowed: list[tuple[str, int]] = field(default_factory=list)  # where from, micrograms
    accounts: set[tuple[object, ...]] = field(default_factory=set)  # distinct, accepted
    expected: set[str] = field(default_factory=set)  # conflicts a doctor must be shown
    had_told: bool = False  # a paper dose of the day is in the record
    decided: bool = False


@dataclass
class Story:
    """One outage of one clinic."""

    seed: int
    wiring: Wiring
    scene: Scene
    clinic: Place
    pharmacy: Place
    met: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.people: dict[int, Truth] = {}
        self.rows: dict[int, dict[int, dict[str, Any]]] = {}
        self.moved: set[int] = set()
        # Rows of lists said to be in use that nobody has typed in yet: (list, row) to person.
        self.pending: dict[tuple[int, int], int] = {}
        self._keys = 0

    @property
    def today(self) -> date:
        return self.scene.today

    def key(self) -> str:
        self._keys += 1
        return f"story-{self.seed}-{self._keys}"

    def may(self, chance: float, trouble: str = "") -> bool:
        """Whether something happens this time; counted as met when it is a trouble."""
        happens = self.chance.random() < chance
        if happens and trouble:
            self.met[trouble] += 1
        return happens

    async def run(self) -> None:
        """From the morning to the evening."""
        self._wake()
        await self._morning()
        self.first = await self._print()
        await self._between()
        self.used = [self.first]
        if self.may(0.35, "two lists of different ages in use"):
            self.used.append(await self._print())
        self._outage()
        if self.may(0.2, "a counter reserves before anybody told"):
            await self._hand_out(self.chance.choice(list(self.people)), self.clinic)
        await self._come_back()
        await self._enter_all()
        await self._evening()

    def _wake(self) -> None:
        for number in range(self.chance.randint(2, 4)):
            changes: dict[str, Any] = {}
            if self.may(0.1, "somebody too long without"):
                changes = {"last_covered_days_ago": 6}
            # What nobody waits for travels with the next question.
            with self.scene.connection.pipeline():
                person = self.scene.person(self.clinic.unit_id, name=("P", f"F{number}"), **changes)
            self.people[person] = Truth(person)
        if self.may(0.1, "a dose shortly before midnight"):
            self._late_dose(self.chance.choice(list(self.people)))

    def _late_dose(self, person: int) -> None:
        """Yesterday's dose was swallowed ten minutes ago, as if midnight lay in between."""
        self.scene.run(
            "UPDATE claim SET swallowed_at = now() - interval '3 hours', swallow_during ="
            " tstzrange(now() - interval '3 hours', now() + interval '13 hours')"
            " WHERE person_id = %s AND for_day < %s",
            *(person, self.today),
        )
        # The list was printed before, and does not know.
        self.people[person].expected.add("too-soon")

    async def _morning(self) -> None:
        for person in self.people:
            if self.may(0.2):
                await self._hand_out(person, self.clinic)

    async def _between(self) -> None:
        """What makes a printed list stale: doses, orders, the right."""
        for person in self.people:
            if self.may(0.12, "a dose at the counter after printing"):
                await self._hand_out(person, self.clinic)
            if self.may(0.12, "the right moved after printing"):
                await self._move(person)
            if self.may(0.08, "the order changed after printing"):
                self.scene.prescribe(
                    person,
                    product="metadon-1",
                    daily_ug=60_000,
                    parts_ug=None,
                    valid_to_days=30,
                    high_dose_reason=None,
                    from_days_ago=0,
                )

    async def _move(self, person: int) -> None:
        try:
            asked = await right.ask_for_right(
                self.wiring, self.pharmacy.pharmacist, f"K-{person:04d}", "flytter", self.key()
            )
            async with self.wiring.pool.connection() as connection:
                waiting = await right.waiting_requests(connection, self.clinic.unit_id)
                await connection.commit()
            number = asked.body["request_id"]
            struck = [
                (row["serial"], row["row_no"])
                for one in waiting
                if one["request_id"] == number
                for row in one["on_paper"]
            ]
            await right.answer_request(
                self.wiring, self.clinic.nurse, number, True, self.key(), struck
            )
        except Conflict:
            return
        self.moved.add(person)

    async def _hand_out(self, person: int, place: Place) -> bool:
        """An ordinary hand-out on the screen; whether the dose was swallowed."""
        version = self.scene.one(
            "SELECT max(version) FROM prescription WHERE person_id = %s", person
        )
        ordered = self.scene.one(
            "SELECT daily_ug FROM prescription WHERE person_id = %s AND version = %s",
            *(person, version),
        )
        dose = DoseAsked(self.today, 1, ordered, "supervised")
        order = Order(person, person * 10, version, (dose,), SEEN, WELL)
        held = person in self.pending.values()
        try:
            outcome = await reserve(self.wiring, place.nurse, order, self.key())
        except DispensingError:
            return False
        if not outcome.allowed or outcome.reservation_id is None:
            return False
        if held:
            self.wrong.append(f"person {person} was reserved while a paper row held them")
        if self.people[person].had_told:
            self.wrong.append(f"person {person} got a second dose after the paper one was told")
        await give(self.wiring, place.nurse, outcome.reservation_id, Giving(SEEN, WELL), self.key())
        self.people[person].swallowed.append(("screen", ordered))
        return True

    async def _print(self) -> int:
        """A list, as if it had been printed two hours ago."""
        made = await make_list(self.wiring, self.clinic.nurse, 0, self.key())
        serial = int(made.body["serial"])
        # Soon after midnight less: a list that is valid until the next one was made today.
        back = min(timedelta(hours=2), self._since_midnight() * 9 / 10)
        self.scene.run(
            "UPDATE emergency_list SET made_at = made_at - %s, valid_from = valid_from - %s"
            " WHERE serial = %s",
            *(back, back, serial),
        )
        kept = self.scene.one("SELECT rows FROM emergency_list_rows WHERE serial = %s", serial)
        self.rows[serial] = {row["row_no"]: row for row in kept}
        return serial

    def _since_midnight(self) -> timedelta:
        return self.scene.one("SELECT (now() AT TIME ZONE 'Europe/Copenhagen')::time::interval")

    def now(self) -> datetime:
        return self.scene.one("SELECT clock_timestamp()")

    def _outage(self) -> None:
        """Nurses with paper: mostly as printed, sometimes not; nothing reaches the service."""
        minutes = self.chance.randint(11, 55)
        self.since = self.now() - min(timedelta(minutes=minutes), self._since_midnight() / 2)
        self.until = self.now()
        self.paper: dict[tuple[int, int], dict[str, Any]] = {}
        for serial in self.used:
            for row_no, row in self.rows[serial].items():
                self.paper[serial, row_no] = self._on_paper(row)
        for person in self.people:
            if self.may(0.06, "a dose to somebody, written nowhere on the list"):
                marks = self._mark("given", person, ORDERED_UG)
                self.paper[self.used[0], -person] = marks

    def _on_paper(self, row: dict[str, Any]) -> dict[str, Any]:
        person = row["person_id"]
        listed = sum(dose[2] for dose in row["doses"])
        if row["why"]:
            if not self.may(0.05, "given against the list's no"):
                return {"happened": "nothing"}
            return self._mark("given", person, ORDERED_UG)
        served = any(
            marks.get("person") == person and marks["happened"] != "not_come"
            for marks in self.paper.values()
        )
        if served and not self.may(0.15, "the same person served from two lists"):
            return {"happened": "not_come", "person": person}
        drawn = self.chance.choices(
            ("given", "partial", "refused", "not_come", "more", "lost"),
            weights=(60, 8, 6, 14, 5, 7),
        )[0]
        self.met[f"on paper: {drawn}"] += 1
        if drawn == "given":
            return self._mark("given", person, listed)
        if drawn == "partial":
            return self._mark("partial", person, listed // 2)
        if drawn == "more":
            return self._mark("given", person, listed + 10_000)
        if drawn == "lost":
            # The page is gone: whether they had it is known to nobody here.
            if self.may(0.5):
                self._mark("given", person, listed)
            return {"happened": "lost", "person": person}
        return {"happened": drawn, "person": person}

    def _mark(self, happened: str, person: int, amount_ug: int) -> dict[str, Any]:
        self.people[person].swallowed.append(("paper", amount_ug))
        span = (self.until - self.since).total_seconds()
        at = self.since + timedelta(seconds=self.chance.uniform(0, span))
        return {"happened": happened, "person": person, "at": at, "ug": amount_ug}

    async def _come_back(self) -> None:
        """The service is there again; somebody says since when and which papers were used."""
        reason = "strømmen var gået"
        await periods.begin(self.wiring, self.clinic.nurse, self.since, reason, self.key())
        for person in list(self.people):
            asks = self.may(0.2, "somebody asks the screen while paper is in use")
            if asks and await self._hand_out(person, self.clinic):
                self.wrong.append(f"person {person} was served in a running downtime")
            if person in self.moved and self.may(0.5, "the pharmacy hands out meanwhile"):
                await self._hand_out(person, self.pharmacy)
        self.named = list(self.used)
        if len(self.used) > 1 and self.may(0.4, "a list is named only later"):
            self.named = self.used[:1]
        ending = periods.Ending(tuple(self.named), None, self.now())
        await periods.end(self.wiring, self.clinic.nurse, ending, self.key())
        for serial in self.named:
            self.await_rows(serial)

    def await_rows(self, serial: int) -> None:
        """From now on every row of the list that could have been given must be told."""
        for row_no, row in self.rows[serial].items():
            if not row["why"]:
                self.pending[serial, row_no] = row["person_id"]

    async def _enter_all(self) -> None:
        """Typing in, in any order, by two people, with slips."""
        from tests.downtime.typing_in import Typing

        await Typing(self).everything()

    async def _evening(self) -> None:
        """Doctors decide, counters go on, the day is closed."""
        open_now = self.scene.run(
            "SELECT event_id, person_id FROM paper_conflict WHERE person_id = ANY (%s)"
            " AND closed_at IS NULL",
            list(self.people),
        ).fetchall()
        held = self.scene.one(
            "SELECT count(*) FROM paper_hold WHERE unit_id = %s AND kind <> 'decided'",
            self.clinic.unit_id,
        )
        if held and await self._closes():
            self.wrong.append("the day was closed over rows or conflicts")
        for person in list(self.people):
            if self.may(0.3):
                await self._hand_out(person, self.clinic)
        for event_id, person in open_now:
            if self.may(0.7, "a doctor decides"):
                await conflicts.close(
                    self.wiring,
                    self.clinic.doctor,
                    event_id,
                    "talt med personen",
                    self.today + timedelta(days=1),
                    self.key(),
                )
                self.people[person].decided = True
        for person in list(self.people):
            await self._hand_out(person, self.clinic)

    async def _closes(self) -> bool:
        try:
            await close_day(self.wiring, self.clinic.nurse, self.today)
        except Conflict:
            return False
        return True

    async def tell(self, token: str, told: Told) -> dict[str, Any]:
        return dict((await tell_row(self.wiring, token, told, self.key())).body)

    async def blank(self, token: str, serial: int, rows: list[int]) -> None:
        await tell_blank(self.wiring, token, serial, rows, self.key())

    def typed(self, serial: int, row_no: int) -> str:
        return codes.row_text(serial, row_no)


def session(scene: Scene, staff_id: int, counter_id: int) -> str:
    """A session of a member of staff, without the slow password."""
    token = f"story-session-{staff_id}"
    scene.run(
        "INSERT INTO staff_session (session_hash, staff_id, counter_id, started_at, seen_at)"
        " VALUES (%s, %s, %s, now(), now())",
        *(hashlib.sha256(token.encode()).digest(), staff_id, counter_id),
    )
    return token


def place(scene: Scene, unit_id: int, name: str, kind: str) -> Place:
    """A unit with everybody signed in."""
    scene.unit(unit_id, name, kind)
    staff = [session(scene, 10 * unit_id + number, unit_id) for number in (0, 4, 1, 5)]
    return Place(unit_id, *staff, nurse_id=10 * unit_id)
