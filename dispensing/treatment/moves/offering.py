"""The treatment at another unit: a doctor offers it with a letter, a doctor there accepts.

Until then nothing moves. With the second signature course, order and right move in its transaction;
what was ordered and arranged goes on unchanged. The sender withdraws, the receiver declines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg import errors as database_errors
from psycopg.rows import class_row, dict_row

from audit.ledger.entry import Entry
from dispensing.clock import clinic_day
from dispensing.counter.loading import LOCK_PERSON
from dispensing.counter.outcome import Outcome
from dispensing.counter.right_moves import CANNOT_MOVE, GUESTS_ENDED, MOVED_BY, act_of, guests_over
from dispensing.errors import CannotDecide, Conflict, NotFound, Unprocessable
from dispensing.looks import look_entry, record_view
from dispensing.people.sessions import Actor, load_actor
from dispensing.treatment import entries as treatment_entries
from dispensing.treatment.deciding import DOCTOR, Decided, Deciding, decide, words
from dispensing.treatment.moves import entries
from dispensing.treatment.moves.going import settled
from dispensing.treatment.moves.letter import CASE, letter_from
from dispensing.treatment.moves.letters import recorded
from dispensing.treatment.moves.store import OFFER_FROM, OFFER_JSON, Offer
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit, lock_lists
from dispensing.wiring import Wiring

OFFER_CASE = f"""
SELECT nextval(pg_get_serial_sequence('move_offer', 'offer_id')), EXISTS (SELECT FROM move_offer o
        WHERE o.person_id = %(person_id)s AND move_offer_open(o.offer_id)),
    (SELECT json_build_array(u.name, u.phone)::text FROM unit u
        WHERE u.unit_id = %(to_unit_id)s AND u.kind <> 'pharmacy'),
    made.* FROM ({CASE}) AS made (letter_id, told, home)
"""
OFFER = """
INSERT INTO move_offer (offer_id, person_id, unit_id, to_unit_id, letter_id, reason, offered_by,
    offered_at)
OVERRIDING SYSTEM VALUE
VALUES (%(offer_id)s, %(person_id)s, %(unit_id)s, %(to_unit_id)s, %(letter_id)s, %(reason)s,
    %(staff_id)s, %(at)s)
"""
ANSWER = """
INSERT INTO move_answer (offer_id, person_id, unit_id, answer, reason, answered_by, answered_at)
VALUES (%(offer_id)s, %(person_id)s, %(unit_id)s, %(answer)s, %(reason)s, %(staff_id)s, %(at)s)
"""
WITHDRAW_CASE = """
SELECT o.offer_id FROM move_offer o WHERE o.offer_id = %(offer_id)s
    AND o.person_id = %(person_id)s AND move_offer_open(o.offer_id)
UNION ALL SELECT NULL LIMIT 1
"""
#: What is asked of the person's row, which only who treats reads otherwise.
FIND = """
SELECT o.offer_id, o.person_id, o.unit_id AS from_unit_id, o.letter_id, p.event_seq,
    move_offer_open(o.offer_id) AS waits, p.right_holder_unit_id AS holder, o.to_unit_id,
    EXISTS (SELECT FROM unit_rule_book b WHERE b.unit_id = o.to_unit_id
        AND b.from_on <= %(today)s) AS has_book,
    (SELECT array_agg(ARRAY[r.serial, r.row_no] ORDER BY r.serial, r.row_no)
        FROM rows_still_giving(o.person_id, o.unit_id, %(days)s::date[]) r) AS giving,
    (SELECT ARRAY[r.prescription_id, r.version] FROM prescription r
        WHERE r.person_id = o.person_id AND r.valid_from <= %(today)s AND NOT r.night
        ORDER BY r.version DESC LIMIT 1) AS ordered
FROM move_offer o JOIN person p USING (person_id)
WHERE o.offer_id = %(offer_id)s AND o.to_unit_id = %(unit_id)s
"""
ADVANCE = "UPDATE person SET event_seq = event_seq + %(count)s WHERE person_id = %(person_id)s"
OFFERED = f"""
SELECT json_build_object('person_id', p.person_id, 'given_name', p.given_name,
    'family_name', p.family_name, 'born_on', p.born_on, 'offer', {OFFER_JSON},
    'giving', (SELECT coalesce(json_agg(json_build_array(r.serial, r.row_no)
        ORDER BY r.serial, r.row_no), '[]')
        FROM rows_still_giving(o.person_id, o.unit_id, %(days)s::date[]) r))::text
FROM {OFFER_FROM} JOIN person p ON p.person_id = o.person_id
WHERE o.to_unit_id = %(unit_id)s AND move_offer_open(o.offer_id) ORDER BY o.offer_id
"""
MOST_MADE = 20
MADE = f"""
SELECT {OFFER_JSON}::text FROM {OFFER_FROM}
WHERE o.unit_id = %(unit_id)s ORDER BY o.offer_id DESC LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Offering:
    """To which unit, why, and what is said in the letter beside the facts."""

    to_unit_id: int
    reason: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """A treatment offered here: who it is, the offer, and rows of lists there that still give."""

    person_id: int
    given_name: str
    family_name: str
    born_on: date
    offer: Offer
    giving: tuple[tuple[int, int], ...]

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def initials(self) -> str:
        """For a screen that faces the room."""
        return f"{self.given_name[:1]}.{self.family_name[:1]}."


@dataclass(frozen=True, slots=True)
class _Found:
    offer_id: int
    person_id: int
    from_unit_id: int
    letter_id: int
    event_seq: int
    waits: bool
    holder: int | None
    to_unit_id: int
    has_book: bool
    giving: list[list[int]] | None
    ordered: list[int] | None


_TO = msgspec.json.Decoder(tuple[str, str | None])
_OFFERED = msgspec.json.Decoder(Offered)
_OFFER = msgspec.json.Decoder(Offer)


async def offer(wiring: Wiring, token: str, person_id: int, asked: Offering, key: str) -> Outcome:
    """Offer the treatment to another unit, with its letter. Nothing moves yet.

    Raises Conflict: ``doses-open``, ``move-offered`` while an offer waits; Unprocessable for a unit
    that treats nobody; see ``decide``.
    """
    reason = words(asked.reason, "reason")
    note = words(asked.note, "letter_note", needed=False)
    assert reason is not None, "needed"

    def build(case: Deciding) -> Decided:
        assert case.found is not None, "the person is locked"
        offer_id, open_already, to, letter_id, told, home = case.found
        if open_already:
            raise Conflict("an offer waits already", slug="move-offered")
        if to is None or asked.to_unit_id == case.actor.unit_id:
            raise Unprocessable("another unit that treats", field="to_unit_id")
        settled(case)
        letter = letter_from(case, told, home, _TO.decode(to), note)
        row = case.signed | {
            "offer_id": offer_id,
            "to_unit_id": asked.to_unit_id,
            "letter_id": letter_id,
            "reason": reason,
        }
        wrote = entries.letter_written(case.act(), letter_id=letter_id, to_name=letter.to_name)
        offered = entries.move_offered(
            case.act(1),
            offer_id=offer_id,
            to_unit_id=asked.to_unit_id,
            letter_id=letter_id,
            reason=reason,
        )
        return Decided((recorded(case, letter_id, letter), (OFFER, row)), (wrote, offered))

    also = (OFFER_CASE, {"person_id": person_id, "to_unit_id": asked.to_unit_id})
    told = msgspec.to_builtins(asked)
    return await decide(wiring, token, person_id, key, "offer move", told, build, also=also)


async def withdraw(
    wiring: Wiring, token: str, person_id: int, offer_id: int, reason: str, key: str
) -> Outcome:
    """Take an offer back. Raises Conflict (``offer-over``) where it is answered; see ``decide``."""
    why = words(reason, "reason")

    def build(case: Deciding) -> Decided:
        if case.found is None or case.found[0] is None:
            raise Conflict("this offer is answered, or is none", slug="offer-over")
        row = case.signed | {"offer_id": offer_id, "answer": "withdrawn", "reason": why}
        entry = entries.move_answered(case.act(), offer_id=offer_id, answer="withdrawn", reason=why)
        return Decided(((ANSWER, row),), (entry,))

    also = (WITHDRAW_CASE, {"person_id": person_id, "offer_id": offer_id})
    told = [offer_id, why]
    return await decide(wiring, token, person_id, key, "withdraw move", told, build, also=also)


async def answer_offer(
    wiring: Wiring,
    token: str | None,
    offer_id: int,
    accept: bool,
    reason: str | None,
    key: str,
    struck_out: tuple[tuple[int, int], ...] = (),
) -> UnitAnswer:
    """Accept the treatment, or decline it with a reason. A doctor of the unit it is offered to.

    A list in somebody's hand there goes on saying that the person may be given from it: accepting
    names each such row (serial, row) as struck out, asked for by telephone; Unprocessable else.
    Raises NotFound; Conflict: ``offer-over``, ``move-stays`` while a dose is open, a place hands
    out from paper, or the person is another unit's guest; CannotDecide without a rule book here.
    """
    why = words(reason, "reason", needed=not accept)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        found = await _locked(connection, actor, place, offer_id)
        if not found.waits:
            raise Conflict("this offer is answered, or nothing is to move", slug="offer-over")
        row = {
            "offer_id": offer_id,
            "person_id": found.person_id,
            "unit_id": actor.unit_id,
            "staff_id": actor.staff_id,
            "at": place.at,
            "answer": "accepted" if accept else "declined",
            "reason": why,
        }
        who = {"person_id": found.person_id, "event_seq": found.event_seq}
        if not accept:
            told = [
                entries.move_answered(
                    act_of(who, actor, place), offer_id=offer_id, answer="declined", reason=why
                )
            ]
            statements = ((ANSWER, row), (ADVANCE, row | {"count": 1}))
            return UnitWriting({"answer": "declined"}, statements, tuple(told), 201)
        if not found.has_book:
            raise CannotDecide("no rule book is in force for this unit")
        giving = {(serial, number) for serial, number in found.giving or ()}
        if giving != set(struck_out):
            raise Unprocessable("have the row struck out on the list there", field="struck_out")
        ended = await _moved(connection, row)
        told, elsewhere = _moving(found, actor, place, ended)
        count = {"person_id": found.person_id, "count": len(told)}
        return UnitWriting(
            {"answer": "accepted", "person_id": found.person_id},
            ((ADVANCE, count),),
            tuple(told),
            201,
            elsewhere=elsewhere,
        )

    asked = [accept, why, sorted(set(struck_out))]
    verb = f"answer move {offer_id}"
    return await act_at_unit(wiring, token, key, verb, asked, build, roles=DOCTOR)


async def _locked(
    connection: AsyncConnection[Any], actor: Actor, place: Place, offer_id: int
) -> _Found:
    """The offer as it is under the person's lock. Raises NotFound for one not made here."""
    asked = {
        "offer_id": offer_id,
        "unit_id": actor.unit_id,
        "today": place.on,
        "days": [place.on, place.on + timedelta(days=1)],
    }
    async with connection.cursor(row_factory=class_row(_Found)) as cursor:
        await cursor.execute(FIND, asked)
        found = await cursor.fetchone()
        if found is None:
            raise NotFound("no such offer here")
        await connection.execute(LOCK_PERSON, {"person_id": found.person_id})
        await lock_lists(connection, found.from_unit_id, found.to_unit_id)
        await cursor.execute(FIND, asked)
        return await cursor.fetchone() or found


async def _moved(connection: AsyncConnection[Any], row: dict[str, Any]) -> Sequence[dict[str, Any]]:
    """Write the acceptance, by which person and right move; answers the guests' days that end."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        try:
            await cursor.execute(MOVED_BY, row)
            await cursor.execute(ANSWER, row)
        except database_errors.Error as refused:
            if refused.sqlstate != CANNOT_MOVE:
                raise
            raise Conflict("a dose or a guest's day is open", slug="move-stays") from refused
        await cursor.execute(GUESTS_ENDED, row)
        return await cursor.fetchall()


def _moving(
    found: _Found, actor: Actor, place: Place, ended: Sequence[dict[str, Any]]
) -> tuple[list[Entry], tuple[tuple[int, Entry], ...]]:
    """The person's entries, and what the other units are told."""
    who = {"person_id": found.person_id, "event_seq": found.event_seq}
    told: list[Entry] = []
    if found.holder == found.from_unit_id:
        act = act_of(who, actor, place)
        told.append(treatment_entries.right_moved(act, right_holder_unit_id=actor.unit_id))
    moved = entries.treatment_moved(
        act_of(who, actor, place, len(told)),
        offer_id=found.offer_id,
        from_unit_id=found.from_unit_id,
        order=found.ordered,
    )
    told.append(moved)
    gone, elsewhere = guests_over(who, actor, place, ended, len(told))
    left = entries.treatment_left(found.from_unit_id, actor, place, offer_id=found.offer_id)
    return [*told, *gone], ((found.from_unit_id, left), *elsewhere)


async def offered_here(wiring: Wiring, token: str | None) -> tuple[Offered, ...]:
    """Treatments offered to the actor's unit that wait, oldest first; each look is recorded."""
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*DOCTOR)
        found = await waiting_offers(connection, actor)
        for one in found:
            viewed = look_entry(actor, one.person_id, "move-offer", offer=one.offer.offer_id)
            await record_view(wiring, connection, actor, viewed)
        await connection.commit()
    return found


async def offered_from_here(wiring: Wiring, token: str | None) -> tuple[Offer, ...]:
    """What the actor's unit offered, the newest first, with what became of it; names nobody."""
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*DOCTOR)
        rows = await (
            await connection.execute(MADE, {"unit_id": actor.unit_id, "most": MOST_MADE})
        ).fetchall()
        await connection.commit()
    return tuple(_OFFER.decode(row[0]) for row in rows)


async def waiting_offers(connection: AsyncConnection[Any], actor: Actor) -> tuple[Offered, ...]:
    """The offers that wait here, in a transaction that sees as the unit."""
    today = clinic_day(actor.now, actor.zone)
    asked = {"unit_id": actor.unit_id, "days": [today, today + timedelta(days=1)]}
    rows = await (await connection.execute(OFFERED, asked)).fetchall()
    return tuple(_OFFERED.decode(row[0]) for row in rows)
