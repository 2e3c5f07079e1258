"""The card scanned between pouring and giving: the next in line cannot get this person's dose.

Whoever scans a card while a dose stands poured must scan the right one before the dose is given,
or write why not. A unit may demand the card at every hand-out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg import AsyncConnection

from dispensing.counter.loading import Desk
from dispensing.errors import Conflict
from dispensing.people.sessions import token_hash
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit, unit_entry
from dispensing.wiring import Wiring

CardState = Literal["", "matched", "other", "wanted"]

KEEP_SCAN = """
UPDATE staff_session SET scanned_code = %(code)s, scanned_at = clock_timestamp()
WHERE session_hash = %(session_hash)s AND ended_at IS NULL
"""
SCANNED_SINCE = """
SELECT ss.scanned_code FROM staff_session ss JOIN reservation r
    ON r.reservation_id = %(reservation_id)s AND ss.scanned_at > r.reserved_at
WHERE ss.session_hash = %(session_hash)s
"""
# Poured at this counter for somebody else, and not told the end of.
POURED_HERE = """
SELECT DISTINCT p.person_id, p.given_name, p.family_name, r.reserved_at
FROM claim c JOIN reservation r USING (reservation_id) JOIN person p ON p.person_id = c.person_id
WHERE c.state <> 'given' AND c.unit_id = %(unit_id)s AND r.counter_id = %(counter_id)s
    AND c.person_id <> %(person_id)s
ORDER BY r.reserved_at
"""
DEMAND = "UPDATE unit SET card_at_given = %(demanded)s WHERE unit_id = %(unit_id)s"


@dataclass(frozen=True, slots=True)
class PouredFor:
    """Somebody else whose dose stands poured at this counter."""

    person_id: int
    given_name: str
    family_name: str
    reserved_at: datetime


def card_facts(
    desk: Desk, sent: str | None, scanned: str | None, without_card: str | None, *, told: bool
) -> Mapping[str, object]:
    """What the entry says of the card. Raises Conflict for another person's, or a demanded one.

    ``sent`` is what the client says was scanned, ``scanned`` what this session scanned since the
    dose was poured; ``without_card`` is the written reason to go on; ``told`` means that an
    uncertain dose is told of afterwards, when nobody stands at the counter.
    """
    code = sent or scanned
    state = card_state(desk, code)
    if without_card is not None and state != "matched":
        return {"card": state or "not scanned", "without_card": without_card}
    if state == "other":
        raise Conflict(
            "the card scanned is another person's: do not give; scan this person's card, or write"
            " why it is given without",
            slug="card-mismatch",
        )
    if state == "wanted" and not told:
        raise Conflict(
            "this unit demands the card when a dose is given; scan it, or write why not",
            slug="card-needed",
        )
    return {"card": "matched"} if state == "matched" else {}


def card_state(desk: Desk, code: str | None) -> CardState:
    """How the card scanned fits the person: not scanned, theirs, another's, or still wanted."""
    if code is None:
        return "wanted" if desk.card_at_given else ""
    return "matched" if code.strip().upper() in desk.card_codes else "other"


async def keep_scan(connection: AsyncConnection[Any], token: str, code: str) -> None:
    """Remember the card that a session scanned last."""
    await connection.execute(KEEP_SCAN, {"code": code, "session_hash": token_hash(token)})


async def scanned_since(wiring: Wiring, token: str, reservation_id: int) -> str | None:
    """The card this session scanned last since the reservation was made, if any."""
    asked = {"reservation_id": reservation_id, "session_hash": token_hash(token)}
    async with wiring.pool.connection() as connection:
        row = await (await connection.execute(SCANNED_SINCE, asked)).fetchone()
        await connection.commit()
    return row[0] if row else None


async def poured_here(
    wiring: Wiring, unit_id: int, counter_id: int | None, person_id: int
) -> list[PouredFor]:
    """Others whose dose stands poured at this counter, the longest first."""
    asked = {"unit_id": unit_id, "counter_id": counter_id, "person_id": person_id}
    async with wiring.pool.connection() as connection:
        rows = await (await connection.execute(POURED_HERE, asked)).fetchall()
        await connection.commit()
    return [PouredFor(*row) for row in rows]


async def demand_card(wiring: Wiring, token: str | None, demanded: bool, key: str) -> UnitAnswer:
    """An administrator decides whether the unit demands the card when a dose is given."""

    async def build(connection: AsyncConnection[Any], actor: Any, place: Place) -> UnitWriting:
        entry = unit_entry("card-at-given-set", actor, place, {"demanded": demanded})
        statement = (DEMAND, {"demanded": demanded, "unit_id": place.unit_id})
        return UnitWriting({"demanded": demanded}, (statement,), (entry,))

    roles = ("administrator",)
    return await act_at_unit(wiring, token, key, "demand card", demanded, build, roles=roles)
