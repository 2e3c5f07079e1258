"""Indexes, constraints and checks put aside for a load and made again from their own definitions.

Everything happens in the load's one transaction: whoever looks from outside sees the schema whole,
before or after, and a load that breaks off leaves nothing changed.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

# Large tables, filled in no order an index would like.
LARGE = (
    "reservation",
    "resolution",
    "handover",
    "administration",
    "claim",
    "person_day",
    "stock_movement",
    "stock_act",
    "stock_count",
    "stock_count_line",
    "ledger_entry",
    "ledger_payload",
)
_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid)
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
  AND (contype = 'f' OR (contype IN ('p', 'u') AND conrelid::regclass::text = ANY (%s)))
ORDER BY contype = 'f' DESC, conrelid::regclass::text, conname
"""
_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i
WHERE i.indrelid::regclass::text = ANY (%s)
  AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
ORDER BY 1
"""
# Checks of the rows a statement adds. Without the indexes put aside here each COPY of a chunk would
# read the whole of `reservation` per row: a year took longer than anybody waits.
_CHECKS = """
SELECT tgrelid::regclass::text, tgname FROM pg_trigger
WHERE tgnewtable IS NOT NULL AND tgenabled = 'O' AND tgrelid::regclass::text = ANY (%s)
ORDER BY 1, 2
"""


class Aside:
    """What was put aside, and how to make it again."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        large = list(LARGE)
        self._constraints: Sequence[tuple[str, str, str, str]] = connection.execute(
            _CONSTRAINTS, [large]
        ).fetchall()
        self._indexes: Sequence[tuple[str, str]] = connection.execute(_INDEXES, [large]).fetchall()
        self._checks: Sequence[tuple[str, str]] = connection.execute(_CHECKS, [large]).fetchall()

    def put(self) -> None:
        """Drop them: references first, since they stand on the keys."""
        for table, name, _, _ in self._constraints:
            self._connection.execute(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                    sql.Identifier(table), sql.Identifier(name)
                )
            )
        for index, _ in self._indexes:
            self._connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(index)))
        for table, name in self._checks:
            self._connection.execute(self._trigger("DISABLE", table, name))

    def steps(self) -> list[sql.Composable]:
        """The statements that make all of it again: keys, indexes, references, and the checks of
        what is added from then on (a load begins with nothing they could object to)."""
        keys = [row for row in self._constraints if row[2] != "f"]
        references = [row for row in self._constraints if row[2] == "f"]
        made = [self._constraint(row) for row in keys]
        made += [sql.SQL(definition) for _, definition in self._indexes]  # type: ignore[arg-type]
        made += [self._constraint(row) for row in references]
        return made + [self._trigger("ENABLE", table, name) for table, name in self._checks]

    @staticmethod
    def _trigger(change: str, table: str, name: str) -> sql.Composable:
        return sql.SQL("ALTER TABLE {} {} TRIGGER {}").format(
            sql.Identifier(table),
            sql.SQL(change),  # type: ignore[arg-type]
            sql.Identifier(name),
        )

    @staticmethod
    def _constraint(row: tuple[str, str, str, str]) -> sql.Composable:
        table, name, _, definition = row
        return sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
            sql.Identifier(table),
            sql.Identifier(name),
            sql.SQL(definition),  # type: ignore[arg-type]
        )
