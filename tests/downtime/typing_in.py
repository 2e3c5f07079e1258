"""How a story's papers are typed in: in any order, by two people, with slips of the finger."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dispensing.downtime import codes, periods
from dispensing.downtime.account import NOT_LISTED, Told
from dispensing.errors import Conflict, DispensingError, Unprocessable

if TYPE_CHECKING:
    from tests.downtime.stories import Story


class Typing:
    """Back-entry of one story."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.chance = story.chance

    async def everything(self) -> None:
        """All that is on the papers, and a look at who is held meanwhile."""
        story = self.story
        waiting = list(story.paper.items())
        self.chance.shuffle(waiting)
        for place, ((serial, row_no), marks) in enumerate(waiting):
            if marks["happened"] == "nothing":
                continue
            if serial not in story.named:
                await self._find(serial, row_no, marks)
            if row_no > 0 and story.may(0.08, "a wrong digit typed"):
                self._wrong_digit(serial, row_no)
            if place == len(waiting) // 2:
                await self._look_meanwhile()
            await self._one(serial, row_no, marks)

    async def _look_meanwhile(self) -> None:
        story = self.story
        held = story.scene.one(
            "SELECT count(*) FROM paper_hold WHERE unit_id = %s AND kind = 'row'",
            story.clinic.unit_id,
        )
        if held and await story._closes():
            story.wrong.append("the day was closed while rows were missing")
        for person in story.people:
            if story.may(0.25, "somebody asks for a dose before all is typed in"):
                await story._hand_out(person, story.clinic)
            if story.may(0.1, "the right is asked for before all is typed in"):
                rows = story.scene.one(
                    "SELECT count(*) FROM paper_hold WHERE person_id = %s", person
                )
                was = person in story.moved
                await story._move(person)
                if rows and not was and person in story.moved:
                    story.wrong.append(f"the right of {person} moved while a paper held them")

    async def _find(self, serial: int, row_no: int, marks: dict[str, Any]) -> None:
        """A row of a list nobody named is refused, then the list is named."""
        story = self.story
        try:
            await story.tell(story.clinic.nurse, self._told(serial, max(row_no, 1), marks))
        except Conflict as refused:
            if refused.type_slug != "list-unnamed":
                raise
        else:
            story.wrong.append(f"a row of list {serial} was taken without naming it")
        await periods.name_list(story.wiring, story.clinic.nurse, serial, story.key())
        story.named.append(serial)
        story.await_rows(serial)

    def _wrong_digit(self, serial: int, row_no: int) -> None:
        typed = codes.row_text(serial, row_no).replace("-", "")
        place = self.chance.randrange(len(typed))
        other = self.chance.choice([d for d in "0123456789" if d != typed[place]])
        if codes.row_from(serial, typed[:place] + other + typed[place + 1 :]) is not None:
            self.story.wrong.append(f"a wrong digit in {typed} passed")

    def _told(self, serial: int, row_no: int, marks: dict[str, Any]) -> Told:
        story = self.story
        happened = marks["happened"]
        if happened not in ("given", "partial"):
            return Told(serial, row_no, happened)
        listed = 0
        if row_no > 0:
            listed = sum(dose[2] for dose in story.rows[serial][row_no]["doses"])
        off = row_no < 0
        return Told(
            serial,
            NOT_LISTED if off else row_no,
            happened,
            happened_at=marks["at"],
            swallowed_ug=None if marks["ug"] == listed else marks["ug"],
            given_by=story.clinic.nurse_id,
            card=f"K-{-row_no:04d}" if off else None,
        )

    async def _one(self, serial: int, row_no: int, marks: dict[str, Any]) -> None:
        story = self.story
        told = self._told(serial, row_no, marks)
        if marks.get("at") is not None and story.may(0.06, "a watch an hour off"):
            await self._hour_off(told)
        if told.happened == "not_come" and story.may(0.5):
            await story.blank(story.clinic.nurse, serial, [row_no])
            self._accepted(told, marks, [])
            return
        if story.may(0.15, "two people type the same row at once"):
            both = await asyncio.gather(
                story.tell(story.clinic.nurse, told), story.tell(story.clinic.second, told)
            )
            if sorted(answer["known"] for answer in both) != [False, True]:
                story.wrong.append(f"one row typed twice became {both}")
            answer = next(one for one in both if not one["known"])
        else:
            answer = await story.tell(story.clinic.nurse, told)
        self._accepted(told, marks, answer["conflicts"])
        if story.may(0.08, "the same row again, later"):
            again = await story.tell(story.clinic.second, told)
            if not again["known"]:
                story.wrong.append(f"row {row_no} told again became a second event")
        if row_no > 0 and story.may(0.08, "a contradicting account"):
            await self._contradict(told, marks)

    async def _hour_off(self, told: Told) -> None:
        """An hour ahead is the future, an hour back is before it began: both are found."""
        story = self.story
        for hours in (1, -1):
            slip = replace(told, happened_at=told.happened_at + timedelta(hours=hours))  # type: ignore[operator]
            try:
                answer = await story.tell(story.clinic.nurse, slip)
            except Unprocessable:
                continue
            except DispensingError as other:
                story.wrong.append(f"an hour off was answered {other.type_slug}")
                continue
            # A long outage has room for it: then it is one more account of the row.
            marks = {"person": self._person(told), "ug": told.swallowed_ug}
            self._accepted(slip, marks, answer["conflicts"])

    async def _contradict(self, told: Told, marks: dict[str, Any]) -> None:
        other = (
            replace(told, happened="refused", happened_at=None, swallowed_ug=None, given_by=None)
            if told.happened in ("given", "partial")
            else Told(
                told.serial,
                told.row_no,
                "partial",
                happened_at=self.story.until,
                swallowed_ug=20_000,
                given_by=self.story.clinic.nurse_id,
            )
        )
        answer = await self.story.tell(self.story.clinic.second, other)
        if "contradicts" not in answer["conflicts"]:
            self.story.wrong.append(f"a contradiction of row {told.row_no} was not shown")
        self._accepted(other, marks, answer["conflicts"])

    def _person(self, told: Told) -> int:
        if told.row_no == NOT_LISTED:
            return int((told.card or "K-0")[2:])
        return int(self.story.rows[told.serial][told.row_no]["person_id"])

    def _accepted(self, told: Told, marks: dict[str, Any], shown: list[str]) -> None:
        """What the checker will hold the record against."""
        story = self.story
        person = self._person(told)
        truth = story.people[person]
        content = (told.serial, told.row_no, told.happened, told.happened_at, told.swallowed_ug)
        row_before = [one for one in truth.accounts if one[:2] == content[:2]]
        truth.accounts.add(content)
        story.pending.pop((told.serial, told.row_no), None)
        must: set[str] = set()
        if row_before and content not in row_before:
            must.add("contradicts")
        if told.happened == "lost":
            must.add("row-lost")
        if told.happened in ("given", "partial"):
            listed = 0
            if told.row_no == NOT_LISTED:
                must.add("not-on-list")
            else:
                row = story.rows[told.serial][told.row_no]
                listed = sum(dose[2] for dose in row["doses"])
                must |= {"not-from-paper"} if row["why"] else set()
            had = told.swallowed_ug if told.swallowed_ug is not None else listed
            if listed and had > listed:
                must.add("dose-differs")
            if truth.had_told or any(where == "screen" for where, _ in truth.swallowed):
                must.add("already-given")
            truth.had_told = True
        if not must <= set(shown):
            story.wrong.append(f"person {person}: {sorted(must - set(shown))} not shown: {told}")
        truth.expected |= must
