"""H23: random tamperings by a superuser in a real database, exported and verified from outside."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path

import psycopg
import pytest

from audit.ledger.export import export
from audit.ledger.logbook import Logbook
from audit.ledger.note import public_key
from audit.ledger.offline import Report, verify_file
from audit.ledger.receipts import Receipt
from audit.ledger.signer import sign_all
from tests.audit.ledgers import Connection, erase, write_small_ledger
from tests.audit.test_verify import TAMPERINGS, UNGUARDED
from tests.clusters import Database

ROUNDS = int(os.environ.get("TAMPER_DATABASE_ROUNDS") or 300)

# As the database's own functions link, and the head set to where the chain now ends.
RELINK = """
DO $$ DECLARE head record; one record; before bytea; BEGIN
    FOR head IN SELECT * FROM ledger_head LOOP
        before := sha256('\\x02'::bytea || convert_to(head.purpose, 'UTF8') || '\\x00'::bytea
            || convert_to(head.institution, 'UTF8'));
        FOR one IN SELECT ctid, * FROM ledger_entry
            WHERE chain_id = head.chain_id ORDER BY seq LOOP
            before := sha256('\\x00'::bytea || before || int8send(one.seq)
                || int8send((extract(epoch FROM one.recorded_at) * 1000000)::bigint) || one.body);
            UPDATE ledger_entry SET hash = before WHERE ctid = one.ctid;
        END LOOP;
        UPDATE ledger_head SET hash = before,
            seq = coalesce((SELECT max(seq) FROM ledger_entry e
                WHERE e.chain_id = head.chain_id), 0),
            last_at = (SELECT max(recorded_at) FROM ledger_entry e
                WHERE e.chain_id = head.chain_id)
         WHERE chain_id = head.chain_id;
    END LOOP;
END $$
"""


@pytest.fixture
def logbook(tmp_path: Path) -> Logbook:
    made = Logbook(tmp_path / "signer")
    made.begin("ledger.test", (bytes(32), bytes(32)))
    return made


def verified(connection: Connection, logbook: Logbook, receipts: list[Receipt], at: Path) -> Report:
    out = io.BytesIO()
    export(connection, out)
    at.write_bytes(out.getvalue())
    keys = [public_key(line) for line in logbook.public_lines()]
    kept = [one.note for log in logbook.logs() for one in logbook.signed(log.chain_id)]
    return verify_file(
        at, keys=keys, checkpoints=kept, receipts=receipts, seed=bytes(16), processes=1
    )


def test_random_tamperings_of_real_tables_are_all_found(
    database: Database, logbook: Logbook, tmp_path: Path
) -> None:
    """H23: one to three statements, and in half of the rounds every hash computed anew."""
    chance = random.Random(20261202)
    north, _, _ = write_small_ledger(database.app_url, chance)
    assert erase(database.superuser_url, north, [3, 4], 29) == 2
    with psycopg.connect(database.signer_url) as signing:
        sign_all(signing, logbook)
    with psycopg.connect(database.auditor_url) as reading:
        receipts = [
            Receipt(chain, seq, bytes(hash_).hex())
            for chain, seq, hash_ in reading.execute("SELECT chain_id, seq, hash FROM ledger_head")
        ]
    path, missed, done = tmp_path / "ledger", list[str](), 0
    with psycopg.connect(database.superuser_url) as connection:
        assert verified(connection, logbook, receipts, path).findings == []
        connection.execute(UNGUARDED)
        # Computed anew without a tampering it is the same ledger: the forger's arithmetic is ours.
        connection.execute(RELINK)
        assert verified(connection, logbook, receipts, path).findings == []
        connection.commit()
        honest = path.read_bytes().partition(b"\n")[2]
        while done < ROUNDS:
            names = chance.sample(sorted(TAMPERINGS), chance.choice((1, 1, 1, 2, 3)))
            anew = chance.random() < 0.5
            try:
                for name in names:
                    TAMPERINGS[name](connection, chance)
                if anew:
                    connection.execute(RELINK)
            except (psycopg.Error, IndexError, ValueError):
                # One undid what the next was to change.
                connection.rollback()
                continue
            report = verified(connection, logbook, receipts, path)
            connection.rollback()
            if path.read_bytes().partition(b"\n")[2] == honest:
                continue
            done += 1
            if report.sound:
                missed.append(f"{', '.join(names)}{', computed anew' if anew else ''}")
    assert missed == []
