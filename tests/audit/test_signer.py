"""The signer: its own role and key, a folder the database is held against; witnesses; exports."""

from __future__ import annotations

import json
import random
import stat
from pathlib import Path

import psycopg
import pytest

from audit.__main__ import main
from audit.ledger.checkpoint import read_checkpoint, sign_checkpoint
from audit.ledger.cosigning import request, take_answer
from audit.ledger.export import export
from audit.ledger.logbook import Logbook, LogbookError
from audit.ledger.note import public_key
from audit.ledger.offline import NotAnExport, verify_file
from audit.ledger.receipts import NotAReceipt, Receipt, read_receipts
from audit.ledger.signer import Outcome, sign_all
from audit.ledger.tree import root_of
from audit.ledger.witness import Refused, cosign
from tests.audit.ledgers import append_many, erase, given, open_chain, seal, write_small_ledger
from tests.audit.second_verifier import second_opinion
from tests.clusters import Database

UNGUARDED = """
ALTER TABLE ledger_entry DISABLE TRIGGER ALL; ALTER TABLE ledger_payload DISABLE TRIGGER ALL;
ALTER TABLE ledger_head DISABLE TRIGGER ALL;
"""


@pytest.fixture
def logbook(tmp_path: Path) -> Logbook:
    chance = random.Random(8)
    made = Logbook(tmp_path / "signer")
    made.begin("ledger.test", (chance.randbytes(32), chance.randbytes(32)))
    return made


@pytest.fixture
def ledger(database: Database) -> Database:
    north, _, _ = write_small_ledger(database.app_url, random.Random(5))
    erase(database.superuser_url, north, [3, 4], 29)
    erase(database.superuser_url, north, [11], 30)
    return database


def signed(database: Database, logbook: Logbook, **how: bool) -> list[Outcome]:
    with psycopg.connect(database.signer_url) as connection:
        return sign_all(connection, logbook, **how)


def exported(database: Database, path: Path, keys: list[str] | None = None) -> Path:
    with psycopg.connect(database.auditor_url) as connection, open(path, "wb") as out:
        export(connection, out, keys or ())
    return path


def grow(database: Database, chain_id: int, count: int, person_id: int) -> None:
    chance = random.Random(count)
    with psycopg.connect(database.app_url) as connection:
        append_many(
            connection,
            [
                seal(given(person_id, number), chance.randbytes(32))
                for number in range(1, count + 1)
            ],
            chain_id,
        )


def test_every_chain_is_signed_to_its_end_and_again_as_it_grows(ledger, logbook):
    assert [one.what for one in signed(ledger, logbook)] == ["signed"] * 3
    assert [one.what for one in signed(ledger, logbook, deep=True)] == ["unchanged"] * 3
    grow(ledger, 1, 7, person_id=60)
    assert [one.what for one in signed(ledger, logbook)] == ["signed", "unchanged", "unchanged"]
    with psycopg.connect(ledger.auditor_url) as reading:
        leaves = [
            bytes(hash_)
            for (hash_,) in reading.execute(
                "SELECT hash FROM ledger_entry WHERE chain_id = 1 ORDER BY seq"
            )
        ]
        notes = [
            note
            for (note,) in reading.execute(
                "SELECT note FROM ledger_checkpoint WHERE chain_id = 1 ORDER BY size"
            )
        ]
    assert [read_checkpoint(note).size for note in notes] == [30, 37]
    for note in notes:
        one = read_checkpoint(note)
        assert one.origin == "ledger.test/nord/clinical"
        assert one.root == root_of(leaves[: one.size])
        assert one.signed_by_log([public_key(line) for line in logbook.public_lines()])
    assert [one.note for one in logbook.signed(1)] == notes
    assert [one.note for one in logbook.signed(1, newest_first=True)] == notes[::-1]


def test_the_signers_role_sees_leaves_and_nothing_of_what_happened(ledger):
    """H23, H24: neither kinds, moments, payloads, people nor any table of the service."""
    refused = (
        "SELECT kind FROM ledger_entry",
        "SELECT recorded_at FROM ledger_entry",
        "SELECT body FROM ledger_entry",
        "SELECT * FROM ledger_payload",
        "SELECT * FROM person",
        "SELECT * FROM restoration",
        "INSERT INTO ledger_checkpoint (chain_id, origin, size, root, note)"
        " VALUES (1, 'x', 1, sha256('x'), 'x')",
        "UPDATE ledger_checkpoint SET note = 'x'",
        "DELETE FROM ledger_checkpoint",
        "UPDATE ledger_entry SET hash = hash",
        "SELECT ledger_append(1::smallint, 'x', 'x', 'x', 'x', 1, 1, NULL, 1, 1::smallint, 1)",
        "SELECT ledger_erase(1::smallint, ARRAY[1::bigint], 1)",
    )
    for statement in refused:
        with (
            psycopg.connect(ledger.signer_url) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)
    for role in (ledger.app_url, ledger.auditor_url):
        with (
            psycopg.connect(role) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("SELECT ledger_add_checkpoint(1::smallint, 'x', 1, 'x', 'x')")


def test_the_key_is_for_its_owner_and_an_open_one_is_refused(ledger, logbook):
    key = logbook.folder / "signer.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    logbook.begin("another", (bytes(32), bytes(32)))
    assert key.read_bytes() == before
    key.chmod(0o640)
    with pytest.raises(LogbookError, match="can be read by others"):
        signed(ledger, logbook)


def test_what_was_broken_off_between_folder_and_database_is_told_again(ledger, logbook):
    signed(ledger, logbook)
    with psycopg.connect(ledger.superuser_url) as connection:
        connection.execute("ALTER TABLE ledger_checkpoint DISABLE TRIGGER ALL")
        connection.execute("DELETE FROM ledger_checkpoint WHERE chain_id = 1")
    assert {one.what for one in signed(ledger, logbook)} == {"unchanged"}
    with psycopg.connect(ledger.auditor_url) as reading:
        row = reading.execute(
            "SELECT count(*) FROM ledger_checkpoint WHERE chain_id = 1"
        ).fetchone()
    assert row == (1,)


@pytest.mark.parametrize(
    ("statement", "found", "deep"),
    [
        ("DELETE FROM ledger_entry WHERE chain_id = 1 AND seq > 25", "ledger-differs", False),
        ("UPDATE ledger_head SET seq = 25 WHERE chain_id = 1", "entries-missing", False),
        ("UPDATE ledger_entry SET hash = sha256(hash) WHERE chain_id = 1", "ledger-differs", False),
        (
            "UPDATE ledger_entry SET hash = sha256(hash) WHERE chain_id = 1 AND seq = 2",
            "ledger-differs",
            True,
        ),
        ("DELETE FROM ledger_head WHERE chain_id = 1", "entries-missing", False),
    ],
)
def test_a_superuser_who_changes_what_was_signed_is_seen(ledger, logbook, statement, found, deep):
    """H23, H26: nothing more of the chain is signed, and it is remembered outside the database."""
    signed(ledger, logbook)
    with psycopg.connect(ledger.superuser_url) as connection:
        connection.execute(UNGUARDED)
        connection.execute(
            "ALTER TABLE ledger_checkpoint DROP CONSTRAINT IF EXISTS"
            " ledger_checkpoint_chain_id_fkey"
        )
        connection.execute(statement)
    for _ in range(2):
        outcomes = {one.chain_id: one.what for one in signed(ledger, logbook, deep=deep)}
        assert outcomes[1] == found
        assert outcomes[2] == outcomes[3] == "unchanged"
    kept = logbook.log(1)
    assert kept is not None and kept.loss is not None and kept.loss.found == found


def test_a_database_that_comes_back_whole_is_signed_again(ledger, logbook):
    signed(ledger, logbook)
    with psycopg.connect(ledger.superuser_url) as connection:
        connection.execute(UNGUARDED)
        connection.execute("UPDATE ledger_head SET seq = 25 WHERE chain_id = 1")
    assert signed(ledger, logbook)[0].what == "entries-missing"
    with psycopg.connect(ledger.superuser_url) as connection:
        connection.execute(UNGUARDED)
        connection.execute("UPDATE ledger_head SET seq = 30 WHERE chain_id = 1")
    assert signed(ledger, logbook)[0].what == "unchanged"
    kept = logbook.log(1)
    assert kept is not None and kept.loss is None


def test_an_export_verifies_by_both_verifiers_with_what_was_erased(ledger, logbook, tmp_path):
    """H23: erasing payloads leaves every checkpoint valid, also those from before."""
    signed(ledger, logbook)
    path = exported(ledger, tmp_path / "one", logbook.public_lines())
    keys = logbook.folder / "signer.pub"
    notes = logbook.folder / "chain-1.notes"
    assert main(["verify", str(path), "--keys", str(keys), "--checkpoints", str(notes)]) == 0
    assert second_opinion(path) == set()
    with psycopg.connect(ledger.app_url) as connection:
        entry = seal(
            given(61, 1).__class__("payload-erased", actor_id=1, facts={"seqs": [5, 6, 7]}),
            random.Random(1).randbytes(32),
        )
        ((seq, _, _),) = append_many(connection, [entry], 1)
    assert erase(ledger.superuser_url, 1, [5, 6, 7], seq) == 3
    path = exported(ledger, tmp_path / "two")
    report = verify_file(
        path,
        keys=[public_key(line) for line in logbook.public_lines()],
        checkpoints=[one.note for one in logbook.signed(1)],
        seed=bytes(16),
    )
    assert (report.findings, report.erased, report.said.covered[1]) == ([], 6, 30)
    assert second_opinion(path) == set()


def test_the_program_says_what_it_could_not_do_or_does_not_fit(ledger, logbook, tmp_path, capsys):
    signed(ledger, logbook)
    path = exported(ledger, tmp_path / "one")
    keys = ["--keys", str(logbook.folder / "signer.pub")]
    assert main(["verify", str(tmp_path / "none")]) == 2
    (tmp_path / "other").write_text("{}\n")
    assert main(["verify", str(tmp_path / "other")]) == 2
    with pytest.raises(NotAnExport):
        verify_file(tmp_path / "other", seed=bytes(16))
    cut = tmp_path / "cut"
    cut.write_bytes(path.read_bytes()[:-40])
    assert main(["verify", str(cut), *keys]) == 1
    assert "truncated" in capsys.readouterr().err
    receipts = tmp_path / "receipts"
    with psycopg.connect(ledger.auditor_url) as reading:
        row = reading.execute(
            "SELECT encode(hash, 'hex') FROM ledger_entry WHERE chain_id = 1 AND seq = 9"
        ).fetchone()
    assert row is not None
    receipts.write_text(
        f"# kept at the counter\n{json.dumps({'chain': 1, 'seq': 9, 'hash': row[0]})}\n"
        f"nord 9 {row[0][:16]}\n"
    )
    assert main(["verify", str(path), *keys, "--receipts", str(receipts), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["receipts"] == 2
    receipts.write_text(f"nord 31 {row[0][:16]}\n1 8 {row[0][:16]}\nvest 1 {row[0][:16]}\n")
    assert main(["verify", str(path), *keys, "--receipts", str(receipts)]) == 1
    said = capsys.readouterr().err
    assert "entries-missing" in said and "receipt: nord (clinical), entry 8" in said
    receipts.write_text("nonsense\n")
    assert main(["verify", str(path), *keys, "--receipts", str(receipts)]) == 2


def test_without_keys_it_says_that_nothing_is_known_of_who_signed(
    ledger, logbook, tmp_path, capsys
):
    signed(ledger, logbook)
    path = exported(ledger, tmp_path / "one", logbook.public_lines())
    assert main(["verify", str(path)]) == 0
    assert "No keys were given" in capsys.readouterr().out
    other = Logbook(tmp_path / "other")
    other.begin("ledger.test", (bytes(32), bytes(32)))
    key = other.signer("ledger.test/nord/clinical").key
    report = verify_file(path, keys=[key], seed=bytes(16))
    assert "unsigned" in {one.what for one in report.findings}


def test_receipts_are_read_as_the_api_gives_them_and_as_words():
    told = (
        '{"receipt": {"chain": 3, "seq": 4, "hash": "' + "a" * 64 + '"}}\nNord Enhed 5 ' + "b" * 16
    )
    assert read_receipts(told) == [Receipt(3, 4, "a" * 64), Receipt("Nord Enhed", 5, "b" * 16)]
    for wrong in ("x", "nord 1 zz", "nord 0 " + "a" * 16, "nord 1 abc", '{"seq": 1}', "[]"):
        with pytest.raises(NotAReceipt):
            read_receipts(wrong)


def test_a_witness_cosigns_what_continues_and_refuses_what_does_not(ledger, logbook, tmp_path):
    """Another institution or the auditor: nobody can be shown another past than others are."""
    signed(ledger, logbook)
    log_keys = [public_key(line) for line in logbook.public_lines()]
    chance = random.Random(2)
    book = Logbook(tmp_path / "witness")
    book.begin("witness.test", (chance.randbytes(32), chance.randbytes(32)))
    with psycopg.connect(ledger.auditor_url) as reading:
        first = request(reading, 1, 0)
    lines = cosign(book, "witness.test", first, log_keys, 1_795_000_500)
    with psycopg.connect(ledger.auditor_url) as reading:
        again = request(reading, 1, 0)
    with pytest.raises(Refused, match="--since 30"):
        cosign(book, "witness.test", again, log_keys, 1_795_000_501)
    answer = read_checkpoint(first.partition("\n\n")[2]).note.text + "\n" + "".join(map(str, lines))
    witness_keys = list(book.signer("witness.test", witness=True).keys)
    with psycopg.connect(ledger.signer_url) as writing:
        assert take_answer(writing, answer, witness_keys) == 2
        with pytest.raises(Refused):
            take_answer(writing, answer, log_keys)
    path = exported(ledger, tmp_path / "one")
    report = verify_file(path, keys=[*log_keys, *witness_keys], seed=bytes(16))
    assert (report.findings, report.said.witnessed[1]) == ([], {"witness.test": 30})

    grow(ledger, 1, 5, person_id=60)
    signed(ledger, logbook)
    with psycopg.connect(ledger.auditor_url) as reading:
        newer = request(reading, 1, 30)
    forged = newer.replace(newer.split("\n")[1], newer.split("\n")[2], 1)
    with pytest.raises(Refused, match="DOES NOT CONTINUE"):
        cosign(book, "witness.test", forged, log_keys, 1)
    with pytest.raises(Refused, match="did not sign"):
        cosign(book, "witness.test", newer, witness_keys, 1)
    assert len(cosign(book, "witness.test", newer, log_keys, 1_795_000_900)) == 2


def test_a_witness_signs_no_log_that_begins_anew_unasked(ledger, logbook, tmp_path):
    """H23: a signer that begins another log cannot leave behind what the witness remembers."""
    signed(ledger, logbook)
    log_keys = [public_key(line) for line in logbook.public_lines()]
    book = Logbook(tmp_path / "witness")
    book.begin("witness.test", (bytes(32), bytes(32)))
    with psycopg.connect(ledger.auditor_url) as reading:
        cosign(book, "witness.test", request(reading, 1, 0), log_keys, 1)
    origin = "ledger.test/nord/clinical/2"
    signer = logbook.signer(origin)
    other = sign_checkpoint(signer, origin, 3, root_of([b"x" * 32] * 3), 2).note
    keys = [*log_keys, *signer.keys]
    asked = f"old 0\n\n{other}"
    with pytest.raises(Refused, match="never signed here"):
        cosign(book, "witness.test", asked, keys, 3)
    assert len(cosign(book, "witness.test", asked, keys, 3, new_log=True)) == 2


def test_blocks_are_joined_whatever_their_number(database, logbook, tmp_path, monkeypatch):
    """A long ledger is verified in pieces side by side; here the pieces are short."""
    for module in ("export_writing", "export_reading"):
        monkeypatch.setattr(f"audit.ledger.{module}.BLOCK", 8)
    with psycopg.connect(database.app_url) as connection:
        open_chain(connection, "nord")
    for count, person in ((3, 1), (21, 2), (16, 3), (33, 4)):
        grow(database, 1, count, person)
        signed(database, logbook)
    keys = [public_key(line) for line in logbook.public_lines()]
    path = exported(database, tmp_path / "one")
    report = verify_file(path, keys=keys, seed=bytes(16), processes=1)
    assert (report.findings, report.said.verified, report.entries) == ([], 4, 73)
    assert second_opinion(path) == set()
    with psycopg.connect(database.superuser_url) as connection:
        connection.execute(UNGUARDED)
        connection.execute("DELETE FROM ledger_entry WHERE seq = 9")
    report = verify_file(exported(database, tmp_path / "two"), keys=keys, seed=bytes(16))
    whats = {one.what for one in report.findings}
    assert {"gap", "hash", "orphan-payload", "checkpoint"} <= whats
