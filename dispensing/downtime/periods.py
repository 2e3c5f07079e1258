"""A downtime of a unit: told (or found by the service), over, entered again, left.

While it runs nothing is reserved at the unit: the paper is the only place where doses are handed
out. When it is over, every row that could have been given from a list in use holds its person until
somebody has told what became of it. Leaving needs every row told and the stock counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from audit.ledger.entry import Entry
from dispensing.acts import Act
from dispensing.downtime import entries
from dispensing.downtime.counting import uncounted
from dispensing.downtime.lists import load_list
from dispensing.downtime.paper_store import survivors
from dispensing.downtime.runner import OVERDUE
from dispensing.errors import Conflict, Unprocessable
from dispensing.looks import see_as
from dispensing.once_per_key import Statement
from dispensing.people.sessions import HANDS_OUT, Actor
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit, lock_lists, unit_entry
from dispensing.wiring import Wiring

LONGEST_BACK = timedelta(days=14)
MOST_LISTS = 12
# Advisory locks from here on: downtimes of one unit are told one after the other.
TELLING = 7_260_000

OPEN = """
SELECT downtime_id, unit_id, found_by, started_at, told_at, told_by, reason, over_at, paper_used,
    (SELECT left(s.given_name, 1) || '. ' || s.family_name FROM staff s
        WHERE s.staff_id = d.told_by) AS told_by_name
FROM downtime d WHERE unit_id = %(unit_id)s AND left_at IS NULL
"""
TELL = """
INSERT INTO downtime (unit_id, found_by, started_at, told_at, told_by, reason)
VALUES (%(unit_id)s, 'person', %(started_at)s, %(at)s, %(staff_id)s, %(reason)s)
"""
END = """
UPDATE downtime SET started_at = %(started_at)s, over_at = %(over_at)s, over_by = %(staff_id)s,
    paper_used = %(paper_used)s, left_at = CASE WHEN %(paper_used)s THEN NULL ELSE %(at)s END,
    left_by = CASE WHEN %(paper_used)s THEN NULL ELSE %(staff_id)s END
WHERE downtime_id = %(downtime_id)s
"""
LEAVE = """
UPDATE downtime SET left_at = %(at)s, left_by = %(staff_id)s
WHERE downtime_id = %(downtime_id)s
"""
NAME_LIST = """
INSERT INTO downtime_list (downtime_id, serial, named_by, named_at)
VALUES (%(downtime_id)s, %(serial)s, %(staff_id)s, %(at)s) ON CONFLICT DO NOTHING
"""
LOCK_PEOPLE = """
SELECT person_id, event_seq FROM person WHERE person_id = ANY (%(people)s)
ORDER BY person_id FOR UPDATE
"""
TOLD_ROWS = """
SELECT row_no FROM paper_event WHERE serial = %(serial)s
UNION SELECT row_no FROM paper_hold WHERE serial = %(serial)s AND kind = 'row'
"""
HOLD = """
INSERT INTO paper_hold (person_id, unit_id, kind, downtime_id, serial, row_no, for_day, amount_ug,
    since)
VALUES (%(person_id)s, %(unit_id)s, 'row', %(downtime_id)s, %(serial)s, %(row_no)s, %(for_day)s,
    %(amount_ug)s, %(at)s)
"""
ADVANCE = "UPDATE person SET event_seq = event_seq + 1 WHERE person_id = %(person_id)s"
NAMED = "SELECT serial FROM downtime_list WHERE downtime_id = %(downtime_id)s ORDER BY serial"
MISSING = """
SELECT h.serial, h.row_no, h.person_id, p.given_name, p.family_name, p.born_on, h.for_day,
    h.amount_ug
FROM paper_hold h JOIN person p USING (person_id)
WHERE h.unit_id = %(unit_id)s AND h.kind = 'row' ORDER BY h.serial, h.row_no
"""
STATE = """
SELECT (SELECT count(*) FROM paper_hold h WHERE h.unit_id = %(unit_id)s AND h.kind = 'row')
    AS missing,
    (SELECT count(*) FROM paper_conflict c JOIN person q USING (person_id)
        JOIN person p ON p.person_id = coalesce(q.merged_into_id, q.person_id)
        WHERE %(unit_id)s IN (c.unit_id, p.unit_id, p.right_holder_unit_id)
        AND c.closed_at IS NULL) AS conflicts,
    (SELECT r.failed_at IS NOT NULL OR r.made_at < clock_timestamp() - %(overdue)s
        FROM emergency_run r WHERE r.unit_id = %(unit_id)s) AS list_overdue,
    (SELECT max(l.made_at) FROM emergency_list l WHERE l.unit_id = %(unit_id)s) AS list_made_at,
    (SELECT s.uncertain_since FROM restoration s WHERE s.unit_id = %(unit_id)s
        AND s.closed_at IS NULL) AS uncertain_since
"""


@dataclass(frozen=True, slots=True)
class DowntimeState:
    """Where a unit stands: the downtime that is open, rows not yet told, conflicts, the lists.

    ``running``: nothing is reserved here. ``list_overdue`` is None where no list was ever due.
    """

    downtime: dict[str, Any] | None
    serials: tuple[int, ...]
    missing: int
    conflicts: int
    list_overdue: bool | None
    list_made_at: datetime | None
    # Restored from a backup, and nobody has resolved what it forgot.
    uncertain_since: datetime | None = None

    @property
    def running(self) -> bool:
        return self.downtime is not None and self.downtime["over_at"] is None


async def state(connection: AsyncConnection[Any], unit_id: int) -> DowntimeState:
    """The state of a unit as everybody there should know it."""
    await see_as(connection, unit_id)
    found = await _open(connection, unit_id)
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(STATE, {"unit_id": unit_id, "overdue": OVERDUE})
        told = await cursor.fetchone() or {}
    serials = await named_lists(connection, found["downtime_id"]) if found else ()
    return DowntimeState(
        found,
        serials,
        told["missing"],
        told["conflicts"],
        told["list_overdue"],
        told["list_made_at"],
        told["uncertain_since"],
    )


async def named_lists(connection: AsyncConnection[Any], downtime_id: int) -> tuple[int, ...]:
    """The serial numbers of the lists in use."""
    rows = await (await connection.execute(NAMED, {"downtime_id": downtime_id})).fetchall()
    return tuple(row[0] for row in rows)


async def _open(connection: AsyncConnection[Any], unit_id: int) -> dict[str, Any] | None:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(OPEN, {"unit_id": unit_id})
        return await cursor.fetchone()


async def open_downtime(connection: AsyncConnection[Any], unit_id: int) -> dict[str, Any]:
    """The unit's open downtime. Raises Conflict when there is none."""
    found = await _open(connection, unit_id)
    if found is None:
        raise Conflict("this unit is in no downtime", slug="no-downtime")
    return found


async def missing_rows(connection: AsyncConnection[Any], unit_id: int) -> Sequence[dict[str, Any]]:
    """Rows of lists in use that nobody has told of, in the order of the paper."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(MISSING, {"unit_id": unit_id})
        return await cursor.fetchall()


async def begin(
    wiring: Wiring, token: str | None, started_at: datetime | None, reason: str, key: str
) -> UnitAnswer:
    """Tell that the unit hands out from paper, from ``started_at`` (None: now) on.

    Nothing is reserved at the unit until ``end``. Raises Conflict when a downtime is open already
    and Unprocessable for a moment to come or long ago. Nurses and doctors.
    """

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (TELLING + actor.unit_id,))
        # Whoever changes whose a person's day is has done so, or sees the downtime.
        await lock_lists(connection, actor.unit_id)
        if await _open(connection, actor.unit_id) is not None:
            raise Conflict("a downtime is open already", slug="downtime-open")
        since = _plausible(started_at or place.at, place, "started_at")
        text = reason.strip()
        if not text:
            raise Unprocessable("write what is down", field="reason")
        shared = {
            "unit_id": actor.unit_id,
            "started_at": since,
            "at": place.at,
            "staff_id": actor.staff_id,
            "reason": text,
        }
        facts = {"started_at": since.isoformat(), "reason": text}
        told = unit_entry("downtime-told", actor, place, facts)
        return UnitWriting({"started_at": since}, ((TELL, shared),), (told,), 201)

    asked = {"started_at": started_at, "reason": reason}
    return await act_at_unit(wiring, token, key, "begin downtime", asked, build, roles=HANDS_OUT)


def _plausible(at: datetime, place: Place, field: str) -> datetime:
    if at.tzinfo is None:
        raise Unprocessable("a moment with its offset from UTC", field=field)
    if not place.at - LONGEST_BACK <= at <= place.at:
        raise Unprocessable("not in the future, and at most a fortnight ago", field=field)
    return at


@dataclass(frozen=True, slots=True)
class Ending:
    """How a downtime ended: ``serials`` are the lists that were used; () when no paper was.

    ``started_at`` corrects the beginning; None leaves it.
    """

    serials: tuple[int, ...]
    started_at: datetime | None = None
    over_at: datetime | None = None


async def end(wiring: Wiring, token: str | None, ending: Ending, key: str) -> UnitAnswer:
    """The paper is put away: counters reserve again, except for people whose row is not told yet.

    Without lists the downtime is left at once: nothing was handed out from paper. Raises Conflict
    when no downtime runs, NotFound for a list of another unit, Unprocessable for odd moments.
    """

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        found = await open_downtime(connection, actor.unit_id)
        if found["over_at"] is not None:
            raise Conflict("the downtime is over already", slug="downtime-over")
        if len(ending.serials) > MOST_LISTS:
            raise Unprocessable(f"at most {MOST_LISTS} lists", field="serials")
        # What the service found by itself may lie longer ago than anybody would tell.
        since = found["started_at"]
        if ending.started_at is not None:
            since = _plausible(ending.started_at, place, "started_at")
        over = _plausible(ending.over_at or place.at, place, "over_at")
        if over < since:
            raise Unprocessable("it ended before it began", field="over_at")
        shared = {
            "downtime_id": found["downtime_id"],
            "started_at": since,
            "over_at": over,
            "staff_id": actor.staff_id,
            "paper_used": bool(ending.serials),
            "at": place.at,
        }
        statements: list[Statement] = [(END, shared)]
        told: list[Entry] = []
        for serial in sorted(set(ending.serials)):
            more, held = await hold_rows(connection, actor, place, found["downtime_id"], serial)
            statements += more
            told += held
        facts = {
            "downtime": found["downtime_id"],
            "started_at": since.isoformat(),
            "over_at": over.isoformat(),
            "lists": sorted(set(ending.serials)),
        }
        told.append(unit_entry("downtime-over", actor, place, facts))
        answer = {"over_at": over, "rows_to_tell": len(told) - 1}
        return UnitWriting(answer, tuple(statements), tuple(told))

    return await act_at_unit(wiring, token, key, "end downtime", ending, build, roles=HANDS_OUT)


async def name_list(wiring: Wiring, token: str | None, serial: int, key: str) -> UnitAnswer:
    """Another list turned out to be in use: its rows must be told, too.

    Raises Conflict when no downtime is being entered, and NotFound for a list of another unit.
    """

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        found = await open_downtime(connection, actor.unit_id)
        if found["over_at"] is None:
            raise Conflict("end the downtime first", slug="downtime-runs")
        statements, told = await hold_rows(connection, actor, place, found["downtime_id"], serial)
        facts = {"downtime": found["downtime_id"], "serial": serial}
        told.append(unit_entry("paper-list-named", actor, place, facts))
        return UnitWriting({"rows_to_tell": len(told) - 1}, tuple(statements), tuple(told))

    return await act_at_unit(wiring, token, key, "name list", serial, build, roles=HANDS_OUT)


async def hold_rows(
    connection: AsyncConnection[Any], actor: Actor, place: Place, downtime_id: int, serial: int
) -> tuple[list[Statement], list[Entry]]:
    """Locks the people whom a list would have given something, and holds each by the row.

    A record merged since the list was printed holds its survivor: theirs is the next dose.
    """
    printed = await load_list(connection, actor.unit_id, serial, render=False)
    told = {
        row[0] for row in await (await connection.execute(TOLD_ROWS, {"serial": serial})).fetchall()
    }
    rows = [row for row in printed.rows if row.may_give and row.row_no not in told]
    owners, seqs = await _lock_owners(connection, [row.person_id for row in rows])
    name = {"downtime_id": downtime_id, "serial": serial, "staff_id": actor.staff_id}
    statements: list[Statement] = [(NAME_LIST, name | {"at": place.at})]
    held: list[Entry] = []
    for row in rows:
        amount_ug = sum(dose[2] for dose in row.doses)
        person_id = owners[row.person_id]
        # Two rows may hold one human by now.
        seqs[person_id] += 1
        shared = {
            "person_id": person_id,
            "unit_id": actor.unit_id,
            "downtime_id": downtime_id,
            "serial": serial,
            "row_no": row.row_no,
            "for_day": printed.head.for_day,
            "amount_ug": amount_ug,
            "at": place.at,
        }
        # At once, so that the person's number is right when another list names them, too.
        await connection.execute(HOLD, shared)
        await connection.execute(ADVANCE, shared)
        act = Act(
            person_id,
            seqs[person_id],
            actor.unit_id,
            actor.staff_id,
            place.on,
            place.at,
        )
        held.append(entries.held(act, serial=serial, row_no=row.row_no, amount_ug=amount_ug))
    return statements, held


async def _lock_owners(
    connection: AsyncConnection[Any], people: Sequence[int]
) -> tuple[dict[int, int], dict[int, int]]:
    """Locks records and survivors; answers whose each record is, and everybody's event number."""
    wanted = set(people)
    while True:
        wanted |= set((await survivors(connection, people)).values())
        cursor = await connection.execute(LOCK_PEOPLE, {"people": list(wanted)})
        seqs = dict(await cursor.fetchall())
        owners = await survivors(connection, people)
        # One that was merged while this waited has a survivor nobody has locked yet.
        if set(owners.values()) <= wanted:
            return owners, seqs


async def leave(wiring: Wiring, token: str | None, key: str) -> UnitAnswer:
    """Leave the downtime: every row is told, and the stock counted since the paper was put away.

    Conflicts may still wait for a doctor; they go on holding their people and the day's closing.
    Raises Conflict while rows or counts are missing.
    """

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        found = await open_downtime(connection, actor.unit_id)
        if found["over_at"] is None:
            raise Conflict("end the downtime first", slug="downtime-runs")
        missing = await missing_rows(connection, actor.unit_id)
        if missing:
            raise Conflict("rows are missing", slug="paper-unresolved", unresolved=len(missing))
        if await uncounted(connection, actor.unit_id, found["over_at"]):
            raise Conflict("count the stock first", slug="stock-uncounted")
        shared = {
            "downtime_id": found["downtime_id"],
            "at": place.at,
            "staff_id": actor.staff_id,
        }
        facts = {"downtime": found["downtime_id"]}
        left = unit_entry("downtime-left", actor, place, facts)
        return UnitWriting({"left_at": place.at}, ((LEAVE, shared),), (left,))

    return await act_at_unit(wiring, token, key, "leave downtime", None, build, roles=HANDS_OUT)
