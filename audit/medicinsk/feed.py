"""The ledger streamed for the audit: one person after the other, only what an indicator reads.

The server joins a person's payloads into one text and sends them by COPY while others are being
counted: neither side ever holds more than a few people, however long the ledger is. By the index of
a person's own order, so nothing is sorted. What says nothing is left out at the server: a
reservation with no lift, an observation of no indkald day.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from audit.medicinsk.model import ChainRange
from audit.medicinsk.places import BookOf, Places
from audit.medicinsk.told import KINDS, TOLD, Told
from audit.medicinsk.told_units import UNIT_KINDS, UNIT_TOLD

_CHAINS = """
SELECT chain_id, institution, seq, encode(hash, 'hex') FROM ledger_head
WHERE purpose = 'clinical' ORDER BY chain_id
"""
_HASH_AT = """
SELECT encode(hash, 'hex') FROM ledger_entry WHERE chain_id = %(chain)s AND seq = %(seq)s
"""
# The kind stands first, so that a decoder knows at once what follows.
_LINE = """
CASE WHEN payload IS NULL
    THEN convert_to('{{"kind":"erased","was":"' || kind || '","chain":' || chain_id || '}}', 'UTF8')
    ELSE convert_to('{{"kind":"' || kind || '",', 'UTF8') || substr(payload, 2) END
"""
# Keys of a payload are in order and no text holds an unescaped quote: these bytes are the fact.
_SAYS = """
(payload IS NULL OR CASE kind
    WHEN 'handout-reserved' THEN position('"lifts":[]'::bytea IN payload) = 0
    WHEN 'observation-signed' THEN position('"indkald_day":null'::bytea IN payload) = 0
    ELSE true END)
"""
# Told of after the audit date, and about a day before it: a death, and a hand-out taken back.
_KNOWN_NOW = """
(kind = 'handout-reversed'
    OR (kind = 'person-ended' AND position('"status":"dead"'::bytea IN payload) > 0))
"""
_PEOPLE = f"""
COPY (
    SELECT person_id, string_agg({_LINE}, '\\x0a'::bytea ORDER BY person_seq)
    FROM ledger_payload
    WHERE person_id IS NOT NULL AND person_seq IS NOT NULL AND kind = ANY ({{kinds}})
        AND (on_day <= {{until}} OR payload IS NULL OR {_KNOWN_NOW}) AND {_SAYS}
        {{people}} {{within}}
    GROUP BY person_id ORDER BY person_id
) TO STDOUT (FORMAT BINARY)
"""
_OF_UNIT = """
AND person_id IN (SELECT person_id FROM ledger_payload WHERE kind = 'person-enrolled'
    AND (unit_id = {unit} OR (payload IS NULL AND chain_id = ANY ({chains}))))
"""
_UNITS = f"""
COPY (
    SELECT {_LINE} FROM ledger_payload
    WHERE chain_id = ANY ({{chains}}) AND person_id IS NULL AND kind = ANY ({{kinds}})
        AND (chain_id = ANY ({{stock}}) OR (kind NOT LIKE 'stock-%' AND kind <> 'day-closed'))
        AND (on_day <= {{until}} OR payload IS NULL) {{within}}
    ORDER BY chain_id, seq
) TO STDOUT (FORMAT BINARY)
"""
_MERGES = """
SELECT person_id, kind, payload FROM ledger_payload
WHERE kind IN ('person-absorbed', 'person-released') AND payload IS NOT NULL
    AND person_seq IS NOT NULL AND on_day <= %(until)s
ORDER BY person_id, person_seq
"""


class LedgerChanged(RuntimeError):
    """The ledger is not the one the figures were made from: an entry has another hash."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How far to read: up to a clinic day, and of each chain up to its head or a named entry."""

    until: date
    ranges: tuple[ChainRange, ...]
    #: Set where the figures of an earlier day are made again.
    bounded: bool = False


def ranges_now(connection: psycopg.Connection[Any]) -> tuple[ChainRange, ...]:
    """Every clinical chain as it stands."""
    rows = connection.execute(_CHAINS).fetchall()
    return tuple(ChainRange(chain, code, min(seq, 1), seq, head) for chain, code, seq, head in rows)


def check_ranges(connection: psycopg.Connection[Any], ranges: Sequence[ChainRange]) -> None:
    """Raise LedgerChanged where a chain does not hold the entry that is named as its last."""
    for one in ranges:
        if one.last_seq == 0:
            continue
        row = connection.execute(_HASH_AT, {"chain": one.chain_id, "seq": one.last_seq}).fetchone()
        if row is None or row[0] != one.head_hash:
            raise LedgerChanged(f"chain {one.chain_id}, entry {one.last_seq}")


def read_places(
    connection: psycopg.Connection[Any],
    reading: Reading,
    book_of: BookOf,
    stock_of: str | None = None,
) -> Places:
    """All that the chains tell of the units by then. ``book_of`` finds a book by id and hash.

    ``stock_of``: of stock and closed days only what the chain of this institution tells.
    """
    places = Places(book_of, [(one.chain_id, one.institution) for one in reading.ranges])
    statement = sql.SQL(_UNITS).format(
        chains=sql.Literal([one.chain_id for one in reading.ranges]),
        kinds=sql.Literal(list(UNIT_KINDS)),
        until=sql.Literal(reading.until),
        stock=sql.Literal(
            [one.chain_id for one in reading.ranges if stock_of in (None, one.institution)]
        ),
        within=_within(reading),
    )
    decode = UNIT_TOLD.decode
    # Few rows of many: read once from front to back, then put in order.
    connection.execute("SET LOCAL enable_indexscan = off")
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["bytea"])
        places.tell(decode(line) for (line,) in copy.rows())
    connection.execute("SET LOCAL enable_indexscan = on")
    return places


def read_people(
    connection: psycopg.Connection[Any],
    reading: Reading,
    unit: tuple[int, Sequence[int]] | None = None,
) -> Generator[tuple[int, list[Told]]]:
    """(person, all their entries in order), one person after the other.

    ``unit`` with its chains: only people who were ever enrolled there. Raises psycopg.Error, and
    msgspec.DecodeError for a payload that is none of its kind.
    """
    connection.execute("SET LOCAL enable_seqscan = off")
    connection.execute("SET LOCAL enable_sort = off")
    people: sql.Composable = sql.SQL("")
    if unit is not None:
        people = sql.SQL(_OF_UNIT).format(
            unit=sql.Literal(unit[0]), chains=sql.Literal(list(unit[1]))
        )
    statement = sql.SQL(_PEOPLE).format(
        kinds=sql.Literal(list(KINDS)),
        until=sql.Literal(reading.until),
        people=people,
        within=_within(reading),
    )
    decode = TOLD.decode_lines
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["int8", "bytea"])
        for person_id, lines in copy.rows():
            yield person_id, decode(lines)


def read_merges(connection: psycopg.Connection[Any], reading: Reading) -> Mapping[int, int]:
    """Absorbed records, and whose each is at the end."""
    found: dict[int, int] = {}
    for person_id, kind, payload in connection.execute(_MERGES, {"until": reading.until}):
        if kind == "person-absorbed":
            found[person_id] = int(json.loads(bytes(payload))["facts"]["survivor"])
        else:
            found.pop(person_id, None)
    return {one: _end_of(one, found) for one in found}


def _end_of(person_id: int, merges: Mapping[int, int]) -> int:
    seen = {person_id}
    while (following := merges.get(person_id)) is not None and following not in seen:
        person_id = following
        seen.add(person_id)
    return person_id


def _within(reading: Reading) -> sql.Composable:
    if not reading.bounded or not reading.ranges:
        return sql.SQL("")
    whens = [
        sql.SQL("WHEN {} THEN {}").format(sql.Literal(one.chain_id), sql.Literal(one.last_seq))
        for one in reading.ranges
    ]
    return sql.SQL("AND seq <= CASE chain_id {} ELSE 0 END").format(sql.SQL(" ").join(whens))
