"""People's entries streamed from the ledger, one person after the other, in that person's order.

The server joins the payloads of a person into one text per chunk and sends them by COPY while they
are being worked on: neither side ever holds more than a few chunks, however long the ledger is.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from audit.history.payloads import DECISION_KINDS, ENTRIES, PERSON_KINDS, PersonEntry
from audit.history.units import UNIT_KINDS, Units

#: Entries of a person in one chunk.
CHUNK = 100

_UNITS = """
SELECT seq, payload FROM ledger_payload
WHERE kind = ANY (%(kinds)s) AND payload IS NOT NULL ORDER BY chain_id, seq
"""
# The kind stands first, so that a decoder knows at once what follows. An erased payload is told of
# in its place. By the index of a person's own order: nothing is sorted.
_PEOPLE = """
COPY (
    SELECT person_id, string_agg(
        CASE WHEN payload IS NULL
            THEN convert_to('{{"kind":"erased","was":"' || kind || '","seq":' || seq || '}}',
                'UTF8')
            ELSE convert_to('{{"kind":"' || kind || '","seq":' || seq || ',', 'UTF8')
                || substr(payload, 2) END,
        '\\x0a'::bytea ORDER BY person_seq)
    FROM ledger_payload
    WHERE person_id IS NOT NULL AND person_seq IS NOT NULL AND kind = ANY ({kinds})
        AND (on_day <= {until} OR payload IS NULL) {people}
    GROUP BY person_id, person_seq / {chunk}
    ORDER BY person_id, person_seq / {chunk}
) TO STDOUT (FORMAT BINARY)
"""
_OF_UNIT = """
AND person_id IN (SELECT person_id FROM ledger_payload
    WHERE kind = ANY ({decisions}) AND unit_id = {unit})
"""
_EXPECTED = """
SELECT count(*) FROM ledger_payload WHERE kind = ANY (%(kinds)s) AND person_seq IS NOT NULL
    AND (on_day BETWEEN %(first)s AND %(last)s OR payload IS NULL)
    AND (%(unit)s::int IS NULL OR unit_id = %(unit)s OR payload IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions are asked for: of which days, and of one unit or all."""

    first: date
    last: date
    unit_id: int | None = None


def read_units(connection: psycopg.Connection[Any]) -> Units:
    """All that is known of the places."""
    found = connection.execute(_UNITS, {"kinds": list(UNIT_KINDS)}).fetchall()
    return Units([(int(seq), bytes(payload)) for seq, payload in found])


def count_decisions(connection: psycopg.Connection[Any], wanted: Wanted) -> int:
    """How many decisions the ledger holds of these days, erased ones of any day included."""
    asked = {
        "kinds": list(DECISION_KINDS),
        "first": wanted.first,
        "last": wanted.last,
        "unit": wanted.unit_id,
    }
    row = connection.execute(_EXPECTED, asked).fetchone()
    return int(row[0]) if row is not None else 0


def read_people(
    connection: psycopg.Connection[Any], wanted: Wanted
) -> Generator[tuple[int, Sequence[PersonEntry]]]:
    """(person, next entries in order): a person's chunks follow each other.

    Raises psycopg.Error, and msgspec.DecodeError for a payload that is none of its kind.
    """
    connection.execute("SET LOCAL enable_seqscan = off")
    connection.execute("SET LOCAL enable_sort = off")
    people: sql.Composable = sql.SQL("")
    if wanted.unit_id is not None:
        decisions = sql.Literal(list(DECISION_KINDS))
        people = sql.SQL(_OF_UNIT).format(decisions=decisions, unit=sql.Literal(wanted.unit_id))
    statement = sql.SQL(_PEOPLE).format(
        kinds=sql.Literal(list(PERSON_KINDS)),
        until=sql.Literal(wanted.last),
        people=people,
        chunk=sql.Literal(CHUNK),
    )
    decode = ENTRIES.decode_lines
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["int8", "bytea"])
        for person_id, lines in copy.rows():
            yield person_id, decode(lines)
