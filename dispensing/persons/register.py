"""Recording a person's number, withdrawing somebody else's, showing one, and finding by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import AsyncConnection

from audit.ledger.entry import Entry
from dispensing.acts import Act
from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.looks import record_look, record_view
from dispensing.number_keys import KeysMissing, NumberKeys
from dispensing.once_per_key import Statement
from dispensing.people.sessions import Actor, load_actor
from dispensing.persons import entries, store
from dispensing.persons.number import (
    Kind,
    NotANumber,
    Number,
    Warned,
    may_be_number,
    parse_number,
)
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit
from dispensing.wiring import Wiring

ROLES = ("nurse", "doctor")
SHORTEST_REASON, LONGEST_REASON = 3, 500


@dataclass(frozen=True, slots=True)
class Shown:
    """A number as a screen shows it: masked. ``masked`` is None without the keys, or withdrawn."""

    identifier_id: int
    kind: Kind
    masked: str | None
    valid_from: date
    valid_to: date | None
    withdrawn: bool


def number_in(text: str) -> Number:
    """The number in a text that somebody sent. Raises Unprocessable, which repeats none of it."""
    try:
        return parse_number(text)
    except NotANumber as wrong:
        raise Unprocessable(str(wrong), field="number") from None


def reason_in(text: str) -> str:
    """Why, in words. Raises Unprocessable."""
    reason = text.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Unprocessable("say why, in a few words", field="reason")
    return reason


def unguessable(wiring: Wiring, text: str) -> str:
    """What a card code or number adds to a request's hash: for a number its newest lookup hash.

    What makes two requests the same must not be something a number can be tried against. Raises
    CannotDecide without the keys.
    """
    if not may_be_number(text):
        return text.strip().upper()
    if wiring.numbers is None:
        raise store.without_keys()
    try:
        hashes = wiring.numbers.lookup_hashes(number_in(text).text)
    except KeysMissing as missing:
        raise store.without_keys() from missing
    return hashes[max(hashes)].hex()


async def record_number(
    wiring: Wiring,
    token: str | None,
    person_id: int,
    text: str,
    key: str,
    *,
    birth_date_checked: bool = False,
) -> UnitAnswer:
    """Record a CPR or replacement number for a person; a CPR number ends replacement numbers.

    The answer is masked. Raises Unprocessable for what is no number, for a number of another birth
    date unless ``birth_date_checked``; Conflict when the person has it already (``number-known``),
    has another CPR number (``has-cpr``), or it is somebody else's (``number-taken``: the two may be
    one human); CannotDecide without the keys. See ``act_at_unit`` for the rest.
    """
    number = number_in(text)
    if wiring.numbers is None:
        raise store.without_keys()
    try:
        hashes = wiring.numbers.lookup_hashes(number.text)
    except KeysMissing as missing:
        raise store.without_keys() from missing
    asked = [person_id, unguessable(wiring, text), birth_date_checked]

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        person = await store.load_person(connection, actor, person_id, lock=True)
        keys, peppers = await store.keys_in_force(connection, wiring.numbers)
        warned = looked_at(number, person.born_on, birth_date_checked)
        ended = await _making_way(connection, number, person_id, hashes, peppers)
        row = await sealed_row(connection, keys, number, hashes, peppers, person_id)
        return _recorded(_act(person, actor, place), row, number, warned, ended)

    return await act_at_unit(wiring, token, key, "record number", asked, build, roles=ROLES)


def looked_at(number: Number, born_on: date, checked: bool) -> tuple[Warned, ...]:
    """What was warned of. Raises Unprocessable for another birth date that nobody looked at."""
    warned = number.warnings(born_on)
    if "birth-date-differs" in warned and not checked:
        raise Unprocessable(
            "the number is of another birth date than the person's; look again",
            slug="birth-date-differs",
            field="number",
        )
    return warned


async def sealed_row(
    connection: AsyncConnection[Any],
    keys: NumberKeys,
    number: Number,
    hashes: Mapping[int, bytes],
    peppers: frozenset[int],
    person_id: int,
) -> dict[str, Any]:
    """A number's row, sealed for the person, but for who records it and when."""
    found = await (await connection.execute(store.NEXT_IDENTIFIER_ID)).fetchone()
    assert found is not None
    version, ciphertext = keys.seal(number.text, person_id, number.kind)
    row = {
        "identifier_id": found[0],
        "person_id": person_id,
        "kind": number.kind,
        "ciphertext": ciphertext,
        "key_version": version,
    }
    return row | store.hash_arrays(hashes, peppers)


async def _making_way(
    connection: AsyncConnection[Any],
    number: Number,
    person_id: int,
    hashes: Mapping[int, bytes],
    peppers: frozenset[int],
) -> list[int]:
    """The replacement numbers that end when this one is recorded. Raises Conflict."""
    holder = await store.holder_of(connection, hashes, peppers)
    if holder == person_id:
        raise Conflict("the person has this number already", slug="number-known")
    if holder is not None:
        raise Conflict(
            "another record holds this number: they may be one human", slug="number-taken"
        )
    known = [
        row
        for row in await store.load_identifiers(connection, person_id)
        if row.withdrawn_at is None and row.valid_to is None
    ]
    if number.kind == "cpr" and any(row.kind == "cpr" for row in known):
        raise Conflict("the person has a CPR number; withdraw it first", slug="has-cpr")
    return [row.identifier_id for row in known] if number.kind == "cpr" else []


def recorded(
    act: Act, row: Mapping[str, Any], warned: Sequence[str], ended: Sequence[int] = ()
) -> tuple[tuple[Statement, ...], Entry]:
    """What is written of a number, and its entry; ``row`` as ``sealed_row`` made it."""
    signed = {"valid_from": act.on, "staff_id": act.actor_id, "at": act.at}
    statements = (
        *[(store.END_IDENTIFIER, {"identifier_id": one, "valid_to": act.on}) for one in ended],
        (store.RECORD_IDENTIFIER, {**row, **signed}),
    )
    entry = entries.identifier_recorded(
        act,
        identifier_id=row["identifier_id"],
        kind=row["kind"],
        valid_from=act.on,
        warnings=warned,
        ended=ended,
    )
    return statements, entry


def _recorded(
    act: Act, row: Mapping[str, Any], number: Number, warned: Sequence[str], ended: Sequence[int]
) -> UnitWriting:
    advance = (store.ADVANCE_PERSON, {"person_id": act.person_id, "count": 1})
    statements, entry = recorded(act, row, warned, ended)
    answer = {
        "person_id": act.person_id,
        "identifier_id": row["identifier_id"],
        "kind": number.kind,
        "masked": number.masked,
        "warnings": list(warned),
    }
    return UnitWriting(answer, (advance, *statements), (entry,), 201)


async def withdraw_number(
    wiring: Wiring, token: str | None, person_id: int, identifier_id: int, reason: str, key: str
) -> UnitAnswer:
    """Take back a number that was somebody else's: it finds nobody any more and is not kept.

    Raises NotFound, Unprocessable without a reason, Conflict (``already-withdrawn``).
    """
    why = reason_in(reason)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        person = await store.load_person(connection, actor, person_id, lock=True)
        row = await _identifier(connection, person_id, identifier_id)
        if row.withdrawn_at is not None:
            raise Conflict("the number was withdrawn already", slug="already-withdrawn")
        written = {
            "identifier_id": identifier_id,
            "person_id": person_id,
            "staff_id": actor.staff_id,
            "at": place.at,
            "count": 1,
        }
        entry = entries.identifier_withdrawn(
            _act(person, actor, place), identifier_id=identifier_id, kind=row.kind, reason=why
        )
        return UnitWriting(
            {"person_id": person_id, "identifier_id": identifier_id, "withdrawn": True},
            ((store.ADVANCE_PERSON, written), (store.WITHDRAW_IDENTIFIER, written)),
            (entry,),
        )

    asked = [person_id, identifier_id, why]
    return await act_at_unit(wiring, token, key, "withdraw number", asked, build, roles=ROLES)


async def show_number(
    wiring: Wiring, token: str | None, person_id: int, identifier_id: int, reason: str
) -> str:
    """A number in full, ``ddmmåå-xxxx``, after the view and its reason were recorded.

    Raises NotFound (also for a withdrawn number), Unprocessable without a reason, CannotDecide
    without the keys.
    """
    why = reason_in(reason)
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*ROLES)
        await store.load_person(connection, actor, person_id, lock=False)
        row = await _identifier(connection, person_id, identifier_id)
        if row.ciphertext is None:
            raise NotFound("the number is not kept any more")
        number = _opened(wiring, row)
        if number is None:
            raise store.without_keys()
        shown = entries.number_shown(
            actor, person_id=person_id, identifier_id=identifier_id, reason=why
        )
        await record_view(wiring, connection, actor, shown)
        # Committed first: nobody sees a number whose view is not recorded.
        await connection.commit()
    return number.full


async def numbers_of(
    wiring: Wiring, connection: AsyncConnection[Any], person_id: int
) -> tuple[Shown, ...]:
    """A person's numbers, masked, the newest last. Whose person it is, is asked by the caller."""
    rows = await store.load_identifiers(connection, person_id)
    return tuple(_shown(wiring, row) for row in rows)


async def list_numbers(wiring: Wiring, token: str | None, person_id: int) -> tuple[Shown, ...]:
    """A person's numbers, masked. Raises NotFound for a person of another unit."""
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*ROLES)
        await store.load_person(connection, actor, person_id, lock=False)
        await record_look(wiring, connection, actor, person_id, "numbers")
        found = await numbers_of(wiring, connection, person_id)
        await connection.commit()
    return found


async def person_with_number(
    wiring: Wiring, connection: AsyncConnection[Any], actor: Actor, text: str
) -> int | None:
    """The person who holds a number, whichever unit. None for nobody.

    The caller records the search (``record_search``), commits, and asks whether the person is the
    actor's to see. Raises CannotDecide without the keys.
    """
    number = number_in(text)
    keys, peppers = await store.keys_in_force(connection, wiring.numbers)
    try:
        hashes = keys.lookup_hashes(number.text)
    except KeysMissing as missing:
        raise store.without_keys() from missing
    return await store.holder_of(connection, hashes, peppers)


async def record_search(
    wiring: Wiring, connection: AsyncConnection[Any], actor: Actor, found: list[int]
) -> None:
    """That somebody searched by a number, and whom it showed."""
    await record_view(wiring, connection, actor, entries.number_searched(actor, found=found))


def _shown(wiring: Wiring, row: store.IdentifierRow) -> Shown:
    number = _opened(wiring, row) if row.ciphertext is not None else None
    return Shown(
        row.identifier_id,
        row.kind,
        number.masked if number is not None else None,
        row.valid_from,
        row.valid_to,
        row.withdrawn_at is not None,
    )


def _opened(wiring: Wiring, row: store.IdentifierRow) -> Number | None:
    """The number, or None where the keys are not at hand."""
    if wiring.numbers is None or row.ciphertext is None:
        return None
    try:
        text = wiring.numbers.open(bytes(row.ciphertext), row.key_version, row.person_id, row.kind)
    except KeysMissing:
        return None
    return Number(row.kind, text)


async def _identifier(
    connection: AsyncConnection[Any], person_id: int, identifier_id: int
) -> store.IdentifierRow:
    for row in await store.load_identifiers(connection, person_id):
        if row.identifier_id == identifier_id:
            return row
    raise NotFound("no such number of this person")


def _act(person: store.PersonRow, actor: Actor, place: Place) -> Act:
    return Act(
        person_id=person.person_id,
        person_seq=person.event_seq + 1,
        unit_id=actor.unit_id,
        actor_id=actor.staff_id,
        on=place.on,
        at=place.at,
    )
