"""Registering a newcomer and enrolling somebody again: a nurse or doctor, in one signed act.

A course begins today, at the unit of whoever signs. Nothing of an earlier course holds in it: no
order, no arrangement. What was swallowed, and what was found of the person, stays known.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from audit.ledger.entry import Entry
from dispensing.acts import Act
from dispensing.errors import Conflict, Forbidden, NotFound, Unprocessable
from dispensing.looks import record_view
from dispensing.number_keys import KeysMissing
from dispensing.once_per_key import Statement
from dispensing.people.sessions import Actor, load_actor
from dispensing.persons import register, store
from dispensing.persons.number import Number
from dispensing.treatment.courses import entries
from dispensing.treatment.courses.assessing import WRITE_ADDRESS, address_of
from dispensing.treatment.courses.known import ONE_BY_ONE, Found, find, load_known, must_be_new
from dispensing.treatment.courses.naming import must_be_born, name_in
from dispensing.treatment.deciding import READERS, words
from dispensing.treatment.entries import care_recorded, contact_made, person_enrolled
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit
from dispensing.wiring import Wiring

Sex = Literal["f", "m", "x"]
CameBy = Literal["self", "referral"]
Before = Literal["never", "before", "unknown"]
#: First doses of this course are still to come.
BEGINS_ANEW = {"first_dose_on": None, "night_first_dose_on": None}
#: Who asked longer ago has asked again since.
LONGEST_AGO_DAYS = 366
CARD = re.compile(r"K-[A-Z0-9]{4,12}")

NEXT_PERSON = "SELECT nextval('person_id_seq')"
CARD_TAKEN = "SELECT 1 FROM person WHERE card_code = %(card)s"
# A row alone is nobody in treatment; the course, which follows, is signed and begins it.
REGISTER = """
INSERT INTO person (person_id, card_code, given_name, family_name, born_on, sex, unit_id,
    enrolled_on, ended_on, registered_by, registered_at)
VALUES (%(person_id)s, %(card)s, %(given_name)s, %(family_name)s, %(born_on)s, %(sex)s,
    %(unit_id)s, %(on)s, %(on)s, %(staff_id)s, %(at)s)
"""
BEGIN = """
INSERT INTO course (person_id, unit_id, enrolled_on, contact_on, came_by, before, note,
    enrolled_by, enrolled_at)
VALUES (%(person_id)s, %(unit_id)s, %(on)s, %(contact_on)s, %(came_by)s, %(before)s, %(note)s,
    %(staff_id)s, %(at)s)
"""
# The window after the first dose counts from this course's own.
NEW_COURSE = """
INSERT INTO care (person_id, new_to_treatment) VALUES (%(person_id)s, %(new)s)
ON CONFLICT (person_id) DO UPDATE SET new_to_treatment = excluded.new_to_treatment,
    first_dose_on = NULL, night_first_dose_on = NULL
"""
RECORD = """
SELECT person_id, card_code AS card, given_name, family_name, born_on, sex, unit_id, event_seq,
    ended_on IS NOT NULL AS ended, dead
FROM person WHERE person_id = %(person_id)s AND merged_into_id IS NULL FOR UPDATE
"""


@dataclass(frozen=True, slots=True)
class Contact:
    """How a course came about: the day first asked, by whom, and whether ever treated before."""

    contact_on: date
    came_by: CameBy
    before: Before
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who asks for treatment. ``card`` is a blank card as scanned, None for one of our making.

    ``again``: enrol on the record that holds the number. ``other_than``: the look-alikes that were
    looked at (``Found.token``).
    """

    given_name: str
    family_name: str
    born_on: date
    sex: Sex
    contact: Contact
    number: str | None = None
    card: str | None = None
    address: str | None = None
    address_protected: bool = False
    birth_date_checked: bool = False
    again: bool = False
    other_than: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A person's row as a course begins on it."""

    person_id: int
    card: str
    given_name: str
    family_name: str
    born_on: date
    sex: Sex
    unit_id: int
    event_seq: int
    ended: bool
    dead: bool


async def register_newcomer(
    wiring: Wiring, token: str | None, asked: Newcomer, key: str
) -> UnitAnswer:
    """Register and enrol once per ``key``; the answer has ``person_id``, ``card`` and ``again``.

    Raises Unprocessable (the field says which), Conflict (see ``must_be_new``; ``card-taken``),
    CannotDecide where a number is given and the keys are missing; see ``act_at_unit``.
    """
    newcomer = checked(asked)
    number = register.number_in(newcomer.number) if newcomer.number else None
    hashes = _hashes(wiring, number)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        checked_days(newcomer, place.on)
        await connection.execute(ONE_BY_ONE)
        warned = ()
        if number is not None:
            warned = register.looked_at(number, newcomer.born_on, newcomer.birth_date_checked)
        found = await _found(wiring, connection, actor, newcomer, hashes)
        holder = must_be_new(
            found, actor.unit_id, again=newcomer.again, other_than=newcomer.other_than
        )
        if holder is not None:
            record = await load_record(connection, holder.person_id)
            return begun_again(record, newcomer.contact, actor, place)
        person_id = await _next_person(connection, newcomer)
        numbered = None
        if number is not None:
            keys, peppers = await store.keys_in_force(connection, wiring.numbers)
            row = await register.sealed_row(connection, keys, number, hashes, peppers, person_id)
            numbered = (row, warned)
        return registered(newcomer, person_id, numbered, actor, place)

    request = msgspec.to_builtins(replace(newcomer, number=None))
    same = [request, register.unguessable(wiring, newcomer.number) if newcomer.number else ""]
    return await act_at_unit(wiring, token, key, "register person", same, build, roles=READERS)


async def look_up(wiring: Wiring, token: str | None, asked: Newcomer) -> Found:
    """Whom the newcomer may be, to be shown to whoever registers; the look is recorded."""
    newcomer = checked(asked)
    number = register.number_in(newcomer.number) if newcomer.number else None
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*READERS)
        found = await _found(wiring, connection, actor, newcomer, _hashes(wiring, number))
        shown = [one.person_id for one in (found.holder, *found.here) if one is not None]
        await record_view(wiring, connection, actor, entries.look_alikes_shown(actor, found=shown))
        await connection.commit()
    return found


async def enrol_again(
    wiring: Wiring, token: str | None, person_id: int, contact: Contact, key: str
) -> UnitAnswer:
    """A further course of somebody whose course here has ended.

    Raises NotFound for whoever was not treated here, Conflict (``in-treatment``), Forbidden for a
    nurse where a death was recorded (the doctor says how that was a mistake), Unprocessable.
    """
    asked = checked_contact(contact)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        _must_have_happened(asked, place.on)
        record = await load_record(connection, person_id)
        if record.unit_id != actor.unit_id:
            raise NotFound("no such person here")
        if not record.ended:
            raise Conflict("the person is in treatment here", slug="in-treatment")
        return begun_again(record, asked, actor, place)

    same = [person_id, msgspec.to_builtins(asked)]
    return await act_at_unit(wiring, token, key, "enrol again", same, build, roles=READERS)


def _hashes(wiring: Wiring, number: Number | None) -> Mapping[int, bytes]:
    if number is None:
        return {}
    if wiring.numbers is None:
        raise store.without_keys()
    try:
        return wiring.numbers.lookup_hashes(number.text)
    except KeysMissing as missing:
        raise store.without_keys() from missing


async def _found(
    wiring: Wiring,
    connection: AsyncConnection[Any],
    actor: Actor,
    newcomer: Newcomer,
    hashes: Mapping[int, bytes],
) -> Found:
    holder_id = None
    if hashes:
        _, peppers = await store.keys_in_force(connection, wiring.numbers)
        holder_id = await store.holder_of(connection, hashes, peppers)
    people = await load_known(connection, actor, newcomer.born_on, holder_id)
    names = newcomer.given_name, newcomer.family_name
    return find(people, actor.unit_id, holder_id, *names, newcomer.born_on)


async def _next_person(connection: AsyncConnection[Any], newcomer: Newcomer) -> int:
    if newcomer.card is not None:
        taken = await connection.execute(CARD_TAKEN, {"card": newcomer.card})
        if await taken.fetchone() is not None:
            raise Conflict("this card is somebody's; take another", slug="card-taken")
    row = await (await connection.execute(NEXT_PERSON)).fetchone()
    assert row is not None
    return int(row[0])


async def load_record(connection: AsyncConnection[Any], person_id: int) -> Record:
    """Lock the person whose record takes a course. Raises NotFound."""
    async with connection.cursor(row_factory=class_row(Record)) as cursor:
        await cursor.execute(RECORD, {"person_id": person_id})
        found = await cursor.fetchone()
    if found is None:
        raise NotFound("no such person here")
    return found


def checked(asked: Newcomer) -> Newcomer:
    """The newcomer as it may be kept, but for the days. Raises Unprocessable."""
    card = (asked.card or "").strip().upper() or None
    if card is not None and CARD.fullmatch(card) is None:
        raise Unprocessable("a card begins with K-", field="card")
    return replace(
        asked,
        given_name=name_in(asked.given_name, "given_name"),
        family_name=name_in(asked.family_name, "family_name"),
        contact=checked_contact(asked.contact),
        number=(asked.number or "").strip() or None,
        card=card,
        address=address_of(asked.address, asked.address_protected),
    )


def checked_contact(contact: Contact) -> Contact:
    """How the course came about, its note stripped. Raises Unprocessable."""
    return replace(contact, note=words(contact.note, "note", needed=False))


def checked_days(newcomer: Newcomer, today: date) -> None:
    """Raise Unprocessable for a birth date or a contact that cannot be."""
    must_be_born(newcomer.born_on, today)
    _must_have_happened(newcomer.contact, today)


def _must_have_happened(contact: Contact, today: date) -> None:
    if not 0 <= (today - contact.contact_on).days <= LONGEST_AGO_DAYS:
        raise Unprocessable("today or before, within a year", field="contact_on")


def registered(
    newcomer: Newcomer,
    person_id: int,
    numbered: tuple[Mapping[str, Any], Sequence[str]] | None,
    actor: Actor,
    place: Place,
) -> UnitWriting:
    """What is written of a newcomer. Pure."""
    record = Record(
        person_id,
        newcomer.card or f"K-{person_id}",
        newcomer.given_name,
        newcomer.family_name,
        newcomer.born_on,
        newcomer.sex,
        actor.unit_id,
        event_seq=0,
        ended=True,
        dead=False,
    )
    statements, told, act_of = _course(record, newcomer.contact, actor, place, again=False)
    person = msgspec.to_builtins(record) | _signed(record, actor, place)
    statements.insert(0, (REGISTER, person | {"born_on": record.born_on}))
    if newcomer.address is not None or newcomer.address_protected:
        row = {"address": newcomer.address, "protected": newcomer.address_protected}
        statements.append((WRITE_ADDRESS, _signed(record, actor, place) | row))
        known = newcomer.address is not None
        protected = newcomer.address_protected
        told.append(entries.address_written(act_of(len(told)), protected=protected, known=known))
    warned: Sequence[str] = ()
    if numbered is not None:
        row, warned = numbered
        written, entry = register.recorded(act_of(len(told)), row, warned)
        statements += written
        told.append(entry)
    return _answer(record, statements, told, again=False, warned=warned)


def begun_again(record: Record, contact: Contact, actor: Actor, place: Place) -> UnitWriting:
    """What is written of a further course on a known record.

    Raises Unprocessable where the newcomer is said never to have been in treatment, and Forbidden
    for a nurse where a death was recorded.
    """
    if contact.before == "never":
        raise Unprocessable("this record tells of an earlier course", field="before")
    if record.dead:
        if actor.role != "doctor":
            raise Forbidden("a recorded death is taken back by a doctor", slug="recorded-dead")
        if contact.note is None:
            raise Unprocessable("say how the death was recorded by mistake", field="note")
    statements, told, _ = _course(record, contact, actor, place, again=True)
    return _answer(record, statements, told, again=True)


def _signed(record: Record, actor: Actor, place: Place) -> dict[str, Any]:
    return {
        "person_id": record.person_id,
        "unit_id": actor.unit_id,
        "staff_id": actor.staff_id,
        "on": place.on,
        "at": place.at,
    }


def _course(
    record: Record, contact: Contact, actor: Actor, place: Place, *, again: bool
) -> tuple[list[Statement], list[Entry], Any]:
    def act_of(number: int) -> Act:
        seq = record.event_seq + 1 + number
        return Act(record.person_id, seq, actor.unit_id, actor.staff_id, place.on, place.at)

    new = contact.before == "never"
    begin = _signed(record, actor, place) | {
        "contact_on": contact.contact_on,
        "came_by": contact.came_by,
        "before": contact.before,
        "note": contact.note,
    }
    statements: list[Statement] = [
        (BEGIN, begin),
        (NEW_COURSE, {"person_id": record.person_id, "new": new}),
    ]
    told = [
        contact_made(act_of(0), contact_on=contact.contact_on, by=contact.came_by),
        person_enrolled(
            act_of(1),
            card_code=record.card,
            names=(record.given_name, record.family_name),
            born_on=record.born_on,
            sex=record.sex,
            right_holder_unit_id=actor.unit_id,
            enrolled_on=place.on,
        ),
        entries.course_begun(
            act_of(2), enrolled_on=place.on, before=contact.before, note=contact.note, again=again
        ),
        care_recorded(act_of(3), {"new_to_treatment": new} | BEGINS_ANEW),
    ]
    return statements, told, act_of


def _answer(
    record: Record,
    statements: Sequence[Statement],
    told: Sequence[Entry],
    *,
    again: bool,
    warned: Sequence[str] = (),
) -> UnitWriting:
    advance = (store.ADVANCE_PERSON, {"person_id": record.person_id, "count": len(told)})
    answer = {
        "person_id": record.person_id,
        "card": record.card,
        "again": again,
        "warnings": list(warned),
    }
    return UnitWriting(answer, (*statements, advance), tuple(told), 201)
