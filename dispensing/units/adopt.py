"""A unit decides by another rule book from a day on. What was decided before stays as it was.

The row and the ledger entry are written in one transaction. The first possible day is tomorrow in
the unit's zone: no day is ever judged by two books, and none by a book that came later.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row, dict_row

from audit.ledger.append import APPEND_SQL, append_parameters
from audit.ledger.entry import seal
from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.units.entries import rule_book_adopted
from dosing_rules import RuleBook

_UNIT = """
SELECT u.unit_id, u.name, u.clinical_chain, clock_timestamp() AS at,
    (clock_timestamp() AT TIME ZONE u.zone)::date AS today,
    (SELECT b.book_id FROM unit_rule_book b WHERE b.unit_id = u.unit_id
        AND b.from_on <= %(from_on)s ORDER BY b.from_on DESC LIMIT 1) AS before_id,
    (SELECT min(b.book_sha256) FROM unit_rule_book b WHERE b.book_id = %(book_id)s
        AND b.book_sha256 <> %(sha256)s) AS other_sha256,
    (SELECT s.staff_id FROM staff s WHERE s.unit_id = u.unit_id AND s.username = %(by)s
        AND s.role IN ('doctor', 'administrator')) AS actor_id
FROM unit u WHERE u.code = %(unit)s
"""
_ADOPT = """
INSERT INTO unit_rule_book (unit_id, from_on, book_id, book_sha256)
VALUES (%(unit_id)s, %(from_on)s, %(book_id)s, %(sha256)s)
"""


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was written: from which day which book decides, and where the ledger says so."""

    unit_id: int
    unit_name: str
    book_id: str
    sha256: str
    from_on: date
    before_id: str | None
    seq: int


@dataclass(frozen=True, slots=True)
class _Unit:
    unit_id: int
    name: str
    clinical_chain: int
    at: datetime
    today: date
    before_id: str | None
    other_sha256: str | None
    actor_id: int | None


def adopt_book(
    connection: psycopg.Connection[Any],
    *,
    unit: str,
    book: RuleBook,
    from_on: date,
    key: bytes,
    by: str | None = None,
) -> Adopted:
    """Let the unit of that code decide by ``book`` from ``from_on``; commits.

    ``key`` is the ledger entry's 32 random bytes, ``by`` the username of a doctor or administrator
    of the unit. Raises NotFound for an unknown unit or person, Unprocessable for a day that is not
    ahead or before the book holds, and Conflict where the day has a book already, the unit decides
    by this one already, or other bytes were once adopted under the same id.
    """
    asked = {
        "unit": unit,
        "from_on": from_on,
        "book_id": book.id,
        "sha256": book.sha256,
        "by": by,
    }
    with connection.transaction():
        # Two who adopt at once are told apart by the first to come.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('adopt a rule book'))")
        with connection.cursor(row_factory=class_row(_Unit)) as cursor:
            found = cursor.execute(_UNIT, asked).fetchone()
        found = _allowed(found, book, from_on, by)
        try:
            connection.execute(_ADOPT, asked | {"unit_id": found.unit_id})
        except UniqueViolation as taken:
            raise Conflict(f"another book is planned from {from_on} already") from taken
        entry = rule_book_adopted(
            found.unit_id,
            found.actor_id,
            found.today,
            found.at,
            from_on=from_on,
            book=(book.id, book.sha256),
        )
        with connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(APPEND_SQL, append_parameters(seal(entry, key), found.clinical_chain))
            appended = cursor.fetchone()
        assert appended is not None
    return Adopted(
        found.unit_id,
        found.name,
        book.id,
        book.sha256,
        from_on,
        found.before_id,
        appended["seq"],
    )


def _allowed(found: _Unit | None, book: RuleBook, from_on: date, by: str | None) -> _Unit:
    if found is None:
        raise NotFound("no unit of that code")
    if by is not None and found.actor_id is None:
        raise NotFound("no doctor or administrator of that name at the unit")
    if from_on <= found.today:
        raise Unprocessable(
            f"a book holds from tomorrow ({found.today} is today) or later", field="from"
        )
    if from_on < book.valid_from:
        raise Unprocessable(f"{book.id} holds from {book.valid_from}", field="from")
    if found.other_sha256 is not None:
        raise Conflict(f"other bytes were adopted as {book.id} before: the file was edited")
    if found.before_id == book.id:
        raise Conflict(f"the unit decides by {book.id} on that day already")
    return found
