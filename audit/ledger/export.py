"""Writes a ledger into one file that anybody can verify without the service (`export_format`).

The file holds everything in the ledger, people included: keep it as you keep a backup. One snapshot
is read; memory does not grow with the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import psycopg
from psycopg.rows import tuple_row

from audit.ledger.export_writing import Line, write_beginning, write_chain, write_end
from audit.ledger.note import NoteError, read_note
from audit.ledger.stretch import ENTRIES, HIGHEST, LOWEST, PAYLOADS, cursor_of, fetched

_CHAINS = """
SELECT c.chain_id, h.institution, h.purpose, h.seq, h.hash,
       (extract(epoch FROM h.last_at) * 1000000)::bigint
  FROM (SELECT chain_id FROM ledger_head UNION SELECT DISTINCT chain_id FROM ledger_entry
        UNION SELECT DISTINCT chain_id FROM ledger_payload) c
  LEFT JOIN ledger_head h USING (chain_id) ORDER BY c.chain_id
"""
_CHECKPOINTS = """
SELECT c.note, ARRAY(SELECT s.line FROM ledger_cosignature s
    WHERE s.origin = c.origin AND s.size = c.size ORDER BY s.cosignature_id)
  FROM ledger_checkpoint c ORDER BY c.chain_id, c.made_at, c.size
"""
_SUCCESSIONS = "SELECT note FROM ledger_succession ORDER BY chain_id, made_at"
_MADE = "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    chains: int
    entries: int
    checkpoints: int


def export(
    connection: psycopg.Connection[Any], out: BinaryIO, keys: Iterable[str] = ()
) -> Exported:
    """Write every chain to `out`, as any role that may read the ledger.

    `keys` are the public keys of the signer, as lines: for convenience only, whoever verifies has
    them from elsewhere. The connection's transaction should be REPEATABLE READ.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        made = cursor.execute(_MADE).fetchall()[0][0]
        chains = cursor.execute(_CHAINS).fetchall()
        successions = [note for (note,) in cursor.execute(_SUCCESSIONS).fetchall()]
    checkpoints = write_beginning(out, made, keys, _checkpoints(connection), successions)
    entries = 0
    for chain_id, institution, purpose, *head in chains:
        known = None if head[0] is None else (head[0], head[1], head[2])
        lines = _paired(connection, chain_id)
        entries += write_chain(out, chain_id, institution, purpose, known, lines)
    write_end(out, len(chains), entries)
    return Exported(len(chains), entries, checkpoints)


def with_lines(note: str, lines: Iterable[str]) -> str:
    """A note with cosignatures under it; what is no signature line is left out."""
    try:
        read = read_note(note)
        for line in lines:
            read = read.with_signature(read_note(f"x\n\n{line}").signatures[0])
    except NoteError:
        # Told as it stands: whoever verifies says what is wrong with it.
        return note
    return str(read)


def _checkpoints(connection: psycopg.Connection[Any]) -> Iterator[str]:
    with cursor_of(connection, "ledger_checkpoints") as cursor:
        cursor.execute(_CHECKPOINTS)
        for note, lines in fetched(cursor):
            yield with_lines(note, lines)


def _paired(connection: psycopg.Connection[Any], chain_id: int) -> Iterator[Line]:
    """Entries and payload rows side by side, by number."""
    bounds = (chain_id, LOWEST, HIGHEST)
    with (
        cursor_of(connection, "ledger_entries") as entry_cursor,
        cursor_of(connection, "ledger_payloads") as payload_cursor,
    ):
        entry_cursor.execute(ENTRIES, bounds, binary=True)
        payload_cursor.execute(PAYLOADS, bounds, binary=True)
        payloads = fetched(payload_cursor)
        beside = next(payloads, None)
        for entry in fetched(entry_cursor):
            while beside is not None and beside[0] < entry[0]:
                yield None, beside
                beside = next(payloads, None)
            if beside is not None and beside[0] == entry[0]:
                yield entry, beside
                beside = next(payloads, None)
            else:
                yield entry, None
        while beside is not None:
            yield None, beside
            beside = next(payloads, None)
