"""What a pharmacy tells the clinic: somebody did not come, or something was odd."""

from datetime import date, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection

from audit.ledger.entry import Entry
from dispensing.acts import Act
from dispensing.counter import closing, entries
from dispensing.counter.notices import TELL
from dispensing.counter.other_chain import pharmacy_told
from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.once_per_key import Statement
from dispensing.people.sessions import HANDS_OUT, Actor
from dispensing.treatment.deciding import words
from dispensing.treatment.supply.reading import SupplyOrder, load_supply_orders
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit, unit_entry
from dispensing.wiring import Wiring

#: A missed day is told within this time; later it is told by closing the day.
TOLD_WITHIN = timedelta(days=14)
LOCK = "SELECT event_seq, unit_id FROM person WHERE person_id = %(person_id)s FOR UPDATE"
ADVANCE = """
UPDATE person SET event_seq = event_seq + %(count)s WHERE person_id = %(person_id)s
"""
PLANNED = f"""
SELECT x.planned_ug, x.night FROM ({closing.PLANNED_BUT_NOT_FETCHED}) x
WHERE x.person_id = %(person_id)s ORDER BY x.night
"""
MISSED_ALREADY = "SELECT 1 FROM missed_dose WHERE person_id = %(person_id)s AND day = %(day)s"
# Days in a row without a dose, this one included; none where nothing was ever had.
WITHOUT = """
SELECT %(day)s::date - max(c.for_day) FROM claim c
WHERE c.person_id = %(person_id)s AND c.state = 'given' AND c.for_day < %(day)s
"""


async def _supplied(
    connection: AsyncConnection[Any], actor: Actor, supply_id: int
) -> tuple[SupplyOrder, int, int]:
    """The order with the person locked: event number, and the unit that treats. NotFound else."""
    found = await load_supply_orders(connection, actor.unit_id, supply_id)
    if not found or found[0].over:
        raise NotFound("no such supply order here")
    asked = {"person_id": found[0].person_id}
    row = await (await connection.execute(LOCK, asked)).fetchone()
    found = await load_supply_orders(connection, actor.unit_id, supply_id)
    if row is None or found[0].over:
        raise NotFound("no such supply order here")
    return found[0], int(row[0]), int(row[1])


def _act(order: SupplyOrder, seq: int, actor: Actor, place: Place, on: date) -> Act:
    return Act(order.person_id, seq, actor.unit_id, actor.staff_id, on, place.at)


def _told_doctors(
    kind: str, facts: dict[str, object], unit_id: int, act: Act
) -> tuple[Statement, Entry]:
    """A notice to the doctors of the unit that treats."""
    row = {
        "person_id": act.person_id,
        "unit_id": unit_id,
        "kind": kind,
        "facts": msgspec.json.encode(facts).decode(),
        "staff_id": act.actor_id,
        "at": act.at,
    }
    return (TELL, row), entries.doctor_told(act, notice=kind, facts=facts)


def _heard(unit_id: int, actor: Actor, place: Place, what: str) -> tuple[tuple[int, Entry], ...]:
    told = pharmacy_told(
        unit_id, actor.staff_id, place.on, place.at, by_unit=actor.unit_id, what=what
    )
    return ((unit_id, told),)


async def report_missed(
    wiring: Wiring, token: str, supply_id: int, day: date, key: str
) -> UnitAnswer:
    """Somebody did not come on a day at this pharmacy, today or lately; told twice it is once.

    Doctors are told where so many days in a row are without a dose that they are asked. Raises
    NotFound, Unprocessable for a day to come or long over, and Conflict (``not-missed``) where
    nothing was planned here that day, or a dose of it is taken.
    """

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        if not place.on - TOLD_WITHIN <= day <= place.on:
            raise Unprocessable("today, or a day of the last two weeks", field="day")
        # Whoever closes the day just now is first, or second.
        await connection.execute(
            "SELECT pg_advisory_xact_lock(%s)", (closing.CLOSING + actor.unit_id,)
        )
        order, seq, treating = await _supplied(connection, actor, supply_id)
        asked: dict[str, Any] = {
            "person_id": order.person_id,
            "unit_id": actor.unit_id,
            "day": day,
            "people": [order.person_id],
        }
        answer = {"supply_id": supply_id, "day": day, "missed": True}
        planned = await (await connection.execute(PLANNED, asked)).fetchall()
        if not planned:
            if await (await connection.execute(MISSED_ALREADY, asked)).fetchone() is None:
                raise Conflict("nothing of that day is missing here", slug="not-missed")
            again = unit_entry("missed-told-again", actor, place, {"supply": supply_id})
            return UnitWriting(answer, (), (again,))
        written: list[Entry] = [
            entries.missed(
                _act(order, seq + 1 + number, actor, place, day), planned_ug=ug, night=night
            )
            for number, (ug, night) in enumerate(planned)
        ]
        statements: list[Statement] = [
            (
                closing.RECORD_MISSED,
                asked
                | {
                    "people": [order.person_id] * len(planned),
                    "planned_ug": [ug for ug, _ in planned],
                    "nights": [night for _, night in planned],
                },
            )
        ]
        without = await (await connection.execute(WITHOUT, asked)).fetchone()
        days = without[0] if without is not None else None
        asks = next((one["days"] for one in order.stop_rules if "days" in one), None)
        if days is not None and asks is not None and days >= asks:
            act = _act(order, seq + 1 + len(written), actor, place, place.on)
            facts: dict[str, object] = {"days": days, "pharmacy": actor.unit_name}
            statement, entry = _told_doctors("supply-missed", facts, treating, act)
            statements.append(statement)
            written.append(entry)
        statements.insert(0, (ADVANCE, asked | {"count": len(written)}))
        # Their page hears it; of the missed day alone nobody has to be woken.
        heard = _heard(treating, actor, place, "missed") if len(written) > len(planned) else ()
        return UnitWriting(answer, tuple(statements), tuple(written), 201, elsewhere=heard)

    verb = f"missed {supply_id}"
    return await act_at_unit(wiring, token, key, verb, day, build, roles=HANDS_OUT)


async def report_oddity(
    wiring: Wiring, token: str, supply_id: int, text: str, key: str
) -> UnitAnswer:
    """Something the clinic's doctors should know of: it stands with them until one has read it.

    Raises NotFound, and Unprocessable for a text that is none or holds a CPR number.
    """
    said = words(text, "text")

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        order, seq, treating = await _supplied(connection, actor, supply_id)
        facts: dict[str, object] = {"text": said, "pharmacy": actor.unit_name}
        act = _act(order, seq + 1, actor, place, place.on)
        statement, entry = _told_doctors("supply-oddity", facts, treating, act)
        advance: Statement = (ADVANCE, {"person_id": order.person_id, "count": 1})
        heard = _heard(treating, actor, place, "oddity")
        answer = {"supply_id": supply_id}
        return UnitWriting(answer, (advance, statement), (entry,), 201, elsewhere=heard)

    verb = f"oddity {supply_id}"
    return await act_at_unit(wiring, token, key, verb, said, build, roles=HANDS_OUT)
