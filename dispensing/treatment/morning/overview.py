"""What waits for the doctors of a unit, read with what the lists of each area read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from psycopg import AsyncConnection

from dispensing.counter.board import BOOK_IN_FORCE
from dispensing.counter.notices import DoctorNotice, open_notices
from dispensing.counter.page_store import OpenQuestion, open_questions
from dispensing.counter.panels import verdict_of
from dispensing.looks import look_at_list, see_as
from dispensing.people.sessions import Actor
from dispensing.treatment.due import BY_DOCTOR
from dispensing.treatment.indkald.year import Row, waits_for_doctor
from dispensing.treatment.morning import store
from dispensing.treatment.morning.running_out import runs_out
from dispensing.treatment.morning.waits import Grave, Waits, most_dangerous_first
from dispensing.treatment.overview import DueLately, Waiting, due_of_unit
from dispensing.treatment.sedatives.overview import OnTheWay, tapers_of_unit
from dispensing.web import formats
from dispensing.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Morning:
    """The list, with the questions of it as they were asked.

    ``whole`` is false without a rule book: what ends and what is due is then not among it.
    """

    as_of: datetime
    today: date
    rows: tuple[Waits, ...]
    questions: dict[int, OpenQuestion]
    whole: bool


async def load_morning(wiring: Wiring, actor: Actor, lately: DueLately) -> Morning:
    """Everything of the actor's unit that waits for a doctor; whom it shows is recorded.

    The caller has asked whether the actor is a doctor. How far ahead something that ends is told
    is the rule book's notice (``indkald_notice_days``).
    """
    unit_id, today = actor.unit_id, formats.local_day(actor.now, actor.zone)
    questions = await open_questions(wiring, unit_id)
    notices = await open_notices(wiring, unit_id)
    async with wiring.pool.connection() as connection:
        await see_as(connection, unit_id)
        found = await (await connection.execute(BOOK_IN_FORCE, {"unit_id": unit_id})).fetchone()
        notice = wiring.book(found[0]).indkald_notice_days if found is not None else None
        rows = [
            *_questions(questions),
            *await _uncertain(wiring, connection, unit_id),
            *await _paper(connection, unit_id),
            *_told(notices),
            *_indkald(*await waits_for_doctor(connection, unit_id, today)),
            *_tapers(await tapers_of_unit(connection, unit_id)),
            *await _moving(connection, unit_id, today),
        ]
        if notice is not None:
            rows += await _ending(connection, unit_id, today, today + timedelta(days=notice))
            rows += _due(await due_of_unit(wiring, connection, unit_id, lately))
        await connection.commit()
    await look_at_list(wiring, actor, "doctor-morning", [one.person_id for one in rows])
    asked = {one.question_id: one for one in questions}
    ordered = most_dangerous_first(rows)
    return Morning(actor.now, today, ordered, asked, notice is not None)


def _questions(questions: Sequence[OpenQuestion]) -> Iterator[Waits]:
    """Among equals whoever waited longest comes first."""
    for one in sorted(questions, key=lambda asked: -verdict_of(asked.verdict).severity):
        word = verdict_of(one.verdict).word
        grave: Grave = word if word in ("stop", "doctor") else "confirm"
        names = (one.given_name, one.family_name)
        yield Waits(
            "question", one.question_id, one.person_id, *names, word, grave, at=one.asked_at
        )


async def _uncertain(
    wiring: Wiring, connection: AsyncConnection[Any], unit_id: int
) -> Sequence[Waits]:
    asked = {"unit_id": unit_id, "after": wiring.uncertain_after}
    rows = await (await connection.execute(store.UNCERTAIN, asked)).fetchall()
    return [
        Waits(
            *("uncertain", number, person_id, given, family),
            what="uncertain" if doubted else "not-told",
            grave="uncertain",
            at=since,
            on=for_on,
            amount_ug=amount_ug,
        )
        for number, person_id, given, family, since, for_on, amount_ug, doubted in rows
    ]


async def _paper(connection: AsyncConnection[Any], unit_id: int) -> Sequence[Waits]:
    rows = await (await connection.execute(store.PAPER, {"unit_id": unit_id})).fetchall()
    return [
        Waits("paper", number, person_id, given, family, "paper-conflict", "stop", at=at, on=on)
        for number, person_id, given, family, at, on in rows
    ]


def _told(notices: Sequence[DoctorNotice]) -> Iterator[Waits]:
    for one in notices:
        names = (one.given_name, one.family_name)
        yield Waits("told", one.notice_id, one.person_id, *names, one.kind, "asked", at=one.told_at)


def _indkald(waiting: Sequence[Row], held: Sequence[Row]) -> Iterator[Waits]:
    for one in waiting:
        names, days = (one.given_name, one.family_name), tuple(one.waits)
        yield Waits(
            *("indkald", one.person_id, one.person_id, *names, "not-held", "doctor"),
            on=days[0],
            late=True,
            days=days,
        )
    for one in held:
        names = (one.given_name, one.family_name)
        on = max(one.days or (), default=None)
        yield Waits(
            "indkald", one.person_id, one.person_id, *names, "to-conclude", "confirm", on=on
        )


async def _moving(connection: AsyncConnection[Any], unit_id: int, today: date) -> Sequence[Waits]:
    """Treatments offered here, and whoever should be back by now."""
    asked = {"unit_id": unit_id, "today": today}
    offered = await (await connection.execute(store.OFFERED, asked)).fetchall()
    late = await (await connection.execute(store.NOT_BACK, asked)).fetchall()
    rows = [
        Waits("move", number, person_id, given, family, "offered", "confirm", at=at)
        for number, person_id, given, family, at in offered
    ]
    return rows + [
        Waits(
            *("move", person_id, person_id, given, family, "not-back", "doctor"), on=on, late=True
        )
        for person_id, given, family, on in late
    ]


async def _ending(
    connection: AsyncConnection[Any], unit_id: int, today: date, until: date
) -> Sequence[Waits]:
    """Measures after diversion that end, and orders that none follows, the first to end first."""
    asked = {"unit_id": unit_id, "today": today, "until": until}
    measures = await (await connection.execute(store.MEASURES, asked)).fetchall()
    rows = [
        Waits("diversion", person_id, person_id, given, family, "ends", "confirm", on=on)
        for person_id, given, family, on in measures
    ]
    people = await (await connection.execute(store.ORDERS, asked)).fetchall()
    ends: list[Waits] = []
    for person_id, given, family, orders, stops in people:
        found, stopped = store.ORDERED.decode(orders), dict(store.STOPPED.decode(stops))
        for night in (False, True):
            of = [one for one in found if one.night is night]
            on = runs_out(of, stopped, today, until)
            if on is not None:
                ended = on < today
                ends.append(
                    Waits(
                        *("order", person_id, person_id, given, family),
                        what="ended" if ended else "ends",
                        grave="stop" if ended else "confirm",
                        on=on,
                        late=ended,
                        night=night,
                    )
                )
    return rows + sorted(ends, key=lambda one: (one.on or date.min, one.name, one.person_id))


def _tapers(people: Sequence[OnTheWay]) -> Iterator[Waits]:
    for one in people:
        if one.stands is None or one.stands.word != "behind" or one.stands.next_step is None:
            continue
        yield Waits(
            *(
                "taper",
                one.person_id,
                one.person_id,
                one.given_name,
                one.family_name,
                "behind",
                "doctor",
            ),
            on=one.stands.next_step.on,
            late=True,
            behind_days=one.stands.days,
            atc=one.atc or "",
        )


def _due(people: Sequence[Waiting]) -> Iterator[Waits]:
    """What a doctor signs of what is looked after; the rest is on the list of the nurses, too."""
    found = [(one, waits) for one in people for waits in one.due if waits.kind in BY_DOCTOR]
    for one, waits in sorted(found, key=lambda pair: pair[1].order):
        yield Waits(
            *(waits.kind, one.person_id, one.person_id, one.given_name, one.family_name),
            what="never" if waits.on is None else "due",
            grave="doctor" if waits.late else "confirm",
            on=waits.on,
            late=waits.late,
        )
