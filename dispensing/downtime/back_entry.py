"""Back-entry: what the paper says of one row, typed in afterwards.

Each row is one event, told once however often it is typed. Nothing is refused because of the rules:
what happened is recorded as it happened, and claims its day like any other dose. Where paper and
record disagree both stay, the person is held, and a doctor must decide.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from psycopg import AsyncConnection

from audit.ledger.entry import Entry
from dispensing.downtime import entries, paper_store
from dispensing.downtime.account import HAD, NOT_LISTED, Account, Told
from dispensing.downtime.lists import EmergencyList, load_list
from dispensing.downtime.paper_handout import bottle_for, handout_of, left_the_cabinet, weigh
from dispensing.downtime.paper_store import rows_of
from dispensing.downtime.periods import named_lists, open_downtime
from dispensing.downtime.rows import PaperRow
from dispensing.downtime.weighing import A_MINUTE, PaperSide, RecordSide, disagreements, free_doses
from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.once_per_key import Statement
from dispensing.people.sessions import HANDS_OUT, Actor
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit, unit_entry
from dispensing.wiring import Wiring

MOST_AT_ONCE = 40


async def tell_row(wiring: Wiring, token: str | None, told: Told, key: str) -> UnitAnswer:
    """Record one row of a list in use. See ``act_at_unit`` for keys and errors.

    The answer names the event, and the conflicts, if any. The same row with the same content is
    told once: the answer then says ``known``. Raises Conflict when no downtime is being entered or
    the list was not named, NotFound for an unknown list, row or person, and Unprocessable for a
    moment outside [start of the downtime, now].
    """

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        downtime = await open_downtime(connection, actor.unit_id)
        if downtime["over_at"] is None:
            raise Conflict("end the downtime first", slug="downtime-runs")
        if told.serial not in await named_lists(connection, downtime["downtime_id"]):
            raise Conflict(
                "name this list first: it was not said to be in use", slug="list-unnamed"
            )
        printed = await load_list(connection, actor.unit_id, told.serial, render=False)
        row = _row(printed, told)
        person_id = row.person_id if row else await _by_card(connection, told.card)
        await _check(connection, told, actor, place, downtime)
        facts = await paper_store.lock_and_load(
            connection, person_id, actor.unit_id, printed.head.for_day
        )
        if facts is None:
            raise NotFound("no such person")
        # Of a record merged meanwhile, the survivor's.
        person_id = facts.person_id
        earlier = await rows_of(
            connection,
            paper_store.EARLIER,
            serial=told.serial,
            row_no=told.row_no,
            person_id=person_id,
        )
        for event in earlier:
            if bytes(event["content_sha256"]) == _content(told, event["person_id"]):
                return _known(actor, place, event, told)
        account = Account(actor, place, told, printed, row, facts, downtime, len(earlier))
        return await _enter(connection, wiring, account, _content(told, person_id))

    return await act_at_unit(wiring, token, key, "tell paper row", told, build, roles=HANDS_OUT)


def _row(printed: EmergencyList, told: Told) -> PaperRow | None:
    if told.row_no == NOT_LISTED:
        return None
    if not 1 <= told.row_no <= len(printed.rows):
        raise NotFound("no such row on this list")
    return printed.rows[told.row_no - 1]


async def _by_card(connection: AsyncConnection[Any], card: str | None) -> int:
    found = await rows_of(connection, paper_store.BY_CARD, card=(card or "").strip().upper())
    if not found:
        raise NotFound("no such person")
    return int(found[0]["person_id"])


async def _check(
    connection: AsyncConnection[Any],
    told: Told,
    actor: Actor,
    place: Place,
    downtime: dict[str, Any],
) -> None:
    """Raises Unprocessable for what cannot be meant, whatever happened."""
    if told.row_no == NOT_LISTED and told.happened not in HAD:
        raise Unprocessable("off the list only what was handed out is told", field="happened")
    if told.happened not in HAD:
        return
    at = told.happened_at
    if at is None or at.tzinfo is None:
        raise Unprocessable("when it was given, with the offset from UTC", field="happened_at")
    if not downtime["started_at"] - A_MINUTE < at <= place.at:
        raise Unprocessable("not before the downtime, and not in the future", field="happened_at")
    if told.happened == "partial" and told.swallowed_ug is None:
        raise Unprocessable("how much was swallowed", field="swallowed_mg")
    if told.row_no == NOT_LISTED and told.swallowed_ug is None:
        raise Unprocessable("how much was swallowed", field="swallowed_mg")
    if told.given_by is None:
        raise Unprocessable("who gave it", field="given_by")
    if told.witnessed_by == told.given_by:
        raise Unprocessable("the witness is another person", field="witnessed_by")
    named = {told.given_by} | ({told.witnessed_by} if told.witnessed_by else set())
    known = await rows_of(connection, paper_store.STAFF, staff=list(named), unit_id=actor.unit_id)
    if len(known) != len(named):
        raise NotFound("no such colleague here")


def _content(told: Told, person_id: int) -> bytes:
    """What makes two accounts of a row the same: all that happened, not who typed it."""
    said = replace(told, note=(told.note or "").strip() or None, bottle_code=None, card=None)
    text = msgspec.json.encode([person_id, said], order="deterministic")
    return hashlib.sha256(text).digest()


def _known(actor: Actor, place: Place, event: dict[str, Any], told: Told) -> UnitWriting:
    facts = {"event": event["event_id"], "serial": told.serial, "row": told.row_no}
    again = unit_entry("paper-row-told-again", actor, place, facts)
    answer = {"event_id": event["event_id"], "known": True, "conflicts": []}
    return UnitWriting(answer, (), (again,))


async def _enter(
    connection: AsyncConnection[Any], wiring: Wiring, account: Account, content: bytes
) -> UnitWriting:
    """The event, the hand-out as far as the record has room for it, and the conflict."""
    patient, told = account.patient, account.told
    doses = account.had()
    weighed = None
    if doses and patient.prescription is not None and account.facts.book_id is not None:
        weighed = await weigh(connection, account, wiring.book(account.facts.book_id), doses)
    bottle_id, enough = await bottle_for(connection, account, doses)
    paper = PaperSide(account.printed.head, account.row, told.happened, account.happened_at, doses)
    record = RecordSide(
        unit_id=account.actor.unit_id,
        patient=patient,
        holder=patient.right_holder_unit_id,
        used_substance=account.facts.used_substance,
        used_at_night=bool(account.facts.night_ug),
        recorded_missed=account.at_night in account.facts.missed_nights,
        near=len(weighed.near) if weighed else 0,
        earlier=account.earlier,
        stock_enough=enough,
        over_at=account.downtime["over_at"],
    )
    kinds, said = disagreements(paper, record)
    free = free_doses(doses, patient) if weighed and "second-agonist" not in kinds else ()
    ids = await (await connection.execute(paper_store.NEXT_EVENT)).fetchone() or (0, 0)
    shared = account.shared(ids, content, doses, weighed, bool(free))
    statements: list[Statement] = [(paper_store.FREE_ROW, shared)]
    entered: list[Entry] = []
    if free and weighed is not None:
        more, entered = await handout_of(connection, account, weighed, free, bottle_id, shared)
        statements += more
    statements += left_the_cabinet(account, doses, free, bottle_id, shared)
    statements.append((paper_store.RECORD_EVENT, shared))
    entered.append(account.told_entry(shared, doses, weighed, len(entered)))
    if kinds:
        statements += [
            (paper_store.RECORD_CONFLICT, shared | {"kinds": kinds, "facts": json.dumps(said)}),
            (paper_store.HOLD_CONFLICT, shared),
        ]
        act = account.act(len(entered))
        entered.append(entries.conflict_opened(act, event_id=ids[0], kinds=kinds, facts=said))
    statements.insert(0, (paper_store.ADVANCE, shared | {"count": len(entered)}))
    answer = {"event_id": ids[0], "known": False, "conflicts": kinds}
    return UnitWriting(answer, tuple(statements), tuple(entered), 201)


async def tell_blank(
    wiring: Wiring, token: str | None, serial: int, row_nos: Sequence[int], key: str
) -> int:
    """Rows without any mark on the paper: nobody came. Each is an event of its own.

    Answers how many were told. See ``tell_row`` for errors; what was told before one stays told.
    """
    if not 0 < len(row_nos) <= MOST_AT_ONCE:
        raise Unprocessable(f"from one to {MOST_AT_ONCE} rows", field="rows")
    for row_no in row_nos:
        if row_no == NOT_LISTED:
            raise NotFound("no such row on this list")
        await tell_row(wiring, token, Told(serial, row_no, "not_come"), f"{key}/{row_no}")
    return len(row_nos)
