"""A package that was found: which hand-out was it of? For doctors and administrators, and why.

Each use is an entry twice: among the clinical events and among the views. Who the person is, only
a doctor of the unit that handed it out is told. A code of no label of ours is said to be that; so
many of them in an hour, and nothing more is looked up.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from audit.ledger.entry import Entry
from dispensing.counter.ending import written
from dispensing.errors import TooManyRequests, Unprocessable
from dispensing.labels.codes import NotALabelCode, read_code
from dispensing.looks import record_view
from dispensing.people.sessions import Actor
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit, unit_entry
from dispensing.wiring import Wiring

ROLES = ("doctor", "administrator")
MOST_MISSES = 10
MISSES_WITHIN = timedelta(hours=1)

FIND = """
SELECT e.code, e.reservation_id, e.unit_id, u.name AS unit_name, e.for_day AS for_on, e.part,
    e.amount_ug, d.name AS product_name, t.lot, e.print_no, o.code IS NOT NULL AS void,
    e.printed_at, x.outcome, h.handed_over_at,
    left(s.given_name, 1) || '. ' || s.family_name AS handed_over_by,
    p.person_id, p.given_name || ' ' || p.family_name AS person_name, p.born_on
FROM label_of_code(%(code)s) e
JOIN reservation r USING (reservation_id) JOIN unit u ON u.unit_id = e.unit_id
JOIN product d ON d.code = r.product_code
LEFT JOIN bottle b ON b.bottle_id = r.bottle_id LEFT JOIN batch t USING (batch_id)
LEFT JOIN label_void o ON o.code = e.code
LEFT JOIN resolution x ON x.reservation_id = e.reservation_id
LEFT JOIN handover h ON (h.reservation_id, h.for_day, h.part)
    = (e.reservation_id, e.for_day, e.part)
LEFT JOIN staff s ON s.staff_id = h.handed_over_by
JOIN person w ON w.person_id = e.person_id
JOIN person p ON p.person_id = coalesce(w.merged_into_id, w.person_id)
"""
MISSES = """
SELECT count(*) FROM package_trace WHERE traced_by = %(staff_id)s AND code IS NULL
    AND traced_at > %(since)s
"""
RECORD = """
INSERT INTO package_trace (unit_id, code, person_shown, reason, traced_by, traced_at)
VALUES (%(unit_id)s, %(code)s, %(person_shown)s, %(reason)s, %(staff_id)s, %(at)s)
"""
# One at a time for one person, so that the misses are counted.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('package_trace'), %(staff_id)s)"

SHOWN = (
    *("unit_name", "for_on", "part", "amount_ug", "product_name", "lot", "print_no", "void"),
    *("printed_at", "outcome", "handed_over_at", "handed_over_by"),
)
OF_THE_PERSON = ("person_id", "person_name", "born_on")


async def trace_package(
    wiring: Wiring, token: str | None, text: str, reason: str, key: str
) -> UnitAnswer:
    """What hand-out a found package's label is of; the answer's ``found`` is false for none.

    Raises Forbidden, Unprocessable for what is no label's code or without a reason, and
    TooManyRequests after ten wrong codes within an hour.
    """
    why = written(reason)
    try:
        code = read_code(text)
    except NotALabelCode as error:
        raise Unprocessable(str(error), field="label_code") from None

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        who = {"staff_id": actor.staff_id, "since": place.at - MISSES_WITHIN}
        await connection.execute(ONE_AT_A_TIME, who)
        misses = await (await connection.execute(MISSES, who)).fetchone()
        if misses is None or misses[0] >= MOST_MISSES:
            raise TooManyRequests(
                "too many wrong codes within an hour: read the label again later",
                slug="too-many-wrong-codes",
            )
        async with connection.cursor(row_factory=dict_row) as cursor:
            row = await (await cursor.execute(FIND, {"code": code})).fetchone()
        whole = row is not None and actor.role == "doctor" and actor.unit_id == row["unit_id"]
        facts: dict[str, object] = {
            "reason": why,
            "reservation": row["reservation_id"] if row else None,
            "label": code if row else None,
            "person_shown": whole,
        }
        await _append_view(wiring, connection, actor, facts, row if whole else None)
        record = {
            "unit_id": actor.unit_id,
            "code": code if row else None,
            "person_shown": whole,
            "reason": why,
            "staff_id": actor.staff_id,
            "at": place.at,
        }
        entry = unit_entry("package-traced", actor, place, facts)
        return UnitWriting(_answer(row, whole), ((RECORD, record),), (entry,))

    return await act_at_unit(wiring, token, key, "trace package", [code, why], build, roles=ROLES)


def _answer(row: Mapping[str, Any] | None, whole: bool) -> Mapping[str, Any]:
    if row is None:
        return {"found": False, "package": None}
    shown = SHOWN + OF_THE_PERSON if whole else SHOWN
    return {"found": True, "package": {name: row[name] for name in shown}}


async def _append_view(
    wiring: Wiring,
    connection: AsyncConnection[Any],
    actor: Actor,
    facts: Mapping[str, object],
    row: Mapping[str, Any] | None,
) -> None:
    """The look-up among the views; it names the person where the person was shown."""
    viewed = Entry(
        kind="package-traced",
        person_id=row["person_id"] if row else None,
        unit_id=actor.unit_id,
        actor_id=actor.staff_id,
        facts={"at": actor.now.isoformat(), **facts},
    )
    await record_view(wiring, connection, actor, viewed)
