"""What is out already when a doctor changes or ends something: doses at home, rows on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import AsyncConnection

from dispensing.counter.home_doses import IN_HAND, HomeDose, doses_from, expected_in_hand

# A row of a list that is out there may say that there is a dose: it is struck out by hand.
ON_PAPER = """
SELECT r.serial, r.row_no FROM person p JOIN unit u USING (unit_id),
    rows_still_giving(p.person_id, p.unit_id,
        ARRAY[(clock_timestamp() AT TIME ZONE u.zone)::date,
            (clock_timestamp() AT TIME ZONE u.zone)::date + 1]) r
WHERE p.person_id = %(person_id)s
"""


@dataclass(frozen=True, slots=True)
class Out:
    """What no decision calls back by itself.

    ``at_home``: how many doses may be in the person's hands, the last of them for ``until_on``;
    ``rows``: (list, row) of valid lists on paper that say that there is a dose.
    """

    at_home: int
    until_on: date | None
    rows: tuple[tuple[int, int], ...]


def out(home: Sequence[HomeDose], rows: Sequence[tuple[int, int]], today: date) -> Out:
    """The doses that nobody told the end of, and the rows."""
    days = [dose.for_on for dose in home if dose.in_hand and dose.for_on >= today]
    return Out(expected_in_hand(home, today).most, max(days, default=None), tuple(rows))


async def load_out(connection: AsyncConnection[Any], person_id: int, today: date) -> Out:
    """What of a person is out. The caller has asked who may see it."""
    about = {"person_id": person_id}
    row = await (await connection.execute(IN_HAND, about)).fetchone()
    assert row is not None, "one row, whoever it is about"
    return out(doses_from(row[0]), await on_paper(connection, person_id), today)


async def on_paper(connection: AsyncConnection[Any], person_id: int) -> list[tuple[int, int]]:
    """Rows, as (list, row), of valid lists on paper that say that there is a dose."""
    found = await connection.execute(ON_PAPER, {"person_id": person_id})
    return [(serial, row_no) for serial, row_no in await found.fetchall()]
