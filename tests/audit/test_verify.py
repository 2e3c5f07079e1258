"""Verifying: silent about an honest ledger, and it finds what a superuser tampered with."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from audit.ledger import Entry, genesis, link, seal, verify
from audit.ledger.chain import microseconds
from audit.ledger.verify import verify_connection, verify_database
from tests.audit.ledgers import append, erase, given, open_chain, write_small_ledger

Connection = psycopg.Connection[Any]
ROUNDS = 12

#: A superuser first takes away whatever the tables themselves would say.
UNGUARDED = """
ALTER TABLE ledger_entry DISABLE TRIGGER ALL;
ALTER TABLE ledger_payload DISABLE TRIGGER ALL;
ALTER TABLE ledger_head DISABLE TRIGGER ALL;
ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_pkey;
ALTER TABLE ledger_payload DROP CONSTRAINT ledger_payload_pkey;
DROP INDEX ledger_payload_person_order;
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
                WHERE contype = 'c' AND conrelid::regclass::text LIKE 'ledger%' LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.place, one.conname);
    END LOOP;
END $$;
"""


@pytest.fixture(scope="module")
def ledger(shared_database):
    north, _, _ = write_small_ledger(shared_database.app_url, random.Random(5))
    assert erase(shared_database.superuser_url, north, [3, 4], 29) == 2
    assert erase(shared_database.superuser_url, north, [11], 30) == 1
    return shared_database


def a_place(connection: Connection, chance: random.Random, readable: bool = True) -> dict[str, Any]:
    """Some entry of some chain."""
    rows = connection.execute(
        "SELECT chain_id, seq FROM ledger_payload WHERE payload IS NOT NULL OR NOT %s"
        " ORDER BY chain_id, seq",
        (readable,),
    ).fetchall()
    chain_id, seq = chance.choice(rows)
    return {"c": chain_id, "s": seq}


def flip(chance: random.Random, value: bytes) -> bytes:
    place = chance.randrange(len(value))
    return value[:place] + bytes([value[place] ^ 1 << chance.randrange(8)]) + value[place + 1 :]


def change(table: str, column: str, **expressions: str) -> Callable[..., None]:
    """A tampering that sets one column of one row by an SQL expression."""
    readable = table == "ledger_payload"

    def tamper(connection: Connection, chance: random.Random) -> None:
        place = a_place(connection, chance, readable)
        connection.execute(
            f"UPDATE {table} SET {column} = {expressions['to']} WHERE chain_id = %(c)s"
            " AND seq = %(s)s",
            place,
        )

    return tamper


def flip_a_bit(table: str, column: str) -> Callable[..., None]:
    def tamper(connection: Connection, chance: random.Random) -> None:
        place = a_place(connection, chance)
        where = "WHERE chain_id = %(c)s AND seq = %(s)s"
        row = connection.execute(f"SELECT {column} FROM {table} {where}", place).fetchone()
        assert row is not None
        connection.execute(
            f"UPDATE {table} SET {column} = %(v)s {where}", {**place, "v": flip(chance, row[0])}
        )

    return tamper


def delete(*tables: str) -> Callable[..., None]:
    def tamper(connection: Connection, chance: random.Random) -> None:
        place = a_place(connection, chance, readable=False)
        for table in tables:
            connection.execute(f"DELETE FROM {table} WHERE chain_id = %(c)s AND seq = %(s)s", place)

    return tamper


def swap(table: str, *columns: str) -> Callable[..., None]:
    """Two rows exchange some of their columns."""

    def tamper(connection: Connection, chance: random.Random) -> None:
        one = other = a_place(connection, chance)
        while other == one:
            other = a_place(connection, chance)
        sets = ", ".join(f"{column} = other.{column}" for column in columns)
        connection.execute(
            f"UPDATE {table} t SET {sets} FROM {table} other WHERE"
            " (t.chain_id, t.seq, other.chain_id, other.seq) IN"
            " ((%(c1)s, %(s1)s, %(c2)s, %(s2)s), (%(c2)s, %(s2)s, %(c1)s, %(s1)s))",
            {"c1": one["c"], "s1": one["s"], "c2": other["c"], "s2": other["s"]},
        )

    return tamper


def on_a_chain(statement: str) -> Callable[..., None]:
    """A tampering with a whole chain; %(n)s is a number from 1 to 9."""

    def tamper(connection: Connection, chance: random.Random) -> None:
        place = a_place(connection, chance)
        connection.execute(statement, {**place, "n": chance.randrange(1, 10)})

    return tamper


def cut_the_newest(connection: Connection, chance: random.Random) -> None:
    place = {**a_place(connection, chance), "n": chance.randrange(1, 5)}
    for table in ("ledger_entry", "ledger_payload"):
        connection.execute(
            f"DELETE FROM {table} t USING ledger_head h WHERE h.chain_id = t.chain_id"
            " AND t.chain_id = %(c)s AND t.seq > h.seq - %(n)s",
            place,
        )


def forge(connection: Connection, chance: random.Random) -> None:
    """Another payload under a key of its own, with columns to match and the body left."""
    place = a_place(connection, chance)
    forged = seal(given(1, 1, 1_000), chance.randbytes(32))
    connection.execute(
        "UPDATE ledger_payload SET payload = %(p)s, key = %(k)s, kind = 'handout-given',"
        " person_id = 1, person_seq = 1, amount_ug = 1000, unit_id = 2, actor_id = 7,"
        " on_day = '2026-11-23' WHERE chain_id = %(c)s AND seq = %(s)s",
        {**place, "p": forged.payload, "k": forged.key},
    )


def relink_one(connection: Connection, chance: random.Random) -> None:
    """A new body with a right hash of its own, in the middle of the chain: the next one tells."""
    row = connection.execute(
        "SELECT e.chain_id, e.seq, e.recorded_at, b.hash FROM ledger_entry e JOIN ledger_entry b"
        " ON b.chain_id = e.chain_id AND b.seq = e.seq - 1"
        " ORDER BY hashint8(e.seq + e.chain_id * 1000 + %s) LIMIT 1",
        (chance.randrange(10**6),),
    ).fetchone()
    assert row is not None
    sealed = seal(given(1, 1), chance.randbytes(32))
    connection.execute(
        "UPDATE ledger_entry SET body = %s, hash = %s WHERE chain_id = %s AND seq = %s",
        (
            sealed.body,
            link(row[3], row[1], microseconds(row[2]), sealed.body),
            row[0],
            row[1],
        ),
    )


ERASED = (
    "payload = NULL, key = NULL, on_day = NULL, amount_ug = NULL, unit_id = NULL,"
    " actor_id = NULL, erased_at = now()"
)
ENTRY, PAYLOAD = "ledger_entry", "ledger_payload"
TAMPERINGS = {
    "body edited": flip_a_bit(ENTRY, "body"),
    "hash edited": flip_a_bit(ENTRY, "hash"),
    "moment edited": change(ENTRY, "recorded_at", to="recorded_at + interval '1 microsecond'"),
    "day moved back": change(ENTRY, "recorded_at", to="recorded_at - interval '1 day'"),
    "kind of entry edited": change(ENTRY, "kind", to="kind || '-x'"),
    "number edited": change(ENTRY, "seq", to="seq + 1000"),
    "number made negative": change(ENTRY, "seq", to="-seq"),
    "moved to another chain": change(ENTRY, "chain_id", to="chain_id %% 3 + 1"),
    "moved to a chain never opened": change(ENTRY, "chain_id", to="chain_id + 100"),
    "payload edited": flip_a_bit(PAYLOAD, "payload"),
    "key edited": flip_a_bit(PAYLOAD, "key"),
    "key lengthened": change(PAYLOAD, "key", to="key || '\\x00'"),
    "kind beside payload edited": change(PAYLOAD, "kind", to="'handout-returned'"),
    "person edited": change(PAYLOAD, "person_id", to="coalesce(person_id, 0) + 1000"),
    "person removed": change(PAYLOAD, "person_id", to="CASE WHEN person_id IS NULL THEN 1 END"),
    "day edited": change(PAYLOAD, "on_day", to="coalesce(on_day, '2026-01-01') + 1"),
    "amount edited": change(PAYLOAD, "amount_ug", to="coalesce(amount_ug, 0) + 1"),
    "unit edited": change(PAYLOAD, "unit_id", to="coalesce(unit_id, 0) + 1"),
    "actor edited": change(PAYLOAD, "actor_id", to="coalesce(actor_id, 0) + 1"),
    "payload forged": forge,
    "erased without an entry": change(PAYLOAD, "erased_by_seq", to=f"1, {ERASED}"),
    "erased naming another erasure": change(PAYLOAD, "erased_by_seq", to=f"29, {ERASED}"),
    "payload renumbered": change(PAYLOAD, "seq", to="seq + 500"),
    "key alone removed": change(PAYLOAD, "key", to="NULL"),
    "payload marked as erased": change(PAYLOAD, "erased_by_seq", to="29"),
    "entry deleted": delete(ENTRY),
    "payload deleted": delete(PAYLOAD),
    "entry and payload deleted": delete(ENTRY, PAYLOAD),
    "entries swapped": swap(ENTRY, "body", "hash", "recorded_at", "kind"),
    "bodies swapped": swap(ENTRY, "body"),
    "payloads swapped": swap(PAYLOAD, "payload", "key"),
    "payload rows swapped": swap(PAYLOAD, "seq", "chain_id"),
    "newest cut off": cut_the_newest,
    "one relinked": relink_one,
    "entry doubled": on_a_chain(
        "INSERT INTO ledger_entry SELECT * FROM ledger_entry WHERE chain_id = %(c)s AND seq = %(s)s"
    ),
    "payload doubled": on_a_chain(
        "INSERT INTO ledger_payload SELECT * FROM ledger_payload"
        " WHERE chain_id = %(c)s AND seq = %(s)s"
    ),
    "entry added at the end": on_a_chain(
        "INSERT INTO ledger_entry SELECT e.chain_id, h.seq + 1, e.recorded_at, e.kind, e.body,"
        " e.hash FROM ledger_entry e JOIN ledger_head h USING (chain_id)"
        " WHERE chain_id = %(c)s AND e.seq = %(s)s"
    ),
    "head number": on_a_chain("UPDATE ledger_head SET seq = seq + %(n)s WHERE chain_id = %(c)s"),
    "head hash": on_a_chain("UPDATE ledger_head SET hash = sha256(hash) WHERE chain_id = %(c)s"),
    "head moment": on_a_chain(
        "UPDATE ledger_head SET last_at = last_at - interval '1 min' WHERE chain_id = %(c)s"
    ),
    "institution renamed": on_a_chain(
        "UPDATE ledger_head SET institution = 'vest' WHERE chain_id = %(c)s"
    ),
    "chain renumbered": on_a_chain(
        "UPDATE ledger_head SET chain_id = chain_id + 10 WHERE chain_id = %(c)s"
    ),
    "chain forgotten": on_a_chain("DELETE FROM ledger_head WHERE chain_id = %(c)s"),
    "persons' order shifted": on_a_chain(
        "UPDATE ledger_payload SET person_seq = person_seq + 1 WHERE person_id = 1 + %(n)s %% 5"
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_superusers_tampering_is_found(ledger, name) -> None:
    """H23: some 500 random tamperings, none of them recomputing the whole chain, are all found."""
    chance = random.Random(name)
    with psycopg.connect(ledger.superuser_url) as connection:
        for _ in range(ROUNDS):
            connection.execute(UNGUARDED)
            TAMPERINGS[name](connection, chance)
            found = verify_connection(connection)
            connection.rollback()
            assert not found.sound
        assert verify_connection(connection).sound


def test_an_honest_ledger_raises_no_alarm_and_shows_what_was_erased(ledger) -> None:
    report = verify_database(ledger.auditor_url)
    assert (report.entries, report.erased, report.chains) == (60, 3, 3)
    assert report.sound and report.problems == ()
    assert report.entries_per_second > 0


def test_an_old_entry_edited_and_all_after_it_computed_anew_is_not_noticed_here(ledger) -> None:
    """The known limit of a chain alone: a superuser who recomputes everything up to the head.

    Signed checkpoints, whose key the database does not have, notice this; this test says why they
    are needed.
    """
    chance = random.Random(6)
    with psycopg.connect(ledger.superuser_url) as connection:
        connection.execute(UNGUARDED)
        rows = connection.execute(
            "SELECT seq, recorded_at, body FROM ledger_entry WHERE chain_id = 2 ORDER BY seq"
        ).fetchall()
        forged = seal(given(1, 5, 1_000, 5), chance.randbytes(32))
        (place,) = connection.execute(
            "SELECT seq FROM ledger_payload WHERE chain_id = 2 AND person_id = 1 AND person_seq = 5"
        ).fetchone() or (0,)
        connection.execute(
            "UPDATE ledger_payload SET payload = %s, key = %s, amount_ug = 1000, on_day ="
            " '2026-11-28' WHERE chain_id = 2 AND seq = %s",
            (forged.payload, forged.key, place),
        )
        previous = genesis("syd", "clinical")
        for seq, recorded_at, body in rows:
            body = forged.body if seq == place else body
            previous = link(previous, seq, microseconds(recorded_at), body)
            connection.execute(
                "UPDATE ledger_entry SET body = %s, hash = %s WHERE chain_id = 2 AND seq = %s",
                (body, previous, seq),
            )
        connection.execute("UPDATE ledger_head SET hash = %s WHERE chain_id = 2", (previous,))
        assert place and verify_connection(connection).sound
        connection.rollback()


def test_an_older_state_put_back_is_only_told_by_a_receipt(database) -> None:
    """H26: a restored older ledger is sound in itself; a kept (number, hash) shows what is gone.

    H05: with its receipt a client can show that an acknowledged entry is missing.
    """
    with psycopg.connect(database.app_url) as connection:
        chain_id = open_chain(connection, "nord")
        for number in range(1, 4):
            append(connection, seal(given(1, number), bytes(32)), chain_id)
        old = connection.execute("SELECT seq, hash, last_at FROM ledger_head").fetchone()
        connection.commit()
        receipt = append(connection, seal(given(1, 4), bytes(32)), chain_id)
    holds = "SELECT count(*) FROM ledger_entry WHERE (chain_id, seq, hash) = (%s, %s, %s)"
    with psycopg.connect(database.superuser_url) as connection:
        assert connection.execute(holds, (chain_id, *receipt[:2])).fetchone() == (1,)
        connection.execute(UNGUARDED)
        for table in (ENTRY, PAYLOAD):
            connection.execute(f"DELETE FROM {table} WHERE seq > 3")
        connection.execute("UPDATE ledger_head SET (seq, hash, last_at) = (%s, %s, %s)", old)
        assert verify_connection(connection).sound
        assert connection.execute(holds, (chain_id, *receipt[:2])).fetchone() == (0,)


def test_erasing_leaves_the_chain_whole_and_no_word_of_the_payload(database) -> None:
    canary = "kanariefugl-4711"
    chance = random.Random(7)
    with psycopg.connect(database.app_url) as connection:
        chain_id = open_chain(connection, "nord")
        for number in (1, 2):
            note = Entry("noted", 1, number, facts={"note": canary})
            append(connection, seal(note, chance.randbytes(32)), chain_id)
        named = Entry("payload-erased", facts={"seqs": [1, 2], "reason": "other person"})
        append(connection, seal(named, chance.randbytes(32)), chain_id)
    assert erase(database.owner_url, chain_id, [1, 2], 3) == 2
    assert erase(database.owner_url, chain_id, [1, 2], 3) == 0
    report = verify_database(database.auditor_url)
    assert report.sound and report.erased == 2
    with psycopg.connect(database.auditor_url, autocommit=True) as connection:
        rows = connection.execute("SELECT e::text || p::text FROM ledger_entry e, ledger_payload p")
        assert all(canary.encode().hex() not in row[0] for row in rows)


@pytest.mark.parametrize("by_seq", [1, 2, 99])
def test_nothing_is_erased_without_an_erasure_entry(database, by_seq) -> None:
    with psycopg.connect(database.app_url) as connection:
        chain_id = open_chain(connection, "nord")
        append(connection, seal(given(1, 1), bytes(32)), chain_id)
        append(connection, seal(given(1, 2), bytes(32)), chain_id)
    with pytest.raises(psycopg.DatabaseError) as refused:
        erase(database.owner_url, chain_id, [1], by_seq)
    assert refused.value.sqlstate == "DS003"


def test_a_person_with_a_missing_number_is_told(database) -> None:
    """Each chain is whole; only across institutions it shows that one of the person's is gone."""
    with psycopg.connect(database.app_url) as connection:
        north, south = open_chain(connection, "nord"), open_chain(connection, "syd")
        for person_seq, chain_id in ((1, north), (2, south), (4, north)):
            append(connection, seal(given(8, person_seq), bytes(32)), chain_id)
    report = verify_database(database.auditor_url)
    assert [(one.what, one.person_id) for one in report.problems] == [("person-order", 8)]


def test_an_empty_ledger_and_an_empty_chain_are_sound(database) -> None:
    assert verify_database(database.auditor_url).sound
    with psycopg.connect(database.app_url) as connection:
        open_chain(connection, "nord")
    assert verify_database(database.auditor_url).sound


def test_long_chains_are_read_in_stretches_by_several_processes(ledger, monkeypatch) -> None:
    monkeypatch.setattr(verify, "STRETCH_ENTRIES", 7)
    monkeypatch.setattr(verify, "WORTH_PROCESSES", 1)
    told: list[tuple[int, int]] = []
    report = verify_database(ledger.auditor_url, lambda done, total: told.append((done, total)))
    assert report.sound and (report.entries, report.erased) == (60, 3)
    assert told[-1] == (60, 60) and len(told) == 5 + 3 + 2


@pytest.mark.parametrize("name", ["entry deleted", "hash edited", "newest cut off", "body edited"])
def test_what_is_wrong_at_the_edge_of_a_stretch_is_found(ledger, monkeypatch, name) -> None:
    monkeypatch.setattr(verify, "STRETCH_ENTRIES", 1)
    chance = random.Random(8)
    with psycopg.connect(ledger.superuser_url) as connection:
        for _ in range(ROUNDS):
            connection.execute(UNGUARDED)
            TAMPERINGS[name](connection, chance)
            assert not verify_connection(connection).sound
            connection.rollback()
