"""H26: a backup put back unseen is found, by the signer's folder or by a receipt."""

import asyncio
import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient

from audit.ledger.export import export
from audit.ledger.logbook import Logbook, Signed
from audit.ledger.note import public_key
from audit.ledger.offline import verify_file
from audit.ledger.signer import sign_all, stop_hand_outs
from dispensing.app import create_app
from dispensing.commands.backup import back_up, restore_into
from dispensing.commands.restoration import tell
from dispensing.downtime.restoring import comment_on
from dispensing.embedded import Cluster
from dispensing.roles import prepare_database
from dispensing.settings import load_settings
from tests.api.client import findings, problem, sign_in
from tests.clusters import Database, clone_database, drop_database
from tests.downtime.conftest import Clinic
from tests.downtime.forgetting import forget, head_of
from tests.downtime.test_old_backup import _at
from tests.scene_staff import SECRET


@pytest.fixture
def empty(cluster: Cluster, migrated_template: str) -> Iterator[Database]:
    prepare_database(cluster.superuser_url, cluster.passwords, database="prepared_empty")
    made = clone_database(cluster, "prepared_empty")
    yield made
    drop_database(cluster, made)


@pytest.fixture
def logbook(tmp_path: Path) -> Logbook:
    made = Logbook(tmp_path / "signer")
    made.begin("ledger.test", (secrets.token_bytes(32), secrets.token_bytes(32)))
    return made


def signed(database: Database, logbook: Logbook, *, deep: bool = False) -> set[str]:
    """What the signer says of the chains, in its own role."""
    with psycopg.connect(database.signer_url) as connection:
        return {one.what for one in sign_all(connection, logbook, deep=deep)}


def by_hand(database: Database, file: Path, cluster: Cluster) -> None:
    """As `pg_restore` leaves it: whole, and nobody has marked anything."""
    restore_into(database.owner_url, file, cluster.programs)
    with psycopg.connect(database.owner_url) as connection:
        comment_on(connection, None)
        connection.commit()


def findings_of(database: Database, logbook: Logbook, path: Path) -> tuple[list[str], list[str]]:
    with psycopg.connect(database.auditor_url) as reading, open(path, "wb") as out:
        export(reading, out)
    report = verify_file(
        path,
        keys=[public_key(line) for line in logbook.public_lines()],
        checkpoints=[one.note for log in logbook.logs() for one in logbook.signed(log.chain_id)],
        seed=bytes(16),
    )
    return sorted({one.what for one in report.findings}), report.notices


def test_a_restore_behind_its_back_is_refused_until_a_person_resolves_it(
    clinic: Clinic,
    shared_database: Database,
    empty: Database,
    cluster: Cluster,
    logbook: Logbook,
    tmp_path: Path,
) -> None:
    """H26, H01: back up, hand out, sign, put the old backup back: nothing is handed out."""
    had, other = clinic.person(), clinic.person()
    serial = clinic.printed()
    assert signed(shared_database, logbook) == {"signed", "unchanged"}
    file = tmp_path / "monday.dump"
    back_up(shared_database.owner_url, file, cluster.programs)
    clinic.nurse.given(had)
    assert "signed" in signed(shared_database, logbook)

    by_hand(empty, file, cluster)
    (tmp_path / "secret.key").write_bytes(SECRET)
    settings = load_settings({"DISPENSING_DATA_DIR": str(tmp_path)})
    app = create_app(replace(settings, database_url=empty.app_url))
    with TestClient(app) as http:
        nurse = sign_in(http, clinic.scene, f"nurse{clinic.unit}", clinic.unit)
        doctor = sign_in(http, clinic.scene, f"doctor{clinic.unit}", clinic.unit)
        for person in (had, other):
            problem(nurse.reserve(person), 409, "restored-unresolved")
        _marked_and_told(empty, clinic.unit, next(logbook.signed(clinic.unit * 2 - 1)))
        # The signer signs nothing either, and the auditor is told what is missing.
        # The entries that tell of the loss may have filled the gap up: they are others.
        lost = {"entries-missing", "ledger-differs"}
        assert lost & signed(empty, logbook)
        assert lost & signed(empty, logbook)
        wrong, _ = findings_of(empty, logbook, tmp_path / "lost.export")
        assert {"entries-missing", "checkpoint"} & set(wrong)

        with psycopg.connect(empty.owner_url, autocommit=True) as owner:
            back = replace(clinic, scene=_at(empty), nurse=nurse, doctor=doctor)
            back.over(serial)
            assert back.told(serial, had)["conflicts"] == []
            back.told(serial, other, happened="not_come")
            answer = doctor.send("POST", "/restoration/resolved", {"reason": "indtastet og talt"})
            assert answer.status_code == 200, answer.text
            back.scene.close()
            # The other units of the module's database are resolved as theirs would.
            owner.execute(
                "UPDATE restoration SET closed_at = clock_timestamp(), reason = 'talt',"
                " closed_by = (SELECT min(staff_id) FROM staff) WHERE closed_at IS NULL"
            )
        assert "already-given" in findings(nurse.reserve(had))
        assert nurse.reserve(other).status_code == 201
    # A new generation of each log that lost something, and no alarm: what is gone is told.
    assert "begun-anew" in signed(empty, logbook)
    assert signed(empty, logbook, deep=True) == {"unchanged"}
    wrong, notices = findings_of(empty, logbook, tmp_path / "anew.export")
    assert wrong == []
    assert any("person has answered for it" in notice for notice in notices)
    with TestClient(app) as http:
        again = sign_in(http, clinic.scene, f"nurse{clinic.unit}", clinic.unit)
        assert "already-given" in findings(again.reserve(had))


def _marked_and_told(database: Database, unit: int, oldest: Signed) -> None:
    """The unit is uncertain since the newest checkpoint still there, and the ledger says so."""
    with psycopg.connect(database.owner_url) as reading:
        row = reading.execute(
            "SELECT found, told, uncertain_since FROM restoration WHERE unit_id = %s", (unit,)
        ).fetchone()
        entries = reading.execute(
            "SELECT count(*) FROM ledger_payload WHERE kind = 'ledger-loss-found' AND unit_id = %s",
            (unit,),
        ).fetchone()
    assert row is not None and row[:2] == ("entries-missing", True)
    assert entries == (1,)
    assert row[2].isoformat()[:19] <= oldest.at[:19]


def test_a_loss_answered_for_before_the_signer_looked_stops_nobody_again(
    clinic: Clinic, shared_database: Database, logbook: Logbook
) -> None:
    """H26: the service found it at its start; another, older loss later is found all the same."""
    chain = 2 * clinic.unit - 1
    clinic.person()
    heads = []
    for _ in range(3):
        heads.append(head_of(shared_database, chain))
        clinic.printed()
        signed(shared_database, logbook)
    notes = logbook.folder / f"chain-{chain}.notes"
    first, *later = notes.read_text().splitlines()
    earlier = json.loads(first) | {"at": (clinic.now() - timedelta(hours=1)).isoformat()}
    notes.write_text("\n".join([json.dumps(earlier), *later]) + "\n")

    def found() -> list[str]:
        with psycopg.connect(shared_database.app_url) as starting:
            return [what for _, what, _ in stop_hand_outs(starting, logbook)]

    def waiting() -> int:
        return clinic.scene.one("SELECT count(*) FROM restoration WHERE closed_at IS NULL")

    forget(shared_database, chain, heads[2])
    assert found() == ["entries-missing"]
    assert waiting() > 0
    clinic.scene.run(
        "UPDATE restoration SET closed_at = clock_timestamp(), reason = 'talt', closed_by = %s"
        " WHERE closed_at IS NULL",
        clinic.nurse_id,
    )
    assert found() == []
    # Of what was never in doubt more is gone now: that is another loss, and nobody has seen it.
    forget(shared_database, chain, heads[0])
    assert found() == ["entries-missing"]
    assert waiting() > 0
    clinic.scene.run(
        "UPDATE restoration SET closed_at = clock_timestamp(), reason = 'talt', closed_by = %s"
        " WHERE closed_at IS NULL",
        clinic.nurse_id,
    )
    # The signer looks for the first time: a new log, and nobody is stopped.
    assert "begun-anew" in signed(shared_database, logbook)
    assert waiting() == 0
    assert signed(shared_database, logbook, deep=True) == {"unchanged"}


def test_a_receipt_that_knows_more_stops_every_unit(
    clinic: Clinic, shared_database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """H26: no signer is needed; and a receipt that fits changes nothing."""
    person = clinic.person()
    clinic.nurse.given(person)
    code = f"u{clinic.unit}"
    seq, digest = clinic.scene.run(
        "SELECT seq, encode(hash, 'hex') FROM ledger_head WHERE chain_id = %s", 2 * clinic.unit - 1
    ).fetchone()
    assert asyncio.run(tell(shared_database.app_url, code, seq, digest)) is False
    assert "has that entry" in capsys.readouterr().out
    assert clinic.scene.one("SELECT count(*) FROM restoration WHERE closed_at IS NULL") == 0
    assert asyncio.run(tell(shared_database.app_url, code, seq + 3, digest)) is True
    assert "Nothing was stopped" in " ".join(capsys.readouterr().out.split())
    assert clinic.scene.one("SELECT count(*) FROM restoration WHERE closed_at IS NULL") == 0
    assert asyncio.run(tell(shared_database.app_url, code, seq + 3, digest, stop=True)) is True
    assert "at least 3 entries" in " ".join(capsys.readouterr().out.split())
    problem(clinic.nurse.reserve(person), 409, "restored-unresolved")
    clinic.over()
    body = {"reason": "kvitteringen var af en anden hovedbog"}
    assert clinic.doctor.send("POST", "/restoration/resolved", body).status_code == 200
    clinic.scene.run(
        "UPDATE restoration SET closed_at = clock_timestamp(), reason = 'talt',"
        " closed_by = %s WHERE closed_at IS NULL",
        clinic.nurse_id,
    )


def test_a_lost_folder_is_said_where_something_was_signed(
    clinic: Clinic,
    shared_database: Database,
    logbook: Logbook,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """H26: without the folder a loss would not be seen, and the log says so."""
    (tmp_path / "secret.key").write_bytes(SECRET)
    settings = load_settings({"DISPENSING_DATA_DIR": str(tmp_path)})
    settings = replace(settings, database_url=shared_database.app_url)

    def said(folder: Path) -> bool:
        caplog.clear()
        with TestClient(create_app(replace(settings, signer_dir=folder))):
            return any("signer's folder" in one.message for one in caplog.records)

    clinic.nurse.given(clinic.person())
    signed(shared_database, logbook)
    assert said(tmp_path / "moved away")
    assert not said(tmp_path / "signer")
