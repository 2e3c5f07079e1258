"""What a backup put back unseen does to one chain: its newest entries were never there."""

from typing import Any

import psycopg

from tests.clusters import Database

OFF = """
ALTER TABLE ledger_entry DISABLE TRIGGER ALL; ALTER TABLE ledger_payload DISABLE TRIGGER ALL;
ALTER TABLE ledger_head DISABLE TRIGGER ALL;
"""
ON = """
ALTER TABLE ledger_entry ENABLE TRIGGER ALL; ALTER TABLE ledger_payload ENABLE TRIGGER ALL;
ALTER TABLE ledger_head ENABLE TRIGGER ALL;
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER never_changes;
ALTER TABLE ledger_payload ENABLE ALWAYS TRIGGER never_changes;
ALTER TABLE ledger_payload ENABLE ALWAYS TRIGGER only_erased;
ALTER TABLE ledger_head ENABLE ALWAYS TRIGGER never_changes;
"""
Head = tuple[int, bytes, Any]


def head_of(database: Database, chain_id: int) -> Head:
    """Number, hash and moment of a chain's last entry."""
    with psycopg.connect(database.superuser_url) as reading:
        row = reading.execute(
            "SELECT seq, hash, last_at FROM ledger_head WHERE chain_id = %s", (chain_id,)
        ).fetchone()
    assert row is not None
    return row


def forget(database: Database, chain_id: int, head: Head) -> None:
    """Set a chain back to where it was."""
    with psycopg.connect(database.superuser_url) as owner:
        owner.execute(OFF)
        beyond = (chain_id, head[0])
        owner.execute("DELETE FROM ledger_payload WHERE chain_id = %s AND seq > %s", beyond)
        owner.execute("DELETE FROM ledger_entry WHERE chain_id = %s AND seq > %s", beyond)
        owner.execute(
            "UPDATE ledger_head SET seq = %s, hash = %s, last_at = %s WHERE chain_id = %s",
            (*head, chain_id),
        )
        owner.execute(ON)
