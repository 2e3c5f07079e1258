"""The right to dispense lies at one place; it moves when another asks and the holder lets it go.

Both must be at the service within minutes of each other. A printed list says whose right lies
where, so the right never moves while a place hands out from paper, nor while anything of the person
is unsettled; the database refuses it, too.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg import errors as database_errors
from psycopg.rows import dict_row

from audit.ledger.entry import Entry
from dispensing.counter.decide import written
from dispensing.counter.loading import LOCK_PERSON
from dispensing.counter.right_moves import CANNOT_MOVE, GUESTS_ENDED, MOVED_BY, act_of, guests_over
from dispensing.downtime import entries
from dispensing.downtime.lists import prepare
from dispensing.downtime.runner import EVERY
from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.looks import see_as
from dispensing.once_per_key import Statement
from dispensing.people.sessions import Actor
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit, lock_lists
from dispensing.wiring import Wiring

ROLES = ("nurse", "doctor", "pharmacist")
GOOD_FOR = timedelta(minutes=15)

PERSON = """
SELECT p.person_id, p.event_seq, p.right_holder_unit_id FROM person p
WHERE p.card_code = %(card)s AND p.ended_on IS NULL
"""
OUTDATE = """
UPDATE right_request SET answered_at = %(at)s
WHERE person_id = %(person_id)s AND answered_at IS NULL AND good_until < %(at)s
"""
OPEN = "SELECT 1 FROM right_request WHERE person_id = %(person_id)s AND answered_at IS NULL"
ASK = """
INSERT INTO right_request (person_id, from_unit_id, to_unit_id, reason, asked_by, asked_at,
    good_until)
VALUES (%(person_id)s, %(from_unit)s, %(unit_id)s, %(reason)s, %(staff_id)s, %(at)s,
    %(good_until)s)
RETURNING request_id
"""
FIND = """
SELECT q.request_id, q.person_id, q.to_unit_id, q.good_until, q.answered_at, p.event_seq
FROM right_request q JOIN person p USING (person_id)
WHERE q.request_id = %(request_id)s AND q.from_unit_id = %(unit_id)s
"""
KEEP = """
UPDATE right_request SET answered_at = %(at)s, answered_by = %(staff_id)s
WHERE request_id = %(request_id)s
"""
MOVE = "SELECT move_right(%(request_id)s, %(staff_id)s)"
ADVANCE = "UPDATE person SET event_seq = event_seq + 1 WHERE person_id = %(person_id)s"
WAITING = """
SELECT q.request_id, q.person_id, p.given_name, p.family_name, p.born_on, u.name AS to_unit,
    q.reason, q.asked_at, q.good_until,
    (SELECT max(l.serial) FROM emergency_list l WHERE l.unit_id = q.from_unit_id
        AND l.valid_until > clock_timestamp()) AS newest_serial,
    coalesce((SELECT json_agg(json_build_object('serial', n.serial, 'row_no', n.row_no)
        ORDER BY n.serial) FROM (
            SELECT DISTINCT ON (l.for_day) l.serial, (x ->> 'row_no')::int AS row_no
            FROM emergency_list l JOIN emergency_list_rows r USING (serial),
                jsonb_array_elements(r.rows) x
            WHERE l.unit_id = q.from_unit_id AND l.valid_until > clock_timestamp()
            AND (x ->> 'person_id')::bigint = ANY (p.person_id || p.also_ids)
            AND x ->> 'why' = '' ORDER BY l.for_day, l.serial DESC) n), '[]') AS on_paper
FROM right_request q JOIN person p USING (person_id) JOIN unit u ON u.unit_id = q.to_unit_id
WHERE q.from_unit_id = %(unit_id)s AND q.answered_at IS NULL AND q.good_until > clock_timestamp()
ORDER BY q.asked_at
"""


# Every list that may still be used and says that the person may be given from it.
STILL_GIVES = """
SELECT l.serial, (x ->> 'row_no')::int AS row_no, l.for_day
FROM emergency_list l JOIN emergency_list_rows r USING (serial), jsonb_array_elements(r.rows) x
JOIN person p ON p.person_id = %(person_id)s
WHERE l.unit_id = %(unit_id)s AND l.valid_until > clock_timestamp()
    AND (x ->> 'person_id')::bigint = ANY (p.person_id || p.also_ids) AND x ->> 'why' = ''
ORDER BY l.for_day, l.serial DESC
"""
# The files in the folder say what the older lists say: they are due anew.
FILES_DUE = """
UPDATE emergency_run SET made_at = least(made_at, clock_timestamp() - %(every)s)
WHERE unit_id = %(unit_id)s
"""


async def ask_for_right(
    wiring: Wiring, token: str | None, card: str, reason: str, key: str
) -> UnitAnswer:
    """Ask the place that holds a person's right for it, for the actor's own place.

    The person stands here with the card; that is how a place knows them that they do not belong to.
    Raises NotFound for an unknown card, Conflict when the right lies here or is asked for already.
    """
    why = written(reason)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(PERSON, {"card": card.strip().upper()})
            found = await cursor.fetchone()
            if found is None:
                raise NotFound("no such person")
            await cursor.execute(LOCK_PERSON, found)
            await cursor.execute(PERSON, {"card": card.strip().upper()})
            found = await cursor.fetchone() or found
            holder = found["right_holder_unit_id"]
            if holder == actor.unit_id:
                raise Conflict("the right lies here", slug="right-here")
            if holder is None:
                raise Conflict("nobody holds the right", slug="right-nowhere")
            await cursor.execute(OUTDATE, found | {"at": place.at})
            await cursor.execute(OPEN, found)
            if await cursor.fetchone() is not None:
                raise Conflict("the right is asked for already", slug="right-asked-for")
            good_until = place.at + GOOD_FOR
            shared = {
                "person_id": found["person_id"],
                "from_unit": holder,
                "unit_id": actor.unit_id,
                "reason": why,
                "staff_id": actor.staff_id,
                "at": place.at,
                "good_until": good_until,
            }
            await cursor.execute(ASK, shared)
            request_id = (await cursor.fetchone() or {})["request_id"]
        act = act_of(found, actor, place)
        entry = entries.right_asked(act, request=(holder, actor.unit_id), reason=why)
        answer = {"request_id": request_id, "good_until": good_until}
        return UnitWriting(answer, ((ADVANCE, shared),), (entry,), 201)

    asked = {"card": card, "reason": why}
    return await act_at_unit(wiring, token, key, "ask for right", asked, build, roles=ROLES)


async def answer_request(
    wiring: Wiring,
    token: str | None,
    request_id: int,
    grant: bool,
    key: str,
    struck_out: Sequence[tuple[int, int]] = (),
) -> UnitAnswer:
    """Let the right go to the place that asks, or keep it. Only the place that holds it.

    A list in somebody's hand goes on saying that the person may be given from it. Letting go needs
    the row struck out there: ``struck_out`` names it as (serial, row), one at least for each day
    that such a list is for; Unprocessable when it is missing or is no such row. New lists are made
    in the same act, for today and for each of those days; the answer names them.

    The coming days of the person as another unit's guest end with the right, with an entry each.

    Raises NotFound for another place's request, and Conflict for one that is answered or too old,
    and when anything of the person is unsettled, held by a paper list, or a place is in downtime.
    """

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        asked = {"request_id": request_id, "unit_id": actor.unit_id}
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(FIND, asked)
            found = await cursor.fetchone()
            if found is None:
                raise NotFound("no such request here")
            await cursor.execute(LOCK_PERSON, found)
            await cursor.execute(FIND, asked)
            found = await cursor.fetchone() or found
            if found["answered_at"] is not None or found["good_until"] < place.at:
                raise Conflict("this request is answered or too old", slug="request-over")
            shared = asked | found | {"staff_id": actor.staff_id, "at": place.at}
            await lock_lists(connection, actor.unit_id, found["to_unit_id"])
            await cursor.execute(STILL_GIVES, shared)
            days = _struck(await cursor.fetchall(), struck_out) if grant else set()
            try:
                await cursor.execute(MOVED_BY, shared)
                await cursor.execute(MOVE if grant else KEEP, shared)
            except database_errors.Error as refused:
                if refused.sqlstate != CANNOT_MOVE:
                    raise
                raise Conflict(
                    "a dose is unsettled, or a place hands out from paper", slug="right-stays"
                ) from refused
            await cursor.execute(GUESTS_ENDED, shared)
            ended = await cursor.fetchall()
        entry = entries.right_answered(
            act_of(found, actor, place),
            request_id=request_id,
            granted=grant,
            to_unit_id=found["to_unit_id"],
            struck_out=sorted(set(struck_out)) if grant else (),
        )
        gone, elsewhere = guests_over(found, actor, place, ended)
        told, serials = [entry, *gone], []
        statements = [(ADVANCE, shared)] * len(told)
        if grant:
            more, made, serials = await _lists_anew(connection, wiring, actor, place, days)
            statements += more
            told += made
        answer = {"granted": grant, "lists": serials}
        return UnitWriting(answer, tuple(statements), tuple(told), elsewhere=elsewhere)

    verb = {"request": request_id, "grant": grant, "struck_out": sorted(set(struck_out))}
    return await act_at_unit(wiring, token, key, "answer right", verb, build, roles=ROLES)


def _struck(giving: Sequence[dict[str, Any]], struck_out: Sequence[tuple[int, int]]) -> set[date]:
    """The days of the lists that still give. Raises Unprocessable for a row not struck out."""
    rows = {(one["serial"], one["row_no"]): one["for_day"] for one in giving}
    days = set(rows.values())
    said = {rows.get(row) for row in struck_out}
    if said != days:
        raise Unprocessable("strike out the row on the printed list first", field="struck_out")
    return days


async def _lists_anew(
    connection: AsyncConnection[Any], wiring: Wiring, actor: Actor, place: Place, days: set[date]
) -> tuple[list[Statement], list[Entry], list[int]]:
    """Lists on which the right has moved already; with them the files are due."""
    due = {"unit_id": actor.unit_id, "every": EVERY}
    statements: list[Statement] = [(FILES_DUE, due)]
    told, serials = [], []
    for day in sorted(days | {place.on}):
        made, more, entry = await prepare(connection, wiring, actor.unit_id, day, actor.staff_id)
        statements += more
        told.append(entry)
        serials.append(made.head.serial)
    return statements, told, serials


async def waiting_requests(
    connection: AsyncConnection[Any], unit_id: int
) -> Sequence[dict[str, Any]]:
    """Requests that this place can still answer, oldest first."""
    await see_as(connection, unit_id)
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(WAITING, {"unit_id": unit_id})
        return await cursor.fetchall()
